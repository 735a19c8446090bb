/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hashes of the tables of people (see people_hashes.h). Thread of the struct db. */
#include "config.h"

#include "common/err.h"
#include "db/db.h"
#include "db/people_hashes.h"
#include "db/secret.h"
#include "db/stmt.h"

int
people_hashes(struct db *db, void (*fn)(const char *hash, void *arg), void *arg,
    struct err *e)
{
	sqlite3_stmt *stmt = stmt_prepare(db, e,
	    "SELECT hash FROM user UNION ALL SELECT hash FROM token UNION ALL "
	    "SELECT hash FROM session UNION ALL SELECT csrf FROM session UNION ALL "
	    "SELECT value FROM setting WHERE key = 'setup_code_hash'",
	    "");
	char hash[SECRET_PASSWORD_SIZE];
	int r;

	if (stmt == NULL)
		return -1;
	while ((r = stmt_step(db, stmt, e)) == 1) {
		stmt_text(stmt, 0, hash, sizeof(hash));
		fn(hash, arg);
	}
	sqlite3_finalize(stmt);
	return r;
}
