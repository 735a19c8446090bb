/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The handlers of the API, asked without a socket. Every answer is held against
 * docs/openapi.json. */
#include "config.h"

#include "tests/webtest.h"

#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/file.h"
#include "common/loop.h"
#include "common/text.h"
#include "db/camera.h"
#include "db/dump.h"
#include "db/job.h"
#include "db/live.h"
#include "db/socket.h"
#include "tests/sim/mkimage.h"
#include "webd/upload.h"

#define FLASH_SIZE (512 * 1024)

static json_t *api;

/* Ask, hold the answer against the description, and give it back. */
static json_t *
ask(struct webtest *w, enum method method, const char *path, const char *pattern,
    int status, const char *body)
{
	json_t *doc;
	int got = webtest_json(w, method, path, AS_ADMIN, body, &doc);

	if (got != status)
		fail_msg("%s %s: %d (%s)", method_name(method), path, got, webtest_code(doc));
	webschema_check(api, pattern, webschema_method(method), status, doc);
	return doc;
}

#define V "/api/v1"

static void
get(struct webtest *w, const char *path, const char *pattern)
{
	json_decref(ask(w, METHOD_GET, path, pattern, 200, NULL));
}

/* An error with this code. */
static void
refused(struct webtest *w, enum method method, const char *path, const char *body,
    int status, const char *code)
{
	json_t *doc;
	int got = webtest_json(w, method, path, AS_ADMIN, body, &doc);

	if (got != status || strcmp(webtest_code(doc), code) != 0)
		fail_msg("%s %s: %d %s", path, body != NULL ? body : "", got,
		    webtest_code(doc));
	assert_true(strlen(json_string_value(json_object_get(
			json_object_get(doc, "error"), "message"))) > 10);
	json_decref(doc);
}

static const char *
text(const json_t *doc, const char *name)
{
	const char *s = json_string_value(json_object_get(doc, name));

	return s != NULL ? s : "";
}

/* ---- a little world ---- */

static int64_t
add_dump(struct webtest *w, const char *camera, const char *sidecar)
{
	struct mkimage m = { .family = IMAGE_FAMILY_XR872,
		.flash_size = FLASH_SIZE,
		.seed = 7,
		.mac = { 2, 0, 0, 1, 2, 3 },
		.ssid = "home",
		.psk = "wifi-password" };
	struct err e = { .code = ERR_NONE };
	struct dump d = { .size = FLASH_SIZE,
		.kind = "backup",
		.verified = true,
		.chip = "xr872",
		.passes = 2,
		.created_s = 1700000000 };
	uint8_t hash[32], *p = malloc(FLASH_SIZE);
	struct camera c;
	char path[300];

	assert_non_null(p);
	assert_int_equal(mkimage_dump(&m, p), 0);
	crypto_hash_sha256(hash, p, FLASH_SIZE);
	text_hex(hash, sizeof(hash), d.sha256);
	assert_ok(camera_by_name(w->t->db, camera, &c, &e), e);
	d.camera_id = c.id;
	snprintf(d.sidecar, sizeof(d.sidecar), "%s", sidecar);
	assert_ok(dump_add(w->t->db, &d, &e), e);
	(void)mkdir(dbtest_path(w->t, "dumps"), 0700);
	snprintf(path, sizeof(path), "%s/dumps/%s.bin", w->t->dir, d.sha256);
	assert_ok(file_put(AT_FDCWD, path, p, FLASH_SIZE, 0600, &e), e);
	free(p);
	return d.id;
}

static int
world(void **state)
{
	struct live_port port = { .path = "usb-1.2",
		.node = "/dev/ttyUSB0",
		.adapter = "CH340 1a86:7523",
		.state = "free" };
	struct live_port unknown = { .path = "usb-1.3",
		.node = "/dev/ttyUSB1",
		.state = "busy",
		.holder = "picocom 812" };
	struct live_stream stream = { .state = "live",
		.fps_in = 14.9,
		.width = 640,
		.height = 480,
		.jpeg = "ok",
		.frames = 7 };
	struct camera c = { .name = "garden", .enabled = true };
	struct err e = { .code = ERR_NONE };
	struct webtest *w;

	if ((api = webschema_load()) == NULL || webtest_setup(state) < 0)
		return -1;
	w = *state;
	snprintf(c.source, sizeof(c.source), "http://10.0.0.5/stream");
	snprintf(c.user, sizeof(c.user), "cam");
	snprintf(c.password, sizeof(c.password), "hidden-pw");
	if (camera_add(w->t->db, &c, &e) < 0 ||
	    camera_set_hardware(
		w->t->db, c.id, "xr872", "", "c84013", "02:00:00:01:02:03", &e) < 0)
		return -1;
	stream.camera_id = c.id;
	stream.last_frame_us = loop_now_us();
	if (live_set_port(w->web.live, &port, &e) < 0 ||
	    live_set_port(w->web.live, &unknown, &e) < 0 ||
	    live_set_stream(w->web.live, &stream, &e) < 0 ||
	    live_beat(w->web.live, "flashd", "1.2", "", &e) < 0 ||
	    socket_set_enabled(w->t->db, "usb-1.2", true, &e) < 0 ||
	    socket_set_name(w->t->db, "usb-1.2", "left", &e) < 0)
		return -1;
	(void)add_dump(w, "garden", "one.json");
	return 0;
}

