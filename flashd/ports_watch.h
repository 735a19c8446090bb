/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Notices at once that a serial port came or went: udev tells of USB adapters, inotify
 * of the configured tty paths. Main thread of flashd's parent.
 */
#ifndef FLASHD_PORTS_WATCH_H
#define FLASHD_PORTS_WATCH_H

struct loop;
struct ports_watch;

/* fn is called shortly after something changed. paths: as in [flashd] ports. Where udev
 * or inotify cannot be had, that part is left to the regular look. NULL when out of
 * memory. */
struct ports_watch *ports_watch_new(struct loop *loop, const char *paths,
    void (*fn)(void *arg), void *arg);
void ports_watch_free(struct ports_watch *w);	/* NULL is fine */

#endif
