#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# webd with TLS: a certificate of its own, the user's, renewal while it runs, what is
# wrong with one said clearly; cookies, streams and limits over TLS; and a proxy in
# front.
. "${top_srcdir:-.}/tests/lib.sh" || exit 1
. "${top_srcdir:-.}/tests/weblib.sh" || exit 1
plan_short
command -v openssl >/dev/null || { echo "1..0 # SKIP openssl is not installed"; exit 0; }

tls_of() {	# tls_of KEY: a text or number of RUN/webd.tls
	sed -n "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p" "$T/run/webd.tls"
}
print_of() {	# print_of FILE: the SHA-256 fingerprint of a certificate
	openssl x509 -in "$1" -noout -fingerprint -sha256 | sed 's/.*=//'
}
served() {	# the certificate that a client is shown, to $T/served.pem
	openssl s_client -connect "$tls" -servername localhost </dev/null 2>"$T/s_client.log" |
		openssl x509 >"$T/served.pem" 2>>"$T/s_client.log"
}

# A client that says nothing is cut off while the rest goes on.
silent() {
	exec 5<>"/dev/tcp/${tls%:*}/${tls##*:}"
	read -r -t 300 _ <&5
	echo "ended $?" >"$T/silent"
}

# ---- its own certificate ----
web_start "tls_listen = 127.0.0.1:0" "hostnames = cams.example" "trusted_proxy = 127.0.0.7 127.0.1.0/24" ||
	{ ok "webd starts with TLS" 1; done_testing; }
