/* SPDX-License-Identifier: GPL-3.0-or-later */
/* webd without a socket (see webtest.h). Tests only. */
#include "config.h"

#include "tests/webtest.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/loop.h"
#include "db/live.h"
#include "db/session.h"
#include "db/setting.h"
#include "db/token.h"
#include "db/user.h"
#include "webd/archive.h"
#include "webd/auth.h"
#include "webd/events.h"
#include "webd/firmware.h"
#include "webd/host.h"
#include "webd/relay.h"
#include "webd/site.h"

static int
sign_in_again(struct webtest *w, const char *name, enum as as, struct err *e)
{
	char cookie[SESSION_COOKIE_LEN + 1];
	struct user u;

	if (user_by_name(w->t->db, name, &u, e) < 0 ||
	    session_start(w->t->db, u.id, "test", "127.0.0.1", cookie, w->csrf[as], e) <
		0)
		return -1;
	snprintf(w->cookie[as], sizeof(w->cookie[as]), "other=1; %s=%s", AUTH_COOKIE,
	    cookie);
	return 0;
}

void
webtest_sign_in(struct webtest *w, const char *name, enum as as)
{
	struct err e = { .code = ERR_NONE };

	assert_ok(sign_in_again(w, name, as, &e), e);
}

static int
sign_in(struct webtest *w, const char *name, enum role role, enum as as,
    enum as token_as, struct err *e)
{
	char token[TOKEN_LEN + 1];

	if (user_add(w->t->db, name, WEBTEST_PASSWORD, role, e) < 0 ||
	    sign_in_again(w, name, as, e) < 0 ||
	    token_add(w->t->db, name, role, 0, token, e) < 0)
		return -1;
	snprintf(w->authorization[token_as], sizeof(w->authorization[token_as]),
	    "Bearer %s", token);
	return 0;
}

static int
people(struct webtest *w, struct err *e)
{
	char user[33], password[65], pair[70], base64[100];

	if (sign_in(w, "anna", ROLE_ADMIN, AS_ADMIN, AS_ADMIN_TOKEN, e) < 0 ||
	    sign_in(w, "vera", ROLE_VIEWER, AS_VIEWER, AS_VIEWER_TOKEN, e) < 0 ||
	    stream_password_get(w->t->db, user, password, e) < 0)
		return -1;
	snprintf(pair, sizeof(pair), "%.32s:%.32s", user, password);
	sodium_bin2base64(base64, sizeof(base64), (unsigned char *)pair, strlen(pair),
	    sodium_base64_VARIANT_ORIGINAL);
	snprintf(w->authorization[AS_STREAM], sizeof(w->authorization[AS_STREAM]),
	    "Basic %s", base64);
	return 0;
}

/* What the doctor reads by itself. */
static int
write_conf(struct webtest *w)
{
	FILE *f;

	snprintf(w->conf_file, sizeof(w->conf_file), "%s/camherd.conf", w->t->dir);
	if ((f = fopen(w->conf_file, "w")) == NULL)
		return -1;
	fprintf(f,
	    "[paths]\nstate = %s\nrun = %s\nwww = %s\n[webd]\nlisten = 127.0.0.1:0\n"
	    "[streamd]\nrtsp_listen = 127.0.0.1:0\n",
	    w->t->dir, w->t->dir, w->t->dir);
	return fclose(f) == 0 ? 0 : -1;
}

static int
parts(struct webtest *w, struct err *e)
{
	struct web *web = &w->web;

	snprintf(w->conf.state, sizeof(w->conf.state), "%s", w->t->dir);
	snprintf(w->conf.run, sizeof(w->conf.run), "%.79s", w->t->dir);
	snprintf(w->conf.rtsp_listen, sizeof(w->conf.rtsp_listen), "0.0.0.0:8654");
	w->conf.max_baud = 921600;
	if (write_conf(w) < 0)
		return -1;
	web->conf_file = w->conf_file;
	web->conf = &w->conf;
	web->archives = archives_new();
	web->db = w->t->db;
	web->hosts = hosts_new_as("cams.example", "pi", "home.example");
	web->auth = auth_new();
	web->firmwares = firmwares_new(web);
	web->site = site_new(w->t->dir);
	if ((web->loop = loop_new(e)) == NULL ||
	    (web->live = live_open(w->t->dir, e)) == NULL ||
	    (web->events = events_start(web, e)) == NULL ||
	    (web->relay = relay_new(web)) == NULL)
		return -1;
	return 0;
}

int
webtest_setup(void **state)
{
	struct err e = { .code = ERR_NONE };
	struct webtest *w = calloc(1, sizeof(*w));
	void *inner = NULL;

	if (sodium_init() < 0 || w == NULL || dbtest_setup(&inner) < 0)
		return -1;
	w->t = inner;
	*state = w;
	if (parts(w, &e) < 0 || people(w, &e) < 0) {
		print_error("%s\n", e.msg);
		return -1;
	}
	return 0;
}

