/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Driver, wire and simulator together (see xrrig.h). Tests only. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/loop.h"
#include "tests/xrrig.h"

void
rig_start_rom(struct rig *r, const char *const *args)
{
	const char *all[32] = { "--start", "rom", "--unpaced" };
	size_t n = 3;

	while (*args != NULL && n < 31)
		all[n++] = *args++;
	rig_start(r, all);
	rig_get_in(r, CHIP_ENTRY_ALREADY);
}

int
rig_enter(struct rig *r, enum chip_entry way)
{
	return r->chip->driver->enter(r->chip, way, &r->err);
}

void
rig_get_in(struct rig *r, enum chip_entry way)
{
	int got = 0, i;

	for (i = 0; i < 5 && got == 0; i++)
		got = rig_enter(r, way);
	if (got < 0)
		fail_msg("%s", r->err.msg);
	assert_int_equal(got, 1);
}

int
rig_identify(struct rig *r, struct chip_id *ret)
{
	return r->chip->driver->identify(r->chip, ret, &r->err);
}

int
rig_baud(struct rig *r, unsigned baud)
{
	return r->chip->driver->set_baud(r->chip, baud, &r->err);
}

int
rig_read(struct rig *r, uint32_t at, uint8_t *p, size_t n)
{
	return r->chip->driver->read(r->chip, at, p, n, &r->err);
}

int
rig_erase(struct rig *r, uint32_t at, size_t n)
{
	return r->chip->driver->erase(r->chip, at, n, &r->err);
}

int
rig_write(struct rig *r, uint32_t at, const uint8_t *p, size_t n)
{
	return r->chip->driver->write(r->chip, at, p, n, &r->err);
}

int
rig_resync(struct rig *r)
{
	return r->chip->driver->resync(r->chip, &r->err);
}

void
rig_check(struct rig *r, uint32_t at, size_t n)
{
	uint8_t buf[XR_UNIT_MAX], *flash;
	size_t size;

	must(r, rig_read(r, at, buf, n));
	flash = rig_flash(r, &size);
	assert_true(at + n <= size);
	assert_memory_equal(buf, flash + at, n);
	free(flash);
}

void
rig_raw(struct rig *r, const void *p, size_t n)
{
	must(r, wire_write(r->wire, p, n, loop_now_us() + 10000000, &r->err));
}
