#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck disable=SC2317 # functions are called through wait_for and check
# A port that comes or goes is noticed at once, not by the look every 5 seconds: each of
# ten changes in a row begins when the one before was seen, so that looking alone takes
# 45 s and more, and the deadline for all is 40.
# shellcheck source=tests/lib.sh
. "${top_srcdir:-.}/tests/lib.sh"
plan_short
herd_conf "[flashd]" "ports = $T/one" || exit 1
# A pty that stays open, so that only its link comes and goes.
run_bg "$T/pty.log" "$top_builddir/tests/sim/simuart" --link "$T/real" --flash "$T/flash.bin" \
    --unpaced
wait_for 10 test -e "$T/real" || exit 1
start_daemon flashd || exit 1

seen() {	# seen STATE: "free", or "" for a port that is not there
	[ "$(camherd --json ports | jq -r --arg p "$T/one" '[.ports[] | select(.path == $p and .node != null)][0].state // ""')" = "$1" ]
}
round() {	# the whole of five comings and goings, in less than looking takes
	local i
	SECONDS=0
	for i in 1 2 3 4 5; do
		ln -s "$(readlink -f "$T/real")" "$T/one"
		wait_for 10 seen free || { echo "round $i: not seen"; return 1; }
		rm "$T/one"
		wait_for 10 seen "" || { echo "round $i: still seen"; return 1; }
	done
	[ "$SECONDS" -lt 40 ] || { echo "it took $SECONDS s"; return 1; }
}
camherd --json ports >"$T/ports.json"
check "a port that is not there has no node" jq -e '.ports | length <= 1' "$T/ports.json"
check "coming and going is noticed five times" round
check "… and logged each time" test "$(grep -c "is there" "$T/flashd.log")" -ge 5
done_testing
