# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Shared by the *.t tests: TAP lines, a private folder, daemons started and ended.
# Source it first. Nothing here sleeps for a fixed time: wait_for polls a state with a
# deadline. Everything started is ended when the test ends, however it ends.

: "${top_builddir:=$PWD}" "${top_srcdir:=$top_builddir}"
set -u

tap_n=0
tap_bad=0
tap_pids=

plan_short() {	# end-to-end tests are left out of `make distcheck`
	if [ "${CHECK_SCALE:-full}" = short ]; then
		echo "1..0 # SKIP end-to-end tests are left out of a short run"
		exit 0
	fi
}

ok() {	# ok NAME STATUS: one TAP line
	tap_n=$((tap_n + 1))
	if [ "$2" -eq 0 ]; then
		echo "ok $tap_n - $1"
	else
		tap_bad=$((tap_bad + 1))
		echo "not ok $tap_n - $1"
	fi
}

check() {	# check NAME COMMAND…: ok when the command succeeds; its output becomes comments
	local name=$1 status
	shift
	"$@" >"$T/check.out" 2>&1
	status=$?
	[ $status -eq 0 ] || sed 's/^/# /' "$T/check.out"
	ok "$name" $status
}

is() {	# is NAME GOT WANTED
	if [ "$2" = "$3" ]; then
		ok "$1" 0
	else
		echo "# got    '$2'"
		echo "# wanted '$3'"
		ok "$1" 1
	fi
}

done_testing() {
	echo "1..$tap_n"
	[ "$tap_bad" -eq 0 ]
	exit
}

# wait_for SECONDS COMMAND…: until it succeeds or the deadline passes. SECONDS is what it
# takes here; a machine that is slow or busy is given CHECK_PATIENCE times that.
wait_for() {
	local end=$(($(date +%s) + $1 * ${CHECK_PATIENCE:-5}))
	shift
	until "$@" >/dev/null 2>&1; do
		if [ "$(date +%s)" -ge "$end" ]; then
			echo "# gave up waiting for: $*"
			return 1
		fi
		# A short pause of the shell's own, not of the test's logic.
		read -r -t 0.05 _ <"$T/.never" || :
	done
}

# asks_again COMMAND…: a player, once more and at most ten times while it is answered 503
# (on a machine that is slow or busy a camera's first picture takes longer than one
# request waits for it) or was too slow to sign in. Only the last try's output is shown.
asks_again() {
	local out status _
	out=$(mktemp "$T/asks.XXXXXX")
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		"$@" >"$out" 2>&1
		status=$?
		grep -qE '503|end-of-file' "$out" || break
	done
	cat "$out"
	rm -f "$out"
	return $status
}

run_bg() {	# run_bg LOG COMMAND…: start in the background; its pid is in $bg_pid
	local log=$1
	shift
	"$@" >"$log" 2>&1 &
	bg_pid=$!
	tap_pids="$tap_pids $bg_pid"
}

end_bg() {	# end_bg PID: SIGTERM and wait; its exit status
	kill -TERM "$1" 2>/dev/null
	wait "$1" 2>/dev/null
}

cleanup() {
	local status=$? pid
	for pid in $tap_pids; do
		kill -TERM "$pid" 2>/dev/null
	done
	for pid in $tap_pids; do
		wait "$pid" 2>/dev/null
	done
	exec 9>&-
	if [ "${KEEP:-}" = 1 ]; then
		echo "# kept $T"
	else
		rm -rf "$T"
	fi
	exit $status
}

T=$(mktemp -d "${TMPDIR:-/tmp}/camherd-test.XXXXXX")
mkfifo "$T/.never"
exec 9<>"$T/.never"	# so that a read from it waits instead of ending
trap cleanup EXIT
trap 'exit 1' INT TERM

# herd_conf [LINES…]: a private installation in $T with free ports; each argument is
# added as a line of the configuration.
herd_conf() {
	mkdir -p "$T/state" "$T/run"
	{
		echo "[paths]"
		echo "state = $T/state"
		echo "run = $T/run"
		echo "www = $top_srcdir/webd/ui/dist"
		echo "[streamd]"
		echo "rtsp_listen = 127.0.0.1:0"
		echo "camera_networks = 127.0.0.0/8"
		echo "[webd]"
		echo "listen = 127.0.0.1:0"
		for line in "$@"; do echo "$line"; done
	} >"$T/camherd.conf"
	chmod 600 "$T/camherd.conf"
	export CAMHERD_CONF=$T/camherd.conf
	camherd db-upgrade >"$T/db-upgrade.log" 2>&1 || { cat "$T/db-upgrade.log"; return 1; }
}

camherd() {
	"$top_builddir/cli/camherd" "$@"
}

start_daemon() {	# start_daemon NAME: and wait until it is ready
	run_bg "$T/$1.log" "$top_builddir/$1/$1" -c "$T/camherd.conf"
	wait_for 20 daemon_ready "$1" || { sed 's/^/# /' "$T/$1.log"; return 1; }
}

daemon_ready() {
	case $1 in
	flashd) [ -S "$T/run/flashd.bell" ] && grep -q 'main: flashd .* works with' "$T/flashd.log" ;;
	*) [ -s "$T/run/$1.listen" ] ;;
	esac
}

listen_of() {	# listen_of webd → 127.0.0.1:PORT
	cat "$T/run/$1.listen"
}
