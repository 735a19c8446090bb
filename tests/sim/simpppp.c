/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A PPPP camera on UDP (ppppcam.h with sockets and a clock); options in
 * tests/sim/README.md. SIGUSR1: power cycle. SIGUSR2: Close. Tests only.
 */
#include "config.h"

#include <arpa/inet.h>
#include <event2/event.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "common/err.h"
#include "common/loop.h"
#include "tests/sim/picture.h"
#include "tests/sim/ppppcam.h"
#include "tests/sim/stamp.h"

#define RING 32 /* as many as the blocks in a picture tell apart */
#define JPEG_MAX 65536

struct sim {
	struct ppppcam_options o;
	struct ppppcam *cam;
	struct loop *loop;
	int fd, wide;
	int timer; /* a file of the kernel's: the loop's timers are late by milliseconds */
	struct event *due, *readable;
	struct sockaddr_in client; /* of the session, or the last one that searched */
	struct sockaddr_in to; /* whom on_send() serves */
	bool moves; /* its session has a port of its own, another one after a reboot */
	bool held; /* another client has it, and nobody else gets in */
	unsigned names; /* a port here that it names in packets as another address */
	unsigned heard; /* datagrams of anybody */
	enum { BUSY_KICK, BUSY_CLOSE, BUSY_IGNORE } busy; /* a second client comes */
	unsigned number;
	unsigned flood; /* bogus datagrams a millisecond, once it streams */
	uint64_t flooded; /* of them, those that the kernel took */
	int64_t flood_us, flood_said_us; /* when it began; when the stats said so */
	struct {
		uint8_t *p;
		size_t n;
	} ring[RING];
	uint8_t out[JPEG_MAX];
	const char *stats;
};

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

/* As these cameras make it: no JFIF, one DQT with both tables, one DHT with all. at:
 * where a stamp may be put in. */
static uint8_t *
camera_style(uint8_t *p, size_t n, size_t *ret_n, size_t *ret_at)
{
	uint8_t *q = malloc(n), tables[2][2048];
	size_t at = 2, len, used[2] = { 4, 4 }, out = 2, k;
	size_t rest = 0;

	while (at + 4 < n && rest == 0) {
		len = 2 + ((size_t)p[at + 2] << 8 | p[at + 3]);
		k = p[at + 1] == 0xc4;
		if (p[at + 1] == 0xdb || p[at + 1] == 0xc4) {
			memcpy(tables[k] + used[k], p + at + 4, len - 4);
			used[k] += len - 4;
			memmove(p + at, p + at + len, n - at - len);
			n -= len;
			continue;
		}
		if (p[at + 1] == 0xe0) {
			memmove(p + at, p + at + len, n - at - len);
			n -= len;
			continue;
		}
		if (p[at + 1] == 0xda)
			rest = at;
		at += len;
	}
	for (k = 0; k < 2; k++) {
		tables[k][0] = 0xff;
		tables[k][1] = k == 0 ? 0xdb : 0xc4;
		tables[k][2] = (uint8_t)((used[k] - 2) >> 8);
		tables[k][3] = (uint8_t)(used[k] - 2);
	}
	q = realloc(q, n + used[0] + used[1]);
	memcpy(q, p, 2);
	memcpy(q + out, tables[0], used[0]);
	out += used[0];
	*ret_at = out;
	memcpy(q + out, p + 2, rest - 2);
	out += rest - 2;
	memcpy(q + out, tables[1], used[1]);
	out += used[1];
	memcpy(q + out, p + rest, n - rest);
	*ret_n = out + n - rest;
	free(p);
	return q;
}

static size_t stamp_at;

