/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Looks for PPPP cameras: searches in clear and under every known key for a few seconds
 * and tells who answered; then whether a session opens, or another program holds the camera. What
 * answers is shown, never added or signed in to. Main thread.
 */
#ifndef STREAMD_DISCOVER_H
#define STREAMD_DISCOVER_H

#include <stdbool.h>

struct discovery;
struct err;
struct loop;
struct pppp_id;
struct pppp_targets;
struct sockaddr_in;

#define DISCOVER_MS 4000
#define DISCOVER_MAX 128	/* answers kept */

struct discovery_ops {
	/* Once, with {"cameras":[…]}; the discovery is then freed by itself. */
	void (*done)(void *arg, const char *json);
	/* A camera that answered: the name under which it is known here, or "", into
	 * name[TEXT_SLUG_MAX]. True: it is open just now. */
	bool (*known)(void *arg, const struct sockaddr_in *at, const struct pppp_id *id,
	    char *name);
};

/* where is copied. */
struct discovery *discovery_start(struct loop *l, const struct pppp_targets *where,
    const struct discovery_ops *ops, void *arg, struct err *e);
/* Without a done. NULL is fine. */
void discovery_free(struct discovery *d);

#endif
