/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When a camera was away: few lines of history, however often it flaps, and none while it
 * is away (webd/outages.h). The clock is the test's. */
#include "config.h"

#include "tests/webtest.h"

#include <stdio.h>
#include <string.h>

#include "db/camera.h"
#include "db/db.h"
#include "db/event.h"
#include "webd/outages.h"

#define WALL 1700000000LL /* 2023-11-14T22:13:20Z */
#define S 1000000LL

struct bed {
	struct webtest *w;
	struct outages *o;
	int64_t camera, now_us;
	unsigned lines;
	char newest[601];
};

static int64_t
add_camera(struct webtest *w, const char *name)
{
	struct err e = { .code = ERR_NONE };
	struct camera c;
	char body[80];

	snprintf(body, sizeof(body), "{\"name\":\"%s\"}", name);
	assert_int_equal(
	    webtest_json(w, METHOD_POST, "/api/v1/cameras", AS_ADMIN, body, NULL), 201);
	assert_ok(camera_by_name(w->t->db, name, &c, &e), e);
	return c.id;
}

static void
bed_init(struct bed *b, struct webtest *w)
{
	memset(b, 0, sizeof(*b));
	b->w = w;
	b->o = outages_new();
	assert_non_null(b->o);
	b->camera = add_camera(w, "garden");
	b->now_us = 3600 * S;
}

static void
after(struct bed *b, int64_t s, const char *state, const char *reason)
{
	b->now_us += s * S;
	struct err why = { .code = ERR_NONE };

	if (reason[0] != '\0')
		err_set(&why, ERR_FAILED, "", "%s", reason);
	outages_see(b->o, b->camera, state, &why, b->now_us, WALL + b->now_us / S);
}

static unsigned
written(struct bed *b, bool all)
{
	return outages_write(b->o, b->w->t->db, b->now_us, WALL + b->now_us / S, all);
}

static bool
count_line(const struct event_row *ev, void *arg)
{
	struct bed *b = arg;

	if (strcmp(ev->kind, "outage") != 0)
		return true;
	if (b->lines++ == 0)
		snprintf(b->newest, sizeof(b->newest), "%s", ev->text);
	return true;
}

static unsigned
lines(struct bed *b)
{
	struct err e = { .code = ERR_NONE };

	b->lines = 0;
	assert_ok(event_row_each(b->w->t->db, b->camera, 0, 1000, count_line, b, &e), e);
	return b->lines;
}

static void
an_outage_is_one_line_when_it_is_over(void **state)
{
	struct bed b;

	bed_init(&b, *state);
	after(&b, 0, "live", "");
	after(&b, 10, "stale", "no picture for 10 s");
	after(&b, 20, "unreachable", "it does not answer");
	after(&b, 600, "connecting", "");
	assert_int_equal(written(&b, false), 0);
	after(&b, 1129, "live", "");
	assert_int_equal(written(&b, false), 0);
	after(&b, 119, "live", "");
	assert_int_equal(written(&b, false), 0);
	after(&b, 1, "live", "");
	assert_int_equal(written(&b, false), 1);
	assert_int_equal(written(&b, false), 0);
	assert_int_equal(lines(&b), 1);
	assert_string_equal(b.newest,
	    "unreachable from 2023-11-14T23:13:30Z to 2023-11-14T23:42:39Z: it does not "
	    "answer");
	outages_free(b.o);
}

static void
a_moment_is_no_outage(void **state)
{
	struct bed b;
	int i;

	bed_init(&b, *state);
	for (i = 0; i < 1000; i++) {
		after(&b, 300, "stale", "no picture for 10 s");
		after(&b, 19, "live", "");
		assert_int_equal(written(&b, false), 0);
	}
	after(&b, 3600, "live", "");
	assert_int_equal(written(&b, false), 0);
	assert_int_equal(lines(&b), 0);
	outages_free(b.o);
}

/* A day of a camera that goes and comes every minute, and of one every ten minutes: what
 * is written is bounded, and says all of it. */
