/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of chip drivers and what is common to all (see chip.h). Worker process,
 * its one thread. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/err.h"
#include "flashd/chips/chip.h"

#define CHIP(name) extern const struct chip_driver chip_##name;
#include "flashd/chips/chips.def"
#undef CHIP

#define CHIP(name) &chip_##name,
static const struct chip_driver *const drivers[] = {
#include "flashd/chips/chips.def"
	NULL
};
#undef CHIP

const struct chip_driver *const *
chip_drivers(void)
{
	return drivers;
}

const struct chip_driver *
chip_find(const char *name)
{
	size_t i;

	for (i = 0; drivers[i] != NULL; i++)
		if (strcmp(drivers[i]->name, name) == 0)
			return drivers[i];
	return NULL;
}

struct chip *
chip_new(const struct chip_driver *driver, struct wire *wire, struct err *e)
{
	struct chip *c = calloc(1, sizeof(*c));

	if (c == NULL || (c->state = calloc(1, driver->state_size)) == NULL) {
		err_sys(e, "start the driver of %s", driver->title);
		free(c);
		return NULL;
	}
	c->driver = driver;
	c->wire = wire;
	return c;
}

void
chip_free(struct chip *c)
{
	if (c == NULL)
		return;
	free(c->state);
	free(c);
}
