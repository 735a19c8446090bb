/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A PPPP camera (see ppppcam.h). Tests only; pure. */
#include "config.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/ppppcam.h"

#define SLOTS 1024
#define WINDOW 128 /* above it whole pictures are skipped */
#define TRIES 6
#define PACE_US 500
#define AUDIO_US 120000 /* of one packet of sound */
#define ALIVE_US 400000
#define CLIENT_US 6000000

struct slot {
	bool used;
	uint8_t p[1100];
	size_t n;
	uint8_t channel;
	uint16_t index;
	int64_t due_us;
	unsigned tries;
};

struct ppppcam {
	struct ppppcam_options o;
	void (*send)(void *, const uint8_t *, size_t);
	const uint8_t *(*picture)(void *, unsigned, size_t *);
	void *arg;
	uint8_t uid[PPPP_UID];
	bool open, signed_in, streaming;
	uint16_t next[2];
	int command; /* the last index on channel 0, -1 = none */
	uint8_t ticket[4];
	struct slot slots[SLOTS];
	unsigned head, tail; /* slots in use lie between */
	int64_t frame_us, audio_us, alive_us, heard_us, silent_us;
	unsigned number;
	uint32_t dice;
	struct ppppcam_stats stats;
};

static bool
chance(struct ppppcam *c, unsigned of_10000)
{
	c->dice = c->dice * 1664525 + 1013904223;
	return (c->dice >> 8) % 10000 < of_10000;
}

static void
emit(struct ppppcam *c, const uint8_t *p, size_t n)
{
	uint8_t out[PPPP_DATAGRAM_MAX] = { 0 };

	memcpy(out, p, n);
	/* The binary family pads short packets with zeroes. */
	if (c->o.key == 0 && n < 32 && p[1] != PPPP_DATA)
		n = 32;
	pppp_encrypt(c->o.key, out, n);
	if (c->o.strange)
		out[0] ^= 0x55;
	c->stats.out += n;
	c->send(c->arg, out, n);
}

static void
emit_op(struct ppppcam *c, enum pppp_op op, const void *p, size_t n)
{
	uint8_t out[64];

	emit(c, out, pppp_build(out, sizeof(out), op, p, n));
}

/* The length says the truth or lies; operations that are unknown; empty data. */
size_t
ppppcam_odd(unsigned which, uint8_t ret[64])
{
	static const char odd[PPPPCAM_ODD][16] = { "\xf1\x43\0\0", "\xf1\xff\0\4abcd",
		"\xf1\xd0\0\0", "\xf1\xd0\0\2\xd1\1", "\xf1\xd0\4\4\xd1\1\x77\x77zz",
		"\xf1\xd1\0\6\xd1\0\xff\xff\0\1", "\xf1\xd0\xff\xff\xd1\1\0\1", "\xf1",
		"", "GET / HTTP/1.0\r", "\xf1\xd0\0\x08\xd1\1\x60\0\x55\xaa\x15\xa8" };
	static const uint8_t n[PPPPCAM_ODD] = { 4, 8, 4, 6, 10, 10, 8, 1, 0, 15, 12 };

	memcpy(ret, odd[which], 16);
	return n[which];
}

static void
queue(struct ppppcam *c, uint8_t channel, const void *p, size_t n, int64_t due_us)
{
	struct slot *s = &c->slots[c->head % SLOTS];

	if (c->head - c->tail >= SLOTS)
		return;
	c->head++;
	s->used = true;
	s->channel = channel;
	s->index = c->next[channel]++;
	s->n = pppp_build_data(s->p, sizeof(s->p), channel, s->index, p, n);
	s->due_us = due_us;
	s->tries = 0;
	if (channel == 1 && chance(c, c->o.reorder))
		s->due_us += 2000 + (int64_t)(c->dice >> 8) % 10000;
}

static int64_t
send_due(struct ppppcam *c, int64_t now)
{
	int64_t next = INT64_MAX;
	struct slot *s;
	unsigned i;

	for (i = c->tail; i != c->head; i++) {
		s = &c->slots[i % SLOTS];
		if (s->used && s->due_us <= now) {
			if (s->channel == 0 || !chance(c, c->o.loss))
				emit(c, s->p, s->n);
			if (chance(c, c->o.dup))
				emit(c, s->p, s->n);
			s->due_us =
			    now + (c->o.resend_ms > 0 ? c->o.resend_ms : 200) * 1000;
			if (++s->tries == TRIES)
				s->used = false;
		}
		if (s->used && s->due_us < next)
			next = s->due_us;
	}
	while (c->tail != c->head && !c->slots[c->tail % SLOTS].used)
		c->tail++;
	return next;
}

