#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# REL-S3: cameras reboot and viewers come and go (RTSP by TCP and UDP, H.264 and RTP/JPEG,
# MJPEG over HTTP, stills), for a number of rounds. Every picture that anybody gets carries
# its camera's number and must carry the right one; memory and descriptors stay.
#
# SOAK_ROUNDS (3); or SOAK_SECONDS: as many rounds as fit, three at least.
# shellcheck disable=SC2015,SC2317
. "${top_srcdir:-.}/tests/lib.sh"
plan_short
command -v curl >/dev/null || { echo "1..0 # SKIP curl is not installed"; exit 0; }
SIM=$top_builddir/tests/sim/simcam
CAT=$top_builddir/tests/sim/framecat
RTSP=$top_builddir/tests/sim/rtspcat
herd="1 2 3 4"
rounds=${SOAK_ROUNDS:-3}
until_s=$(($(date +%s) + ${SOAK_SECONDS:-0}))

herd_conf || exit 1
sed -i 's/^camera_networks = .*/&\nlinger_s = 1\nudp = on\nrtp_port = 0\nmax_encoders = 2/' "$T/camherd.conf"
# A sanitizer would keep freed memory, which is measured below.
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:quarantine_size_mb=1:thread_local_quarantine_size_kb=64"

# An address of this machine's own that no other test uses: while a camera is away nobody
# else's connection takes its port.
S=127.8.$((RANDOM % 250 + 1)).$((RANDOM % 250 + 1))
start_cam() {	# start_cam N: at the port that it had before
	local port=0
	[ ! -s "$T/port.$1" ] || port=$(cat "$T/port.$1")
	rm -f "$T/port.$1"
	run_bg "$T/sim.$1.log" "$SIM" --listen "$S:$port" --port-file "$T/port.$1" \
		--number "$1" --fps 15 --size 320x240
	wait_for 20 test -s "$T/port.$1"
	echo "$bg_pid" >"$T/pid.$1"
}
for n in $herd; do
	start_cam "$n" || exit 1
	camherd -q cam add "cam$n" "http://$S:$(cat "$T/port.$n")/stream" || exit 1
done
start_daemon streamd || exit 1
daemon_pid=$bg_pid
start_daemon webd || exit 1
LOGIN=camherd:$(camherd --json stream-password show | sed -n 's/.*"password" *: *"\([a-z0-9]*\)".*/\1/p')
R="rtsp://$LOGIN@$(listen_of streamd)"
H="http://$(listen_of webd)"
fds() { find "/proc/$daemon_pid/fd" -type l | wc -l; }
fds_at_most() { [ "$(fds)" -le "$1" ]; }
memory_kb() { sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$daemon_pid/status"; }

# A viewer's name is KIND-CAMERA; its output and status lie in $T/v.NAME.*.
viewer() {	# viewer KIND CAMERA PICTURES
	local out=$T/v.$1-$2.out
	case $1 in
	h264) "$RTSP" -t 120 -n "$3" -c "$2" "$R/cam$2" ;;
	jpeg) "$RTSP" -t 120 -n "$3" -c "$2" "$R/cam$2/mjpeg" ;;
	udp) "$RTSP" -t 120 -n "$3" -c "$2" -u "$R/cam$2/mjpeg" ;;
	pipe) "$CAT" -t 120 -n "$3" -c "$2" -d "$T/run/frames.sock" mjpeg "cam$2" ;;
	still) "$CAT" -t 120 -c "$2" -d "$T/run/frames.sock" snapshot "cam$2" ;;
	http) curl -s -N -u "$LOGIN" -m 120 --max-filesize 400000 "$H/cam/cam$2/stream.mjpeg" |
		head -c 300000 | grep -a -o 'camherd-sim camera=[0-9]*' ;;
	web) curl -s -u "$LOGIN" -m 120 "$H/cam/cam$2/snapshot.jpg" |
		grep -a -o 'camherd-sim camera=[0-9]*' ;;
	esac >"$out" 2>&1
	echo $? >"$T/v.$1-$2.status"
}
seen() { grep -q 'picture\|camera=' "$1"; }

# What is left when all have gone: who saw another camera, who saw nothing.
foreign() {
	local f n bad=0
	for f in "$T"/v.*.out; do
		n=${f##*-}
		n=${n%.out}
		if [ "$(cat "${f%.out}.status" 2>/dev/null)" = 4 ] ||
			grep -a -o 'camera=[0-9]*' "$f" | grep -qvx "camera=$n"; then
			echo "$f: $(tail -n 1 "$f")"
			bad=1
		fi
	done
	return $bad
}
round() {	# round N: viewers of every kind; one camera reboots; some viewers are cut off
	local boot=$(($1 % 4 + 1)) n kinds kind pids='' cut=''
	rm -f "$T"/v.*
	for n in $herd; do
		case $((($1 + n) % 4)) in
		0) kinds="h264 http still" ;;
		1) kinds="jpeg pipe web" ;;
		2) kinds="udp pipe http" ;;
		*) kinds="h264 jpeg still" ;;
		esac
		for kind in $kinds; do
			viewer "$kind" "$n" 12 &
			pids="$pids $!"
		done
	done
	# In the midst of it: a reboot, and a viewer that vanishes.
	"$CAT" -n 100000 -t 120 "$T/run/frames.sock" mjpeg "cam$boot" >"$T/cut.out" 2>&1 &
	cut=$!
	wait_for 60 seen "$T/cut.out"
	kill -KILL "$cut"
	kill -KILL "$(cat "$T/pid.$boot")"
	wait "$cut" "$(cat "$T/pid.$boot")" 2>/dev/null
	start_cam "$boot"
	# shellcheck disable=SC2086 # words
	wait $pids
	cat "$T"/v.*.out >"$T/all.out"
	pictures=$((pictures + $(grep -a -c 'picture\|camera=' "$T/all.out")))
	foreign || return 1
}

fds_at_start=$(fds)
i=0
pictures=0
bad=0
while [ $i -lt "$rounds" ] || [ "$(date +%s)" -lt "$until_s" ]; do
	i=$((i + 1))
	round $i >"$T/round.out" 2>&1 || { bad=1; sed 's/^/# /' "$T/round.out"; }
	memory="${memory:-} $(memory_kb)"
	# The first two rounds meet everything once: from then on nothing more is needed.
	[ $i -ne 2 ] || settled=$(memory_kb)
done
after=$(memory_kb)
echo "# $i rounds, $pictures pictures; KiB after each:$memory"
ok "nobody saw another camera's picture" $bad
check "and pictures were seen" test "$pictures" -ge $((i * 60))
check "descriptors are back ($fds_at_start)" wait_for 60 fds_at_most $((fds_at_start + 2))
# An encoder of its own size may run or not when it is measured.
check "memory does not grow ($settled KiB after two rounds, $after after $i)" \
	test $((after - settled)) -lt 16384
end_bg "$daemon_pid"
is "streamd ends cleanly" $? 0
check "and logged no error" sh -c "! grep '^<3>' '$T/streamd.log'"
done_testing
