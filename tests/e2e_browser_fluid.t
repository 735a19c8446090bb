#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A hundred cameras and a thousand backups in chromium (tests/browser/fluid.mjs): what is
# drawn and fetched, and both lists by keys. With SLOWER=4 it prints how fluid that is on a
# phone's processor; `make bench-page` does so.
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

browser_tools || bail "the browser's tools could not be installed"
herd_conf || bail "no configuration"
many_of_all 100 1000 200 || bail "no rows"
start_daemon webd || bail "webd did not start"
SETUP_CODE=$(camherd --json setup-code | sed -n 's/.*"code": *"\([a-z0-9]*\)".*/\1/p')
BASE=http://$(listen_of webd)
TMPDIR=$T
export SETUP_CODE BASE TMPDIR
node "$top_srcdir/tests/browser/fluid.mjs"
status=$?
[ $status -eq 0 ] || tail -n 5 "$T/webd.log" | sed 's/^/#   /'
exit $status
