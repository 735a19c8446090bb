/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One PPPP session as a pure state machine: datagrams and time in, datagrams, pictures
 * and answers out. It knows no socket and no clock; the driver (pppp.c), the tests and
 * the fuzzer drive it. One thread at a time.
 */
#ifndef STREAMD_SOURCES_PPPP_SESSION_H
#define STREAMD_SOURCES_PPPP_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "streamd/sources/pppp_order.h"
#include "streamd/sources/pppp_talk.h"
#include "streamd/sources/pppp_video.h"
#include "streamd/sources/pppp_wire.h"

#define PPPP_ACK_US 10000	/* acknowledgements wait for company so long */
#define PPPP_RATE 2000		/* datagrams a second that are looked at */
#define PPPP_CHANNELS 4
#define PPPP_TEXT_MAX 8192	/* of one JSON answer in several packets */
#define PPPP_PENDING 8		/* commands not yet acknowledged */

enum pppp_state { PPPP_SEARCHING, PPPP_OPENING, PPPP_LOGGING_IN, PPPP_STREAMING };

struct pppp_session_ops {
	/* While PPPP_SEARCHING it goes to whoever is searched, else to the camera. */
	void (*send)(void *arg, const uint8_t *p, size_t n);
	/* The datagram that is being put in is the camera's: from now on send and hear
	 * nobody else. False: it cannot be; the session stays as it is. */
	bool (*found)(void *arg);
	void (*state)(void *arg, enum pppp_state state);
	/* The end of pppp_session_control(). All borrowed; all may be NULL. */
	void (*done)(void *arg, const struct err *e, const struct pppp_status *st,
	    const struct pppp_wifi *wifi);
	struct pppp_video_ops video;
};

struct pppp_options {
	const char *user, *password;	/* both "": the makers' defaults in turn */
	bool pinned;			/* only the camera with this id */
	bool broadcast;			/* others may answer: not an error */
	struct pppp_id id;
};

struct pppp_pending {
	uint8_t p[300];
	size_t n;
	uint16_t index;
	int64_t sent_us;
	unsigned tries;
	bool used;
};

struct pppp_acks {
	uint16_t index[PPPP_ACKS_MAX];
	unsigned n;
	int64_t since_us;
};

enum pppp_verb { PPPP_DO_NOTHING, PPPP_DO_STATUS, PPPP_DO_RESOLUTION, PPPP_DO_IR,
	PPPP_DO_LAMP, PPPP_DO_MOVE, PPPP_DO_REBOOT, PPPP_DO_WIFI, PPPP_DO_WIFI_SCAN };

struct pppp_control {
	enum pppp_verb verb;
	int value;		/* what is wanted; -1 = the other one */
	unsigned step;
	int64_t until_us, stop_us;
	int awaited;		/* the command whose answer comes next; 0 = none */
};

struct pppp_session {
	const struct pppp_session_ops *ops;	/* borrowed */
	void *arg;
	struct pppp_options o;
	char user[65], password[129];
	enum pppp_state state;
	int64_t state_us;
	unsigned key;
	uint8_t uid[PPPP_UID];
	struct pppp_id id;		/* the camera's, from PPPP_OPENING on */
	unsigned echoes;		/* answers to its punch packets */
	unsigned foreign;		/* datagrams under no known key while searching */
	int64_t search_us;		/* when to search again */
	int64_t heard_us, said_us;
	unsigned tokens;
	int64_t tokens_us;
	unsigned credential;		/* which pair is being tried */
	bool refused;			/* all were; the camera may not care */
	uint8_t ticket[4];
	int64_t video_us;		/* when to ask for video again */
	bool pictures;			/* one came */
	int64_t login_us;		/* when signing in began */
	bool acked, video_heard;	/* since then: an acknowledgement, video data */
	uint16_t next_index;
	struct pppp_pending pending[PPPP_PENDING];
	struct pppp_acks acks[PPPP_CHANNELS];
	uint8_t text[PPPP_TEXT_MAX];	/* a JSON answer that is not whole yet */
	size_t text_n;
	struct pppp_order commands, data;
	struct pppp_video video;
	struct pppp_control control;
	int64_t now_us;			/* of the call that runs */
	bool dead;
	struct err why;			/* when dead */
};

void pppp_session_init(struct pppp_session *s, const struct pppp_options *o,
    const struct pppp_session_ops *ops, void *arg, int64_t now_us);
void pppp_session_fini(struct pppp_session *s);
/* One datagram as it came. */
void pppp_session_put(struct pppp_session *s, const uint8_t *p, size_t n, int64_t now_us);
/* Do what is due; returns when to call again. Look at dead after both. */
int64_t pppp_session_tick(struct pppp_session *s, int64_t now_us);
/* Microseconds for which reading may rest, because a picture has just begun. */
int64_t pppp_session_rest(const struct pppp_session *s);
/* More came than a camera sends: reading may pause. */
bool pppp_session_flooded(const struct pppp_session *s);
/* Say goodbye, also to one that is lost. */
void pppp_session_close(struct pppp_session *s, int64_t now_us);

/* status | resolution 320x240|640x480 | ir on|off | lamp on|off|toggle |
 * move up|down|left|right|stop | reboot | wifi | wifi-scan. -1 and e, or done() is called later. */
int pppp_session_control(struct pppp_session *s, const char *verb, const char *arg,
    int64_t now_us, struct err *e);

/* ---- between pppp_session.c and pppp_login.c, pppp_control.c ---- */
bool pppp_is_json(const struct pppp_session *s);
void pppp_fail(struct pppp_session *s, enum err_code code, const char *name,
    const char *sentence);
void pppp_enter(struct pppp_session *s, enum pppp_state state);
/* Data on channel 0, sent again until it is acknowledged. */
void pppp_say(struct pppp_session *s, const uint8_t *p, size_t n);
void pppp_say_binary(struct pppp_session *s, uint16_t command, const void *p, size_t n);
void pppp_say_json(struct pppp_session *s, int command, const char *name,
    const char *key, int value, const char *key2, int value2);
void pppp_login_begin(struct pppp_session *s);
void pppp_login_binary(struct pppp_session *s, const struct pppp_binary *m);
void pppp_login_json(struct pppp_session *s, int command, int result);
void pppp_video_ask(struct pppp_session *s);
void pppp_control_binary(struct pppp_session *s, const struct pppp_binary *m);
void pppp_control_json(struct pppp_session *s, int command, int result,
    const struct pppp_status *st, const struct pppp_wifi *wifi);
int64_t pppp_control_tick(struct pppp_session *s);

#endif
