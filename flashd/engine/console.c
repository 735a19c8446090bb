/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Console bytes to safe lines, and what they tell (see console.h). Pure. */
#include "config.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "flashd/engine/console.h"

#define TELL_MIN 12u /* bytes below which nothing can be told */

/* 115200 is the SDK's; 921600 and 1500000 are other vendors'; 74880 is the boot log of
 * a chip whose crystal is not the one its ROM expects. */
const unsigned console_rates[] = { 115200, 921600, 74880, 1500000, 57600, 38400, 9600,
	230400, 460800, 0 };

void
console_init(struct console *c)
{
	memset(c, 0, sizeof(*c));
}

static void
hand_out(struct console *c, enum console_end end, console_fn *fn, void *arg)
{
	size_t n = c->n;

	c->n = 0;
	fn(arg, c->line, n, end);
}

size_t
console_printable(const uint8_t *p, size_t n)
{
	size_t i, count = 0;

	for (i = 0; i < n; i++)
		count += (p[i] >= 0x20 && p[i] < 0x7f) || p[i] == '\r' ||
		    p[i] == '\n' || p[i] == '\t' || p[i] == 0x1b;
	return count;
}

void
console_feed(struct console *c, const uint8_t *p, size_t n, console_fn *fn, void *arg)
{
	size_t i;
	uint8_t b;

	for (i = 0; i < n; i++) {
		b = p[i];
		if (b == '\n' && c->after_cr) {
			c->after_cr = false;
			continue;
		}
		c->after_cr = b == '\r';
		if (b == '\r' || b == '\n') {
			hand_out(c, CONSOLE_FULL, fn, arg);
			continue;
		}
		if (c->n == sizeof(c->line))
			hand_out(c, CONSOLE_CUT, fn, arg);
		c->line[c->n++] = b == '\t' ? ' ' : b;
	}
}

void
console_flush(struct console *c, console_fn *fn, void *arg)
{
	if (c->n > 0)
		hand_out(c, CONSOLE_OPEN, fn, arg);
}

const char *
console_end_name(enum console_end end)
{
	static const char *const names[] = { "full", "cut", "open" };

	return names[end];
}

enum console_verdict
console_judge(uint64_t bytes, uint64_t printable)
{
	if (bytes < TELL_MIN)
		return CONSOLE_SILENT;
	return printable * 100 >= bytes * 85 ? CONSOLE_READABLE : CONSOLE_GARBAGE;
}

static const char *const verdicts[] = { "silent", "garbage", "readable", NULL };

const char *
console_verdict_name(enum console_verdict v)
{
	return verdicts[v];
}

int
console_verdict_parse(const char *s, enum console_verdict *ret)
{
	int i;

	for (i = 0; verdicts[i] != NULL; i++) {
		if (strcmp(verdicts[i], s) != 0)
			continue;
		*ret = (enum console_verdict)i;
		return 0;
	}
	return -1;
}

/* The first occurrence of word, in any case, at the start of a word. */
static const char *
find_word(const char *line, const char *word)
{
	size_t n = strlen(word);
	const char *p;

	for (p = line; *p != '\0'; p++) {
		if ((p == line || !isalnum((unsigned char)p[-1])) &&
		    strncasecmp(p, word, n) == 0)
			return p;
	}
	return NULL;
}

/* Copy from p up to the end of a version-like text. */
static void
copy_until(const char *p, const char *stop, char *ret, size_t ret_size)
{
	size_t n = strcspn(p, stop);

	while (n > 0 && p[n - 1] == ' ')
		n--;
	snprintf(ret, ret_size, "%.*s", (int)n, p);
}

static void
learn_sdk(struct console_print *print, const char *line)
{
	const char *p = find_word(line, "XRADIO Skylark SDK");

	if (p == NULL)
		p = find_word(line, "sdk ");
	if (p != NULL && print->sdk[0] == '\0')
		copy_until(p, ",;(=[", print->sdk, sizeof(print->sdk));
}

