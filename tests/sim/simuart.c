/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * simuart: a simulated camera's UART on a pty (tests/sim/README.md). This file:
 * options and the one loop. Test program, one thread.
 */
#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/text.h"
#include "tests/sim/mkimage.h"
#include "tests/sim/simuart.h"

static volatile sig_atomic_t ended;

struct setup {
	const char *flash, *replay, *control, *start, *jedec, *mac, *chip_id;
	uint64_t size, version, seed, console_baud;
};

static const struct {
	const char *name;
	unsigned version;
	enum image_family family;
} profiles[] = {
	{ "xr872", 2, IMAGE_FAMILY_XR872 },
	{ "xr808", 2, IMAGE_FAMILY_XR808 },
	{ "xr806", 3, IMAGE_FAMILY_XR806 },
	{ "xr809", 1, IMAGE_FAMILY_XR809 },
};

static int64_t
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ll + ts.tv_nsec;
}

static void
wait_for(struct sim *s)
{
	struct pollfd p[3] = { { s->line.master, POLLIN, 0 },
		{ s->line.inotify, POLLIN, 0 }, { s->control, POLLIN, 0 } };
	int64_t left = sim_wake(s);
	struct timespec ts = { 3600, 0 };
	sigset_t none;

	if (s->line.to_device.n > QUEUE_BYTES / 2)
		p[0].events = 0;
	if (s->line.blocked_since != 0) {
		p[0].events |= POLLOUT;
		left = s->now + 100 * MS;
	}
	if (left != NEVER) {
		left -= now_ns();
		if (left < 0)
			left = 0;
		ts.tv_sec = left / 1000000000;
		ts.tv_nsec = left % 1000000000;
	}
	sigemptyset(&none);
	(void)ppoll(p, 3, &ts, &none);
	s->now = now_ns();
	if (p[2].revents != 0)
		control_read(s);
}

static void
run(struct sim *s)
{
	while (!ended && !s->quit) {
		line_flush(s);
		sim_work(s);
		line_receive(s);
		sim_work(s);
		line_flush(s);
		sim_work(s);
		if (s->stats_dirty)
			stats_write(s, false);
		wait_for(s);
	}
}

static void
on_signal(int sig)
{
	(void)sig;
	ended = 1;
}

static int
parse_mac(const char *text, uint8_t ret[6])
{
	char hex[13];
	size_t i, n = 0;

	for (i = 0; text[i] != '\0' && n < 12; i++)
		if (text[i] != ':')
			hex[n++] = text[i];
	hex[n] = '\0';
	return text[i] == '\0' ? text_unhex(hex, ret, 6) : -1;
}

/* A chip id that follows from the seed, and the MAC that follows from that. */
static int
set_up_efuse(struct sim *s, const struct setup *o, uint8_t ret_mac[6])
{
	uint8_t id[16], *mac = NULL;
	size_t i;

	for (i = 0; i < sizeof(id); i++)
		id[i] = (uint8_t)sim_random(s);
	if (o->chip_id != NULL && text_unhex(o->chip_id, id, sizeof(id)) < 0) {
		fprintf(stderr, "simuart: --chip-id takes 32 hex digits\n");
		return -1;
	}
	for (i = 0; i < 6; i++)
		ret_mac[i] = (uint8_t)(id[i] ^ id[i + 6] ^ id[i + (i < 2 ? 12 : 10)]);
	ret_mac[0] &= 0xfc;
	if (o->mac != NULL && parse_mac(o->mac, mac = ret_mac) < 0) {
		fprintf(stderr, "simuart: --mac takes AA:BB:CC:DD:EE:FF\n");
		return -1;
	}
	efuse_fill(&s->mem, id, mac);
	return 0;
}

/* A flash file that is missing or empty becomes a whole camera's flash. */
static int
make_flash(const struct setup *o, size_t profile, const uint8_t mac[6])
{
	struct mkimage m = { .family = profiles[profile].family,
		.flash_size = (uint32_t)(o->size != 0 ? o->size : 1024 * 1024),
		.seed = 1,
		.ssid = "simulated",
		.psk = "not a secret" };
	struct stat st;
	uint8_t *p;
	int r = -1;
	FILE *f;

	if (stat(o->flash, &st) == 0 && st.st_size > 0)
		return 0;
	memcpy(m.mac, mac, 6);
	if ((p = malloc(m.flash_size)) == NULL || mkimage_dump(&m, p) < 0) {
		fprintf(stderr, "simuart: no firmware fits %u bytes\n", m.flash_size);
	} else if ((f = fopen(o->flash, "we")) == NULL) {
		perror(o->flash);
	} else {
		r = fwrite(p, 1, m.flash_size, f) == m.flash_size ? 0 : -1;
		if (fclose(f) != 0)
			r = -1;
	}
	free(p);
	return r;
}

static int
set_up_jedec(struct sim *s, const struct setup *o)
{
	uint32_t n;
	uint8_t log2 = 0;

	for (n = s->nor.size; n > 1; n /= 2)
		log2++;
	s->nor.jedec[0] = 0x5e;
	s->nor.jedec[1] = 0x32;
	s->nor.jedec[2] = log2;
	if (o->jedec != NULL && text_unhex(o->jedec, s->nor.jedec, 3) < 0) {
		fprintf(stderr, "simuart: --jedec takes 6 hex digits\n");
		return -1;
	}
	return 0;
}

