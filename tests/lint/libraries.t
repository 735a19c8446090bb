#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Whatever an installed program is linked with stands in the list that the page shows
# (webd/libraries.txt), with a licence and a version; and nothing else does.
. "${top_srcdir:-.}/tests/lib.sh"
command -v readelf >/dev/null || { echo "1..0 # SKIP readelf is not installed"; exit 0; }
list=$top_srcdir/webd/libraries.txt
for file in cli/camherd flashd/flashd streamd/streamd streamd/streamd-av.so webd/webd; do
	[ ! -e "$top_builddir/$file" ] || LC_ALL=C readelf -d "$top_builddir/$file"
done | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' |
	grep -vE '^(libc|libm|libdl|libpthread|librt|libgcc_s|libasan|libubsan|ld-linux.*|linux-vdso)\.so' |
	sort -u >"$T/needed"
[ "$(wc -l <"$T/needed")" -ge 10 ] || { echo "Bail out! the programs are not where they were"; exit 1; }
grep -v '^#' "$list" | cut -d'|' -f2 | sed 's/^/^/' >"$T/begins"
missing() { ! grep -v -f "$T/begins" "$T/needed"; }
check "every library that a program needs is in the list" missing
spare() {
	local module stem bad=0
	while IFS='|' read -r module stem _; do
		case $module in '' | '#'*) continue ;; esac
		grep -q "^$stem" "$T/needed" || { echo "needed by nobody: $module"; bad=1; }
	done <"$list"
	return $bad
}
check "and the list has no other" spare
check "each has a name, a licence and a home" eval '! grep -v "^#" "$list" | grep -vE "^[^|]+\|[^|]+\|[^|]+\|[^|]+\|https://[^|]+$"'
check "the table of this build has a version of each" eval '[ "$(grep -c "^	{ \"[^\"]*\", \"[0-9][^\"]*\", \"[^\"]*\",$" "$top_builddir/webd/libraries.c")" -eq "$(grep -vc "^#" "$list")" ]'
done_testing
