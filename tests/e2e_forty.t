#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# T-NET-HTTP (N3): forty cameras that misbehave, each in its own way, all watched at once,
# beside one good camera. The good one's viewer gets every picture, in order, and nobody
# else's; streamd's memory and descriptors go back to what they were.
#
# FORTY_ROUNDS (2) times in all; FORTY_PICTURES (12) of the good camera each time, and with
# FORTY_WAIT=1 for as long as it takes until each camera is judged.
# shellcheck disable=SC2015
. "${top_srcdir:-.}/tests/lib.sh"
plan_short
SIM=$top_builddir/tests/sim/simcam
CAT=$top_builddir/tests/sim/framecat
rounds=${FORTY_ROUNDS:-2}
pictures=${FORTY_PICTURES:-12}

# TAG OPTIONS: what simcam plays.
cameras() {
	local v
	for v in truncated truncated-no-length cut-header glued stall drop drip silent huge bomb \
		endless-header long-part redirect gzip html playlist still type 404 503 \
		junk short-length long-length no-boundary other-boundary no-type raw text-parts \
		no-crlf-no-length preamble lf chunked wide; do
		echo "$v --variant $v"
	done
	for v in basic digest; do
		echo "$v --variant $v --user somebody --password else"
	done
	echo "fast --fps 120"
	echo "one --one-client"
}

herd_conf || exit 1
sed -i 's/^camera_networks = .*/&\nlinger_s = 1/' "$T/camherd.conf"
# A sanitizer would keep freed memory, which is measured below.
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:quarantine_size_mb=1:thread_local_quarantine_size_kb=64"
number=1
: >"$T/bad"
run_bg "$T/sim.good.log" "$SIM" --port-file "$T/port.good" --number 1 --fps 5 --size 320x240
while read -r tag options; do
	number=$((number + 1))
	# shellcheck disable=SC2086 # words
	run_bg "$T/sim.$tag.log" "$SIM" --port-file "$T/port.$tag" --number $number --fps 5 \
		--size 160x120 $options
	echo "$tag" >>"$T/bad"
done <<EOF
$(cameras)
EOF
port() { cat "$T/port.$1"; }
ports_are_there() {
	local tag
	while read -r tag; do [ -s "$T/port.$tag" ] || return 1; done <"$T/bad"
	[ -s "$T/port.good" ]
}
wait_for 30 ports_are_there || exit 1
camherd -q cam add good "http://127.0.0.1:$(port good)/stream" || exit 1
while read -r tag; do
	camherd -q cam add "b-$tag" "http://127.0.0.1:$(port "$tag")/stream" || exit 1
done <"$T/bad"
# Others that no simulator is needed for: nobody there, the wrong protocol.
camherd -q cam add b-nobody "http://127.0.0.1:1/stream" &&
	camherd -q cam add b-rtsp "rtsp://127.0.0.1:$(port silent)/stream" &&
	camherd -q cam add b-rtsp-http "rtsp://127.0.0.1:$(port junk)/stream" &&
	camherd -q cam add b-stills "http+still://127.0.0.1:$(port raw)/stream#fps=5" &&
	camherd -q cam add b-pppp "pppp:@127.0.0.1:$(port junk)" || exit 1
printf '%s\n' nobody rtsp rtsp-http stills pppp >>"$T/bad"
n_bad=$(wc -l <"$T/bad")
check "$n_bad cameras misbehave" test "$n_bad" -ge 40
# Somebody else holds the camera that serves one client only.
run_bg "$T/holder.log" curl -s -o /dev/null "http://127.0.0.1:$(port one)/stream"

start_daemon streamd || exit 1
daemon_pid=$bg_pid
fds() { find "/proc/$daemon_pid/fd" -type l | wc -l; }
fds_at_most() { [ "$(fds)" -le "$1" ]; }
memory_kb() { sed -n "s/^$1:[^0-9]*\([0-9]*\).*/\1/p" "/proc/$daemon_pid/status"; }
fds_at_start=$(fds)

# Every camera's page says how it is: live, or why not.
all_judged() {
	camherd --json cam list | jq -e '[.cameras[] | select(.name | startswith("b-"))
		| select(.state == "idle" or .state == "connecting"
			or (.state != "live" and .reason == ""))] | length == 0' >/dev/null
}
in_order() {	# every counter follows the one before, all of camera 1
	awk '/^picture/ { split($5, a, "="); if ($4 != "camera=1" || (n++ && a[2] != last + 1)) {
		print "after " last ": " $0; bad = 1 } last = a[2] } END { exit bad || n < '"$pictures"' }' \
		"$T/good.out"
}
round() {
	local tag pids='' status
	while read -r tag; do
		"$CAT" -n 1000000 -t 900 "$T/run/frames.sock" mjpeg "b-$tag" >"$T/out.$tag" 2>&1 &
		pids="$pids $!"
	done <"$T/bad"
	"$CAT" -n "$pictures" -t 300 -c 1 -d "$T/run/frames.sock" mjpeg good >"$T/good.out" 2>&1
	status=$?
	[ "${FORTY_WAIT:-0}" = 0 ] || wait_for 60 all_judged || { camherd cam list; status=9; }
	# shellcheck disable=SC2086 # words
	kill $pids 2>/dev/null
	# shellcheck disable=SC2086 # words
	wait $pids 2>/dev/null
	[ $status -eq 0 ] || { tail -n 3 "$T/good.out"; return 1; }
	in_order
}
foreign() {	# pictures of another camera that a viewer of a bad one got
	local tag number=1 found=0
	while read -r tag; do
		number=$((number + 1))
		! grep '^picture' "$T/out.$tag" | grep -qv " camera=$number " || {
			echo "$tag"
			found=1
		}
	done <<EOF
$(cut -d ' ' -f 1 "$T/bad" | head -n "$((n_bad - 5))")
EOF
	return $found
}

i=0
while [ $i -lt "$rounds" ]; do
	i=$((i + 1))
	check "round $i: the good camera's viewer gets every picture in order" round
	check "round $i: nobody gets another camera's picture" foreign
	check "round $i: descriptors are back ($fds_at_start)" \
		wait_for 60 fds_at_most $((fds_at_start + 2))
	# What the first one needed stays for the next.
	[ $i -gt 1 ] || settled=$(memory_kb VmRSS)
done
after=$(memory_kb VmRSS)
check "memory does not grow with the rounds ($settled, then $after KiB)" \
	test $((after - settled)) -lt 8192
# A frame is 1 MiB at most, and a camera has two: what it collects and what it shows.
check "and never was more than a camera may have ($(memory_kb VmHWM) KiB)" \
	test "$(memory_kb VmHWM)" -lt $((200000 + n_bad * 2048))
end_bg "$daemon_pid"
is "streamd ends cleanly" $? 0
check "and logged no error" sh -c "! grep '^<3>' '$T/streamd.log'"
done_testing
