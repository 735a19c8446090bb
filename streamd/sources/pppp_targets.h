/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where PPPP cameras are searched: the broadcast addresses of this machine's networks
 * and addresses an admin listed; and which answers to such a search are believed.
 * Main thread.
 */
#ifndef STREAMD_SOURCES_PPPP_TARGETS_H
#define STREAMD_SOURCES_PPPP_TARGETS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

struct err;
struct netpolicy;
struct pppp_id;

#define PPPP_TARGETS_MAX 64

struct pppp_target {
	struct sockaddr_in to;
	struct in_addr mask;	/* who may answer: the same network, or only itself */
};

struct pppp_targets {
	struct pppp_target t[PPPP_TARGETS_MAX];
	unsigned n;
};

/* list: words, "auto" (every interface's broadcast address) or ADDRESS[:PORT].
 * ERR_USAGE names the bad word. */
int pppp_targets_fill(struct pppp_targets *ts, const char *list, struct err *e);
/* May cameras be at all of them? 0, or -1 with a sentence that names the first where
 * not. */
int pppp_targets_check(
    const struct pppp_targets *ts, const struct netpolicy *policy, struct err *e);
/* One camera's own address. */
void pppp_targets_one(struct pppp_targets *ts, const struct sockaddr_in *to);
bool pppp_targets_allow(const struct pppp_targets *ts, const struct sockaddr_in *from);
/* Is this source (pppp:[DEVICEID][@HOST[:PORT]]) the camera with this id that answers
 * there? All that the source says must fit: twins share an id and are told apart by
 * their addresses. */
bool pppp_source_is(const char *source, const struct sockaddr_in *at,
    const struct pppp_id *id);
/* A non-blocking UDP socket that may broadcast; -1 and e. */
int pppp_socket(struct err *e);
void pppp_targets_send(const struct pppp_targets *ts, int fd, const void *p, size_t n);

#endif
