/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signing in to RTSP: the RFCs' own examples, and everything that must not pass. */
#include "config.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "streamd/outputs/rtsp_auth.h"
#include "tests/unit.h"

#define URL "rtsp://h:8654/cam1"
#define PEER "192.0.2.7:50000"

static struct rtsp_auth auth;

static int
setup(void **state)
{
	(void)state;
	if (rtsp_auth_init(&auth) < 0)
		return -1;
	rtsp_auth_set(&auth, "camherd", "s3cret");
	return 0;
}

static void
digests_are_those_of_the_rfcs(void **state)
{
	const struct rtsp_digest rfc2617 = { .user = "Mufasa",
		.realm = "testrealm@host.com",
		.password = "Circle Of Life",
		.method = "GET",
		.uri = "/dir/index.html",
		.nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093",
		.qop = "auth",
		.nc = "00000001",
		.cnonce = "0a4f113b" };
	struct rtsp_digest rfc7616 = { .user = "Mufasa",
		.realm = "http-auth@example.org",
		.password = "Circle of Life",
		.method = "GET",
		.uri = "/dir/index.html",
		.nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
		.qop = "auth",
		.nc = "00000001",
		.cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ" };
	char got[RTSP_DIGEST_MAX];

	(void)state;
	rtsp_auth_digest(&rfc2617, got);
	assert_string_equal(got, "6629fae49393a05397450978507c4ef1");
	rtsp_auth_digest(&rfc7616, got);
	assert_string_equal(got, "8ca523f5e9506fed4657c9700eebdbec");
	rfc7616.sha256 = true;
	rtsp_auth_digest(&rfc7616, got);
	assert_string_equal(
	    got, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1");
}

struct attempt {
	const char *user, *password, *realm, *uri, *algorithm, *peer, *method;
	int64_t made_s;
	const char *extra; /* more fields, ", x=y" */
};

static const struct attempt good = { "camherd", "s3cret", RTSP_REALM, URL, "MD5", PEER,
	"DESCRIBE", 1000, "" };

static enum rtsp_verdict
ask(const char *header, int64_t now_s, bool known)
{
	struct rtsp_auth_query q = { "DESCRIBE", URL, header, PEER, now_s, known };

	return rtsp_auth_check(&auth, &q);
}

static enum rtsp_verdict
attempt(const struct attempt *a, int64_t now_s, bool known)
{
	struct rtsp_digest d = { .sha256 = strcmp(a->algorithm, "SHA-256") == 0,
		.user = a->user,
		.realm = a->realm,
		.password = a->password,
		.method = a->method,
		.uri = a->uri,
		.qop = "" };
	char nonce[RTSP_NONCE_LEN + 1], response[RTSP_DIGEST_MAX], header[1024];

	rtsp_auth_nonce(&auth, a->peer, a->made_s, nonce);
	d.nonce = nonce;
	rtsp_auth_digest(&d, response);
	snprintf(header, sizeof(header),
	    "Digest username=\"%s\", realm=\"%s\", nonce=\"%s\", uri=\"%s\", "
	    "response=\"%s\", "
	    "algorithm=%s%s",
	    a->user, a->realm, nonce, a->uri, response, a->algorithm, a->extra);
	return ask(header, now_s, known);
}

static void
the_right_password_signs_in(void **state)
{
	struct attempt a = good;

	(void)state;
	assert_int_equal(attempt(&a, 1000, false), RTSP_AUTH_OK);
	a.algorithm = "SHA-256";
	assert_int_equal(attempt(&a, 1000, false), RTSP_AUTH_OK);
	a.uri = "rtsp://h:8654/cam1/"; /* not what was asked for */
	assert_int_equal(attempt(&a, 1000, false), RTSP_AUTH_WRONG);
	a.uri = "rtsp://h:8654"; /* what it is under */
	assert_int_equal(attempt(&a, 1000, false), RTSP_AUTH_OK);
}

/* T-RTSP-AUTH (R8). */
static void
anything_else_does_not(void **state)
{
	struct attempt table[9] = { good, good, good, good, good, good, good, good,
		good };
	size_t i;

	(void)state;
	table[0].user = "admin";
	table[1].password = "S3cret";
	table[2].realm = "other";
	table[3].uri = "rtsp://h:8654/cam2";
	table[4].uri = "rtsp://h:8654/cam"; /* a prefix, but no step of the path */
	table[5].algorithm = "MD5-sess";
	table[6].peer = "192.0.2.7:50001"; /* another connection's nonce */
	table[7].method = "PLAY";
	table[8].uri = "";
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		assert_int_equal(attempt(&table[i], 1000, false), RTSP_AUTH_WRONG);
}

static void
an_old_nonce_is_stale_unless_the_connection_is_known(void **state)
{
	(void)state;
	assert_int_equal(attempt(&good, 1000 + RTSP_NONCE_LIFE_S, false), RTSP_AUTH_OK);
	assert_int_equal(
	    attempt(&good, 1001 + RTSP_NONCE_LIFE_S, false), RTSP_AUTH_STALE);
	assert_int_equal(attempt(&good, 999999, true), RTSP_AUTH_OK);
	assert_int_equal(attempt(&good, 999, false), RTSP_AUTH_STALE);
}

static void
fields_twice_or_broken_are_no_credentials(void **state)
{
	struct attempt a = good;

	(void)state;
	a.extra = ", uri=\"" URL "\"";
	assert_int_equal(attempt(&a, 1000, false), RTSP_AUTH_NONE);
	a.extra = ", x=\"unfinished";
	assert_int_equal(attempt(&a, 1000, false), RTSP_AUTH_NONE);
	a.extra = ", unknown=\"is fine\", other=too";
	assert_int_equal(attempt(&a, 1000, false), RTSP_AUTH_OK);
	a.extra = ", qop=auth"; /* without nc and cnonce */
	assert_int_equal(attempt(&a, 1000, false), RTSP_AUTH_WRONG);
	assert_int_equal(ask("Digest", 1000, false), RTSP_AUTH_NONE);
	assert_int_equal(ask("Digest ", 1000, false), RTSP_AUTH_WRONG);
	assert_int_equal(ask("Digest username=camherd", 1000, false), RTSP_AUTH_WRONG);
	assert_int_equal(ask("Digest username", 1000, false), RTSP_AUTH_NONE);
	assert_int_equal(ask("Bearer abc", 1000, false), RTSP_AUTH_NONE);
	assert_int_equal(ask(NULL, 1000, false), RTSP_AUTH_NONE);
}

static enum rtsp_verdict
basic(const char *user_password)
{
	char b64[600], header[700];

	sodium_bin2base64(b64, sizeof(b64), (const unsigned char *)user_password,
	    strlen(user_password), sodium_base64_VARIANT_ORIGINAL);
	snprintf(header, sizeof(header), "Basic %s", b64);
	return ask(header, 1000, false);
}

static void
basic_works_too(void **state)
{
	char big[400];

	(void)state;
	memset(big, 'x', sizeof(big));
	big[sizeof(big) - 1] = '\0';
	assert_int_equal(basic("camherd:s3cret"), RTSP_AUTH_OK);
	assert_int_equal(basic("camherd:s3cre"), RTSP_AUTH_WRONG);
	assert_int_equal(basic("camherd:s3crets"), RTSP_AUTH_WRONG);
	assert_int_equal(basic(":"), RTSP_AUTH_WRONG);
	assert_int_equal(basic(big), RTSP_AUTH_NONE);
	assert_int_equal(ask("Basic !!!", 1000, false), RTSP_AUTH_NONE);
}

static void
without_a_password_nobody_signs_in(void **state)
{
	(void)state;
	rtsp_auth_set(&auth, "", "");
	assert_int_equal(basic(":"), RTSP_AUTH_WRONG);
	assert_int_equal(basic(""), RTSP_AUTH_WRONG);
	rtsp_auth_set(&auth, "camherd", "");
	assert_int_equal(basic("camherd:"), RTSP_AUTH_WRONG);
	rtsp_auth_set(&auth, "camherd", "s3cret");
}

static void
the_challenge_offers_digest_first(void **state)
{
	char text[RTSP_CHALLENGE_MAX], *digest, *md5, *plain;

	(void)state;
	assert_true(
	    rtsp_auth_challenge(&auth, PEER, 1000, true, text, sizeof(text)) > 0);
	digest = strstr(text, "WWW-Authenticate: Digest ");
	md5 = strstr(text, "algorithm=MD5");
	plain = strstr(text, "WWW-Authenticate: Basic ");
	assert_ptr_equal(digest, text);
	assert_non_null(strstr(text, "algorithm=SHA-256"));
	assert_non_null(strstr(text, "stale=true"));
	assert_non_null(md5);
	assert_non_null(plain);
	assert_true(md5 < plain);
	assert_true(
	    rtsp_auth_challenge(&auth, PEER, 1000, false, text, sizeof(text)) > 0);
	assert_null(strstr(text, "stale"));
	assert_int_equal(rtsp_auth_challenge(&auth, PEER, 1000, false, text, 40), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digests_are_those_of_the_rfcs),
		cmocka_unit_test(the_right_password_signs_in),
		cmocka_unit_test(anything_else_does_not),
		cmocka_unit_test(an_old_nonce_is_stale_unless_the_connection_is_known),
		cmocka_unit_test(fields_twice_or_broken_are_no_credentials),
		cmocka_unit_test(basic_works_too),
		cmocka_unit_test(without_a_password_nobody_signs_in),
		cmocka_unit_test(the_challenge_offers_digest_first),
	};

	return cmocka_run_group_tests_name("rtsp_auth", tests, setup, NULL);
}
