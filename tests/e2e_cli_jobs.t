#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck disable=SC2016,SC2034 # check evaluates the quoted lines
# camherd(1) with flashd and two simulated cameras: giving jobs, following them, the
# documents of the contract, the exit codes, Ctrl-C.
# shellcheck source=tests/lib.sh
. "${top_srcdir:-.}/tests/lib.sh"
plan_short
unset NO_COLOR
mkdir -p "$T/run"
herd_conf "[flashd]" "ports = $T/run/one $T/run/two" || exit 1
sim=$top_builddir/tests/sim/simuart

start_camera() {	# start_camera NAME OPTIONS…
	local name=$1
	shift
	run_bg "$T/sim-$name.log" "$sim" --link "$T/run/$name" --flash "$T/$name.bin" --size 512K \
		--stats "$T/$name.json" "$@"
	wait_for 20 test -e "$T/run/$name" || exit 1
}
run() {	# run WANTED_EXIT ARGS…: stdout in $T/out, stderr in $T/err
	local wanted=$1
	shift
	camherd "$@" >"$T/out" 2>"$T/err" </dev/null
	local got=$?
	[ $got -eq "$wanted" ] || { echo "exit $got, wanted $wanted"; cat "$T/out" "$T/err"; return 1; }
}
json() {	# json FILTER: stdout is one document and the filter says true
	{ [ "$(jq -s length "$T/out")" = 1 ] && jq -e "$1" "$T/out" >/dev/null; } ||
		{ echo "not true: $1"; cat "$T/out" "$T/err"; return 1; }
}
says() {	# says FILE TEXT
	grep -qF -- "$2" "$T/$1" || { cat "$T/out" "$T/err"; return 1; }
}
sha() {
	sha256sum "$1" | cut -d' ' -f1
}
erases() {	# erases NAME: how many erases the simulator has seen
	jq .erases "$T/$1.json"
}

start_camera one --unpaced --seed 1
start_camera two --unpaced --seed 2 --start rom
start_daemon flashd || exit 1
flashd=$bg_pid
wait_for 20 eval 'camherd ports | grep -q "$T/run/two"' || exit 1

# Ports.
check "ports lists what the configuration names, enabled" eval 'run 0 --json ports && json ".ports | length == 2 and all(.enabled and .state == \"free\")"'
check "port name" eval 'run 0 --json port name "$T/run/one" hub-left && json ".name == \"hub-left\" and .enabled" && run 0 -q port name "$T/run/two" hub-right'
check "ports shows the names" eval 'run 0 ports && says out hub-left && says out free'
check "a port that is none names the next step" eval 'run 4 --json identify hub-lef && json ".error.exit == 4 and (.error.message | test(\"hub-left|camherd ports\"))"'

# Identify.
check "identify --json has the contract's fields" eval 'run 0 --json identify hub-left && json ".port == \"hub-left\" and .chip == \"xr872\" and .brom_version == 2 and .flash_size == 524288 and (.jedec | length >= 6) and has(\"mac\") and has(\"console\")"'
check "the MAC is masked" eval 'json ".mac == null or (.mac | contains(\"**\"))"'
check "… and shown when asked for" eval 'run 0 --json identify hub-left --show-private && json ".mac == null or (.mac | contains(\"*\") | not)"'
check "what is said of a job masks them, too" eval 'run 0 --json jobs && json ".jobs[0].result | (.mac, .chip_id) | . == null or . == \"\" or contains(\"**\")" && json ".jobs[0].result | has(\"chip_id\")" && run 0 --json job show 1 && json ".job.result.chip_id | contains(\"**\")"'
check "identify in words" eval 'run 0 identify hub-right && says out "boot ROM 2" && says out "512 KiB" && says out "camherd backup hub-right"'

