/* SPDX-License-Identifier: GPL-3.0-or-later */
/* People, tokens for scripts, and the stream credentials. A change of users or tokens
 * asks for the asking person's own password. webd's one thread. */
#include "config.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "common/bell.h"
#include "common/conf.h"
#include "common/log.h"
#include "db/setting.h"
#include "db/token.h"
#include "db/user.h"
#include "webd/api.h"
#include "webd/auth.h"
#include "webd/field.h"
#include "webd/password.h"
#include "webd/web.h"

#define MY_PASSWORD                                                                    \
	{                                                                              \
		"my_password", FIELD_SECRET, FIELD_NEEDED, 1, USER_PASSWORD_MAX        \
	}

static const struct field user_add_fields[] = {
	{ "name", FIELD_TEXT, FIELD_NEEDED, 1, 64 },
	{ "password", FIELD_SECRET, FIELD_NEEDED, 1, USER_PASSWORD_MAX },
	{ "role", FIELD_TEXT, FIELD_NEEDED, 1, 16 },
	MY_PASSWORD,
};
static const struct field user_change_fields[] = {
	{ "password", FIELD_SECRET, FIELD_OPTIONAL, 1, USER_PASSWORD_MAX },
	{ "role", FIELD_TEXT, FIELD_OPTIONAL, 1, 16 },
	MY_PASSWORD,
};
static const struct field token_add_fields[] = {
	{ "name", FIELD_TEXT, FIELD_NEEDED, 1, 64 },
	{ "role", FIELD_TEXT, FIELD_NEEDED, 1, 16 },
	{ "days", FIELD_NUMBER, FIELD_OPTIONAL, 1, TOKEN_DAYS_MAX },
	MY_PASSWORD,
};
static const struct field remove_fields[] = {
	MY_PASSWORD,
	{ "confirm", FIELD_TEXT, FIELD_OPTIONAL, 1, 64 },
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static json_t *
user_json(const struct user *u)
{
	return json_pack("{s:o,s:s,s:I,s:I}", "name", json_text(u->name), "role",
	    role_name(u->role), "created_s", (json_int_t)u->created_s, "changed_s",
	    (json_int_t)u->changed_s);
}

struct walk {
	struct api_page page;
	json_t *list;
};

static bool
add_user(const struct user *u, void *arg)
{
	struct walk *walk = arg;

	if (api_page_takes(&walk->page))
		(void)json_array_append_new(walk->list, user_json(u));
	return !walk->page.more;
}

void
api_users(struct web *w, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	struct walk walk;

	if (api_page_read(r, &walk.page, rep) < 0)
		return;
	walk.list = json_array();
	if (user_each(w->db, add_user, &walk, &e) < 0) {
		json_decref(walk.list);
		(void)reply_error(rep, &e);
		return;
	}
	api_page_reply(&walk.page, "users", walk.list, rep);
}

/* The body, judged. NULL: the reply is filled in. */
static json_t *
body_of(
    const struct request *r, const struct field *fields, size_t n, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	json_t *doc = field_body(r, fields, n, &e);

	if (doc == NULL)
		(void)reply_error(rep, &e);
	return doc;
}

/* The page asks for the typed name; who sends it must have it right. */
static int
check_confirm(const struct request *r, const json_t *doc, struct err *e)
{
	if (!field_has(doc, "confirm") ||
	    strcmp(field_text(doc, "confirm", ""), r->param) == 0)
		return 0;
	return err_set(
	    e, ERR_USAGE, "confirm", "The typed name is not that of what is to go.");
}

static int
read_role(const json_t *doc, enum role *ret, struct err *e)
{
	if (role_parse(field_text(doc, "role", ""), ret) == 0)
		return 0;
	return err_set(e, ERR_USAGE, "role", "'role' must be viewer or admin.");
}

static void
answer_user(struct web *w, const char *name, int status, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	struct user u;

	auth_recheck(w);
	if (user_by_name(w->db, name, &u, &e) < 0)
		(void)reply_error(rep, &e);
	else
		reply_json(rep, status, user_json(&u));
}

static void
add_now(
    struct web *w, const struct request *r, const struct password *p, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	const char *name = field_text(p->doc, "name", "");
	enum role role;

	if (read_role(p->doc, &role, &e) < 0 ||
	    user_add_hashed(w->db, name, p->hash, role, &e) < 0) {
		(void)reply_error(rep, &e);
		return;
	}
	api_note(w, r, "user", 0, "user %s (%s) was added", name, role_name(role));
	answer_user(w, name, 201, rep);
}

void
api_user_add(struct web *w, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	json_t *doc = body_of(r, user_add_fields, COUNT(user_add_fields), rep);
	const char *password = field_text(doc, "password", "");
	enum role role;

	if (doc == NULL)
		return;
	if (read_role(doc, &role, &e) == 0 &&
	    user_judge(field_text(doc, "name", ""), password, &e) == 0) {
		password_own(w, r, password, add_now, doc, rep);
		return;
	}
	json_decref(doc);
	(void)reply_error(rep, &e);
}

static int
change_user(
    struct web *w, const struct request *r, const struct password *p, struct err *e)
{
	enum role role;

	if (field_has(p->doc, "role")) {
		if (read_role(p->doc, &role, e) < 0 ||
		    user_set_role(w->db, r->param, role, e) < 0)
			return -1;
	}
	if (field_has(p->doc, "password") &&
	    user_set_hash(w->db, r->param, p->hash, e) < 0)
		return -1;
	api_note(w, r, "user", 0, "user %s was changed", r->param);
	return 0;
}

static void
change_now(
    struct web *w, const struct request *r, const struct password *p, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };

	if (change_user(w, r, p, &e) < 0)
		(void)reply_error(rep, &e);
	else
		answer_user(w, r->param, 200, rep);
}

