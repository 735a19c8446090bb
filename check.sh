#!/bin/sh
# shellcheck shell=dash
# SPDX-License-Identifier: GPL-3.0-or-later
# Everything that must hold before a change goes in, from a fresh checkout, without
# questions: installs what is missing, builds twice, tests twice, makes a tarball and
# builds that, runs the linters, and fuzzes for a moment. Ends with one line
# "N passed, N failed" and exits 0 only if nothing failed.
#
#   ./check.sh                 all of it (10 to 20 minutes on two cores)
#   ./check.sh STEP…           only these: asan plain dist clang lint long
#   SEED=N ./check.sh long     other random inputs than this commit's own
#
# Run as root, the tests start without capabilities, so that file modes and exclusive
# ports hold for them as for a user. All it makes is in build-check/.
set -eu
cd "$(dirname "$0")"
. ./dist/setup.sh

work=build-check
# A commit has a seed of its own: checked again it gets the same random inputs, and the
# next commit gets others.
seed=${SEED:-$((0x$(git rev-parse --short=7 HEAD 2>/dev/null || date +%s | cut -c4-)))}
passed=0
failed=0
complaints=

usage() {
	sed -n '4,15s/^# \{0,1\}//p' "$0"
	exit "$1"
}

# The command as a user would run it.
as_user() {
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --bounding-set=-all --inh-caps=-all -- "$@"
	else
		"$@"
	fi
}