# Backup.
run 0 -q cam add garden
check "backup --json has the contract's fields" eval 'run 0 --json backup hub-left --camera garden && json ".jobs | length == 1 and (.[0] | .state == \"done\" and .port == \"hub-left\" and (.id > 0) and (.dump | .size == 524288 and .passes >= 2 and .chip == \"xr872\" and (.jedec | length >= 6)) and has(\"retries\") and has(\"seconds\"))"'
is "its SHA-256 is that of the chip" "$(jq -r '.jobs[0].dump.sha256' "$T/out")" "$(sha "$T/one.bin")"
dump=$(jq '.jobs[0].dump.id' "$T/out")
check "without a terminal progress is lines on standard error" eval 'run 0 backup hub-left hub-right && grep -q "^hub-right: " "$T/err" && ! grep -q "$(printf "\\033")" "$T/err" && [ "$(grep -c "stored as dump" "$T/out")" = 2 ]'
check "-q leaves progress away" eval 'run 0 -q backup hub-left && [ ! -s "$T/err" ]'
check "--follow writes NDJSON" eval 'run 0 --json backup hub-left --follow && json ".jobs[0].state == \"done\"" && [ "$(jq -s "length > 1 and all(.event == \"progress\" and (.job > 0)) and .[-1].state == \"done\"" "$T/err")" = true ]'
check "--follow is for --json" eval 'run 2 backup hub-left --follow && says err --json'
check "the same port twice" eval 'run 2 backup hub-left "$T/run/one" && says err "same port"'
check "one camera for two ports" eval 'run 2 backup hub-left hub-right --camera garden && says err "one port"'
check "a camera that is none" eval 'run 4 backup hub-left --camera nobody && says err "cam add"'

# The library.
check "dump list --json has the contract's fields" eval 'run 0 --json dump list --camera garden && json ".dumps | length == 1 and (.[0] | .id == $dump and .camera == \"garden\" and .verified and .size == 524288)"'
check "dump show" eval 'run 0 dump show "$(sha "$T/one.bin" | cut -c1-8)" && says out "$(sha "$T/one.bin")" && says out garden'
check "dump map of a backup" eval 'run 0 --json dump map $dump && json ".chip == \"xr872\" and (.sections | map(.name) | index(\"boot\") == 0) and (.sections | all(.header_ok and .data_ok)) and (.sysinfo | .offset > 0 and .records > 0 and has(\"mac\"))"'
check "dump set" eval 'run 0 --json dump set $dump note="before the move" && json ".dump.note == \"before the move\""'
check "dump export is byte-exact" eval 'run 0 dump export $dump -o "$T/out.bin" && cmp "$T/out.bin" "$T/one.bin" && [ "$(stat -c %a "$T/out.bin")" = 600 ]'
check "… and never replaces a file unasked" eval 'run 3 dump export $dump -o "$T/out.bin" && run 0 dump export $dump -o "$T/out.bin" --force && cmp "$T/out.bin" "$T/one.bin"'
check "… and goes through a pipe" eval 'camherd dump export $dump -o - | cmp - "$T/one.bin"'
check "… and notices a rotten file" eval 'f="$T/state/dumps/$(sha "$T/one.bin").bin" && cp "$f" "$T/keep" && chmod u+w "$f" && printf x | dd of="$f" bs=1 seek=999 conv=notrunc 2>/dev/null; run 7 dump export $dump -o "$T/rotten.bin"; r=$?; cp "$T/keep" "$f"; chmod 440 "$f"; [ $r = 0 ] && [ ! -e "$T/rotten.bin" ]'
head -c 65536 /dev/urandom >"$T/foreign.bin"
check "dump import --json has the contract's fields" eval 'run 0 --json dump import "$T/foreign.bin" && json ".dump | .size == 65536 and .sha256 == \"$(sha "$T/foreign.bin")\" and (.id > $dump)"'
foreign=$(jq .dump.id "$T/out")
check "an import is unverified and keeps its name" eval 'run 0 --json dump show $foreign && json ".dump | (.verified | not) and .kind == \"import\" and .file == \"foreign.bin\""'
cat "$T/foreign.bin" "$T/foreign.bin" >"$T/pair.bin"
check "the same bytes twice in one file are a second witness" eval 'run 0 --json dump import "$T/pair.bin" && json ".dump.id == $foreign" && run 0 dump show $foreign && says out "2 agreeing reads"'
cat "$T/one.bin" "$T/one.bin" >"$T/twice.bin"
check "a file that holds a flash twice is kept once" eval 'run 0 --json dump import "$T/twice.bin" && json ".dump | .reads == 2 and .size == $(stat -c %s "$T/one.bin") and .sha256 == \"$(sha "$T/one.bin")\" and .verified == false" && run 0 dump show "$(jq .dump.id "$T/out")" && says out "2 agreeing reads"'
imported=$(camherd --json dump list | jq --arg s "$(sha "$T/one.bin")" '[.dumps[] | select(.kind == "import" and .sha256 == $s)][0].id')
check "what its settings say is not what its chip said" eval 'run 0 --json dump show "$imported" && json ".dump | .kind == \"import\" and .mac != null" && run 0 --json dump graft --donor "$imported" --target "$imported" && json "[.lines[] | select(.what == \"mac\") | .text | contains(\"Cannot be told\")] == [true]" && run 0 --json dump graft --donor $dump --target $dump && json "[.lines[] | select(.what == \"mac\") | .text | contains(\"Cannot be told\")] == [false]"'
check "… unless it is to stay as it is" eval 'run 0 --json dump import "$T/twice.bin" --as-is && json ".dump.sha256 == \"$(sha "$T/twice.bin")\""'
check "nothing is left in incoming/" eval '[ -z "$(ls "$T/state/incoming")" ]'

