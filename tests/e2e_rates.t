#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck disable=SC2016 # check evaluates the quoted lines
# The rate of a port: it steps down where the line or the ROM wants that, is kept for the
# next job, and a job that asks for more raises it again.
# shellcheck source=tests/lib.sh
. "${top_srcdir:-.}/tests/lib.sh"
plan_short
mkdir -p "$T/run"
herd_conf "[flashd]" "ports = $T/run/one" || exit 1
run_bg "$T/sim.log" "$top_builddir/tests/sim/simuart" --link "$T/run/one" --flash "$T/one.bin" \
	--size 512K --start rom --unpaced --control "$T/ctl" --stats "$T/one.json" \
	--fault max-baud:115200
wait_for 20 test -e "$T/run/one" || exit 1
start_daemon flashd || exit 1
wait_for 20 eval 'camherd ports | grep -q free' || exit 1

rate() {	# the rate that the port keeps
	camherd --json ports | jq ".ports[0].good_baud"
}
back_up() {	# back_up OPTIONS…
	camherd --json backup "$T/run/one" "$@" >"$T/out" 2>"$T/err" || { cat "$T/out" "$T/err"; return 1; }
}
is "no rate is known at first" "$(rate)" 0
check "a backup works at what the ROM allows" back_up
is "… and the port keeps that rate" "$(rate)" 115200
echo no-faults >"$T/ctl"
echo state >"$T/ctl"
check "the next backup" back_up
is "… begins with it" "$(rate)" 115200
check "one that asks for more" back_up --baud 921600
is "… makes the port fast again" "$(rate)" 921600
check "one that asks for less" back_up --baud 115200
is "… leaves it so" "$(rate)" 921600
is "nothing was erased" "$(jq .erases "$T/one.json")" 0
done_testing
