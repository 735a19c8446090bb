/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is true only now (see live.h). Any process; thread of the struct live. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/err.h"
#include "common/loop.h"
#include "db/live.h"
#include "db/live_file.h"

struct live *
live_open(const char *run, struct err *e)
{
	struct live *live;

	if ((live = calloc(1, sizeof(*live))) == NULL) {
		err_sys(e, "memory for live.db");
		return NULL;
	}
	if (migrate_path(run, "", live->run, sizeof(live->run), e) < 0 ||
	    migrate_path(run, LIVE_NAME, live->path, sizeof(live->path), e) < 0 ||
	    live_file_ready(live, e) < 0) {
		live_close(live);
		return NULL;
	}
	return live;
}

void
live_close(struct live *live)
{
	if (live == NULL)
		return;
	live_file_close(live);
	free(live);
}

int
live_data_version(struct live *live, int64_t *ret, struct err *e)
{
	if (live_file_ready(live, e) < 0)
		return -1;
	if (stmt_number(&live->db, e, ret, "PRAGMA data_version", "") < 0)
		return live_file_failed(live);
	/* Another file counts from its own start: mix in which one it is. */
	*ret += (int64_t)live->ino << 32;
	return 0;
}

int
live_version(struct live *live, int64_t *ret, struct err *e)
{
	if (live_data_version(live, ret, e) < 0)
		return -1;
	*ret = (int64_t)((uint64_t)*ret * 1000003 +
	    (uint64_t)sqlite3_total_changes(live->db.handle));
	return 0;
}

/* Writes: enter, one statement, leave. A damaged file loses this write only; the next
 * one finds a new file. */
static int
enter(struct live *live, bool *ret_own, struct err *e)
{
	if (live_file_ready(live, e) < 0)
		return -1;
	return stmt_enter(&live->db, ret_own, e) < 0 ? live_file_failed(live) : 0;
}

static int
leave(struct live *live, bool own, int n, struct err *e)
{
	if (n < 0)
		return live_file_failed(live);
	return stmt_leave(&live->db, own, 0, e) < 0 ? live_file_failed(live) : 0;
}

int
live_beat(struct live *live, const char *daemon, const char *version,
    const char *listen, struct err *e)
{
	bool own;

	if (enter(live, &own, e) < 0)
		return -1;
	return leave(live, own,
	    stmt_run(&live->db, e,
		"REPLACE INTO daemon (name, version, listen, pid, at_us) VALUES (?, ?, "
		"?, ?, ?)",
		"sssIi", daemon, version, listen, (int)getpid(), loop_now_us()),
	    e);
}

int
live_beat_end(struct live *live, const char *daemon, struct err *e)
{
	bool own;

	if (enter(live, &own, e) < 0)
		return -1;
	return leave(live, own,
	    stmt_run(&live->db, e, "DELETE FROM daemon WHERE name = ?", "s", daemon),
	    e);
}

int
live_set_progress(struct live *live, const struct live_progress *p, struct err *e)
{
	bool own;

	if (enter(live, &own, e) < 0)
		return -1;
	return leave(live, own,
	    stmt_run(&live->db, e,
		"REPLACE INTO progress (job_id, step, done, total, rate, eta_s, "
		"retries, ask, "
		"text, text_params, map, at_us) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, "
		"?, ?, ?)",
		"isiiiiissssi", p->job_id, p->step, (int64_t)p->done, (int64_t)p->total,
		(int64_t)p->rate, p->eta_s, (int64_t)p->retries, p->ask, p->text,
		p->text_params, p->map, loop_now_us()),
	    e);
}

int
live_drop_progress(struct live *live, int64_t job_id, struct err *e)
{
	bool own;

	if (enter(live, &own, e) < 0)
		return -1;
	return leave(live, own,
	    stmt_run(
		&live->db, e, "DELETE FROM progress WHERE job_id = ?", "i", job_id),
	    e);
}

int
live_set_port(struct live *live, const struct live_port *p, struct err *e)
{
	bool own;

	if (enter(live, &own, e) < 0)
		return -1;
	return leave(live, own,
	    stmt_run(&live->db, e,
		"REPLACE INTO port (path, node, adapter, state, holder, job_id, chip, "
		"at_us, vendor, product, serial, usb_id, radio, plugged_us, "
		"frame_errors, "
		"overruns, parity_errors, breaks, retries) "
		"VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		"sssssisissssiiiiiii", p->path, p->node, p->adapter, p->state,
		p->holder, p->job_id, p->chip, loop_now_us(), p->vendor, p->product,
		p->serial, p->usb_id, (int64_t)p->radio, p->plugged_us,
		(int64_t)p->frame_errors, (int64_t)p->overruns,
		(int64_t)p->parity_errors, (int64_t)p->breaks, (int64_t)p->retries),
	    e);
}

