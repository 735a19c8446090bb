#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# `make check-long`, in the build folder: what takes too long for every change. Each
# count is divided by CHECK_LONG_PART (check.sh: 20); SEED makes a run repeatable.
#
#   counts    500 writers of the inventory killed in mid-transaction,
#             2,000 files spoiled at random places,
#             1,000 backups over lines with faults, at each of two rates,
#             200 cameras swapped under a restore, by the engine and by flashd,
#             10,000 broken RTSP sessions, all orders of up to four methods,
#             10,000 half-open connections, 100,000 packets a second of one camera,
#             40 rounds of 42 misbehaving cameras, 10 minutes of cameras rebooting and
#             viewers coming and going,
#             500 kills of restores: the worker, flashd, both,
#             the whole rescue of a camera in chromium by each of its ways, and every page there while it
#             loads, fails, is empty or old, and by keyboard alone; a hundred cameras
#             and a thousand backups there (these not in a part)
#   memory    unit tests and corpora under valgrind (a build without sanitizers)
#   threads   the daemons under ThreadSanitizer, in the end-to-end tests that make them
#             use their threads (built in tests/long-threads)
#   fuzz      5 minutes for each target (./configure CC=clang --enable-fuzz)
#
# CHECK_LONG="fuzz memory" does only these. What a build cannot do is said and left out.
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

pick() {	# pick WORD…: this run's part of them, another one with each seed
	local i=0 n
	n=$(share $#)
	while [ $i -lt "$n" ]; do
		eval "echo \${$(((seed + i) % $# + 1))}"
		i=$((i + 1))
	done
}

result() {	# result STATUS WHAT
	if [ "$1" -eq 0 ]; then
		echo "ok - $2"
	else
		echo "not ok - $2"
		bad=1
	fi
}

# count WHAT: one of the long counts, into tests/WHAT.long.log
count() {
	local log=tests/$1.long.log n=
	case $1 in
	paths)
		n="the rescue by an image file and by the camera's own backup"
		RESCUE_WALK=paths "$top_srcdir/tests/e2e_browser_rescue.t" ;;
	rescue)
		n="the rescue of a bricked camera in chromium, daemons killed on the way"
		RESCUE_WHOLE=1 "$top_srcdir/tests/e2e_browser_rescue.t" ;;
	states)
		n="every page while it loads, fails, is empty or old, and by keyboard"
		"$top_srcdir/tests/e2e_browser_states.t" ;;
	fluid)
		n="a hundred cameras and a thousand backups in chromium"
		"$top_srcdir/tests/e2e_browser_fluid.t" ;;
	flood)
		PPPP_FLOOD=100 "$top_srcdir/tests/e2e_pppp.t" ;;
	kills)
		n="$(share 500) killed writers"
		CHECK_KILLS=$(share 500) tests/test_db_processes ;;
	damage)
		n="$(share 2000) damaged files"
		CHECK_DAMAGES=$(share 2000) SEED=$seed tests/test_db ;;
	swaps)
		n="$(share 200) swapped cameras"
		CHECK_SWAPS=$(share 200) SEED=$seed tests/test_resume ;;
	redact)
		n="$(share 2000) redacted copies hold no secret"
		REDACT_RUNS=$(share 2000) REDACT_SEED=$((seed % 1000000 + 1)) \
			tests/test_redact_any ;;
	restores)
		n="$(share 500) kills and $(share 200) swaps of restores"
		CHECK_RESTORE_KILLS=$(share 500) CHECK_SWAPS=$(share 200) SEED=$seed \
			tests/test_kills ;;
	care)
		n="$(share 4000) spoiled inventories whose every row comes back"
		CHECK_DAMAGES=$(share 4000) SEED=$seed tests/test_care ;;
	attack)
		n="$(share 10000) broken sessions, orders of methods and half-open connections"
		CHECK_ATTACKS=$(share 10000) SEED=$seed tests/test_rtsp_attack ;;
	storekills)
		n="$(share 500) killed backups"
		CHECK_KILLS=$(share 500) SEED=$seed tests/test_disk ;;
	forty)
		n="$(share 40) rounds of 42 misbehaving cameras"
		FORTY_ROUNDS=$(share 40) FORTY_WAIT=1 FORTY_PICTURES=50 \
			"$top_srcdir/tests/e2e_forty.t" ;;
	soak)
		n="$(share 600) s of cameras rebooting and viewers churning"
		SOAK_SECONDS=$(share 600) "$top_srcdir/tests/e2e_soak.t" ;;
	badline)
		n="$(share 1000) backups over bad lines, at two rates"
		BADLINE_RUNS=$(share 1000) SEED=$seed tests/test_badline ;;
	esac >"$log" 2>&1
	set -- $? "$n"
	[ -n "$n" ] || set -- "$1" "a flood by one camera, $(sed -n 's/^# really sent: //p' "$log")"
	result "$1" "$2 ($log)"
}

