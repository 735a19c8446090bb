#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck disable=SC2016,SC2317 # check evaluates the quoted lines
# dump secrets, redact, graft, diff and strings on files of the user's own.
# shellcheck source=tests/lib.sh
. "${top_srcdir:-.}/tests/lib.sh"
plan_short
herd_conf "" || exit 1
mkimage() {
	"$top_builddir/tests/sim/mkimage" "$@"
}
mkimage --seed 1 --mac 02:11:22:33:44:55 --ssid home-net --psk 'top secret 1' "$T/a.bin"
mkimage --seed 2 --mac 02:11:22:33:44:77 --ssid shed-net --psk 'top secret 2' "$T/b.bin"

# run WANTED_EXIT ARGS…: runs camherd, keeps stdout in $T/out, stderr in $T/err.
run() {
	local wanted=$1 got
	shift
	camherd "$@" >"$T/out" 2>"$T/err" </dev/null
	got=$?
	[ "$got" -eq "$wanted" ] || { echo "exit $got, wanted $wanted"; cat "$T/out" "$T/err"; return 1; }
}
json() {	# json FILTER: the document on stdout is one and the filter says true
	jq -se "length == 1 and (.[0] | $1)" "$T/out" >/dev/null || { cat "$T/out"; return 1; }
}
holds() {	# holds TEXT FILE
	grep -qaF -- "$1" "$2"
}

