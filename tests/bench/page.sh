#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Prints what the page and its API cost: bytes of the first load; how long an answer takes
# with 100 cameras, 1,000 backups and 20 live pages; 200 event streams; memory; and what
# the three daemons do while nobody does anything; and, where chromium is installed, how
# fluid the page is on a processor four times slower. Part of `make bench`. Wall times need
# a quiet machine; processor time and instructions (where perf may count them) do not.
# SECONDS_EACH (10) chooses how long event streams and idling are watched.
# shellcheck source-path=SCRIPTDIR/..
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/browser/herd.sh"
seconds=${SECONDS_EACH:-10}
hz=$(getconf CLK_TCK)
for tool in curl sqlite3; do
	command -v $tool >/dev/null || { echo "$tool is not installed"; exit 1; }
done

herd_conf || exit 1
many_of_all 100 1000 500 || exit 1
start_daemon streamd && stream=$bg_pid && start_daemon flashd && flash=$bg_pid &&
	start_daemon webd && web=$bg_pid || exit 1
token=$(camherd --json token add bench --role viewer | sed -n 's/.*"token" *: *"\([a-z0-9]*\)".*/\1/p')
base=http://$(listen_of webd)
auth="Authorization: Bearer $token"

ticks() {	# ticks PID…: of all of them
	local pid sum=0
	for pid in "$@"; do
		sum=$((sum + $(sed 's/.*) //' "/proc/$pid/stat" | awk '{ print $12 + $13 }')))
	done
	echo $sum
}
written() {	# written PID…: bytes that went to a disk
	local pid
	for pid in "$@"; do sed -n 's/^write_bytes: //p' "/proc/$pid/io"; done | awk '{ s += $1 } END { print s + 0 }'
}
rss() { awk '/^VmRSS/ { printf "%.1f", $2 / 1024 }' "/proc/$1/status"; }
percent() { awk -v n="$1" -v hz="$hz" -v s="$2" 'BEGIN { printf "%.2f", n / hz / s * 100 }'; }

streams=
listen_to() {	# listen_to N: so many event streams

	for _ in $(seq "$1"); do
		run_bg "$T/events" curl -sN -H "$auth" "$base/api/v1/events"
		streams="$streams $bg_pid"
	done
}

printf '| %-44s | %12s | %s |\n| --- | ---: | --- |\n' figure ours goal
www=$top_srcdir/webd/ui/dist
if [ -f "$www/app.js.gz" ]; then
	# What index.html, its scripts and one language take.
	n=$(cat "$www"/app.js.gz "$www"/shared.js.gz "$www"/app.css.gz "$www"/lang/en.json.gz \
		"$www"/index.html "$www"/theme.js "$www"/icon.svg | wc -c)
	printf '| %-44s | %8.1f KiB | ≤ 80 KB |\n' "first load, compressed" "$(awk -v n="$n" 'BEGIN { print n / 1024 }')"
fi

listen_to 20
routes="cameras status jobs?limit=100 dumps?limit=100 ports"
requests() {	# requests COUNT PATH…: for curl -K
	local n=$1 path
	shift
	for _ in $(seq "$n"); do
		for path in "$@"; do
			printf 'url = "%s/api/v1/%s"\noutput = /dev/null\n' "$base" "$path"
		done
	done
}
cpu_us() { awk '{ printf "%d", $1 / 1000 }' "/proc/$web/schedstat"; }
instructions() {	# instructions COMMAND…: of webd's, in thousands, while it runs
	local n=
	if command -v perf >/dev/null; then
		n=$(perf stat -x, -e instructions:u -p "$web" -o /dev/stdout -- "$@" 2>/dev/null |
			awk -F, '/instructions/ && $1 ~ /^[0-9]+$/ { printf "%d", $1 / 1000 }')
	fi
	echo "${n:-0}"
}
# What one answer of each costs webd: made anew (each one is another question), and given
# again to the next page that asks.
for path in "cameras?limit=" "jobs?limit=" "dumps?limit=" status ports cameras; do
	case $path in
	*=) for n in $(seq 50); do requests 1 "$path$((n + 100))"; done ;;
	*) requests 50 "$path" ;;
	esac >"$T/one"
	before=$(cpu_us)
	n=$(instructions curl -s -H "$auth" -K "$T/one" -w '')
	[ "$n" -gt 0 ] || curl -s -H "$auth" -K "$T/one"
	printf '| %-44s | %9.2f ms | %s |\n' "webd's processor time for GET $path" \
		"$(awk -v us=$(($(cpu_us) - before)) 'BEGIN { print us / 50000 }')" \
		"$([ "$n" -gt 0 ] && awk -v n="$n" 'BEGIN { printf "%.2f million instructions", n / 50000 }')"