static int
world_end(void **state)
{
	json_decref(api);
	return webtest_teardown(state);
}

/* ---- tests ---- */

static void
what_is_there_is_answered_as_described(void **state)
{
	struct webtest *w = *state;

	get(w, V "/state", V "/state");
	get(w, V "/status", V "/status");
	get(w, V "/cameras", V "/cameras");
	get(w, V "/cameras/garden", V "/cameras/{name}");
	get(w, V "/cameras/garden/urls", V "/cameras/{name}/urls");
	get(w, V "/ports", V "/ports");
	get(w, V "/jobs", V "/jobs");
	get(w, V "/jobs?open=1&limit=3", V "/jobs");
	get(w, V "/dumps", V "/dumps");
	get(w, V "/dumps?camera=garden&limit=1", V "/dumps");
	get(w, V "/dumps/1", V "/dumps/{id}");
	get(w, V "/dumps/1/map", V "/dumps/{id}/map");
	get(w, V "/users", V "/users");
	get(w, V "/tokens", V "/tokens");
	get(w, V "/stream-password", V "/stream-password");
}

static void
a_camera_comes_and_goes(void **state)
{
	struct webtest *w = *state;
	json_t *doc;

	doc = ask(w, METHOD_POST, V "/cameras", V "/cameras", 201,
	    "{\"name\":\"porch\",\"source\":\"http://me:pw@10.0.0.6/"
	    "v\",\"notes\":\"a\\nb\"}");
	assert_string_equal(text(doc, "warning"), "");
	/* User and password leave the address. */
	assert_string_equal(text(doc, "source"), "http://10.0.0.6/v");
	assert_string_equal(text(doc, "user"), "me");
	assert_true(json_is_true(json_object_get(doc, "has_password")));
	json_decref(doc);
	refused(
	    w, METHOD_POST, V "/cameras", "{\"name\":\"porch\"}", 409, "camera-exists");
	refused(w, METHOD_POST, V "/cameras", "{\"source\":\"test:\"}", 400,
	    "field-missing");
	doc = ask(w, METHOD_PATCH, V "/cameras/porch", V "/cameras/{name}", 200,
	    "{\"notes\":\"new\",\"enabled\":false}");
	assert_string_equal(text(doc, "notes"), "new");
	assert_string_equal(text(doc, "state"), "disabled");
	assert_string_equal(text(doc, "user"), "me");
	json_decref(doc);
	/* Another device must not get the password of this one. */
	doc = ask(w, METHOD_PATCH, V "/cameras/porch", V "/cameras/{name}", 200,
	    "{\"source\":\"http://10.0.0.66/v\"}");
	assert_string_equal(text(doc, "user"), "");
	assert_true(json_is_false(json_object_get(doc, "has_password")));
	json_decref(doc);
	doc = ask(w, METHOD_PATCH, V "/cameras/porch", V "/cameras/{name}", 200,
	    "{\"source\":\"rtsp://10.0.0.66/v\"}");
	assert_string_equal(text(doc, "warning"), "");
	json_decref(doc);
	/* Where it is published to: the password goes in, and never comes out. */
	doc = ask(w, METHOD_PATCH, V "/cameras/porch", V "/cameras/{name}", 200,
	    "{\"push\":\"rtsp://ann:pw%40x@10.0.0.9:8554/p\",\"push_codec\":\"mjpeg\"}");
	assert_string_equal(text(doc, "push"), "rtsp://10.0.0.9:8554/p");
	assert_string_equal(text(doc, "push_user"), "ann");
	assert_string_equal(text(doc, "push_codec"), "mjpeg");
	assert_string_equal(text(doc, "push_state"), "");
	assert_true(json_is_true(json_object_get(doc, "push_has_password")));
	assert_null(json_object_get(doc, "push_password"));
	json_decref(doc);
	doc = ask(w, METHOD_PATCH, V "/cameras/porch", V "/cameras/{name}", 200,
	    "{\"push\":\"rtsp://10.0.0.9:8554/p\",\"push_user\":\"bob\"}");
	assert_string_equal(text(doc, "push_user"), "bob");
	assert_true(json_is_true(json_object_get(doc, "push_has_password")));
	json_decref(doc);
	/* Another server gets neither. */
	doc = ask(w, METHOD_PATCH, V "/cameras/porch", V "/cameras/{name}", 200,
	    "{\"push\":\"rtsp://10.0.0.10/p\"}");
	assert_string_equal(text(doc, "push_user"), "");
	assert_true(json_is_false(json_object_get(doc, "push_has_password")));
	json_decref(doc);
	refused(w, METHOD_PATCH, V "/cameras/porch", "{\"push\":\"http://10.0.0.9/\"}",
	    400, "camera-push");
	refused(w, METHOD_PATCH, V "/cameras/porch", "{\"push_codec\":\"h265\"}", 400,
	    "camera-push");
	doc = ask(w, METHOD_PATCH, V "/cameras/porch", V "/cameras/{name}", 200,
	    "{\"push\":\"off\"}");
	assert_string_equal(text(doc, "push"), "");
	json_decref(doc);
	/* What will show no picture is taken, and said. */
	doc = ask(w, METHOD_PATCH, V "/cameras/porch", V "/cameras/{name}", 200,
	    "{\"source\":\"http://203.0.113.7/v\"}");
	assert_non_null(strstr(text(doc, "warning"), "camera_networks"));
	json_decref(doc);
	refused(w, METHOD_PATCH, V "/cameras/porch", "{\"name\":\"garden\"}", 409,
	    "camera-exists");
	refused(w, METHOD_DELETE, V "/cameras/porch", NULL, 400, "confirm");
	refused(w, METHOD_DELETE, V "/cameras/porch", "{\"confirm\":\"garden\"}", 400,
	    "confirm");
	json_decref(ask(w, METHOD_DELETE, V "/cameras/porch", V "/cameras/{name}", 204,
	    "{\"confirm\":\"porch\"}"));
	assert_int_equal(
	    webtest_json(w, METHOD_GET, V "/cameras/porch", AS_ADMIN, NULL, NULL), 404);
}

