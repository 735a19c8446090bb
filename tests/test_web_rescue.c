/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rescues: their rows, the rules of their tasks, the report. Asked over the API without
 * a socket; every answer is held against docs/openapi.json. */
#include "config.h"

#include "tests/webtest.h"

#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/file.h"
#include "common/text.h"
#include "db/camera.h"
#include "db/dump.h"
#include "db/job.h"
#include "db/rescue.h"
#include "db/socket.h"
#include "tests/sim/mkimage.h"
#include "webd/zip.h"

#define V "/api/v1/rescues"
#define ONE V "/1"
#define PORT "/dev/camherd-test"

static json_t *api;

static json_t *
ask(struct webtest *w, enum method method, const char *path, const char *pattern,
    int status, const char *body)
{
	json_t *doc;
	int got = webtest_json(w, method, path, AS_ADMIN, body, &doc);

	if (got != status)
		fail_msg("%s %s %s: %d (%s)", method_name(method), path, body, got,
		    webtest_code(doc));
	webschema_check(api, pattern, webschema_method(method), status, doc);
	return doc;
}

static void
refused(struct webtest *w, enum method method, const char *path, const char *body,
    int status, const char *code)
{
	json_t *doc;
	int got = webtest_json(w, method, path, AS_ADMIN, body, &doc);

	if (got != status || strcmp(webtest_code(doc), code) != 0)
		fail_msg("%s: %d %s", body, got, webtest_code(doc));
	json_decref(doc);
}

static const char *
text(const json_t *doc, const char *key)
{
	return json_string_value(json_object_get(doc, key));
}

static void
begin(struct webtest *w)
{
	struct err e;

	api = api != NULL ? api : webschema_load();
	assert_ok(socket_set_enabled(w->web.db, PORT, true, &e), e);
	json_decref(ask(w, METHOD_POST, V, V, 201,
	    "{\"camera\":\"broken\",\"port\":\"" PORT "\"}"));
}

static void
say(struct webtest *w, const char *body)
{
	json_decref(ask(w, METHOD_PATCH, ONE, V "/{id}", 200, body));
}

static void
start(struct webtest *w, const char *body)
{
	json_decref(ask(w, METHOD_POST, ONE "/start", V "/{id}/start", 202, body));
}

static void
no_start(struct webtest *w, const char *body, int status, const char *code)
{
	refused(w, METHOD_POST, ONE "/start", body, status, code);
}

/* What flashd does with the newest job: it ends so, with a dump of this camera. */
static int64_t
job_ends(struct webtest *w, enum job_state state, bool dump, bool verified)
{
	struct db *db = w->web.db;
	struct job j;
	struct dump d = { .size = 4096 };
	struct err e;
	static int n;

	assert_int_equal(job_claim(db, NULL, 0, &j, &e), 1);
	if (dump) {
		memset(d.sha256, 'a', 64);
		d.sha256[0] = (char)('a' + n++ % 6);
		d.camera_id = j.camera_id;
		d.verified = verified;
		snprintf(d.kind, sizeof(d.kind), "backup");
		snprintf(d.sidecar, sizeof(d.sidecar), "%d.json", n);
		assert_ok(dump_add(db, &d, &e), e);
		j.result_dump_id = d.id;
	}
	if (state == JOB_INTERRUPTED)
		assert_ok(job_set_touched(db, j.id, &e), e);
	snprintf(j.result, sizeof(j.result), "{\"chip\":\"xr872\",\"mac\":\"d0:11:22:33:44:55\"}");
	assert_ok(job_finish(db, &j, state, &e), e);
	return d.id;
}

static void
identified(struct webtest *w, const char *name, const char *chip)
{
	struct camera c;
	struct err e;

	assert_ok(camera_by_name(w->web.db, name, &c, &e), e);
	assert_ok(camera_set_hardware(
		      w->web.db, c.id, chip, "", "c74014", "d0:11:22:33:44:55", &e),
	    e);
}

