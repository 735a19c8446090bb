#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# PPPP cameras of both families through the real streamd: a bad network, hostile packets,
# passwords, power cycles, RTP as other programs read it.
. "${top_srcdir:-.}/tests/lib.sh"
plan_short
SIM=$top_builddir/tests/sim/simpppp
CAT=$top_builddir/tests/sim/framecat

number=0
start_cam() {	# start_cam TAG [OPTIONS…]
	local tag=$1
	number=$((number + 1))
	echo $number >"$T/n.$tag"
	shift
	run_bg "$T/sim.$tag.log" "$SIM" --port-file "$T/port.$tag" --number $number \
		--seed $number --stats "$T/stats.$tag" "$@"
	echo $bg_pid >"$T/pid.$tag"
	wait_for 20 test -s "$T/port.$tag"
}
add_cam() {	# add_cam TAG [ID] [OPTIONS…]
	local tag=$1 id=$2
	shift 2
	camherd -q cam add "$tag" "pppp:$id@127.0.0.1:$(cat "$T/port.$tag")" "$@"
}
cat_of() {	# cat_of TAG [OPTIONS…]: pictures of it, each proven to be its own
	local v=$1
	shift
	"$CAT" -c "$(cat "$T/n.$v")" "$@" "$T/run/frames.sock" mjpeg "$v" >"$T/cat.$v" 2>&1 ||
		{ tail -3 "$T/cat.$v"; return 1; }
}
show() { camherd --json cam show "$1" | jq -r ".camera.$2"; }
shows() {
	show "$1" "$2" | grep -q -- "$3" || { camherd --json cam show "$1"; return 1; }
}
stat_is() { [ "$(jq ".$2" "$T/stats.$1")" = "$3" ] || { cat "$T/stats.$1"; return 1; }; }

herd_conf || exit 1
sed -i 's/^camera_networks = .*/&\nlinger_s = 1\ndiscovery =/' "$T/camherd.conf"
start_daemon streamd || exit 1
daemon_pid=$bg_pid

start_cam none
start_cam separate --layout separate --audio
start_cam inline --layout inline --odd
start_cam wrap --start 65400 --loss 200 --reorder 100 --dup 100 --resend-ms 50 --audio
start_cam json --key camera --layout inline --id DGOA000123ABCDE
start_cam shix --key SHIX --layout inline --id PIXA000124ABCDE
start_cam lax --lax
start_cam six --password 6666
start_cam own --user me --password 'long secret'
start_cam stars --key littlestars --id ACCQ000125ABCDE
for v in none separate inline wrap json shix lax six stars; do
	add_cam "$v" "" || exit 1
done
camherd -q cam add own "pppp:BATC609531EXLVS@127.0.0.1:$(cat "$T/port.own")" &&
	echo "long secret" | camherd -q cam set own --user me --password || exit 1
for v in none separate inline wrap json shix lax six own; do
	check "camera '$v' is read, whole pictures of its own only" cat_of "$v" -n 10 -t 20 -d
done
check "RTP can carry its pictures" shows none jpeg '^ok$'
check "the defaults are tried in order" stat_is six refused 1
check "refused by name but not by video is played" stat_is lax refused 3
check "bad packets cost no picture" shows inline dropped '^0$'

# Passwords and families that cannot be had are said.
port=$(cat "$T/port.own")
camherd -q cam add wrong "pppp:@127.0.0.1:$port" && echo no | camherd -q cam set wrong --user me --password
camherd -q cam add other "pppp:BATC609532EXLVS@127.0.0.1:$(cat "$T/port.none")"
for v in wrong other stars; do
	"$CAT" -t 10 "$T/run/frames.sock" snapshot "$v" >"$T/cat.$v" 2>&1
done
check "a wrong password is told from silence" grep -q 'camera-password' "$T/cat.wrong"
check "another camera at the address is not shown" grep -q 'camera-identity' "$T/cat.other"
check "LittleStars is recognised and named" grep -q 'LittleStars' "$T/cat.stars"
check "a password is nowhere in the log" sh -c "! grep -q 'long secret' '$T/streamd.log'"

# The last viewer leaves: the camera is told, three times.
check "the camera is let go of" wait_for 10 stat_is none closes 3

# A viewer stays while the camera is power-cycled, and while it closes the session.
"$CAT" -c "$(cat "$T/n.none")" -n 100 -t 40 "$T/run/frames.sock" mjpeg none >"$T/cat.stay" 2>&1 &
stay=$!
saw() { [ "$(grep -c . "$T/cat.stay")" -ge "$1" ]; }
check "a viewer sees pictures" wait_for 10 saw 10
kill -USR1 "$(cat "$T/pid.none")"
check "they go on after a power cycle" wait_for 20 saw 50
kill -USR2 "$(cat "$T/pid.none")"
wait $stay
is "and after a Close, for the same viewer" $? 0

# One camera floods: the others keep their pictures. Counters tell which were missed, so
# that a slow machine proves no less.
start_cam flood --flood 20
add_cam flood "" || exit 1
"$CAT" -n 100000 -t 60 "$T/run/frames.sock" mjpeg flood >"$T/cat.flood" 2>&1 &
tap_pids="${tap_pids:-} $!"
check "a camera signs in, then floods with 20,000 packets a second" \
	wait_for 20 stat_is flood logins 1
"$CAT" -c "$(cat "$T/n.separate")" -n 100 -t 60 "$T/run/frames.sock" mjpeg separate >"$T/cat.other" 2>&1
is "meanwhile another one plays" $? 0
span=$(sed -n 's/.*counter=\([0-9]*\).*/\1/p' "$T/cat.other" | sed -n '1p;$p' | paste -sd' ' |
	awk '{print $2 - $1 + 1}')
check "at least 95 of 100 pictures came ($span were made)" test "$span" -le 105
kill "$(cat "$T/pid.flood")"

# What others make of the RTP: type 65, both tables of the one DQT, restart markers.
A=$(cat "$T/run/streamd.listen")
camherd stream-password show --json >"$T/credentials.json"
user=$(sed -n 's/.*"user" *: *"\([a-z0-9]*\)".*/\1/p' "$T/credentials.json")
pass=$(sed -n 's/.*"password" *: *"\([a-z0-9]*\)".*/\1/p' "$T/credentials.json")
if command -v ffmpeg >/dev/null; then
	timeout 30 ffmpeg -v warning -nostdin -rtsp_transport tcp \
		-i "rtsp://$user:$pass@$A/none/mjpeg" -frames:v 8 -f framemd5 - >"$T/ff.md5" 2>"$T/ff.log"
	is "ffmpeg reads type 65" $? 0
	is "eight different pictures" "$(grep -v '^#' "$T/ff.md5" | awk '{print $NF}' | sort -u | wc -l)" 8
	is "without a complaint about a picture" "$(grep -ciE 'error|overread|invalid|corrupt' "$T/ff.log")" 0
fi
if command -v gst-launch-1.0 >/dev/null; then
	timeout 30 gst-launch-1.0 -q rtspsrc "location=rtsp://$A/none/mjpeg" "user-id=$user" \
		"user-pw=$pass" protocols=tcp latency=0 ! rtpjpegdepay ! jpegdec ! videoconvert \
		! pngenc snapshot=true ! filesink "location=$T/gst.png" >"$T/gst.log" 2>&1
	check "GStreamer decodes it" sh -c "[ \$(stat -c %s '$T/gst.png') -gt 20000 ]"
fi
end_bg "$daemon_pid"
is "it ends cleanly" $? 0
done_testing
