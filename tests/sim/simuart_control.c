/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * simuart's handles: a fifo that takes commands while it runs, and the file of
 * counters. Test program, one thread.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/text.h"
#include "tests/sim/simuart.h"

#define STATS_NS (50 * MS) /* at most so often */

int
control_open(struct sim *s, const char *path)
{
	(void)unlink(path);
	if (mkfifo(path, 0600) < 0 ||
	    (s->control = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)) < 0) {
		perror(path);
		return -1;
	}
	return 0;
}

/* "become FILE CHIPID": another camera on the same adapter. */
static void
become(struct sim *s, char *args)
{
	char *save = NULL, *file = strtok_r(args, " ", &save),
	     *id = strtok_r(NULL, " ", &save);
	uint8_t chip_id[16];

	if (file == NULL || id == NULL ||
	    text_unhex(id, chip_id, sizeof(chip_id)) < 0) {
		fprintf(stderr, "simuart: become FILE CHIPID\n");
		return;
	}
	sim_power_off(s);
	free(s->nor.p);
	close(s->nor.fd);
	if (nor_open(s, file, 0) < 0) {
		s->quit = true;
		s->status = 1;
		return;
	}
	efuse_fill(&s->mem, chip_id, NULL);
	sim_power_on(s, s->now, true);
}

static void
power_cycle(struct sim *s)
{
	sim_power_off(s);
	s->stats.power_cycles++;
	sim_power_on(s, s->now, true);
}

static void
plug(struct sim *s)
{
	if (s->line.master < 0 && line_open(s) < 0)
		s->quit = true;
}

static void
command(struct sim *s, char *line)
{
	if (strcmp(line, "power-cycle") == 0)
		power_cycle(s);
	else if (strcmp(line, "power-off") == 0)
		sim_power_off(s);
	else if (strcmp(line, "power-on") == 0)
		sim_power_on(s, s->now, true);
	else if (strcmp(line, "unplug") == 0)
		line_close(s);
	else if (strcmp(line, "plug") == 0)
		plug(s);
	else if (strcmp(line, "straps on") == 0)
		s->straps = true;
	else if (strcmp(line, "straps off") == 0)
		s->straps = false;
	else if (strncmp(line, "fault ", 6) == 0)
		(void)fault_parse(s, line + 6);
	else if (strcmp(line, "no-faults") == 0)
		s->n_faults = 0;
	else if (strncmp(line, "become ", 7) == 0)
		become(s, line + 7);
	else if (strcmp(line, "quit") == 0)
		s->quit = true;
	else if (strcmp(line, "state") != 0)
		fprintf(stderr, "simuart: unknown command '%s'\n", line);
	stats_write(s, true);
}

void
control_read(struct sim *s)
{
	char buf[1024], *save = NULL, *line;
	ssize_t n = read(s->control, buf, sizeof(buf) - 1);

	if (n <= 0)
		return;
	buf[n] = '\0';
	for (line = strtok_r(buf, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save))
		command(s, line);
}

static const char *
state_name(const struct sim *s)
{
	static const char *const names[] = { [SIM_OFF] = "off",
		[SIM_STARTING] = "starting",
		[SIM_FIRMWARE] = "firmware",
		[SIM_ROM] = "rom",
		[SIM_SILENT] = "silent" };

	return names[s->power];
}

static void
print_ops(FILE *f, const struct stats *t)
{
	const char *comma = "";
	unsigned op;

	fputs("  \"ops\": {", f);
	for (op = 0; op < 256; op++) {
		if (t->ops[op] == 0)
			continue;
		fprintf(
		    f, "%s\"%02x\": %llu", comma, op, (unsigned long long)t->ops[op]);
		comma = ", ";
	}
	fputs("},\n", f);
}

static void
print(FILE *f, const struct sim *s)
{
	const struct stats *t = &s->stats;
	const struct {
		const char *name;
		uint64_t v;
	} rows[] = { { "bytes_in", t->bytes_in }, { "bytes_out", t->bytes_out },
		{ "garbled", t->garbled }, { "dropped", t->dropped },
		{ "flipped", t->flipped }, { "doubled", t->doubled },
		{ "overrun", t->overrun }, { "erases", t->erases },
		{ "wild_erases", t->wild_erases }, { "writes", t->writes },
		{ "pages", t->pages }, { "reads", t->reads },
		{ "sectors_read", t->sectors_read },
		{ "sectors_written", t->sectors_written }, { "errors", t->errors },
		{ "bad_sums", t->bad_sums }, { "syncs", t->syncs },
		{ "boots", t->boots }, { "rom_entries", t->rom_entries },
		{ "upgrades", t->upgrades }, { "reboots", t->reboots },
		{ "power_cycles", t->power_cycles },
		{ "efuse_programs", t->efuse_programs },
		{ "replay_mismatch", t->replay_mismatch } };
	size_t i;

	fprintf(f, "{\n  \"state\": \"%s\",\n  \"plugged\": %s,\n  \"baud\": %u,\n",
	    state_name(s), s->line.master >= 0 ? "true" : "false", s->line.device_baud);
	print_ops(f, t);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		fprintf(f, "  \"%s\": %llu%s\n", rows[i].name,
		    (unsigned long long)rows[i].v,
		    i + 1 < sizeof(rows) / sizeof(rows[0]) ? "," : "");
	fputs("}\n", f);
}

void
stats_write(struct sim *s, bool now)
{
	char temporary[280];
	FILE *f;

	if (s->stats_file[0] == '\0' || (!now && s->now < s->stats_next))
		return;
	s->stats_dirty = false;
	s->stats_next = s->now + STATS_NS;
	snprintf(temporary, sizeof(temporary), "%s.new", s->stats_file);
	if ((f = fopen(temporary, "we")) == NULL) {
		perror(temporary);
		return;
	}
	print(f, s);
	if (fclose(f) != 0 || rename(temporary, s->stats_file) < 0)
		perror(s->stats_file);
}
