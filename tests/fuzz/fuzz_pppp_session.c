/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A whole PPPP session: byte 0 is the key the camera speaks; then records of a delay in
 * units of 4 ms, a length (two bytes, little endian) and that many bytes of a clear
 * datagram. Memory stays bounded, pictures begin with SOI, and before the handshake
 * nothing longer than what came is sent.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "streamd/sources/pppp_session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

struct world {
	struct pppp_session s;
	size_t in, out;
	unsigned searches;
};

static void
on_send(void *arg, const uint8_t *p, size_t n)
{
	struct world *w = arg;

	(void)p;
	if (n > PPPP_DATAGRAM_MAX)
		abort();
	if (n == 4 && w->s.state <= PPPP_OPENING && w->searches > 0)
		w->searches--; /* a search of our own, not an answer */
	else
		w->out += n;
}

static bool
on_found(void *arg)
{
	(void)arg;
	return true;
}

static void
on_state(void *arg, enum pppp_state state)
{
	struct world *w = arg;

	if (state == PPPP_LOGGING_IN && w->out > w->in)
		abort();
}

static void
on_done(void *arg, const struct err *e, const struct pppp_status *st,
    const struct pppp_wifi *wifi)
{
	(void)arg;
	(void)e;
	(void)st;
	(void)wifi;
}

static void
on_jpeg(void *arg, uint8_t *owned, size_t n, int64_t arrived_us)
{
	(void)arg;
	(void)arrived_us;
	if (n == 0 || n > PPPP_FRAME_MAX)
		abort();
	free(owned);
}

static void
on_audio(void *arg, const uint8_t *p, size_t n, int64_t arrived_us)
{
	static volatile uint8_t sink;
	size_t i;

	(void)arg;
	(void)arrived_us;
	for (i = 0; i < n; i++)
		sink = p[i];
	(void)sink;
}

static void
on_drop(void *arg, const char *why)
{
	(void)arg;
	(void)why;
}

static const struct pppp_session_ops ops = { .send = on_send,
	.found = on_found,
	.state = on_state,
	.done = on_done,
	.video = { on_jpeg, on_audio, on_drop } };

static void
one_datagram(struct world *w, unsigned key, const uint8_t *p, size_t n, int64_t now)
{
	uint8_t *exact = malloc(n > 0 ? n : 1);

	if (exact == NULL)
		abort();
	memcpy(exact, p, n);
	pppp_encrypt(key, exact, n);
	w->in += n;
	pppp_session_put(&w->s, exact, n, now);
	free(exact);
	w->searches = 4;
	(void)pppp_session_tick(&w->s, now);
	w->searches = 0;
	if (w->s.data.n_held > PPPP_HELD_MAX || w->s.commands.n_held > PPPP_HELD_MAX ||
	    w->s.video.size > PPPP_FRAME_MAX)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct pppp_options o = { .user = "", .password = "" };
	struct world *w = calloc(1, sizeof(*w));
	int64_t now = 1000000;
	size_t at = 1, len;

	if (w == NULL)
		abort();
	pppp_session_init(&w->s, &o, &ops, w, now);
	while (at + 3 <= n && !w->s.dead) {
		now += data[at] * 4000;
		len = data[at + 1] | (size_t)data[at + 2] << 8;
		at += 3;
		if (len > n - at)
			len = n - at;
		one_datagram(w, data[0] % pppp_keys(), data + at, len, now);
		at += len;
		if (at % 5 == 0)
			(void)pppp_session_control(&w->s, at % 2 ? "ir" : "wifi-scan",
			    at % 2 ? "on" : "", now, NULL);
	}
	pppp_session_close(&w->s, now);
	pppp_session_fini(&w->s);
	free(w);
	return 0;
}
