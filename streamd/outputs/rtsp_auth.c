/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Digest and Basic for RTSP (see rtsp_auth.h). Pure; any thread. What a client says of
 * itself is only ever compared: user, realm, nonce and response must be what we would
 * have written, and the address must be the one it asks for.
 */
#include "config.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/text.h"
#include "streamd/outputs/rtsp_auth.h"

#define FIELD_MAX 600 /* longer than the longest URL */

struct fields {
	char username[130], realm[128], nonce[256], uri[FIELD_MAX], response[80];
	char algorithm[24], qop[32], nc[16], cnonce[130], opaque[256];
};

int
rtsp_auth_init(struct rtsp_auth *a)
{
	memset(a, 0, sizeof(*a));
	if (sodium_init() < 0)
		return -1;
	randombytes_buf(a->key, sizeof(a->key));
	return 0;
}

void
rtsp_auth_set(struct rtsp_auth *a, const char *user, const char *password)
{
	snprintf(a->user, sizeof(a->user), "%s", user);
	snprintf(a->password, sizeof(a->password), "%s", password);
}

/* Equal in a time that tells nothing but the lengths; "" equals nothing. */
static bool
same(const char *a, const char *b)
{
	size_t n = strlen(a);

	return n > 0 && n == strlen(b) && sodium_memcmp(a, b, n) == 0;
}

/* "" where MD5 is forbidden (a machine in FIPS mode): that equals nothing. */
static void
hash_hex(bool sha256, const char *s, char ret[RTSP_DIGEST_MAX])
{
	uint8_t sum[crypto_hash_sha256_BYTES];

	ret[0] = '\0';
	if (sha256)
		crypto_hash_sha256(sum, (const unsigned char *)s, strlen(s));
	else if (gnutls_hash_fast(GNUTLS_DIG_MD5, s, strlen(s), sum) < 0)
		return;
	text_hex(sum, sha256 ? 32 : 16, ret);
}

void
rtsp_auth_digest(const struct rtsp_digest *d, char ret[RTSP_DIGEST_MAX])
{
	char ha1[RTSP_DIGEST_MAX], ha2[RTSP_DIGEST_MAX], text[1400];

	snprintf(text, sizeof(text), "%s:%s:%s", d->user, d->realm, d->password);
	hash_hex(d->sha256, text, ha1);
	snprintf(text, sizeof(text), "%s:%s", d->method, d->uri);
	hash_hex(d->sha256, text, ha2);
	if (d->qop[0] != '\0')
		snprintf(text, sizeof(text), "%s:%s:%s:%s:%s:%s", ha1, d->nonce, d->nc,
		    d->cnonce, d->qop, ha2);
	else
		snprintf(text, sizeof(text), "%s:%s:%s", ha1, d->nonce, ha2);
	hash_hex(d->sha256, text, ret);
	sodium_memzero(ha1, sizeof(ha1));
	sodium_memzero(text, sizeof(text));
}

/* The nonce of one peer made at one second. */
static void
nonce_at(const struct rtsp_auth *a, const char *peer, uint32_t at, char *ret)
{
	crypto_auth_hmacsha256_state st;
	uint8_t mac[crypto_auth_hmacsha256_BYTES], raw[20];

	raw[0] = (uint8_t)(at >> 24);
	raw[1] = (uint8_t)(at >> 16);
	raw[2] = (uint8_t)(at >> 8);
	raw[3] = (uint8_t)at;
	crypto_auth_hmacsha256_init(&st, a->key, sizeof(a->key));
	crypto_auth_hmacsha256_update(&st, raw, 4);
	crypto_auth_hmacsha256_update(&st, (const unsigned char *)peer, strlen(peer));
	crypto_auth_hmacsha256_final(&st, mac);
	memcpy(raw + 4, mac, 16);
	text_hex(raw, sizeof(raw), ret);
}

void
rtsp_auth_nonce(const struct rtsp_auth *a, const char *peer, int64_t now_s,
    char ret[RTSP_NONCE_LEN + 1])
{
	nonce_at(a, peer, (uint32_t)now_s, ret);
}

