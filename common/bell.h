/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The doorbell: an empty datagram that says "look at the database". The work itself
 * lies in a row, so a lost ring costs only time: every daemon also looks by itself
 * every few seconds. Any process, one thread.
 */
#ifndef COMMON_BELL_H
#define COMMON_BELL_H

struct err;

/* Bind RUN/<who>.bell (an old one is replaced). The non-blocking fd, or -1. */
int bell_open(const char *run, const char *who, struct err *e);
/* Ring; every failure is harmless and ignored. */
void bell_ring(const char *run, const char *who);
/* Swallow all waiting rings. */
void bell_drain(int fd);
/* At a clean end: take it down. fd < 0: nothing was hung up. */
void bell_close(int fd, const char *run, const char *who);

#endif
