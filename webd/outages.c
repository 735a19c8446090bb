/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When a camera was away (see outages.h). webd's one thread. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/err.h"
#include "common/log.h"
#include "common/said.h"
#include "common/text.h"
#include "db/db.h"
#include "db/event.h"
#include "webd/outages.h"

#define CAMERAS_MAX 1024

struct entry {
	struct outage o;
	int64_t away_us, away_s; /* when it went, this time */
	int64_t back_us;
	int64_t told_us; /* its last line; 0 = none yet */
};

struct outages {
	struct entry *entries;
	unsigned n;
	int64_t wrote_us; /* 0 = never */
};

struct outages *
outages_new(void)
{
	return calloc(1, sizeof(struct outages));
}

void
outages_free(struct outages *o)
{
	if (o == NULL)
		return;
	free(o->entries);
	free(o);
}

static struct entry *
find(const struct outages *o, int64_t camera_id)
{
	unsigned i;

	for (i = 0; i < o->n; i++) {
		if (o->entries[i].o.camera_id == camera_id)
			return &o->entries[i];
	}
	return NULL;
}

static struct entry *
add(struct outages *o, int64_t camera_id)
{
	struct entry *more, *en;

	if (o->n == CAMERAS_MAX ||
	    (more = realloc(o->entries, (o->n + 1) * sizeof(*more))) == NULL)
		return NULL;
	o->entries = more;
	en = &o->entries[o->n++];
	memset(en, 0, sizeof(*en));
	en->o.camera_id = camera_id;
	return en;
}

/* Somebody wants its pictures and it gives none. */
static bool
is_away(const char *state)
{
	return strcmp(state, "unreachable") == 0 || strcmp(state, "stale") == 0 ||
	    strcmp(state, "held by another app") == 0 || strcmp(state, "unsupported") == 0;
}

/* On its way back or not: the next state says. */
static bool
says_nothing(const char *state)
{
	return strcmp(state, "connecting") == 0 || state[0] == '\0';
}

static void
goes(struct entry *en, int64_t now_us, int64_t now_s)
{
	en->o.away = true;
	en->away_us = now_us;
	en->away_s = now_s;
}

static void
comes(struct entry *en, int64_t now_us, int64_t now_s)
{
	en->o.away = false;
	en->back_us = now_us;
	if (now_us - en->away_us < OUTAGE_SHORT_US)
		return;
	if (en->o.times++ == 0)
		en->o.since_s = en->away_s;
	en->o.until_s = now_s;
	en->o.lost_s += (now_us - en->away_us) / 1000000;
}

void
outages_see(struct outages *o, int64_t camera_id, const char *state,
    const struct err *reason, int64_t now_us, int64_t now_s)
{
	struct entry *en = find(o, camera_id);
	bool away = is_away(state);

	if (says_nothing(state) || (en == NULL && !away) ||
	    (en == NULL && (en = add(o, camera_id)) == NULL))
		return;
	if (away && !en->o.away)
		goes(en, now_us, now_s);
	else if (!away && en->o.away)
		comes(en, now_us, now_s);
	if (!away)
		return;
	/* Without a picture for a moment is where every outage begins. */
	if (strcmp(state, "stale") != 0 || en->o.state[0] == '\0')
		snprintf(en->o.state, sizeof(en->o.state), "%s", state);
	if (reason->msg[0] != '\0')
		en->o.reason = *reason;
}

void
outages_keep(struct outages *o, const int64_t *ids, unsigned n)
{
	unsigned i = 0, k;

	while (i < o->n) {
		for (k = 0; k < n && ids[k] != o->entries[i].o.camera_id; k++)
			continue;
		if (k < n)
			i++;
		else
			o->entries[i] = o->entries[--o->n];
	}
}

/* ---- telling ---- */

static bool
is_due(const struct entry *en, int64_t now_us)
{
	return en->o.times > 0 && !en->o.away &&
	    now_us - en->back_us >= OUTAGE_SETTLE_US &&
	    (en->told_us == 0 || now_us - en->told_us >= OUTAGE_EVERY_US);
}

/* Times as ISO 8601, so that a page can show them in its own zone. */
static int
tell(struct db *db, const struct entry *en, int64_t now_s, bool open, struct err *e)
{
	const struct outage *o = &en->o;
	const char *colon = o->reason.msg[0] != '\0' ? ": " : "";
	char from[32], to[32];
	int64_t since = o->times > 0 ? o->since_s : en->away_s;
	struct err said;

	text_time(since, from, sizeof(from));
	text_time(open ? now_s : o->until_s, to, sizeof(to));
	if (open)
		err_set(&said, ERR_NONE, "",
		    "%s since %s, still so when webd ended at %s%s%.400s", o->state, from,
		    to, colon, o->reason.msg);
	else if (o->times == 1)
		err_set(&said, ERR_NONE, "", "%s from %s to %s%s%.400s", o->state, from, to,
		    colon, o->reason.msg);
	else
		err_set(&said, ERR_NONE, "",
		    "%s %u times from %s to %s, %lld minutes in all%s%.400s", o->state,
		    o->times, from, to, (long long)(o->lost_s + 59) / 60, colon,
		    o->reason.msg);
	said_nest(&said, open || o->times == 1 ? 4 : 6, &o->reason);
	return event_row_say(db, "outage", o->camera_id, 0, "streamd", &said, e);
}

static void
begin_anew(struct entry *en, int64_t now_us)
{
	en->told_us = now_us;
	en->o.times = 0;
	en->o.since_s = en->o.until_s = en->o.lost_s = 0;
	if (!en->o.away)
		en->o.state[0] = en->o.reason.msg[0] = '\0';
}

static bool
has_something(const struct entry *en, int64_t now_us, bool all)
{
	return is_due(en, now_us) ||
	    (all &&
		(en->o.times > 0 ||
		    (en->o.away && now_us - en->away_us >= OUTAGE_SHORT_US)));
}

static int
tell_all(struct outages *o, struct db *db, int64_t now_us, int64_t now_s, bool all,
    struct err *e)
{
	unsigned i;
	int n = 0;

	for (i = 0; i < o->n; i++) {
		struct entry *en = &o->entries[i];

		if (!has_something(en, now_us, all))
			continue;
		if (tell(db, en, now_s, all && en->o.away, e) < 0)
			return -1;
		n++;
	}
	return n;
}

unsigned
outages_write(struct outages *o, struct db *db, int64_t now_us, int64_t now_s, bool all)
{
	struct err e = { .code = ERR_NONE };
	unsigned i;
	int n = 0;

	if (!all && o->wrote_us != 0 && now_us - o->wrote_us < OUTAGE_WRITE_US)
		return 0;
	for (i = 0; i < o->n && !has_something(&o->entries[i], now_us, all); i++)
		continue;
	if (i == o->n)
		return 0;
	/* What cannot be written now is tried again, a minute later. */
	o->wrote_us = now_us;
	if (db_begin(db, &e) < 0 ||
	    (n = tell_all(o, db, now_us, now_s, all, &e)) < 0 || db_commit(db, &e) < 0) {
		db_rollback(db);
		log_warnx("outages", "history: %s", e.msg);
		return 0;
	}
	for (i = 0; i < o->n; i++) {
		if (has_something(&o->entries[i], now_us, all))
			begin_anew(&o->entries[i], now_us);
	}
	return (unsigned)n;
}

bool
outages_now(const struct outages *o, int64_t camera_id, struct outage *ret)
{
	const struct entry *en = find(o, camera_id);

	if (en == NULL || !en->o.away)
		return false;
	*ret = en->o;
	ret->since_s = en->away_s;
	return true;
}
