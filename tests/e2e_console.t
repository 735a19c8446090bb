#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The live console: rate found, escape sequences harmless, two watchers and one sender,
# unplugging, a job between.
# shellcheck source=tests/lib.sh
. "${top_srcdir:-.}/tests/lib.sh"
plan_short
mkdir -p "$T/run"
herd_conf "[flashd]" "ports = $T/run/one $T/run/fast $T/run/odd $T/run/login" || exit 1
sim=$top_builddir/tests/sim/simuart

start_camera() {	# start_camera NAME OPTIONS…
	local name=$1
	shift
	run_bg "$T/sim-$name.log" "$sim" --link "$T/run/$name" --flash "$T/$name.bin" --size 512K \
		--control "$T/$name.ctl" "$@"
	wait_for 20 test -e "$T/run/$name" || exit 1
}
tell_sim() {	# tell_sim NAME LINE
	echo "$2" >"$T/$1.ctl"
}
watch_port() {	# watch_port LOG ARGS…: a watcher in the background, its pid in $bg_pid
	local log=$1
	shift
	# A background job ignores Ctrl-C; the program takes SIGTERM alike.
	run_bg "$T/$log" "$top_builddir/cli/camherd" --timeout 1200 console "$@" </dev/null
}
until_log() {	# until_log LOG PATTERN
	wait_for 20 grep -qE -- "$2" "$T/$1" || { sed 's/^/# /' "$T/$1"; return 1; }
}
cycle_until() {	# cycle_until NAME LOG PATTERN: switch it off and on until it is understood
	local _
	for _ in 1 2 3 4 5 6 7 8; do
		tell_sim "$1" power-cycle
		wait_for 2 grep -qE -- "$3" "$T/$2" >/dev/null && return 0
	done
	sed 's/^/# /' "$T/$2"
	return 1
}
no_control() {	# no_control FILE: nothing but text and line ends
	! LC_ALL=C grep -qP '[\x00-\x09\x0b-\x1f\x7f]' "$T/$1"
}
port_is() {	# port_is NAME STATE
	[ "$(camherd --json ports | jq -r --arg p "$T/run/$1" '.ports[] | select(.path == $p) | .state')" = "$2" ]
}

