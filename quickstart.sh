#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# From a fresh checkout to a running appliance: installs what is missing, builds, starts
# the three daemons with their state in ./demo, and says what to try. Ctrl-C ends all
# that it started; the next start goes on with the same state.
#
#   ./quickstart.sh               with a USB-serial adapter: for your own cameras
#                                 without one: with a simulated herd
#   ./quickstart.sh --demo        with the simulated herd in any case
#   ./quickstart.sh --self-test   does the main job once on the simulated herd, in a
#                                 folder of its own, prints each result, exits 0 or 1
set -u
started_in=$PWD
cd "$(dirname "$0")" || exit 1
top=$PWD
. ./dist/setup.sh

build="build-quickstart"
self_test=no
simulate=no
pids=		# what we started, in order
flashd_pid=

usage() {
	sed -n '3,12s/^# \{0,1\}//p' "$0"
	exit "$1"
}

while [ $# -gt 0 ]; do
	case $1 in
	--self-test) self_test=yes simulate=yes ;;
	--demo) simulate=yes ;;
	-h | --help) usage 0 ;;
	*) echo "$0: what is '$1'?" >&2 && usage 2 >&2 ;;
	esac
	shift
done

# Ending: flashd first, it may be in the middle of something; then the others.
stop_all() {
	local pid
	if [ -n "$flashd_pid" ]; then
		kill -TERM "$flashd_pid" 2>/dev/null
		wait "$flashd_pid" 2>/dev/null
	fi
	for pid in $pids; do
		kill -TERM "$pid" 2>/dev/null
	done
	for pid in $pids; do
		wait "$pid" 2>/dev/null
	done
	pids='' flashd_pid=''
	[ -z "${demo:-}" ] || rm -f "$demo/started"
}

# shellcheck disable=SC2317 # called by the trap
end_all() {
	local status=$?
	trap '' INT TERM
	[ -z "$pids" ] || [ "$self_test" = yes ] || echo "==> ending the daemons"
	stop_all
	[ -z "${run_temporary:-}" ] || rm -rf "$run_temporary"
	[ -z "${demo_temporary:-}" ] || rm -rf "$demo_temporary"
	exit "$status"
}
trap end_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# When a process began: with its number that names it, whoever gets that number later.
born() {
	sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20
}

# A quickstart that was killed could not end what it had started.
end_leftovers() {
	local pid when end=$((SECONDS + 30)) told=no
	[ -s "$demo/started" ] || return 0
	while read -r pid when; do
		while [ -n "$when" ] && [ "$(born "$pid")" = "$when" ]; do
			[ $told = yes ] || setup_say "ending what an earlier quickstart left running"
			told=yes
			if [ $SECONDS -lt $end ]; then
				kill -TERM "$pid" 2>/dev/null
			else
				kill -KILL "$pid" 2>/dev/null
			fi
			sleep 0.1
		done
	done <"$demo/started"
	rm -f "$demo/started"
}

build_all() {
	setup_install build page run
	# shellcheck disable=SC2119 # it takes a compiler's name or none
	setup_configure $build CC="$(setup_cc)"
	setup_say "building in $build (a few minutes the first time)"
	# One after the other: side by side both would build the libraries they share.
	if ! make -C $build -j"$(setup_jobs)" all >$build/quickstart.log 2>&1 ||
		! make -C $build -j"$(setup_jobs)" tests/sim/simuart tests/sim/simcam \
			>>$build/quickstart.log 2>&1; then
		tail -n 25 $build/quickstart.log >&2
		setup_die "the build failed; all of it is in $build/quickstart.log"
	fi
}

