#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Cameras published to a media server: ffmpeg takes ANNOUNCE and RECORD as a server does,
# and what it recorded is looked at. The server goes and comes back, the camera goes and
# comes back, the address is changed and taken away.
# shellcheck source-path=SCRIPTDIR disable=SC2015,SC2086,SC2317
. "${top_srcdir:-.}/tests/lib.sh"
plan_short
for tool in ffmpeg ffprobe jq curl; do
	command -v $tool >/dev/null || { echo "1..0 # SKIP $tool is not installed"; exit 0; }
done

herd_conf "[log]" "level = debug" || exit 1
sed -i 's/^camera_networks = .*/&\nlinger_s = 1/' "$T/camherd.conf"

# Servers and cameras have an address of this machine's own that no other test uses: while
# one is away nobody else's connection takes its port.
S=127.9.$((RANDOM % 250 + 1)).$((RANDOM % 250 + 1))
start_cam() {	# start_cam TAG NUMBER [OPTIONS…]; its port stays the same from then on
	local tag=$1 number=$2 port=0
	shift 2
	[ ! -s "$T/port.$tag" ] || port=$(cat "$T/port.$tag")
	rm -f "$T/port.$tag"
	run_bg "$T/sim.$tag.log" "$top_builddir/tests/sim/simcam" --listen "$S:$port" \
		--port-file "$T/port.$tag" --number "$number" --size 320x240 --fps 50 "$@"
	wait_for 20 test -s "$T/port.$tag" && echo "$bg_pid" >"$T/pid.$tag"
}
show() { camherd --json cam show "$1" | jq -r ".camera.$2"; }
shows() {	# shows NAME FIELD PATTERN
	show "$1" "$2" | grep -q -- "$3" || { camherd --json cam show "$1"; return 1; }
}
free_port() {
	run_bg "$T/port.log" "$top_builddir/tests/sim/simcam" --listen "$S:0" --port-file "$T/free.port"
	wait_for 20 test -s "$T/free.port"
	cat "$T/free.port"
	end_bg "$bg_pid"
	rm -f "$T/free.port"
}
listens() { [ -n "$(awk -v p=":$(printf '%04X' "$1")" '$2 ~ p"$" && $4 == "0A"' /proc/net/tcp)" ]; }
quick="-analyzeduration 400000"	# two words; it would look at five seconds otherwise
# record FILE PORT FRAMES: a server for one publisher that ends by itself after so many.
record() {
	run_bg "$T/ffmpeg.$1.log" ffmpeg -v error -nostdin -y $quick -rtsp_flags listen -timeout 60 \
		-i "rtsp://$S:$2/live/cam" -map 0 -c copy -frames:v "$3" "$T/$1.mkv"
	recorder=$bg_pid
	wait_for 20 listens "$2"
}
recorded() {	# recorded FILE FIELD=VALUE…
	local file=$1 want
	shift
	wait "$recorder"
	ffprobe -v error -show_streams -count_frames "$T/$file.mkv" >"$T/probe" 2>&1
	for want in "$@"; do
		grep -qx "$want" "$T/probe" || { echo "no $want"; cat "$T/probe" "$T/ffmpeg.$file.log"; return 1; }
	done
}
whole() {	# whole FILE: every picture decodes without a complaint
	ffprobe -v error -count_frames -select_streams v -show_entries stream=nb_read_frames \
		"$T/$1" >"$T/whole" 2>"$T/whole.err"
	cat "$T/whole" "$T/whole.err"
	[ ! -s "$T/whole.err" ] && grep -q '^nb_read_frames=[1-9]' "$T/whole"
}

start_cam a 21 --variant restart && start_cam b 22 || exit 1
camherd -q cam add cama "http://$S:$(cat "$T/port.a")/stream" &&
	camherd -q cam add camb "http://$S:$(cat "$T/port.b")/stream" || exit 1
start_daemon streamd || exit 1
daemon_pid=$bg_pid
fds() { find "/proc/$daemon_pid/fd" -type l | wc -l; }
fds_at_most() { [ "$(fds)" -le "$1" ]; }
fds_at_start=$(fds)

# No server yet: it is tried again, and no camera is opened for it.
P=$(free_port)
URL="rtsp://ann:s3cret@$S:$P/live/cam"
camherd -q cam set cama "push=$URL" push-codec=mjpeg
check "a server that is not there is said" wait_for 20 shows cama push_reason 'check address and port'
is "as a failure" "$(show cama push_state)" failed
is "and no camera was opened for it" \
	"$(curl -s "http://$S:$(cat "$T/port.a")/stats" | jq .requests)" 0
is "the address is shown without the password" "$(show cama push)" "rtsp://$S:$P/live/cam"
{
	camherd --json cam show cama
	camherd cam show cama
	cat "$T/streamd.log"
} >"$T/seen"
check "nor with it anywhere else" sh -c "grep -q '/live/cam' '$T/seen' && ! grep s3cret '$T/seen'"

# RTP/JPEG, with restart markers, as the camera sends it.
record jpeg "$P" 20
check "RTP/JPEG arrives at the server" recorded jpeg codec_name=mjpeg width=320 height=240
check "each picture whole" whole jpeg.mkv
check "the server's end is a reason to try again" wait_for 30 shows cama push_reconnects '^[1-9]'