int
live_drop_port(struct live *live, const char *path, struct err *e)
{
	bool own;

	if (enter(live, &own, e) < 0)
		return -1;
	return leave(live, own,
	    stmt_run(&live->db, e, "DELETE FROM port WHERE path = ?", "s", path), e);
}

int
live_set_stream(struct live *live, const struct live_stream *s, struct err *e)
{
	bool own;

	if (enter(live, &own, e) < 0)
		return -1;
	return leave(live, own,
	    stmt_run(&live->db, e,
		"REPLACE INTO stream (camera_id, state, reason, fps_in, fps_out, "
		"width, height, "
		"bits_per_s, frames, dropped, reconnects, drops, clients, jpeg, "
		"encoder_load, "
		"last_frame_us, device_id, at_us, skipped, encoder, encoder_skipped, "
		"h264_note, push_state, push_reason, push_dropped, push_reconnects, "
		"reason_params, h264_note_params, push_reason_params, jpeg_params) "
		"VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
		"?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		"issddiiiiiisisdisiisisssiissss", s->camera_id, s->state, s->reason, s->fps_in,
		s->fps_out, (int64_t)s->width, (int64_t)s->height,
		(int64_t)s->bits_per_s, (int64_t)s->frames, (int64_t)s->dropped,
		(int64_t)s->reconnects, s->drops, (int64_t)s->clients, s->jpeg,
		s->encoder_load, s->last_frame_us, s->device_id, loop_now_us(),
		(int64_t)s->skipped, s->encoder, (int64_t)s->encoder_skipped,
		s->h264_note, s->push_state, s->push_reason,
		(int64_t)s->push_dropped, (int64_t)s->push_reconnects,
		s->reason_params, s->h264_note_params, s->push_reason_params,
		s->jpeg_params),
	    e);
}

int
live_drop_stream(struct live *live, int64_t camera_id, struct err *e)
{
	bool own;

	if (enter(live, &own, e) < 0)
		return -1;
	return leave(live, own,
	    stmt_run(
		&live->db, e, "DELETE FROM stream WHERE camera_id = ?", "i", camera_id),
	    e);
}

static int
reset_flashd(struct live *live, struct err *e)
{
	if (stmt_run(&live->db, e, "DELETE FROM progress", "") < 0)
		return -1;
	return stmt_run(&live->db, e, "DELETE FROM port", "");
}

int
live_reset(struct live *live, const char *daemon, struct err *e)
{
	bool own;
	int r = 0;

	if (enter(live, &own, e) < 0)
		return -1;
	if (strcmp(daemon, "flashd") == 0)
		r = reset_flashd(live, e);
	else if (strcmp(daemon, "streamd") == 0)
		r = stmt_run(&live->db, e, "DELETE FROM stream", "");
	return leave(live, own, r, e);
}

/* Reads: the statement of one row, or NULL. */
static int
first_row(struct live *live, sqlite3_stmt *stmt, struct err *e)
{
	int r;

	if (stmt == NULL)
		return live_file_failed(live);
	if ((r = stmt_step(&live->db, stmt, e)) != 1)
		sqlite3_finalize(stmt);
	return r < 0 ? live_file_failed(live) : r;
}

int
live_get_daemon(
    struct live *live, const char *name, struct live_daemon *ret, struct err *e)
{
	sqlite3_stmt *stmt;
	int r;

	if (live_file_ready(live, e) < 0)
		return -1;
	stmt = stmt_prepare(&live->db, e,
	    "SELECT name, version, listen, pid, at_us FROM daemon WHERE name = ?", "s",
	    name);
	if ((r = first_row(live, stmt, e)) != 1)
		return r;
	memset(ret, 0, sizeof(*ret));
	stmt_text(stmt, 0, ret->name, sizeof(ret->name));
	stmt_text(stmt, 1, ret->version, sizeof(ret->version));
	stmt_text(stmt, 2, ret->listen, sizeof(ret->listen));
	ret->pid = sqlite3_column_int(stmt, 3);
	ret->at_us = sqlite3_column_int64(stmt, 4);
	sqlite3_finalize(stmt);
	return 1;
}

int
live_get_progress(
    struct live *live, int64_t job_id, struct live_progress *ret, struct err *e)
{
	sqlite3_stmt *stmt;
	int r;