static void
header_of(uint8_t p[32], uint8_t type, size_t n)
{
	memset(p, 0, 32);
	memcpy(p, "\x55\xaa\x15\xa8", 4);
	p[4] = type;
	p[5] = 3;
	p[16] = (uint8_t)n;
	p[17] = (uint8_t)(n >> 8);
	p[18] = (uint8_t)(n >> 16);
}

/* A tone of 400 Hz. */
static void
queue_audio(struct ppppcam *c, int64_t due)
{
	uint8_t p[992];
	unsigned i;

	header_of(p, 6, 960);
	for (i = 0; i < 960; i++)
		p[32 + i] = i / 10 % 2 == 0 ? 0xb5 : 0x35;
	queue(c, 1, p, sizeof(p), due);
}

static void
queue_picture(struct ppppcam *c, int64_t now)
{
	size_t n, at = 0, k, padded, head = 0;
	const uint8_t *jpeg = c->picture(c->arg, c->number++, &n);
	uint8_t p[1024];
	unsigned i;

	if (c->audio_us < now - 10 * AUDIO_US)
		c->audio_us = now;
	padded = (n + 3) / 4 * 4;
	c->stats.frames++;
	header_of(p, 3, n);
	if (c->o.layout == PPPPCAM_SEPARATE)
		queue(c, 1, p, 32, now);
	else if (c->o.layout == PPPPCAM_INLINE)
		head = 32;
	for (i = 0; at < padded; at += k, head = 0, i++) {
		k = padded - at < 1024 - head ? padded - at : 1024 - head;
		memset(p + head, 0, k);
		if (at < n)
			memcpy(p + head, jpeg + at, n - at < k ? n - at : k);
		queue(c, 1, p, head + k, now + (int64_t)i * PACE_US);
		for (; c->o.audio && i == 2 && c->audio_us <= now;
		     c->audio_us += AUDIO_US)
			queue_audio(c, now + (int64_t)i * PACE_US);
	}
}

static void
forget(struct ppppcam *c)
{
	c->open = c->signed_in = c->streaming = false;
	memset(c->ticket, 0, sizeof(c->ticket));
	c->head = c->tail = 0;
	c->next[0] = 0;
	c->next[1] = (uint16_t)c->o.start;
	c->command = -1;
}

static void
stop_video(struct ppppcam *c)
{
	c->stats.stops += c->streaming;
	c->streaming = false;
}

/* ---- what the client says ---- */

/* The scrambled field of a login: n bytes from at. */
static bool
field_is(const uint8_t *p, size_t n, size_t at, const char *want)
{
	size_t i, len = strlen(want) + 1;

	for (i = 0; i < len; i++) {
		if ((uint8_t)(p[(at + i + n - 4) % n] ^ 1) != (uint8_t)want[i])
			return false;
	}
	return true;
}

static void
answer(struct ppppcam *c, uint16_t command, uint32_t token, const uint8_t *p, size_t n,
    int64_t now)
{
	uint8_t out[400] = { 0x11, 0x0a, (uint8_t)command, (uint8_t)(command >> 8 | 1),
		(uint8_t)(n + 4), (uint8_t)((n + 4) >> 8), 0xff, 0, (uint8_t)token,
		(uint8_t)(token >> 8), (uint8_t)(token >> 16), (uint8_t)(token >> 24) };
	size_t i;

	for (i = 0; i < n; i++)
		out[12 + i] = p[(i + 4) % n] ^ 1;
	queue(c, 0, out, 12 + n, now + 15000);
}

