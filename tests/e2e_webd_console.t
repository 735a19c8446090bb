#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck disable=SC2016 # check evaluates the quoted lines
# A port's live console through webd: who may, events, lines sent, errors.
. "${top_srcdir:-.}/tests/lib.sh" || exit 1
. "${top_srcdir:-.}/tests/weblib.sh" || exit 1
plan_short

mkdir -p "$T/run"
web_start "[flashd]" "ports = $T/run/cam" || { ok "webd starts" 1; done_testing; }
web_sign_up
console=/api/v1/ports/console
is "not signed in: 401" "$(status_of "$url$console?path=$T/run/cam")" 401
run_bg "$T/sim.log" "$top_builddir/tests/sim/simuart" --link "$T/run/cam" --flash "$T/cam.bin" \
	--size 512K --unpaced --seed 5 --control "$T/ctl"
wait_for 20 test -e "$T/run/cam"
start_daemon flashd || exit 1
flashd=$bg_pid
wait_for 20 eval 'camherd ports | grep -q free'
is "without a path: 400" "$(ask GET "$console")" 400
is "an unknown port: 404" "$(ask GET "$console?path=/dev/none")" 404
is "a line before the console is open: refused" "$(ask POST "$console" "{\"path\":\"$T/run/cam\",\"line\":\"x\"}")" 409
check "… with a reason" grep -q console-not-open "$T/answer"

run_bg "$T/events" curl -sN -m 600 -D "$T/events.head" -H "Cookie: $cookie" "$url$console?path=$T/run/cam"
# shellcheck disable=SC2034 # used in an eval below
watcher=$bg_pid
has() {
	grep -qE -- "$1" "$T/events"
}
check "events come" wait_for 10 has '^data: \{"event":"state"'
check "… as server-sent ones" grep -qi '^content-type: text/event-stream' "$T/events.head"
check "… and the port is open" wait_for 10 has '"state":"open"'
echo power-cycle >"$T/ctl"
check "the boot log comes" wait_for 10 has '^data: \{"event":"line".*XRADIO Skylark SDK'
is "a line is passed on" "$(ask POST "$console" "{\"path\":\"$T/run/cam\",\"line\":\"hello\"}")" 202
check "… and shown" wait_for 10 has '"text":"hello","sent":true'
check "… and answered by the camera" wait_for 10 has '404 unknown command'
check "… the page has the right to send" wait_for 10 has '"sender":"you"'
is "control characters are not" "$(ask POST "$console" "{\"path\":\"$T/run/cam\",\"line\":\"\\u001b[2J\"}")" 400
is "nor unknown fields" "$(ask POST "$console" "{\"path\":\"$T/run/cam\",\"raw\":\"x\"}")" 400
is "nor nothing" "$(ask POST "$console" "{\"path\":\"$T/run/cam\"}")" 400
is "without the token of the sign-in: 403" "$(status_of -X POST -H "Cookie: $cookie" -H 'Content-Type: application/json' -d '{"path":"x","line":"x"}' "$url$console")" 403
is "another rate" "$(ask POST "$console" "{\"path\":\"$T/run/cam\",\"baud\":57600}")" 202
check "… is taken" wait_for 10 has '"baud":57600,"auto":false'
is "let go" "$(ask POST "$console" "{\"path\":\"$T/run/cam\",\"release\":true}")" 202
end_bg "$flashd"
check "a flashd that ends, ends the events" wait_for 10 eval '! kill -0 $watcher 2>/dev/null'
is "without flashd: 503" "$(ask GET "$console?path=$T/run/cam")" 503
check "… and a sentence" grep -q "flashd is not running" "$T/answer"
done_testing
