/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What all sources have in common (see source.h). streamd, main thread. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "common/log.h"
#include "common/loop.h"
#include "common/said.h"
#include "common/source.h"
#include "common/text.h"
#include "streamd/darkroom.h"
#include "streamd/hub_feed.h"
#include "streamd/sources/source_private.h"

#define BACKOFF_FIRST_MS 500
#define BACKOFF_LAST_MS 10000
/* One client at a time: whoever comes back at once throws the other one out again. */
#define HELD_FIRST_MS 5000
#define HELD_LAST_MS 30000
#define GOOD_RUN 10 /* pictures after which a connection counts as good */

static const struct source_driver *const drivers[] = { &source_http, &source_pppp,
	&source_rtsp, &source_still, &source_test };

static const char *const state_names[] = { "idle", "connecting", "live", "stale",
	"unreachable", "held by another app", "asleep", "unsupported" };

const char *
source_state_name(enum source_state state)
{
	return state_names[state];
}

const struct source_env *
source_env(const struct source *s)
{
	return &s->env;
}

const char *
source_name(const struct source *s)
{
	return s->name;
}

const char *
source_url(const struct source *s)
{
	return s->url;
}

const char *
source_user(const struct source *s)
{
	return s->user;
}

const char *
source_password(const struct source *s)
{
	return s->password;
}

void
source_set_data(struct source *s, void *data)
{
	s->data = data;
}

void
source_set_identity(struct source *s, const char *id)
{
	snprintf(s->identity, sizeof(s->identity), "%s", id);
	s->changed(s->arg);
}

const char *
source_identity(const struct source *s)
{
	return s->identity;
}

void *
source_data(const struct source *s)
{
	return s->data;
}

struct hub_camera *
source_camera(const struct source *s)
{
	return s->camera;
}

bool
source_is_open(const struct source *s)
{
	return s->phase == PHASE_PICTURES;
}

int
source_control(struct source *s, const char *verb, const char *arg,
    void (*done)(void *arg, const struct err *e, const char *json), void *done_arg,
    struct err *e)
{
	if (s->driver->control == NULL)
		return err_set(e, ERR_REFUSED, "camera-control-family",
		    "'%s:' cameras take no such requests; pppp: cameras do",
		    s->driver->scheme);
	if (s->phase != PHASE_PICTURES)
		return err_set(e, ERR_FAILED, "camera-not-live",
		    "the camera is not connected just now; try again when it is live");
	return s->driver->control(s, verb, arg, done, done_arg, e);
}

static const struct source_driver *
find_driver(const char *url, struct err *e)
{
	size_t i, n = strcspn(url, ":");

	if (source_opens(url, e) < 0)
		return NULL;
	for (i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++) {
		if (strlen(drivers[i]->scheme) == n &&
		    strncmp(url, drivers[i]->scheme, n) == 0)
			return drivers[i];
	}
	err_set(e, ERR_REFUSED, "source-scheme", "no driver opens '%.*s:' cameras",
	    (int)(n < 20 ? n : 20), url);
	return NULL;
}

/* Between three quarters and five quarters, so that a herd does not knock in step. */
static unsigned
jitter(unsigned ms)
{
	uint16_t r = 0;

	if (getrandom(&r, sizeof(r), GRND_NONBLOCK) != (ssize_t)sizeof(r))
		r = 0x8000;
	return ms * 3 / 4 + (unsigned)((uint64_t)ms * r / 2 / 0xffff);
}

static int64_t
phase_limit_ms(const struct source *s, enum phase phase)
{
	switch (phase) {
	case PHASE_CONNECTING:
		return s->driver->connect_ms > 0 ? s->driver->connect_ms
						 : SOURCE_CONNECT_MS;
	case PHASE_ANSWER:
		return SOURCE_FIRST_MS;
	default:
		return SOURCE_GAP_MS + s->gap_ms;
	}
}

void
source_set_gap(struct source *s, int64_t ms)
{
	s->gap_ms = ms;
}

static void
enter(struct source *s, enum phase phase)
{
	s->phase = phase;
	s->phase_us = loop_now_us();
	if (phase == PHASE_OFF)
		loop_timer_set(s->timer, -1);
	else if (phase != PHASE_PAUSE)
		loop_timer_set(s->timer, phase_limit_ms(s, phase));
}