# Verify.
check "verify of the same bytes" eval 'run 0 verify hub-left $dump && says out "exactly the bytes"'
check "its document masks the chip id" eval 'run 0 --json verify hub-left $dump && json ".jobs[0] | .chip_id == null or (.chip_id | contains(\"**\"))" && json ".jobs[0] | .mac == null or (.mac | contains(\"**\"))"'
check "verify of others exits 7" eval 'run 7 verify hub-right $dump && [ -s "$T/err" ] && run 7 --json verify hub-right $dump && json ".jobs[0] | .differs > 0 and .state == \"failed\""'

check "diff with what is on the camera at a port" eval 'run 0 --json dump diff $dump --port hub-left && json ".differing == 0 and .a == $dump and .b > 0" && run 7 --json dump diff $dump --port hub-right && json ".by_class.config == .differing and .differing > 0"'
check "diff wants two things" eval 'run 2 dump diff $dump && says err "--port"'

# Restore, and what keeps it from happening.
before=$(sha "$T/two.bin")
check "restore without a terminal wants --yes" eval 'run 3 restore hub-right $dump --identity donor && says err "--yes" && says err "read twice and kept"'
check "restore without --experimental is refused by flashd" eval 'run 3 --json restore hub-right $dump --identity donor --yes && json ".jobs[0] | .state == \"refused\" and .reason == \"experimental-needed\" and .erased == 0"'
check "a file that is no image is refused" eval 'run 3 --json restore hub-right "$T/foreign.bin" --identity donor --yes --experimental && json ".jobs[0] | .state == \"refused\" and (.reason | length > 3)"'
check "an empty file is named" eval ': >"$T/empty" && run 2 --json restore hub-right "$T/empty" --identity donor --yes && json ".error.code == \"empty-file\"" && run 2 --json flash hub-right "$T/empty" --yes && json ".error.code == \"empty-file\""'
is "until here nothing was erased" "$(erases two) $(sha "$T/two.bin")" "0 $before"
check "restore --json has the contract's fields" eval 'run 0 --json restore hub-right $dump --identity donor --yes --experimental && json ".jobs[0] | .state == \"done\" and .reason == null and .erased > 0 and .written > 0 and .verified > 0 and (.safety_dump > 0)"'
is "the bytes are the dump's" "$(sha "$T/two.bin")" "$(sha "$T/one.bin")"
safety=$(jq '.jobs[0].safety_dump' "$T/out")
check "what was there is kept" eval 'run 0 dump export $safety -o "$T/safety.bin" && [ "$(sha "$T/safety.bin")" = "$before" ]'
check "restore of a file, in words" eval 'run 0 restore hub-right "$T/safety.bin" --identity donor --yes --experimental && says out "sectors erased" && says err "plan" || says out "restore done"'
is "the file's bytes are there" "$(sha "$T/two.bin")" "$before"
check "the typed name is asked for on a terminal" eval 'printf "wrong\n" | script -qec "\"$top_builddir/cli/camherd\" erase hub-right --at 0x7e000 --size 4K --experimental" "$T/tty" >/dev/null; grep -q "hub-right" "$T/tty" && grep -q "nothing was changed" "$T/tty"'
check "erase wants both numbers, in sectors" eval 'run 2 erase hub-right --at 0 --yes && run 2 erase hub-right --at 100 --size 4K --yes && run 2 erase hub-right --at 0 --size 1 --yes'
check "erase" eval 'run 0 --json erase hub-right --at 0x7e000 --size 4K --yes --experimental && json ".jobs[0] | .state == \"done\" and .erased >= 1" && [ "$(dd if="$T/two.bin" bs=4096 skip=126 count=1 2>/dev/null | tr -d "\\377" | wc -c)" = 0 ]'

