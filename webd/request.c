/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Requests taken apart (see request.h). webd's one thread; pure. */
#include "config.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "common/text.h"
#include "webd/request.h"

static const struct {
	const char *name;
	enum method method;
} methods[] = {
	{ "GET", METHOD_GET },
	{ "HEAD", METHOD_HEAD },
	{ "POST", METHOD_POST },
	{ "PATCH", METHOD_PATCH },
	{ "DELETE", METHOD_DELETE },
};

#define N_METHODS (sizeof(methods) / sizeof(methods[0]))

const char *
method_name(enum method m)
{
	size_t i;

	for (i = 0; i < N_METHODS; i++) {
		if (methods[i].method == m)
			return methods[i].name;
	}
	return "?";
}

enum method
method_parse(const char *s)
{
	size_t i;

	for (i = 0; i < N_METHODS; i++) {
		if (strcmp(methods[i].name, s) == 0)
			return methods[i].method;
	}
	return METHOD_OTHER;
}

bool
request_is_read(const struct request *r)
{
	return r->method == METHOD_GET || r->method == METHOD_HEAD;
}

/* One character or %XX at s[*at]; moves *at. -1 when badly encoded. */
static int
decode_one(const char *s, size_t n, size_t *at)
{
	int hi, lo;

	if (s[*at] != '%')
		return (uint8_t)s[(*at)++];
	if (n - *at < 3 || (hi = text_hex_digit(s[*at + 1])) < 0 ||
	    (lo = text_hex_digit(s[*at + 2])) < 0)
		return -1;
	*at += 3;
	return hi << 4 | lo;
}

/* unwanted: bytes that may not stand there, NUL besides. */
static int
decode(const char *s, size_t n, const char *unwanted, char *ret, size_t ret_size)
{
	size_t at = 0, used = 0;
	int c;

	while (at < n) {
		if ((c = decode_one(s, n, &at)) < 0 || c == '\0' ||
		    strchr(unwanted, c) != NULL)
			return -1;
		if (used + 1 >= ret_size)
			return -1;
		ret[used++] = (char)c;
	}
	ret[used] = '\0';
	return text_is_clean(ret, used) ? 0 : -1;
}

int
request_decode(const char *s, size_t n, char *ret, size_t ret_size)
{
	return decode(s, n, "/\\", ret, ret_size);
}

/* Each segment must decode to a plain name that is not a dot segment. */
static int
check_segments(const char *path)
{
	char segment[REQUEST_PARAM_MAX];
	const char *at = path;
	size_t n;

	while (*at == '/') {
		at++;
		n = strcspn(at, "/");
		/* An empty one is fine at the very end only. */
		if (n == 0 && *at != '\0')
			return -1;
		if (request_decode(at, n, segment, sizeof(segment)) < 0)
			return -1;
		if (strcmp(segment, ".") == 0 || strcmp(segment, "..") == 0)
			return -1;
		at += n;
	}
	return *at == '\0' ? 0 : -1;
}

int
request_target(struct request *r, const char *target, struct err *e)
{
	size_t n = strcspn(target, "?"), i;

	if (target[0] != '/')
		return err_set(e, ERR_USAGE, "bad-target",
		    "The address in the request must be a path that starts with '/'.");
	for (i = 0; target[i] != '\0'; i++) {
		if (target[i] <= 0x20 || target[i] >= 0x7f ||
		    strchr("\"<>\\^`{|}#", target[i]) != NULL)
			return err_set(e, ERR_USAGE, "bad-target",
			    "The path holds a character that must be percent-encoded.");
	}
	if (n >= sizeof(r->path) || i - n > sizeof(r->query))
		return err_set(e, ERR_USAGE, "target-too-long",
		    "The path or the query is longer than %d characters.",
		    REQUEST_PATH_MAX - 1);
	snprintf(r->path, sizeof(r->path), "%.*s", (int)n, target);
	snprintf(
	    r->query, sizeof(r->query), "%s", target[n] == '?' ? target + n + 1 : "");
	if (check_segments(r->path) < 0)
		return err_set(e, ERR_USAGE, "bad-target",
		    "The path holds dots, encoded slashes or control characters. "
		    "Nothing here is "
		    "reached that way.");
	return 0;
}

