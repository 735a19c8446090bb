/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which addresses streamd connects to as cameras: what an admin listed, else private
 * ranges and the networks this machine is in. A camera's address is typed by a person
 * but resolved by a name server, so it is judged after the look-up and connected to as
 * judged. Main thread.
 */
#ifndef COMMON_NETPOLICY_H
#define COMMON_NETPOLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

struct err;
struct netpolicy;

/* list: CIDRs or single addresses separated by spaces; "" = the default. NULL and e
 * (ERR_USAGE, names the bad word). */
struct netpolicy *netpolicy_new(const char *list, struct err *e);
/* Another list; on failure the old one stays. */
int netpolicy_set(struct netpolicy *p, const char *list, struct err *e);
void netpolicy_free(struct netpolicy *p);	/* NULL is fine */

/* Learn this machine's own addresses and networks anew from its interfaces. */
int netpolicy_refresh(struct netpolicy *p, struct err *e);
/* One own address with its prefix length, as netpolicy_refresh() finds them. */
int netpolicy_add_own(struct netpolicy *p, const struct sockaddr *own, unsigned prefix);
void netpolicy_forget_own(struct netpolicy *p);

/* 0, or -1 with a sentence naming the address and the key to change ("address"). */
int netpolicy_check(const struct netpolicy *p, const struct sockaddr *to, struct err *e);

#endif