static void
a_rescue_comes_and_goes(void **state)
{
	struct webtest *w = *state;
	json_t *doc;

	begin(w);
	refused(w, METHOD_POST, V, "{\"camera\":\"broken\"}", 400, "rescue-exists");
	refused(w, METHOD_POST, V, "{\"camera\":\"Not A Name\"}", 400, "camera-name");
	doc = ask(w, METHOD_GET, ONE, V "/{id}", 200, NULL);
	assert_string_equal(text(doc, "camera"), "broken");
	assert_string_equal(text(doc, "port"), PORT);
	assert_string_equal(text(doc, "step"), "happened");
	assert_string_equal(text(doc, "asked_by"), "anna");
	json_decref(doc);
	doc = ask(w, METHOD_GET, V, V, 200, NULL);
	assert_int_equal(json_array_size(json_object_get(doc, "rescues")), 1);
	json_decref(doc);
	json_decref(ask(w, METHOD_DELETE, ONE, V "/{id}", 204, "{}"));
	refused(w, METHOD_GET, ONE, NULL, 404, "rescue-unknown");
	assert_int_equal(dbtest_sql(w->t, "SELECT count(*) FROM camera"), 1);
}

static void
what_a_person_says_is_kept(void **state)
{
	struct webtest *w = *state;
	json_t *doc, *answers;

	begin(w);
	say(w, "{\"step\":\"photos\",\"happened\":\"half-way\",\"have\":\"donor\","
	       "\"chip\":\"xf16\",\"jumper\":\"yes\"}");
	doc = ask(w, METHOD_GET, ONE, V "/{id}", 200, NULL);
	answers = json_object_get(doc, "answers");
	assert_string_equal(text(doc, "step"), "photos");
	assert_string_equal(text(answers, "happened"), "half-way");
	assert_string_equal(text(answers, "jumper"), "yes");
	assert_string_equal(text(answers, "wired"), "");
	json_decref(doc);
	say(w, "{\"jumper\":\"\"}");
	refused(w, METHOD_PATCH, ONE, "{\"chip\":\"pentium\"}", 400, "rescue-word");
	refused(w, METHOD_PATCH, ONE, "{\"step\":\"nowhere\"}", 400, "rescue-word");
	refused(w, METHOD_PATCH, ONE, "{\"port\":\"/dev/none\"}", 404, "port-unknown");
	refused(w, METHOD_PATCH, ONE, "{\"image\":\"7\"}", 404, "dump-unknown");
	refused(w, METHOD_PATCH, ONE, "{\"donor\":\"broken\"}", 400, "rescue-same-camera");
	refused(w, METHOD_PATCH, ONE, "{\"happend\":\"unknown\"}", 400, "unknown-field");
	refused(w, METHOD_PATCH, V "/9", "{\"step\":\"wire\"}", 404, "rescue-unknown");
	/* All of it, or nothing. */
	refused(w, METHOD_PATCH, ONE, "{\"happened\":\"unknown\",\"chip\":\"z80\"}", 400,
	    "rescue-word");
	doc = ask(w, METHOD_GET, ONE, V "/{id}", 200, NULL);
	answers = json_object_get(doc, "answers");
	assert_string_equal(text(answers, "happened"), "half-way");
	assert_string_equal(text(answers, "jumper"), "");
	json_decref(doc);
}

static void
what_was_heard_is_kept(void **state)
{
	struct webtest *w = *state;
	json_t *doc, *wire;

	begin(w);
	json_decref(ask(w, METHOD_POST, ONE "/seen", V "/{id}/seen", 200,
	    "{\"place\":\"wire\",\"verdict\":\"silent\",\"baud\":115200,\"bytes\":0,"
	    "\"text\":0}"));
	doc = ask(w, METHOD_POST, ONE "/seen", V "/{id}/seen", 200,
	    "{\"place\":\"wire\",\"verdict\":\"readable\",\"baud\":921600,\"bytes\":900,"
	    "\"text\":890,\"firmware\":\"XRADIO SDK\"}");
	wire = json_object_get(json_object_get(doc, "seen"), "wire");
	assert_string_equal(text(wire, "verdict"), "readable");
	assert_int_equal(json_integer_value(json_object_get(wire, "bytes")), 900);
	assert_true(json_is_null(json_object_get(json_object_get(doc, "seen"), "boot")));
	json_decref(doc);
	refused(w, METHOD_POST, ONE "/seen",
	    "{\"place\":\"ether\",\"verdict\":\"silent\",\"baud\":1,\"bytes\":0,"
	    "\"text\":0}",
	    400, "rescue-word");
}

