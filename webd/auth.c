/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sign-in and its limits (see auth.h). webd's one thread. */
#include "config.h"

#include <ctype.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/err.h"
#include "common/log.h"
#include "common/loop.h"
#include "db/session.h"
#include "db/setting.h"
#include "db/token.h"
#include "db/user.h"
#include "webd/auth.h"
#include "webd/bucket.h"
#include "webd/console.h"
#include "webd/events.h"
#include "webd/field.h"
#include "webd/relay.h"
#include "webd/request.h"
#include "webd/web.h"

/* People: five wrong passwords at first, then one every 30 s; all together one a
 * second. Streams have limits of their own, so that a player with an old password
 * cannot keep a person out. */
static const struct bucket_limits people_limits = { 5, 30000000, 20, 1000000 };
static const struct bucket_limits stream_limits = { 20, 5000000, 200, 50000 };

struct auth {
	struct buckets *people, *streams;
};

struct auth *
auth_new(void)
{
	struct auth *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	a->people = buckets_new(&people_limits);
	a->streams = buckets_new(&stream_limits);
	if (a->people == NULL || a->streams == NULL) {
		auth_free(a);
		return NULL;
	}
	return a;
}

void
auth_free(struct auth *a)
{
	if (a == NULL)
		return;
	buckets_free(a->people);
	buckets_free(a->streams);
	free(a);
}

bool
auth_same(const char *a, const char *b)
{
	size_t n = strlen(a);

	return n == strlen(b) && sodium_memcmp(a, b, n) == 0;
}

static const char *
cookie_name(const struct request *r)
{
	return r->is_secure ? AUTH_COOKIE_SECURE : AUTH_COOKIE;
}

/* The value of our cookie: exactly the hex digits of a session. */
static bool
cookie_value(const struct request *r, char *ret)
{
	const char *at = r->cookie, *name = cookie_name(r);
	size_t n, n_name = strlen(name);

	while (at != NULL && *at != '\0') {
		at += strspn(at, " ;");
		n = strcspn(at, ";");
		if (n == n_name + 1 + SESSION_COOKIE_LEN &&
		    strncmp(at, name, n_name) == 0 && at[n_name] == '=') {
			snprintf(ret, SESSION_COOKIE_LEN + 1, "%s", at + n_name + 1);
			return true;
		}
		at += n;
	}
	return false;
}

static int
take_session(struct web *w, const char *cookie, struct identity *ret, struct err *e)
{
	struct session s;
	int r = session_check(w->db, cookie, &s, e);

	if (r <= 0)
		return r;
	ret->who = WHO_SESSION;
	ret->role = s.user.role;
	ret->user_id = s.user.id;
	snprintf(ret->name, sizeof(ret->name), "%s", s.user.name);
	snprintf(ret->csrf, sizeof(ret->csrf), "%s", s.csrf);
	snprintf(ret->hash, sizeof(ret->hash), "%s", s.hash);
	snprintf(ret->proof, sizeof(ret->proof), "%s", cookie);
	return 0;
}

static int
take_token(struct web *w, const char *token, struct identity *ret, struct err *e)
{
	struct token t;
	int r;

	if (strlen(token) != TOKEN_LEN)
		return 0;
	if ((r = token_check(w->db, token, &t, e)) <= 0)
		return r;
	ret->who = WHO_TOKEN;
	ret->role = t.role;
	snprintf(ret->name, sizeof(ret->name), "token %s", t.name);
	snprintf(ret->proof, sizeof(ret->proof), "%s", token);
	return 0;
}

int
auth_identify(struct web *w, struct request *r, struct err *e)
{
	char cookie[SESSION_COOKIE_LEN + 1];

	memset(&r->who, 0, sizeof(r->who));
	if (r->authorization != NULL &&
	    strncasecmp(r->authorization, "Bearer ", 7) == 0)
		return take_token(w, r->authorization + 7, &r->who, e);
	if (r->cookie != NULL && cookie_value(r, cookie))
		return take_session(w, cookie, &r->who, e);
	return 0;
}

/* "user:password" out of a Basic header. */
static bool
basic_pair(const char *header, char *ret, size_t ret_size, const char **ret_password)
{
	size_t n;
	char *colon;

	if (sodium_base642bin((unsigned char *)ret, ret_size - 1, header,
		strlen(header), NULL, &n, NULL, sodium_base64_VARIANT_ORIGINAL) != 0)
		return false;
	ret[n] = '\0';
	if ((colon = strchr(ret, ':')) == NULL)
		return false;
	*colon = '\0';
	*ret_password = colon + 1;
	return true;
}

static int
too_many(struct reply *rep, unsigned wait_s)
{
	reply_fail(rep, 429, ERR_REFUSED, "too-many-tries",
	    "Too many wrong passwords. Try again in %u seconds; nothing is locked.",
	    wait_s);
	reply_header(rep, "Retry-After", "%u", wait_s);
	return -1;
}