static void
empty_folder(const struct webtest *w, const char *name)
{
	char path[300];
	struct dirent *d;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/%s", w->t->dir, name);
	if ((dir = opendir(path)) == NULL)
		return;
	while ((d = readdir(dir)) != NULL)
		(void)unlinkat(dirfd(dir), d->d_name, 0);
	closedir(dir);
	(void)rmdir(path);
}

int
webtest_teardown(void **state)
{
	struct webtest *w = *state;
	void *inner = w->t;

	events_stop(w->web.events);
	w->web.events = NULL;
	firmwares_free(w->web.firmwares);
	relay_free(w->web.relay);
	live_close(w->web.live);
	site_free(w->web.site);
	archives_free(w->web.archives);
	auth_free(w->web.auth);
	hosts_free(w->web.hosts);
	loop_free(w->web.loop);
	empty_folder(w, "incoming");
	empty_folder(w, "jobs");
	empty_folder(w, "dumps");
	empty_folder(w, "photos");
	(void)dbtest_teardown(&inner);
	free(w);
	return 0;
}

static const char *
unless_empty(const char *s)
{
	return s[0] != '\0' ? s : NULL;
}

void
webtest_request(struct webtest *w, struct request *r, enum method method,
    const char *path, enum as as)
{
	struct sockaddr_in *peer = (void *)&r->peer;
	struct err e = { .code = ERR_NONE };

	memset(r, 0, sizeof(*r));
	r->method = method;
	assert_ok(request_target(r, path, &e), e);
	peer->sin_family = AF_INET;
	peer->sin_addr.s_addr = htonl(0xc0a80107);
	r->host = "pi.local:8360";
	r->cookie = unless_empty(w->cookie[as]);
	r->authorization = unless_empty(w->authorization[as]);
	r->agent = "test";
	if (request_is_read(r))
		return;
	r->csrf = unless_empty(w->csrf[as]);
	r->origin = "http://pi.local:8360";
	r->fetch_site = "same-origin";
	r->content_type = "application/json";
}

/* Whatever a test asks for, the answer is as docs/openapi.json says. */
static void
check_answer(const struct route *route, const struct reply *rep)
{
	static json_t *api; /* until the program ends */
	const char *method = webschema_method(route->method);
	json_t *doc;

	if (strncmp(route->pattern, "/api/", 5) != 0 ||
	    rep->kind == REPLY_LATER || rep->status == 304)
		return;
	if (api == NULL && (api = webschema_load()) == NULL)
		return; /* a program that is not run by make check */
	webschema_check_type(
	    api, route->pattern, method, rep->status, rep->type);
	if (rep->n > 0 && rep->type != NULL && strcmp(rep->type, "application/json") == 0) {
		doc = json_loadb(rep->bytes, rep->n, JSON_REJECT_DUPLICATES, NULL);
		webschema_check(api, route->pattern, method, rep->status, doc);
		json_decref(doc);
	} else {
		webschema_check(api, route->pattern, method, rep->status, NULL);
	}
}

void
webtest_ask(struct webtest *w, struct request *r, const char *body, struct reply *ret)
{
	const struct route *route;

	reply_init(ret);
	if (body != NULL) {
		r->body = (const uint8_t *)body;
		r->n_body = r->content_length = strlen(body);
		r->has_body = r->has_length = true;
	}
	if ((route = route_admit(&w->web, r, ret)) == NULL)
		return;
	route_handle(&w->web, route, r, ret);
	check_answer(route, ret);
}

int
webtest_json(struct webtest *w, enum method method, const char *path, enum as as,
    const char *body, json_t **ret)
{
	struct request r;
	struct reply rep;
	int status;

	webtest_request(w, &r, method, path, as);
	webtest_ask(w, &r, body, &rep);
	status = rep.status;
	if (ret != NULL)
		*ret = rep.kind == REPLY_BYTES && rep.n > 0
		    ? json_loadb(rep.bytes, rep.n, JSON_REJECT_DUPLICATES, NULL)
		    : NULL;
	reply_fini(&rep);
	return status;
}

const char *
webtest_code(const json_t *doc)
{
	const char *code =
	    json_string_value(json_object_get(json_object_get(doc, "error"), "code"));

	return code != NULL ? code : "";
}

void
webtest_path(const char *pattern, char *ret, size_t ret_size)
{
	const char *open = strchr(pattern, '{'), *close = strchr(pattern, '}');

	if (open == NULL)
		snprintf(ret, ret_size, "%s", pattern);
	else
		snprintf(ret, ret_size, "%.*s%s%s", (int)(open - pattern), pattern,
		    strncmp(open, "{id}", 4) == 0 ? "1" : "garden", close + 1);
}
