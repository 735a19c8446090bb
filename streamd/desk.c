/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cameras in, states out (see desk.h). streamd, main thread. */
#include "config.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>

#include "common/bell.h"
#include "common/err.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/notify.h"
#include "common/said.h"
#include "common/text.h"
#include "db/camera.h"
#include "db/db.h"
#include "db/live.h"
#include "db/setting.h"
#include "streamd/desk.h"
#include "streamd/hub_feed.h"
#include "streamd/outputs/push.h"
#include "streamd/sources/pppp_targets.h"
#include "streamd/sources/source.h"

#define LOOK_MS 5000
#define BEAT_MS 4000
#define CHANGED_MS 100 /* changes of state within this go out together */

struct entry {
	LIST_ENTRY(entry) entry;
	struct desk *desk;
	struct camera camera;
	struct source *source; /* NULL: disabled, or no driver knows its address */
	struct err why_not;
	struct push *push; /* NULL: not published */
	bool push_new; /* its address changed: begin anew */
	bool present; /* met in this look */
	bool changed; /* its state may have changed since the last row */
	struct live_stream row; /* as last written */
	struct hub_figures figures; /* at the time of the row */
	int64_t figures_us;
};

struct desk {
	struct source_env env;
	struct desk_options o;
	struct db *db;
	struct live *live;
	int bell;
	struct event *bell_event, *look_timer, *beat_timer, *changed_timer;
	LIST_HEAD(, entry) entries;
	int64_t data_version; /* -1: look in any case */
	bool db_trouble; /* said so already */
	bool no_memory; /* for a camera of this look */
	char user[33], password[65];
};

static void
on_changed(void *arg)
{
	struct entry *en = arg;

	en->changed = true;
	if (!evtimer_pending(en->desk->changed_timer, NULL))
		loop_timer_set(en->desk->changed_timer, CHANGED_MS);
}

/* A camera with the tag "battery" is not opened but for somebody who watches. */
static bool
on_battery(const struct camera *c)
{
	char tags[sizeof(c->tags)], *word, *save;

	memcpy(tags, c->tags, sizeof(tags));
	for (word = strtok_r(tags, " ,;\t", &save); word != NULL;
	     word = strtok_r(NULL, " ,;\t", &save)) {
		if (strcasecmp(word, "battery") == 0)
			return true;
	}
	return false;
}

/* Publish the camera, if it is to be and can be. */
static void
start_push(struct entry *en)
{
	struct desk *d = en->desk;
	struct push_config c = { .camera = en->camera.name,
		.url = en->camera.push,
		.user = en->camera.push_user,
		.password = en->camera.push_password,
		.codec = strcmp(en->camera.push_codec, "mjpeg") == 0 ? CODEC_JPEG
								      : CODEC_H264 };
	struct err e = { .code = ERR_NONE };

	push_free(en->push);
	en->push = NULL;
	en->push_new = false;
	if (en->source == NULL || c.url[0] == '\0' || d->o.rtsp == NULL)
		return;
	en->push = push_new(d->env.loop, d->o.rtsp, &c, on_changed, en, &e);
	if (en->push == NULL)
		log_warnx("desk", "camera %s: %s", en->camera.name, e.msg);
	on_changed(en);
}

/* Its publisher knows the camera: it goes first. */
static void
stop_source(struct entry *en)
{
	push_free(en->push);
	en->push = NULL;
	source_free(en->source);
	en->source = NULL;
}

static void
entry_start(struct entry *en)
{
	struct source_config c = { .name = en->camera.name,
		.url = en->camera.source,
		.user = en->camera.user,
		.password = en->camera.password,
		.battery = on_battery(&en->camera) };

	err_clear(&en->why_not);
	if (en->camera.enabled && en->camera.source[0] != '\0')
		en->source =
		    source_new(&en->desk->env, &c, on_changed, en, &en->why_not);
	memset(&en->figures, 0, sizeof(en->figures));
	en->figures_us = loop_now_us();
	on_changed(en);
	start_push(en);
}

static void
entry_free(struct entry *en)
{
	LIST_REMOVE(en, entry);
	stop_source(en);
	if (en->desk->live != NULL)
		(void)live_drop_stream(en->desk->live, en->camera.id, NULL);
	explicit_bzero(&en->camera, sizeof(en->camera));
	free(en);
}

/* What the source is made from; other tags and notes may change without a restart. */
static bool
same_source(const struct camera *a, const struct camera *b)
{
	return strcmp(a->name, b->name) == 0 && strcmp(a->source, b->source) == 0 &&
	    strcmp(a->user, b->user) == 0 && strcmp(a->password, b->password) == 0 &&
	    a->enabled == b->enabled && on_battery(a) == on_battery(b);
}

