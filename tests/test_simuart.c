/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The simulated boot ROM itself, byte by byte and without the driver: what it answers
 * must be what the chip maker's tools were seen to send and get (docs/provenance.md).
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/loop.h"
#include "common/text.h"
#include "tests/xrrig.h"

#define READ_4 "42524f4d04005c47000000091a0000000000000004"
#define ID "42524f4d0400605100000001 18"
#define ID_REPLY "42524f4d0202000000000004 5e321400"
#define ACK "42524f4d0202000000000000"

static size_t
unhex(const char *s, uint8_t *ret)
{
	char pair[3] = "";
	size_t n = 0;

	while (*s != '\0') {
		if (*s == ' ') {
			s++;
			continue;
		}
		pair[0] = *s++;
		pair[1] = *s++;
		assert_int_equal(text_unhex(pair, ret + n++, 1), 0);
	}
	return n;
}

/* Wait for exactly these bytes, and that no more come. */
static void
hears(struct rig *r, const char *hex)
{
	uint8_t want[64], got[4096];
	size_t n = unhex(hex, want), have = 0;
	int64_t end = loop_now_us() + (n > 0 ? 10000000 : 60000);
	ssize_t k;

	while (have < (n > 0 ? n : 1) && loop_now_us() < end) {
		k = wire_read(r->wire, got + have, sizeof(got) - have, end, &r->err);
		assert_true(k >= 0);
		have += (size_t)k;
	}
	assert_int_equal(have, n);
	if (n > 0)
		assert_memory_equal(got, want, n);
}

static void
says(struct rig *r, const char *hex)
{
	uint8_t b[64];
	size_t n = unhex(hex, b);

	rig_raw(r, b, n);
}

static void
asks(struct rig *r, const char *request, const char *reply)
{
	says(r, request);
	hears(r, reply);
}

static void
raw_start(struct rig *r, const char *const *args)
{
	const char *all[16] = { "--start", "rom", "--unpaced" };
	size_t n = 3;

	while (*args != NULL && n < 15)
		all[n++] = *args++;
	rig_start(r, all);
	asks(r, "55", ""); /* measures the rate */
	asks(r, "55", "4f4b");
}

static void
session_of_the_makers_flasher(void **state)
{
	uint8_t got[2060], *flash;
	struct rig r;
	size_t n, have = 0;
	ssize_t k;

	(void)state;
	raw_start(&r, ARGS(NULL));
	asks(&r, ID, ID_REPLY);
	asks(&r, "42524f4d0400524200000005 10030e1000", ACK);
	must(&r, wire_set_baud(r.wire, 921600, &r.err));
	asks(&r, "55", "");
	asks(&r, "55", "4f4b");
	says(&r, READ_4);
	while (have < sizeof(got)) {
		k = wire_read(r.wire, got + have, sizeof(got) - have,
		    loop_now_us() + 10000000, &r.err);
		assert_true(k > 0);
		have += (size_t)k;
	}
	assert_memory_equal(got, "BROM\x02\x02\0\0\0\0\x08\0", 12);
	flash = rig_flash(&r, &n);
	assert_memory_equal(got + 12, flash, 2048);
	free(flash);
	asks(&r, "42524f4d04005e9000000005 100301c200", ACK);
	must(&r, wire_set_baud(r.wire, 115200, &r.err));
	asks(&r, "5555", "4f4b");
	rig_end(&r);
}

static void
errors_have_their_codes(void **state)
{
	struct rig r;

	(void)state;
	raw_start(&r, ARGS(NULL));
	/* unknown, wrong checksum, no such rate, too long (and what follows is new) */
	asks(&r, "42524f4d0400605200000001 17", "42524f4d0302000000000001 01");
	asks(&r, "42524f4d0400605000000001 18", "42524f4d0302000000000001 03");
	asks(&r, "42524f4d0400594a00000005 1003070800", "42524f4d0302000000000001 04");
	asks(&r, "42524f4d0400000000004001", "42524f4d0302000000000001 05");
	asks(&r, ID, ID_REPLY);
	/* The type's high nibble comes back. */
	asks(&r, "42524f4d0480 e05100000001 18", "42524f4d0282000000000004 5e321400");
	rig_end(&r);
}

static void
checksummed_replies_once_switched_on(void **state)
{
	struct rig r;

	(void)state;
	raw_start(&r, ARGS("--brom-version", "1"));
	asks(&r, "42524f4d04005f5400000002 1401", "42524f4d06015f6800000000");
	asks(&r, ID, "42524f4d06012cf200000004 5e321400");
	rig_end(&r);
}

