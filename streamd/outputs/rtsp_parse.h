/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What an RTSP client sends: requests and, between them, '$' frames; or what a server
 * sends: replies. Incremental and pure: the same bytes give the same events however
 * they were cut. Any thread; a parser belongs to its caller.
 */
#ifndef STREAMD_OUTPUTS_RTSP_PARSE_H
#define STREAMD_OUTPUTS_RTSP_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RTSP_HEAD_MAX 8192	/* request line and headers, with their line ends */
#define RTSP_HEADERS_MAX 32
#define RTSP_NAME_MAX 64
#define RTSP_VALUE_MAX 1024
#define RTSP_URL_MAX 512
#define RTSP_BODY_MAX 4096
#define RTSP_METHOD_MAX 31
#define RTSP_FRAME_MAX 2048	/* longer '$' frames are counted, not kept */

enum rtsp_method {
	RTSP_OPTIONS,
	RTSP_DESCRIBE,
	RTSP_SETUP,
	RTSP_PLAY,
	RTSP_PAUSE,
	RTSP_GET_PARAMETER,
	RTSP_SET_PARAMETER,
	RTSP_TEARDOWN,
	RTSP_OTHER	/* a well-formed method that this server does not have */
};

struct rtsp_header {
	const char *name, *value;
};

/* A request or a reply. Borrowed from the parser until its next call. */
struct rtsp_request {
	int status;		/* 100 to 999: a reply; the next three mean nothing */
	enum rtsp_method method;
	const char *method_name;
	const char *url;
	uint64_t cseq;
	struct rtsp_header header[RTSP_HEADERS_MAX];
	unsigned headers;
	const uint8_t *body;
	size_t body_n;
};

enum rtsp_event {
	RTSP_MORE,	/* all input is used up; feed more */
	RTSP_REQUEST,	/* p->request is filled; it may be a reply */
	RTSP_FRAME,	/* p->channel, p->frame, p->frame_n are filled */
	RTSP_BAD	/* answer p->status and close; nothing more is parsed */
};

struct rtsp_parser {
	/* results of the last call */
	struct rtsp_request request;
	unsigned channel;
	const uint8_t *frame;	/* NULL when it was longer than RTSP_FRAME_MAX */
	size_t frame_n;		/* as announced */
	int status;		/* RTSP_BAD: 400, 413, 414, 505 or 500 (memory) */
	uint64_t bad_cseq;	/* RTSP_BAD: of the request, or 0 when it is unknown */
	bool takes_replies;	/* set by the caller: replies are fine, too */
	/* private */
	int state;
	uint8_t *buf;
	size_t n, size;		/* bytes kept, bytes allocated */
	size_t head_n;		/* the head's length once it is complete */
	size_t body_n;		/* announced */
	size_t line_at;		/* where the line now being read starts */
	size_t skip;		/* bytes of a long '$' frame still to come */
	unsigned blanks;	/* empty bytes between messages */
};

void rtsp_parser_init(struct rtsp_parser *p);
void rtsp_parser_fini(struct rtsp_parser *p);

/* Take bytes from in until one event is complete or all n are used; ret_used says how
 * many were taken. At RTSP_BAD the parser stays bad. */
enum rtsp_event rtsp_parse(struct rtsp_parser *p, const uint8_t *in, size_t n,
    size_t *ret_used);
/* Give the memory of the last event back; call it when the input is used up. */
void rtsp_parser_release(struct rtsp_parser *p);
/* 1 while a message has begun and is not complete. */
int rtsp_parser_midway(const struct rtsp_parser *p);

/* The first header of this name (case does not matter), or NULL. Borrowed. */
const char *rtsp_header(const struct rtsp_request *r, const char *name);
/* "OPTIONS, DESCRIBE, …" of all methods here. Static. */
const char *rtsp_methods(void);

#endif