	if (live_file_ready(live, e) < 0)
		return -1;
	stmt = stmt_prepare(&live->db, e,
	    "SELECT job_id, step, done, total, rate, eta_s, retries, ask, text, map, "
	    "at_us, text_params "
	    "FROM progress WHERE job_id = ?",
	    "i", job_id);
	if ((r = first_row(live, stmt, e)) != 1)
		return r;
	memset(ret, 0, sizeof(*ret));
	ret->job_id = sqlite3_column_int64(stmt, 0);
	stmt_text(stmt, 1, ret->step, sizeof(ret->step));
	ret->done = (uint64_t)sqlite3_column_int64(stmt, 2);
	ret->total = (uint64_t)sqlite3_column_int64(stmt, 3);
	ret->rate = (unsigned)sqlite3_column_int64(stmt, 4);
	ret->eta_s = sqlite3_column_int64(stmt, 5);
	ret->retries = (unsigned)sqlite3_column_int64(stmt, 6);
	stmt_text(stmt, 7, ret->ask, sizeof(ret->ask));
	stmt_text(stmt, 8, ret->text, sizeof(ret->text));
	stmt_text(stmt, 9, ret->map, sizeof(ret->map));
	ret->at_us = sqlite3_column_int64(stmt, 10);
	stmt_text(stmt, 11, ret->text_params, sizeof(ret->text_params));
	sqlite3_finalize(stmt);
	return 1;
}

#define SELECT_STREAM                                                                  \
	"SELECT camera_id, state, reason, fps_in, fps_out, width, height, "            \
	"bits_per_s, frames, dropped, reconnects, drops, clients, jpeg, "              \
	"encoder_load, last_frame_us, device_id, at_us, skipped, encoder, "            \
	"encoder_skipped, h264_note, push_state, push_reason, push_dropped, "          \
	"push_reconnects, reason_params, h264_note_params, push_reason_params, "       \
	"jpeg_params FROM stream "

static void
stream_row(sqlite3_stmt *stmt, struct live_stream *s)
{
	memset(s, 0, sizeof(*s));
	s->camera_id = sqlite3_column_int64(stmt, 0);
	stmt_text(stmt, 1, s->state, sizeof(s->state));
	stmt_text(stmt, 2, s->reason, sizeof(s->reason));
	s->fps_in = sqlite3_column_double(stmt, 3);
	s->fps_out = sqlite3_column_double(stmt, 4);
	s->width = (unsigned)sqlite3_column_int64(stmt, 5);
	s->height = (unsigned)sqlite3_column_int64(stmt, 6);
	s->bits_per_s = (uint64_t)sqlite3_column_int64(stmt, 7);
	s->frames = (uint64_t)sqlite3_column_int64(stmt, 8);
	s->dropped = (uint64_t)sqlite3_column_int64(stmt, 9);
	s->reconnects = (uint64_t)sqlite3_column_int64(stmt, 10);
	stmt_text(stmt, 11, s->drops, sizeof(s->drops));
	s->clients = (unsigned)sqlite3_column_int64(stmt, 12);
	stmt_text(stmt, 13, s->jpeg, sizeof(s->jpeg));
	s->encoder_load = sqlite3_column_double(stmt, 14);
	s->last_frame_us = sqlite3_column_int64(stmt, 15);
	stmt_text(stmt, 16, s->device_id, sizeof(s->device_id));
	s->at_us = sqlite3_column_int64(stmt, 17);
	s->skipped = (uint64_t)sqlite3_column_int64(stmt, 18);
	stmt_text(stmt, 19, s->encoder, sizeof(s->encoder));
	s->encoder_skipped = (uint64_t)sqlite3_column_int64(stmt, 20);
	stmt_text(stmt, 21, s->h264_note, sizeof(s->h264_note));
	stmt_text(stmt, 22, s->push_state, sizeof(s->push_state));
	stmt_text(stmt, 23, s->push_reason, sizeof(s->push_reason));
	s->push_dropped = (uint64_t)sqlite3_column_int64(stmt, 24);
	s->push_reconnects = (uint64_t)sqlite3_column_int64(stmt, 25);
	stmt_text(stmt, 26, s->reason_params, sizeof(s->reason_params));
	stmt_text(stmt, 27, s->h264_note_params, sizeof(s->h264_note_params));
	stmt_text(stmt, 28, s->push_reason_params, sizeof(s->push_reason_params));
	stmt_text(stmt, 29, s->jpeg_params, sizeof(s->jpeg_params));
}

int
live_get_stream(
    struct live *live, int64_t camera_id, struct live_stream *ret, struct err *e)
{
	sqlite3_stmt *stmt;
	int r;

