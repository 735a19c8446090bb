/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A camera's source as its user typed it (see camera.h). Pure; any process. */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/err.h"
#include "common/source.h"
#include "common/text.h"
#include "db/camera.h"

#define HOST_MAX 253
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"
#define HEX DIGITS "abcdefABCDEF"

static const char *const url_schemes[] = { "http://", "http+still://", "rtsp://",
	NULL };

static int
bad(struct err *e, const char *why)
{
	return err_set(e, ERR_USAGE, "camera-source",
	    "%s; a source is http://HOST/PATH, http+still://HOST/PATH, "
	    "rtsp://HOST/PATH, "
	    "pppp:DEVICEID@HOST, test: or nothing (flash only)",
	    why);
}

static int
bad_push(struct err *e, const char *why)
{
	return err_set(e, ERR_USAGE, "camera-push",
	    "%s; a camera is published to rtsp://HOST[:PORT][/PATH] or to nothing",
	    why);
}

/* A host name, an IPv4 address, or an IPv6 address in brackets, of n bytes. */
static bool
is_host(const char *s, size_t n)
{
	char host[HOST_MAX + 1];

	if (n == 0 || n > HOST_MAX)
		return false;
	snprintf(host, sizeof(host), "%.*s", (int)n, s);
	if (host[0] == '[')
		return n > 4 && host[n - 1] == ']' && strchr(host, ':') != NULL &&
		    strspn(host + 1, HEX ":.") == n - 2;
	return strspn(host, LETTERS DIGITS ".-_") == n && host[0] != '-' &&
	    host[0] != '.';
}

/* HOST or HOST:PORT of n bytes. */
static bool
is_authority(const char *s, size_t n)
{
	const char *bracket = memchr(s, ']', n), *colon;
	char port[8];
	uint64_t number;
	size_t host = n;

	colon = bracket != NULL ? bracket + 1 : memchr(s, ':', n);
	if (colon != NULL && (size_t)(colon - s) < n) {
		host = (size_t)(colon - s);
		if (*colon != ':' || n - host - 1 >= sizeof(port))
			return false;
		snprintf(port, sizeof(port), "%.*s", (int)(n - host - 1), colon + 1);
		if (strspn(port, DIGITS) != strlen(port) ||
		    text_number(port, 1, 65535, false, &number) < 0)
			return false;
	}
	return is_host(s, host);
}

/* Undo %XX in n bytes; -1 when an escape is broken, the text is not clean, or it does
 * not fit. */
static int
percent_decode(const char *s, size_t n, char *ret, size_t ret_size)
{
	size_t i, used = 0;
	char two[3];
	uint8_t byte;

	for (i = 0; i < n; i++) {
		byte = (uint8_t)s[i];
		if (s[i] == '%') {
			if (i + 2 >= n)
				return -1;
			memcpy(two, s + i + 1, 2);
			two[2] = '\0';
			if (text_unhex(two, &byte, 1) < 0)
				return -1;
			i += 2;
		}
		if (used + 1 >= ret_size)
			return -1;
		ret[used++] = (char)byte;
	}
	ret[used] = '\0';
	return text_is_clean(ret, used) ? 0 : -1;
}

/* The n bytes before the '@': USER or USER:PASSWORD into the two fields. */
static int
take_user(const char *s, size_t n, struct camera *c, struct err *e)
{
	char user[sizeof(c->user)], password[sizeof(c->password)] = "";
	const char *colon = memchr(s, ':', n);
	size_t user_n = colon == NULL ? n : (size_t)(colon - s);

	if (percent_decode(s, user_n, user, sizeof(user)) < 0 ||
	    (colon != NULL &&
		percent_decode(colon + 1, n - user_n - 1, password, sizeof(password)) <
		    0))
		return bad(e, "the user or password in the address cannot be read");
	if ((c->user[0] != '\0' || c->password[0] != '\0') &&
	    (strcmp(c->user, user) != 0 || strcmp(c->password, password) != 0))
		return err_set(e, ERR_USAGE, "camera-user",
		    "the address holds a user and another one is given beside it; give "
		    "one");
	snprintf(c->user, sizeof(c->user), "%s", user);
	snprintf(c->password, sizeof(c->password), "%s", password);
	return 0;
}

static int
parse_url(const char *scheme, const char *rest, struct camera *c, struct err *e)
{
	size_t n = strcspn(rest, "/?#"), i, user_n = 0;
	unsigned fps10;
	struct camera copy = *c;

	if (strchr(rest, '#') != NULL &&
	    (strcmp(scheme, "http+still://") != 0 ||
		source_still_rate(rest, &fps10) < 0))
		return bad(e,
		    "behind '#' may stand fps=NUMBER, 0.2 to 15, of a http+still: "
		    "source only");
	for (i = 0; i < n; i++) {
		if (rest[i] == '@')
			user_n = i + 1;
	}
	if (!is_authority(rest + user_n, n - user_n))
		return bad(e, "the address has no good HOST or HOST:PORT");
	if (user_n > 0 && take_user(rest, user_n - 1, &copy, e) < 0)
		return -1;
	if ((size_t)snprintf(copy.source, sizeof(copy.source), "%s%s%s", scheme,
		rest + user_n, rest[n] == '\0' ? "/" : "") >= sizeof(copy.source))
		return bad(e, "the address is longer than 512 characters");
	*c = copy;
	return 0;
}

