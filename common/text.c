/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small text work (see text.h). Pure; any process, any thread. */
#include "config.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/text.h"

#define NEAREST_MAX 40

/* Length of the valid, printable UTF-8 character at p, or 0. */
static size_t
utf8_printable(const uint8_t *p, size_t n)
{
	uint32_t c;

	if (p[0] < 0x80)
		return p[0] >= 0x20 && p[0] != 0x7f ? 1 : 0;
	if (p[0] >= 0xc2 && p[0] <= 0xdf && n >= 2 && (p[1] & 0xc0) == 0x80) {
		/* U+0080 to U+009F are the C1 controls. */
		return p[0] == 0xc2 && p[1] < 0xa0 ? 0 : 2;
	}
	if ((p[0] & 0xf0) == 0xe0 && n >= 3 && (p[1] & 0xc0) == 0x80 &&
	    (p[2] & 0xc0) == 0x80) {
		c = (uint32_t)(p[0] & 0x0f) << 12 | (uint32_t)(p[1] & 0x3f) << 6 |
		    (uint32_t)(p[2] & 0x3f);
		if (c < 0x800 || (c >= 0xd800 && c <= 0xdfff))
			return 0;
		/* Line separators and bidirectional overrides can forge a line. */
		if (c == 0x2028 || c == 0x2029 || (c >= 0x202a && c <= 0x202e) ||
		    (c >= 0x2066 && c <= 0x2069))
			return 0;
		return 3;
	}
	if (p[0] >= 0xf0 && p[0] <= 0xf4 && n >= 4 && (p[1] & 0xc0) == 0x80 &&
	    (p[2] & 0xc0) == 0x80 && (p[3] & 0xc0) == 0x80) {
		c = (uint32_t)(p[0] & 0x07) << 18 | (uint32_t)(p[1] & 0x3f) << 12;
		return c >= 0x10000 && c <= 0x10ffff ? 4 : 0;
	}
	return 0;
}

static size_t
escape(const uint8_t *p, size_t n, char *ret, size_t ret_size, bool json)
{
	char piece[8];
	size_t at = 0, used = 0, len, take;

	while (at < n) {
		take = utf8_printable(p + at, n - at);
		if (take == 0) {
			snprintf(piece, sizeof(piece), json ? "\\u%04x" : "\\x%02x", p[at]);
			len = strlen(piece);
			take = 1;
		} else if (json && (p[at] == '"' || p[at] == '\\')) {
			piece[0] = '\\';
			piece[1] = (char)p[at];
			len = 2;
		} else {
			memcpy(piece, p + at, take);
			len = take;
		}
		if (used + len + 1 > ret_size)
			break;
		memcpy(ret + used, piece, len);
		used += len;
		at += take;
	}
	if (ret_size > 0)
		ret[used] = '\0';
	return used;
}

size_t
text_escape(const void *bytes, size_t n, char *ret, size_t ret_size)
{
	return escape(bytes, n, ret, ret_size, false);
}

size_t
text_escape_json(const void *bytes, size_t n, char *ret, size_t ret_size)
{
	return escape(bytes, n, ret, ret_size, true);
}

bool
text_is_clean(const void *bytes, size_t n)
{
	const uint8_t *p = bytes;
	size_t at = 0, take;

	while (at < n) {
		if ((take = utf8_printable(p + at, n - at)) == 0)
			return false;
		at += take;
	}
	return true;
}

void
text_hex(const uint8_t *p, size_t n, char *ret)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < n; i++) {
		ret[2 * i] = digits[p[i] >> 4];
		ret[2 * i + 1] = digits[p[i] & 0x0f];
	}
	ret[2 * n] = '\0';
}

int
text_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int
text_unhex(const char *s, uint8_t *ret, size_t n)
{
	size_t i;
	int hi, lo;

	if (strlen(s) != 2 * n)
		return -1;
	for (i = 0; i < n; i++) {
		hi = text_hex_digit(s[2 * i]);
		lo = text_hex_digit(s[2 * i + 1]);
		if (hi < 0 || lo < 0)
			return -1;
		ret[i] = (uint8_t)(hi << 4 | lo);
	}
	return 0;
}

