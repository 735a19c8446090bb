/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signing in and out, the first setup, and the state of the whole. webd's one thread.
 */
#include "config.h"

#include <string.h>

#include "common/log.h"
#include "common/loop.h"
#include "db/camera.h"
#include "db/db.h"
#include "db/dump.h"
#include "db/job.h"
#include "db/live.h"
#include "db/session.h"
#include "db/setting.h"
#include "db/user.h"
#include "webd/api.h"
#include "webd/auth.h"
#include "webd/field.h"
#include "webd/password.h"
#include "webd/streams.h"
#include "webd/tls.h"
#include "webd/web.h"

static const struct field setup_fields[] = {
	{ "code", FIELD_SECRET, FIELD_NEEDED, 1, 64 },
	{ "user", FIELD_TEXT, FIELD_NEEDED, 1, 64 },
	{ "password", FIELD_SECRET, FIELD_NEEDED, 1, USER_PASSWORD_MAX },
};

static const struct field session_fields[] = {
	{ "user", FIELD_TEXT, FIELD_NEEDED, 1, 64 },
	{ "password", FIELD_SECRET, FIELD_NEEDED, 1, USER_PASSWORD_MAX },
};

void
api_healthz(struct web *w, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	int64_t version;

	(void)r;
	if (db_data_version(w->db, &version, &e) < 0) {
		(void)reply_error(rep, &e);
		rep->status = 503;
		return;
	}
	reply_text(rep, 200, "text/plain; charset=utf-8", "ok\n", 3);
}

void
api_state(struct web *w, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	bool in = r->who.who != WHO_NOBODY;
	char name[65] = "";
	unsigned n;

	/* The appliance's name is for those who belong to it. */
	if (user_count(w->db, &n, &e) < 0 ||
	    (in && setting_get(w->db, SETTING_NAME, "", name, sizeof(name), &e) < 0)) {
		(void)reply_error(rep, &e);
		return;
	}
	reply_json(rep, 200,
	    json_pack("{s:o,s:s,s:b,s:b,s:o,s:o,s:o}", "name", json_text(name), "version",
		PACKAGE_VERSION, "setup_needed", n == 0, "signed_in", in, "user",
		in ? json_text(r->who.name) : json_null(), "role",
		in ? json_string(role_name(r->who.role)) : json_null(), "csrf",
		r->who.who == WHO_SESSION ? json_string(r->who.csrf) : json_null()));
}

/* The code was right: the first admin exists and is signed in. */
static void
setup_done(struct web *w, const struct request *r, const char *name, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	struct user u;

	log_info("api", "the first admin, %s, was made", name);
	if (user_by_name(w->db, name, &u, &e) < 0 ||
	    auth_sign_in(w, r, u.id, rep, &e) < 0) {
		(void)reply_error(rep, &e);
		return;
	}
	rep->status = 201;
}

static void
code_wrong(const struct request *r, struct reply *rep)
{
	auth_failed(r, "setup code");
	reply_fail(rep, 403, ERR_REFUSED, "code-wrong",
	    "That is not the setup code, or it is older than 15 minutes or was tried "
	    "five times. 'camherd setup-code' on the machine makes a new one.");
}

/* The password is hashed: the code is spent, if it still is what it was. */
static void
setup_spend(
    struct web *w, const struct request *r, const struct password *p, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	const char *name = field_text(p->doc, "user", "");
	int right = setup_code_spend_hashed(
	    w->db, field_text(p->doc, "code", ""), name, p->hash, &e);

	if (right > 0)
		setup_done(w, r, name, rep);
	else if (right < 0)
		(void)reply_error(rep, &e);
	else
		code_wrong(r, rep);
}

/* 1 = go on, 0 = wrong, -1 and e. */
static int
setup_judge(struct web *w, const json_t *doc, struct err *e)
{
	int right = setup_code_try(w->db, field_text(doc, "code", ""), e);

	if (right > 0 &&
	    user_judge(
		field_text(doc, "user", ""), field_text(doc, "password", ""), e) < 0)
		return -1;
	return right;
}

void
api_setup(struct web *w, const struct request *r, struct reply *rep)
{
	struct password_order order = { .then = setup_spend };
	struct err e = { .code = ERR_NONE };
	json_t *doc;
	int right;

	if ((doc = field_body(r, setup_fields, 3, &e)) == NULL) {
		(void)reply_error(rep, &e);
		return;
	}
	if (auth_try(w, r, rep) < 0) {
		json_decref(doc);
		return;
	}
	right = setup_judge(w, doc, &e);
	if (right != 0)
		auth_try_back(w, &r->peer, false);
	if (right > 0) {
		order.fresh = field_text(doc, "password", "");
		password_give(w, r, &order, doc, rep);
		return;
	}
	if (right < 0)
		(void)reply_error(rep, &e);
	else
		code_wrong(r, rep);
	json_decref(doc);
}

