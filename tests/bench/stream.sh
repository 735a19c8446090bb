#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Prints what streamd costs and how late its pictures are, for the cases of the streaming
# table: 640x480, 15 fps, viewers over TCP on this machine. Part of `make bench`. Beside it
# stand the floor (tests/bench/floor.c) and, where they are installed, ffmpeg and
# GStreamer doing the same to one camera, for one receiver, without a server.
# SECONDS_EACH (10) and CASES ("1x1 8x1 1x50 16x4 h264-1 h264-4 http-50 idle") choose less.
# shellcheck source-path=SCRIPTDIR/..
. "${top_srcdir:-.}/tests/lib.sh"
seconds=${SECONDS_EACH:-10}
cases=${CASES:-1x1 8x1 1x50 16x4 h264-1 h264-4 http-50 idle}
cameras=16

herd_conf "[streamd]" "max_encoders = 4" "max_clients = 128" "linger_s = 1" || exit 1
for n in $(seq $cameras); do
	run_bg "$T/simcam$n.log" "$top_builddir/tests/sim/simcam" --listen 127.0.0.1:0 \
		--port-file "$T/cam$n.port" --fps 15 --number "$n" --quality "${QUALITY:-62}"
done
for n in $(seq $cameras); do
	wait_for 20 test -s "$T/cam$n.port" || exit 1
	camherd cam add "cam$n" "http://127.0.0.1:$(sed 's/.*://' "$T/cam$n.port")/stream" \
		>>"$T/add.log" || { cat "$T/add.log"; exit 1; }
done
start_daemon streamd || exit 1
pid=$bg_pid
camherd stream-password show --json >"$T/credentials.json"
user=$(sed -n 's/.*"user" *: *"\([a-z0-9]*\)".*/\1/p' "$T/credentials.json")
password=$(sed -n 's/.*"password" *: *"\([a-z0-9]*\)".*/\1/p' "$T/credentials.json")
base="rtsp://$user:$password@$(listen_of streamd)"

