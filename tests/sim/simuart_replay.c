/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * simuart plays a recorded wire trace (flashd/wire_trace.h) back: it awaits the host's
 * bytes and answers with the recorded ones. How many 0x55 a host sends until somebody
 * answers is a matter of time, so more or fewer of them are forgiven. Test program, one
 * thread.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "tests/sim/simuart.h"

#define TRACE_MAX (64u * 1024 * 1024) /* bytes of one trace, unpacked */
#define GAP "lines left out here" /* the trace was longer than its bound */

enum step_kind { STEP_AWAIT, STEP_PLAY, STEP_BAUD, STEP_GAP };

struct step {
	enum step_kind kind;
	unsigned line; /* of the file */
	unsigned baud;
	size_t at, n; /* in bytes[] */
};

struct replay {
	struct step *steps;
	size_t n_steps, now, done; /* done: bytes of the current step matched */
	uint8_t *bytes;
	bool *any; /* blanked: matches whatever comes */
	size_t n_bytes, size;
	unsigned baud; /* the host's, by the trace; 0 = not said yet */
};

static int
add_bytes(struct replay *r, uint8_t b, bool any, size_t n)
{
	if (n > TRACE_MAX - r->n_bytes)
		return -1;
	if (r->n_bytes + n > r->size) {
		size_t size = r->size * 2 + n;
		uint8_t *bytes = realloc(r->bytes, size);
		bool *flags;

		if (bytes == NULL)
			return -1;
		r->bytes = bytes;
		if ((flags = realloc(r->any, size * sizeof(bool))) == NULL)
			return -1;
		r->any = flags;
		r->size = size;
	}
	memset(r->bytes + r->n_bytes, b, n);
	memset(r->any + r->n_bytes, any, n * sizeof(bool));
	r->n_bytes += n;
	return 0;
}

/* One group: pairs of digits, HH*N or ??*N. */
static int
add_group(struct replay *r, const char *group)
{
	const char *star = strchr(group, '*');
	size_t i, len = strlen(group);
	uint64_t n;
	uint8_t b = 0;

	if (star != NULL) {
		char pair[3] = { group[0], group[1], '\0' };

		if (star != group + 2 ||
		    text_number(star + 1, 1, TRACE_MAX, false, &n) < 0)
			return -1;
		if (strcmp(pair, "??") == 0)
			return add_bytes(r, 0, true, (size_t)n);
		return text_unhex(pair, &b, 1) < 0 ? -1
						   : add_bytes(r, b, false, (size_t)n);
	}
	for (i = 0; i + 1 < len; i += 2) {
		char pair[3] = { group[i], group[i + 1], '\0' };

		if (text_unhex(pair, &b, 1) < 0 || add_bytes(r, b, false, 1) < 0)
			return -1;
	}
	return len % 2 == 0 ? 0 : -1;
}

static struct step *
add_step(struct replay *r, enum step_kind kind, unsigned line)
{
	struct step *steps = realloc(r->steps, (r->n_steps + 1) * sizeof(*steps));

	if (steps == NULL)
		return NULL;
	r->steps = steps;
	steps += r->n_steps++;
	memset(steps, 0, sizeof(*steps));
	steps->kind = kind;
	steps->line = line;
	steps->at = r->n_bytes;
	return steps;
}

static int
parse_line(struct replay *r, char *text, unsigned line)
{
	bool gap = text[0] == '#' && strstr(text, GAP) != NULL;
	char *save = NULL, *word = strtok_r(text, " \n", &save);
	struct step *step;
	uint64_t n;

	if (gap)
		return add_step(r, STEP_GAP, line) == NULL ? -1 : 0;
	if (word == NULL || word[0] == '#')
		return 0;
	if ((word = strtok_r(NULL, " \n", &save)) == NULL)
		return -1;
	if (strcmp(word, "=") == 0) {
		word = strtok_r(NULL, " \n", &save);
		if (word == NULL || strcmp(word, "baud") != 0 ||
		    (word = strtok_r(NULL, " \n", &save)) == NULL ||
		    text_number(word, 1, 10000000, false, &n) < 0 ||
		    (step = add_step(r, STEP_BAUD, line)) == NULL)
			return -1;
		step->baud = (unsigned)n;
		return 0;
	}
	if (strcmp(word, ">") != 0 && strcmp(word, "<") != 0)
		return -1;
	if (add_step(r, word[0] == '>' ? STEP_AWAIT : STEP_PLAY, line) == NULL)
		return -1;
	while ((word = strtok_r(NULL, " \n", &save)) != NULL)
		if (add_group(r, word) < 0)
			return -1;
	step = &r->steps[r->n_steps - 1];
	step->n = r->n_bytes - step->at;
	return 0;
}

