/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lines between flashd and its child: what is understood, and what is not. */
#include "config.h"

#include "tests/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/err.h"
#include "flashd/childline.h"
#include "flashd/order.h"

#define SHA "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static int
parse(const char *text, struct child_line *ret)
{
	return childline_parse(text, strlen(text), ret);
}

static void
every_verb_is_understood(void **state)
{
	struct child_line l;

	(void)state;
	assert_int_equal(parse("step read1 1048576", &l), 0);
	assert_int_equal(l.verb, CHILD_STEP);
	assert_string_equal(l.word, "read1");
	assert_int_equal(l.n[0], 1048576);
	assert_int_equal(parse("progress 4096 92160 -1 3", &l), 0);
	assert_int_equal(l.eta, -1);
	assert_int_equal(l.n[2], 3);
	assert_int_equal(parse("progress 4096 92160 17 0", &l), 0);
	assert_int_equal(l.eta, 17);
	assert_int_equal(parse("blocks 0 4 r", &l), 0);
	assert_int_equal(l.mark, 'r');
	assert_int_equal(parse("identity console XR872 SDK 1.0 \xc3\xa4", &l), 0);
	assert_string_equal(l.text, "XR872 SDK 1.0 \xc3\xa4");
	assert_int_equal(parse("baud 921600", &l), 0);
	assert_int_equal(parse("note - ", &l), 0);
	assert_string_equal(l.text, "");
	assert_int_equal(parse("ask power-cycle 20: Switch it off and on", &l), 0);
	assert_string_equal(l.params, "20:");
	assert_int_equal(parse("saved " SHA " 1048576 2 0", &l), 0);
	assert_string_equal(l.word, SHA);
	assert_int_equal(parse("touched", &l), 0);
	assert_int_equal(parse("counts 1 2 3 4", &l), 0);
	assert_int_equal(l.n[3], 4);
	assert_int_equal(parse("differs 2 20483", &l), 0);
	assert_int_equal(
	    parse("fail 3 image-other-chip 24:18+5 This image is for XR809.", &l),
	    0);
	assert_string_equal(l.params, "24:18+5");
	assert_string_equal(l.text, "This image is for XR809.");
	assert_int_equal(l.n[0], 3);
	assert_string_equal(l.word, "image-other-chip");
	assert_int_equal(parse("ok", &l), 0);
}

static void
anything_else_is_not(void **state)
{
	static const char *const bad[] = { "", " ", "ok ", " ok", "OK", "oks", "ok now",
		"step", "step ", "step read1", "step read1 ", "step  1", "step Read 1",
		"step read1 -1", "step read1 0x10", "step read1 1 2", "step read1 1 ",
		"step read1 99999999999999999999", "progress 1 2 -2 3",
		"progress 1 2 - 3", "progress 1 2 3", "blocks 0 4 rr", "blocks 0 4 x",
		"blocks 0 4 ", "blocks 0 r", "saved " SHA "0 1 2 3", "saved 0123 1 2 3",
		"fail 1", "fail x name - text", "fail 1 name text", "note", "note a",
		"note - a\tb", "note - \x1b[2J", "note - \xff", "note  a", "note 1:x a", "identity ../x y", "touched now", "counts 1 2 3",
		"counts 1 2 3 4 5", "exec /bin/sh" };
	struct child_line l;
	char *line = malloc(2 * CHILDLINE_MAX);
	size_t i;

	(void)state;
	assert_non_null(line);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (parse(bad[i], &l) == 0)
			fail_msg("understood: '%s'", bad[i]);
	}
	/* A NUL is no text, and nothing is read behind the end. */
	assert_int_equal(childline_parse("note - a\0b", 10, &l), -1);
	assert_int_equal(childline_parse("step read1 12", 12, &l), 0);
	assert_int_equal(l.n[0], 1);
	memset(line, 'a', 2 * CHILDLINE_MAX);
	memcpy(line, "note - ", 7);
	assert_int_equal(childline_parse(line, 7 + 600, &l), 0);
	assert_int_equal(childline_parse(line, 7 + 601, &l), -1);
	assert_int_equal(childline_parse(line, CHILDLINE_MAX + 1, &l), -1);
	free(line);
}

static const struct order sample = { .job = 42,
	.kind = "restore",
	.node = "/dev/pts/3",
	.name = "hub1-left",
	.image_name = "dump 7 (a1b2c3d4)",
	.baud = 921600,
	.image = 1048576,
	.at = 4096,
	.size = 8192,
	.kept = 65536,
	.resume = true,
	.experimental = true };

static void
an_order_comes_back_as_it_was(void **state)
{
	char text[ORDER_TEXT_MAX];
	struct order o;
	struct err e;
	int n = order_format(&sample, text, sizeof(text));

	(void)state;
	assert_true(n > 0);
	assert_int_equal(order_parse(text, (size_t)n, &o, &e), 0);
	assert_int_equal(o.job, 42);
	assert_string_equal(o.kind, "restore");
	assert_string_equal(o.node, "/dev/pts/3");
	assert_string_equal(o.name, "hub1-left");
	assert_string_equal(o.image_name, "dump 7 (a1b2c3d4)");
	assert_int_equal(o.baud, 921600);
	assert_int_equal(o.image, 1048576);
	assert_int_equal(o.at, 4096);
	assert_int_equal(o.size, 8192);
	assert_int_equal(o.kept, 65536);
	assert_true(o.resume);
	assert_true(o.experimental && !o.force);
	assert_int_equal(order_format(&sample, text, 40), -1);
}

static void
a_crooked_order_is_refused(void **state)
{
	static const char *const bad[] = { "", "\n", "job=1\n\n", "job\n\n", "=\n\n" };
	char text[ORDER_TEXT_MAX], crooked[ORDER_TEXT_MAX + 16];
	struct order o = sample;
	struct err e;
	size_t i, n;
	char *at;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(order_parse(bad[i], strlen(bad[i]), &o, &e), -1);
	snprintf(o.node, sizeof(o.node), "/dev/x\nkind=erase");
	assert_int_equal(order_format(&o, text, sizeof(text)), -1);
	n = (size_t)order_format(&sample, text, sizeof(text));
	/* Cut anywhere, it is none. */
	for (i = 0; i < n; i++)
		assert_int_equal(order_parse(text, i, &o, &e), -1);
	snprintf(crooked, sizeof(crooked), "%sjob=1\n\n", text);
	assert_int_equal(order_parse(crooked, strlen(crooked), &o, &e), -1);
	memcpy(crooked, text, n + 1);
	at = strstr(crooked, "kind=restore");
	memcpy(at, "kind=destroy", 12);
	assert_int_equal(order_parse(crooked, n, &o, &e), -1);
	memcpy(crooked, text, n + 1);
	at = strstr(crooked, "force=0");
	at[6] = '2';
	assert_int_equal(order_parse(crooked, n, &o, &e), -1);
	memcpy(crooked, text, n + 1);
	at = strstr(crooked, "size=");
	memcpy(at, "job=", 4);
	assert_int_equal(order_parse(crooked, n, &o, &e), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_verb_is_understood),
		cmocka_unit_test(anything_else_is_not),
		cmocka_unit_test(an_order_comes_back_as_it_was),
		cmocka_unit_test(a_crooked_order_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
