/* SPDX-License-Identifier: GPL-3.0-or-later */
/* common/conf.c: the file a person writes, and what he is told when it is wrong. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/conf.h"
#include "tests/dbtest.h"

static void
put(const struct dbtest *t, const char *name, const char *text)
{
	FILE *f = fopen(dbtest_path(t, name), "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static int
load(const struct dbtest *t, struct conf *c, struct err *e)
{
	err_clear(e);
	return conf_load(dbtest_path(t, "camherd.conf"), c, e);
}

static void
an_empty_file_gives_the_defaults_of_the_table(void **state)
{
	struct dbtest *t = *state;
	struct conf c;
	struct err e;

	put(t, "camherd.conf", "");
	assert_ok(load(t, &c, &e), e);
	assert_string_equal(c.ports, "auto");
	assert_int_equal(c.max_baud, 921600);
	assert_int_equal(c.max_jobs, 16);
	assert_string_equal(c.rtsp_listen, "0.0.0.0:8654");
	assert_string_equal(c.web_listen, "0.0.0.0:8360");
	assert_int_equal(c.max_encoders, 0);
	assert_int_equal(c.log_level, LOG_LEVEL_INFO);
	assert_int_equal(c.log_format, LOG_FORMAT_TEXT);
	assert_int_equal(c.state[0], '/');
}

static void
every_key_of_the_table_can_be_set_to_its_default(void **state)
{
	const struct conf_key *keys;
	struct dbtest *t = *state;
	struct conf plain, set;
	struct err e;
	size_t n, i;
	FILE *f;

	put(t, "camherd.conf", "");
	assert_ok(load(t, &plain, &e), e);
	keys = conf_keys(&n);
	assert_true(n > 10);
	f = fopen(dbtest_path(t, "camherd.conf"), "w");
	assert_non_null(f);
	for (i = 0; i < n; i++)
		fprintf(f, "[%s]\n%s = %s\n", keys[i].section, keys[i].key,
		    keys[i].fallback);
	assert_int_equal(fclose(f), 0);
	assert_ok(load(t, &set, &e), e);
	assert_memory_equal(&plain, &set, sizeof(plain));
}

struct wrong {
	const char *text, *said; /* said: behind the file's name */
};

static const struct wrong wrongs[] = {
	{ "[flashd]\nmax_bauds = 9600\n",
	    ":2: there is no key 'max_bauds' in section [flashd]; did you mean "
	    "'max_baud' in "
	    "section [flashd]?" },
	{ "[webd]\nrtsp_listen = 1.2.3.4:5\n",
	    ":2: there is no key 'rtsp_listen' in section [webd]; did you mean "
	    "'rtsp_listen' in "
	    "section [streamd]?" },
	{ "\n# a remark\n[zoo]\nelephants = 3\n",
	    ":4: there is no section [zoo]; camherd.conf(5) lists them all" },
	{ "[streamed]\nmax_clients = 3\n",
	    ":2: there is no section [streamed]; did you mean [streamd]?" },
	{ "[log]\nelephants = 3\n",
	    ":2: there is no key 'elephants' in section [log]; camherd.conf(5) lists "
	    "them all" },
	{ "state = /x\n", ":1: 'state' stands before the first [section]" },
	{ "[flashd]\nmax_baud = fast\n",
	    ":2: max_baud = fast: must be a whole number from 9600 to 3000000" },
	{ "[flashd]\nmax_jobs = 65\n",
	    ":2: max_jobs = 65: must be a whole number from 1 to 64" },
	{ "[streamd]\nmax_encoders = many\n",
	    ":2: max_encoders = many: must be a whole number from 1 to 64, or auto" },
	{ "[streamd]\nh264_encoder = x265\n",
	    ":2: h264_encoder = x265: must be one of auto, libx264, h264_v4l2m2m" },
	{ "[log]\nlevel = loud\n",
	    ":2: level = loud: must be one of error, warning, info, debug" },
	{ "[webd]\nlisten = 8360\n", ":2: listen = 8360: must be HOST:PORT" },
	{ "[webd]\nlisten = host:99999\n",
	    ":2: listen = host:99999: must be HOST:PORT" },
	{ "[webd]\nlisten = :80\n", ":2: listen = :80: must be HOST:PORT" },
	{ "[paths]\nstate = var\n",
	    ":2: state = var: must be a path that starts with /" },
	{ "[webd\nlisten = a:1\n", ":1: neither a [section] nor key = value" },
	{ "[webd]\njust words\nlisten = x\n",
	    ":2: neither a [section] nor key = value" },
};

static void
a_mistake_is_named_by_file_and_line(void **state)
{
	struct conf c = { .max_jobs = 77 };
	struct dbtest *t = *state;
	char said[700];
	struct err e;
	size_t i;

	for (i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
		put(t, "camherd.conf", wrongs[i].text);
		assert_int_equal(load(t, &c, &e), -1);
		assert_int_equal(e.code, ERR_USAGE);
		snprintf(said, sizeof(said), "%s%s", dbtest_path(t, "camherd.conf"),
		    wrongs[i].said);
		if (strncmp(e.msg, said, strlen(said)) != 0)
			fail_msg("'%s' is not '%s'", e.msg, said);
		/* Untouched. */
		assert_int_equal(c.max_jobs, 77);
	}
}

