/* SPDX-License-Identifier: GPL-3.0-or-later */
/* POST /plan of a restore: the image for this camera, before anything is written. Every
 * answer is held against docs/openapi.json. */
#include "config.h"

#include "tests/webtest.h"

#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/file.h"
#include "common/text.h"
#include "db/camera.h"
#include "db/dump.h"
#include "db/socket.h"
#include "tests/sim/mkimage.h"

#define FLASH_SIZE (256 * 1024)
#define PLAN "/api/v1/plan"

static json_t *api;

static const struct mkimage shed = { .family = IMAGE_FAMILY_XR872,
	.flash_size = FLASH_SIZE,
	.small = true,
	.seed = 5,
	.mac = { 2, 0, 0, 0, 0, 5 },
	.ssid = "shed-net",
	.psk = "shed secret" };

/* A dump of this camera, made by it. */
static void
add_dump(struct webtest *w, const char *camera, const struct mkimage *m,
    const char *kind, const char *sidecar)
{
	struct dump d = { .size = FLASH_SIZE,
		.verified = true,
		.chip = "xr872",
		.passes = 2,
		.created_s = 1700000000 };
	struct err e = { .code = ERR_NONE };
	uint8_t hash[32], *p = malloc(FLASH_SIZE);
	struct camera c;
	char path[300];

	snprintf(d.kind, sizeof(d.kind), "%s", kind);
	snprintf(d.sidecar, sizeof(d.sidecar), "%s", sidecar);
	assert_int_equal(mkimage_dump(m, p), 0);
	assert_ok(camera_by_name(w->t->db, camera, &c, &e), e);
	crypto_hash_sha256(hash, p, FLASH_SIZE);
	text_hex(hash, sizeof(hash), d.sha256);
	d.camera_id = c.id;
	(void)mkdir(dbtest_path(w->t, "dumps"), 0700);
	snprintf(path, sizeof(path), "%s/dumps/%s.bin", w->t->dir, d.sha256);
	assert_ok(dump_add(w->t->db, &d, &e), e);
	assert_ok(file_put(AT_FDCWD, path, p, FLASH_SIZE, 0600, &e), e);
	free(p);
}

static void
add_camera(struct webtest *w, const char *name)
{
	struct camera c = { .enabled = true };
	struct err e = { .code = ERR_NONE };

	snprintf(c.name, sizeof(c.name), "%s", name);
	assert_ok(camera_add(w->t->db, &c, &e), e);
}

/* Dump 1 is of shed, 2 of home, 3 of barn, which has lost its settings, 4 a
 * file that its user says is of barn; attic was never
 * read. */
static int
setup(void **state)
{
	struct mkimage home = shed, barn = shed;
	struct err e = { .code = ERR_NONE };
	struct webtest *w;

	if (webtest_setup(state) < 0)
		return -1;
	w = *state;
	home.seed = 6;
	home.mac[5] = 6;
	home.ssid = "home-net";
	barn.seed = 8;
	barn.no_sysinfo = true;
	assert_ok(socket_set_name(w->t->db, "pci-1", "bench", &e), e);
	add_camera(w, "shed");
	add_camera(w, "home");
	add_camera(w, "barn");
	add_camera(w, "attic");
	add_dump(w, "shed", &shed, "backup", "a.json");
	add_dump(w, "home", &home, "backup", "b.json");
	add_dump(w, "barn", &barn, "backup", "c.json");
	add_dump(w, "barn", &shed, "import", "d.json");
	return 0;
}

static json_t *
plan(struct webtest *w, const char *camera, int dump, const char *more)
{
	char body[300];
	json_t *doc;
	int status;

	snprintf(body, sizeof(body),
	    "{\"kind\":\"restore\",\"port\":\"bench\",\"camera\":\"%s\",\"dump\":%d%s}",
	    camera, dump, more);
	status = webtest_json(w, METHOD_POST, PLAN, AS_ADMIN, body, &doc);
	if (status != 200)
		fail_msg("%s: %d %s", body, status, webtest_code(doc));
	webschema_check(api, PLAN, "post", 200, doc);
	return doc;
}

static const json_t *
image(const json_t *doc)
{
	return json_object_get(doc, "image");
}

static int
differing(const json_t *doc, const char *from)
{
	return (int)json_integer_value(
	    json_object_get(json_object_get(image(doc), from), "differing"));
}

