#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# camherd rescue: a camera's way back by the command line, against the real flashd.
# shellcheck source=tests/lib.sh
. "${top_srcdir:-.}/tests/lib.sh"
plan_short

status() {	# status COMMAND…: its exit status; what it printed is in $T/out
	"$@" >"$T/out" 2>&1
	echo $?
}

herd_conf "[flashd]" "ports = $T/tty" || exit 1
run_bg "$T/simuart.log" "$top_builddir/tests/sim/simuart" --link "$T/tty" --flash "$T/a.bin" --size 512K --unpaced
wait_for 20 test -e "$T/tty"
start_daemon flashd || exit 1
is "a rescue is begun" "$(status camherd rescue add broken)" 0
is "its port is said" "$(status camherd rescue set 1 port "$T/tty")" 0
is "a wrong word is a wrong use" "$(status camherd rescue set 1 chip z80)" 2
check "and the right ones are named" grep -q "xf16, bk7252" "$T/out"
is "nothing is read before the chip said who it is" "$(status camherd rescue start 1 save)" 3
is "the chip is asked" "$(status camherd rescue start 1 identify)" 0
is "another marking is told" "$(status camherd rescue set 1 chip bk7252)" 0
is "a chip that is not what its marking says is not read" "$(status camherd rescue start 1 save)" 3
camherd rescue set 1 chip xf16 >/dev/null
is "what is left is saved" "$(status camherd rescue start 1 save)" 0
is "a write asks for --yes" "$(status camherd rescue start 1 write)" 3
is "and for something to write" "$(status camherd rescue start 1 write --yes --experimental)" 3
camherd rescue set 1 image 1 >/dev/null
is "the image is written" "$(status camherd rescue start 1 write --yes --experimental)" 0
check "the rescue knows its jobs" grep -q "write *job 3" "$T/out"
is "a report is made" "$(status camherd rescue report 1)" 0
check "with the facts" grep -q "marking on the chip: xf16" "$T/out"
is "it is listed" "$(camherd --json rescue list | grep -c '"camera": *"broken"')" 1
is "and forgotten" "$(status camherd rescue rm 1)" 0
is "once" "$(status camherd rescue rm 1)" 4
done_testing