static void
no_camera_source_reaches_what_it_should_not(void **state)
{
	static const char *const bad[] = { "file:///etc/passwd", "ftp://10.0.0.1/",
		"javascript:alert(1)", "exec:ls", "http://", "//10.0.0.1/",
		"concat:/a|/b", "rtsp+x://a", "\\u0000", "http://10.0.0.1/\\r\\nX: y" };
	char body[200];
	size_t i;
	int status;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(
		    body, sizeof(body), "{\"name\":\"bad\",\"source\":\"%s\"}", bad[i]);
		status = webtest_json(
		    *state, METHOD_POST, V "/cameras", AS_ADMIN, body, NULL);
		if (status != 400)
			fail_msg("%s: %d", bad[i], status);
	}
}

static void
a_password_never_comes_back(void **state)
{
	static const char *const paths[] = { V "/cameras", V "/cameras/garden",
		V "/status", V "/cameras/garden/urls", V "/users", V "/tokens",
		V "/state" };
	struct webtest *w = *state;
	char *dumped;
	json_t *doc;
	size_t i;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		assert_int_equal(
		    webtest_json(w, METHOD_GET, paths[i], AS_ADMIN, NULL, &doc), 200);
		dumped = json_dumps(doc, 0);
		assert_null(strstr(dumped, "hidden-pw"));
		assert_null(strstr(dumped, "$argon2"));
		assert_null(
		    strstr(dumped, strchr(w->authorization[AS_ADMIN_TOKEN], ' ') + 1));
		free(dumped);
		json_decref(doc);
	}
	/* The stream password is an admin's to hand out. */
	assert_int_equal(webtest_json(w, METHOD_GET, V "/cameras/garden/urls",
			     AS_VIEWER, NULL, &doc),
	    200);
	assert_true(json_is_null(json_object_get(doc, "password")));
	webschema_check(api, V "/cameras/{name}/urls", "get", 200, doc);
	json_decref(doc);
}

static const char job_row[] =
    "UPDATE job SET result = '{\"chip\":\"xr872\",\"mac\":\"02:00:00:01:02:03\","
    "\"chip_id\":\"0011223344556677\"}'";

/* Does the answer hold this text? */
static bool
holds(struct webtest *w, const char *path, enum as as, const char *text_wanted)
{
	char *dumped;
	json_t *doc;
	bool ret;

	assert_int_equal(webtest_json(w, METHOD_GET, path, as, NULL, &doc), 200);
	dumped = json_dumps(doc, 0);
	ret = strstr(dumped, text_wanted) != NULL;
	free(dumped);
	json_decref(doc);
	return ret;
}

