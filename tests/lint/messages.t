#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What the daemons say can be said in other languages (tests/lint/messages.mjs).
cd "${top_srcdir:-.}" || exit 1
command -v node >/dev/null || { echo "1..0 # SKIP node is not installed"; exit 0; }
[ -d webd/ui/node_modules/esbuild ] || { echo "1..0 # SKIP the page's tools are not installed"; exit 0; }
exec node tests/lint/messages.mjs
