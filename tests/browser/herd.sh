# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-3.0-or-later
# Shared by e2e_browser.t and screenshots.sh; source tests/lib.sh first. A private herd:
# two cameras' UARTs on ptys, two cameras on the network, the three daemons; and the
# browser's tools.

CHROMIUM=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || :)}
export CHROMIUM

# The tools that package-lock.json names, in the build folder. One test installs them,
# the others that start with it wait.
browser_tools() {
	mkdir -p "$top_builddir/tests/browser"
	{ flock 8 && install_browser_tools; } 8>"$top_builddir/tests/browser/.lock" || return 1
	BROWSER_MODULES=$(cd "$top_builddir/tests/browser" && pwd)
	export BROWSER_MODULES
}

install_browser_tools() {
	local from=$top_srcdir/tests/browser to=$top_builddir/tests/browser file
	for file in package.json package-lock.json .npmrc; do
		cmp -s "$from/$file" "$to/$file" || cp "$from/$file" "$to/$file" || return 1
	done
	if ! cmp -s "$from/package-lock.json" "$to/node_modules/.camherd-lock"; then
		(cd "$to" && npm ci --loglevel=error) >"$T/npm.log" 2>&1 ||
			{ sed 's/^/# /' "$T/npm.log"; return 1; }
		cp "$from/package-lock.json" "$to/node_modules/.camherd-lock"
	fi
}

# Many at once: so many cameras, backups (of the first half of them; their files are not
# there) and jobs that have ended. Before the daemons start.
many_of_all() {	# many_of_all CAMERAS BACKUPS JOBS
	sqlite3 "$T/state/inventory.db" "BEGIN IMMEDIATE;
		WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < $1 - 1)
		INSERT INTO camera (name, source, tags, notes, created_s, changed_s)
		SELECT printf('herd-%03d', i), 'test:', printf('row-%d', i / 10),
			'bought in spring, stands behind the shed', 1700000000, 1700000000 FROM n;
		WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < $2 - 1)
		INSERT INTO dump (sha256, size, camera_id, kind, verified, chip, passes, note,
			created_s, sidecar)
		SELECT printf('%064x', i + 1), 1048576, (SELECT id FROM camera
			WHERE name = printf('herd-%03d', i % ($1 / 2))), 'backup', 1, 'xr872', 2,
			printf('backup number %d', i), 1700000000 + i, printf('%064x-1.json', i + 1)
		FROM n;
		WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < $3 - 1)
		INSERT INTO job (kind, state, port, camera_id, asked_by, result, created_s,
			started_s, ended_s)
		SELECT 'backup', 'done', 'usb-1.2', (SELECT id FROM camera
			WHERE name = printf('herd-%03d', i % ($1 / 2))), 'ola',
			json_object('sha256', printf('%064x', i + 1), 'size', 1048576, 'passes', 2,
				'retries', 0, 'mac', '02:11:22:33:44:55'),
			1700000000 + i, 1700000001 + i, 1700000030 + i
		FROM n; COMMIT;"
}

start_uart() {	# start_uart NAME SEED [OPTIONS…]
	local name=$1 seed=$2
	shift 2
	run_bg "$T/simuart-$name.log" "$top_builddir/tests/sim/simuart" \
		--link "$T/tty-$name" --flash "$T/flash-$name.bin" --seed "$seed" "$@"
	wait_for 20 test -e "$T/tty-$name"
}

start_cam() {	# start_cam NUMBER FPS: its address is in $cam_url
	run_bg "$T/simcam-$1.log" "$top_builddir/tests/sim/simcam" \
		--listen 127.0.0.1:0 --port-file "$T/simcam-$1.port" --number "$1" --fps "$2"
	wait_for 20 test -s "$T/simcam-$1.port" || return 1
	cam_url=http://127.0.0.1:$(cat "$T/simcam-$1.port")/stream
}

# Cameras without HTTP that hear the loopback network's broadcast: one of each family,
# the second one held by another program.
start_pppp() {
	local tag host=9 port=0
	for tag in BATC609531EXLVS:clear DGOA000123ABCDE:camera; do
		# shellcheck disable=SC2046 # an option or none
		run_bg "$T/simpppp-$host.log" "$top_builddir/tests/sim/simpppp" --number "$host" \
			--host 127.0.0.$host --port "$port" --broadcast 127.255.255.255 --id "${tag%:*}" \
			--key "${tag#*:}" --port-file "$T/simpppp-$host.port" \
			$([ "$host" = 9 ] || echo --held)
		wait_for 20 test -s "$T/simpppp-$host.port" || return 1
		port=$(cat "$T/simpppp-$host.port")
		host=$((host + 1))
	done
	pppp_port=$port
}

