#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck disable=SC2016 # check evaluates the quoted lines
# Ways in that need a person's hand: the job waits, says what to do, goes on by itself.
# shellcheck source=tests/lib.sh
. "${top_srcdir:-.}/tests/lib.sh"
plan_short
mkdir -p "$T/run"
herd_conf "[flashd]" "ports = $T/run/off $T/run/locked $T/run/login" || exit 1

start_camera() {	# start_camera NAME OPTIONS…
	local name=$1
	shift
	run_bg "$T/sim-$name.log" "$top_builddir/tests/sim/simuart" --link "$T/run/$name" \
		--flash "$T/$name.bin" --size 512K --control "$T/$name.ctl" --stats "$T/$name.json" "$@"
	wait_for 20 test -e "$T/run/$name" || exit 1
}
job_is() {	# job_is ID STATE
	[ "$(camherd --json job show "$1" | jq -r .job.state)" = "$2" ]
}
asks() {	# asks ID WHAT TEXT
	camherd --json status | jq -e --argjson id "$1" --arg what "$2" --arg text "$3" \
		'.jobs[] | select(.id == $id) | .state == "waiting" and .progress.ask == $what and (.progress.text | contains($text)) and .progress.eta_s > 0'
}

start_camera off --unpaced --seed 1 --start off --fault short-window --fault no-prompt
start_camera locked --unpaced --seed 2 --fault no-upgrade
start_camera login --unpaced --seed 3 --fault console-login
start_daemon flashd || exit 1
wait_for 20 eval 'camherd ports | grep -q locked.*free && camherd ports | grep -q login.*free' || exit 1

check "--no-wait fails at once" eval 'camherd identify "$T/run/off" --no-wait >"$T/out" 2>&1; [ $? = 1 ] && grep -q "nothing came back" "$T/out"'

# The power-cycle, in the short window of a console.
run_bg "$T/off.log" "$top_builddir/cli/camherd" identify "$T/run/off"
id=2
check "a silent line makes the job wait" wait_for 20 asks $id power-cycle "off for two seconds"
check "… which status and the command say" eval 'wait_for 10 grep -q "waiting.*Switch the camera off" "$T/off.log"'
check "… and the battery, the TX wire, the micro-USB socket" asks $id power-cycle "micro-USB"
echo power-cycle >"$T/off.ctl"
check "switched on, it goes on by itself" wait_for 20 job_is $id "done"
check "… and tells how it got in" eval 'camherd --json job show $id | jq -e ".job.result.entry == \"power-cycle\""'
is "nothing was erased" "$(jq .erases "$T/off.json")" 0

# The straps, for a console without the command.
run_bg "$T/locked.log" "$top_builddir/cli/camherd" identify "$T/run/locked"
id=3
check "a console without upgrade makes the job wait" wait_for 30 asks $id power-cycle "off for two seconds"
echo power-cycle >"$T/locked.ctl"
check "… a power-cycle alone does not help it" asks $id power-cycle "off for two seconds"
printf 'straps on\npower-cycle\n' >"$T/locked.ctl"
check "the straps do" wait_for 30 job_is $id "done"
printf 'straps off\npower-cycle\n' >"$T/locked.ctl"

# On a terminal the whole instruction is above the bar.
run_bg "$T/script.log" script -qfec "stty cols 80; \"$top_builddir/cli/camherd\" identify \"$T/run/locked\"" "$T/tty" </dev/null
check "a terminal shows the whole instruction" wait_for 20 grep -q "and put it back" "$T/tty"
camherd -q job cancel 4
wait_for 20 job_is 4 cancelled
wait "$bg_pid"

# Cancelling.
run_bg "$T/cancel.log" "$top_builddir/cli/camherd" identify "$T/run/locked"
id=5
check "a waiting job" wait_for 30 asks $id power-cycle "off"
check "… is cancelled" eval 'camherd -q job cancel $id; wait_for 10 job_is $id cancelled'
check "… and the port is free" wait_for 10 eval 'camherd ports | grep -q "locked.*free"'

# A console that wants a login: a person signs in on it, and the job takes over the port.
check "a login is named, with what to do" eval 'camherd identify "$T/run/login" --no-wait >"$T/out" 2>&1; [ $? = 1 ] && grep -q "asks for a login" "$T/out" && grep -q "live console" "$T/out"'
type_line() {	# type_line TEXT ANSWER: a watcher that types this and sees that
	run_bg "$T/$1.log" "$top_builddir/cli/camherd" --timeout 600 console \
		"$T/run/login" --send "$1" </dev/null
	typing=$bg_pid
	wait_for 20 grep -q -- "$2" "$T/$1.log" || { cat "$T/$1.log"; return 1; }
}
check "the console asks for a password after the name" type_line admin Password
# The next watcher comes while the port is being closed: its line waits until it is open.
end_bg "$typing"
check "… and lets the person in" type_line camera "  [$] "
check "the job takes over and gets in" eval 'camherd --json identify "$T/run/login" --no-wait >"$T/out" 2>"$T/err" && jq -e ".entry == \"console\"" "$T/out" || { cat "$T/out" "$T/err"; false; }'
check "… while the person watches" wait_for 20 grep -qE "job [0-9]+ has the port" "$T/camera.log"
end_bg "$typing"
done_testing
