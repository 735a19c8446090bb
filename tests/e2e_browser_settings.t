#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The appliance's settings and a large herd in chromium against webd and flashd
# (tests/browser/settings.mjs).
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/browser/herd.sh"
plan_short
for tool in node npm sqlite3; do
	command -v $tool >/dev/null || { echo "1..0 # SKIP $tool is not installed"; exit 0; }
done
[ -n "$CHROMIUM" ] || { echo "1..0 # SKIP chromium is not installed"; exit 0; }

bail() {
	echo "Bail out! $1"
	tail -n 20 "$T"/*.log | sed 's/^/# /'
	exit 1
}

# A hundred cameras and a thousand backups, as rows: what the page makes of many.
fill() {
	sqlite3 "$T/state/inventory.db" "PRAGMA busy_timeout = 60000; BEGIN IMMEDIATE;
	WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99)
	INSERT INTO camera (name, source, created_s, changed_s)
	SELECT printf('herd-%03d', i), '', 1700000000, 1700000000 FROM n;
	WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999)
	INSERT INTO dump (sha256, size, camera_id, kind, verified, chip, passes, note, created_s, sidecar)
	SELECT printf('%064x', i + 1), 1048576,
		(SELECT id FROM camera WHERE name = printf('herd-%03d', i % 100)), 'backup', 1,
		'xr872', 2, printf('large-%04d', i), 1700000000 + i, printf('%064x-1.json', i + 1)
	FROM n; COMMIT;"
}

browser_tools || bail "the browser's tools could not be installed"
herd_conf || bail "no configuration"
start_daemon webd && start_daemon flashd || bail "the daemons did not start"
SETUP_CODE=$(camherd --json setup-code | sed -n 's/.*"code": *"\([a-z0-9]*\)".*/\1/p')
BASE=http://$(listen_of webd)
TMPDIR=$T LARGE=$T/large
export SETUP_CODE BASE TMPDIR LARGE
(wait_for 300 test -e "$LARGE.go" && fill) >"$T/fill.log" 2>&1 &
tap_pids="$tap_pids $!"
node "$top_srcdir/tests/browser/settings.mjs"
status=$?
if [ $status -ne 0 ]; then
	for log in "$T"/*.log; do
		echo "# ${log##*/}:"
		tail -n 15 "$log" | sed 's/^/#   /'
	done
fi
exit $status
