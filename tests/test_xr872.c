/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The XR872 driver against the simulated boot ROM over a real pty. */
#include "config.h"

#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/err.h"
#include "common/file.h"
#include "common/loop.h"
#include "flashd/chips/chip.h"
#include "flashd/chips/xr_brom.h"
#include "flashd/wire.h"
#include "flashd/wire_trace.h"
#include "tests/simrun.h"
#include "tests/unit.h"

#define ARGS(...) ((const char *const[]) { __VA_ARGS__, NULL })

struct rig {
	struct simrun sim;
	struct wire *wire;
	struct chip *chip;
	struct err err;
};

static void
rig_attach(struct rig *r)
{
	r->wire = wire_open(r->sim.link, &r->err);
	if (r->wire == NULL)
		fail_msg("%s", r->err.msg);
	r->chip = chip_new(chip_find("xr872"), r->wire, &r->err);
	assert_non_null(r->chip);
}

static void
rig_start(struct rig *r, const char *const *args)
{
	memset(r, 0, sizeof(*r));
	simrun_start(&r->sim, args);
	rig_attach(r);
}

static void
rig_end(struct rig *r)
{
	chip_free(r->chip);
	wire_close(r->wire);
	simrun_clean(&r->sim);
}

/* For the body of a test: a call that must succeed, with its sentence if not. */
#define must(r, call)                                                                  \
	do {                                                                           \
		err_clear(&(r)->err);                                                  \
		if ((call) < 0)                                                        \
			fail_msg("%s: %s", #call, (r)->err.msg);                       \
	} while (0)

static int
enter(struct rig *r, enum chip_entry way)
{
	return r->chip->driver->enter(r->chip, way, &r->err);
}

static int
read_at(struct rig *r, uint32_t at, uint8_t *p, size_t n)
{
	return r->chip->driver->read(r->chip, at, p, n, &r->err);
}

static uint8_t *
flash_file(struct rig *r, size_t *ret_n)
{
	uint8_t *p;

	must(r, file_get(AT_FDCWD, r->sim.flash, 32u << 20, &p, ret_n, &r->err));
	return p;
}

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
	assert_int_equal(enter(&r, CHIP_ENTRY_ALREADY), 1);
	entered = loop_now_us();
	must(&r, r.chip->driver->set_baud(r.chip, 921600, &r.err));
	assert_int_equal(r.wire->baud, 921600);
	must(&r, r.chip->driver->identify(r.chip, &id, &r.err));
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
	uint8_t *flash, buf[XR_UNIT_MAX];
	struct rig r;
	size_t n, at;

	(void)state;
	rig_start(&r, ARGS("--start", "rom", "--unpaced"));
	assert_int_equal(enter(&r, CHIP_ENTRY_ALREADY), 1);
	must(&r, r.chip->driver->set_baud(r.chip, 3000000, &r.err));
	flash = flash_file(&r, &n);
	for (at = 0; at < n; at += sizeof(buf)) {
		must(&r, read_at(&r, (uint32_t)at, buf, sizeof(buf)));
		assert_memory_equal(buf, flash + at, sizeof(buf));
	}
	must(&r, read_at(&r, 0x200, buf, 512));
	assert_memory_equal(buf, flash + 0x200, 512);
	free(flash);
	rig_end(&r);
}

static void
enters_by_the_console_and_leaves_into_the_firmware(void **state)
{
	struct chip_id id;
	struct rig r;

	(void)state;
	rig_start(&r, ARGS("--seed", "1"));
	assert_int_equal(enter(&r, CHIP_ENTRY_ALREADY), 0);
	assert_int_equal(enter(&r, CHIP_ENTRY_CONSOLE), 1);
	must(&r, r.chip->driver->identify(r.chip, &id, &r.err));
	assert_true(id.console[0] != '\0');
	assert_string_equal(id.mac_source, "chip-id");
	r.chip->driver->leave(r.chip);
	assert_int_equal(r.wire->baud, 115200);
	assert_int_equal(simrun_stat(&r.sim, "reboots"), 1);
	assert_int_equal(simrun_stat(&r.sim, "rom_entries"), 1);
	rig_end(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(connects_identifies_and_changes_rate_fast),
		cmocka_unit_test(reads_the_flash_byte_by_byte),
		cmocka_unit_test(enters_by_the_console_and_leaves_into_the_firmware),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
