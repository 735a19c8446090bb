/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One request as the guard and the handlers see it, and the reply they fill in. Knows
 * no HTTP library, so that a test can ask without a socket. webd's one thread.
 */
#ifndef WEBD_REQUEST_H
#define WEBD_REQUEST_H

#include <jansson.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/err.h"
#include "webd/identity.h"

struct upload;
struct waker;

#define REQUEST_PATH_MAX 512
#define REQUEST_QUERY_MAX 512
#define REQUEST_PARAM_MAX 260	/* one {part} of a path, decoded */
#define REQUEST_BODY_MAX (64 * 1024)	/* of JSON */

enum method {
	METHOD_GET = 1, METHOD_HEAD, METHOD_POST, METHOD_PATCH, METHOD_DELETE,
	METHOD_OTHER
};

struct request {
	enum method method;
	char path[REQUEST_PATH_MAX];	/* as sent, checked; still percent-encoded */
	char query[REQUEST_QUERY_MAX];
	char param[REQUEST_PARAM_MAX];	/* what stands at {name} */
	struct sockaddr_storage peer;
	struct sockaddr_storage local;	/* the address it came in at; family 0 = unknown */
	bool is_secure;	/* over TLS, to us or to a trusted proxy */
	/* Headers; NULL = absent. Borrowed until the reply is sent. */
	const char *behind;	/* the name asked for, as a trusted proxy says */
	const char *host, *origin, *fetch_site, *content_type, *cookie, *authorization;
	const char *csrf, *range, *if_range, *if_none_match, *accept_encoding, *agent;
	bool has_body;
	uint64_t content_length;	/* valid when has_length */
	bool has_length;
	struct identity who;
	const uint8_t *body;	/* whole; borrowed */
	size_t n_body;
	struct upload *upload;	/* a raw body on its way to a file */
};

const char *method_name(enum method m);
enum method method_parse(const char *s);

/* The raw request target into path and query. Refuses what is not origin-form, dot
 * segments, encoded slashes and NULs, bytes outside of ASCII's printable ones. */
int request_target(struct request *r, const char *target, struct err *e);
/* Percent-decode n bytes; refuses NUL, '/', '\\', control characters, bytes that are
 * no UTF-8. 0, or -1. */
int request_decode(const char *s, size_t n, char *ret, size_t ret_size);
/* The value of a query's key, decoded; slashes may stand in it. 1 =
 * there, 0 = not, -1 = badly encoded. */
int request_query(const struct request *r, const char *key, char *ret, size_t ret_size);
/* A whole number from the query within [min, max]; fallback when absent. */
int request_query_number(const struct request *r, const char *key, uint64_t min,
    uint64_t max, uint64_t fallback, uint64_t *ret, struct err *e);
/* The query may hold these keys only (separated by blanks). 0, or -1 and e, which names
 * the nearest. */
int request_query_keys(const struct request *r, const char *keys, struct err *e);
/* True while the method only looks. */
bool request_is_read(const struct request *r);
/* "192.168.1.7" of the peer. */
void request_address(const struct request *r, char *ret, size_t ret_size);

/* Bytes that are made while they are sent. */
struct stream_ops {
	/* Put at most max bytes: > 0 the count, 0 nothing now (wake later), -1 the end,
	 * -2 it broke off. */
	ssize_t (*read)(void *arg, char *p, size_t max);
	void (*gone)(void *arg);	/* exactly once; frees arg */
	size_t block;			/* most bytes at once: memory that a client holds */
};

enum reply_kind {
	REPLY_NONE,	/* nothing decided yet */
	REPLY_BYTES,	/* owned here */
	REPLY_STATIC,	/* borrowed for the daemon's life */
	REPLY_FILE,	/* a descriptor, owned here */
	REPLY_STREAM,
	REPLY_LATER	/* the handler fills it in later and wakes it */
};

#define REPLY_HEADERS_MAX 8

struct reply_header {
	const char *name;	/* static */
	char value[384];
};

struct reply {
	enum reply_kind kind;
	int status;
	const char *type;	/* static; NULL = none */
	char *bytes;		/* REPLY_BYTES, REPLY_STATIC (not freed there) */
	size_t n;
	int fd;			/* REPLY_FILE */
	uint64_t file_at, file_n;
	const struct stream_ops *ops;
	void *arg;
	bool close;		/* end the connection afterwards */
	bool cacheable;		/* it says by itself how; else no-store */
	bool by_tag;		/* the browser may keep it and must ask by its tag */
	struct reply_header headers[REPLY_HEADERS_MAX];
	unsigned n_headers;
	struct waker *waker;	/* http.c's; NULL in tests without a socket */
	/* REPLY_LATER: told once if the client or the daemon goes before the answer. */
	void (*later_gone)(void *arg);
	void *later_arg;
};

void reply_init(struct reply *r);
void reply_fini(struct reply *r);
void reply_header(struct reply *r, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Takes the document. */
void reply_json(struct reply *r, int status, json_t *doc);
/* The same, already written: takes the text, which malloc() made; NULL = no memory. */
void reply_json_text(struct reply *r, int status, char *text);
void reply_text(struct reply *r, int status, const char *type, const char *p, size_t n);
void reply_empty(struct reply *r, int status);
/* {"error":{"code","message","template","params","exit"}} with the status that fits; an error's own name
 * is its machine code. Returns -1. */
int reply_error(struct reply *r, const struct err *e);
/* The same from its parts; status 0 = by code. */
int reply_fail(struct reply *r, int status, enum err_code code, const char *name,
    const char *fmt, ...) __attribute__((format(printf, 5, 6)));
void reply_file(struct reply *r, int status, const char *type, int fd, uint64_t at,
    uint64_t n);
void reply_stream(struct reply *r, const char *type, const struct stream_ops *ops,
    void *arg);
void reply_later(struct reply *r, void (*gone)(void *arg), void *arg);

#endif
