/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The XR872 driver against the simulated boot ROM over a real pty: the good roads. */
#include "config.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/loop.h"
#include "common/text.h"
#include "flashd/chips/xr_brom.h"
#include "flashd/chips/xr_efuse.h"
#include "flashd/wire.h"
#include "tests/xrrig.h"

static void
connects_identifies_and_changes_rate_fast(void **state)
{
	struct chip_id id;
	struct rig r;
	int64_t start, entered;

	(void)state;
	rig_start(&r,
	    ARGS("--start", "rom", "--mac", "DC:44:6D:12:34:56", "--chip-id",
		"00112233445566778899aabbccddeeff"));
	start = loop_now_us();
	rig_get_in(&r, CHIP_ENTRY_ALREADY);
	entered = loop_now_us();
	must(&r, rig_baud(&r, 921600));
	assert_int_equal(r.wire->baud, 921600);
	must(&r, rig_identify(&r, &id));
	print_message("# enter %lld ms, identify and rate %lld ms\n",
	    (long long)(entered - start) / 1000,
	    (long long)(loop_now_us() - entered) / 1000);
	/* Ten times the figure: other tests run beside this one. */
	assert_true(loop_now_us() - start < 7000000);
	assert_string_equal(id.chip, "xr872");
	assert_int_equal(id.brom_version, 2);
	assert_memory_equal(id.jedec, "\x5e\x32\x14", 3);
	assert_int_equal(id.flash_size, 1024 * 1024);
	assert_true(id.size_proved);
	assert_string_equal(id.chip_id, "00112233445566778899aabbccddeeff");
	assert_string_equal(id.mac, "dc:44:6d:12:34:56");
	assert_string_equal(id.mac_source, "efuse");
	assert_int_equal(simrun_stat(&r.sim, "efuse_programs"), 0);
	assert_int_equal(simrun_stat(&r.sim, "erases"), 0);
	assert_int_equal(simrun_stat(&r.sim, "writes"), 0);
	rig_end(&r);
}

static void
reads_the_flash_byte_by_byte(void **state)
{
	struct rig r;
	uint32_t at;

	(void)state;
	rig_start_rom(&r, ARGS("--size", "512K"));
	must(&r, rig_baud(&r, 3000000));
	assert_int_equal(r.wire->baud, 3000000);
	for (at = 0; at < 256 * 1024; at += XR_UNIT_MAX)
		rig_check(&r, at, XR_UNIT_MAX);
	rig_check(&r, 0x200, 512);
	rig_check(&r, 0x8200, 31 * 512);
	assert_true(((struct xr_brom *)r.chip->state)->sums);
	rig_end(&r);
}

static void
reads_at_nearly_the_line_rate(void **state)
{
	uint8_t buf[XR_UNIT_MAX];
	struct rig r;
	int64_t start, took;
	uint32_t at;

	(void)state;
	rig_start(&r, ARGS("--start", "rom"));
	rig_get_in(&r, CHIP_ENTRY_ALREADY);
	must(&r, rig_baud(&r, 921600));
	start = loop_now_us();
	for (at = 0; at < 128 * 1024; at += sizeof(buf))
		must(&r, rig_read(&r, at, buf, sizeof(buf)));
	took = loop_now_us() - start;
	print_message(
	    "# %.1f %% of the line rate\n", 100.0 * 128 * 1024 * 10 / 0.9216 / took);
	assert_true(took >= 128 * 1024 * 10 / 0.9216); /* the line is paced */
	assert_true(took < 10 * 128 * 1024 * 10 / 0.9216);
	rig_end(&r);
}

static void
enters_by_the_console_and_leaves_into_the_firmware(void **state)
{
	struct chip_id id;
	struct rig r;

	(void)state;
	rig_start(&r, ARGS("--seed", "7"));
	assert_int_equal(rig_enter(&r, CHIP_ENTRY_ALREADY), 0);
	rig_get_in(&r, CHIP_ENTRY_CONSOLE);
	must(&r, rig_identify(&r, &id));
	assert_true(id.console[0] != '\0');
	assert_string_equal(id.mac_source, "chip-id");
	must(&r, rig_baud(&r, 921600));
	r.chip->driver->leave(r.chip);
	assert_int_equal(r.wire->baud, 115200);
	assert_int_equal(simrun_stat(&r.sim, "reboots"), 1);
	assert_int_equal(simrun_stat(&r.sim, "rom_entries"), 1);
	/* And in again: the firmware is there. */
	rig_get_in(&r, CHIP_ENTRY_CONSOLE);
	assert_int_equal(simrun_stat(&r.sim, "boots"), 2);
	rig_end(&r);
}

