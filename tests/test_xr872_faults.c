/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The XR872 driver against a bad line and a bad ROM, on a clock of their own: every
 * single call fails cleanly, and afterwards the ROM listens again. Retries are the
 * engine's. */
#include "config.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/loop.h"
#include "tests/xrrig.h"

static void
error_replies_are_told_and_do_no_harm(void **state)
{
	uint8_t buf[4096];
	struct rig r;

	(void)state;
	rig_start_rom(&r,
	    ARGS("--fault", "nak:1a:1", "--fault", "nak:19:1:6", "--fault",
		"nak:1b:1:5"));
	must_fail(&r, rig_read(&r, 0x8000, buf, sizeof(buf)), "rom-error");
	assert_non_null(strstr(r.err.msg, "4096 bytes at 0x8000"));
	assert_non_null(strstr(r.err.msg, "wrong checksum"));
	must_fail(&r, rig_erase(&r, 0xf0000, 4096), "rom-error");
	assert_non_null(strstr(r.err.msg, "the flash failed"));
	must_fail(&r, rig_write(&r, 0xf0000, buf, 512), "rom-error");
	assert_int_equal(rig_count(&r, "erases"), 0);
	assert_int_equal(rig_count(&r, "writes"), 0);
	rig_check(&r, 0x8000, 4096);
	rig_end(&r);
}

static void
missing_reply_fails_and_the_next_call_works(void **state)
{
	uint8_t buf[512];
	struct rig r;
	int64_t start = loop_now_us();

	(void)state;
	rig_start_rom(&r, ARGS("--fault", "no-reply:1a:1"));
	must_fail(&r, rig_read(&r, 0, buf, sizeof(buf)), "rom-silent");
	assert_true(r.chip->seen.rom);
	rig_check(&r, 0, 512);
	assert_true(loop_now_us() - start < 20000000);
	rig_end(&r);
}

static void
late_reply_never_counts_for_the_next_request(void **state)
{
	uint8_t buf[512];
	struct rig r;

	(void)state;
	/* It comes after we gave up, while the next request may be on its way. */
	rig_start_rom(&r, ARGS("--fault", "late:1a:1:1300"));
	must_fail(&r, rig_read(&r, 0, buf, sizeof(buf)), "rom-silent");
	rig_check(&r, 0x8000, 512);
	rig_check(&r, 0x8200, 512);
	rig_end(&r);
}

static void
doubled_reply_never_counts_for_the_next_request(void **state)
{
	struct rig r;

	(void)state;
	rig_start_rom(&r, ARGS("--fault", "twice:1a:1"));
	rig_check(&r, 0, 512);
	rig_check(&r, 0x8000, 512);
	rig_check(&r, 0x8200, 512);
	rig_end(&r);
}

static void
doubled_ack_of_a_write_does_not_stand_for_its_data(void **state)
{
	uint8_t data[512], back[512];
	struct rig r;

	(void)state;
	memset(data, 0xa5, sizeof(data));
	rig_start_rom(&r, ARGS("--fault", "twice:1b:1"));
	must(&r, rig_erase(&r, 0xf0000, 4096));
	must_fail(&r, rig_write(&r, 0xf0000, data, sizeof(data)), "rom-garbled");
	must(&r, rig_read(&r, 0xf0000, back, sizeof(back)));
	must(&r, rig_erase(&r, 0xf0000, 4096));
	must(&r, rig_write(&r, 0xf0000, data, sizeof(data)));
	must(&r, rig_read(&r, 0xf0000, back, sizeof(back)));
	assert_memory_equal(data, back, sizeof(data));
	rig_end(&r);
}

static void
missing_second_ack_fails_the_write(void **state)
{
	uint8_t data[512];
	struct rig r;

	(void)state;
	memset(data, 0xa5, sizeof(data));
	rig_start_rom(&r, ARGS("--fault", "no-reply:11b:1"));
	must(&r, rig_erase(&r, 0xf0000, 4096));
	must_fail(&r, rig_write(&r, 0xf0000, data, sizeof(data)), "rom-silent");
	rig_check(&r, 0xf0000, 512);
	rig_end(&r);
}

static void
lying_length_is_refused_at_once(void **state)
{
	uint8_t buf[512];
	struct rig r;

	(void)state;
	rig_start_rom(&r, ARGS("--fault", "bad-length:1a:1"));
	must_fail(&r, rig_read(&r, 0, buf, sizeof(buf)), "rom-garbled");
	rig_check(&r, 0, 512);
	rig_end(&r);
}

