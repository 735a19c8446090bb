#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What the pages show while they load, when an answer fails, when there is nothing and when
# it is old, and every page by keyboard alone, in chromium (tests/browser/states.mjs).
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
"$top_builddir/tests/sim/mkimage" --small --size 262144 --seed 7 "$T/image.bin" || bail "no image"
herd_conf || bail "no configuration"
camherd -q cam add garden --tags outside
camherd -q cam add cellar
start_daemon webd && start_daemon flashd || bail "the daemons did not start"
camherd -q dump import "$T/image.bin" --camera garden >/dev/null || bail "no import"
SETUP_CODE=$(camherd --json setup-code | sed -n 's/.*"code": *"\([a-z0-9]*\)".*/\1/p')
BASE=http://$(listen_of webd)
TMPDIR=$T
export SETUP_CODE BASE TMPDIR
node "$top_srcdir/tests/browser/states.mjs"
status=$?
if [ $status -ne 0 ]; then
	for log in "$T"/*.log; do
		echo "# ${log##*/}:"
		tail -n 15 "$log" | sed 's/^/#   /'
	done
fi
exit $status
