/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Request targets, Host headers, JSON fields and limits on tries: the parsers of webd
 * that meet a stranger's bytes first. */
#include "config.h"

#include "tests/unit.h"

#include <arpa/inet.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "common/err.h"
#include "webd/bucket.h"
#include "webd/field.h"
#include "webd/host.h"
#include "webd/proxy.h"
#include "webd/request.h"
#include "webd/route.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static int
target(const char *s, struct request *r)
{
	struct err e = { .code = ERR_NONE };

	memset(r, 0, sizeof(*r));
	return request_target(r, s, &e);
}

static void
a_path_that_climbs_or_hides_is_refused(void **state)
{
	static const char *const bad[] = { "", "x", "http://pi.local/", "//",
		"//etc/passwd", "/..", "/../", "/a/..", "/a/../b", "/./a", "/.", "/%2e",
		"/%2e%2e", "/%2E%2e/x", "/.%2e/x", "/a/%2e./b", "/%2f", "/a%2fb",
		"/a%2Fb", "/%2f..%2fetc", "/%5c", "/a%5Cb", "/a\\b", "/%00", "/a%00b",
		"/index.html%00.js", "/%", "/%2", "/%zz", "/%u002e", "/%c0%ae",
		"/%c0%af", "/%e0%80%af", "/%ff", "/%0a", "/%0d%0aX: y", "/a b", "/a\tb",
		"/\x7f", "/a\x80", "/\xc3\xa4", "/<x>", "/\"", "/a#b", "/{a}", "/a|b",
		"/a^b", "/a`b", "/a//b", "///", "*", "?x=1", "/%1b", "/%e2%80%ae" };
	struct request r;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		if (target(bad[i], &r) == 0)
			fail_msg("'%s' was taken", bad[i]);
	}
}

static void
a_plain_path_is_taken(void **state)
{
	static const char *const good[] = { "/", "/index.html", "/a/b/",
		"/api/v1/jobs?open=1", "/a...b", "/..a", "/%61", "/%c3%a4",
		"/api/v1/users/a%20b", "/a?x=%zz", "/?", "/a?b=/../c" };
	struct request r;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(good); i++) {
		if (target(good[i], &r) < 0)
			fail_msg("'%s' was refused", good[i]);
	}
	assert_int_equal(target("/a/b?x=1&y=2", &r), 0);
	assert_string_equal(r.path, "/a/b");
	assert_string_equal(r.query, "x=1&y=2");
}

static void
a_target_too_long_is_refused(void **state)
{
	char path[2 * REQUEST_PATH_MAX];
	struct request r;

	(void)state;
	memset(path, 'a', sizeof(path));
	path[0] = '/';
	path[REQUEST_PATH_MAX - 1] = '\0';
	/* One segment longer than any parameter. */
	assert_int_equal(target(path, &r), -1);
	path[REQUEST_PARAM_MAX - 1] = '\0';
	assert_int_equal(target(path, &r), 0);
	memset(path, 'a', sizeof(path));
	memcpy(path, "/?", 2);
	path[REQUEST_QUERY_MAX + 1] = '\0';
	assert_int_equal(target(path, &r), 0);
	path[REQUEST_QUERY_MAX + 1] = 'a';
	path[REQUEST_QUERY_MAX + 2] = '\0';
	assert_int_equal(target(path, &r), -1);
}

static void
a_query_is_read_by_key(void **state)
{
	struct err e = { .code = ERR_NONE };
	char value[8];
	struct request r;
	uint64_t n;

	(void)state;
	assert_int_equal(
	    target("/a?open=1&xopen=2&camera=a%2db&limit=abc&big=%00", &r), 0);
	assert_int_equal(request_query(&r, "open", value, sizeof(value)), 1);
	assert_string_equal(value, "1");
	assert_int_equal(request_query(&r, "camera", value, sizeof(value)), 1);
	assert_string_equal(value, "a-b");
	assert_int_equal(request_query(&r, "cam", value, sizeof(value)), 0);
	assert_int_equal(request_query(&r, "big", value, sizeof(value)), -1);
	assert_int_equal(request_query_number(&r, "limit", 1, 9, 5, &n, &e), -1);
	assert_int_equal(request_query_number(&r, "none", 1, 9, 5, &n, &e), 0);
	assert_int_equal(n, 5);
	assert_int_equal(request_query_number(&r, "open", 2, 9, 5, &n, &e), -1);
}

