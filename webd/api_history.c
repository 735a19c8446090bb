/* SPDX-License-Identifier: GPL-3.0-or-later */
/* /cameras/{name}/history: what happened to a camera, out of the one table of events
 * that jobs, changes and daemons write their lines into. webd's one thread. */
#include "config.h"

#include "db/camera.h"
#include "db/event.h"
#include "webd/api.h"
#include "webd/field.h"
#include "webd/outages.h"
#include "common/sentence.h"
#include "webd/web.h"

struct walk {
	json_t *list;
	uint64_t limit;
	bool more;
};

static bool
add_event(const struct event_row *ev, void *arg)
{
	struct walk *walk = arg;
	json_t *doc;

	if (json_array_size(walk->list) == walk->limit) {
		walk->more = true;
		return false;
	}
	doc = json_pack("{s:I,s:I,s:o,s:o,s:o,s:o}", "id", (json_int_t)ev->id, "at_s",
	    (json_int_t)ev->at_s, "kind", json_text(ev->kind), "job",
	    json_id(ev->job_id), "who", json_text(ev->who), "text",
	    json_text(ev->text));
	sentence_put_row(doc, ev->text, ev->text_params);
	(void)json_array_append_new(walk->list, doc);
	return true;
}

/* Away at this moment: that line is written when it is over. */
static json_t *
now_json(struct web *w, int64_t camera_id)
{
	struct outage o;

	if (w->outages == NULL || !outages_now(w->outages, camera_id, &o))
		return json_null();
	return json_pack("{s:s,s:o,s:o,s:I}", "state", o.state, "reason",
	    json_text(o.reason.msg), "reason_said", sentence_json(&o.reason), "since_s",
	    (json_int_t)o.since_s);
}

void
api_camera_history(struct web *w, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	struct walk walk = { .list = NULL };
	uint64_t before;
	struct camera c;

	if (camera_by_name(w->db, r->param, &c, &e) < 0 ||
	    request_query_number(
		r, "limit", 1, API_LIMIT_MAX, 50, &walk.limit, &e) < 0 ||
	    request_query_number(r, "before", 0, INT64_MAX, 0, &before, &e) < 0) {
		(void)reply_error(rep, &e);
		return;
	}
	walk.list = json_array();
	if (event_row_each(w->db, c.id, (int64_t)before, (unsigned)walk.limit + 1,
		add_event, &walk, &e) < 0) {
		json_decref(walk.list);
		(void)reply_error(rep, &e);
		return;
	}
	reply_json(
	    rep, 200, json_pack("{s:o,s:b,s:o}", "events", walk.list, "more", walk.more,
			"away", now_json(w, c.id)));
}
