#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Looking for PPPP cameras and asking them for something: frames.sock, camherd(1), API.
. "${top_srcdir:-.}/tests/lib.sh"
plan_short
SIM="$top_builddir/tests/sim/simcam"

# All cameras share a port, as real ones do, and hear the loopback network's broadcast.
start_cam() {	# start_cam TAG HOST PORT [OPTIONS…]
	local tag=$1 host=$2 port=$3
	shift 3
	run_bg "$T/sim.$tag.log" "$SIM" --pppp --host "$host" --port "$port" --broadcast 127.255.255.255 \
		--port-file "$T/port.$tag" --stats "$T/stats.$tag" "$@"
	wait_for 60 test -s "$T/port.$tag"
}
stat_is() { [ "$(jq ".$2" "$T/stats.$1")" = "$3" ] || { cat "$T/stats.$1"; return 1; }; }
found() {	# found ID FILTER
	jq -e ".cameras[] | select(.id == \"$1\") | $2" "$T/found" >/dev/null ||
		{ cat "$T/found"; return 1; }
}
start_cam a 127.0.0.2 0 --id BATC609531EXLVS
port=$(cat "$T/port.a")
start_cam b 127.0.0.3 "$port" --id DGOA000123ABCDE --key camera --layout inline --number 2 --scan-ms 2500
b_pid=$bg_pid
start_cam c 127.0.0.4 "$port" --id ACCQ000125ABCDE --key littlestars

# One that another program holds; one under a key that nobody knows.
start_cam d 127.0.0.5 "$port" --id BATC000126ABCDE --busy close --held --number 3
start_cam e 127.0.0.6 "$port" --id VSTB000127ABCDE --key other

herd_conf || exit 1
sed -i "s/^camera_networks = .*/&\nlinger_s = 1\ndiscovery = 127.255.255.255:$port/" "$T/camherd.conf"
is "without streamd there is no search" "$(camherd discover >/dev/null 2>&1; echo $?)" 6
start_daemon streamd || exit 1
daemon_pid=$bg_pid
start_daemon webd || exit 1

check "a search ends" sh -c "'$top_builddir/cli/camherd' --json discover >'$T/found'"
is "each camera is found once" "$(jq '.cameras | length' "$T/found")" 5
check "the binary one with its source" found BATC-609531-EXLVS \
	".family == \"binary\" and .source == \"pppp:BATC-609531-EXLVS@127.0.0.2:$port\" and .missing == \"\""
check "the JSON one" found DGOA-000123-ABCDE '.family == "json" and .key == "camera"'
check "an unknown key is said" sh -c "jq -e '.cameras[] | select(.address == \"127.0.0.6\") | .missing | test(\"unknown key\")' '$T/found' >/dev/null"
check "LittleStars is named, and what is missing" found ACCQ-000125-ABCDE \
	'.family == "littlestars" and .source == "" and (.missing | test("cannot be streamed"))'
check "of which one is held by another program" found BATC-000126-ABCDE \
	'.missing | test("another program holds it")'
check "for people" sh -c "'$top_builddir/cli/camherd' discover 2>/dev/null | grep -q 'pppp:BATC-609531-EXLVS@127.0.0.2'"
check "nothing was added" sh -c "'$top_builddir/cli/camherd' --json cam list | jq -e '.cameras == []' >/dev/null"
is "and nobody was signed in to" "$(jq .logins "$T/stats.a")" 0

# One in another network: only there is asked, and only where cameras may be.
run_discover() { "$top_builddir/cli/camherd" --json discover "$@" >"$T/at" 2>"$T/err"; }
check "an address is looked at" run_discover "127.0.0.2:$port" 127.0.0.3:9
is "and nothing else" "$(jq -r '.cameras[] | .address + .missing' "$T/at")" 127.0.0.2
said() {	# said FILE FILTER TEMPLATE PARAMS: it is there so, and in other languages
	jq -e --arg template "$3" --argjson params "$4" --slurpfile pl "$top_srcdir/webd/ui/lang/pl.messages.json" \
		"$2 | .template == \$template and .params == \$params and \$pl[0][.template] != null" "$1" >/dev/null || { cat "$1"; return 1; }
}
check "the unknown key is a parameter" said "$T/found" '.cameras[] | select(.address == "127.0.0.6") | .missing_said' \
	'answers under an unknown key (first byte 0x{0})' "[\"$(jq -r '.cameras[] | select(.address == "127.0.0.6") | .missing | match("0x(..)").captures[0].string' "$T/found")\"]"
check "and so is the known one" said "$T/found" '.cameras[] | select(.family == "littlestars") | .missing_said' \
	'answers under the key {0}, whose family cannot be streamed from' '["@@@@...."]'
run_discover 8.8.8.8
is "a stranger's address is refused" $? 1
check "with the key to change" grep -q 'camera_networks' "$T/at"
run_discover not-an-address
is "nonsense is a mistake" $? 2

# By its id alone, out of all that answer.
camherd -q cam add porch pppp:BATC609531EXLVS
camherd -q cam add yard "pppp:@127.0.0.3:$port"
camherd -q cam add gone pppp:BATC000001AAAAA
camherd -q cam add plain test:
pic() { camherd -q cam snapshot "$1" -o "$T/$1.jpg" 2>"$T/err"; }
check "a camera is found by its id alone" wait_for 60 pic porch

