/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Archive, doctor, diagnostics, storage and settings over the API, without a socket. */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "appliance/load.h"
#include "db/camera.h"
#include "db/event.h"
#include "db/job.h"
#include "tests/webtest.h"
#include "webd/upload.h"

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

static void
settings_show_every_key_and_take_a_name(void **state)
{
	struct webtest *w = *state;
	const struct conf_key *keys = NULL;
	json_t *doc = ask(w, METHOD_GET, V "/settings", NULL, 200);
	size_t n;

	keys = conf_keys(&n);
	assert_non_null(keys);
	assert_int_equal(json_array_size(json_object_get(doc, "keys")), n);
	json_decref(doc);
	doc = ask(w, METHOD_PATCH, V "/settings", "{\"name\":\"Hof & Stall\"}", 200);
	assert_string_equal(
	    json_string_value(json_object_get(doc, "name")), "Hof & Stall");
	json_decref(doc);
	json_decref(ask(w, METHOD_PATCH, V "/settings", "{\"nam\":\"x\"}", 400));
	assert_int_equal(
	    webtest_json(w, METHOD_PATCH, V "/settings", AS_VIEWER, "{\"name\":\"x\"}", NULL),
	    403);
}

static void
storage_tells_what_takes_room(void **state)
{
	struct webtest *w = *state;
	json_t *doc = ask(w, METHOD_GET, V "/storage", NULL, 200), *one;
	bool found = false;
	size_t i;

	json_array_foreach (json_object_get(doc, "parts"), i, one)
		found |= strcmp(json_string_value(json_object_get(one, "name")),
			     "inventory.db") == 0;
	assert_true(found);
	assert_true(json_integer_value(
			json_object_get(json_object_get(doc, "disk"), "total")) > 0);
	json_decref(doc);
}

static void
the_doctor_answers_and_diagnostics_are_text(void **state)
{
	struct webtest *w = *state;
	struct request r;
	struct reply rep;
	json_t *doc = ask(w, METHOD_GET, V "/doctor", NULL, 200);

	assert_true(json_array_size(json_object_get(doc, "findings")) > 5);
	json_decref(doc);
	webtest_request(w, &r, METHOD_GET, V "/doctor/report", AS_ADMIN);
	webtest_ask(w, &r, NULL, &rep);
	assert_int_equal(rep.status, 200);
	assert_non_null(memmem(rep.bytes, rep.n, "== doctor", 9));
	assert_string_equal(rep.type, "text/plain; charset=utf-8");
	reply_fini(&rep);
	assert_int_equal(
	    webtest_json(w, METHOD_GET, V "/doctor/report", AS_VIEWER, NULL, NULL), 403);
}

/* Fetch it as a browser would; caller frees. */
static char *
fetch(struct webtest *w, const char *body, size_t *ret_n)
{
	json_t *doc = ask(w, METHOD_POST, V "/archive/save", body, 201);
	char path[200], *bytes = malloc(4 << 20);
	struct request r;
	struct reply rep;
	ssize_t n;

	assert_non_null(bytes);
	snprintf(path, sizeof(path), V "/archive/save/%s",
	    json_string_value(json_object_get(doc, "ticket")));
	webtest_request(w, &r, METHOD_GET, path, AS_ADMIN);
	webtest_ask(w, &r, NULL, &rep);
	assert_int_equal(rep.kind, REPLY_STREAM);
	*ret_n = 0;
	while ((n = rep.ops->read(rep.arg, bytes + *ret_n, 32768)) > 0)
		*ret_n += (size_t)n;
	assert_int_equal(n, -1);
	assert_int_equal(*ret_n, json_integer_value(json_object_get(doc, "bytes")));
	reply_fini(&rep);
	json_decref(doc);
	/* Once only. */
	doc = ask(w, METHOD_GET, path, NULL, 404);
	assert_string_equal(webtest_code(doc), "ticket-gone");
	json_decref(doc);
	return bytes;
}

static int
send_piece(struct webtest *w, const char *id, size_t at, const char *p, size_t n,
    json_t **ret)
{
	char path[200];
	struct request r;
	struct reply rep;
	int status;

	snprintf(path, sizeof(path), V "/archive/load/%s?at=%zu", id, at);
	webtest_request(w, &r, METHOD_POST, path, AS_ADMIN);
	r.content_type = "application/octet-stream";
	r.has_body = r.has_length = true;
	r.content_length = n;
	reply_init(&rep);
	assert_int_equal(upload_start(&w->web, &r, UPLOAD_MAX, &rep), 0);
	upload_write(r.upload, p, n);
	webtest_ask(w, &r, NULL, &rep);
	upload_drop(r.upload);
	status = rep.status;
	*ret = json_loadb(rep.bytes, rep.n, 0, NULL);
	reply_fini(&rep);
	return status;
}

static void
start(struct webtest *w, const char *body, char *ret_id)
{
	json_t *doc = ask(w, METHOD_POST, V "/archive/load", body, 201);

	snprintf(ret_id, 33, "%s", json_string_value(json_object_get(doc, "id")));
	json_decref(doc);
}

