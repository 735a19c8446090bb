#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# webd as a program: start and end, the first setup, sessions, events, uploads,
# downloads, the page.
. "${top_srcdir:-.}/tests/lib.sh" || exit 1
. "${top_srcdir:-.}/tests/weblib.sh" || exit 1
plan_short

web_start || { ok "webd starts" 1; done_testing; }
ok "webd starts" 0

# ---- start ----
check "status says that webd is up" sh -c "CAMHERD_CONF=$T/camherd.conf '$top_builddir/cli/camherd' --json status | grep -q '\"webd\":{\"up\":true'"
mkdir "$T/empty"
sed "s|^state = .*|state = $T/empty|" "$T/camherd.conf" >"$T/other.conf"
chmod 600 "$T/other.conf"
"$top_builddir/webd/webd" -c "$T/other.conf" 2>"$T/other.log"
is "no inventory: exit 78" $? 78
check "… with one sentence that says what to run" grep -q 'db-upgrade' "$T/other.log"
sed "s|^listen = .*|listen = $web|" "$T/camherd.conf" >"$T/third.conf"
chmod 600 "$T/third.conf"
mkdir "$T/run3"
sed -i "s|^run = .*|run = $T/run3|" "$T/third.conf"
"$top_builddir/webd/webd" -c "$T/third.conf" 2>"$T/third.log"
is "a taken port: exit 1" $? 1
check "… and says so" grep -q 'already listens' "$T/third.log"

# ---- before the setup ----
status_of "$url/api/v1/state" >/dev/null
check "setup is needed at first" grep -q '"setup_needed":true' "$T/answer"
is "nothing else without a user" "$(status_of "$url/api/v1/cameras")" 401
is "a wrong code is refused" "$(status_of -H 'Content-Type: application/json' -d '{"code":"aaaaaaaa","user":"eve","password":"long enough"}' "$url/api/v1/setup")" 403

# ---- fifty at once ----
code=$(camherd --json setup-code | sed 's/.*"code": *"\([a-z0-9]*\)".*/\1/')
race() {
	local i pids=
	for i in $(seq 50); do
		curl -s -m 120 --interface "127.0.0.$((i % 25 + 2))" -o "$T/race.$i" -w '%{http_code}\n' \
			-H 'Content-Type: application/json' \
			-d "{\"code\":\"$code\",\"user\":\"u$i\",\"password\":\"long enough\"}" \
			"$url/api/v1/setup" >"$T/race.$i.status" &
		pids="$pids $!"
	done
	# shellcheck disable=SC2086
	wait $pids
	cat "$T"/race.*.status | sort | uniq -c | tr -s ' \n' ' '
}
race >"$T/race.log"
is "of fifty setups at once one wins" "$(cat "$T"/race.*.status | grep -c 201)" 1
is "… and makes the only user" "$(camherd --json user list | grep -o '"role": *"admin"' | wc -l)" 1
is "afterwards there is no setup" "$(status_of -H 'Content-Type: application/json' -d '{"code":"aaaaaaaa","user":"eve","password":"long enough"}' "$url/api/v1/setup")" 404

