#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# make screenshots: pictures of the page for docs/img/, from the real daemons with two
# simulated cameras on UARTs and three on the network.
. "$top_srcdir/tests/lib.sh"
. "$top_srcdir/tests/browser/herd.sh"
[ -n "$CHROMIUM" ] || { echo "chromium is needed" >&2; exit 1; }
browser_tools || exit 1
start_herd || { tail -n 20 "$T"/*.log >&2; exit 1; }
start_cam 2 15 && CAMERA_URL_2=$cam_url || exit 1
start_cam 3 8 && CAMERA_URL_3=$cam_url || exit 1
export CAMERA_URL_2 CAMERA_URL_3
node "$top_srcdir/tests/browser/screenshots.mjs" "$top_srcdir/docs/img"
