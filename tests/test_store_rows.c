/* SPDX-License-Identifier: GPL-3.0-or-later */
/* db/dump.c, socket.c, event.c: the index of dumps, ports, history. */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "db/camera.h"
#include "db/dump.h"
#include "db/event.h"
#include "db/live.h"
#include "db/socket.h"
#include "db/stmt.h"
#include "tests/dbtest.h"

#define DAY (24 * 3600)
#define T0 1800000000

/* A dump whose digest begins with this and goes on with 0. */
static int64_t
add_dump(struct dbtest *t, const char *prefix, int64_t camera_id)
{
	struct dump d = { .size = 1 << 20,
		.kind = "backup",
		.verified = true,
		.camera_id = camera_id,
		.passes = 2 };
	static unsigned n;
	struct err e;

	memset(d.sha256, '0', 64);
	memcpy(d.sha256, prefix, strlen(prefix));
	snprintf(d.sidecar, sizeof(d.sidecar), "%u.json", ++n);
	assert_ok(dump_add(t->db, &d, &e), e);
	return d.id;
}

static void
dumps_are_found_by_id_and_digest(void **state)
{
	struct dbtest *t = *state;
	int64_t a, a2, b, digits;
	char path[100];
	struct dump d;
	struct err e;

	db_set_clock(t->db, T0);
	a = add_dump(t, "abcdef01", 0);
	b = add_dump(t, "abcdef02", 0);
	digits = add_dump(t, "12345678", 0);
	db_set_clock(t->db, T0 + 1);
	a2 = add_dump(t, "abcdef01", 0);
	assert_ok(dump_resolve(t->db, "1", &d, &e), e);
	assert_int_equal(d.id, a);
	assert_int_equal(d.same_bytes, 2);
	/* Equal bytes: the newest row. */
	assert_ok(dump_resolve(t->db, "abcdef01", &d, &e), e);
	assert_int_equal(d.id, a2);
	assert_ok(dump_resolve(t->db, "ABCDEF020", &d, &e), e);
	assert_int_equal(d.id, b);
	assert_ok(dump_resolve(t->db, d.sha256, &d, &e), e);
	assert_int_equal(d.id, b);
	assert_ok(dump_resolve(t->db, "12345678", &d, &e), e);
	assert_int_equal(d.id, digits);
	assert_err(
	    dump_resolve(t->db, "abcdef0", &d, &e), e, ERR_NOT_FOUND, "dump-unknown");
	assert_err(dump_resolve(t->db, "99", &d, &e), e, ERR_NOT_FOUND, "dump-unknown");
	assert_err(dump_resolve(t->db, "", &d, &e), e, ERR_NOT_FOUND, "dump-unknown");
	assert_err(
	    dump_resolve(t->db, "abcdef01%", &d, &e), e, ERR_NOT_FOUND, "dump-unknown");
	add_dump(t, "abcdef011", 0);
	assert_err(
	    dump_resolve(t->db, "abcdef01", &d, &e), e, ERR_USAGE, "dump-ambiguous");
	assert_ok(dump_by_id(t->db, b, &d, &e), e);
	dump_file_name(&d, path, sizeof(path));
	assert_string_equal(path,
	    "dumps/abcdef0200000000000000000000000000000000000000000000000000"
	    "000000.bin");
}

static void
dumps_refuse_what_could_become_a_path(void **state)
{
	struct dump d = { .size = 1, .kind = "import", .sidecar = "a.json" };
	struct dbtest *t = *state;
	struct err e;

	snprintf(d.sha256, sizeof(d.sha256), "../../../../../../etc/passwd");
	assert_err(dump_add(t->db, &d, &e), e, ERR_USAGE, "dump-sha256");
	memset(d.sha256, 'A', 64);
	assert_err(dump_add(t->db, &d, &e), e, ERR_USAGE, "dump-sha256");
	memset(d.sha256, 'a', 64);
	snprintf(d.sidecar, sizeof(d.sidecar), "../a.json");
	assert_err(dump_add(t->db, &d, &e), e, ERR_USAGE, "dump-sidecar");
	snprintf(d.sidecar, sizeof(d.sidecar), "a.json");
	d.size = 0;
	assert_err(dump_add(t->db, &d, &e), e, ERR_USAGE, "dump-size");
	d.size = 1;
	assert_ok(dump_add(t->db, &d, &e), e);
	assert_int_equal(dump_add(t->db, &d, &e), -1);
}

static bool
ids(const struct dump *d, void *arg)
{
	char *list = arg;
	size_t n = strlen(list);

	snprintf(list + n, 100 - n, "%lld%s ", (long long)d->id, d->camera);
	return true;
}

