/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The names and addresses that this appliance answers to. A page of a stranger can
 * point a name of its own at us (DNS rebinding); then the Host header still carries
 * that name, and the request is refused. webd's one thread.
 */
#ifndef WEBD_HOST_H
#define WEBD_HOST_H

#include <stdbool.h>
#include <stddef.h>

struct err;
struct hosts;
struct sockaddr_storage;

/* configured: [webd] hostnames. The machine's own name and search domains are read
 * here. NULL when out of memory. */
struct hosts *hosts_new(const char *configured);
/* With a name and search domains given, for tests. */
struct hosts *hosts_new_as(const char *configured, const char *hostname,
    const char *search);
void hosts_free(struct hosts *h);

/* Judge a Host header's value. local: the address the request came in at, or NULL.
 * -1: ERR_USAGE "bad-host" when it is no host at all, ERR_REFUSED "unknown-host" with
 * the configuration line to add. */
int hosts_check(struct hosts *h, const char *value, const struct sockaddr_storage *local,
    struct err *e);

/* Split HOST[:PORT]; a bracketed IPv6 address keeps its brackets. ret_port "" when
 * there is none. 0, or -1 when it is neither name nor address. */
int host_split(const char *value, char *ret_host, size_t host_size, char *ret_port,
    size_t port_size);

#endif