/* How long to wait after a run that ended with e. */
static unsigned
next_pause(struct source *s, const struct err *e)
{
	bool held = strcmp(e->name, "camera-held") == 0;
	unsigned first = held ? HELD_FIRST_MS : BACKOFF_FIRST_MS;
	unsigned last = held ? HELD_LAST_MS : BACKOFF_LAST_MS, ms;

	s->pause_ms = s->pictures >= GOOD_RUN ? first : s->pause_ms * 2;
	if (s->pause_ms < first)
		s->pause_ms = first;
	if (s->pause_ms > last)
		s->pause_ms = last;
	ms = jitter(s->pause_ms);
	return held && ms < first ? first : held && ms > last ? last : ms;
}

/* The run ended with e: say so, and try again after a pause. */
static void
pause_after(struct source *s, const struct err *e)
{
	bool news = strcmp(s->trouble.msg, e->msg) != 0;

	s->trouble = *e;
	hub_set_trouble(s->camera, e);
	enter(s, PHASE_PAUSE);
	loop_timer_set(s->timer, next_pause(s, e));
	if (news)
		log_warnx("source", "camera %s: %s", s->name, e->msg);
	s->changed(s->arg);
}

static void
try_start(struct source *s)
{
	struct err e = { .code = ERR_NONE };

	s->pictures = s->refused = 0;
	err_clear(&s->last_drop);
	s->tokens = SOURCE_FPS_MAX;
	s->tokens_us = loop_now_us();
	enter(s, PHASE_CONNECTING);
	if (s->driver->start(s, &e) < 0)
		pause_after(s, &e);
}

static void
on_start(void *arg)
{
	struct source *s = arg;

	s->pause_ms = 0;
	s->seen = false;
	log_debug("source", "camera %s: wanted", s->name);
	try_start(s);
	s->changed(s->arg);
}

static void
on_stop(void *arg)
{
	struct source *s = arg;

	if (s->phase != PHASE_OFF && s->phase != PHASE_PAUSE)
		s->driver->stop(s);
	bench_free(s->plain);
	s->plain = NULL;
	enter(s, PHASE_OFF);
	log_debug("source", "camera %s: no longer wanted", s->name);
	s->changed(s->arg);
}

/* The driver's time is over. */
static void
time_out(struct source *s)
{
	struct err e = { .code = ERR_NONE };
	const char *name = s->last_drop.code == ERR_REFUSED ? "source-picture"
							     : "camera-silent";

	s->driver->stop(s);
	if (s->refused >= SOURCE_REFUSED_MAX) {
		err_set(&e, ERR_FAILED, name, "its pictures cannot be used: %s",
		    s->last_drop.msg);
		said_nest(&e, 0, &s->last_drop);
	} else if (s->phase == PHASE_CONNECTING)
		err_set(&e, ERR_FAILED, name,
		    "no connection within %d s: is it switched on, and the address "
		    "right?",
		    (int)(phase_limit_ms(s, PHASE_CONNECTING) / 1000));
	else if (s->phase == PHASE_ANSWER)
		err_set(&e, ERR_FAILED, name,
		    "it took the connection but did not answer within %d s",
		    SOURCE_FIRST_MS / 1000);
	else if (s->last_drop.code != ERR_NONE) {
		err_set(&e, ERR_FAILED, name,
		    "no usable picture within %d s: %s",
		    (int)(phase_limit_ms(s, PHASE_PICTURES) / 1000), s->last_drop.msg);
		said_nest(&e, 1, &s->last_drop);
	} else
		err_set(&e, ERR_FAILED, name, "no picture within %d s",
		    (int)(phase_limit_ms(s, PHASE_PICTURES) / 1000));
	pause_after(s, &e);
}

static void
on_timer(int fd, short what, void *arg)
{
	struct source *s = arg;
	int64_t since_us = s->phase_us, left_ms;

	(void)fd;
	(void)what;
	if (s->phase == PHASE_PAUSE) {
		s->reconnects++;
		try_start(s);
		s->changed(s->arg);
		return;
	}
	/* The date moves with each picture; the timer is only set here. */
	if (s->phase == PHASE_PICTURES && s->pictures > 0)
		since_us = s->last_us;
	left_ms = phase_limit_ms(s, s->phase) - (loop_now_us() - since_us) / 1000;
	if (left_ms > 0 && s->refused < SOURCE_REFUSED_MAX)
		loop_timer_set(s->timer, left_ms);
	else
		time_out(s);
}