static void
dumps_belong_to_cameras(void **state)
{
	struct camera c = { .name = "yard" };
	char all[100] = "", of_yard[100] = "", later[100] = "";
	struct dbtest *t = *state;
	struct dump d;
	struct err e;

	assert_ok(camera_add(t->db, &c, &e), e);
	db_set_clock(t->db, T0);
	add_dump(t, "aa", c.id);
	add_dump(t, "bb", 0);
	assert_ok(dump_each(t->db, 0, ids, all, &e), e);
	assert_string_equal(all, "2 1yard ");
	assert_ok(dump_set_camera(t->db, 2, c.id, &e), e);
	assert_ok(dump_set_camera(t->db, 1, 0, &e), e);
	assert_ok(dump_each(t->db, c.id, ids, of_yard, &e), e);
	assert_string_equal(of_yard, "2yard ");
	assert_err(
	    dump_set_camera(t->db, 1, 77, &e), e, ERR_NOT_FOUND, "camera-unknown");
	assert_err(dump_set_camera(t->db, 77, 0, &e), e, ERR_NOT_FOUND, "dump-unknown");
	assert_ok(camera_remove(t->db, c.id, &e), e);
	assert_ok(dump_each(t->db, 0, ids, later, &e), e);
	assert_string_equal(later, "2 1 ");
	assert_ok(dump_set_note(t->db, 1, "the good one", &e), e);
	assert_ok(dump_set_missing(t->db, 1, true, &e), e);
	assert_ok(dump_by_id(t->db, 1, &d, &e), e);
	assert_string_equal(d.note, "the good one");
	assert_true(d.missing);
	assert_err(
	    dump_set_note(t->db, 1, "two\nlines", &e), e, ERR_USAGE, "dump-note");
	assert_ok(dump_by_sidecar(t->db, d.sidecar, &d, &e), e);
	assert_int_equal(d.id, 1);
	assert_err(dump_by_sidecar(t->db, "no.json", &d, &e), e, ERR_NOT_FOUND,
	    "dump-unknown");
}

static void
sockets_are_made_by_being_set(void **state)
{
	struct dbtest *t = *state;
	struct socket_row s;
	struct err e;

	assert_err(
	    socket_by_path(t->db, "pci-1", &s, &e), e, ERR_NOT_FOUND, "port-unknown");
	assert_ok(socket_set_good_baud(t->db, "pci-1", 921600, &e), e);
	assert_ok(socket_set_enabled(t->db, "pci-1", true, &e), e);
	assert_ok(socket_set_name(t->db, "pci-1", "left", &e), e);
	assert_ok(socket_by_path(t->db, "pci-1", &s, &e), e);
	assert_true(s.enabled);
	assert_string_equal(s.name, "left");
	assert_int_equal(s.good_baud, 921600);
	assert_err(
	    socket_set_name(t->db, "pci-2", "left", &e), e, ERR_USAGE, "port-exists");
	assert_err(
	    socket_set_name(t->db, "pci-2", "Left", &e), e, ERR_USAGE, "port-name");
	/* A refused name made no row. */
	assert_err(
	    socket_by_path(t->db, "pci-2", &s, &e), e, ERR_NOT_FOUND, "port-unknown");
	assert_ok(socket_set_name(t->db, "pci-1", "left", &e), e);
	assert_ok(socket_set_name(t->db, "pci-1", "", &e), e);
	/* Two without a name are no clash. */
	assert_ok(socket_set_name(t->db, "pci-2", "", &e), e);
	assert_int_equal(socket_set_enabled(t->db, "", true, &e), -1);
	assert_int_equal(socket_set_enabled(t->db, "a\nb", true, &e), -1);
}

static void
expect_path(struct dbtest *t, struct live *live, const char *typed, const char *wanted)
{
	char path[256] = "";
	struct err e;

	assert_ok(socket_resolve(t->db, live, typed, path, sizeof(path), &e), e);
	assert_string_equal(path, wanted);
}

static void
a_port_is_found_by_each_of_its_names(void **state)
{
	struct live_port p = { .path = "pci-0000:00:14.0-usb-0:2:1.0",
		.state = "free" };
	struct dbtest *t = *state;
	char link[300], path[256] = "untouched";
	struct live *live;
	struct err e;

	/* Instead of a tty: any file will do to follow a link to. */
	snprintf(p.node, sizeof(p.node), "%s", dbtest_path(t, DB_NAME));
	live = live_open(t->dir, &e);
	assert_non_null(live);
	assert_ok(live_set_port(live, &p, &e), e);
	assert_ok(
	    socket_set_name(t->db, "pci-0000:00:14.0-usb-0:1:1.0", "left", &e), e);
	snprintf(link, sizeof(link), "%s", dbtest_path(t, "a-link"));
	assert_int_equal(symlink(p.node, link), 0);

	expect_path(t, live, "left", "pci-0000:00:14.0-usb-0:1:1.0");
	expect_path(t, NULL, "left", "pci-0000:00:14.0-usb-0:1:1.0");
	expect_path(
	    t, live, "pci-0000:00:14.0-usb-0:1:1.0", "pci-0000:00:14.0-usb-0:1:1.0");
	expect_path(t, live, "pci-0000:00:14.0-usb-0:1:1.0-port0",
	    "pci-0000:00:14.0-usb-0:1:1.0");
	expect_path(
	    t, live, "/dev/serial/by-path/pci-0000:00:14.0-usb-0:2:1.0-port0", p.path);
	expect_path(t, live, p.path, p.path);
	expect_path(t, live, p.node, p.path);
	expect_path(t, live, link, p.path);
	assert_err(socket_resolve(t->db, live, "lefd", path, sizeof(path), &e), e,
	    ERR_NOT_FOUND, "port-unknown");
	assert_non_null(strstr(e.msg, "'left'"));
	assert_err(socket_resolve(t->db, live, "zzzzzz", path, sizeof(path), &e), e,
	    ERR_NOT_FOUND, "port-unknown");
	assert_null(strstr(e.msg, "mean"));
	assert_err(socket_resolve(t->db, NULL, p.node, path, sizeof(path), &e), e,
	    ERR_NOT_FOUND, "port-unknown");
	assert_string_equal(path, "untouched");
	live_close(live);
}