static bool
same_push(const struct camera *a, const struct camera *b)
{
	return strcmp(a->push, b->push) == 0 && strcmp(a->push_user, b->push_user) == 0 &&
	    strcmp(a->push_password, b->push_password) == 0 &&
	    strcmp(a->push_codec, b->push_codec) == 0;
}

/* The id that its source reported was put in: nothing new to the source. */
static bool
only_pinned(const struct entry *en, const struct camera *c)
{
	struct camera was = en->camera;

	if (en->source == NULL || strncmp(was.source, "pppp:@", 6) != 0)
		return false;
	snprintf(was.source, sizeof(was.source), "pppp:%s%.400s",
	    source_identity(en->source), en->camera.source + 5);
	return same_source(&was, c);
}

static struct entry *
find_entry(struct desk *d, int64_t id)
{
	struct entry *en;

	LIST_FOREACH (en, &d->entries, entry) {
		if (en->camera.id == id)
			return en;
	}
	return NULL;
}

/* Note each camera; sources start in a second pass, so that one camera may take the
 * name that another one had. */
static bool
meet_camera(const struct camera *c, void *arg)
{
	struct desk *d = arg;
	struct entry *en = find_entry(d, c->id);

	if (en == NULL) {
		if ((en = calloc(1, sizeof(*en))) == NULL) {
			d->no_memory = true;
			return false;
		}
		en->desk = d;
		en->camera = *c;
		en->present = true;
		en->figures_us = -1; /* to be started */
		LIST_INSERT_HEAD(&d->entries, en, entry);
		log_info("desk", "camera %s: %s", c->name,
		    c->enabled ? "known" : "known, disabled");
		return true;
	}
	en->present = true;
	if (!same_source(&en->camera, c) && !only_pinned(en, c)) {
		log_info("desk", "camera %s: changed", c->name);
		stop_source(en);
		en->figures_us = -1;
	} else if (!same_push(&en->camera, c)) {
		en->push_new = true;
	}
	en->camera = *c;
	return true;
}

static void
sync_entries(struct desk *d)
{
	struct entry *en, *next;

	for (en = LIST_FIRST(&d->entries); en != NULL; en = next) {
		next = LIST_NEXT(en, entry);
		if (!en->present) {
			log_info("desk", "camera %s: removed", en->camera.name);
			entry_free(en);
		}
	}
	LIST_FOREACH (en, &d->entries, entry) {
		if (en->figures_us < 0)
			entry_start(en);
		else if (en->push_new)
			start_push(en);
	}
}

static void
read_credentials(struct desk *d)
{
	char user[33], password[65];

	if (stream_password_get(d->db, user, password, NULL) < 0)
		return;
	if (strcmp(user, d->user) != 0 || strcmp(password, d->password) != 0) {
		memcpy(d->user, user, sizeof(user));
		memcpy(d->password, password, sizeof(password));
		if (d->o.credentials != NULL)
			d->o.credentials(d->o.arg, user, password);
	}
	explicit_bzero(password, sizeof(password));
}

static int
read_cameras(struct desk *d, struct err *e)
{
	struct entry *en;
	int64_t version;

	if (d->db == NULL && (d->db = db_open(d->o.state, DB_READ_ONLY, e)) == NULL)
		return -1;
	if (db_data_version(d->db, &version, e) < 0)
		return -1;
	if (version == d->data_version)
		return 0;
	LIST_FOREACH (en, &d->entries, entry)
		en->present = false;
	d->no_memory = false;
	if (camera_each(d->db, meet_camera, d, e) < 0)
		return -1;
	if (d->no_memory)
		return err_set(
		    e, ERR_FAILED, "memory", "no memory for one more camera");
	sync_entries(d);
	read_credentials(d);
	d->data_version = version;
	return 0;
}

/* A reader meets a hot journal after a writer's crash, or a busy file: what is known
 * stays true, and the next look tries again. */
static void
look(struct desk *d)
{
	struct err e = { .code = ERR_NONE };

	if (read_cameras(d, &e) == 0) {
		d->db_trouble = false;
		return;
	}
	d->data_version = -1;
	if (!d->db_trouble)
		log_warnx("desk", "cannot read the inventory, trying again: %s", e.msg);
	d->db_trouble = true;
}

static double
rate(uint64_t now, uint64_t then, int64_t us)
{
	if (us <= 0 || now < then)
		return 0;
	/* One digit behind the point: the page shows no more. */
	return (double)((now - then) * 10000000 / (uint64_t)us) / 10;
}

