#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck disable=SC2016,SC2034 # check evaluates the quoted lines
# An adapter that is unplugged in the middle of a restore: the job waits, takes no other
# camera, goes on with the right one, and says at every moment what the chip is like.
# shellcheck source=tests/lib.sh
. "${top_srcdir:-.}/tests/lib.sh"
plan_short
mkdir -p "$T/run"
port=$T/run/one
herd_conf "[flashd]" "ports = $port" "max_baud = 3000000" || exit 1
mkimage=$top_builddir/tests/sim/mkimage
mine=00112233445566778899aabbccddee01
other=00112233445566778899aabbccddee02

"$mkimage" --family xr872 --small --size 256K --seed 1 "$T/flash.bin"
"$mkimage" --family xr872 --small --size 256K --seed 2 "$T/want.bin"
"$mkimage" --family xr872 --small --size 256K --seed 3 "$T/other.bin"
cp "$T/flash.bin" "$T/before.bin"
run_bg "$T/sim.log" "$top_builddir/tests/sim/simuart" --link "$port" --flash "$T/flash.bin" \
	--stats "$T/stats" --control "$T/control" --unpaced --chip-id $mine
wait_for 30 test -e "$port" || exit 1
start_daemon flashd || exit 1
wait_for 30 eval 'camherd ports | grep -q "one.*free"' || exit 1

control() {	# control LINE…: done when they return
	local line
	for line in "$@"; do
		rm -f "$T/stats"
		echo "$line" >"$T/control"
		wait_for 30 test -s "$T/stats"
	done
}
counter() {
	control state
	jq ".$1" "$T/stats"
}
field() {	# field FILTER: of the job
	camherd --json job show "$job" | jq -r ".job.$1"
}
state_is() {
	[ "$(field state)" = "$1" ]
}
asks() {	# asks WHAT
	camherd --json status | jq -e --argjson id "$job" --arg what "$1" \
		'.jobs[] | select(.id == $id) | .state == "waiting" and .progress.ask == $what and (.progress.text | length > 20)'
}
journal() {	# journal N: so many sectors are in it
	[ "$(stat -c %s "$T/state/jobs/$job.journal" 2>/dev/null || echo 0)" -ge $((256 + 3 * 32 * $1)) ]
}
# Its job is in $job; it has written some sectors, and each erase takes so long that it
# has not written all when the next command of this test comes.
restore() {
	control "fault slow-erase:1000"
	camherd --json restore "$port" "$T/want.bin" --identity donor --yes --experimental --queue \
		>"$T/queued" 2>"$T/err" </dev/null || { cat "$T/err"; return 1; }
	job=$(jq '.jobs[0].id' "$T/queued")
	wait_for 60 journal 4
}
safety() {
	camherd --json dump list | jq '[.dumps[] | select(.kind == "safety")] | length'
}
new_sectors() {	# how many the message says, and how many there are
	local i new=0
	for i in $(seq 0 63); do
		cmp -s -i $((i * 4096)) -n 4096 "$T/before.bin" "$T/want.bin" ||
			! cmp -s -i $((i * 4096)) -n 4096 "$T/flash.bin" "$T/want.bin" || new=$((new + 1))
	done
	field message | grep -q "partly written: $new \(of [0-9]* \)\?sectors are new, the rest is as it was" ||
		{ echo "$new are new"; field message; return 1; }
}

check "a restore" restore
control unplug no-faults
check "unplugged while it writes, it waits and says so" wait_for 30 asks replug
check "… also to a person" eval 'camherd status | grep "waiting.*Plug it in again"'
check "… and the port is lost" eval 'camherd --json ports | jq -e --arg p "$port" ".ports[] | select(.path == \$p) | .state == \"lost\""'
is "… and there is one safety backup" "$(safety)" 1
check "its dump is not to be removed" eval '! camherd dump rm $(camherd --json dump list | jq ".dumps[] | select(.kind == \"safety\").id") --yes >"$T/rm" 2>&1 && grep -q "job $job is not over" "$T/rm"'