/* From nothing to a write: each task says what it still needs. */
static void
tasks_come_in_their_order(void **state)
{
	struct webtest *w = *state;
	int64_t donor;
	json_t *doc;

	begin(w);
	no_start(w, "{\"task\":\"save\"}", 409, "rescue-unidentified");
	no_start(w, "{\"task\":\"dance\"}", 400, "rescue-word");
	start(w, "{\"task\":\"identify\"}");
	no_start(w, "{\"task\":\"identify\"}", 409, "rescue-busy");
	job_ends(w, JOB_DONE, false, false);
	identified(w, "broken", "xr872");
	start(w, "{\"task\":\"save\"}");
	no_start(w,
	    "{\"task\":\"write\",\"confirm\":\"broken\",\"experimental\":"
	    "\"experimental\"}",
	    409, "rescue-unsaved");
	job_ends(w, JOB_DONE, true, true);
	no_start(w, "{\"task\":\"write\",\"confirm\":\"broken\"}", 409, "rescue-no-image");
	no_start(w, "{\"task\":\"donor\"}", 409, "rescue-donor");
	say(w, "{\"have\":\"donor\",\"donor\":\"good\"}");
	start(w, "{\"task\":\"donor\"}");
	donor = job_ends(w, JOB_DONE, true, true);
	doc = ask(w, METHOD_GET, ONE, V "/{id}", 200, NULL);
	assert_int_equal(json_integer_value(json_object_get(doc, "image")), donor);
	json_decref(doc);
	no_start(w, "{\"task\":\"write\",\"confirm\":\"good\"}", 400, "confirm");
	/* The broken one was on the wires still. */
	dbtest_sql(w->t, "UPDATE camera SET chip_id = 'aabb'");
	no_start(w, "{\"task\":\"write\",\"confirm\":\"broken\"}", 409,
	    "rescue-same-camera");
	dbtest_sql(w->t, "UPDATE camera SET chip_id = 'ccdd' WHERE name = 'good'");
	start(w,
	    "{\"task\":\"write\",\"confirm\":\"broken\",\"experimental\":"
	    "\"experimental\"}");
	assert_int_equal(
	    dbtest_sql(w->t,
		"SELECT count(*) FROM job WHERE kind = 'restore' AND identity = 'keep' "
		"AND flags = 1 AND port = '" PORT "' AND camera_id = 1"),
	    1);
	job_ends(w, JOB_INTERRUPTED, false, false);
	no_start(w, "{\"task\":\"write\",\"confirm\":\"broken\"}", 409, "rescue-busy");
	say(w, "{\"state\":\"done\"}");
	no_start(w, "{\"task\":\"save\"}", 409, "rescue-over");
}

static void
another_family_than_the_marking_is_refused(void **state)
{
	struct webtest *w = *state;
	json_t *doc;

	begin(w);
	identified(w, "broken", "xr872");
	say(w, "{\"chip\":\"bk7252\"}");
	no_start(w, "{\"task\":\"save\"}", 409, "rescue-family");
	doc = ask(w, METHOD_GET, ONE, V "/{id}", 200, NULL);
	assert_string_equal(text(doc, "family"), "differs");
	json_decref(doc);
	say(w, "{\"chip\":\"unreadable\"}");
	start(w, "{\"task\":\"save\"}");
	job_ends(w, JOB_DONE, true, false);
	no_start(w, "{\"task\":\"write\",\"confirm\":\"broken\"}", 409, "rescue-unsaved");
}

