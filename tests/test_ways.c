/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Every way into download mode, with engine, driver and a simulated camera on a clock
 * of its own (vline.h), and what is said where there is none.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "common/err.h"
#include "tests/sim/mkimage.h"
#include "tests/unit.h"
#include "tests/vline.h"

#define SIZE (256u * 1024)
#define WAIT_S 120

static uint8_t camera[SIZE];

/* A camera whose firmware starts now, with these faults; NULL ends. */
static void
start(struct vline *v, const char *const *faults)
{
	vline_init(v, camera, SIZE, 1);
	for (; *faults != NULL; faults++)
		vline_fault(v, *faults);
	vline_firmware(v);
}

static int
identify(struct vline *v, struct fake_session *s, unsigned wait_s)
{
	int r;

	fake_init(s, "identify", camera, SIZE, NULL, 0);
	s->order.wait_s = wait_s;
	vline_session(v, s);
	r = fake_run(s);
	vline_session_end(s);
	return r;
}

static void
end(struct vline *v, struct fake_session *s)
{
	assert_int_equal(v->sim.stats.erases + v->sim.stats.writes, 0);
	assert_memory_equal(v->flash, camera, SIZE);
	fake_fini(s);
	vline_fini(v);
}

static void
assert_in(const struct fake_session *s, int r, const char *entry)
{
	char line[64];

	if (r < 0)
		fail_msg("%s", s->e.msg);
	snprintf(line, sizeof(line), "identity entry %s\n", entry);
	assert_non_null(strstr(s->said, line));
}

/* In this order, each once; "" at the end. */
static void
assert_asked(const struct fake_session *s, const char *const *asks)
{
	const char *at = s->said;
	char line[64];

	for (; *asks != NULL; asks++) {
		snprintf(line, sizeof(line), "ask %s ", *asks);
		if ((at = strstr(at, line)) == NULL)
			fail_msg("not asked in its place: %s", *asks);
		at += strlen(line);
	}
	assert_null(strstr(at, "\nask "));
}

#define FAULTS(...) ((const char *const[]) { __VA_ARGS__, NULL })
#define ASKS(...) ((const char *const[]) { __VA_ARGS__, NULL })

static void
power_cycle(struct vline *v)
{
	vline_firmware(v);
}

static void
straps(struct vline *v)
{
	v->sim.straps = true;
	vline_firmware(v);
}

static void
after(struct vline *v, unsigned seconds, void (*hand)(struct vline *v))
{
	v->hand = hand;
	v->hand_us = vline_now_us() + seconds * 1000000ll;
}

static void
rom_that_waits_is_found(void **state)
{
	struct fake_session s;
	struct vline v;

	(void)state;
	vline_init(&v, camera, SIZE, 1);
	assert_in(&s, identify(&v, &s, 0), "already");
	end(&v, &s);
}

/* A ROM that answers later than it is asked was there all along: no console has said
 * anything, so none let us in. */
static void
rom_that_answers_late_is_no_console(void **state)
{
	static const char *const stalls[] = { "stall:1:250", "stall:1:400", "stall:1:900" };
	struct fake_session s;
	struct vline v;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(stalls) / sizeof(stalls[0]); i++) {
		vline_init(&v, camera, SIZE, 1);
		vline_fault(&v, stalls[i]);
		assert_in(&s, identify(&v, &s, 0), "already");
		assert_int_equal(v.sim.stats.upgrades, 0);
		end(&v, &s);
	}
}

static void
console_takes_the_command(void **state)
{
	struct fake_session s;
	struct vline v;

	(void)state;
	start(&v, FAULTS(NULL));
	assert_in(&s, identify(&v, &s, 0), "console");
	assert_int_equal(v.sim.stats.upgrades, 1);
	end(&v, &s);
}

/* A firmware whose console has another rate than the ROM. */
static void
start_at(struct vline *v, unsigned baud, const char *const *faults)
{
	vline_init(v, camera, SIZE, 1);
	for (; *faults != NULL; faults++)
		vline_fault(v, *faults);
	v->sim.console.baud = baud;
	vline_firmware(v);
	vline_wait(v, 2000000); /* its boot log is over */
}

static void
console_takes_the_command_at_other_rates(void **state)
{
	static const unsigned bauds[] = { 921600, 74880, 57600, 460800 };
	struct fake_session s;
	struct vline v;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bauds) / sizeof(bauds[0]); i++) {
		start_at(&v, bauds[i], FAULTS(NULL));
		assert_in(&s, identify(&v, &s, 0), "console");
		assert_int_equal(v.sim.stats.upgrades, 1);
		end(&v, &s);
	}
	/* Somebody has signed in on the live console, which found the rate. */
	start_at(&v, 921600, FAULTS("console-login"));
	v.sim.console.logged_in = true;
	assert_in(&s, identify(&v, &s, 0), "console");
	end(&v, &s);
}

static void
login_is_asked_for_first_and_then_the_rest(void **state)
{
	struct fake_session s;
	struct vline v;

	(void)state;
	start(&v, FAULTS("console-login"));
	assert_int_equal(identify(&v, &s, WAIT_S), -1);
	assert_asked(&s, ASKS("login", "power-cycle", "straps"));
	assert_non_null(strstr(s.said, "sign in on the live console"));
	end(&v, &s);
	/* The pads help there as well, whatever is asked for at the moment. */
	start(&v, FAULTS("console-login"));
	after(&v, 10, straps);
	assert_int_equal(identify(&v, &s, WAIT_S), 0);
	assert_asked(&s, ASKS("login", "none"));
	end(&v, &s);
}