static void
a_query_holds_known_keys_only(void **state)
{
	static const struct {
		const char *target, *keys, *code, *says;
	} cases[] = {
		{ "/a", "", "", "" },
		{ "/a?", "open", "", "" },
		{ "/a?open=1&limit=2&", "open limit", "", "" },
		{ "/a?opne=1", "open limit", "unknown-query", "'open'" },
		{ "/a?open=1&frob=1", "open limit", "unknown-query", "open limit" },
		{ "/a?open=1", "", "unknown-query", "'open'" },
		{ "/a?open", "open", "bad-query", "open=" },
		{ "/a?=1", "open", "unknown-query", "open" },
		{ "/a?openopen=1", "open", "unknown-query", "open" },
	};
	struct err e;
	struct request r;
	size_t i;
	int got;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		err_clear(&e);
		assert_int_equal(target(cases[i].target, &r), 0);
		got = request_query_keys(&r, cases[i].keys, &e);
		assert_int_equal(got, cases[i].code[0] == '\0' ? 0 : -1);
		if (got == 0)
			continue;
		assert_string_equal(e.name, cases[i].code);
		assert_non_null(strstr(e.msg, cases[i].says));
	}
}

static void
a_pattern_takes_one_part(void **state)
{
	char part[64];

	(void)state;
	assert_true(route_match("/jobs/{id}/log", "/jobs/12/log", part, sizeof(part)));
	assert_string_equal(part, "12");
	assert_true(
	    route_match("/users/{name}", "/users/a%20%C3%A4", part, sizeof(part)));
	assert_string_equal(part, "a \xc3\xa4");
	assert_false(route_match("/jobs/{id}/log", "/jobs//log", part, sizeof(part)));
	assert_false(
	    route_match("/jobs/{id}/log", "/jobs/12/logs", part, sizeof(part)));
	assert_false(route_match("/jobs/{id}/log", "/jobs/12", part, sizeof(part)));
	assert_false(route_match("/jobs/{id}", "/jobs/12/", part, sizeof(part)));
	assert_false(route_match("/jobs/{id}", "/job/12", part, sizeof(part)));
	assert_false(route_match("/state", "/state/", part, sizeof(part)));
}

/* ---- Host headers ---- */