int
replay_open(struct sim *s, const char *file)
{
	struct replay *r = calloc(1, sizeof(*r));
	char *line = NULL;
	size_t size = 0;
	unsigned n = 0;
	int status = 0;
	FILE *f;

	if (r == NULL || (f = fopen(file, "re")) == NULL) {
		perror(file);
		free(r);
		return -1;
	}
	s->replay = r;
	while (status == 0 && getline(&line, &size, f) >= 0)
		if ((status = parse_line(r, line, ++n)) < 0)
			fprintf(stderr, "%s:%u: no line of a wire trace\n", file, n);
	free(line);
	fclose(f);
	if (status == 0 && r->n_steps == 0) {
		fprintf(stderr, "%s: an empty trace\n", file);
		status = -1;
	}
	return status;
}

static void
end_at_gap(struct sim *s, unsigned line)
{
	fprintf(stderr,
	    "simuart: line %u of the trace says that lines were left out, so it "
	    "cannot be played any further; record a shorter job\n",
	    line);
	s->status = 1;
	s->quit = true;
}

/* Play until the host's turn. */
static void
play(struct sim *s)
{
	struct replay *r = s->replay;

	for (; r->now < r->n_steps; r->now++) {
		const struct step *step = &r->steps[r->now];

		if (step->kind == STEP_AWAIT)
			return;
		if (step->kind == STEP_GAP) {
			end_at_gap(s, step->line);
			r->now = r->n_steps;
			return;
		}
		if (step->kind == STEP_PLAY)
			(void)line_send(s, s->now, r->bytes + step->at, step->n);
		else
			r->baud = step->baud;
	}
}

void
replay_start(struct sim *s)
{
	s->power = SIM_SILENT;
	play(s);
}

static bool
only_sync(const struct replay *r, const struct step *step)
{
	size_t i;

	for (i = 0; i < step->n; i++)
		if (r->bytes[step->at + i] != 0x55 || r->any[step->at + i])
			return false;
	return true;
}

/* Pass over 0x55 that nobody answered when this was recorded. */
static void
skip_sync(struct sim *s)
{
	struct replay *r = s->replay;

	while (r->done == 0 && r->now < r->n_steps &&
	    r->steps[r->now].kind == STEP_AWAIT && only_sync(r, &r->steps[r->now])) {
		r->now++;
		play(s);
	}
}

static bool
matches(const struct replay *r, uint8_t b)
{
	const struct step *step = &r->steps[r->now];

	return r->now < r->n_steps &&
	    (r->any[step->at + r->done] || r->bytes[step->at + r->done] == b);
}

void
replay_byte(struct sim *s, uint8_t b)
{
	struct replay *r = s->replay;

	if (r->now < r->n_steps && b != 0x55 && !matches(r, b))
		skip_sync(s);
	if (r->baud != 0 && r->done == 0 && b != 0x55 && s->line.device_baud != r->baud) {
		fprintf(stderr, "simuart: the host is at %u baud, in the trace at %u\n",
		    s->line.device_baud, r->baud);
		s->stats.replay_mismatch++;
		s->status = 1;
	}
	if (r->now >= r->n_steps || !matches(r, b)) {
		if (b == 0x55 || r->now >= r->n_steps)
			return;
		if (s->stats.replay_mismatch++ == 0)
			fprintf(stderr,
			    "simuart: line %u of the trace awaits %02x, got %02x\n",
			    r->steps[r->now].line,
			    r->bytes[r->steps[r->now].at + r->done], b);
		s->status = 1;
		return;
	}
	if (++r->done == r->steps[r->now].n) {
		r->done = 0;
		r->now++;
		play(s);
	}
}
