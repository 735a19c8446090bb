/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file of the user's becomes a dump. flashd's parent, main thread. */
#ifndef FLASHD_IMPORT_H
#define FLASHD_IMPORT_H

struct flashd;
struct job;

/* Do a claimed job of this kind to its end. A file in which the same bytes stand twice
 * (its reader went past the end of the chip) is cut to one of them, unless the job's
 * flags say that it is to stay as it is. */
void import_do(struct flashd *f, struct job *j);

#endif