static void
what_tells_a_device_from_others_is_masked(void **state)
{
	static const char *const paths[] = { V "/cameras", V "/cameras/garden",
		V "/dumps", V "/dumps/1", V "/dumps/1/map", V "/jobs", V "/jobs/1" };
	struct webtest *w = *state;
	char path[100];
	size_t i;

	json_decref(ask(w, METHOD_POST, V "/jobs", V "/jobs", 202,
	    "{\"kind\":\"identify\",\"port\":\"left\"}"));
	(void)dbtest_sql(w->t, "UPDATE dump SET mac = '02:00:00:01:02:03'");
	(void)dbtest_sql(w->t, job_row);
	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		assert_false(holds(w, paths[i], AS_VIEWER, "02:00:00:01:02:03"));
		assert_false(holds(w, paths[i], AS_ADMIN, "02:00:00:01:02:03"));
		assert_true(holds(w, paths[i], AS_VIEWER, "02:**:**:**:02:03"));
		snprintf(path, sizeof(path), "%s?private=0", paths[i]);
		assert_false(holds(w, path, AS_ADMIN, "02:00:00:01:02:03"));
		snprintf(path, sizeof(path), "%s?private=1", paths[i]);
		assert_true(holds(w, path, AS_ADMIN, "02:00:00:01:02:03"));
		assert_int_equal(
		    webtest_json(w, METHOD_GET, path, AS_VIEWER, NULL, NULL), 403);
	}
	assert_false(holds(w, V "/jobs", AS_ADMIN, "0011223344556677"));
	assert_true(holds(w, V "/jobs", AS_ADMIN, "************6677"));
	assert_false(holds(w, V "/status", AS_ADMIN, "02:00:00:01:02:03"));
}

static void
a_question_must_make_sense(void **state)
{
	struct webtest *w = *state;

	refused(w, METHOD_GET, V "/jobs?frob=1", NULL, 400, "unknown-query");
	refused(w, METHOD_GET, V "/dumps?camrea=garden", NULL, 400, "unknown-query");
	refused(w, METHOD_GET, V "/ports?open=1", NULL, 400, "unknown-query");
	refused(w, METHOD_GET, V "/jobs?open", NULL, 400, "bad-query");
	refused(w, METHOD_GET, V "/jobs?private=yes", NULL, 400, "bad-query");
}

static void
a_port_is_named_and_enabled(void **state)
{
	struct webtest *w = *state;
	json_t *doc, *port;

	doc = ask(w, METHOD_PATCH, V "/ports", V "/ports", 200,
	    "{\"path\":\"usb-1.3\",\"name\":\"right\",\"enabled\":true}");
	assert_string_equal(text(doc, "holder"), "picocom 812");
	assert_true(json_is_true(json_object_get(doc, "enabled")));
	json_decref(doc);
	doc = ask(w, METHOD_GET, V "/ports", V "/ports", 200, NULL);
	assert_int_equal(json_array_size(json_object_get(doc, "ports")), 2);
	port = json_array_get(json_object_get(doc, "ports"), 0);
	assert_true(strlen(text(port, "state")) > 0);
	json_decref(doc);
	refused(w, METHOD_PATCH, V "/ports", "{\"path\":\"usb-1.3\"}", 400,
	    "nothing-to-change");
	assert_int_equal(webtest_json(w, METHOD_PATCH, V "/ports", AS_ADMIN,
			     "{\"path\":\"usb-9\",\"enabled\":true}", NULL),
	    404);
}

static void
a_job_is_asked_for_in_full(void **state)
{
	struct webtest *w = *state;
	json_t *doc, *job;

	doc = ask(w, METHOD_POST, V "/jobs", V "/jobs", 202,
	    "{\"kind\":\"backup\",\"port\":\"left\",\"camera\":\"garden\",\"baud\":"
	    "921600}");
	job = json_object_get(doc, "job");
	assert_string_equal(text(job, "port"), "usb-1.2");
	assert_string_equal(text(job, "port_name"), "left");
	assert_string_equal(text(job, "asked_by"), "anna");
	assert_string_equal(text(job, "state"), "queued");
	json_decref(doc);
	refused(w, METHOD_POST, V "/jobs", "{\"kind\":\"bakup\",\"port\":\"left\"}",
	    400, "job-kind");
	refused(w, METHOD_POST, V "/jobs", "{\"port\":\"left\"}", 400, "field-missing");
	refused(w, METHOD_POST, V "/jobs",
	    "{\"kind\":\"import\",\"incoming\":\"../../../../../../../etc/passwd/\"}",
	    400, "incoming");
	refused(w, METHOD_POST, V "/jobs",
	    "{\"kind\":\"import\",\"incoming\":\"00112233445566778899aabbccddeeff\"}",
	    404, "incoming-unknown");
	refused(w, METHOD_POST, V "/jobs",
	    "{\"kind\":\"restore\",\"port\":\"left\",\"dump\":1,\"identity\":"
	    "\"other\"}",
	    400, "identity");
	assert_int_equal(webtest_json(w, METHOD_POST, V "/jobs", AS_ADMIN,
			     "{\"kind\":\"backup\",\"port\":\"nowhere\"}", NULL),
	    404);
	assert_int_equal(
	    webtest_json(w, METHOD_POST, V "/jobs", AS_ADMIN,
		"{\"kind\":\"backup\",\"port\":\"left\",\"camera\":\"nobody\"}", NULL),
	    404);
	assert_int_equal(
	    webtest_json(w, METHOD_POST, V "/jobs", AS_ADMIN,
		"{\"kind\":\"verify\",\"port\":\"left\",\"dump\":99}", NULL),
	    404);
}

