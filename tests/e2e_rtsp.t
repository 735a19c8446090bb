#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# streamd's RTSP with other people's clients, and with rude ones: ffmpeg and GStreamer
# play both addresses; wrong passwords, UDP, foreign sessions, floods and slow readers
# get what they deserve.
# shellcheck source-path=SCRIPTDIR disable=SC2015,SC2086,SC2317
. "${top_srcdir:-.}/tests/lib.sh"
plan_short
for tool in ffmpeg ffprobe; do
	command -v $tool >/dev/null || { echo "1..0 # SKIP $tool is not installed"; exit 0; }
done

herd_conf "[log]" "level = debug" || exit 1
run_bg "$T/simcam.log" "$top_builddir/tests/sim/simcam" --listen 127.0.0.1:0 \
	--port-file "$T/cam.port" --fps 15 --number 7
run_bg "$T/simcam422.log" "$top_builddir/tests/sim/simcam" --listen 127.0.0.1:0 \
	--port-file "$T/cam422.port" --fps 15 --number 8 --variant 422
# Pictures that need more than type 0 and 1, or that RTP cannot carry as they are.
variants="restart 422-restart no-dht optimised grey"
fitted="progressive 444 odd-size arithmetic 12-bit odd-sampling"
unfit="$fitted wide"
for v in $variants $unfit; do
	run_bg "$T/simcam-$v.log" "$top_builddir/tests/sim/simcam" --listen 127.0.0.1:0 \
		--port-file "$T/$v.port" --fps 15 --number 9 --variant "$v"
done
wait_for 10 test -s "$T/cam.port" && wait_for 10 test -s "$T/cam422.port" || exit 1
for v in $variants $unfit; do
	wait_for 10 test -s "$T/$v.port" || exit 1
done
port_of() { sed 's/.*://' "$1"; }
camherd cam add cam7 "http://127.0.0.1:$(port_of "$T/cam.port")/stream" >"$T/add.log" &&
	camherd cam add cam8 "http://127.0.0.1:$(port_of "$T/cam422.port")/stream" >>"$T/add.log" &&
	for v in $variants $unfit; do
		camherd cam add "v-$v" "http://127.0.0.1:$(port_of "$T/$v.port")/stream" >>"$T/add.log"
	done &&
	camherd cam add nobody "http://127.0.0.1:1/stream" >>"$T/add.log" || { cat "$T/add.log"; exit 1; }