static void
stalled_reply_fails_and_its_rest_is_thrown_away(void **state)
{
	uint8_t buf[4096];
	struct rig r;

	(void)state;
	/* Well inside the first read's data. */
	rig_start_rom(&r, ARGS("--fault", "stall:2000:900"));
	must_fail(&r, rig_read(&r, 0, buf, sizeof(buf)), "rom-silent");
	assert_non_null(strstr(r.err.msg, "stopped after"));
	rig_check(&r, 0x8000, 4096);
	rig_end(&r);
}

static void
mute_rom_is_told_as_such(void **state)
{
	uint8_t buf[4096];
	struct rig r;

	(void)state;
	rig_start_rom(&r, ARGS("--fault", "mute-after:1500"));
	must(&r, rig_baud(&r, 3000000));
	must_fail(&r, rig_read(&r, 0, buf, sizeof(buf)), "rom-silent");
	must_fail(&r, rig_read(&r, 0, buf, sizeof(buf)), "rom-mute");
	must_fail(&r, rig_resync(&r), "rom-mute");
	r.chip->driver->leave(r.chip);
	rig_end(&r);
}

/* A plain sum does not see two flips that cancel; a single one it must see. */
static void
single_flipped_bits_never_get_through(void **state)
{
	uint8_t buf[4096], *flash;
	unsigned i, wrong;
	struct rig r;
	size_t n, k;

	(void)state;
	rig_start_rom(&r, ARGS("--size", "512K"));
	assert_true(((struct xr_brom *)r.chip->state)->sums);
	flash = rig_flash(&r, &n);
	rig_control(&r, "fault flip:0.0001:to-host");
	for (i = 0; i < 40; i++) {
		err_clear(&r.err);
		if (rig_read(&r, i * 4096, buf, sizeof(buf)) < 0)
			continue;
		for (k = wrong = 0; k < sizeof(buf); k++)
			wrong += buf[k] != flash[(size_t)i * 4096 + k];
		assert_int_not_equal(wrong, 1);
	}
	assert_true(rig_count(&r, "flipped") > 0);
	rig_control(&r, "no-faults");
	rig_check(&r, 0, 4096);
	free(flash);
	rig_end(&r);
}

static void
works_through_noise_lost_and_doubled_bytes(const char *fault)
{
	uint8_t buf[512], *flash;
	unsigned good = 0, i;
	struct rig r;
	size_t n;

	rig_start_rom(&r, ARGS("--size", "512K"));
	flash = rig_flash(&r, &n);
	rig_control(&r, fault);
	for (i = 0; i < 30; i++) {
		err_clear(&r.err);
		if (rig_read(&r, i * 512, buf, sizeof(buf)) < 0)
			continue;
		assert_memory_equal(buf, flash + (size_t)i * 512, sizeof(buf));
		good++;
	}
	assert_true(good > 10);
	rig_control(&r, "no-faults");
	rig_check(&r, 0, 512);
	free(flash);
	rig_end(&r);
}

static void
bad_lines_cost_calls_but_no_wrong_byte(void **state)
{
	(void)state;
	works_through_noise_lost_and_doubled_bytes("fault drop:0.0003");
	works_through_noise_lost_and_doubled_bytes("fault dup:0.0003");
	works_through_noise_lost_and_doubled_bytes("fault noise:0.0003");
	works_through_noise_lost_and_doubled_bytes("fault burst:0.00005");
}

/* Leave the ROM with the first n bytes of this, then ask for something. */
static void
cut_at(struct rig *r, const uint8_t *p, size_t n)
{
	rig_raw(r, p, n);
	must(r, rig_resync(r));
	rig_check(r, 0x8000, 512);
}

static void
resync_works_from_every_cut_in_a_request(void **state)
{
	struct xr_request q;
	struct rig r;
	size_t n;

	(void)state;
	rig_start_rom(&r, ARGS("--size", "512K"));
	xr_request_start(&q, XR_READ_SECTORS);
	xr_request_u32(&q, 0);
	xr_request_u32(&q, 32);
	xr_request_end(&q);
	for (n = 1; n <= q.n; n++)
		cut_at(&r, q.wire, n);
	/* A length that was lost in part: 0x55 make it huge, and the ROM says so. */
	memmove(q.wire + 9, q.wire + 10, q.n - 10);
	cut_at(&r, q.wire, q.n - 1);
	rig_end(&r);
}