# ---- sessions ----
winner=$(grep -l '"csrf"' "$T"/race.[0-9]* | grep -v status | sed 's/.*race\.//')
login() {	# login USER PASSWORD [CURL-ARGUMENTS…]: the status
	local user=$1 password=$2
	shift 2
	curl -s -m 120 -D "$T/head" -o "$T/body" -w '%{http_code}' -H 'Content-Type: application/json' \
		-d "{\"user\":\"$user\",\"password\":\"$password\"}" "$@" "$url/api/v1/session"
}
is "signing in" "$(login "u$winner" 'long enough')" 200
web_took_login
ok "gives a cookie and a CSRF token" $?
check "the cookie is HttpOnly, SameSite=Strict, Path=/" grep -qi '^set-cookie: camherd_session=[0-9a-f]\{64\}; Path=/; HttpOnly; SameSite=Strict' "$T/head"
is "the cookie opens the API" "$(ask GET /api/v1/cameras)" 200
first=$cookie
is "a preset cookie is never adopted" "$(login "u$winner" 'long enough' -H "Cookie: $cookie")" 200
web_took_login
[ "$cookie" != "$first" ]
ok "an id changes at sign-in" $?
is "… and the old one is out" "$(status_of -H "Cookie: $first" "$url/api/v1/cameras")" 401
is "a change without the token is refused" "$(status_of -X POST -H "Cookie: $cookie" -H 'Content-Type: application/json' -d '{"name":"x"}' "$url/api/v1/cameras")" 403
is "signing out" "$(ask DELETE /api/v1/session)" 204
is "… ends the session on the server" "$(ask GET /api/v1/cameras)" 401
login "u$winner" 'long enough' >/dev/null
web_took_login

# ---- a camera, a job, events ----
is "a camera is added" "$(ask POST /api/v1/cameras '{"name":"garden","source":"http://10.1.2.3/stream","user":"cam","password":"hidden-pw"}')" 201
check "its password does not come back" sh -c "! grep -q hidden-pw '$T/answer'"
ask GET /api/v1/cameras >/dev/null
check "… nor in the list" sh -c "grep -q garden '$T/answer' && ! grep -q hidden-pw '$T/answer'"
kept() {	# kept PATH: what its answer lets a browser do with it
	curl -s -o /dev/null -D "$T/head" -H "Cookie: $cookie" "$url/api/v1/$1"
	sed -n 's/^Cache-Control: \(.*\)\r$/\1/p' "$T/head"
}
is "a browser keeps the list, and asks whether it still holds" "$(kept dumps)" "private, no-cache"
etag=$(sed -n 's/^ETag: \(.*\)\r$/\1/p' "$T/head")
is "… which is a short answer" "$(status_of -H "Cookie: $cookie" -H "If-None-Match: $etag" "$url/api/v1/dumps")" 304
is "what may hold a password is not kept" "$(kept cameras/garden/urls)" no-store
is "an unknown field names the nearest" "$(ask POST /api/v1/cameras '{"name":"y","sorce":"test:"}')" 400
check "… in its sentence" grep -q "did you mean 'source'" "$T/answer"

curl -sN -m 600 -H "Cookie: $cookie" "$url/api/v1/events" >"$T/events" 2>/dev/null &
events=$!
tap_pids="$tap_pids $events"
wait_for 10 grep -q retry "$T/events"
ok "an event stream opens" $?
"$top_builddir/cli/camherd" cam add porch test: >/dev/null
wait_for 10 grep -q '"cameras"' "$T/events"
ok "a camera added by another program is told" $?
ask POST /api/v1/jobs '{"kind":"rebuild"}' >"$T/status"
is "a job is asked for" "$(cat "$T/status")" 202
job=$(field id)
wait_for 10 grep -q '"jobs"' "$T/events"
ok "… and told" $?
is "a job's page" "$(ask GET "/api/v1/jobs/$job")" 200
is "it is cancelled before it began" "$(ask POST "/api/v1/jobs/$job/cancel" '{}')" 200
check "… and says so" grep -q '"state":"cancelled"' "$T/answer"
is "twice is once too often" "$(ask POST "/api/v1/jobs/$job/cancel")" 409
is "a job without a log" "$(ask GET "/api/v1/jobs/$job/log")" 404
mkdir -p "$T/state/jobs" && printf 'line one\nline two\n' >"$T/state/jobs/$job.log"
is "a job with one" "$(ask GET "/api/v1/jobs/$job/log")" 200
is "… as it stands in the file" "$(cat "$T/answer")" "$(cat "$T/state/jobs/$job.log")"
before=$(grep -c '' "$T/events")
login "u$winner" 'long enough' >/dev/null
second_cookie=$cookie second_csrf=$csrf
is "signing out elsewhere" "$(status_of -X DELETE -H "Cookie: $second_cookie" -H "X-Camherd-CSRF: $second_csrf" "$url/api/v1/session")" 204
wait_for 10 sh -c "! kill -0 $events 2>/dev/null"
ok "… ends this session's event stream" $?
[ "$before" -gt 3 ]
ok "events came as lines" $?
web_took_login

