/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The handlers of /api/v1 and what they share. A handler is called with a request that
 * passed the guard, whole body included, and fills in the reply. webd's one thread.
 */
#ifndef WEBD_API_H
#define WEBD_API_H

#include <jansson.h>

#include "webd/request.h"

struct camera;
struct dump;
struct job;
struct live_stream;
struct web;

#define API_LIMIT_MAX 500	/* of a list, at once */

typedef void api_handler(struct web *w, const struct request *r, struct reply *rep);

/* api_state.c */
api_handler api_state, api_setup, api_session_start, api_session_end, api_status, api_healthz;
/* api_cameras.c */
api_handler api_cameras, api_camera_add, api_camera, api_camera_change, api_camera_remove;
/* api_connect.c */
api_handler api_camera_urls, api_camera_connect, api_camera_test;
/* api_control.c */
api_handler api_camera_control, api_camera_probe, api_discover;
/* api_ports.c */
api_handler api_ports, api_port_change, api_ports_watch;
/* api_jobs.c */
api_handler api_jobs, api_job_add, api_job, api_job_cancel, api_job_resume, api_job_give_up,
    api_job_log, api_job_trace;
/* api_plan.c */
api_handler api_plan;
/* api_dumps.c */
api_handler api_dumps, api_dump, api_dump_file, api_dump_change;
/* api_bin.c */
api_handler api_bin;
/* api_dump_map.c, api_dump_text.c, api_dump_diff.c, api_dump_fits.c, api_dump_share.c */
api_handler api_dump_map, api_dump_found, api_dump_check;
api_handler api_dump_strings, api_dump_search;
api_handler api_dump_diff, api_dump_fits;
api_handler api_dump_share, api_dump_share_file, api_dump_graft, api_dump_graft_file;
/* api_rescue.c */
api_handler api_rescues, api_rescue_add, api_rescue, api_rescue_change, api_rescue_remove,
    api_rescue_start, api_rescue_seen, api_rescue_report, api_rescue_bundle;
/* api_incoming.c */
api_handler api_incoming;
/* api_history.c */
api_handler api_camera_history;
/* api_photos.c */
api_handler api_photos, api_photo_add, api_photo, api_photo_change, api_photo_remove;
api_handler api_photo_file, api_photo_thumb;
/* api_sessions.c */
api_handler api_sessions, api_session_remove, api_sessions_end_others, api_password;
/* archive.c */
api_handler api_archive, api_archive_save, api_archive_fetch, api_archive_load,
    api_archive_piece, api_archive_plan, api_archive_commit, api_archive_forget;
/* api_doctor.c, api_settings.c */
api_handler api_about;
api_handler api_doctor, api_doctor_report, api_storage;
api_handler api_settings, api_settings_change;
/* api_users.c */
api_handler api_users, api_user_add, api_user_change, api_user_remove;
api_handler api_tokens, api_token_add, api_token_remove;
api_handler api_stream_password, api_stream_password_new;
/* events.c, console.c, relay.c */
api_handler api_events;
api_handler api_console, api_console_say;
api_handler relay_stream, relay_snapshot, relay_thumb;

/* JOB of docs/openapi.json; with its progress when it has one. MACs and chip ids are
 * masked unless show_private; see api_private(). */
json_t *api_job_json(struct web *w, const struct job *j, bool show_private);
json_t *api_dump_json(const struct dump *d, bool show_private);
/* "?private=1": an admin asks for whole MACs and chip ids. 0, or -1 with the reply
 * filled in; so for anyone else who asks. */
int api_private(const struct request *r, bool *ret, struct reply *rep);
/* The word for what a camera does now; s->state is "" when streamd knows nothing. */
const char *api_camera_state(const struct camera *c, const struct live_stream *s);
/* A job from a body of POST /jobs: looked up and checked, not yet submitted. 0, or -1
 * with the reply filled in. confirm: ask for the typed name. */
int api_job_read(struct web *w, const struct request *r, bool confirm, struct job *ret,
    struct reply *rep);

/* Of such a body: the typed word "experimental", and a file that was sent. */
int api_job_read_experimental(const json_t *doc, struct job *ret, struct err *e);
int api_job_read_incoming(struct web *w, const json_t *doc, struct job *ret,
    struct err *e);

/* A page of a list: "limit" and "skip" of the query. */
struct api_page {
	uint64_t limit, skip;
	uint64_t n;	/* taken so far */
	bool more;	/* there are rows behind it */
};
/* 0, or -1 with the reply filled in. */
int api_page_read(const struct request *r, struct api_page *ret, struct reply *rep);
/* Does the next row stand on it? Once it is full and more is known, the walk can end. */
bool api_page_takes(struct api_page *p);
/* {NAME: list, "more"}; takes the list. */
void api_page_reply(const struct api_page *p, const char *name, json_t *list,
    struct reply *rep);

/* The number at {id}; -1 with the 404 filled in. */
int api_param_id(const struct request *r, const char *what, int64_t *ret,
    struct reply *rep);
/* Write a line of history; a failure is logged only. */
void api_note(struct web *w, const struct request *r, const char *kind, int64_t camera_id,
    const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* Answer with a file below the state folder, whole or a range of it. */
void api_send_file(struct web *w, const struct request *r, const char *folder,
    const char *name, const char *type, const char *etag, struct reply *rep);

#endif
