#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck disable=SC2016 # check evaluates the quoted lines
# The manual pages say all there is: verbs and options of camherd(1), keys and defaults
# of camherd.conf(5), kinds and states of jobs in camherd(7). Lint clean.
# shellcheck source=tests/lib.sh
. "${top_srcdir:-.}/tests/lib.sh"

man=$top_srcdir/man
if command -v mandoc >/dev/null 2>&1; then
	for page in "$man"/*.[1-8]; do
		check "lint of ${page##*/}" eval '[ -z "$(mandoc -T lint -W warning "$page" 2>&1 | tee /dev/stderr)" ]'
	done
fi

# What stands in a page, without macros' names in the way.
words() {
	sed -e 's/\\-/-/g; s/\\&//g' "$1" | tr -s ' ' ' '
}
words "$man/camherd.1" >"$T/camherd.1"
words "$man/camherd.conf.5" >"$T/camherd.conf.5"
words "$man/camherd.7" >"$T/camherd.7"

camherd completion bash >"$T/completion" || exit 1
sed -n "/local verbs='help/,/^\t'/p" "$T/completion" | sed -n 's/^\t\t//p' >"$T/verbs"
[ "$(wc -l <"$T/verbs")" -ge 40 ] || { echo "Bail out! the list of verbs is not where it was"; exit 1; }
verbs_missing() {
	local verb missing=0
	while read -r verb; do
		grep -q "^\.It Cm $verb\( \|$\)" "$T/camherd.1" || { echo "no entry: $verb"; missing=1; }
	done <"$T/verbs"
	return $missing
}
check "camherd(1) has every verb" verbs_missing

# Options: each verb's entry line names each of its own (but not those of all jobs).
sed -n "s/^\t'\([^']*\)') options='\([^']*\)' ;;/\1:\2/p" "$T/completion" >"$T/options"
options_missing() {
	local verb options option missing=0
	while IFS=: read -r verb options; do
		for option in $options; do
			case $option in
			--queue | --follow | --no-wait) grep -q "Fl -${option#-}\|Fl ${option#-}" "$T/camherd.1" && continue ;;
			--output) option='o Ar FILE' ;;
			*) option=${option#-} ;;
			esac
			grep "^\.It Cm $verb\( \|$\)" "$T/camherd.1" | grep -q -- "Fl $option" ||
				{ echo "$verb: no $option"; missing=1; }
		done
	done <"$T/options"
	return $missing
}
check "camherd(1) has every option of every verb" options_missing

# [section] .Ic key … Default: value
sed -n 's/^\tX("\([a-z]*\)", "\([a-z0-9_]*\)", \("\([^"]*\)"\|[A-Z_]*\),.*/\1 \2 \4/p' \
	"$top_srcdir/common/conf.c" >"$T/keys"
[ "$(wc -l <"$T/keys")" -ge 15 ] || { echo "Bail out! the keys of conf.c are not where they were"; exit 1; }
section_of() {	# the part of camherd.conf(5) about [NAME]
	sed -n "/^\.Ss \[$1\]/,/^\.S[sh] /p" "$T/camherd.conf.5"
}
keys_missing() {
	local section key default missing=0
	while read -r section key default; do
		section_of "$section" | grep -qx "\.It Ic $key" ||
			{ echo "[$section] $key is not in the page"; missing=1; continue; }
		case $default in
		'') ;;
		*) section_of "$section" | sed -n "/^\.It Ic $key$/,/^\.\(It\|El\)/p" | grep -qw -- "$default" ||
			{ echo "[$section] $key: its default $default is not said"; missing=1; } ;;
		esac
	done <"$T/keys"
	return $missing
}
check "camherd.conf(5) has every key and its default" keys_missing
keys_invented() {
	local key invented=0
	while read -r key; do
		grep -q " $key\( \|$\)" "$T/keys" || { echo "no such key: $key"; invented=1; }
	done < <(sed -n 's/^\.It Ic //p' "$T/camherd.conf.5")
	return $invented
}
check "camherd.conf(5) has no other key" keys_invented

# A proxy set up as webd(8) says lets the largest upload through: nginx stops at 1 MiB
# unless it is told otherwise.
upload_mib=$(sed -n 's/^#define UPLOAD_MAX (\([0-9]*\)u \* 1024 \* 1024).*/\1/p' "$top_srcdir/webd/upload.h")
nginx_mib=$(sed -n 's/^ *client_max_body_size \([0-9]*\)m;$/\1/p' "$man/webd.8")
check "webd(8): uploads of $upload_mib MiB pass nginx" test "${nginx_mib:-1}" -ge "${upload_mib:?}"

# Lines such as [JOB_QUEUED] = { "queued", … in db/job_state.c: states name their
# transitions or 0, kinds two truth values.
all=$(sed -n 's/^\t\[JOB_[A-Z]*\] = { "\([a-z]*\)",* *\(.*\)/\1 \2/p' "$top_srcdir/db/job_state.c")
kinds=$(echo "$all" | sed -n 's/ \(true\|false\), .*//p')
states=$(echo "$all" | grep -v 'true\|false' | cut -d' ' -f1)
words_missing() {
	local word missing=0
	for word in "$@"; do
		grep -qw -- "$word" <(grep '^\.It Sy\|^\.Sy' "$T/camherd.7") || { echo "not explained: $word"; missing=1; }
	done
	[ $# -ge 8 ] && return $missing
}
# shellcheck disable=SC2086 # lists of words
check "camherd(7) explains every state of a job" words_missing $states
# shellcheck disable=SC2086
check "camherd(7) explains every kind of job" words_missing $kinds
done_testing