/* A camera of this name and key, as a job of the rescue has read it. */
static void
dump_of_job(struct webtest *w, const struct mkimage *m)
{
	struct db *db = w->web.db;
	struct dump d = { .size = m->flash_size, .verified = true, .kind = "backup",
		.sidecar = "1.json" };
	uint8_t hash[32], *p = malloc(m->flash_size);
	struct job j;
	struct err e;
	char path[300];

	assert_non_null(p);
	assert_int_equal(mkimage_dump(m, p), 0);
	crypto_hash_sha256(hash, p, m->flash_size);
	text_hex(hash, sizeof(hash), d.sha256);
	assert_ok(file_mkdir(dbtest_path(w->t, "dumps"), 0700, &e), e);
	snprintf(path, sizeof(path), "%s/dumps/%s.bin", w->t->dir, d.sha256);
	assert_ok(file_put(AT_FDCWD, path, p, m->flash_size, 0600, &e), e);
	free(p);
	assert_int_equal(job_claim(db, NULL, 0, &j, &e), 1);
	d.camera_id = j.camera_id;
	assert_ok(dump_add(db, &d, &e), e);
	j.result_dump_id = d.id;
	assert_ok(job_finish(db, &j, JOB_DONE, &e), e);
}

static const struct mkimage planted = { .family = IMAGE_FAMILY_XR872,
	.flash_size = 512 * 1024,
	.seed = 5,
	.mac = { 0x02, 0xaa, 0xbb, 0xcc, 0xdd, 0xee },
	.ssid = "barn",
	.psk = "barn owl in barn" };

/* A rescue with a job and a dump behind it; the log tells what no rule would blank. */
static void
plant(struct webtest *w)
{
	static const char log[] = "0.1 listening\n0.2 wifi ssid: meadow-net\n"
				  "0.3 mac d0:11:22:33:44:55\n"
				  "0.4 it said barn owl in barn and then barn\n"
				  "0.5 seen 02AABBCCDDEE beside 02-aa-bb-cc-dd-ee\n";
	struct err e;

	begin(w);
	say(w, "{\"happened\":\"wrong-firmware\",\"chip\":\"xf16\"}");
	start(w, "{\"task\":\"identify\"}");
	job_ends(w, JOB_DONE, false, false);
	identified(w, "broken", "xr872");
	start(w, "{\"task\":\"save\"}");
	dump_of_job(w, &planted);
	assert_ok(file_mkdir(dbtest_path(w->t, "jobs"), 0700, &e), e);
	assert_ok(file_put(AT_FDCWD, dbtest_path(w->t, "jobs/1.log"), log,
		      sizeof(log) - 1, 0600, &e),
	    e);
}

static const char *
dump_path(struct webtest *w, int64_t id)
{
	struct dump d;
	struct err e;
	char name[80];

	assert_ok(dump_by_id(w->web.db, id, &d, &e), e);
	snprintf(name, sizeof(name), "dumps/%s.bin", d.sha256);
	return dbtest_path(w->t, name);
}

static void
assert_clean(const char *report)
{
	assert_non_null(strstr(report, "# Rescue of a camera"));
	assert_non_null(strstr(report, "marking on the chip: xf16"));
	assert_non_null(strstr(report, "0.1 listening"));
	assert_non_null(strstr(report, "0.4 it said *** and then ***"));
	assert_non_null(strstr(report, "chip xr872"));
	assert_null(strstr(report, "meadow"));
	assert_null(strstr(report, "barn"));
	assert_null(strstr(report, "owl"));
	assert_null(strstr(report, "22:33"));
	assert_null(strcasestr(report, "aabbcc"));
	assert_null(strcasestr(report, "aa-bb"));
}

static void
the_report_holds_no_secret_of_the_cameras_dumps(void **state)
{
	struct webtest *w = *state;
	struct reply rep;
	struct request r;
	char *text;

	plant(w);
	webtest_request(w, &r, METHOD_GET, ONE "/report", AS_VIEWER);
	webtest_ask(w, &r, NULL, &rep);
	assert_int_equal(rep.status, 200);
	text = strndup(rep.bytes, rep.n);
	assert_clean(text);
	free(text);
	reply_fini(&rep);
	/* Without the dump nobody knows what to blank: no report rather than a bad one. */
	assert_int_equal(unlink(dump_path(w, 1)), 0);
	refused(w, METHOD_GET, ONE "/report", NULL, 404, "file-missing");
	refused(w, METHOD_GET, ONE "/bundle", NULL, 404, "file-missing");
}

