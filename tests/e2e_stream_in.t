#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# streamd's cameras: every dialect and fault of simcam through the real daemon, seen by
# a reader of frames.sock; cameras added, changed and removed while it runs.
. "${top_srcdir:-.}/tests/lib.sh"
plan_short
SIM=$top_builddir/tests/sim/simcam
CAT=$top_builddir/tests/sim/framecat

# Cameras send small pictures, so that two cores under a sanitizer carry them all.
good="plain no-length short-length long-length quoted dashes no-boundary other-boundary
no-crlf no-crlf-no-length lf preamble chunked junk text-parts raw no-type
no-dht optimised 422 444 440 411 grey restart 422-restart odd-size progressive thumbnail dnl
arithmetic 12-bit basic digest"
spoilt="truncated truncated-no-length cut-header glued"
refused="redirect gzip html playlist still type bomb lossless"
failing="404 503 silent endless-header long-part"
rest="stall drop huge wide"
number=0

# start_cam TAG VARIANT [OPTIONS…]: in the background, with a number of its own.
start_cam() {
	local tag=$1 v=$2
	number=$((number + 1))
	echo $number >"$T/n.$tag"
	shift 2
	run_bg "$T/sim.$tag.log" "$SIM" --port-file "$T/port.$tag" --number $number \
		--variant "$v" --size 320x240 "$@"
	echo $bg_pid >"$T/pid.$tag"
}
url_of() { echo "http://127.0.0.1:$(cat "$T/port.$1")/stream"; }
add_cam() {	# add_cam TAG [URL]: as camera v-TAG
	wait_for 20 test -s "$T/port.$1" &&
		camherd -q cam add "v-$1" "${2:-$(url_of "$1")}"
}
cat_of() {	# cat_of VARIANT [OPTIONS…]: pictures of it, each proven to be its own
	local v=$1
	shift
	"$CAT" -c "$(cat "$T/n.$v")" "$@" "$T/run/frames.sock" mjpeg "v-$v" >"$T/cat.$v" 2>&1
}
show() {	# show NAME FIELD
	camherd --json cam show "$1" | jq -r ".camera.$2"
}
shows() {	# shows NAME FIELD PATTERN
	show "$1" "$2" | grep -q -- "$3" || { camherd --json cam show "$1"; return 1; }
}
stats() {	# stats VARIANT FIELD
	curl -sf "http://127.0.0.1:$(cat "$T/port.$1")/stats" | jq ".$2"
}
stats_are() { [ "$(stats "$1" "$2")" = "$3" ]; }
ended() { ! kill -0 "$1" 2>/dev/null; }
log_has() { grep -q -- "$1" "$T/streamd.log"; }
watch_all() {	# watch_all OPTIONS VARIANT…: all at the same time
	local options=$1 v pids=
	shift
	for v in "$@"; do
		# shellcheck disable=SC2086
		cat_of "$v" $options &
		pids="$pids $!"
		echo $! >"$T/cat.pid.$v"
	done
	for v in "$@"; do
		wait "$(cat "$T/cat.pid.$v")"
		echo $? >"$T/cat.status.$v"
	done
}
came() {	# came VARIANT: its watcher got all its pictures
	[ "$(cat "$T/cat.status.$1")" = 0 ] || { tail -3 "$T/cat.$1"; return 1; }
}

herd_conf || exit 1
sed -i 's/^camera_networks = .*/&\nlinger_s = 1/' "$T/camherd.conf"

# An inventory that does not fit is the admin's to mend.
mkdir "$T/empty"
sed "s|^state = .*|state = $T/empty|" "$T/camherd.conf" >"$T/empty.conf"
"$top_builddir/streamd/streamd" -c "$T/empty.conf" >"$T/empty.log" 2>&1
is "without an inventory it ends with 78" $? 78
check "and says what to run" grep -q 'camherd db-upgrade' "$T/empty.log"

