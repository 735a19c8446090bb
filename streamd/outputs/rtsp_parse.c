/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The incremental RTSP message parser (see rtsp_parse.h). Pure; any thread. The head
 * is collected whole, then cut into strings in place: a stranger's bytes are copied
 * once and every limit is checked before anything is believed.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "streamd/outputs/rtsp_parse.h"

enum { IDLE, HEAD, BODY, FRAME_HEAD, FRAME_BODY, FRAME_SKIP, BROKEN };

#define FRAME_HEAD_N 4 /* '$', channel, 16-bit length */
#define BLANKS_MAX 64 /* line ends between messages */
#define BUF_MAX (RTSP_HEAD_MAX + RTSP_BODY_MAX + 1)

static const char *const method_names[] = {
	[RTSP_OPTIONS] = "OPTIONS",
	[RTSP_DESCRIBE] = "DESCRIBE",
	[RTSP_SETUP] = "SETUP",
	[RTSP_PLAY] = "PLAY",
	[RTSP_PAUSE] = "PAUSE",
	[RTSP_GET_PARAMETER] = "GET_PARAMETER",
	[RTSP_SET_PARAMETER] = "SET_PARAMETER",
	[RTSP_TEARDOWN] = "TEARDOWN",
};

const char *
rtsp_methods(void)
{
	return "OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, GET_PARAMETER, SET_PARAMETER, "
	       "TEARDOWN";
}

void
rtsp_parser_init(struct rtsp_parser *p)
{
	memset(p, 0, sizeof(*p));
	p->state = IDLE;
}

void
rtsp_parser_fini(struct rtsp_parser *p)
{
	free(p->buf);
	rtsp_parser_init(p);
}

int
rtsp_parser_midway(const struct rtsp_parser *p)
{
	return p->state != IDLE && p->state != BROKEN;
}

const char *
rtsp_header(const struct rtsp_request *r, const char *name)
{
	unsigned i;

	for (i = 0; i < r->headers; i++)
		if (strcasecmp(r->header[i].name, name) == 0)
			return r->header[i].value;
	return NULL;
}

static enum rtsp_event
broken(struct rtsp_parser *p, int status)
{
	p->state = BROKEN;
	p->status = status;
	return RTSP_BAD;
}

/* Room for n bytes more, with one to spare for a NUL. */
static int
make_room(struct rtsp_parser *p, size_t n)
{
	size_t size = p->size > 0 ? p->size : 1024;
	uint8_t *buf;

	while (size < p->n + n + 1)
		size *= 2;
	if (size > BUF_MAX)
		size = BUF_MAX;
	if (size < p->n + n + 1)
		return -1;
	if (size == p->size)
		return 0;
	if ((buf = realloc(p->buf, size)) == NULL)
		return -1;
	p->buf = buf;
	p->size = size;
	return 0;
}

static int
keep(struct rtsp_parser *p, const uint8_t *in, size_t n)
{
	if (make_room(p, n) < 0)
		return -1;
	memcpy(p->buf + p->n, in, n);
	p->n += n;
	return 0;
}

/* A client that plays costs no buffer: it goes with the message that needed it. */
static void
forget(struct rtsp_parser *p)
{
	free(p->buf);
	p->buf = NULL;
	p->size = p->n = p->head_n = p->body_n = p->line_at = 0;
	p->state = IDLE;
}

void
rtsp_parser_release(struct rtsp_parser *p)
{
	if (p->state == IDLE && p->buf != NULL)
		forget(p);
}

static bool
is_token(unsigned char c)
{
	return c > ' ' && c < 0x7f && strchr("()<>@,;:\\\"/[]?={}", c) == NULL;
}

/* A strict number of 1 to 10 digits. */
static int
number(const char *s, uint64_t *ret)
{
	uint64_t v = 0;
	size_t i;

	for (i = 0; s[i] >= '0' && s[i] <= '9'; i++) {
		if (i == 10)
			return -1;
		v = v * 10 + (uint64_t)(s[i] - '0');
	}
	if (i == 0 || s[i] != '\0')
		return -1;
	*ret = v;
	return 0;
}

/* Cut one line out of [at, end): its NUL-ended start, without CR and LF. The head ends
 * with LF, so there always is one. */
static char *
cut_line(char **at)
{
	char *line = *at, *lf = strchr(line, '\n');

	*at = lf + 1;
	*lf = '\0';
	if (lf > line && lf[-1] == '\r')
		lf[-1] = '\0';
	return line;
}

static enum rtsp_method
method_of(const char *name)
{
	int i;

	for (i = 0; i < RTSP_OTHER; i++)
		if (strcmp(name, method_names[i]) == 0)
			return (enum rtsp_method)i;
	return RTSP_OTHER;
}

