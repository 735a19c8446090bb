/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Passwords, compared and hashed beside the loop (see password.h). run() is the
 * worker's, all else the main thread's. */
#include "config.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/err.h"
#include "webd/auth.h"
#include "webd/events.h"
#include "webd/field.h"
#include "webd/password.h"
#include "webd/request.h"
#include "webd/web.h"
#include "webd/work.h"

struct task {
	struct web *w;
	const struct request *r; /* valid while there is a reply to fill in */
	struct sockaddr_storage peer;
	password_fn *then;
	json_t *doc;
	char name[65];
	bool compare, known, own;
	/* The worker's: */
	char stored[USER_HASH_SIZE];
	char given[USER_PASSWORD_MAX + 1], fresh[USER_PASSWORD_MAX + 1];
	bool ran, right;
	char hash[USER_HASH_SIZE];
	struct err e;
};

static void
run(void *arg)
{
	struct task *t = arg;

	t->ran = true;
	if (t->compare)
		t->right = user_hash_fits(t->known ? t->stored : NULL, t->given);
	if ((t->right || !t->compare) && t->fresh[0] != '\0')
		(void)user_hash_make(t->fresh, t->hash, &t->e);
}

/* Right, and still the password of a user who is still there? 1, 0, or -1. */
static int
is_right(struct task *t, struct user *ret, struct err *e)
{
	char now[USER_HASH_SIZE];
	int r;

	if (!t->right)
		return 0;
	if ((r = user_hash(t->w->db, t->name, now, e)) <= 0)
		return r;
	if (!auth_same(now, t->stored))
		return 0;
	return user_by_name(t->w->db, t->name, ret, e) < 0 ? -1 : 1;
}

static void
refuse_own(const struct request *r, struct reply *rep)
{
	auth_failed(r, "own password");
	reply_fail(rep, 403, ERR_REFUSED, "password-wrong",
	    "That is not your own password. Nothing was changed.");
}

static void
answer(void *arg, struct reply *rep)
{
	struct task *t = arg;
	struct password p = { .doc = t->doc, .hash = t->hash };
	int right = is_right(t, &p.user, &t->e);

	if (right > 0 && t->own && !auth_still_valid(t->w, &t->r->who))
		right = 0;
	p.right = right > 0;
	if (p.right)
		auth_try_back(t->w, &t->peer, true);
	if (right < 0 || t->e.code != ERR_NONE)
		(void)reply_error(rep, &t->e);
	else if (t->own && !p.right)
		refuse_own(t->r, rep);
	else
		t->then(t->w, t->r, &p, rep);
	if (rep->status < 300)
		events_changed(t->w->events);
}

static void
drop(void *arg)
{
	struct task *t = arg;

	if (t->compare && !t->ran)
		auth_try_back(t->w, &t->peer, false);
	json_decref(t->doc);
	sodium_memzero(t, sizeof(*t));
	free(t);
}

static const struct work_ops ops = { run, answer, drop };

static struct task *
task_new(struct web *w, const struct request *r, const struct password_order *order,
    struct err *e)
{
	struct task *t = calloc(1, sizeof(*t));
	int found = 0;

	if (t == NULL) {
		err_set(e, ERR_FAILED, "no-memory", "There is no memory left.");
		return NULL;
	}
	t->w = w;
	t->r = r;
	t->peer = r->peer;
	t->then = order->then;
	if (order->fresh != NULL)
		snprintf(t->fresh, sizeof(t->fresh), "%s", order->fresh);
	if (order->name == NULL)
		return t;
	t->compare = true;
	/* Too long to be right; a name that is too long is nobody's. */
	if (strlen(order->given) <= USER_PASSWORD_MAX)
		snprintf(t->given, sizeof(t->given), "%s", order->given);
	if (strlen(order->name) < sizeof(t->name)) {
		snprintf(t->name, sizeof(t->name), "%s", order->name);
		found = user_hash(w->db, t->name, t->stored, e);
	}
	t->known = found == 1;
	if (found >= 0)
		return t;
	free(t);
	return NULL;
}

static void
give(struct web *w, const struct request *r, const struct password_order *order,
    json_t *doc, bool own, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	struct task *t;

	if (order->name != NULL && auth_try(w, r, rep) < 0) {
		json_decref(doc);
		return;
	}
	if ((t = task_new(w, r, order, &e)) == NULL) {
		if (order->name != NULL)
			auth_try_back(w, &r->peer, false);
		json_decref(doc);
		(void)reply_error(rep, &e);
		return;
	}
	t->doc = doc;
	t->own = own;
	work_give(w->hasher, &ops, t, rep);
}

void
password_give(struct web *w, const struct request *r,
    const struct password_order *order, json_t *doc, struct reply *rep)
{
	give(w, r, order, doc, false, rep);
}

void
password_own(struct web *w, const struct request *r, const char *fresh,
    password_fn *then, json_t *doc, struct reply *rep)
{
	struct password_order order = { .name = r->who.name,
		.given = field_text(doc, "my_password", ""),
		.fresh = fresh,
		.then = then };

	if (r->who.who == WHO_SESSION) {
		give(w, r, &order, doc, true, rep);
		return;
	}
	json_decref(doc);
	reply_fail(rep, 403, ERR_REFUSED, "needs-person",
	    "Users and tokens are changed by a person who is signed in, or with "
	    "camherd on the machine; not with a token.");
}
