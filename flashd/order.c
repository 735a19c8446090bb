/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Orders from parent to child (see order.h). Pure; both processes. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "common/err.h"
#include "common/text.h"
#include "flashd/order.h"

#define N_KEYS 18

static const char *const kinds[] = { "identify", "backup", "verify", "restore", "flash",
	"erase", "console", NULL };

int
order_format(const struct order *o, char *ret, size_t ret_size)
{
	int n;

	if (strchr(o->kind, '\n') != NULL || strchr(o->node, '\n') != NULL ||
	    strchr(o->image_name, '\n') != NULL ||
	    strchr(o->identity, '\n') != NULL ||
	    strchr(o->image_chip_id, '\n') != NULL ||
	    strchr(o->image_mac, '\n') != NULL || strchr(o->name, '\n') != NULL)
		return -1;
	n = snprintf(ret, ret_size,
	    "job=%lld\nkind=%s\nnode=%s\nimage_name=%s\nbaud=%u\nimage=%llu\nat=%llu\n"
	    "size=%llu\nexperimental=%d\nforce=%d\n"
	    "wait_s=%u\nkept=%llu\nresume=%d\n"
	    "identity=%s\nimage_chip_id=%s\nimage_mac=%s\nimage_own=%d\nname=%s\n\n",
	    (long long)o->job, o->kind, o->node, o->image_name, o->baud,
	    (unsigned long long)o->image, (unsigned long long)o->at,
	    (unsigned long long)o->size, o->experimental, o->force, o->wait_s,
	    (unsigned long long)o->kept, o->resume, o->identity, o->image_chip_id,
	    o->image_mac, o->image_own, o->name);
	return n < 0 || (size_t)n >= ret_size ? -1 : n;
}

static int
take_text(const char *value, size_t n, char *ret, size_t ret_size)
{
	if (n >= ret_size || !text_is_clean(value, n))
		return -1;
	memcpy(ret, value, n);
	ret[n] = '\0';
	return 0;
}

static int
take_number(const char *value, size_t n, uint64_t max, uint64_t *ret)
{
	char digits[24];

	if (take_text(value, n, digits, sizeof(digits)) < 0)
		return -1;
	return text_number(digits, 0, max, false, ret);
}

static bool
known_kind(const char *kind)
{
	size_t i;

	for (i = 0; kinds[i] != NULL; i++) {
		if (strcmp(kinds[i], kind) == 0)
			return true;
	}
	return false;
}

/* The value of key number `key` (its place in the order of order_format()). */
static int
take(struct order *o, unsigned key, const char *value, size_t n)
{
	uint64_t v = 0;
	int r;

	switch (key) {
	case 0:
		r = take_number(value, n, INT64_MAX, &v);
		o->job = (int64_t)v;
		return r;
	case 1:
		r = take_text(value, n, o->kind, sizeof(o->kind));
		return r < 0 || !known_kind(o->kind) ? -1 : 0;
	case 2:
		r = take_text(value, n, o->node, sizeof(o->node));
		return r < 0 || o->node[0] != '/' ? -1 : 0;
	case 3:
		return take_text(value, n, o->image_name, sizeof(o->image_name));
	case 4:
		r = take_number(value, n, 4000000, &v);
		o->baud = (unsigned)v;
		return r;
	case 5:
		return take_number(value, n, UINT32_MAX, &o->image);
	case 6:
		return take_number(value, n, UINT32_MAX, &o->at);
	case 7:
		return take_number(value, n, UINT32_MAX, &o->size);
	case 8:
		r = take_number(value, n, 1, &v);
		o->experimental = v == 1;
		return r;
	case 9:
		r = take_number(value, n, 1, &v);
		o->force = v == 1;
		return r;
	case 10:
		r = take_number(value, n, 3600, &v);
		o->wait_s = (unsigned)v;
		return r;
	case 11:
		return take_number(value, n, UINT32_MAX, &o->kept);
	case 12:
		r = take_number(value, n, 1, &v);
		o->resume = v == 1;
		return r;
	case 13:
		return take_text(value, n, o->identity, sizeof(o->identity));
	case 14:
		return take_text(value, n, o->image_chip_id, sizeof(o->image_chip_id));
	case 15:
		return take_text(value, n, o->image_mac, sizeof(o->image_mac));
	case 16:
		r = take_number(value, n, 1, &v);
		o->image_own = v == 1;
		return r;
	default:
		return take_text(value, n, o->name, sizeof(o->name));
	}
}

/* One line without its end; marks the key as seen. */
static int
take_line(struct order *o, const char *line, size_t n, unsigned *seen)
{
	static const char *const keys[N_KEYS] = { "job", "kind", "node", "image_name",
		"baud", "image", "at", "size", "experimental", "force", "wait_s",
		"kept", "resume", "identity", "image_chip_id", "image_mac", "image_own",
		"name" };
	const char *eq = memchr(line, '=', n);
	size_t len;
	unsigned i;

	if (eq == NULL)
		return -1;
	len = (size_t)(eq - line);
	for (i = 0; i < N_KEYS; i++) {
		if (strlen(keys[i]) == len && memcmp(keys[i], line, len) == 0)
			break;
	}
	if (i == N_KEYS || (*seen & 1u << i) != 0)
		return -1;
	*seen |= 1u << i;
	return take(o, i, eq + 1, n - len - 1);
}

int
order_parse(const char *text, size_t n, struct order *ret, struct err *e)
{
	struct order o = { .job = 0 };
	const char *end;
	unsigned seen = 0;
	size_t at = 0, len;

	while (at < n && (end = memchr(text + at, '\n', n - at)) != NULL) {
		len = (size_t)(end - (text + at));
		if (len == 0) {
			if (seen != (1u << N_KEYS) - 1 || at + 1 != n)
				break;
			*ret = o;
			return 0;
		}
		if (take_line(&o, text + at, len, &seen) < 0)
			break;
		at += len + 1;
	}
	return err_set(e, ERR_USAGE, "bad-order",
	    "the order from flashd could not be read; are both of the same version?");
}