/* 0, or the status to answer. */
static int
request_line(struct rtsp_request *r, char *line)
{
	char *url = strchr(line, ' '), *version, *c;

	if (url == NULL || url == line || url - line > RTSP_METHOD_MAX)
		return 400;
	*url++ = '\0';
	for (c = line; *c != '\0'; c++)
		if (!((*c >= 'A' && *c <= 'Z') || *c == '_'))
			return 400;
	if ((version = strchr(url, ' ')) == NULL || version == url)
		return 400;
	if (version - url > RTSP_URL_MAX)
		return 414;
	*version++ = '\0';
	for (c = url; *c != '\0'; c++)
		if (*c <= ' ' || *c >= 0x7f || *c == '"' || *c == '\\')
			return 400;
	if (strncmp(version, "RTSP/", 5) != 0)
		return 400;
	if (strcmp(version, "RTSP/1.0") != 0)
		return 505;
	r->method_name = line;
	r->method = method_of(line);
	r->url = url;
	return 0;
}

/* "RTSP/1.0 200 OK", the words behind the number do not matter. 0, or 400 or 505. */
static int
status_line(struct rtsp_request *r, const char *line)
{
	const char *s = line + strlen("RTSP/1.0 ");

	if (strncmp(line, "RTSP/1.0 ", strlen("RTSP/1.0 ")) != 0)
		return 505;
	if (strspn(s, "0123456789") != 3 || s[0] == '0' ||
	    (s[3] != '\0' && s[3] != ' '))
		return 400;
	r->status = (s[0] - '0') * 100 + (s[1] - '0') * 10 + (s[2] - '0');
	return 0;
}

static int
header_line(struct rtsp_request *r, char *line)
{
	char *colon = strchr(line, ':'), *value, *end, *c;

	/* A line that starts with a space would continue the one before: not here. */
	if (colon == NULL || colon == line || colon - line > RTSP_NAME_MAX)
		return 400;
	if (r->headers == RTSP_HEADERS_MAX)
		return 400;
	for (c = line; c < colon; c++)
		if (!is_token((unsigned char)*c))
			return 400;
	*colon = '\0';
	value = colon + 1 + strspn(colon + 1, " \t");
	end = value + strlen(value);
	while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
		*--end = '\0';
	if (end - value > RTSP_VALUE_MAX)
		return 400;
	for (c = value; *c != '\0'; c++)
		if (((unsigned char)*c < ' ' && *c != '\t') || *c == 0x7f)
			return 400;
	r->header[r->headers].name = line;
	r->header[r->headers].value = value;
	r->headers++;
	return 0;
}

/* The one header of this name: 1 = found, 0 = none, -1 = twice. */
static int
only_header(const struct rtsp_request *r, const char *name, const char **ret)
{
	unsigned i;
	int found = 0;

	for (i = 0; i < r->headers; i++) {
		if (strcasecmp(r->header[i].name, name) != 0)
			continue;
		if (found++ > 0)
			return -1;
		*ret = r->header[i].value;
	}
	return found;
}

static int
numbers(struct rtsp_parser *p, struct rtsp_request *r)
{
	const char *value = NULL;
	uint64_t n = 0;
	int found;

	if (only_header(r, "CSeq", &value) != 1 || number(value, &r->cseq) < 0)
		return 400;
	p->bad_cseq = r->cseq;
	if ((found = only_header(r, "Content-Length", &value)) < 0)
		return 400;
	if (found > 0 && number(value, &n) < 0)
		return 400;
	if (n > RTSP_BODY_MAX)
		return 413;
	p->body_n = (size_t)n;
	return 0;
}

/* The head is complete in buf[0, head_n). Strings stay in the buffer. */
static int
parse_head(struct rtsp_parser *p)
{
	struct rtsp_request *r = &p->request;
	char *at = (char *)p->buf, *line;
	int status;

	memset(r, 0, sizeof(*r));
	p->bad_cseq = 0;
	if (memchr(p->buf, '\0', p->head_n) != NULL)
		return 400;
	p->buf[p->head_n] = '\0';
	line = cut_line(&at);
	status = p->takes_replies && strncmp(line, "RTSP/", 5) == 0
	    ? status_line(r, line)
	    : request_line(r, line);
	if (status != 0)
		return status;
	while (*(line = cut_line(&at)) != '\0')
		if ((status = header_line(r, line)) != 0)
			return status;
	return numbers(p, r);
}

/* How many of the n bytes belong to the head; *ret_done when it ends there. A head
 * ends with an empty line. */
