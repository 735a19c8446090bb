#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# `make check-long`, in the build folder: what takes too long for every change. Each
# count is divided by CHECK_LONG_PART (check.sh: 20); SEED makes a run repeatable.
#
#   fuzzing by the clock   5 minutes for each target (./configure CC=clang --enable-fuzz)
#   kills                  500 writers of the inventory killed in mid-transaction
#   damage                 2,000 files spoiled at random places
#   bad lines              1,000 backups over lines with faults, at each of two rates
set -u
part=${CHECK_LONG_PART:-1}
seed=${SEED:-}
[ -n "$seed" ] || seed=$(date +%s)
: "${top_srcdir:?run make check-long}"
bad=0
echo "seed $seed, one part in $part"

share() {	# share COUNT: this run's part of it, at least 1
	echo $((($1 + part - 1) / part))
}

result() {	# result STATUS WHAT
	if [ "$1" -eq 0 ]; then
		echo "ok - $2"
	else
		echo "not ok - $2"
		bad=1
	fi
}

fuzz() {	# fuzz PROGRAM: a moment from its corpus on; what it finds is kept
	local name=${1##*/fuzz_} work status seconds
	seconds=$(share 300)
	work=tests/fuzz/work-$name
	rm -rf "$work"
	mkdir -p "$work"
	cp -R "$top_srcdir/tests/fuzz/corpus/$name/." "$work/"
	chmod -R u+w "$work"
	"$1" -max_total_time="$seconds" -seed="$seed" -timeout=10 -rss_limit_mb=1024 \
		-artifact_prefix="tests/fuzz/found-$name-" "$work" >"tests/fuzz/$name.long.log" 2>&1
	status=$?
	tail -n 1 "tests/fuzz/$name.long.log"
	[ $status -eq 0 ] || tail -n 30 "tests/fuzz/$name.long.log"
	result $status "fuzz_$name for $seconds s"
	rm -rf "$work"
}

export CMOCKA_MESSAGE_OUTPUT=TAP
CHECK_KILLS=$(share 500) tests/test_db_processes >tests/kills.long.log 2>&1
result $? "$(share 500) killed writers (tests/kills.long.log)"
CHECK_DAMAGES=$(share 2000) SEED=$seed tests/test_db >tests/damage.long.log 2>&1
result $? "$(share 2000) damaged files (tests/damage.long.log)"

BADLINE_RUNS=$(share 1000) SEED=$seed tests/test_badline >tests/badline.long.log 2>&1
result $? "$(share 1000) backups over bad lines, at two rates (tests/badline.long.log)"

# As many targets at once as there are cores; each says its result into a file.
running=0
for program in tests/fuzz/fuzz_*; do
	case $program in
	*.* | *'*') continue ;;
	esac
	fuzz "$program" >"tests/fuzz/${program##*/}.result.log" 2>&1 &
	running=$((running + 1))
	[ $running -lt "$(nproc)" ] || { wait -n; running=$((running - 1)); }
done
wait
for program in tests/fuzz/*.result.log; do
	[ -f "$program" ] || continue
	cat "$program"
	! grep -q '^not ok' "$program" || bad=1
	rm -f "$program"
done
exit $bad