static void
only_our_own_names_are_ours(void **state)
{
	static const char *const ours[] = { "localhost", "LOCALHOST:8360", "127.0.0.1",
		"127.0.0.1:8360", "127.0.0.1:80", "[::1]", "[::1]:8360",
		"[0:0:0:0:0:0:0:1]", "pi", "Pi:8360", "pi.local", "pi.lan",
		"pi.home.arpa", "pi.fritz.box", "pi.corp.example", "cams.example",
		"CAMS.example:443", "pi.office.example", "127.0.0.1:65535" };
	static const char *const strangers[] = { "attacker.example", "rebind.network",
		"pi.attacker.example", "localhost.attacker.example", "attackerpi.local",
		"pi.local.attacker.example", "8.8.8.8", "10.255.255.254",
		"[2001:db8::1]", "[::ffff:8.8.8.8]", "pi.com", "cams.example.org",
		"xcams.example", "0x7f000001", "2130706433", "127.1", "0177.0.0.1",
		"local", "pi.", "127.0.0.1.nip.io" };
	static const char *const nonsense[] = { "", ":8360", "pi:", "pi:0", "pi:65536",
		"pi:80:80", "pi:http", "pi: 80", "pi:+80", "pi:0x50", "user@pi",
		"pi/..", "pi local", "[::1", "::1", "[::1]x", "[]", "[::g]",
		"http://pi/", "pi\\x", "pi..local", ".pi", "-pi", "p\xc3\xadl",
		"pi,attacker.example", "127.0.0.1 attacker.example", "pi?", "pi#",
		"%70i", "[fe80::1%25eth0]", "pi\x01" };
	struct hosts *h =
	    hosts_new_as("cams.example", "Pi.office.example", "corp.example");
	struct err e = { .code = ERR_NONE };
	size_t i;

	(void)state;
	assert_non_null(h);
	for (i = 0; i < COUNT(ours); i++) {
		if (hosts_check(h, ours[i], NULL, &e) < 0)
			fail_msg("'%s' was refused: %s", ours[i], e.msg);
	}
	for (i = 0; i < COUNT(strangers); i++) {
		assert_int_equal(hosts_check(h, strangers[i], NULL, &e), -1);
		/* "pi." is no name that we take; all others are names of others. */
		assert_true(e.code == ERR_REFUSED || strcmp(strangers[i], "pi.") == 0);
	}
	for (i = 0; i < COUNT(nonsense); i++) {
		if (hosts_check(h, nonsense[i], NULL, &e) == 0 || e.code != ERR_USAGE)
			fail_msg("'%s' was taken for a host", nonsense[i]);
	}
	hosts_free(h);
}

static void
a_refusal_names_the_line_to_add(void **state)
{
	struct hosts *h = hosts_new_as("cams.example", "pi", "");
	struct err e = { .code = ERR_NONE };

	(void)state;
	assert_int_equal(hosts_check(h, "Garden.Example:8360", NULL, &e), -1);
	assert_non_null(
	    strstr(e.msg, "[webd]\nhostnames = cams.example garden.example\n"));
	hosts_free(h);
}

static void
the_address_it_came_in_at_is_ours(void **state)
{
	struct hosts *h = hosts_new_as("", "pi", "");
	struct err e = { .code = ERR_NONE };
	struct sockaddr_storage local = { .ss_family = AF_INET };

	(void)state;
	((struct sockaddr_in *)(void *)&local)->sin_addr.s_addr =
	    inet_addr("192.0.2.7");
	assert_int_equal(hosts_check(h, "192.0.2.7:8360", &local, &e), 0);
	assert_int_equal(hosts_check(h, "192.0.2.8:8360", &local, &e), -1);
	hosts_free(h);
}

/* ---- JSON ---- */

static const struct field fields[] = {
	{ "name", FIELD_TEXT, FIELD_NEEDED, 1, 8 },
	{ "notes", FIELD_LINES, FIELD_OPTIONAL, 0, 20 },
	{ "password", FIELD_SECRET, FIELD_OPTIONAL, 0, 20 },
	{ "baud", FIELD_NUMBER, FIELD_OPTIONAL, 10, 100 },
	{ "enabled", FIELD_BOOL, FIELD_OPTIONAL, 0, 0 },
	{ "dump", FIELD_ID, FIELD_OPTIONAL, 1, 64 },
};

static void
judge(const char *body, const char *code)
{
	struct err e = { .code = ERR_NONE };
	struct request r;
	json_t *doc;

	memset(&r, 0, sizeof(r));
	r.body = (const uint8_t *)body;
	r.n_body = strlen(body);
	doc = field_body(&r, fields, COUNT(fields), &e);
	if (strcmp(e.name, code) != 0)
		fail_msg("%s: '%s' instead of '%s'", body, e.name, code);
	assert_true((doc != NULL) == (code[0] == '\0'));
	json_decref(doc);
}