start_camera one --unpaced --seed 1 --fault secret-log
start_camera fast --unpaced --seed 2 --console-baud 921600
start_camera odd --unpaced --seed 4 --console-baud 1500000
start_camera login --unpaced --seed 3 --fault console-login
start_daemon flashd || exit 1
flashd=$bg_pid
child_of_port() {	# child_of_port NAME: the process that has this pty open, and its descriptor
	local pid
	for pid in $(cat /proc/"$flashd"/task/*/children); do
		find "/proc/$pid/fd" -lname "$(readlink -f "$T/run/$1")" 2>/dev/null
	done
}
wait_for 20 port_is login free || exit 1

# What is shown.
watch_port one.log "$T/run/one" --save "$T/saved" --redact
one=$bg_pid
check "the port's state is console" wait_for 10 port_is one console
check "and then it is open" until_log one.log 'Nothing has come at 115200'
check "the boot log comes, with times" cycle_until one one.log '^[0-9:]{8}\.[0-9]{3}   XRADIO Skylark SDK 1\.2\.0'
check "it says what it is judged by" until_log one.log 'bytes at 115200 baud are text'
check "and what the log tells of the camera" until_log one.log 'camera: XRADIO Skylark SDK 1\.2\.0'
check "the saved copy is redacted" eval 'wait_for 5 grep -q "ssid: \*\*\*" "$T/saved" && ! grep -q hunter2 "$T/saved" && [ "$(stat -c %a "$T/saved")" = 600 ]'

# Two watchers, one sender.
watch_port two.log "$T/run/one" --send version
two=$bg_pid
check "a second watcher gets the kept lines" until_log two.log 'XRADIO Skylark SDK'
check "what one sends is shown to both" eval 'until_log two.log "> version" && until_log one.log "> version"'
check "and the camera's answer, too" eval 'until_log two.log "404 unknown command" && until_log one.log "404 unknown command"'
check "nobody else may send meanwhile" eval 'camherd --timeout 120 console "$T/run/one" --send third </dev/null >"$T/third" 2>&1; [ $? = 3 ] && grep -q "somebody else" "$T/third"'
end_bg "$two"
patiently() {	# patiently COMMANDS: with $seconds, which is more each time
	local seconds
	# shellcheck disable=SC2034 # the commands read it
	for seconds in 3 3 15 60; do eval "$1" && return 0; done
	return 1
}
check "once the sender left, another may" patiently 'camherd --timeout $seconds console "$T/run/one" --send fourth </dev/null >"$T/fourth" 2>&1; grep -q "> fourth" "$T/fourth"'
check "no control character comes through" eval 'no_control one.log && no_control two.log'

# A job has precedence, and the console goes on behind it.
before=$(child_of_port one)
check "one process has the port open" eval '[ "$(echo "$before" | grep -c fd)" = 1 ]'
check "a job takes the port" eval 'camherd -q identify "$T/run/one"'
check "the watcher was told" until_log one.log 'job [0-9]+ has the port'
check "and the console is back" wait_for 10 port_is one console
is "all in one process on one open port: it was not closed between" "$(child_of_port one)" "$before"
tell_sim one power-cycle
check "with new lines" eval 'wait_for 10 eval "[ \$(grep -c XRADIO \"$T/one.log\") -ge 2 ]"'

# Unplugged and back.
tell_sim one unplug
check "unplugging is said" until_log one.log 'unplugged'
tell_sim one plug
check "plugged in again it goes on" wait_for 15 port_is one console
end_bg "$one"
check "nobody watches: the port is free" wait_for 10 port_is one free

# Another rate.
watch_port fast.log "$T/run/fast"
# What comes before the port is open is nobody's; then garbage makes it try the next rate.
until_log fast.log "Nothing has come at 115200"
tell_sim fast power-cycle
until_log fast.log "Now listening at 921600"
check "a rate of 921600 is found" cycle_until fast fast.log '  XRADIO Skylark SDK'
check "and said" until_log fast.log 'at 921600 baud are text'
end_bg "$bg_pid"

# One rate after the other, each judged by what comes at it and not by what waited.
watch_port odd.log "$T/run/odd"
until_log odd.log "Nothing has come at 115200"
for rate in 921600 74880 1500000; do
	tell_sim odd power-cycle
	check "garbage leads on to $rate" until_log odd.log "Now listening at $rate"
done
check "a rate of 1500000 is found" cycle_until odd odd.log '  XRADIO Skylark SDK'
is "… and no other was tried" "$(grep -c 'Now listening at' "$T/odd.log")" 3
end_bg "$bg_pid"
check "a fixed rate stays" eval 'watch_port wrong.log "$T/run/fast" --baud 57600; until_log wrong.log "Nothing has come at 57600"; cycle_until fast wrong.log "Of [0-9]+ bytes at 57600 baud only" && no_control wrong.log && end_bg "$bg_pid"'

# A login.
watch_port login.log "$T/run/login" --send admin
until_log login.log "> admin"
check "a login is recognised" eval 'cycle_until login login.log "It asks for a login"'
end_bg "$bg_pid"

# For programs.
check "--json prints one event a line" patiently 'camherd --json --timeout $seconds console "$T/run/one" </dev/null | jq -es "map(.event) | index(\"state\") != null and index(\"line\") != null" >/dev/null'
check "--hex shows bytes" patiently 'camherd --timeout $seconds console "$T/run/one" --hex </dev/null 2>/dev/null | grep -q "58 52 41 44 49 4f"'
camherd -q port disable "$T/run/login"
check "a port that is not enabled is refused" eval 'camherd console "$T/run/login" </dev/null >"$T/out" 2>&1; [ $? = 3 ] && grep -q "port enable" "$T/out"'
done_testing