check "status of one that nobody watches" sh -c "'$top_builddir/cli/camherd' --json cam ctl yard status >'$T/out'"
check "has battery and signal" jq -e '.battery == 80 and .signal_dbm == -61' "$T/out"
check "status of the binary family" sh -c "'$top_builddir/cli/camherd' cam ctl porch status >'$T/out'"
check "for people with units" grep -q '3864 mV' "$T/out"
check "infrared on" camherd -q cam ctl porch ir on
check "arrived" wait_for 30 stat_is a ir 1
check "on again is not off" camherd -q cam ctl porch ir on
check "the Wi-Fi it is set to" sh -c "'$top_builddir/cli/camherd' --json cam ctl porch wifi >'$T/out'"
check "by name" jq -e '.networks == [{"name":"meadow","channel":6,"secured":1}]' "$T/out"
check "its password is nowhere" sh -c "! grep -rq 'grass is green' '$T/out' '$T/streamd.log' '$T/state'"
# That takes longer than a camera without a viewer is kept.
check "one that was let go of a moment ago" camherd -q cam ctl yard status
check "the networks it hears" sh -c "'$top_builddir/cli/camherd' --json cam ctl yard wifi-scan >'$T/out'"
is "are bounded" "$(jq '.networks | length' "$T/out")" 24
check "and shown" sh -c "'$top_builddir/cli/camherd' cam ctl porch wifi-scan | grep -q 'meadow.*-77.*6.*yes'"
check "a step to the left" camherd -q cam ctl porch move left
check "and its stop" wait_for 30 stat_is a moves 2
check "the lamp of the JSON family" camherd -q cam ctl yard lamp on
check "the resolution" camherd -q cam ctl yard resolution 320x240
check "arrived too" wait_for 30 stat_is b resolution 2
fails() {	# fails STATUS TEXT WORDS…
	local want=$1 text=$2
	shift 2
	camherd cam ctl "$@" >"$T/out" 2>&1
	[ $? = "$want" ] && grep -q -- "$text" "$T/out" || { cat "$T/out"; return 1; }
}
check "what the family has not is refused" fails 1 'toggle' porch lamp on
check "an unknown request names the known ones" fails 1 'reboot' porch wifi set
check "a camera of another kind" fails 1 'pppp:' plain status
check "one that is not there" fails 1 'cannot be reached' gone status
check "an unknown camera" fails 4 'no camera' nobody status

# The API.
U=http://$(listen_of webd)
TOKEN=$(camherd --json token add robot --role admin | jq -r .token)
post() {	# post PATH BODY: the status
	curl -s -o "$T/api" -w '%{http_code}' -X POST -H "Authorization: Bearer $TOKEN" \
		-H 'Content-Type: application/json' --data "$2" "$U/api/v1/$1"
}
is "POST /discover" "$(post discover '{}')" 200
is "finds them" "$(jq '.cameras | length' "$T/api")" 5
is "at an address" "$(post discover "{\"addresses\":\"127.0.0.3:$port\"}")" 200
is "that one only" "$(jq -r '.cameras[].address' "$T/api")" 127.0.0.3
is "no second line with it: 400" "$(post discover '{"addresses":"127.0.0.3\nmjpeg"}')" 400
is "POST /discover again" "$(post discover '{}')" 200
check "and knows its own" jq -e '.cameras[] | select(.camera == "porch") | .missing == ""' "$T/api"
is "POST ctl" "$(post cameras/porch/ctl '{"request":"status"}')" 200
is "tells" "$(jq .battery_mv "$T/api")" 3864
is "what the family has not: 409" "$(post cameras/porch/ctl '{"request":"lamp","value":"on"}')" 409
check "and why" said "$T/api" .error "this camera can only toggle its lamp and does not tell its state; say lamp toggle" '[]'
is "another kind of camera: 409" "$(post cameras/plain/ctl '{"request":"status"}')" 409
check "and which" said "$T/api" .error "'{0}:' cameras take no such requests; pppp: cameras do" '["test"]'
is "nonsense: 400" "$(post cameras/porch/ctl '{"request":"dance"}')" 400
is "no second line can be smuggled in: 400" "$(post cameras/porch/ctl '{"request":"status\nmjpeg"}')" 400
is "an unknown camera: 404" "$(post cameras/nobody/ctl '{"request":"status"}')" 404
is "a stranger: 401" "$(curl -s -o /dev/null -w '%{http_code}' -X POST -H 'Content-Type: application/json' --data '{}' "$U/api/v1/discover")" 401

# Nobody typed yard's id: the first camera that answered there is it.
source_has() { camherd --json cam show yard | jq -e ".camera.source | test(\"$1\")"; }
check "its id is noted" wait_for 60 source_has 'DGOA.*23@127'
history() { grep -q "$1" "$T/webd.log"; }
check "which is history" wait_for 60 history 'device id was noted'
end_bg "$b_pid"
start_cam x 127.0.0.3 "$port" --id DGOA000999ABCDE --key camera --layout inline --number 2
other() { camherd cam ctl yard status >"$T/out" 2>&1; grep -q 'another camera answers' "$T/out"; }
check "another one at its address is not shown" wait_for 60 other
check "which is history, too" wait_for 60 history 'another camera answers'
check "and was never signed in to" stat_is x logins 0

check "a reboot is done last" camherd -q cam ctl porch reboot
check "and arrives" wait_for 30 stat_is a reboots 1
end_bg "$daemon_pid"
is "streamd ends cleanly" $? 0
done_testing