static void
fill_figures(struct entry *en, struct live_stream *row)
{
	struct hub_figures f;
	int64_t now = loop_now_us(), us = now - en->figures_us;
	const struct hub_figures *old = &en->figures;

	hub_figures(source_camera(en->source), &f);
	row->width = f.width;
	row->height = f.height;
	row->frames = f.frames_in;
	row->clients = f.clients;
	row->skipped = f.skipped;
	memcpy(row->encoder, f.encoder, sizeof(row->encoder));
	row->encoder_load = f.encoder_load;
	row->encoder_skipped = f.encoder_skipped;
	memcpy(row->h264_note, f.h264_note, sizeof(row->h264_note));
	memcpy(row->h264_note_params, f.h264_note_params, sizeof(row->h264_note_params));
	row->last_frame_us = f.last_frame_us;
	if (us < 1000000) { /* too short for a rate: keep the last one */
		row->fps_in = en->row.fps_in;
		row->fps_out = en->row.fps_out;
		row->bits_per_s = en->row.bits_per_s;
	} else {
		row->fps_in = rate(f.frames_in, old->frames_in, us);
		row->bits_per_s =
		    (uint64_t)rate((f.bytes_in) * 8, old->bytes_in * 8, us);
		if (f.clients > 0)
			row->fps_out = rate(f.handed - f.skipped,
			    old->handed - old->skipped, us * f.clients);
		en->figures = f;
		en->figures_us = now;
	}
}

static void
fill_push(const struct entry *en, struct live_stream *row)
{
	struct push_report r;

	if (en->push == NULL)
		return;
	push_report(en->push, &r);
	snprintf(
	    row->push_state, sizeof(row->push_state), "%s", push_state_name(r.state));
	memcpy(row->push_reason, r.reason, sizeof(row->push_reason));
	memcpy(row->push_reason_params, r.reason_params, sizeof(row->push_reason_params));
	row->push_dropped = r.dropped;
	row->push_reconnects = r.reconnects;
}

static void
fill_row(struct entry *en, struct live_stream *row)
{
	struct source_report r;

	memset(row, 0, sizeof(*row));
	row->camera_id = en->camera.id;
	if (!en->camera.enabled) {
		snprintf(row->state, sizeof(row->state), "disabled");
		return;
	}
	if (en->source == NULL) {
		snprintf(row->state, sizeof(row->state), "unsupported");
		said_put(&en->why_not, row->reason, sizeof(row->reason),
		    row->reason_params);
		return;
	}
	source_report(en->source, &r);
	snprintf(row->state, sizeof(row->state), "%s", source_state_name(r.state));
	memcpy(row->reason, r.reason, sizeof(row->reason));
	memcpy(row->reason_params, r.reason_params, sizeof(row->reason_params));
	memcpy(row->drops, r.drops, sizeof(row->drops));
	memcpy(row->jpeg, r.jpeg, sizeof(row->jpeg));
	memcpy(row->jpeg_params, r.jpeg_params, sizeof(row->jpeg_params));
	if (strncmp(en->camera.source, "pppp:@", 6) == 0)
		memcpy(row->device_id, r.identity, sizeof(row->device_id));
	row->dropped = r.dropped;
	row->reconnects = r.reconnects;
	fill_push(en, row);
	fill_figures(en, row);
}

/* True when webd should be told. */
static bool
write_row(struct entry *en)
{
	struct live_stream row;
	struct err e = { .code = ERR_NONE };

	en->changed = false;
	if (en->camera.source[0] == '\0') /* known for its flash only */
		return false;
	fill_row(en, &row);
	if (memcmp(&row, &en->row, sizeof(row)) == 0)
		return false;
	if (live_set_stream(en->desk->live, &row, &e) < 0) {
		log_debug("desk", "cannot write live.db: %s", e.msg);
		return false;
	}
	en->row = row;
	return true;
}

static void
write_rows(struct desk *d, bool all)
{
	struct entry *en;
	bool news = false;

	if (d->live == NULL && (d->live = live_open(d->o.run, NULL)) == NULL)
		return;
	LIST_FOREACH (en, &d->entries, entry) {
		if (all || en->changed)
			news |= write_row(en);
	}
	if (news)
		bell_ring(d->o.run, "webd");
}

static void
on_look(int fd, short what, void *arg)
{
	struct desk *d = arg;

	(void)fd;
	(void)what;
	look(d);
	write_rows(d, true);
	loop_timer_set(d->look_timer, LOOK_MS);
}

static void
on_bell(int fd, short what, void *arg)
{
	struct desk *d = arg;

	(void)what;
	bell_drain(fd);
	look(d);
}

static void
on_changed_timer(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	write_rows(arg, false);
}

