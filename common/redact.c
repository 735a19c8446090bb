/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines for other people (see redact.h). Pure; any thread. */
#include "config.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "common/redact.h"

#define HEX_LONG 12 /* digits in a row that may be an id or a key */

static const char *const keys[] = { "ssid", "psk", "pass", "pwd", "key", "secret",
	"token", "uid", "did", "serial", "login", "user", NULL };

struct copy {
	char *p;
	size_t n, size;
};

static void
put(struct copy *c, const char *p, size_t n)
{
	for (; n > 0 && c->n + 1 < c->size; n--)
		c->p[c->n++] = *p++;
}

/* "wifi_psk = x", "Password: x": how far its value is, or 0 when there is none. */
static size_t
value_at(const char *p)
{
	size_t n = 0, i;

	for (i = 0; keys[i] != NULL; i++) {
		n = strlen(keys[i]);
		if (strncasecmp(p, keys[i], n) == 0)
			break;
	}
	if (keys[i] == NULL)
		return 0;
	while (isalnum((unsigned char)p[n]) || p[n] == '_')
		n++;
	while (p[n] == ' ' || p[n] == '"' || p[n] == '\'')
		n++;
	if (p[n] != ':' && p[n] != '=')
		return 0;
	for (n++; p[n] == ' ' || p[n] == '"' || p[n] == '\'' || p[n] == '='; n++)
		;
	return p[n] == '\0' ? 0 : n;
}

/* Digits of a MAC address or of a long number that begins here; 0 = neither. */
static size_t
number_at(const char *p)
{
	size_t hex = 0, i;

	for (i = 0; i < 17; i++) {
		if (i % 3 == 2 ? p[i] != ':' && p[i] != '-'
			       : !isxdigit((unsigned char)p[i]))
			break;
	}
	if (i == 17)
		return 17;
	while (isxdigit((unsigned char)p[hex]))
		hex++;
	return hex >= HEX_LONG ? hex : 0;
}

void
redact_line(const char *text, char *ret, size_t ret_size)
{
	struct copy c = { ret, 0, ret_size };
	const char *p = text;
	size_t n;
	char before = ' ';

	while (*p != '\0') {
		if (!isalpha((unsigned char)before) && (n = value_at(p)) > 0) {
			put(&c, p, n);
			put(&c, "***", 3);
			p += n;
			p += strcspn(p, ",;\"'");
		} else if (!isalnum((unsigned char)before) && (n = number_at(p)) > 0) {
			put(&c, "***", 3);
			p += n;
		} else {
			put(&c, p++, 1);
		}
		before = p == text ? ' ' : p[-1];
	}
	if (ret_size > 0)
		ret[c.n] = '\0';
}