static void
make_ring(struct sim *s)
{
	const struct picture_kind kind = {
		.width = 640, .height = 480, .quality = 55, .restart = 40
	};
	unsigned i;

	for (i = 0; i < RING; i++) {
		s->ring[i].p = picture_make(&kind, s->number, i, &s->ring[i].n);
		s->ring[i].p =
		    camera_style(s->ring[i].p, s->ring[i].n, &s->ring[i].n, &stamp_at);
		if (s->ring[i].n + STAMP_COM_MAX > JPEG_MAX)
			die("a picture is too large");
	}
}

static const uint8_t *
on_picture(void *arg, unsigned number, size_t *ret_n)
{
	struct sim *s = arg;
	struct stamp stamp = {
		.camera = s->number, .counter = number, .made_us = loop_now_us()
	};
	const uint8_t *p = s->ring[number % RING].p;
	size_t n = s->ring[number % RING].n, com;

	memcpy(s->out, p, stamp_at);
	com = stamp_com_write(&stamp, s->out + stamp_at);
	memcpy(s->out + stamp_at + com, p + stamp_at, n - stamp_at);
	*ret_n = n + com;
	return s->out;
}

static void
on_send(void *arg, const uint8_t *p, size_t n)
{
	struct sim *s = arg;

	(void)sendto(
	    s->fd, p, n, MSG_DONTWAIT, (struct sockaddr *)&s->to, sizeof(s->to));
}

static void
write_stats(struct sim *s)
{
	const struct ppppcam_stats *st = ppppcam_stats(s->cam);
	char part[300];
	FILE *f;

	if (s->stats == NULL)
		return;
	snprintf(part, sizeof(part), "%s.part", s->stats);
	if ((f = fopen(part, "w")) == NULL)
		die(part);
	fprintf(f,
	    "{\"heard\":%u,\"opened\":%u,\"logins\":%u,\"refused\":%u,\"frames\":%u,"
	    "\"skipped\":%u,"
	    "\"stops\":%u,\"closes\":%u,\"flooded\":%llu,\"flood_ms\":%lld,"
	    "\"reboots\":%u,\"moves\":%u,\"resolution\":%u,\"ir\":%d,\"lamp\":%d}\n",
	    s->heard, st->opened, st->logins, st->refused, st->frames, st->skipped,
	    st->stops, st->closes, (unsigned long long)s->flooded,
	    s->flood_us > 0 ? (long long)(loop_now_us() - s->flood_us) / 1000 : 0LL,
	    st->reboots, st->moves, st->resolution, st->ir, st->lamp);
	if (fclose(f) != 0 || rename(part, s->stats) != 0)
		die(s->stats);
}

/* Whole data packets with indices all over the place: as many as are due since it began,
 * so that a late timer makes no smaller flood, but no more than twice the usual at a
 * time. What was really sent stands in the stats. */
static void
flood(struct sim *s, int64_t now)
{
	static uint32_t dice;
	uint8_t p[1100], data[1024] = { 0x55, 0xaa, 0x15, 0xa8, 3 };
	uint64_t due;
	unsigned i;
	size_t n;

	if (s->flood_us == 0)
		s->flood_us = s->flood_said_us = now;
	due = (uint64_t)(now - s->flood_us) * s->flood / 1000;
	for (i = 0; i < 2 * s->flood && s->flooded < due; i++) {
		dice = dice * 1664525 + 1013904223;
		n = pppp_build_data(
		    p, sizeof(p), 1, (uint16_t)(dice >> 12), data, sizeof(data));
		pppp_encrypt(s->o.key, p, n);
		if (sendto(s->fd, p, n, MSG_DONTWAIT, (struct sockaddr *)&s->to,
			sizeof(s->to)) == (ssize_t)n)
			s->flooded++;
	}
	if (now - s->flood_said_us >= 500000) {
		s->flood_said_us = now;
		write_stats(s);
	}
}

static void
wake_in(struct sim *s, int64_t us)
{
	struct itimerspec at = { .it_interval = { 0, 0 } };

	if (us > 1000000000)
		us = 1000000000;
	at.it_value.tv_sec = us > 0 ? us / 1000000 : 0;
	at.it_value.tv_nsec = us > 0 ? us % 1000000 * 1000 : 1;
	if (timerfd_settime(s->timer, 0, &at, NULL) < 0)
		die("timerfd_settime");
}

