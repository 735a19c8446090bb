/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sentences of jobs, history and cameras over the API: each with its template and its
 * parameters, which put together are the sentence. Every answer is held against
 * docs/openapi.json (webtest.c). */
#include "config.h"

#include "tests/webtest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/err.h"
#include "common/said.h"
#include "common/sentence.h"
#include "db/camera.h"
#include "db/event.h"
#include "db/job.h"
#include "db/live.h"

static json_t *
get(struct webtest *w, const char *path)
{
	json_t *doc;

	assert_int_equal(
	    webtest_json(w, METHOD_GET, path, AS_VIEWER, NULL, &doc), 200);
	return doc;
}

static void
assert_template(const json_t *doc, const char *template)
{
	assert_string_equal(
	    json_string_value(json_object_get(doc, "template")), template);
}

/* A sentence of the daemons: the page has it in other languages. */
static void
assert_known(const json_t *doc, const char *template)
{
	const char *top = getenv("top_srcdir");
	char path[1024];
	json_t *all;

	snprintf(path, sizeof(path), "%s/webd/ui/lang/pl.messages.json",
	    top != NULL ? top : ".");
	all = json_load_file(path, 0, NULL);
	assert_template(doc, template);
	assert_non_null(json_object_get(all, template));
	json_decref(all);
}

static const char *
text(const json_t *doc, const char *key)
{
	return json_string_value(json_object_get(doc, key));
}

/* A job that has ended so. */
static void
end_job(struct webtest *w, const struct err *said)
{
	struct job j = { .kind = JOB_SCRUB };
	struct err e;

	assert_ok(job_submit(w->t->db, &j, &e), e);
	assert_ok(job_set_state(w->t->db, j.id, JOB_RUNNING, &e), e);
	job_says(&j, said);
	assert_ok(job_finish(w->t->db, &j, JOB_FAILED, &e), e);
}

static void
a_job_says_what_it_is_about(void **state)
{
	struct webtest *w = *state;
	struct err why, said;
	json_t *doc;

	err_set(&why, ERR_LOST, "gone", "port %s went away", "l{0}ft");
	err_set(&said, ERR_LOST, "gone", "%s. Its backup is dump %d", why.msg, 7);
	said_nest(&said, 0, &why);
	(void)err_add(&said, "job %d", 1);
	end_job(w, &said);
	doc = get(w, "/api/v1/jobs/1");
	assert_string_equal(
	    text(doc, "message"), "job 1: port l{0}ft went away. Its backup is dump 7");
	assert_template(doc, "job {0}: {1}. Its backup is dump {2}");
	assert_template(
	    json_array_get(json_object_get(doc, "inner"), 0), "port {0} went away");
	webschema_said(doc, text(doc, "message"));
	json_decref(doc);
	/* The list has the same. */
	doc = get(w, "/api/v1/jobs");
	webschema_said(json_array_get(json_object_get(doc, "jobs"), 0), said.msg);
	json_decref(doc);
}

/* The second is of an older version. */
static void
notes_of_a_job_say_what_they_are_about(void **state)
{
	struct webtest *w = *state;
	struct err none = { .code = ERR_NONE };
	json_t *doc, *result, *list;

	end_job(w, &none);
	(void)dbtest_sql(w->t,
	    "UPDATE job SET result = '{\"notes\":[\"7 bytes\",\"old\"],"
	    "\"note_params\":[\"7:0+1\"]}'");
	doc = get(w, "/api/v1/jobs/1");
	result = json_object_get(doc, "result");
	list = json_object_get(result, "notes_said");
	assert_int_equal(json_array_size(list), 2);
	assert_template(json_array_get(list, 0), "{0} bytes");
	assert_template(json_array_get(list, 1), "");
	assert_null(json_object_get(result, "note_params"));
	json_decref(doc);
}

static void
rows_of_before_and_spoiled_ones_have_only_their_text(void **state)
{
	static const char *const spoiled[] = { "", "15:4+9999", "15:4+3(((", "14:1+2",
		"x", "15:0+15(0+15(0+15(0+15(0+15))))" };
	struct webtest *w = *state;
	struct err said;
	char sql[200];
	json_t *doc;
	size_t i;

	err_set(&said, ERR_FAILED, "x", "it is %s", "not there");
	end_job(w, &said);
	for (i = 0; i < sizeof(spoiled) / sizeof(spoiled[0]); i++) {
		snprintf(sql, sizeof(sql), "UPDATE job SET message_params = '%s'",
		    spoiled[i]);
		(void)dbtest_sql(w->t, sql);
		doc = get(w, "/api/v1/jobs/1");
		assert_string_equal(text(doc, "message"), "it is not there");
		assert_template(doc, "");
		assert_int_equal(json_array_size(json_object_get(doc, "params")), 0);
		json_decref(doc);
	}
}

