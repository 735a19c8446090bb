/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists over the API: pages, tags, what a browser may keep, answers given twice. */
#include "config.h"

#include "tests/webtest.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/file.h"
#include "db/camera.h"
#include "db/db.h"
#include "db/dump.h"
#include "db/job.h"
#include "db/live.h"
#include "db/rescue.h"
#include "db/sidecar.h"
#include "db/socket.h"
#include "db/user.h"
#include "webd/answers.h"

#define V "/api/v1"

static json_t *
ask(struct webtest *w, enum method method, const char *path, const char *body, int wanted)
{
	json_t *doc;
	int status = webtest_json(w, method, path, AS_ADMIN, body, &doc);

	if (status != wanted)
		fail_msg("%s: %d %s", path, status, webtest_code(doc));
	return doc;
}

static const char *
header_of(const struct reply *rep, const char *name)
{
	unsigned i;

	for (i = 0; i < rep->n_headers; i++) {
		if (strcmp(rep->headers[i].name, name) == 0)
			return rep->headers[i].value;
	}
	return "";
}

static void
what_did_not_change_is_not_sent_again(void **state)
{
	static const char *const paths[] = { V "/cameras", V "/jobs", V "/dumps", V "/ports",
		V "/status", V "/bin" };
	struct webtest *w = *state;
	struct request r;
	struct reply rep;
	char etag[100];
	size_t i;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		webtest_request(w, &r, METHOD_GET, paths[i], AS_VIEWER);
		webtest_ask(w, &r, NULL, &rep);
		assert_int_equal(rep.status, 200);
		snprintf(etag, sizeof(etag), "%s", header_of(&rep, "ETag"));
		assert_true(strlen(etag) > 10);
		/* A browser keeps it and asks whether it still holds. */
		assert_true(rep.by_tag);
		assert_false(rep.cacheable);
		reply_fini(&rep);
		webtest_request(w, &r, METHOD_GET, paths[i], AS_VIEWER);
		r.if_none_match = etag;
		webtest_ask(w, &r, NULL, &rep);
		assert_int_equal(rep.status, 304);
		assert_int_equal(rep.n, 0);
		assert_true(rep.by_tag);
		reply_fini(&rep);
	}
	/* Another camera: another answer. */
	webtest_request(w, &r, METHOD_GET, V "/cameras", AS_VIEWER);
	webtest_ask(w, &r, NULL, &rep);
	snprintf(etag, sizeof(etag), "%s", header_of(&rep, "ETag"));
	reply_fini(&rep);
	json_decref(ask(w, METHOD_POST, V "/cameras", "{\"name\":\"new\",\"source\":\"\"}", 201));
	webtest_request(w, &r, METHOD_GET, V "/cameras", AS_VIEWER);
	r.if_none_match = etag;
	webtest_ask(w, &r, NULL, &rep);
	assert_int_equal(rep.status, 200);
	reply_fini(&rep);
	/* What only an admin sees is kept by nobody. */
	webtest_request(w, &r, METHOD_GET, V "/stream-password", AS_ADMIN);
	webtest_ask(w, &r, NULL, &rep);
	assert_string_equal(header_of(&rep, "ETag"), "");
	reply_fini(&rep);
}

static void
nothing_secret_is_kept_by_a_browser(void **state)
{
	/* Passwords for an admin, whole MACs, whose sign-in it is, what a dump holds. */
	static const char *const paths[] = { V "/state", V "/cameras/new/urls",
		V "/cameras/new/connect", V "/cameras?private=1", V "/dumps?private=1",
		V "/jobs?private=1", V "/sessions", V "/users", V "/tokens",
		V "/stream-password", V "/settings", V "/cameras/nobody" };
	struct webtest *w = *state;
	struct request r;
	struct reply rep;
	size_t i;

	json_decref(ask(w, METHOD_POST, V "/cameras", "{\"name\":\"new\",\"source\":\"\"}", 201));
	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		webtest_request(w, &r, METHOD_GET, paths[i], AS_ADMIN);
		webtest_ask(w, &r, NULL, &rep);
		if (rep.by_tag || rep.cacheable)
			fail_msg("%s would be kept", paths[i]);
		reply_fini(&rep);
	}
}

static char *
text_of(struct webtest *w, const char *path, enum as as)
{
	struct request r;
	struct reply rep;
	char *text;

	webtest_request(w, &r, METHOD_GET, path, as);
	webtest_ask(w, &r, NULL, &rep);
	assert_int_equal(rep.status, 200);
	assert_non_null(text = strndup(rep.bytes, rep.n));
	reply_fini(&rep);
	return text;
}

