/* SPDX-License-Identifier: GPL-3.0-or-later */
/* db/live.c, live_file.c: what is true now, and a file that may break at any time. */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/file.h"
#include "common/loop.h"
#include "db/live.h"
#include "db/live_file.h"
#include "tests/dbtest.h"

static struct live *
must_open(const struct dbtest *t)
{
	struct err e = { .code = ERR_NONE };
	struct live *live = live_open(t->dir, &e);

	if (live == NULL)
		fail_msg("%s", e.msg);
	return live;
}

static void
the_file_is_for_the_group(void **state)
{
	struct dbtest *t = *state;
	mode_t old = umask(077);
	struct live *live = must_open(t);
	struct stat st;

	umask(old);
	assert_int_equal(stat(dbtest_path(t, LIVE_NAME), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);
	assert_int_equal(dbtest_count_files(t, LIVE_NAME), 1);
	live_close(live);
	live_close(NULL);
}

static void
a_heartbeat_grows_old(void **state)
{
	struct dbtest *t = *state;
	struct live *live = must_open(t);
	struct live_daemon d;
	struct err e;

	assert_false(live_is_up(live, "flashd"));
	assert_int_equal(live_get_daemon(live, "flashd", &d, &e), 0);
	assert_ok(live_beat(live, "flashd", "1.2", "127.0.0.1:80", &e), e);
	assert_true(live_is_up(live, "flashd"));
	assert_int_equal(live_get_daemon(live, "flashd", &d, &e), 1);
	assert_string_equal(d.version, "1.2");
	assert_string_equal(d.listen, "127.0.0.1:80");
	assert_int_equal(d.pid, getpid());
	assert_true(stmt_run(&live->db, &e, "UPDATE daemon SET at_us = ?", "i",
			loop_now_us() - LIVE_DOWN_US - 1000000) == 1);
	assert_false(live_is_up(live, "flashd"));
	assert_true(stmt_run(&live->db, &e, "UPDATE daemon SET at_us = ?", "i",
			loop_now_us() + 60000000) == 1);
	assert_false(live_is_up(live, "flashd"));
	assert_ok(live_beat(live, "flashd", "1.2", "", &e), e);
	assert_ok(live_beat_end(live, "flashd", &e), e);
	assert_false(live_is_up(live, "flashd"));
	live_close(live);
}

static void
rows_are_replaced_as_a_whole(void **state)
{
	struct live_progress p = { .job_id = 3,
		.step = "write",
		.done = 5ULL << 32,
		.total = 6ULL << 32,
		.rate = 4000000000u,
		.eta_s = -1,
		.retries = 2,
		.ask = "straps",
		.text = "hold PB02",
		.map = "..rv" },
			     got;
	struct dbtest *t = *state;
	struct live *live = must_open(t);
	int64_t before = loop_now_us();
	struct err e;

	assert_ok(live_set_progress(live, &p, &e), e);
	assert_int_equal(live_get_progress(live, 3, &got, &e), 1);
	assert_true(got.at_us >= before && got.at_us <= loop_now_us());
	got.at_us = 0;
	assert_memory_equal(&got, &p, sizeof(p));
	p = (struct live_progress) { .job_id = 3, .step = "verify" };
	assert_ok(live_set_progress(live, &p, &e), e);
	assert_int_equal(live_get_progress(live, 3, &got, &e), 1);
	assert_string_equal(got.ask, "");
	assert_ok(live_drop_progress(live, 3, &e), e);
	assert_int_equal(live_get_progress(live, 3, &got, &e), 0);
	live_close(live);
}

static void
streams_and_ports_come_back(void **state)
{
	struct live_stream s = { .camera_id = 7,
		.state = "live",
		.fps_in = 14.5,
		.fps_out = 0.25,
		.width = 640,
		.height = 480,
		.bits_per_s = 3ULL << 33,
		.frames = 9,
		.dropped = 1,
		.reconnects = 2,
		.drops = "no-eoi 3",
		.clients = 4,
		.jpeg = "grey",
		.jpeg_params = "4:",
		.skipped = 6,
		.encoder = "libx264",
		.encoder_load = 0.5,
		.encoder_skipped = 8,
		.h264_note = "all are busy",
		.last_frame_us = 77,
		.reason = "" },
			   s2;
	struct live_port p = { .path = "pci-1",
		.node = "/dev/ttyUSB0",
		.adapter = "CH340",
		.state = "busy",
		.holder = "minicom",
		.job_id = 5,
		.chip = "xr872",
		.vendor = "QinHeng",
		.product = "USB Serial",
		.serial = "A1",
		.usb_id = "1a86:7523",
		.radio = true,
		.plugged_us = 8,
		.frame_errors = 1,
		.overruns = 2,
		.parity_errors = 3,
		.breaks = 4,
		.retries = 5 },
			 p2;
	struct dbtest *t = *state;
	struct live *live = must_open(t);
	struct err e;

	assert_ok(live_set_stream(live, &s, &e), e);
	assert_int_equal(live_get_stream(live, 7, &s2, &e), 1);
	s2.at_us = 0;
	assert_memory_equal(&s2, &s, sizeof(s));
	assert_ok(live_set_port(live, &p, &e), e);
	assert_int_equal(live_get_port(live, "pci-1", &p2, &e), 1);
	p2.at_us = 0;
	assert_memory_equal(&p2, &p, sizeof(p));
	assert_int_equal(live_get_port(live, "pci-2", &p2, &e), 0);
	assert_ok(live_reset(live, "webd", &e), e);
	assert_int_equal(live_get_port(live, "pci-1", &p2, &e), 1);
	assert_ok(live_reset(live, "flashd", &e), e);
	assert_int_equal(live_get_port(live, "pci-1", &p2, &e), 0);
	assert_int_equal(live_get_stream(live, 7, &s2, &e), 1);
	assert_ok(live_reset(live, "streamd", &e), e);
	assert_int_equal(live_get_stream(live, 7, &s2, &e), 0);
	assert_ok(live_set_stream(live, &s, &e), e);
	assert_ok(live_drop_stream(live, 7, &e), e);
	assert_int_equal(live_get_stream(live, 7, &s2, &e), 0);
	live_close(live);
}

static void
write_bytes(const struct dbtest *t, const void *p, size_t n)
{
	struct err e;

	assert_ok(file_put(AT_FDCWD, dbtest_path(t, LIVE_NAME), p, n, 0660, &e), e);
}

static void
a_damaged_file_is_made_anew_at_the_next_open(void **state)
{
	struct dbtest *t = *state;
	struct live *live = must_open(t);
	struct err e;

	live_close(live);
	write_bytes(t, "no database at all, but long enough to look at", 46);
	live = must_open(t);
	assert_ok(live_beat(live, "webd", "1", "", &e), e);
	live_close(live);
	write_bytes(t, "", 0);
	live = must_open(t);
	assert_ok(live_beat(live, "webd", "1", "", &e), e);
	live_close(live);
}

static void
a_file_of_an_earlier_boot_is_made_anew(void **state)
{
	struct dbtest *t = *state;
	struct live *live = must_open(t);
	struct live_daemon d;
	struct err e;

	assert_ok(live_beat(live, "webd", "1", "", &e), e);
	assert_int_equal(
	    stmt_run(&live->db, &e, "UPDATE meta SET boot = 'another'", ""), 1);
	live_close(live);
	live = must_open(t);
	assert_int_equal(live_get_daemon(live, "webd", &d, &e), 0);
	live_close(live);
}

/* Two daemons with the file open; somebody removes it, or it breaks under them. */
static void
all_meet_again_after_the_file_was_lost(void **state)
{
	struct dbtest *t = *state;
	struct live *a = must_open(t), *b = must_open(t);
	struct live_daemon d;
	struct err e;

	assert_int_equal(unlink(dbtest_path(t, LIVE_NAME)), 0);
	assert_ok(live_beat(a, "webd", "1", "", &e), e);
	assert_int_equal(live_get_daemon(b, "webd", &d, &e), 1);
	live_close(a);
	live_close(b);
}

static void
all_meet_again_after_the_file_broke(void **state)
{
	struct dbtest *t = *state;
	struct live *a = must_open(t), *b = must_open(t);
	struct live_daemon d;
	uint8_t junk[65536];
	struct err e;
	int fd;

	assert_ok(live_beat(a, "webd", "1", "", &e), e);
	memset(junk, 0x5a, sizeof(junk));
	fd = open(dbtest_path(t, LIVE_NAME), O_WRONLY);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, junk, sizeof(junk), 0), sizeof(junk));
	close(fd);
	/* One of them notices and loses that one write; then both go on with a new
	 * file. */
	(void)live_beat(a, "webd", "1", "", &e);
	assert_ok(live_beat(a, "webd", "2", "", &e), e);
	assert_int_equal(live_get_daemon(b, "webd", &d, &e), 1);
	assert_string_equal(d.version, "2");
	live_close(a);
	live_close(b);
}