# A sanitizer would keep freed memory, which is measured below.
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:quarantine_size_mb=1:thread_local_quarantine_size_kb=64"
start_daemon streamd || exit 1
streamd_pid=$bg_pid
A=$(listen_of streamd)
HOST=${A%:*} PORT=${A##*:}
camherd stream-password show --json >"$T/credentials.json"
PASS=$(sed -n 's/.*"password" *: *"\([a-z0-9]*\)".*/\1/p' "$T/credentials.json")
USER_=$(sed -n 's/.*"user" *: *"\([a-z0-9]*\)".*/\1/p' "$T/credentials.json")
B64=$(printf %s "$USER_:$PASS" | base64 -w0)
U="rtsp://$USER_:$PASS@$A"

# Requests by hand, on descriptor 7.

dial() { exec 7<>"/dev/tcp/$HOST/$PORT"; }
hang_up() { exec 7>&-; }
cseq=0
ask() {	# ask METHOD URL [HEADER…]: status in $status, reply in $T/reply
	local line n=0
	cseq=$((cseq + 1))
	{
		printf '%s %s RTSP/1.0\r\nCSeq: %d\r\n' "$1" "$2" $cseq
		shift 2
		for line in "$@"; do printf '%s\r\n' "$line"; done
		printf '\r\n'
	} >&7
	: >"$T/reply"
	while IFS= read -r -t 60 line <&7; do
		line=${line%$'\r'}
		[ -n "$line" ] || break
		echo "$line" >>"$T/reply"
	done
	status=$(sed -n '1s/^RTSP\/1.0 \([0-9]*\).*/\1/p' "$T/reply")
	n=$(sed -n 's/^Content-Length: //p' "$T/reply")
	[ -z "$n" ] || IFS= read -r -t 60 -N "$n" _ <&7
}
header() { sed -n "s/^$1: //p" "$T/reply" | sed 's/;.*//' | head -1; }
BASIC="Authorization: Basic $B64"
TCP="Transport: RTP/AVP/TCP;unicast;interleaved=0-1"

# Someone else's clients.
quick="-analyzeduration 400000"	# two words; they would look at five seconds otherwise

probe() {	# probe URL FIELD=VALUE…
	local url=$1 want
	shift
	asks_again timeout 240 ffprobe -v error $quick -rtsp_transport tcp -show_streams "$url" >"$T/probe.out" 2>&1 || {
		cat "$T/probe.out"
		return 1
	}
	for want in "$@"; do
		grep -qx "$want" "$T/probe.out" || { echo "no $want"; cat "$T/probe.out"; return 1; }
	done
}
picture() {	# picture FILE URL: one decoded picture
	rm -f "$1"
	asks_again timeout 240 ffmpeg -v error $quick -nostdin -y -rtsp_transport tcp -i "$2" -frames:v 1 "$1" &&
		[ "$(stat -c %s "$1")" -gt 10000 ]
}
check "ffprobe reads H.264" probe "$U/cam7" codec_name=h264 width=640 height=480 \
	"profile=Constrained Baseline" color_range=tv pix_fmt=yuv420p
check "ffprobe reads RTP/JPEG" probe "$U/cam7/mjpeg" codec_name=mjpeg width=640 height=480
check "ffprobe reads RTP/JPEG 4:2:2" probe "$U/cam8/mjpeg" codec_name=mjpeg pix_fmt=yuvj422p
check "ffprobe reads RTP/JPEG with restart markers" probe "$U/v-restart/mjpeg" codec_name=mjpeg \
	pix_fmt=yuvj420p
check "ffprobe reads RTP/JPEG 4:2:2 with restart markers" probe "$U/v-422-restart/mjpeg" \
	codec_name=mjpeg pix_fmt=yuvj422p
check "ffmpeg decodes H.264" picture "$T/h264.png" "$U/cam7"
check "ffmpeg decodes RTP/JPEG" picture "$T/mjpeg.png" "$U/cam7/mjpeg"
check "ffmpeg decodes H.264 of a 4:2:2 camera" picture "$T/h264-422.png" "$U/cam8"
clean() {	# clean URL: ten pictures decoded without one complaint
	asks_again timeout 240 ffmpeg -v error $quick -xerror -nostdin -rtsp_transport tcp -i "$1" -frames:v 10 \
		-fps_mode passthrough -enc_time_base -1 \
		-f null - 2>&1 | tee "$T/clean.out"
	[ ! -s "$T/clean.out" ]
}
check "restart markers (type 65) decode cleanly" clean "$U/v-restart/mjpeg"
check "restart markers of 4:2:2 (type 64) decode cleanly" clean "$U/v-422-restart/mjpeg"
check "pictures without Huffman tables decode cleanly" clean "$U/v-no-dht/mjpeg"
# What RTP cannot carry as it is, is made fit: without loss, or encoded anew.
for v in optimised grey $fitted; do
	asks_again timeout 240 ffmpeg -v error $quick -xerror -nostdin -rtsp_transport tcp -i "$U/v-$v/mjpeg" \
		-frames:v 10 -fps_mode passthrough -enc_time_base -1 -f null - >"$T/fit.$v" 2>&1 &
	echo $! >"$T/fit.pid.$v"
done
for v in optimised grey $fitted; do
	wait "$(cat "$T/fit.pid.$v")"
	check "RTP/JPEG of '$v' decodes cleanly" test $? -eq 0 -a ! -s "$T/fit.$v"
done
check "sides are padded to a multiple of 8" probe "$U/v-odd-size/mjpeg" width=648 height=368
# More cameras than encoders: one that only lingers gives its place.
for v in $variants $unfit; do
	[ "$v" = odd-sampling ] || check "H.264 of '$v' decodes cleanly" clean "$U/v-$v"
done
check "H.264 of a picture too large for RTP/JPEG has its size" probe "$U/v-wide" width=2304 height=1296

gst() {	# gst FILE PATH ELEMENT…: one decoded picture
	local file=$1 path=$2
	shift 2
	rm -f "$file"
	asks_again timeout 240 gst-launch-1.0 -q rtspsrc "location=rtsp://$A/$path" "user-id=$USER_" \
		"user-pw=$PASS" protocols=tcp latency=0 ! "$@" ! videoconvert \
		! pngenc snapshot=true ! filesink "location=$file" &&
		[ "$(stat -c %s "$file")" -gt 10000 ]
}
if command -v gst-launch-1.0 >/dev/null; then
	check "GStreamer decodes H.264" gst "$T/gst-h264.png" cam7 rtph264depay ! avdec_h264
	for v in cam7 cam8 v-restart v-422-restart; do
		gst "$T/gst-$v.png" "$v/mjpeg" rtpjpegdepay ! jpegdec >"$T/gst.$v" 2>&1 &
		echo $! >"$T/gst.pid.$v"
	done
	for v in cam7 cam8 v-restart v-422-restart; do
		wait "$(cat "$T/gst.pid.$v")" || { sed 's/^/# /' "$T/gst.$v"; false; }
		ok "GStreamer decodes RTP/JPEG of '$v'" $?
	done
else
	echo "# gst-launch-1.0 is not installed: its part is left out"
fi

# A viewer that stops reading, while all that follows goes on. Descriptor 6 keeps it.
memory_kb() { sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$streamd_pid/status"; }
stops_later() {	# the camera may need more than the 5 s that one request waits
	hang_up
	dial
	ask SETUP "rtsp://$A/cam8/mjpeg/track1" "$BASIC" "$TCP"
	[ "$status" = 200 ] || return
	printf 'PLAY rtsp://%s/cam8/mjpeg RTSP/1.0\r\nCSeq: 100\r\n%s\r\nSession: %s\r\n\r\n' \
		"$A" "$BASIC" "$(header Session)" >&7
	IFS= read -r -t 60 line <&7 && [ "${line%$'\r'}" = "RTSP/1.0 200 OK" ]
}
check "a viewer that will stop reading is served" wait_for 20 stops_later
slow_from=$(wc -l <"$T/streamd.log")
before=$(memory_kb)
exec 6<&7

dial
ask OPTIONS "rtsp://$A/cam7"
is "OPTIONS needs no password" "$status" 200
ask DESCRIBE "rtsp://$A/cam7"
is "DESCRIBE without a password is refused" "$status" 401
is "Digest is offered first" "$(header WWW-Authenticate | sed 's/ .*//')" Digest
ask DESCRIBE "rtsp://$A/cam7" "Authorization: Basic $(printf 'camherd:wrong' | base64)"
is "a wrong password is refused" "$status" 401
ask DESCRIBE "rtsp://$A/no-such-camera" "$BASIC"
is "an unknown camera is not found" "$status" 404
ask DESCRIBE "rtsp://$A/cam7/mjpeg" "$BASIC"
is "Basic signs in" "$status" 200
is "Content-Base ends with a slash" "$(sed -n 's/^Content-Base: //p' "$T/reply")" \
	"rtsp://$A/cam7/mjpeg/"
ask DESCRIBE "rtsp://$A/v-wide/mjpeg" "$BASIC"
is "pictures that RTP cannot carry are refused" "$status" 415
check "with the reason" grep -q "^Reason: .*larger than 2040.*use the H.264 address" "$T/reply"
undecodable() {
	hang_up
	dial
	ask DESCRIBE "rtsp://$A/v-odd-sampling" "$BASIC"
	[ "$status" = 503 ] && grep -q '^Reason: .*does not decode.*/mjpeg' "$T/reply" || { cat "$T/reply"; return 1; }
}
check "H.264 of what cannot be decoded is refused, with another address" wait_for 20 undecodable
ask SETUP "rtsp://$A/cam7/mjpeg/track1" "$BASIC" "Transport: RTP/AVP;unicast;client_port=5000-5001"
is "UDP is not offered" "$status" 461
ask SETUP "rtsp://$A/cam7/mjpeg/track1" "$BASIC" "$TCP"
is "TCP is" "$status" 200
session=$(header Session)
ask PLAY "rtsp://$A/cam7/mjpeg" "$BASIC" "Session: 0123456789abcdef0123456789abcdef"
is "a made-up session is not found" "$status" 454
exec 8<&7
dial
ask PLAY "rtsp://$A/cam7/mjpeg" "$BASIC" "Session: $session"
is "another connection's session is not found" "$status" 454
ask TEARDOWN "rtsp://$A/cam7/mjpeg" "$BASIC" "Session: $session"
is "and cannot be torn down" "$status" 454
hang_up
exec 7<&8 8<&-
printf 'TEARDOWN rtsp://%s/cam7/mjpeg RTSP/1.0\r\nCSeq: 99\r\n%s\r\nSession: %s\r\n\r\n' \
	"$A" "$BASIC" "$session" >&7
is "TEARDOWN is answered in full, then closed" \
	"$(timeout 60 cat <&7 | sed -n '1s/ OK.*//p')" "RTSP/1.0 200"
hang_up
dial
start=$(date +%s)
ask DESCRIBE "rtsp://$A/nobody" "$BASIC"
is "a dead camera is 503" "$status" 503
is "and says when to ask again" "$(header Retry-After)" 5
check "within the time that clients wait" test $(($(date +%s) - start)) -le 30
hang_up
dial
printf 'OPTIONS * RTSP/1.0\r\nCSeq: 5\r\nContent-Length: 9999999\r\n\r\nxxxxxxxx' >&7
is "too long a body is refused before it comes" \
	"$(timeout 60 cat <&7 | head -1 | tr -d '\r')" "RTSP/1.0 413 Request Entity Too Large"
hang_up

# Rude clients.

strangers() {	# open 20 connections of one address; how many stay open
	local fd open=0 fds=() line
	trap '' PIPE	# those turned away
	for _ in $(seq 20); do
		exec {fd}<>"/dev/tcp/$HOST/$PORT"
		fds+=("$fd")
	done
	for fd in "${fds[@]}"; do
		printf 'OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n' >&"$fd"
		if IFS= read -r -t 10 line <&"$fd" && [ "${line%$'\r'}" = "RTSP/1.0 200 OK" ]; then
			open=$((open + 1))
		fi
	done 2>/dev/null
	for fd in "${fds[@]}"; do exec {fd}>&-; done
	echo $open
}
is "an address may have 16 connections that did not sign in" "$(strangers)" 16
check "viewers are served after that" picture "$T/after.png" "$U/cam7/mjpeg"
closed_as_stuck() {
	wait_for 60 grep -q "it took no bytes" "$T/streamd.log" ||
		{ tail -n "+$slow_from" "$T/streamd.log"; return 1; }
}
check "a viewer that takes nothing for 10 s is closed" closed_as_stuck
after=$(memory_kb)
check "only that one" test "$(tail -n "+$slow_from" "$T/streamd.log" | grep -c "it took no bytes")" -eq 1
# 600 KiB by the rule; the rest is room for a sanitizer's own book-keeping.
check "and cost no memory to speak of ($before to $after KiB)" \
	test $((after - before)) -lt 20000
exec 6>&-

# A new stream password ends sessions; the end of streamd is clean.
dial
ask SETUP "rtsp://$A/cam7/mjpeg/track1" "$BASIC" "$TCP"
camherd stream-password new >"$T/new.log"
is "a new stream password ends sessions" "$(timeout 60 cat <&7 | wc -c)" 0
hang_up
check "streamd ends with status 0" end_bg "$streamd_pid"
check "and logged no error but that one" sh -c "! grep '^<3>' '$T/streamd.log' | grep -v 'v-odd-sampling: libavcodec does not decode'"
done_testing
