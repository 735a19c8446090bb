/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * simuart's faults: one table of names, the parser of --fault, and what the line and
 * the ROM ask before they do something. Test program, one thread.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "tests/sim/simuart.h"

/* Arguments: r = RATE[:to-device|to-host], o = OP:N, O = OP:N:MS, n = number,
 * a = address, b = ADDR:BIT, c = at=ADDR or erase=ADDR, l = write or erase,
 * s = AT:MS, "" = none. An N of 0 means every one. */
static const struct {
	const char *name, *args;
	enum fault_kind kind;
} table[] = {
	{ "drop", "r", FAULT_DROP },
	{ "flip", "r", FAULT_FLIP },
	{ "dup", "r", FAULT_DUP },
	{ "burst", "r", FAULT_BURST },
	{ "noise", "r", FAULT_NOISE },
	{ "stall", "s", FAULT_STALL },
	{ "mute-after", "n", FAULT_MUTE_AFTER },
	{ "nak", "O", FAULT_NAK },
	{ "no-reply", "o", FAULT_NO_REPLY },
	{ "late", "O", FAULT_LATE },
	{ "twice", "o", FAULT_TWICE },
	{ "bad-length", "o", FAULT_LENGTH },
	{ "cut", "c", FAULT_CUT },
	{ "lie", "l", FAULT_LIE },
	{ "stuck-bit", "b", FAULT_STUCK_BIT },
	{ "protected", "a", FAULT_PROTECTED },
	{ "slow-erase", "n", FAULT_SLOW_ERASE },
	{ "no-checksum", "", FAULT_NO_CHECKSUM },
	{ "no-baudlist", "", FAULT_NO_BAUDLIST },
	{ "no-efuse", "", FAULT_NO_EFUSE },
	{ "no-swallow", "", FAULT_NO_SWALLOW },
	{ "max-baud", "n", FAULT_MAX_BAUD },
	{ "range-check", "", FAULT_RANGE_CHECK },
	{ "console-login", "", FAULT_CONSOLE_LOGIN },
	{ "no-upgrade", "", FAULT_NO_UPGRADE },
	{ "short-window", "", FAULT_SHORT_WINDOW },
	{ "no-prompt", "", FAULT_NO_PROMPT },
	{ "secret-log", "", FAULT_SECRET_LOG },
};

static int
number(const char *s, int base, uint64_t *ret)
{
	char *end;

	if (s == NULL || *s == '\0')
		return -1;
	errno = 0;
	*ret = strtoull(s, &end, base);
	return errno != 0 || *end != '\0' ? -1 : 0;
}

static int
parse_rate(struct fault *f, char *a, char *b)
{
	char *end;

	if (a == NULL)
		return -1;
	f->rate = strtod(a, &end);
	if (*end != '\0' || f->rate <= 0 || f->rate > 1)
		return -1;
	if (b != NULL && strcmp(b, "to-device") == 0)
		f->dir = 1;
	else if (b != NULL && strcmp(b, "to-host") == 0)
		f->dir = 2;
	else if (b != NULL)
		return -1;
	return 0;
}

static int
parse_op(struct fault *f, const char *a, const char *b, const char *c, bool with_ms)
{
	uint64_t op;

	if (number(a, 16, &op) < 0 || op > 0x1ff)
		return -1;
	f->op = (unsigned)op;
	f->n = 1;
	if (b != NULL && number(b, 10, &f->n) < 0)
		return -1;
	f->ms = f->kind == FAULT_NAK ? 3 : 0;
	if (c != NULL && (!with_ms || number(c, 10, &f->ms) < 0))
		return -1;
	return 0;
}

static int
parse_place(struct fault *f, const char *a)
{
	if (a == NULL)
		return -1;
	if (strncmp(a, "erase=", 6) == 0) {
		f->erase = true;
		return number(a + 6, 0, &f->at);
	}
	return strncmp(a, "at=", 3) == 0 ? number(a + 3, 0, &f->at) : -1;
}

static int
parse_args(struct fault *f, const char *args, char *a, char *b, char *c)
{
	uint64_t v;

	switch (args[0]) {
	case 'r':
		return parse_rate(f, a, b);
	case 'o':
	case 'O':
		return parse_op(f, a, b, c, args[0] == 'O');
	case 'n':
		f->ms = 0;
		return number(a, 0, &f->n) < 0 ? -1 : (f->ms = f->n, 0);
	case 'a':
		return number(a, 0, &f->at);
	case 's':
		return number(a, 0, &f->at) < 0 || number(b, 10, &f->ms) < 0 ? -1 : 0;
	case 'b':
		if (number(a, 0, &f->at) < 0 || number(b, 10, &v) < 0 || v > 7)
			return -1;
		f->bit = (unsigned)v;
		return 0;
	case 'c':
		return parse_place(f, a);
	case 'l':
		f->erase = a != NULL && strcmp(a, "erase") == 0;
		return f->erase || (a != NULL && strcmp(a, "write") == 0) ? 0 : -1;
	default:
		return a == NULL ? 0 : -1;
	}
}

