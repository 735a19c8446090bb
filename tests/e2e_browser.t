#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The page in chromium against the real daemons: setup, backup, restore, live picture,
# at phone and desk size, axe clean in both themes (tests/browser/walk.mjs).
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
# The second camera answers at once but erases slowly, so that a write can be cut off.
start_herd --unpaced --fault slow-erase:60 || bail "the herd did not start"
PHOTO=$T/photo.jpg
"$top_builddir/tests/photofile" 1800 1200 6 >"$PHOTO"
export PHOTO
node "$top_srcdir/tests/browser/walk.mjs"
status=$?
if [ $status -ne 0 ]; then
	for log in "$T"/*.log; do
		echo "# ${log##*/}:"
		tail -n 15 "$log" | sed 's/^/#   /'
	done
fi
exit $status