	if (live_file_ready(live, e) < 0)
		return -1;
	stmt = stmt_prepare(
	    &live->db, e, SELECT_STREAM "WHERE camera_id = ?", "i", camera_id);
	if ((r = first_row(live, stmt, e)) != 1)
		return r;
	stream_row(stmt, ret);
	sqlite3_finalize(stmt);
	return 1;
}

int
live_each_stream(struct live *live,
    bool (*fn)(const struct live_stream *s, void *arg), void *arg, struct err *e)
{
	struct live_stream s;
	sqlite3_stmt *stmt;
	int r;

	if (live_file_ready(live, e) < 0)
		return -1;
	stmt = stmt_prepare(&live->db, e, SELECT_STREAM "ORDER BY camera_id", "");
	if (stmt == NULL)
		return live_file_failed(live);
	while ((r = stmt_step(&live->db, stmt, e)) == 1) {
		stream_row(stmt, &s);
		if (!fn(&s, arg)) {
			r = 0;
			break;
		}
	}
	sqlite3_finalize(stmt);
	return r < 0 ? live_file_failed(live) : 0;
}

#define SELECT_PORT                                                                    \
	"SELECT path, node, adapter, state, holder, job_id, chip, at_us, vendor, "     \
	"product, serial, usb_id, radio, plugged_us, frame_errors, overruns, "         \
	"parity_errors, breaks, retries FROM port "

static void
port_row(sqlite3_stmt *stmt, struct live_port *p)
{
	memset(p, 0, sizeof(*p));
	stmt_text(stmt, 0, p->path, sizeof(p->path));
	stmt_text(stmt, 1, p->node, sizeof(p->node));
	stmt_text(stmt, 2, p->adapter, sizeof(p->adapter));
	stmt_text(stmt, 3, p->state, sizeof(p->state));
	stmt_text(stmt, 4, p->holder, sizeof(p->holder));
	p->job_id = sqlite3_column_int64(stmt, 5);
	stmt_text(stmt, 6, p->chip, sizeof(p->chip));
	p->at_us = sqlite3_column_int64(stmt, 7);
	stmt_text(stmt, 8, p->vendor, sizeof(p->vendor));
	stmt_text(stmt, 9, p->product, sizeof(p->product));
	stmt_text(stmt, 10, p->serial, sizeof(p->serial));
	stmt_text(stmt, 11, p->usb_id, sizeof(p->usb_id));
	p->radio = sqlite3_column_int(stmt, 12) != 0;
	p->plugged_us = sqlite3_column_int64(stmt, 13);
	p->frame_errors = (uint64_t)sqlite3_column_int64(stmt, 14);
	p->overruns = (uint64_t)sqlite3_column_int64(stmt, 15);
	p->parity_errors = (uint64_t)sqlite3_column_int64(stmt, 16);
	p->breaks = (uint64_t)sqlite3_column_int64(stmt, 17);
	p->retries = (uint64_t)sqlite3_column_int64(stmt, 18);
}

int
live_get_port(struct live *live, const char *path, struct live_port *ret, struct err *e)
{
	sqlite3_stmt *stmt;
	int r;

	if (live_file_ready(live, e) < 0)
		return -1;
	stmt = stmt_prepare(&live->db, e, SELECT_PORT "WHERE path = ?", "s", path);
	if ((r = first_row(live, stmt, e)) != 1)
		return r;
	port_row(stmt, ret);
	sqlite3_finalize(stmt);
	return 1;
}

int
live_each_port(struct live *live, bool (*fn)(const struct live_port *p, void *arg),
    void *arg, struct err *e)
{
	struct live_port p;
	sqlite3_stmt *stmt;
	int r;

	if (live_file_ready(live, e) < 0)
		return -1;
	if ((stmt = stmt_prepare(&live->db, e, SELECT_PORT "ORDER BY node", "")) ==
	    NULL)
		return live_file_failed(live);
	while ((r = stmt_step(&live->db, stmt, e)) == 1) {
		port_row(stmt, &p);
		if (!fn(&p, arg)) {
			r = 0;
			break;
		}
	}
	sqlite3_finalize(stmt);
	return r < 0 ? live_file_failed(live) : 0;
}

bool
live_is_up(struct live *live, const char *daemon)
{
	struct live_daemon d;
	int64_t age_us;

	if (live_get_daemon(live, daemon, &d, NULL) != 1)
		return false;
	age_us = loop_now_us() - d.at_us;
	return age_us >= 0 && age_us <= LIVE_DOWN_US;
}
