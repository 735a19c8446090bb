#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Seventy attacks in every text that comes from devices and strangers, shown by every
# page in chromium, over TLS: nothing runs, all of it is text (tests/browser/xss.mjs).
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/browser/herd.sh"
plan_short
for tool in node npm; do
	command -v $tool >/dev/null || { echo "1..0 # SKIP $tool is not installed"; exit 0; }
done
[ -n "$CHROMIUM" ] || { echo "1..0 # SKIP chromium is not installed"; exit 0; }

bail() {
	echo "Bail out! $1"
	tail -n 20 "$T"/*.log | sed 's/^/# /'
	exit 1
}

browser_tools || bail "the browser's tools could not be installed"
herd_conf "tls_listen = 127.0.0.1:0" || bail "no configuration"
echo 'correct horse battery' | camherd -q user add ola || bail "no user"
start_daemon webd || bail "webd did not start"
"$top_builddir/tests/xssworld" "$T/state" "$T/run" "$top_srcdir/tests/data/xss.txt" >"$T/xssworld.log" 2>&1 ||
	bail "the world could not be made"
# Over TLS, with webd's own certificate.
BASE=https://$(sed 's/.*"listen":"\([^"]*\)".*/\1/' "$T/run/webd.tls") TMPDIR=$T RUN=$T/run WORLD=$T/xssworld.log
export BASE TMPDIR RUN WORLD top_srcdir
node "$top_srcdir/tests/browser/xss.mjs"
status=$?
[ $status -eq 0 ] || tail -n 15 "$T/webd.log" | sed 's/^/#   /'
exit $status