/* Does the answer hold this word? */
static bool
says(struct webtest *w, const char *path, enum as as, const char *word)
{
	char *text = text_of(w, path, as);
	bool found = strstr(text, word) != NULL;

	free(text);
	return found;
}

static void
a_shared_answer_is_never_an_old_one(void **state)
{
	struct live_stream s = { .camera_id = 1, .state = "live", .clients = 3 };
	struct camera c = { .name = "one", .source = "test:", .enabled = true };
	struct webtest *w = *state;
	struct live *other_live;
	struct db *other;
	struct err e;

	assert_non_null(w->web.answers = answers_new());
	assert_non_null(other = db_open(w->t->dir, DB_READ_WRITE, &e));
	assert_non_null(other_live = live_open(w->t->dir, &e));
	assert_false(says(w, V "/cameras", AS_VIEWER, "\"one\""));
	/* Written by this process, by another one, to either database. */
	assert_ok(camera_add(w->web.db, &c, &e), e);
	assert_true(says(w, V "/cameras", AS_VIEWER, "\"one\""));
	snprintf(c.name, sizeof(c.name), "two");
	assert_ok(camera_add(other, &c, &e), e);
	assert_true(says(w, V "/cameras", AS_VIEWER, "\"two\""));
	s.camera_id = c.id;
	assert_ok(live_set_stream(other_live, &s, &e), e);
	assert_true(says(w, V "/cameras", AS_VIEWER, "\"clients\":3"));
	s.clients = 4;
	assert_ok(live_set_stream(w->web.live, &s, &e), e);
	assert_true(says(w, V "/cameras", AS_VIEWER, "\"clients\":4"));
	/* Another question, another answer. */
	assert_false(says(w, V "/cameras?after=one", AS_VIEWER, "\"one\""));
	assert_true(says(w, V "/cameras?limit=1", AS_VIEWER, "\"one\""));
	assert_false(says(w, V "/cameras?limit=1", AS_VIEWER, "\"two\""));
	live_close(other_live);
	db_close(other);
	answers_free(w->web.answers);
	w->web.answers = NULL;
}

static void
what_only_an_admin_sees_is_not_shared(void **state)
{
	struct camera c = { .name = "one", .enabled = true };
	struct webtest *w = *state;
	struct err e;

	assert_ok(camera_add(w->web.db, &c, &e), e);
	assert_ok(camera_set_hardware(w->web.db, c.id, "xr872", "", "",
		      "02:11:22:33:44:55", &e), e);
	assert_non_null(w->web.answers = answers_new());
	assert_true(says(w, V "/cameras?private=1", AS_ADMIN, "02:11:22:33:44:55"));
	assert_false(says(w, V "/cameras", AS_ADMIN, "02:11:22:33:44:55"));
	assert_false(says(w, V "/cameras", AS_VIEWER, "02:11:22:33:44:55"));
	json_decref(ask(w, METHOD_GET, V "/cameras", NULL, 200));
	assert_int_equal(webtest_json(w, METHOD_GET, V "/cameras?private=1", AS_VIEWER, NULL, NULL), 403);
	assert_int_equal(webtest_json(w, METHOD_GET, V "/cameras", AS_NOBODY, NULL, NULL), 401);
	answers_free(w->web.answers);
	w->web.answers = NULL;
}

static size_t
page_of(struct webtest *w, const char *path, const char *list, bool more)
{
	json_t *doc = ask(w, METHOD_GET, path, NULL, 200);
	size_t n = json_array_size(json_object_get(doc, list));

	assert_int_equal(json_is_true(json_object_get(doc, "more")), more);
	json_decref(doc);
	return n;
}

static void
lists_come_in_pages(void **state)
{
	struct webtest *w = *state;
	struct camera c = { .enabled = true };
	struct job j = { .kind = JOB_SCRUB };
	struct err e;
	int i;

	for (i = 0; i < 5; i++) {
		snprintf(c.name, sizeof(c.name), "cam%d", i);
		assert_ok(camera_add(w->web.db, &c, &e), e);
		assert_ok(job_submit(w->web.db, &j, &e), e);
	}
	assert_int_equal(page_of(w, V "/cameras?limit=3", "cameras", true), 3);
	assert_int_equal(page_of(w, V "/cameras?limit=3&after=cam2", "cameras", false), 2);
	assert_int_equal(page_of(w, V "/cameras", "cameras", false), 5);
	assert_int_equal(page_of(w, V "/jobs?limit=2", "jobs", true), 2);
	assert_int_equal(page_of(w, V "/jobs?limit=2&before=3", "jobs", false), 2);
	assert_int_equal(page_of(w, V "/jobs?limit=2&before=4", "jobs", true), 2);
	json_decref(ask(w, METHOD_GET, V "/cameras?after=No%20Name", NULL, 400));
}