# ---- uploads ----
incoming() {
	find "$T/state/incoming" -type f 2>/dev/null | wc -l
}
head -c 100000 /dev/urandom >"$T/image"
up() {	# up CURL-ARGUMENTS…
	status_of -H "Cookie: $cookie" -H "X-Camherd-CSRF: $csrf" -H 'Content-Type: application/octet-stream' "$@" "$url/api/v1/incoming"
}
is "a file is taken" "$(up --data-binary "@$T/image")" 201
name=$(field incoming)
check "… as it was" cmp "$T/image" "$T/state/incoming/$name"
is "nothing else lies there" "$(incoming)" 1
is "of unknown length: refused" "$(up -H 'Transfer-Encoding: chunked' --data-binary "@$T/image")" 411
is "an empty one: refused" "$(up --data-binary '')" 400
is "ten GiB: refused before a byte of it" "$(up -H 'Content-Length: 10737418240' -X POST)" 413
is "33 MiB: refused" "$(up -H 'Content-Length: 34603009' -X POST)" 413
is "as a form: refused" "$(status_of -H "Cookie: $cookie" -H "X-Camherd-CSRF: $csrf" -F "f=@$T/image" "$url/api/v1/incoming")" 415
for part in 0 1 30000 65536 99999; do
	{
		printf 'POST /api/v1/incoming HTTP/1.1\r\nHost: localhost\r\nCookie: %s\r\nX-Camherd-CSRF: %s\r\nContent-Type: application/octet-stream\r\nContent-Length: 100000\r\n\r\n' "$cookie" "$csrf"
		head -c "$part" "$T/image"
	} | webtool raw "$web" >/dev/null
done
one_left() {
	[ "$(incoming)" -eq 1 ]
}
wait_for 10 one_left
ok "a client that goes away leaves nothing" $?
if command -v prlimit >/dev/null; then
	head -c 2000000 /dev/zero >"$T/large"
	prlimit --pid "$bg_pid" --fsize=1000000:
	is "one that finds no room is told so" "$(up --data-binary "@$T/large")" 507
	check "… in words" grep -q 'disk-full' "$T/answer"
	wait_for 10 one_left
	ok "… and leaves nothing" $?
	prlimit --pid "$bg_pid" --fsize="$(prlimit --pid "$bg_pid" --fsize --noheadings -o HARD | tr -d ' '):"
fi
is "the next upload is welcome" "$(up --data-binary "@$T/image")" 201
is "a job on it" "$(ask POST /api/v1/jobs "{\"kind\":\"import\",\"incoming\":\"$name\",\"file\":\"a.bin\"}")" 202