bool
text_is_slug(const char *s)
{
	size_t n = strlen(s), i;

	if (n == 0 || n >= TEXT_SLUG_MAX || s[0] == '-')
		return false;
	for (i = 0; i < n; i++) {
		if (!((s[i] >= 'a' && s[i] <= 'z') || (s[i] >= '0' && s[i] <= '9') ||
			s[i] == '-'))
			return false;
	}
	return true;
}

/* Multiply by the unit behind the digits; -1 for an unknown unit or overflow. */
static int
apply_suffix(const char *end, uint64_t *value)
{
	uint64_t unit;

	if (strcmp(end, "K") == 0 || strcmp(end, "k") == 0)
		unit = 1024;
	else if (strcmp(end, "M") == 0 || strcmp(end, "m") == 0)
		unit = 1024 * 1024;
	else
		return -1;
	if (*value > UINT64_MAX / unit)
		return -1;
	*value *= unit;
	return 0;
}

int
text_number(const char *s, uint64_t min, uint64_t max, bool suffix, uint64_t *ret)
{
	uint64_t value = 0;
	const char *p = s;
	unsigned base = 10;
	int digit;

	if (p[0] == '0' && (p[1] == 'x' || p[1] == 'X')) {
		base = 16;
		p += 2;
	}
	if (text_hex_digit(*p) < 0 || text_hex_digit(*p) >= (int)base)
		return -1;
	for (; (digit = text_hex_digit(*p)) >= 0 && digit < (int)base; p++) {
		if (value > (UINT64_MAX - (unsigned)digit) / base)
			return -1;
		value = value * base + (unsigned)digit;
	}
	if (*p != '\0' && (!suffix || apply_suffix(p, &value) < 0))
		return -1;
	if (value < min || value > max)
		return -1;
	*ret = value;
	return 0;
}

static size_t
edit_distance(const char *a, const char *b)
{
	size_t row[NEAREST_MAX + 1], la = strlen(a), lb = strlen(b), i, j, up, corner, best;

	if (la > NEAREST_MAX || lb > NEAREST_MAX)
		return NEAREST_MAX;
	for (j = 0; j <= lb; j++)
		row[j] = j;
	for (i = 1; i <= la; i++) {
		corner = row[0];
		row[0] = i;
		for (j = 1; j <= lb; j++) {
			up = row[j];
			best = corner + (a[i - 1] != b[j - 1]);
			if (up + 1 < best)
				best = up + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
			corner = up;
		}
	}
	return row[lb];
}

const char *
text_nearest(const char *s, const char *const *words)
{
	const char *best = NULL;
	size_t distance, least = SIZE_MAX;

	for (; *words != NULL; words++) {
		distance = edit_distance(s, *words);
		if (distance < least) {
			least = distance;
			best = *words;
		}
	}
	if (best == NULL || least > (strlen(best) + 2) / 3)
		return NULL;
	return best;
}

const char *
text_bytes(uint64_t n, char *ret, size_t ret_size)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	double value = (double)n;
	size_t u = 0;

	while (value >= 1024 && u + 1 < sizeof(units) / sizeof(units[0])) {
		value /= 1024;
		u++;
	}
	if (u == 0 || value >= 100 || value == (double)(uint64_t)value)
		snprintf(ret, ret_size, "%.0f %s", value, units[u]);
	else
		snprintf(ret, ret_size, "%.1f %s", value, units[u]);
	return ret;
}

const char *
text_duration(int64_t seconds, char *ret, size_t ret_size)
{
	long long s = seconds < 0 ? 0 : seconds;

	if (s >= 3600)
		snprintf(ret, ret_size, "%lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60);
	else
		snprintf(ret, ret_size, "%lld:%02lld", s / 60, s % 60);
	return ret;
}

const char *
text_time(int64_t wall_s, char *ret, size_t ret_size)
{
	time_t t = (time_t)wall_s;
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL || strftime(ret, ret_size, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		snprintf(ret, ret_size, "?");
	return ret;
}
