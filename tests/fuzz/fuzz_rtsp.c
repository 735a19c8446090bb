/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The RTSP request parser: the same bytes whole, one by one and in odd pieces must give
 * the same events; strings must be text; memory must stay within its limit. What it
 * accepts goes on to the parsers of Transport and Authorization.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

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

static struct sum
run(const uint8_t *data, size_t n, size_t piece, const struct rtsp_auth *a)
{
	struct sum s = { 14695981039346656037u, 0 };
	struct rtsp_parser p;
	enum rtsp_event ev = RTSP_MORE;
	size_t at = 0, used, take;

	rtsp_parser_init(&p);
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
		if (ev == RTSP_REQUEST)
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

	if (auth.user[0] == '\0') {
		if (rtsp_auth_init(&auth) < 0)
			abort();
		rtsp_auth_set(&auth, "camherd", "kq3v9x0b7m2z4n8c1p6d");
	}
	whole = run(data, n, n, &auth);
	bytes = run(data, n, 1, &auth);
	pieces = run(data, n, 1 + (n > 0 ? data[0] % 97u : 0), &auth);
	if (whole.hash != bytes.hash || whole.hash != pieces.hash ||
	    whole.events != bytes.events)
		abort();
	return 0;
}
