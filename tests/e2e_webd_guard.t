#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# webd against hostile clients: framing tricks, climbing paths, guessed passwords, slow
# senders. test_web_guard.c holds every route against every role; this is the socket.
. "${top_srcdir:-.}/tests/lib.sh" || exit 1
. "${top_srcdir:-.}/tests/weblib.sh" || exit 1
plan_short

web_start || { ok "webd starts" 1; done_testing; }
web_sign_up
ok "an admin signs up" $?

# ---- framing: a refusal or no word at all, and the connection ends ----
# refused NAME BYTES: nothing that is asked for in these bytes is answered
refused() {
	printf '%b' "$2" | webtool raw "$web" >"$T/raw"
	local bad=0
	grep -aq '^HTTP/1.[01] [123]' "$T/raw" && bad=1
	if [ -s "$T/raw" ]; then
		head -n 1 "$T/raw" | grep -aq '^HTTP/1.[01] [45]' || bad=1
	fi
	[ $bad -eq 0 ] || sed 's/^/# /' "$T/raw" | head -20
	ok "refused: $1" $bad
}
H='Host: localhost\r\n'
second='GET /api/v1/state HTTP/1.1\r\nHost: localhost\r\n\r\n'
P="POST /api/v1/session HTTP/1.1\r\n${H}Content-Type: application/json\r\n"
refused "length and chunks" "${P}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n$second"
refused "chunks and length" "${P}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n$second"
refused "two lengths" "${P}Content-Length: 2\r\nContent-Length: 40\r\n\r\n{}$second"
refused "two equal lengths" "${P}Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}$second"
refused "a list of lengths" "${P}Content-Length: 2, 2\r\n\r\n{}$second"
refused "a signed length" "${P}Content-Length: +2\r\n\r\n{}$second"
refused "a negative length" "${P}Content-Length: -1\r\n\r\n$second"
refused "a hexadecimal length" "${P}Content-Length: 0x2\r\n\r\n{}$second"
refused "an empty length" "${P}Content-Length:\r\n\r\n$second"
refused "an endless length" "${P}Content-Length: 99999999999999999999999999\r\n\r\n$second"
refused "two encodings" "${P}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n$second"
refused "an unknown encoding" "${P}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n$second"
refused "a disguised encoding" "${P}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n$second"
refused "a tab before the encoding" "${P}Transfer-Encoding:\tchunked, chunked\r\n\r\n0\r\n\r\n$second"
refused "two hosts" "GET /api/v1/state HTTP/1.1\r\n${H}Host: attacker.example\r\n\r\n"
refused "two equal hosts" "GET /api/v1/state HTTP/1.1\r\n$H$H\r\n"
refused "no host" 'GET /api/v1/state HTTP/1.1\r\n\r\n'
refused "no host, HTTP/1.0" 'GET /api/v1/state HTTP/1.0\r\n\r\n'
refused "HTTP/0.9" 'GET /api/v1/state\r\n'
refused "HTTP/2.0" "GET /api/v1/state HTTP/2.0\r\n$H\r\n"
refused "no version at all" "GET /api/v1/state HTTP\r\n$H\r\n"
refused "another server's address" "GET http://attacker.example/api/v1/state HTTP/1.1\r\n$H\r\n"
refused "our own as a whole" "GET http://localhost/api/v1/state HTTP/1.1\r\n$H\r\n"
refused "a proxy's method" "CONNECT localhost:22 HTTP/1.1\r\n$H\r\n"
refused "TRACE" "TRACE / HTTP/1.1\r\n$H\r\n"
refused "OPTIONS *" "OPTIONS * HTTP/1.1\r\n$H\r\n"
refused "a body on a GET" "GET /api/v1/state HTTP/1.1\r\n${H}Content-Length: 2\r\n\r\n{}"
refused "a folded line" "GET /healthz HTTP/1.1\r\n${H}X: a\r\n b\r\n\r\n$second"
refused "a folded line, not the last" "GET /healthz HTTP/1.1\r\nX: a\r\n\tb\r\n$H\r\n$second"
refused "a folded length" "${P}Content-Length:\r\n 2\r\n\r\n{}$second"
refused "a folded encoding" "${P}Transfer-Encoding: chun\r\n ked\r\n\r\n0\r\n\r\n$second"
refused "a first line that is folded" "GET /healthz HTTP/1.1\r\n X: a\r\n$H\r\n$second"
refused "a line that ends with LF" "GET /healthz HTTP/1.1\r\n${H}X: a\nContent-Length: 50\r\n\r\n$second"
refused "… the last" "GET /healthz HTTP/1.1\r\n${H}X: a\n\r\n$second"
refused "… all of them" "GET /healthz HTTP/1.1\nHost: localhost\n\n$second"
refused "a CR inside of a line" "GET /healthz HTTP/1.1\r\n${H}X: a\rContent-Length: 50\r\n\r\n$second"
refused "a NUL in a line" "GET /healthz HTTP/1.1\r\n${H}X: a\0000b\r\n\r\n$second"
refused "a NUL in a line, not the last" "GET /healthz HTTP/1.1\r\nX: a\0000b\r\n$H\r\n$second"
refused "a blank before a colon" "${P}Content-Length : 50\r\n\r\n$second"
refused "a header without a name" "GET /healthz HTTP/1.1\r\n${H}: x\r\n\r\n$second"
refused "a header without a colon" "GET /healthz HTTP/1.1\r\n${H}nothing\r\n\r\n$second"
refused "a name in brackets" "GET /healthz HTTP/1.1\r\n${H}(X): x\r\n\r\n$second"
refused "chunks, however right" "${P}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n$second"
refused "chunks that end with LF" "${P}Transfer-Encoding: chunked\r\n\r\n2\n{}\n0\n\n$second"
refused "900 headers" "GET /healthz HTTP/1.1\r\n${H}$(seq -f 'X%.0f: a\r\n' 900 | tr -d '\n')\r\n"
refused "a bad chunk" "${P}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n$second"
refused "a chunk of 2^64" "${P}Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n{}\r\n0\r\n\r\n"
refused "a head of 70 KiB" "GET /api/v1/state HTTP/1.1\r\n${H}X: $(head -c 71680 /dev/zero | tr '\0' a)\r\n\r\n"
refused "a path of 60 KiB" "GET /$(head -c 61440 /dev/zero | tr '\0' a) HTTP/1.1\r\n$H\r\n"
printf '%b' "GET /healthz\\0000/../../canary HTTP/1.1\r\n$H\r\n" | webtool raw "$web" >"$T/raw"
check "what follows a NUL in the path is not looked at" sh -c "! grep -aq canary '$T/raw'"
refused "noise" '\0001\0002\0003\r\n\r\n'
refused "a TLS hello" '\0026\0003\0001\0002\0000\0001\0000\0001\0374\0003\0003'
is "a body of 65 KiB in chunks" "$(head -c 66000 /dev/zero | tr '\0' ' ' | status_of -H 'Content-Type: application/json' -H 'Transfer-Encoding: chunked' --data-binary @- "$url/api/v1/session")" 411
# The lines of an honest head are where they should be, whatever its size and timing.
{
	printf 'GET /healthz HTTP/1.1\r\n%bX-Long: ' "$H"
	head -c 30000 /dev/zero | tr '\0' a
	printf '\r\nX-Empty:\r\nX-Tab:\t\tb \r\n\r\n'
} >"$T/honest"
cat "$T/honest" "$T/honest" "$T/honest" | webtool raw "$web" >"$T/raw"
is "three long honest heads on one connection get three answers" "$(grep -ac '^HTTP/1.1 200' "$T/raw")" 3
while IFS= read -r -n 1 -d '' c; do printf '%s' "$c"; done < <(printf 'GET /healthz HTTP/1.1\r\n%bX: a\r\n\r\n%b' "$H" "$second") |
	webtool raw "$web" >"$T/raw"
