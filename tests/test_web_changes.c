/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What open pages are told when somebody else writes to the databases. */
#include "config.h"

#include "tests/webtest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/loop.h"
#include "db/camera.h"
#include "db/dump.h"
#include "db/job.h"
#include "db/live.h"
#include "webd/changes.h"

struct world {
	struct webtest *w;
	struct db *other; /* another program's connections */
	struct live *other_live;
	struct changes *changes;
	char told[16384]; /* all texts since the last look */
	unsigned n;
};

static void
tell(void *arg, const char *text, size_t n)
{
	struct world *x = arg;

	x->n++;
	assert_true(strlen(x->told) + n < sizeof(x->told));
	strncat(x->told, text, n);
	/* An event ends with an empty line and holds none. */
	assert_true(n > 2 && strncmp(text + n - 2, "\n\n", 2) == 0);
	assert_true(strstr(x->told, "\n\n\n") == NULL);
}

static void
look(struct world *x)
{
	x->told[0] = '\0';
	x->n = 0;
	changes_look(x->changes, tell, x);
}

static void
told(struct world *x, const char *wanted)
{
	look(x);
	if (strcmp(x->told, wanted) != 0)
		fail_msg("'%s' instead of '%s'", x->told, wanted);
}

#define CHANGE(what) "event: change\ndata: {\"what\":[" what "]}\n\n"

static int
setup(void **state)
{
	struct err e = { .code = ERR_NONE };
	struct world *x = calloc(1, sizeof(*x));
	void *inner;

	if (x == NULL || webtest_setup(&inner) < 0)
		return -1;
	x->w = inner;
	if ((x->other = db_open(x->w->t->dir, DB_READ_WRITE, &e)) == NULL ||
	    (x->other_live = live_open(x->w->t->dir, &e)) == NULL ||
	    (x->changes = changes_new(&x->w->web, &e)) == NULL) {
		print_error("%s\n", e.msg);
		return -1;
	}
	changes_start(x->changes);
	*state = x;
	return 0;
}

static int
teardown(void **state)
{
	struct world *x = *state;
	void *inner = x->w;

	changes_free(x->changes);
	live_close(x->other_live);
	db_close(x->other);
	(void)webtest_teardown(&inner);
	free(x);
	return 0;
}

static void
nothing_new_is_nothing_told(void **state)
{
	struct err e = { .code = ERR_NONE };
	struct world *x = *state;

	told(x, "");
	/* A heartbeat is a commit, but no news for a page. */
	assert_ok(live_beat(x->other_live, "flashd", "1", "", &e), e);
	told(x, "");
}

static void
a_new_camera_is_told_once(void **state)
{
	struct camera c = { .name = "garden", .source = "test:", .enabled = true };
	struct err e = { .code = ERR_NONE };
	struct world *x = *state;

	assert_ok(camera_add(x->other, &c, &e), e);
	told(x, CHANGE("\"cameras\""));
	told(x, "");
}

static void
a_streams_figures_are_told_as_cameras(void **state)
{
	struct live_stream s = { .camera_id = 1, .state = "live", .frames = 3 };
	struct err e = { .code = ERR_NONE };
	struct world *x = *state;

	assert_ok(live_set_stream(x->other_live, &s, &e), e);
	told(x, CHANGE("\"cameras\""));
	s.frames = 4;
	assert_ok(live_set_stream(x->other_live, &s, &e), e);
	told(x, CHANGE("\"cameras\""));
}

static void
a_port_that_appears_is_told(void **state)
{
	struct live_port p = {
		.path = "usb-1", .node = "/dev/ttyUSB0", .state = "free"
	};
	struct err e = { .code = ERR_NONE };
	struct world *x = *state;

	assert_ok(live_set_port(x->other_live, &p, &e), e);
	told(x, CHANGE("\"ports\""));
	/* Only its time is new. */
	assert_ok(live_set_port(x->other_live, &p, &e), e);
	told(x, "");
	assert_ok(live_drop_port(x->other_live, "usb-1", &e), e);
	told(x, CHANGE("\"ports\""));
}

static void
a_running_job_tells_its_progress(void **state)
{
	struct live_progress p = {
		.step = "read1", .done = 4096, .total = 8192, .eta_s = 3
	};
	struct job j = { .kind = JOB_REBUILD, .asked_by = "anna" }, claimed;
	struct err e = { .code = ERR_NONE };
	struct world *x = *state;
	const char *data;
	json_t *doc;

	assert_ok(job_submit(x->other, &j, &e), e);
	told(x, CHANGE("\"jobs\""));
	/* Queued: no progress yet. */
	assert_int_equal(job_claim(x->other, NULL, 0, &claimed, &e), 1);
	told(x, CHANGE("\"jobs\""));
	p.job_id = j.id;
	assert_ok(live_set_progress(x->other_live, &p, &e), e);
	look(x);
	assert_int_equal(x->n, 1);
	assert_memory_equal(x->told, "event: job\ndata: ", 17);
	data = x->told + 17;
	assert_ptr_equal(strchr(data, '\n'), x->told + strlen(x->told) - 2);
	doc = json_loads(data, JSON_DISABLE_EOF_CHECK, NULL);
	assert_int_equal(json_integer_value(json_object_get(doc, "id")), j.id);
	assert_int_equal(json_integer_value(
			     json_object_get(json_object_get(doc, "progress"), "done")),
	    4096);
	json_decref(doc);
	/* The same progress is not told twice. */
	told(x, "");
	claimed.code = 0;
	assert_ok(job_finish(x->other, &claimed, JOB_DONE, &e), e);
	told(x, CHANGE("\"jobs\""));
}

static void
a_dump_is_told_with_its_job(void **state)
{
	struct dump d = {
		.sha256 =
		    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
		.size = 4096,
		.kind = "import",
		.sidecar = "a.json",
		.created_s = 1
	};
	struct job j = { .kind = JOB_REBUILD };
	struct err e = { .code = ERR_NONE };
	struct world *x = *state;

	assert_ok(dump_add(x->other, &d, &e), e);
	assert_ok(job_submit(x->other, &j, &e), e);
	told(x, CHANGE("\"jobs\",\"dumps\""));
	assert_ok(dump_set_note(x->other, d.id, "mine", &e), e);
	told(x, CHANGE("\"dumps\""));
	/* What a look through the store finds is news, too. */
	assert_true(dump_set_damaged(x->other, d.sha256, true, &e) > 0);
	told(x, CHANGE("\"dumps\""));
	assert_ok(dump_set_missing(x->other, d.id, true, &e), e);
	told(x, CHANGE("\"dumps\""));
}

static void
what_webd_writes_itself_is_told_when_asked(void **state)
{
	struct camera c = { .name = "porch", .source = "test:", .enabled = true };
	struct err e = { .code = ERR_NONE };
	struct world *x = *state;

	assert_ok(camera_add(x->w->web.db, &c, &e), e);
	/* A connection's own commit does not change its data_version. */
	changes_forget(x->changes);
	told(x, CHANGE("\"cameras\""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_new_is_nothing_told),
		cmocka_unit_test(a_new_camera_is_told_once),
		cmocka_unit_test(a_streams_figures_are_told_as_cameras),
		cmocka_unit_test(a_port_that_appears_is_told),
		cmocka_unit_test(a_running_job_tells_its_progress),
		cmocka_unit_test(a_dump_is_told_with_its_job),
		cmocka_unit_test(what_webd_writes_itself_is_told_when_asked),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
