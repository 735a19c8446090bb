/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looks for PPPP cameras (see discover.h). streamd, main thread. */
#include "config.h"

#include <arpa/inet.h>
#include <event2/event.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/err.h"
#include "common/loop.h"
#include "common/sentence.h"
#include "common/text.h"
#include "streamd/discover.h"
#include "streamd/sources/pppp_targets.h"
#include "streamd/sources/pppp_wire.h"

#define AGAIN_MS 1000
#define KNOCK_MS 800 /* for an answer to the opening of a session */
#define READS 256 /* datagrams in one turn */
#define ANSWERS_MAX 4000 /* looked at in one discovery: 200 a second are plenty */

struct found {
	struct sockaddr_in from;
	int key; /* -1 = unknown */
	uint8_t first; /* byte of an answer under an unknown key */
	struct pppp_id id;
	uint8_t uid[PPPP_UID];
	char camera[TEXT_SLUG_MAX]; /* its name, when it is one of ours */
	bool ours; /* we have it open just now */
	bool open, closed; /* it opened a session for us, or refused to */
};

struct discovery {
	struct loop *loop;
	struct pppp_targets targets;
	int fd;
	struct event *readable, *timer;
	int64_t end_us;
	unsigned answers;
	struct found found[DISCOVER_MAX];
	unsigned n;
	bool knocked;
	struct discovery_ops ops;
	void *arg;
};

void
discovery_free(struct discovery *d)
{
	if (d == NULL)
		return;
	loop_drop(d->readable);
	loop_drop(d->timer);
	if (d->fd >= 0)
		close(d->fd);
	free(d);
}

static const char *
family(int key)
{
	switch (key) {
	case PPPP_CLEAR:
		return "binary";
	case PPPP_CAMERA:
	case PPPP_SHIX:
		return "json";
	case PPPP_LITTLESTARS:
		return "littlestars";
	default:
		return "unknown";
	}
}

/* One sentence: what stands between this camera and its pictures; "" = nothing. */
static void
say_missing(const struct found *f, struct err *ret)
{
	err_clear(ret);
	if (f->key < 0)
		err_set(ret, ERR_NONE, "",
		    "answers under an unknown key (first byte 0x%02x)", f->first);
	else if (f->key >= PPPP_KEYS_SPOKEN)
		err_set(ret, ERR_NONE, "",
		    "answers under the key %s, whose family cannot be streamed from",
		    pppp_key_name((unsigned)f->key));
	else if (f->closed && !f->ours && !f->open)
		err_set(ret, ERR_NONE, "", "another program holds it");
	else if (!f->ours && !f->open)
		err_set(ret, ERR_NONE, "",
		    "another program holds it, or a session that died: it opens none");
}

static json_t *
one_json(const struct found *f)
{
	char address[INET_ADDRSTRLEN], id[PPPP_UID_TEXT] = "", source[120] = "";
	unsigned port = ntohs(f->from.sin_port);
	struct err missing;
	json_t *doc;

	inet_ntop(AF_INET, &f->from.sin_addr, address, sizeof(address));
	say_missing(f, &missing);
	if (f->key >= 0)
		pppp_id_format(&f->id, id);
	if (f->key >= 0 && f->key < PPPP_KEYS_SPOKEN && port == PPPP_PORT)
		snprintf(source, sizeof(source), "pppp:%s@%s", id, address);
	else if (f->key >= 0 && f->key < PPPP_KEYS_SPOKEN)
		snprintf(source, sizeof(source), "pppp:%s@%s:%u", id, address, port);
	doc = json_pack("{s:s,s:s,s:s,s:s,s:i,s:s}", "id", id, "family", family(f->key),
	    "key", f->key < 0 ? "" : pppp_key_name((unsigned)f->key), "address", address,
	    "port", (int)port, "source", source);
	(void)sentence_with(doc, "missing", &missing);
	(void)json_object_set_new(doc, "camera", json_string(f->camera));
	return doc;
}

static void
finish(struct discovery *d)
{
	void (*done)(void *, const char *) = d->ops.done;
	void *arg = d->arg;
	json_t *doc = json_object(), *list = json_array();
	char *text;
	unsigned i;

	for (i = 0; i < d->n; i++)
		(void)json_array_append_new(list, one_json(&d->found[i]));
	(void)json_object_set_new(doc, "cameras", list);
	text = json_dumps(doc, JSON_COMPACT);
	json_decref(doc);
	discovery_free(d);
	done(arg, text != NULL ? text : "{\"cameras\":[]}");
	free(text);
}

static void
search(struct discovery *d)
{
	uint8_t p[4];
	unsigned i;

	for (i = 0; i < pppp_keys(); i++) {
		(void)pppp_build(p, sizeof(p), PPPP_SEARCH, NULL, 0);
		pppp_encrypt(i, p, sizeof(p));
		pppp_targets_send(&d->targets, d->fd, p, sizeof(p));
	}
}

static void
send_to(struct discovery *d, const struct found *f, enum pppp_op op, size_t uid_n)
{
	uint8_t p[64];
	size_t n = pppp_build(p, sizeof(p), op, f->uid, uid_n);

	pppp_encrypt((unsigned)f->key, p, n);
	(void)sendto(d->fd, p, n, MSG_DONTWAIT, (const struct sockaddr *)&f->from,
	    sizeof(f->from));
}

