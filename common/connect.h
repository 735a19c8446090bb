/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What other programs are told about one camera: its addresses, what Home Assistant wants
 * typed in, in Home Assistant's words, and pieces of configuration for go2rtc and Frigate.
 * Page and terminal say the same. Pure; any process.
 */
#ifndef COMMON_CONNECT_H
#define COMMON_CONNECT_H

#include <stdbool.h>
#include <stddef.h>

enum connect_output {
	CONNECT_MJPEG,
	CONNECT_STILL,
	CONNECT_RTSP,		/* H.264 */
	CONNECT_RTSP_MJPEG,
	CONNECT_OUTPUTS
};

struct connect {
	char name[33];		/* the camera's slug */
	char scheme[6];		/* "http", "https": of the page */
	char web[300];		/* HOST[:PORT] of the page */
	char rtsp[300];		/* HOST:PORT */
	char user[33];
	char password[65];	/* "" = not to be told: PASSWORD stands in its place */
	unsigned width, height;	/* of its picture; 0 = not seen yet */
};

#define CONNECT_URL_MAX 600
/* The address, with user and password in it if login. Returns ret. */
const char *connect_url(const struct connect *c, enum connect_output output, bool login,
    char ret[CONNECT_URL_MAX]);
/* "rtsp": its name in JSON. */
const char *connect_output_name(enum connect_output output);

enum connect_way {
	CONNECT_SEE,	/* just see it: no encoder */
	CONNECT_ALL	/* record, cast, WebRTC, HomeKit */
};

struct connect_field {
	const char *label;	/* as Home Assistant calls it */
	char value[CONNECT_URL_MAX];
	bool secret;
	bool advice;	/* value: what to do there */
};

#define CONNECT_FIELDS_MAX 8
/* The fields of that integration's dialog, in its order. The count. */
unsigned connect_fields(const struct connect *c, enum connect_way way,
    struct connect_field ret[CONNECT_FIELDS_MAX]);
/* "MJPEG IP Camera", "Generic Camera"; the link that opens its dialog. Static. */
const char *connect_integration(enum connect_way way);
const char *connect_link(enum connect_way way);

#define CONNECT_TEXT_MAX 2000
/* Pieces of their configuration, YAML. Returns ret. */
const char *connect_go2rtc(const struct connect *c, char ret[CONNECT_TEXT_MAX]);
const char *connect_frigate(const struct connect *c, char ret[CONNECT_TEXT_MAX]);

#endif
