/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Taking in an archive that was found sound (appliance/load.h): STATE/loading. First
 * every dump in it is read once more, piece by piece between the loop's other work;
 * until then anything that is wrong ends it with nothing changed. Then, in one turn of
 * the loop: dumps that are not here get their names, what the archive has a newer or
 * older copy of moves into STATE/before-TIME with a copy of the inventory, and the
 * inventory becomes the archive's in one transaction. A power cut in that turn is made
 * good at the next start: each step can be done again. No dump is ever replaced or lost.
 * flashd's parent, main thread.
 */
#ifndef FLASHD_TAKEIN_H
#define FLASHD_TAKEIN_H

#include <stdbool.h>

struct flashd;

/* Is there one? Jobs do not begin then (true); it begins once none runs. */
bool takein_look(struct flashd *f);
/* At start, before rows and files are compared: finish one that was cut off while it
 * changed things. */
void takein_recover(struct flashd *f);
void takein_stop(struct flashd *f);

#endif
