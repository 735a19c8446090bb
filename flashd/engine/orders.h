/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The orders that the child gets over its socketpair: the first with its descriptors in
 * place, each further one with its own, so that one child works on one open port for a
 * console and the job that takes it over. Worker process, its only thread.
 */
#ifndef FLASHD_ENGINE_ORDERS_H
#define FLASHD_ENGINE_ORDERS_H

struct err;
struct order;

int orders_first(int talk, struct order *ret, struct err *e);
/* Close what belonged to the last order and wait for another one. 1 = it is here, 0 =
 * there is none, -1. */
int orders_next(int talk, struct order *ret, struct err *e);

/* Before anything is opened: no other descriptor shall get a number of flashd/order.h,
 * which a later order may need. */
int orders_keep_places(void);
/* fd, or -1 when nothing came for it. */
int orders_fd(int fd);

#endif
