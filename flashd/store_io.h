/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The store's calls into the system. flashd's parent; tests wrap them. */
#ifndef FLASHD_STORE_IO_H
#define FLASHD_STORE_IO_H

#include "flashd/store.h"

extern const struct store_ops store_io;

#endif