static void
a_write_asks_for_the_typed_name(void **state)
{
	struct webtest *w = *state;
	json_t *doc;

	refused(w, METHOD_POST, V "/jobs",
	    "{\"kind\":\"restore\",\"port\":\"left\",\"dump\":1,\"identity\":"
	    "\"donor\"}",
	    400, "confirm");
	refused(w, METHOD_POST, V "/jobs",
	    "{\"kind\":\"restore\",\"port\":\"left\",\"dump\":1,\"identity\":\"donor\","
	    "\"camera\":\"garden\",\"confirm\":\"left\"}",
	    400, "confirm");
	refused(w, METHOD_POST, V "/jobs",
	    "{\"kind\":\"erase\",\"port\":\"left\",\"at\":0,\"size\":4096,\"confirm\":"
	    "\"Left\"}",
	    400, "confirm");
	refused(w, METHOD_POST, V "/jobs",
	    "{\"kind\":\"restore\",\"port\":\"left\",\"dump\":1,\"identity\":\"donor\","
	    "\"confirm\":\"left\",\"experimental\":\"yes\"}",
	    400, "experimental-word");
	doc = ask(w, METHOD_POST, V "/jobs", V "/jobs", 202,
	    "{\"kind\":\"restore\",\"port\":\"left\",\"dump\":1,\"identity\":\"donor\","
	    "\"camera\":\"garden\",\"confirm\":\"garden\",\"experimental\":"
	    "\"experimental\"}");
	assert_int_equal(
	    dbtest_sql(w->t, "SELECT flags FROM job ORDER BY id DESC LIMIT 1"),
	    JOB_FLAG_EXPERIMENTAL);
	json_decref(doc);
	doc = ask(w, METHOD_POST, V "/jobs", V "/jobs", 202,
	    "{\"kind\":\"restore\",\"port\":\"left\",\"dump\":\"1\",\"identity\":"
	    "\"donor\","
	    "\"confirm\":\"left\"}");
	assert_int_equal(
	    dbtest_sql(w->t, "SELECT flags FROM job ORDER BY id DESC LIMIT 1"), 0);
	json_decref(doc);
}

static void
a_plan_says_what_a_write_would_do(void **state)
{
	struct webtest *w = *state;
	json_t *doc;

	doc = ask(w, METHOD_POST, V "/plan", V "/plan", 200,
	    "{\"kind\":\"restore\",\"port\":\"left\",\"camera\":\"garden\",\"dump\":1,"
	    "\"identity\":\"donor\"}");
	assert_true(json_array_size(json_object_get(doc, "lines")) > 2);
	assert_true(json_integer_value(json_object_get(doc, "seconds")) > 0);
	json_decref(doc);
	doc = ask(w, METHOD_POST, V "/plan", V "/plan", 200,
	    "{\"kind\":\"erase\",\"port\":\"left\",\"at\":4096,\"size\":8192}");
	json_decref(doc);
	refused(w, METHOD_POST, V "/plan", "{\"kind\":\"backup\",\"port\":\"left\"}",
	    400, "no-plan");
	refused(w, METHOD_POST, V "/plan", "{\"kind\":\"flash\",\"port\":\"left\"}",
	    400, "image-missing");
	refused(w, METHOD_POST, V "/plan",
	    "{\"kind\":\"flash\",\"port\":\"left\",\"incoming\":"
	    "\"00000000000000000000000000000000\"}",
	    404, "incoming-unknown");
}

static void
a_dump_is_noted_and_given(void **state)
{
	struct webtest *w = *state;
	json_t *doc;

	doc = ask(w, METHOD_PATCH, V "/dumps/1", V "/dumps/{id}", 200,
	    "{\"note\":\"before the update\",\"camera\":\"\"}");
	assert_string_equal(text(doc, "note"), "before the update");
	assert_true(json_is_null(json_object_get(doc, "camera")));
	json_decref(doc);
	doc = ask(w, METHOD_PATCH, V "/dumps/1", V "/dumps/{id}", 200,
	    "{\"camera\":\"garden\"}");
	assert_string_equal(text(doc, "camera"), "garden");
	assert_string_equal(text(doc, "note"), "before the update");
	json_decref(doc);
	assert_int_equal(
	    webtest_json(w, METHOD_GET, V "/dumps/99", AS_ADMIN, NULL, NULL), 404);
	refused(w, METHOD_GET, V "/dumps/0", NULL, 404, "not-found");
	refused(w, METHOD_GET, V "/dumps/1x", NULL, 404, "not-found");
	refused(w, METHOD_GET, V "/dumps?limit=0", NULL, 400, "bad-query");
	refused(w, METHOD_GET, V "/dumps?limit=501", NULL, 400, "bad-query");
}

