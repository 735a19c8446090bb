/* SPDX-License-Identifier: GPL-3.0-or-later */
/* db/camera.c and source.c: rows, and what a user may type as a source. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "db/camera.h"
#include "tests/dbtest.h"

struct good {
	const char *typed, *source, *user, *password;
};

static const struct good goods[] = {
	{ "", "", "", "" },
	{ "test:", "test:", "", "" },
	{ "TEST:", "test:", "", "" },
	{ "http://cam", "http://cam/", "", "" },
	{ "HTTP://Cam-1.local:81/stream?x=1&y=%20",
	    "http://Cam-1.local:81/stream?x=1&y=%20", "", "" },
	{ "http://192.168.1.5/", "http://192.168.1.5/", "", "" },
	{ "http://[fe80::1]:8080/v", "http://[fe80::1]:8080/v", "", "" },
	{ "http+still://cam/shot.jpg", "http+still://cam/shot.jpg", "", "" },
	{ "rtsp://cam:554/live", "rtsp://cam:554/live", "", "" },
	{ "http://ann@cam/", "http://cam/", "ann", "" },
	{ "http://ann:secret@cam:81/x", "http://cam:81/x", "ann", "secret" },
	{ "http://a%40b:p%3Aq%2F@cam/", "http://cam/", "a@b", "p:q/" },
	{ "http://ann:p@ss@cam/", "http://cam/", "ann", "p@ss" },
	{ "http://ann:a:b@cam/", "http://cam/", "ann", "a:b" },
	{ "http://cam/user@home", "http://cam/user@home", "", "" },
	{ "http://cam?a=1", "http://cam?a=1", "", "" },
	{ "pppp:ABCD-123456-EFGHI", "pppp:ABCD-123456-EFGHI", "", "" },
	{ "pppp:@192.168.1.9", "pppp:@192.168.1.9", "", "" },
	{ "PPPP:abc@cam:32108", "pppp:abc@cam:32108", "", "" },
};

static void
good_sources_are_taken(void **state)
{
	struct camera c;
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(goods) / sizeof(goods[0]); i++) {
		memset(&c, 0, sizeof(c));
		if (camera_source_parse(goods[i].typed, &c, &e) < 0)
			fail_msg("%s: %s", goods[i].typed, e.msg);
		assert_string_equal(c.source, goods[i].source);
		assert_string_equal(c.user, goods[i].user);
		assert_string_equal(c.password, goods[i].password);
	}
}

static const char *const bads[] = {
	"cam",
	"cam:81",
	"http:",
	"http:/cam",
	"http://",
	"http:///x",
	"http://:81/",
	"http://cam:0/",
	"http://cam:65536/",
	"http://cam:/",
	"http://cam:8a/",
	"http://cam:0x50/",
	"http://-cam/",
	"http://.cam/",
	"http://ca m/",
	"http://cam/a b",
	"http://cam/\n",
	"http://cam/\x7f",
	"http://cam/\xc3\xa4",
	"http://[fe80::1/",
	"http://[]/",
	"http://[::1]x/",
	"http://cam/#top",
	"http://u%4@cam/",
	"http://u%zz@cam/",
	"http://u%0a@cam/",
	"http://u%00@cam/",
	"http://@/",
	"http://cam/<x>",
	"http://cam/\"",
	"https://cam/",
	"ftp://cam/",
	"file:///etc/passwd",
	"gopher://cam/",
	"test:x",
	"test",
	"pppp:",
	"pppp:@",
	"pppp:a b@cam",
	"pppp:a_b",
	"pppp:abc@",
	"pppp:abc@cam:0",
	"pppp:abc@cam@dog",
	"pppp:0123456789012345678901234567890123456789012345678901234567890123456789",
	"-",
	" test:",
};

static void
push_addresses_are_read(void **state)
{
	static const struct good pushes[] = {
		{ "rtsp://h", "rtsp://h/", "", "" },
		{ "RTSP://h:8554/a/b?c=d", "rtsp://h:8554/a/b?c=d", "", "" },
		{ "rtsp://ann:p%40w@[fd00::1]:8554/x", "rtsp://[fd00::1]:8554/x", "ann",
		    "p@w" },
		{ "off", "", "", "" },
		{ "", "", "", "" },
	};
	static const char *const no[] = { "http://h/", "rtsps://h/", "rtsp://", "rtsp:///p",
		"rtsp://h:0/", "rtsp://h:99999/", "rtsp://h/#x", "rtsp://h/ x", "rtsp://[h]/",
		"rtsp://h\r\nX: y", "h:8554", "on" };
	struct camera c, old;
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(pushes) / sizeof(pushes[0]); i++) {
		memset(&c, 0, sizeof(c));
		if (camera_push_parse(pushes[i].typed, &c, &e) < 0)
			fail_msg("%s: %s", pushes[i].typed, e.msg);
		assert_string_equal(c.push, pushes[i].source);
		assert_string_equal(c.push_user, pushes[i].user);
		assert_string_equal(c.push_password, pushes[i].password);
		assert_string_equal(c.source, "");
	}
	memset(&c, 0, sizeof(c));
	snprintf(c.push, sizeof(c.push), "rtsp://before/");
	snprintf(c.push_user, sizeof(c.push_user), "ann");
	old = c;
	for (i = 0; i < sizeof(no) / sizeof(no[0]); i++) {
		assert_err(camera_push_parse(no[i], &c, &e), e, ERR_USAGE, "camera-push");
		assert_memory_equal(&c, &old, sizeof(c));
	}
	assert_err(camera_push_parse("rtsp://bob@h/", &c, &e), e, ERR_USAGE, "camera-push");
	assert_ok(camera_push_parse("off", &c, &e), e);
	assert_string_equal(c.push_user, "");
}

static void
bad_sources_are_refused_and_nothing_is_touched(void **state)
{
	struct camera c = { .source = "before" }, old = c;
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bads) / sizeof(bads[0]); i++) {
		if (camera_source_parse(bads[i], &c, &e) != -1)
			fail_msg("'%s' became '%s'", bads[i], c.source);
		assert_int_equal(e.code, ERR_USAGE);
		assert_memory_equal(&c, &old, sizeof(c));
	}
}

static void
a_source_too_long_is_refused(void **state)
{
	struct camera c = { .source = "" };
	char typed[2000];
	struct err e;
	size_t n;

	(void)state;
	for (n = 400; n < sizeof(typed); n += 7) {
		memset(typed, 'x', sizeof(typed));
		memcpy(typed, "http://cam/", 11);
		typed[n] = '\0';
		if (n < sizeof(c.source))
			assert_ok(camera_source_parse(typed, &c, &e), e);
		else
			assert_int_equal(camera_source_parse(typed, &c, &e), -1);
	}
	/* A user that does not fit its field is no cut user. */
	snprintf(typed, sizeof(typed), "http://%0100d@cam/", 1);
	assert_int_equal(camera_source_parse(typed, &c, &e), -1);
}