static int
set_up(struct sim *s, const struct setup *o)
{
	uint8_t mac[6];
	size_t i;

	for (i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++)
		if (strcmp(profiles[i].name, s->profile) == 0)
			break;
	if (i == sizeof(profiles) / sizeof(profiles[0])) {
		fprintf(stderr, "simuart: profile '%s'? xr872, xr808, xr806 or xr809\n",
		    s->profile);
		return -1;
	}
	s->rom.version = o->version <= 15 ? (unsigned)o->version : profiles[i].version;
	s->rng = o->seed * 0x9e3779b97f4a7c15ull + 1;
	s->console.baud = (unsigned)o->console_baud;
	if (s->line.link[0] == '\0' || (o->flash == NULL && o->replay == NULL)) {
		fprintf(
		    stderr, "simuart: --link and --flash (or --replay) are needed\n");
		return -1;
	}
	if (set_up_efuse(s, o, mac) < 0 ||
	    (o->flash != NULL &&
		(make_flash(o, i, mac) < 0 ||
		    nor_open(s, o->flash, (uint32_t)o->size) < 0)) ||
	    set_up_jedec(s, o) < 0)
		return -1;
	if (o->replay != NULL && replay_open(s, o->replay) < 0)
		return -1;
	return o->control != NULL ? control_open(s, o->control) : 0;
}

static int
start(struct sim *s, const struct setup *o)
{
	mem_reset(s);
	s->line.device_baud = 115200;
	s->now = now_ns();
	if (line_open(s) < 0)
		return -1;
	if (s->replay != NULL) {
		replay_start(s);
	} else if (strcmp(o->start, "rom") == 0) {
		s->mem.update_flag = 2;
		rom_enter(s);
	} else if (strcmp(o->start, "console") == 0) {
		sim_power_on(s, s->now, true);
	} else if (strcmp(o->start, "silent") == 0) {
		s->power = SIM_SILENT;
	} else if (strcmp(o->start, "off") == 0) {
		s->power = SIM_OFF;
	} else {
		fprintf(stderr, "simuart: --start console, rom, silent or off\n");
		return -1;
	}
	stats_write(s, true);
	printf("ready %s\n", s->line.link);
	return fflush(stdout);
}

static const struct option long_options[] = { { "link", required_argument, NULL, 'l' },
	{ "flash", required_argument, NULL, 'f' },
	{ "size", required_argument, NULL, 's' },
	{ "profile", required_argument, NULL, 'p' },
	{ "jedec", required_argument, NULL, 'j' },
	{ "brom-version", required_argument, NULL, 'v' },
	{ "start", required_argument, NULL, 'S' },
	{ "mac", required_argument, NULL, 'm' },
	{ "chip-id", required_argument, NULL, 'i' },
	{ "fault", required_argument, NULL, 'F' },
	{ "seed", required_argument, NULL, 'r' }, { "unpaced", no_argument, NULL, 'u' },
	{ "stats", required_argument, NULL, 't' },
	{ "replay", required_argument, NULL, 'R' },
	{ "console-baud", required_argument, NULL, 'b' },
	{ "control", required_argument, NULL, 'c' }, { NULL, 0, NULL, 0 } };

static int
option_text(struct sim *s, struct setup *o, int opt)
{
	switch (opt) {
	case 'l':
		snprintf(s->line.link, sizeof(s->line.link), "%s", optarg);
		return 0;
	case 't':
		snprintf(s->stats_file, sizeof(s->stats_file), "%s", optarg);
		return 0;
	case 'f':
		o->flash = optarg;
		return 0;
	case 'p':
		s->profile = optarg;
		return 0;
	case 'j':
		o->jedec = optarg;
		return 0;
	case 'S':
		o->start = optarg;
		return 0;
	case 'm':
		o->mac = optarg;
		return 0;
	case 'i':
		o->chip_id = optarg;
		return 0;
	case 'R':
		o->replay = optarg;
		return 0;
	case 'c':
		o->control = optarg;
		return 0;
	default:
		return -1;
	}
}

static int
option_other(struct sim *s, struct setup *o, int opt)
{
	switch (opt) {
	case 's':
		return text_number(optarg, 4096, FLASH_MAX, true, &o->size);
	case 'v':
		return text_number(optarg, 0, 15, false, &o->version);
	case 'r':
		return text_number(optarg, 0, UINT64_MAX, false, &o->seed);
	case 'b':
		return text_number(optarg, 300, 6000000, false, &o->console_baud);
	case 'F':
		return fault_parse(s, optarg);
	case 'u':
		s->line.paced = false;
		return 0;
	default:
		return option_text(s, o, opt);
	}
}

static void
release(struct sim *s)
{
	line_close(s);
	mem_reset(s);
	line_fini(&s->line);
	free(s->nor.p);
}

int
main(int argc, char **argv)
{
	static struct sim s = { .profile = "xr872",
		.control = -1,
		.nor.fd = -1,
		.line = { .master = -1, .slave = -1, .inotify = -1, .paced = true } };
	struct setup o = { .start = "console",
		.version = UINT64_MAX,
		.seed = 1,
		.console_baud = 115200 };
	struct sigaction sa = { .sa_handler = on_signal };
	sigset_t mask;
	int opt;

	while ((opt = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (option_other(&s, &o, opt) < 0) {
			fprintf(
			    stderr, "simuart: wrong option; see tests/sim/README.md\n");
			return 2;
		}
	}
	/* Signals come through only while it waits. */
	sigemptyset(&mask);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGINT);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
	(void)prctl(PR_SET_TIMERSLACK, 1);
	if (set_up(&s, &o) < 0 || start(&s, &o) < 0) {
		release(&s);
		return 1;
	}
	run(&s);
	stats_write(&s, true);
	release(&s);
	return s.status;
}
