/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who is signed in, and the own password: what a person may do about the own account.
 * webd's one thread. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "db/session.h"
#include "db/user.h"
#include "webd/api.h"
#include "webd/auth.h"
#include "webd/field.h"
#include "webd/password.h"
#include "webd/web.h"

struct walk {
	const struct request *r;
	struct api_page page;
	json_t *list;
};

static bool
add_session(const struct session *s, void *arg)
{
	struct walk *walk = arg;

	if (!api_page_takes(&walk->page))
		return !walk->page.more;
	(void)json_array_append_new(walk->list,
	    json_pack("{s:s%,s:o,s:o,s:o,s:I,s:I,s:b}", "id", s->hash,
		(size_t)SESSION_ID_LEN, "user", json_text(s->user.name), "agent",
		json_text(s->agent), "address", json_text(s->address), "created_s",
		(json_int_t)s->created_s, "seen_s", (json_int_t)s->seen_s, "current",
		strcmp(s->hash, walk->r->who.hash) == 0));
	return true;
}

/* Whose sessions this person may see and end: 0 = everybody's. */
static int64_t
whose(const struct request *r)
{
	return r->who.role == ROLE_ADMIN ? 0 : r->who.user_id;
}

void
api_sessions(struct web *w, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	struct walk walk = { .r = r };

	if (api_page_read(r, &walk.page, rep) < 0)
		return;
	walk.list = json_array();
	/* A viewer's token belongs to nobody. */
	if ((whose(r) != 0 || r->who.role == ROLE_ADMIN) &&
	    session_each(w->db, whose(r), add_session, &walk, &e) < 0) {
		json_decref(walk.list);
		(void)reply_error(rep, &e);
		return;
	}
	api_page_reply(&walk.page, "sessions", walk.list, rep);
}

static int
need_person(const struct request *r, struct reply *rep)
{
	if (r->who.who == WHO_SESSION)
		return 0;
	return reply_fail(rep, 403, ERR_REFUSED, "needs-person",
	    "This is for a person who is signed in; a token has no sign-ins and no "
	    "password.");
}

/* The body, which holds nothing. */
static int
empty_body(const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	json_t *doc = field_body(r, NULL, 0, &e);

	json_decref(doc);
	return doc != NULL ? 0 : reply_error(rep, &e);
}

void
api_session_remove(struct web *w, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };

	if (need_person(r, rep) < 0 || empty_body(r, rep) < 0)
		return;
	if (session_end_id(w->db, r->param, whose(r), &e) < 0) {
		(void)reply_error(rep, &e);
		return;
	}
	auth_recheck(w);
	reply_empty(rep, 204);
	if (strncmp(r->param, r->who.hash, SESSION_ID_LEN) == 0)
		auth_clear_cookie(r, rep);
}

void
api_sessions_end_others(struct web *w, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	int n;

	if (need_person(r, rep) < 0 || empty_body(r, rep) < 0)
		return;
	if ((n = session_end_others(w->db, r->who.user_id, r->who.hash, &e)) < 0) {
		(void)reply_error(rep, &e);
		return;
	}
	auth_recheck(w);
	reply_json(rep, 200, json_pack("{s:i}", "ended", n));
}

/* ---- the own password ---- */

static const struct field password_fields[] = {
	{ "password", FIELD_SECRET, FIELD_NEEDED, 1, USER_PASSWORD_MAX },
	{ "my_password", FIELD_SECRET, FIELD_NEEDED, 1, USER_PASSWORD_MAX },
};

/* It ends all sessions of its user; this browser gets a new one at once. */
static void
password_now(
    struct web *w, const struct request *r, const struct password *p, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };

	if (user_set_hash(w->db, p->user.name, p->hash, &e) < 0 ||
	    auth_sign_in(w, r, p->user.id, rep, &e) < 0) {
		(void)reply_error(rep, &e);
		return;
	}
	api_note(w, r, "user", 0, "user %s changed the own password", p->user.name);
	auth_recheck(w);
}

void
api_password(struct web *w, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	json_t *doc = field_body(r, password_fields, 2, &e);
	const char *fresh = field_text(doc, "password", "");

	if (doc == NULL) {
		(void)reply_error(rep, &e);
		return;
	}
	if (user_judge(r->who.name, fresh, &e) == 0 || r->who.who != WHO_SESSION) {
		password_own(w, r, fresh, password_now, doc, rep);
		return;
	}
	json_decref(doc);
	(void)reply_error(rep, &e);
}
