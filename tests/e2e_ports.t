#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck disable=SC2016,SC2034 # check evaluates the quoted lines
# Ports: who else has one, many at once, one that hangs or raves, what begins by itself
# when one is plugged in, and one that nobody enabled, to which not one byte goes.
# shellcheck source=tests/lib.sh
. "${top_srcdir:-.}/tests/lib.sh"
plan_short
mkdir -p "$T/run"
herd_conf "[flashd]" "ports = $T/run/a $T/run/b $T/run/c $T/run/zigbee" || exit 1
sim=$top_builddir/tests/sim/simuart

start_camera() {	# start_camera NAME OPTIONS…: its process is in $bg_pid
	local name=$1
	shift
	run_bg "$T/sim-$name.log" "$sim" --link "$T/run/$name" --flash "$T/$name.bin" --size 512K \
		--start rom --unpaced --stats "$T/$name.json" --control "$T/$name.ctl" "$@"
	wait_for 30 test -e "$T/run/$name" || exit 1
}
tell_sim() {	# tell_sim NAME LINE
	echo "$2" >"$T/$1.ctl"
}
run() {	# run WANTED_EXIT ARGS…
	local wanted=$1 got
	shift
	camherd "$@" >"$T/out" 2>"$T/err" </dev/null
	got=$?
	[ $got -eq "$wanted" ] || { echo "exit $got, wanted $wanted"; cat "$T/out" "$T/err"; return 1; }
}
port_has() {	# port_has NAME FILTER: of camherd ports
	camherd --json ports | jq -e --arg p "$T/run/$1" ".ports[] | select(.path == \$p) | $2" >/dev/null
}
job_of() {	# job_of NAME STATE…: the newest job of this port is in one of them
	local now
	now=$(camherd --json jobs | jq -r --arg p "$T/run/$1" '[.jobs[] | select(.port == $p)] | max_by(.id) | .state')
	shift
	printf '%s\n' "$@" | grep -qx "$now"
}
jobs_on() {	# jobs_on NAME: how many it had
	camherd --json jobs | jq --arg p "$T/run/$1" '[.jobs[] | select(.port == $p)] | length'
}

start_camera a --seed 1
start_camera b --seed 2
start_camera c --seed 3
hung=$bg_pid
start_camera zigbee --seed 4
start_daemon flashd || exit 1
camherd -q port disable "$T/run/zigbee"
camherd -q port name "$T/run/a" hub1-left
wait_for 30 port_has zigbee '.state == "free"' || exit 1

# Another program.
sleep 1000 7<>"$(readlink -f "$T/run/b")" &
holder=$!
tap_pids="$tap_pids $holder"
check "who holds a port is noticed without a job" wait_for 30 grep -q "run/b is held by sleep (process $holder)" "$T/flashd.log"
check "… and shown" port_has b ".state == \"busy\" and .holder == \"sleep (process $holder)\""
check "… in words, too" eval 'camherd ports | grep -q "busy: sleep (process $holder)"'
check "a job there is refused, and says who" eval 'run 3 backup "$T/run/b" && grep -q "in use by sleep (process $holder)" "$T/err"'

# All at once, but for it.
check "all free ports are backed up" run 0 --json backup --all --no-wait
check "… each with its job" jq -e '[.jobs[] | select(.state == "done" and .dump.passes == 2)] | length == 2' "$T/out"
check "… by its name" jq -e '[.jobs[].port] | index("hub1-left") != null' "$T/out"
check "… and what is left out is said" grep -q "run/b is left out: busy by sleep" "$T/err"
check "--all and a port are too much" run 2 backup --all "$T/run/a"
check "several by name have a line each" eval 'run 0 backup "$T/run/a" "$T/run/c" && [ "$(grep -c "stored as dump" "$T/out")" = 2 ]'
run_bg "$T/console.log" "$top_builddir/cli/camherd" --timeout 300 console "$T/run/b" </dev/null
console=$bg_pid
check "a console there waits, and says for whom" wait_for 30 grep -q "in use by sleep (process $holder)" "$T/console.log"
kill "$holder"
check "once that program ended the port is free" wait_for 30 grep -q "run/b is free again" "$T/flashd.log"
check "… and the console opens" wait_for 30 port_has b '.state == "console"'
end_bg "$console"
check "… and a job works" run 0 identify "$T/run/b"

# One that hangs: it takes no byte. One whose camera has no power: it waits for a hand. One
# that raves.
kill -STOP "$hung"
camherd --json backup "$T/run/c" --queue >"$T/queued" </dev/null
check "a port that hangs delays no other" run 0 backup "$T/run/a" "$T/run/b"
camherd -q job cancel "$(jq '.jobs[0].id' "$T/queued")" </dev/null
kill -CONT "$hung"
check "… and its job ends" wait_for 120 job_of c cancelled failed
tell_sim c power-off
camherd --json backup "$T/run/c" --queue >"$T/queued" </dev/null
check "a job that waits for a hand" wait_for 60 job_of c running waiting
check "… delays no other" run 0 backup "$T/run/a" "$T/run/b"
check "… and waits still" job_of c running waiting
camherd -q job cancel "$(jq '.jobs[0].id' "$T/queued")" </dev/null
check "… until it is cancelled" wait_for 60 job_of c cancelled
tell_sim b "fault noise:0.5"
camherd --json backup "$T/run/b" --queue >"$T/queued" </dev/null
check "a port that raves delays no other" run 0 backup "$T/run/a"
camherd -q job cancel "$(jq '.jobs[0].id' "$T/queued")" </dev/null
check "… and its job ends" wait_for 120 job_of b cancelled failed

# Watch for new.
is "nothing begins by itself at first" "$(camherd --json port watch | jq -r .watch)" off
check "other words are refused" run 2 port watch erase
before=$(jobs_on a)
tell_sim a unplug
wait_for 30 port_has a '.node == null'
tell_sim a plug
check "plugged in, and nothing begins" eval 'wait_for 30 port_has a ".state == \"free\"" && [ "$(jobs_on a)" = "$before" ]'
check "switched on" run 0 port watch backup
tell_sim a unplug
wait_for 30 port_has a '.node == null'
tell_sim zigbee unplug
wait_for 30 port_has zigbee '.node == null'
tell_sim zigbee plug
tell_sim a plug
check "plugged in: a backup begins" wait_for 30 eval '[ "$(jobs_on a)" = $((before + 1)) ]'
check "… and is made" wait_for 60 job_of a "done"
check "… by nobody's hand" eval 'camherd --json job show "$(camherd --json jobs | jq "[.jobs[].id] | max")" | jq -e ".job.asked_by == \"plugged in\""'
check "a port that is not enabled is left alone" eval 'port_has zigbee ".state == \"free\" and (.enabled | not)" && [ "$(jobs_on zigbee)" = 0 ]'

# Everything that could, was tried on the port that nobody enabled.
check "a console on it is refused" run 3 console "$T/run/zigbee"
check "an identify on it is refused" run 3 identify "$T/run/zigbee"
rm -f "$T/zigbee.json"
tell_sim zigbee state
wait_for 30 jq -e . "$T/zigbee.json"
is "not one byte went to it" "$(jq .bytes_in "$T/zigbee.json")" 0
done_testing