static void
on_beat(int fd, short what, void *arg)
{
	struct desk *d = arg;

	(void)fd;
	(void)what;
	if (d->live != NULL || (d->live = live_open(d->o.run, NULL)) != NULL)
		(void)live_beat(d->live, "streamd", PACKAGE_VERSION, d->o.listen, NULL);
	loop_timer_set(d->beat_timer, BEAT_MS);
}

static int
start_events(struct desk *d, struct err *e)
{
	struct loop *l = d->env.loop;

	if ((d->bell = bell_open(d->o.run, "streamd", e)) < 0)
		return -1;
	d->bell_event = loop_watch(l, d->bell, EV_READ, on_bell, d, e);
	d->look_timer = loop_timer(l, on_look, d, e);
	d->beat_timer = loop_timer(l, on_beat, d, e);
	d->changed_timer = loop_timer(l, on_changed_timer, d, e);
	return d->bell_event != NULL && d->look_timer != NULL &&
		d->beat_timer != NULL && d->changed_timer != NULL
	    ? 0
	    : -1;
}

/* Why this camera is not in the hub; false when there is none of that name. */
static bool
why_absent(void *arg, const char *name, struct err *e)
{
	struct desk *d = arg;
	struct entry *en;

	LIST_FOREACH (en, &d->entries, entry) {
		if (strcmp(en->camera.name, name) == 0)
			break;
	}
	if (en == NULL)
		return false;
	if (!en->camera.enabled)
		err_set(e, ERR_REFUSED, "camera-disabled",
		    "camera '%s' is disabled; enable it first", name);
	else if (en->camera.source[0] == '\0')
		err_set(e, ERR_REFUSED, "camera-no-source",
		    "camera '%s' has no source; give it the address of its stream "
		    "first",
		    name);
	else if (en->why_not.code == ERR_NONE)
		return false;
	else if (e != NULL) {
		*e = en->why_not;
		e->code = ERR_REFUSED;
	}
	return true;
}

struct desk *
desk_new(const struct source_env *env, const struct desk_options *o, struct db *db,
    struct err *e)
{
	struct desk *d = calloc(1, sizeof(*d));

	if (d == NULL) {
		err_sys(e, "make the desk");
		return NULL;
	}
	d->env = *env;
	d->o = *o;
	d->db = db;
	d->bell = -1;
	d->data_version = -1;
	LIST_INIT(&d->entries);
	hub_set_absent(env->hub, why_absent, d);
	if (start_events(d, e) < 0 || (d->live = live_open(o->run, e)) == NULL ||
	    live_reset(d->live, "streamd", e) < 0) {
		desk_free(d);
		return NULL;
	}
	on_beat(-1, 0, d);
	on_look(-1, 0, d);
	return d;
}

bool
desk_knows(
    struct desk *d, const struct sockaddr_in *at, const struct pppp_id *id, char *name)
{
	struct hub_figures g;
	struct entry *en;

	name[0] = '\0';
	LIST_FOREACH (en, &d->entries, entry) {
		if (!pppp_source_is(en->camera.source, at, id))
			continue;
		snprintf(name, TEXT_SLUG_MAX, "%s", en->camera.name);
		if (en->source == NULL)
			continue;
		hub_figures(source_camera(en->source), &g);
		if (g.wanted)
			return true;
	}
	return false;
}

struct source *
desk_source(struct desk *d, const char *camera, struct err *e)
{
	struct entry *en;

	LIST_FOREACH (en, &d->entries, entry) {
		if (strcmp(en->camera.name, camera) == 0 && en->source != NULL)
			return en->source;
	}
	if (!why_absent(d, camera, e))
		err_set(e, ERR_NOT_FOUND, "camera-unknown", "there is no camera '%s'",
		    camera);
	return NULL;
}

void
desk_login(const struct desk *d, char user[33], char password[65])
{
	memcpy(user, d->user, sizeof(d->user));
	memcpy(password, d->password, sizeof(d->password));
}

void
desk_end_pushes(struct desk *d)
{
	struct entry *en;

	if (d == NULL)
		return;
	LIST_FOREACH (en, &d->entries, entry) {
		push_free(en->push);
		en->push = NULL;
	}
}

void
desk_free(struct desk *d)
{
	struct entry *en;

	if (d == NULL)
		return;
	hub_set_absent(d->env.hub, NULL, NULL);
	while ((en = LIST_FIRST(&d->entries)) != NULL)
		entry_free(en);
	if (d->live != NULL)
		(void)live_beat_end(d->live, "streamd", NULL);
	live_close(d->live);
	db_close(d->db);
	loop_drop(d->bell_event);
	bell_close(d->bell, d->o.run, "streamd");
	loop_drop(d->look_timer);
	loop_drop(d->beat_timer);
	loop_drop(d->changed_timer);
	explicit_bzero(d->password, sizeof(d->password));
	free(d);
}