int
fault_parse(struct sim *s, const char *spec)
{
	char copy[200], *save = NULL, *name, *a, *b, *c;
	struct fault *f = &s->faults[s->n_faults];
	size_t i;

	if (s->n_faults == FAULTS_MAX || strlen(spec) >= sizeof(copy)) {
		fprintf(stderr, "simuart: too many faults, or too long: '%s'\n", spec);
		return -1;
	}
	memcpy(copy, spec, strlen(spec) + 1);
	name = strtok_r(copy, ":", &save);
	a = strtok_r(NULL, ":", &save);
	b = strtok_r(NULL, ":", &save);
	c = strtok_r(NULL, ":", &save);
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (name == NULL || strcmp(table[i].name, name) != 0)
			continue;
		memset(f, 0, sizeof(*f));
		f->kind = table[i].kind;
		if (parse_args(f, table[i].args, a, b, c) < 0)
			break;
		s->n_faults++;
		return 0;
	}
	fprintf(
	    stderr, "simuart: unknown fault '%s' (see tests/sim/README.md)\n", spec);
	return -1;
}

struct fault *
fault_find(struct sim *s, enum fault_kind kind)
{
	unsigned i;

	for (i = 0; i < s->n_faults; i++)
		if (s->faults[i].kind == kind)
			return &s->faults[i];
	return NULL;
}

struct fault *
fault_op(struct sim *s, enum fault_kind kind, unsigned op)
{
	struct fault *hit = NULL, *f;
	unsigned i;

	for (i = 0; i < s->n_faults; i++) {
		f = &s->faults[i];
		if (f->kind != kind || f->op != op)
			continue;
		f->seen++;
		if (f->n == 0 || f->seen == f->n)
			hit = f;
	}
	return hit;
}

static bool
chance(struct sim *s, double rate)
{
	return (double)(sim_random(s) >> 11) * 0x1p-53 < rate;
}

/* A burst spoils 64 bytes in a row. */
static bool
in_burst(struct sim *s, struct fault *f)
{
	if (f->seen == 0 && chance(s, f->rate))
		f->seen = 64;
	return f->seen > 0 && f->seen-- > 0;
}

size_t
fault_bytes(struct sim *s, int dir, uint8_t b, uint8_t ret[8])
{
	size_t n = 0;
	bool drop = false, twice = false;
	unsigned i;

	for (i = 0; i < s->n_faults; i++) {
		struct fault *f = &s->faults[i];

		if (f->kind > FAULT_NOISE || f->kind == FAULT_STALL ||
		    (f->dir != 0 && f->dir != dir))
			continue;
		if (f->kind == FAULT_BURST ? !in_burst(s, f) : !chance(s, f->rate))
			continue;
		s->stats.dropped += f->kind == FAULT_DROP;
		s->stats.flipped += f->kind == FAULT_FLIP || f->kind == FAULT_BURST;
		s->stats.doubled += f->kind == FAULT_DUP;
		drop = drop || f->kind == FAULT_DROP;
		twice = twice || f->kind == FAULT_DUP;
		if (f->kind == FAULT_NOISE && n < 4)
			ret[n++] = (uint8_t)sim_random(s);
		else if (f->kind == FAULT_FLIP)
			b ^= (uint8_t)(1u << sim_random(s) % 8);
		else if (f->kind == FAULT_BURST)
			b = (uint8_t)sim_random(s);
	}
	if (!drop)
		ret[n++] = b;
	if (!drop && twice)
		ret[n++] = b;
	return n;
}

int64_t
fault_stall(struct sim *s, uint64_t n_out)
{
	int64_t extra = 0;
	unsigned i;

	for (i = 0; i < s->n_faults; i++)
		if (s->faults[i].kind == FAULT_STALL && s->faults[i].at == n_out)
			extra += (int64_t)s->faults[i].ms * MS;
	return extra;
}

bool
fault_mute(struct sim *s, uint64_t n_out)
{
	const struct fault *f = fault_find(s, FAULT_MUTE_AFTER);

	return f != NULL && n_out > f->n;
}