is "two heads that come byte by byte get two answers" "$(grep -ac '^HTTP/1.1 200' "$T/raw")" 2
printf 'GET /healthz HTTP/1.1\r\n%bX: %%0d%%0aSet-Cookie: x=1\r\n\r\n%b' "$H" "$second" | webtool raw "$web" >"$T/raw"
is "two honest requests on one connection get two answers" "$(grep -ac '^HTTP/1.1 200' "$T/raw")" 2

# ---- paths ----
# Whatever is asked for, the file beside the page's folder must not come.
canary=0
while read -r path; do
	for base in "" /api/v1 /api/v1/dumps /api/v1/jobs/1 /cam /cam/x; do
		curl -s -m 60 --path-as-is -H "Cookie: $cookie" "$url$base$path" >"$T/answer"
		grep -q 'secret canary' "$T/answer" && canary=1
		printf 'GET %s%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' "$base" "$path" >>"$T/paths"
	done
done <<'PATHS'
/../canary
/..%2fcanary
/%2e%2e/canary
/%2e%2e%2fcanary
/.%2e/canary
/..%5ccanary
/..\canary
/....//canary
/..;/canary
/%c0%ae%c0%ae/canary
/%252e%252e/canary
/./../canary
/%00/../canary
/index.html%00/../../canary
/index.html/../../canary
/file/../../../canary
//canary
/canary
/%2fetc/passwd
/state/inventory.db
PATHS
ok "no path leads out of the page's folder" $canary
is "a dump's file by name" "$(ask GET /api/v1/dumps/..%2f..%2fcanary/file)" 400
is "a job's log by name" "$(ask GET /api/v1/jobs/x/log)" 404
is "a job's log by sign" "$(ask GET /api/v1/jobs/-1/log)" 404
mkdir -p "$T/state/jobs"
ask POST /api/v1/jobs '{"kind":"rebuild"}' >/dev/null
job=$(field id)
ln -s "$T/canary" "$T/state/jobs/$job.log"
is "a link in a log's place is not followed" "$(ask GET "/api/v1/jobs/$job/log")" 404

