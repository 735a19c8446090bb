/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What travels on channel 0 of a PPPP session, in the two dialects: binary commands
 * with a scrambled payload, and JSON texts behind eight bytes. Pure; any thread.
 */
#ifndef STREAMD_SOURCES_PPPP_TALK_H
#define STREAMD_SOURCES_PPPP_TALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "streamd/sources/pppp_wire.h"

/* Binary commands; an answer has PPPP_ANSWER set. */
enum pppp_command {
	PPPP_STATUS_GET = 0x1008,
	PPPP_REBOOT = 0x1011,
	PPPP_LOGIN = 0x1020,
	PPPP_VIDEO_START = 0x3010,
	PPPP_VIDEO_STOP = 0x3011,
	PPPP_IR_TOGGLE = 0x300a,
	PPPP_LAMP_TOGGLE = 0x300b,
	PPPP_VIDEO_SET = 0x3018,
	PPPP_MOVE = 0x50ff,
	PPPP_WIFI_GET = 0x6002,
	PPPP_WIFI_SCAN = 0x6003
};
#define PPPP_ANSWER 0x0100

struct pppp_binary {
	uint16_t command;
	int32_t token;			/* in answers a status; 0 = well */
	uint8_t p[PPPP_DATA_MAX];	/* unscrambled */
	size_t n;
};
/* Returns the length, 0: it does not fit. */
size_t pppp_binary_build(uint8_t *ret, size_t size, uint16_t command,
    const uint8_t ticket[4], const void *p, size_t n);
int pppp_binary_parse(const uint8_t *p, size_t n, struct pppp_binary *ret);
size_t pppp_binary_login(uint8_t *ret, size_t size, const char *user,
    const char *password);
/* The 28 bytes of PPPP_MOVE: kind 0, value 0 to 3 up, down, left, right; 12 stop. */
#define PPPP_MOVE_STOP 12
void pppp_binary_move(uint8_t ret[28], uint32_t value);

/* Of a camera, as far as it tells; -1 (signal: 0) = it does not. */
struct pppp_status {
	int battery_mv, battery, charging;	/* battery: as the JSON family counts */
	int signal_dbm, ir, lamp;
};
void pppp_status_init(struct pppp_status *st);
int pppp_binary_status(const struct pppp_binary *m, struct pppp_status *ret);

/* A camera's Wi-Fi: the network it is set to (one entry), or those it hears. The
 * network's password, which some tell, is never taken over. */
#define PPPP_NETWORKS_MAX 24
struct pppp_network {
	char name[65];		/* as it came: any bytes, NUL-ended */
	int signal_dbm;		/* 0 = not told */
	int channel;		/* 0 = not told */
	int secured;		/* -1 = not told */
};
struct pppp_wifi {
	struct pppp_network network[PPPP_NETWORKS_MAX];
	unsigned n;
};
/* Answers to PPPP_WIFI_GET and PPPP_WIFI_SCAN; what was cut off is left out. */
int pppp_binary_wifi(const struct pppp_binary *m, struct pppp_wifi *ret);

/* JSON commands. */
enum { PPPP_JSON_LOGIN = 100, PPPP_JSON_STATUS = 101, PPPP_JSON_CONTROL = 102,
	PPPP_JSON_STREAM = 111, PPPP_JSON_WIFI_GET = 112, PPPP_JSON_WIFI_SCAN = 113,
	PPPP_JSON_MOVE = 128 };
/* The bytes of the whole text that begins here, its head included; 0: none does. */
size_t pppp_json_length(const uint8_t *p, size_t n);
/* key, when not NULL, and value are one more member; key2 likewise. */
struct pppp_json_request {
	int command;
	const char *name, *user, *password;
	const char *key, *key2;
	int value, value2;
};
size_t pppp_json_build(uint8_t *ret, size_t size, const struct pppp_json_request *q);
/* The answer's command and result (0 = well); st and wifi are filled from it. -1: no
 * answer. */
int pppp_json_parse(const uint8_t *p, size_t n, int *ret_command, int *ret_result,
    struct pppp_status *st, struct pppp_wifi *wifi);

#endif
