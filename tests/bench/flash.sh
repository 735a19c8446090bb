#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# make bench, the part on the wire: how long the jobs of flashd take against what the
# line itself needs. The simulated boot ROM paces every byte to the baud rate and takes
# the datasheet's typical erase and program times. Figures, no verdicts.
# BAUDS ("115200 921600 3000000") and HERD (16 ports at once, 0 = none) choose less.

# shellcheck source=tests/lib.sh
. "${top_srcdir:-.}/tests/lib.sh"
bauds=${BAUDS:-115200 921600 3000000}
herd=${HERD:-16}

machine() {
	printf '%s, %s cores, %s, load %s\n' \
	    "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" \
	    "$(nproc)" "$(uname -srm)" "$(cut -d' ' -f1-3 /proc/loadavg)"
}

# The line needs 10 bit times a byte.
line_s() {	# line_s BYTES BAUD PASSES
	awk -v n="$1" -v b="$2" -v p="$3" 'BEGIN { printf "%.2f", n * 10 / b * p }'
}

# The simulated flash needs 206 ms to erase 64 KiB and 38 ms to program 16 KiB, while
# the line is idle: the ROM answers only when that is done.
write_s() {	# write_s BYTES BAUD: line both ways, erase, program
	awk -v n="$1" -v b="$2" 'BEGIN {
		printf "%.2f", n * 10 / b * 2 + n / 65536 * 0.206 + n / 16384 * 0.038 }'
}

start_camera() {	# start_camera NAME FILE
	cp "$2" "$T/$1.bin"
	run_bg "$T/$1.log" "$top_builddir/tests/sim/simuart" --link "$T/$1" \
	    --flash "$T/$1.bin" --start rom
	wait_for 10 test -e "$T/$1"
}

# make_image NAME BYTES FROM OPTIONS…: a donor without blank sectors, but for the last
# two; NAME.blank is an erased chip of that size.
make_image() {
	local name=$1 bytes=$2 from=$3
	shift 3
	"$top_builddir/tests/sim/mkimage" --size "$bytes" "$@" "$T/$name.img"
	head -c $((bytes - from - 8192)) /dev/urandom |
	    dd of="$T/$name.img" bs=4096 seek=$((from / 4096)) conv=notrunc status=none
	head -c "$bytes" /dev/zero | tr '\0' '\377' >"$T/$name.blank"
}

cpu_ticks() {	# user and system time of flashd and its ended children, in ticks
	awk '{ print $14 + $15 + $16 + $17 }' "/proc/$1/stat"
}

row() {	# row WHAT BAUD LIMIT SECONDS
	awk -v w="$1" -v b="$2" -v l="$3" -v s="$4" 'BEGIN {
		printf "%-42s %8s %8.1f s %8.1f s   %3.0f %%\n", w, b, l, s, (s > 0 ? 100 * l / s : 0) }'
}

job() {	# job VERB ARGS…: its document in $T/out.json; the id of the job in $job
	if ! camherd --json "$@" >"$T/out.json" 2>"$T/err.txt"; then
		echo "failed: camherd $*"
		cat "$T/err.txt" "$T/out.json"
		exit 1
	fi
	job=$(jq '.jobs[0].id // empty' "$T/out.json")
}

# Seconds between the starts of two steps in the log of the last job.
between() {	# between STEP STEP
	awk -v a="$1" -v b="$2" '$2 == a { from = $1 } $2 == b { to = $1 }
		END { printf "%.2f", to - from }' "$T/state/jobs/$job.log"
}

measure() {	# measure BAUD BYTES DONOR TARGET
	local baud=$1 bytes=$2 dump
	job backup "$T/$3" --baud "$baud"
	dump=$(jq '.jobs[0].dump.id' "$T/out.json")
	row "read, $((bytes / 1024)) KiB, one pass" "$baud" "$(line_s "$bytes" "$baud" 1)" \
	    "$(between read1 read2)"
	row "  verified backup, from entry to stored" "$baud" "$(line_s "$bytes" "$baud" 2)" \
	    "$(between enter leave)"
	row "  of it: rate and identity, after entry" "$baud" 0 "$(between in read1)"
	job restore "$T/$4" "$dump" --baud "$baud" --identity donor --experimental --yes
	row "  write, $(jq '.jobs[0].written' "$T/out.json") sectors, erased and read back" \
	    "$baud" "$(write_s "$bytes" "$baud")" "$(between write leave)"
	job restore "$T/$4" "$dump" --baud "$baud" --identity donor --experimental --yes
	row "  restore where nothing differs" "$baud" "$(line_s "$bytes" "$baud" 2)" \
	    "$(between enter leave)"
}