static const struct hub_source_ops hub_ops = { .start = on_start, .stop = on_stop };

struct source *
source_new(const struct source_env *env, const struct source_config *c,
    void (*changed)(void *arg), void *arg, struct err *e)
{
	const struct source_driver *driver = find_driver(c->url, e);
	struct source *s;

	if (driver == NULL)
		return NULL;
	if ((s = calloc(1, sizeof(*s))) == NULL) {
		err_sys(e, "make a source for '%s'", c->name);
		return NULL;
	}
	s->env = *env;
	s->driver = driver;
	s->changed = changed;
	s->arg = arg;
	snprintf(s->name, sizeof(s->name), "%s", c->name);
	snprintf(s->url, sizeof(s->url), "%s", c->url);
	snprintf(s->user, sizeof(s->user), "%s", c->user);
	snprintf(s->password, sizeof(s->password), "%s", c->password);
	if ((s->timer = loop_timer(env->loop, on_timer, s, e)) == NULL ||
	    (s->camera = hub_add_camera(env->hub, s->name, &hub_ops, s, e)) == NULL) {
		loop_drop(s->timer);
		free(s);
		return NULL;
	}
	s->battery = c->battery;
	if (c->battery)
		hub_set_battery(s->camera);
	if (driver->native)
		hub_set_native(s->camera, HUB_UNDECIDED);
	return s;
}

static void
unchanged(void *arg)
{
	(void)arg;
}

void
source_free(struct source *s)
{
	if (s == NULL)
		return;
	s->changed = unchanged;
	hub_remove_camera(s->camera);
	loop_drop(s->timer);
	explicit_bzero(s->password, sizeof(s->password));
	free(s);
}

void
source_connected(struct source *s)
{
	if (s->phase == PHASE_CONNECTING)
		enter(s, PHASE_ANSWER);
}

void
source_answered(struct source *s)
{
	if (s->phase == PHASE_CONNECTING || s->phase == PHASE_ANSWER)
		enter(s, PHASE_PICTURES);
}

void
source_down(struct source *s, const struct err *e)
{
	pause_after(s, e);
}

static enum source_state
judge_state(const struct source *s)
{
	int64_t age = s->last_us != 0 ? loop_now_us() - s->last_us : INT64_MAX;
	bool failed = s->trouble.code != ERR_NONE;

	if (failed && strncmp(s->trouble.name, "source-", 7) == 0)
		return SOURCE_UNSUPPORTED;
	if (failed && strcmp(s->trouble.name, "camera-held") == 0)
		return SOURCE_HELD;
	if (s->phase == PHASE_OFF)
		return failed	   ? SOURCE_UNREACHABLE
		    : s->battery ? SOURCE_ASLEEP
				 : SOURCE_IDLE;
	if (s->seen && age <= HUB_LOST_US)
		return age <= SOURCE_STALE_US ? SOURCE_LIVE : SOURCE_STALE;
	return failed ? SOURCE_UNREACHABLE : SOURCE_CONNECTING;
}

void
source_report(const struct source *s, struct source_report *ret)
{
	size_t i, at = 0;
	int n;

	memset(ret, 0, sizeof(*ret));
	ret->state = judge_state(s);
	if (ret->state != SOURCE_LIVE && ret->state != SOURCE_IDLE &&
	    ret->state != SOURCE_ASLEEP)
		said_put(&s->trouble, ret->reason, sizeof(ret->reason), ret->reason_params);
	said_put(&s->jpeg, ret->jpeg, sizeof(ret->jpeg), ret->jpeg_params);
	memcpy(ret->identity, s->identity, sizeof(ret->identity));
	ret->dropped = s->dropped;
	ret->reconnects = s->reconnects;
	for (i = 0; i < SOURCE_DROP_KINDS && s->drops[i].why != NULL; i++) {
		n = snprintf(ret->drops + at, sizeof(ret->drops) - at, "%s%s %llu",
		    i > 0 ? ", " : "", s->drops[i].why,
		    (unsigned long long)s->drops[i].n);
		if (n < 0 || (size_t)n >= sizeof(ret->drops) - at)
			break;
		at += (size_t)n;
	}
}
