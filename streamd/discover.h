/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Looks for PPPP cameras: searches in clear and under every known key for a few seconds
 * and tells who answered. What answers is shown, never added or spoken to. Main thread.
 */
#ifndef STREAMD_DISCOVER_H
#define STREAMD_DISCOVER_H

struct discovery;
struct err;
struct loop;

#define DISCOVER_MS 4000
#define DISCOVER_MAX 128	/* answers kept */

/* list: [streamd] discovery. done is called once with {"cameras":[…]}; the discovery is
 * then freed by itself. */
struct discovery *discovery_start(struct loop *l, const char *list,
    void (*done)(void *arg, const char *json), void *arg, struct err *e);
/* Without a done. NULL is fine. */
void discovery_free(struct discovery *d);

#endif
