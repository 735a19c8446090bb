/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One RTSP client, from its first byte to its last: requests in, replies and frames
 * into a queue. Knows no socket and no timer of its own; the server (or a test) feeds
 * it bytes and time. Main thread.
 */
#ifndef STREAMD_OUTPUTS_RTSP_SESSION_H
#define STREAMD_OUTPUTS_RTSP_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include "common/err.h"
#include "common/text.h"
#include "streamd/hub.h"
#include "streamd/outputs/rtp_pack.h"
#include "streamd/outputs/rtsp_auth.h"
#include "streamd/outputs/rtsp_parse.h"
#include "streamd/outputs/rtsp_queue.h"
#include "streamd/outputs/rtsp_transport.h"
#include "streamd/outputs/rtsp_url.h"

#define RTSP_PEER_MAX 64
#define RTSP_SESSION_ID_LEN 32		/* hex of 128 bits */
#define RTSP_TIMEOUT_S 60		/* announced; no request while nothing is sent */
#define RTSP_SIGN_IN_US 15000000
#define RTSP_HEAD_US 10000000		/* to complete a message once begun */
#define RTSP_DESCRIBE_US 3000000	/* to get a first frame of a cold camera */
#define RTSP_STUCK_US 10000000		/* no byte could be written */
#define RTSP_REPORT_US 5000000
#define RTSP_UDP_FIRST_US 10000000	/* to a first sign of a UDP viewer */
#define RTSP_UDP_SILENT_US 30000000	/* between two */
#define RTSP_INPUT_MAX 4096		/* bytes per rtsp_session_input() */
#define RTSP_TEXT_MAX 16384		/* replies waiting: read no more requests */

struct bench;
struct rtsp_loss;
struct rtsp_udp;
struct darkroom;
struct rtsp_session;

/* One camera in one codec as RTP: numbering and what is known of it. Kept for the
 * process's life, so that a client that comes back sees one clock. */
struct rtsp_source {
	LIST_ENTRY(rtsp_source) entry;
	char camera[TEXT_SLUG_MAX];
	enum codec codec;
	struct rtp_stream rtp;
	unsigned width, height;		/* JPEG: of the last frame as RTP carries it; else 0 */
	/* rtsp_fit.c: where its pictures are made fit, when they need it */
	struct bench *bench;
	uint64_t pushed;		/* number of the last frame given to it */
	unsigned failed;		/* pictures in a row */
	LIST_HEAD(, rtsp_session) watchers;
};

/* What all sessions share; the server's. */
struct rtsp_shared {
	struct hub *hub;
	struct rtsp_udp *udp;		/* NULL: UDP is not offered */
	struct darkroom *darkroom;	/* NULL: no picture is made fit */
	struct rtsp_auth auth;
	LIST_HEAD(, rtsp_source) sources;
	char cname[64];
	int64_t (*now_us)(void);
};

/* One track of a session. */
struct rtsp_track {
	bool on;			/* it was set up */
	struct rtp_stream *rtp;		/* the source's */
	uint8_t rtp_channel, rtcp_channel;
	bool udp;			/* then to these ports of the client */
	uint16_t rtp_port, rtcp_port;
	uint32_t lost;			/* as its last report said */
	uint32_t packets, payload_n;	/* sent, for reports */
	uint32_t last_rtp;		/* timestamp of the last frame and its moment */
	int64_t last_arrived_us, report_us;
};
enum { RTSP_PICTURES, RTSP_SOUND, RTSP_TRACKS };

enum rtsp_state { RTSP_INIT, RTSP_READY, RTSP_PLAYING };

struct rtsp_session_ops {
	/* Something is in the queue, or rtsp_session_run() is due. May be called from
	 * inside the hub: it must neither free the session nor feed it. */
	void (*wake)(void *arg);
};

struct rtsp_session {
	LIST_ENTRY(rtsp_session) watching;	/* its source, from SETUP on */
	bool joined;
	struct rtsp_shared *shared;
	const struct rtsp_session_ops *ops;
	void *arg;
	char peer[RTSP_PEER_MAX];
	struct sockaddr_storage addr;	/* of the TCP connection; for UDP */
	int64_t heard_us;		/* RTCP over UDP; 0: none yet */
	int64_t playing_us;		/* since when */
	struct rtsp_parser parser;
	struct rtsp_queue queue;
	enum rtsp_state state;
	bool signed_in;
	bool closing;			/* close when the queue is empty */
	unsigned wrong, odd_frames;	/* passwords, '$' frames */
	int64_t began_us, message_us, active_us, written_us;
	/* a DESCRIBE that waits for a first frame; input is held meanwhile */
	bool describing;
	uint64_t describe_cseq;
	char describe_base[RTSP_URL_MAX + 1];
	int64_t describe_us;
	struct rtsp_target describe;
	struct rtsp_source *describe_source;
	struct subscriber *describe_sub;
	bool resume_due;		/* it was answered: go on with the held input */
	uint8_t *held;
	size_t held_n;
	/* the session proper, from SETUP on */
	char id[RTSP_SESSION_ID_LEN + 1];
	struct rtsp_target target;
	struct rtsp_source *source;	/* of the pictures */
	struct rtsp_track tracks[RTSP_TRACKS];
	struct subscriber *sub, *sound_sub;
	enum codec sub_codec;
	uint64_t skipped;		/* told to the hub */
	/* how it ended, when closing is set */
	struct err over;		/* why: its sentence, or "" */
	bool lost;			/* because the camera gives nothing */
};

