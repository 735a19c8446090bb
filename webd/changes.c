/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What changed (see changes.h). webd's one thread. */
#include "config.h"

#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/err.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/said.h"
#include "common/source.h"
#include "db/camera.h"
#include "db/db.h"
#include "db/dump.h"
#include "db/event.h"
#include "db/job.h"
#include "db/live.h"
#include "db/photo.h"
#include "db/rescue.h"
#include "db/socket.h"
#include "webd/api.h"
#include "webd/changes.h"
#include "webd/firmware.h"
#include "webd/outages.h"
#include "webd/streams.h"
#include "webd/web.h"

enum topic {
	TOPIC_JOBS,
	TOPIC_CAMERAS,
	TOPIC_PORTS,
	TOPIC_DUMPS,
	TOPIC_PHOTOS,
	TOPIC_RESCUES,
	N_TOPICS
};

#define CAMERAS_MAX 1024
#define RUNNING_MAX 64
#define PRINT_BYTES 16

struct running {
	int64_t id;
	int64_t at_us; /* of its progress as last told */
};

struct changes {
	struct web *w;
	int64_t inventory, live; /* data_version as last seen */
	uint8_t prints[N_TOPICS][PRINT_BYTES];
	int64_t cameras[CAMERAS_MAX]; /* ids of those that there are */
	unsigned n_cameras;
	struct running running[RUNNING_MAX];
	unsigned n_running;
	int64_t strange[CAMERAS_MAX]; /* at whose address another one answers: told */
	unsigned n_strange;
	int64_t unpinned; /* one that told its device id and has none in its source */
	char device_id[49];
	/* while looking */
	crypto_generichash_state *sum;
	uint8_t rows[N_TOPICS][PRINT_BYTES]; /* of the inventory's share */
};

struct changes *
changes_new(struct web *w, struct err *e)
{
	struct changes *c = calloc(1, sizeof(*c));

	if (c == NULL) {
		err_sys(e, "memory for changes");
		return NULL;
	}
	if (w->outages == NULL && (w->outages = outages_new()) == NULL) {
		err_sys(e, "memory for changes");
		free(c);
		return NULL;
	}
	c->w = w;
	c->inventory = c->live = -1;
	return c;
}

void
changes_free(struct changes *c)
{
	if (c == NULL)
		return;
	outages_free(c->w->outages);
	c->w->outages = NULL;
	free(c);
}

static void
add(crypto_generichash_state *s, const void *p, size_t n)
{
	(void)crypto_generichash_update(s, p, n);
}

static void
add_text(crypto_generichash_state *s, const char *text)
{
	add(s, text, strlen(text) + 1);
}

/* ---- the inventory's share ---- */

static bool
on_job(const struct job *j, void *arg)
{
	struct changes *c = arg;
	int64_t facts[] = { j->id, j->state, j->started_s, j->ended_s, j->cancel_asked,
		j->touched };

	add(c->sum, facts, sizeof(facts));
	if (!job_state_is_final(j->state) && j->state != JOB_QUEUED &&
	    c->n_running < RUNNING_MAX) {
		c->running[c->n_running].id = j->id;
		c->running[c->n_running++].at_us = 0;
	}
	return true;
}

static bool
on_camera(const struct camera *cam, void *arg)
{
	struct changes *c = arg;
	int64_t facts[] = { cam->id, cam->changed_s, cam->enabled };

	add(c->sum, facts, sizeof(facts));
	add_text(c->sum, cam->name);
	add_text(c->sum, cam->source);
	add_text(c->sum, cam->notes);
	add_text(c->sum, cam->tags);
	add_text(c->sum, cam->chip);
	add_text(c->sum, cam->mac);
	if (c->n_cameras < CAMERAS_MAX)
		c->cameras[c->n_cameras++] = cam->id;
	return true;
}

static bool
on_socket(const struct socket_row *s, void *arg)
{
	struct changes *c = arg;
	int64_t facts[] = { s->id, s->enabled, s->good_baud };

	add(c->sum, facts, sizeof(facts));
	add_text(c->sum, s->name);
	return true;
}

static void
on_dump(const struct dump_brief *d, void *arg)
{
	struct changes *c = arg;
	int64_t facts[] = { d->id, d->camera_id, d->missing, d->damaged, d->verified };

	add(c->sum, facts, sizeof(facts));
	add_text(c->sum, d->note);
}

static bool
on_rescue(const struct rescue *r, void *arg)
{
	struct changes *c = arg;

	/* Flat, and zeroed before it is filled. */
	add(c->sum, r, sizeof(*r));
	return true;
}

static int
read_photos(struct changes *c, struct err *e)
{
	int64_t print[PHOTO_PRINT];

	if (photo_print(c->w->db, print, e) < 0)
		return -1;
	add(c->sum, print, sizeof(print));
	return 0;
}

