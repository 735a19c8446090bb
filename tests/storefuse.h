/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Store calls that work until one of them is the last: all behind it fail. Tests only. */
#ifndef TESTS_STOREFUSE_H
#define TESTS_STOREFUSE_H

#include "flashd/store.h"

struct fuse {
	unsigned left;	/* calls that still count; 0 = burnt */
};
extern const struct store_ops fuse_ops;	/* arg: struct fuse * */

#endif
