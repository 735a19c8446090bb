#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Rules for webd that a compiler does not hold.
cd "${top_srcdir:-.}" || exit 1
n=0
bad=0
none() {	# none NAME PATTERN FILES…: the pattern is nowhere in them
	local name=$1 pattern=$2 found
	shift 2
	n=$((n + 1))
	if found=$(grep -nE "$pattern" "$@"); then
		printf '%s\n' "$found" | sed 's/^/# /'
		echo "not ok $n - $name"
		bad=1
	else
		echo "ok $n - $name"
	fi
}
once() {	# once NAME PATTERN FILE: it is in this file once, and in no other of webd's
	n=$((n + 1))
	if [ "$(cat webd/*.c | grep -cE "$2")" = 1 ] && grep -qE "$2" "$3"; then
		echo "ok $n - $1"
	else
		grep -nE "$2" webd/*.c | sed 's/^/# /'
		echo "not ok $n - $1"
		bad=1
	fi
}
none "the post processor is not used" 'MHD_create_post_processor|MHD_post_process' webd/*.c
none "nor the library's digest" 'MHD_digest_auth_|MHD_queue_auth_fail' webd/*.c
others=()
for file in webd/*.[ch]; do
	case $file in
	webd/http.[ch] | webd/exchange.[ch]) ;;
	*) others+=("$file") ;;
	esac
done
none "only the server and its exchanges know the library" 'microhttpd' "${others[@]}"
once "one place resumes" 'MHD_resume_connection\(' webd/http.c
once "one place suspends" 'MHD_suspend_connection\(' webd/http.c
none "no answer invites another site" 'Access-Control-' webd/*.c
none "no path of a client is opened" 'open(at)?\([^;]*r->(path|param|query)' webd/*.c
mapfile -t page < <(find webd/ui/src -type f)
none "the page is built without HTML from text" 'innerHTML|outerHTML|insertAdjacentHTML|document\.write|dangerouslySetInnerHTML' "${page[@]}"
echo "1..$n"
exit $bad
