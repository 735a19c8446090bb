#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# streamd's RTSP over UDP with other people's players: ffmpeg and GStreamer, RTP/JPEG of
# both types with and without restart markers, H.264.
# shellcheck source-path=SCRIPTDIR disable=SC2086
. "${top_srcdir:-.}/tests/lib.sh"
plan_short
command -v ffmpeg >/dev/null || { echo "1..0 # SKIP ffmpeg is not installed"; exit 0; }

herd_conf || exit 1
sed -i 's/^camera_networks = .*/&\nudp = on\nrtp_port = 0/' "$T/camherd.conf"
variants="plain 422 restart 422-restart"
for v in $variants; do
	run_bg "$T/simcam-$v.log" "$top_builddir/tests/sim/simcam" --port-file "$T/$v.port" \
		--size 320x240 --number 9 --variant "$v"
done
for v in $variants; do
	wait_for 30 test -s "$T/$v.port" &&
		camherd -q cam add "v-$v" "http://127.0.0.1:$(cat "$T/$v.port")/stream" || exit 1
done
start_daemon streamd || exit 1
streamd_pid=$bg_pid
A=$(listen_of streamd)
PASS=$(camherd --json stream-password show | jq -r .password)

watch() {	# watch TAG PATH: ten pictures by ffmpeg over UDP, without one complaint
	asks_again timeout 240 ffmpeg -v error -analyzeduration 400000 -nostdin -rtsp_transport udp \
		-i "rtsp://camherd:$PASS@$A/$2" -frames:v 10 -fps_mode passthrough \
		-enc_time_base -1 -f null - >"$T/ff.$1" 2>&1
	echo $? >>"$T/ff.$1"
}
gst() {	# gst TAG PATH ELEMENT…: one decoded picture by GStreamer over UDP
	local tag=$1 path=$2
	shift 2
	asks_again timeout 240 gst-launch-1.0 -q rtspsrc "location=rtsp://$A/$path" user-id=camherd \
		"user-pw=$PASS" protocols=udp latency=0 ! "$@" ! videoconvert \
		! pngenc snapshot=true ! filesink "location=$T/gst.$tag.png" >"$T/gst.$tag" 2>&1
}
pids=
for v in $variants; do
	watch "$v" "v-$v/mjpeg" &
	pids="$pids $!"
done
watch h264 v-plain &
pids="$pids $!"
if command -v gst-launch-1.0 >/dev/null; then
	gst jpeg v-plain/mjpeg rtpjpegdepay ! jpegdec &
	pids="$pids $!"
	gst 422-restart v-422-restart/mjpeg rtpjpegdepay ! jpegdec &
	pids="$pids $!"
	gst h264 v-plain rtph264depay ! avdec_h264 &
	pids="$pids $!"
fi
wait $pids
for v in $variants; do
	is "ffmpeg plays RTP/JPEG '$v' over UDP" "$(cat "$T/ff.$v")" 0
done
is "ffmpeg plays H.264 over UDP" "$(cat "$T/ff.h264")" 0
for v in jpeg 422-restart h264; do
	[ -e "$T/gst.$v" ] || continue
	check "GStreamer plays '$v' over UDP" test -s "$T/gst.$v.png"
done
check "they asked for UDP and said what they got" grep -q 'frames dropped, 0 packets lost' "$T/streamd.log"
check "nobody was let go" sh -c "! grep -q 'UDP packets arrive' '$T/streamd.log'"
check "streamd ends with status 0" end_bg "$streamd_pid"
done_testing