static void
finds_a_rom_that_was_left_at_another_rate(void **state)
{
	struct rig r;

	(void)state;
	rig_start_rom(&r, ARGS(NULL));
	must(&r, rig_baud(&r, 921600));
	rig_detach(&r); /* as a killed process leaves it */
	rig_attach(&r);
	assert_int_equal(r.wire->baud, 115200);
	rig_get_in(&r, CHIP_ENTRY_ALREADY);
	assert_int_equal(r.wire->baud, 921600);
	rig_check(&r, 0, 4096);
	rig_end(&r);
}

static void
answers_of_the_rom_are_no_console_text(void **state)
{
	static const struct {
		const char *line, *console;
	} rows[] = {
		{ "OKOKOKOKOK\n", "" },
		{ "KOKOK\n", "" },
		{ "OKOKO\n", "" },
		{ "OKOKBROM\x01", "" },
		{ "BROM\x01", "" },
		{ "<ACK> 200 OK\n", "<ACK> 200 OK" },
		{ "<ACK> 200 OKOKOK\n", "<ACK> 200 OK" },
		{ "wlan: OK\n", "wlan: OK" },
		{ "sensor gc0308 BROM\n", "sensor gc0308 BROM" },
	};
	struct xr_brom *x;
	struct rig r;
	size_t i;

	(void)state;
	rig_start(&r, ARGS(NULL));
	x = r.chip->state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		x->console[0] = r.chip->seen.text[0] = '\0';
		xr_brom_see(
		    r.chip, (const uint8_t *)rows[i].line, strlen(rows[i].line));
		assert_string_equal(x->console, rows[i].console);
		assert_string_equal(r.chip->seen.text, rows[i].console);
	}
	rig_end(&r);
}

/* The 12 bytes with which the ROM says that it waits for the data. */
static void
await_ack(struct rig *r)
{
	int64_t deadline = loop_now_us() + 20000000;
	uint8_t ack[12];
	size_t have = 0;
	ssize_t n;

	while (have < sizeof(ack)) {
		n = wire_read(
		    r->wire, ack + have, sizeof(ack) - have, deadline, &r->err);
		assert_true(n > 0);
		have += (size_t)n;
	}
	assert_memory_equal(ack, "BROM", 4);
}

static void
digs_out_a_rom_that_was_left_inside_a_write(void **state)
{
	/* 32 sectors at 0x80000, D as it may be; nothing follows. */
	struct xr_request q;
	struct chip_id id;
	struct rig r;

	(void)state;
	rig_start_rom(&r, ARGS(NULL));
	must(&r, rig_baud(&r, 921600));
	xr_request_start(&q, XR_WRITE_SECTORS);
	xr_request_u32(&q, 0x400);
	xr_request_u32(&q, 32);
	xr_request_u16(&q, 0);
	xr_request_end(&q);
	rig_raw(&r, q.wire, q.n);
	/* Only now it is inside: what lies unread when a port is closed is lost. */
	await_ack(&r);
	rig_detach(&r);
	rig_attach(&r);
	assert_int_equal(rig_enter(&r, CHIP_ENTRY_ALREADY), 0);
	rig_get_in(&r, CHIP_ENTRY_CONSOLE);
	assert_int_equal(r.wire->baud, 921600);
	rig_check(&r, 0, 4096);
	must(&r, rig_identify(&r, &id));
	assert_string_equal(id.console, "");
	rig_end(&r);
}

static void
power_cycle_gets_into_a_console_with_a_short_window(void **state)
{
	int entered = 0, i;
	struct rig r;
	pid_t child;

	(void)state;
	rig_start(&r,
	    ARGS("--start", "off", "--fault", "short-window", "--fault", "no-prompt"));
	assert_int_equal(rig_enter(&r, CHIP_ENTRY_ALREADY), 0);
	assert_int_equal(r.chip->seen.bytes, 0);
	/* Somebody switches it on while we are at it. */
	fflush(stdout);
	if ((child = fork()) == 0) {
		simrun_control(&r.sim, "power-on");
		_exit(0);
	}
	for (i = 0; i < 5 && entered == 0; i++)
		entered = rig_enter(&r, CHIP_ENTRY_POWER);
	assert_int_equal(entered, 1);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(simrun_stat(&r.sim, "upgrades"), 1);
	rig_end(&r);
}

