#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Pictures through webd, from a made-up streamd: sign-in of players, one upstream for
# many viewers, slow and gone viewers, a streamd that ends.
. "${top_srcdir:-.}/tests/lib.sh" || exit 1
. "${top_srcdir:-.}/tests/weblib.sh" || exit 1
plan_short

web_start || { ok "webd starts" 1; done_testing; }
web_sign_up
for name in garden none dark short; do
	ask POST /api/v1/cameras "{\"name\":\"$name\",\"source\":\"test:\"}" >/dev/null
done
password=$(camherd --json stream-password show | sed 's/.*"password": *"\([a-z0-9]*\)".*/\1/')
auth="camherd:$password"
basic="Basic $(printf '%s' "$auth" | base64)"

is "without streamd: 503" "$(status_of -u "$auth" "$url/cam/garden/snapshot.jpg")" 503
check "… and a sentence" grep -q 'streamd is not running' "$T/answer"
is "… for streams, too" "$(status_of -u "$auth" "$url/cam/garden/stream.mjpeg")" 503

run_bg "$T/frames.log" "$top_builddir/tests/webtool" frames "$T/run/frames.sock" "$T/counts" 20000
frames=$bg_pid
wait_for 10 test -s "$T/counts"
counts() {
	cut -d ' ' -f "$1" "$T/counts"
}

none_open() {
	[ "$(counts 1)" -eq 0 ]
}

# ---- one picture ----
is "without credentials: 401" "$(status_of "$url/cam/garden/snapshot.jpg")" 401
curl -s -D "$T/head" -o /dev/null "$url/cam/garden/snapshot.jpg"
check "… and asked for Basic" grep -q '^WWW-Authenticate: Basic realm="camherd streams"' "$T/head"
curl -s -D "$T/head" -o /dev/null -H "Cookie: camherd_session=$(printf '%064d' 0)" "$url/cam/garden/snapshot.jpg"
check "… but not a page whose sign-in has ended" sh -c "head -n 1 '$T/head' | grep -q 401 && ! grep -q '^WWW-Authenticate' '$T/head'"
is "wrong ones: 401" "$(status_of -u camherd:wrong "$url/cam/garden/snapshot.jpg")" 401
is "the stream password" "$(status_of -u "$auth" "$url/cam/garden/snapshot.jpg")" 200
is "… a whole picture" "$(wc -c <"$T/answer")" 20000
is "… that ends as a JPEG does" "$(tail -c 2 "$T/answer" | od -An -tx1 | tr -d ' ')" ffd9
is "the login cookie" "$(status_of -H "Cookie: $cookie" "$url/cam/garden/snapshot.jpg")" 200
is "the stream password opens nothing else" "$(status_of -u "$auth" "$url/api/v1/cameras")" 401
is "an unknown camera: 404" "$(status_of -u "$auth" "$url/cam/nobody/snapshot.jpg")" 404
is "… unknown to streamd: 404" "$(status_of -u "$auth" "$url/cam/none/snapshot.jpg")" 404
check "… in streamd's own words, with its parameters" jq -e \
	'.error | .message == "there is no camera \u0027none\u0027" and .template == "there is no camera \u0027{0}\u0027" and .params == ["none"]' "$T/answer"
is "HEAD opens no camera" "$(counts 3):$(status_of -I -u "$auth" "$url/cam/garden/snapshot.jpg")" "2:200"
is "a camera that sends nothing: 503 in the end" "$(status_of -u "$auth" "$url/cam/dark/snapshot.jpg")" 503
wait_for 10 none_open
ok "nothing stays open upstream" $?

# ---- streams ----
pictures_in() { grep -ac '^Content-Length: 20000' "$1"; }
has_pictures() { [ "$(pictures_in "$2")" -ge "$1" ]; }
# Behind each picture its closing boundary comes at once, so the last bytes are one.
ends_with_boundary() { tail -c 60 "$T/stream" | grep -aq 'camherd-frame'; }
watch_until() {	# watch_until NUMBER [CURL-ARGUMENTS…]: so many pictures, in $T/stream
	local n=$1 pid status
	shift
	: >"$T/stream"
	curl -sN -m 600 -u "$auth" -o "$T/stream" "$@" "$url/cam/garden/stream.mjpeg" &
	pid=$!
	wait_for 60 has_pictures "$n" "$T/stream"
	status=$?
	wait_for 10 ends_with_boundary
	kill $pid
	wait $pid 2>/dev/null
	return $status
}
watch_until 20 -D "$T/head"
came=$?
check "a stream is multipart" grep -q '^Content-Type: multipart/x-mixed-replace; boundary=camherd-frame' "$T/head"
check "… without chunks" sh -c "! grep -qi '^transfer-encoding' '$T/head'"
ok "… with one picture after the other" $came
is "it begins with the boundary" "$(head -c 17 "$T/stream" | od -An -c | tr -d ' \n')" '--camherd-frame\r\n'
check "each picture is followed by the next boundary at once" ends_with_boundary
wait_for 10 none_open
ok "who leaves lets the camera go" $?