# A line a second: the MiB that flashd and its children have resident together, a page
# that they share counted once (PSS).
sum_memory() {
	local pid files
	while :; do
		files=()
		for pid in $flashd_pid $(cat "/proc/$flashd_pid/task/$flashd_pid/children"); do
			files+=("/proc/$pid/smaps_rollup")
		done
		cat "${files[@]}" 2>/dev/null |
		    awk '/^Pss:/ { n += $2 } END { printf "%.1f\n", n / 1024 }'
		sleep 1
	done
}

# Every port at once: what the slowest gets of its line, and what flashd costs.
measure_herd() {
	local n names='' before begun baud=921600 bytes=262144
	for n in $(seq "$herd"); do names="$names $T/herd-$n"; done
	before=$(cpu_ticks "$flashd_pid")
	begun=$(date +%s.%N)
	sum_memory >"$T/herd.mib" &
	# shellcheck disable=SC2086 # a list of ports
	job backup $names --baud $baud
	kill $!
	jq -r '.jobs[].id' "$T/out.json" | while read -r job; do between read1 store; echo; done |
	    awk -v l="$(line_s $bytes $baud 2)" -v n="$herd" '
		{ if ($1 > worst) worst = $1; sum += $1 }
		END { printf "%d ports at once, 256 KiB twice each: line %.1f s, mean %.1f s (%.0f %%), slowest %.1f s (%.0f %%)\n",
		    n, l, sum / n, 100 * l * n / sum, worst, 100 * l / worst }'
	awk -v a="$before" -v b="$(cpu_ticks "$flashd_pid")" -v f="$begun" -v t="$(date +%s.%N)" \
	    -v hz="$(getconf CLK_TCK)" 'BEGIN { printf "    flashd with its children: %.1f %% of one core, ",
		100 * (b - a) / hz / (t - f) }'
	echo "$(sort -n "$T/herd.mib" | tail -n 1) MiB resident at most"
}

make_image small 262144 131072 --small --seed 1
make_image one 1048576 307200 --seed 2
ports=
for baud in $bauds; do
	image=one
	[ "$baud" -gt 115200 ] || image=small
	start_camera "donor-$baud" "$T/$image.img"
	start_camera "target-$baud" "$T/$image.blank"
	ports="$ports
 $T/donor-$baud $T/target-$baud"
done
for n in $(seq "$herd"); do
	start_camera "herd-$n" "$T/small.img"
	ports="$ports
 $T/herd-$n"
done
herd_conf "[flashd]" "ports =$ports" "max_baud = 3000000" || exit 1
start_daemon flashd || exit 1
flashd_pid=$bg_pid
before=$(cpu_ticks "$flashd_pid")
begun=$(date +%s)

echo "machine: $(machine)"
printf '%-42s %8s %10s %10s\n' "" baud "limit" taken
for baud in $bauds; do
	bytes=1048576
	[ "$baud" -gt 115200 ] || bytes=262144
	measure "$baud" $bytes "donor-$baud" "target-$baud"
done

[ "$herd" -eq 0 ] || measure_herd
awk -v a="$before" -v b="$(cpu_ticks "$flashd_pid")" -v f="$begun" -v t="$(date +%s)" \
    -v hz="$(getconf CLK_TCK)" 'BEGIN {
	printf "flashd and its children: %.1f %% of one core over the whole run; ",
	    100 * (b - a) / hz / (t - f) }'
awk '/^VmRSS/ { printf "%.1f MiB resident\n", $2 / 1024 }' "/proc/$flashd_pid/status"
