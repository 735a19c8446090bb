/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a job's result says beside its figures, in sentences. Pure; the parent. */
#ifndef FLASHD_NOTES_H
#define FLASHD_NOTES_H

#include <jansson.h>
#include <stddef.h>

#include "common/err.h"

#define NOTES_MAX 20
#define NOTE_BYTES 200	/* with its NUL; escaped, and cut between characters */

struct notes {
	struct err list[NOTES_MAX];
	unsigned n;
};

/* Copied; what is above NOTES_MAX is left out. */
void notes_add(struct notes *notes, const struct err *said);
/* Into a result: "notes", the sentences, and "note_params", where the parameters of each
 * stand (common/said.h). The last ones are left out as long as the result has max bytes or
 * more as compact text. */
void notes_put(const struct notes *notes, json_t *result, size_t max);

#endif