static void
tick(struct sim *s)
{
	int64_t now = loop_now_us(), next;

	s->to = s->client;
	next = ppppcam_tick(s->cam, now);
	if (s->flood > 0 && ppppcam_stats(s->cam)->frames > 0) {
		flood(s, now);
		next = now + 1000;
	}
	wake_in(s, next - now);
}

static void
on_timer(int fd, short what, void *arg)
{
	uint64_t times;

	(void)what;
	if (read(fd, &times, sizeof(times)) == (ssize_t)sizeof(times))
		tick(arg);
}

/* Every operation in which a peer may be told of an address, with one: the family in
 * network order, port and address in both orders, behind a device id or alone. */
static void
name_address(struct sim *s)
{
	static const uint8_t ops[] = { 0x01, 0x11, 0x21, 0x26, 0x40, 0x60, 0x61, 0x6a,
		0x70, 0x71, 0x80, 0x84, 0x87 };
	uint8_t p[64], there[52] = "BATC";
	size_t i, n;

	for (i = 20; i < sizeof(there); i += 16) {
		there[i + 1] = 2;
		there[i + 2] = (uint8_t)(i == 20 ? s->names : s->names >> 8);
		there[i + 3] = (uint8_t)(i == 20 ? s->names >> 8 : s->names);
		there[i + 4] = there[i + 7] = 127;
		there[i + 4 + (i == 20 ? 0 : 3)] = 1;
	}
	for (i = 0; i < 2 * sizeof(ops); i++) {
		n = pppp_build(p, sizeof(p), ops[i / 2], there + (i % 2) * 20,
		    sizeof(there) - (i % 2) * 20);
		pppp_encrypt(s->o.key, p, n);
		on_send(s, p, n);
	}
}

/* What a datagram of this client is for. */
static enum pppp_op
op_of(const struct sim *s, const uint8_t *p, size_t n)
{
	uint8_t clear[2048];
	struct pppp_packet pk;

	memcpy(clear, p, n);
	pppp_decrypt(s->o.key, clear, n);
	return pppp_parse(clear, n, &pk) == 0 ? (enum pppp_op)pk.op : 0;
}

/* One client at a time, as in real cameras. Everybody may search; another one that
 * opens a session gets it or is refused, and nothing else of it is heard. False: not
 * heard. */
static bool
let_in(struct sim *s, const struct sockaddr_in *from, enum pppp_op op)
{
	bool same = from->sin_port == s->client.sin_port &&
	    from->sin_addr.s_addr == s->client.sin_addr.s_addr;

	s->to = *from;
	if ((same && !s->held) || op == PPPP_SEARCH)
		return true;
	if (op != PPPP_READY && op != PPPP_PUNCH)
		return false;
	if (s->held || (ppppcam_open(s->cam) && s->busy != BUSY_KICK)) {
		if (s->busy == BUSY_CLOSE)
			ppppcam_say_close(s->cam);
		return false;
	}
	if (ppppcam_open(s->cam)) {
		s->to = s->client;
		ppppcam_kick(s->cam);
	}
	s->to = s->client = *from;
	return true;
}

static void
on_readable(int fd, short what, void *arg)
{
	struct sim *s = arg;
	struct ppppcam_stats old = *ppppcam_stats(s->cam);
	const struct ppppcam_stats *st = ppppcam_stats(s->cam);
	struct sockaddr_in from;
	uint8_t p[2048];
	socklen_t len = sizeof(from);
	ssize_t n =
	    recvfrom(fd, p, sizeof(p), MSG_DONTWAIT, (struct sockaddr *)&from, &len);

	(void)what;
	if (n >= 0 && s->heard++ == 0)
		write_stats(s);
	if (n < 0 || !let_in(s, &from, op_of(s, p, (size_t)n)))
		return;
	if (s->names > 0)
		name_address(s);
	ppppcam_put(s->cam, p, (size_t)n, loop_now_us());
	if (st->opened != old.opened || st->commands != old.commands ||
	    st->closes != old.closes)
		write_stats(s);
	tick(s);
}