/* Everything that can be said before the password is looked at. */
static int
judge_change(struct web *w, const struct request *r, const json_t *doc, struct err *e)
{
	struct user u;
	enum role role;

	if (user_by_name(w->db, r->param, &u, e) < 0 ||
	    (field_has(doc, "role") && read_role(doc, &role, e) < 0))
		return -1;
	if (!field_has(doc, "password"))
		return 0;
	return user_judge(u.name, field_text(doc, "password", ""), e);
}

void
api_user_change(struct web *w, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	json_t *doc = body_of(r, user_change_fields, COUNT(user_change_fields), rep);

	if (doc == NULL)
		return;
	if (judge_change(w, r, doc, &e) == 0) {
		password_own(
		    w, r, field_text(doc, "password", NULL), change_now, doc, rep);
		return;
	}
	json_decref(doc);
	(void)reply_error(rep, &e);
}

static void
remove_now(
    struct web *w, const struct request *r, const struct password *p, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };

	if (check_confirm(r, p->doc, &e) < 0 || user_remove(w->db, r->param, &e) < 0) {
		(void)reply_error(rep, &e);
		return;
	}
	api_note(w, r, "user", 0, "user %s was removed", r->param);
	auth_recheck(w);
	reply_empty(rep, 204);
}

void
api_user_remove(struct web *w, const struct request *r, struct reply *rep)
{
	json_t *doc = body_of(r, remove_fields, COUNT(remove_fields), rep);

	if (doc != NULL)
		password_own(w, r, NULL, remove_now, doc, rep);
}

/* ---- tokens ---- */

static bool
add_token(const struct token *t, void *arg)
{
	struct walk *walk = arg;

	if (api_page_takes(&walk->page))
		(void)json_array_append_new(walk->list,
		    json_pack("{s:o,s:s,s:I,s:o,s:o}", "name", json_text(t->name),
			"role", role_name(t->role), "created_s",
			(json_int_t)t->created_s, "expires_s", json_id(t->expires_s),
			"used_s", json_id(t->used_s)));
	return !walk->page.more;
}

void
api_tokens(struct web *w, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	struct walk walk;

	if (api_page_read(r, &walk.page, rep) < 0)
		return;
	walk.list = json_array();
	if (token_each(w->db, add_token, &walk, &e) < 0) {
		json_decref(walk.list);
		(void)reply_error(rep, &e);
		return;
	}
	api_page_reply(&walk.page, "tokens", walk.list, rep);
}

static void
token_add_now(
    struct web *w, const struct request *r, const struct password *p, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	const char *name = field_text(p->doc, "name", "");
	char token[TOKEN_LEN + 1];
	enum role role;

	if (read_role(p->doc, &role, &e) < 0 ||
	    token_add(w->db, name, role, (unsigned)field_number(p->doc, "days", 0),
		token, &e) < 0) {
		(void)reply_error(rep, &e);
		return;
	}
	api_note(w, r, "user", 0, "token %s (%s) was added", name, role_name(role));
	/* Shown this once: only its hash is kept. */
	reply_json(rep, 201,
	    json_pack("{s:o,s:s,s:s}", "name", json_text(name), "role", role_name(role),
		"token", token));
	sodium_memzero(token, sizeof(token));
}

void
api_token_add(struct web *w, const struct request *r, struct reply *rep)
{
	json_t *doc = body_of(r, token_add_fields, COUNT(token_add_fields), rep);

	if (doc != NULL)
		password_own(w, r, NULL, token_add_now, doc, rep);
}

static void
token_remove_now(
    struct web *w, const struct request *r, const struct password *p, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };

	if (check_confirm(r, p->doc, &e) < 0 || token_remove(w->db, r->param, &e) < 0) {
		(void)reply_error(rep, &e);
		return;
	}
	api_note(w, r, "user", 0, "token %s was removed", r->param);
	auth_recheck(w);
	reply_empty(rep, 204);
}

void
api_token_remove(struct web *w, const struct request *r, struct reply *rep)
{
	json_t *doc = body_of(r, remove_fields, COUNT(remove_fields), rep);

	if (doc != NULL)
		password_own(w, r, NULL, token_remove_now, doc, rep);
}

/* ---- the credentials of players ---- */

static void
answer_stream(struct web *w, struct reply *rep,
    int (*fn)(struct db *, char *, char *, struct err *))
{
	struct err e = { .code = ERR_NONE };
	char user[33], password[65];

	if (fn(w->db, user, password, &e) < 0)
		(void)reply_error(rep, &e);
	else
		reply_json(rep, 200,
		    json_pack("{s:s,s:s}", "user", user, "password", password));
}

void
api_stream_password(struct web *w, const struct request *r, struct reply *rep)
{
	(void)r;
	answer_stream(w, rep, stream_password_get);
}

void
api_stream_password_new(struct web *w, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	json_t *doc = field_body(r, NULL, 0, &e);

	if (doc == NULL) {
		(void)reply_error(rep, &e);
		return;
	}
	json_decref(doc);
	answer_stream(w, rep, stream_password_new);
	if (rep->status != 200)
		return;
	api_note(w, r, "user", 0, "the stream password was made anew");
	auth_recheck(w);
	bell_ring(w->conf->run, "streamd");
}
