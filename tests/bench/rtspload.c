/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Many RTSP viewers over TCP in one process, for measuring a server: frames a second,
 * latency, time to the first frame, and what the server's process costs meanwhile.
 *
 *	rtspload [-c CLIENTS] [-s SECONDS] [-w WARM_UP] [-p PID] URL…
 *
 * URL is rtsp://USER:PASSWORD@HOST:PORT/PATH (Basic); every URL gets CLIENTS viewers.
 * Latency runs from the moment that the sender's RTCP reports give a frame (camherd:
 * its first byte's arrival at the server) to the last packet's arrival here, both by
 * this machine's clock; so server and viewers must share one. Prints one line of
 * key=value. Not installed.
 */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BUF_MAX (128 * 1024)
#define CLIENTS_MAX 4096
#define SAMPLES_MAX 4000000
#define NTP_1970 2208988800u

struct url {
	struct sockaddr_in to;
	char base[512]; /* without user and password */
	char basic[256];
};

enum step { DESCRIBE, SETUP, PLAY, PLAYING };

struct viewer {
	int fd;
	const struct url *url;
	enum step step;
	char session[128];
	uint8_t buf[BUF_MAX];
	size_t n;
	int64_t began_us, first_us;
	unsigned frames, lost;
	uint16_t seq;
	bool seq_known;
	bool sr_known;
	uint32_t sr_rtp;
	int64_t sr_wall_us;
	int64_t last_us; /* arrival of the last frame */
	bool dead;
};

static struct {
	unsigned clients;
	double seconds, warm_up;
	long pid;
	int epoll;
	struct viewer **v;
	unsigned n;
	bool measuring;
	float *latency, *gap; /* ms */
	size_t n_latency, n_gap;
} load = { .clients = 1, .seconds = 10, .warm_up = 3 };

static void
die(const char *what)
{
	fprintf(stderr, "rtspload: %s\n", what);
	exit(1);
}