before=$(counts 2)
pids=
for i in $(seq 50); do
	curl -sN -m 600 -u "$auth" --interface "127.0.0.$((i % 10 + 2))" "$url/cam/garden/stream.mjpeg" >"$T/v.$i" &
	pids="$pids $!"
done
wait_for 10 sh -c "[ -s '$T/v.1' ] && [ -s '$T/v.50' ]"
ok "fifty viewers" $?
is "… share one connection to streamd" "$(counts 1):$(($(counts 2) - before))" "1:1"
is "… and a still comes from their stream" "$(counts 3):$(status_of -u "$auth" "$url/cam/garden/snapshot.jpg"):$(counts 3)" "$(counts 3):200:$(counts 3)"
rich() {	# every one has this many pictures
	local i
	for i in $(seq 50); do has_pictures "$1" "$T/v.$i" || return 1; done
}
wait_for 60 rich 50
ok "… and each gets its pictures" $?
# shellcheck disable=SC2086
kill $pids
# shellcheck disable=SC2086
wait $pids 2>/dev/null

# ---- slow and gone ----
mkfifo "$T/hold"
rss() {
	sed -n 's/^VmRSS: *\([0-9]*\) kB/\1/p' "/proc/$webd_pid/status"
}
webd_pid=$(pgrep -f "webd -c $T/camherd.conf" | head -n 1)
before=$(rss)
webtool sip "$web" /cam/garden/stream.mjpeg "$basic" 30 <"$T/hold" >"$T/sip" &
sip=$!
tap_pids="$tap_pids $sip"
exec 8>"$T/hold"
wait_for 10 test -s "$T/sip"
ok "thirty viewers that do not read" $?
watch_until 20
ok "do not hold up one that does" $?
grown=$(($(rss) - before))
[ "$grown" -lt 20000 ]
ok "and cost little memory ($grown KiB)" $?
exec 8>&-
wait "$sip"
wait_for 15 sh -c "[ \$(cut -d ' ' -f 1 '$T/counts') = 0 ]"
ok "once they are gone the camera is let go" $?

# A slow reader loses whole pictures, never a part of one.
watch_until 20 --limit-rate 200k
check "a slow reader gets whole pictures" bash -c "
	tr -d '\000' <'$T/stream' | grep -a -o 'Content-Length: 20000' >/dev/null &&
	[ \$(grep -ac '^--camherd-frame' '$T/stream') -ge \$(grep -ac '^Content-Length' '$T/stream') ]"

# ---- the end of a stream ----
is "a stream that ends is ended" "$(curl -sN -m 120 -u "$auth" -o "$T/stream" -w '%{http_code}' "$url/cam/short/stream.mjpeg")" 200
[ "$(grep -ac '^Content-Length: 20000' "$T/stream")" -ge 1 ]
ok "… behind its pictures (a busy machine may have skipped some)" $?
curl -sN -m 600 -u "$auth" -o "$T/stream" "$url/cam/garden/stream.mjpeg" &
viewer=$!
wait_for 10 test -s "$T/stream"
camherd stream-password new >/dev/null 2>&1
wait_for 20 sh -c "! kill -0 $viewer 2>/dev/null"
ok "a new stream password ends the streams of the old one" $?
auth="camherd:$(camherd --json stream-password show | sed 's/.*"password": *"\([a-z0-9]*\)".*/\1/')"
: >"$T/stream"
curl -sN -m 600 -u "$auth" -o "$T/stream" "$url/cam/garden/stream.mjpeg" &
viewer=$!
wait_for 10 test -s "$T/stream"
end_bg "$frames"
wait_for 5 sh -c "! kill -0 $viewer 2>/dev/null"
ok "a streamd that ends takes its streams along" $?
is "afterwards: 503 again" "$(status_of -u "$auth" "$url/cam/garden/stream.mjpeg")" 503
kill -TERM "$webd_pid"
wait "$webd_pid"
is "webd ends cleanly" $? 0
check "no sanitizer had anything to say" sh -c "! grep -E 'ERROR: AddressSanitizer|runtime error' '$T/webd.log'"
done_testing
