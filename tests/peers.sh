#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# `make check-peers`: other people's programs against the real daemons and simulated
# cameras, with the configuration that `cam connect`, the man page and docs/scaling.md
# print, as they print it. Each part runs when its program is on PATH, and says so when
# not; PEERS="go2rtc nginx" runs only these:
#
#   mpv cvlc          players; cvlc (Debian's VLC has no RTSP) plays MJPEG over HTTP
#   motion            takes MJPEG and RTSP; its own MJPEG is a camera of ours
#   gst-rtsp-server   is published to, goes and comes back (python3 with its bindings)
#   go2rtc mediamtx   fetch from us, are published to, go and come back
#   nginx caddy       proxies in front of webd, with TLS
#   homeassistant     its own code, by $PEERS_PYTHON (a Python that can import it)
#
# LONG=SECONDS lets the players stay for so long (20).
# shellcheck source-path=SCRIPTDIR disable=SC2015,SC2034,SC2086,SC2154,SC2317
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/weblib.sh"
for tool in ffmpeg ffprobe jq curl; do
	command -v $tool >/dev/null || { echo "1..0 # SKIP $tool is not installed"; exit 0; }
done
: "${PEERS:=mpv cvlc motion gst-rtsp-server go2rtc mediamtx nginx caddy homeassistant}"
: "${PEERS_PYTHON:=python3}" "${LONG:=20}"
PATH=$PATH:/usr/sbin

is_here() {	# is_here NAME
	case $1 in
	homeassistant) "$PEERS_PYTHON" -c 'import homeassistant' 2>/dev/null ;;
	gst-rtsp-server) /usr/bin/python3 -c 'import gi; gi.require_version("GstRtspServer", "1.0")' 2>/dev/null ;;
	*) command -v "$1" >/dev/null ;;
	esac
}

# ---- the herd ----

free_port() {	# one that nobody listens on, below those that connections are given
	local port
	until port=$((20000 + RANDOM % 10000)) && ! listens $port; do :; done
	echo $port
}
listens() { [ -n "$(awk -v p=":$(printf '%04X' "$1")" '$2 ~ p"$" && $4 == "0A"' /proc/net/tcp)" ]; }
# Servers that go and come back have an address that no other connection takes meanwhile.
S=127.9.$((RANDOM % 250 + 1)).$((RANDOM % 250 + 1))
start_cam() {	# start_cam NAME NUMBER [OPTIONS…]; its port stays the same from then on
	local name=$1 number=$2 port=0
	shift 2
	[ ! -s "$T/port.$name" ] || port=$(cat "$T/port.$name")
	rm -f "$T/port.$name"
	run_bg "$T/sim.$name.log" "$top_builddir/tests/sim/simcam" --listen "$S:$port" \
		--port-file "$T/port.$name" --number "$number" "$@"
	wait_for 20 test -s "$T/port.$name" && echo "$bg_pid" >"$T/pid.$name"
}
stop_cam() { end_bg "$(cat "$T/pid.$1")"; }
show() { camherd --json cam show "$1" | jq -r ".camera.$2"; }
shows() {	# shows NAME FIELD PATTERN
	show "$1" "$2" | grep -q -- "$3" || { camherd --json cam show "$1"; return 1; }
}

herd_conf "[streamd]" "udp = on" "rtp_port = 0" "max_encoders = 8" "[log]" "level = debug" \
	"[webd]" "hostnames = cams.example.org" "trusted_proxy = 127.0.0.1" || exit 1
mkdir -p "$T/www"
echo '<!doctype html><title>camherd</title>' >"$T/www/index.html"
sed -i "s|^www = .*|www = $T/www|" "$T/camherd.conf"
start_cam yard 1 && start_cam gate 2 --variant restart --size 320x240 || exit 1
run_bg "$T/sim.tone.log" "$top_builddir/tests/sim/simpppp" --port-file "$T/port.tone" --number 3 --audio --id ABCD-123456-EFGHI
wait_for 20 test -s "$T/port.tone" || exit 1
camherd -q cam add yard "http://$S:$(cat "$T/port.yard")/stream" &&
	camherd -q cam add gate "http://$S:$(cat "$T/port.gate")/stream" &&
	camherd -q cam add tone "pppp:ABCD-123456-EFGHI@127.0.0.1:$(cat "$T/port.tone")" || exit 1
start_daemon streamd && streamd_pid=$bg_pid && start_daemon webd || exit 1
A=$(listen_of streamd)
web=$(listen_of webd)
url=http://$web
web_sign_up || exit 1
PASS=$(camherd --json stream-password show | jq -r .password)
U=rtsp://camherd:$PASS@$A
W=http://camherd:$PASS@$web

