/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The RTSP parser, for requests and for replies: the same bytes whole, one by one and in
 * odd pieces must give the same events; strings must be text; memory must stay within its
 * limit. What it accepts goes on to the parsers of Transport and Authorization, or to the
 * dialogue of publishing.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/err.h"
#include "streamd/outputs/push_talk.h"
#include "streamd/outputs/rtsp_auth.h"
#include "streamd/outputs/rtsp_parse.h"
#include "streamd/outputs/rtsp_transport.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

struct sum {
	uint64_t hash;
	unsigned events;
};

static void
mix(struct sum *s, const void *p, size_t n)
{
	const uint8_t *b = p;
	size_t i;

	for (i = 0; i < n; i++)
		s->hash = (s->hash ^ b[i]) * 1099511628211u;
}

static void
mix_number(struct sum *s, uint64_t v)
{
	mix(s, &v, sizeof(v));
}

static void
check_text(struct sum *s, const char *text, size_t max)
{
	size_t i, n = strlen(text);

	if (n > max)
		abort();
	for (i = 0; i < n; i++)
		if (((unsigned char)text[i] < ' ' && text[i] != '\t') ||
		    text[i] == 0x7f)
			abort();
	mix(s, text, n);
}

static void
see_request(struct sum *s, const struct rtsp_request *r, const struct rtsp_auth *a)
{
	struct rtsp_auth_query q = { r->method_name, r->url,
		rtsp_header(r, "Authorization"), "peer", 0, false };
	const char *transport = rtsp_header(r, "Transport");
	struct rtsp_transport t;
	unsigned i;

	check_text(s, r->method_name, RTSP_METHOD_MAX);
	check_text(s, r->url, RTSP_URL_MAX);
	mix_number(s, r->cseq);
	for (i = 0; i < r->headers; i++) {
		check_text(s, r->header[i].name, RTSP_NAME_MAX);
		check_text(s, r->header[i].value, RTSP_VALUE_MAX);
	}
	if (r->body_n > RTSP_BODY_MAX)
		abort();
	mix(s, r->body, r->body_n);
	/* No input knows the password. */
	if (rtsp_auth_check(a, &q) == RTSP_AUTH_OK)
		abort();
	if (transport != NULL && rtsp_transport_choose(transport, transport[0] == 0x52, &t) == 0 &&
	    t.channels_given && t.rtp == t.rtcp)
		abort();
}

/* A server's reply, at each step that waits for one. What is sent next must be whole
 * lines, however odd the reply was. */
static void
see_reply(struct sum *s, const struct rtsp_request *r)
{
	char text[PUSH_REQUEST_MAX];
	struct push_talk t;
	struct err e;
	size_t n, i;
	int step;

	if (r->status < 100 || r->status > 999)
		abort();
	mix_number(s, (uint64_t)r->status);
	for (step = PUSH_ANNOUNCE; step <= PUSH_RECORDS; step++) {
		push_talk_init(&t, "rtsp://h/p", "user", "password", "v=0\r\n", true);
		t.step = (enum push_step)step;
		t.cseq = r->cseq;
		err_clear(&e);
		if (push_talk_reply(&t, r, &e) < 0 && e.msg[0] == '\0')
			abort();
		n = push_talk_alive(&t, text);
		if (n > 0 && (n < 4 || memcmp(text + n - 4, "\r\n\r\n", 4) != 0))
			abort();
		for (i = 0; i < n; i++)
			if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r'))
				abort();
		push_talk_fini(&t);
	}
}

static struct sum
run(const uint8_t *data, size_t n, size_t piece, const struct rtsp_auth *a,
    bool takes_replies)
{
	struct sum s = { 14695981039346656037u, 0 };
	struct rtsp_parser p;
	enum rtsp_event ev = RTSP_MORE;
	size_t at = 0, used, take;

	rtsp_parser_init(&p);
	p.takes_replies = takes_replies;
	while (at < n && ev != RTSP_BAD) {
		take = n - at < piece ? n - at : piece;
		ev = rtsp_parse(&p, data + at, take, &used);
		if (used > take || (ev == RTSP_MORE && used != take))
			abort();
		at += used;
		if (p.size > RTSP_HEAD_MAX + RTSP_BODY_MAX + 1)
			abort();
		s.events += ev != RTSP_MORE;
		if (ev != RTSP_MORE)
			mix_number(&s, (uint64_t)ev);
		if (ev == RTSP_REQUEST && p.request.status != 0)
			see_reply(&s, &p.request);
		else if (ev == RTSP_REQUEST)
			see_request(&s, &p.request, a);
		if (ev == RTSP_FRAME) {
			mix_number(&s, p.channel);
			mix(&s, p.frame, p.frame != NULL ? p.frame_n : 0);
		}
		if (ev == RTSP_BAD)
			mix_number(&s, (uint64_t)p.status);
		if (at == n || ev != RTSP_MORE)
			rtsp_parser_release(&p);
	}
	rtsp_parser_fini(&p);
	return s;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct rtsp_auth auth;
	struct sum whole, bytes, pieces;
	int i;

	if (auth.user[0] == '\0') {
		if (rtsp_auth_init(&auth) < 0)
			abort();
		rtsp_auth_set(&auth, "camherd", "kq3v9x0b7m2z4n8c1p6d");
	}
	for (i = 0; i < 2; i++) {
		whole = run(data, n, n, &auth, i > 0);
		bytes = run(data, n, 1, &auth, i > 0);
		pieces = run(data, n, 1 + (n > 0 ? data[0] % 97u : 0), &auth, i > 0);
		if (whole.hash != bytes.hash || whole.hash != pieces.hash ||
		    whole.events != bytes.events)
			abort();
	}
	return 0;
}
