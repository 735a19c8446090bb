/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One request over HTTP (see exchange.h). webd's one thread. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "common/err.h"
#include "image/photo_jpeg.h"
#include "webd/conns.h"
#include "webd/exchange.h"
#include "webd/proxy.h"
#include "webd/request.h"
#include "webd/route.h"
#include "webd/upload.h"
#include "webd/web.h"


/* One request, from its first line to its end. */
struct exchange {
	struct waker waker;
	struct request req;
	struct reply rep;
	const struct route *route;
	struct err target_err; /* the request line made no sense */
	struct conn *conn;
	bool admitted; /* the guard has seen it */
	bool handled;
	bool answered;
	uint8_t *body;
	size_t n_body;
	bool body_too_large;
};

static ssize_t
on_stream_read(void *arg, uint64_t pos, char *p, size_t max)
{
	struct exchange *x = arg;
	ssize_t n;

	(void)pos;
	if (http_is_stopping(x->waker.h))
		return MHD_CONTENT_READER_END_OF_STREAM;
	n = x->rep.ops->read(x->rep.arg, p, max);
	if (n < 0)
		return n == -1 ? MHD_CONTENT_READER_END_OF_STREAM
			       : MHD_CONTENT_READER_END_WITH_ERROR;
	if (n == 0)
		http_sleep(&x->waker);
	return n;
}