struct range {
	const char *header;
	int status;
	uint64_t at, n;
};

static void
a_download_comes_whole_or_in_ranges(void **state)
{
	static const struct range ranges[] = {
		{ NULL, 200, 0, FLASH_SIZE },
		{ "bytes=0-0", 206, 0, 1 },
		{ "bytes=4096-8191", 206, 4096, 4096 },
		{ "bytes=524287-", 206, FLASH_SIZE - 1, 1 },
		{ "bytes=0-99999999", 206, 0, FLASH_SIZE },
		{ "bytes=-4096", 206, FLASH_SIZE - 4096, 4096 },
		{ "bytes=-99999999", 206, 0, FLASH_SIZE },
		{ "bytes=524288-", 416, 0, 0 },
		{ "bytes=-0", 416, 0, 0 },
		{ "bytes=2-1", 200, 0, FLASH_SIZE },
		{ "bytes=0-1,3-4", 200, 0, FLASH_SIZE },
		{ "bytes=x-y", 200, 0, FLASH_SIZE },
		{ "bytes=-", 200, 0, FLASH_SIZE },
		{ "bytes=0-18446744073709551616", 200, 0, FLASH_SIZE },
		{ "lines=0-1", 200, 0, FLASH_SIZE },
	};
	struct request r;
	struct reply rep;
	size_t i;

	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		webtest_request(*state, &r, METHOD_GET, V "/dumps/1/file", AS_ADMIN);
		r.range = ranges[i].header;
		webtest_ask(*state, &r, NULL, &rep);
		if (rep.status != ranges[i].status)
			fail_msg("%s: %d", ranges[i].header, rep.status);
		if (rep.status != 416) {
			assert_int_equal(rep.kind, REPLY_FILE);
			assert_int_equal(rep.file_at, ranges[i].at);
			assert_int_equal(rep.file_n, ranges[i].n);
		}
		reply_fini(&rep);
	}
	/* A range of a file that has changed meanwhile would be garbage. */
	webtest_request(*state, &r, METHOD_GET, V "/dumps/1/file", AS_ADMIN);
	r.range = "bytes=0-9";
	r.if_range = "\"other\"";
	webtest_ask(*state, &r, NULL, &rep);
	assert_int_equal(rep.status, 200);
	reply_fini(&rep);
}

static void
people_are_changed_by_people_with_their_own_password(void **state)
{
	struct webtest *w = *state;

	refused(w, METHOD_POST, V "/users",
	    "{\"name\":\"ben\",\"password\":\"long enough\",\"role\":\"viewer\","
	    "\"my_password\":\"wrong\"}",
	    403, "password-wrong");
	assert_int_equal(
	    webtest_json(w, METHOD_POST, V "/users", AS_ADMIN_TOKEN,
		"{\"name\":\"ben\",\"password\":\"long enough\",\"role\":\"viewer\","
		"\"my_password\":\"" WEBTEST_PASSWORD "\"}",
		NULL),
	    403);
	json_decref(ask(w, METHOD_POST, V "/users", V "/users", 201,
	    "{\"name\":\"ben m\",\"password\":\"long enough\",\"role\":\"viewer\","
	    "\"my_password\":\"" WEBTEST_PASSWORD "\"}"));
	json_decref(ask(w, METHOD_PATCH, V "/users/ben%20m", V "/users/{name}", 200,
	    "{\"role\":\"admin\",\"my_password\":\"" WEBTEST_PASSWORD "\"}"));
	refused(w, METHOD_PATCH, V "/users/ben%20m",
	    "{\"role\":\"root\",\"my_password\":\"" WEBTEST_PASSWORD "\"}", 400,
	    "role");
	refused(w, METHOD_DELETE, V "/users/ben%20m",
	    "{\"confirm\":\"anna\",\"my_password\":\"" WEBTEST_PASSWORD "\"}", 400,
	    "confirm");
	json_decref(ask(w, METHOD_DELETE, V "/users/ben%20m", V "/users/{name}", 204,
	    "{\"confirm\":\"ben m\",\"my_password\":\"" WEBTEST_PASSWORD "\"}"));
	json_decref(ask(w, METHOD_POST, V "/tokens", V "/tokens", 201,
	    "{\"name\":\"script\",\"role\":\"viewer\",\"my_password\":"
	    "\"" WEBTEST_PASSWORD "\"}"));
	json_decref(ask(w, METHOD_DELETE, V "/tokens/script", V "/tokens/{name}", 204,
	    "{\"my_password\":\"" WEBTEST_PASSWORD "\"}"));
	json_decref(
	    ask(w, METHOD_POST, V "/stream-password", V "/stream-password", 200, NULL));
}