static size_t
head_part(struct rtsp_parser *p, const uint8_t *in, size_t n, bool *ret_done)
{
	size_t i, at;

	*ret_done = false;
	for (i = 0; i < n; i++) {
		if (in[i] != '\n')
			continue;
		at = p->n + i; /* where this LF will stand */
		if (at == p->line_at ||
		    (at == p->line_at + 1 &&
			(i > 0 ? in[i - 1] : p->buf[p->n - 1]) == '\r')) {
			*ret_done = true;
			return i + 1;
		}
		p->line_at = at + 1;
	}
	return n;
}

static enum rtsp_event
request_done(struct rtsp_parser *p)
{
	p->request.body = p->buf + p->head_n;
	p->request.body_n = p->body_n;
	p->state = IDLE;
	return RTSP_REQUEST;
}

static enum rtsp_event
feed_head(struct rtsp_parser *p, const uint8_t *in, size_t n, size_t *ret_used)
{
	size_t room = RTSP_HEAD_MAX - p->n, part;
	bool done;
	int status;

	part = head_part(p, in, n < room ? n : room, &done);
	if (keep(p, in, part) < 0)
		return broken(p, 500);
	*ret_used += part;
	if (!done)
		return p->n >= RTSP_HEAD_MAX ? broken(p, 400) : RTSP_MORE;
	p->head_n = p->n;
	/* The NUL behind the head must not land on the body: make the body's room now,
	 * as strings point into the buffer. */
	if (make_room(p, RTSP_BODY_MAX) < 0)
		return broken(p, 500);
	if ((status = parse_head(p)) != 0)
		return broken(p, status);
	if (p->body_n == 0)
		return request_done(p);
	p->state = BODY;
	return RTSP_MORE;
}

static enum rtsp_event
feed_body(struct rtsp_parser *p, const uint8_t *in, size_t n, size_t *ret_used)
{
	size_t want = p->head_n + p->body_n - p->n, part = n < want ? n : want;

	memcpy(p->buf + p->n, in, part);
	p->n += part;
	*ret_used += part;
	return part == want ? request_done(p) : RTSP_MORE;
}

static enum rtsp_event
frame_done(struct rtsp_parser *p, const uint8_t *frame)
{
	p->frame = frame;
	p->state = IDLE;
	return RTSP_FRAME;
}

static enum rtsp_event
feed_frame(struct rtsp_parser *p, const uint8_t *in, size_t n, size_t *ret_used)
{
	size_t whole = FRAME_HEAD_N, part;

	if (p->state == FRAME_SKIP) {
		part = n < p->skip ? n : p->skip;
		p->skip -= part;
		*ret_used += part;
		return p->skip == 0 ? frame_done(p, NULL) : RTSP_MORE;
	}
	if (p->state == FRAME_BODY)
		whole += p->frame_n;
	part = whole - p->n < n ? whole - p->n : n;
	if (keep(p, in, part) < 0)
		return broken(p, 500);
	*ret_used += part;
	if (p->n < whole)
		return RTSP_MORE;
	if (p->state == FRAME_BODY)
		return frame_done(p, p->buf + FRAME_HEAD_N);
	p->channel = p->buf[1];
	p->frame_n = (size_t)p->buf[2] << 8 | p->buf[3];
	if (p->frame_n == 0)
		return frame_done(p, p->buf + FRAME_HEAD_N);
	p->skip = p->frame_n;
	p->state = p->frame_n > RTSP_FRAME_MAX ? FRAME_SKIP : FRAME_BODY;
	return RTSP_MORE;
}

/* Between messages: drop line ends, see what begins. */
static enum rtsp_event
begin(struct rtsp_parser *p, const uint8_t *in, size_t n, size_t *ret_used)
{
	if (p->buf != NULL)
		forget(p);
	while (*ret_used < n && (in[*ret_used] == '\r' || in[*ret_used] == '\n')) {
		if (++p->blanks > BLANKS_MAX)
			return broken(p, 400);
		(*ret_used)++;
	}
	if (*ret_used == n)
		return RTSP_MORE;
	p->blanks = 0;
	p->state = in[*ret_used] == '$' ? FRAME_HEAD : HEAD;
	return RTSP_MORE;
}

enum rtsp_event
rtsp_parse(struct rtsp_parser *p, const uint8_t *in, size_t n, size_t *ret_used)
{
	enum rtsp_event ev = RTSP_MORE;
	size_t at = 0;

	if (p->state == BROKEN) {
		*ret_used = n;
		return RTSP_BAD;
	}
	while (ev == RTSP_MORE && at < n) {
		size_t used = 0;

		switch (p->state) {
		case IDLE:
			ev = begin(p, in + at, n - at, &used);
			break;
		case HEAD:
			ev = feed_head(p, in + at, n - at, &used);
			break;
		case BODY:
			ev = feed_body(p, in + at, n - at, &used);
			break;
		default:
			ev = feed_frame(p, in + at, n - at, &used);
			break;
		}
		at += used;
	}
	*ret_used = at;
	return ev;
}
