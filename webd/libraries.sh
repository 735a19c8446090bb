#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# libraries.sh PKG-CONFIG LIST: C source of the libraries that this build is linked with,
# each with the version that was there. One without a version ends it: a list that leaves
# something out would not be true.
pkg_config=$1
list=$2
cat <<'HEAD'
/* Made by webd/libraries.sh from webd/libraries.txt and pkg-config. */
#include "config.h"

#include <stddef.h>

#include "webd/libraries.h"

const struct library libraries[] = {
HEAD
while IFS='|' read -r module _ name licence url; do
	case $module in
	'' | '#'*) continue ;;
	esac
	version=$("$pkg_config" --modversion "$module") || {
		echo "libraries.sh: pkg-config knows no version of $module" >&2
		exit 1
	}
	printf '\t{ "%s", "%s", "%s",\n\t    "%s" },\n' "$name" "$version" "$licence" "$url"
done <"$list" || exit 1
cat <<'END'
	{ NULL, NULL, NULL, NULL },
};
END