static size_t
count_sessions(struct webtest *w, enum as as)
{
	json_t *doc;
	size_t n;

	assert_int_equal(
	    webtest_json(w, METHOD_GET, V "/sessions", as, NULL, &doc), 200);
	n = json_array_size(json_object_get(doc, "sessions"));
	json_decref(doc);
	return n;
}

/* The path of somebody's session, as that person sees it. */
static void
session_path(struct webtest *w, enum as as, const char *who, char *ret, size_t ret_size)
{
	const json_t *one;
	json_t *doc;
	size_t i;

	ret[0] = '\0';
	assert_int_equal(
	    webtest_json(w, METHOD_GET, V "/sessions", as, NULL, &doc), 200);
	json_array_foreach(json_object_get(doc, "sessions"), i, one)
	{
		if (strcmp(text(one, "user"), who) == 0)
			snprintf(ret, ret_size, V "/sessions/%s", text(one, "id"));
	}
	json_decref(doc);
}

static void
sign_ins_are_seen_and_ended_by_their_owner_or_an_admin(void **state)
{
	struct webtest *w = *state;
	char vera[80], anna[80];
	json_t *doc;

	get(w, V "/sessions", V "/sessions");
	assert_int_equal(count_sessions(w, AS_ADMIN), 2);
	assert_int_equal(count_sessions(w, AS_VIEWER), 1);
	assert_int_equal(count_sessions(w, AS_ADMIN_TOKEN), 2);
	assert_int_equal(count_sessions(w, AS_VIEWER_TOKEN), 0);
	session_path(w, AS_ADMIN, "anna", anna, sizeof(anna));
	session_path(w, AS_ADMIN, "vera", vera, sizeof(vera));
	/* A viewer cannot end an admin's, and a token ends nobody's. */
	assert_int_equal(
	    webtest_json(w, METHOD_DELETE, anna, AS_VIEWER, NULL, NULL), 404);
	assert_int_equal(
	    webtest_json(w, METHOD_DELETE, vera, AS_ADMIN_TOKEN, NULL, NULL), 403);
	json_decref(ask(w, METHOD_POST, V "/sessions/end-others",
	    V "/sessions/end-others", 200, NULL));
	assert_int_equal(count_sessions(w, AS_ADMIN), 2);
	json_decref(ask(w, METHOD_DELETE, vera, V "/sessions/{id}", 204, NULL));
	assert_int_equal(
	    webtest_json(w, METHOD_GET, V "/sessions", AS_VIEWER, NULL, NULL), 401);
	assert_int_equal(count_sessions(w, AS_ADMIN), 1);
	/* What a session is called is not enough to be it. */
	assert_int_equal(webtest_json(w, METHOD_GET, anna, AS_ADMIN, NULL, NULL), 405);
	webtest_sign_in(w, "vera", AS_VIEWER);
	assert_int_equal(
	    webtest_json(w, METHOD_POST, V "/password", AS_VIEWER,
		"{\"password\":\"short\",\"my_password\":\"" WEBTEST_PASSWORD "\"}",
		&doc),
	    400);
	assert_string_equal(webtest_code(doc), "password-short");
	json_decref(doc);
	assert_int_equal(
	    webtest_json(w, METHOD_POST, V "/password", AS_VIEWER,
		"{\"password\":\"another one\",\"my_password\":\"wrong\"}", NULL),
	    403);
	assert_int_equal(
	    webtest_json(w, METHOD_POST, V "/password", AS_VIEWER_TOKEN,
		"{\"password\":\"another one\",\"my_password\":\"x\"}", NULL),
	    403);
	/* A viewer changes the own password; the old session ends. */
	assert_int_equal(
	    webtest_json(w, METHOD_POST, V "/password", AS_VIEWER,
		"{\"password\":\"another one\",\"my_password\":\"" WEBTEST_PASSWORD
		"\"}",
		NULL),
	    200);
	assert_int_equal(
	    webtest_json(w, METHOD_GET, V "/sessions", AS_VIEWER, NULL, NULL), 401);
	assert_int_equal(count_sessions(w, AS_ADMIN), 2);
	webtest_sign_in(w, "vera", AS_VIEWER);
}

static void
the_first_user_is_made_once(void **state)
{
	refused(*state, METHOD_POST, V "/setup",
	    "{\"code\":\"abcdefgh\",\"user\":\"eve\",\"password\":\"long enough\"}",
	    404, "setup-done");
}

static void
odd_ids_are_not_found(void **state)
{
	static const char *const ids[] = { "0", "-1", "x", "1x", "9223372036854775808",
		"99999999999999999999", "1e3", "%31x", "+1", "999999" };
	char path[100];
	size_t i;

	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		snprintf(path, sizeof(path), V "/jobs/%s", ids[i]);
		assert_int_equal(
		    webtest_json(*state, METHOD_GET, path, AS_ADMIN, NULL, NULL), 404);
		snprintf(path, sizeof(path), V "/jobs/%s/cancel", ids[i]);
		assert_int_equal(
		    webtest_json(*state, METHOD_POST, path, AS_ADMIN, NULL, NULL), 404);
		snprintf(path, sizeof(path), V "/dumps/%s/file", ids[i]);
		assert_int_equal(
		    webtest_json(*state, METHOD_GET, path, AS_ADMIN, NULL, NULL), 404);
	}
}

