/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A rig with the simulator in the same process (see xrrig.h and vline.h): time passes
 * only while the driver waits for the line. Tests only, one thread. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "tests/sim/mkimage.h"
#include "tests/vline.h"
#include "tests/xrrig.h"

void
rig_attach(struct rig *r)
{
	r->wire = &r->line->wire;
	r->wire->trace = r->trace;
	r->chip = chip_new(chip_find("xr872"), r->wire, &r->err);
	assert_non_null(r->chip);
}

void
rig_detach(struct rig *r)
{
	chip_free(r->chip);
	r->chip = NULL;
	r->wire = NULL;
}

static const char *
option(const char *const *args, const char *name)
{
	for (; *args != NULL; args++)
		if (strcmp(*args, name) == 0)
			return args[1];
	return NULL;
}

static uint64_t
number(const char *const *args, const char *name, uint64_t otherwise)
{
	const char *text = option(args, name);

	if (text != NULL)
		assert_int_equal(text_number(text, 1, FLASH_MAX, true, &otherwise), 0);
	return otherwise;
}

static void
start(struct vline *v, const char *how)
{
	if (how != NULL && strcmp(how, "rom") == 0)
		return;
	v->sim.stats.rom_entries = 0; /* vline_init() makes one */
	if (how == NULL)
		vline_firmware(v);
	else if (strcmp(how, "off") == 0)
		sim_power_off(&v->sim);
	else
		fail_msg("--start %s is not for this rig", how);
}

/* --start, --size, --console-baud, --fault and --unpaced are understood. */
void
rig_start(struct rig *r, const char *const *args)
{
	struct mkimage m = { .family = IMAGE_FAMILY_XR872,
		.flash_size = (uint32_t)number(args, "--size", 1024 * 1024),
		.seed = 1,
		.ssid = "simulated",
		.psk = "not a secret",
		.mac = { 0x5c, 1, 2, 3, 4, 5 } };
	uint8_t *flash = malloc(m.flash_size);
	struct vline *v = malloc(sizeof(*v));
	size_t i;

	memset(r, 0, sizeof(*r));
	assert_true(flash != NULL && v != NULL);
	assert_int_equal(mkimage_dump(&m, flash), 0);
	vline_init(v, flash, m.flash_size, 1);
	free(flash);
	r->line = v;
	v->sim.console.baud = (unsigned)number(args, "--console-baud", 115200);
	for (i = 0; args[i] != NULL; i++) {
		if (strcmp(args[i], "--unpaced") == 0)
			v->sim.line.paced = false;
		else if (strcmp(args[i], "--fault") == 0)
			vline_fault(v, args[i + 1]);
	}
	start(v, option(args, "--start"));
	rig_attach(r);
}

void
rig_end(struct rig *r)
{
	rig_detach(r);
	vline_fini(r->line);
	free(r->line);
	r->line = NULL;
}

uint8_t *
rig_flash(struct rig *r, size_t *ret_n)
{
	uint8_t *p = malloc(r->line->sim.nor.size);

	assert_non_null(p);
	*ret_n = r->line->sim.nor.size;
	memcpy(p, r->line->flash, *ret_n);
	return p;
}

void
rig_control(struct rig *r, const char *line)
{
	struct vline *v = r->line;

	if (strncmp(line, "fault ", 6) == 0)
		vline_fault(v, line + 6);
	else if (strcmp(line, "no-faults") == 0)
		v->n_faults = v->sim.n_faults = 0;
	else if (strcmp(line, "power-cycle") == 0)
		vline_firmware(v);
	else
		fail_msg("'%s' is not for this rig", line);
}

int64_t
rig_count(struct rig *r, const char *name)
{
	const struct stats *t = &r->line->sim.stats;
	const struct {
		const char *name;
		uint64_t n;
	} rows[] = { { "erases", t->erases }, { "writes", t->writes },
		{ "flipped", t->flipped }, { "overrun", t->overrun },
		{ "reboots", t->reboots }, { "rom_entries", t->rom_entries } };
	size_t i;

	vline_wait(r->line, 1000000); /* what is under way comes to pass */
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].name, name) == 0)
			return (int64_t)rows[i].n;
	return -1;
}
