/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What rescue.c and rescue_start.c share. db/ only; thread of the struct db. */
#ifndef DB_RESCUE_ROW_H
#define DB_RESCUE_ROW_H

#include <stdint.h>

struct db;
struct err;

/* Who changed it last, and when. ERR_NOT_FOUND when there is none. Within the caller's
 * transaction. */
int rescue_touch(struct db *db, int64_t id, const char *who, struct err *e);

#endif
