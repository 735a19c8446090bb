#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck disable=SC2016,SC2034 # check evaluates the quoted lines
# Each route of the API is asked once, of the real daemons with simulated cameras, and what
# it answers is as docs/openapi.json says: status, type, fields, sentences. A route that
# this test does not ask makes it fail.
. "${top_srcdir:-.}/tests/lib.sh" || exit 1
. "${top_srcdir:-.}/tests/weblib.sh" || exit 1
plan_short
sims=$top_builddir/tests/sim
A=/api/v1
: >"$T/asked"

# call STATUS METHOD PATH [JSON | @FILE TYPE]: as the admin; the body in $T/answer
call() {
	local want=$1 method=$2 path=$3 body=() got type
	case ${4:-} in
	"") ;;
	@*) body=(-H "Content-Type: $5" --data-binary "$4") ;;
	*) body=(-H 'Content-Type: application/json' -d "$4") ;;
	esac
	got=$(curl -s -m 300 -D "$T/head" -o "$T/answer" -w '%{http_code} %{content_type}' -X "$method" \
		-H "Cookie: $cookie" -H "X-Camherd-CSRF: $csrf" "${body[@]}" "$url$path")
	type=${got#* }
	check "$method ${path%%\?*}" answered "$want" "${got%% *}" "$method" "${path%%\?*}" "$type"
}
answered() {	# answered WANTED STATUS METHOD PATH TYPE
	[ "$2" = "$1" ] || { echo "status $2, wanted $1"; head -c 1000 "$T/answer"; echo; return 1; }
	"$top_builddir/tests/apicheck" "$3" "$4" "$2" "$5" "$T/answer" >"$T/fits" || { cat "$T/fits"; head -c 1000 "$T/answer"; echo; return 1; }
	tail -n 1 "$T/fits" >>"$T/asked"
}
# endless METHOD PATH: an answer without an end; its head and first bytes are looked at
endless() {
	local pid
	rm -f "$T/head" "$T/answer"
	curl -sN -m 600 -D "$T/head" -o "$T/answer" -H "Cookie: $cookie" "$url$1" &
	pid=$!
	wait_for 20 test -s "$T/answer"
	kill "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	check "GET ${1%%\?*}" answered 200 "$(sed -n '1s/^HTTP[^ ]* \([0-9]*\).*/\1/p' "$T/head")" GET "${1%%\?*}" \
		"$(tr -d '\r' <"$T/head" | sed -n 's/^[Cc]ontent-[Tt]ype: //p')"
}
of() {	# of FILTER: out of the last answer
	jq -r "$1" "$T/answer"
}
is_state() {	# is_state JOB STATE
	[ "$(camherd --json job show "$1" | jq -r .job.state)" = "$2" ]
}
begin() {	# begin JSON: a job; its number in $job
	call 202 POST "$A/jobs" "$1"
	job=$(of .job.id)
}
ended() {	# ended STATE
	check "… job $job ends: $1" wait_for 60 is_state "$job" "$1"
}

# ---- two cameras on the bench, two in the network ----

mkdir -p "$T/run"
for i in 1 2; do
	"$sims/mkimage" --small --size 262144 --seed $((i + 4)) --mac "02:00:00:00:00:0$i" --ssid "net-$i" --psk "secret of $i" "$T/$i.bin"
	run_bg "$T/sim-$i.log" "$sims/simuart" --link "$T/run/cam$i" --flash "$T/$i.bin" --unpaced --start rom \
		--seed "$i" --control "$T/control-$i" --stats "$T/stats-$i"
done
run_bg "$T/simcam.log" "$sims/simcam" --port-file "$T/port.http" --size 320x240
run_bg "$T/simpppp.log" "$sims/simcam" --pppp --host 127.0.0.2 --port 0 --port-file "$T/port.pppp" --broadcast 127.255.255.255 --id BATC609531EXLVS
wait_for 60 eval '[ -e "$T/run/cam1" ] && [ -e "$T/run/cam2" ] && [ -s "$T/port.http" ] && [ -s "$T/port.pppp" ]'
web_start "[flashd]" "ports = $T/run/cam1 $T/run/cam2" "[streamd]" "discovery = 127.255.255.255:$(cat "$T/port.pppp")" || exit 1
start_daemon streamd && start_daemon flashd || exit 1

# ---- signing in ----

