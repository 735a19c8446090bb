/* SPDX-License-Identifier: GPL-3.0-or-later */
/* /ports: the USB sockets, by rows and by what flashd sees now. webd's one thread. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bell.h"
#include "common/conf.h"
#include "common/loop.h"
#include "db/live.h"
#include "db/socket.h"
#include "webd/api.h"
#include "webd/field.h"
#include "webd/web.h"

static const struct field port_fields[] = {
	{ "path", FIELD_TEXT, FIELD_NEEDED, 1, 255 },
	{ "name", FIELD_TEXT, FIELD_OPTIONAL, 0, 32 },
	{ "enabled", FIELD_BOOL, FIELD_OPTIONAL, 0, 0 },
};

static json_t *
errors_json(const struct live_port *p)
{
	return json_pack("{s:I,s:I,s:I,s:I,s:I}", "framing",
	    (json_int_t)p->frame_errors, "overrun", (json_int_t)p->overruns, "parity",
	    (json_int_t)p->parity_errors, "break", (json_int_t)p->breaks, "retries",
	    (json_int_t)p->retries);
}

/* How long ago it was plugged in; null when it was there before flashd. */
static json_t *
plugged_json(const struct live_port *p)
{
	int64_t ago_us = loop_now_us() - p->plugged_us;

	return p->plugged_us == 0 || ago_us < 0 ? json_null()
						: json_integer(ago_us / 1000);
}

static json_t *
port_json(const struct socket_row *row, const struct live_port *p)
{
	json_t *o = json_pack("{s:o,s:o,s:b,s:o,s:o,s:s,s:o,s:o,s:o,s:i}", "path",
	    json_text(row->path), "name", json_text(row->name), "enabled", row->enabled,
	    "node", json_text(p->node), "adapter", json_text(p->adapter), "state",
	    p->state[0] != '\0' ? p->state : "absent", "holder", json_text(p->holder),
	    "job", json_id(p->job_id), "chip", json_text(p->chip), "good_baud",
	    (int)row->good_baud);
	json_t *more = json_pack("{s:o,s:o,s:o,s:o,s:b,s:o,s:o}", "vendor",
	    json_text(p->vendor), "product", json_text(p->product), "serial",
	    json_text(p->serial), "usb_id", json_text(p->usb_id), "radio", p->radio,
	    "plugged_ms", plugged_json(p), "errors", errors_json(p));

	(void)json_object_update(o, more);
	json_decref(more);
	return o;
}

static const struct field watch_fields[] = {
	{ "watch", FIELD_TEXT, FIELD_NEEDED, 1, 11 },
};

struct port_walk {
	struct web *w;
	struct api_page page;
	json_t *list;
};

static bool
add_row(const struct socket_row *row, void *arg)
{
	struct port_walk *walk = arg;
	struct live_port p;

	if (!api_page_takes(&walk->page))
		return !walk->page.more;
	if (live_get_port(walk->w->live, row->path, &p, NULL) <= 0)
		memset(&p, 0, sizeof(p));
	(void)json_array_append_new(walk->list, port_json(row, &p));
	return true;
}

/* A socket that flashd sees and nobody has named or enabled yet. */
static bool
add_seen(const struct live_port *p, void *arg)
{
	struct port_walk *walk = arg;
	struct socket_row row = { .id = 0 };

	if (socket_by_path(walk->w->db, p->path, &row, NULL) == 0)
		return true;
	if (!api_page_takes(&walk->page))
		return !walk->page.more;
	snprintf(row.path, sizeof(row.path), "%s", p->path);
	(void)json_array_append_new(walk->list, port_json(&row, p));
	return true;
}

void
api_ports(struct web *w, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	struct port_walk walk = { .w = w };
	char watch[12];

	if (api_page_read(r, &walk.page, rep) < 0)
		return;
	walk.list = json_array();
	if (socket_watch_get(w->db, watch, &e) < 0 ||
	    socket_each(w->db, add_row, &walk, &e) < 0 ||
	    live_each_port(w->live, add_seen, &walk, &e) < 0) {
		json_decref(walk.list);
		(void)reply_error(rep, &e);
		return;
	}
	reply_json(rep, 200,
	    json_pack("{s:o,s:b,s:s}", "ports", walk.list, "more",
		(int)walk.page.more, "watch", watch));
}

void
api_ports_watch(struct web *w, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	json_t *doc = field_body(r, watch_fields, 1, &e);
	char watch[12];

	if (doc == NULL ||
	    socket_watch_set(w->db, field_text(doc, "watch", ""), &e) < 0 ||
	    socket_watch_get(w->db, watch, &e) < 0) {
		json_decref(doc);
		(void)reply_error(rep, &e);
		return;
	}
	json_decref(doc);
	api_note(w, r, "port", 0, "ports that are plugged in: %s", watch);
	bell_ring(w->conf->run, "flashd");
	reply_json(rep, 200, json_pack("{s:s}", "watch", watch));
}

static int
change(struct web *w, const struct request *r, const json_t *doc,
    struct socket_row *ret, struct err *e)
{
	const char *typed = field_text(doc, "path", "");
	char path[256];

	if (socket_resolve(w->db, w->live, typed, path, sizeof(path), e) < 0)
		return -1;
	if (field_has(doc, "name") &&
	    socket_set_name(w->db, path, field_text(doc, "name", ""), e) < 0)
		return -1;
	if (field_has(doc, "enabled") &&
	    socket_set_enabled(w->db, path, field_bool(doc, "enabled", false), e) < 0)
		return -1;
	if (socket_by_path(w->db, path, ret, e) < 0)
		return -1;
	if (field_has(doc, "enabled"))
		api_note(w, r, "port", 0, "port %s was %s",
		    ret->name[0] != '\0' ? ret->name : path,
		    ret->enabled ? "enabled" : "disabled");
	return 0;
}

void
api_port_change(struct web *w, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	struct socket_row row;
	struct live_port p;
	json_t *doc = field_body(r, port_fields, 3, &e);
	int ok = -1;

	if (doc != NULL && !field_has(doc, "name") && !field_has(doc, "enabled"))
		err_set(&e, ERR_USAGE, "nothing-to-change",
		    "Say what to change: 'name', 'enabled' or both.");
	else if (doc != NULL)
		ok = change(w, r, doc, &row, &e);
	json_decref(doc);
	if (ok < 0) {
		(void)reply_error(rep, &e);
		return;
	}
	bell_ring(w->conf->run, "flashd");
	if (live_get_port(w->live, row.path, &p, NULL) <= 0)
		memset(&p, 0, sizeof(p));
	reply_json(rep, 200, port_json(&row, &p));
}
