#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What no file of the tree may hold, and what each must begin with.
# shellcheck source=tests/lib.sh
. "${top_srcdir:-.}/tests/lib.sh"
cd "$top_srcdir" || exit 1

none() {	# none NAME COMMAND…: the command prints nothing
	local name=$1 out
	shift
	out=$("$@" 2>&1)
	[ -z "$out" ] || echo "$out" | head -n 20 | sed 's/^/# /'
	is "$name" "$out" ""
}

c_files() {
	find common db image appliance flashd streamd webd cli tests -name node_modules -prune -o \
		\( -name '*.c' -o -name '*.h' \) -print | sort
}

scripts() {
	find . -path './build*' -prune -o -path './camherd-*' -prune -o -name node_modules -prune \
		-o -path ./build-aux -prune -o -path ./demo -prune \
		-o \( -name '*.sh' -o -name '*.t' \) -print | sort
}

no_spdx() {
	local file
	for file in $(c_files); do
		head -n 1 "$file" | grep -q 'SPDX-License-Identifier: GPL-3.0-or-later' || echo "$file"
	done
	for file in $(scripts); do
		head -n 3 "$file" | grep -q 'SPDX-License-Identifier: GPL-3.0-or-later' || echo "$file"
	done
}
none "every source begins with its licence" no_spdx

no_purpose() {	# the second line, or the third, is a comment that says what the file is for
	local file
	for file in $(c_files); do
		sed -n 2,3p "$file" | grep -q '^/\*\|^ \* [A-Z]' || echo "$file"
	done
}
none "every source says what it is for" no_purpose

banned() {
	c_files | xargs grep -nE \
		'\b(strcpy|strcat|sprintf|vsprintf|gets|strtok|alloca|tmpnam|mktemp)[[:space:]]*\('
	find common db image appliance flashd streamd webd cli -name '*.c' -exec \
		grep -nE '\b(atoi|atol|atoll)[[:space:]]*\(' {} +
}
none "no unbounded or unchecked C functions" banned

no_shell_out() {
	find common db image appliance flashd streamd webd cli -name '*.c' -exec \
		grep -nE '^[^*]*[^*a-z_ ]?\b(system|popen)\([^)]' {} + | grep -v '/\*'
}
none "no program is started through a shell" no_shell_out

banned_calls() {
	find common db image appliance flashd streamd webd cli -name '*.c' -exec grep -nE \
		'MHD_create_post_processor|MHD_digest_auth_|sp_blocking_' {} +
}
none "no call that the house has ruled out" banned_calls

sleeps() {
	find common db image appliance flashd streamd webd cli tests -name '*.c' -exec \
		grep -nE '\b(sleep|usleep)[[:space:]]*\(' {} +
}
none "nothing sleeps" sleeps

unnumbered() {	# this file names the words itself
	grep -rnE '\b(TODO|FIXME|XXX)\b' common db image appliance flashd streamd webd cli tests man dist docs \
		--include='*.[ch]' --include='*.ts' --include='*.tsx' --include='*.sh' \
		--include='*.t' --include='*.md' --include='*.[1-8]' --exclude-dir=node_modules \
		--exclude-dir=dist --exclude=text.t | grep -vE '(TODO|FIXME|XXX) ?\(?#[0-9]+'
}
none "nothing is left to do without a number" unnumbered

inner_html() {
	find webd/ui -name node_modules -prune -o -path webd/ui/dist -prune -o \
		\( -name '*.ts' -o -name '*.tsx' -o -name '*.html' \) -exec grep -nE \
		'innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|document\.write|\beval\(' {} +
}
none "the page never makes HTML from text" inner_html

from_elsewhere() {
	[ ! -f webd/ui/index.html ] || grep -nE '(src|href)="(https?:)?//' webd/ui/index.html
}
none "the page loads nothing from elsewhere" from_elsewhere

blanks() {
	c_files | xargs grep -nE '[[:space:]]+$'
}
none "no blanks at the end of a line" blanks

too_long() {	# a file that outgrew its theme
	local file n
	for file in $(find common db image appliance flashd streamd webd cli -name '*.c' -print | grep -v node_modules); do
		n=$(wc -l <"$file")
		[ "$n" -le 700 ] || echo "$file has $n lines"
	done
}
none "no source has more than 700 lines" too_long

done_testing
