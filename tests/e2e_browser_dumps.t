#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The library of backups in chromium against webd and flashd (tests/browser/dumps.mjs).
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

image() {	# image FILE OPTIONS…
	"$top_builddir/tests/sim/mkimage" "${@:2}" "$1" || bail "no image"
}

browser_tools || bail "the browser's tools could not be installed"
FILE_A=$T/a.bin FILE_B=$T/b.bin FILE_BIG=$T/big.bin
image "$FILE_A" --small --size 262144 --seed 5 --mac 02:11:22:33:44:55 --ssid home-garden --psk "correct horse"
image "$FILE_B" --small --size 262144 --seed 5 --mac 02:11:22:33:44:66 --ssid home-porch --psk "battery staple"
image "$FILE_BIG" --size 8388608 --seed 9 --mac 02:11:22:33:44:77 --ssid big-one --psk "eight mebibytes"
herd_conf || bail "no configuration"
start_daemon webd && start_daemon flashd || bail "the daemons did not start"
SETUP_CODE=$(camherd --json setup-code | sed -n 's/.*"code": *"\([a-z0-9]*\)".*/\1/p')
BASE=http://$(listen_of webd)
TMPDIR=$T
export FILE_A FILE_B FILE_BIG SETUP_CODE BASE TMPDIR
node "$top_srcdir/tests/browser/dumps.mjs"
status=$?
if [ $status -ne 0 ]; then
	for log in "$T"/*.log; do
		echo "# ${log##*/}:"
		tail -n 15 "$log" | sed 's/^/#   /'
	done
fi
exit $status
