#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# make bench, the part on the wire: how long the jobs of flashd take against what the
# line itself needs. The simulated boot ROM paces every byte to the baud rate and takes
# the datasheet's typical erase and program times. Figures, no verdicts.

. "${top_srcdir:-.}/tests/lib.sh"

machine() {
	printf '%s, %s cores, %s\n' \
	    "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" \
	    "$(nproc)" "$(uname -srm)"
}

# The line needs 10 bit times a byte.
line_s() {	# line_s BYTES BAUD PASSES
	awk -v n="$1" -v b="$2" -v p="$3" 'BEGIN { printf "%.1f", n * 10 / b * p }'
}

now() {
	date +%s.%N
}

start_camera() {	# start_camera NAME BYTES SEED
	"$top_builddir/tests/sim/mkimage" --seed "$3" --mac "02:00:00:00:00:0$3" "$T/$1.bin"
	truncate -s "$2" "$T/$1.bin"
	run_bg "$T/$1.log" "$top_builddir/tests/sim/simuart" --link "$T/$1" \
	    --flash "$T/$1.bin" --stats "$T/$1.json" --seed "$3"
	wait_for 10 test -e "$T/$1"
}

cpu_ticks() {	# user and system time of flashd and its ended children, in ticks
	awk '{ print $14 + $15 + $16 + $17 }' "/proc/$1/stat"
}

row() {	# row WHAT BAUD LIMIT SECONDS
	awk -v w="$1" -v b="$2" -v l="$3" -v s="$4" 'BEGIN {
		printf "%-34s %8s %8.1f s %8.1f s   %3.0f %%\n", w, b, l, s, (s > 0 ? 100 * l / s : 0) }'
}

timed() {	# timed WHAT BAUD LIMIT COMMAND…: a row, or the error
	local what=$1 baud=$2 limit=$3 from to
	shift 3
	from=$(now)
	if ! camherd "$@" >"$T/out.json" 2>"$T/err.txt"; then
		echo "$what at $baud: failed"
		sed 's/^/    /' "$T/err.txt" "$T/out.json"
		return 0
	fi
	to=$(now)
	row "$what" "$baud" "$limit" "$(awk -v a="$from" -v b="$to" 'BEGIN { print b - a }')"
}

# Where a backup's time goes: from the log of the last backup at 3000000.
phases() {
	awk '$2 == "in" && $3 == "download" { entered = $1 }
	$2 == "read1" { read = $1 }
	$2 == "store" { stored = $1 }
	END { printf "\nbackup at 3000000: in download mode after %.2f s, ", entered
		printf "identified and at the rate after %.2f s more, ", read - entered
		printf "read twice in %.2f s (line: 7.0 s)\n", stored - read }' "$T/state/jobs/4.log"
}

dump_of() {	# the id of the dump in the last answer
	jq -r '.jobs[0].dump.id' "$T/out.json"
}

# A quarter of a flash for the slow rate: its firmware is cut off, so it stays in its ROM.
start_camera small 262144 1
start_camera one 1048576 2
start_camera two 1048576 3
herd_conf "[flashd]" "ports = $T/small $T/one $T/two" "max_baud = 3000000" || exit 1
start_daemon flashd || exit 1
flashd_pid=$bg_pid
before=$(cpu_ticks "$flashd_pid")
begun=$(now)

echo "machine: $(machine)"
echo
printf '%-34s %8s %10s %10s\n' "job (whole, entry to exit)" baud "line limit" taken
timed "identify" 115200 0 identify "$T/one" --json
timed "verified backup, 256 KiB" 115200 "$(line_s 262144 115200 2)" \
    backup "$T/small" --baud 115200 --json
timed "verified backup, 1 MiB" 921600 "$(line_s 1048576 921600 2)" \
    backup "$T/one" --baud 921600 --json
dump=$(dump_of)
timed "verified backup, 1 MiB" 3000000 "$(line_s 1048576 3000000 2)" \
    backup "$T/one" --baud 3000000 --json
timed "verify against a dump, 1 MiB" 921600 "$(line_s 1048576 921600 1)" \
    verify "$T/one" "$dump" --baud 921600 --json
timed "restore, other firmware" 921600 "$(line_s 1048576 921600 2)" \
    restore "$T/two" "$dump" --identity donor --experimental --yes --baud 921600 --json
jq -r '.jobs[0] | "    \(.written) sectors written, \(.verified) read back"' "$T/out.json"
timed "restore, nothing differs" 921600 "$(line_s 1048576 921600 2)" \
    restore "$T/two" "$dump" --identity donor --experimental --yes --baud 921600 --json
phases

awk -v a="$before" -v b="$(cpu_ticks "$flashd_pid")" -v f="$begun" -v t="$(now)" \
    -v hz="$(getconf CLK_TCK)" 'BEGIN {
	printf "\nflashd and its children: %.1f %% of one core over the whole run\n",
	    100 * (b - a) / hz / (t - f) }'
awk '/^VmRSS/ { printf "flashd: %.1f MiB resident\n", $2 / 1024 }' "/proc/$flashd_pid/status"