static void
straps_get_into_a_rom_without_console(void **state)
{
	struct rig r;

	(void)state;
	rig_start(&r, ARGS("--start", "off", "--fault", "no-upgrade"));
	simrun_control(&r.sim, "straps on");
	simrun_control(&r.sim, "power-on");
	rig_get_in(&r, CHIP_ENTRY_STRAPS);
	assert_int_equal(simrun_stat(&r.sim, "boots"), 0);
	rig_end(&r);
}

static void
erases_exactly_what_it_was_asked(void **state)
{
	uint8_t *before, *after;
	struct rig r;
	size_t n, i;

	(void)state;
	rig_start_rom(&r, ARGS(NULL));
	before = rig_flash(&r, &n);
	must(&r, rig_write(&r, 0x7f000, before, 4096)); /* something to lose */
	must(&r, rig_write(&r, 0xa1000, before, 4096));
	free(before);
	before = rig_flash(&r, &n);
	/* 4K, 32K, 64K, 32K, 4K: 0x87000-0xa1000 */
	must(&r, rig_erase(&r, 0x87000, 0x1a000));
	after = rig_flash(&r, &n);
	assert_memory_equal(before, after, 0x87000);
	assert_memory_equal(before + 0xa1000, after + 0xa1000, n - 0xa1000);
	for (i = 0x87000; i < 0xa1000; i++)
		assert_int_equal(after[i], 0xff);
	assert_int_equal(simrun_op(&r.sim, XR_ERASE), 4);
	assert_int_equal(simrun_stat(&r.sim, "wild_erases"), 0);
	free(before);
	free(after);
	must_fail(&r, rig_erase(&r, 0x800, 4096), "");
	must_fail(&r, rig_erase(&r, 0x1000, 100), "");
	must_fail(&r, rig_erase(&r, 0, 0), "");
	rig_end(&r);
}

static void
writes_what_it_was_given(void **state)
{
	uint8_t data[XR_UNIT_MAX], back[XR_UNIT_MAX];
	struct rig r;
	size_t i;

	(void)state;
	rig_start_rom(&r, ARGS(NULL));
	for (i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7 + i / 256);
	must(&r, rig_erase(&r, 0xc0000, sizeof(data)));
	must(&r, rig_write(&r, 0xc0000, data, sizeof(data)));
	must(&r, rig_read(&r, 0xc0000, back, sizeof(back)));
	assert_memory_equal(data, back, sizeof(data));
	must(&r, rig_erase(&r, 0xd0000, 4096));
	must(&r, rig_write(&r, 0xd0e00, data, 512));
	must(&r, rig_read(&r, 0xd0e00, back, 512));
	assert_memory_equal(data, back, 512);
	must_fail(&r, rig_write(&r, 0xd0e00, data, 513), "");
	must_fail(&r, rig_write(&r, 0xd0e00, data, XR_UNIT_MAX + 512), "");
	must_fail(&r, rig_read(&r, 0x10, data, 512), "");
	rig_end(&r);
}

static void
writing_without_erasing_can_only_clear_bits(void **state)
{
	uint8_t data[512], back[512];
	struct rig r;
	size_t i;

	(void)state;
	rig_start_rom(&r, ARGS(NULL));
	must(&r, rig_erase(&r, 0xd0000, 4096));
	memset(data, 0x0f, sizeof(data));
	must(&r, rig_write(&r, 0xd0000, data, sizeof(data)));
	memset(data, 0x3c, sizeof(data));
	must(&r, rig_write(&r, 0xd0000, data, sizeof(data)));
	must(&r, rig_read(&r, 0xd0000, back, sizeof(back)));
	for (i = 0; i < sizeof(back); i++)
		assert_int_equal(back[i], 0x0c);
	rig_end(&r);
}