static void
binary_login(struct ppppcam *c, const uint8_t *p, size_t n, int64_t now)
{
	uint8_t well[8] = { 0xff, 0, 0, 0, 'V', 'W', 'm', '6' };

	c->stats.logins++;
	if (c->o.mute == PPPPCAM_MUTE_LOGIN)
		return;
	if (n == 160 && !c->o.lax &&
	    field_is(p, n, 0, c->o.user != NULL ? c->o.user : "admin") &&
	    field_is(p, n, 32, c->o.password != NULL ? c->o.password : "admin")) {
		memcpy(c->ticket, well + 4, 4);
		c->signed_in = true;
		answer(c, 0x1020, 0, well, 8, now);
		return;
	}
	c->stats.refused++;
	answer(c, 0x1020, (uint32_t)-1010, NULL, 0, now);
}

/* The network it is set to, its password with it; or the two it hears: one tells its
 * signal as these cameras do, the other one's number lost its sign. */
static void
wifi_answer(struct ppppcam *c, unsigned command, int64_t now)
{
	uint8_t p[264] = { 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0, 4 };

	if (command == 0x6002) {
		memcpy(p + 0x18, "meadow", 6);
		memcpy(p + 0x38, "grass is green", 14);
		answer(c, 0x6002, 0, p, sizeof(p), now);
		return;
	}
	memset(p, 0, sizeof(p));
	memcpy(p, "meadow", 6);
	memcpy(p + 72, "\4\0\0\0\xb3\xff\xff\xff\x64\0\0\0\0\0\0\0\6", 17);
	memcpy(p + 92, "b\xffrn", 4);
	memcpy(p + 92 + 76, "\xc6", 1);
	/* It counts three and has room for two. */
	answer(c, 0x6003, 3, p, 2 * 92 + 40, now);
}

static void
binary_command(struct ppppcam *c, const uint8_t *p, size_t n, int64_t now)
{
	uint8_t status[124] = { 0x35, 2, 2, 1, 0x18, 0x0f };
	unsigned command;

	if (n < 12 || p[0] != 0x11 || p[1] != 0x0a)
		return;
	command = p[2] | (unsigned)p[3] << 8;
	if (command == 0x1020) {
		binary_login(c, p + 12, n - 12, now);
		return;
	}
	/* The lax ones take any command with the ticket that nobody was given. */
	if ((!c->signed_in && !c->o.lax) || memcmp(p + 8, c->ticket, 4) != 0)
		return;
	if (command == 0x3010)
		c->streaming = c->o.mute != PPPPCAM_MUTE_VIDEO;
	else if (command == 0x3011)
		stop_video(c);
	else if (command == 0x300a)
		c->stats.ir = !c->stats.ir;
	else if (command == 0x300b)
		c->stats.lamp = !c->stats.lamp;
	else if (command == 0x50ff)
		c->stats.moves++;
	else if (command == 0x3018 && n == 20)
		c->stats.resolution = p[12] ^ 1u;
	else if (command == 0x1011)
		ppppcam_reboot(c, now, 1500);
	if (command == 0x6002 || command == 0x6003) {
		wifi_answer(c, command, now);
		return;
	}
	memcpy(status + 16, "\xbf\xff\xff\xff", 4);
	status[93] = c->stats.ir;
	if (command == 0x1008)
		answer(c, 0x1008, 0, status, sizeof(status), now);
	else
		answer(c, (uint16_t)command, 0, NULL, 0, now);
}

static void
json_answer(struct ppppcam *c, const char *text, int64_t now)
{
	uint8_t out[4096] = { 0x06, 0x0a, 0xa0, 0x80 };
	size_t n = strlen(text) + 8, at, part;

	out[4] = (uint8_t)(n - 8);
	out[5] = (uint8_t)((n - 8) >> 8);
	memcpy(out + 8, text, n - 8);
	for (at = 0; at < n; at += part) {
		part = n - at < 1024 ? n - at : 1024;
		queue(c, 0, out + at, part, now + 15000);
	}
}

static int
member(const json_t *doc, const char *key)
{
	const json_t *v = json_object_get(doc, key);

	return v != NULL ? (int)json_integer_value(v) : -1;
}

