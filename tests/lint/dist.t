#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What `make install` puts where: paths in the units are those of the programs, users and
# folders are made by sysusers and tmpfiles, the example configuration is one, and
# systemd finds nothing wrong.
. "${top_srcdir:-.}/tests/lib.sh"

# The make that runs this test has locks and jobs of its own.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES
root=$T/root
value() {	# a variable of the Makefile, as make sees it
	make -s -C "$top_builddir" --no-print-directory -f Makefile -f - show <<-'SHOW' NAME="$1"
		show: ; @echo '$($(NAME))'
	SHOW
}
check "make install into a folder" make -s -C "$top_builddir" install DESTDIR="$root"
units=$root$(value systemdsystemunitdir)
sysusers=$root$(value sysusersdir)/camherd.conf
tmpfiles=$root$(value tmpfilesdir)/camherd.conf
conf=$root$(value sysconfdir)/camherd/camherd.conf

list=$(cd "$units" && echo ./*)
is "all units are there" "$list" "./camherd-dbupgrade.service ./camherd-flashd.service \
./camherd-streamd.service ./camherd-webd.service ./camherd.target"

left=$(grep -n '@[a-z]*@\|\${' "$units"/* "$sysusers" "$tmpfiles" "$conf")
is "no placeholder is left" "$left" ""

is "every daemon's user may read the configuration" "$(stat -c %a "$conf")" 644
check "what the README links to is installed" eval 'd=$(value docdir) && ls "$root$d/docs/architecture.md" "$root$d/docs/provenance.md"'

programs_there() {
	local program missing=0
	for program in $(sed -n 's/^ExecStart=\([^ ]*\).*/\1/p' "$units"/*.service); do
		[ -x "$root$program" ] || { echo "$program is not installed"; missing=1; }
	done
	[ "$(grep -c '^ExecStart=' "$units"/*.service | grep -c ':1$')" = 4 ] && return $missing
}
check "every ExecStart is installed" programs_there

users_there() {
	local user missing=0
	for user in $(sed -n 's/^\(User\|Group\)=//p' "$units"/*.service | sort -u); do
		grep -q "^[ug] $user " "$sysusers" || { echo "nobody makes $user"; missing=1; }
	done
	for user in $(awk '/^[df]/ { print $4; print $5 }' "$tmpfiles" | sort -u); do
		[ "$user" = root ] || grep -q "^[ug] $user " "$sysusers" ||
			{ echo "nobody makes $user"; missing=1; }
	done
	return $missing
}
check "sysusers makes every user and group" users_there

folders_there() {
	local folder missing=0
	for folder in $(sed -n 's/^ReadWritePaths=//p' "$units"/*.service | tr ' ' '\n' | sort -u); do
		grep -q "^d $folder " "$tmpfiles" || { echo "nobody makes $folder"; missing=1; }
	done
	return $missing
}
check "tmpfiles makes every folder that a unit may write" folders_there

same_folders() {	# the programs' defaults and the units speak of the same folders
	local key
	for key in state run; do
		grep -q "^d $(sed -n "s/^#$key = //p" "$conf") " "$tmpfiles" || return 1
	done
}
check "the configuration's folders are those of the units" same_folders

# The folders do not exist here; all else as it stands.
sed "s/^#\([a-z0-9_]* =\)/\1/; s,^\(state\|run\|www\) = .*,\1 = $T," "$conf" >"$T/example.conf"
check "the example with every key uncommented is right" camherd -c "$T/example.conf" config check

keys_there() {	# rows X("section", "key", … of the table
	local key missing=0
	for key in $(sed -n 's/^\tX("[a-z]*", "\([a-z0-9_]*\)",.*/\1/p' "$top_srcdir/common/conf.c"); do
		grep -q "^$key =" "$T/example.conf" || { echo "$key is not in the example"; missing=1; }
	done
	[ -n "${key:-}" ] && return $missing
}
check "the example has every key" keys_there

echo "# a change of mine" >>"$conf"
cp "$conf" "$T/mine"
check "a second install" make -s -C "$top_builddir" install DESTDIR="$root"
check "it leaves a changed configuration alone" cmp "$conf" "$T/mine"
check "make uninstall" make -s -C "$top_builddir" uninstall DESTDIR="$root"
left=$(cd "$root" && find . -type f)
is "uninstall leaves the changed configuration only" "$left" ".${conf#"$root"}"
rm -rf "$root"
make -s -C "$top_builddir" install DESTDIR="$root" >/dev/null 2>&1

# For verify, ExecStart must exist on this machine: the programs in the folder.
mkdir -p "$T/units"
for unit in "$units"/*; do
	sed "s|^ExecStart=|&$root|" "$unit" >"$T/units/${unit##*/}"
done
verify() {
	local out
	out=$(SYSTEMD_UNIT_PATH="$T/units:" systemd-analyze verify --man=no "$T/units/camherd.target" \
		"$T"/units/*.service 2>&1 | grep camherd)
	echo "$out"
	[ -z "$out" ]
}
secure() {	# secure UNIT TENTHS: systemd's own judgement, 100 = open
	systemd-analyze security --no-pager --offline=true --threshold="$2" "$T/units/$1"
}
if command -v systemd-analyze >/dev/null 2>&1 &&
	systemd-analyze security --help 2>/dev/null | grep -q offline; then
	check "systemd-analyze verify finds nothing" verify
	check "flashd's unit is closed (1.0 of 10)" secure camherd-flashd.service 10
	check "streamd's unit is closed (1.3 of 10)" secure camherd-streamd.service 13
	check "webd's unit is closed (1.2 of 10)" secure camherd-webd.service 12
	check "the upgrade's unit is closed (1.0 of 10)" secure camherd-dbupgrade.service 10
fi
if command -v systemd-sysusers >/dev/null 2>&1; then
	check "systemd-sysusers reads its file" systemd-sysusers --dry-run --root="$root" "$sysusers"
fi
if udevadm verify --help >/dev/null 2>&1; then
	check "udevadm verify finds nothing" udevadm verify "$top_srcdir/dist/70-camherd.rules"
fi
done_testing
