#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The herd and one camera's page in chromium against the three daemons
# (tests/browser/fleet.mjs): a hundred cameras, one of them on a battery, one away; tests of
# the published addresses, and why Home Assistant would show nothing.
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
for n in 1 2 3; do
	mac=02:11:22:33:44:5$n
	"$top_builddir/tests/sim/mkimage" --small --size 262144 --seed $((n / 3 + 5)) --mac $mac "$T/image-$n.bin" ||
		bail "no image"
done
start_uart a 11 --size 512K --unpaced || bail "no UART"
start_cam 1 12 && CAMERA_URL=$cam_url || bail "no camera"
start_cam 2 12 && BATTERY_URL=$cam_url || bail "no camera"
start_cam 3 12 && FAR_URL=$cam_url || bail "no camera"
herd_conf "[streamd]" "linger_s = 1" "[flashd]" "ports = $T/tty-a" || bail "no configuration"
camherd -q cam add garden "$CAMERA_URL" --tags "outside front"
camherd -q cam add cellar "$BATTERY_URL" --tags battery
camherd -q cam add gone http://127.0.0.1:9/stream --tags outside
camherd -q cam add on "$CAMERA_URL"
camherd -q cam set on enabled=no
camherd -q cam add zz-last "$FAR_URL"
for n in 1 2 3; do camherd -q cam add "shed-$n"; done
start_daemon streamd && start_daemon webd && start_daemon flashd || bail "the daemons did not start"
for n in 1 2 3; do
	camherd -q dump import "$T/image-$n.bin" --camera "shed-$n" >/dev/null || bail "no import"
done
SETUP_CODE=$(camherd --json setup-code | sed -n 's/.*"code": *"\([a-z0-9]*\)".*/\1/p')
BASE=http://$(listen_of webd)
TTY_A=$T/tty-a
TMPDIR=$T
export SETUP_CODE BASE TTY_A TMPDIR CAMERA_URL BATTERY_URL FAR_URL
node "$top_srcdir/tests/browser/fleet.mjs"
status=$?
if [ $status -ne 0 ]; then
	for log in "$T"/*.log; do
		echo "# ${log##*/}:"
		tail -n 15 "$log" | sed 's/^/#   /'
	done
fi
exit $status