int
request_query(const struct request *r, const char *key, char *ret, size_t ret_size)
{
	const char *at = r->query;
	size_t n, n_key = strlen(key);

	while (*at != '\0') {
		n = strcspn(at, "&");
		if (n > n_key && strncmp(at, key, n_key) == 0 && at[n_key] == '=')
			return decode(at + n_key + 1, n - n_key - 1, "", ret,
				   ret_size) < 0
			    ? -1
			    : 1;
		at += n;
		if (*at == '&')
			at++;
	}
	return 0;
}

int
request_query_number(const struct request *r, const char *key, uint64_t min,
    uint64_t max, uint64_t fallback, uint64_t *ret, struct err *e)
{
	char value[32];
	int found = request_query(r, key, value, sizeof(value));

	if (found == 0) {
		*ret = fallback;
		return 0;
	}
	if (found < 0 || text_number(value, min, max, false, ret) < 0)
		return err_set(e, ERR_USAGE, "bad-query",
		    "'%s' must be a whole number from %llu to %llu.", key,
		    (unsigned long long)min, (unsigned long long)max);
	return 0;
}

/* The words of keys into list, which points into room; NULL-ended. */
static void
split_keys(const char *keys, char *room, size_t room_n, const char **list, size_t list_n)
{
	char *at = room, *word;
	size_t n = 0;

	snprintf(room, room_n, "%s", keys);
	while (n + 1 < list_n && (word = strsep(&at, " ")) != NULL) {
		if (word[0] != '\0')
			list[n++] = word;
	}
	list[n] = NULL;
}

static int
unknown_key(const char *key, const char *keys, const char *const *list, struct err *e)
{
	const char *near = text_nearest(key, list);

	if (list[0] == NULL)
		return err_set(e, ERR_USAGE, "unknown-query",
		    "Nothing can be asked for behind '?' here, so '%s' means nothing.",
		    key);
	if (near != NULL)
		return err_set(e, ERR_USAGE, "unknown-query",
		    "There is no '%s' behind '?' here; did you mean '%s'?", key, near);
	return err_set(e, ERR_USAGE, "unknown-query",
	    "There is no '%s' behind '?' here; there is: %s.", key, keys);
}

int
request_query_keys(const struct request *r, const char *keys, struct err *e)
{
	const char *list[8], *const *word, *at = r->query;
	char room[80], key[64];
	size_t n;

	split_keys(keys, room, sizeof(room), list, sizeof(list) / sizeof(list[0]));
	while (*at != '\0') {
		n = strcspn(at, "&");
		snprintf(key, sizeof(key), "%.*s", (int)strcspn(at, "&="), at);
		for (word = list; *word != NULL && strcmp(*word, key) != 0; word++)
			;
		if (n > 0 && *word == NULL)
			return unknown_key(key, keys, list, e);
		if (n > 0 && at[strlen(key)] != '=')
			return err_set(e, ERR_USAGE, "bad-query",
			    "'%s' wants a value: '%s=…'.", key, key);
		at += n + (at[n] == '&');
	}
	return 0;
}

void
request_address(const struct request *r, char *ret, size_t ret_size)
{
	const void *p = NULL;

	if (r->peer.ss_family == AF_INET)
		p = &((const struct sockaddr_in *)(const void *)&r->peer)->sin_addr;
	else if (r->peer.ss_family == AF_INET6)
		p = &((const struct sockaddr_in6 *)(const void *)&r->peer)->sin6_addr;
	if (p == NULL ||
	    inet_ntop(r->peer.ss_family, p, ret, (socklen_t)ret_size) == NULL)
		snprintf(ret, ret_size, "?");
}