/* ---- uploads without a socket ---- */

static void
an_upload_is_whole_or_not_there(void **state)
{
	struct webtest *w = *state;
	struct err e = { .code = ERR_NONE };
	char name[UPLOAD_NAME_LEN + 1];
	struct request r;
	struct reply rep;
	uint64_t size;

	reply_init(&rep);
	webtest_request(w, &r, METHOD_POST, V "/incoming", AS_ADMIN);
	r.has_length = true;
	r.content_length = 10;
	assert_int_equal(upload_start(&w->web, &r, UPLOAD_MAX, &rep), 0);
	upload_write(r.upload, "01234", 5);
	assert_int_equal(upload_finish(r.upload, name, &size, &e), -1);
	upload_drop(r.upload);
	/* Longer than it said. */
	assert_int_equal(upload_start(&w->web, &r, UPLOAD_MAX, &rep), 0);
	upload_write(r.upload, "0123456789", 10);
	upload_write(r.upload, "x", 1);
	assert_int_equal(upload_finish(r.upload, name, &size, &e), -1);
	upload_drop(r.upload);
	/* One at a time. */
	assert_int_equal(upload_start(&w->web, &r, UPLOAD_MAX, &rep), 0);
	{
		struct request second = r;

		assert_int_equal(upload_start(&w->web, &second, UPLOAD_MAX, &rep), -1);
		assert_int_equal(rep.status, 503);
	}
	upload_write(r.upload, "0123456789", 10);
	assert_ok(upload_finish(r.upload, name, &size, &e), e);
	upload_drop(r.upload);
	assert_int_equal(size, 10);
	assert_int_equal(w->web.uploads, 0);
	reply_fini(&rep);
	/* Only the whole one is there. */
	assert_int_equal(dbtest_count_files(w->t, "incoming"), 1);
	(void)unlink(dbtest_path(w->t, "incoming/x"));
	{
		char path[200];

		snprintf(path, sizeof(path), "incoming/%s", name);
		assert_int_equal(unlink(dbtest_path(w->t, path)), 0);
		assert_int_equal(rmdir(dbtest_path(w->t, "incoming")), 0);
	}
}

/* The disk is full, or the file may not grow: told as such, and nothing is left. */
static void
an_upload_that_finds_no_room_leaves_nothing(void **state)
{
	struct webtest *w = *state;
	struct err e = { .code = ERR_NONE };
	char name[UPLOAD_NAME_LEN + 1], block[10000] = "";
	struct rlimit before, small;
	struct request r;
	struct reply rep;
	uint64_t size;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = before;
	small.rlim_cur = 4096;
	reply_init(&rep);
	webtest_request(w, &r, METHOD_POST, V "/incoming", AS_ADMIN);
	r.has_length = true;
	r.content_length = sizeof(block);
	assert_int_equal(upload_start(&w->web, &r, UPLOAD_MAX, &rep), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	upload_write(r.upload, block, sizeof(block));
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(upload_finish(r.upload, name, &size, &e), -1);
	assert_string_equal(e.name, "disk-full");
	(void)reply_error(&rep, &e);
	assert_int_equal(rep.status, 507);
	reply_fini(&rep);
	upload_drop(r.upload);
	/* The folder is empty. */
	assert_int_equal(rmdir(dbtest_path(w->t, "incoming")), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_there_is_answered_as_described),
		cmocka_unit_test(a_camera_comes_and_goes),
		cmocka_unit_test(no_camera_source_reaches_what_it_should_not),
		cmocka_unit_test(a_password_never_comes_back),
		cmocka_unit_test(what_tells_a_device_from_others_is_masked),
		cmocka_unit_test(a_question_must_make_sense),
		cmocka_unit_test(a_port_is_named_and_enabled),
		cmocka_unit_test(a_job_is_asked_for_in_full),
		cmocka_unit_test(a_write_asks_for_the_typed_name),
		cmocka_unit_test(a_plan_says_what_a_write_would_do),
		cmocka_unit_test(a_dump_is_noted_and_given),
		cmocka_unit_test(a_download_comes_whole_or_in_ranges),
		cmocka_unit_test(people_are_changed_by_people_with_their_own_password),
		cmocka_unit_test(
		    sign_ins_are_seen_and_ended_by_their_owner_or_an_admin),
		cmocka_unit_test(the_first_user_is_made_once),
		cmocka_unit_test(odd_ids_are_not_found),
		cmocka_unit_test(an_upload_is_whole_or_not_there),
		cmocka_unit_test(an_upload_that_finds_no_room_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, world, world_end);
}
