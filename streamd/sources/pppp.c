/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The source "pppp:[DEVICEID][@HOST[:PORT]]": a session (pppp_session.h) on a UDP
 * socket. streamd, main thread. While it searches, the socket hears everybody and
 * believes the searched address or network; once the camera answered, the socket is
 * connected to it and nobody else is heard or sent to. Addresses inside packets are
 * never looked at.
 */
#include "config.h"

#include <arpa/inet.h>
#include <event2/event.h>
#include <jansson.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"
#include "common/loop.h"
#include "common/netpolicy.h"
#include "common/text.h"
#include "streamd/sources/pppp_session.h"
#include "streamd/sources/pppp_targets.h"
#include "streamd/sources/source.h"

#define READS 16 /* datagrams in one turn of the loop */
#define FLOOD_PAUSE_MS 20
#define EARLY_US 20000
#define REST_MIN_MS 2 /* shorter ones save nothing */

struct camera {
	struct source *source;
	struct pppp_session session;
	struct pppp_targets targets;
	struct sockaddr_in from; /* of the datagram that is being put in */
	int fd;
	struct event *readable, *timer, *pause;
	int64_t timer_us; /* when the timer fires */
	void (*done)(void *arg, const struct err *e, const char *json);
	void *done_arg;
};

static void
camera_free(struct camera *c)
{
	loop_drop(c->readable);
	loop_drop(c->timer);
	loop_drop(c->pause);
	if (c->fd >= 0)
		close(c->fd);
	pppp_session_fini(&c->session);
	free(c);
}

static void
answer_control(struct camera *c, const struct err *e, const char *json)
{
	void (*done)(void *, const struct err *, const char *) = c->done;

	c->done = NULL;
	if (done != NULL)
		done(c->done_arg, e, json);
}

/* The session is over: tell why, once everything is let go of. */
static void
finish(struct camera *c)
{
	struct source *s = c->source;
	struct err e = c->session.why;

	answer_control(c, &e, NULL);
	pppp_session_close(&c->session, loop_now_us());
	source_set_data(s, NULL);
	camera_free(c);
	source_down(s, &e);
}

/* False: the camera is gone. */
static bool
tick(struct camera *c)
{
	int64_t now = loop_now_us(), next = pppp_session_tick(&c->session, now);

	if (c->session.dead) {
		finish(c);
		return false;
	}
	/* A timer that fires a little early costs less than one set anew each time. */
	if (next < c->timer_us || c->timer_us <= now || next - c->timer_us > EARLY_US) {
		c->timer_us = next;
		loop_timer_set(c->timer, next <= now ? 0 : (next - now + 999) / 1000);
	}
	return true;
}

static void
on_timer(int fd, short what, void *arg)
{
	struct camera *c = arg;

	(void)fd;
	(void)what;
	c->timer_us = 0;
	(void)tick(c);
}

static void
on_pause_over(int fd, short what, void *arg)
{
	struct camera *c = arg;

	(void)fd;
	(void)what;
	event_add(c->readable, NULL);
}

/* All that waits, up to READS datagrams, in one call. */
static int
receive(int fd, uint8_t p[READS][PPPP_DATAGRAM_MAX], struct sockaddr_in *from,
    struct mmsghdr *m)
{
	struct iovec iov[READS];
	unsigned i;

	memset(m, 0, READS * sizeof(*m));
	for (i = 0; i < READS; i++) {
		iov[i].iov_base = p[i];
		iov[i].iov_len = PPPP_DATAGRAM_MAX;
		m[i].msg_hdr.msg_iov = &iov[i];
		m[i].msg_hdr.msg_iovlen = 1;
		m[i].msg_hdr.msg_name = &from[i];
		m[i].msg_hdr.msg_namelen = sizeof(from[i]);
	}
	/* "Connection refused" is an ICMP of a camera that starts again. */
	return recvmmsg(fd, m, READS, MSG_DONTWAIT, NULL);
}

static void
on_readable(int fd, short what, void *arg)
{
	struct camera *c = arg;
	uint8_t p[READS][PPPP_DATAGRAM_MAX];
	struct sockaddr_in from[READS];
	struct mmsghdr m[READS];
	int i, n = receive(fd, p, from, m);
	int64_t rest_ms;

	(void)what;
	for (i = 0; i < n && !c->session.dead; i++) {
		c->from = from[i];
		if (c->session.state == PPPP_SEARCHING &&
		    (m[i].msg_hdr.msg_namelen != sizeof(c->from) ||
			c->from.sin_family != AF_INET ||
			!pppp_targets_allow(&c->targets, &c->from)))
			continue;
		pppp_session_put(&c->session, p[i], m[i].msg_len, loop_now_us());
	}
	rest_ms = pppp_session_flooded(&c->session)
	    ? FLOOD_PAUSE_MS
	    : pppp_session_rest(&c->session) / 1000;
	if (!c->session.dead && rest_ms >= REST_MIN_MS) {
		event_del(c->readable);
		loop_timer_set(c->pause, rest_ms);
	}
	(void)tick(c);
}