static void
a_body_is_judged_field_by_field(void **state)
{
	(void)state;
	judge("{\"name\":\"a\"}", "");
	judge("{\"name\":\"a\",\"notes\":\"x\\ny\\t\",\"baud\":10,\"enabled\":true,"
	      "\"dump\":7}",
	    "");
	judge("{\"name\":\"a\",\"dump\":\"0123abcd\"}", "");
	judge("{\"name\":\"a\",\"notes\":null}", "");
	judge("{\"name\":null}", "field-missing");
	judge("{}", "field-missing");
	judge("", "field-missing");
	judge("{", "bad-json");
	judge("{\"name\":\"a\"} x", "bad-json");
	judge("{\"name\":\"a\",\"name\":\"b\"}", "bad-json");
	judge("{\"name\":\"\\u0000\"}", "bad-json");
	judge("{\"name\":\"\xff\"}", "bad-json");
	judge("[]", "not-an-object");
	judge("{\"nmae\":\"a\"}", "unknown-field");
	judge("{\"name\":\"a\",\"x\":{}}", "unknown-field");
	judge("{\"name\":1}", "field-type");
	judge("{\"name\":[\"a\"]}", "field-type");
	judge("{\"name\":\"\"}", "field-length");
	judge("{\"name\":\"123456789\"}", "field-length");
	judge("{\"name\":\"a\\nb\"}", "field-characters");
	judge("{\"name\":\"a\\u001bb\"}", "field-characters");
	judge("{\"name\":\"a\",\"notes\":\"a\\u0007\"}", "field-characters");
	judge("{\"name\":\"a\",\"notes\":\"\\u202ea\"}", "field-characters");
	judge("{\"name\":\"a\",\"baud\":9}", "field-range");
	judge("{\"name\":\"a\",\"baud\":101}", "field-range");
	judge("{\"name\":\"a\",\"baud\":-1}", "field-range");
	judge("{\"name\":\"a\",\"baud\":10.0}", "field-type");
	judge("{\"name\":\"a\",\"baud\":99999999999999999999}", "bad-json");
	judge("{\"name\":\"a\",\"enabled\":1}", "field-type");
	judge("{\"name\":\"a\",\"dump\":0}", "field-type");
	judge("{\"name\":\"a\",\"dump\":-1}", "field-type");
}

static void
an_unknown_field_is_told_the_nearest(void **state)
{
	struct err e = { .code = ERR_NONE };
	struct request r;

	(void)state;
	memset(&r, 0, sizeof(r));
	r.body = (const uint8_t *)"{\"pasword\":\"x\"}";
	r.n_body = strlen((const char *)r.body);
	assert_null(field_body(&r, fields, COUNT(fields), &e));
	assert_non_null(strstr(e.msg, "did you mean 'password'"));
}

/* ---- tries ---- */

static struct sockaddr_storage
address(const char *s)
{
	struct sockaddr_storage a;

	memset(&a, 0, sizeof(a));
	if (inet_pton(AF_INET, s, &((struct sockaddr_in *)(void *)&a)->sin_addr) == 1) {
		a.ss_family = AF_INET;
	} else {
		assert_int_equal(inet_pton(AF_INET6, s,
				     &((struct sockaddr_in6 *)(void *)&a)->sin6_addr),
		    1);
		a.ss_family = AF_INET6;
	}
	return a;
}

static void
tries_run_out_and_come_back(void **state)
{
	const struct bucket_limits limits = { 5, 30000000, 1000, 1 };
	struct buckets *b = buckets_new(&limits);
	struct sockaddr_storage one = address("192.0.2.1"), two = address("192.0.2.2");
	int64_t now_us = 1000000000;
	int i;

	(void)state;
	for (i = 0; i < 5; i++) {
		assert_int_equal(buckets_wait_s(b, &one, now_us), 0);
		buckets_take(b, &one, now_us);
	}
	assert_int_equal(buckets_wait_s(b, &one, now_us), 30);
	assert_int_equal(buckets_wait_s(b, &two, now_us), 0);
	assert_int_equal(buckets_wait_s(b, &one, now_us + 30000000), 0);
	buckets_take(b, &one, now_us + 30000000);
	assert_int_equal(buckets_wait_s(b, &one, now_us + 30000000), 30);
	/* All back after a while. */
	assert_int_equal(buckets_wait_s(b, &one, now_us + 1000000000), 0);
	buckets_free(b);
}