# ---- photos ----
"$top_builddir/tests/photofile" 1800 1200 6 >"$T/photo.jpg"
photo() {	# photo QUERY CURL-ARGUMENTS…
	local query=$1
	shift
	status_of -H "Cookie: $cookie" -H "X-Camherd-CSRF: $csrf" -H 'Content-Type: image/jpeg' "$@" "$url/api/v1/photos$query"
}
check "what the phone sends says where it was taken" grep -qa 'N52 13.777' "$T/photo.jpg"
is "a photo is taken" "$(photo '?camera=garden&about=back' --data-binary "@$T/photo.jpg")" 201
id=$(field id)
is "… turned upright and scaled" "$(field width)x$(field height)" 1067x1600
is "it comes back" "$(ask GET "/api/v1/photos/$id/file")" 200
check "… as a JPEG" sh -c "od -An -tx1 -N3 '$T/answer' | grep -q 'ff d8 ff'"
check "… that does not say where" sh -c "! grep -qa -e 'N52' -e Exif '$T/answer'"
is "so does the small one" "$(ask GET "/api/v1/photos/$id/thumb")" 200
check "… which is small" sh -c "[ \$(wc -c <'$T/answer') -lt 40000 ]"
is "what was sent is kept nowhere" "$(grep -rla 'N52 13.777' "$T/state" | wc -l)" 0
is "a file that is no photo: refused" "$(photo '' --data-binary "@$T/image")" 400
is "13 MiB: refused before a byte of it" "$(photo '' -H 'Content-Length: 13631488' -X POST)" 413
is "of unknown length: refused" "$(photo '' -H 'Transfer-Encoding: chunked' --data-binary "@$T/photo.jpg")" 411
{
	printf 'POST /api/v1/photos HTTP/1.1\r\nHost: localhost\r\nCookie: %s\r\nX-Camherd-CSRF: %s\r\nContent-Type: image/jpeg\r\nContent-Length: 100000\r\n\r\n' "$cookie" "$csrf"
	head -c 3000 "$T/photo.jpg"
} | webtool raw "$web" >/dev/null
only_the_image() {
	[ "$(incoming)" -eq 2 ] && [ "$(find "$T/state/photos" -type f | wc -l)" -eq 2 ]
}
wait_for 10 only_the_image
ok "none of these leaves anything" $?
is "the camera's history tells of it" "$(ask GET /api/v1/cameras/garden/history)" 200
check "… in words" grep -q 'a photo was added' "$T/answer"

# ---- the page ----
curl -s -D "$T/head" -o "$T/answer" "$url/"
check "the page" cmp "$T/www/index.html" "$T/answer"
check "… with its policy" grep -q "^Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'" "$T/head"
etag=$(sed -n 's/^ETag: \(.*\)\r$/\1/p' "$T/head")
is "asked for again: not sent again" "$(status_of -H "If-None-Match: $etag" "$url/")" 304
policy=0
for path in / /index.html /nothing /api/v1/state /api/v1/nothing /api/v1/cameras /healthz /cam/garden/snapshot.jpg; do
	curl -s -o /dev/null -D "$T/head" "$url$path"
	grep -q '^Content-Security-Policy: ' "$T/head" && grep -q '^X-Content-Type-Options: nosniff' "$T/head" ||
		policy=1
done
ok "every answer carries the policy" $policy
rm "$T/www/index.html"
echo "[webd]" >>"$T/camherd.conf" && echo "hostnames = cams.example" >>"$T/camherd.conf"
is "a name that is not ours" "$(status_of -H 'Host: cams.example' "$url/")" 421
check "… is told the line to add" grep -q '^hostnames = cams.example' "$T/answer"
kill -HUP "$(sed -n 1p <<<"$bg_pid")"
wait_for 10 sh -c "[ \$(curl -s -o /dev/null -w '%{http_code}' -H 'Host: cams.example' $url/healthz) = 200 ]"
ok "after SIGHUP it is ours" $?

# ---- the end ----
curl -sN -m 600 -H "Cookie: $cookie" "$url/api/v1/events" >"$T/events2" 2>/dev/null &
tap_pids="$tap_pids $!"
wait_for 10 grep -q retry "$T/events2"
end_bg "$bg_pid"
is "SIGTERM ends it cleanly, open streams or not" $? 0
check "… and its doorbell is gone" test ! -e "$T/run/webd.bell"
check "nothing secret in the log" sh -c "! grep -qE 'hidden-pw|long enough|${cookie#*=}|$csrf' '$T/webd.log'"
start_daemon webd
url=http://$(listen_of webd)
is "without a page: a sentence" "$(status_of "$url/")" 503
check "… that says what to do" grep -q 'page is not installed' "$T/answer"
is "a session outlives a restart" "$(ask GET /api/v1/cameras)" 200
done_testing