urls() {	# urls CAMERAS SUFFIX
	local n
	for n in $(seq "$1"); do echo "$base/cam$n$2"; done
}
field() { printf '%s\n' "$2" | tr ' ' '\n' | sed -n "s/^$1=//p"; }
row() {	# row NAME GOAL RESULT [FLOOR PEERS]
	local r=$3
	printf '| %-22s | %6s %% | %5s | %5s / %5s / %5s | %5s | %5s / %5s | %s | %s | %s |\n' "$1" \
		"$(field cpu_percent "$r")" "$(field fps_min "$r")" "$(field p50_ms "$r")" \
		"$(field p99_ms "$r")" "$(field max_ms "$r")" "$(field start_ms "$r")" \
		"$(field rss_mib "$r")" "$(field own_mib "$r")" "$2" "${4:--}" "${5:--}"
}
# What is its own: shared libraries are every program's.
own_mib() { awk '/^Private/ { n += $2 } END { printf "own_mib=%.1f", n / 1024 }' "/proc/$1/smaps_rollup"; }
watch() {	# watch NAME GOAL CAMERAS VIEWERS SUFFIX [FLOOR PEERS]
	local list r
	mapfile -t list < <(urls "$3" "$5")
	r=$("$top_builddir/tests/bench/rtspload" -w 3 -s "$seconds" -p "$pid" \
		-c "$4" "${list[@]}")
	row "$1" "$2" "$r $(own_mib "$pid")" "${6:-}" "${7:-}"
}
ticks_of() { sed 's/.*) //' "/proc/$1/stat" | awk '{ print $12 + $13 }'; }
percent() {	# percent TICKS SECONDS
	awk -v n="$1" -v s="$2" -v hz="$(getconf CLK_TCK)" 'BEGIN { printf "%.2f %%", n / hz / s * 100 }'
}
cost() {	# cost NAME COMMAND…: its share of a core and its memory, while it runs
	local name=$1 before it
	shift
	command -v "$1" >/dev/null || return
	run_bg "$T/peer.log" "$@"
	it=$bg_pid
	read -r -t 3 _ <"$T/.never" || :
	before=$(ticks_of "$it")
	read -r -t "$seconds" _ <"$T/.never" || :
	[ -d "/proc/$it" ] && printf '%s %s %s MiB; ' "$name" \
		"$(percent $(($(ticks_of "$it") - before)) "$seconds")" \
		"$(awk '/^VmRSS/ { printf "%.0f", $2 / 1024 }' "/proc/$it/status")"
	end_bg "$it"
}
camera() { echo "http://127.0.0.1:$(sed 's/.*://' "$T/cam1.port")/stream"; }
# A group of this machine alone that nobody joins: what is sent there is gone.
nowhere='rtp://239.255.0.1:5004?ttl=0&localaddr=127.0.0.1'
peers_jpeg() {
	cost ffmpeg ffmpeg -v quiet -nostdin -f mpjpeg -i "$(camera)" -c copy -f rtp "$nowhere"
	cost gst gst-launch-1.0 -q souphttpsrc "location=$(camera)" is-live=true ! multipartdemux \
		! capssetter caps=image/jpeg,width=640,height=480,framerate=15/1 ! rtpjpegpay \
		! udpsink host=239.255.0.1 port=5004 ttl-mc=0
}
peers_h264() {
	cost ffmpeg ffmpeg -v quiet -nostdin -f mpjpeg -i "$(camera)" -threads 1 -c:v libx264 \
		-preset superfast -tune zerolatency -profile:v baseline -pix_fmt yuv420p -g 30 -b:v 1M \
		-f rtp "$nowhere"
	gst-inspect-1.0 x264enc >/dev/null 2>&1 || return
	cost gst gst-launch-1.0 -q souphttpsrc "location=$(camera)" is-live=true ! multipartdemux \
		! capssetter caps=image/jpeg,width=640,height=480,framerate=15/1 ! jpegdec \
		! x264enc speed-preset=superfast tune=zerolatency threads=1 bitrate=1000 ! rtph264pay \
		! udpsink host=239.255.0.1 port=5004 ttl-mc=0
}
floor() {	# floor VIEWERS: its CPU and p99
	local before r it
	rm -f "$T/floor.port"
	run_bg "$T/floor.log" "$top_builddir/tests/bench/floor" "$(sed 's/.*://' "$T/cam1.port")" "$T/floor.port"
	it=$bg_pid
	wait_for 10 test -s "$T/floor.port" || return
	before=$(ticks_of "$it")
	r=$("$top_builddir/tests/bench/httpload" -w 3 -s "$seconds" -c "$1" \
		"127.0.0.1:$(cat "$T/floor.port")" /stream a:b)
	printf '%s, p99 %s' "$(percent $(($(ticks_of "$it") - before)) $((seconds + 3)))" "$(field p99_ms "$r")"
	end_bg "$it"
}
ticks() { sed 's/.*) //' "/proc/$pid/stat" | awk '{ print $12 + $13 }'; }
both_ticks() { echo $(($(ticks) + $(sed 's/.*) //' "/proc/$web/stat" | awk '{ print $12 + $13 }'))); }
http() {	# http NAME GOAL VIEWERS: MJPEG through webd, both daemons' cost
	local before r cpu
	start_daemon webd || exit 1
	web=$bg_pid
	before=$(both_ticks)
	r=$("$top_builddir/tests/bench/httpload" -w 3 -s "$seconds" -c "$3" \
		"$(listen_of webd)" /cam/cam1/stream.mjpeg "$user:$password")
	cpu=$(awk -v n="$(($(both_ticks) - before))" -v s="$seconds" -v hz="$(getconf CLK_TCK)" \
		'BEGIN { printf "%.2f", n / hz / (s + 3) * 100 }')
	r="cpu_percent=$cpu rss_mib=$(awk '/^VmRSS/ { printf "%.1f", $2 / 1024 }' "/proc/$web/status") start_ms=- $r"
	row "$1" "$2" "$r $(own_mib "$web")" "$(floor "$3")"
	end_bg "$web"
}
# Cameras and encoders linger after their last viewer: nothing of one case is to be
# counted in the next. Two seconds without a tick say that all have stopped.
settle() {
	local before n
	for n in $(seq 45); do
		before=$(ticks)
		read -r -t 2 _ <"$T/.never" || :
		[ "$(ticks)" != "$before" ] || return 0
	done
	echo "streamd still works $((n * 2)) s after its last viewer" >&2
}
idle() {	# all cameras known, nobody watching
	local before
	before=$(ticks)
	read -r -t 20 _ <"$T/.never" || :
	awk -v n="$(($(ticks) - before))" -v hz="$(getconf CLK_TCK)" \
		'BEGIN { printf "| %-22s | %6.2f %% |\n", "idle, 16 cameras", n / hz / 20 * 100 }'
}

echo "streamd, $(date -u +%F), $(uname -sm), $(nproc) CPUs:$(sed -n 's/^model name[^:]*://p' /proc/cpuinfo | head -1)"
echo "load before: $(cut -d' ' -f1-3 /proc/loadavg); $seconds s each; a picture has $(curl -s "http://127.0.0.1:$(sed 's/.*://' "$T/cam1.port")/still" | wc -c) bytes"
echo "latency: from the picture's arrival at streamd to its last packet at the viewer"
echo "| case                   | CPU      | fps   | ms p50 / p99 / max    | start | MiB RSS / own | goal | floor | peers |"
echo "|---|---|---|---|---|---|---|---|---|"
for c in $cases; do
	settle
	case $c in
	1x1) watch "RTP/JPEG 1 x 1" "0.4 %, p99 5" 1 1 /mjpeg "$(floor 1)" "$(peers_jpeg)" ;;
	8x1) watch "RTP/JPEG 8 x 1" "1.5 %, p99 5" 8 1 /mjpeg ;;
	1x50) watch "RTP/JPEG 1 x 50" "1.5 %, 15.0 fps, p99 14" 1 50 /mjpeg "$(floor 50)" ;;
	16x4) watch "RTP/JPEG 16 x 4" "3.5 %, 15.0 fps, 24 MiB" 16 4 /mjpeg ;;
	h264-1) watch "H.264 1 camera" "6 %, p99 9, start 300" 1 1 "" "" "$(peers_h264)" ;;
	h264-4) watch "H.264 4 cameras" "22 %, p99 11" 4 1 "" ;;
	http-50) http "MJPEG/HTTP 1 x 50 (*)" "1.7 %, p99 6" 50 ;;
	idle) idle ;;
	esac
done
echo "(*) webd and streamd together; latency from the camera; memory is webd's"
