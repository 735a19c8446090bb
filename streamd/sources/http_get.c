/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A GET to a camera (see http_get.h). streamd, main thread. libcurl speaks HTTP; what
 * the answer may be is judged here before its first byte is read as a picture.
 */
#include "config.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "common/err.h"
#include "common/netpolicy.h"
#include "common/text.h"
#include "streamd/sources/http_get.h"
#include "streamd/sources/http_pool.h"
#include "streamd/sources/source.h"

#define HEAD_MAX 8192
#define HEAD_LINES_MAX 64
#define TYPE_MAX 200

struct http_get {
	struct source *source;
	const struct http_get_ops *ops;
	void *arg;
	const char *url;
	CURL *easy;
	struct curl_slist *headers;
	size_t head_n;
	unsigned head_lines;
	char type[TYPE_MAX]; /* Content-Type of the last answer */
	char encoding[40];
	char where[160]; /* Location */
	bool has_type, judged, running;
	struct err err; /* ours, better than libcurl's */
};

/* "Name: value\r\n" → the value, escaped for people. True when it is this header. */
static bool
take_header(const char *p, size_t n, const char *name, char *ret, size_t ret_size)
{
	size_t len = strlen(name);

	if (n <= len || p[len] != ':' || strncasecmp(p, name, len) != 0)
		return false;
	p += len + 1;
	n -= len + 1;
	while (n > 0 && (*p == ' ' || *p == '\t')) {
		p++;
		n--;
	}
	while (n > 0 && strchr(" \t\r\n", p[n - 1]) != NULL)
		n--;
	text_escape(p, n, ret, ret_size);
	return true;
}

/* From here on it is pictures that are waited for; the first may take its time. */
static void
head_ended(struct http_get *h)
{
	long status = 0;

	curl_easy_getinfo(h->easy, CURLINFO_RESPONSE_CODE, &status);
	if (status == 200)
		source_answered(h->source);
}

static size_t
on_header(char *p, size_t size, size_t count, void *arg)
{
	struct http_get *h = arg;
	size_t n = size * count;

	if (n >= 5 && memcmp(p, "HTTP/", 5) == 0) { /* also after a 401 */
		h->head_n = 0;
		h->head_lines = 0;
		h->has_type = false;
		h->type[0] = h->encoding[0] = h->where[0] = '\0';
	}
	source_connected(h->source);
	h->head_n += n;
	if (h->head_n > HEAD_MAX || ++h->head_lines > HEAD_LINES_MAX) {
		err_set(&h->err, ERR_FAILED, "camera-header",
		    "its answer has more than %d header lines or %d bytes of them",
		    HEAD_LINES_MAX, HEAD_MAX);
		return 0;
	}
	if (take_header(p, n, "Content-Type", h->type, sizeof(h->type)))
		h->has_type = true;
	(void)take_header(p, n, "Content-Encoding", h->encoding, sizeof(h->encoding));
	(void)take_header(p, n, "Location", h->where, sizeof(h->where));
	if (n <= 2 && (p[0] == '\r' || p[0] == '\n'))
		head_ended(h);
	return n;
}

bool
http_type_is(const char *type, const char *want)
{
	size_t n = strlen(want);

	if (strncasecmp(type, want, n) != 0)
		return false;
	return want[n - 1] == '/' || type[n] == '\0' ||
	    strchr("; \t", type[n]) != NULL;
}

static int
judge_status(struct http_get *h, long status)
{
	struct err *e = &h->err;

	if (status == 200)
		return 0;
	if (status >= 300 && status < 400)
		return err_set(e, ERR_REFUSED, "source-redirect",
		    "it answers with a redirect to '%s'; enter that address itself if "
		    "it is the camera's",
		    h->where);
	if (status == 401 || status == 403)
		return err_set(e, ERR_REFUSED, "camera-password",
		    source_user(h->source)[0] == '\0'
			? "it asks for a user name and password (HTTP %ld)"
			: "it does not accept the user name or password (HTTP %ld)",
		    status);
	if (status == 503)
		return err_set(e, ERR_FAILED, "camera-held",
		    "it answers that it is busy (HTTP 503): most such cameras serve one "
		    "program at a time, so another one, such as its app or a browser, "
		    "probably holds it; close that one");
	if (status == 404)
		return err_set(e, ERR_FAILED, "camera-path",
		    "it knows no such path (HTTP 404); check the part behind the host "
		    "name");
	return err_set(
	    e, ERR_FAILED, "camera-status", "it answers with HTTP %ld", status);
}

int
http_type_refuse(const char *type, struct err *e)
{
	if (http_type_is(type, "text/html") ||
	    http_type_is(type, "application/xhtml+xml"))
		return err_set(e, ERR_REFUSED, "source-html",
		    "this address is a web page, not a picture; look for the address "
		    "of the picture on it");
	if (http_type_is(type, "application/vnd.apple.mpegurl") ||
	    http_type_is(type, "audio/mpegurl") ||
	    http_type_is(type, "application/x-mpegurl") ||
	    http_type_is(type, "audio/x-mpegurl"))
		return err_set(e, ERR_REFUSED, "source-playlist",
		    "this address is a playlist (HLS), which is not followed; look for "
		    "an MJPEG address");
	return err_set(e, ERR_REFUSED, "source-type",
	    "it sends '%s', which is no picture and no MJPEG stream", type);
}