static void
chip_of_version_1_is_only_told(void **state)
{
	struct chip_id id;
	uint8_t buf[512];
	struct rig r;

	(void)state;
	rig_start_rom(&r, ARGS("--profile", "xr809"));
	must_fail(&r, rig_identify(&r, &id), "chip-needs-other-tool");
	assert_int_equal(r.err.code, ERR_REFUSED);
	assert_non_null(strstr(r.err.msg, "XR809"));
	assert_non_null(strstr(r.err.msg, "XR871"));
	must_fail(&r, rig_read(&r, 0, buf, 512), "chip-needs-other-tool");
	must_fail(&r, rig_baud(&r, 921600), "chip-needs-other-tool");
	must_fail(&r, rig_erase(&r, 0, 4096), "chip-needs-other-tool");
	must_fail(&r, rig_write(&r, 0, buf, 512), "chip-needs-other-tool");
	assert_int_equal(simrun_stat(&r.sim, "erases"), 0);
	assert_int_equal(simrun_stat(&r.sim, "reads"), 0);
	rig_end(&r);
}

static void
is_chip(const char *profile, const char *version, const char *chip)
{
	struct chip_id id;
	struct rig r;

	rig_start_rom(&r, ARGS("--profile", profile, "--brom-version", version));
	must(&r, rig_identify(&r, &id));
	assert_string_equal(id.chip, chip);
	assert_int_equal(id.brom_version, atoi(version));
	assert_true(id.size_proved);
	rig_end(&r);
}

static void
brothers_are_told_apart(void **state)
{
	(void)state;
	is_chip("xr872", "2", "xr872");
	is_chip("xr808", "2", "xr808");
	is_chip("xr806", "3", "xr806");
	is_chip("xr806", "4", "xr806");
}

static void
is_size(const char *size, const char *jedec, bool blank, uint64_t told, bool proved)
{
	struct chip_id id;
	struct rig r;

	rig_start_rom(&r, ARGS("--size", size, "--jedec", jedec));
	if (blank)
		must(&r, rig_erase(&r, 0, 1024 * 1024));
	must(&r, rig_identify(&r, &id));
	assert_int_equal(id.flash_size, told);
	assert_int_equal(id.size_proved, proved);
	rig_end(&r);
}

static void
size_is_proved_by_reading_or_not_at_all(void **state)
{
	(void)state;
	is_size("1M", "5e3214", false, 1 << 20, true);
	is_size("2M", "5e3215", false, 2 << 20, true);
	is_size("2M", "5e3214", false, 1 << 20, false); /* larger than its id says */
	is_size("512K", "5e3214", false, 1 << 20, false); /* smaller */
	is_size("1M", "5e3214", true, 1 << 20, false); /* nothing to compare */
	is_size("1M", "ffffff", false, 0, false);
	is_size("1M", "000000", false, 0, false);
	is_size("1M", "1f8501", false, 1 << 20, true); /* by the table */
}

static void
rom_that_knows_its_end_proves_the_size(void **state)
{
	struct chip_id id;
	struct rig r;

	(void)state;
	rig_start_rom(&r, ARGS("--fault", "range-check"));
	must(&r, rig_identify(&r, &id));
	assert_true(id.size_proved);
	rig_end(&r);
}

static void
rom_without_extras_still_works(void **state)
{
	struct chip_id id;
	struct rig r;

	(void)state;
	rig_start_rom(&r,
	    ARGS("--fault", "no-checksum", "--fault", "no-baudlist", "--fault",
		"no-efuse", "--fault", "no-swallow"));
	assert_false(((struct xr_brom *)r.chip->state)->sums);
	must(&r, rig_identify(&r, &id));
	assert_string_equal(id.chip_id, "");
	assert_string_equal(id.mac, "");
	assert_string_equal(id.mac_source, "");
	must(&r, rig_baud(&r, 1500000));
	assert_int_equal(r.wire->baud, 1500000);
	rig_check(&r, 0, XR_UNIT_MAX);
	rig_end(&r);
}

/* Ask for a rate and get this one. A machine that is busy with other tests may miss a
 * short time-out and fall further; asked again, the driver climbs again. */
static void
reach_baud(struct rig *r, unsigned ask, unsigned want)
{
	unsigned i;

	for (i = 0; i < 5; i++) {
		must(r, rig_baud(r, ask));
		if (r->wire->baud == want)
			break;
	}
	assert_int_equal(r->wire->baud, want);
}

static void
rate_falls_back_to_the_next_lower_one(void **state)
{
	struct rig r;

	(void)state;
	rig_start_rom(&r, ARGS("--fault", "max-baud:1000000"));
	reach_baud(&r, 3000000, 1000000);
	rig_check(&r, 0, 4096);
	/* One that the ROM does not know. */
	reach_baud(&r, 460800, 115200);
	rig_check(&r, 0, 4096);
	r.chip->max_baud = 921600;
	reach_baud(&r, 3000000, 921600);
	rig_end(&r);
}

