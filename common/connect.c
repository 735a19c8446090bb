/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A camera's addresses for other programs (see connect.h). Pure; any process. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "common/connect.h"

const char *
connect_output_name(enum connect_output output)
{
	static const char *const names[] = { "mjpeg", "snapshot", "rtsp",
		"rtsp_mjpeg" };

	return names[output];
}

/* User and password hold letters and digits only: they survive every URL. */
const char *
connect_url(const struct connect *c, enum connect_output output, bool login,
    char ret[CONNECT_URL_MAX])
{
	const char *password = c->password[0] != '\0' ? c->password : "PASSWORD";
	char who[120] = "";

	if (login)
		snprintf(who, sizeof(who), "%s:%s@", c->user, password);
	switch (output) {
	case CONNECT_MJPEG:
	case CONNECT_STILL:
		snprintf(ret, CONNECT_URL_MAX, "%s://%s%s/cam/%s/%s", c->scheme, who,
		    c->web, c->name,
		    output == CONNECT_MJPEG ? "stream.mjpeg" : "snapshot.jpg");
		break;
	case CONNECT_RTSP:
	case CONNECT_RTSP_MJPEG:
		snprintf(ret, CONNECT_URL_MAX, "rtsp://%s%s/%s%s", who, c->rtsp,
		    c->name, output == CONNECT_RTSP_MJPEG ? "/mjpeg" : "");
		break;
	case CONNECT_OUTPUTS:
		ret[0] = '\0';
		break;
	}
	return ret;
}

/* ---- Home Assistant ---- */

static void
put(struct connect_field *list, unsigned *n, const char *label, const char *value)
{
	list[*n].label = label;
	list[*n].secret = list[*n].advice = false;
	snprintf(list[(*n)++].value, CONNECT_URL_MAX, "%s", value);
}

static void
put_login(const struct connect *c, struct connect_field *list, unsigned *n)
{
	put(list, n, "Username", c->user);
	put(list, n, "Password", c->password);
	list[*n - 1].secret = true;
}

static void
put_verify(const struct connect *c, struct connect_field *list, unsigned *n)
{
	if (strcmp(c->scheme, "https") != 0)
		return;
	put(list, n, "Verify SSL certificate",
	    "off, unless the certificate is one of your own");
	list[*n - 1].advice = true;
}

unsigned
connect_fields(const struct connect *c, enum connect_way way,
    struct connect_field ret[CONNECT_FIELDS_MAX])
{
	char url[CONNECT_URL_MAX];
	unsigned n = 0;

	if (way == CONNECT_SEE) {
		put(ret, &n, "Name", c->name);
		put(ret, &n, "MJPEG URL", connect_url(c, CONNECT_MJPEG, false, url));
		put(ret, &n, "Still Image URL",
		    connect_url(c, CONNECT_STILL, false, url));
		put_login(c, ret, &n);
		put_verify(c, ret, &n);
		return n;
	}
	put(ret, &n, "Still image URL (e.g. http://...)",
	    connect_url(c, CONNECT_STILL, false, url));
	put(ret, &n, "Stream source URL (e.g. rtsp://...)",
	    connect_url(c, CONNECT_RTSP, false, url));
	put_login(c, ret, &n);
	put(ret, &n, "RTSP transport protocol", "TCP");
	put(ret, &n, "Authentication", "basic");
	put_verify(c, ret, &n);
	return n;
}

const char *
connect_integration(enum connect_way way)
{
	return way == CONNECT_SEE ? "MJPEG IP Camera" : "Generic Camera";
}

const char *
connect_link(enum connect_way way)
{
	return way == CONNECT_SEE
	    ? "https://my.home-assistant.io/redirect/config_flow_start/?domain=mjpeg"
	    : "https://my.home-assistant.io/redirect/config_flow_start/?domain=generic";
}

/* ---- YAML: names in quotes, because "on", "null" and "123" are none without ---- */

const char *
connect_go2rtc(const struct connect *c, char ret[CONNECT_TEXT_MAX])
{
	char url[CONNECT_URL_MAX];

	snprintf(ret, CONNECT_TEXT_MAX,
	    "streams:\n"
	    "  \"%s\":\n"
	    "    - \"%s\"\n",
	    c->name, connect_url(c, CONNECT_RTSP, true, url));
	return ret;
}

const char *
connect_frigate(const struct connect *c, char ret[CONNECT_TEXT_MAX])
{
	char url[CONNECT_URL_MAX], size[80] = "";

	/* Frigate asks the stream itself when it is not told. */
	if (c->width > 0 && c->height > 0)
		snprintf(size, sizeof(size), "      width: %u\n      height: %u\n",
		    c->width, c->height);
	snprintf(ret, CONNECT_TEXT_MAX,
	    "cameras:\n"
	    "  \"%s\":\n"
	    "    ffmpeg:\n"
	    "      inputs:\n"
	    "        - path: \"%s\"\n"
	    "          roles:\n"
	    "            - detect\n"
	    "            - record\n"
	    "    detect:\n"
	    "%s"
	    "      fps: 5\n",
	    c->name, connect_url(c, CONNECT_RTSP, true, url), size);
	return ret;
}
