#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Two cameras with one device id, as a dump written to another camera as it is leaves
# them: both live in the inventory, each is read at its own address.
# shellcheck source=tests/lib.sh
. "${top_srcdir:-.}/tests/lib.sh"
plan_short
SIM=$top_builddir/tests/sim/simpppp
CAT=$top_builddir/tests/sim/framecat
ID=BATC609531EXLVS

start_cam() {	# start_cam TAG HOST PORT NUMBER
	run_bg "$T/sim.$1.log" "$SIM" --host "$2" --port "$3" --port-file "$T/port.$1" --id $ID \
		--number "$4" --seed "$4" --stats "$T/stats.$1"
	wait_for 60 test -s "$T/port.$1"
}
probe=$T/probe.log
"$SIM" --host 127.0.0.3 --port-file "$T/port.probe" >"$probe" 2>&1 &
wait_for 60 test -s "$T/port.probe" || { echo "1..0 # SKIP 127.0.0.3 is no address here"; kill $! 2>/dev/null; exit 0; }
kill $!
start_cam first 127.0.0.2 0 1 || exit 1
port=$(cat "$T/port.first")
start_cam second 127.0.0.3 "$port" 2 || exit 1
herd_conf || exit 1
sed -i "s/^camera_networks = .*/&\nlinger_s = 1\ndiscovery =/" "$T/camherd.conf"
start_daemon streamd || exit 1

check "two cameras of one id are taken in" eval 'camherd -q cam add first "pppp:$ID@127.0.0.2:$port" && camherd -q cam add second "pppp:$ID@127.0.0.3:$port"'
is "… and both are there" "$(camherd --json cam list | jq '.cameras | length')" 2
run_bg "$T/cat.first" "$CAT" -c 1 -n 3 -t 60 -d "$T/run/frames.sock" mjpeg first
first=$bg_pid
run_bg "$T/cat.second" "$CAT" -c 2 -n 3 -t 60 -d "$T/run/frames.sock" mjpeg second
second=$bg_pid
check "one gives its own pictures" wait "$first"
check "… and so does its twin, at the same time" wait "$second"
done_testing