static void
mac_follows_from_the_efuse(void **state)
{
	uint8_t efuse[XR_EFUSE_BYTES] = { 0 }, mac[6], id[16], i;
	const uint8_t want[6] = { 0x00, 0x04, 0x03, 0x06, 0x05, 0x04 };

	(void)state;
	for (i = 0; i < 16; i++)
		id[i] = (uint8_t)(i + 1);
	/* 1^7^13, 2^8^14, 3^9^13, 4^10^14, 5^11^15, 6^12^16; the first & fc */
	xr_chip_id_mac(id, mac);
	assert_int_equal(mac[0], (1 ^ 7 ^ 13) & 0xfc);
	assert_int_equal(mac[1], 2 ^ 8 ^ 14);
	assert_int_equal(mac[2], 3 ^ 9 ^ 13);
	assert_int_equal(mac[5], 6 ^ 12 ^ 16);
	assert_false(xr_efuse_mac(efuse, mac));
	efuse[76] = 0x80; /* bit 615: one MAC */
	efuse[78] = 0x80; /* bit 631: the MAC's bit 10 */
	assert_true(xr_efuse_mac(efuse, mac));
	assert_int_equal(mac[1], want[1]);
	efuse[77] = 0x02; /* flag 5: no run of ones */
	assert_false(xr_efuse_mac(efuse, mac));
	efuse[77] = 0x01; /* flag 3: the second one, which is empty */
	assert_true(xr_efuse_mac(efuse, mac));
	assert_int_equal(mac[1], 0);
}

static void
unplugged_port_is_lost_in_every_call(void **state)
{
	uint8_t buf[512];
	struct chip_id id;
	struct rig r;

	(void)state;
	rig_start_rom(&r, ARGS(NULL));
	rig_control(&r, "unplug");
	must_fail(&r, rig_read(&r, 0, buf, sizeof(buf)), "port-gone");
	assert_int_equal(r.err.code, ERR_LOST);
	must_fail(&r, rig_erase(&r, 0, 4096), "port-gone");
	must_fail(&r, rig_write(&r, 0, buf, sizeof(buf)), "port-gone");
	must_fail(&r, rig_identify(&r, &id), "port-gone");
	must_fail(&r, rig_resync(&r), "port-gone");
	must_fail(&r, rig_baud(&r, 921600), "port-gone");
	must_fail(&r, rig_enter(&r, CHIP_ENTRY_ALREADY), "port-gone");
	must_fail(&r, rig_enter(&r, CHIP_ENTRY_CONSOLE), "port-gone");
	r.chip->driver->leave(r.chip);
	rig_control(&r, "plug");
	rig_detach(&r);
	rig_attach(&r);
	rig_get_in(&r, CHIP_ENTRY_ALREADY);
	rig_end(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(connects_identifies_and_changes_rate_fast),
		cmocka_unit_test(reads_the_flash_byte_by_byte),
		cmocka_unit_test(reads_at_nearly_the_line_rate),
		cmocka_unit_test(enters_by_the_console_and_leaves_into_the_firmware),
		cmocka_unit_test(finds_a_rom_that_was_left_at_another_rate),
		cmocka_unit_test(answers_of_the_rom_are_no_console_text),
		cmocka_unit_test(digs_out_a_rom_that_was_left_inside_a_write),
		cmocka_unit_test(power_cycle_gets_into_a_console_with_a_short_window),
		cmocka_unit_test(straps_get_into_a_rom_without_console),
		cmocka_unit_test(erases_exactly_what_it_was_asked),
		cmocka_unit_test(writes_what_it_was_given),
		cmocka_unit_test(writing_without_erasing_can_only_clear_bits),
		cmocka_unit_test(chip_of_version_1_is_only_told),
		cmocka_unit_test(brothers_are_told_apart),
		cmocka_unit_test(size_is_proved_by_reading_or_not_at_all),
		cmocka_unit_test(rom_that_knows_its_end_proves_the_size),
		cmocka_unit_test(rom_without_extras_still_works),
		cmocka_unit_test(rate_falls_back_to_the_next_lower_one),
		cmocka_unit_test(unplugged_port_is_lost_in_every_call),
		cmocka_unit_test(mac_follows_from_the_efuse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