webd_pid=$bg_pid
tls=$(tls_of listen)
silent &
tap_pids="$tap_pids $!"
web_sign_up
ok "webd listens with and without TLS" $?
own=$T/state/tls/webd.crt
is "the key is its owner's alone" "$(stat -c %a "$T/state/tls/webd.key" "$T/state/tls" | tr '\n' ' ')" "600 700 "
served
is "the certificate that is shown is the one in the file" "$(print_of "$T/served.pem")" "$(print_of "$own")"
openssl x509 -in "$own" -noout -text >"$T/text"
check "… on P-256, for a server, no authority" sh -c "grep -q 'prime256v1' '$T/text' && grep -q 'TLS Web Server' '$T/text' && grep -q 'CA:FALSE' '$T/text'"
check "… for the machine's names and addresses" sh -c "grep -q 'DNS:$(hostname | cut -d. -f1),' '$T/text' && grep -q 'DNS:$(hostname | cut -d. -f1).local' '$T/text' && grep -q 'DNS:cams.example' '$T/text' && grep -q 'IP Address:127.0.0.1' '$T/text'"
is "… which a client can verify" "$(status_of --cacert "$own" --resolve "cams.example:${tls##*:}:127.0.0.1" "https://cams.example:${tls##*:}/healthz")" 200
check "… for two years and a bit" openssl x509 -in "$own" -noout -checkend $((790 * 86400))
camherd status >"$T/status"
check "camherd status shows its fingerprint" grep -q "SHA-256  $(print_of "$own")" "$T/status"
check "… as JSON, too" sh -c "CAMHERD_CONF=$T/camherd.conf '$top_builddir/cli/camherd' --json status | grep -q '\"own\":true'"
is "the API as well" "$(ask GET /api/v1/status)" 200
check "… the same" grep -q "$(print_of "$own")" "$T/answer"
old_tls() {	# old_tls OPTION: the server's answer to an old protocol
	openssl s_client "$1" -cipher 'ALL:@SECLEVEL=0' -connect "$tls" </dev/null 2>&1 | grep -c 'Cipher is (NONE)'
}
is "TLS 1.0 and 1.1 are refused" "$(old_tls -tls1)$(old_tls -tls1_1)" 11
is "TLS 1.2 is not" "$(old_tls -tls1_2)" 0
is "plain HTTP on the TLS port gets no answer" "$(status_of "http://$tls/healthz")" 000

# ---- sign-in over TLS ----
k=(--cacert "$own" --resolve "localhost:${tls##*:}:127.0.0.1")
turl=https://localhost:${tls##*:}
plain_cookie=$cookie
curl -s "${k[@]}" -D "$T/head" -o "$T/body" -H 'Content-Type: application/json' -d '{"user":"anna","password":"correct horse"}' "$turl/api/v1/session"
check "the cookie is bound to this host and to TLS" grep -qi '^set-cookie: __Host-camherd_session=[0-9a-f]\{64\}; Path=/; HttpOnly; SameSite=Strict; Max-Age=[0-9]*; Secure' "$T/head"
check "no Strict-Transport-Security" sh -c "! grep -qi strict-transport '$T/head'"
tls_cookie=$(sed -n 's/^[Ss]et-[Cc]ookie: \([^;]*\);.*/\1/p' "$T/head")
is "it opens the API" "$(status_of "${k[@]}" -H "Cookie: $tls_cookie" "$turl/api/v1/cameras")" 200
is "… not without TLS" "$(status_of -H "Cookie: $tls_cookie" "$url/api/v1/cameras")" 401
is "a cookie from plain HTTP is nobody's over TLS" "$(status_of "${k[@]}" -H "Cookie: $plain_cookie" "$turl/api/v1/cameras")" 401
post=(-X POST -H "Cookie: $tls_cookie" -H "X-Camherd-CSRF: $(sed 's/.*"csrf":"\([0-9a-f]*\)".*/\1/' "$T/body")" -H 'Content-Type: application/json' -d '{"name":"over-tls","source":"test:"}')
is "a change from the same host without TLS is another site's" "$(status_of "${k[@]}" "${post[@]}" -H "Origin: http://localhost:${tls##*:}" "$turl/api/v1/cameras")" 403
is "… from our page it is welcome" "$(status_of "${k[@]}" "${post[@]}" -H "Origin: $turl" "$turl/api/v1/cameras")" 201

head -c 5000000 /dev/urandom >"$T/large"
is "a large file goes up over TLS" "$(status_of "${k[@]}" "${post[@]:0:6}" -H 'Content-Type: application/octet-stream' --data-binary "@$T/large" "$turl/api/v1/incoming")" 201
check "… as it is" cmp "$T/large" "$T/state/incoming/$(field incoming)"
mkdir -p "$T/state/jobs"
is "a job of any kind" "$(status_of "${k[@]}" "${post[@]:0:6}" -H 'Content-Type: application/json' -d '{"kind":"rebuild"}' "$turl/api/v1/jobs")" 202
cp "$T/large" "$T/state/jobs/$(field id).log"
job=$(field id)
curl -s "${k[@]}" -m 100 -H "Cookie: $tls_cookie" -o "$T/down" "$turl/api/v1/jobs/$job/log"
check "a large file comes down over TLS as it is" cmp "$T/large" "$T/down"

# ---- streams over TLS ----
run_bg "$T/frames.log" "$top_builddir/tests/webtool" frames "$T/run/frames.sock" "$T/counts" 30000
wait_for 20 test -s "$T/counts"
curl -sN "${k[@]}" -m 120 -H "Cookie: $tls_cookie" "$turl/api/v1/events" >"$T/events" 2>/dev/null &
tap_pids="$tap_pids $!"
curl -sN "${k[@]}" -m 120 -H "Cookie: $tls_cookie" "$turl/cam/over-tls/stream.mjpeg" >"$T/mjpeg" 2>/dev/null &
viewer=$!
tap_pids="$tap_pids $viewer"
wait_for 20 sh -c "[ \$(wc -c <'$T/mjpeg') -gt 300000 ]"
ok "pictures stream over TLS" $?
camherd cam add porch test: >/dev/null
wait_for 20 grep -q '"cameras"' "$T/events"
ok "events stream over TLS" $?
kill "$viewer" && wait "$viewer" 2>/dev/null
gone() {
	[ "$(cut -d' ' -f1 "$T/counts")" = 0 ]
}
wait_for 20 gone
ok "a viewer that goes is noticed" $?

# ---- the user's certificate, changed while webd runs ----
make_cert() {	# make_cert NAME DAYS
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$T/$1.key" -out "$T/$1.crt" \
		-days "$2" -subj "/CN=localhost" -addext subjectAltName=DNS:localhost 2>/dev/null
}
make_cert one 90 && make_cert two 90
sed -i "s|^tls_listen = .*|&\ntls_cert = $T/one.crt\ntls_key = $T/one.key|" "$T/camherd.conf"
shows() {	# shows FILE: is it the one that clients get?
	served && [ "$(print_of "$T/served.pem")" = "$(print_of "$1")" ]
}
kill -HUP "$webd_pid"
wait_for 20 shows "$T/one.crt"
ok "a user's certificate is taken at SIGHUP, the streams go on" $?
cp "$T/two.crt" "$T/one.crt" && kill -HUP "$webd_pid"
wait_for 20 grep -q 'is not the key of the first certificate' "$T/webd.log"
ok "a key of another certificate is refused with a sentence" $?
cp "$T/served.pem" "$T/before.pem"
check "… and the old pair stays" shows "$T/before.pem"
cp "$T/two.key" "$T/one.key" && kill -HUP "$webd_pid"
wait_for 20 shows "$T/two.crt"
ok "the renewed pair is shown" $?
check "status names it" sh -c "CAMHERD_CONF=$T/camherd.conf '$top_builddir/cli/camherd' --json status | grep -q '\"own\":false'"
before=$(grep -c '' "$T/events")
camherd cam add shed test: >/dev/null
wait_for 20 sh -c "[ \$(grep -c '' '$T/events') -gt $before ]"
ok "a stream of before still streams" $?

# ---- renewal of its own ----
sed -i '/^tls_cert\|^tls_key/d' "$T/camherd.conf"
before=$(print_of "$own")
key=$(sha256sum <"$T/state/tls/webd.key")
openssl req -x509 -key "$T/state/tls/webd.key" -out "$own" -days 20 -subj /CN=old \
	-addext "subjectAltName=DNS:$(hostname | cut -d. -f1),DNS:cams.example" 2>/dev/null
kill -HUP "$webd_pid"
renewed() {
	served && [ "$(print_of "$T/served.pem")" = "$(print_of "$own")" ] &&
		openssl x509 -in "$own" -noout -checkend $((790 * 86400))
}
wait_for 20 renewed
ok "one that ends in 20 days is made anew" $?
is "… with the same key" "$(sha256sum <"$T/state/tls/webd.key")" "$key"
[ "$(print_of "$own")" != "$before" ]
ok "… and says so by another fingerprint" $?

# ---- a proxy in front ----
# from ADDRESS HEADERS…: who webd thinks it was that gave a wrong password
from() {
	local address=$1 args=()
	shift
	for header in "$@"; do args+=(-H "$header"); done
	status_of --interface "$address" "${args[@]}" -H 'Content-Type: application/json' \
		-d '{"user":"nobody","password":"wrong"}' "$url/api/v1/session" >"$T/status"
	sed -n 's/.*wrong user name or password from //p' "$T/webd.log" | tail -n 1
}
F=X-Forwarded-For
is "a stranger's word is noise" "$(from 127.0.0.8 "$F: 192.0.2.1")" 127.0.0.8
is "a trusted proxy is believed" "$(from 127.0.0.7 "$F: 192.0.2.1")" 192.0.2.1
is "… without a word it is itself" "$(from 127.0.0.7)" 127.0.0.7
is "what the client wrote before it is not" "$(from 127.0.0.7 "$F: 10.9.9.9, 192.0.2.2")" 192.0.2.2
is "… in headers of their own" "$(from 127.0.0.7 "$F: 10.9.9.9" "$F: 192.0.2.3")" 192.0.2.3
is "a chain of trusted proxies is followed" "$(from 127.0.0.7 "$F: 10.9.9.9, 192.0.2.4, 127.0.1.2")" 192.0.2.4
is "… as far as it is trusted" "$(from 127.0.0.7 "$F: 192.0.2.5, 127.0.2.2, 127.0.1.2")" 127.0.2.2
is "an IPv6 client" "$(from 127.0.0.7 "$F: [2001:db8::5]:4711")" 2001:db8::5
is "a port behind the address" "$(from 127.0.0.7 "$F: 192.0.2.6:4711")" 192.0.2.6
from 127.0.0.7 "$F: unknown, x;y" >/dev/null
is "nonsense from the proxy" "$(cat "$T/status")" 400
from 127.0.0.7 "$F: $(seq -s , 1 500)" >/dev/null
is "… too much of it" "$(cat "$T/status")" 400
# At once, so that no try comes back meanwhile.
guess() {
	local i pids=
	for i in $(seq 9); do
		curl -s -m 100 -o /dev/null -w '%{http_code}\n' --interface 127.0.0.7 -H "$F: 10.1.1.$i, 192.0.2.77" \
			-H 'Content-Type: application/json' -d '{"user":"nobody","password":"wrong"}' "$url/api/v1/session" >"$T/guess.$i" &
		pids="$pids $!"
	done
	# shellcheck disable=SC2086
	wait $pids
	cat "$T"/guess.? | sort | uniq -c | tr -s ' \n' ' '
}
is "guesses are counted by the client" "$(guess)" " 5 401 4 429 "
from 127.0.0.7 "$F: 192.0.2.78" >/dev/null
is "… and keep no other client out" "$(cat "$T/status")" 401
curl -s --interface 127.0.0.7 -D "$T/head" -o "$T/body" -H "$F: 192.0.2.9" -H 'X-Forwarded-Proto: https' -H 'X-Forwarded-Host: cams.example' \
	-H 'Origin: https://cams.example' -H 'Content-Type: application/json' -d '{"user":"anna","password":"correct horse"}' "$url/api/v1/session"
check "TLS at the proxy makes the cookie Secure" grep -qi '^set-cookie: __Host-.*; Secure' "$T/head"
curl -s --interface 127.0.0.8 -D "$T/head" -o "$T/body" -H 'X-Forwarded-Proto: https' -H 'Content-Type: application/json' -d '{"user":"anna","password":"correct horse"}' "$url/api/v1/session"
check "… a stranger's word does not" sh -c "! grep -qi '; Secure' '$T/head' && grep -qi '^set-cookie: camherd_session' '$T/head'"
is "the name asked for at the proxy must be ours" "$(status_of --interface 127.0.0.7 -H 'X-Forwarded-Host: attacker.example' "$url/api/v1/state")" 421
is "… and makes no stranger's name ours" "$(status_of --interface 127.0.0.7 -H 'Host: attacker.example' -H 'X-Forwarded-Host: cams.example' "$url/api/v1/state")" 421
is "… a stranger may not give one" "$(status_of --interface 127.0.0.8 -H 'Host: attacker.example' -H 'X-Forwarded-Host: cams.example' "$url/api/v1/state")" 421
wait_for 20 test -s "$T/silent"
ok "a client that never shakes hands is cut off" $?
is "… by us" "$(cat "$T/silent")" "ended 1"
end_bg "$webd_pid"
is "webd ends cleanly" $? 0
check "… and takes its words back" sh -c "[ ! -e '$T/run/webd.tls' ]"
check "no sanitizer had anything to say" sh -c "! grep -E 'ERROR: AddressSanitizer|runtime error' '$T/webd.log'"

# ---- what is wrong with a certificate ----
# refused NAME SENTENCE CERT KEY: webd does not start (78) and says why
refused() {
	sed "s|^tls_listen = .*|&\n${3:+tls_cert = $3}\n${4:+tls_key = $4}|" "$T/camherd.conf" >"$T/bad.conf"
	chmod 600 "$T/bad.conf"
	"$top_builddir/webd/webd" -c "$T/bad.conf" 2>"$T/bad.log"
	is "$1: exit 78" $? 78
	check "… with a sentence" grep -q "$2" "$T/bad.log"
}
echo "no certificate" >"$T/text"
cat "$T/two.key" "$T/two.crt" >"$T/both.pem"
refused "no such file" 'tls_cert = .*/none.crt: No such file' "$T/none.crt" "$T/two.key"
refused "no certificate in it" 'holds no certificate in PEM form' "$T/text" "$T/two.key"
refused "no key in it" 'holds no private key in PEM form' "$T/two.crt" "$T/text"
make_cert three 90
refused "a key of another" 'is not the key of the first certificate' "$T/two.crt" "$T/three.key"
refused "a folder" 'Is a directory' "$T" "$T/two.key"
refused "a certificate without its key" 'belong together' "$T/two.crt" ''
openssl ec -in "$T/two.key" -aes256 -passout pass:secret -out "$T/locked.key" 2>/dev/null
refused "a key with a password" 'without a password' "$T/two.crt" "$T/locked.key"
chmod 0 "$T/three.key"
if [ ! -r "$T/three.key" ]; then
	refused "a key that webd may not read" 'runs as the user' "$T/three.crt" "$T/three.key"
fi
chmod 755 "$T/state/tls"
refused "its folder open to others" "belong to webd's user alone" '' ''
chmod 700 "$T/state/tls"
openssl req -new -key "$T/two.key" -subj /CN=localhost -out "$T/two.csr" 2>/dev/null
openssl x509 -req -in "$T/two.csr" -signkey "$T/two.key" -days -1 -out "$T/two.crt" 2>/dev/null
sed -i "s|^tls_listen = .*|&\ntls_cert = $T/two.crt\ntls_key = $T/two.key|" "$T/camherd.conf"
start_daemon webd
ok "an expired one is served: better than no page" $?
check "… and warned of" grep -q 'has expired' "$T/webd.log"
check "… in status, too" sh -c "CAMHERD_CONF=$T/camherd.conf '$top_builddir/cli/camherd' status | grep -q EXPIRED"
done_testing