static void
a_whole_ipv6_network_is_one_address(void **state)
{
	const struct bucket_limits limits = { 1, 30000000, 1000, 1 };
	struct buckets *b = buckets_new(&limits);
	struct sockaddr_storage a = address("2001:db8::1"),
				same = address("2001:db8::ffff:1"),
				other = address("2001:db8:0:1::1"),
				mapped = address("::ffff:192.0.2.1"),
				v4 = address("192.0.2.1");

	(void)state;
	buckets_take(b, &a, 1);
	assert_int_equal(buckets_wait_s(b, &same, 1), 30);
	assert_int_equal(buckets_wait_s(b, &other, 1), 0);
	buckets_take(b, &mapped, 1);
	assert_int_equal(buckets_wait_s(b, &v4, 1), 30);
	buckets_free(b);
}

static void
all_together_have_a_limit_and_memory_is_bounded(void **state)
{
	const struct bucket_limits limits = { 5, 30000000, 3000, 1000000 };
	struct buckets *b = buckets_new(&limits);
	struct sockaddr_storage a = address("10.0.0.1");
	uint32_t i;

	(void)state;
	for (i = 0; i < 3000; i++) {
		((struct sockaddr_in *)(void *)&a)->sin_addr.s_addr =
		    htonl(0x0a000000 + i);
		assert_int_equal(buckets_wait_s(b, &a, 5000000), 0);
		buckets_take(b, &a, 5000000);
	}
	a = address("192.0.2.9");
	assert_int_equal(buckets_wait_s(b, &a, 5000000), 1);
	assert_int_equal(buckets_wait_s(b, &a, 6000000), 0);
	buckets_free(b);
}

/* ---- a proxy in front ---- */

static int
behind(const char *list, const char *hops, struct request *r)
{
	struct proxy_words words = { .hops = "" };
	struct err e = { .code = ERR_NONE };
	struct proxies *p = proxies_new(list, &e);
	int got;

	assert_non_null(p);
	memset(r, 0, sizeof(*r));
	((struct sockaddr_in *)(void *)&r->peer)->sin_family = AF_INET;
	((struct sockaddr_in *)(void *)&r->peer)->sin_addr.s_addr =
	    inet_addr("10.0.0.2");
	if (hops[0] != '\0')
		proxy_add_hops(&words, hops);
	got = proxies_apply(p, &words, r, &e);
	proxies_free(p);
	return got;
}