static void
session_compared(
    struct web *w, const struct request *r, const struct password *p, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };

	if (!p->right) {
		auth_failed(r, "user name or password");
		reply_fail(rep, 401, ERR_REFUSED, "sign-in-wrong",
		    "User name or password is wrong. 'camherd user passwd NAME' on the "
		    "machine sets a new password.");
	} else if (auth_sign_in(w, r, p->user.id, rep, &e) < 0) {
		(void)reply_error(rep, &e);
	}
}

void
api_session_start(struct web *w, const struct request *r, struct reply *rep)
{
	struct password_order order = { .then = session_compared };
	struct err e = { .code = ERR_NONE };
	json_t *doc;

	if ((doc = field_body(r, session_fields, 2, &e)) == NULL) {
		(void)reply_error(rep, &e);
		return;
	}
	order.name = field_text(doc, "user", "");
	order.given = field_text(doc, "password", "");
	password_give(w, r, &order, doc, rep);
}

void
api_session_end(struct web *w, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	json_t *doc = field_body(r, NULL, 0, &e);

	if (doc == NULL) {
		(void)reply_error(rep, &e);
		return;
	}
	json_decref(doc);
	if (r->who.who == WHO_SESSION && session_end(w->db, r->who.hash, &e) < 0) {
		(void)reply_error(rep, &e);
		return;
	}
	auth_recheck(w);
	reply_empty(rep, 204);
	auth_clear_cookie(r, rep);
}

/* ---- the state of the whole ---- */

static json_t *
daemon_json(struct web *w, const char *name)
{
	struct live_daemon d;

	if (live_get_daemon(w->live, name, &d, NULL) <= 0)
		return json_pack("{s:b,s:s}", "up", 0, "version", "");
	return json_pack("{s:b,s:o}", "up", live_is_up(w->live, name), "version",
	    json_text(d.version));
}

struct status_walk {
	struct web *w;
	json_t *list;
	struct streams *streams; /* of the cameras */
};

static bool
add_camera(const struct camera *c, void *arg)
{
	struct status_walk *walk = arg;
	const struct live_stream *s = streams_of(walk->streams, c->id);
	json_t *age = json_null();

	if (s->last_frame_us > 0)
		age = json_integer((loop_now_us() - s->last_frame_us) / 1000);
	(void)json_array_append_new(walk->list,
	    json_pack("{s:s,s:s,s:f,s:o}", "name", c->name, "state",
		api_camera_state(c, s), "fps", s->fps_in, "last_frame_ms", age));
	return true;
}

static bool
add_job(const struct job *j, void *arg)
{
	struct status_walk *walk = arg;

	(void)json_array_append_new(walk->list, api_job_json(walk->w, j, false));
	return true;
}

/* Its file is damaged or gone. */
static void
add_bad_dump(int64_t id, void *arg)
{
	struct status_walk *walk = arg;

	(void)json_array_append_new(walk->list, json_integer(id));
}

void
api_status(struct web *w, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	struct status_walk cameras = { w, json_array(), streams_read(w->live) },
			   jobs = { w, json_array(), NULL },
			   bad = { w, json_array(), NULL };
	bool ok;

	(void)r;
	ok = camera_each(w->db, add_camera, &cameras, &e) == 0 &&
	    job_each(w->db, true, API_LIMIT_MAX, add_job, &jobs, &e) == 0 &&
	    dump_each_bad(w->db, add_bad_dump, &bad, &e) == 0;
	streams_free(cameras.streams);
	if (!ok) {
		json_decref(cameras.list);
		json_decref(jobs.list);
		json_decref(bad.list);
		(void)reply_error(rep, &e);
		return;
	}
	reply_json(rep, 200,
	    json_pack("{s:{s:o,s:o,s:o},s:o,s:o,s:o,s:o}", "daemons", "flashd",
		daemon_json(w, "flashd"), "streamd", daemon_json(w, "streamd"), "webd",
		daemon_json(w, "webd"), "cameras", cameras.list, "jobs", jobs.list,
		"bad_dumps", bad.list, "tls", tls_json(w->tls, w->tls_listen)));
}