# The server comes back, and takes H.264 now.
camherd -q cam set cama push-codec=h264
record h264 "$P" 40
check "H.264 arrives at the server that came back" recorded h264 codec_name=h264 width=320 \
	"profile=Constrained Baseline" pix_fmt=yuv420p
check "each unit whole" whole h264.mkv

# The camera goes while the server waits, and comes back.
run_bg "$T/ffmpeg.outage.log" ffmpeg -v error -nostdin -y $quick -rtsp_flags listen -timeout 60 \
	-i "rtsp://$S:$P/live/cam" -c copy -flush_packets 1 -f h264 "$T/outage.h264"
recorder=$bg_pid
size() { stat -c %s "$T/outage.h264" 2>/dev/null || echo 0; }
grows() { [ "$(size)" -gt $((old_size + 20000)) ]; }
old_size=0
check "it is live again" wait_for 60 grows
check "and says so" wait_for 20 shows cama push_state '^live$'
check "and counts as a viewer" wait_for 20 shows cama clients '^1$'
end_bg "$(cat "$T/pid.a")"
check "the outage of the camera is said" wait_for 30 shows cama push_reason '.'
is "the server is kept meanwhile" "$(show cama push_state)" live
old_size=$(size)
start_cam a 21 --variant restart
check "the same connection goes on" wait_for 60 grows
kill -INT "$recorder"
wait "$recorder"
check "with whole units" whole outage.h264

# Two cameras; one to an address without a path, which gets its name.
camherd -q cam set cama push=off
check "off is off" wait_for 20 shows cama push_state '^$'
run_bg "$T/ffmpeg.named.log" ffmpeg -v error -nostdin -y $quick -rtsp_flags listen -timeout 60 \
	-i "rtsp://$S:$P/camb" -c copy -frames:v 10 "$T/named.mkv"
recorder=$bg_pid
wait_for 20 listens "$P"
camherd -q cam set camb "push=rtsp://$S:$P" push-codec=mjpeg
check "without a path the camera's name is taken" recorded named codec_name=mjpeg
camherd -q cam rm camb --yes
check "a camera that is removed is published no more" wait_for 20 sh -c \
	"! '$top_builddir/cli/camherd' cam show camb >/dev/null 2>&1"

# Sound goes with the pictures; and H.264 that a camera makes by itself goes on as it is.
run_bg "$T/sim.voice.log" "$top_builddir/tests/sim/simpppp" --host "$S" \
	--port-file "$T/port.voice" --number 23 --fps 30 --layout separate --audio
voice_pid=$bg_pid
wait_for 60 test -s "$T/port.voice"
pass=$(camherd --json stream-password show | jq -r .password)
camherd -q cam add voice "pppp:@$S:$(cat "$T/port.voice")" &&
	camherd -q cam add through "rtsp://camherd:$pass@$(listen_of streamd)/voice" || exit 1
streams() {	# streams FILE: CODEC,RATE,PACKETS of each, RATE of sound
	ffprobe -v error -count_packets -show_entries stream=codec_name,sample_rate,nb_read_packets \
		-of csv=p=0 "$T/$1.mkv"
}
record voice "$P" 30
camherd -q cam set voice "push=rtsp://$S:$P/live/cam" push-codec=mjpeg
wait "$recorder"
streams voice >"$T/streams"
check "RTP/JPEG is published with its sound" sh -c \
	"grep -q '^mjpeg,30' '$T/streams' && grep -q '^pcm_alaw,8000,[1-9]' '$T/streams' || { cat '$T/streams' '$T/ffmpeg.voice.log'; false; }"
ffmpeg -v error -nostdin -y -i "$T/voice.mkv" -map 0:a -c copy -f alaw "$T/voice.alaw"
check "sound arrives as the camera made it: a tone of two values" sh -c \
	"[ \$(stat -c %s '$T/voice.alaw') -ge 960 ] && [ \"\$(od -An -v -tx1 -w1 '$T/voice.alaw' | sort -u | tr -d '\n')\" = ' 35 b5' ]"
camherd -q cam set voice push=off
record through "$P" 60
camherd -q cam set through "push=rtsp://$S:$P/live/cam" push-codec=h264
wait "$recorder"
streams through >"$T/streams"
check "H.264 is passed on to the server, with its sound" sh -c \
	"grep -q '^h264,60' '$T/streams' && grep -q '^pcm_alaw,8000,[1-9]' '$T/streams' || { cat '$T/streams' '$T/ffmpeg.through.log'; false; }"
check "each unit whole" whole through.mkv
check "and there was one encoder, the other camera's" sh -c \
	"! grep -q 'h264: through: encoded' '$T/streamd.log' && grep -q 'h264: voice: encoded' '$T/streamd.log'"
camherd -q cam rm through --yes && camherd -q cam rm voice --yes
end_bg "$voice_pid"

# What cannot be published to is said when it is typed.
for bad in http://x/y rtsps://x/y 'rtsp://x/#a' rtsp:///path 'rtsp://[::1/x' 'rtsp://h:70000/'; do
	camherd cam set cama "push=$bad" >"$T/out" 2>&1
	is "push=$bad is refused" $? 2
done
check "descriptors are back ($fds_at_start)" wait_for 40 fds_at_most $((fds_at_start + 1))
end_bg "$daemon_pid"
is "streamd ends cleanly" $? 0
check "and logged no error" sh -c "! grep '^<3>' '$T/streamd.log'"
done_testing
