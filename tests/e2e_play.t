#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What people see in the end. Home Assistant's way: our H.264 copied into fragmented MP4
# with the options of its stream component, played by chromium. The budget of encoders
# and what the state says of it. MJPEG in chromium (tests/browser/play.mjs).
# shellcheck source-path=SCRIPTDIR disable=SC2015,SC2034,SC2086,SC2154
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/weblib.sh"
. "$top_srcdir/tests/browser/herd.sh"
plan_short
for tool in ffmpeg ffprobe node npm jq; do
	command -v $tool >/dev/null || { echo "1..0 # SKIP $tool is not installed"; exit 0; }
done
[ -n "$CHROMIUM" ] || { echo "1..0 # SKIP chromium is not installed"; exit 0; }
browser_tools || { echo "Bail out! the browser's tools could not be installed"; exit 1; }

herd_conf "[streamd]" "max_encoders = 1" "linger_s = 1" || exit 1
start_cam 7 30 && fast=$cam_url && start_cam 2 2 && slow=$cam_url || exit 1
camherd -q cam add fast "$fast" && camherd -q cam add slow "$slow" || exit 1
start_daemon streamd && streamd_pid=$bg_pid && start_daemon webd || exit 1
A=$(listen_of streamd)
url=http://$(listen_of webd)
web_sign_up || exit 1
PASS=$(camherd --json stream-password show | jq -r .password)
U=rtsp://camherd:$PASS@$A

describe() {	# describe NAME: the answer, whole
	exec 7<>"/dev/tcp/${A%:*}/${A##*:}"
	printf 'DESCRIBE rtsp://%s/%s RTSP/1.0\r\nCSeq: 1\r\nAuthorization: Basic %s\r\n\r\n' "$A" "$1" \
		"$(printf %s "camherd:$PASS" | base64 -w0)" >&7
	sed '/^\r*$/q' <&7 >"$T/answer"
	exec 7>&-
}
# Viewers of one camera at once, as its stream component asks and writes: low latency
# HLS, which it uses unless told otherwise, cuts parts by time; plain HLS leaves them to
# the caller, which is one part here.
common=empty_moov+default_base_moof+frag_discont+negative_cts_offsets+skip_trailer+delay_moov
record() {	# record FILE OPTIONS…
	local file=$1
	shift
	run_bg "$file.log" ffmpeg -nostdin -v error -rtsp_flags prefer_tcp -timeout 60000000 \
		-i "$U/fast" -map 0:v:0 -t 3 -c copy "$@" -avoid_negative_ts make_non_negative \
		-video_track_timescale 90000 -f mp4 "$file"
}
# One that stays until the end, too; it asks again where the very first picture takes
# longer than one request waits.
encoders() { grep -c 'h264: fast: encoded by' "$T/streamd.log"; }
watched() { grep -q 'watches fast' "$T/streamd.log"; }
watched_or_ended() { watched || ! kill -0 "$stays"; }
until watched; do
	run_bg "$T/stays.log" ffmpeg -nostdin -v error -rtsp_transport tcp -i "$U/fast" -c copy -f null -
	stays=$bg_pid
	wait_for 20 watched_or_ended || exit 1
done
started=$(encoders)
record "$T/live.mp4" -movflags $common -frag_duration 900000 -fragment_index 1
live_pid=$bg_pid
record "$T/plain.mp4" -movflags frag_custom+$common -fragment_index 1
plain_pid=$bg_pid

# The budget is spent.
describe slow
is "one encoder more is refused" "$(head -1 "$T/answer" | cut -d' ' -f2)" 503
users="all 1 H.264 encoders (\[streamd\] max_encoders) are in use: fast ([0-9]* viewers\{0,1\})"
check "with who has them, and what to do" grep -q "^Reason: $users\. Watch slow by /slow/mjpeg" "$T/answer"
check "and when to ask again" grep -q "^Retry-After: 5" "$T/answer"

wait "$live_pid"
is "Home Assistant's low latency HLS is written" "$?:$(cat "$T/live.mp4.log")" "0:"
wait "$plain_pid"
is "its plain HLS is written" "$?:$(cat "$T/plain.mp4.log")" "0:"
for f in live plain; do
	ffprobe -v error -select_streams v -show_entries packet=dts,flags -of csv=p=0 "$T/$f.mp4" >"$T/$f.packets"
	check "$f: decoding times grow strictly" awk -F, '{ if (NR > 1 && $1 <= last) exit 1; last = $1 }' "$T/$f.packets"
	check "$f: it begins with a key frame and has more" \
		sh -c "head -1 '$T/$f.packets' | grep -q K && [ \$(grep -c K '$T/$f.packets') -ge 2 ]"
done
check "low latency HLS comes in parts" test "$(grep -ao moof "$T/live.mp4" | wc -l)" -ge 3
check "limited range is said" sh -c "ffprobe -v error -show_streams '$T/live.mp4' | grep -qx color_range=tv"

export COOKIE=$cookie BASE=$url FILES="$T/live.mp4 $T/plain.mp4" SIMCAM="${slow%stream}" NOTE="in use: fast (" TMPDIR=$T
node "$top_srcdir/tests/browser/play.mjs" >"$T/play.out" 2>&1
status=$?
grep -v '^ok\|^1\.\.' "$T/play.out" | sed 's/^/# /'
is "chromium plays and shows all that" "$status:$(grep -c ^ok "$T/play.out")" 0:32

# What the state says of all that.
shows() { camherd --json cam show "$1" | jq -e ".camera | $2" >/dev/null; }
wait_for 20 shows fast '.encoder != "" and .encoder_load > 0 and .h264_note == ""'
ok "the state names the encoder and its load" $?
wait_for 20 shows fast '.clients == 1 and .fps > 0 and .fps_out > 0 and .bits_per_s > 0 and .last_frame_ms != null'
ok "and viewers, frames in and out, bit rate and age" $?
check "the same in words" sh -c \
	"'$top_builddir/cli/camherd' cam show fast | grep -q '^ *H.264 *by [a-z0-9_]*, [0-9]* % of a core'"
check "and why the other camera went without" sh -c "'$top_builddir/cli/camherd' cam show slow | grep -q 'no H.264 *$users'"
is "one encoder served all of them" "$(encoders)" "$started"
# A machine with hardware for it has nothing to explain.
grep -q 'encoded by h264_v4l2m2m' "$T/streamd.log" ||
	is "the log says once why it is not the hardware's" \
		"$(grep -c 'hardware encoder h264_v4l2m2m does not open (..*); libx264 is used' "$T/streamd.log")" 1

end_bg "$stays"
playing() { describe slow && grep -q "^RTSP/1.0 200" "$T/answer"; }
wait_for 20 playing
ok "when its last viewer leaves, the encoder is free for another camera" $?
check "streamd ends with status 0" end_bg "$streamd_pid"
check "and logged no error" sh -c "! grep '^<3>' '$T/streamd.log'"
done_testing