# ---- names of devices stay data ----
payload='<script>alert(1)</script>\"><img src=x onerror=alert(1)>'
is "a note may hold anything" "$(ask POST /api/v1/cameras "{\"name\":\"evil\",\"source\":\"test:\",\"notes\":\"$payload\"}")" 201
curl -s -D "$T/head" -o "$T/answer" -H "Cookie: $cookie" "$url/api/v1/cameras"
check "… and comes back as JSON only" grep -q '^Content-Type: application/json' "$T/head"
curl -s -o "$T/answer" -H "Cookie: $cookie" "$url/%3Cscript%3Ealert(1)%3C/script%3E"
check "an error does not echo the path" sh -c "! grep -q script '$T/answer'"

# ---- guessed passwords ----
# guess FROM PASSWORD: the status
guess() {
	status_of --interface "$1" -H 'Content-Type: application/json' \
		-d "{\"user\":\"anna\",\"password\":\"$2\"}" "$url/api/v1/session"
}
# At once, so that no try comes back meanwhile.
guesses() {
	local i pids=
	for i in $(seq 25); do
		curl -s -m 100 -o /dev/null -w '%{http_code}\n' --interface 127.0.0.9 -H 'Content-Type: application/json' \
			-d "{\"user\":\"anna\",\"password\":\"wrong $i\"}" "$url/api/v1/session" >"$T/guess.$i" &
		pids="$pids $!"
	done
	# shellcheck disable=SC2086
	wait $pids
	cat "$T"/guess.* | sort | uniq -c | tr -s ' \n' ' '
}
is "of 25 guesses five are looked at, the others are told to wait" "$(guesses)" " 5 401 20 429 "
curl -s -D "$T/head" -o "$T/answer" --interface 127.0.0.9 -H 'Content-Type: application/json' -d '{"user":"anna","password":"x"}' "$url/api/v1/session"
check "… for so many seconds" grep -q '^Retry-After: [0-9]' "$T/head"
is "even the right one, from there" "$(guess 127.0.0.9 'correct horse')" 429
is "another address signs in meanwhile" "$(guess 127.0.0.10 'correct horse')" 200
is "who is signed in stays so" "$(ask GET /api/v1/cameras)" 200
is "asking without credentials is no failure" "$(for i in $(seq 30); do status_of --interface 127.0.0.11 "$url/api/v1/cameras"; echo; done | sort -u)" 401
is "… so signing in still works there" "$(guess 127.0.0.11 'correct horse')" 200
for i in $(seq 25); do
	status_of --interface 127.0.0.12 -u "camherd:wrong$i" "$url/cam/evil/snapshot.jpg"
	echo
done >"$T/guesses"
is "guessed stream passwords wait, too" "$(sort "$T/guesses" | uniq | tr '\n' ' ')" "401 429 "
is "… and keep nobody from signing in" "$(guess 127.0.0.12 'correct horse')" 200

# ---- slow senders ----
"$top_builddir/tests/webtool" drip "$web" 300 127.0.0.20 >"$T/drip.1" &
drip1=$!
"$top_builddir/tests/webtool" drip "$web" 200 127.0.0.21 >"$T/drip.2" &
drip2=$!
webtool drip "$web" 20 127.0.0.22 body >"$T/drip.3" &
drip3=$!
tap_pids="$tap_pids $drip1 $drip2 $drip3"
wait_for 20 sh -c "[ \$(curl -s -m 30 -o /dev/null -w '%{http_code}' $url/healthz) = 200 ]"
ok "with 500 slow senders a request is answered" $?
is "… and a signed-in one" "$(ask GET /api/v1/cameras)" 200
wait "$drip1" "$drip2" "$drip3"
check "all of them are cut off" sh -c "! grep -v '^0 open' '$T/drip.1' '$T/drip.2'"
check "… and those that dribble a body" grep -q '^0 open, 0 cut at once' "$T/drip.3"
sed 's/^/# /' "$T"/drip.[123]
check "most of them at once: one address may not hold so many" sh -c "[ \$(sed 's/.*, \([0-9]*\) cut.*/\1/' '$T/drip.1') -ge 260 ]"
is "webd is still there" "$(status_of "$url/healthz")" 200
end_bg "$bg_pid"
is "and ends cleanly" $? 0
check "no sanitizer had anything to say" sh -c "! grep -E 'ERROR: AddressSanitizer|runtime error' '$T/webd.log'"
done_testing