start_herd() {	# start_herd [OPTIONS OF THE SECOND SIMUART…]
	start_uart a 11 --size 512K || return 1
	# The second camera is bricked: what it holds is no firmware.
	head -c 524288 /dev/urandom >"$T/flash-b.bin"
	start_uart b 22 "$@" || return 1
	# The third one has a console that asks for a login.
	start_uart c 33 --size 512K --unpaced --fault console-login || return 1
	start_cam 1 12 && CAMERA_URL=$cam_url || return 1
	start_pppp || return 1
	herd_conf "[streamd]" "discovery = 127.255.255.255:$pppp_port" "linger_s = 1" "[flashd]" "ports = $T/tty-a $T/tty-b $T/tty-c" || return 1
	start_daemon streamd && start_daemon webd && start_daemon flashd || return 1
	FLASHD=$top_builddir/flashd/flashd FLASHD_PID=$bg_pid
	SETUP_CODE=$(camherd --json setup-code | sed -n 's/.*"code": *"\([a-z0-9]*\)".*/\1/p')
	BASE=http://$(listen_of webd)
	TTY_A=$T/tty-a TTY_B=$T/tty-b TTY_C=$T/tty-c
	FLASH_A=$T/flash-a.bin FLASH_B=$T/flash-b.bin
	TMPDIR=$T
	export FLASHD FLASHD_PID BASE SETUP_CODE CAMERA_URL TTY_A TTY_B TTY_C FLASH_A FLASH_B TMPDIR
}

# Two cameras of one board: the first bricked by an image for another chip, the second
# one good; both with small chips and without line times.
start_rescue_herd() {
	local mkimage=$top_builddir/tests/sim/mkimage
	"$mkimage" --family xr809 --small --size 524288 --seed 3 --mac 02:11:22:33:44:55 \
		--ssid old-meadow --psk "hidden meadow" "$T/flash-bad.bin" || return 1
	"$mkimage" --small --size 524288 --seed 4 --mac 02:11:22:33:44:66 \
		--ssid barn --psk "barn owl barn owl" "$T/flash-good.bin" || return 1
	CHIP_BAD=31310000000000000000000000003131
	start_uart bad 31 --chip-id $CHIP_BAD --unpaced --start off --control "$T/ctl-bad" \
		--stats "$T/stats-bad.json" || return 1
	start_uart good 32 --unpaced --control "$T/ctl-good" || return 1
	start_cam 1 12 && CAMERA_URL=$cam_url || return 1
	herd_conf "[streamd]" "linger_s = 1" "[flashd]" "ports = $T/tty-bad $T/tty-good" || return 1
	start_daemon streamd && STREAMD_PID=$bg_pid || return 1
	start_daemon webd && WEBD_PID=$bg_pid || return 1
	start_daemon flashd && FLASHD_PID=$bg_pid || return 1
	# Daemons that are started again must come back to their addresses.
	sed -i "s|^listen = .*|listen = $(listen_of webd)|; s|^rtsp_listen = .*|rtsp_listen = $(listen_of streamd)|" "$T/camherd.conf"
	SETUP_CODE=$(camherd --json setup-code | sed -n 's/.*"code": *"\([a-z0-9]*\)".*/\1/p')
	BASE=http://$(listen_of webd)
	TTY_BAD=$T/tty-bad TTY_GOOD=$T/tty-good CTL_BAD=$T/ctl-bad CTL_GOOD=$T/ctl-good
	STATS_BAD=$T/stats-bad.json
	FLASH_BAD=$T/flash-bad.bin FLASH_GOOD=$T/flash-good.bin BUILD=$top_builddir TMPDIR=$T
	export STREAMD_PID WEBD_PID FLASHD_PID SETUP_CODE BASE TTY_BAD TTY_GOOD CTL_BAD CTL_GOOD
	export CHIP_BAD FLASH_BAD FLASH_GOOD STATS_BAD CAMERA_URL BUILD TMPDIR
}
