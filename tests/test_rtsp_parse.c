/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RTSP requests: limits, oddities, and that cutting the input changes nothing. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "streamd/outputs/rtsp_parse.h"
#include "tests/unit.h"

static enum rtsp_event
feed(struct rtsp_parser *p, const char *text, size_t *ret_used)
{
	return rtsp_parse(p, (const uint8_t *)text, strlen(text), ret_used);
}

static void
a_request_is_taken_apart(void **state)
{
	const char *text =
	    "\r\nSETUP rtsp://h:8654/cam1/track1 RTSP/1.0\r\nCSeq: 0042\r\n"
	    "Transport:RTP/AVP/TCP;interleaved=0-1  \r\n\r\nOPTIONS";
	struct rtsp_parser p;
	size_t used;

	(void)state;
	rtsp_parser_init(&p);
	assert_int_equal(feed(&p, text, &used), RTSP_REQUEST);
	assert_int_equal(used, strlen(text) - 7);
	assert_int_equal(p.request.method, RTSP_SETUP);
	assert_string_equal(p.request.url, "rtsp://h:8654/cam1/track1");
	assert_int_equal(p.request.cseq, 42);
	assert_string_equal(
	    rtsp_header(&p.request, "TRANSPORT"), "RTP/AVP/TCP;interleaved=0-1");
	assert_null(rtsp_header(&p.request, "Session"));
	assert_int_equal(rtsp_parser_midway(&p), 0);
	rtsp_parser_fini(&p);
}

static void
body_and_frames_are_kept_apart(void **state)
{
	const char *text =
	    "SET_PARAMETER * RTSP/1.0\nCSeq: 1\nContent-Length: 5\n\n$\1\0\3x";
	const uint8_t frame[] = "$\1\0\3abc$\2\0\0";
	struct rtsp_parser p;
	size_t used, at;

	(void)state;
	rtsp_parser_init(&p);
	at = strlen("SET_PARAMETER * RTSP/1.0\nCSeq: 1\nContent-Length: 5\n\n") + 5;
	assert_int_equal(
	    rtsp_parse(&p, (const uint8_t *)text, at, &used), RTSP_REQUEST);
	assert_int_equal(used, at);
	assert_int_equal(p.request.body_n, 5);
	assert_memory_equal(p.request.body, "$\1\0\3x", 5);
	assert_int_equal(rtsp_parse(&p, frame, 11, &used), RTSP_FRAME);
	assert_int_equal(used, 7);
	assert_int_equal(p.channel, 1);
	assert_int_equal(p.frame_n, 3);
	assert_memory_equal(p.frame, "abc", 3);
	assert_int_equal(rtsp_parse(&p, frame + 7, 4, &used), RTSP_FRAME);
	assert_int_equal(p.channel, 2);
	assert_int_equal(p.frame_n, 0);
	rtsp_parser_fini(&p);
}

static void
the_longest_frame_is_counted_not_kept(void **state)
{
	static uint8_t frame[4 + 65535] = { '$', 7, 0xff, 0xff };
	struct rtsp_parser p;
	size_t used, at = 0;
	enum rtsp_event ev = RTSP_MORE;

	(void)state;
	rtsp_parser_init(&p);
	while (at < sizeof(frame) && ev == RTSP_MORE) {
		ev = rtsp_parse(&p, frame + at,
		    at + 999 < sizeof(frame) ? 999 : sizeof(frame) - at, &used);
		at += used;
		assert_true(p.size <= 1024);
	}
	assert_int_equal(ev, RTSP_FRAME);
	assert_int_equal(at, sizeof(frame));
	assert_null(p.frame);
	assert_int_equal(p.frame_n, 65535);
	rtsp_parser_fini(&p);
}

/* What the parser says of one input: 0 = a request, -1 = more wanted, else status. */
static int
judge(const char *text, size_t n)
{
	struct rtsp_parser p;
	size_t used;
	int r;

	rtsp_parser_init(&p);
	switch (rtsp_parse(&p, (const uint8_t *)text, n, &used)) {
	case RTSP_REQUEST:
		r = 0;
		break;
	case RTSP_BAD:
		r = p.status;
		break;
	default:
		r = -1;
		break;
	}
	rtsp_parser_fini(&p);
	return r;
}