static int
read_topic(struct changes *c, enum topic topic, struct err *e)
{
	struct db *db = c->w->db;

	switch (topic) {
	case TOPIC_JOBS:
		return job_each(db, false, 200, on_job, c, e);
	case TOPIC_CAMERAS:
		return camera_each(db, on_camera, c, e);
	case TOPIC_PORTS:
		return socket_each(db, on_socket, c, e);
	case TOPIC_DUMPS:
		return dump_each_brief(db, on_dump, c, e);
	case TOPIC_PHOTOS:
		return read_photos(c, e);
	case TOPIC_RESCUES:
		return rescue_each(db, on_rescue, c, e);
	case N_TOPICS:
		break;
	}
	return -1;
}

static void
read_inventory(struct changes *c)
{
	struct err e = { .code = ERR_NONE };
	crypto_generichash_state sum;
	int topic;

	c->n_cameras = c->n_running = 0;
	c->sum = &sum;
	for (topic = 0; topic < N_TOPICS; topic++) {
		(void)crypto_generichash_init(&sum, NULL, 0, PRINT_BYTES);
		if (read_topic(c, (enum topic)topic, &e) < 0)
			log_warnx("events", "%s", e.msg);
		(void)crypto_generichash_final(&sum, c->rows[topic], PRINT_BYTES);
	}
	c->sum = NULL;
	outages_keep(c->w->outages, c->cameras, c->n_cameras);
}

/* ---- what is live ---- */

static void
history(struct changes *c, int64_t id, const struct err *said)
{
	struct err e = { .code = ERR_NONE };

	log_info("history", "camera %lld: %s", (long long)id, said->msg);
	if (event_row_say(c->w->db, "camera", id, 0, "streamd", said, &e) < 0)
		log_warnx("events", "%s", e.msg);
}

/* A camera that is not the one it was: once into the history, until it is right again.
 */
static void
note_strange(struct changes *c, int64_t id, const struct live_stream *s)
{
	bool strange =
	    strncmp(s->reason, SOURCE_OTHER_CAMERA, strlen(SOURCE_OTHER_CAMERA)) == 0;
	struct err said;
	unsigned i;

	for (i = 0; i < c->n_strange && c->strange[i] != id; i++)
		continue;
	if (!strange && i < c->n_strange && strcmp(s->state, "live") == 0) {
		c->strange[i] = c->strange[--c->n_strange];
	} else if (strange && i == c->n_strange && i < CAMERAS_MAX) {
		c->strange[c->n_strange++] = id;
		err_set(&said, ERR_NONE, "",
		    SOURCE_OTHER_CAMERA ": its pictures are not shown");
		history(c, id, &said);
	}
}

/* The first camera that answered at an address is the one that is meant there. */
static void
pin(struct changes *c)
{
	struct err e = { .code = ERR_NONE }, said;
	struct camera cam;
	int r;

	if (c->unpinned == 0)
		return;
	/* streamd says so until it has seen that it was done. */
	if (camera_by_id(c->w->db, c->unpinned, &cam, &e) < 0 ||
	    strncmp(cam.source, "pppp:@", 6) != 0) {
		c->unpinned = 0;
		return;
	}
	r = camera_pin(c->w->db, c->unpinned, c->device_id, &e);
	if (r < 0)
		log_warnx("events", "%s", e.msg);
	else if (r > 0) {
		err_set(&said, ERR_NONE, "",
		    "its device id was noted: no other camera is shown at its address");
		history(c, c->unpinned, &said);
	}
	c->unpinned = 0;
}

static void
add_stream(struct changes *c, const struct live_stream *s)
{
	int64_t facts[] = { s->camera_id, (int64_t)(s->fps_in * 10),
		(int64_t)(s->fps_out * 10), (int64_t)s->width << 32 | s->height,
		(int64_t)s->frames, s->clients, (int64_t)s->reconnects, s->last_frame_us,
		(int64_t)(s->skipped + s->encoder_skipped), (int64_t)s->push_reconnects,
		(int64_t)s->push_dropped };
	struct err reason;

	add(c->sum, facts, sizeof(facts));
	add_text(c->sum, s->state);
	add_text(c->sum, s->reason);
	add_text(c->sum, s->jpeg);
	add_text(c->sum, s->encoder);
	add_text(c->sum, s->h264_note);
	add_text(c->sum, s->push_state);
	add_text(c->sum, s->push_reason);
	note_strange(c, s->camera_id, s);
	(void)said_unpack(&reason, s->reason, s->reason_params);
	outages_see(c->w->outages, s->camera_id, s->state, &reason, loop_now_us(),
	    db_now_s(c->w->db));
	if (s->device_id[0] == '\0')
		return;
	add_text(c->sum, s->device_id);
	c->unpinned = s->camera_id;
	memcpy(c->device_id, s->device_id, sizeof(c->device_id));
}

/* Read first: what is noted of one must not keep streamd from writing. */
static void
add_streams(struct changes *c)
{
	struct streams *all = streams_read(c->w->live);
	const struct live_stream *s;
	unsigned i;

	for (i = 0; (s = streams_at(all, i)) != NULL; i++)
		add_stream(c, s);
	streams_free(all);
}