/* Thirty networks take more than one packet. */
static void
json_wifi(struct ppppcam *c, int command, int64_t now)
{
	char text[4000];
	size_t n;
	unsigned i;

	if (command == 112) {
		json_answer(c,
		    "{\"cmd\":112,\"result\":0,\"wifissid\":\"meadow\","
		    "\"wifipwd\":\"grass is green\",\"encryption\":3}",
		    now);
		return;
	}
	n = (size_t)snprintf(
	    text, sizeof(text), "{\"cmd\":113,\"result\":0,\"wifi\":[");
	for (i = 0; i < 30; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
		    "%s{\"ssid\":\"network number %u\",\"signal\":%d,\"encryption\":%u,"
		    "\"channel\":%u}",
		    i > 0 ? "," : "", i, -40 - (int)i, i % 2, 1 + i % 13);
	snprintf(text + n, sizeof(text) - n, "]}");
	json_answer(c, text, now + (int64_t)c->o.scan_ms * 1000);
}

static void
json_do(struct ppppcam *c, const json_t *doc, int command, int64_t now)
{
	char text[200];

	if (command == 112 || command == 113) {
		json_wifi(c, command, now);
		return;
	}
	if (command == 111 && member(doc, "video") >= 0) {
		if (member(doc, "video") == 0)
			stop_video(c);
		else
			c->stats.resolution = (unsigned)member(doc, "video");
		c->streaming = member(doc, "video") > 0 &&
		    c->o.mute != PPPPCAM_MUTE_VIDEO;
	}
	if (command == 102 && member(doc, "icut") >= 0)
		c->stats.ir = member(doc, "icut");
	if (command == 102 && member(doc, "lamp") >= 0)
		c->stats.lamp = member(doc, "lamp");
	if (command == 128)
		c->stats.moves++;
	if (command == 102 && member(doc, "reboot") == 1)
		ppppcam_reboot(c, now, 1500);
	snprintf(text, sizeof(text),
	    "{\"cmd\":%d,\"result\":0,\"icut\":%d,\"lamp\":%d,\"batValue\":80,"
	    "\"signal\":-61}",
	    command, c->stats.ir, c->stats.lamp);
	json_answer(c, text, now);
}

static bool
is_text(const json_t *doc, const char *key, const char *want)
{
	const char *s = json_string_value(json_object_get(doc, key));

	return s != NULL && strcmp(s, want) == 0;
}

static void
json_command(struct ppppcam *c, const uint8_t *p, size_t n, int64_t now)
{
	json_t *doc = n > 8
	    ? json_loadb((const char *)p + 8, n - 8, JSON_DISABLE_EOF_CHECK, NULL)
	    : NULL;
	int command = member(doc, "cmd");
	bool good = is_text(doc, "user", c->o.user != NULL ? c->o.user : "admin") &&
	    is_text(doc, "pwd", c->o.password != NULL ? c->o.password : "6666");

	if (command == 100) {
		c->stats.logins++;
		c->stats.refused += !good;
	}
	if (command == 100 && c->o.mute == PPPPCAM_MUTE_LOGIN) {
		json_decref(doc);
		return;
	}
	if (doc != NULL && good)
		json_do(c, doc, command, now);
	else if (doc != NULL && command == 100)
		json_answer(c, "{\"cmd\":100,\"result\":-1}", now);
	json_decref(doc);
}

static void
take_data(struct ppppcam *c, const struct pppp_packet *pk, int64_t now)
{
	uint8_t out[32];

	emit(c, out,
	    pppp_build_acks(out, sizeof(out), 0xd1, pk->channel, &pk->index, 1));
	if (pk->channel != 0 || (int)pk->index <= c->command)
		return;
	c->command = pk->index;
	c->stats.commands++;
	if (c->o.key == 0)
		binary_command(c, pk->p, pk->n, now);
	else
		json_command(c, pk->p, pk->n, now);
}

static void
take_acks(struct ppppcam *c, const struct pppp_packet *pk)
{
	uint16_t index[64];
	unsigned i, k, n = pppp_parse_acks(pk, index, 64);

	c->stats.acks++;
	for (k = 0; k < n; k++) {
		for (i = c->tail; i != c->head; i++) {
			struct slot *s = &c->slots[i % SLOTS];

			if (s->channel == pk->channel && s->index == index[k])
				s->used = false;
		}
	}
}