# decodes WHAT [OPTIONS…] URL: ffmpeg decodes twenty pictures without a complaint
decodes() {
	timeout 90 ffmpeg -v error -nostdin -analyzeduration 1000000 "$@" -map 0:v:0 -frames:v 20 \
		-fps_mode passthrough -enc_time_base -1 -f null - >"$T/decodes" 2>&1 || { cat "$T/decodes"; return 1; }
	cat "$T/decodes"
	[ ! -s "$T/decodes" ]
}
state_is() { shows "$1" push_state "^$2\$"; }
viewers_are() { shows "$1" clients "^$2\$"; }

# ---- players ----

mpv_plays() {	# mpv_plays URL [OPTIONS…]
	timeout $((LONG + 60)) mpv --no-config --terminal=yes --really-quiet --vo=null --ao=null \
		--length="$LONG" "$@" >"$T/mpv" 2>&1 || { cat "$T/mpv"; return 1; }
}
peer_mpv() {
	mpv --version | sed -n '1s/ Copyright.*//; 1s/^/# /p'
	for t in tcp udp; do
		check "mpv plays H.264 over $t" mpv_plays "$U/yard" --rtsp-transport=$t
		check "mpv plays RTP/JPEG with restart markers over $t" mpv_plays "$U/gate/mjpeg" --rtsp-transport=$t
		check "mpv plays H.264 and sound over $t" mpv_plays "$U/tone" --rtsp-transport=$t
	done
	check "mpv plays MJPEG over HTTP" mpv_plays "$W/cam/yard/stream.mjpeg"
	check "nobody stays behind" wait_for 40 viewers_are yard 0
}
pictures_in() {	# pictures_in FILE AT-LEAST
	ffprobe -v error -count_packets -show_entries stream=nb_read_packets -of csv=p=0 "$1" >"$T/count" 2>&1
	cat "$T/count"
	[ "$(cat "$T/count")" -ge "$2" ]
}
peer_cvlc() {	# it refuses to be root
	local as=
	[ "$(id -u)" != 0 ] || as="setpriv --reuid=65534 --clear-groups"
	mkdir -m 777 "$T/vlc"
	chmod 711 "$T"
	$as env HOME="$T/vlc" cvlc --version 2>/dev/null | sed -n '1s/^/# /p'
	timeout $((LONG + 20)) $as env HOME="$T/vlc" cvlc -q -I dummy --run-time="$LONG" --play-and-exit --no-sout-audio \
		--sout "#std{access=file,mux=avi,dst=$T/vlc/x.avi}" "$W/cam/yard/stream.mjpeg" vlc://quit >"$T/vlc.log" 2>&1
	check "VLC plays MJPEG over HTTP" pictures_in "$T/vlc/x.avi" $((LONG * 5))
}
motion_shows() {	# motion_shows PORT: ten pictures of its own stream
	[ "$(curl -s -m 5 "http://$S:$1/" | grep -ac '^Content-Length')" -ge 10 ]
}
peer_motion() {
	local n=0 from ports=
	motion -h 2>&1 | sed -n '1s/^/# /p'
	mkdir "$T/motion"
	printf '%s\n' "daemon off" "log_level 6" "target_dir $T/motion" "webcontrol_port 0" "stream_localhost off" \
		"stream_maxrate 10" "width 640" "height 480" "picture_output off" "movie_output off" >"$T/motion.conf"
	for from in "rtsp://$A/yard" "rtsp://$A/yard/mjpeg" "http://$web/cam/yard/stream.mjpeg"; do
		n=$((n + 1))
		ports="$ports $(free_port)"
		printf '%s\n' "camera_id $n" "netcam_url $from" "netcam_userpass camherd:$PASS" "stream_port ${ports##* }" >"$T/motion/$n.conf"
		echo "camera $T/motion/$n.conf" >>"$T/motion.conf"
	done
	run_bg "$T/motion.log" motion -c "$T/motion.conf"
	set -- $ports
	check "motion takes H.264" wait_for 20 motion_shows "$1"
	check "motion takes RTP/JPEG" wait_for 20 motion_shows "$2"
	check "motion takes MJPEG over HTTP" wait_for 20 motion_shows "$3"
	camherd -q cam add motion "http://127.0.0.1:$3/"
	check "and its MJPEG is a camera of ours" camherd cam snapshot motion -o "$T/motion.jpg"
}

# ---- media servers ----

# publishes START STOP PORT PATH…: both codecs; the server goes and comes back
publishes() {
	local start=$1 stop=$2 port=$3
	$start
	check "it starts" wait_for 20 listens "$port"
	camherd -q cam set yard "push=rtsp://$S:$port/yard"
	camherd -q cam set gate "push=rtsp://$S:$port/gate" push-codec=mjpeg
	check "H.264 is published" wait_for 40 state_is yard live
	check "RTP/JPEG with restart markers is published" wait_for 40 state_is gate live
	$stop
	check "that it went is said" wait_for 20 shows yard push_reason 'check address and port'
	$start
	wait_for 60 state_is yard live && wait_for 60 state_is gate live
	ok "it comes back, and both are published again" $?
	end_bg "$(cat "$T/pid.yard")"
	check "the camera goes" wait_for 30 shows yard push_reason .
	start_cam yard 1
	check "and comes back on the same connection" wait_for 30 shows yard push_reason '^$'
	is "which never broke" "$(show yard push_state)" live
}
unpublish() {
	camherd -q cam set yard push=off
	camherd -q cam set gate push=off
}
gst_start() { run_bg "$T/gst.log" /usr/bin/python3 "$top_srcdir/tests/peers_gst.py" "$S" "$GP" "$T/gst"; }
gst_stop() { end_bg "$bg_pid"; }
peer_gst_rtsp_server() {
	GP=$(free_port)
	mkdir "$T/gst"
	publishes gst_start gst_stop "$GP"
	decoded() { [ "$(find "$T/gst" -name "$1-*.jpg" -size +1k | wc -l)" -ge 20 ]; }
	check "H.264 was decoded there" wait_for 20 decoded yard
	check "RTP/JPEG was decoded there" wait_for 20 decoded gate
	sed -n '1s/^/# /p' "$T/gst.log"
	camherd -q cam set tone "push=rtsp://$S:$GP/nowhere"
	check "a path that it does not have is said" wait_for 30 shows tone push_reason 'no such path'
	camherd -q cam set tone push=off
	unpublish
}
doc_text() {	# doc_text FILE HEADING: the first indented block under it, as printed
	sed -n "/^### $2\$/,/^###* /p" "$top_srcdir/$1" |
		awk '/^    /{ on = 1; print substr($0, 5); next } on && /^$/ { print ""; next } on { exit }'
}
# These two were written after their documentation: neither was at hand when this was.
go2rtc_start() {	# with ports of its own; the rest as printed
	run_bg "$T/go2rtc.log" go2rtc -config "$T/go2rtc.yaml" -config "{api: {listen: '$S:$GA'}, webrtc: {listen: ''}, rtsp: {listen: '$S:$GP'}}"
}
go2rtc_stop() { end_bg "$bg_pid"; }
peer_go2rtc() {
	GA=$(free_port) GP=$(free_port)
	go2rtc -version 2>&1 | sed -n '1s/^/# /p'
	camherd cam connect tone | sed -n '/^# go2rtc.yaml$/,/^$/p' >"$T/go2rtc.yaml"
	go2rtc_start
	wait_for 20 listens "$GP"
	check "go2rtc fetches as cam connect says" decodes -rtsp_transport tcp -i "rtsp://$S:$GP/tone"
	go2rtc_stop
	doc_text docs/scaling.md go2rtc | sed 's/^  yard:$/&\n  gate:/; /^rtsp:/,$d' >"$T/go2rtc.yaml"
	publishes go2rtc_start go2rtc_stop "$GP"
	check "H.264 can be watched there" decodes -rtsp_transport tcp -i "rtsp://$S:$GP/yard"
	unpublish
}
mediamtx_start() {
	run_bg "$T/mediamtx.log" env MTX_RTSPADDRESS="$S:$MP" MTX_RTSPTRANSPORTS=tcp MTX_RTMP=no MTX_HLS=no \
		MTX_WEBRTC=no MTX_SRT=no MTX_API=no mediamtx "$T/mediamtx.yml"
}
mediamtx_stop() { end_bg "$bg_pid"; }
peer_mediamtx() {
	MP=$(free_port)
	mediamtx --version 2>&1 | sed -n '1s/^/# MediaMTX /p'
	doc_text docs/scaling.md MediaMTX >"$T/mediamtx.yml"
	camherd cam set yard push-user=camherd --push-password <<<SECRET
	camherd cam set gate push-user=camherd --push-password <<<SECRET
	publishes mediamtx_start mediamtx_stop "$MP"
	check "H.264 can be watched there" decodes -rtsp_transport tcp -i "rtsp://$S:$MP/yard"
	check "RTP/JPEG can be watched there" decodes -rtsp_transport tcp -i "rtsp://$S:$MP/gate"
	unpublish
}

# ---- proxies ----

# man_text MARK NEXT: what webd(8) shows behind the line "# MARK"
man_text() { sed -n "/^# $1/,/^# $2/p" "$top_srcdir/man/webd.8" | sed '1d; $d'; }
behind() {	# behind NAME PORT: sign in, events, pictures and the largest upload through it
	local base=https://cams.example.org:$2 via=(curl -sk --resolve "cams.example.org:$2:127.0.0.1")
	# shellcheck disable=SC2317
	answers() { "${via[@]}" -m 5 -o /dev/null "$base/"; }
	wait_for 20 answers
	ok "$1 answers" $?
	"${via[@]}" -m 30 -D "$T/head" -o "$T/body" -H 'Content-Type: application/json' \
		-d '{"user":"anna","password":"correct horse"}' "$base/api/v1/session"
	check "$1: signing in works" web_took_login
	check "$1: the session is bound to TLS" grep -qi '^set-cookie: __Host-.*Secure' "$T/head"
	run_bg "$T/events" "${via[@]}" -N -H "Cookie: $cookie" "$base/api/v1/events"
	check "$1: events begin at once" wait_for 10 test -s "$T/events"
	had=$(wc -c <"$T/events")
	camherd -q cam set yard notes="behind $1"
	more() { [ "$(wc -c <"$T/events")" -gt "$had" ]; }
	check "$1: and come as they happen" wait_for 5 more
	end_bg "$bg_pid"
	pictures=$("${via[@]}" -N -m 10 -u "camherd:$PASS" "$base/cam/yard/stream.mjpeg" | grep -ac '^Content-Length')
	check "$1: pictures flow ($pictures in 10 s)" test "$pictures" -ge 30
	head -c 32M /dev/zero >"$T/upload"
	is "$1: 32 MiB can be uploaded" "$("${via[@]}" -m 60 -o "$T/answer" -w '%{http_code}' -H "Cookie: $cookie" \
		-H "X-Camherd-CSRF: $csrf" -H "Origin: $base" -H 'Content-Type: application/octet-stream' \
		--data-binary "@$T/upload" "$base/api/v1/incoming")" 201
}
peer_nginx() {
	local port
	port=$(free_port)
	nginx -v 2>&1 | sed 's/^/# /'
	mkdir "$T/nginx"
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$T/nginx/key" -out "$T/nginx/crt" -days 2 \
		-subj /CN=cams.example.org >"$T/openssl.log" 2>&1
	{
		echo "daemon off; worker_processes 1; pid $T/nginx/pid; error_log $T/nginx/error.log;"
		[ "$(id -u)" != 0 ] || echo "user root;"
		echo "events {} http { access_log off;"
		for n in client_body proxy fastcgi uwsgi scgi; do echo "${n}_temp_path $T/nginx/$n;"; done
		echo "server { listen 127.0.0.1:$port ssl; ssl_certificate $T/nginx/crt; ssl_certificate_key $T/nginx/key;"
		man_text nginx Caddy | sed "s/127.0.0.1:8360/$web/"
		echo "} }"
	} >"$T/nginx/conf"
	run_bg "$T/nginx.log" nginx -p "$T/nginx" -c "$T/nginx/conf"
	behind nginx "$port"
}
peer_caddy() {
	local port plain
	port=$(free_port) plain=$(free_port)
	caddy version | sed 's/ .*//; s/^/# caddy /'
	{
		printf '%s\n' "{" "http_port $plain" "https_port $port" local_certs skip_install_trust "admin off" \
			"storage file_system $T/caddy" "default_bind 127.0.0.1" "}"
		man_text Caddy camherd.conf | sed "s/127.0.0.1:8360/$web/"
	} >"$T/Caddyfile"
	HOME=$T run_bg "$T/caddy.log" caddy run --config "$T/Caddyfile" --adapter caddyfile
	behind Caddy "$port"
}

# ---- Home Assistant ----

peer_homeassistant() {
	mkdir "$T/ha"
	"$PEERS_PYTHON" "$top_srcdir/tests/peers_ha.py" "$T/ha" "$(free_port)" "$LONG" "$web" "$A" "$PASS" >"$T/ha.log" 2>"$T/ha.err"
	grep '^# ' "$T/ha.log"
	grep -q '^done$' "$T/ha.log" || tail -5 "$T/ha.err" | sed 's/^/# /'
	grep -q '^done$' "$T/ha.log"
	ok "Home Assistant ran to the end" $?
	while IFS=: read -r status name; do
		ok "Home Assistant: $name" "$status"
	done < <(grep '^[01]:' "$T/ha.log")
}

for peer in $PEERS; do
	if is_here "$peer"; then
		"peer_${peer//-/_}"
	else
		echo "# $peer is not here: its part is left out"
	fi
done
check "streamd ends with status 0" end_bg "$streamd_pid"
check "and logged no error" sh -c "! grep '^<3>' '$T/streamd.log'"
done_testing