static void
device_ids_are_masked(void **state)
{
	static const char *const ids[][2] = {
		{ "pppp:BATC609531EXLVS@cam:1", "pppp:BATC****31@cam:1" },
		{ "pppp:XHA-000994-KMMEB", "pppp:XHA****94" },
		{ "pppp:A1B", "pppp:A****" },
		{ "pppp:@192.168.1.9", "pppp:@192.168.1.9" },
		{ "http://cam/", "http://cam/" },
	};
	char shown[sizeof(((struct camera *)0)->source)];
	struct camera c, other;
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		memset(&c, 0, sizeof(c));
		assert_ok(camera_source_parse(ids[i][0], &c, &e), e);
		assert_string_equal(camera_source_show(&c, shown), ids[i][1]);
		memset(&other, 0, sizeof(other));
		assert_int_equal(camera_source_parse(shown, &other, &e),
		    strchr(shown, '*') != NULL ? -1 : 0);
	}
}

static void
one_user_only(void **state)
{
	struct camera c = { .user = "bob" };
	struct err e;

	(void)state;
	assert_err(camera_source_parse("http://ann:x@cam/", &c, &e), e, ERR_USAGE,
	    "camera-user");
	assert_string_equal(c.user, "bob");
	snprintf(c.user, sizeof(c.user), "ann");
	snprintf(c.password, sizeof(c.password), "x");
	assert_ok(camera_source_parse("http://ann:x@cam/", &c, &e), e);
	assert_ok(camera_source_parse("http://cam/", &c, &e), e);
	assert_string_equal(c.user, "ann");
}

static void
rows_come_back_as_they_went(void **state)
{
	struct camera c = { .name = "yard",
		.source = "http://ann:pw@cam:81/x",
		.notes = "a\nb\tc",
		.tags = "out door",
		.enabled = true };
	struct dbtest *t = *state;
	struct camera got;
	struct err e;

	db_set_clock(t->db, 100);
	assert_ok(camera_add(t->db, &c, &e), e);
	assert_ok(camera_by_name(t->db, "yard", &got, &e), e);
	assert_int_equal(got.id, c.id);
	assert_string_equal(got.source, "http://cam:81/x");
	assert_string_equal(got.user, "ann");
	assert_string_equal(got.notes, "a\nb\tc");
	assert_string_equal(got.tags, "out door");
	assert_true(got.enabled);
	assert_int_equal(got.changed_s, 100);
	assert_string_equal(got.password, "pw");
	db_set_clock(t->db, 200);
	snprintf(c.name, sizeof(c.name), "garden");
	c.enabled = false;
	assert_ok(camera_update(t->db, &c, &e), e);
	assert_ok(camera_by_id(t->db, c.id, &got, &e), e);
	assert_string_equal(got.name, "garden");
	assert_false(got.enabled);
	assert_int_equal(got.created_s, 100);
	assert_int_equal(got.changed_s, 200);
	assert_ok(camera_remove(t->db, c.id, &e), e);
	assert_err(
	    camera_by_id(t->db, c.id, &got, &e), e, ERR_NOT_FOUND, "camera-unknown");
	assert_err(camera_update(t->db, &c, &e), e, ERR_NOT_FOUND, "camera-unknown");
	assert_err(camera_remove(t->db, c.id, &e), e, ERR_NOT_FOUND, "camera-unknown");
}