cp "$T/flash.bin" "$T/half.bin"
erases=$(counter erases)
writes=$(counter writes)
control "become $T/other.bin $other" plug
check "another camera is told" wait_for 60 asks other-camera
cp "$T/other.bin" "$T/other.now"
is "… and nothing was erased" "$(counter erases)" "$erases"
is "… nor written" "$(counter writes)" "$writes"
check "… and it is as it was" eval '"$mkimage" --family xr872 --small --size 256K --seed 3 "$T/again.bin" && cmp "$T/other.bin" "$T/again.bin"'
control unplug "become $T/half.bin $mine" plug
check "the right one goes on by itself" wait_for 60 state_is "done"
check "… to the exact image" cmp "$T/half.bin" "$T/want.bin"
is "… without a second backup" "$(safety)" 1
check "… and all sectors are counted" eval '[ "$(field result.verified)" = "$(field result.erased)" ] && [ "$(field result.verified)" -gt 20 ]'
check "… and the journal is gone" test ! -e "$T/state/jobs/$job.journal"

# Cancelled while it waits, and resumed.
control "become $T/flash.bin $mine"
cp "$T/before.bin" "$T/flash.bin"
control "become $T/flash.bin $mine"
check "another restore" restore
control unplug no-faults
check "unplugged, it waits" wait_for 30 asks replug
camherd -q job cancel "$job"
check "cancelled, it is interrupted" wait_for 30 state_is interrupted
check "… which status says, with what to do" eval 'camherd status | grep "interrupted.*partly written" && camherd status | grep "job resume"'
check "resumed without its adapter it says so" eval 'camherd job resume $job >"$T/out" 2>&1; state_is interrupted && field message | grep "nothing at"'
control "become $T/other.bin $other" plug
check "resumed with another camera it is refused" eval 'camherd job resume $job >"$T/out" 2>&1; [ $? = 5 ] || [ $? = 3 ]; state_is interrupted && [ "$(field reason)" = other-camera ]'
check "… which is as it was" cmp "$T/other.bin" "$T/again.bin"
control "become $T/flash.bin $mine"
check "resumed with the right one" eval 'camherd job resume $job >"$T/out" 2>&1; state_is done || { cat "$T/out"; false; }'
check "… to the exact image" cmp "$T/flash.bin" "$T/want.bin"

# Cancelled in the middle: a border, and the truth.
control "become $T/flash.bin $mine"
cp "$T/before.bin" "$T/flash.bin"
control "become $T/flash.bin $mine"
check "a third restore" restore
camherd -q job cancel "$job"
check "cancelled while it writes, it is interrupted" wait_for 60 state_is interrupted
control no-faults
check "… and says how many sectors are new" new_sectors
check "… also after flashd was started anew" eval 'end_bg "$bg_pid"; start_daemon flashd && camherd status | grep "interrupted.*partly written"'

# What a resume needs and does not find.
mv "$T/state/jobs/$job.journal" "$T/journal"
check "without its journal it is refused" eval 'camherd job resume $job >"$T/out" 2>&1; state_is interrupted && [ "$(field reason)" = journal-missing ]'
mv "$T/journal" "$T/state/jobs/$job.journal"
bin=$(sha256sum "$T/before.bin" | cut -d" " -f1).bin
mv "$T/state/dumps/$bin" "$T/bin"
check "without the safety backup as well" eval 'camherd job resume $job >"$T/out" 2>&1; state_is interrupted && [ "$(field reason)" = safety-missing ]'
mv "$T/bin" "$T/state/dumps/$bin"
camherd -q job resume "$job" >"$T/out"
check "resumed, it ends well" wait_for 60 state_is "done"
check "… to the exact image" cmp "$T/flash.bin" "$T/want.bin"

# The camera loses its power in the middle of a sector.
cp "$T/before.bin" "$T/flash.bin"
control "become $T/flash.bin $mine" "fault cut:at=0x11800"
camherd --json restore "$port" "$T/want.bin" --identity donor --yes --experimental >"$T/out" 2>"$T/err" </dev/null
job=$(jq '.jobs[0].id' "$T/out")
check "a camera that lost its power leaves it interrupted" state_is interrupted
check "… with a part that may hold anything" eval 'field message | grep "may hold anything.*leave it as it is"'
control no-faults power-cycle
check "with power again, it is resumed" eval 'camherd job resume $job >"$T/out" 2>&1; state_is done || { cat "$T/out"; field message; false; }'
check "… to the exact image" cmp "$T/flash.bin" "$T/want.bin"

# No journal, no erase.
erases=$(counter erases)
mkdir "$T/state/jobs/$((job + 1)).journal"
check "a restore without a journal is refused" eval '! camherd --json restore "$port" "$T/other.bin" --identity donor --yes --experimental >"$T/out" 2>"$T/err" </dev/null; jq -e ".jobs[0].state == \"refused\" and .jobs[0].reason == \"journal-unwritable\"" "$T/out"'
is "… before the first erase" "$(counter erases)" "$erases"
done_testing