start_daemon streamd || exit 1
daemon_pid=$bg_pid
fds() { find "/proc/$daemon_pid/fd" -type l | wc -l; }
fds_at_most() { [ "$(fds)" -le "$1" ]; }
fds_at_start=$(fds)
for v in $good $spoilt $refused $failing $rest; do
	case $v in
	basic | digest) start_cam "$v" "$v" --user someone --password 's3cret wörd' ;;
	*) start_cam "$v" "$v" ;;
	esac
done
for v in $good $spoilt $refused $failing $rest; do
	case $v in
	basic | digest)
		add_cam "$v" "http://someone:s3cret%20w%C3%B6rd@127.0.0.1:$(cat "$T/port.$v")/stream" ;;
	*) add_cam "$v" ;;
	esac || exit 1
done

# shellcheck disable=SC2086
watch_all "-n 8 -t 40 -d" $good
for v in $good; do
	check "camera '$v' is read, whole pictures of its own only" came "$v"
done
check "no picture of a good camera was dropped" shows v-junk dropped '^0$'
check "a password is nowhere in the log" sh -c "! grep -q 's3cret' '$T/streamd.log'"

# What RTP can carry is judged and said: VARIANT VERDICT.
while read -r v verdict; do
	check "camera '$v' is judged '$verdict' for RTP" wait_for 10 shows "v-$v" jpeg "^$verdict\$"
done <<EOF
plain ok
no-dht ok
422 ok
422-restart ok
dnl ok
optimised re-coded without loss: own Huffman tables
444 re-encoded: 4:4:4
440 re-encoded: 4:4:0
411 re-encoded: 4:1:1
grey re-encoded: grey
odd-size re-encoded: size is not a multiple of 8
progressive re-coded without loss: progressive
arithmetic re-coded without loss: arithmetic coding
12-bit re-encoded: 12 bits a colour
EOF

# shellcheck disable=SC2086
watch_all "-n 8 -t 40 -d" $spoilt
for v in $spoilt; do
	check "camera '$v': whole pictures come, cut ones do not" came "$v"
	check "camera '$v': they are counted" wait_for 10 shows "v-$v" drops 'no-eoi [1-9]'
done

# T-NET-HTTP (N3): every one of these is asked for at once; none may hold up another.
for v in $refused $failing; do
	"$CAT" -t 30 "$T/run/frames.sock" mjpeg "v-$v" >"$T/cat.$v" 2>&1 &
	tap_pids="$tap_pids $!"
done
cat_of plain -n 20 -t 20
ok "cameras that fail delay no other" $?
for v in $refused; do
	case $v in
	redirect) why='redirect' ;;
	gzip) why='compressed' ;;
	html) why='web page' ;;
	playlist) why='playlist' ;;
	still) why='single pictures.*http+still' ;;
	type) why="application/x-other" ;;
	bomb) why='16000 x 16000' ;;
	lossless) why='lossless JPEG.*no player' ;;
	esac
	check "camera '$v' is unsupported" wait_for 20 shows "v-$v" state '^unsupported$'
	check "camera '$v': because of '$why'" shows "v-$v" reason "$why"
done
for v in $failing; do
	case $v in
	404) why='no such path' ;;
	503) why='HTTP 503.*another one' ;;
	silent) why='did not answer within' ;;
	endless-header) why='header lines' ;;
	long-part) why='part header' ;;
	esac
	state=unreachable
	[ "$v" != 503 ] || state='held by another app'
	check "camera '$v' is $state" wait_for 20 shows "v-$v" state "^$state\$"
	check "camera '$v': because '$why'" wait_for 10 shows "v-$v" reason "$why"
done
for v in basic digest; do
	for who in "" "someone:wrong@"; do
		camherd -q cam rm "v-$v" --yes
		add_cam "$v" "http://${who}127.0.0.1:$(cat "$T/port.$v")/stream"
		"$CAT" -t 20 "$T/run/frames.sock" mjpeg "v-$v" >"$T/cat.$v" 2>&1 &
		tap_pids="$tap_pids $!"
		why='asks for a user name'
		[ -z "$who" ] || why='does not accept the user name'
		check "camera '$v' with '$who' $why" wait_for 20 shows "v-$v" reason "$why"
	done
