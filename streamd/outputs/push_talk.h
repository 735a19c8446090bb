/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The dialogue with a media server that a camera is published to: ANNOUNCE, SETUP of
 * each track, RECORD; then a word now and then. Pure: makes requests, judges replies.
 */
#ifndef STREAMD_OUTPUTS_PUSH_TALK_H
#define STREAMD_OUTPUTS_PUSH_TALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "streamd/outputs/rtsp_auth.h"
#include "streamd/outputs/rtsp_parse.h"
#include "streamd/outputs/rtsp_sdp.h"
#include "streamd/outputs/rtsp_transport.h"

struct err;

#define PUSH_URL_MAX 600
#define PUSH_SESSION_MAX 128
#define PUSH_REQUEST_MAX (RTSP_SDP_MAX + RTSP_SIGN_MAX + 2 * PUSH_URL_MAX + 600)

enum push_step { PUSH_ANNOUNCE, PUSH_SETUP, PUSH_SETUP_SOUND, PUSH_RECORD, PUSH_RECORDS };

struct push_talk {
	char url[PUSH_URL_MAX];		/* no user and password in it */
	char user[65], password[129];
	char sdp[RTSP_SDP_MAX];
	bool sound;			/* a second track */
	enum push_step step;
	uint64_t cseq;			/* of the last request */
	bool asked, signed_in;		/* there is a challenge; the last request answered it */
	struct rtsp_challenge challenge;
	unsigned count, renewed;	/* uses of the nonce; nonces that grew old */
	char session[PUSH_SESSION_MAX + 1];
	struct rtsp_transport track[2];	/* channels that the server chose */
};

/* Copies. */
void push_talk_init(struct push_talk *t, const char *url, const char *user,
    const char *password, const char *sdp, bool sound);
void push_talk_fini(struct push_talk *t);	/* wipes the password */

/* The request of the step that is due, PUSH_RECORDS: none. Length, or 0. */
size_t push_talk_request(struct push_talk *t, char ret[PUSH_REQUEST_MAX]);
/* 1: make the next request (or RECORD was accepted: t->step is PUSH_RECORDS);
 * 0: nothing that matters came; -1 and e: the server does not take the stream. */
int push_talk_reply(struct push_talk *t, const struct rtsp_request *r, struct err *e);
/* The server hung up: why. taken: it had recorded for a while. */
void push_talk_closed(const struct push_talk *t, bool taken, struct err *e);
/* While nothing else is sent: "I am still here". The end. Lengths, or 0. */
size_t push_talk_alive(struct push_talk *t, char ret[PUSH_REQUEST_MAX]);
size_t push_talk_bye(struct push_talk *t, char ret[PUSH_REQUEST_MAX]);

#endif
