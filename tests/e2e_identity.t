#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck disable=SC2016,SC2034 # check evaluates the quoted lines
# Restores between two simulated cameras of one kind with two identities: what is kept,
# what is blank, what is asked where nothing is left to keep. Every flash is compared byte
# for byte with what the test put together itself.
# shellcheck source=tests/lib.sh
. "${top_srcdir:-.}/tests/lib.sh"
plan_short
unset NO_COLOR
mkdir -p "$T/run"
herd_conf "[flashd]" "ports = $T/run/good $T/run/bad" || exit 1
sim=$top_builddir/tests/sim/simuart
mkimage=$top_builddir/tests/sim/mkimage

start_camera() {	# start_camera NAME OPTIONS…
	local name=$1
	shift
	run_bg "$T/sim-$name.log" "$sim" --link "$T/run/$name" --flash "$T/$name.bin" --unpaced \
		--start rom --stats "$T/$name.json" --control "$T/$name.ctl" "$@"
	wait_for 30 test -e "$T/run/$name" || exit 1
}
run() {	# run WANTED_EXIT ARGS…: stdout in $T/out, stderr in $T/err
	local wanted=$1 got
	shift
	camherd "$@" >"$T/out" 2>"$T/err" </dev/null
	got=$?
	[ $got -eq "$wanted" ] || { echo "exit $got, wanted $wanted"; cat "$T/out" "$T/err"; return 1; }
}
json() {	# json FILTER: stdout is one document and the filter says true
	{ [ "$(jq -s length "$T/out")" = 1 ] && jq -e "$1" "$T/out" >/dev/null; } ||
		{ echo "not true: $1"; cat "$T/out" "$T/err"; return 1; }
}
at_terminal() {	# at_terminal WANTED_EXIT ANSWERS ARGS…: what was on the screen in $T/tty
	local wanted=$1 answers=$2 got
	shift 2
	printf '%b' "$answers" | script -qec "$(printf '%q ' "$top_builddir/cli/camherd" "$@")" "$T/tty" >/dev/null
	got=$?
	[ $got -eq "$wanted" ] || { echo "exit $got, wanted $wanted"; cat "$T/tty"; return 1; }
}
erases() {	# erases NAME: how many erases the simulator has seen
	echo state >"$T/$1.ctl"
	wait_for 30 jq -e . "$T/$1.json"
	jq .erases "$T/$1.json"
}
sector() {	# sector FROM TO N: sector N of FROM into TO
	dd if="$1" of="$2" bs=4096 skip="$3" seek="$3" count=1 conv=notrunc 2>/dev/null
}
blank() {	# blank FILE N
	head -c 4096 /dev/zero | tr '\0' '\377' | dd of="$1" bs=4096 seek="$2" conv=notrunc 2>/dev/null
}

# One firmware in two builds, and two identities: key in sector 62, settings in sector 63.
"$mkimage" --small --size 262144 --seed 5 --mac 02:00:00:00:00:05 --ssid shed-net --psk "shed secret" "$T/good.bin"
"$mkimage" --small --size 262144 --seed 6 --mac 02:00:00:00:00:06 --ssid home-net --psk "home secret" "$T/bad.bin"
cp "$T/good.bin" "$T/donor.bin"
cp "$T/bad.bin" "$T/bad.orig"
start_camera good --seed 11
start_camera bad --seed 12
start_daemon flashd || exit 1
wait_for 30 eval 'camherd ports | grep -q "$T/run/bad"' || exit 1
run 0 -q cam add shed
run 0 -q cam add home
check "the donor is backed up" eval 'run 0 --json backup "$T/run/good" --camera shed'
donor=$(jq '.jobs[0].dump.id' "$T/out")

# What the test wants to see: the donor's firmware, the target's key and settings.
cp "$T/donor.bin" "$T/keep.bin"
sector "$T/bad.orig" "$T/keep.bin" 62
sector "$T/bad.orig" "$T/keep.bin" 63
cp "$T/keep.bin" "$T/blank.bin"
blank "$T/blank.bin" 63

# Before anything is known of the camera: rules, not guesses, and nothing is touched.
check "a plan writes nothing" eval 'run 0 --json restore "$T/run/bad" $donor --camera home --plan && json ".plan.identity == \"keep\" and .plan.image == null and any(.plan.lines[]; .what == \"identity\" and (.text | contains(\"keeps its own\")))" && [ "$(erases bad)" = 0 ]'
check "the target is backed up" eval 'run 0 --json backup "$T/run/bad" --camera home'
own=$(jq '.jobs[0].dump.id' "$T/out")
check "the plan shows image, map and both differences" eval 'run 0 --json restore "$T/run/bad" $donor --camera home --plan && json ".plan.image | .target == $own and (.own | not) and .from_dump.differing == 2 and .from_camera.differing > 2 and any(.regions[]; .kind == \"sysinfo\" and .from == \"target\") and any(.regions[]; .section == \"boot\" and .from == \"donor\")" && json "any(.plan.lines[]; .what == \"mac\")"'
check "… in words, too" eval 'run 0 restore "$T/run/bad" $donor --camera home --plan && grep -q "^map .*boot .*donor" "$T/out" && grep -q "sysinfo .*target" "$T/out" && grep -q "^differs .*from the dump in 2 of 64" "$T/out" && grep -q "^differs .*from the camera" "$T/out"'
check "another camera's own dump is recognised in the plan" eval 'run 0 --json restore "$T/run/bad" $own --camera home --plan && json ".plan.image.own and .plan.image.from_dump.differing == 0"'