static int64_t
add_camera(struct webtest *w)
{
	struct camera c = { .name = "yard", .enabled = true };
	struct err e;

	snprintf(c.source, sizeof(c.source), "http://10.0.0.5/");
	assert_ok(camera_add(w->t->db, &c, &e), e);
	return c.id;
}

static void
history_says_what_it_is_about(void **state)
{
	struct webtest *w = *state;
	struct err e, why, said;
	int64_t id = add_camera(w);
	json_t *doc, *list;

	err_set(&why, ERR_LOST, "gone", "port %s went away", "\x1b[2Jleft");
	err_set(&said, ERR_NONE, "", "%s of %s: %s%s%s", "backup", "yard", "failed", ". ",
	    why.msg);
	said_nest(&said, 4, &why);
	assert_ok(event_row_say(w->t->db, "job", id, 0, "", &said, &e), e);
	(void)dbtest_sql(
	    w->t, "INSERT INTO event (at_s, kind, camera_id, text) VALUES (9999999999, "
		  "'camera', 1, 'as it was once')");
	doc = get(w, "/api/v1/cameras/yard/history");
	list = json_object_get(doc, "events");
	assert_template(json_array_get(list, 0), "");
	assert_template(json_array_get(list, 1), "{0} of {1}: {2}{3}{4}");
	assert_string_equal(text(json_array_get(list, 1), "text"),
	    "backup of yard: failed. port \\x1b[2Jleft went away");
	webschema_said(json_array_get(list, 1), text(json_array_get(list, 1), "text"));
	assert_template(
	    json_array_get(json_object_get(json_array_get(list, 1), "inner"), 0),
	    "port {0} went away");
	json_decref(doc);
}

static void
a_camera_says_why_it_gives_no_picture(void **state)
{
	struct live_stream s = { .state = "unreachable", .push_state = "failed" };
	struct webtest *w = *state;
	struct err e;
	json_t *doc;

	s.camera_id = add_camera(w);
	err_set(&e, ERR_FAILED, "x", "not connecting to %s: it is %s", "10.0.0.5",
	    "a multicast address");
	said_put(&e, s.reason, sizeof(s.reason), s.reason_params);
	err_set(&e, ERR_FAILED, "x", "the media server says %d", 403);
	said_put(&e, s.push_reason, sizeof(s.push_reason), s.push_reason_params);
	assert_ok(live_set_stream(w->web.live, &s, &e), e);
	assert_ok(live_beat(w->web.live, "streamd", "1", "", &e), e);
	doc = get(w, "/api/v1/cameras/yard");
	assert_template(
	    json_object_get(doc, "reason_said"), "not connecting to {0}: it is {1}");
	webschema_said(json_object_get(doc, "reason_said"), s.reason);
	assert_string_equal(text(doc, "reason"), s.reason);
	webschema_said(json_object_get(doc, "push_reason_said"), "the media server says 403");
	/* The witness that told it. */
	webschema_said(json_object_get(json_array_get(json_object_get(doc, "probes"), 1),
			"text_said"),
	    s.reason);
	assert_true(json_is_null(json_object_get(
	    json_array_get(json_object_get(doc, "probes"), 0), "text_said")));
	assert_true(json_is_null(json_object_get(doc, "h264_note_said")));
	json_decref(doc);
}

static json_t *
output(const json_t *doc, const char *name)
{
	json_t *list = json_object_get(doc, "outputs"), *out;
	size_t i;

	json_array_foreach(list, i, out)
	{
		if (strcmp(text(out, "output"), name) == 0)
			return out;
	}
	return NULL;
}