static uint32_t
le(const uint8_t *p, unsigned n)
{
	return n == 0 ? 0 : p[0] | le(p + 1, n - 1) << 8;
}

/* The file of this name in the archive, by its directory; its sum is checked. */
static const uint8_t *
in_zip(const uint8_t *p, size_t n, const char *name, size_t *ret_n)
{
	const uint8_t *end = p + n - 22, *at, *file;
	unsigned i;

	assert_int_equal(le(end, 4), 0x06054b50);
	at = p + le(end + 16, 4);
	for (i = 0; i < le(end + 10, 2); i++, at += 46 + le(at + 28, 2)) {
		assert_int_equal(le(at, 4), 0x02014b50);
		file = p + le(at + 42, 4);
		assert_int_equal(le(file, 4), 0x04034b50);
		assert_memory_equal(file + 4, at + 6, 26);
		*ret_n = le(at + 24, 4);
		assert_int_equal(le(at + 16, 4),
		    zip_crc(file + 30 + le(file + 26, 2), *ret_n));
		if (le(at + 28, 2) == strlen(name) &&
		    memcmp(at + 46, name, strlen(name)) == 0)
			return file + 30 + le(file + 26, 2);
	}
	fail_msg("not in the archive: %s", name);
	return NULL;
}

static void
check_archive(const uint8_t *p, size_t n)
{
	const uint8_t *file;
	char *text;
	size_t size;

	file = in_zip(p, n, "report.txt", &size);
	text = strndup((const char *)file, size);
	assert_clean(text);
	free(text);
	file = in_zip(p, n, "broken-redacted.bin", &size);
	assert_int_equal(size, planted.flash_size);
	assert_memory_equal(file, "AWIH", 4);
	file = in_zip(p, n, "broken-map.txt", &size);
	assert_non_null(memmem(file, size, "app_xip", 7));
	/* Nowhere in all of it. */
	assert_null(memmem(p, n, "barn owl", 8));
	assert_null(memmem(p, n, planted.mac, 6));
}

static void
the_bundle_is_an_archive_without_a_secret(void **state)
{
	struct webtest *w = *state;
	struct reply rep;
	struct request r;
	uint8_t *p;

	assert_int_equal(zip_crc("123456789", 9), 0xcbf43926);
	plant(w);
	webtest_request(w, &r, METHOD_GET, ONE "/bundle", AS_ADMIN);
	webtest_ask(w, &r, NULL, &rep);
	assert_int_equal(rep.status, 200);
	assert_int_equal(rep.kind, REPLY_FILE);
	assert_string_equal(rep.type, "application/zip");
	p = malloc(rep.file_n);
	assert_non_null(p);
	assert_int_equal(pread(rep.fd, p, rep.file_n, 0), (ssize_t)rep.file_n);
	check_archive(p, rep.file_n);
	free(p);
	reply_fini(&rep);
	refused(w, METHOD_GET, V "/99/bundle", NULL, 404, "rescue-unknown");
}

static int
teardown(void **state)
{
	json_decref(api);
	api = NULL;
	return webtest_teardown(state);
}

#define WEB_TEST(name) cmocka_unit_test_setup_teardown(name, webtest_setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WEB_TEST(a_rescue_comes_and_goes),
		WEB_TEST(what_a_person_says_is_kept),
		WEB_TEST(what_was_heard_is_kept),
		WEB_TEST(tasks_come_in_their_order),
		WEB_TEST(another_family_than_the_marking_is_refused),
		WEB_TEST(the_report_holds_no_secret_of_the_cameras_dumps),
		WEB_TEST(the_bundle_is_an_archive_without_a_secret),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
