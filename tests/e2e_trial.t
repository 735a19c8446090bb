#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A camera's published addresses tried out by a real client: what is seen when all is well,
# and the verdict for each cause, each cause made real.
. "${top_srcdir:-.}/tests/lib.sh"
plan_short

run_bg "$T/simcam.log" "$top_builddir/tests/sim/simcam" --port-file "$T/cam.port" --fps 30 --size 320x240
run_bg "$T/grey.log" "$top_builddir/tests/sim/simcam" --port-file "$T/grey.port" --variant grey --size 320x240
wait_for 20 test -s "$T/cam.port" -a -s "$T/grey.port" || exit 1
herd_conf "[streamd]" "linger_s = 1" "max_encoders = 1" || exit 1
source=http://127.0.0.1:$(cat "$T/cam.port")/stream
for name in on porch off; do camherd -q cam add "$name" "$source"; done
camherd -q cam set off enabled=no
camherd -q cam add gone http://127.0.0.1:9/stream
camherd -q cam add grey "http://127.0.0.1:$(cat "$T/grey.port")/stream"
start_daemon streamd && start_daemon webd || exit 1
rtsp=$(listen_of streamd) web=$(listen_of webd)

# trial AS NAME OUTPUT [OPTIONS…]: its report is in $T/AS.
trial() {
	local as=$1
	shift
	camherd --json cam test "$@" >"$T/$as.all" 2>"$T/$as.err"
	echo $? >"$T/$as.status"
	jq '.tests[0]' "$T/$as.all" >"$T/$as" 2>/dev/null
}
says() {	# says AS FILTER
	jq -e "$2" "$T/$1" >/dev/null || { cat "$T/$1" "$T/$1.err"; return 1; }
}
together() {	# wait for the trials that were begun with &
	local pid
	for pid in $pids; do wait "$pid"; done
	pids=
}
pids=
begin() { trial "$@" & pids="$pids $!"; }

# All is well; nothing answers at the page's port of another address; a camera is away.
run_bg "$T/deaf.log" "$top_builddir/tests/webtool" deaf "127.0.0.3:${web##*:}"
wait_for 20 grep -q ready "$T/deaf.log"
begin silent on mjpeg --host 127.0.0.3
begin gone-still gone snapshot
begin gone gone rtsp
begin mjpeg on mjpeg
together
begin h264 on rtsp
begin jpeg on rtsp_mjpeg
begin still on snapshot
begin grey grey rtsp_mjpeg
together
check "a still is fetched: JPEG, its size, the time it took" says still \
	'.ok and .seen.codec == "JPEG" and .seen.width == 320 and .seen.height == 240 and .seen.first_ms >= 0 and .seen.login == "Basic"'
is "exit 0" "$(cat "$T/still.status")" 0
check "who uses 127.0.0.1 elsewhere is warned" says still '.note | test("this very machine")'
check "MJPEG is watched: more than one picture" says mjpeg '.ok and .seen.pictures > 1 and .seen.fps > 0'
check "H.264 over RTSP is played and decoded" says h264 \
	'.ok and .seen.codec == "H.264" and .seen.width == 320 and .seen.login == "Digest" and .seen.pictures > 1'
check "so is JPEG over RTSP" says jpeg '.ok and .seen.codec == "JPEG" and .seen.width == 320'
check "also where it must be encoded anew" says grey '.ok and .seen.codec == "JPEG"'
TOKEN=$(camherd --json token add robot --role viewer | jq -r .token)
api() { curl -s -m 120 -o "$T/api" -H "Authorization: Bearer $TOKEN" "http://$web/api/v1/$1"; }
judged() { api cameras/grey && says api '.jpeg == "re-encoded: grey" and .jpeg_said == {"template":"re-encoded: {0}","params":["grey"]}'; }
check "the verdict on its pictures carries its parameter" wait_for 30 judged
api cameras/grey/connect
check "also for who wants to use it elsewhere" says api \
	'.outputs[] | select(.output == "rtsp_mjpeg") | .possible and .note_said == {"template":"re-encoded: {0}","params":["grey"]}'
check "a firewall that swallows all" says silent '.code == "port-silent" and (.steps[-1].step == "connect")'
check "a camera that is away, still" says gone-still \
	'.code == "camera-refused" and (.why | test("refuses the connection"))'

trial name on snapshot --host nowhere.invalid
check "a name that nobody knows" says name '.code == "host-unknown" and (.steps | length) == 1 and .do != ""'
is "exit 1" "$(cat "$T/name.status")" 1
# A name for 127.0.0.1 that the page does not know itself by.
trial self on snapshot --host '[::ffff:127.0.0.1]'
if [ "$(jq -r .code "$T/self")" = port-silent ] || [ ! -e /proc/net/if_inet6 ]; then
	echo "# no IPv6 here: the name that the page refuses is left out"
else
	check "a name that the page refuses, and the key to set" says self \
		'.code == "host-refused" and (.do | test("hostnames = "))'