static void
the_client_is_the_last_hop_that_is_not_trusted(void **state)
{
	static const struct {
		const char *list, *hops, *client;
	} cases[] = {
		{ "", "192.0.2.1", "10.0.0.2" },
		{ "10.0.0.3", "192.0.2.1", "10.0.0.2" },
		{ "10.0.0.2", "", "10.0.0.2" },
		{ "10.0.0.2", "192.0.2.1", "192.0.2.1" },
		{ "10.0.0.0/24", " 1.1.1.1 ,\t192.0.2.1 ", "192.0.2.1" },
		{ "10.0.0.0/24", "192.0.2.1, 10.0.0.9", "192.0.2.1" },
		{ "10.0.0.0/24", "10.0.0.8, 10.0.0.9", "10.0.0.8" },
		{ "10.0.0.2", "garbage, 192.0.2.1", "192.0.2.1" },
		{ "10.0.0.2", "::ffff:192.0.2.1", "192.0.2.1" },
		{ "10.0.0.2", "[2001:db8::1]", "2001:db8::1" },
		{ "10.0.0.2", "[2001:db8::1]:80", "2001:db8::1" },
		{ "10.0.0.2", "2001:db8::1", "2001:db8::1" },
		{ "10.0.0.2 2001:db8::/32", "192.0.2.1, 2001:db8::1", "192.0.2.1" },
	};
	static const char *const nonsense[] = { "x", "192.0.2.1,", ",", "192.0.2.1, ",
		"192.0.2.256", "192.0.2.1:", "192.0.2.1:x", "192.0.2.1:0", "[::1", "[]",
		"[x]:80", "192.0.2.1 192.0.2.2", "_hidden", "unknown",
		"::1:80:", "[192.0.2.1", "1" };
	struct request r;
	char address[65];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		assert_int_equal(behind(cases[i].list, cases[i].hops, &r), 0);
		request_address(&r, address, sizeof(address));
		assert_string_equal(address, cases[i].client);
	}
	for (i = 0; i < COUNT(nonsense); i++) {
		if (behind("10.0.0.2", nonsense[i], &r) == 0)
			fail_msg("'%s' was taken for an address", nonsense[i]);
		assert_int_equal(behind("", nonsense[i], &r), 0);
	}
}

static void
a_list_of_proxies_must_make_sense(void **state)
{
	struct err e = { .code = ERR_NONE };

	(void)state;
	assert_null(proxies_new("10.0.0.2 proxy.lan", &e));
	assert_string_equal(e.name, "trusted-proxy");
	assert_non_null(strstr(e.msg, "'proxy.lan'"));
}

static void
strangers_keep_out_nobody_who_was_in(void **state)
{
	static const struct bucket_limits limits = { 5, 30000000, 10, 1000000 };
	struct sockaddr_storage known = { .ss_family = AF_INET }, stranger = known;
	struct buckets *b = buckets_new(&limits);
	unsigned i;

	(void)state;
	assert_non_null(b);
	((struct sockaddr_in *)(void *)&known)->sin_addr.s_addr = htonl(1);
	buckets_take(b, &known, 1);
	buckets_give_back(b, &known, true);
	for (i = 0; i < 3000; i++) {
		((struct sockaddr_in *)(void *)&stranger)->sin_addr.s_addr =
		    htonl(1000 + i);
		buckets_take(b, &stranger, 1);
	}
	/* All together have none left; he has all of his own. */
	assert_true(buckets_wait_s(b, &stranger, 1) > 60);
	for (i = 0; i < 5; i++) {
		assert_int_equal(buckets_wait_s(b, &known, 1), 0);
		buckets_take(b, &known, 1);
	}
	assert_int_equal(buckets_wait_s(b, &known, 1), 30);
	buckets_free(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_that_climbs_or_hides_is_refused),
		cmocka_unit_test(a_plain_path_is_taken),
		cmocka_unit_test(a_target_too_long_is_refused),
		cmocka_unit_test(a_query_is_read_by_key),
		cmocka_unit_test(a_query_holds_known_keys_only),
		cmocka_unit_test(a_pattern_takes_one_part),
		cmocka_unit_test(only_our_own_names_are_ours),
		cmocka_unit_test(a_refusal_names_the_line_to_add),
		cmocka_unit_test(the_address_it_came_in_at_is_ours),
		cmocka_unit_test(a_body_is_judged_field_by_field),
		cmocka_unit_test(an_unknown_field_is_told_the_nearest),
		cmocka_unit_test(tries_run_out_and_come_back),
		cmocka_unit_test(a_whole_ipv6_network_is_one_address),
		cmocka_unit_test(all_together_have_a_limit_and_memory_is_bounded),
		cmocka_unit_test(the_client_is_the_last_hop_that_is_not_trusted),
		cmocka_unit_test(a_list_of_proxies_must_make_sense),
		cmocka_unit_test(strangers_keep_out_nobody_who_was_in),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
