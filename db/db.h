/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The inventory file: opening, checking the schema, transactions, upgrading. A struct
 * db belongs to one thread and must not cross a fork. Rollback journal, not WAL:
 * SQLite 3.7.0 to 3.51.2 can corrupt a WAL that several processes share.
 */
#ifndef DB_DB_H
#define DB_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;
struct db;

#define DB_NAME "inventory.db"

enum db_mode { DB_READ_WRITE, DB_READ_ONLY };

/* Open STATE/inventory.db and check its schema. Name "schema-missing",
 * "schema-older", "schema-newer" in e tells a daemon to exit 78; the sentence names
 * both numbers and what to run. NULL on failure. Free with db_close(). */
struct db *db_open(const char *state, enum db_mode mode, struct err *e);
void db_close(struct db *db);	/* NULL is fine */

/* BEGIN IMMEDIATE … COMMIT. Nothing slow may happen in between. db_rollback() is
 * safe without a transaction. */
int db_begin(struct db *db, struct err *e);
int db_commit(struct db *db, struct err *e);
void db_rollback(struct db *db);

/* Create or upgrade the file to this program's schema: copy of the old file beside it
 * first, integrity_check (an index is made anew, if that is enough), each step one transaction. A damaged file is moved aside as
 * inventory.db.corrupt-TIME and a new one made. ret_from/ret_to (may be NULL) get the
 * schema numbers; ret_moved (may be NULL) becomes true when a damaged file was moved. */
int db_upgrade(const char *state, int *ret_from, int *ret_to, bool *ret_moved,
    struct err *e);

/* Changes whenever another connection committed (PRAGMA data_version): a cheap way
 * to ask "is there anything new?". */
int db_data_version(struct db *db, int64_t *ret, struct err *e);
/* The same, and also whenever this connection changed a row. */
int db_version(struct db *db, int64_t *ret, struct err *e);

/* Wall-clock seconds. Tests may set a fixed time with db_set_clock(). */
int64_t db_now_s(struct db *db);
void db_set_clock(struct db *db, int64_t wall_s);

#endif