void
ppppcam_put(struct ppppcam *c, const uint8_t *p, size_t n, int64_t now_us)
{
	uint8_t clear[PPPP_DATAGRAM_MAX];
	struct pppp_packet pk;
	enum pppp_op opening = c->o.key == 0 ? PPPP_READY : PPPP_PUNCH;

	if (n > sizeof(clear) || now_us < c->silent_us)
		return;
	c->stats.in += n;
	memcpy(clear, p, n);
	pppp_decrypt(c->o.key, clear, n);
	if (pppp_parse(clear, n, &pk) < 0)
		return;
	c->heard_us = now_us;
	if (pk.op == PPPP_SEARCH) {
		emit_op(c, PPPP_PUNCH, c->uid, PPPP_UID);
	} else if (pk.op == opening && pk.n == PPPP_UID) {
		forget(c);
		c->open = true;
		c->stats.opened++;
		emit_op(c, PPPP_READY, c->uid, PPPP_UID);
		emit_op(c, PPPP_READY, c->uid, PPPP_UID);
	} else if (pk.op == PPPP_ALIVE) {
		emit_op(c, PPPP_ALIVE_ACK, NULL, 0);
	} else if (pk.op == PPPP_CLOSE) {
		c->stats.closes++;
		forget(c);
	} else if (c->open && pk.op == PPPP_DATA) {
		take_data(c, &pk, now_us);
	} else if (c->open && pk.op == PPPP_DATA_ACK) {
		take_acks(c, &pk);
	}
}

static void
next_picture(struct ppppcam *c, int64_t now)
{
	uint8_t odd[64];
	size_t n;

	if (c->head - c->tail > WINDOW)
		c->stats.skipped++;
	else
		queue_picture(c, now);
	c->frame_us += 1000000 / c->o.fps;
	if (c->frame_us <= now)
		c->frame_us = now + 1000000 / c->o.fps;
	if (c->o.odd) {
		n = ppppcam_odd(c->number % PPPPCAM_ODD, odd);
		pppp_encrypt(c->o.key, odd, n);
		c->send(c->arg, odd, n);
	}
}

int64_t
ppppcam_tick(struct ppppcam *c, int64_t now_us)
{
	int64_t next;

	if (now_us < c->silent_us)
		return c->silent_us;
	if (c->open && now_us - c->heard_us > CLIENT_US)
		forget(c);
	if (!c->open)
		return now_us + ALIVE_US;
	if (now_us >= c->alive_us) {
		emit_op(c, PPPP_ALIVE, NULL, 0);
		c->alive_us = now_us + ALIVE_US;
	}
	if (c->streaming && now_us >= c->frame_us)
		next_picture(c, now_us);
	next = send_due(c, now_us);
	if (c->alive_us < next)
		next = c->alive_us;
	return c->streaming && c->frame_us < next ? c->frame_us : next;
}

void
ppppcam_reboot(struct ppppcam *c, int64_t now_us, unsigned ms)
{
	forget(c);
	c->stats.reboots++;
	c->silent_us = now_us + (int64_t)ms * 1000;
}

void
ppppcam_say_close(struct ppppcam *c)
{
	emit_op(c, PPPP_CLOSE, NULL, 0);
}

void
ppppcam_kick(struct ppppcam *c)
{
	ppppcam_say_close(c);
	forget(c);
}

bool
ppppcam_open(const struct ppppcam *c)
{
	return c->open;
}

const struct ppppcam_stats *
ppppcam_stats(const struct ppppcam *c)
{
	return &c->stats;
}

struct ppppcam *
ppppcam_new(const struct ppppcam_options *o,
    void (*send)(void *, const uint8_t *, size_t),
    const uint8_t *(*picture)(void *, unsigned, size_t *), void *arg)
{
	struct ppppcam *c = calloc(1, sizeof(*c));
	struct pppp_id id;
	unsigned i;

	if (c == NULL || pppp_id_parse(o->id, &id) < 0) {
		fprintf(stderr, "no memory, or no device id: %s\n", o->id);
		exit(1);
	}
	c->o = *o;
	if (c->o.fps == 0)
		c->o.fps = 15;
	c->send = send;
	c->picture = picture;
	c->arg = arg;
	c->dice = o->seed;
	memcpy(c->uid, id.prefix, strnlen(id.prefix, 4));
	for (i = 0; i < 8; i++)
		c->uid[4 + i] = (uint8_t)(id.serial >> (56 - 8 * i));
	memcpy(c->uid + 12, id.check, strlen(id.check));
	forget(c);
	return c;
}

void
ppppcam_free(struct ppppcam *c)
{
	free(c);
}