static int64_t
clock_us(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/* rtsp://USER:PASSWORD@HOST:PORT/PATH */
static void
parse_url(const char *s, struct url *u)
{
	const char *at = strchr(s, '@'), *colon, *slash;
	char host[64] = "", port[8] = "";

	if (strncmp(s, "rtsp://", 7) != 0 || at == NULL)
		die("an URL is rtsp://USER:PASSWORD@HOST:PORT/PATH");
	if (sodium_base64_ENCODED_LEN((size_t)(at - s - 7),
		sodium_base64_VARIANT_ORIGINAL) > sizeof(u->basic))
		die("user and password are too long");
	sodium_bin2base64(u->basic, sizeof(u->basic), (const unsigned char *)s + 7,
	    (size_t)(at - s - 7), sodium_base64_VARIANT_ORIGINAL);
	colon = strchr(++at, ':');
	slash = strchr(at, '/');
	if (colon == NULL || slash == NULL || colon > slash)
		die("the URL lacks a port or a path");
	snprintf(host, sizeof(host), "%.*s", (int)(colon - at), at);
	snprintf(port, sizeof(port), "%.*s", (int)(slash - colon - 1), colon + 1);
	u->to.sin_family = AF_INET;
	u->to.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
	if (inet_pton(AF_INET, host, &u->to.sin_addr) != 1)
		die("HOST must be an IPv4 address");
	snprintf(u->base, sizeof(u->base), "rtsp://%s", at);
}

static void
bury(struct viewer *v, const char *why)
{
	if (v->dead)
		return;
	fprintf(stderr, "rtspload: a viewer of %s ended: %s\n", v->url->base, why);
	close(v->fd);
	v->dead = true;
}

static void
ask(struct viewer *v)
{
	static const char *const names[] = { "DESCRIBE", "SETUP", "PLAY" };
	char text[2048];
	int n;

	n = snprintf(text, sizeof(text),
	    "%s %s%s RTSP/1.0\r\nCSeq: %d\r\nAuthorization: Basic %s\r\n%s%s%s%s\r\n",
	    names[v->step], v->url->base, v->step == SETUP ? "/track1" : "",
	    v->step + 1, v->url->basic, v->session[0] != '\0' ? "Session: " : "",
	    v->session, v->session[0] != '\0' ? "\r\n" : "",
	    v->step == SETUP ? "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n"
			     : "");
	if (send(v->fd, text, (size_t)n, MSG_NOSIGNAL) != n)
		bury(v, strerror(errno));
}

static struct viewer *
open_viewer(const struct url *u)
{
	struct viewer *v = calloc(1, sizeof(*v));
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = v };
	int on = 1;

	if (v == NULL)
		die("out of memory");
	v->url = u;
	v->began_us = clock_us(CLOCK_MONOTONIC);
	v->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (v->fd < 0 ||
	    connect(v->fd, (const struct sockaddr *)&u->to, sizeof(u->to)) < 0)
		die("cannot connect");
	(void)setsockopt(v->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (epoll_ctl(load.epoll, EPOLL_CTL_ADD, v->fd, &ev) < 0)
		die("cannot watch a socket");
	ask(v);
	return v;
}

static uint32_t
be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void
take_report(struct viewer *v, const uint8_t *p, size_t n)
{
	uint64_t fraction;

	if (n < 28 || p[1] != 200)
		return;
	fraction = (uint64_t)be32(p + 12) * 1000000 >> 32;
	v->sr_wall_us = (int64_t)(be32(p + 8) - NTP_1970) * 1000000 + (int64_t)fraction;
	v->sr_rtp = be32(p + 16);
	v->sr_known = true;
}

static void
keep(float *to, size_t *n, double ms)
{
	if (*n < SAMPLES_MAX)
		to[(*n)++] = (float)ms;
}

/* The last packet of a frame is here. */
static void
take_frame(struct viewer *v, uint32_t rtp)
{
	int64_t now = clock_us(CLOCK_MONOTONIC), made;

	if (v->first_us == 0)
		v->first_us = now;
	if (load.measuring) {
		v->frames++;
		if (v->last_us != 0)
			keep(load.gap, &load.n_gap, (double)(now - v->last_us) / 1000);
		if (v->sr_known) {
			made = v->sr_wall_us +
			    (int64_t)(int32_t)(rtp - v->sr_rtp) * 100 / 9;
			keep(load.latency, &load.n_latency,
			    (double)(clock_us(CLOCK_REALTIME) - made) / 1000);
		}
	}
	v->last_us = now;
}

static void
take_packet(struct viewer *v, const uint8_t *p, size_t n)
{
	uint16_t seq;

	if (n < 12)
		return;
	seq = (uint16_t)(p[2] << 8 | p[3]);
	if (v->seq_known && seq != (uint16_t)(v->seq + 1) && load.measuring)
		v->lost += (uint16_t)(seq - v->seq - 1);
	v->seq = seq;
	v->seq_known = true;
	if (p[1] & 0x80)
		take_frame(v, be32(p + 4));
}

/* One reply at the buffer's start; its length, 0 = not whole yet. */
static size_t
take_reply(struct viewer *v)
{
	uint8_t *end = memmem(v->buf, v->n, "\r\n\r\n", 4);
	char head[4096];
	const char *at;
	size_t n, body = 0;

	if (end == NULL)
		return 0;
	n = (size_t)(end - v->buf) + 4;
	snprintf(head, sizeof(head), "%.*s", (int)n, (const char *)v->buf);
	if ((at = strcasestr(head, "\r\nContent-Length:")) != NULL)
		body = strtoul(at + 17, NULL, 10);
	if (v->n < n + body)
		return 0;
	if (strncmp(head, "RTSP/1.0 200", 12) != 0) {
		bury(v, head);
		return n + body;
	}
	if ((at = strcasestr(head, "\r\nSession: ")) != NULL)
		snprintf(v->session, sizeof(v->session), "%.*s",
		    (int)strcspn(at + 11, ";\r"), at + 11);
	if (++v->step < PLAYING)
		ask(v);
	return n + body;
}

/* One interleaved packet; its length, 0 = not whole yet. */
static size_t
take_interleaved(struct viewer *v, const uint8_t *p, size_t left)
{
	size_t n;

	if (left < 4 || left < 4 + (n = (size_t)p[2] << 8 | p[3]))
		return 0;
	if (p[1] == 0)
		take_packet(v, p + 4, n);
	else
		take_report(v, p + 4, n);
	return 4 + n;
}

static void
on_input(struct viewer *v)
{
	ssize_t got = recv(v->fd, v->buf + v->n, sizeof(v->buf) - v->n, MSG_DONTWAIT);
	size_t at = 0, n;

	if (got == 0 || (got < 0 && errno != EAGAIN)) {
		bury(v, got == 0 ? "closed by the server" : strerror(errno));
		return;
	}
	v->n += got > 0 ? (size_t)got : 0;
	while (at < v->n && !v->dead) {
		if (v->buf[at] != '$') {
			memmove(v->buf, v->buf + at, v->n - at);
			v->n -= at;
			at = 0;
			n = take_reply(v);
		} else {
			n = take_interleaved(v, v->buf + at, v->n - at);
		}
		if (n == 0)
			break;
		at += n;
	}
	memmove(v->buf, v->buf + at, v->n - at);
	v->n -= at;
}

static void
run(double seconds)
{
	int64_t end = clock_us(CLOCK_MONOTONIC) + (int64_t)(seconds * 1e6), now;
	struct epoll_event ev[64];
	int n, i;

	while ((now = clock_us(CLOCK_MONOTONIC)) < end) {
		n = epoll_wait(load.epoll, ev, 64, (int)((end - now) / 1000) + 1);
		for (i = 0; i < n; i++)
			on_input(ev[i].data.ptr);
	}
}

/* User and system time of the server's process in seconds. */
static double
cpu_of(long pid)
{
	unsigned long user = 0, system = 0;
	char path[64], text[1024] = "", *at;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
	if ((f = fopen(path, "r")) == NULL)
		die("no such process");
	(void)!fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	if ((at = strrchr(text, ')')) == NULL ||
	    sscanf(at + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
		&user, &system) != 2)
		die("cannot read /proc");
	return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

static double
memory_mib(long pid)
{
	char path[64], line[256];
	long kb = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%ld/status", pid);
	if ((f = fopen(path, "r")) == NULL)
		die("no such process");
	while (fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "VmRSS: %ld", &kb) == 1)
			break;
	fclose(f);
	return (double)kb / 1024;
}

static int
by_value(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return (x > y) - (x < y);
}

/* Sorts. */
static double
percentile(float *p, size_t n, double share)
{
	if (n == 0)
		return 0;
	qsort(p, n, sizeof(*p), by_value);
	return p[(size_t)((double)(n - 1) * share)];
}

static void
print_result(double wall, double cpu)
{
	float *fps = calloc(load.n, sizeof(*fps)),
	      *start = calloc(load.n, sizeof(*start));
	unsigned i, lost = 0, alive = 0;

	if (fps == NULL || start == NULL)
		die("out of memory");
	for (i = 0; i < load.n; i++) {
		fps[i] = (float)(load.v[i]->frames / wall);
		start[i] =
		    (float)((double)(load.v[i]->first_us - load.v[i]->began_us) / 1000);
		lost += load.v[i]->lost;
		alive += !load.v[i]->dead;
	}
	printf("viewers=%u alive=%u fps_min=%.2f fps_med=%.2f", load.n, alive,
	    percentile(fps, load.n, 0), percentile(fps, load.n, 0.5));
	printf(" p50_ms=%.1f p99_ms=%.1f max_ms=%.1f",
	    percentile(load.latency, load.n_latency, 0.5),
	    percentile(load.latency, load.n_latency, 0.99),
	    percentile(load.latency, load.n_latency, 1));
	printf(" gap_p99_ms=%.1f start_ms=%.0f lost=%u",
	    percentile(load.gap, load.n_gap, 0.99), percentile(start, load.n, 1), lost);
	if (load.pid > 0)
		printf(" cpu_percent=%.2f rss_mib=%.1f", cpu / wall * 100,
		    memory_mib(load.pid));
	printf("\n");
	free(fps);
	free(start);
}

static void
options(int argc, char **argv)
{
	int opt;

	while ((opt = getopt(argc, argv, "c:s:w:p:")) != -1) {
		switch (opt) {
		case 'c':
			load.clients = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 's':
			load.seconds = strtod(optarg, NULL);
			break;
		case 'w':
			load.warm_up = strtod(optarg, NULL);
			break;
		case 'p':
			load.pid = strtol(optarg, NULL, 10);
			break;
		default:
			die("usage: rtspload [-c CLIENTS] [-s SECONDS] [-w WARM_UP] "
			    "[-p PID] URL...");
		}
	}
	if (optind == argc || load.clients == 0 ||
	    (unsigned)(argc - optind) * load.clients > CLIENTS_MAX)
		die("name an URL, and from 1 to 4096 viewers in all");
}

int
main(int argc, char **argv)
{
	struct url *urls;
	double cpu, wall;
	unsigned i, k, n;

	options(argc, argv);
	n = (unsigned)(argc - optind);
	urls = calloc(n, sizeof(*urls));
	load.v = calloc(n * load.clients, sizeof(*load.v));
	load.latency = malloc(SAMPLES_MAX * sizeof(float));
	load.gap = malloc(SAMPLES_MAX * sizeof(float));
	load.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (urls == NULL || load.v == NULL || load.latency == NULL ||
	    load.gap == NULL || load.epoll < 0)
		die("out of memory");
	for (i = 0; i < n; i++) {
		parse_url(argv[optind + (int)i], &urls[i]);
		for (k = 0; k < load.clients; k++)
			load.v[load.n++] = open_viewer(&urls[i]);
	}
	run(load.warm_up);
	load.measuring = true;
	cpu = load.pid > 0 ? cpu_of(load.pid) : 0;
	wall = (double)clock_us(CLOCK_MONOTONIC) / 1e6;
	run(load.seconds);
	wall = (double)clock_us(CLOCK_MONOTONIC) / 1e6 - wall;
	cpu = load.pid > 0 ? cpu_of(load.pid) - cpu : 0;
	print_result(wall, cpu);
	for (i = 0; i < load.n; i++)
		free(load.v[i]);
	free(load.v);
	free(urls);
	free(load.latency);
	free(load.gap);
	return 0;
}
