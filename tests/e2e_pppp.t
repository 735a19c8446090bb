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
	wait_for 60 test -s "$T/port.$tag"
}
add_cam() {	# add_cam TAG [ID] [OPTIONS…]
	local tag=$1 id=$2
	shift 2
	camherd -q cam add "$tag" "pppp:$id@127.0.0.1:$(cat "$T/port.$tag")" "$@"
}
watch() {	# watch TAG [OPTIONS…]: pictures of it, each proven to be its own, behind the back
	local v=$1
	shift
	run_bg "$T/cat.$v" "$CAT" -c "$(cat "$T/n.$v")" "$@" "$T/run/frames.sock" mjpeg "$v"
	eval "cat_pid_$v=\$bg_pid"
}
watched() {	# watched TAG: they came
	eval "wait \"\$cat_pid_$1\"" || { tail -3 "$T/cat.$1"; return 1; }
}
show() { camherd --json cam show "$1" | jq -r ".camera.$2"; }
shows() {
	show "$1" "$2" | grep -q -- "$3" || { camherd --json cam show "$1"; return 1; }
}
stat_is() { [ "$(jq ".$2" "$T/stats.$1")" = "$3" ] || { cat "$T/stats.$1"; return 1; }; }
stat_from() { [ "$(jq ".$2" "$T/stats.$1")" -ge "$3" ] || { cat "$T/stats.$1"; return 1; }; }

herd_conf || exit 1
sed -i 's/^camera_networks = .*/&\nlinger_s = 1\ndiscovery =/' "$T/camherd.conf"
start_daemon streamd || exit 1
daemon_pid=$bg_pid

start_cam none --moves
start_cam separate --layout separate --audio
start_cam inline --layout inline --odd
start_cam wrap --start 65400 --loss 200 --reorder 100 --dup 100 --resend-ms 50 --audio
start_cam json --key camera --layout inline --id DGOA000123ABCDE
start_cam shix --key SHIX --layout inline --id PIXA000124ABCDE
start_cam lax --lax
start_cam six --password 6666
start_cam own --user me --password 'long secret'
start_cam wrong --user me --password 'long secret'
start_cam bait
start_cam lure --names "$(cat "$T/port.bait")"
start_cam mute --mute login
start_cam blind --mute video
start_cam stars --key littlestars --id ACCQ000125ABCDE
for v in none separate inline wrap json shix lax six lure mute blind stars; do
	add_cam "$v" "" || exit 1
done
camherd -q cam add own "pppp:BATC609531EXLVS@127.0.0.1:$(cat "$T/port.own")" &&
	echo "long secret" | camherd -q cam set own --user me --password || exit 1
variants="none separate inline wrap json shix lax six lure own"
for v in $variants; do watch "$v" -n 10 -t 60 -d; done
for v in $variants; do
	check "camera '$v' is read, whole pictures of its own only" watched "$v"
done
check "an address that a packet names is sent nothing" stat_is bait heard 0
check "RTP can carry its pictures" shows none jpeg '^ok$'
check "the defaults are tried in order" stat_is six refused 1
check "refused by name but not by video is played" stat_is lax refused 3
# What this machine loses when it is busy is no odd packet's work.
check "bad packets cost no picture" shows inline drops '^\(lost-packet [0-9]*\)*$'

# Passwords and families that cannot be had are said. Each has a camera of its own, and
# is asked again until the first try has come to its end.
echo no >"$T/no"
camherd -q cam add wrong "pppp:@127.0.0.1:$(cat "$T/port.wrong")" &&
	camherd -q cam set wrong --user me --password <"$T/no"