static int
judge_answer(struct http_get *h)
{
	long status = 0;

	curl_easy_getinfo(h->easy, CURLINFO_RESPONSE_CODE, &status);
	if (judge_status(h, status) < 0)
		return -1;
	if (h->encoding[0] != '\0' && strcasecmp(h->encoding, "identity") != 0)
		return err_set(&h->err, ERR_REFUSED, "source-encoding",
		    "it sends compressed data (Content-Encoding: %s), which is not "
		    "read",
		    h->encoding);
	if (h->ops->type(h->arg, h->has_type ? h->type : NULL, &h->err) < 0)
		return -1;
	source_answered(h->source);
	h->judged = true;
	return 0;
}

static size_t
on_body(char *p, size_t size, size_t count, void *arg)
{
	struct http_get *h = arg;
	size_t n = size * count;

	if (!h->judged && judge_answer(h) < 0)
		return 0;
	if (h->ops->body(h->arg, (const uint8_t *)p, n, &h->err) < 0)
		return 0;
	return n;
}

/* The address that the name led to is judged, and this one is connected to. */
static curl_socket_t
on_open(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct http_get *h = arg;

	(void)purpose;
	if (netpolicy_check(source_env(h->source)->policy, &address->addr, &h->err) < 0)
		return CURL_SOCKET_BAD;
	return socket(
	    address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static int
on_connected(void *arg, char *to, char *from, int to_port, int from_port)
{
	struct http_get *h = arg;

	(void)to;
	(void)from;
	(void)to_port;
	(void)from_port;
	source_connected(h->source);
	return CURL_PREREQFUNC_OK;
}

static void
explain(struct http_get *h, CURLcode result)
{
	struct err *e = &h->err;

	if (e->code != ERR_NONE)
		return;
	switch (result) {
	case CURLE_OK:
		/* An answer without a body was not judged yet. */
		if (!h->judged)
			(void)judge_answer(h);
		return;
	case CURLE_COULDNT_RESOLVE_HOST:
		err_set(e, ERR_FAILED, "camera-name",
		    "its host name is not known in this network");
		return;
	case CURLE_OPERATION_TIMEDOUT:
		err_set(e, ERR_FAILED, "camera-silent",
		    "no connection within %d s: is it switched on, and the address "
		    "right?",
		    SOURCE_CONNECT_MS / 1000);
		return;
	case CURLE_COULDNT_CONNECT:
		err_set(e, ERR_FAILED, "camera-refused",
		    "it refuses the connection or is not there: check address and "
		    "port");
		return;
	case CURLE_RECV_ERROR:
	case CURLE_PARTIAL_FILE:
	case CURLE_GOT_NOTHING:
		err_set(
		    e, ERR_LOST, "camera-ended", "the camera dropped the connection");
		return;
	default:
		err_say(e, ERR_FAILED, "camera-http", curl_easy_strerror(result));
	}
}

static void
on_done(void *arg, CURLcode result)
{
	struct http_get *h = arg;
	struct err e;

	h->running = false;
	explain(h, result);
	e = h->err;
	h->ops->done(h->arg, e.code == ERR_NONE ? NULL : &e);
}

static void
set_limits(struct http_get *h)
{
	CURL *c = h->easy;

	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http");
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_PROXY, "");
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(c, CURLOPT_BUFFERSIZE, 65536L);
	curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(c, CURLOPT_HTTP_CONTENT_DECODING, 0L);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)SOURCE_CONNECT_MS);
	/* Never wait for a name look-up that is no longer wanted. */
	curl_easy_setopt(c, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, on_open);
	curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, h);
	curl_easy_setopt(c, CURLOPT_PREREQFUNCTION, on_connected);
	curl_easy_setopt(c, CURLOPT_PREREQDATA, h);
}

static void
set_request(struct http_get *h, const struct source *s)
{
	CURL *c = h->easy;

	curl_easy_setopt(c, CURLOPT_URL, h->url);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, h->headers);
	curl_easy_setopt(c, CURLOPT_USERAGENT, "camherd/" PACKAGE_VERSION);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, h);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, h);
	/* Nothing of a camera stays open when nobody looks. */
	curl_easy_setopt(c, CURLOPT_FORBID_REUSE, 1L);
	if (source_user(s)[0] == '\0' && source_password(s)[0] == '\0')
		return;
	curl_easy_setopt(c, CURLOPT_HTTPAUTH, (long)(CURLAUTH_BASIC | CURLAUTH_DIGEST));
	curl_easy_setopt(c, CURLOPT_USERNAME, source_user(s));
	curl_easy_setopt(c, CURLOPT_PASSWORD, source_password(s));
}

struct http_get *
http_get_new(struct source *s, const char *url, const struct http_get_ops *ops, void *arg,
    struct err *e)
{
	struct http_get *h = calloc(1, sizeof(*h));

	if (h == NULL || (h->easy = curl_easy_init()) == NULL) {
		http_get_free(h);
		err_sys(e, "open the camera");
		return NULL;
	}
	h->source = s;
	h->url = url;
	h->ops = ops;
	h->arg = arg;
	h->headers = curl_slist_append(NULL, "Accept-Encoding: identity");
	set_limits(h);
	set_request(h, s);
	return h;
}

int
http_get_start(struct http_get *h, struct err *e)
{
	h->judged = h->has_type = false;
	h->head_n = 0;
	h->head_lines = 0;
	h->type[0] = h->encoding[0] = h->where[0] = '\0';
	err_clear(&h->err);
	(void)netpolicy_refresh(source_env(h->source)->policy, NULL);
	if (http_pool_add(source_env(h->source)->http, h->easy, on_done, h, e) < 0)
		return -1;
	h->running = true;
	return 0;
}

void
http_get_free(struct http_get *h)
{
	if (h == NULL)
		return;
	if (h->running)
		http_pool_remove(source_env(h->source)->http, h->easy);
	if (h->easy != NULL)
		curl_easy_cleanup(h->easy);
	curl_slist_free_all(h->headers);
	free(h);
}