static bool
on_port(const struct live_port *p, void *arg)
{
	const struct changes *c = arg;

	add_text(c->sum, p->path);
	add_text(c->sum, p->node);
	add_text(c->sum, p->state);
	add_text(c->sum, p->holder);
	add_text(c->sum, p->chip);
	add(c->sum, &p->job_id, sizeof(p->job_id));
	return true;
}

static unsigned
compare(struct changes *c)
{
	crypto_generichash_state sum;
	uint8_t print[PRINT_BYTES];
	unsigned what = 0;
	int topic;

	/* cppcheck-suppress autoVariables ; reset before the end */
	c->sum = &sum;
	for (topic = 0; topic < N_TOPICS; topic++) {
		(void)crypto_generichash_init(&sum, NULL, 0, PRINT_BYTES);
		add(&sum, c->rows[topic], PRINT_BYTES);
		if (topic == TOPIC_CAMERAS) {
			int64_t looked = firmwares_count(c->w->firmwares);

			add_streams(c);
			add(&sum, &looked, sizeof(looked));
		}
		if (topic == TOPIC_PORTS)
			(void)live_each_port(c->w->live, on_port, c, NULL);
		(void)crypto_generichash_final(&sum, print, PRINT_BYTES);
		if (memcmp(print, c->prints[topic], PRINT_BYTES) == 0)
			continue;
		memcpy(c->prints[topic], print, PRINT_BYTES);
		what |= 1u << topic;
	}
	c->sum = NULL;
	return what;
}

/* ---- telling ---- */

static void
tell_change(unsigned what, void (*tell)(void *, const char *, size_t), void *arg)
{
	static const char *const names[] = { "jobs", "cameras", "ports", "dumps",
		"photos", "rescues" };
	char text[120];
	size_t n;
	int topic;
	bool first = true;

	n = (size_t)snprintf(text, sizeof(text), "event: change\ndata: {\"what\":[");
	for (topic = 0; topic < N_TOPICS; topic++) {
		if ((what & 1u << topic) == 0)
			continue;
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s\"%s\"",
		    first ? "" : ",", names[topic]);
		first = false;
	}
	n += (size_t)snprintf(text + n, sizeof(text) - n, "]}\n\n");
	tell(arg, text, n);
}

static void
tell_job(struct changes *c, int64_t id, void (*tell)(void *, const char *, size_t),
    void *arg)
{
	struct job j;
	char *doc, *text;
	json_t *json;
	int n;

	if (job_by_id(c->w->db, id, &j, NULL) < 0 ||
	    (json = api_job_json(c->w, &j, false)) == NULL)
		return;
	doc = json_dumps(json, JSON_COMPACT);
	json_decref(json);
	if (doc == NULL)
		return;
	/* One line: jansson's compact form has no line breaks. */
	if ((n = asprintf(&text, "event: job\ndata: %s\n\n", doc)) > 0) {
		tell(arg, text, (size_t)n);
		free(text);
	}
	free(doc);
}

static void
tell_progress(struct changes *c, void (*tell)(void *, const char *, size_t), void *arg)
{
	struct live_progress p;
	unsigned i;

	for (i = 0; i < c->n_running; i++) {
		if (live_get_progress(c->w->live, c->running[i].id, &p, NULL) <= 0 ||
		    p.at_us == c->running[i].at_us)
			continue;
		c->running[i].at_us = p.at_us;
		tell_job(c, c->running[i].id, tell, arg);
	}
}

/* Did anybody commit since the last look? Reads the inventory anew if so. */
static bool
refresh(struct changes *c)
{
	struct running before[RUNNING_MAX];
	int64_t inventory = -1, live = -1;
	unsigned n = c->n_running, i, k;

	if (db_data_version(c->w->db, &inventory, NULL) < 0 ||
	    live_data_version(c->w->live, &live, NULL) < 0)
		return false;
	if (inventory == c->inventory && live == c->live)
		return false;
	if (inventory != c->inventory) {
		memcpy(before, c->running, sizeof(before));
		read_inventory(c);
		for (i = 0; i < c->n_running; i++) {
			for (k = 0; k < n; k++) {
				if (before[k].id == c->running[i].id)
					c->running[i].at_us = before[k].at_us;
			}
		}
	}
	c->inventory = inventory;
	c->live = live;
	return true;
}

void
changes_start(struct changes *c)
{
	c->inventory = c->live = -1;
	(void)refresh(c);
	(void)compare(c);
}

void
changes_forget(struct changes *c)
{
	c->inventory = -1;
}

void
changes_look(
    struct changes *c, void (*tell)(void *arg, const char *text, size_t n), void *arg)
{
	unsigned what;

	(void)outages_write(
	    c->w->outages, c->w->db, loop_now_us(), db_now_s(c->w->db), false);
	if (!refresh(c))
		return;
	if ((what = compare(c)) != 0)
		tell_change(what, tell, arg);
	tell_progress(c, tell, arg);
	pin(c);
}