/* Whose the region of this kind is. */
static const char *
whose(const json_t *doc, const char *kind)
{
	json_t *list = json_object_get(image(doc), "regions"), *r;
	size_t i;

	json_array_foreach(list, i, r)
	{
		if (strcmp(json_string_value(json_object_get(r, "kind")), kind) == 0)
			return json_string_value(json_object_get(r, "from"));
	}
	return "";
}

static const char *
line(const json_t *doc, size_t i, const char *key)
{
	return json_string_value(
	    json_object_get(json_array_get(json_object_get(doc, "lines"), i), key));
}

static void
the_image_is_shown_before_it_is_written(void **state)
{
	json_t *doc = plan(*state, "home", 1, "");

	assert_string_equal(
	    json_string_value(json_object_get(doc, "identity")), "keep");
	assert_true(json_is_false(json_object_get(doc, "identity_gone")));
	assert_int_equal(differing(doc, "from_dump"), 2);
	assert_true(differing(doc, "from_camera") > 2);
	assert_string_equal(whose(doc, "section"), "donor");
	assert_string_equal(whose(doc, "sysinfo"), "target");
	assert_string_equal(whose(doc, "device"), "target");
	assert_int_equal(json_integer_value(json_object_get(image(doc), "target")), 2);
	json_decref(doc);
	doc = plan(*state, "home", 1, ",\"identity\":\"blank\"");
	assert_string_equal(whose(doc, "sysinfo"), "");
	json_decref(doc);
	doc = plan(*state, "home", 1, ",\"identity\":\"donor\"");
	assert_int_equal(differing(doc, "from_dump"), 0);
	assert_true(json_is_true(json_object_get(image(doc), "as_it_is")));
	json_decref(doc);
}

/* A program tells the sentence from the bytes it is about. */
static void
each_line_says_what_it_is_made_of(void **state)
{
	json_t *doc = plan(*state, "home", 1, ""), *said;
	size_t i;
	bool area = false;

	json_array_foreach(json_object_get(doc, "lines"), i, said)
	{
		const char *template = line(doc, i, "template");

		assert_string_not_equal(template, "");
		assert_string_not_equal(template, "{0}");
		if (strcmp(template, "0x{0} to 0x{1}: {2}") != 0)
			continue;
		area = true;
		assert_int_equal(
		    json_array_size(json_object_get(said, "params")), 3);
	}
	assert_true(area);
	json_decref(doc);
}

static void
a_cameras_own_dump_is_known(void **state)
{
	json_t *doc = plan(*state, "home", 2, "");

	assert_true(json_is_true(json_object_get(image(doc), "own")));
	assert_int_equal(differing(doc, "from_camera"), 0);
	json_decref(doc);
}

static void
a_lost_identity_is_said_first(void **state)
{
	json_t *doc = plan(*state, "barn", 1, "");

	assert_true(json_is_true(json_object_get(doc, "identity_gone")));
	assert_true(json_is_null(image(doc)));
	assert_string_equal(line(doc, 0, "what"), "gone");
	assert_non_null(strstr(line(doc, 0, "text"), "device id"));
	json_decref(doc);
	doc = plan(*state, "barn", 1, ",\"identity\":\"donor\"");
	assert_true(json_is_true(json_object_get(doc, "identity_gone")));
	assert_string_equal(line(doc, 0, "what"), "gone");
	assert_false(json_is_null(image(doc)));
	json_decref(doc);
	/* What its user says of a file makes nobody's identity its own. */
	doc = plan(*state, "barn", 4, "");
	assert_true(json_is_true(json_object_get(doc, "identity_gone")));
	json_decref(doc);
	/* Its own dump brings it back. */
	doc = plan(*state, "barn", 3, "");
	assert_true(json_is_true(json_object_get(image(doc), "own")));
	json_decref(doc);
}

static void
what_was_never_read_has_rules_and_no_image(void **state)
{
	json_t *doc = plan(*state, "attic", 1, "");

	assert_true(json_is_null(image(doc)));
	assert_true(json_is_false(json_object_get(doc, "identity_gone")));
	json_decref(doc);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, webtest_teardown)
	const struct CMUnitTest tests[] = {
		TEST(the_image_is_shown_before_it_is_written),
		TEST(each_line_says_what_it_is_made_of),
		TEST(a_cameras_own_dump_is_known),
		TEST(a_lost_identity_is_said_first),
		TEST(what_was_never_read_has_rules_and_no_image),
	};
	int r;

	api = webschema_load();
	assert_non_null(api);
	r = cmocka_run_group_tests(tests, NULL, NULL);
	json_decref(api);
	return r;
}
