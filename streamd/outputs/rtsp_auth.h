/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Signing in to RTSP: Digest (MD5 and SHA-256) and Basic against one user and password.
 * A nonce carries its own proof, HMAC(key, time, peer), so nothing is stored per client.
 * Pure but for the random key; any thread.
 */
#ifndef STREAMD_OUTPUTS_RTSP_AUTH_H
#define STREAMD_OUTPUTS_RTSP_AUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RTSP_REALM "camherd"
#define RTSP_NONCE_LEN 40	/* hex: 4 bytes of time, 16 of HMAC */
#define RTSP_NONCE_LIFE_S 60
#define RTSP_CHALLENGE_MAX 512

struct rtsp_auth {
	uint8_t key[32];
	char user[65];
	char password[129];	/* empty: nobody signs in */
};

enum rtsp_verdict {
	RTSP_AUTH_OK,
	RTSP_AUTH_NONE,		/* no credentials came, or none that could be read */
	RTSP_AUTH_STALE,	/* right, but with a nonce too old */
	RTSP_AUTH_WRONG
};

struct rtsp_auth_query {
	const char *method, *url;	/* of the request line */
	const char *authorization;	/* the header's value, or NULL */
	const char *peer;		/* "192.0.2.7:51234": the connection */
	int64_t now_s;			/* monotonic */
	bool known;			/* this connection signed in before: any age will do */
};

/* A fresh random key; no user yet. 0, or -1 when libsodium does not start. */
int rtsp_auth_init(struct rtsp_auth *a);
void rtsp_auth_set(struct rtsp_auth *a, const char *user, const char *password);
enum rtsp_verdict rtsp_auth_check(const struct rtsp_auth *a,
    const struct rtsp_auth_query *q);
/* The WWW-Authenticate lines with their CRLF, Digest first. Length written. */
size_t rtsp_auth_challenge(const struct rtsp_auth *a, const char *peer, int64_t now_s,
    bool stale, char *ret, size_t ret_size);
void rtsp_auth_nonce(const struct rtsp_auth *a, const char *peer, int64_t now_s,
    char ret[RTSP_NONCE_LEN + 1]);

/* ---- the other side: signing in at a server ---- */

/* What a server asked for. */
struct rtsp_challenge {
	bool digest, sha256, qop;	/* digest false: Basic */
	char realm[128], nonce[256], opaque[256];
};
#define RTSP_SIGN_MAX 1600
/* Read a WWW-Authenticate value. Keeps the better one of what ret has and this: Digest
 * with SHA-256, with MD5, Basic. True when ret is filled (now or before; ret begins with
 * have false). */
bool rtsp_auth_asked(const char *value, bool have, struct rtsp_challenge *ret);
/* The Authorization line with its CRLF, or nothing when it does not fit. Length. count:
 * how often this nonce was used, from 1. */
size_t rtsp_auth_sign(const struct rtsp_challenge *c, const char *user,
    const char *password, const char *method, const char *url, unsigned count,
    char ret[RTSP_SIGN_MAX]);

/* The response of RFC 2617 and RFC 7616; qop "" or "auth". sha256 false: MD5. */
struct rtsp_digest {
	bool sha256;
	const char *user, *realm, *password, *method, *uri, *nonce;
	const char *qop, *nc, *cnonce;	/* qop "": the other two are not used */
};
#define RTSP_DIGEST_MAX 65
void rtsp_auth_digest(const struct rtsp_digest *d, char ret[RTSP_DIGEST_MAX]);

#endif
