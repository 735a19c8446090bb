#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Prints what PPPP cameras cost and how many of their pictures arrive, for the cases of
# the PPPP table: simulated cameras, 640x480, 15 fps, one viewer each. Part of `make bench`.
# SECONDS_EACH (10) and PPPP_CASES ("1:0:200 4:0:200 1:200:50 …": cameras, lost packets of
# 10,000, milliseconds until the camera sends again) choose others.
# shellcheck source-path=SCRIPTDIR/..
. "${top_srcdir:-.}/tests/lib.sh"
seconds=${SECONDS_EACH:-10}
cases=${PPPP_CASES:-1:0:200 4:0:200 1:200:50 1:200:200 1:500:50 1:500:200}

herd_conf "[streamd]" "discovery =" "linger_s = 1" || exit 1
start_daemon streamd || exit 1
pid=$bg_pid
ran_ns() { cat /proc/"$pid"/task/*/schedstat | awk '{ n += $1 } END { printf "%d", n }'; }

begin() {	# begin NAME LOSS RESEND_MS: a camera and its viewer, with its first pictures
	run_bg "$T/sim.$1" "$top_builddir/tests/sim/simpppp" --port-file "$T/port.$1" --number 1 \
		--loss "$2" --resend-ms "$3" --seed "$RANDOM"
	sims="$sims $bg_pid"
	wait_for 20 test -s "$T/port.$1" || exit 1
	camherd -q cam add "$1" "pppp:@127.0.0.1:$(cat "$T/port.$1")" || exit 1
	run_bg "$T/cat.$1" "$top_builddir/tests/sim/framecat" -n 1000000 -t 3600 \
		"$T/run/frames.sock" mjpeg "$1"
	cats="$cats $bg_pid"
	wait_for 30 has "$1" 15 || exit 1
}
has() { [ "$(wc -l <"$T/cat.$1")" -ge "$2" ]; }

# Of the pictures from the first to the last one counted: how many came; and the median
# of the time from the camera's first packet of a picture to its viewer.
judge() {	# judge LINE_BEFORE FILE…
	local from=$1
	shift
	for file; do
		tail -n "+$from" "$file" | sed -n 's/.*counter=\([0-9]*\) age_us=\([0-9]*\)$/\1 \2/p' >"$file.seen"
		awk 'NR == 1 { first = $1 } { last = $1; n++ } END { print n, last - first + 1 }' "$file.seen"
	done | awk '{ got += $1; made += $2 }
		END { printf "%d of %d = %.2f %%", got, made, 100 * got / made }'
	for file; do cut -d' ' -f2 "$file.seen"; done | sort -n | awk '{ v[NR] = $1 }
		END { printf " | %.1f / %.1f", v[int((NR + 1) / 2)] / 1000, v[int(NR * 0.99 + 0.5)] / 1000 }'
}

one() {	# one CAMERAS LOSS RESEND_MS GOAL
	local n before cpu files=
	sims='' cats=''
	for n in $(seq "$1"); do
		begin "c$n-$2-$3-$1" "$2" "$3"
		files="$files $T/cat.c$n-$2-$3-$1"
	done
	before=$(ran_ns)
	read -r -t "$seconds" _ <"$T/.never" || :
	cpu=$(awk -v n="$(($(ran_ns) - before))" -v s="$seconds" \
		'BEGIN { printf "%.2f", n / 1e9 / s * 100 }')
	# shellcheck disable=SC2086 # a list
	printf '| %d camera(s), %3s %% loss, resent after %3d ms | %5s %% | %s | %s |\n' "$1" \
		"$(awk -v l="$2" 'BEGIN { printf "%g", l / 100 }')" "$3" "$cpu" "$(judge 16 $files)" "$4"
	# shellcheck disable=SC2086
	kill $cats $sims
	for n in $(seq "$1"); do camherd -q cam rm "c$n-$2-$3-$1" --yes; done
}

echo "PPPP, $(date -u +%F), $(uname -sm), $(nproc) CPUs:$(sed -n 's/^model name[^:]*://p' /proc/cpuinfo | head -1)"
echo "load before: $(cut -d' ' -f1-3 /proc/loadavg); $seconds s each; CPU is streamd's, of one core"
echo "ms: from the first packet of a picture at the camera (the last one leaves 9 ms later) to its viewer"
echo "| case | CPU | pictures that came | ms p50 / p99 | goal |"
echo "|---|---|---|---|---|"
for c in $cases; do
	IFS=: read -r cameras loss resend <<<"$c"
	case $loss in
	0) goal="100 %, CPU $([ "$cameras" = 1 ] && echo 0.5 || echo 2) %, p50 10" ;;
	200) goal="99.9 %" ;;
	*) goal="99 %" ;;
	esac
	one "$cameras" "$loss" "$resend" "$goal"
done