cookie='' csrf=''
call 200 GET /healthz
call 200 GET "$A/state"
code=$(camherd --json setup-code | jq -r .code)
call 201 POST "$A/setup" "{\"code\":\"$code\",\"user\":\"anna\",\"password\":\"correct horse\"}"
cp "$T/answer" "$T/body"
web_took_login
call 204 DELETE "$A/session"
call 200 POST "$A/session" '{"user":"anna","password":"correct horse"}'
cp "$T/answer" "$T/body"
web_took_login
call 200 GET "$A/status"

# ---- people ----

call 201 POST "$A/users" '{"name":"ben","password":"battery staple","role":"viewer","my_password":"correct horse"}'
call 200 GET "$A/users"
call 200 PATCH "$A/users/ben" '{"role":"admin","my_password":"correct horse"}'
curl -s -m 300 -o /dev/null -H 'Content-Type: application/json' -d '{"user":"ben","password":"battery staple"}' "$url$A/session"
call 200 GET "$A/sessions"
call 204 DELETE "$A/sessions/$(of '[.sessions[] | select(.current | not)][0].id')"
call 200 POST "$A/sessions/end-others"
call 204 DELETE "$A/users/ben" '{"my_password":"correct horse"}'
call 201 POST "$A/tokens" '{"name":"robot","role":"viewer","my_password":"correct horse"}'
call 200 GET "$A/tokens"
call 204 DELETE "$A/tokens/robot" '{"my_password":"correct horse"}'
call 200 POST "$A/password" '{"password":"correct horses","my_password":"correct horse"}'
cp "$T/answer" "$T/body"
web_took_login
call 200 POST "$A/stream-password"
call 200 GET "$A/stream-password"

# ---- cameras and their pictures ----

call 201 POST "$A/cameras" "{\"name\":\"porch\",\"source\":\"http://127.0.0.1:$(cat "$T/port.http")/stream\"}"
call 201 POST "$A/cameras" "{\"name\":\"duck\",\"source\":\"pppp:BATC-609531-EXLVS@127.0.0.2:$(cat "$T/port.pppp")\"}"
call 200 PATCH "$A/cameras/porch" '{"notes":"by the door","tags":"outside"}'
call 200 GET "$A/cameras"
call 200 GET "$A/cameras/porch"
call 200 GET "$A/cameras/porch/urls"
call 200 GET "$A/cameras/porch/connect"
call 200 GET "$A/cameras/porch/history"
endless "/cam/porch/stream.mjpeg"
call 200 GET /cam/porch/snapshot.jpg
cp "$T/answer" "$T/photo.jpg"
call 200 GET /cam/porch/thumb.jpg
call 200 GET "$A/cameras/porch/probe"
call 200 POST "$A/cameras/porch/test" '{"output":"snapshot"}'
call 200 POST "$A/cameras/duck/ctl" '{"request":"status"}'
call 200 POST "$A/discover" '{}'
endless "$A/events"

# ---- the bench ----

call 200 GET "$A/ports"
call 200 PATCH "$A/ports" "{\"path\":\"$T/run/cam1\",\"name\":\"left\"}"
call 200 PATCH "$A/ports/watch" '{"watch":"off"}'
run_bg "$T/console" curl -sN -m 600 -H "Cookie: $cookie" "$url$A/ports/console?path=$T/run/cam2"
watcher=$bg_pid
wait_for 30 grep -q '"state":"open"' "$T/console"
call 202 POST "$A/ports/console" "{\"path\":\"$T/run/cam2\",\"line\":\"hello\"}"
endless "$A/ports/console?path=$T/run/cam2"
end_bg "$watcher"
for i in 1 2; do
	begin "{\"kind\":\"backup\",\"port\":\"$T/run/cam$i\",\"camera\":\"$([ $i = 1 ] && echo porch || echo duck)\"}"
	ended "done"
done
call 200 GET "$A/jobs"
call 200 GET "$A/jobs/$job"
call 200 GET "$A/jobs/$job/log"
call 200 GET "$A/jobs/$job/trace"
call 200 POST "$A/plan" "{\"kind\":\"restore\",\"port\":\"$T/run/cam2\",\"camera\":\"duck\",\"dump\":1}"