static void
resync_works_from_cuts_in_the_data_of_a_write(void **state)
{
	static const size_t cuts[] = { 0, 1, 5, 511, 512, 8191, 16383 };
	static uint8_t data[XR_UNIT_MAX];
	struct xr_request q;
	struct rig r;
	size_t i;

	(void)state;
	rig_start_rom(&r, ARGS(NULL));
	must(&r, rig_baud(&r, 3000000));
	xr_request_start(&q, XR_WRITE_SECTORS);
	xr_request_u32(&q, 0x700);
	xr_request_u32(&q, 32);
	xr_request_u16(&q, xr_data_sum(data, sizeof(data)));
	xr_request_end(&q);
	for (i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
		rig_raw(&r, q.wire, q.n);
		cut_at(&r, data, cuts[i]);
	}
	/* What was filled up is nowhere but where the write went. */
	must(&r, rig_erase(&r, 0xe0000, 65536));
	rig_check(&r, 0xe0000, 4096);
	rig_end(&r);
}

static void
resync_works_while_the_rom_is_busy(void **state)
{
	static uint8_t data[4096];
	struct xr_request q;
	struct rig r;

	(void)state;
	/* Paced: bytes that come while it erases are lost beyond 64. */
	rig_start(&r, ARGS("--start", "rom"));
	rig_get_in(&r, CHIP_ENTRY_ALREADY);
	must(&r, rig_baud(&r, 921600));
	xr_request_start(&q, XR_ERASE);
	xr_request_u8(&q, 3);
	xr_request_u32(&q, 0xf0000);
	xr_request_end(&q);
	rig_raw(&r, q.wire, q.n);
	rig_raw(&r, data, sizeof(data));
	must(&r, rig_resync(&r));
	assert_true(rig_count(&r, "overrun") > 0);
	rig_check(&r, 0, 4096);
	rig_end(&r);
}

/* It hears nothing until it is done, and forgets what came meanwhile. */
static void
resync_waits_for_the_slowest_erase(void **state)
{
	struct xr_request q;
	struct rig r;

	(void)state;
	rig_start_rom(&r, ARGS("--fault", "slow-erase:2400"));
	must(&r, rig_baud(&r, 921600));
	xr_request_start(&q, XR_ERASE);
	xr_request_u8(&q, 3);
	xr_request_u32(&q, 0xf0000);
	xr_request_end(&q);
	rig_raw(&r, q.wire, q.n);
	must(&r, rig_resync(&r));
	rig_check(&r, 0, 4096);
	rig_end(&r);
}

static void
slow_erase_is_waited_for(void **state)
{
	struct rig r;

	(void)state;
	rig_start_rom(&r, ARGS("--fault", "slow-erase:1500"));
	must(&r, rig_erase(&r, 0xf0000, 65536));
	rig_check(&r, 0xf0000, 4096);
	rig_end(&r);
}

static void
power_cut_while_programming_tears_a_page(void **state)
{
	uint8_t data[4096], *flash;
	struct rig r;
	size_t n, i;

	(void)state;
	memset(data, 0, sizeof(data));
	rig_start_rom(&r, ARGS("--fault", "cut:at=0xf0280"));
	must(&r, rig_baud(&r, 3000000));
	must(&r, rig_erase(&r, 0xf0000, 4096));
	must_fail(&r, rig_write(&r, 0xf0000, data, sizeof(data)), "rom-silent");
	must_fail(&r, rig_write(&r, 0xf0000, data, sizeof(data)), "rom-mute");
	flash = rig_flash(&r, &n);
	for (i = 0xf0000; i < 0xf0280; i++)
		assert_int_equal(flash[i], 0);
	for (i = 0xf0281; i < 0xf1000; i++)
		assert_int_equal(flash[i], 0xff);
	free(flash);
	/* On again: the boot section is whole, so the firmware starts. */
	rig_control(&r, "power-cycle");
	must(&r, wire_set_baud(r.wire, 115200, &r.err));
	rig_get_in(&r, CHIP_ENTRY_CONSOLE);
	rig_end(&r);
}

