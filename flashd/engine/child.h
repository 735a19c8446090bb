/* SPDX-License-Identifier: GPL-3.0-or-later */
/* flashd -W: one job on one tty, in a process of its own. */
#ifndef FLASHD_ENGINE_CHILD_H
#define FLASHD_ENGINE_CHILD_H

/* Read the order, do it, say how it ended. The process's exit status. */
int child_main(void);

#endif
