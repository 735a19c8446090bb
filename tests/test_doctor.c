/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the doctor says of an appliance in this and that trouble, and that diagnostics
 * hold no secret: each kind is planted in every place that a report is made of, plain,
 * URL-encoded, in base64 at each alignment and as hex, and none is found.
 */
#include "config.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "appliance/doctor.h"
#include "appliance/report.h"
#include "appliance/secrets.h"
#include "common/text.h"
#include "db/camera.h"
#include "db/dump.h"
#include "db/event.h"
#include "db/live.h"
#include "db/setting.h"
#include "db/token.h"
#include "db/user.h"
#include "tests/dbtest.h"

static void
put_conf(const struct dbtest *t, const char *more)
{
	FILE *f = fopen(dbtest_path(t, "camherd.conf"), "w");

	assert_non_null(f);
	fprintf(f,
	    "[paths]\nstate = %s\nrun = %s\nwww = %s\n[webd]\nlisten = 127.0.0.1:0\n"
	    "[streamd]\nrtsp_listen = 127.0.0.1:0\n%s",
	    t->dir, t->dir, t->dir, more);
	assert_int_equal(fclose(f), 0);
}

static json_t *
ask(const struct dbtest *t)
{
	json_t *doc = doctor_run(dbtest_path(t, "camherd.conf"), DOCTOR_CLI);

	assert_non_null(doc);
	return doc;
}

/* The first finding with this code, or NULL. */
static const json_t *
find(const json_t *doc, const char *code)
{
	const json_t *one;
	size_t i;

	json_array_foreach (json_object_get(doc, "findings"), i, one) {
		if (strcmp(json_string_value(json_object_get(one, "code")), code) == 0)
			return one;
	}
	return NULL;
}

static const char *
text_of(const json_t *doc, const char *code, const char *key)
{
	const json_t *one = find(doc, code);

	if (one == NULL)
		fail_msg("no finding %s", code);
	return json_string_value(json_object_get(one, key));
}

static void
a_wrong_line_is_named(void **state)
{
	struct dbtest *t = *state;
	json_t *doc;

	put_conf(t, "max_clientz = 3\n");
	doc = ask(t);
	assert_int_equal(json_array_size(json_object_get(doc, "findings")), 1);
	assert_string_equal(text_of(doc, "config-wrong", "state"), "bad");
	assert_non_null(strstr(text_of(doc, "config-wrong", "text"), "camherd.conf:9"));
	assert_non_null(strstr(text_of(doc, "config-wrong", "text"), "max_clients"));
	json_decref(doc);
}

static void
what_is_down_is_told_and_counted(void **state)
{
	struct dbtest *t = *state;
	struct live *live;
	struct err e;
	json_t *doc;

	put_conf(t, "");
	doc = ask(t);
	assert_string_equal(text_of(doc, "daemon-down", "state"), "bad");
	assert_int_equal(json_integer_value(json_object_get(doc, "bad")), 3);
	assert_non_null(find(doc, "inventory-sound"));
	assert_non_null(find(doc, "people-none"));
	assert_non_null(find(doc, "cameras-none"));
	json_decref(doc);
	assert_non_null(live = live_open(t->dir, &e));
	assert_ok(live_beat(live, "flashd", "0.0.1", "", &e), e);
	doc = ask(t);
	assert_string_equal(text_of(doc, "daemon-version", "state"), "warning");
	assert_non_null(strstr(text_of(doc, "daemon-version", "text"), "0.0.1"));
	json_decref(doc);
	live_close(live);
}

static int64_t
add_camera(struct db *db, const char *name, const char *source)
{
	struct camera c = { .enabled = true };
	struct err e;

	snprintf(c.name, sizeof(c.name), "%s", name);
	snprintf(c.source, sizeof(c.source), "%s", source);
	snprintf(c.user, sizeof(c.user), "gardener7");
	snprintf(c.password, sizeof(c.password), "Rose/Hip+42&co");
	assert_ok(camera_add(db, &c, &e), e);
	return c.id;
}