static bool
always(void *arg)
{
	(void)arg;
	return true;
}

static void
cancel_ends_a_call_but_not_the_leaving(void **state)
{
	struct rig r;
	uint8_t buf[512];

	(void)state;
	rig_start_rom(&r, ARGS(NULL));
	r.wire->stop_asked = always;
	must_fail(&r, rig_read(&r, 0, buf, sizeof(buf)), "cancelled");
	r.chip->driver->leave(r.chip);
	assert_int_equal(rig_count(&r, "reboots"), 1);
	rig_end(&r);
}

static void
nothing_on_the_line_is_seen_as_nothing(void **state)
{
	struct rig r;

	(void)state;
	rig_start(&r, ARGS("--start", "off"));
	assert_int_equal(rig_enter(&r, CHIP_ENTRY_ALREADY), 0);
	assert_int_equal(rig_enter(&r, CHIP_ENTRY_CONSOLE), 0);
	assert_int_equal(r.chip->seen.bytes, 0);
	assert_false(r.chip->seen.rom);
	assert_int_equal(r.wire->baud, 115200);
	rig_end(&r);
}

static void
console_at_an_odd_rate_is_seen_as_garbage(void **state)
{
	struct rig r;

	(void)state;
	rig_start(&r, ARGS("--console-baud", "300000"));
	rig_control(&r, "power-cycle");
	assert_int_equal(rig_enter(&r, CHIP_ENTRY_CONSOLE), 0);
	assert_true(r.chip->seen.bytes > 20);
	assert_true(r.chip->seen.printable < r.chip->seen.bytes * 3 / 4);
	assert_false(r.chip->seen.rom);
	rig_end(&r);
}

static void
console_with_a_login_is_readable(void **state)
{
	struct rig r;

	(void)state;
	rig_start(&r, ARGS("--fault", "console-login"));
	assert_int_equal(rig_enter(&r, CHIP_ENTRY_CONSOLE), 0);
	assert_true(r.chip->seen.printable > r.chip->seen.bytes * 3 / 4);
	assert_true(strstr(r.chip->seen.text, "login:") != NULL ||
	    strstr(r.chip->seen.text, "Password:") != NULL);
	assert_false(r.chip->seen.rom);
	rig_end(&r);
}

static void
console_without_the_command_is_readable(void **state)
{
	struct rig r;

	(void)state;
	rig_start(&r, ARGS("--fault", "no-upgrade"));
	assert_int_equal(rig_enter(&r, CHIP_ENTRY_CONSOLE), 0);
	assert_non_null(strstr(r.chip->seen.text, "unknown command"));
	assert_int_equal(rig_count(&r, "rom_entries"), 0);
	rig_end(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(error_replies_are_told_and_do_no_harm),
		cmocka_unit_test(missing_reply_fails_and_the_next_call_works),
		cmocka_unit_test(late_reply_never_counts_for_the_next_request),
		cmocka_unit_test(doubled_reply_never_counts_for_the_next_request),
		cmocka_unit_test(doubled_ack_of_a_write_does_not_stand_for_its_data),
		cmocka_unit_test(missing_second_ack_fails_the_write),
		cmocka_unit_test(lying_length_is_refused_at_once),
		cmocka_unit_test(stalled_reply_fails_and_its_rest_is_thrown_away),
		cmocka_unit_test(mute_rom_is_told_as_such),
		cmocka_unit_test(single_flipped_bits_never_get_through),
		cmocka_unit_test(bad_lines_cost_calls_but_no_wrong_byte),
		cmocka_unit_test(resync_works_from_every_cut_in_a_request),
		cmocka_unit_test(resync_works_from_cuts_in_the_data_of_a_write),
		cmocka_unit_test(resync_works_while_the_rom_is_busy),
		cmocka_unit_test(resync_waits_for_the_slowest_erase),
		cmocka_unit_test(slow_erase_is_waited_for),
		cmocka_unit_test(power_cut_while_programming_tears_a_page),
		cmocka_unit_test(cancel_ends_a_call_but_not_the_leaving),
		cmocka_unit_test(nothing_on_the_line_is_seen_as_nothing),
		cmocka_unit_test(console_at_an_odd_rate_is_seen_as_garbage),
		cmocka_unit_test(console_with_a_login_is_readable),
		cmocka_unit_test(console_without_the_command_is_readable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
