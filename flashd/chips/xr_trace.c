/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Blanking of wire traces (see xr_trace.h). Worker process, its one thread. */
#include "config.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "common/buf.h"
#include "flashd/chips/xr_frame.h"
#include "flashd/chips/xr_trace.h"
#include "flashd/wire_trace.h"

#define AWIH_HEAD 64u
#define AWIH_MAGIC 0x48495741u
#define FDCM_MAGIC 0xa55a5aa5u
#define SECTION_MAX (16u * 1024 * 1024)
#define NONE 0xffffffffu

/* A section's head at p, AWIH_HEAD bytes. */
static bool
is_head(const uint8_t *p, uint32_t *ret_size, uint32_t *ret_next)
{
	struct reader r;

	reader_init(&r, p, AWIH_HEAD);
	if (reader_le32(&r) != AWIH_MAGIC || xr_sum16(p, AWIH_HEAD) != 0xffff)
		return false;
	reader_skip(&r, 8);
	*ret_size = reader_le32(&r);
	reader_skip(&r, 16);
	*ret_next = reader_le32(&r);
	return *ret_size <= SECTION_MAX;
}

void
xr_trace_learn(struct xr_trace *t, uint32_t at, const uint8_t *p, size_t n)
{
	uint32_t size, next;

	/* Firmware also where addresses wrap, or in a second image. */
	t->here = t->here_end = 0;
	if (!t->written && n >= AWIH_HEAD && is_head(p, &size, &next)) {
		t->here = at;
		t->here_end = at + AWIH_HEAD + size;
	}
	while (!t->written && !t->chain_ended && t->n_sections < XR_TRACE_SECTIONS &&
	    t->next >= at && n >= AWIH_HEAD && t->next - at <= n - AWIH_HEAD) {
		if (!is_head(p + (t->next - at), &size, &next))
			return;
		t->sections[t->n_sections].at = t->next;
		t->sections[t->n_sections++].end = t->next + AWIH_HEAD + size;
		if (next == NONE || next < t->next + AWIH_HEAD + size)
			t->chain_ended = true;
		else
			t->next = next;
	}
}

bool
xr_trace_shows(const struct xr_trace *t, uint32_t at, uint8_t byte)
{
	unsigned i;

	if (byte == 0xff || (!t->written && at >= t->here && at < t->here_end))
		return true;
	for (i = 0; !t->written && i < t->n_sections; i++)
		if (at >= t->sections[i].at && at < t->sections[i].end)
			return true;
	return false;
}

/* A settings area inside what claims to be a section. */
static bool
is_settings(const uint8_t *p, size_t n)
{
	struct reader r;

	reader_init(&r, p, n);
	return reader_le32(&r) == FDCM_MAGIC && !r.bad;
}

void
xr_trace_reply(
    struct wire_trace *w, const struct xr_trace *t, size_t head, uint32_t at, size_t n)
{
	uint8_t copy[XR_UNIT_MAX], fixed[XR_HEAD], sum[2];
	const uint8_t *p;
	size_t held = wire_trace_held(w, WIRE_TO_HOST, &p), i;
	bool hide = false, settings = false;
	uint16_t c;

	if (n > sizeof(copy) || held < head + XR_HEAD + n)
		return;
	memcpy(fixed, p + head, XR_HEAD);
	memcpy(copy, p + head + XR_HEAD, n);
	for (i = 0; i < n; i++) {
		if ((at + i) % 4096 == 0)
			settings = is_settings(p + head + XR_HEAD + i, n - i);
		if (settings ? copy[i] == 0xff
			     : xr_trace_shows(t, at + (uint32_t)i, copy[i]))
			continue;
		wire_trace_blank(w, WIRE_TO_HOST, head + XR_HEAD + i, 1);
		copy[i] = 0;
		hide = true;
	}
	if (!hide || (fixed[4] & XR_FLAG_SUM) == 0)
		return;
	c = xr_reply_sum(fixed, copy, n);
	sum[0] = (uint8_t)(c >> 8);
	sum[1] = (uint8_t)c;
	wire_trace_patch(w, WIRE_TO_HOST, head + 6, sum, sizeof(sum));
}

void
xr_trace_data(struct wire_trace *w, size_t n)
{
	const uint8_t *p;
	size_t held = wire_trace_held(w, WIRE_TO_DEVICE, &p), i;

	for (i = held > n ? held - n : 0; i < held; i++)
		if (p[i] != 0xff)
			wire_trace_blank(w, WIRE_TO_DEVICE, i, 1);
}

/* How many bytes at p are talk of the ROM, without anything from the flash. */
static size_t
harmless(const uint8_t *p, size_t n)
{
	if (n >= XR_HEAD && memcmp(p, "BROM", 4) == 0)
		return (p[4] & XR_FLAG_ERROR) != 0 && n > XR_HEAD ? XR_HEAD + 1
								  : XR_HEAD;
	return n >= 2 && memcmp(p, "OK", 2) == 0 ? 2 : 0;
}

void
xr_trace_strangers(struct wire_trace *w)
{
	const uint8_t *p;
	size_t held = wire_trace_held(w, WIRE_TO_HOST, &p), i, n;

	for (i = 0; i < held; i += n) {
		if ((n = harmless(p + i, held - i)) > 0)
			continue;
		n = 1;
		if (p[i] != 0xff)
			wire_trace_blank(w, WIRE_TO_HOST, i, 1);
	}
}

/* The length of a word at p that announces a secret, or 0. */
static size_t
secret_word(const uint8_t *p, size_t n)
{
	static const char *const words[] = { "password", "passphrase", "passwd", "pass",
		"ssid", "psk", "pwd", "key", "token", "uid", "did" };
	size_t i, len;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		len = strlen(words[i]);
		if (n >= len && strncasecmp((const char *)p, words[i], len) == 0)
			return len;
	}
	return 0;
}

/* Blank the rest of the line behind the word that ends at i, up to a comma; the signs
 * between stay. Returns where it stopped. */
static size_t
blank_value(struct wire_trace *w, const uint8_t *p, size_t i, size_t n)
{
	while (i < n && strchr(" \t:=\"'[(", p[i]) != NULL && p[i] != '\0')
		i++;
	for (; i < n && p[i] != '\r' && p[i] != '\n' && p[i] != ','; i++)
		wire_trace_blank(w, WIRE_TO_HOST, i, 1);
	return i;
}

static bool
is_text(const uint8_t *p, size_t n)
{
	size_t i, odd = 0;

	for (i = 0; i < n; i++)
		odd += !isprint(p[i]) && !isspace(p[i]);
	return odd <= n / 8 + 2;
}

void
xr_trace_console(struct wire_trace *w)
{
	const uint8_t *p;
	size_t held = wire_trace_held(w, WIRE_TO_HOST, &p), i, len;

	if (!is_text(p, held)) {
		xr_trace_strangers(w);
		return;
	}
	for (i = 0; i < held; i += len) {
		if ((len = secret_word(p + i, held - i)) > 0)
			len = blank_value(w, p, i + len, held) - i;
		else
			len = 1;
	}
}
