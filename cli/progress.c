/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines about a running job (see progress.h). Pure; any thread. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "cli/progress.h"
#include "common/text.h"
#include "db/live.h"

#define STEP_WIDTH 9
#define BAR_MAX 24
#define BAR_MIN 6
#define PART_MAX 400

const char *
progress_step(const char *step)
{
	static const char *const names[][2] = { { "enter", "connect" },
		{ "read1", "read 1/2" }, { "read2", "read 2/2" } };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i][0], step) == 0)
			return names[i][1];
	}
	return step;
}

int
progress_percent(const struct live_progress *p)
{
	if (p->total == 0)
		return -1;
	if (p->done >= p->total)
		return 100;
	return (int)((double)p->done * 100 / (double)p->total);
}

const char *
progress_rate(unsigned bytes_per_s, char *ret, size_t ret_size)
{
	if (bytes_per_s >= 1000000)
		snprintf(ret, ret_size, "%.1f MB/s", bytes_per_s / 1e6);
	else if (bytes_per_s >= 1000)
		snprintf(ret, ret_size, "%u kB/s", (bytes_per_s + 500) / 1000);
	else
		snprintf(ret, ret_size, "%u B/s", bytes_per_s);
	return ret;
}

/* What stands behind the bar: percent, speed, time left, retries. */
static void
figures(const struct live_progress *p, const char *between, char *ret, size_t ret_size)
{
	char rate[24], left[24];
	size_t n = 0;

	ret[0] = '\0';
	if (p->total != 0)
		n += (size_t)snprintf(
		    ret + n, ret_size - n, "%3d %%", progress_percent(p));
	if (p->rate != 0 && n < ret_size)
		n += (size_t)snprintf(ret + n, ret_size - n, "%s%s",
		    n > 0 ? between : "", progress_rate(p->rate, rate, sizeof(rate)));
	if (p->eta_s >= 0 && p->total != 0 && n < ret_size)
		n += (size_t)snprintf(ret + n, ret_size - n, "%s%s left",
		    n > 0 ? between : "", text_duration(p->eta_s, left, sizeof(left)));
	if (p->retries != 0 && n < ret_size)
		snprintf(ret + n, ret_size - n, "%s%u %s", n > 0 ? between : "",
		    p->retries, p->retries == 1 ? "retry" : "retries");
}

/* Columns of a UTF-8 text; cut it to at most max when it is longer. */
static int
cut(char *s, int max)
{
	int n = 0;

	for (; *s != '\0'; s++) {
		if (((unsigned char)*s & 0xc0) == 0x80)
			continue;
		if (n == max) {
			*s = '\0';
			return n;
		}
		n++;
	}
	return n;
}

static void
draw(int width, int percent, bool utf8, char *ret, size_t ret_size)
{
	const char *full = utf8 ? "\xe2\x96\x88" : "#",
		   *empty = utf8 ? "\xe2\x96\x91" : ".";
	size_t used = 0;
	int i, on = width * percent / 100;

	ret[0] = '\0';
	for (i = 0; i < width && used + 4 < ret_size; i++)
		used += (size_t)snprintf(
		    ret + used, ret_size - used, "%s", i < on ? full : empty);
}

int
progress_bar(const char *label, const struct live_progress *p,
    const struct progress_style *style, char *ret, size_t ret_size)
{
	char bar[3 * BAR_MAX + 4] = "", behind[PART_MAX], name[PART_MAX],
			       text[PART_MAX];
	int room, label_columns;

	text_escape(label, strlen(label), name, sizeof(name));
	text_escape(p->text, strlen(p->text), text, sizeof(text));
	figures(p, "  ", behind, sizeof(behind));
	label_columns = cut(name, PART_MAX);
	room =
	    style->columns - style->label_width - STEP_WIDTH - 6 - (int)strlen(behind);
	if (room > BAR_MAX)
		room = BAR_MAX;
	if (p->ask[0] != '\0' || p->total == 0)
		snprintf(behind, sizeof(behind), "%.*s", PART_MAX - 1, text);
	else if (room >= BAR_MIN)
		draw(room, progress_percent(p), style->utf8, bar, sizeof(bar));
	snprintf(ret, ret_size, "%s%*s  %-*s  %s%s%s", name,
	    style->label_width > label_columns ? style->label_width - label_columns : 0,
	    "", STEP_WIDTH, p->ask[0] != '\0' ? "waiting" : progress_step(p->step), bar,
	    bar[0] != '\0' ? "  " : "", behind);
	return cut(ret, style->columns);
}

void
progress_sentence(
    const char *label, const struct live_progress *p, char *ret, size_t ret_size)
{
	char behind[PART_MAX];
	const char *start;

	if (p->ask[0] != '\0' || p->total == 0) {
		snprintf(ret, ret_size, "%s: %s%s%s", label,
		    p->ask[0] != '\0' ? "waiting" : progress_step(p->step),
		    p->text[0] != '\0' ? ": " : "", p->text);
		return;
	}
	figures(p, ", ", behind, sizeof(behind));
	start = behind + strspn(behind, " ");
	snprintf(ret, ret_size, "%s: %s %s", label, progress_step(p->step), start);
}
