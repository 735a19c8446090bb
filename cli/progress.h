/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One line about a running job: a bar for a terminal, a sentence for a log. Pure. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

struct live_progress;

struct progress_style {
	int label_width;	/* columns of the longest label */
	int columns;		/* of the terminal; nothing is longer */
	bool utf8;
};

/* "hub1-left  read 1/2   ███████░░░  61 %  82 kB/s  0:05 left". Only printable text;
 * returns the columns used. */
int progress_bar(const char *label, const struct live_progress *p,
    const struct progress_style *style, char *ret, size_t ret_size);
/* "hub1-left: read 1/2 61 %, 82 kB/s, 0:05 left". */
void progress_sentence(const char *label, const struct live_progress *p, char *ret,
    size_t ret_size);
/* What a step is called: "read1" → "read 1/2". Borrowed. */
const char *progress_step(const char *step);
/* Whole percent of this step, -1 without a total. */
int progress_percent(const struct live_progress *p);
/* "82 kB/s", "1.2 MB/s". Returns ret. */
const char *progress_rate(unsigned bytes_per_s, char *ret, size_t ret_size);

#endif
