/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The error value: a code for programs, a name for pages and scripts, and one
 * sentence for people. Whoever knows the most fills it in; callers may put
 * context in front. Any thread; a struct err belongs to its caller.
 */
#ifndef COMMON_ERR_H
#define COMMON_ERR_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* The values are the exit codes of camherd(1). */
enum err_code {
	ERR_NONE = 0,
	ERR_FAILED = 1,		/* it was tried and did not work */
	ERR_USAGE = 2,		/* the request itself makes no sense */
	ERR_REFUSED = 3,	/* a safety check said no; nothing was changed */
	ERR_NOT_FOUND = 4,
	ERR_LOST = 5,		/* the device went away; the work can be resumed */
	ERR_DOWN = 6,		/* a daemon is not running */
	ERR_MISMATCH = 7	/* read back or compared: not the same bytes */
};

#define ERR_PARAMS_MAX 24

/* Where in the sentence something was put in. What was put in may be a sentence with
 * parameters of its own: they follow it, one deeper (common/said.h). */
struct err_param {
	uint16_t at, n;
	uint8_t depth;
};

struct err {
	enum err_code code;
	char name[40];		/* machine name such as "image-other-chip"; may be "" */
	char msg[600];		/* a whole sentence: what, why, what to do next */
	/* What the formats' conversions became, in their order, so that programs can tell
	 * the sentence from what it is about. Those that do not fit are missing. */
	struct err_param params[ERR_PARAMS_MAX];
	uint8_t n_params;
};

/* Fill e (which may be NULL) and return -1, so that callers can return it. */
int err_set(struct err *e, enum err_code code, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
int err_vset(struct err *e, enum err_code code, const char *name, const char *fmt,
    va_list ap) __attribute__((format(printf, 4, 0)));
/* A sentence without parameters that stands elsewhere; code is ERR_NONE. */
void err_text(struct err *e, const char *sentence);
/* The same for an error. Returns -1. */
int err_say(struct err *e, enum err_code code, const char *name, const char *sentence);
/* The same as err_set() with errno's text behind the sentence; code is ERR_FAILED,
 * or ERR_NOT_FOUND for ENOENT. */
int err_sys(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Put "context: " in front of the sentence. Returns -1. */
int err_add(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void err_clear(struct err *e);
/* The sentence with {0}, {1}, … in place of its parameters; what is within those is not
 * looked at. Returns ret. */
const char *err_template(const struct err *e, char *ret, size_t ret_size);

#endif
