# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-3.0-or-later
# Shared by the e2e_webd*.t tests: a webd of one's own and curl with its login. Source it
# after lib.sh.

webtool() {
	"$top_builddir/tests/webtool" "$@"
}

web_start() {	# web_start [LINES…]: a private webd; its address is in $web, $url
	mkdir -p "$T/www"
	echo '<!doctype html><title>camherd</title>' >"$T/www/index.html"
	echo 'secret canary' >"$T/canary"
	herd_conf "$@" || return 1
	sed -i "s|^www = .*|www = $T/www|" "$T/camherd.conf"
	start_daemon webd || return 1
	web=$(listen_of webd)
	url=http://$web
}

# web_sign_up: the first admin; $cookie and $csrf afterwards.
web_sign_up() {
	code=$(camherd --json setup-code | sed 's/.*"code": *"\([a-z0-9]*\)".*/\1/')
	curl -s -m 120 -D "$T/head" -o "$T/body" -H 'Content-Type: application/json' \
		-d "{\"code\":\"$code\",\"user\":\"anna\",\"password\":\"correct horse\"}" \
		"$url/api/v1/setup"
	web_took_login
}

web_took_login() {	# cookie and token out of $T/head and $T/body
	cookie=$(sed -n 's/^[Ss]et-[Cc]ookie: \([^;]*\);.*/\1/p' "$T/head")
	csrf=$(sed -n 's/.*"csrf":"\([0-9a-f]*\)".*/\1/p' "$T/body")
	[ -n "$cookie" ] && [ -n "$csrf" ]
}

# ask METHOD PATH [BODY]: as the admin; the status on stdout, the body in $T/answer
ask() {
	local body=()
	[ $# -lt 3 ] || body=(-H 'Content-Type: application/json' -d "$3")
	curl -s -m 120 -o "$T/answer" -w '%{http_code}' -X "$1" -H "Cookie: $cookie" \
		-H "X-Camherd-CSRF: $csrf" "${body[@]}" "$url$2"
}

status_of() {	# status_of CURL-ARGUMENTS…: only the status
	curl -s -m 120 -o "$T/answer" -w '%{http_code}' "$@"
}

field() {	# field NAME: a text or number out of $T/answer
	sed -n "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p" "$T/answer" | head -n 1
}