# Jobs.
check "dump list ends no line with blanks" eval 'run 0 dump list && says out "same bytes: " && ! grep -q " $" "$T/out"'
check "jobs has them all, newest first" eval 'run 0 --json jobs && json ".jobs | length > 10 and (map(.id) == (map(.id) | sort | reverse)) and .[0].kind == \"erase\""'
check "job show" eval 'run 0 --json job show 1 && json ".job | .id == 1 and .kind == \"identify\" and .result.chip == \"xr872\"" && run 0 job show 1 && says out xr872'
check "job log and trace" eval 'run 0 job log 1 && [ -s "$T/out" ] && run 0 job trace 1 && [ -s "$T/out" ]'

# The library as a whole.
check "dump verify of all" eval 'run 0 dump verify && says out "dumps are whole"'
check "dump verify finds one flipped bit" eval 'f="$T/state/dumps/$(sha "$T/one.bin").bin" && cat "$f" >"$T/whole.bin" && chmod u+w "$f" && printf "\001" | dd of="$f" bs=1 seek=500000 conv=notrunc 2>/dev/null; run 7 --json dump verify $dump && json ".dumps[0] | .whole == false and (.reason | length > 20) and .job > 0"'
check "… and flashd marks the dump" wait_for 60 eval 'run 0 --json dump show "$dump" && json ".dump.damaged"'
check "dump verify takes the mark away once the file is whole again" eval 'cat "$T/whole.bin" >"$f"; chmod 440 "$f"; run 0 dump verify $dump && says out "marks it as whole again" && wait_for 60 eval "run 0 --json dump show \"$dump\" && json \".dump.damaged | not\""'
run 0 dump import "$T/foreign.bin"
foreign=$(camherd --json dump list | jq --arg s "$(sha "$T/foreign.bin")" '[.dumps[] | select(.sha256 == $s)][0].id')
check "dump rm asks" eval 'run 3 dump rm "$foreign" && says err "--yes"'
check "dump rm puts the file into the bin" eval 'run 0 dump rm "$foreign" --yes && run 4 dump show "$foreign" && ls "$T/state/dumps/bin" | grep -q "$(sha "$T/foreign.bin")"'
check "dump bin shows it, dump recover takes it back" eval 'run 0 --json dump bin && json ".bin | length == 1 and .[0].has_bytes and .[0].kind == \"import\" and .[0].name == \"$(sha "$T/foreign.bin" | cut -c1-8)-1\"" && name=$(jq -r ".bin[0].name" "$T/out") && run 0 dump bin && says out "$name" && run 0 --json dump recover "$name" && json ".job | .kind == \"recover\" and .state == \"done\"" && run 0 dump export "$(sha "$T/foreign.bin")" -o "$T/back.bin" --force && cmp "$T/back.bin" "$T/foreign.bin" && run 0 --json dump bin && json ".bin == []"'
check "… what is not in the bin is named" eval 'run 4 dump recover 0123456789 && says err "dump bin"'
run 0 -q cam add lonely && run 0 -q dump import "$T/foreign.bin" --camera lonely
check "the last verified dump wants its camera's name typed" eval 'n=$(camherd --json dump list --camera garden | jq "[.dumps[] | select(.verified)] | length") && [ "$n" = 1 ] && run 3 dump rm $dump --yes && says err "--confirm" && run 3 dump rm $dump --confirm other && says err "garden" && run 0 dump rm $dump --confirm garden && run 4 dump show $dump && run 0 dump recover "$(sha "$T/one.bin")" && run 0 dump list --camera garden && says out "verified"'
check "dump rebuild finds every dump again" eval 'n=$(camherd --json dump list | jq ".dumps | length") && run 0 --json dump rebuild && json ".job.state == \"done\"" && [ "$(camherd --json dump list | jq ".dumps | length")" = "$n" ]'