static struct MHD_Response *
make_response(struct exchange *x)
{
	struct reply *rep = &x->rep;
	struct MHD_Response *m = NULL;

	switch (rep->kind) {
	case REPLY_BYTES:
		m = MHD_create_response_from_buffer(
		    rep->n, rep->bytes, MHD_RESPMEM_MUST_FREE);
		if (m != NULL)
			rep->bytes = NULL;
		break;
	case REPLY_STATIC:
		m = MHD_create_response_from_buffer(
		    rep->n, rep->bytes, MHD_RESPMEM_PERSISTENT);
		break;
	case REPLY_FILE:
		m = MHD_create_response_from_fd_at_offset64(
		    rep->file_n, rep->fd, rep->file_at);
		if (m != NULL)
			rep->fd = -1;
		break;
	case REPLY_STREAM:
		m = MHD_create_response_from_callback(
		    MHD_SIZE_UNKNOWN, rep->ops->block, on_stream_read, x, NULL);
		/* Players read until the end; not all of them know chunks. */
		if (m != NULL)
			(void)MHD_set_response_options(
			    m, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
		break;
	case REPLY_NONE:
	case REPLY_LATER:
		break;
	}
	return m;
}

static void
add_headers(const char *policy, const struct reply *rep, struct MHD_Response *m)
{
	unsigned i;

	(void)MHD_add_response_header(m, "Content-Security-Policy", policy);
	(void)MHD_add_response_header(m, "X-Content-Type-Options", "nosniff");
	(void)MHD_add_response_header(m, "Referrer-Policy", "no-referrer");
	(void)MHD_add_response_header(m, "Cross-Origin-Resource-Policy", "same-origin");
	if (!rep->cacheable)
		(void)MHD_add_response_header(m, "Cache-Control",
		    rep->by_tag ? "private, no-cache" : "no-store");
	if (rep->type != NULL)
		(void)MHD_add_response_header(m, "Content-Type", rep->type);
	if (rep->close)
		(void)MHD_add_response_header(m, "Connection", "close");
	for (i = 0; i < rep->n_headers; i++)
		(void)MHD_add_response_header(
		    m, rep->headers[i].name, rep->headers[i].value);
}

static enum MHD_Result
answer(struct exchange *x)
{
	struct MHD_Response *m = make_response(x);
	enum MHD_Result r;

	if (m == NULL)
		return MHD_NO;
	add_headers(http_policy(x->waker.h), &x->rep, m);
	r = MHD_queue_response(x->waker.mhd, (unsigned)x->rep.status, m);
	MHD_destroy_response(m);
	x->answered = true;
	if (x->conn != NULL)
		conns_read(x->conn);
	return r;
}

/* ---- the request ---- */

/* What is wrong with the framing: two of a kind, two that contradict, or a line that
 * another program could read otherwise than the library did. */
struct framing {
	unsigned hosts, lengths, encodings;
	bool bad_length, bad_line;
	bool in_place; /* this library leaves lines where they came */
	const char *next; /* where the next line begins, if this one ended with CR LF */
};

static bool
is_token(const char *s)
{
	size_t n = strspn(s,
	    "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ");

	return n > 0 && s[n] == '\0';
}

static bool
is_text(const char *s)
{
	for (; *s != '\0'; s++) {
		if (((unsigned char)*s < 0x20 && *s != '\t') || *s == 0x7f)
			return false;
	}
	return true;
}

/* libmicrohttpd 0.9 joins a line that was folded, ends one at a bare LF and cuts one at
 * a NUL, and tells nobody; later ones refuse all three. But it only writes NULs into
 * the head as it came: name, NUL, blanks, value, and two for CR LF. */
static bool
is_whole(struct framing *f, const char *key, const char *value)
{
	const char *at = key + strlen(key) + 1;

	if (!f->in_place)
		return true;
	if (f->next != NULL && f->next != key)
		return false;
	while (at != value && (*at == ' ' || *at == '\t'))
		at++;
	f->next = value + strlen(value) + 2;
	return at == value;
}

/* The same behind the last line: its own CR LF, and that of the empty line. */
static bool
ends_whole(const struct framing *f)
{
	return f->next == NULL ||
	    (f->next[-1] == '\0' && f->next[0] == '\0' && f->next[1] == '\0');
}

static enum MHD_Result
on_header(void *arg, enum MHD_ValueKind kind, const char *key, const char *value)
{
	struct framing *f = arg;

	(void)kind;
	if (value == NULL || !is_token(key) || !is_text(value) ||
	    !is_whole(f, key, value)) {
		f->bad_line = true;
		return MHD_NO;
	}
	if (strcasecmp(key, "Host") == 0) {
		f->hosts++;
	} else if (strcasecmp(key, "Content-Length") == 0) {
		f->lengths++;
		if (value[0] == '\0' || strlen(value) > 15 ||
		    value[strspn(value, "0123456789")] != '\0')
			f->bad_length = true;
	} else if (strcasecmp(key, "Transfer-Encoding") == 0) {
		f->encodings++;
	}
	return MHD_YES;
}

static int
check_framing(struct exchange *x, const char *version)
{
	struct framing f = { .in_place = strncmp(MHD_get_version(), "0.9.", 4) == 0 };

	(void)MHD_get_connection_values(x->waker.mhd, MHD_HEADER_KIND, on_header, &f);
	x->req.has_length = f.lengths > 0;
	x->rep.close = true;
	if (f.bad_line || !ends_whole(&f))
		return reply_fail(&x->rep, 400, ERR_USAGE, "bad-header",
		    "A line of the request's head is folded, does not end with CR LF, "
		    "or holds a character that has no place there.");
	if (f.hosts != 1 || f.lengths > 1 || (f.lengths > 0 && f.encodings > 0) ||
	    f.bad_length ||
	    (strcmp(version, "HTTP/1.1") != 0 && strcmp(version, "HTTP/1.0") != 0))
		return reply_fail(&x->rep, 400, ERR_USAGE, "bad-framing",
		    "The request's Host, Content-Length or Transfer-Encoding headers "
		    "are missing, doubled or contradict each other.");
	if (f.encodings > 0)
		return reply_fail(&x->rep, 411, ERR_USAGE, "length-needed",
		    "A body must say how long it is (Content-Length); it is not taken "
		    "in chunks.");
	x->rep.close = false;
	return 0;
}

static enum MHD_Result
on_proxy_header(void *arg, enum MHD_ValueKind kind, const char *key, const char *value)
{
	struct proxy_words *words = arg;

	(void)kind;
	if (value == NULL)
		return MHD_YES;
	if (strcasecmp(key, "X-Forwarded-For") == 0) {
		proxy_add_hops(words, value);
	} else if (strcasecmp(key, "X-Forwarded-Proto") == 0) {
		words->doubled = words->doubled || words->proto != NULL;
		words->proto = value;
	} else if (strcasecmp(key, "X-Forwarded-Host") == 0) {
		words->doubled = words->doubled || words->host != NULL;
		words->host = value;
	}
	return MHD_YES;
}

/* Who asks, when a proxy stands between. 0, or -1 with the reply ready. */
static int
look_behind(struct exchange *x)
{
	struct proxy_words words = { .hops = "" };
	struct err e = { .code = ERR_NONE };
	const struct web *w = http_web(x->waker.h);

	if (!proxies_trust(w->proxies, (const struct sockaddr *)&x->req.peer))
		return 0;
	(void)MHD_get_connection_values(
	    x->waker.mhd, MHD_HEADER_KIND, on_proxy_header, &words);
	if (proxies_apply(w->proxies, &words, &x->req, &e) == 0)
		return 0;
	x->rep.close = true;
	return reply_error(&x->rep, &e);
}

static const char *
header(struct exchange *x, const char *name)
{
	return MHD_lookup_connection_value(x->waker.mhd, MHD_HEADER_KIND, name);
}

static void
read_headers(struct exchange *x)
{
	struct request *r = &x->req;
	const char *length = header(x, "Content-Length");
	socklen_t n = sizeof(r->local);

	r->is_secure = x->conn != NULL && x->conn->is_tls;
	r->host = header(x, "Host");
	r->origin = header(x, "Origin");
	r->fetch_site = header(x, "Sec-Fetch-Site");
	r->content_type = header(x, "Content-Type");
	r->cookie = header(x, "Cookie");
	r->authorization = header(x, "Authorization");
	r->csrf = header(x, "X-Camherd-CSRF");
	r->range = header(x, "Range");
	r->if_range = header(x, "If-Range");
	r->if_none_match = header(x, "If-None-Match");
	r->accept_encoding = header(x, "Accept-Encoding");
	r->agent = header(x, "User-Agent");
	if (r->has_length)
		r->content_length = strtoull(length, NULL, 10);
	if (r->content_length > 0)
		r->has_body = true;
	if (x->conn == NULL)
		return;
	r->peer = x->conn->peer;
	if (getsockname(x->conn->fd, (struct sockaddr *)&r->local, &n) < 0)
		r->local.ss_family = 0;
}

/* A refused body up to this size is read to its end before the answer: who is cut off
 * while still sending does not see why. */
#define DRAIN_MAX (1024 * 1024)

static void
expect_body(struct exchange *x)
{
	const struct request *r = &x->req;

	if (x->conn == NULL)
		return;
	x->conn->is_signed = x->conn->is_signed || r->who.who != WHO_NOBODY;
	conns_body(x->conn, r->has_length ? r->content_length : REQUEST_BODY_MAX);
}

/* Everything that can be said before the body comes. 0, or -1 with the reply ready. */
static int
admit(struct exchange *x)
{
	struct web *w = http_web(x->waker.h);

	if ((x->route = route_admit(w, &x->req, &x->rep)) == NULL)
		return -1;
	expect_body(x);
	switch (x->route->body) {
	case BODY_RAW:
		return upload_start(w, &x->req, UPLOAD_MAX, &x->rep);
	case BODY_JPEG:
		return upload_start(w, &x->req, PHOTO_JPEG_BYTES_MAX, &x->rep);
	case BODY_NONE:
	case BODY_JSON:
		break;
	}
	return 0;
}

/* The head is complete. */
static enum MHD_Result
on_head(struct exchange *x, const char *method, const char *version)
{
	x->req.method = method_parse(method);
	if (check_framing(x, version) < 0)
		return answer(x);
	read_headers(x);
	if (look_behind(x) < 0)
		return answer(x);
	if (x->target_err.code != ERR_NONE) {
		(void)reply_error(&x->rep, &x->target_err);
		x->rep.close = true;
		return answer(x);
	}
	if (admit(x) == 0)
		return MHD_YES;
	x->handled = true;
	/* An answer before the request's end closes the connection: right for a body
	 * that nobody wants, a waste where none comes. */
	if (!x->req.has_body)
		return MHD_YES;
	if (!x->req.has_length || x->req.content_length > DRAIN_MAX ||
	    header(x, "Expect") != NULL)
		return answer(x);
	expect_body(x);
	return MHD_YES;
}

static void
take_body(struct exchange *x, const char *p, size_t n)
{
	uint8_t *grown;

	if (x->req.upload != NULL) {
		upload_write(x->req.upload, p, n);
		return;
	}
	if (x->route->body == BODY_NONE || n > REQUEST_BODY_MAX - x->n_body) {
		x->body_too_large = true;
		return;
	}
	if ((grown = realloc(x->body, x->n_body + n)) == NULL) {
		x->body_too_large = true;
		return;
	}
	x->body = grown;
	memcpy(x->body + x->n_body, p, n);
	x->n_body += n;
}

static void
handle(struct exchange *x)
{
	if (x->conn != NULL)
		conns_read(x->conn);
	x->req.body = x->body;
	x->req.n_body = x->n_body;
	x->handled = true;
	if (x->body_too_large)
		reply_fail(&x->rep, 413, ERR_USAGE, "body-too-large",
		    "The body must not be larger than %d bytes.", REQUEST_BODY_MAX);
	else
		route_handle(http_web(x->waker.h), x->route, &x->req, &x->rep);
}

enum MHD_Result
exchange_on_request(void *arg, struct MHD_Connection *mhd, const char *url,
    const char *method, const char *version, const char *upload, size_t *n_upload,
    void **context)
{
	struct exchange *x = *context;

	(void)arg;
	(void)url;
	if (x == NULL)
		return MHD_NO;
	if (!x->admitted) {
		x->admitted = true;
		x->waker.mhd = mhd;
		return on_head(x, method, version);
	}
	if (*n_upload > 0) {
		if (!x->handled)
			take_body(x, upload, *n_upload);
		*n_upload = 0;
		return MHD_YES;
	}
	if (x->answered)
		return MHD_YES;
	if (!x->handled)
		handle(x);
	if (x->rep.kind == REPLY_LATER && !http_is_stopping(x->waker.h)) {
		http_sleep(&x->waker);
		return MHD_YES;
	}
	if (x->rep.kind == REPLY_LATER) {
		reply_fini(&x->rep);
		reply_fail(
		    &x->rep, 503, ERR_DOWN, "stopping", "webd is being stopped.");
	}
	return answer(x);
}

/* The request line is here, before anything was decoded in it. */
void *
exchange_on_target(void *arg, const char *target, struct MHD_Connection *mhd)
{
	const union MHD_ConnectionInfo *info;
	struct exchange *x = calloc(1, sizeof(*x));

	if (x == NULL)
		return NULL;
	x->waker.h = arg;
	reply_init(&x->rep);
	x->rep.waker = &x->waker;
	info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	x->conn = info != NULL ? info->socket_context : NULL;
	(void)request_target(&x->req, target, &x->target_err);
	return x;
}

void
exchange_on_completed(void *arg, struct MHD_Connection *mhd, void **context,
    enum MHD_RequestTerminationCode why)
{
	struct exchange *x = *context;

	(void)arg;
	(void)mhd;
	(void)why;
	if (x == NULL)
		return;
	http_forget(&x->waker);
	if (x->conn != NULL)
		conns_next(x->conn);
	upload_drop(x->req.upload);
	reply_fini(&x->rep);
	free(x->body);
	free(x);
	*context = NULL;
}