static void
names_are_slugs_and_unique(void **state)
{
	static const char *const names[] = { "", "Yard", "-yard", "ya rd", "yard/x",
		"yärd" };
	struct camera c = { .source = "test:" };
	struct dbtest *t = *state;
	struct err e;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(c.name, sizeof(c.name), "%s", names[i]);
		assert_err(camera_add(t->db, &c, &e), e, ERR_USAGE, "camera-name");
	}
	snprintf(c.name, sizeof(c.name), "yard");
	assert_ok(camera_add(t->db, &c, &e), e);
	assert_ok(camera_update(t->db, &c, &e), e);
	assert_err(camera_add(t->db, &c, &e), e, ERR_USAGE, "camera-exists");
	snprintf(c.name, sizeof(c.name), "garden");
	assert_ok(camera_add(t->db, &c, &e), e);
	snprintf(c.name, sizeof(c.name), "yard");
	assert_err(camera_update(t->db, &c, &e), e, ERR_USAGE, "camera-exists");
	snprintf(c.name, sizeof(c.name), "x");
	snprintf(c.notes, sizeof(c.notes), "\033[2J");
	assert_err(camera_add(t->db, &c, &e), e, ERR_USAGE, "camera-text");
	c.notes[0] = '\0';
	snprintf(c.password, sizeof(c.password), "\r\n");
	assert_err(camera_add(t->db, &c, &e), e, ERR_USAGE, "camera-user");
}

static void
the_hardware_speaks_for_its_own_columns(void **state)
{
	struct camera c = { .name = "yard", .enabled = true }, got;
	struct dbtest *t = *state;
	struct err e;

	assert_ok(camera_add(t->db, &c, &e), e);
	assert_err(
	    camera_by_chip_id(t->db, "", &got, &e), e, ERR_NOT_FOUND, "camera-unknown");
	assert_ok(camera_set_hardware(
		      t->db, c.id, "xr872", "cafe", "0b4017", "02:00:00:00:00:01", &e),
	    e);
	assert_ok(
	    camera_set_hardware(t->db, c.id, "", "", "", "02:00:00:00:00:02", &e), e);
	assert_ok(camera_by_chip_id(t->db, "cafe", &got, &e), e);
	assert_string_equal(got.chip, "xr872");
	assert_string_equal(got.jedec, "0b4017");
	assert_string_equal(got.mac, "02:00:00:00:00:02");
	/* A person's change leaves them alone. */
	assert_ok(camera_update(t->db, &c, &e), e);
	assert_ok(camera_by_name(t->db, "yard", &got, &e), e);
	assert_string_equal(got.chip_id, "cafe");
	assert_err(camera_set_hardware(t->db, 99, "x", "", "", "", &e), e,
	    ERR_NOT_FOUND, "camera-unknown");
}

static bool
two_names(const struct camera *c, void *arg)
{
	char *list = arg;
	size_t n = strlen(list);

	snprintf(list + n, 100 - n, "%s ", c->name);
	return n == 0;
}

static void
each_goes_by_name_and_can_stop(void **state)
{
	static const char *const names[] = { "c", "a", "b" };
	struct camera c = { .name = "" };
	struct dbtest *t = *state;
	char list[100] = "";
	struct err e;
	size_t i;

	for (i = 0; i < 3; i++) {
		snprintf(c.name, sizeof(c.name), "%s", names[i]);
		assert_ok(camera_add(t->db, &c, &e), e);
	}
	assert_ok(camera_each(t->db, two_names, list, &e), e);
	assert_string_equal(list, "a b ");
}

#define DB_TEST(f) cmocka_unit_test_setup_teardown(f, dbtest_setup, dbtest_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_sources_are_taken),
		cmocka_unit_test(push_addresses_are_read),
		cmocka_unit_test(bad_sources_are_refused_and_nothing_is_touched),
		cmocka_unit_test(a_source_too_long_is_refused),
		cmocka_unit_test(device_ids_are_masked),
		cmocka_unit_test(one_user_only),
		DB_TEST(rows_come_back_as_they_went),
		DB_TEST(names_are_slugs_and_unique),
		DB_TEST(the_hardware_speaks_for_its_own_columns),
		DB_TEST(each_goes_by_name_and_can_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