/* 1 = ours and fresh, 0 = ours and old, -1 = not ours. */
static int
nonce_judge(
    const struct rtsp_auth *a, const struct rtsp_auth_query *q, const char *nonce)
{
	char right[RTSP_NONCE_LEN + 1];
	uint8_t raw[20];
	uint32_t at;

	if (text_unhex(nonce, raw, sizeof(raw)) < 0)
		return -1;
	at = (uint32_t)raw[0] << 24 | (uint32_t)raw[1] << 16 | (uint32_t)raw[2] << 8 |
	    raw[3];
	nonce_at(a, q->peer, at, right);
	if (!same(right, nonce))
		return -1;
	return q->known || (uint32_t)q->now_s - at <= RTSP_NONCE_LIFE_S;
}

/* One key="value" or key=value; moves *at behind it and its comma. 0, or -1. */
static int
next_field(const char **at, char *key, size_t key_size, char *value, size_t value_size)
{
	const char *s = *at + strspn(*at, " \t,");
	size_t n = strcspn(s, "= \t,"), v = 0;
	bool quoted;

	if (n == 0 || n >= key_size || s[n] != '=')
		return -1;
	memcpy(key, s, n);
	key[n] = '\0';
	s += n + 1;
	quoted = *s == '"';
	s += quoted;
	while (
	    *s != '\0' && (quoted ? *s != '"' : *s != ',' && *s != ' ' && *s != '\t')) {
		if (quoted && *s == '\\' && *++s == '\0')
			return -1;
		if (v + 1 >= value_size)
			return -1;
		value[v++] = *s++;
	}
	value[v] = '\0';
	if (quoted && *s++ != '"')
		return -1;
	*at = s;
	return 0;
}

/* Every field once; unknown ones are passed over. */
static int
parse_fields(const char *s, struct fields *f)
{
	const struct {
		const char *key;
		char *to;
		size_t size;
	} table[] = {
		{ "username", f->username, sizeof(f->username) },
		{ "realm", f->realm, sizeof(f->realm) },
		{ "nonce", f->nonce, sizeof(f->nonce) },
		{ "uri", f->uri, sizeof(f->uri) },
		{ "response", f->response, sizeof(f->response) },
		{ "algorithm", f->algorithm, sizeof(f->algorithm) },
		{ "qop", f->qop, sizeof(f->qop) },
		{ "nc", f->nc, sizeof(f->nc) },
		{ "cnonce", f->cnonce, sizeof(f->cnonce) },
		{ "opaque", f->opaque, sizeof(f->opaque) },
	};
	char key[32], value[FIELD_MAX];
	size_t i;

	memset(f, 0, sizeof(*f));
	while (s[strspn(s, " \t,")] != '\0') {
		if (next_field(&s, key, sizeof(key), value, sizeof(value)) < 0)
			return -1;
		for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
			if (strcasecmp(key, table[i].key) != 0)
				continue;
			if (table[i].to[0] != '\0' || strlen(value) >= table[i].size)
				return -1;
			memcpy(table[i].to, value, strlen(value) + 1);
		}
	}
	return 0;
}

/* The address signed must be the one asked for. Some clients sign the presentation's
 * address when they set up one of its tracks. */
static bool
covers(const char *uri, const char *url)
{
	size_t n = strlen(uri);

	if (n == 0 || strncmp(uri, url, n) != 0)
		return false;
	return url[n] == '\0' || url[n] == '/' || uri[n - 1] == '/';
}

static bool
qop_fits(const struct fields *f)
{
	if (f->qop[0] == '\0')
		return true;
	return strcmp(f->qop, "auth") == 0 && strlen(f->nc) == 8 &&
	    f->cnonce[0] != '\0';
}