static void
cameras_and_backups_in_trouble_are_named(void **state)
{
	struct dbtest *t = *state;
	struct live_stream s = { .state = "unreachable", .reason = "no answer from it" };
	struct live_port p = { .path = "usb-1",
		.node = "/dev/null",
		.state = "busy",
		.holder = "minicom (process 812)" };
	struct dump d = { .size = 10, .kind = "import", .sidecar = "x-1.json" };
	struct live *live;
	struct err e;
	json_t *doc;

	put_conf(t, "");
	s.camera_id = add_camera(t->db, "porch", "http://192.168.1.9/");
	memset(d.sha256, 'a', 64);
	assert_ok(dump_add(t->db, &d, &e), e);
	assert_ok(dump_set_missing(t->db, d.id, true, &e), e);
	assert_non_null(live = live_open(t->dir, &e));
	assert_ok(live_beat(live, "flashd", PACKAGE_VERSION, "", &e), e);
	assert_ok(live_beat(live, "streamd", PACKAGE_VERSION, "", &e), e);
	assert_ok(live_set_stream(live, &s, &e), e);
	assert_ok(live_set_port(live, &p, &e), e);
	doc = ask(t);
	assert_non_null(strstr(text_of(doc, "camera-trouble", "text"), "no answer from it"));
	assert_non_null(strstr(text_of(doc, "backup-none", "text"), "porch"));
	assert_non_null(strstr(text_of(doc, "port-held", "text"), "minicom"));
	assert_string_equal(text_of(doc, "dump-damaged", "state"), "bad");
	/* It says that it runs, and nobody answers at its address. */
	assert_string_equal(text_of(doc, "door-closed", "state"), "bad");
	json_decref(doc);
	live_close(live);
}

/* ---- secrets ---- */

static const char *const secrets[] = { "Rose/Hip+42&co", "gardener7", "BATC609531EXLV",
	"aa:bb:cc:11:22:33", "token=0a1b2c3d4e5f", "chipid-99887766" };
#define N_SECRETS (sizeof(secrets) / sizeof(secrets[0]))

/* One line per way of writing it, each with a word that must survive. */
static void
plant(FILE *f, const char *secret)
{
	char text[400], hex[300];
	size_t shift, n = strlen(secret), i;
	uint8_t padded[200];

	fprintf(f, "before %s after\nx%sy\n", secret, secret);
	for (shift = 0; shift < 3; shift++) {
		memset(padded, 'Z', sizeof(padded));
		memcpy(padded + shift, secret, n);
		sodium_bin2base64(text, sizeof(text), padded, shift + n + 4,
		    sodium_base64_VARIANT_ORIGINAL);
		fprintf(f, "base64 %s end\n", text);
	}
	fputs("url ", f);
	for (i = 0; i < n; i++)
		fprintf(f, strchr("/+&=:", secret[i]) != NULL ? "%%%02X" : "%c", secret[i]);
	fputs(" end\n", f);
	text_hex((const uint8_t *)secret, n, hex);
	fprintf(f, "hex %s end\n", hex);
}

static void
plant_all(FILE *f, const char *const *more, size_t n_more)
{
	size_t i;

	for (i = 0; i < N_SECRETS; i++)
		plant(f, secrets[i]);
	for (i = 0; i < n_more; i++)
		plant(f, more[i]);
}

static void
has_none(const char *text, size_t n, const char *secret)
{
	char form[400];
	size_t shift, length = strlen(secret), from, letters;
	uint8_t padded[200];

	if (memmem(text, n, secret, length) != NULL)
		fail_msg("'%s' is in the report", secret);
	text_hex((const uint8_t *)secret, length, form);
	if (memmem(text, n, form, strlen(form)) != NULL)
		fail_msg("'%s' is in the report as hex", secret);
	for (shift = 0; shift < 3; shift++) {
		memset(padded, 'Z', sizeof(padded));
		memcpy(padded + shift, secret, length);
		sodium_bin2base64(form, sizeof(form), padded, shift + length,
		    sodium_base64_VARIANT_ORIGINAL);
		from = (shift * 8 + 5) / 6;
		letters = (shift + length) * 8 / 6;
		if (letters - from >= SECRET_MIN &&
		    memmem(text, n, form + from, letters - from) != NULL)
			fail_msg("'%s' is in the report as base64", secret);
	}
}