/* n rows: all of them, all but the last, and the last one alone. */
static void
pages_of(struct webtest *w, const char *list, size_t n)
{
	char path[80];

	snprintf(path, sizeof(path), V "/%s", list);
	assert_int_equal(page_of(w, path, list, false), n);
	snprintf(path, sizeof(path), V "/%s?limit=%zu", list, n - 1);
	assert_int_equal(page_of(w, path, list, true), n - 1);
	snprintf(path, sizeof(path), V "/%s?limit=%zu", list, n);
	assert_int_equal(page_of(w, path, list, false), n);
	snprintf(path, sizeof(path), V "/%s?limit=1&skip=%zu", list, n - 1);
	assert_int_equal(page_of(w, path, list, false), 1);
	snprintf(path, sizeof(path), V "/%s?skip=%zu", list, n);
	assert_int_equal(page_of(w, path, list, false), 0);
	snprintf(path, sizeof(path), V "/%s?limit=0", list);
	json_decref(ask(w, METHOD_GET, path, NULL, 400));
	snprintf(path, sizeof(path), V "/%s?limit=501", list);
	json_decref(ask(w, METHOD_GET, path, NULL, 400));
}

static void
make_bin(struct webtest *w)
{
	struct dump d = { .size = 4096, .kind = "import", .sidecar = "a-1.json",
		.created_s = 1700000000 };
	char path[400], *text;
	struct err e;
	int i;

	snprintf(path, sizeof(path), "%s/dumps", w->t->dir);
	(void)mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/dumps/bin", w->t->dir);
	assert_int_equal(mkdir(path, 0700), 0);
	for (i = 3; i > 0; i--) {
		snprintf(d.sha256, sizeof(d.sha256), "%064x", i);
		assert_non_null(text = sidecar_format(&d));
		snprintf(path, sizeof(path), "%s/dumps/bin/%s-1.json.1700000000-1",
		    w->t->dir, d.sha256);
		assert_ok(file_put(AT_FDCWD, path, text, strlen(text), 0600, &e), e);
		free(text);
	}
}

static void
every_list_comes_in_pages(void **state)
{
	struct live_port p = { .path = "usb-1", .node = "/dev/ttyUSB0", .state = "free" };
	struct webtest *w = *state;
	struct rescue rescue;
	char path[300];
	json_t *doc;
	struct err e;
	int i;

	for (i = 0; i < 3; i++) {
		snprintf(p.path, sizeof(p.path), "usb-%d", i);
		assert_ok(live_set_port(w->web.live, &p, &e), e);
	}
	/* One of them has a row, so that both sources of the list are walked. */
	assert_ok(socket_set_enabled(w->t->db, "usb-1", true, &e), e);
	for (i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "porch-%d", i);
		assert_ok(rescue_add(w->t->db, path, "anna", &rescue, &e), e);
	}
	assert_ok(user_add(w->t->db, "third", WEBTEST_PASSWORD, ROLE_VIEWER, &e), e);
	webtest_sign_in(w, "third", AS_VIEWER);
	make_bin(w);
	pages_of(w, "ports", 3);
	pages_of(w, "rescues", 3);
	pages_of(w, "users", 3);
	pages_of(w, "tokens", 2);
	pages_of(w, "sessions", 3);
	pages_of(w, "bin", 3);
	doc = ask(w, METHOD_GET, V "/bin?limit=1&skip=1", NULL, 200);
	assert_string_equal(
	    json_string_value(json_object_get(
		json_array_get(json_object_get(doc, "bin"), 0), "sha256")) + 62, "02");
	json_decref(doc);
	for (i = 1; i <= 3; i++) {
		snprintf(path, sizeof(path), "%s/dumps/bin/%064x-1.json.1700000000-1",
		    w->t->dir, i);
		(void)unlink(path);
	}
	snprintf(path, sizeof(path), "%s/dumps/bin", w->t->dir);
	(void)rmdir(path);
}

#define EACH(fn) cmocka_unit_test_setup_teardown(fn, webtest_setup, webtest_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(what_did_not_change_is_not_sent_again),
		EACH(nothing_secret_is_kept_by_a_browser),
		EACH(a_shared_answer_is_never_an_old_one),
		EACH(what_only_an_admin_sees_is_not_shared),
		EACH(lists_come_in_pages),
		EACH(every_list_comes_in_pages),
	};

	return cmocka_run_group_tests_name("lists over the API", tests, NULL, NULL);
}