done
"$CAT" "$T/run/frames.sock" snapshot v-silent >"$T/out" 2>&1
is "a snapshot that does not come is refused" $? 3
check "with the reason" grep -q '^error camera-silent .*answer' "$T/out"
"$CAT" "$T/run/frames.sock" snapshot nobody >"$T/out" 2>&1
is "an unknown camera is refused" $? 3
check "by name" grep -q '^error camera-unknown ' "$T/out"

# Viewers stay through a dropped connection and through a stall.
cat_of drop -n 50 -t 30
ok "viewers stay while a camera drops its connection" $?
check "it is counted as a reconnect" wait_for 10 shows v-drop reconnects '^[1-9]'
cat_of stall -n 30 -t 30
ok "viewers stay while a camera stalls" $?

cat_of plain -n 60 -t 40 &
watcher=$!
check "a camera plays" wait_for 20 shows v-plain state '^live$'
kill -KILL "$(cat "$T/pid.plain")"
run_bg "$T/sim.plain.log" "$SIM" --listen "127.0.0.1:$(cat "$T/port.plain")" \
	--number "$(cat "$T/n.plain")" --size 320x240
wait $watcher
ok "viewers stay while a camera is switched off and on" $?

cat_of huge -n 3 -t 30
ok "a camera whose pictures do not end shows the ones that do" $?
check "and the others are counted" wait_for 10 shows v-huge drops 'too-big [1-9]'
cat_of wide -n 2 -t 30
ok "a wide picture passes" $?
check "but not by RTP" wait_for 10 shows v-wide jpeg '^H.264 only: larger than 2040'

# A frame is there when it is whole, not when the next one begins: at two pictures a
# second, waiting for the next would take half a second.
start_cam lazy no-crlf-no-length --fps 2
add_cam lazy
cat_of lazy -n 4 -t 20
ok "a slow camera's pictures come" $?
age=$(sed -n 's/.*age_mean_us=\([0-9]*\).*/\1/p' "$T/cat.lazy")
check "and none waits for the next (mean age $age µs)" test "$age" -lt 350000

# One connection however many watch; closed after the last.
start_cam shared plain --one-client
add_cam shared
for i in 1 2 3 4 5 6; do
	"$CAT" -c "$(cat "$T/n.shared")" -n 15 -t 20 "$T/run/frames.sock" mjpeg v-shared \
		>"$T/cat.shared.$i" 2>&1 &
	echo $! >"$T/cat.pid.$i"
done
bad=0
for i in 1 2 3 4 5 6; do wait "$(cat "$T/cat.pid.$i")" || bad=1; done
ok "six viewers of a camera that takes one" $bad
is "it saw one connection at a time" "$(stats shared open_max)" 1
is "and refused none" "$(stats shared refused)" 0
check "the connection ends when all have left" wait_for 15 stats_are shared open 0
check "the camera is idle then" wait_for 15 shows v-shared state '^idle$'
"$CAT" -c "$(cat "$T/n.shared")" -d "$T/run/frames.sock" snapshot v-shared >"$T/out" 2>&1
ok "a snapshot opens it for one picture" $?
check "state and size are told" wait_for 15 shows v-shared width '^320$'

# A reader that stops reading costs only itself.
"$CAT" -n 100000 -t 100 "$T/run/frames.sock" mjpeg v-plain >"$T/out" 2>&1 &
stuck=$!
tap_pids="$tap_pids $stuck"
check "a reader reads" wait_for 20 test -s "$T/out"
check "and counts as a viewer" wait_for 20 shows v-plain clients '^1$'
kill -STOP $stuck
cat_of plain -n 45 -t 20
ok "others get theirs beside a reader that stopped" $?
check "and is let go when it has read nothing for long" wait_for 30 shows v-plain clients '^0$'
kill -CONT $stuck
kill -TERM $stuck