/* Such a camera answers searches also while it serves somebody. Whether it is free
 * shows only when a session is opened: nobody signs in, and it is closed at once. Those
 * that we have open ourselves are left alone. True: there was one to ask. */
static bool
knock(struct discovery *d)
{
	struct found *f;
	bool any = false;

	for (f = d->found; f < d->found + d->n; f++) {
		if (f->key < 0 || f->key >= PPPP_KEYS_SPOKEN)
			continue;
		f->ours = d->ops.known(d->arg, &f->from, &f->id, f->camera);
		if (f->ours)
			continue;
		send_to(d, f, f->key == PPPP_CLEAR ? PPPP_READY : PPPP_PUNCH, PPPP_UID);
		any = true;
	}
	return any;
}

/* What comes after the knock. */
static void
take_answer(struct discovery *d, uint8_t *p, size_t n, const struct sockaddr_in *from)
{
	struct pppp_packet pk;
	struct found *f;

	for (f = d->found; f < d->found + d->n; f++) {
		if (f->key < 0 || f->from.sin_addr.s_addr != from->sin_addr.s_addr ||
		    f->from.sin_port != from->sin_port)
			continue;
		pppp_decrypt((unsigned)f->key, p, n);
		if (pppp_parse(p, n, &pk) < 0)
			return;
		if (pk.op == PPPP_READY && !f->open && !f->closed) {
			f->open = true;
			send_to(d, f, PPPP_CLOSE, 0);
		} else if (pk.op == PPPP_CLOSE && !f->open) {
			f->closed = true;
		}
		return;
	}
}

static void
on_timer(int fd, short what, void *arg)
{
	struct discovery *d = arg;
	int64_t left_ms = (d->end_us - loop_now_us()) / 1000;

	(void)fd;
	(void)what;
	if (left_ms > 0) {
		search(d);
		loop_timer_set(d->timer, left_ms < AGAIN_MS ? left_ms : AGAIN_MS);
	} else if (!d->knocked && knock(d)) {
		d->knocked = true;
		loop_timer_set(d->timer, KNOCK_MS);
	} else {
		finish(d);
	}
}

/* One line for each camera, however often and under however many keys it answers; one
 * that was understood takes the place of one that was not. */
static void
note(struct discovery *d, const struct found *f)
{
	unsigned i;

	for (i = 0; i < d->n; i++) {
		struct found *old = &d->found[i];

		if (old->from.sin_addr.s_addr != f->from.sin_addr.s_addr)
			continue;
		if (old->key < 0) {
			*old = *f;
			return;
		}
		if (f->key < 0 || pppp_id_equal(&old->id, &f->id))
			return;
	}
	if (d->n < DISCOVER_MAX)
		d->found[d->n++] = *f;
}

static void
take(struct discovery *d, uint8_t *p, size_t n, const struct sockaddr_in *from)
{
	struct found f = { .from = *from };
	struct pppp_packet pk;

	if (n < 4 || !pppp_targets_allow(&d->targets, from))
		return;
	if (d->knocked) {
		take_answer(d, p, n, from);
		return;
	}
	f.first = p[0];
	f.key = pppp_guess_key(p, n, PPPP_PUNCH);
	if (f.key >= 0) {
		pppp_decrypt((unsigned)f.key, p, n);
		if (pppp_parse(p, n, &pk) < 0 || pk.n < PPPP_UID ||
		    pppp_id_read(pk.p, &f.id) < 0)
			return;
		memcpy(f.uid, pk.p, PPPP_UID);
	}
	note(d, &f);
}

static void
on_readable(int fd, short what, void *arg)
{
	struct discovery *d = arg;
	struct sockaddr_in from;
	uint8_t p[PPPP_DATAGRAM_MAX];
	socklen_t len;
	ssize_t n;
	unsigned i;

	(void)what;
	for (i = 0; i < READS; i++) {
		len = sizeof(from);
		n = recvfrom(
		    fd, p, sizeof(p), MSG_DONTWAIT, (struct sockaddr *)&from, &len);
		if (n < 0)
			return;
		if (len == sizeof(from) && from.sin_family == AF_INET)
			take(d, p, (size_t)n, &from);
		if (++d->answers >= ANSWERS_MAX) {
			event_del(d->readable);
			return;
		}
	}
}

struct discovery *
discovery_start(struct loop *l, const struct pppp_targets *where,
    const struct discovery_ops *ops, void *arg, struct err *e)
{
	struct discovery *d = calloc(1, sizeof(*d));

	if (d == NULL) {
		err_sys(e, "look for cameras");
		return NULL;
	}
	d->loop = l;
	d->ops = *ops;
	d->arg = arg;
	d->end_us = loop_now_us() + DISCOVER_MS * 1000;
	d->fd = -1;
	d->targets = *where;
	if (d->targets.n == 0)
		err_set(e, ERR_REFUSED, "discovery-off",
		    "there is nowhere to search: [streamd] discovery is empty, or this "
		    "machine is in no network; give a camera's address");
	else if ((d->fd = pppp_socket(e)) >= 0 &&
	    (d->readable = loop_watch(l, d->fd, EV_READ, on_readable, d, e)) != NULL &&
	    (d->timer = loop_timer(l, on_timer, d, e)) != NULL) {
		loop_timer_set(d->timer, 0);
		return d;
	}
	discovery_free(d);
	return NULL;
}
