/* SPDX-License-Identifier: GPL-3.0-or-later */
/* /cameras/{name}/urls, /connect and /test: a camera for other programs, and whether
 * they would get it. webd's one thread; the trial itself is streamd's. */
#include "config.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "common/conf.h"
#include "common/connect.h"
#include "common/err.h"
#include "common/sentence.h"
#include "db/camera.h"
#include "db/live.h"
#include "db/setting.h"
#include "webd/api.h"
#include "webd/field.h"
#include "webd/host.h"
#include "webd/relay.h"
#include "webd/web.h"

#define HOST_FIELD_MAX 260

static void
rtsp_port(struct web *w, char *ret, size_t ret_size)
{
	const char *at = w->conf->rtsp_listen, *colon;
	struct live_daemon d;

	if (live_get_daemon(w->live, "streamd", &d, NULL) > 0 && d.listen[0] != '\0')
		at = d.listen;
	colon = strrchr(at, ':');
	snprintf(ret, ret_size, "%s", colon != NULL ? colon + 1 : "8654");
}

/* The name by which this browser reaches us reaches us from elsewhere, too; unless
 * another one was typed (host; it may bring a port of its own for the page). */
static int
fill(struct web *w, const struct request *r, const struct camera *cam, const char *host,
    struct connect *ret, struct err *e)
{
	const char *now = r->behind != NULL ? r->behind : r->host;
	char name[256], port[8], own[256], own_port[8], rtsp[8];
	struct live_stream s = { .width = 0 };

	memset(ret, 0, sizeof(*ret));
	if (host_split(now, own, sizeof(own), own_port, sizeof(own_port)) < 0)
		return err_set(
		    e, ERR_USAGE, "bad-host", "The Host header is no host.");
	if (host_split(host[0] != '\0' ? host : now, name, sizeof(name), port,
		sizeof(port)) < 0)
		return err_set(e, ERR_USAGE, "bad-host",
		    "'host' must be a name or an address, with or without a port.");
	if (stream_password_get(w->db, ret->user, ret->password, e) < 0)
		return -1;
	rtsp_port(w, rtsp, sizeof(rtsp));
	if (port[0] == '\0')
		memcpy(port, own_port, sizeof(port));
	snprintf(ret->name, sizeof(ret->name), "%s", cam->name);
	snprintf(ret->scheme, sizeof(ret->scheme), "%s", r->is_secure ? "https" : "http");
	snprintf(ret->web, sizeof(ret->web), "%s%s%s", name, port[0] != '\0' ? ":" : "",
	    port);
	snprintf(ret->rtsp, sizeof(ret->rtsp), "%s:%s", name, rtsp);
	(void)live_get_stream(w->live, cam->id, &s, NULL);
	ret->width = s.width;
	ret->height = s.height;
	return 0;
}

void
api_camera_urls(struct web *w, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	char url[CONNECT_URL_MAX];
	struct connect c;
	struct camera cam;
	json_t *doc;
	int i;

	if (camera_by_name(w->db, r->param, &cam, &e) < 0 ||
	    fill(w, r, &cam, "", &c, &e) < 0) {
		(void)reply_error(rep, &e);
		return;
	}
	/* The password opens every camera to any program: an admin hands it out. */
	doc = json_pack("{s:s,s:o}", "user", c.user, "password",
	    r->who.role == ROLE_ADMIN ? json_string(c.password) : json_null());
	for (i = 0; i < CONNECT_OUTPUTS; i++)
		(void)json_object_set_new(doc,
		    connect_output_name((enum connect_output)i),
		    json_string(connect_url(&c, (enum connect_output)i, false, url)));
	reply_json(rep, 200, doc);
}

/* ---- connect ---- */