static void
data_version_changes_with_others_and_with_the_file(void **state)
{
	struct dbtest *t = *state;
	struct live *a = must_open(t), *b = must_open(t);
	int64_t one, two, three;
	struct err e;

	assert_ok(live_data_version(a, &one, &e), e);
	assert_ok(live_beat(b, "webd", "1", "", &e), e);
	assert_ok(live_data_version(a, &two, &e), e);
	assert_int_not_equal(one, two);
	write_bytes(t, "x", 1);
	assert_ok(live_data_version(a, &three, &e), e);
	assert_int_not_equal(two, three);
	live_close(a);
	live_close(b);
}

static void
a_missing_run_folder_is_said(void **state)
{
	struct dbtest *t = *state;
	struct err e;

	assert_null(live_open(dbtest_path(t, "nowhere"), &e));
	assert_non_null(strstr(e.msg, "nowhere"));
}

#define FOLDER_TEST(f)                                                                 \
	cmocka_unit_test_setup_teardown(f, dbtest_folder, dbtest_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(the_file_is_for_the_group),
		FOLDER_TEST(a_heartbeat_grows_old),
		FOLDER_TEST(rows_are_replaced_as_a_whole),
		FOLDER_TEST(streams_and_ports_come_back),
		FOLDER_TEST(a_damaged_file_is_made_anew_at_the_next_open),
		FOLDER_TEST(a_file_of_an_earlier_boot_is_made_anew),
		FOLDER_TEST(all_meet_again_after_the_file_was_lost),
		FOLDER_TEST(all_meet_again_after_the_file_broke),
		FOLDER_TEST(data_version_changes_with_others_and_with_the_file),
		FOLDER_TEST(a_missing_run_folder_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
