#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What a compiler and a linker can do against an exploit is in each program that is
# installed: position-independent, addresses fixed before main(), no executable stack,
# guarded stacks and bounded string functions.
top_builddir=${top_builddir:-.}
command -v readelf >/dev/null || { echo "1..0 # SKIP readelf is not installed"; exit 0; }
# FORTIFY would hide what sanitizers look for (configure.ac), so a build has one of both.
if grep -q '^SAN_CFLAGS = .*-fsanitize' "$top_builddir/Makefile"; then
	echo "1..0 # SKIP a build with sanitizers"
	exit 0
fi
# Somebody's own CFLAGS may turn the optimiser off, and FORTIFY with it.
optimised=$(grep -E '^CFLAGS = ' "$top_builddir/Makefile" | grep -cE -- '-O([1-3s]|fast)')
n=0
bad=0
shows() {	# shows NAME PATTERN OPTION FILE
	n=$((n + 1))
	if LC_ALL=C readelf -W "$3" "$4" | grep -qE "$2"; then
		echo "ok $n - ${4##*/}: $1"
	else
		echo "not ok $n - ${4##*/}: $1"
		bad=1
	fi
}
for name in cli/camherd flashd/flashd streamd/streamd webd/webd; do
	file=$top_builddir/$name
	shows "position-independent" 'Type: +DYN' -h "$file"
	shows "all addresses are bound at start" '\(FLAGS_1\).*NOW' -d "$file"
	shows "they are read-only then" 'GNU_RELRO' -l "$file"
	shows "no executable stack" 'GNU_STACK.* RW +0x' -l "$file"
	shows "guarded stacks" '__stack_chk_fail' -s "$file"
	[ "$optimised" -eq 0 ] || shows "bounded string functions" '__[a-z]+_chk' -s "$file"
done
echo "1..$n"
exit $bad