static int
open_socket(struct sockaddr_in *at)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), yes = 1;
	socklen_t len = sizeof(*at);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) < 0 ||
	    bind(fd, (struct sockaddr *)at, sizeof(*at)) < 0 ||
	    getsockname(fd, (struct sockaddr *)at, &len) < 0)
		die("bind");
	return fd;
}

static void
move(struct sim *s)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof(at);

	if (getsockname(s->fd, (struct sockaddr *)&at, &len) < 0)
		die("getsockname");
	at.sin_port = 0;
	event_free(s->readable);
	close(s->fd);
	s->fd = open_socket(&at);
	s->readable = loop_watch(s->loop, s->fd, EV_READ, on_readable, s, NULL);
}

static void
on_signal(int sig, short what, void *arg)
{
	struct sim *s = arg;

	(void)what;
	if (sig == SIGUSR1) {
		ppppcam_reboot(s->cam, loop_now_us(), 1500);
		if (s->moves)
			move(s);
	} else {
		s->to = s->client;
		ppppcam_kick(s->cam);
	}
	write_stats(s);
	tick(s);
}

static void
open_sockets(
    struct sim *s, const char *host, unsigned port, const char *wide, const char *file)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port) };
	char part[300];
	FILE *f;

	if (inet_pton(AF_INET, host, &at.sin_addr) != 1)
		die(host);
	s->fd = open_socket(&at);
	s->wide = -1;
	if (wide != NULL) {
		inet_pton(AF_INET, wide, &at.sin_addr);
		s->wide = open_socket(&at);
	}
	if (file != NULL) {
		snprintf(part, sizeof(part), "%s.part", file);
		if ((f = fopen(part, "w")) == NULL ||
		    fprintf(f, "%u\n", ntohs(at.sin_port)) < 0 || fclose(f) != 0 ||
		    rename(part, file) != 0)
			die(file);
	}
	printf("ready %s:%u\n", host, ntohs(at.sin_port));
	fflush(stdout);
}

static unsigned
word_number(const char *s, const char *const *words)
{
	unsigned i;

	for (i = 0; words[i] != NULL; i++) {
		if (strcmp(s, words[i]) == 0)
			return i;
	}
	fprintf(stderr, "simpppp: what is '%s'?\n", s);
	exit(2);
}

static const struct option options[] = { { "host", 1, NULL, 'h' },
	{ "port", 1, NULL, 'P' }, { "broadcast", 1, NULL, 'b' },
	{ "port-file", 1, NULL, 'f' }, { "id", 1, NULL, 'i' }, { "key", 1, NULL, 'k' },
	{ "layout", 1, NULL, 'l' }, { "loss", 1, NULL, 'L' },
	{ "reorder", 1, NULL, 'R' }, { "dup", 1, NULL, 'D' },
	{ "resend-ms", 1, NULL, 'm' }, { "start", 1, NULL, 's' },
	{ "audio", 0, NULL, 'a' }, { "odd", 0, NULL, 'o' }, { "lax", 0, NULL, 'x' },
	{ "user", 1, NULL, 'u' }, { "password", 1, NULL, 'p' },
	{ "seed", 1, NULL, 'S' }, { "number", 1, NULL, 'n' }, { "fps", 1, NULL, 'F' },
	{ "stats", 1, NULL, 'T' }, { "flood", 1, NULL, 'O' }, { "busy", 1, NULL, 'B' },
	{ "held", 0, NULL, 'H' }, { "scan-ms", 1, NULL, 'w' },
	{ "mute", 1, NULL, 'U' }, { "moves", 0, NULL, 'M' }, { "names", 1, NULL, 'N' },
	{ NULL, 0, NULL, 0 } };