#define MINE "\"my_password\":\"" WEBTEST_PASSWORD "\""

static void
an_archive_goes_out_and_comes_in_by_pieces(void **state)
{
	struct webtest *w = *state;
	char *bytes, id[33], body[300];
	json_t *doc, *plan;
	size_t n, at, piece;
	int64_t under_way;

	mkdir(dbtest_path(w->t, "incoming"), 0770);
	json_decref(ask(w, METHOD_POST, V "/archive/save",
	    "{\"my_password\":\"wrong password\"}", 403));
	bytes = fetch(w, "{" MINE ",\"passphrase\":\"sealed with this\"}", &n);
	start(w, "{\"passphrase\":\"sealed with this\"}", id);
	for (at = 0; at < n; at += piece) {
		piece = n - at < 50000 ? n - at : 50000;
		assert_int_equal(send_piece(w, id, at, bytes + at, piece, &doc), 200);
		assert_int_equal(
		    json_integer_value(json_object_get(doc, "got")), at + piece);
		json_decref(doc);
	}
	/* A piece twice, or one left out. */
	assert_int_equal(send_piece(w, id, 0, bytes, 10, &doc), 409);
	assert_string_equal(webtest_code(doc), "piece-order");
	json_decref(doc);
	snprintf(body, sizeof(body), "{\"id\":\"%s\",\"confirm\":\"load\"," MINE "}", id);
	doc = ask(w, METHOD_POST, V "/archive/commit", body, 409);
	assert_string_equal(webtest_code(doc), "archive-unread");
	json_decref(doc);
	snprintf(body, sizeof(body), "{\"id\":\"%s\"}", id);
	plan = ask(w, METHOD_POST, V "/archive/plan", body, 200);
	assert_string_equal(json_string_value(json_object_get(plan, "id")), id);
	json_decref(plan);
	snprintf(body, sizeof(body), "{\"id\":\"%s\",\"confirm\":\"yes\"," MINE "}", id);
	json_decref(ask(w, METHOD_POST, V "/archive/commit", body, 400));
	assert_int_equal(dbtest_count_files(w->t, LOAD_READY "-"), 1);
	snprintf(body, sizeof(body), "{\"id\":\"%s\",\"confirm\":\"load\"," MINE "}", id);
	json_decref(ask(w, METHOD_POST, V "/archive/commit", body, 202));
	doc = ask(w, METHOD_GET, V "/archive", NULL, 200);
	under_way = json_is_true(json_object_get(doc, "under_way"));
	assert_int_equal(under_way, 1);
	json_decref(doc);
	free(bytes);
}

static void
a_bad_archive_leaves_nothing(void **state)
{
	struct webtest *w = *state;
	char id[33], body[100], path[100], zip[1024] = "PK\3\4 somebody else's", *bytes;
	json_t *doc;
	size_t n;

	mkdir(dbtest_path(w->t, "incoming"), 0770);
	start(w, "{}", id);
	assert_int_equal(send_piece(w, id, 0, zip, sizeof(zip), &doc), 409);
	assert_string_equal(webtest_code(doc), "archive-foreign");
	json_decref(doc);
	assert_int_equal(dbtest_count_files(w->t, LOAD_READY), 0);
	/* Cut off. */
	bytes = fetch(w, "{" MINE "}", &n);
	start(w, "{}", id);
	assert_int_equal(send_piece(w, id, 0, bytes, n / 2, &doc), 200);
	json_decref(doc);
	snprintf(body, sizeof(body), "{\"id\":\"%s\"}", id);
	doc = ask(w, METHOD_POST, V "/archive/plan", body, 409);
	assert_string_equal(webtest_code(doc), "archive-damaged");
	json_decref(doc);
	assert_int_equal(dbtest_count_files(w->t, LOAD_READY), 0);
	/* Forgotten by its person. */
	start(w, "{}", id);
	snprintf(path, sizeof(path), V "/archive/load/%s", id);
	assert_int_equal(
	    webtest_json(w, METHOD_DELETE, path, AS_ADMIN, "{}", NULL), 204);
	assert_int_equal(dbtest_count_files(w->t, LOAD_READY), 0);
	json_decref(ask(w, METHOD_DELETE, path, "{}", 404));
	free(bytes);
}

static int
teardown(void **state)
{
	struct webtest *w = *state;
	int dir = open(w->t->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct err ignored;

	(void)load_remove_tree(dir, LOAD_READY, &ignored);
	close(dir);
	return webtest_teardown(state);
}

#define EACH(fn) cmocka_unit_test_setup_teardown(fn, webtest_setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(settings_show_every_key_and_take_a_name),
		EACH(storage_tells_what_takes_room),
		EACH(the_doctor_answers_and_diagnostics_are_text),
		EACH(an_archive_goes_out_and_comes_in_by_pieces),
		EACH(a_bad_archive_leaves_nothing),
	};

	return cmocka_run_group_tests_name("appliance over the API", tests, NULL, NULL);
}