long_counts() {
	at_once count flood	# alone: it is counted by the second
	[ "$part" -ne 1 ] || at_once count rescue paths states fluid
	at_once count soak restores forty kills damage swaps redact care attack storekills badline
}

# memory PROGRAM: no read of what was never written. (Leaks are AddressSanitizer's.)
memory() {
	local log=tests/${1##*/}.memory.log
	# Every path once is enough here: whoever takes a number gets a small one.
	CHECK_PATIENCE=50 CHECK_STEP=9 CHECK_SWAPS=2 CHECK_RESTORE_KILLS=3 CHECK_KILLS=3 \
		CHECK_ATTACKS=30 REDACT_RUNS=3 BADLINE_RUNS=2 valgrind --quiet --error-exitcode=99 --child-silent-after-fork=yes \
		--suppressions="$top_srcdir/tests/valgrind.txt" "$1" >"$log" 2>&1
	result $? "${1##*/} under valgrind ($log)"
}

long_memory() {
	local programs
	if [ -n "$sanitizers" ]; then
		echo "left out: valgrind, because this build has sanitizers"
		return
	fi
	# Two look for themselves by name in /proc, where valgrind's name stands instead.
	programs=$(find tests -maxdepth 2 -type f -perm -u+x \
		\( -name 'test_*' -o -name 'replay_*' \) ! -name '*.*' \
		! -name test_ports ! -name test_wire | sort)
	# shellcheck disable=SC2046,SC2086 # a list of words
	at_once memory $(pick $programs)
}

race() {	# race TEST: a script with the daemons built for it, or a program built so itself
	local name log status program=$top_srcdir/tests/$1
	name=$(basename "$1" .t)
	log=$PWD/tests/$name.threads.log
	rm -f "$PWD/tests/$name.race."*
	[ "$name" != "$1" ] || program=tests/long-threads/tests/$1
	top_builddir=$PWD/tests/long-threads CHECK_PATIENCE=20 \
		TSAN_OPTIONS="log_path=$PWD/tests/$name.race suppressions=$top_srcdir/tests/tsan.txt" \
		"$program" >"$log" 2>&1
	status=$?
	if cat "$PWD/tests/$name.race."* >>"$log" 2>/dev/null; then
		status=1
		grep -h -A12 'WARNING: ThreadSanitizer' "$PWD/tests/$name.race."* | head -n 40
	fi
	result $status "$name under ThreadSanitizer ($log)"
}

long_threads() {
	local work=tests/long-threads log=tests/long-threads.log status
	mkdir -p $work
	{
		[ -f $work/Makefile ] || (cd $work &&
			"$top_srcdir/configure" -q --enable-sanitize=thread CC="$CC")
	} >$log 2>&1 && make -C $work -j"$(nproc)" $thread_programs >>$log 2>&1
	status=$?
	result $status "build with ThreadSanitizer ($log)"
	[ $status -eq 0 ] || { tail -n 20 $log; return; }
	# shellcheck disable=SC2046,SC2086 # a list of words
	at_once race $(pick $thread_tests)
}
thread_programs="flashd/flashd streamd/streamd webd/webd cli/camherd tests/sim/simuart
tests/sim/simcam tests/sim/simpppp tests/sim/mkimage tests/sim/framecat tests/webtool
tests/photofile tests/test_h264 tests/test_rtsp_pull tests/test_web_dumps tests/test_push"
thread_tests="e2e_rtsp.t e2e_rtsp_udp.t e2e_stream_in.t e2e_thumb.t e2e_webd.t e2e_pppp.t
test_h264 test_rtsp_pull test_web_dumps test_push"

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

long_fuzz() {
	local programs
	programs=$(find tests/fuzz -type f -perm -u+x -name 'fuzz_*' ! -name '*.*' | sort)
	if [ -z "$programs" ]; then
		echo "left out: fuzzing, because this build has no fuzzers (CC=clang --enable-fuzz)"
		return
	fi
	# shellcheck disable=SC2086 # a list of words
	at_once fuzz $programs
}

# at_once FUNCTION WORD…: it for each, as many at once as there are cores; each writes
# its lines into a file of its own.
at_once() {
	local what=$1 running=0 word out
	shift
	rm -f tests/*.result.log
	for word in "$@"; do
		out=tests/$(basename "$word").result.log
		"$what" "$word" >"$out" 2>&1 &
		running=$((running + 1))
		[ $running -lt "$(nproc)" ] || { wait -n; running=$((running - 1)); }
	done
	wait
	for word in "$@"; do
		out=tests/$(basename "$word").result.log
		cat "$out"
		! grep -q '^not ok' "$out" || bad=1
		rm -f "$out"
	done
}

export CMOCKA_MESSAGE_OUTPUT=TAP
for what in ${CHECK_LONG:-counts memory threads fuzz}; do
	case $what in
	counts | memory | threads | fuzz) "long_$what" ;;
	*) echo "CHECK_LONG: there is no part '$what'" >&2 && exit 2 ;;
	esac
done
exit $bad