static void
a_camera_says_what_rtp_makes_of_it(void **state)
{
	struct live_stream s = { .state = "live" };
	struct webtest *w = *state;
	struct err e, why, note;
	json_t *doc, *said;

	s.camera_id = add_camera(w);
	err_set(&why, ERR_NONE, "", "H.264 only: %s", "larger than 2040 pixels");
	said_put(&why, s.jpeg, sizeof(s.jpeg), s.jpeg_params);
	err_set(&note, ERR_REFUSED, "encoder-budget", "camera '%s' has it", "barn");
	said_put(&note, s.h264_note, sizeof(s.h264_note), s.h264_note_params);
	assert_ok(live_set_stream(w->web.live, &s, &e), e);
	doc = get(w, "/api/v1/cameras/yard");
	said = json_object_get(doc, "jpeg_said");
	assert_known(said, "H.264 only: {0}");
	webschema_said(said, text(doc, "jpeg"));
	json_decref(doc);
	doc = get(w, "/api/v1/cameras/yard/connect");
	said = json_object_get(output(doc, "rtsp_mjpeg"), "note_said");
	assert_known(said, "H.264 only: {0}");
	webschema_said(said, "H.264 only: larger than 2040 pixels");
	webschema_said(json_object_get(output(doc, "rtsp"), "note_said"), note.msg);
	assert_true(json_is_null(json_object_get(output(doc, "mjpeg"), "note_said")));
	json_decref(doc);
	/* Nothing to say of pictures that it carries as they are. */
	err_set(&why, ERR_NONE, "", "ok");
	said_put(&why, s.jpeg, sizeof(s.jpeg), s.jpeg_params);
	assert_ok(live_set_stream(w->web.live, &s, &e), e);
	doc = get(w, "/api/v1/cameras/yard/connect");
	assert_true(json_is_null(json_object_get(output(doc, "rtsp_mjpeg"), "note_said")));
	json_decref(doc);
}

static void
what_a_source_will_not_do_is_said_with_its_parameters(void **state)
{
	struct webtest *w = *state;
	json_t *doc;

	assert_int_equal(webtest_json(w, METHOD_POST, "/api/v1/cameras", AS_ADMIN,
			     "{\"name\":\"yard\",\"source\":\"http://203.0.113.7/\"}",
			     &doc),
	    201);
	assert_known(
	    json_object_get(doc, "warning_said"), "not connecting to {0}: it is {1}");
	webschema_said(json_object_get(doc, "warning_said"), text(doc, "warning"));
	json_decref(doc);
	assert_int_equal(webtest_json(w, METHOD_PATCH, "/api/v1/cameras/yard", AS_ADMIN,
			     "{\"source\":\"test:\"}", &doc),
	    200);
	assert_string_equal(text(doc, "warning"), "");
	assert_true(json_is_null(json_object_get(doc, "warning_said")));
	json_decref(doc);
}

/* What another daemon answered comes out of its JSON as it was. */
static void
a_sentence_is_read_back_from_json(void **state)
{
	struct err inner, e, back;
	char packed[SAID_MAX], again[SAID_MAX];
	json_t *doc;

	(void)state;
	err_set(&inner, ERR_FAILED, "x", "read %d of %s", 3, "");
	err_set(&e, ERR_FAILED, "x", "%s: %s; %s", "job {1}", inner.msg, "end");
	said_nest(&e, 1, &inner);
	doc = sentence_json(&e);
	assert_int_equal(sentence_read(&back, e.msg, doc), 0);
	assert_string_equal(back.msg, e.msg);
	assert_string_equal(said_pack(&back, again), said_pack(&e, packed));
	/* Not those of this sentence, too few, or none at all. */
	assert_int_equal(sentence_read(&back, "another", doc), -1);
	assert_string_equal(back.msg, "another");
	assert_int_equal(back.n_params, 0);
	(void)json_array_clear(json_object_get(doc, "params"));
	assert_int_equal(sentence_read(&back, e.msg, doc), -1);
	assert_int_equal(sentence_read(&back, e.msg, NULL), -1);
	assert_string_equal(back.msg, e.msg);
	assert_int_equal(back.n_params, 0);
	json_decref(doc);
}

#define WEB_TEST(f) cmocka_unit_test_setup_teardown(f, webtest_setup, webtest_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WEB_TEST(a_job_says_what_it_is_about),
		WEB_TEST(notes_of_a_job_say_what_they_are_about),
		WEB_TEST(rows_of_before_and_spoiled_ones_have_only_their_text),
		WEB_TEST(history_says_what_it_is_about),
		WEB_TEST(a_camera_says_why_it_gives_no_picture),
		WEB_TEST(a_camera_says_what_rtp_makes_of_it),
		WEB_TEST(what_a_source_will_not_do_is_said_with_its_parameters),
		cmocka_unit_test(a_sentence_is_read_back_from_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