static void
waits_inside_a_frame_for_ever(void **state)
{
	struct rig r;

	(void)state;
	raw_start(&r, ARGS(NULL));
	asks(&r, "42524f4d04006051", "");
	asks(&r, "00000001", "");
	asks(&r, "18", ID_REPLY);
	rig_end(&r);
}

static void
write_of_zeros(struct rig *r, const char *request, uint8_t byte_4, const char *reply)
{
	uint8_t data[512] = { 0 };

	data[4] = byte_4;
	asks(r, request, ACK);
	rig_raw(r, data, sizeof(data));
	hears(r, reply);
}

static void
data_checksum_counts_only_with_a_bit_of_the_data(void **state)
{
	/* sector 0x400, 1 sector, D = 1234, which is wrong */
	const char *request = "42524f4d0400 2b2e0000000b 1b00000400000000011234";
	struct rig r;

	(void)state;
	raw_start(&r, ARGS(NULL));
	write_of_zeros(&r, request, 0x00, ACK);
	write_of_zeros(&r, request, 0x04, "42524f4d0302000000000001 03");
	write_of_zeros(&r, request, 0xfb, ACK);
	assert_int_equal(simrun_stat(&r.sim, "writes"), 2);
	rig_end(&r);
}

static void
too_many_sectors_end_the_rom(void **state)
{
	struct rig r;

	(void)state;
	raw_start(&r, ARGS(NULL));
	asks(&r, "42524f4d0400304700000009 1a0000000000000030", "");
	asks(&r, ID, "");
	asks(&r, "55", "");
	rig_end(&r);
}

static void
wrong_rate_gives_the_same_garbage_every_time(void **state)
{
	uint8_t got[2][64];
	struct rig r;
	size_t have[2];
	ssize_t k;
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		raw_start(&r, ARGS("--seed", "77"));
		must(&r, wire_set_baud(r.wire, 57600, &r.err));
		says(&r, ID ID);
		for (have[i] = 0; have[i] < sizeof(got[i]); have[i] += (size_t)k) {
			k = wire_read(r.wire, got[i] + have[i],
			    sizeof(got[i]) - have[i], loop_now_us() + 200000, &r.err);
			if (k <= 0)
				break;
		}
		assert_true(simrun_stat(&r.sim, "garbled") >= 26);
		assert_int_equal(simrun_op(&r.sim, 0x18), 0);
		rig_end(&r);
	}
	assert_int_equal(have[0], have[1]);
	assert_memory_equal(got[0], got[1], have[0]);
}

static void
boots_only_a_whole_firmware(void **state)
{
	uint8_t bad = 0x12;
	struct rig r;
	FILE *f;

	(void)state;
	rig_start(&r, ARGS("--unpaced"));
	rig_get_in(&r, CHIP_ENTRY_CONSOLE);
	assert_int_equal(simrun_stat(&r.sim, "boots"), 1);
	rig_detach(&r);
	assert_int_equal(simrun_stop(&r.sim), 0);
	f = fopen(r.sim.flash, "r+e");
	assert_non_null(f);
	assert_int_equal(fseek(f, 0x100, SEEK_SET), 0);
	assert_int_equal(fwrite(&bad, 1, 1, f), 1);
	fclose(f);
	simrun_again(&r.sim, ARGS("--unpaced"));
	rig_attach(&r);
	rig_get_in(&r, CHIP_ENTRY_STRAPS);
	assert_int_equal(simrun_stat(&r.sim, "boots"), 0);
	rig_end(&r);
}

static void
reboot_with_the_flag_set_comes_back_into_the_rom(void **state)
{
	struct rig r;

	(void)state;
	raw_start(&r, ARGS(NULL));
	asks(&r, "42524f4d0400605700000001 12", ACK);
	rig_get_in(&r, CHIP_ENTRY_STRAPS);
	assert_int_equal(simrun_stat(&r.sim, "boots"), 0);
	assert_int_equal(simrun_stat(&r.sim, "rom_entries"), 2);
	r.chip->driver->leave(r.chip);
	rig_get_in(&r, CHIP_ENTRY_CONSOLE);
	assert_int_equal(simrun_stat(&r.sim, "boots"), 1);
	rig_end(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(session_of_the_makers_flasher),
		cmocka_unit_test(errors_have_their_codes),
		cmocka_unit_test(checksummed_replies_once_switched_on),
		cmocka_unit_test(waits_inside_a_frame_for_ever),
		cmocka_unit_test(data_checksum_counts_only_with_a_bit_of_the_data),
		cmocka_unit_test(too_many_sectors_end_the_rom),
		cmocka_unit_test(wrong_rate_gives_the_same_garbage_every_time),
		cmocka_unit_test(boots_only_a_whole_firmware),
		cmocka_unit_test(reboot_with_the_flag_set_comes_back_into_the_rom),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
