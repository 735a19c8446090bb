#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Prints what the page and its API cost: bytes of the first load; how long an answer takes
# with 100 cameras, 1,000 backups and 20 live pages; 200 event streams; memory; and what
# the three daemons do while nobody does anything. Part of `make bench`.
# SECONDS_EACH (10) chooses how long the last two are watched.
# shellcheck source-path=SCRIPTDIR/..
. "${top_srcdir:-.}/tests/lib.sh"
seconds=${SECONDS_EACH:-10}
hz=$(getconf CLK_TCK)
for tool in curl sqlite3; do
	command -v $tool >/dev/null || { echo "$tool is not installed"; exit 1; }
done

herd_conf || exit 1
sqlite3 "$T/state/inventory.db" "BEGIN IMMEDIATE;
	WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99)
	INSERT INTO camera (name, source, created_s, changed_s)
	SELECT printf('herd-%03d', i), '', 1700000000, 1700000000 FROM n;
	WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999)
	INSERT INTO dump (sha256, size, camera_id, kind, verified, chip, passes, created_s, sidecar)
	SELECT printf('%064x', i + 1), 1048576,
		(SELECT id FROM camera WHERE name = printf('herd-%03d', i % 100)), 'backup', 1,
		'xr872', 2, 1700000000 + i, printf('%064x-1.json', i + 1)
	FROM n; COMMIT;" || exit 1
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
for _ in $(seq 150); do
	for path in cameras status "jobs?limit=100" "dumps?limit=100" ports; do
		printf 'url = "%s/api/v1/%s"\noutput = /dev/null\n' "$base" "$path"
	done
done >"$T/requests"
curl -s -H "$auth" -K "$T/requests" -w '%{time_total} %{http_code}\n' >"$T/times"
awk '$2 != 200' "$T/times" | head -1 | grep -q . && { echo "an answer failed:"; awk '$2 != 200' "$T/times" | sort | uniq -c | sort -rn | head -3; exit 1; }
awk '{ n = NR % 5; if (least[n] == "" || $1 < least[n]) least[n] = $1 } END {
	printf "| %-44s | %12s | |\n", "quickest: cameras, status, jobs, dumps, ports",
		sprintf("%.0f %.0f %.0f %.0f %.0f ms", least[1] * 1000, least[2] * 1000, least[3] * 1000, least[4] * 1000, least[0] * 1000) }' "$T/times"
sort -n "$T/times" | awk '{ t[NR] = $1 * 1000 } END {
	printf "| %-44s | %9.1f ms | ≤ 20 ms |\n| %-44s | %9.1f ms | |\n",
		"API, 20 live pages, p99 of " NR, t[int(NR * 0.99)], "API, p50", t[int(NR * 0.5)] }'

printf '| %-44s | %8s MiB | ≤ 20 MiB |\n' "webd's memory then" "$(rss "$web")"

listen_to 180
before=$(ticks "$web")
end=$(($(date +%s) + seconds))
while [ "$(date +%s)" -lt $end ]; do read -r -t 1 _ <"$T/.never" || :; done
printf '| %-44s | %10s %% | < 2 %% of a core |\n' "webd, 200 event streams" "$(percent $(($(ticks "$web") - before)) "$seconds")"
printf '| %-44s | %8s MiB | |\n' "webd's memory with these" "$(rss "$web")"
for pid in $streams; do kill "$pid" 2>/dev/null; done

before=$(ticks "$web" "$flash" "$stream")
bytes=$(written "$web" "$flash" "$stream")
end=$(($(date +%s) + seconds))
while [ "$(date +%s)" -lt $end ]; do read -r -t 1 _ <"$T/.never" || :; done
printf '| %-44s | %10s %% | < 0.5 %% of a core |\n' "the three daemons, idle" "$(percent $(($(ticks "$web" "$flash" "$stream") - before)) "$seconds")"
printf '| %-44s | %8s KiB | < 1 MiB an hour |\n' "written to the disk meanwhile" "$((($(written "$web" "$flash" "$stream") - bytes) / 1024))"
