#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Small pictures, cameras on a battery, and cameras that another program holds.
. "${top_srcdir:-.}/tests/lib.sh"
plan_short
SIM=$top_builddir/tests/sim/simcam
CAT=$top_builddir/tests/sim/framecat

herd_conf || exit 1
sed -i 's/^camera_networks = .*/&\nlinger_s = 0/' "$T/camherd.conf"
for tag in mains battery held; do
	option=
	[ $tag != held ] || option=--one-client
	# shellcheck disable=SC2086
	run_bg "$T/sim.$tag.log" "$SIM" --port-file "$T/port.$tag" --number 5 --size 640x480 $option
done
stats() { curl -sf "http://127.0.0.1:$(cat "$T/port.$1")/stats" | jq ".$2"; }
for tag in mains battery held; do
	wait_for 30 test -s "$T/port.$tag" &&
		camherd -q cam add $tag "http://127.0.0.1:$(cat "$T/port.$tag")/stream" || exit 1
done
camherd -q cam set battery "tags=garden,battery"
start_daemon streamd || exit 1
streamd_pid=$bg_pid
get() {	# get VERB NAME: its line in $T/out
	"$CAT" -d -c 5 -t 60 "$T/run/frames.sock" "$1" "$2" >"$T/out" 2>&1
}
state_is() { [ "$(camherd --json cam show "$1" | jq -r .camera.state)" = "$2" ]; }

small() {	# the number's blocks are too small in it to be read
	"$CAT" -d -t 60 "$T/run/frames.sock" thumb "$1" >"$T/out" 2>&1 && grep -q ' 320x240 ' "$T/out"
}
check "a small picture is 320 pixels wide" small mains
for _ in 1 2 3 4 5 6 7 8; do small mains || break; done
check "eight more come" test $? -eq 0
check "from what is kept: the camera was opened once or twice" test "$(stats mains connections)" -le 4

check "a battery camera that nobody watches is asleep" wait_for 30 state_is battery asleep
get thumb battery
is "it is not woken for a small picture" $? 3
check "and says so" grep -q '^error camera-asleep ' "$T/out"
before=$(stats battery connections)
check "a snapshot wakes it when there is none" get snapshot battery
check "it sleeps again" wait_for 30 state_is battery asleep
check "a snapshot of the last minutes" get snapshot battery
check "and small ones" small battery
is "do not wake it again" "$(stats battery connections)" $((before + 2)) # + our own question
sed -i 's/^linger_s = .*/&\nbattery_snapshot_s = 0/' "$T/camherd.conf"
kill -HUP "$streamd_pid"
check "SIGHUP takes the age" wait_for 30 grep -q 'took .*battery_snapshot_s' "$T/streamd.log"
camherd -q cam set battery tags=
check "without the tag it is a camera like others" wait_for 30 state_is battery idle

# Another program holds its one connection.
curl -sN "http://127.0.0.1:$(cat "$T/port.held")/stream" >/dev/null &
holder=$!
tap_pids="$tap_pids $holder"
wait_for 30 sh -c "[ \"\$(curl -sf http://127.0.0.1:$(cat "$T/port.held")/stats | jq .open)\" = 1 ]"
"$CAT" -t 120 -d -c 5 "$T/run/frames.sock" mjpeg held >"$T/held" 2>&1 &
viewer=$!
tap_pids="$tap_pids $viewer"
check "a camera that serves another program is held" wait_for 30 state_is held "held by another app"
check "and says what to do" sh -c "'$top_builddir/cli/camherd' --json cam show held | jq -r .camera.reason | grep -q 'close that one'"
kill "$holder"
wait $viewer
ok "its viewer stays and sees it when the other program has left" $?
check "streamd ends with status 0" end_bg "$streamd_pid"
done_testing