camherd -q cam add other "pppp:BATC609532EXLVS@127.0.0.1:$(cat "$T/port.none")"
says() {	# says TAG WORD: what one who wants a still is told
	"$CAT" -t 30 "$T/run/frames.sock" snapshot "$1" >"$T/cat.$1" 2>&1
	grep -q -- "$2" "$T/cat.$1"
}
for v in wrong:camera-password other:camera-identity stars:LittleStars "mute:acknowledged the sign-in" "blind:sends no video"; do
	run_bg "$T/hold.$v" "$CAT" -t 120 "$T/run/frames.sock" mjpeg "${v%:*}"
	(wait_for 60 says "${v%:*}" "${v#*:}") >"$T/said.$v" 2>&1 &
	eval "said_${v%:*}=$!"
done
said() {
	eval "wait \"\$said_$1\"" || { cat "$T/cat.$1"; return 1; }
}

# The last viewer leaves: the video is stopped, and the camera is told, three times.
for v in inline json; do
	check "the video of '$v' is stopped" wait_for 60 stat_from $v stops 1
	check "and its session closed, three times" wait_for 60 stat_from $v closes 3
done

# A viewer stays while the camera is power-cycled, and while it closes the session.
watch none -n 40 -t 120
saw() { [ "$(grep -c . "$T/cat.none")" -ge "$1" ]; }
watch six -n 40 -t 120
check "a viewer sees pictures" wait_for 60 saw 5
saw_six() { [ "$(grep -c . "$T/cat.six")" -ge 5 ]; }
check "and one of another camera" wait_for 60 saw_six
kill -USR2 "$(cat "$T/pid.six")"
kill -USR1 "$(cat "$T/pid.none")"
check "they go on after a power cycle" wait_for 60 stat_is none reboots 1
check "by a new session, on another port" wait_for 60 stat_from none logins 3
check "for the same viewer" watched none
check "a camera that closed the session comes back as well" watched six

check "a wrong password is told from silence" said wrong
check "another camera at the address is not shown" said other
check "LittleStars is recognised and named" said stars
check "a camera that answers no sign-in is told from silence" said mute
check "and so is one that sends no video" said blind
check "a password is nowhere in the log" sh -c "! grep -q 'long secret' '$T/streamd.log'"

# One camera floods: the others keep their pictures. Counters tell which were missed, so
# that a slow machine proves no less.
flood=${PPPP_FLOOD:-20}
start_cam flood --flood "$flood"
start_cam calm --fps 30
add_cam flood "" && add_cam calm "" || exit 1
watch flood -n 100000 -t 300
check "a camera signs in, then floods with $flood,000 packets a second" \
	wait_for 60 stat_is flood logins 1
watch calm -n 100 -t 120
check "meanwhile another one plays" watched calm
span=$(sed -n 's/.*counter=\([0-9]*\).*/\1/p' "$T/cat.calm" | sed -n '1p;$p' | paste -sd' ' |
	awk '{print $2 - $1 + 1}')
check "at least 95 of 100 pictures came ($span were made)" test "$span" -le 105
check "and it was a flood" wait_for 60 stat_from flood flooded 20000
echo "# really sent: $(jq -r '"\(.flooded) packets in \(.flood_ms) ms, \(.flooded * 1000 / (.flood_ms + 1) | floor) a second"' "$T/stats.flood")"
kill "$(cat "$T/pid.flood")"

# What others make of the RTP: type 65, both tables of the one DQT, restart markers.
# A viewer holds the camera open: a cold one on a busy machine may be answered 503.
watch none -n 100000 -t 300
check "a camera is live" wait_for 60 saw 2
A=$(cat "$T/run/streamd.listen")
camherd stream-password show --json >"$T/credentials.json"
user=$(sed -n 's/.*"user" *: *"\([a-z0-9]*\)".*/\1/p' "$T/credentials.json")
pass=$(sed -n 's/.*"password" *: *"\([a-z0-9]*\)".*/\1/p' "$T/credentials.json")
if command -v ffmpeg >/dev/null; then
	timeout 180 ffmpeg -v warning -nostdin -rtsp_transport tcp \
		-i "rtsp://$user:$pass@$A/none/mjpeg" -frames:v 8 -f framemd5 - >"$T/ff.md5" 2>"$T/ff.log"
	is "ffmpeg reads type 65" $? 0
	is "eight different pictures" "$(grep -v '^#' "$T/ff.md5" | awk '{print $NF}' | sort -u | wc -l)" 8
	is "without a complaint about a picture" "$(grep -ciE 'error|overread|invalid|corrupt' "$T/ff.log")" 0