/* "240 MHz", "cpu clock 240000000 Hz": a number in front of its unit. */
static void
learn_clock(struct console_print *print, const char *line)
{
	const char *p = strcasestr(line, "mhz");
	size_t digits = 0;

	if (p == NULL || print->clock[0] != '\0')
		return;
	while (p > line && p[-1] == ' ')
		p--;
	while (p - digits > line && isdigit((unsigned char)p[-1 - (ptrdiff_t)digits]))
		digits++;
	if (digits > 0 && digits < 5)
		snprintf(print->clock, sizeof(print->clock), "%.*s MHz", (int)digits,
		    p - digits);
}

/* "cpu 240000000 Hz" */
static void
learn_hertz(struct console_print *print, const char *line)
{
	const char *p = find_word(line, "cpu");
	unsigned long hz;
	char *end;

	if (p == NULL || print->clock[0] != '\0')
		return;
	p += strcspn(p, "0123456789");
	hz = strtoul(p, &end, 10);
	if (hz >= 1000000 && hz < 10000000000ul && strncasecmp(end, " hz", 3) == 0)
		snprintf(print->clock, sizeof(print->clock), "%lu MHz", hz / 1000000);
}

/* "jedec: 0x5e3213" */
static void
learn_jedec(struct console_print *print, const char *line)
{
	const char *p = find_word(line, "jedec");

	if (p == NULL || print->flash[0] != '\0' || strpbrk(p, "0123456789") == NULL)
		return;
	copy_until(p, ",;]", print->flash, sizeof(print->flash));
}

static void
learn_sensor(struct console_print *print, const char *line)
{
	static const char *const makes[] = { "gc0", "gc2", "bf3", "bf2", "bf20", "ov2",
		"ov7", "sp0", "hi7", NULL };
	const char *p;
	size_t i;

	for (i = 0; makes[i] != NULL && print->sensor[0] == '\0'; i++) {
		p = find_word(line, makes[i]);
		if (p != NULL)
			copy_until(
			    p, " ,;:=()[]", print->sensor, sizeof(print->sensor));
	}
	p = find_word(line, "sensor 0x");
	if (p != NULL && print->sensor[0] == '\0')
		copy_until(p + 7, " ,;:=()[]", print->sensor, sizeof(print->sensor));
}

static void
learn_family(struct console_print *print, const char *line)
{
	static const struct {
		const char *text, *family;
	} hints[] = {
		{ "xr872", "xr872" },
		{ "xf16", "xr872" },
		{ "xr808", "xr808" },
		{ "xr809", "xr809" },
		{ "xr871", "xr809" },
		{ "xr806", "xr806" },
		{ "bk7231", "bk7231" },
		{ "bk7252", "bk7252" },
		{ "txw817", "txw817" },
		{ "Skylark", "xr872" },
	};
	size_t i;

	for (i = 0; i < sizeof(hints) / sizeof(hints[0]) && print->family[0] == '\0';
	     i++) {
		if (strcasestr(line, hints[i].text) != NULL)
			snprintf(print->family, sizeof(print->family), "%s",
			    hints[i].family);
	}
}

static bool
ends_with(const char *line, const char *end)
{
	size_t n = strlen(line), k = strlen(end);

	while (n > 0 && line[n - 1] == ' ')
		n--;
	return n >= k && strncasecmp(line + n - k, end, k) == 0;
}

void
console_learn(struct console_print *print, const char *line)
{
	const char *flash = find_word(line, "flash");

	learn_sdk(print, line);
	learn_clock(print, line);
	learn_hertz(print, line);
	learn_jedec(print, line);
	learn_sensor(print, line);
	learn_family(print, line);
	if (flash != NULL && print->flash[0] == '\0' &&
	    strpbrk(flash, "0123456789") != NULL)
		copy_until(flash, ",;", print->flash, sizeof(print->flash));
	/* The last of both is what it waits for now. */
	if (ends_with(line, "login:") || ends_with(line, "password:") ||
	    ends_with(line, "username:")) {
		print->login = true;
		print->prompt = false;
	} else if (ends_with(line, "$") || ends_with(line, ">") ||
	    ends_with(line, "#")) {
		print->prompt = true;
		print->login = false;
	}
}