# A restore that is stopped while it writes, resumed, stopped again and given up.
printf 'fault slow-erase:1000\n' >"$T/control-2"
before=$(jq .erases "$T/stats-2")
erased() { [ "$(jq .erases "$T/stats-2")" -gt "$before" ]; }
begin "{\"kind\":\"restore\",\"port\":\"$T/run/cam2\",\"camera\":\"duck\",\"dump\":1,\"identity\":\"donor\",\"experimental\":\"experimental\",\"confirm\":\"duck\"}"
wait_for 60 erased
call 200 POST "$A/jobs/$job/cancel"
ended interrupted
before=$(jq .erases "$T/stats-2")
call 200 POST "$A/jobs/$job/resume"
wait_for 60 erased
call 200 POST "$A/jobs/$job/cancel"
ended interrupted
call 200 POST "$A/jobs/$job/give-up"
printf 'no-faults\n' >"$T/control-2"

# ---- dumps ----

call 200 GET "$A/dumps"
call 200 GET "$A/dumps/1"
call 200 PATCH "$A/dumps/1" '{"note":"from the good one"}'
for what in map file found check strings 'search?text=net-1' 'diff?with=2' fits share share/file 'graft?target=2' 'graft/file?target=2'; do
	call 200 GET "$A/dumps/1/$what"
done
call 201 POST "$A/incoming" "@$T/1.bin" application/octet-stream
call 200 GET "$A/bin"

# ---- photos and a rescue ----

call 201 POST "$A/photos?camera=porch&about=front" "@$T/photo.jpg" image/jpeg
photo=$(of .id)
call 200 GET "$A/photos"
call 200 PATCH "$A/photos/$photo" '{"caption":"its board"}'
for what in '' /file /thumb; do call 200 GET "$A/photos/$photo$what"; done
call 204 DELETE "$A/photos/$photo"
call 201 POST "$A/rescues" '{"camera":"duck"}'
rescue=$(of .id)
call 200 GET "$A/rescues"
call 200 GET "$A/rescues/$rescue"
call 200 PATCH "$A/rescues/$rescue" "{\"port\":\"$T/run/cam1\"}"
call 200 POST "$A/rescues/$rescue/seen" '{"place":"wire","verdict":"silent","baud":115200,"bytes":0,"text":0}'
call 202 POST "$A/rescues/$rescue/start" '{"task":"identify"}'
# An archive cannot be saved whole while a job writes its files.
job=$(camherd --json jobs | jq '[.jobs[].id] | max')
camherd -q job cancel "$job" >/dev/null 2>&1
over() { camherd --json job show "$job" | jq -e '.job.state | IN("done", "failed", "cancelled")'; }
check "its job is over" wait_for 60 over
call 200 GET "$A/rescues/$rescue/report"
call 200 GET "$A/rescues/$rescue/bundle"
call 204 DELETE "$A/rescues/$rescue"
call 204 DELETE "$A/cameras/porch" '{"confirm":"porch"}'

# ---- the appliance ----

call 200 GET "$A/about"
call 200 GET "$A/doctor"
call 200 GET "$A/doctor/report"
call 200 GET "$A/storage"
call 200 GET "$A/settings"
call 200 PATCH "$A/settings" '{"name":"the barn"}'
call 201 POST "$A/archive/save" '{"my_password":"correct horses"}'
call 200 GET "$A/archive/save/$(of .ticket)"
cp "$T/answer" "$T/archive"
for what in 1 2; do
	call 201 POST "$A/archive/load" '{}'
	load=$(of .id)
	[ $what = 2 ] || call 204 DELETE "$A/archive/load/$load"
done
call 200 POST "$A/archive/load/$load?at=0" "@$T/archive" application/octet-stream
call 200 POST "$A/archive/plan" "{\"id\":\"$load\"}"
call 202 POST "$A/archive/commit" "{\"id\":\"$load\",\"confirm\":\"load\",\"my_password\":\"correct horses\"}"
answers() { [ "$(ask POST "$A/session" '{"user":"anna","password":"correct horses"}')" = 200 ]; }
check "the appliance comes back as it was in the archive" wait_for 60 answers
curl -s -m 300 -D "$T/head" -o "$T/body" -H 'Content-Type: application/json' -d '{"user":"anna","password":"correct horses"}' "$url$A/session"
web_took_login
call 200 GET "$A/archive"

"$top_builddir/tests/apicheck" | sort -u >"$T/routes"
check "every route was asked" eval 'sort -u "$T/asked" | comm -13 - "$T/routes" >"$T/left"; [ ! -s "$T/left" ] || { cat "$T/left"; false; }'
done_testing