static void
broken_requests_are_refused(void **state)
{
	static const struct {
		int status;
		const char *text;
	} table[] = {
		{ 400, "GET\r\n\r\n" },
		{ 400, "OPTIONS *\r\nCSeq: 1\r\n\r\n" },
		{ 400, "options * RTSP/1.0\r\nCSeq: 1\r\n\r\n" },
		{ 400, " OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n" },
		{ 400, "OPTIONS  * RTSP/1.0\r\nCSeq: 1\r\n\r\n" },
		{ 400, "OPTIONS * HTTP/1.1\r\nCSeq: 1\r\n\r\n" },
		{ 505, "OPTIONS * RTSP/2.0\r\nCSeq: 1\r\n\r\n" },
		{ 400, "RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n" },
		{ 400, "OPTIONS rtsp://h/\"x RTSP/1.0\r\nCSeq: 1\r\n\r\n" },
		{ 400, "OPTIONS rtsp://h/\x80 RTSP/1.0\r\nCSeq: 1\r\n\r\n" },
		{ 400, "OPTIONS * RTSP/1.0\r\n\r\n" },
		{ 400, "OPTIONS * RTSP/1.0\r\nCSeq:\r\n\r\n" },
		{ 400, "OPTIONS * RTSP/1.0\r\nCSeq: -1\r\n\r\n" },
		{ 400, "OPTIONS * RTSP/1.0\r\nCSeq: 1x\r\n\r\n" },
		{ 400, "OPTIONS * RTSP/1.0\r\nCSeq: 12345678901\r\n\r\n" },
		{ 400, "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\nCSeq: 1\r\n\r\n" },
		{ 0, "OPTIONS * RTSP/1.0\r\nCSeq: 4294967296\r\n\r\n" },
		{ 0, "OPTIONS * RTSP/1.0\nCSeq: 9999999999\n\n" },
		{ 400, "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n folded: yes\r\n\r\n" },
		{ 400, "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n: x\r\n\r\n" },
		{ 400, "OPTIONS * RTSP/1.0\r\nCSeq : 1\r\n\r\n" },
		{ 400, "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\nA: \x1b[2J\r\n\r\n" },
		{ 400, "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\nA: b\rc\r\n\r\n" },
		{ 400, "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\nContent-Length: -1\r\n\r\n" },
		{ 400, "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\nContent-Length: +1\r\n\r\n" },
		{ 400, "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\nContent-Length: 0x1\r\n\r\n" },
		{ 400, "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\nContent-Length: 1 1\r\n\r\n" },
		{ 400,
		    "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\nContent-Length: "
		    "18446744073709551617\r\n\r\n" },
		{ 413,
		    "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\nContent-Length: 4097\r\n\r\n" },
		{ 413,
		    "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\nContent-Length: "
		    "4294967296\r\n\r\n" },
		{ -1, "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\nContent-Length: 4096\r\n\r\n" },
		{ 400,
		    "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\nContent-Length: 1\r\n"
		    "Content-Length: 1\r\n\r\n" },
		{ -1, "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n" },
		{ -1, "\r\n\r\n\r\n" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		int got = judge(table[i].text, strlen(table[i].text));

		if (got != table[i].status)
			print_error(
			    "case %zu: %d, wanted %d\n", i, got, table[i].status);
		assert_int_equal(got, table[i].status);
	}
	assert_int_equal(
	    judge("OPTIONS * RTSP/1.0\r\nCSeq: 1\r\nA: \0\r\n\r\n", 37), 400);
}

/* A request whose method, URL, header name, value, count and whole have these lengths.
 */
static int
judge_sizes(size_t method, size_t url, size_t name, size_t value, unsigned headers)
{
	static char text[60000];
	size_t n = 0;
	unsigned i;

	memset(text, 'A', sizeof(text));
	n = method;
	text[n++] = ' ';
	n += url;
	n += (size_t)snprintf(text + n, sizeof(text) - n, " RTSP/1.0\r\nCSeq: 1\r\n");
	for (i = 1; i < headers; i++) {
		memset(text + n, 'B', name);
		n += name;
		text[n++] = ':';
		memset(text + n, 'C', value);
		n += value;
		n += (size_t)snprintf(text + n, sizeof(text) - n, "\r\n");
	}
	n += (size_t)snprintf(text + n, sizeof(text) - n, "\r\n");
	return judge(text, n);
}

/* T-RTSP-LEN, T-RTSP-CSEQ (R1, R2). */
static void
every_limit_has_two_sides(void **state)
{
	(void)state;
	assert_int_equal(judge_sizes(RTSP_METHOD_MAX, 1, 1, 1, 2), 0);
	assert_int_equal(judge_sizes(RTSP_METHOD_MAX + 1, 1, 1, 1, 2), 400);
	assert_int_equal(judge_sizes(4, RTSP_URL_MAX, 1, 1, 2), 0);
	assert_int_equal(judge_sizes(4, RTSP_URL_MAX + 1, 1, 1, 2), 414);
	assert_int_equal(judge_sizes(4, 1, RTSP_NAME_MAX, 1, 2), 0);
	assert_int_equal(judge_sizes(4, 1, RTSP_NAME_MAX + 1, 1, 2), 400);
	assert_int_equal(judge_sizes(4, 1, 1, RTSP_VALUE_MAX, 2), 0);
	assert_int_equal(judge_sizes(4, 1, 1, RTSP_VALUE_MAX + 1, 2), 400);
	assert_int_equal(judge_sizes(4, 1, 1, 1, RTSP_HEADERS_MAX), 0);
	assert_int_equal(judge_sizes(4, 1, 1, 1, RTSP_HEADERS_MAX + 1), 400);
	assert_int_equal(judge_sizes(4, 1, 1, 1024, 9), 400);
	/* 8192 bytes in all fit, one more does not. */
	assert_int_equal(judge_sizes(4, 21, 1, 1014, 9), 0);
	assert_int_equal(judge_sizes(4, 22, 1, 1014, 9), 400);
}

static void
a_bad_parser_stays_bad(void **state)
{
	struct rtsp_parser p;
	size_t used;

	(void)state;
	rtsp_parser_init(&p);
	assert_int_equal(feed(&p, "x\r\n\r\n", &used), RTSP_BAD);
	assert_int_equal(
	    feed(&p, "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n", &used), RTSP_BAD);
	rtsp_parser_fini(&p);
	rtsp_parser_init(&p);
	assert_int_equal(
	    feed(&p, "OPTIONS * RTSP/1.0\r\nCSeq: 77\r\nContent-Length: 9999\r\n\r\n",
		&used),
	    RTSP_BAD);
	assert_int_equal(p.bad_cseq, 77);
	rtsp_parser_fini(&p);
}

/* All events of an input as text, fed in pieces of the given size. */
static size_t
trace(const uint8_t *in, size_t n, size_t piece, char *ret, size_t ret_size)
{
	struct rtsp_parser p;
	size_t at = 0, used, len = 0, take;
	enum rtsp_event ev;

	rtsp_parser_init(&p);
	while (at < n) {
		take = n - at < piece ? n - at : piece;
		ev = rtsp_parse(&p, in + at, take, &used);
		at += used;
		if (ev == RTSP_REQUEST)
			len += (size_t)snprintf(ret + len, ret_size - len,
			    "%s %s %u %zu;", p.request.method_name, p.request.url,
			    p.request.headers, p.request.body_n);
		else if (ev == RTSP_FRAME)
			len += (size_t)snprintf(ret + len, ret_size - len, "$%u %zu;",
			    p.channel, p.frame_n);
		else if (ev == RTSP_BAD)
			len += (size_t)snprintf(
			    ret + len, ret_size - len, "bad %d;", p.status);
		if (ev == RTSP_BAD)
			break;
	}
	rtsp_parser_fini(&p);
	return len;
}

/* T-RTSP-IL (R3): a frame or request in single bytes is the same one. */
static void
cutting_the_input_changes_nothing(void **state)
{
	static const char text[] =
	    "OPTIONS rtsp://h/a RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: x\r\n\r\n"
	    "\r\n$\1\0\5hello$\0\0\0"
	    "SET_PARAMETER rtsp://h/a RTSP/1.0\nCSeq: 2\nContent-Length: 4\n\nab\r\n"
	    "DESCRIBE rtsp://h/a RTSP/1.0\r\nCSeq: 3\r\n\r\nbroken\r\n\r\n";
	char whole[512], pieces[512];
	size_t piece, n;

	(void)state;
	n = trace((const uint8_t *)text, sizeof(text) - 1, sizeof(text), whole,
	    sizeof(whole));
	assert_string_equal(whole,
	    "OPTIONS rtsp://h/a 2 0;$1 5;$0 0;"
	    "SET_PARAMETER rtsp://h/a 2 4;DESCRIBE rtsp://h/a 1 0;bad 400;");
	for (piece = 1; piece < sizeof(text); piece++) {
		assert_int_equal(trace((const uint8_t *)text, sizeof(text) - 1, piece,
				     pieces, sizeof(pieces)),
		    n);
		assert_string_equal(pieces, whole);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_taken_apart),
		cmocka_unit_test(body_and_frames_are_kept_apart),
		cmocka_unit_test(the_longest_frame_is_counted_not_kept),
		cmocka_unit_test(broken_requests_are_refused),
		cmocka_unit_test(every_limit_has_two_sides),
		cmocka_unit_test(a_bad_parser_stays_bad),
		cmocka_unit_test(cutting_the_input_changes_nothing),
	};

	return cmocka_run_group_tests_name("rtsp_parse", tests, NULL, NULL);
}