static void
on_send(void *arg, const uint8_t *p, size_t n)
{
	struct camera *c = arg;

	if (c->session.state == PPPP_SEARCHING)
		pppp_targets_send(&c->targets, c->fd, p, n);
	else
		(void)send(c->fd, p, n, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static bool
on_found(void *arg)
{
	struct camera *c = arg;
	struct err e = { .code = ERR_NONE };

	if (netpolicy_check(
		source_env(c->source)->policy, (struct sockaddr *)&c->from, &e) < 0) {
		log_debug("pppp", "camera %s: an answer is not believed: %s",
		    source_name(c->source), e.msg);
		return false;
	}
	return connect(c->fd, (struct sockaddr *)&c->from, sizeof(c->from)) == 0;
}

static void
on_state(void *arg, enum pppp_state state)
{
	struct camera *c = arg;
	char id[PPPP_UID_TEXT];

	if (state == PPPP_LOGGING_IN && !c->session.o.pinned) {
		pppp_id_format(&c->session.id, id);
		source_set_identity(c->source, id);
	}
	if (state == PPPP_OPENING) {
		pppp_id_mask(&c->session.id, id);
		log_debug("pppp", "camera %s: %s answers (%s)", source_name(c->source),
		    id, pppp_key_name(c->session.key));
		source_connected(c->source);
	} else if (state == PPPP_LOGGING_IN) {
		/* The JSON family's sound is no A-law and is not asked for. */
		source_set_sound(c->source,
		    pppp_is_json(&c->session) ? HUB_MUTE : HUB_SOUND_UNDECIDED);
		source_answered(c->source);
	}
}

static void
put(json_t *doc, bool told, const char *key, int value)
{
	if (told)
		(void)json_object_set_new(doc, key, json_integer(value));
}

static json_t *
status_json(const struct camera *c, const struct pppp_status *st)
{
	bool json = pppp_is_json(&c->session);
	json_t *doc = json_pack("{s:s,s:[s,s,s,s,s,s,s]}", "family",
	    json ? "json" : "binary", "can", "status", "resolution", "ir",
	    json ? "lamp" : "lamp-toggle", "move", "reboot", "wifi");

	put(doc, st->battery_mv >= 0, "battery_mv", st->battery_mv);
	put(doc, st->battery >= 0, "battery", st->battery);
	put(doc, st->charging >= 0, "charging", st->charging);
	put(doc, st->signal_dbm != 0, "signal_dbm", st->signal_dbm);
	put(doc, st->ir >= 0, "ir", st->ir);
	put(doc, st->lamp >= 0, "lamp", st->lamp);
	return doc;
}

/* A network's name may be any bytes. */
static json_t *
wifi_json(const struct pppp_wifi *wifi)
{
	json_t *list = json_array(), *one;
	char name[4 * sizeof(wifi->network[0].name) + 1];
	unsigned i;

	for (i = 0; i < wifi->n; i++) {
		const struct pppp_network *w = &wifi->network[i];

		text_escape(w->name, strlen(w->name), name, sizeof(name));
		one = json_pack("{s:s}", "name", name);
		put(one, w->signal_dbm != 0, "signal_dbm", w->signal_dbm);
		put(one, w->channel != 0, "channel", w->channel);
		put(one, w->secured >= 0, "secured", w->secured);
		(void)json_array_append_new(list, one);
	}
	return json_pack("{s:o}", "networks", list);
}

static void
on_done(void *arg, const struct err *e, const struct pppp_status *st,
    const struct pppp_wifi *wifi)
{
	struct camera *c = arg;
	json_t *doc = st != NULL ? status_json(c, st)
	    : wifi != NULL	 ? wifi_json(wifi)
				 : json_object();
	char *text = json_dumps(doc, JSON_COMPACT);

	json_decref(doc);
	answer_control(c, e, e == NULL ? (text != NULL ? text : "{}") : NULL);
	free(text);
}

static void
on_jpeg(void *arg, uint8_t *owned, size_t n, int64_t arrived_us)
{
	struct camera *c = arg;

	source_jpeg(c->source, owned, n, arrived_us);
}

static void
on_audio(void *arg, const uint8_t *p, size_t n, int64_t arrived_us)
{
	struct camera *c = arg;

	source_sound(c->source, p, n, arrived_us);
}

static void
on_drop(void *arg, const char *why)
{
	struct camera *c = arg;

	source_drop(c->source, why);
}

static const struct pppp_session_ops session_ops = { .send = on_send,
	.found = on_found,
	.state = on_state,
	.done = on_done,
	.video = { on_jpeg, on_audio, on_drop } };

/* ---- beginning ---- */

/* Numbers only: a name server could answer with any address, and blocks meanwhile. */
static int
resolve(struct camera *c, const char *text, struct err *e)
{
	struct addrinfo hints = { .ai_family = AF_INET,
		.ai_socktype = SOCK_DGRAM,
		.ai_flags = AI_NUMERICHOST },
			*found;
	struct sockaddr_in to;
	char host[256];
	const char *colon = strrchr(text, ':');
	uint64_t port = PPPP_PORT;
	size_t n = colon != NULL ? (size_t)(colon - text) : strlen(text);

	if (colon != NULL && text_number(colon + 1, 1, 65535, false, &port) < 0)
		n = sizeof(host);
	snprintf(host, sizeof(host), "%.*s", (int)(n < 255 ? n : 255), text);
	if (n >= sizeof(host) || getaddrinfo(host, NULL, &hints, &found) != 0)
		return err_set(e, ERR_REFUSED, "source-address",
		    "'%s' is no IPv4 address; write a PPPP camera's address as "
		    "192.168.1.20",
		    host);
	memcpy(&to, found->ai_addr, sizeof(to));
	freeaddrinfo(found);
	to.sin_port = htons((uint16_t)port);
	pppp_targets_one(&c->targets, &to);
	return netpolicy_check(
	    source_env(c->source)->policy, (struct sockaddr *)&to, e);
}

static int
read_source(struct camera *c, struct pppp_options *o, struct err *e)
{
	const char *rest = source_url(c->source) + strlen("pppp:");
	const char *at = strchr(rest, '@');
	char id[80];
	size_t n = at != NULL ? (size_t)(at - rest) : strlen(rest);

	snprintf(id, sizeof(id), "%.*s", (int)(n < 79 ? n : 79), rest);
	if (n > 0 && pppp_id_parse(id, &o->id) < 0)
		return err_set(e, ERR_REFUSED, "source-id",
		    "the device id cannot be read; it looks like BATC609531EXLVS and "
		    "'camherd discover' shows it");
	/* Nobody typed an id: the first camera that answered is it. */
	o->pinned = n > 0 ||
	    (source_identity(c->source)[0] != '\0' &&
		pppp_id_parse(source_identity(c->source), &o->id) == 0);
	o->broadcast = at == NULL;
	o->user = source_user(c->source);
	o->password = source_password(c->source);
	(void)netpolicy_refresh(source_env(c->source)->policy, NULL);
	if (at != NULL)
		return resolve(c, at + 1, e);
	if (pppp_targets_fill(&c->targets, source_env(c->source)->discovery, e) < 0)
		return err_add(e, "[streamd] discovery");
	if (c->targets.n == 0)
		return err_set(e, ERR_REFUSED, "source-discovery",
		    "[streamd] discovery names nothing to search; write the source "
		    "with its address, pppp:%s@HOST",
		    id);
	return 0;
}

static int
camera_open(struct camera *c, struct pppp_options *o, struct err *e)
{
	struct loop *l = source_env(c->source)->loop;

	if (read_source(c, o, e) < 0 || (c->fd = pppp_socket(e)) < 0)
		return -1;
	c->readable = loop_watch(l, c->fd, EV_READ, on_readable, c, e);
	c->timer = loop_timer(l, on_timer, c, e);
	c->pause = loop_timer(l, on_pause_over, c, e);
	return c->readable != NULL && c->timer != NULL && c->pause != NULL ? 0 : -1;
}

static int
pppp_start(struct source *s, struct err *e)
{
	struct camera *c = calloc(1, sizeof(*c));
	struct pppp_options o = { .pinned = false };

	if (c == NULL)
		return err_sys(e, "open a PPPP camera");
	c->source = s;
	c->fd = -1;
	if (camera_open(c, &o, e) < 0) {
		camera_free(c);
		return -1;
	}
	pppp_session_init(&c->session, &o, &session_ops, c, loop_now_us());
	source_set_data(s, c);
	loop_timer_set(c->timer, 0);
	return 0;
}

static void
pppp_stop(struct source *s)
{
	struct camera *c = source_data(s);
	struct err e = { .code = ERR_NONE };

	err_set(&e, ERR_FAILED, "camera-not-live", "the camera was let go of");
	source_set_data(s, NULL);
	answer_control(c, &e, NULL);
	pppp_session_close(&c->session, loop_now_us());
	camera_free(c);
}

static int
pppp_control(struct source *s, const char *verb, const char *arg,
    void (*done)(void *, const struct err *, const char *), void *done_arg,
    struct err *e)
{
	struct camera *c = source_data(s);

	if (c == NULL)
		return err_set(e, ERR_FAILED, "camera-not-live",
		    "the camera is not connected just now; try again when it is live");
	if (c->done != NULL)
		return err_set(e, ERR_REFUSED, "camera-control-busy",
		    "the camera is still busy with the last request; try again");
	c->done = done;
	c->done_arg = done_arg;
	if (pppp_session_control(&c->session, verb, arg, loop_now_us(), e) < 0) {
		c->done = NULL;
		return -1;
	}
	loop_timer_set(c->timer, 0);
	c->timer_us = 0;
	return 0;
}

const struct source_driver source_pppp = {
	.scheme = "pppp",
	.start = pppp_start,
	.stop = pppp_stop,
	.control = pppp_control,
};