# Cameras come, change and go while streamd runs.
start_cam late plain
check "a camera added later is there at once" add_cam late
cat_of late -n 3 -t 10
ok "and plays without a restart" $?
start_cam other plain
wait_for 20 test -s "$T/port.other"
"$CAT" -n 100000 -t 60 "$T/run/frames.sock" mjpeg v-late >"$T/out" 2>&1 &
watcher=$!
check "it is watched" wait_for 20 test -s "$T/out"
check "its address changes" camherd -q cam set v-late "source=$(url_of other)"
check "who watched the old one is let go" wait_for 10 ended $watcher
cp "$T/n.other" "$T/n.late"
cat_of late -n 3 -t 10
ok "the new address plays" $?
check "the old camera is left alone" wait_for 10 stats_are plain open 0
check "disabled" camherd -q cam set v-late enabled=no
check "it says so" wait_for 10 shows v-late state '^disabled$'
"$CAT" "$T/run/frames.sock" snapshot v-late >"$T/out" 2>&1
is "and shows nothing" $? 3
check "and says why" grep -q '^error camera-disabled ' "$T/out"
check "enabled again" camherd -q cam set v-late enabled=yes
check "it plays again" wait_for 10 cat_of late -n 2 -t 5
check "removed" camherd -q cam rm v-late --yes
check "it is unknown then" wait_for 10 sh -c \
	"'$CAT' '$T/run/frames.sock' snapshot v-late | grep -q camera-unknown"
camherd -q cam add pattern test:
"$CAT" -n 5 -d -t 20 "$T/run/frames.sock" mjpeg pattern >"$T/out" 2>&1
ok "the test pattern needs no camera" $?

# Single pictures, asked for one by one.
start_cam stills plain
wait_for 20 test -s "$T/port.stills"
camherd -q cam add v-stills "http+still://127.0.0.1:$(cat "$T/port.stills")/still#fps=10"
cat_of stills -n 6 -t 30 -d
ok "stills are polled" $?
check "they are what the camera gives" shows v-stills drops '^$'
check "the camera is let go after the last viewer" wait_for 15 shows v-stills state '^idle$'
for bad in '#fps=0' '#fps=16' '#fps=x' '#other'; do
	camherd -q cam add badrate "http+still://127.0.0.1/still$bad" 2>"$T/out"
	is "the rate '$bad' is refused" $? 2
done
camherd -q cam add v-page "http+still://127.0.0.1:$(cat "$T/port.html")/stream"
"$CAT" "$T/run/frames.sock" snapshot v-page >"$T/out" 2>&1
check "a page is no still" grep -q '^error source-html ' "$T/out"
camherd -q cam add v-nostill "http+still://127.0.0.1:$(cat "$T/port.stills")/stream"
"$CAT" "$T/run/frames.sock" snapshot v-nostill >"$T/out" 2>&1
check "a stream is no still" grep -q '^error source-stream .*http://' "$T/out"

# RTSP cameras: this daemon's own outputs serve as such.
pass=$(camherd --json stream-password show | jq -r .password)
R=$(listen_of streamd)
camherd -q cam add v-rj "rtsp://camherd:$pass@$R/v-plain/mjpeg"
camherd -q cam add v-rh "rtsp://camherd:$pass@$R/v-plain"
cp "$T/n.plain" "$T/n.rj"
cat_of rj -n 8 -t 60 -d
ok "JPEG over RTSP is passed on as it is" $?
check "and judged" shows v-rj jpeg '^ok$'
cp "$T/n.plain" "$T/n.rh"
cat_of rh -n 2 -t 60 -d
ok "stills are made of an H.264 camera's key frames" $?
check "and it says what it sends" wait_for 10 shows v-rh jpeg 'sends H.264'
if command -v ffmpeg >/dev/null; then
	check "its H.264 is passed on" asks_again timeout 240 ffmpeg -v error -xerror -nostdin -rtsp_transport tcp \
		-analyzeduration 400000 -i "rtsp://camherd:$pass@$R/v-rh" -frames:v 10 \
		-fps_mode passthrough -enc_time_base -1 -f null -
