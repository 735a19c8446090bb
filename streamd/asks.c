/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Discovery and requests to cameras (see asks.h). streamd, main thread. */
#include "config.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "common/conf.h"
#include "common/err.h"
#include "common/loop.h"
#include "common/netpolicy.h"
#include "common/said.h"
#include "common/text.h"
#include "streamd/asks.h"
#include "streamd/desk.h"
#include "streamd/discover.h"
#include "streamd/hub.h"
#include "streamd/outputs/pipe.h"
#include "streamd/probe.h"
#include "streamd/sources/pppp_targets.h"
#include "streamd/sources/source.h"
#include "streamd/trial.h"

#define ASKS_MAX 16
#define CONNECT_MS 10000 /* until a camera that nobody watches is live */

/* Freed when it was answered and nothing holds it any more. */
struct ask {
	LIST_ENTRY(ask) entry;
	struct asks *asks;
	struct pipe_ask *who; /* NULL: left, or answered */
	struct discovery *discovery;
	struct probe *probe;
	struct subscriber *sub; /* holds the camera open */
	struct event *timer;
	bool asked; /* the camera's answer will come */
	bool on_trial;
	char camera[TEXT_SLUG_MAX], verb[24], arg[24];
};

struct asks {
	struct asks_options o;
	LIST_HEAD(, ask) list;
	unsigned n;
};

static void
ask_free(struct ask *k)
{
	LIST_REMOVE(k, entry);
	k->asks->n--;
	discovery_free(k->discovery);
	probe_free(k->probe);
	if (k->on_trial)
		trial_forget(k->asks->o.trials, k);
	hub_unsubscribe(k->sub);
	loop_drop(k->timer);
	free(k);
}

/* Tell the client; k is gone unless the camera still has to answer. */
static void
answer(struct ask *k, const struct err *e, const char *json)
{
	struct pipe_ask *who = k->who;

	k->who = NULL;
	if (!k->asked)
		ask_free(k);
	if (who != NULL)
		pipe_answer(who, e, json);
}

static void
on_discovered(void *arg, const char *json)
{
	struct ask *k = arg;

	k->discovery = NULL;
	answer(k, NULL, json);
}

static bool
on_known(void *arg, const struct sockaddr_in *at, const struct pppp_id *id, char *name)
{
	struct ask *k = arg;

	return desk_knows(k->asks->o.desk, at, id, name);
}

static const struct discovery_ops discovery_ops = { on_discovered, on_known };

static void
on_probed(void *arg, const struct err *e, const char *json)
{
	struct ask *k = arg;

	k->probe = NULL;
	answer(k, e, json);
}

static int
begin_probe(struct ask *k, const char *name, struct err *e)
{
	struct source *s;

	if (!text_is_slug(name))
		return err_set(
		    e, ERR_USAGE, "request", "ask with one line: probe NAME");
	if ((s = desk_source(k->asks->o.desk, name, e)) == NULL)
		return -1;
	k->probe =
	    probe_start(k->asks->o.loop, k->asks->o.hub, s, on_probed, k, e);
	return k->probe != NULL ? 0 : -1;
}

/* ---- trials ---- */

static void
on_tried(void *arg, const char *json)
{
	struct err e = { .code = ERR_NONE };
	struct ask *k = arg;

	k->on_trial = false;
	if (json == NULL)
		err_set(&e, ERR_FAILED, "memory", "no memory for the answer");
	answer(k, json == NULL ? &e : NULL, json);
}

/* %XX as the byte; -1 when it makes no text. */
static int
unescape(const char *from, char *ret, size_t ret_size)
{
	size_t n = 0;

	for (; *from != '\0' && n + 1 < ret_size; from++) {
		uint8_t byte = (uint8_t)*from;

		if (*from == '%') {
			char two[3] = { from[1], from[1] != '\0' ? from[2] : '\0', 0 };

			if (text_unhex(two, &byte, 1) < 0 || byte == '\0')
				return -1;
			from += 2;
		}
		ret[n++] = (char)byte;
	}
	ret[n] = '\0';
	return *from == '\0' ? 0 : -1;
}

