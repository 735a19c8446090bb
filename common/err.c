/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The error value (see err.h). Pure; any process, any thread. */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/err.h"

#define FORMAT_MAX 600

/* How long the text of a part of a format is. */
static int measure(const char *fmt, va_list ap) __attribute__((format(printf, 1, 0)));

static int
measure(const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	return n;
}

static void
add_param(struct err *e, size_t at, size_t n, uint8_t depth)
{
	if (e->n_params == ERR_PARAMS_MAX || at > UINT16_MAX || n > UINT16_MAX)
		return;
	e->params[e->n_params].at = (uint16_t)at;
	e->params[e->n_params].n = (uint16_t)n;
	e->params[e->n_params].depth = depth;
	e->n_params++;
}

/* What was cut off at the end of the sentence is no parameter. */
static void
cut_params(struct err *e)
{
	size_t end = strlen(e->msg);
	unsigned i;

	for (i = 0; i < e->n_params; i++) {
		if ((size_t)e->params[i].at + e->params[i].n > end)
			e->n_params = (uint8_t)i;
	}
}

/* Behind the conversion that begins at s ("%-5.*llu"). */
static size_t
conversion_length(const char *s)
{
	size_t n = 1;

	n += strspn(s + n, "-+ #0");
	n += strspn(s + n, "0123456789*");
	if (s[n] == '.')
		n += 1 + strspn(s + n + 1, "0123456789*");
	n += strspn(s + n, "hlzjt");
	return s[n] != '\0' ? n + 1 : n;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"

/* The text up to a conversion is as long as what the format's beginning gives. */
static void
find_params(struct err *e, const char *fmt, va_list ap)
{
	char part[FORMAT_MAX];
	size_t at = 0, text = 0, n;
	int end;

	if (strlen(fmt) >= sizeof(part))
		return;
	while (fmt[at] != '\0') {
		if (fmt[at] != '%') {
			at++;
			text++;
			continue;
		}
		n = conversion_length(fmt + at);
		memcpy(part, fmt, at + n);
		part[at + n] = '\0';
		if ((end = measure(part, ap)) < 0)
			return;
		if (fmt[at + 1] != '%')
			add_param(e, text, (size_t)end - text, 0);
		text = (size_t)end;
		at += n;
	}
}

#pragma GCC diagnostic pop

int
err_vset(struct err *e, enum err_code code, const char *name, const char *fmt, va_list ap)
{
	if (e == NULL)
		return -1;
	e->code = code;
	snprintf(e->name, sizeof(e->name), "%s", name);
	/* First, because an argument may be the sentence that was there before. */
	e->n_params = 0;
	find_params(e, fmt, ap);
	vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	cut_params(e);
	return -1;
}

int
err_set(struct err *e, enum err_code code, const char *name, const char *fmt, ...)
{
	va_list ap;

	if (e == NULL)
		return -1;
	va_start(ap, fmt);
	(void)err_vset(e, code, name, fmt, ap);
	va_end(ap);
	return -1;
}

void
err_text(struct err *e, const char *sentence)
{
	err_clear(e);
	snprintf(e->msg, sizeof(e->msg), "%s", sentence);
}

int
err_say(struct err *e, enum err_code code, const char *name, const char *sentence)
{
	err_text(e, sentence);
	e->code = code;
	snprintf(e->name, sizeof(e->name), "%s", name);
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
	(void)err_vset(e, saved == ENOENT ? ERR_NOT_FOUND : ERR_FAILED, "system", fmt, ap);
	va_end(ap);
	n = strlen(e->msg);
	snprintf(e->msg + n, sizeof(e->msg) - n, ": %s", strerror(saved));
	add_param(e, n + 2, strlen(strerror(saved)), 0);
	cut_params(e);
	errno = saved;
	return -1;
}

int
err_add(struct err *e, const char *fmt, ...)
{
	struct err old, context = { .code = ERR_NONE };
	size_t n;
	va_list ap;
	unsigned i;

	if (e == NULL)
		return -1;
	old = *e;
	va_start(ap, fmt);
	(void)err_vset(&context, old.code, old.name, fmt, ap);
	va_end(ap);
	*e = context;
	/* A sentence too long for the buffer loses its end, never its start. */
	n = strlen(e->msg);
	snprintf(e->msg + n, sizeof(e->msg) - n, ": %s", old.msg);
	for (i = 0; i < old.n_params; i++)
		add_param(e, n + 2 + old.params[i].at, old.params[i].n,
		    old.params[i].depth);
	cut_params(e);
	return -1;
}

const char *
err_template(const struct err *e, char *ret, size_t ret_size)
{
	size_t at = 0, n = 0;
	unsigned i, k = 0;

	ret[0] = '\0';
	for (i = 0; i <= e->n_params && n + 1 < ret_size; i++) {
		size_t to = i < e->n_params ? e->params[i].at : strlen(e->msg);

		if (i < e->n_params && e->params[i].depth > 0)
			continue;
		n += (size_t)snprintf(
		    ret + n, ret_size - n, "%.*s", (int)(to - at), e->msg + at);
		if (i == e->n_params || n + 1 >= ret_size)
			break;
		n += (size_t)snprintf(ret + n, ret_size - n, "{%u}", k++);
		at = to + e->params[i].n;
	}
	return ret;
}

void
err_clear(struct err *e)
{
	if (e != NULL)
		memset(e, 0, sizeof(*e));
}