# A slow camera: Ctrl-C, deadline, cancel.
start_camera three --seed 3 --size 4M --jedec EF4016
end_bg "$flashd"
sed -i "s|^ports = .*|ports = $T/run/one $T/run/two $T/run/three|" "$T/camherd.conf"
rm -f "$T/run/flashd.bell"
start_daemon flashd || exit 1
flashd=$bg_pid
wait_for 60 eval 'camherd ports | grep -q "three.*free"'
# A deadline is to come while the chip is read. How long it takes to get there is the
# machine's own; so what came too early is tried again with more time. The chip is read
# for many minutes at this rate.
open_job() { camherd --json jobs --open | jq '.jobs[0].id // empty'; }
none_open() { [ -z "$(open_job)" ]; }
while_reading() {	# while_reading TEST: with TEST SECONDS
	local seconds left
	for seconds in 10 40 160; do
		"$1" $seconds && return 0
		left=$(open_job)
		[ -z "$left" ] || camherd -q job cancel "$left"
		wait_for 60 none_open || return 1
	done
	return 1
}
bar_on_a_terminal() {
	script -qec "\"$top_builddir/cli/camherd\" --timeout $1 backup --baud 115200 \"$T/run/three\"" "$T/tty" </dev/null >/dev/null
	grep -q "read 1/2 .* %.*left" "$T/tty" && grep -q "$(printf "\\033\\[J")camherd: job .* has not ended" "$T/tty"
}
deadline() {
	run 1 --timeout "$1" --json backup --baud 115200 "$T/run/three" --follow && json ".error.code == \"timeout\"" &&
		jq -es "map(.progress.step? // empty) | index(\"read1\")" "$T/err" &&
		run 0 --json job show "$(open_job)" && json ".job.state == \"running\""
}
check "on a terminal there is a bar, and nothing of it stays" while_reading bar_on_a_terminal
id=$(open_job)
check "a bar without colours or blocks where the locale has none" eval '! grep -q "$(printf "\\342\\226")" "$T/tty" || [ "$(locale charmap)" = UTF-8 ]'
check "job cancel, followed" eval 'run 0 job cancel $id && run 1 job show $id --follow && says out cancelled'
check "--timeout ends the waiting, not the job" while_reading deadline
id=$(open_job)
check "status and ports show it at work" eval 'run 0 --json status && json ".jobs[0].id == $id and .jobs[0].progress.step != \"\"" && run 0 ports && says out working'
interrupt() {	# Ctrl-C without a terminal, once the command watches
	(trap - INT; exec "$top_builddir/cli/camherd" job show --follow "$id") >"$T/out" 2>"$T/err" &
	local pid=$!
	wait_for 60 grep -q "^three: read ./2 .*[0-9] %, .* kB/s, .* left" "$T/err" && kill -INT $pid && wait $pid
	[ $? = 130 ] && says err "job cancel $id"
}
set -m
check "Ctrl-C leaves the job running, says how to stop it, exits 130" interrupt
set +m
check "job cancel" run 0 job cancel "$id"
end_bg "$flashd"
check "a flashd that ended is down at once" eval 'run 6 identify hub-left && run 0 --json status && json ".daemons.flashd.up == false"'
done_testing
