/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * RUN/live.db on tmpfs: what is true only now. Lost or damaged, it is made anew.
 * Times are microseconds of CLOCK_BOOTTIME (loop_now_us()), so that a clock that
 * jumps makes nothing old or young. Thread of the struct live.
 */
#ifndef DB_LIVE_H
#define DB_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/said.h"

struct err;
struct live;

#define LIVE_NAME "live.db"
#define LIVE_DOWN_US 10000000	/* a heartbeat older than this: the daemon is down */

struct live_daemon {
	char name[16], version[24], listen[160];
	int pid;
	int64_t at_us;
};
struct live_progress {
	int64_t job_id;
	char step[24];		/* enter, identify, read1, read2, compare, store, erase, write, verify, leave */
	uint64_t done, total;	/* bytes of this step */
	unsigned rate;		/* bytes a second */
	int64_t eta_s;		/* of the whole job; -1 unknown */
	unsigned retries;
	char ask[24];		/* what a person must do now: "power-cycle", "straps", "replug", …; "" = nothing */
	char text[601];		/* one sentence about it, or "" */
	char text_params[SAID_MAX];	/* where its parameters stand (common/said.h) */
	char map[4097];		/* one character per 4 KiB block: . pending, r read, v verified,
				 * = equal, e erased, w written, ! retried; "" = none */
	int64_t at_us;
};
struct live_port {
	char path[256];		/* the socket's key */
	char node[128];		/* /dev/ttyUSB0 */
	char adapter[96];	/* "CH340 1a86:7523" or "" */
	char state[16];		/* free, working, console, busy (another program), lost */
	char holder[96];	/* who holds a busy port: "minicom (process 812)", or
				 * "another program" where that is all that can be seen */
	char vendor[48], product[48], serial[48];	/* as the adapter says, or "" */
	char usb_id[12];	/* "1a86:7523" or "" */
	bool radio;		/* looks like a Zigbee, Z-Wave or Thread stick */
	int64_t plugged_us;	/* when it came; 0 = it was there when flashd started */
	/* Since flashd saw the port: what the adapter counted, and what was asked again. */
	uint64_t frame_errors, overruns, parity_errors, breaks, retries;
	int64_t job_id;		/* 0 = none */
	char chip[33];		/* last seen on it */
	int64_t at_us;
};
struct live_stream {
	int64_t camera_id;
	char state[24];		/* live, idle, connecting, stale, unreachable, unsupported, disabled,
				 * asleep, held by another app */
	char reason[601];	/* one sentence, or "" */
	char reason_params[SAID_MAX];
	double fps_in, fps_out;
	unsigned width, height;
	uint64_t bits_per_s;
	uint64_t frames, dropped, reconnects;
	char drops[256];	/* "no-eoi 3, too-big 1" or "" */
	unsigned clients;
	char jpeg[96];		/* verdict for RTP/JPEG: "ok", or why not */
	char jpeg_params[SAID_MAX];
	uint64_t skipped;	/* pictures that slow viewers could not take */
	/* H.264 made here: by which encoder ("" = none runs), its share of one core, and
	 * the pictures that it had no time for. */
	char encoder[24];
	double encoder_load;
	uint64_t encoder_skipped;
	char h264_note[601];	/* why somebody did not get H.264 lately, or "" */
	char h264_note_params[SAID_MAX];
	int64_t last_frame_us;	/* 0 = never */
	/* The device id that a PPPP camera told, when its source names none; else "". */
	char device_id[49];
	/* Published to a media server: connecting, waiting, live, failed; "" = not. */
	char push_state[16];
	char push_reason[601];	/* one sentence, or "" */
	char push_reason_params[SAID_MAX];
	uint64_t push_dropped, push_reconnects;
	int64_t at_us;
};

/* Open RUN/live.db, making it (mode 0660) when it is missing or unreadable. */
struct live *live_open(const char *run, struct err *e);
void live_close(struct live *live);
int live_data_version(struct live *live, int64_t *ret, struct err *e);
/* The same, and also whenever this connection changed a row. */
int live_version(struct live *live, int64_t *ret, struct err *e);

/* Writers: one row per key, replaced as a whole; at_us is set to now. */
int live_beat(struct live *live, const char *daemon, const char *version,
    const char *listen, struct err *e);
int live_beat_end(struct live *live, const char *daemon, struct err *e);
int live_set_progress(struct live *live, const struct live_progress *p, struct err *e);
int live_drop_progress(struct live *live, int64_t job_id, struct err *e);
int live_set_port(struct live *live, const struct live_port *p, struct err *e);
int live_drop_port(struct live *live, const char *path, struct err *e);
int live_set_stream(struct live *live, const struct live_stream *s, struct err *e);
int live_drop_stream(struct live *live, int64_t camera_id, struct err *e);
/* At a daemon's start: forget the rows that only it writes ("flashd": progress and
 * ports; "streamd": streams). */
int live_reset(struct live *live, const char *daemon, struct err *e);

/* Readers. 1 = found, 0 = not, -1. */
int live_get_daemon(struct live *live, const char *name, struct live_daemon *ret,
    struct err *e);
int live_get_progress(struct live *live, int64_t job_id, struct live_progress *ret,
    struct err *e);
int live_get_stream(struct live *live, int64_t camera_id, struct live_stream *ret,
    struct err *e);
/* All of them, by camera id. Stops when fn returns false. */
int live_each_stream(struct live *live,
    bool (*fn)(const struct live_stream *s, void *arg), void *arg, struct err *e);
int live_get_port(struct live *live, const char *path, struct live_port *ret,
    struct err *e);
int live_each_port(struct live *live, bool (*fn)(const struct live_port *p, void *arg),
    void *arg, struct err *e);
/* True when its heartbeat is fresh. */
bool live_is_up(struct live *live, const char *daemon);

#endif
