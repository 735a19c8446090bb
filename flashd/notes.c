/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Notes of a job's result (see notes.h). Pure; flashd's parent. */
#include "config.h"

#include "common/said.h"
#include "flashd/notes.h"

void
notes_add(struct notes *notes, const struct err *said)
{
	if (notes->n < NOTES_MAX)
		said_escape(said, NOTE_BYTES, &notes->list[notes->n++]);
}

static void
put(const struct notes *notes, unsigned n, json_t *result)
{
	json_t *texts = json_array(), *params = json_array();
	char packed[SAID_MAX];
	unsigned i;

	for (i = 0; i < n; i++) {
		(void)json_array_append_new(texts, json_string(notes->list[i].msg));
		(void)json_array_append_new(
		    params, json_string(said_pack(&notes->list[i], packed)));
	}
	(void)json_object_set_new(result, "notes", texts);
	(void)json_object_set_new(result, "note_params", params);
}

void
notes_put(const struct notes *notes, json_t *result, size_t max)
{
	unsigned n = notes->n;

	put(notes, n, result);
	while (n > 0 && json_dumpb(result, NULL, 0, JSON_COMPACT) >= max)
		put(notes, --n, result);
}