struct seen {
	int64_t ids[600];
	size_t n;
	char text[601];
};

static bool
see(const struct event_row *ev, void *arg)
{
	struct seen *s = arg;

	s->ids[s->n++] = ev->id;
	snprintf(s->text, sizeof(s->text), "%s", ev->text);
	return s->n < sizeof(s->ids) / sizeof(s->ids[0]);
}

static void
history_goes_back_in_pages(void **state)
{
	struct seen all = { .n = 0 }, page = { .n = 0 }, of = { .n = 0 };
	struct dbtest *t = *state;
	struct err e;
	int i;

	for (i = 1; i <= 10; i++)
		assert_ok(
		    event_row_add(t->db, "job", i % 2, i, "ann", &e, "event %d", i), e);
	assert_ok(event_row_each(t->db, 0, 0, 100, see, &all, &e), e);
	assert_int_equal(all.n, 10);
	assert_int_equal(all.ids[0], 10);
	assert_ok(event_row_each(t->db, 0, 5, 2, see, &page, &e), e);
	assert_int_equal(page.n, 2);
	assert_int_equal(page.ids[0], 4);
	assert_ok(event_row_each(t->db, 1, 0, 100, see, &of, &e), e);
	assert_int_equal(of.n, 5);
}

static void
a_devices_words_cannot_forge_a_line(void **state)
{
	struct seen s = { .n = 0 };
	struct dbtest *t = *state;
	struct err e;

	assert_ok(
	    event_row_add(t->db, "job", 0, 0, "a\nb", &e, "said %s", "\033]0;x\n<2>forged"),
	    e);
	assert_ok(event_row_each(t->db, 0, 0, 1, see, &s, &e), e);
	assert_string_equal(s.text, "said \\x1b]0;x\\x0a<2>forged");
}

static void
fill(struct dbtest *t, int n)
{
	struct err e;
	int i;

	assert_ok(db_begin(t->db, &e), e);
	for (i = 0; i < n; i++)
		assert_ok(event_row_add(t->db, "test", 0, 0, "", &e, "%d", i), e);
	assert_ok(db_commit(t->db, &e), e);
}

static void
old_history_goes_bit_by_bit(void **state)
{
	struct dbtest *t = *state;
	int64_t before, after;

	db_set_clock(t->db, T0);
	fill(t, 1200);
	db_set_clock(t->db, T0 + 91 * DAY);
	before = dbtest_sql(t, "SELECT count(*) FROM event");
	fill(t, 50);
	after = dbtest_sql(t, "SELECT count(*) FROM event");
	/* One pass of at most 500. */
	assert_int_equal(after, before + 50 - 500);
	fill(t, 100);
	assert_int_equal(dbtest_sql(t, "SELECT count(*) FROM event"), 150);
	assert_int_equal(dbtest_sql(t, "SELECT min(at_s) FROM event"), T0 + 91 * DAY);
}

static void
history_has_an_end(void **state)
{
	struct dbtest *t = *state;

	db_set_clock(t->db, T0);
	/* As if 50,000 had been there: ids only grow. */
	fill(t, 100);
	dbtest_sql(t, "UPDATE sqlite_sequence SET seq = 50060 WHERE name = 'event'");
	fill(t, 60);
	/* At id 50100 everything up to 100 goes. */
	assert_int_equal(dbtest_sql(t, "SELECT min(id) FROM event"), 50061);
}

#define DB_TEST(f) cmocka_unit_test_setup_teardown(f, dbtest_setup, dbtest_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		DB_TEST(dumps_are_found_by_id_and_digest),
		DB_TEST(dumps_refuse_what_could_become_a_path),
		DB_TEST(dumps_belong_to_cameras),
		DB_TEST(sockets_are_made_by_being_set),
		DB_TEST(a_port_is_found_by_each_of_its_names),
		DB_TEST(history_goes_back_in_pages),
		DB_TEST(a_devices_words_cannot_forge_a_line),
		DB_TEST(old_history_goes_bit_by_bit),
		DB_TEST(history_has_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