count() {	# count 0|1 WHAT: one check that passed or failed
	if [ "$1" -eq 0 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		complaints="$complaints
  $2"
	fi
}

# step NAME WHAT COMMAND…: run it with its output in build-check/NAME.log, say how long
# it took, show the end of the log when it fails. Its status.
step() {
	local name=$1 what=$2 log=$work/$1.log from status=0
	shift 2
	from=$(date +%s)
	setup_say "$what"
	"$@" >"$log" 2>&1 || status=$?
	echo "    $(($(date +%s) - from)) s"
	if [ "$status" -ne 0 ]; then
		grep -E '^(not ok|FAIL:|ERROR:)|: (fatal )?error:|runtime error:|ERROR: .*Sanitizer' \
			"$log" | head -n 40 | sed 's/^/    /' || :
		echo "    it failed; the end of $log:"
		tail -n 15 "$log" | sed 's/^/    /'
	fi
	return "$status"
}

check_step() {	# a step that is one check of its own
	local status=0
	step "$@" || status=$?
	count "$status" "$2 ($work/$1.log)"
}

# What the tests that failed in a build folder wrote around their failure.
show_failures() {	# show_failures FOLDER
	find "$1" -name '*.trs' -exec grep -lE '^:test-result: (FAIL|XPASS|ERROR)' {} + |
		while read -r trs; do
			echo "    what ${trs#"$work"/} is about:"
			grep -E -B 40 '^not ok|Sanitizer|runtime error:' "${trs%.trs}.log" |
				tail -n 60 | cut -c1-300 | sed 's/^/      /'
		done
}

# Add the results of the tests in a build folder, as automake wrote them down. A test
# program that failed in one case also counts as "exited with status 1": that is one
# failure, not two.
count_tests() {	# count_tests NAME STATUS
	local ok bad skip names log=$work/$1.log
	ok=$(find "$work/$1" -name '*.trs' -exec cat {} + |
		grep -cE '^:test-result: (PASS|XFAIL)' || :)
	names=$(grep -E '^(FAIL|XPASS|ERROR): ' "$log" | awk '
		/^ERROR: .* - exited with status/ && failed[$2] { next }
		{ failed[$2] = 1; print }' || :)
	bad=$(printf '%s' "$names" | grep -c '' || :)
	skip=$(grep -E '^SKIP: ' "$log" || :)
	echo "    $ok tests passed, $bad failed, $(printf '%s' "$skip" | grep -c '' || :) skipped"
	[ -z "$skip" ] || echo "$skip" | sed 's/^/    /'
	passed=$((passed + ok))
	failed=$((failed + bad))
	[ "$bad" -eq 0 ] || show_failures "$work/$1"
	[ -z "$names" ] || complaints="$complaints
$(echo "$names" | sed "s|^|  $1: |")"
	# A build that stopped, or no test at all, is a failure too.
	if [ "$ok" -eq 0 ] || { [ "$2" -ne 0 ] && [ "$bad" -eq 0 ]; }; then
		count 1 "make check in $work/$1 ($log)"
	fi
}

# Compile on all cores, then run the tests, more of them at once.
make_and_test() {	# make_and_test FOLDER
	local status=0
	as_user make -C "$1" -k -j"$(setup_jobs)" check TESTS= || status=$?
	as_user make -C "$1" -k -j"$(setup_test_jobs)" check || status=$?
	return "$status"
}

step_asan() {
	local status=0
	setup_configure "$work/asan" --enable-werror --enable-sanitize CC="$(setup_cc gcc)"
	find "$work/asan" -name '*.trs' -delete
	step asan "build with gcc -Werror, AddressSanitizer and UBSan; all tests" \
		make_and_test "$work/asan" || status=$?
	count_tests asan "$status"
}

step_plain() {
	local status=0
	setup_configure "$work/plain" --enable-werror CC="$(setup_cc gcc)"
	find "$work/plain" -name '*.trs' -delete
	step plain "build with gcc -Werror as it is released; all tests" \
		make_and_test "$work/plain" || status=$?
	count_tests plain "$status"
}

step_dist() {
	setup_configure "$work/plain" --enable-werror CC="$(setup_cc gcc)"
	# Whatever an interrupted run left is read-only.
	chmod -R u+w "$work/plain"/camherd-*/ 2>/dev/null || :
	check_step dist "make distcheck: a tarball that builds, tests, installs and cleans up" \
		as_user env CHECK_SCALE=short make -C "$work/plain" -j"$(setup_jobs)" distcheck
}

step_clang() {
	command -v clang >/dev/null 2>&1 || {
		count 1 "clang is not there"
		return
	}
	setup_configure "$work/clang" --enable-werror --enable-fuzz CC="$(setup_cc clang)"
	check_step clang "build of everything with clang -Werror, with the fuzz targets" \
		as_user make -C "$work/clang" -k -j"$(setup_jobs)" check TESTS=
}

lint_cppcheck() {
	local queue
	# Without its macros cppcheck understands no list; no other system header matters.
	queue=$(echo '#include <sys/queue.h>' | gcc -M -xc - | tr ' ' '\n' | grep 'sys/queue\.h')
	cppcheck --quiet --std=c11 --include="$queue" --enable=warning,portability,performance --inline-suppr \
		--error-exitcode=1 --suppressions-list=tests/lint/cppcheck.txt \
		-j"$(setup_jobs)" -D__linux__ -DHAVE_CONFIG_H -I. \
		common db image appliance flashd streamd webd cli
}

# Our own files: those that git knows, or in a tarball all of them.
sources() {	# sources PATTERN…
	git ls-files -- "$@" 2>/dev/null || for pattern in "$@"; do
		find . -path "./$work" -prune -o -path '*/node_modules' -prune -o \
			-name "$pattern" -print
	done
}

lint_shell() {
	sources '*.sh' '*.t' | xargs shellcheck -x -P . -S warning
}

lint_man() {
	mandoc -T lint -W warning man/*.[1-9]
}

lint_format() {	# told, not enforced: some tables are aligned by hand
	local format n=0 file
	format=$(command -v clang-format-14 || command -v clang-format) || return 0
	for file in $(sources '*.c'); do
		"$format" --dry-run -Werror "$file" >/dev/null 2>&1 || {
			n=$((n + 1))
			echo "$file"
		}
	done
	echo "$n files differ from .clang-format"
}

step_lint() {
	check_step cppcheck "cppcheck" lint_cppcheck
	check_step shellcheck "shellcheck on all scripts" lint_shell
	check_step mandoc "mandoc -T lint on the manual pages" lint_man
	step format "clang-format (for information)" lint_format || :
	tail -n 1 "$work/format.log" | sed 's/^/    /'
}

# One twentieth of `make check-long`, of the fuzzing a fortieth, with a seed that is
# printed: valgrind needs a build without sanitizers, the fuzzers one by clang.
step_long() {
	setup_configure "$work/plain" --enable-werror CC="$(setup_cc gcc)"
	check_step long "a twentieth of make check-long: counts, valgrind, ThreadSanitizer; SEED=$seed" \
		as_user make -C "$work/plain" -j"$(setup_jobs)" check-long \
		CHECK_LONG="counts memory threads" CHECK_LONG_PART=20 SEED="$seed"
	setup_configure "$work/clang" --enable-werror --enable-fuzz CC="$(setup_cc clang)"
	check_step fuzz "a fortieth of make check-long: fuzzing; SEED=$seed" \
		as_user make -C "$work/clang" -j"$(setup_jobs)" check-long \
		CHECK_LONG=fuzz CHECK_LONG_PART=40 SEED="$seed"
}

may_drop_rights() {	# root without capabilities must be able to read the checkout
	as_user test -r configure.ac && return
	setup_die "the checkout belongs to somebody else and is closed to others; run this as its
owner, or make it readable: chmod -R go+rX ."
}

main() {
	local from steps what
	case ${1:-} in
	-h | --help) usage 0 ;;
	esac
	steps=${*:-asan plain dist clang lint long}
	for what in $steps; do
		case $what in
		asan | plain | dist | clang | lint | long) ;;
		*) echo "$0: there is no step '$what'" >&2 && usage 2 >&2 ;;
		esac
	done
	from=$(date +%s)
	mkdir -p "$work"
	# Folders of the tests: short, because paths of sockets have little room, and our own.
	TMPDIR=$(mktemp -d "${TMPDIR:-/tmp}/check.XXXXXX")
	export TMPDIR
	trap 'rm -rf "$TMPDIR"' EXIT
	trap 'exit 1' INT TERM
	setup_install build page run check
	may_drop_rights
	for what in $steps; do
		"step_$what"
	done
	setup_say "all that was asked for took $(($(date +%s) - from)) s"
	[ -z "$complaints" ] || echo "What failed:$complaints"
	echo "$passed passed, $failed failed"
	[ "$failed" -eq 0 ]
}

main "$@"
