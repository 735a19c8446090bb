/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Replies of an RTSP session (see rtsp_session.h). streamd, main thread. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/err.h"
#include "common/said.h"
#include "streamd/outputs/rtsp_session.h"

#define HEAD_MAX 2048
#define REASON_MAX 400

static const struct {
	int status;
	const char *phrase;
} phrases[] = {
	{ 200, "OK" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 413, "Request Entity Too Large" },
	{ 414, "Request-URI Too Long" },
	{ 415, "Unsupported Media Type" },
	{ 454, "Session Not Found" },
	{ 455, "Method Not Valid in This State" },
	{ 459, "Aggregate Operation Not Allowed" },
	{ 461, "Unsupported Transport" },
	{ 500, "Internal Server Error" },
	{ 503, "Service Unavailable" },
	{ 505, "RTSP Version Not Supported" },
};

static const char *
phrase_of(int status)
{
	size_t i;

	for (i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++)
		if (phrases[i].status == status)
			return phrases[i].phrase;
	return "Error";
}

/* A message that cannot be queued leaves the client waiting for ever: end it. */
static void
put(struct rtsp_session *s, const char *head, int head_n, const char *body, size_t n)
{
	if (head_n <= 0 || head_n >= HEAD_MAX ||
	    rtsp_queue_text(&s->queue, head, (size_t)head_n) < 0 ||
	    (n > 0 && rtsp_queue_text(&s->queue, body, n) < 0))
		s->closing = true;
}

void
rtsp_reply(struct rtsp_session *s, uint64_t cseq, int status, const char *more)
{
	char head[HEAD_MAX];
	int n;

	n = snprintf(head, sizeof(head),
	    "RTSP/1.0 %d %s\r\nCSeq: %" PRIu64 "\r\nServer: " PACKAGE_NAME
	    "/" PACKAGE_VERSION "\r\n%s\r\n",
	    status, phrase_of(status), cseq, more);
	put(s, head, n, NULL, 0);
}

void
rtsp_reply_body(struct rtsp_session *s, uint64_t cseq, const char *more,
    const char *body, size_t body_n)
{
	char head[HEAD_MAX];
	int n;

	n = snprintf(head, sizeof(head),
	    "RTSP/1.0 200 OK\r\nCSeq: %" PRIu64 "\r\nServer: " PACKAGE_NAME
	    "/" PACKAGE_VERSION "\r\n%sContent-Length: %zu\r\n\r\n",
	    cseq, more, body_n);
	put(s, head, n, body, body_n);
}

void
rtsp_reply_err(struct rtsp_session *s, uint64_t cseq, int status, const char *more,
    const struct err *e)
{
	char params[SAID_MAX], lines[HEAD_MAX - 512];
	struct err said;

	said_escape(e, REASON_MAX, &said);
	/* The code is a constant of ours. */
	snprintf(lines, sizeof(lines),
	    "%sX-Camherd-Code: %s\r\nX-Camherd-Said: %s\r\nReason: %s\r\n", more,
	    e->name, said_pack(&said, params), said.msg);
	rtsp_reply(s, cseq, status, lines);
}