static void
too_long_a_value_is_refused(void **state)
{
	struct dbtest *t = *state;
	char text[300];
	struct conf c;
	struct err e;

	snprintf(text, sizeof(text), "[paths]\nrun = /%0100d\n", 0);
	put(t, "camherd.conf", text);
	assert_int_equal(load(t, &c, &e), -1);
	assert_non_null(strstr(e.msg, ":2: run is longer than 79 characters"));
}

static void
a_list_may_go_on_in_further_lines(void **state)
{
	struct dbtest *t = *state;
	char text[600];
	struct conf c;
	struct err e;

	put(t, "camherd.conf",
	    "[flashd]\n  max_jobs = 3\n[webd]\nhostnames = one\n\ttwo three ; "
	    "a remark\n\n# four\n  five\n[flashd]\n ports = /dev/a\n  /dev/b\n");
	assert_ok(load(t, &c, &e), e);
	assert_int_equal(c.max_jobs, 3);
	assert_string_equal(c.hostnames, "one two three five");
	assert_string_equal(c.ports, "/dev/a /dev/b");
	put(t, "camherd.conf", "[flashd]\nports = /dev/a\n max_jobs = 3\n");
	assert_int_equal(load(t, &c, &e), -1);
	assert_non_null(
	    strstr(e.msg, ":3: this line begins with a space, so it continues ports"));
	put(t, "camherd.conf", "[flashd]\nmax_jobs = 3\n 4\n");
	assert_int_equal(load(t, &c, &e), -1);
	assert_non_null(strstr(e.msg, ":3: this line begins with a space"));
	/* One line has an end, and what stands behind it is not lost in silence. */
	snprintf(
	    text, sizeof(text), "[flashd]\nports = %0180d\nexclude = %0190d\n", 1, 2);
	put(t, "camherd.conf", text);
	assert_int_equal(load(t, &c, &e), -1);
	assert_non_null(strstr(e.msg, ":3: the line is longer than "));
}

static void
drop_ins_follow_in_the_order_of_their_names(void **state)
{
	struct dbtest *t = *state;
	struct conf c;
	struct err e;

	assert_int_equal(mkdir(dbtest_path(t, "conf.d"), 0700), 0);
	put(t, "camherd.conf",
	    "[flashd]\nmax_jobs = 2\nexclude = /dev/ttyS0\n[log]\nlevel = debug\n");
	put(t, "conf.d/20-b.conf", "[flashd]\nmax_jobs = 4\n");
	put(t, "conf.d/10-a.conf", "[flashd]\nmax_jobs = 3\n[streamd]\nlinger_s = 9\n");
	put(t, "conf.d/30-c.conf.bak", "[flashd]\nmax_jobs = 5\n");
	assert_ok(load(t, &c, &e), e);
	assert_int_equal(c.max_jobs, 4);
	assert_int_equal(c.linger_s, 9);
	assert_string_equal(c.exclude, "/dev/ttyS0");
	assert_int_equal(c.log_level, LOG_LEVEL_DEBUG);
	put(t, "conf.d/20-b.conf", "[flashd]\n\nmax_job = 4\n");
	assert_int_equal(load(t, &c, &e), -1);
	assert_non_null(strstr(e.msg, "conf.d/20-b.conf:3: "));
	(void)unlink(dbtest_path(t, "conf.d/20-b.conf"));
	(void)unlink(dbtest_path(t, "conf.d/10-a.conf"));
	(void)unlink(dbtest_path(t, "conf.d/30-c.conf.bak"));
	(void)rmdir(dbtest_path(t, "conf.d"));
}

static void
a_file_that_was_named_must_be_there(void **state)
{
	struct dbtest *t = *state;
	struct conf c;
	struct err e;

	assert_int_equal(load(t, &c, &e), -1);
	assert_int_equal(e.code, ERR_NOT_FOUND);
	assert_non_null(strstr(e.msg, "camherd.conf"));
	put(t, "camherd.conf", "[flashd]\nmax_jobs = 5\n");
	assert_int_equal(setenv("CAMHERD_CONF", dbtest_path(t, "camherd.conf"), 1), 0);
	assert_ok(conf_load(NULL, &c, &e), e);
	assert_int_equal(c.max_jobs, 5);
	assert_int_equal(unsetenv("CAMHERD_CONF"), 0);
}

static void
lists_are_words(void **state)
{
	const char *at = "  one\ttwo  three ";
	char word[4];

	(void)state;
	assert_true(conf_word(&at, word, sizeof(word)));
	assert_string_equal(word, "one");
	assert_true(conf_word(&at, word, sizeof(word)));
	assert_string_equal(word, "two");
	assert_true(conf_word(&at, word, sizeof(word)));
	assert_string_equal(word, "thr");
	assert_false(conf_word(&at, word, sizeof(word)));
	assert_true(conf_list_has("/dev/a /dev/b", "/dev/b"));
	assert_false(conf_list_has("/dev/a /dev/bc", "/dev/b"));
	assert_false(conf_list_has("", ""));
}

#define FOLDER_TEST(f)                                                                 \
	cmocka_unit_test_setup_teardown(f, dbtest_folder, dbtest_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(an_empty_file_gives_the_defaults_of_the_table),
		FOLDER_TEST(every_key_of_the_table_can_be_set_to_its_default),
		FOLDER_TEST(a_mistake_is_named_by_file_and_line),
		FOLDER_TEST(too_long_a_value_is_refused),
		FOLDER_TEST(a_list_may_go_on_in_further_lines),
		FOLDER_TEST(drop_ins_follow_in_the_order_of_their_names),
		FOLDER_TEST(a_file_that_was_named_must_be_there),
		cmocka_unit_test(lists_are_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