static enum rtsp_verdict
check_digest(const struct rtsp_auth *a, const struct rtsp_auth_query *q, const char *s)
{
	struct rtsp_digest d = { .user = a->user, .realm = RTSP_REALM };
	char right[RTSP_DIGEST_MAX];
	struct fields f;
	int fresh;

	if (parse_fields(s, &f) < 0)
		return RTSP_AUTH_NONE;
	d.sha256 = strcasecmp(f.algorithm, "SHA-256") == 0;
	if (!d.sha256 && f.algorithm[0] != '\0' && strcasecmp(f.algorithm, "MD5") != 0)
		return RTSP_AUTH_WRONG;
	if (strcmp(f.realm, RTSP_REALM) != 0 || !same(a->user, f.username))
		return RTSP_AUTH_WRONG;
	if (!covers(f.uri, q->url) || !qop_fits(&f))
		return RTSP_AUTH_WRONG;
	if ((fresh = nonce_judge(a, q, f.nonce)) < 0)
		return RTSP_AUTH_WRONG;
	d.password = a->password;
	d.method = q->method;
	d.uri = f.uri;
	d.nonce = f.nonce;
	d.qop = f.qop;
	d.nc = f.nc;
	d.cnonce = f.cnonce;
	rtsp_auth_digest(&d, right);
	if (!same(right, f.response))
		return RTSP_AUTH_WRONG;
	return fresh > 0 ? RTSP_AUTH_OK : RTSP_AUTH_STALE;
}

static enum rtsp_verdict
check_basic(const struct rtsp_auth *a, const char *s)
{
	char got[sizeof(a->user) + sizeof(a->password) + 1], right[sizeof(got)];
	uint8_t h1[crypto_hash_sha256_BYTES], h2[crypto_hash_sha256_BYTES];
	size_t n;

	if (sodium_base642bin((unsigned char *)got, sizeof(got) - 1, s, strlen(s),
		" \t", &n, NULL, sodium_base64_VARIANT_ORIGINAL) != 0)
		return RTSP_AUTH_NONE;
	snprintf(right, sizeof(right), "%s:%s", a->user, a->password);
	crypto_hash_sha256(h1, (const unsigned char *)got, n);
	crypto_hash_sha256(h2, (const unsigned char *)right, strlen(right));
	sodium_memzero(got, sizeof(got));
	sodium_memzero(right, sizeof(right));
	return sodium_memcmp(h1, h2, sizeof(h1)) == 0 ? RTSP_AUTH_OK : RTSP_AUTH_WRONG;
}

enum rtsp_verdict
rtsp_auth_check(const struct rtsp_auth *a, const struct rtsp_auth_query *q)
{
	const char *s = q->authorization;

	if (s == NULL)
		return RTSP_AUTH_NONE;
	if (a->user[0] == '\0' || a->password[0] == '\0')
		return RTSP_AUTH_WRONG;
	if (strncasecmp(s, "Digest ", 7) == 0)
		return check_digest(a, q, s + 7);
	if (strncasecmp(s, "Basic ", 6) == 0)
		return check_basic(a, s + 6);
	return RTSP_AUTH_NONE;
}

/* Digest first, and of the two MD5 last: clients that know one algorithm take the
 * last Digest line they see; live555 looks for stale right behind the nonce. */
size_t
rtsp_auth_challenge(const struct rtsp_auth *a, const char *peer, int64_t now_s,
    bool stale, char *ret, size_t ret_size)
{
	char nonce[RTSP_NONCE_LEN + 1];
	const char *old = stale ? ", stale=true" : "";
	int n;

	rtsp_auth_nonce(a, peer, now_s, nonce);
	n = snprintf(ret, ret_size,
	    "WWW-Authenticate: Digest realm=\"" RTSP_REALM "\", nonce=\"%s\"%s, "
	    "algorithm=SHA-256\r\n"
	    "WWW-Authenticate: Digest realm=\"" RTSP_REALM "\", nonce=\"%s\"%s, "
	    "algorithm=MD5\r\n"
	    "WWW-Authenticate: Basic realm=\"" RTSP_REALM "\"\r\n",
	    nonce, old, nonce, old);
	return n > 0 && (size_t)n < ret_size ? (size_t)n : 0;
}

/* "auth" is one of the words of a list such as "auth,auth-int". */
static bool
offers_auth(const char *list)
{
	size_t n;

	for (list += strspn(list, ", \t"); *list != '\0';
	     list += n, list += strspn(list, ", \t")) {
		n = strcspn(list, ", \t");
		if (n == 4 && strncasecmp(list, "auth", 4) == 0)
			return true;
	}
	return false;
}