static void
short_window_is_caught_at_power_on(void **state)
{
	struct fake_session s;
	struct vline v;

	(void)state;
	start(&v, FAULTS("short-window"));
	vline_wait(&v, 2000000); /* and the window is over */
	after(&v, 12, power_cycle);
	assert_in(&s, identify(&v, &s, WAIT_S), "power-cycle");
	assert_asked(&s, ASKS("power-cycle", "none"));
	end(&v, &s);
	/* The same without a prompt, from a camera that is off. */
	start(&v, FAULTS("short-window", "no-prompt"));
	sim_power_off(&v.sim);
	after(&v, 12, power_cycle);
	assert_in(&s, identify(&v, &s, WAIT_S), "power-cycle");
	assert_non_null(strstr(s.said, "micro-USB"));
	assert_non_null(strstr(s.said, "battery"));
	assert_non_null(strstr(s.said, "TX wire"));
	end(&v, &s);
}

/* Such a console at another rate: what is heard of the start tells that it is one. */
static void
hand_again(struct vline *v)
{
	power_cycle(v);
	after(v, 12, hand_again);
}

static void
short_window_is_caught_at_other_rates(void **state)
{
	static const unsigned bauds[] = { 921600, 74880, 1500000, 57600, 460800 };
	struct fake_session s;
	struct vline v;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bauds) / sizeof(bauds[0]); i++) {
		start_at(&v, bauds[i], FAULTS("short-window"));
		after(&v, 12, hand_again);
		assert_in(&s, identify(&v, &s, WAIT_S), "power-cycle");
		assert_asked(&s, ASKS("power-cycle", "none"));
		assert_int_equal(v.sim.stats.upgrades, 1);
		end(&v, &s);
	}
}

static void
pads_help_where_the_command_is_missing(void **state)
{
	struct fake_session s;
	struct vline v;

	(void)state;
	start(&v, FAULTS("no-upgrade"));
	after(&v, 100, straps);
	assert_int_equal(identify(&v, &s, WAIT_S), 0);
	assert_asked(&s, ASKS("power-cycle", "straps", "none"));
	assert_non_null(strstr(s.said, "PB02 and PB03"));
	assert_non_null(strstr(s.said, "5 V destroys the chip"));
	end(&v, &s);
}

/* What was seen, the likely cause, one thing to do. */
static void
assert_says(
    struct vline *v, struct fake_session *s, int r, const char *name, const char *seen)
{
	assert_int_equal(r, -1);
	if (strcmp(s->e.name, name) != 0)
		fail_msg("%s: %s", s->e.name, s->e.msg);
	if (strstr(s->e.msg, seen) == NULL || strstr(s->e.msg, "Likely") == NULL ||
	    strstr(s->e.msg, "try again") == NULL)
		fail_msg("%s", s->e.msg);
	end(v, s);
}

static void
failures_say_what_was_on_the_line(void **state)
{
	struct fake_session s;
	struct vline v;

	(void)state;
	start(&v, FAULTS(NULL));
	sim_power_off(&v.sim);
	assert_says(&v, &s, identify(&v, &s, 0), "line-silent", "nothing came back");
	start(&v, FAULTS("console-login"));
	assert_says(&v, &s, identify(&v, &s, 0), "console-login", "asks for a login");
	start(&v, FAULTS("no-upgrade"));
	assert_says(
	    &v, &s, identify(&v, &s, 0), "console-no-upgrade", "unknown command");
	/* A console at another rate is read as well as one at the ROM's. */
	start_at(&v, 921600, FAULTS("console-login"));
	assert_says(&v, &s, identify(&v, &s, 0), "console-login", "asks for a login");
	start_at(&v, 921600, FAULTS("no-upgrade"));
	assert_says(
	    &v, &s, identify(&v, &s, 0), "console-no-upgrade", "unknown command");
	start_at(&v, 300000, FAULTS(NULL));
	assert_says(&v, &s, identify(&v, &s, 0), "line-garbage",
	    "at 115200 baud they are garbage");
	vline_init(&v, camera, SIZE, 1);
	vline_fault(&v, "flip:0.06");
	assert_says(&v, &s, identify(&v, &s, 0), "rom-unsteady", "boot ROM");
}

static void
chips_of_the_first_rom_are_named_plainly(void **state)
{
	struct fake_session s;
	struct vline v;

	(void)state;
	vline_init(&v, camera, SIZE, 1);
	v.sim.rom.version = 1;
	assert_int_equal(identify(&v, &s, 0), -1);
	assert_string_equal(s.e.name, "chip-needs-other-tool");
	assert_int_equal(s.e.code, ERR_REFUSED);
	assert_non_null(strstr(s.e.msg, "XR809 or XR871"));
	assert_non_null(strstr(s.e.msg, "tool"));
	end(&v, &s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rom_that_waits_is_found),
		cmocka_unit_test(rom_that_answers_late_is_no_console),
		cmocka_unit_test(console_takes_the_command),
		cmocka_unit_test(console_takes_the_command_at_other_rates),
		cmocka_unit_test(login_is_asked_for_first_and_then_the_rest),
		cmocka_unit_test(short_window_is_caught_at_power_on),
		cmocka_unit_test(short_window_is_caught_at_other_rates),
		cmocka_unit_test(pads_help_where_the_command_is_missing),
		cmocka_unit_test(failures_say_what_was_on_the_line),
		cmocka_unit_test(chips_of_the_first_rom_are_named_plainly),
	};
	struct mkimage m = { .family = IMAGE_FAMILY_XR872,
		.flash_size = SIZE,
		.seed = 1,
		.small = true,
		.mac = { 2, 0, 0, 1, 2, 3 } };

	if (mkimage_dump(&m, camera) < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