check "secrets are listed and masked" eval 'run 0 dump secrets "$T/a.bin" && grep -q "^passphrase .*t\*\*\* (12 characters)" "$T/out" && ! holds "top secret" "$T/out"'
check "… shown when asked for" eval 'run 0 dump secrets "$T/a.bin" --show-private && holds "top secret 1" "$T/out" && holds "home-net" "$T/out"'
check "… and as JSON" eval 'run 0 --json dump secrets "$T/a.bin" && json "[.found[] | select(.kind == \"ssid\")] | length >= 2" && json "all(.found[] | select(.secret); .text | contains(\"***\"))"'
check "redact without -o is a preview" eval 'run 0 dump redact "$T/a.bin" && grep -q preview "$T/out" && [ "$(find "$T" -newer "$T/err" -name "*.bin" | wc -l)" = 0 ]'
check "a redacted copy holds no secret" eval 'run 0 dump redact "$T/a.bin" -o "$T/share.bin" && ! holds "top secret" "$T/share.bin" && ! holds home-net "$T/share.bin" && [ "$(stat -c %s "$T/share.bin")" = 1048576 ]'
check "… its sections are whole and the rest is the same" eval 'run 0 --json dump map "$T/share.bin" && json ".sections | length == 6 and all(.header_ok and .data_ok)" && run 7 --json dump diff "$T/a.bin" "$T/share.bin" && json ".by_class.code == 0 and .differing == 2"'
check "… and the original is untouched" eval 'holds "top secret 1" "$T/a.bin"'
check "redact never replaces a file unasked" eval 'run 3 dump redact "$T/a.bin" -o "$T/share.bin" && run 0 dump redact "$T/a.bin" -o "$T/share.bin" --force'
check "a graft has the donor's firmware and the target's settings" eval 'run 0 --json dump graft --donor "$T/a.bin" --target "$T/b.bin" -o "$T/g.bin" && json ".differs_from_donor == 2" && holds shed-net "$T/g.bin" && ! holds home-net "$T/g.bin" && cmp -n 303000 "$T/a.bin" "$T/g.bin"'
check "a blank graft has neither's" eval 'run 0 dump graft --donor "$T/a.bin" --target "$T/b.bin" --identity blank -o "$T/g0.bin" && ! holds shed-net "$T/g0.bin" && ! holds home-net "$T/g0.bin"'
check "the plan says which parts can be chosen" eval 'run 0 dump graft --donor "$T/a.bin" --target "$T/b.bin" && grep -q "^Parts that --part can choose:.* 0x0ff000" "$T/out"'
check "… and each can" eval 'run 0 --json dump graft --donor "$T/a.bin" --target "$T/b.bin" --part 0xff000=donor -o "$T/g1.bin" && json "any(.lines[]; .offset == 1044480 and .from == \"donor\" and .usual == \"target\")" && holds home-net "$T/g1.bin" && ! holds shed-net "$T/g1.bin"'
check "… but no section of firmware" eval 'run 2 dump graft --donor "$T/a.bin" --target "$T/b.bin" --part 0x0=target && grep -q "can be chosen begin at: .*0x0ff000" "$T/err"'
check "a part chosen twice is refused, and so is an unknown choice" eval 'run 2 dump graft --donor "$T/a.bin" --target "$T/b.bin" --part 0xff000=donor,0xff000=blank -o "$T/no.bin" && grep -q "0x0ff000 is chosen twice" "$T/err" && run 2 dump graft --donor "$T/a.bin" --target "$T/b.bin" --part 0xff000=mine -o "$T/no.bin" && grep -q "0xff000=mine" "$T/err" && [ ! -e "$T/no.bin" ]'
head -c 1040384 "$T/b.bin" >"$T/gone.bin"
head -c 8192 /dev/zero | tr '\0' '\377' >>"$T/gone.bin"
check "a target without settings is refused and the twins' fate told" eval 'run 3 dump graft --donor "$T/a.bin" --target "$T/gone.bin" -o "$T/no.bin" && grep -q "device id" "$T/err" && [ ! -e "$T/no.bin" ]'
check "other words for --identity are named" eval 'run 2 dump graft --donor "$T/a.bin" --target "$T/b.bin" --identity donor -o "$T/no.bin" && grep -q "dump as it is" "$T/err"'
check "equal dumps compare equal" eval 'run 0 dump diff "$T/a.bin" "$T/a.bin" && grep -q "all 256 sectors are equal" "$T/out"'
check "different sizes are no comparison" eval 'head -c 8192 "$T/a.bin" >"$T/small.bin" && run 2 dump diff "$T/a.bin" "$T/small.bin"'
check "strings are found with their offsets" eval 'run 0 --json dump strings "$T/a.bin" --search Skylark && json ".strings | length == 1 and (.[0].text | contains(\"XRADIO Skylark SDK\")) and (.[0].offset | . > 72000 and . <= 73024)"'
cp "$T/a.bin" "$T/w.bin"
printf 'w\0i\0d\0e\0 \0t\0e\0x\0t\0' | dd of="$T/w.bin" bs=1 seek=$((0x60000)) conv=notrunc status=none
check "… UTF-16 too" eval 'run 0 --json dump strings "$T/w.bin" --search "wide text" && json ".strings == [{offset: 393216, text: \"wide text\", coding: \"utf-16\"}]"'
check "search finds text in both codings and bytes" eval 'run 0 --json dump search "$T/w.bin" "Wide Text" && json ".hits | length == 1 and .[0].offset == 393216 and .[0].coding == \"utf-16\"" && run 0 dump search "$T/a.bin" "a5 5a 5a a5" --hex && grep -q "^0ff000 " "$T/out"'
check "… and says when there is nothing" eval 'run 4 dump search "$T/a.bin" nowhere-to-be-found && grep -q "nothing" "$T/err" && run 2 dump search "$T/a.bin" xyz --hex'
check "hex is as the file has it" eval 'run 0 dump hex "$T/w.bin" --at 0x60000 --size 16 && grep -q "^00060000  77 00 69 00 64 00 65 00  20 00 74 00 65 00 78 00  |w.i.d.e. .t.e.x.|" "$T/out" && run 0 --json dump hex "$T/w.bin" --at 0x60000 --size 3 && json ".hex == \"770069\" and .of == 1048576"'
check "… beyond the end is a mistake" run 2 dump hex "$T/w.bin" --at 2M
check "a difference tells bytes and texts of one side" eval 'run 7 dump diff "$T/a.bin" "$T/w.bin" --bytes --strings && grep -q "^+00060000  77 00" "$T/out" && grep -q "^-00060000  ff ff" "$T/out" && run 7 --json dump diff "$T/a.bin" "$T/w.bin" --bytes --strings && json ".only_b == [] and .ranges[0].offset == 393216 and .by_class.config == 1"'
cp "$T/a.bin" "$T/lie.bin"
printf '\0\0\0\0' | dd of="$T/lie.bin" bs=1 seek=$((0x8020)) conv=notrunc status=none
check "a lie in a header is told with its offset" eval 'run 0 dump map "$T/lie.bin" && grep -q "^WRONG .*0x008000: section .app. at 0x8000 leads back" "$T/out" && run 0 --json dump map "$T/lie.bin" && json "(.chain_ok | not) and any(.faults[]; .offset == 32768)"'
mkdir "$T/real" && cp "$T/lie.bin" "$T/real" && cat "$T/a.bin" "$T/a.bin" >"$T/real/twice.bin" && echo text >"$T/real/notes.txt"
check "check-real makes a table of a folder of dumps" eval '"$top_builddir/tests/check_real" "$T/real" >"$T/out" && grep -q "^twice.bin .* x2 .*xr872 .*none left .*A into A is A" "$T/out" && grep -q "^lie.bin .*broken " "$T/out" && grep -q "^3 files, 0 with trouble" "$T/out" && ! holds home-net "$T/out"'
done_testing