static bool
asked_digest(const char *s, struct rtsp_challenge *ret)
{
	struct fields f;

	if (parse_fields(s, &f) < 0 || f.nonce[0] == '\0' ||
	    (f.qop[0] != '\0' && !offers_auth(f.qop)))
		return false;
	memset(ret, 0, sizeof(*ret));
	ret->digest = true;
	ret->sha256 = strcasecmp(f.algorithm, "SHA-256") == 0;
	if (!ret->sha256 && f.algorithm[0] != '\0' &&
	    strcasecmp(f.algorithm, "MD5") != 0)
		return false;
	ret->qop = f.qop[0] != '\0';
	memcpy(ret->realm, f.realm, sizeof(ret->realm));
	memcpy(ret->nonce, f.nonce, sizeof(ret->nonce));
	memcpy(ret->opaque, f.opaque, sizeof(ret->opaque));
	return true;
}

static int
rank(const struct rtsp_challenge *c)
{
	return c->digest ? c->sha256 ? 2 : 1 : 0;
}

bool
rtsp_auth_asked(const char *value, bool have, struct rtsp_challenge *ret)
{
	struct rtsp_challenge c = { .digest = false };

	if (strncasecmp(value, "Digest ", 7) == 0) {
		if (!asked_digest(value + 7, &c))
			return have;
	} else if (strncasecmp(value, "Basic", 5) != 0) {
		return have;
	}
	if (!have || rank(&c) > rank(ret))
		*ret = c;
	return true;
}

static size_t
sign_basic(const char *user, const char *password, char *ret)
{
	char both[260], code[360];
	int n;

	n = snprintf(both, sizeof(both), "%s:%s", user, password);
	if (n < 0 || (size_t)n >= sizeof(both))
		return 0;
	sodium_bin2base64(code, sizeof(code), (const unsigned char *)both, (size_t)n,
	    sodium_base64_VARIANT_ORIGINAL);
	n = snprintf(ret, RTSP_SIGN_MAX, "Authorization: Basic %s\r\n", code);
	sodium_memzero(both, sizeof(both));
	sodium_memzero(code, sizeof(code));
	return (size_t)n;
}

/* A quoted string's inside: what a server sent is sent back, and must not end it. */
static bool
fits_quotes(const char *s)
{
	return strpbrk(s, "\"\\\r\n") == NULL;
}

size_t
rtsp_auth_sign(const struct rtsp_challenge *c, const char *user, const char *password,
    const char *method, const char *url, unsigned count, char ret[RTSP_SIGN_MAX])
{
	struct rtsp_digest d = { .sha256 = c->sha256,
		.user = user,
		.realm = c->realm,
		.password = password,
		.method = method,
		.uri = url,
		.nonce = c->nonce,
		.qop = c->qop ? "auth" : "" };
	char nc[9], cnonce[17], response[RTSP_DIGEST_MAX];
	uint8_t raw[8];
	int n;

	if (!c->digest)
		return sign_basic(user, password, ret);
	if (!fits_quotes(user) || !fits_quotes(c->realm) || !fits_quotes(c->nonce) ||
	    !fits_quotes(c->opaque))
		return 0;
	randombytes_buf(raw, sizeof(raw));
	text_hex(raw, sizeof(raw), cnonce);
	snprintf(nc, sizeof(nc), "%08x", count);
	d.nc = nc;
	d.cnonce = cnonce;
	rtsp_auth_digest(&d, response);
	n = snprintf(ret, RTSP_SIGN_MAX,
	    "Authorization: Digest username=\"%s\", realm=\"%s\", nonce=\"%s\", "
	    "uri=\"%s\", response=\"%s\", algorithm=%s%s%s%s%s%s%s%s%s\r\n",
	    user, c->realm, c->nonce, url, response, c->sha256 ? "SHA-256" : "MD5",
	    c->qop ? ", qop=auth, nc=" : "", c->qop ? nc : "",
	    c->qop ? ", cnonce=\"" : "", c->qop ? cnonce : "", c->qop ? "\"" : "",
	    c->opaque[0] != '\0' ? ", opaque=\"" : "", c->opaque,
	    c->opaque[0] != '\0' ? "\"" : "");
	return n > 0 && (size_t)n < RTSP_SIGN_MAX ? (size_t)n : 0;
}