/* pppp:[DEVICEID][@HOST[:PORT]], at least one of the two. */
static int
parse_pppp(const char *rest, struct camera *c, struct err *e)
{
	const char *at = strchr(rest, '@');
	size_t id = at == NULL ? strlen(rest) : (size_t)(at - rest);
	char copy[sizeof(c->source)];

	if (id > 64 || strspn(rest, LETTERS DIGITS "-") < id)
		return bad(e, "a PPPP device id has letters, digits and -");
	if (at != NULL && !is_authority(at + 1, strlen(at + 1)))
		return bad(e, "behind the '@' must stand HOST or HOST:PORT");
	if (id == 0 && at == NULL)
		return bad(e, "behind pppp: must stand a device id, @HOST, or both");
	snprintf(copy, sizeof(copy), "pppp:%s", rest);
	memcpy(c->source, copy, sizeof(c->source));
	return 0;
}

/* What no address holds as it is. NULL: it is fine. */
static const char *
misfit(const char *typed)
{
	const struct camera *c = NULL;
	size_t n = strlen(typed), i;

	if (n >= sizeof(c->source) + sizeof(c->user) + sizeof(c->password))
		return "the address is longer than 512 characters";
	for (i = 0; i < n; i++) {
		if (typed[i] <= ' ' || typed[i] > '~' ||
		    strchr("\"<>\\^`{|}", typed[i]) != NULL)
			return "the address holds a character that must be written as "
			       "%XX";
	}
	return NULL;
}

int
camera_source_parse(const char *typed, struct camera *c, struct err *e)
{
	const char *why = misfit(typed);
	size_t n, i;

	if (typed[0] == '\0') {
		c->source[0] = '\0';
		return 0;
	}
	if (why != NULL)
		return bad(e, why);
	for (i = 0; url_schemes[i] != NULL; i++) {
		n = strlen(url_schemes[i]);
		if (strncasecmp(typed, url_schemes[i], n) == 0)
			return parse_url(url_schemes[i], typed + n, c, e);
	}
	if (strncasecmp(typed, "pppp:", 5) == 0)
		return parse_pppp(typed + 5, c, e);
	if (strcasecmp(typed, "test:") != 0)
		return bad(e, "this kind of source is not known");
	snprintf(c->source, sizeof(c->source), "test:");
	return 0;
}

int
camera_push_parse(const char *typed, struct camera *c, struct err *e)
{
	struct camera copy = { .source = "" };
	const char *why = misfit(typed);
	struct err other;

	if (typed[0] == '\0' || strcasecmp(typed, "off") == 0) {
		c->push[0] = c->push_user[0] = c->push_password[0] = '\0';
		return 0;
	}
	if (why != NULL)
		return bad_push(e, why);
	if (strncasecmp(typed, "rtsp://", 7) != 0)
		return bad_push(e, "only RTSP servers are published to");
	if (strchr(typed, '#') != NULL)
		return bad_push(e, "the address holds a '#'");
	memcpy(copy.user, c->push_user, sizeof(copy.user));
	memcpy(copy.password, c->push_password, sizeof(copy.password));
	if (parse_url("rtsp://", typed + 7, &copy, &other) < 0)
		return strcmp(other.name, "camera-user") == 0
		    ? bad_push(e, other.msg)
		    : bad_push(e,
			  "the address, its user or its password cannot be read");
	memcpy(c->push, copy.source, sizeof(c->push));
	memcpy(c->push_user, copy.user, sizeof(c->push_user));
	memcpy(c->push_password, copy.password, sizeof(c->push_password));
	return 0;
}

const char *
camera_source_show(const struct camera *c, char ret[513])
{
	const char *id = c->source + 5, *end;
	size_t letters, digits;

	snprintf(ret, sizeof(c->source), "%s", c->source);
	if (strncmp(c->source, "pppp:", 5) != 0 || id[0] == '@')
		return ret;
	end = id + strcspn(id, "@");
	letters = strspn(id, LETTERS);
	digits = letters + strcspn(id + letters, DIGITS);
	digits += strspn(id + digits, DIGITS);
	if (letters > 8)
		letters = 8;
	snprintf(ret, sizeof(c->source), "pppp:%.*s****%.*s%s", (int)letters, id,
	    digits >= letters + 4 ? 2 : 0, id + digits - (digits >= 2 ? 2 : 0), end);
	return ret;
}