/* What it is, what it costs here, and what stands against it. */
static json_t *
output_json(const struct connect *c, enum connect_output o, const struct live_stream *s)
{
	bool h264 = o == CONNECT_RTSP, rtp_jpeg = o == CONNECT_RTSP_MJPEG;
	bool never = strncmp(s->jpeg, "H.264 only", 10) == 0;
	const char *note = "", *params = "";
	char url[CONNECT_URL_MAX];

	if (h264) {
		note = s->h264_note;
		params = s->h264_note_params;
	} else if (rtp_jpeg && strcmp(s->jpeg, "ok") != 0) {
		note = s->jpeg;
		params = s->jpeg_params;
	}
	return json_pack("{s:s,s:s,s:s,s:b,s:o,s:b,s:o,s:o}", "output",
	    connect_output_name(o), "url", connect_url(c, o, false, url), "codec",
	    h264 ? "H.264" : "JPEG", "encodes",
	    (int)(h264 && strcmp(s->encoder, "camera") != 0), "load",
	    h264 && s->encoder_load > 0 ? json_real(s->encoder_load) : json_null(),
	    "possible", (int)!(rtp_jpeg && never), "note",
	    note[0] != '\0' ? json_text(note) : json_null(), "note_said",
	    sentence_json_row(note, params));
}

/* What is typed in there, or advice on it. */
static json_t *
field_json(const struct connect_field *f)
{
	struct err advice = { .code = ERR_NONE };

	if (f->advice)
		err_text(&advice, f->value);
	return json_pack("{s:s,s:o,s:o,s:b}", "label", f->label, "value",
	    f->secret && f->value[0] == '\0' ? json_null() : json_text(f->value),
	    "value_said", sentence_json(&advice), "secret", (int)f->secret);
}

static json_t *
way_json(const struct connect *c, enum connect_way way)
{
	struct connect_field fields[CONNECT_FIELDS_MAX];
	unsigned n = connect_fields(c, way, fields), i;
	json_t *list = json_array();

	for (i = 0; i < n; i++)
		(void)json_array_append_new(list, field_json(&fields[i]));
	return json_pack("{s:s,s:s,s:o}", "integration", connect_integration(way),
	    "link", connect_link(way), "fields", list);
}

/* Names by which others may reach us: the one used now first, then what the
 * configuration says. */
static json_t *
hosts_json(struct web *w, const char *now)
{
	const char *at = w->conf->hostnames;
	json_t *list = json_array();
	char word[256];

	(void)json_array_append_new(list, json_text(now));
	while (conf_word(&at, word, sizeof(word))) {
		if (strcmp(word, now) != 0)
			(void)json_array_append_new(list, json_text(word));
	}
	return list;
}

static json_t *
connect_json(struct web *w, const struct connect *c, const struct camera *cam)
{
	struct live_stream s;
	char text[CONNECT_TEXT_MAX], host[300];
	json_t *outputs = json_array(), *doc;
	int i;

	if (live_get_stream(w->live, cam->id, &s, NULL) <= 0)
		memset(&s, 0, sizeof(s));
	for (i = 0; i < CONNECT_OUTPUTS; i++)
		(void)json_array_append_new(
		    outputs, output_json(c, (enum connect_output)i, &s));
	snprintf(host, sizeof(host), "%.*s", (int)(strrchr(c->rtsp, ':') - c->rtsp),
	    c->rtsp);
	doc = json_pack("{s:s,s:o,s:s,s:o,s:o,s:o,s:o}", "camera", c->name, "hosts",
	    hosts_json(w, host), "user", c->user, "password",
	    c->password[0] != '\0' ? json_string(c->password) : json_null(), "outputs",
	    outputs, "see", way_json(c, CONNECT_SEE), "all",
	    way_json(c, CONNECT_ALL));
	(void)json_object_set_new(
	    doc, "go2rtc", json_string(connect_go2rtc(c, text)));
	(void)json_object_set_new(
	    doc, "frigate", json_string(connect_frigate(c, text)));
	return doc;
}

