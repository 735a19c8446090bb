/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The error value (see err.h). Pure; any process, any thread. */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/err.h"

static void err_vset(struct err *, enum err_code, const char *, const char *, va_list)
    __attribute__((format(printf, 4, 0)));

static void
err_vset(struct err *e, enum err_code code, const char *name, const char *fmt, va_list ap)
{
	e->code = code;
	snprintf(e->name, sizeof(e->name), "%s", name);
	vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
}

int
err_set(struct err *e, enum err_code code, const char *name, const char *fmt, ...)
{
	va_list ap;

	if (e == NULL)
		return -1;
	va_start(ap, fmt);
	err_vset(e, code, name, fmt, ap);
	va_end(ap);
	return -1;
}

int
err_sys(struct err *e, const char *fmt, ...)
{
	int saved = errno;
	size_t n;
	va_list ap;

	if (e == NULL)
		return -1;
	va_start(ap, fmt);
	err_vset(e, saved == ENOENT ? ERR_NOT_FOUND : ERR_FAILED, "system", fmt, ap);
	va_end(ap);
	n = strlen(e->msg);
	snprintf(e->msg + n, sizeof(e->msg) - n, ": %s", strerror(saved));
	errno = saved;
	return -1;
}

int
err_add(struct err *e, const char *fmt, ...)
{
	char old[sizeof(e->msg)], context[200];
	va_list ap;

	if (e == NULL)
		return -1;
	va_start(ap, fmt);
	vsnprintf(context, sizeof(context), fmt, ap);
	va_end(ap);
	memcpy(old, e->msg, sizeof(old));
	/* A sentence too long for the buffer loses its end, never its start. */
	if (snprintf(e->msg, sizeof(e->msg), "%s: %s", context, old) < 0)
		e->msg[0] = '\0';
	return -1;
}

void
err_clear(struct err *e)
{
	if (e != NULL)
		memset(e, 0, sizeof(*e));
}