/* A page whose sign-in has ended must not make the browser ask for another password;
 * a player, which has no cookie, is told how to sign in. */
static int
stream_unknown(const struct request *r, struct reply *rep)
{
	reply_fail(rep, 401, ERR_REFUSED, "sign-in",
	    "This needs the stream user and password ('camherd stream-password "
	    "show').");
	if (r->cookie == NULL || strstr(r->cookie, AUTH_COOKIE "=") == NULL)
		reply_header(rep, "WWW-Authenticate",
		    "Basic realm=\"camherd streams\", charset=\"UTF-8\"");
	return -1;
}

int
auth_identify_stream(struct web *w, struct request *r, struct reply *rep)
{
	char pair[256], user[33], wanted[65];
	const char *password;
	struct err e = { .code = ERR_NONE };
	unsigned wait_s;
	bool good;

	if (r->who.who != WHO_NOBODY)
		return 0;
	if (r->authorization == NULL || strncasecmp(r->authorization, "Basic ", 6) != 0)
		return stream_unknown(r, rep);
	if ((wait_s = buckets_wait_s(w->auth->streams, &r->peer, loop_now_us())) > 0)
		return too_many(rep, wait_s);
	if (stream_password_get(w->db, user, wanted, &e) < 0)
		return reply_error(rep, &e);
	good = basic_pair(r->authorization + 6, pair, sizeof(pair), &password);
	if (good) {
		/* Both are compared in any case, so that the time tells nothing. */
		good = auth_same(pair, user);
		good &= auth_same(password, wanted);
	}
	if (!good) {
		buckets_take(w->auth->streams, &r->peer, loop_now_us());
		return stream_unknown(r, rep);
	}
	r->who.who = WHO_STREAM;
	snprintf(r->who.name, sizeof(r->who.name), "%s", user);
	snprintf(r->who.proof, sizeof(r->who.proof), "%s", wanted);
	return 0;
}

bool
auth_still_valid(struct web *w, const struct identity *who)
{
	struct identity now = { .who = WHO_NOBODY };
	char user[33], wanted[65];

	switch (who->who) {
	case WHO_SESSION:
		return take_session(w, who->proof, &now, NULL) < 0 ||
		    now.who == WHO_SESSION;
	case WHO_TOKEN:
		return take_token(w, who->proof, &now, NULL) < 0 ||
		    now.who == WHO_TOKEN;
	case WHO_STREAM:
		return stream_password_get(w->db, user, wanted, NULL) < 0 ||
		    auth_same(who->proof, wanted);
	case WHO_NOBODY:
		break;
	}
	return false;
}

void
auth_recheck(struct web *w)
{
	events_recheck(w->events);
	relay_recheck(w->relay);
	consoles_recheck(w->consoles);
}

int
auth_try(struct web *w, const struct request *r, struct reply *rep)
{
	unsigned wait_s = buckets_wait_s(w->auth->people, &r->peer, loop_now_us());

	if (wait_s > 0)
		return too_many(rep, wait_s);
	buckets_take(w->auth->people, &r->peer, loop_now_us());
	return 0;
}

void
auth_try_back(struct web *w, const struct sockaddr_storage *peer, bool right)
{
	buckets_give_back(w->auth->people, peer, right);
}

void
auth_failed(const struct request *r, const char *what)
{
	char address[65];

	request_address(r, address, sizeof(address));
	log_warnx("auth", "wrong %s from %s", what, address);
}

static void
set_cookie(const struct request *r, struct reply *rep, const char *value, int age_s)
{
	reply_header(rep, "Set-Cookie",
	    "%s=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%d%s", cookie_name(r),
	    value, age_s, r->is_secure ? "; Secure" : "");
}

int
auth_sign_in(struct web *w, const struct request *r, int64_t user_id, struct reply *rep,
    struct err *e)
{
	char cookie[SESSION_COOKIE_LEN + 1], csrf[65], address[65];
	struct user u;

	request_address(r, address, sizeof(address));
	if (user_by_id(w->db, user_id, &u, e) < 0 ||
	    session_start(w->db, user_id, r->agent != NULL ? r->agent : "", address,
		cookie, csrf, e) < 0)
		return -1;
	/* A session that this browser had before ends: an id is never kept. */
	if (r->who.who == WHO_SESSION)
		(void)session_end(w->db, r->who.hash, NULL);
	log_info("auth", "%s signed in from %s", u.name, address);
	reply_json(rep, 200,
	    json_pack("{s:s,s:o,s:s}", "csrf", csrf, "user", json_text(u.name), "role",
		role_name(u.role)));
	set_cookie(r, rep, cookie, 30 * 24 * 3600);
	sodium_memzero(cookie, sizeof(cookie));
	return 0;
}

void
auth_clear_cookie(const struct request *r, struct reply *rep)
{
	set_cookie(r, rep, "", 0);
}