fi
camherd -q cam add v-rpw "rtsp://camherd:wrong@$R/v-plain"
"$CAT" "$T/run/frames.sock" snapshot v-rpw >"$T/out" 2>&1
check "a wrong password is said" grep -q '^error camera-password ' "$T/out"
camherd -q cam add v-rpath "rtsp://camherd:$pass@$R/nothing"
"$CAT" "$T/run/frames.sock" snapshot v-rpath >"$T/out" 2>&1
check "a wrong path is said" grep -q '^error camera-path ' "$T/out"
camherd -q cam add bare
check "a camera without a source says so" wait_for 10 sh -c \
	"'$CAT' '$T/run/frames.sock' snapshot bare | grep -q '^error camera-no-source .*bare'"
rtsp_status() {	# rtsp_status NAME: of a DESCRIBE, and its reason
	exec 9<>"/dev/tcp/127.0.0.1/$(sed 's/.*://' "$T/run/streamd.listen")"
	printf 'DESCRIBE rtsp://127.0.0.1/%s RTSP/1.0\r\nCSeq: 1\r\nAuthorization: Basic %s\r\n\r\n' "$1" \
		"$(printf 'camherd:%s' "$(camherd --json stream-password show | jq -r .password)" | base64)" >&9
	timeout 60 sed '/^\r*$/q' <&9 | tr -d '\r'
	exec 9>&-
}
rtsp_status bare >"$T/out"
check "over RTSP, too" sh -c "grep -q 'RTSP/1.0 503' '$T/out' && grep -q 'Reason: .*no source' '$T/out' || { cat '$T/out'; false; }"

# Where cameras may be is the admin's word, and it can be taken back.
sed -i 's/^camera_networks = .*/camera_networks = 10.0.0.0\/8/' "$T/camherd.conf"
kill -HUP "$daemon_pid"
check "SIGHUP takes the networks" wait_for 10 log_has 'took camera_networks'
"$CAT" "$T/run/frames.sock" snapshot v-quoted >"$T/out" 2>&1
is "an address outside them is not connected to" $? 3
check "and the reason names the key" grep -q 'camera_networks' "$T/out"

# T-NET-SSRF (N1): however an address of this machine is written, nothing is sent to it.
port=$(cat "$T/port.quoted")
before=$(stats quoted connections)
i=0
for host in localhost 0 127.1 127.0.0.2 0x7f.0.0.1 0177.0.0.1 2130706433 '[::1]' \
	'[::ffff:127.0.0.1]' '[::]'; do
	i=$((i + 1))
	camherd -q cam add "self-$i" "http://$host:$port/" 2>/dev/null || continue
	"$CAT" "$T/run/frames.sock" snapshot "self-$i" >"$T/self.$i" 2>&1 &
	echo $! >"$T/self.pid.$i"
done
bad=0
for pid in "$T"/self.pid.*; do
	wait "$(cat "$pid")"
	[ $? -eq 3 ] || bad=1
done
ok "this machine under other names is refused ($i ways of writing it)" $bad
is "and was never connected to" "$(($(stats quoted connections) - before))" 1

echo 'nonsense' >>"$T/camherd.conf"
kill -HUP "$daemon_pid"
check "a broken file changes nothing" wait_for 10 log_has 'stays as it was'

check "descriptors are back to what they were ($fds_at_start)" \
	wait_for 40 fds_at_most $((fds_at_start + 2))
end_bg "$daemon_pid"
is "it ends cleanly" $? 0
check "and takes its sockets away" test ! -e "$T/run/frames.sock" -a ! -e "$T/run/streamd.listen" -a ! -e "$T/run/streamd.bell"
done_testing