# Keep is what happens when nothing is said.
check "a donor's dump leaves the camera its identity" eval 'run 0 --json restore "$T/run/bad" $donor --camera home --yes --experimental && json ".jobs[0] | .state == \"done\" and .identity == \"keep\" and .image_sha256 == \"$(sha256sum <"$T/keep.bin" | cut -d" " -f1)\""'
check "… byte for byte" cmp "$T/bad.bin" "$T/keep.bin"
check "what was there is kept" eval 'run 0 dump export "$(jq ".jobs[0].safety_dump" "$T/out")" -o "$T/safety.bin" && cmp "$T/safety.bin" "$T/bad.orig"'
check "its log tells whose the parts are" eval 'run 0 --json jobs && run 0 job log "$(jq ".jobs[0].id" "$T/out")" && grep -q "settings: The target" "$T/out" && grep -q "mac: " "$T/out" && grep -q "the image to write: SHA-256" "$T/out" && ! grep -q "home-net\|shed-net\|secret" "$T/out"'
check "a camera's own dump goes back as it is" eval 'run 0 --json restore "$T/run/bad" $own --camera home --yes --experimental && json ".jobs[0].identity == \"own\"" && cmp "$T/bad.bin" "$T/bad.orig"'
check "a file is judged like a dump" eval 'run 0 --json restore "$T/run/bad" "$T/donor.bin" --yes --experimental && json ".jobs[0].identity == \"keep\"" && cmp "$T/bad.bin" "$T/keep.bin"'
check "blank means factory defaults" eval 'run 0 --json restore "$T/run/bad" $donor --identity blank --yes --experimental && json ".jobs[0].identity == \"blank\"" && cmp "$T/bad.bin" "$T/blank.bin"'

# Now it has no identity left.
before=$(erases bad)
check "where nothing is left to keep it stops and says what twins share" eval 'run 3 --json restore "$T/run/bad" $donor --yes --experimental && json ".jobs[0] | .state == \"refused\" and .reason == \"identity-gone\" and (.message | contains(\"device id\") and contains(\"access point\") and contains(\"MAC\")) and .safety_dump > 0"'
is "… and nothing was erased" "$(erases bad)" "$before"
check "the plan says so before anything else" eval 'run 3 restore "$T/run/bad" $donor --camera home --plan; run 0 -q backup "$T/run/bad" --camera home && run 3 --json restore "$T/run/bad" $donor --camera home --plan && json ".plan.lines[0] | .what == \"gone\" and (.text | contains(\"device id\"))"'
check "its own dump needs no question" eval 'run 0 --json restore "$T/run/bad" $own --yes --experimental && json ".jobs[0].identity == \"own\"" && cmp "$T/bad.bin" "$T/bad.orig"'
run 0 -q restore "$T/run/bad" "$donor" --identity blank --yes --experimental
run 0 -q backup "$T/run/bad" --camera home
check "at a terminal it asks, and no answer stops" eval 'at_terminal 3 "no\n" restore "$T/run/bad" $donor --camera home --experimental && grep -q "donor or blank" "$T/tty" && cmp "$T/bad.bin" "$T/blank.bin"'
check "… and a choice goes on to the plan" eval 'at_terminal 0 "donor\nhome\n" restore "$T/run/bad" $donor --camera home --experimental && grep -q "its donor.s twin" "$T/tty" && cmp "$T/bad.bin" "$T/donor.bin"'

# … also where only flashd finds it gone: with --yes nothing is read before.
run 0 -q restore "$T/run/bad" "$donor" --identity blank --yes --experimental
check "a choice after flashd's refusal shows the image, too" eval 'at_terminal 0 "donor\n" restore "$T/run/bad" $donor --yes --experimental && grep -q "^map" "$T/tty" && cmp "$T/bad.bin" "$T/donor.bin"'

# A camera that nobody has read: it is read first, so that the image can be shown.
check "an unread camera is read before its image is shown" eval 'run 0 -q cam rm home --yes && at_terminal 3 "no\n" restore "$T/run/bad" $donor --experimental && grep -q "read first" "$T/tty" && grep -q "^map" "$T/tty"'
done_testing