fi
if command -v gst-launch-1.0 >/dev/null; then
	timeout 180 gst-launch-1.0 -q rtspsrc "location=rtsp://$A/none/mjpeg" "user-id=$user" \
		"user-pw=$pass" protocols=tcp latency=0 ! rtpjpegdepay ! jpegdec ! videoconvert \
		! pngenc snapshot=true ! filesink "location=$T/gst.png" >"$T/gst.log" 2>&1
	check "GStreamer decodes it" test "$(stat -c %s "$T/gst.png")" -gt 20000
fi
# Sound of the binary family is a second track; the JSON family's is another coding.
watch separate -n 100000 -t 300
watch json -n 100000 -t 300
saw_of() { [ "$(grep -c . "$T/cat.$1")" -ge 2 ]; }
check "a camera with sound is live" wait_for 60 saw_of separate
check "one of the other family too" wait_for 60 saw_of json
# A camera that speaks RTSP, with sound: this very stream.
echo "$pass" >"$T/pass"
camherd -q cam add again "rtsp://$A/separate/mjpeg" &&
	camherd -q cam set again --user "$user" --password <"$T/pass"
watch_again() {
	run_bg "$T/cat.again" "$CAT" -n 100000 -t 300 "$T/run/frames.sock" mjpeg again
	wait_for 60 saw_of again
}
check "an rtsp: camera with sound is live" watch_again

# All at once: each looks at the stream for some seconds before it says anything.
behind() {	# behind TAG COMMAND…
	local tag=$1
	shift
	timeout 180 "$@" >"$T/out.$tag" 2>"$T/err.$tag" &
	eval "pid_$tag=$!"
}
end_of() { eval "wait \"\$pid_$1\""; }
if command -v ffprobe >/dev/null; then
	for v in separate json again; do
		behind "probe_$v" ffprobe -v error -rtsp_transport tcp -show_entries \
			stream=codec_name,sample_rate,channels -of csv=p=0 "rtsp://$user:$pass@$A/$v/mjpeg"
		behind "hear_$v" ffmpeg -v error -nostdin -rtsp_transport tcp \
			-i "rtsp://$user:$pass@$A/$v/mjpeg" -map 0:a -c copy -t 2 -f alaw -y "$T/sound.$v"
	done
fi
if command -v gst-launch-1.0 >/dev/null; then
	behind gst gst-launch-1.0 -q rtspsrc "location=rtsp://$A/separate/mjpeg" "user-id=$user" \
		"user-pw=$pass" protocols=tcp latency=0 name=s \
		s. ! application/x-rtp,media=audio ! rtppcmadepay ! identity eos-after=9 ! filesink \
		"location=$T/gst.sound" s. ! application/x-rtp,media=video ! fakesink
	end_of gst
	check "GStreamer takes both tracks" test "$(stat -c %s "$T/gst.sound")" -ge 960
fi
if command -v ffprobe >/dev/null; then
	for v in separate again; do
		end_of "probe_$v"
		is "ffprobe shows the sound of '$v' beside the pictures" \
			"$(sort "$T/out.probe_$v" | tr '\n' ' ')" "mjpeg pcm_alaw,8000,1 "
		end_of "hear_$v"
		check "it is heard" test "$(stat -c %s "$T/sound.$v")" -ge 2880
		is "and nothing but the tone" \
			"$(od -An -v -tx1 -w1 "$T/sound.$v" | sort -u | tr -d '\n')" " 35 b5"
	done
	end_of probe_json
	is "no sound, no track" "$(cat "$T/out.probe_json")" "mjpeg"
fi
end_bg "$daemon_pid"
is "it ends cleanly" $? 0
done_testing