# Folders: ./demo, or a temporary one for the self-test. A socket's name must be short
# and a list of ports has no room for spaces, so RUN may have to be elsewhere.
make_folders() {
	umask 077
	if [ "$self_test" = yes ]; then
		demo=$(mktemp -d "${TMPDIR:-/tmp}/camherd-self-test.XXXXXX") || exit 1
		demo_temporary=$demo
	else
		demo=$top/demo
	fi
	mkdir -p "$demo/state" "$demo/logs" "$demo/flash" || exit 1
	exec 8>"$demo/lock"
	flock -n 8 || setup_die "another quickstart runs in $demo; end it first (Ctrl-C there)"
	end_leftovers
	run=$demo/run
	case $run in
	*[[:space:]]*) run= ;;
	esac
	if [ ${#run} -gt 70 ] || [ -z "$run" ]; then
		run=$(mktemp -d /tmp/camherd-run.XXXXXX) || exit 1
		run_temporary=$run
	fi
	mkdir -p "$run" || exit 1
}

port_is_taken() {
	(exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# choose_port NAME WANTED: "0.0.0.0:WANTED", or a free port when somebody has it.
choose_port() {
	if [ "$self_test" = yes ]; then
		echo 127.0.0.1:0
	elif port_is_taken "$2"; then
		echo "==> port $2 is in use; $1 takes a free one" >&2
		echo 0.0.0.0:0
	else
		echo "0.0.0.0:$2"
	fi
}

write_conf() {
	local ports=auto
	[ "$simulate" = no ] || ports="$run/bench-1 $run/bench-2"
	cat >"$demo/camherd.conf" <<-EOT
		# Written by quickstart.sh at each start.
		[paths]
		state = $demo/state
		run = $run
		www = $top/webd/ui/dist
		[flashd]
		ports = $ports
		[streamd]
		rtsp_listen = $(choose_port streamd 8654)
		# The private networks, and loopback because simulated cameras live there.
		camera_networks = 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 169.254.0.0/16 fc00::/7 fe80::/10 127.0.0.0/8
		[webd]
		listen = $(choose_port webd 8360)
	EOT
	cat >"$demo/camherd" <<-EOT
		#!/bin/sh
		# The command camherd with this demo's configuration. Written by quickstart.sh.
		CAMHERD_CONF='$demo/camherd.conf' exec '$top/$build/cli/camherd' "\$@"
	EOT
	chmod 700 "$demo/camherd"
}

camherd() {
	"$demo/camherd" "$@"
}

# start NAME COMMAND…: in the background, out of Ctrl-C's reach; its log is logs/NAME.log.
start() {
	local name=$1
	shift
	setsid "$@" >"$demo/logs/$name.log" 2>&1 8>&- &
	started=$!
	pids="$pids $started"
	echo "$started $(born $started)" >>"$demo/started"
	eval "pid_${name//-/_}=$started"
}

# wait_until NAME SECONDS COMMAND…: for a program that we started to be ready.
wait_until() {
	local name=$1 end=$((SECONDS + $2)) pid=
	shift 2
	eval "pid=\$pid_${name//-/_}"
	until "$@" 2>/dev/null; do
		if ! kill -0 "$pid" 2>/dev/null || [ $SECONDS -ge $end ]; then
			tail -n 10 "$demo/logs/$name.log" >&2
			setup_die "$name did not start; its log is $demo/logs/$name.log"
		fi
		sleep 0.1
	done
}

# A chip that somebody has flashed with something else: only its boot ROM answers.
make_brick() {
	local made
	$build/tests/sim/simuart --link "$run/factory" --flash "$demo/flash/bench-2.bin" --seed 22 \
		>"$demo/logs/factory.log" 2>&1 8>&- &
	made=$!
	pid_factory=$made # wait_until reads it
	: "$pid_factory"
	wait_until factory 20 test -e "$run/factory"
	kill -TERM $made
	wait $made 2>/dev/null
	yes 'This is no firmware for this camera.' 2>/dev/null | head -c 262144 |
		dd of="$demo/flash/bench-2.bin" bs=4096 seek=8 conv=notrunc 2>/dev/null
}

start_herd() {
	local speed=
	[ "$self_test" = no ] || speed=--unpaced
	[ -s "$demo/flash/bench-2.bin" ] || make_brick
	# shellcheck disable=SC2086 # an option or nothing
	start bench-1 $build/tests/sim/simuart --link "$run/bench-1" --flash "$demo/flash/bench-1.bin" \
		--seed 11 $speed
	# shellcheck disable=SC2086
	start bench-2 $build/tests/sim/simuart --link "$run/bench-2" --flash "$demo/flash/bench-2.bin" \
		--seed 22 $speed
	start yard $build/tests/sim/simcam --listen 127.0.0.1:0 --port-file "$run/yard.port" \
		--number 1 --size 640x480 --fps 15
	start door $build/tests/sim/simcam --listen 127.0.0.1:0 --port-file "$run/door.port" \
		--number 2 --size 320x240 --fps 10 --variant restart
	wait_until bench-1 20 test -e "$run/bench-1"
	wait_until bench-2 20 test -e "$run/bench-2"
	wait_until yard 20 test -s "$run/yard.port"
	wait_until door 20 test -s "$run/door.port"
}

# The simulated cameras take other ports at each start.
add_camera() {	# add_camera NAME
	local source
	source=http://127.0.0.1:$(cat "$run/$1.port")/stream
	if camherd -q cam show "$1" >/dev/null 2>&1; then
		camherd -q cam set "$1" "source=$source"
	else
		camherd -q cam add "$1" "$source" --tags simulated
	fi || setup_die "the camera $1 could not be added"
}

# shellcheck disable=SC2317 # called by wait_until
all_up() {
	[ "$(camherd status | grep -c ' up ')" = 3 ]
}

start_daemons() {
	start flashd $build/flashd/flashd -c "$demo/camherd.conf"
	flashd_pid=$started
	start streamd $build/streamd/streamd -c "$demo/camherd.conf"
	start webd $build/webd/webd -c "$demo/camherd.conf"
	wait_until flashd 20 test -S "$run/flashd.bell"
	wait_until streamd 20 test -s "$run/streamd.listen"
	wait_until webd 20 test -s "$run/webd.listen"
	wait_until flashd 20 all_up
}

name_ports() {
	local port
	for port in bench-1 bench-2; do
		wait_until flashd 20 camherd -q port name "$run/$port" $port
	done
}

# A field of a one-line JSON document: its first text or number of that name.
field() {
	sed -n "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p"
}

say_welcome() {
	local web first=./demo/camherd code address
	[ "$started_in" = "$top" ] || first=$demo/camherd
	web=$(cat "$run/webd.listen")
	address=$(camherd --json cam urls yard 2>/dev/null | field snapshot)
	address=${address#http://}
	address=${address%%/*}
	echo
	echo "camherd is running. Ctrl-C ends it; its state stays in $demo."
	echo
	echo "  page          http://localhost:${web##*:}/"
	[ -z "$address" ] || echo "                http://$address/  (from other machines)"
	if code=$(camherd -q setup-code 2>/dev/null); then
		echo "  setup code    $code  (makes the first user; good for 15 minutes, then: $first setup-code)"
	else
		echo "  sign in       as $(camherd --json user list | field name)"
	fi
	if [ "$simulate" = yes ]; then
		echo
		echo "  No camera here is real: bench-1 and bench-2 are simulated serial ports with an XR872"
		echo "  chip each (bench-2 begins as a brick: only its boot ROM answers), yard and door are"
		echo "  simulated MJPEG cameras."
		echo
		echo "  H.264         $(camherd --json cam urls yard --embed | field rtsp)"
		echo "                $(camherd --json cam urls door --embed | field rtsp)"
		echo "  RTP/JPEG      $(camherd --json cam urls yard --embed | field rtsp_mjpeg)"
		echo "                $(camherd --json cam urls door --embed | field rtsp_mjpeg)"
		echo
		echo "Three commands to try in another terminal:"
		echo
		echo "  $first backup bench-1 --camera yard"
		echo "  $first restore bench-2 1 --identity donor --camera door --experimental"
		echo "  ffmpeg -rtsp_transport tcp -i '$(camherd --json cam urls yard --embed | field rtsp)' \\"
		echo "      -t 5 -c copy yard.mp4"
	else
		echo
		echo "Three commands to try in another terminal:"
		echo
		echo "  $first ports"
		echo "  $first port enable PORT && $first backup PORT"
		echo "  $first cam add porch http://ADDRESS/PATH && $first cam urls porch"
		echo
		echo "Simulated cameras instead: ./quickstart.sh --demo"
	fi
	echo
}

# The self-test.
failed=0
result() {	# result STATUS TEXT…
	local status=$1
	shift
	if [ "$status" -eq 0 ]; then
		echo "ok      $*"
	else
		echo "FAILED  $*"
		failed=1
		tail -n 15 "$demo/step.log" 2>/dev/null | sed 's/^/        /'
	fi
}

step() {	# step COMMAND…: its standard output in $answer, all else in the log
	answer=$(timeout 120 "$@" 2>"$demo/step.log")
	local status=$?
	[ -z "$answer" ] || printf '%s\n' "$answer" >>"$demo/step.log"
	return $status
}

sha_of() {
	sha256sum "$1" | cut -d' ' -f1
}

test_flash() {
	local dump sha before
	step "$demo/camherd" --json identify bench-1
	result $? "identify bench-1: $(printf '%s' "$answer" | field chip), boot ROM" \
		"$(printf '%s' "$answer" | field brom_version), flash $(printf '%s' "$answer" | field jedec)"

	step "$demo/camherd" --json backup bench-1 --camera yard
	local status=$?
	dump=$(printf '%s' "$answer" | sed -n 's/.*"dump":{"id":\([0-9]*\).*/\1/p')
	sha=$(printf '%s' "$answer" | field sha256)
	[ $status -eq 0 ] && [ "$sha" = "$(sha_of "$demo/flash/bench-1.bin")" ] &&
		[ "$sha" = "$(sha_of "$demo/state/dumps/$sha.bin")" ]
	result $? "backup bench-1: dump $dump, sha256 $(printf %.8s "$sha"), read" \
		"$(printf '%s' "$answer" | field passes) times, equal to the chip byte for byte"

	before=$(sha_of "$demo/flash/bench-2.bin")
	[ "$before" != "$sha" ]
	result $? "bench-2 holds other bytes than bench-1 before"
	step "$demo/camherd" --json restore bench-2 "${dump:-0}" --identity donor --camera door --experimental --yes
	status=$?
	[ $status -eq 0 ] && cmp "$demo/flash/bench-1.bin" "$demo/flash/bench-2.bin" >>"$demo/step.log" 2>&1
	result $? "restore onto bench-2: $(printf '%s' "$answer" | field written) sectors written," \
		"$(printf '%s' "$answer" | field skipped) were equal; now equal to bench-1 byte for byte"
	[ -n "$before" ] && [ -f "$demo/state/dumps/$before.bin" ] &&
		[ "$(sha_of "$demo/state/dumps/$before.bin")" = "$before" ]
	result $? "what bench-2 held before is kept as dump $(printf '%s' "$answer" | field safety_dump)"
}

# picture NAME CODEC URL: one picture by ffmpeg, and what ffprobe says of the stream.
picture() {
	local name=$1 codec=$2 url=$3 status seen size
	rm -f "$demo/picture.png"
	step ffprobe -v error -rtsp_transport tcp -select_streams v:0 \
		-show_entries stream=codec_name,width,height -of csv=p=0 "$url"
	status=$?
	seen=$(printf '%s' "$answer" | head -n 1)
	[ $status -eq 0 ] && [ "${seen%%,*}" = "$codec" ] &&
		step ffmpeg -v error -nostdin -rtsp_transport tcp -i "$url" -frames:v 1 "$demo/picture.png"
	status=$?
	size=$(wc -c 2>/dev/null <"$demo/picture.png")
	[ $status -eq 0 ] && [ "${size:-0}" -gt 1000 ]
	result $? "$name: ffmpeg got one picture over RTSP ($seen)"
}

test_streams() {
	local user password url type
	picture H.264 h264 "$(camherd --json cam urls yard --embed | field rtsp)"
	picture RTP/JPEG mjpeg "$(camherd --json cam urls door --embed | field rtsp_mjpeg)"
	step "$demo/camherd" --json cam urls yard
	user=$(printf '%s' "$answer" | field user)
	password=$(printf '%s' "$answer" | field password)
	url=$(printf '%s' "$answer" | field snapshot)
	step curl -sSf --max-time 20 -u "$user:$password" -o "$demo/snapshot.jpg" \
		-w '%{content_type} %{size_download}' "$url"
	type=$answer
	case $type in
	"image/jpeg "*) [ "$(od -An -tx1 -N2 "$demo/snapshot.jpg" | tr -d ' ')" = ffd8 ] ;;
	*) false ;;
	esac
	result $? "snapshot: webd sent $type bytes"
	step curl -s --max-time 20 -o /dev/null -w '%{http_code}' "$url"
	[ "$answer" = 401 ]
	result $? "snapshot without credentials: refused with $answer"
}

# All of it ended and started again on the same state, as after Ctrl-C.
test_second_start() {
	local before left pid
	before=$(camherd --json dump list | field sha256)
	left=$pids
	stop_all
	for pid in $left; do
		[ ! -e "/proc/$pid" ] || break
		pid=
	done
	[ -z "$pid" ]
	result $? "the end leaves no process behind"
	go
	step "$demo/camherd" --json cam list
	[ "$(printf '%s' "$answer" | grep -o '"name":"[a-z]*"' | sort | tr '\n' ' ')" = '"name":"door" "name":"yard" ' ]
	result $? "a second start goes on with the same two cameras"
	step "$demo/camherd" --json dump list
	[ -n "$before" ] && [ "$(printf '%s' "$answer" | field sha256)" = "$before" ]
	result $? "and with the same dumps"
	step "$demo/camherd" --json cam snapshot yard -o "$demo/again.jpg"
	result $? "a picture of the camera, which is at another port now"
}

# Everything up, on the state that is there.
go() {
	rm -f "$run"/*.listen "$run"/*.bell "$run"/*.sock "$run"/*.port
	write_conf
	camherd -q db-upgrade || exit 1
	[ "$simulate" = no ] || start_herd
	start_daemons
	if [ "$simulate" = yes ]; then
		name_ports
		add_camera yard
		add_camera door
	fi
}

build_all
if [ "$simulate" = no ]; then
	found=$(find /dev -maxdepth 1 \( -name 'ttyUSB*' -o -name 'ttyACM*' \) 2>/dev/null | sort | tr '\n' ' ')
	if [ -n "$found" ]; then
		setup_say "USB-serial adapters: ${found% }"
	else
		setup_say "no USB-serial adapter is plugged in: starting a simulated herd"
		simulate=yes
	fi
fi
make_folders
go
if [ "$self_test" = yes ]; then
	test_flash
	test_streams
	test_second_start
	[ $failed -eq 0 ] && echo "all of it works" || echo "the self-test failed; logs:"
	[ $failed -eq 0 ] || tail -n 40 "$demo"/logs/*.log
	exit $failed
fi
say_welcome
# shellcheck disable=SC2086 # a list of pids
wait -n $pids
for name in flashd streamd webd bench-1 bench-2 yard door; do
	eval "pid=\${pid_${name//-/_}:-}"
	[ -z "$pid" ] || kill -0 "$pid" 2>/dev/null || {
		tail -n 10 "$demo/logs/$name.log" >&2
		echo "$0: $name has ended by itself; its log is $demo/logs/$name.log" >&2
	}
done
exit 1
