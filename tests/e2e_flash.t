#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck disable=SC2016,SC2034 # check evaluates the quoted lines
# flashd and a simulated camera on bad days: killed, cancelled, ended, refused, on a bad
# line. What the rows, the files and the simulator's counters say afterwards is the truth.
# shellcheck source=tests/lib.sh
. "${top_srcdir:-.}/tests/lib.sh"
plan_short
unset NO_COLOR
mkdir -p "$T/run"
herd_conf "[flashd]" "ports = $T/run/one $T/run/two" "max_baud = 3000000" || exit 1
sim=$top_builddir/tests/sim/simuart
mkimage=$top_builddir/tests/sim/mkimage

start_camera() {	# start_camera NAME OPTIONS…
	local name=$1
	shift
	run_bg "$T/sim-$name.log" "$sim" --link "$T/run/$name" --flash "$T/$name.bin" --size 512K \
		--stats "$T/$name.json" --control "$T/$name.ctl" "$@"
	wait_for 20 test -e "$T/run/$name" || exit 1
}
control() {	# control NAME LINE
	echo "$2" >"$T/$1.ctl"
}
run() {	# run WANTED_EXIT ARGS…
	local wanted=$1 got
	shift
	camherd "$@" >"$T/out" 2>"$T/err" </dev/null
	got=$?
	[ $got -eq "$wanted" ] || { echo "exit $got, wanted $wanted"; cat "$T/out" "$T/err"; return 1; }
}
sha() {
	sha256sum "$1" | cut -d' ' -f1
}
counter() {	# counter NAME KEY: written out first
	control "$1" state
	wait_for 5 jq -e . "$T/$1.json"
	jq ".$2" "$T/$1.json"
}
state_of() {	# state_of JOB
	camherd --json job show "$1" | jq -r .job.state
}
state_is() {	# state_is JOB STATE…: one of them
	local now
	now=$(state_of "$1")
	shift
	printf '%s\n' "$@" | grep -qx "$now"
}
field() {	# field JOB FILTER
	camherd --json job show "$1" | jq -r ".job.$2"
}
queue() {	# queue ARGS…: the new job's id into $job
	camherd --json "$@" --queue </dev/null >"$T/queued" 2>"$T/err" || { cat "$T/err"; return 1; }
	job=$(jq '.jobs[0].id // .job.id' "$T/queued")
	[ "$job" -gt 0 ]
}
worker() {	# the one child of flashd
	pgrep -P "$flashd" -f -- ' -W$'
}
reads() {	# reads NAME N: the simulator has answered more than N reads
	[ "$(jq .reads "$T/$1.json")" -gt "$2" ]
}
no_leftovers() {	# nothing half-made in the library, every dump is what its name says
	local f
	[ -z "$(find "$T/state/dumps" -maxdepth 1 -name '*.part')" ] || { ls "$T/state/dumps"; return 1; }
	for f in "$T"/state/dumps/*.bin; do
		[ -e "$f" ] || continue
		[ "$(sha "$f")" = "$(basename "$f" .bin)" ] || { echo "$f"; return 1; }
	done
}

# Two cameras; "one" is paced at 3000000 baud (512 KiB twice: 4 s), "two" is not.
start_camera one --seed 1
start_camera two --seed 2 --unpaced
start_daemon flashd || exit 1
flashd=$bg_pid

# One store, one flashd.
"$top_builddir/flashd/flashd" -c "$T/camherd.conf" >"$T/twin.log" 2>&1
is "a second flashd on the same store ends" $? 1
check "… and says why" grep -q "another flashd" "$T/twin.log"
check "… and the first still works" eval 'run 0 identify "$T/run/two"'

# A configuration or a schema that does not fit: exit 78, as systemd is told.
mkdir -p "$T/empty" "$T/empty-run"
printf '[paths]\nstate = %s\nrun = %s\n' "$T/empty" "$T/empty-run" >"$T/empty.conf"
"$top_builddir/flashd/flashd" -c "$T/empty.conf" >"$T/empty.log" 2>&1
is "without an inventory it ends with 78" $? 78
check "… and says what to run" grep -q "camherd db-upgrade" "$T/empty.log"

# A reload takes new ports without an end.
sed -i "s|^ports = .*|ports = $T/run/one $T/run/two /dev/null|" "$T/camherd.conf"
kill -HUP "$flashd"
check "a reload takes a new port" wait_for 10 eval 'camherd ports | grep -q /dev/null'
echo "nonsense = 1" >>"$T/camherd.conf"
kill -HUP "$flashd"
check "a reload of nonsense keeps the old configuration" wait_for 10 grep -q "old configuration stays" "$T/flashd.log"
sed -i '$d' "$T/camherd.conf"

# Nothing goes to a port that is not enabled, or not there.
run 0 -q port disable "$T/run/two"
check "a port that is not enabled is refused" eval 'run 3 backup "$T/run/two" && grep -q enable "$T/err"'
run 0 -q port enable "$T/run/two"

# A killed worker.
check "a backup is queued" queue backup "$T/run/one"
check "… and reads" wait_for 20 reads one 3
kill -KILL "$(worker)"
check "a backup whose worker was killed begins again once" wait_for 10 state_is $job running queued
check "… and reads again" wait_for 20 worker
wait_for 20 reads one 12
kill -KILL "$(worker)"
check "… but not for ever" wait_for 10 state_is $job interrupted
check "… and says what happened" eval '[ "$(field $job reason)" = worker-lost ] && [ "$(field $job touched)" = false ]'
check "resumed, it is made" eval 'run 0 job resume $job && wait_for 60 state_is $job done'
is "its bytes are the chip's" "$(camherd --json dump list | jq -r '.dumps[0].sha256')" "$(sha "$T/one.bin")"
check "the library is whole" no_leftovers

# Cancel.
queue backup "$T/run/one"
reads_before=$(jq .reads "$T/one.json")
check "a second backup reads" wait_for 20 reads one $((reads_before + 3))
check "cancel ends it" eval 'run 0 job cancel $job && wait_for 10 state_is $job cancelled'
check "… and the camera is left in its firmware" wait_for 10 eval '[ "$(counter one state)" = "\"firmware\"" ]'
check "nothing is left of it" no_leftovers

# flashd ends while a backup runs, and takes it up again.
queue backup "$T/run/one"
reads_before=$(jq .reads "$T/one.json")
wait_for 20 reads one $((reads_before + 3))
end_bg "$flashd"
is "flashd ends cleanly in the middle of a backup" $? 0
check "… its heartbeat with it" eval 'run 6 backup "$T/run/two"'
start_daemon flashd || exit 1
flashd=$bg_pid
check "the next flashd takes the job up" wait_for 60 state_is "$job" "done"

# flashd is killed.
queue backup "$T/run/one"
reads_before=$(jq .reads "$T/one.json")
wait_for 20 reads one $((reads_before + 3))
{ kill -KILL "$flashd"; wait "$flashd"; } 2>/dev/null
rm -f "$T/run/flashd.bell"
start_daemon flashd || exit 1
flashd=$bg_pid
check "after kill -9 of flashd the next one takes the job up" wait_for 60 state_is "$job" "done"
check "the library is whole" no_leftovers

# A restore that is killed: after its first erase the chip is not what it was.
cp "$T/one.bin" "$T/one.before"
cp "$T/one.bin" "$T/donor.bin"
# Each second of 40 sectors behind the firmware differs: 20 erases, none of a larger block,
# long enough to be caught in the middle.
for i in $(seq 0 2 39); do
	printf 'donor %d' "$i" | dd of="$T/donor.bin" bs=4096 seek=$((0x50 + i)) conv=notrunc 2>/dev/null
done
check "the donor's dump is taken in" eval 'run 0 --json dump import "$T/donor.bin"'
donor=$(jq .dump.id "$T/out")
restore() {
	queue restore "$T/run/one" "$donor" --identity donor --yes --experimental
}
control one "fault slow-erase:1000"	# time to be caught in the middle, on a busy machine too
check "a restore is queued" restore
check "… and erases" wait_for 60 eval '[ "$(jq .erases "$T/one.json")" -gt 0 ]'
kill -KILL "$(worker)"
control one no-faults
check "a restore whose worker was killed is interrupted" wait_for 10 state_is $job interrupted
check "… and says that the chip is partly written" eval 'field $job message | grep -q "partly written" && [ "$(field $job touched)" = true ]'
safety=$(field $job result.safety_dump)
check "… and what it was is safe" eval 'run 0 dump export "$safety" -o "$T/safety.bin" && cmp "$T/safety.bin" "$T/one.before"'
check "resumed, it ends well" eval 'run 0 job resume $job && wait_for 90 state_is $job done'
check "the chip holds the donor's bytes" cmp "$T/one.bin" "$T/donor.bin"

# The same with flashd itself.
run 0 dump export "$safety" -o "$T/back.bin" --force
back() {
	queue restore "$T/run/one" "$safety" --identity donor --yes --experimental
}
erases=$(jq .erases "$T/one.json")
control one "fault slow-erase:1000"
check "the old contents are put back" back
check "… it erases" wait_for 60 eval '[ "$(jq .erases "$T/one.json")" -gt "$erases" ]'
{ kill -KILL "$flashd"; wait "$flashd"; } 2>/dev/null
control one no-faults
rm -f "$T/run/flashd.bell"
start_daemon flashd || exit 1
flashd=$bg_pid
check "after kill -9 of flashd the job is interrupted, not forgotten" wait_for 20 state_is $job interrupted
check "… and says so" eval 'field $job message | grep -q "partly written"'
check "resumed, it ends well too" eval 'run 0 job resume $job && wait_for 90 state_is $job done'
check "the chip is as it was before" cmp "$T/one.bin" "$T/one.before"

# A cancel in the middle of a write is honest.
erases=$(jq .erases "$T/one.json")
control one "fault slow-erase:1000"
restore
wait_for 60 eval '[ "$(jq .erases "$T/one.json")" -gt "$erases" ]'
check "a restore that is cancelled while it writes is interrupted" eval 'run 0 job cancel $job && wait_for 30 state_is $job interrupted'
control one no-faults
check "… and the chip waits in download mode" eval '[ "$(counter one state)" = "\"rom\"" ]'
check "given up, it is cancelled" eval 'run 0 job give-up $job && wait_for 5 state_is $job cancelled'
check "the way back works from there" eval 'back && wait_for 90 state_is $job done && cmp "$T/one.bin" "$T/one.before"'

# Refusals: not one erase.
erases=$(counter two erases)
writes=$(counter two writes)
refuse() {	# refuse NAME REASON FILE [VERB]
	local name=$1 reason=$2 file=$3 verb=${4:-restore}
	[ "$verb" = flash ] || verb="restore --identity donor"
	check "refused: $name" eval "run 3 --json $verb '$T/run/two' '$file' --yes --experimental && jq -e '(.error.code // .jobs[0].reason) == \"$reason\"' '$T/out' || { cat '$T/out' '$T/err'; false; }"
}
"$mkimage" --family xr809 --size 512K "$T/xr809.bin"
"$mkimage" --family xr808 --size 512K "$T/xr808.bin"
"$mkimage" --family xr806 --size 512K "$T/xr806.bin"
head -c 524288 /dev/zero | tr '\0' '\377' >"$T/blank.bin"
cat "$T/two.bin" "$T/two.bin" >"$T/double.bin"
head -c 262144 "$T/two.bin" >"$T/half.bin"
cp "$T/two.bin" "$T/flipped.bin"
printf 'x' | dd of="$T/flipped.bin" bs=1 seek=300 conv=notrunc 2>/dev/null
head -c 524288 "$sim" >"$T/elf.bin"
refuse "an image for another chip" image-other-chip "$T/xr809.bin"
refuse "an image for a younger chip" image-other-chip "$T/xr806.bin"
refuse "an image for a sibling" image-xr808 "$T/xr808.bin"
refuse "an empty image" image-blank "$T/blank.bin"
refuse "a dump of twice the size" image-size "$T/double.bin"
refuse "a dump cut off" image-chain "$T/half.bin"
refuse "a dump with one wrong byte" image-checksum "$T/flipped.bin"
refuse "a program" image-no-boot "$T/elf.bin"
# The same for firmware of sections.
"$mkimage" --family xr809 --size 512K --sections "$T/xr809.img"
"$mkimage" --family xr808 --size 512K --sections "$T/xr808.img"
"$mkimage" --family xr872 --size 512K --sections "$T/xr872.img"
"$mkimage" --family xr872 --size 512K --sections --ota 100000:1000 "$T/ota.img"
head -c $(($(stat -c %s "$T/xr872.img") - 5000)) "$T/xr872.img" >"$T/cut.img"
{ printf 'PK\003\004'; cat "$T/xr872.img"; } >"$T/zip.img"
cp "$T/xr872.img" "$T/flipped.img"
printf 'x' | dd of="$T/flipped.img" bs=1 seek=300 conv=notrunc 2>/dev/null
refuse "firmware for another chip" image-other-chip "$T/xr809.img" flash
refuse "firmware for a sibling" image-xr808 "$T/xr808.img" flash
refuse "firmware that keeps its update record beyond the flash" image-ota-outside "$T/ota.img" flash
refuse "a ZIP archive" image-no-boot "$T/zip.img" flash
refuse "firmware cut off" image-chain "$T/cut.img" flash
refuse "firmware with one wrong byte" image-checksum "$T/flipped.img" flash
refuse "an empty image as firmware" image-blank "$T/blank.bin" flash
check "refused: firmware for an untried chip without the word" eval 'run 3 --json flash "$T/run/two" "$T/xr872.img" --yes && jq -e ".jobs[0].reason == \"experimental-needed\"" "$T/out"'
check "refused: an untried chip without the word" eval 'run 3 --json restore "$T/run/two" "$donor" --identity donor --yes && jq -e ".jobs[0].reason == \"experimental-needed\"" "$T/out"'
is "the simulator saw no erase" "$(counter two erases)" "$erases"
is "… and no write" "$(counter two writes)" "$writes"

# A dump that rotted in the store after the job was given is not written to anything.
end_bg "$flashd"
queue restore "$T/run/two" "$donor" --identity donor --yes --experimental
f=$T/state/dumps/$(sha "$T/donor.bin").bin
chmod u+w "$f"
printf 'x' | dd of="$f" bs=1 seek=4242 conv=notrunc 2>/dev/null
check "camherd itself notices a rotten dump" run 7 --json restore "$T/run/two" "$donor" --identity donor --yes --experimental --queue
rm -f "$T/run/flashd.bell"
start_daemon flashd || exit 1
flashd=$bg_pid
check "refused: a dump that rotted" eval 'wait_for 20 state_is $job refused && [ "$(field $job reason)" = dump-damaged ]'
is "the simulator still saw no erase" "$(counter two erases)" "$erases"
rm -f "$f"

# Bad lines: what is kept is right.
control two "fault flip:1e-5"
control two "fault drop:3e-6"
check "a backup over a bad line" eval 'run 0 --json backup "$T/run/two" && jq -e ".jobs[0].dump.sha256 == \"$(sha "$T/two.bin")\"" "$T/out"'
control two no-faults
control two "fault lie:write"
check "a chip that does not write is found out" eval 'run 1 --json restore "$T/run/two" "$safety" --identity donor --yes --experimental; jq -e ".jobs[0].state == \"interrupted\" and .jobs[0].reason == \"sector-bad\"" "$T/out" || { cat "$T/out" "$T/err"; false; }'
control two no-faults
check "… and mended once it does" eval 'run 0 job resume "$(jq ".jobs[0].id" "$T/out")" && cmp "$T/two.bin" "$T/safety.bin"'

# An unplugged adapter.
queue backup "$T/run/one"
wait_for 30 eval '[ "$(field $job progress.done)" -ge 65536 ]'
control one unplug
check "unplugged, the job waits and says so" eval 'wait_for 30 state_is $job waiting && [ "$(field $job progress.ask)" = replug ]'
control one plug
check "plugged in again, it goes on to the right bytes" eval 'wait_for 60 state_is $job done && run 0 dump show "$(field $job result_dump)" && cmp "$T/one.bin" "$T/state/dumps/$(sha "$T/one.bin").bin"'
check "… with what it had read before" eval 'camherd job log $job | grep "bytes were read before"'
reads_before=$(jq .reads "$T/one.json")
camherd --json backup "$T/run/one" --queue --no-wait >"$T/queued"
job=$(jq ".jobs[0].id" "$T/queued")
wait_for 20 reads one $((reads_before + 3))
control one unplug
check "with --no-wait it ends as lost" eval 'wait_for 30 state_is $job failed && [ "$(field $job code)" = 5 ]'
control one plug
check "plugged in again, the port works" eval 'wait_for 30 run 0 identify "$T/run/one"'
check "the library is whole at the end" no_leftovers
end_bg "$flashd"
is "flashd ends cleanly" $? 0
done_testing
