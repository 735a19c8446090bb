/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All streams, by camera (see streams.h). webd's one thread. */
#include "config.h"

#include <stdlib.h>

#include "db/live.h"
#include "webd/streams.h"

#define STREAMS_MAX 1024

struct streams {
	unsigned n, room;
	struct live_stream *rows; /* by camera id */
};

static bool
add(const struct live_stream *row, void *arg)
{
	struct streams *s = arg;
	struct live_stream *grown;
	unsigned room = s->room > 0 ? 2 * s->room : 16;

	if (s->n == s->room) {
		if (room > STREAMS_MAX ||
		    (grown = realloc(s->rows, room * sizeof(*grown))) == NULL)
			return false;
		s->rows = grown;
		s->room = room;
	}
	s->rows[s->n++] = *row;
	return true;
}

struct streams *
streams_read(struct live *live)
{
	struct streams *s = calloc(1, sizeof(*s));

	if (s != NULL && live_each_stream(live, add, s, NULL) < 0)
		s->n = 0;
	return s;
}

void
streams_free(struct streams *s)
{
	if (s == NULL)
		return;
	free(s->rows);
	free(s);
}

const struct live_stream *
streams_at(const struct streams *s, unsigned i)
{
	return s != NULL && i < s->n ? &s->rows[i] : NULL;
}

static int
compare(const void *key, const void *row)
{
	int64_t id = *(const int64_t *)key,
		its = ((const struct live_stream *)row)->camera_id;

	return (id > its) - (id < its);
}

const struct live_stream *
streams_of(const struct streams *s, int64_t camera_id)
{
	static const struct live_stream none;
	const struct live_stream *found = NULL;

	if (s != NULL && s->n > 0)
		found = bsearch(&camera_id, s->rows, s->n, sizeof(*s->rows), compare);
	return found != NULL ? found : &none;
}