/* HOST:PORT: what a URL may hold there, and nothing that ends it. */
static bool
is_host(const char *s)
{
	const char *colon = strrchr(s, ':');
	uint64_t port;

	return colon != NULL && colon != s &&
	    text_number(colon + 1, 1, 65535, false, &port) == 0 &&
	    strspn(s,
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:[]") ==
	    strlen(s);
}

/* Where webd listens, for "it listens elsewhere". */
static void
webd_address(const struct asks *a, char *ret, size_t ret_size)
{
	char path[CONF_RUN_MAX + 20];
	FILE *f;

	ret[0] = '\0';
	snprintf(path, sizeof(path), "%s/webd.listen", a->o.run);
	if ((f = fopen(path, "re")) == NULL)
		return;
	if (fgets(ret, (int)ret_size, f) != NULL)
		ret[strcspn(ret, "\r\n ")] = '\0';
	fclose(f);
}

static int
read_trial(struct ask *k, const char *words, struct trial_order *o, struct err *e)
{
	char output[16], scheme[8], user[200] = "", password[400] = "";
	int n = sscanf(words, "%15s %32s %7s %299s %199s %399s", output, o->camera,
	    scheme, o->host, user, password);

	if ((n != 4 && n != 6) || trial_output_parse(output, &o->output) < 0 ||
	    !text_is_slug(o->camera) || !is_host(o->host) ||
	    (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0) ||
	    unescape(user, o->user, sizeof(o->user)) < 0 ||
	    unescape(password, o->password, sizeof(o->password)) < 0)
		return err_set(e, ERR_USAGE, "request",
		    "ask with one line: trial OUTPUT CAMERA http|https HOST:PORT [USER "
		    "PASSWORD]");
	o->tls = scheme[4] == 's';
	o->own_login = n == 4;
	if (o->own_login)
		desk_login(k->asks->o.desk, o->user, o->password);
	return 0;
}

static int
begin_trial(struct ask *k, const char *words, struct err *e)
{
	struct trial_order o = { .output = TRIAL_STILL };
	int r = read_trial(k, words, &o, e);

	if (r == 0) {
		if (o.output == TRIAL_STILL || o.output == TRIAL_MJPEG)
			webd_address(k->asks, o.bound, sizeof(o.bound));
		else
			snprintf(o.bound, sizeof(o.bound), "%s",
			    k->asks->o.rtsp_listen);
		r = trial_start(k->asks->o.trials, &o, on_tried, k, e);
		k->on_trial = r == 0;
	}
	explicit_bzero(&o, sizeof(o));
	return r;
}

static void
on_done(void *arg, const struct err *e, const char *json)
{
	struct ask *k = arg;

	k->asked = false;
	answer(k, e, json);
}

/* 1: the camera is being asked (k may be gone); 0: it is not live yet; -1 and e. */
static int
try_control(struct ask *k, struct err *e)
{
	struct source *s = desk_source(k->asks->o.desk, k->camera, e);

	if (s == NULL)
		return -1;
	k->asked = true;
	if (source_control(s, k->verb, k->arg, on_done, k, e) == 0)
		return 1;
	k->asked = false;
	return strcmp(e->name, "camera-not-live") == 0 ? 0 : -1;
}

static void
on_frame(void *arg, struct frame *f)
{
	struct ask *k = arg;
	struct err e = { .code = ERR_NONE };

	(void)f;
	if (!k->asked && try_control(k, &e) < 0)
		answer(k, &e, NULL);
}

static void
on_note(void *arg, enum hub_note note, const struct err *e)
{
	struct ask *k = arg;
	struct err gone = { .code = ERR_NONE };

	(void)e;
	if (note != HUB_GONE)
		return;
	hub_unsubscribe(k->sub);
	k->sub = NULL;
	err_set(&gone, ERR_NOT_FOUND, "camera-unknown",
	    "the camera was removed or disabled");
	if (!k->asked)
		answer(k, &gone, NULL);
}

static const struct subscriber_ops sub_ops = { .frame = on_frame, .note = on_note };

static void
on_timer(int fd, short what, void *arg)
{
	struct ask *k = arg;
	struct err e = { .code = ERR_NONE };
	struct stream *s = hub_find(k->asks->o.hub, k->camera, CODEC_JPEG, NULL);
	const struct err *why = s != NULL ? stream_trouble(s) : NULL;

	(void)fd;
	(void)what;
	if (k->asked)
		return; /* the session has a limit of its own */
	err_set(&e, ERR_FAILED, "camera-not-live",
	    "the camera cannot be reached just now");
	if (why != NULL && why->code != ERR_NONE) {
		err_set(&e, ERR_FAILED, "camera-not-live",
		    "the camera cannot be reached just now: %s", why->msg);
		said_nest(&e, 0, why);
	}
	answer(k, &e, NULL);
}

/* As long as somebody watches it, it stays open. */
static int
hold_camera(struct ask *k, struct err *e)
{
	struct hub *hub = k->asks->o.hub;
	struct stream *s = hub_find(hub, k->camera, CODEC_JPEG, e);

	if (s == NULL)
		return -1;
	if (k->sub == NULL)
		k->sub = hub_subscribe(hub, s, &sub_ops, k, e);
	return k->sub != NULL ? 0 : -1;
}

/* Nobody watches it, perhaps: watch it, and ask with its first picture. */
static int
wait_for_camera(struct ask *k, struct err *e)
{
	if (hold_camera(k, e) < 0 ||
	    (k->timer = loop_timer(k->asks->o.loop, on_timer, k, e)) == NULL)
		return -1;
	loop_timer_set(k->timer, CONNECT_MS);
	return 0;
}

/* CAMERA VERB [ARG] */
static int
read_control(struct ask *k, const char *words, struct err *e)
{
	char more[4] = "";
	int n = sscanf(words, "%32s %23s %23s %3s", k->camera, k->verb, k->arg, more);

	if (n < 2 || n > 3 || !text_is_slug(k->camera))
		return err_set(e, ERR_USAGE, "request",
		    "ask with one line: ctl NAME VERB [ARGUMENT]");
	return 0;
}

/* Where an admin said, or where somebody types, if a camera may be there. */
static int
begin_discovery(struct ask *k, const char *words, struct err *e)
{
	const struct asks_options *o = &k->asks->o;
	struct pppp_targets where;

	words += strspn(words, " ");
	if (*words == '\0') {
		if (pppp_targets_fill(&where, o->discovery, e) < 0)
			return err_add(e, "[streamd] discovery");
	} else {
		(void)netpolicy_refresh(o->policy, NULL);
		if (pppp_targets_fill(&where, words, e) < 0 ||
		    pppp_targets_check(&where, o->policy, e) < 0)
			return -1;
	}
	k->discovery = discovery_start(o->loop, &where, &discovery_ops, k, e);
	return k->discovery != NULL ? 0 : -1;
}

/* One that is open without a viewer would be let go of before it answers; one that is
 * not is only opened when it can be asked at all. */
static int
begin_control(struct ask *k, const char *words, struct err *e)
{
	struct source *s;
	int r;

	if (read_control(k, words, e) < 0 ||
	    (s = desk_source(k->asks->o.desk, k->camera, e)) == NULL ||
	    (source_is_open(s) && hold_camera(k, e) < 0))
		return -1;
	r = try_control(k, e);
	return r == 0 ? wait_for_camera(k, e) : r < 0 ? -1 : 0;
}

static int
begin(struct ask *k, const char *line, struct err *e)
{
	if (strncmp(line, "discover", 8) == 0 && (line[8] == '\0' || line[8] == ' '))
		return begin_discovery(k, line + 8, e);
	if (strncmp(line, "probe ", 6) == 0)
		return begin_probe(k, line + 6, e);
	if (strncmp(line, "trial ", 6) == 0)
		return begin_trial(k, line + 6, e);
	if (strncmp(line, "ctl ", 4) != 0)
		return err_set(e, ERR_USAGE, "request",
		    "ask with one line: mjpeg NAME, snapshot NAME, probe NAME, "
		    "discover [WHERE…], trial …, or ctl NAME VERB [ARGUMENT]");
	return begin_control(k, line + 4, e);
}

static int
on_ask(void *arg, struct pipe_ask *who, const char *line, struct err *e)
{
	struct asks *a = arg;
	struct ask *k;

	if (a->n >= ASKS_MAX || (k = calloc(1, sizeof(*k))) == NULL)
		return err_set(e, ERR_REFUSED, "asks-busy",
		    "too much is being asked at once; try again in a moment");
	k->asks = a;
	k->who = who;
	LIST_INSERT_HEAD(&a->list, k, entry);
	a->n++;
	if (begin(k, line, e) == 0)
		return 0;
	ask_free(k);
	return -1;
}

static void
on_gone(void *arg, struct pipe_ask *who)
{
	struct asks *a = arg;
	struct ask *k, *next;

	for (k = LIST_FIRST(&a->list); k != NULL; k = next) {
		next = LIST_NEXT(k, entry);
		if (k->who != who)
			continue;
		k->who = NULL;
		if (!k->asked)
			ask_free(k);
	}
}

static const struct pipe_ask_ops ask_ops = { .ask = on_ask, .gone = on_gone };

struct asks *
asks_new(const struct asks_options *o, struct err *e)
{
	struct asks *a = calloc(1, sizeof(*a));

	if (a == NULL) {
		err_sys(e, "make room for requests");
		return NULL;
	}
	a->o = *o;
	LIST_INIT(&a->list);
	pipe_server_asks(o->pipe, &ask_ops, a);
	return a;
}

void
asks_free(struct asks *a)
{
	struct ask *k;

	if (a == NULL)
		return;
	while ((k = LIST_FIRST(&a->list)) != NULL)
		ask_free(k);
	free(a);
}
