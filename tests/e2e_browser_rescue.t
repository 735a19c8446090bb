#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A bricked camera in chromium, from silence on the wire to a picture, against the real
# daemons, which are killed on the way (tests/browser/rescue.mjs): a quick walk, or the
# whole with RESCUE_WHOLE=1. RESCUE_WALK=paths goes the ways of a file and a backup.
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
start_rescue_herd || bail "the herd did not start"
node "$top_srcdir/tests/browser/${RESCUE_WALK:-rescue}.mjs"
status=$?
if [ $status -ne 0 ]; then
	for log in "$T"/*.log; do
		echo "# ${log##*/}:"
		tail -n 15 "$log" | sed 's/^/#   /'
	done
fi
exit $status