fi
trial other on mjpeg --host 127.0.0.2
check "a page that listens elsewhere" says other ".code == \"listens-elsewhere\" and (.why | test(\"$web\"))"
trial other on rtsp --host 127.0.0.2
check "an RTSP server that listens elsewhere, and the key to set" says other \
	'.code == "listens-elsewhere" and (.do | test("rtsp_listen"))'

for output in mjpeg rtsp; do
	trial "old-$output" on "$output" --user camherd <<<"old password"
	check "an old password, $output" says "old-$output" '.code == "password" and (.steps[-1].step == "sign-in")'
done
check "a camera that is away, H.264" says gone '.code == "camera-refused"'
for output in snapshot rtsp; do
	trial off off "$output"
	check "a camera that is switched off, $output" says off '.code == "camera-disabled"'
done

# One viewer keeps the only encoder: streamd itself, through a camera of that address.
camherd -q cam add loop "$(camherd --json cam urls on --embed | jq -r .rtsp)"
run_bg "$T/loop.log" "$top_builddir/tests/sim/framecat" -n 100000 -t 600 "$T/run/frames.sock" mjpeg loop
wait_for 60 test -s "$T/loop.log"
trial budget porch rtsp
check "no encoder left, and what to do" says budget '.code == "encoder-budget" and (.do | test("max_encoders"))'
trial budget porch snapshot
check "which a JPEG does not need" says budget '.ok'

# Another server where the page should be: no password goes there.
sed -i "s/^listen = .*/listen = $rtsp/" "$T/camherd.conf"
mv "$T/run/webd.listen" "$T/webd.listen"
trial server on snapshot
check "a port where something else answers" says server '.code == "other-server"'
mv "$T/webd.listen" "$T/run/webd.listen"
sed -i "s/^listen = .*/listen = 127.0.0.1:0/" "$T/camherd.conf"

# A program that tries a wrong password again and again.
for _ in $(seq 60); do
	[ "$(curl -s -o /dev/null -w '%{http_code}' -u a:b "http://$web/cam/on/snapshot.jpg")" = 429 ] && break
done
trial tries on snapshot
check "too many wrong passwords" says tries '.code == "too-many-tries"'

# Every sentence of every report comes with its template, which other languages have, and
# with what was put in; those of others that were put in, too.
sentences='
	def put: . as $s | reduce range($s.params | length) as $i ($s.template; ($s.params[$i] | tostring) as $p | split("{\($i)}") | join($p));
	def whole($text): put == $text and (.template as $t | $pl[0][$t] != null or ($t | test("[a-z]{2}") | not)) and
		(.params as $p | [.inner[]? | . as $in | $in | whole($p[$in.param])] | all);
	. as $r | ([.steps[] | . as $s | $s | whole($s.text)] | all) and
	([("why", "do", "note") as $k | select($r[$k] != null) | $r[$k] as $text | $r[$k + "_said"] | whole($text)] | all) and
	([("why", "do", "note") as $k | ($r[$k] == null) == ($r[$k + "_said"] == null)] | all)'
whole() { jq -e --slurpfile pl "$top_srcdir/webd/ui/lang/pl.messages.json" "$sentences" "$T/$1" >/dev/null || { cat "$T/$1"; return 1; }; }
for report in still mjpeg h264 jpeg grey silent gone-still gone name self other old-mjpeg old-rtsp off budget server tries; do
	check "the sentences of '$report' are taken apart" whole "$report"
done
check "an address that does not answer is a parameter" says silent \
	'.why_said | .template == "Nothing answered at {0}, port {1}, within {2} s: a firewall swallows it, or no machine has that address." and .params[0] == "127.0.0.3"'
check "what the camera's answer was made of comes through the page" says gone-still \
	'.why_said | .template == "camherd answers, but {0}: {1}." and .inner[0].param == 1 and .inner[0].template == "no picture within {0} s: {1}"'
check "and through the RTSP server" says off \
	'.output == "rtsp" and (.why_said.inner[0] | .param == 1 and (.template | test("^camera .\\{0\\}. is disabled")) and .params == ["off"])'

# What is no trial; and one that is no more wanted leaves nothing behind.
is "an output that there is not" "$(camherd cam test on tape >/dev/null 2>&1; echo $?)" 2
is "a camera that there is not" "$(camherd cam test nobody >/dev/null 2>&1; echo $?)" 4
is "a host that would be more" "$(camherd cam test on rtsp --host 'a/b' >/dev/null 2>&1; echo $?)" 2
check "Home Assistant's words" sh -c "'$top_builddir/cli/camherd' cam ha gone --record | grep -q 'Stream source URL (e.g. rtsp://...)'"
check "and for the other way" sh -c "'$top_builddir/cli/camherd' --json cam connect on |
	jq -e '[.see.fields[].label] == [\"Name\",\"MJPEG URL\",\"Still Image URL\",\"Username\",\"Password\"]' >/dev/null"
done_testing