done
# Each live page asks for the cameras as often as a page does at most.
requests 1000 cameras >"$T/live-page"
pages=
for _ in $(seq 20); do
	run_bg /dev/null curl -s -H "$auth" --rate 150/m -K "$T/live-page"
	pages="$pages $bg_pid"
done
# shellcheck disable=SC2086
requests 150 $routes >"$T/requests"
curl -s -H "$auth" -K "$T/requests" -w '%{time_total} %{http_code}\n' >"$T/times"
awk '$2 != 200' "$T/times" | head -1 | grep -q . && { echo "an answer failed:"; awk '$2 != 200' "$T/times" | sort | uniq -c | sort -rn | head -3; exit 1; }
sort -n "$T/times" | awk '{ t[NR] = $1 * 1000 } END {
	printf "| %-44s | %9.1f ms | ≤ 20 ms |\n| %-44s | %9.1f ms | |\n",
		"API, 20 live pages, p99 of " NR, t[int(NR * 0.99)], "API, p50", t[int(NR * 0.5)] }'

for pid in $pages; do end_bg "$pid"; done
printf '| %-44s | %8s MiB | ≤ 20 MiB |\n' "webd's memory then" "$(rss "$web")"

listen_to 180
before=$(ticks "$web")
end=$(($(date +%s) + seconds))
while [ "$(date +%s)" -lt $end ]; do read -r -t 1 _ <"$T/.never" || :; done
printf '| %-44s | %10s %% | < 2 %% of a core |\n' "webd, 200 event streams" "$(percent $(($(ticks "$web") - before)) "$seconds")"
printf '| %-44s | %8s MiB | ≤ 20 MiB |\n' "webd's memory with these" "$(rss "$web")"
for pid in $streams; do kill "$pid" 2>/dev/null; done

before=$(ticks "$web" "$flash" "$stream")
bytes=$(written "$web" "$flash" "$stream")
end=$(($(date +%s) + seconds))
while [ "$(date +%s)" -lt $end ]; do read -r -t 1 _ <"$T/.never" || :; done
printf '| %-44s | %10s %% | < 0.5 %% of a core |\n' "the three daemons, idle" "$(percent $(($(ticks "$web" "$flash" "$stream") - before)) "$seconds")"
printf '| %-44s | %8s KiB | < 1 MiB an hour |\n' "written to the disk meanwhile" "$((($(written "$web" "$flash" "$stream") - bytes) / 1024))"

# The page in a browser.
end_bg "$flash"
if [ -x "$CHROMIUM" ] && command -v node >/dev/null && browser_tools; then
	SETUP_CODE=$(camherd --json setup-code | sed -n 's/.*"code": *"\([a-z0-9]*\)".*/\1/p')
	BASE=$base TMPDIR=$T SLOWER=4
	export SETUP_CODE BASE TMPDIR SLOWER
	node "$top_srcdir/tests/browser/fluid.mjs" >"$T/fluid" || grep -A20 '^not ok' "$T/fluid"
	sed -n 's/^# figure \([^:]*\): \(.*\)/| phone, 4 × slower: \1 | | \2 |/p' "$T/fluid"
fi
