#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Who may include whom (docs/architecture.md): one check per room. All includes of ours
# are written from the top, so that a grep can see them.
# shellcheck source=tests/lib.sh disable=SC2046 # file names without spaces
. "${top_srcdir:-.}/tests/lib.sh"
cd "$top_srcdir" || exit 1

# Our own includes of the files given: "file:room/header.h".
includes() {
	grep -Eo '^#[[:space:]]*include[[:space:]]+"[^"]+"' /dev/null "$@" |
		sed -E 's/:#[[:space:]]*include[[:space:]]+"/:/; s/"$//' |
		grep -v ':config\.h$'
}

files_in() {	# files_in FOLDER…: its C files, those below too
	find "$@" -name '*.c' -o -name '*.h' | sort
}

# room NAME ALLOWED FILE…: every include of the files matches one of the patterns.
room() {
	local name=$1 allowed=$2 bad
	shift 2
	bad=$(includes "$@" | grep -Ev ":($allowed)")
	[ -z "$bad" ] || echo "$bad" | sed 's/^/# /'
	is "$name" "$bad" ""
}

{
	room "common/ includes common/ only" 'common/' $(files_in common)
	room "db/ includes common/ and db/" '(common|db)/' $(files_in db)
	room "image/ includes common/ and image/" '(common|image)/' $(files_in image)
	room "appliance/ includes common/, db/ and itself" '(common|db|appliance)/' \
		$(files_in appliance)
	room "flashd/chips includes common/, image/, the wire and the parts, never db/" \
		'common/|image/|flashd/(wire[a-z_]*|parts)\.h|flashd/(engine|chips)/' \
		$(files_in flashd/chips)
	room "flashd/engine includes what the child may know, never db/" \
		'common/|image/|flashd/(wire[a-z_]*|parts|order|childline)\.h|flashd/(engine|chips)/' \
		$(files_in flashd/engine)
	room "what parent and child share includes common/, image/ and itself" \
		'common/|image/|flashd/(wire[a-z_]*|parts|order|childline)\.h' \
		flashd/wire*.[ch] flashd/parts.[ch] flashd/order.[ch] flashd/childline.[ch]
	room "flashd includes common/, db/, image/, appliance/ and flashd/" '(common|db|image|appliance|flashd)/' \
		$(files_in flashd)
	room "streamd includes common/, db/ and streamd/" '(common|db|streamd)/' \
		$(files_in streamd)
	room "webd includes common/, db/, image/, appliance/ and webd/" '(common|db|image|appliance|webd)/' \
		$(files_in webd | grep -v /node_modules/)
	room "cli includes common/, db/, image/, appliance/ and cli/" '(common|db|image|appliance|cli)/' $(files_in cli)
}

# streamd's one door to the database, and the main function that opens it.
bad=$(includes $(files_in streamd) | grep ':db/' | grep -Ev '^streamd/(desk[a-z_]*\.[ch]|main\.c):')
is "in streamd only desk and main know the database" "$bad" ""

# The child that opens a tty never sees the database; the parent never opens one.
bad=$(includes $(files_in flashd/engine flashd/chips) | grep ':db/')
is "what opens a tty does not know the database" "$bad" ""

bad=$(grep -nE '^#[[:space:]]*include[[:space:]]+"' $(files_in common db image appliance flashd streamd webd cli |
	grep -v /node_modules/) | grep -Ev '"(config\.h|[a-z]+/[a-z0-9_/]+\.(h|def))"')
is "includes are written from the top" "$bad" ""

bad=
for file in $(files_in common db image appliance flashd streamd webd cli tests | grep -v /node_modules/); do
	case $file in
	*.c) [ "$(grep -m1 '^#include' "$file")" = '#include "config.h"' ] || bad="$bad $file" ;;
	esac
done
is "config.h comes first in each .c" "$bad" ""

# #if on library versions only where it is allowed.
bad=$(grep -nE '^#[[:space:]]*(if|elif)[[:space:]].*(LIBAV|MHD_VERSION|SQLITE_VERSION|LIBCURL_VERSION)' \
	$(files_in common db image appliance flashd streamd webd cli | grep -v /node_modules/) |
	grep -v 'avcompat\.h:')
is "library versions are asked for in avcompat.h only" "$bad" ""

done_testing
