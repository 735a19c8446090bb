/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A rig with the simulator as a program behind a pty (see xrrig.h). Tests only. */
#include "config.h"

#include <fcntl.h>
#include <string.h>

#include "common/file.h"
#include "tests/xrrig.h"

void
rig_attach(struct rig *r)
{
	r->wire = wire_open(r->sim.link, &r->err);
	if (r->wire == NULL)
		fail_msg("%s", r->err.msg);
	r->wire->trace = r->trace;
	r->chip = chip_new(chip_find("xr872"), r->wire, &r->err);
	assert_non_null(r->chip);
}

void
rig_detach(struct rig *r)
{
	chip_free(r->chip);
	wire_close(r->wire);
	r->chip = NULL;
	r->wire = NULL;
}

void
rig_start(struct rig *r, const char *const *args)
{
	memset(r, 0, sizeof(*r));
	simrun_start(&r->sim, args);
	rig_attach(r);
}

void
rig_end(struct rig *r)
{
	rig_detach(r);
	simrun_clean(&r->sim);
}

uint8_t *
rig_flash(struct rig *r, size_t *ret_n)
{
	uint8_t *p;

	must(r, file_get(AT_FDCWD, r->sim.flash, 32u << 20, &p, ret_n, &r->err));
	return p;
}

void
rig_control(struct rig *r, const char *line)
{
	simrun_control(&r->sim, line);
}

int64_t
rig_count(struct rig *r, const char *name)
{
	return simrun_stat(&r->sim, name);
}