static const char *const key_words[] = { "clear", "camera", "SHIX", "littlestars",
	"VMSV", NULL };
static const char *const layout_words[] = { "none", "separate", "inline", NULL };
static const char *const mute_words[] = { "", "login", "video", NULL };
static const char *const busy_words[] = { "kick", "close", "ignore", NULL };

static bool
set_number(struct sim *s, int c, unsigned v)
{
	unsigned *to = c == 'L' ? &s->o.loss
	    : c == 'R'		? &s->o.reorder
	    : c == 'D'		? &s->o.dup
	    : c == 'm'		? &s->o.resend_ms
	    : c == 's'		? &s->o.start
	    : c == 'w'		? &s->o.scan_ms
	    : c == 'F'		? &s->o.fps
	    : c == 'n'		? &s->number
	    : c == 'O'		? &s->flood
	    : c == 'N'		? &s->names
	    : c == 'S'		? &s->o.seed
				: NULL;

	if (to != NULL)
		*to = v;
	return to != NULL;
}

static void
set_word(struct sim *s, int c, const char *arg)
{
	if (c == 'i')
		s->o.id = arg;
	else if (c == 'k' && strcmp(arg, "other") == 0)
		s->o.strange = true;
	else if (c == 'k')
		s->o.key = word_number(arg, key_words);
	else if (c == 'l')
		s->o.layout = (enum ppppcam_layout)word_number(arg, layout_words);
	else if (c == 'B')
		s->busy = word_number(arg, busy_words);
	else if (c == 'U')
		s->o.mute = word_number(arg, mute_words);
	else if (c == 'u')
		s->o.user = arg;
	else if (c == 'p')
		s->o.password = arg;
	else if (c == 'T')
		s->stats = arg;
	else if (c == 'M')
		s->moves = true;
	else if (c == 'H')
		s->held = true;
	else if (c == 'a')
		s->o.audio = true;
	else if (c == 'o')
		s->o.odd = true;
	else if (c == 'x')
		s->o.lax = true;
	else
		exit(2);
}

static void
start(struct sim *s)
{
	struct err e = { .code = ERR_NONE };

	if ((s->loop = loop_new(&e)) == NULL)
		die("loop");
	make_ring(s);
	s->cam = ppppcam_new(&s->o, on_send, on_picture, s);
	s->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (s->timer < 0)
		die("timerfd_create");
	s->due = loop_watch(s->loop, s->timer, EV_READ, on_timer, s, NULL);
	event_add(evsignal_new(loop_base(s->loop), SIGUSR1, on_signal, s), NULL);
	event_add(evsignal_new(loop_base(s->loop), SIGUSR2, on_signal, s), NULL);
	write_stats(s);
}

int
main(int argc, char **argv)
{
	struct sim s = { .o = { .id = "BATC609531EXLVS", .seed = 1 } };
	const char *host = "127.0.0.1", *wide = NULL, *file = NULL;
	unsigned port = 0;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'h')
			host = optarg;
		else if (c == 'b')
			wide = optarg;
		else if (c == 'f')
			file = optarg;
		else if (c == 'P')
			port = (unsigned)atoi(optarg);
		else if (optarg == NULL || !set_number(&s, c, (unsigned)atoi(optarg)))
			set_word(&s, c, optarg);
	}
	start(&s);
	open_sockets(&s, host, port, wide, file);
	s.readable = loop_watch(s.loop, s.fd, EV_READ, on_readable, &s, NULL);
	if (s.moves) {
		loop_watch(s.loop, dup(s.fd), EV_READ, on_readable, &s, NULL);
		move(&s);
	}
	if (s.wide >= 0)
		loop_watch(s.loop, s.wide, EV_READ, on_readable, &s, NULL);
	tick(&s);
	return loop_run(s.loop);
}
