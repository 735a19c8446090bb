# shellcheck shell=dash
# SPDX-License-Identifier: GPL-3.0-or-later
# What quickstart.sh and check.sh share: installing what is missing with apt, and
# building out of the source tree. Source it; it defines functions and runs nothing.
#
#   setup_packages build|page|run|check    print a list of Debian packages
#   setup_install LIST…                    install what of these lists is missing
#   setup_configure FOLDER [OPTION…]       ./autogen.sh and configure, when needed
#   setup_cc                               the C compiler's name, through ccache if there
#   setup_jobs                             how many jobs make may run at once
#   setup_test_jobs                        how many tests; they wait more than they compute
#
# A word A|B means: any of these; A is installed when none is there.

setup_say() {	# one line about what is being done
	echo "==> $*"
}

setup_die() {	# setup_die MESSAGE…: say why and stop
	echo "$0: $*" >&2
	exit 1
}

setup_packages() {
	case $1 in
	build)
		echo autoconf automake autoconf-archive make gcc 'libc6-dev|libc-dev' \
			'pkgconf|pkg-config' libevent-dev libsqlite3-dev libinih-dev libjansson-dev \
			libsodium-dev libserialport-dev libmicrohttpd-dev libgnutls28-dev libudev-dev \
			'libcurl4-gnutls-dev|libcurl4-openssl-dev' \
			libavformat-dev libavcodec-dev libavutil-dev libswscale-dev \
			'libjpeg62-turbo-dev|libjpeg-dev' libcmocka-dev
		;;
	page)
		# Node.js from elsewhere brings its own npm and conflicts with Debian's.
		command -v npm >/dev/null 2>&1 || echo nodejs npm
		;;
	run)
		echo ffmpeg curl
		;;
	check)
		echo ffmpeg curl jq openssl procps util-linux xz-utils 'clang|clang-14' libclang-rt-14-dev \
			'clang-format|clang-format-14' cppcheck shellcheck mandoc chromium sqlite3 \
			valgrind libc6-dbg \
			gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good \
			gstreamer1.0-libav
		;;
	*)
		setup_die "setup_packages: there is no list '$1'"
		;;
	esac
}

setup_is_installed() {	# setup_is_installed A|B…: any of them
	local name
	for name in $(echo "$1" | tr '|' ' '); do
		# Word for word: dpkg also knows "not-installed".
		if dpkg-query -W -f='${db:Status-Status}\n' "$name" 2>/dev/null |
			grep -qx installed; then
			return 0
		fi
	done
	return 1
}

# Of A|B, the first that apt knows (libclang-rt-14-dev is Debian 12's; 13 has another).
setup_candidate() {
	local name
	for name in $(echo "$1" | tr '|' ' '); do
		if apt-cache show "$name" >/dev/null 2>&1; then
			echo "$name"
			return
		fi
	done
	echo "==> apt does not know ${1}; going on without it" >&2
}

setup_as_root() {	# run a command as root: as we are, or by sudo
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null 2>&1; then
		sudo "$@"
	else
		setup_die "'$*' needs root; run it as root, or install sudo, then start again"
	fi
}

setup_apt() {	# apt-get, without questions; it waits for another apt to end
	setup_as_root env DEBIAN_FRONTEND=noninteractive \
		apt-get -q -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 "$@"
}

setup_install() {
	local list word log missing='' names=''
	if ! command -v dpkg-query >/dev/null 2>&1 || ! command -v apt-get >/dev/null 2>&1; then
		setup_say "this is no Debian: packages are not installed; configure names what is missing"
		return 0
	fi
	for list in "$@"; do
		for word in $(setup_packages "$list"); do
			setup_is_installed "$word" || missing="$missing $word"
		done
	done
	if [ -z "$missing" ]; then
		setup_say "all packages are installed"
		return 0
	fi
	setup_say "installing with apt:$missing"
	setup_apt update >/dev/null ||
		setup_die "apt-get update failed; is the network there, and /etc/apt right?"
	for word in $missing; do
		names="$names $(setup_candidate "$word")"
	done
	log=$(mktemp)
	# shellcheck disable=SC2086 # a list of words
	setup_apt install -y --no-install-recommends $names >"$log" 2>&1 || {
		tail -n 20 "$log" >&2
		setup_die "apt-get install failed; its last lines stand above, all of it in $log"
	}
	rm -f "$log"
}

setup_cc() {
	if command -v ccache >/dev/null 2>&1; then
		echo "ccache ${1:-gcc}"
	else
		echo "${1:-gcc}"
	fi
}

setup_jobs() {
	nproc 2>/dev/null || echo 2
}

setup_test_jobs() {
	echo $(($(setup_jobs) * 4))
}

# In the checkout's top folder. Configures again only when the options or configure.ac
# have changed, so that a second run starts at once.
setup_configure() {
	local folder=$1 src
	shift
	src=$(pwd)
	if [ ! -x configure ] || [ configure.ac -nt configure ]; then
		setup_say "making configure"
		./autogen.sh >autogen.log 2>&1 || {
			tail -n 20 autogen.log >&2
			setup_die "autogen.sh failed; autogen.log has it all"
		}
	fi
	mkdir -p "$folder"
	if [ -f "$folder/Makefile" ] && [ "$folder/Makefile" -nt configure ] &&
		[ "$(cat "$folder/.options" 2>/dev/null)" = "$*" ]; then
		return 0
	fi
	setup_say "configuring in $folder"
	(cd "$folder" && "$src/configure" -q "$@") >"$folder/configure.out" 2>&1 || {
		tail -n 20 "$folder/configure.out" >&2
		setup_die "configure failed; $folder/config.log has it all"
	}
	echo "$*" >"$folder/.options"
}