void rtsp_shared_init(struct rtsp_shared *sh, struct hub *hub);
void rtsp_shared_fini(struct rtsp_shared *sh);

struct rtsp_session *rtsp_session_new(struct rtsp_shared *sh, const char *peer,
    const struct rtsp_session_ops *ops, void *arg);
void rtsp_session_free(struct rtsp_session *s);		/* NULL is fine */

/* At most RTSP_INPUT_MAX bytes from the client. Only while rtsp_session_reads(). */
void rtsp_session_input(struct rtsp_session *s, const uint8_t *p, size_t n);
/* False while a DESCRIBE waits, replies pile up or the session is closing. */
bool rtsp_session_reads(const struct rtsp_session *s);
/* n bytes of the queue were written. */
void rtsp_session_written(struct rtsp_session *s, size_t n);
/* RTCP came over UDP from this address: true when it is this session's. */
bool rtsp_session_heard(struct rtsp_session *s, const struct sockaddr_storage *from,
    const struct rtsp_loss *reports, unsigned n);
/* From the loop's own turn, after a wake: take up input that was held. */
void rtsp_session_run(struct rtsp_session *s);
/* Look at the clock; call it a few times a second. */
void rtsp_session_tick(struct rtsp_session *s);
/* The client took nothing for RTSP_STUCK_US: close without a word, as rtsp_session_tick
 * does. For who hears it from the kernel, which counts the same seconds. */
void rtsp_session_stuck(struct rtsp_session *s);
/* Say BYE to a viewer and close. why goes to the log; the one is a constant sentence. */
void rtsp_session_end(struct rtsp_session *s, const char *why);
void rtsp_session_fail(struct rtsp_session *s, const struct err *why);

/* The other way round: the peer is a server that a camera is published to, and it takes
 * frames from now on, on these channels (the second for sound, or NULL). The
 * caller speaks with it and feeds nothing to the session. 0, or -1 and e. */
int rtsp_publish(struct rtsp_session *s, const char *camera, enum codec codec,
    const struct rtsp_transport *pictures, const struct rtsp_transport *sound,
    struct err *e);

/* What is known of a camera's stream, for its description. */
enum rtsp_known {
	RTSP_UNKNOWN,		/* a frame must come first */
	RTSP_KNOWN,
	RTSP_UNFIT		/* RTP cannot carry it; e says why */
};
struct rtsp_sdp;
/* Without waiting. last_chance: what is not known of the sound is no reason to say
 * nothing of the pictures. What ret points to is borrowed until the loop turns. */
enum rtsp_known rtsp_look(const struct rtsp_shared *sh, struct rtsp_source *src,
    const struct stream *st, bool last_chance, struct rtsp_sdp *ret, struct err *e);

/* For the files of the session. */
void rtsp_describe(struct rtsp_session *s, const struct rtsp_request *r);
void rtsp_describe_tick(struct rtsp_session *s, int64_t now_us);
void rtsp_describe_cancel(struct rtsp_session *s);
void rtsp_setup(struct rtsp_session *s, const struct rtsp_request *r);
void rtsp_play(struct rtsp_session *s, const struct rtsp_request *r);
void rtsp_pause(struct rtsp_session *s, const struct rtsp_request *r);
void rtsp_play_stop(struct rtsp_session *s);
struct rtsp_source *rtsp_source_get(struct rtsp_shared *sh, const char *camera,
    enum codec codec);
/* Be told of, or leave, what is made fit for the session's source. */
void rtsp_fit_join(struct rtsp_session *s);
void rtsp_fit_leave(struct rtsp_session *s);
/* Have a JPEG made fit; rtsp_play_frame() gets it later. */
int rtsp_fit_push(struct rtsp_session *s, struct frame *f, struct err *e);
/* A frame that RTP can carry, for one viewer. */
void rtsp_play_frame(struct rtsp_session *s, struct frame *f);
/* Reply: more is whole header lines with CRLF, or "". */
void rtsp_reply(struct rtsp_session *s, uint64_t cseq, int status, const char *more);
void rtsp_reply_body(struct rtsp_session *s, uint64_t cseq, const char *more,
    const char *body, size_t n);
/* The same with a Reason header made of e's sentence, and where its parameters stand
 * (common/said.h). */
void rtsp_reply_err(struct rtsp_session *s, uint64_t cseq, int status, const char *more,
    const struct err *e);
/* Queue a BYE for each track, with a last report. */
void rtsp_say_bye(struct rtsp_session *s);

#endif
