/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs tests/sim/simuart as a child in a private folder, for C tests. */
#ifndef TESTS_SIMRUN_H
#define TESTS_SIMRUN_H

#include <stdint.h>
#include <sys/types.h>

struct simrun {
	pid_t pid;
	char dir[64];
	char link[96], flash[96], stats[96], control[96];
};

/* Start with --link, --flash, --stats and --control set and these further arguments,
 * NULL at the end; aborts the test when it does not get ready. A flash file that is
 * already there (simrun_prepare) is used. */
void simrun_prepare(struct simrun *s);
void simrun_start(struct simrun *s, const char *const *args);
/* SIGTERM; its exit status. The folder goes, unless keep is set. */
int simrun_stop(struct simrun *s);
/* Started again in the same folder, with the same flash. */
void simrun_again(struct simrun *s, const char *const *args);
void simrun_clean(struct simrun *s);
/* One line to its control fifo; returns when it was done. */
void simrun_control(struct simrun *s, const char *line);
/* A counter, or -1 when there is none of that name. */
int64_t simrun_stat(struct simrun *s, const char *name);
/* How often the ROM saw this opcode. */
int64_t simrun_op(struct simrun *s, unsigned op);

#endif