void
api_camera_connect(struct web *w, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	char host[HOST_FIELD_MAX] = "";
	struct connect c;
	struct camera cam;

	if (request_query(r, "host", host, sizeof(host)) < 0)
		err_set(&e, ERR_USAGE, "bad-query", "'host' cannot be read.");
	if (e.code != ERR_NONE || camera_by_name(w->db, r->param, &cam, &e) < 0 ||
	    fill(w, r, &cam, host, &c, &e) < 0) {
		(void)reply_error(rep, &e);
		return;
	}
	if (r->who.role != ROLE_ADMIN)
		c.password[0] = '\0';
	reply_json(rep, 200, connect_json(w, &c, &cam));
}

/* ---- test ---- */

static const struct field test_fields[] = {
	{ "output", FIELD_TEXT, FIELD_NEEDED, 1, 16 },
	{ "host", FIELD_TEXT, FIELD_OPTIONAL, 0, HOST_FIELD_MAX - 1 },
	{ "user", FIELD_SECRET, FIELD_OPTIONAL, 0, 64 },
	{ "password", FIELD_SECRET, FIELD_OPTIONAL, 0, 128 },
};

static int
read_output(const json_t *doc, enum connect_output *ret, struct err *e)
{
	int i;

	for (i = 0; i < CONNECT_OUTPUTS; i++) {
		*ret = (enum connect_output)i;
		if (strcmp(field_text(doc, "output", ""), connect_output_name(*ret)) ==
		    0)
			return 0;
	}
	return err_set(e, ERR_USAGE, "bad-output",
	    "'output' must be mjpeg, snapshot, rtsp or rtsp_mjpeg.");
}

/* One word of a line to streamd. */
static void
put_escaped(char *to, size_t room, const char *text)
{
	size_t at = strlen(to);

	if (at + 1 < room)
		to[at++] = ' ';
	for (; *text != '\0' && at + 4 < room; text++) {
		if (isalnum((unsigned char)*text))
			to[at++] = *text;
		else
			at += (size_t)snprintf(
			    to + at, room - at, "%%%02X", (unsigned char)*text);
	}
	to[at] = '\0';
}

/* "OUTPUT CAMERA http HOST:PORT [USER PASSWORD]" */
static int
trial_words(const struct connect *c, const json_t *doc, char *ret, size_t ret_size,
    struct err *e)
{
	const char *user = field_text(doc, "user", ""), *at, *port = "";
	enum connect_output o;

	if (read_output(doc, &o, e) < 0)
		return -1;
	if (user[0] == '\0' && field_text(doc, "password", "")[0] != '\0')
		return err_set(e, ERR_USAGE, "field-missing",
		    "A password needs its 'user'; without both, the stream "
		    "credentials are taken.");
	at = o == CONNECT_RTSP || o == CONNECT_RTSP_MJPEG ? c->rtsp : c->web;
	if (strchr(at[0] == '[' ? at + strcspn(at, "]") : at, ':') == NULL)
		port = c->scheme[4] == 's' ? ":443" : ":80";
	snprintf(ret, ret_size, "%s %s %s %s%s", connect_output_name(o), c->name,
	    c->scheme, at, port);
	if (user[0] != '\0') {
		put_escaped(ret, ret_size, user);
		put_escaped(ret, ret_size, field_text(doc, "password", ""));
		if (field_text(doc, "password", "")[0] == '\0')
			return err_set(e, ERR_USAGE, "field-missing",
			    "A user needs a 'password'.");
	}
	return 0;
}

void
api_camera_test(struct web *w, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	char words[960];
	struct connect c;
	struct camera cam;
	json_t *doc = NULL;

	if (camera_by_name(w->db, r->param, &cam, &e) < 0 ||
	    (doc = field_body(r, test_fields, 4, &e)) == NULL ||
	    fill(w, r, &cam, field_text(doc, "host", ""), &c, &e) < 0 ||
	    trial_words(&c, doc, words, sizeof(words), &e) < 0)
		(void)reply_error(rep, &e);
	else
		relay_ask(w, "trial", words, rep);
	explicit_bzero(words, sizeof(words));
	json_decref(doc);
}