static void
flaps_are_summed_up(void **state)
{
	struct bed b;
	int64_t end;
	unsigned times = 0, n;

	bed_init(&b, *state);
	for (end = b.now_us + 86400 * S; b.now_us < end; times++) {
		after(&b, 30, "unreachable", "it does not answer");
		after(&b, 30, "live", "");
		(void)written(&b, false);
	}
	assert_true(times > 1000);
	assert_int_equal(lines(&b), 0);
	after(&b, 120, "live", "");
	assert_int_equal(written(&b, false), 1);
	assert_int_equal(lines(&b), 1);
	assert_non_null(strstr(b.newest, "unreachable 1440 times from "));
	assert_non_null(strstr(b.newest, ", 720 minutes in all: it does not answer"));
	for (end = b.now_us + 86400 * S; b.now_us < end;) {
		after(&b, 540, "unreachable", "it does not answer");
		after(&b, 60, "live", "");
		after(&b, 130, "live", "");
		(void)written(&b, false);
	}
	n = lines(&b) - 1;
	assert_true(n > 20 && n <= 48);
	outages_free(b.o);
}

static const struct err none = { .code = ERR_NONE };
static const struct err gone = { .code = ERR_FAILED, .msg = "gone" };

/* The access point goes, and all cameras with it: one write a minute at most. */
static void
many_at_once_are_one_transaction(void **state)
{
	int64_t version, ids[20], now_us = 100 * S, before;
	struct err e = { .code = ERR_NONE };
	struct webtest *w = *state;
	struct outages *o = outages_new();
	unsigned i, sum = 0, turns = 0;
	char name[20];

	assert_non_null(o);
	for (i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "cam-%u", i);
		ids[i] = add_camera(w, name);
		outages_see(o, ids[i], "unreachable", &gone, now_us, WALL);
	}
	now_us += 600 * S;
	for (i = 0; i < 20; i++)
		outages_see(o, ids[i], "live", &none, now_us + i * S, WALL + 600 + i);
	for (now_us += 120 * S; sum < 20; now_us += S) {
		unsigned n = outages_write(o, w->t->db, now_us, WALL + 720, false);

		turns += n > 0;
		sum += n;
	}
	assert_int_equal(turns, 2);
	/* Nothing to say: nothing is begun, either. */
	assert_ok(db_data_version(w->t->db, &before, &e), e);
	assert_int_equal(outages_write(o, w->t->db, now_us + 3600 * S, WALL, false), 0);
	assert_ok(db_data_version(w->t->db, &version, &e), e);
	assert_int_equal(version, before);
	outages_free(o);
}

static void
what_is_under_way_is_told_at_the_end(void **state)
{
	struct bed b;
	struct outage now;

	bed_init(&b, *state);
	assert_false(outages_now(b.o, b.camera, &now));
	after(&b, 0, "held by another app", "192.0.2.7 has its session");
	assert_true(outages_now(b.o, b.camera, &now));
	assert_int_equal(now.since_s, WALL + 3600);
	after(&b, 40, "held by another app", "192.0.2.7 has its session");
	assert_int_equal(written(&b, false), 0);
	assert_int_equal(written(&b, true), 1);
	assert_int_equal(lines(&b), 1);
	assert_non_null(strstr(b.newest, "held by another app since 2023-11-14T23:13:20Z, "
					 "still so when webd ended at 2023-11-14T23:14:00Z"));
	outages_free(b.o);
}

static void
a_removed_camera_is_forgotten(void **state)
{
	struct bed b;
	int64_t other;

	bed_init(&b, *state);
	other = b.camera + 1;
	after(&b, 0, "unreachable", "gone");
	after(&b, 60, "live", "");
	outages_keep(b.o, &other, 1);
	after(&b, 600, "live", "");
	assert_int_equal(written(&b, true), 0);
	outages_free(b.o);
}

#define test(name) cmocka_unit_test_setup_teardown(name, webtest_setup, webtest_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(an_outage_is_one_line_when_it_is_over),
		test(a_moment_is_no_outage),
		test(flaps_are_summed_up),
		test(many_at_once_are_one_transaction),
		test(what_is_under_way_is_told_at_the_end),
		test(a_removed_camera_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
