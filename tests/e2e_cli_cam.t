#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# camherd(1) with streamd and a simulated camera: states, snapshots, addresses that play.
# shellcheck disable=SC2016,SC2034 # check evaluates the quoted lines
# shellcheck source=tests/lib.sh
. "${top_srcdir:-.}/tests/lib.sh"
plan_short
herd_conf || exit 1

run() {	# run WANTED_EXIT ARGS…: stdout in $T/out, stderr in $T/err
	local wanted=$1
	shift
	camherd "$@" >"$T/out" 2>"$T/err" </dev/null
	local got=$?
	[ $got -eq "$wanted" ] || { echo "exit $got, wanted $wanted"; cat "$T/out" "$T/err"; return 1; }
}
json() {	# json FILTER
	{ [ "$(jq -s length "$T/out")" = 1 ] && jq -e "$1" "$T/out" >/dev/null; } ||
		{ echo "not true: $1"; cat "$T/out" "$T/err"; return 1; }
}

run_bg "$T/simcam.log" "$top_builddir/tests/sim/simcam" --listen 127.0.0.1:0 \
	--port-file "$T/port" --number 7 --size 320x240 --fps 10
wait_for 20 test -s "$T/port" || exit 1
start_daemon streamd || exit 1

check "a camera added while streamd runs is there without a restart" eval 'run 0 -q cam add porch "http://127.0.0.1:$(cat "$T/port")/stream" && wait_for 20 eval "camherd --json cam list | jq -e \".cameras[0].state == \\\"idle\\\"\""'
check "cam snapshot opens it and writes a JPEG" eval 'run 0 --json cam snapshot porch -o "$T/a.jpg" && json ".camera == \"porch\" and .size == $(wc -c <"$T/a.jpg")" && [ "$(od -An -tx1 -N2 "$T/a.jpg" | tr -d " ")" = ffd8 ] && [ "$(tail -c 2 "$T/a.jpg" | od -An -tx1 | tr -d " ")" = ffd9 ]'
check "cam snapshot through a pipe" eval '[ "$(camherd cam snapshot porch -o - | od -An -tx1 -N2 | tr -d " ")" = ffd8 ]'
check "its state is live now, with size and the age of the last frame" eval 'wait_for 20 eval "camherd --json cam show porch | jq -e \".camera | .state == \\\"live\\\" and .width == 320 and .height == 240 and .last_frame_ms < 20000\""'
check "status says so too" eval 'run 0 --json status && json ".daemons.streamd.up and .cameras[0].name == \"porch\" and (.cameras[0].last_frame_ms | type) == \"number\""'
check "cam show in words" eval 'run 0 cam show porch && grep -q "320x240" "$T/out" && grep -q "RTP/JPEG .*possible" "$T/out"'
check "cam probe tells what it sends" eval 'run 0 --json cam probe porch && json ".codec == \"JPEG\" and .width == 320 and .sampling == \"4:2:0\" and .huffman == \"standard\" and .rtp_jpeg.how == \"as it is\" and .rtp_jpeg.why == null and .rtp_jpeg.how_said.template == \"as it is\" and .reason_said == null and .h264_said.template == .h264 and .fps > 0"'
check "and in words" eval 'run 0 cam probe porch && grep -q "RTP/JPEG .*as it is" "$T/out"'
check "cam urls has the port that streamd took" eval 'echo 127.0.0.1:1 >"$T/run/webd.listen"; run 0 --json cam urls porch && json ".rtsp == \"rtsp://$(listen_of streamd)/porch\""'
check "a camera that nobody knows" run 4 cam snapshot nobody -o "$T/b.jpg"
check "a camera that does not answer" eval 'run 0 -q cam add dead http://127.0.0.1:1/ && wait_for 20 eval "camherd --json cam list | jq -e \".cameras | map(select(.name == \\\"dead\\\" and .state != \\\"unknown\\\")) | length == 1\"" && run 1 --json --timeout 20 cam snapshot dead -o "$T/b.jpg" && json ".error | .exit == 1 and (.message | length > 10)" && [ ! -e "$T/b.jpg" ]'
check "cam probe of it says why" eval 'run 1 cam probe dead && grep -q "dead is unreachable: .*refuses the connection" "$T/err"'
check "a camera switched off" eval 'run 0 -q cam set porch enabled=no && wait_for 20 eval "! camherd cam snapshot porch -o $T/b.jpg" && run 0 --json cam list && json ".cameras | map(select(.name == \"porch\"))[0].state == \"disabled\""'
check "cam urls shows a new stream password" eval 'run 0 -q cam set porch enabled=yes && run 0 --json stream-password new && [ "$(camherd --json cam urls porch | jq -r .password)" = "$(jq -r .password "$T/out")" ]'

"$top_builddir/tests/photofile" 640 480 8 >"$T/photo.jpg"
check "photo add takes a photo, upright" eval 'run 0 --json photo add porch "$T/photo.jpg" --about label --caption "XF16" && json ".photo | .camera == \"porch\" and .about == \"label\" and .width == 480 and .height == 640" && id=$(jq .photo.id "$T/out")'
check "photo list shows it" eval 'run 0 photo list porch && grep -q "label.*480x640.*XF16" "$T/out"'
check "photo get writes it without what it was not asked to keep" eval 'run 0 photo get "$id" -o "$T/got.jpg" && [ "$(od -An -tx1 -N3 "$T/got.jpg" | tr -d " ")" = ffd8ff ] && ! grep -qa -e N52 -e Exif "$T/got.jpg"'
check "photo set changes its words" eval 'run 0 -q photo set "$id" --caption "the back" --about back && run 0 --json photo list && json ".photos[0] | .caption == \"the back\" and .about == \"back\""'
check "a file that is no JPEG is refused by its kind" eval 'printf "\\211PNG\\r\\n\\032\\n" >"$T/a.png" && run 2 photo add porch "$T/a.png" && grep -q "PNG" "$T/err"'
check "photo rm without a terminal asks for --yes" eval '! camherd photo rm "$id" </dev/null 2>/dev/null && run 0 -q photo rm "$id" --yes && run 4 photo get "$id" -o "$T/none.jpg" && [ "$(find "$T/state/photos" -type f | wc -l)" -eq 0 ]'
check "cam history tells what was done, newest first" eval 'run 0 --json cam history porch && json ".events | .[0].text == \"a photo was removed\" and .[-1].text == \"porch was added\" and (map(.text) | index(\"porch was changed: enabled\") != null)" && run 0 cam history porch --limit 1 && [ "$(wc -l <"$T/out")" -eq 2 ]'
check "cam rm takes its photos along" eval 'run 0 -q photo add porch "$T/photo.jpg" && run 0 -q cam rm porch --yes && run 0 --json photo list && json ".photos == []" && [ "$(find "$T/state/photos" -type f | wc -l)" -eq 0 ]'
done_testing
