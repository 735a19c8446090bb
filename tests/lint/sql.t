#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# SQL stands in db/ and nowhere else, and every write begins with BEGIN IMMEDIATE.
# shellcheck source=tests/lib.sh
. "${top_srcdir:-.}/tests/lib.sh"
cd "$top_srcdir" || exit 1

none() {	# none NAME COMMAND…: the command prints nothing
	local name=$1 out
	shift
	out=$("$@" 2>&1)
	[ -z "$out" ] || echo "$out" | sed 's/^/# /'
	is "$name" "$out" ""
}

rooms="common image appliance flashd streamd webd cli"

# A string constant that starts like a statement.
sql_outside() {
	# shellcheck disable=SC2086 # a list of words
	grep -rnE --include='*.[ch]' \
		'"[[:space:]]*(SELECT|INSERT INTO|REPLACE INTO|UPDATE [a-z_]+ SET|DELETE FROM|CREATE TABLE|PRAGMA|BEGIN|COMMIT|ROLLBACK)\b' \
		$rooms
}
none "no SQL string outside db/" sql_outside

handle_outside() {
	# shellcheck disable=SC2086
	grep -rnE --include='*.[ch]' 'sqlite3|db/(stmt|migrate|secret|live_file)\.h' $rooms
}
none "no sqlite3 call and no private header of db/ outside db/" handle_outside

bare_begin() {
	grep -rnE '"BEGIN\b|^BEGIN\b' db --include='*.[ch]' --include='*.sql' | grep -v 'BEGIN IMMEDIATE'
}
none "every transaction is BEGIN IMMEDIATE" bare_begin

exec_outside() {
	grep -rn 'sqlite3_exec' db --include='*.[ch]' | grep -vE '^db/(migrate|live_file)\.c:'
}
none "sqlite3_exec runs schemas only" exec_outside

# A value never becomes SQL text: only PRAGMA user_version, which takes no bound values,
# is printed with a number.
printed_sql() {
	grep -nE 'printf\(.*"(SELECT|INSERT|REPLACE|UPDATE|DELETE|PRAGMA)' db/*.c |
		grep -v 'PRAGMA user_version = %d'
}
none "no SQL is made by printf" printed_sql

not_strict() {
	awk '/^CREATE TABLE/ { name = $3 } /^\)/ && !/STRICT/ { print FILENAME ": " name }' \
		db/migrations/*.sql
}
none "every table is STRICT" not_strict

# The files are numbered without a gap, and the list in local.mk names them all.
numbers() {
	local n=0 file
	for file in db/migrations/*.sql; do
		n=$((n + 1))
		case $file in
		"db/migrations/$(printf %04d $n)-"*) ;;
		*) echo "$file should have the number $(printf %04d $n)" ;;
		esac
		grep -q "migrations/$(basename "$file")" db/local.mk ||
			echo "$file is not in db/local.mk"
	done
}
none "migrations are numbered without a gap and are built in" numbers

done_testing
