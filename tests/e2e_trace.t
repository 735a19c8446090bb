#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck disable=SC2016,SC2317 # check evaluates the quoted lines
# The wire trace of a real job, exported with `camherd job trace`, played back by simuart:
# the same job against the recording ends with the same result.
# shellcheck source=tests/lib.sh
. "${top_srcdir:-.}/tests/lib.sh"
plan_short
unset NO_COLOR
mkdir -p "$T/run"
herd_conf "[flashd]" "ports = $T/run/one" "max_baud = 3000000" || exit 1
sim=$top_builddir/tests/sim/simuart
flashd='' camera=''

play() {	# play OPTIONS…: simuart at the port, until unplay
	run_bg "$T/sim.log" "$sim" --link "$T/run/one" --unpaced --stats "$T/one.json" "$@"
	camera=$bg_pid
	wait_for 20 test -e "$T/run/one"
}
unplay() {	# its exit status
	end_bg "$camera"
	local status=$?
	rm -f "$T/run/one"
	return $status
}
fresh() {	# a herd that knows nothing of the port, as somebody else's is
	[ -z "$flashd" ] || end_bg "$flashd"
	rm -rf "$T/state" "$T"/run/*.db* "$T"/run/*.bell
	mkdir -p "$T/state"
	camherd db-upgrade >/dev/null || exit 1
	start_daemon flashd || exit 1
	flashd=$bg_pid
}
job() {	# job KIND FILE: its answer in FILE
	camherd --json "$1" "$T/run/one" >"$T/$2" 2>"$T/err" </dev/null || { cat "$T/$2" "$T/err"; return 1; }
}
trace() {	# trace ANSWER FILE
	camherd job trace "$(jq ".job // .jobs[0].id" "$T/$1")" >"$T/$2"
}
result() {	# what does not depend on time
	jq -S "del(.seconds, .retries, .job)" "$T/$1"
}

# 1 MiB, the size of most of these cameras, and both passes over it.
play --flash "$T/one.bin" --size 1M --seed 3 --mac DC:44:6D:01:02:03
fresh
check "a camera is identified" job identify identify.json
trace identify.json identify.trace
fresh
check "a backup is made" job backup backup.json
trace backup.json backup.trace
camherd dump export "$(jq '.jobs[0].dump.id' "$T/backup.json")" -o "$T/dump.bin" >/dev/null
check "it is what the chip holds" cmp "$T/dump.bin" "$T/one.bin"
check "the trace of 1 MiB is whole" eval '! grep "left out" "$T/backup.trace"'
unplay

fresh
play --replay "$T/identify.trace"
check "the identify job works against its trace" job identify again.json
is "… with the same result" "$(result again.json)" "$(result identify.json)"
unplay
is "… and the simulator heard what it awaited" $? 0

fresh
play --replay "$T/backup.trace"
check "the backup job works against its trace" job backup again.json
camherd dump export "$(jq '.jobs[0].dump.id' "$T/again.json")" -o "$T/again.bin" >/dev/null
unplay
is "… and the simulator heard what it awaited" $? 0
# What may be a secret was blanked and plays as 00; every other byte is the chip's.
is "… the sizes are equal" "$(stat -c %s "$T/again.bin")" "$(stat -c %s "$T/dump.bin")"
is "… every byte that was not blanked is the chip's" \
	"$(cmp -l "$T/again.bin" "$T/dump.bin" | awk '$2 != 0' | wc -l)" 0
check "… and the firmware is there" eval '[ "$(head -c 4 "$T/again.bin")" = AWIH ]'

# A trace that was longer than its bound says so, and so does the simulator.
{ sed -n 1,40p "$T/backup.trace"; echo "# 123 lines left out here"; tail -40 "$T/backup.trace"; } >"$T/gap.trace"
fresh
play --replay "$T/gap.trace"
check "a trace with a gap ends the job" eval '! camherd --json backup "$T/run/one" --no-wait >"$T/again.json" 2>"$T/err" </dev/null'
unplay
is "… and the simulator with exit status 1" $? 1
check "… and a sentence" grep -q "lines were left out, so it cannot be played" "$T/sim.log"
end_bg "$flashd"
done_testing