static void
diagnostics_hold_no_secret(void **state)
{
	struct dbtest *t = *state;
	char user[33], stream[65], token[TOKEN_LEN + 1], hash[200], *text, *planted;
	const char *more[3];
	struct err e;
	size_t n, i, n_planted;
	FILE *f;

	put_conf(t, "");
	add_camera(t->db, "porch", "http://192.168.1.9/live?token=0a1b2c3d4e5f");
	add_camera(t->db, "yard", "pppp:BATC609531EXLV@192.168.1.20");
	dbtest_sql(t,
	    "UPDATE camera SET mac = 'aa:bb:cc:11:22:33', chip_id = 'chipid-99887766' "
	    "WHERE name = 'porch'");
	assert_ok(user_add(t->db, "anna", "annas password", ROLE_ADMIN, &e), e);
	assert_ok(token_add(t->db, "backup", ROLE_VIEWER, 0, token, &e), e);
	assert_ok(stream_password_get(t->db, user, stream, &e), e);
	dbtest_sql(t, "UPDATE user SET hash = '$argon2id$v=19$abcdefgh$ijklmnop'");
	snprintf(hash, sizeof(hash), "$argon2id$v=19$abcdefgh$ijklmnop");
	more[0] = stream;
	more[1] = hash;
	more[2] = "camherd.conf"; /* not a secret: shows that planting works */
	/* In the configuration, the history, a job's message and its log. */
	assert_non_null(f = open_memstream(&planted, &n_planted));
	plant_all(f, more, 2);
	assert_int_equal(fclose(f), 0);
	assert_non_null(f = fopen(dbtest_path(t, "camherd.conf"), "a"));
	for (i = 0; planted[i] != '\0'; i++) {
		if (i == 0 || planted[i - 1] == '\n')
			fputs("# ", f);
		fputc(planted[i], f);
	}
	assert_int_equal(fclose(f), 0);
	for (i = 0; i < N_SECRETS; i++)
		assert_ok(event_row_add(t->db, "test", 0, 0, "anna", &e, "saw %s", secrets[i]),
		    e);
	assert_ok(event_row_add(t->db, "test", 0, 0, "anna", &e, "saw %s", stream), e);
	dbtest_sql(t,
	    "INSERT INTO job (id, kind, state, created_s, message) VALUES (7, 'backup', "
	    "'failed', 1, 'no way in: Rose/Hip+42&co and aa:bb:cc:11:22:33')");
	mkdir(dbtest_path(t, "jobs"), 0770);
	assert_non_null(f = fopen(dbtest_path(t, "jobs/7.log"), "w"));
	fputs(planted, f);
	fputs("the line that must be there\n", f);
	assert_int_equal(fclose(f), 0);
	/* And in what the daemons said. */
	assert_non_null(f = fopen(dbtest_path(t, "webd.log.1"), "w"));
	fputs(planted, f);
	assert_int_equal(fclose(f), 0);
	assert_non_null(f = fopen(dbtest_path(t, "webd.log"), "w"));
	fputs("2026-11-22T10:00:00Z <6>auth: anna signed in from 192.168.1.77\n"
	      "2026-11-22T10:00:01Z <6>auth: wrong password from fd00::17:2\n"
	      "2026-11-22T10:00:02Z <4>upstream: the last line that webd said\n",
	    f);
	assert_int_equal(fclose(f), 0);
	free(planted);
	if (report_make(dbtest_path(t, "camherd.conf"), DOCTOR_CLI, &text, &n, &e) < 0)
		fail_msg("%s", e.msg);
	unlink(dbtest_path(t, "jobs/7.log"));
	rmdir(dbtest_path(t, "jobs"));
	for (i = 0; i < N_SECRETS; i++)
		has_none(text, n, secrets[i]);
	for (i = 0; i < 2; i++)
		has_none(text, n, more[i]);
	assert_non_null(strstr(text, "the line that must be there"));
	assert_non_null(strstr(text, "before *** after"));
	assert_non_null(strstr(text, "job 7: backup failed"));
	assert_non_null(strstr(text, "daemon-down"));
	assert_non_null(strstr(text, "saw ***"));
	assert_null(strstr(text, "192.168.1."));
	assert_null(strstr(text, "fd00:"));
	assert_non_null(strstr(text, "webd, from RUN"));
	assert_non_null(strstr(text, "T10:00:00Z <6>auth: * signed in from *"));
	assert_non_null(strstr(text, "T10:00:01Z <6>auth: wrong password from *"));
	assert_non_null(strstr(text, "the last line that webd said"));
	assert_non_null(strstr(text, "streamd: no lines"));
	assert_null(strstr(text, "anna"));
	free(text);
}

static void
blanking_leaves_no_piece_behind(void **state)
{
	struct secrets *s = secrets_new();
	char text[200] = "abcabc-secretabc-secret-secret abcdefgh";
	size_t n;

	(void)state;
	assert_int_equal(secrets_add(s, "abc-secret"), 0);
	assert_int_equal(secrets_add(s, "abc"), 0); /* too short: would blank half of all */
	assert_int_equal(secrets_add(s, "abcabc-secret-secret"), 0);
	n = secrets_blank(s, text, strlen(text));
	assert_int_equal(n, strlen(text));
	assert_int_equal(secrets_find(s, text, n), -1);
	assert_null(strstr(text, "abc-secret"));
	assert_non_null(strstr(text, "abcdefgh"));
	secrets_free(s);
}

#define EACH(fn) cmocka_unit_test_setup_teardown(fn, dbtest_setup, dbtest_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(a_wrong_line_is_named),
		EACH(what_is_down_is_told_and_counted),
		EACH(cameras_and_backups_in_trouble_are_named),
		EACH(diagnostics_hold_no_secret),
		cmocka_unit_test(blanking_leaves_no_piece_behind),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests_name("doctor", tests, NULL, NULL);
}
