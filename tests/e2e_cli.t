#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck disable=SC2016,SC2034,SC2015 # check evaluates the quoted lines
# camherd(1) without any daemon: every verb's answer, its JSON, its exit code, and that
# a mistake names what was meant. e2e_cli_jobs.t does the verbs that need flashd.
# shellcheck source=tests/lib.sh
. "${top_srcdir:-.}/tests/lib.sh"
plan_short
unset NO_COLOR
herd_conf || exit 1
mkdir -p "$T/www"
sed -i "s|^www = .*|www = $T/www|" "$T/camherd.conf"

# run WANTED_EXIT ARGS…: runs camherd, keeps stdout in $T/out, stderr in $T/err.
run() {
	local wanted=$1
	shift
	camherd "$@" >"$T/out" 2>"$T/err" </dev/null
	local got=$?
	[ $got -eq "$wanted" ] || { echo "exit $got, wanted $wanted"; cat "$T/out" "$T/err"; return 1; }
}
run_in() {	# run_in TEXT WANTED_EXIT ARGS…: the same with TEXT on stdin
	local text=$1 wanted=$2
	shift 2
	printf '%s\n' "$text" | camherd "$@" >"$T/out" 2>"$T/err"
	local got=$?
	[ $got -eq "$wanted" ] || { echo "exit $got, wanted $wanted"; cat "$T/out" "$T/err"; return 1; }
}
# json FILTER: the document on stdout is one and the filter says true.
json() {
	[ "$(jq -s length "$T/out")" = 1 ] && jq -e "$1" "$T/out" >/dev/null ||
		{ echo "not true: $1"; cat "$T/out" "$T/err"; return 1; }
}
# fails WANTED_EXIT CODE ARGS…: as text one line on stderr, as JSON one error document.
fails() {
	local wanted=$1 code=$2
	shift 2
	run "$wanted" "$@" && [ ! -s "$T/out" ] && [ "$(wc -l <"$T/err")" = 1 ] &&
		grep -q '^camherd: ' "$T/err" && run "$wanted" --json "$@" && [ ! -s "$T/err" ] &&
		json ".error.code == \"$code\" and .error.exit == $wanted and (.error.message | length > 10)" ||
		{ cat "$T/out" "$T/err"; return 1; }
}
says() {	# says FILE TEXT: the text is in $T/FILE
	grep -qF -- "$2" "$T/$1" || { cat "$T/out" "$T/err"; return 1; }
}

# Help and mistakes.
check "camherd alone prints the list of verbs" run 0
check "… with all of them" says out "stream-password new"
check "help of a verb shows its options" eval 'run 0 help backup && says out --baud'
check "VERB --help is the same" eval 'cp "$T/out" "$T/a" && run 0 backup --help && cmp "$T/a" "$T/out"'
check "help of a family lists it" eval 'run 0 help cam && says out "cam snapshot" && run 0 cam --help && says out "cam urls"'
check "-V" eval 'run 0 -V && grep -qx "camherd [0-9.]*" "$T/out"'
check "an unknown verb names the nearest" eval 'fails 2 unknown-verb bakcup && run 2 bakcup && says err "did you mean '"'backup'"'"'
check "an unknown second word too" eval 'run 2 cam lst && says err "did you mean '"'list'"'"'
check "a family alone lists its words" eval 'run 2 dump && says err "list, show"'
check "an unknown option names the nearest" eval 'fails 2 unknown-option status --jsn && run 2 backup x --bauds 3 && says err "did you mean --baud"'
check "an option without its value" fails 2 usage backup x --baud
check "a flag with a value" fails 2 usage status --quiet=3
check "a number out of range" fails 2 usage backup x --baud 12
check "one word too many" fails 2 usage cam list x
check "a word too few" fails 2 usage verify x
check "global options stand on both sides of the verb" eval 'run 0 --json status && run 0 status --json && json .version'
check "an unreadable configuration" fails 4 system -c "$T/none.conf" status
check "standard output that is full is an error" eval 'camherd status >/dev/full 2>"$T/err"; [ $? = 1 ] && grep -q "could not be written" "$T/err"'

# Configuration.
check "config check is content" eval 'run 0 config check && says out fine && run 0 --json config check && json ".ok and (.findings | length == 0)"'
check "config check finds a folder that is missing" eval 'run 0 config check && rmdir "$T/www" && run 1 config check && says out "www" && run 1 --json config check && json "(.ok | not) and (.findings | length == 1)"; mkdir -p "$T/www"'
sed 's/^camera_networks.*/camera_networks = 10.0.0.0\/33 fe80::\/10 home/' "$T/camherd.conf" >"$T/bad.conf"
check "config check finds a network that is none" eval 'run 1 -c "$T/bad.conf" config check && says out "10.0.0.0/33" && says out "home" && ! says out fe80 >/dev/null'
sed 's/^camera_networks.*/&\ndiscovery = auto 10.0.0.255:32108 192.168.1.300/' "$T/camherd.conf" >"$T/bad.conf"
check "config check finds an address that cannot be searched" eval 'run 1 -c "$T/bad.conf" config check && says out "192.168.1.300" && ! says out 32108 >/dev/null'
sed 's/^rtsp_listen.*/rtsp_listen = camera.local:8654/' "$T/camherd.conf" >"$T/bad.conf"
printf '[webd]\ntls_listen = 0.0.0.0:8443\ntls_cert = %s\ntls_key = %s\ntrusted_proxy = proxy.lan\n' "$T/none.crt" "$T" >"$T/tls.conf"
chmod 600 "$T/tls.conf"
check "config check finds a certificate that is missing, and a proxy that is no address" eval 'run 1 -c "$T/tls.conf" config check && says out "none.crt: No such file" && says out "not a file" && says out "proxy.lan"'
check "config check wants addresses to listen on" eval 'run 1 -c "$T/bad.conf" config check && says out "not an IP address"'
printf '[streamd]\nrtsp_lisen = 0.0.0.0:1\n' >"$T/bad.conf"
check "an unknown key is named with file, line and the nearest" eval 'fails 2 conf-unknown-key -c "$T/bad.conf" config check && run 2 -c "$T/bad.conf" status && says err "bad.conf:2:" && says err rtsp_listen'

# Database.
check "db-upgrade again changes nothing" eval 'run 0 --json db-upgrade && json ".from == .to and (.moved | not)"'
sed "s|^state = .*|state = $T/nothing|" "$T/camherd.conf" >"$T/empty.conf"
mkdir "$T/nothing"
check "without an inventory the next step is said" eval 'run 4 -c "$T/empty.conf" jobs && grep -q db-upgrade "$T/err"'

# Status.
check "status shows that the daemons are down" eval 'run 0 status && [ "$(grep -c " down " "$T/out")" = 3 ]'
check "status --json has the contract's fields" eval 'run 0 status --json && json ".daemons.flashd.up == false and (.daemons | has(\"streamd\") and has(\"webd\")) and .cameras == [] and .jobs == [] and .dumps == 0"'

# Cameras.
check "cam add" eval 'run 0 --json cam add garden http://bob:s3cret@127.0.0.1:8000/stream --tags "north tree" && json ".camera.name == \"garden\" and .camera.source == \"http://127.0.0.1:8000/stream\" and .camera.user == \"bob\""'
check "the camera's password is never shown" eval 'run 0 cam show garden && ! grep -q s3cret "$T/out" && run 0 --json cam list && ! grep -q s3cret "$T/out"'
check "cam add without a source" run 0 cam add bare
check "an RTSP camera is taken" eval 'run 0 --json cam add odd rtsp://127.0.0.1/x && json ".warning == null"'
check "and becomes one of single pictures" eval 'run 0 --json cam set odd source=http+still://127.0.0.1/x && json ".warning == null"'
check "… and so is one outside camera_networks" eval 'run 0 --json cam set odd source=http://203.0.113.7/x && json ".warning | contains(\"203.0.113.7\")" && says err camera_networks'
check "… and one that can is not warned of" eval 'run 0 --json cam set odd source=test: && json ".warning == null" && [ ! -s "$T/err" ] && run 0 cam rm odd --yes'
check "a second one of that name" fails 2 camera-exists cam add bare
check "a name that is no slug" eval 'run 2 cam add Garden_1 && says err "a-z, 0-9"'
check "a source of an unknown kind" eval 'run 2 cam add other gopher://x && [ -s "$T/err" ]'
check "cam list" eval 'run 0 cam list && [ "$(wc -l <"$T/out")" = 3 ] && says out no-source'
check "cam list --json" eval 'run 0 --json cam list && json ".cameras | length == 2 and (map(.state) == [\"no-source\", \"unknown\"])"'
check "status names the cameras" eval 'run 0 --json status && json ".cameras[1] | .name == \"garden\" and .fps == 0 and .last_frame_ms == null"'
check "cam set" eval 'run 0 --json cam set bare name=porch notes="over the door" tags=door enabled=no && json ".camera | .name == \"porch\" and .notes == \"over the door\" and .enabled == false"'
check "a control character is never sent to the terminal" eval 'run 2 cam set porch notes="$(printf "a\033[31mb")" || ! grep -q "$(printf "\033")" "$T/out" "$T/err"; run 0 cam show porch && ! grep -q "$(printf "\033")" "$T/out"; run 4 cam show "$(printf "x\033[2J")"; ! grep -q "$(printf "\033")" "$T/err"'
check "cam set refuses a key that is none" fails 2 usage cam set porch colour=red
check "cam set refuses a password on the command line" fails 2 password-on-command-line cam set porch password=x
check "cam set takes a password from standard input" eval 'run_in s3cret2 0 cam set garden --user al --password && run 0 cam show garden && says out "al (with a password)"'
check "cam set with nothing to set" fails 2 usage cam set porch
check "an unknown camera" eval 'run 4 cam show nobody && run 4 --json cam urls nobody && json ".error.exit == 4"'
check "cam rm asks, and cannot without a terminal" fails 3 confirmation-needed cam rm porch
check "cam rm --yes" eval 'run 0 cam rm porch --yes && run 4 cam show porch'

# Addresses.
check "cam urls of a daemon that takes a free port, and is down" fails 6 daemon-down cam urls garden
echo 127.0.0.1:40123 >"$T/run/streamd.listen"
echo 0.0.0.0:40124 >"$T/run/webd.listen"
check "cam urls --json has the contract's fields" eval 'run 0 --json cam urls garden && json ".rtsp == \"rtsp://127.0.0.1:40123/garden\" and .rtsp_mjpeg == .rtsp + \"/mjpeg\" and (.mjpeg | test(\"^http://[^@]+:40124/cam/garden/stream.mjpeg$\")) and (.snapshot | test(\":40124/cam/garden/snapshot.jpg$\")) and .user == \"camherd\" and (.password | test(\"^[a-z0-9]{20}$\"))"'
check "an address of all networks becomes one that others can reach" eval '! grep -q 0\\.0\\.0\\.0 "$T/out"'
# shellcheck disable=SC2034 # the checks evaluate it
password=$(jq -r .password "$T/out")
check "cam urls --embed" eval 'run 0 --json cam urls garden --embed && json ".rtsp == \"rtsp://camherd:$password@127.0.0.1:40123/garden\""'
check "stream-password show is the same one" eval 'run 0 --json stream-password show && json ".password == \"$password\" and .user == \"camherd\""'
check "stream-password new is another" eval 'run 0 --json stream-password new && json ".password != \"$password\" and (.password | length == 20)"'
check "cam snapshot without streamd" fails 6 daemon-down cam snapshot garden -o "$T/x.jpg"
check "cam snapshot without -o" fails 2 usage cam snapshot garden

# People.
check "setup-code while there is no user" eval 'run 0 --json setup-code && json "(.code | test(\"^[a-z0-9]{8}$\")) and .valid_s == 900" && run 0 -q setup-code && [ "$(wc -c <"$T/out")" = 9 ]'
check "user add reads the password from standard input" run_in "correct horse" 0 user add ann
check "a short password" eval 'run_in short 2 user add ben'
check "no password at all" fails 2 no-password user add ben
check "user add --role" eval 'run_in "battery staple" 0 --json user add ben --role viewer && json ".user.role == \"viewer\""'
check "a role that is none" fails 2 usage user add cem --role boss
check "setup-code when there is a user" fails 2 setup-done setup-code
check "user list" eval 'run 0 --json user list && json ".users | map(.name) == [\"ann\", \"ben\"]" && run 0 user list && says out viewer'
check "user passwd" eval 'run_in "another long one" 0 user passwd ben && run 4 user passwd nobody'
check "user role" eval 'run 0 user role ben admin && run 0 user rm ann && run 0 --json user list && json ".users == [.users[0]] and .users[0].role == \"admin\""'
check "the last admin stays" eval 'run 3 user rm ben'
check "token add shows it once" eval 'run 0 --json token add script --role admin && json "(.token | length == 40) and .role == \"admin\"" && t=$(jq -r .token "$T/out") && run 0 --json token list && json ".tokens[0].name == \"script\"" && ! grep -q "$t" "$T/out"'
check "token add --days" eval 'run 0 --json token add month --days 30 && run 0 --json token list && json ".tokens[0] | .used_s == null and .expires_s - .created_s == 2592000" && run 0 token list && says out never && run 0 token rm month'
check "… of nonsense" eval 'fails 2 usage token add x --days 0 && fails 2 usage token add x --days 4000'
check "user sessions: nobody is signed in" eval 'run 0 --json user sessions && json ".sessions == []" && run 0 user sessions ben && fails 4 user-unknown user sessions nobody'
check "user sign-out" eval 'run 0 user sign-out ben && says out "signed out everywhere" && fails 4 user-unknown user sign-out nobody'
check "token rm" eval 'run 0 token rm script && run 4 token rm script'

# Ports and jobs without flashd.
check "ports says that flashd is down" eval 'run 0 ports && says out "flashd is not running" && run 0 --json ports && json ".ports == []"'
check "an unknown port while flashd is down" fails 6 daemon-down port enable hub1-left
check "a job is refused while flashd is down" eval 'fails 6 daemon-down backup /dev/ttyUSB7 && fails 6 daemon-down dump import "$top_srcdir/COPYING" && [ -z "$(ls "$T/state/incoming")" ]'
check "--queue gives it nevertheless" eval 'run 0 --json dump import "$top_srcdir/COPYING" --queue && json ".job | .state == \"queued\" and .kind == \"import\" and .file == \"COPYING\""'
check "the file waits for flashd, whole" eval 'cmp "$top_srcdir/COPYING" "$T"/state/incoming/* && ls "$T/state/incoming" | grep -qxE "[0-9a-f]{32}"'
check "jobs lists it" eval 'run 0 --json jobs && json ".jobs | length == 1" && run 0 jobs --open && says out queued'
check "job show" eval 'run 0 --json job show 1 && json ".job | .id == 1 and .port == null and .result == {} and .progress == null" && run 0 job show 1 && says out COPYING'
check "job show --follow ends with the deadline" eval 'run 6 job show 1 --follow'
check "job cancel" eval 'run 0 --json job cancel 1 && json ".job.state == \"cancelled\"" && run 2 job cancel 1'
check "job resume of one that was not interrupted" eval 'run 2 job resume 1'
check "job log and trace that are not there" eval 'run 4 job log 1 && run 4 job trace 1'
check "a job that does not exist" eval 'run 4 job show 77 && fails 2 usage job show seven'
check "too large a file" eval 'truncate -s 33M "$T/large" && fails 3 file-too-large dump import "$T/large" --queue'
check "an empty one" eval ': >"$T/empty" && fails 2 empty-file dump import "$T/empty" --queue'
check "an empty image is named wherever one is read" eval 'fails 2 empty-file dump map "$T/empty" && fails 2 empty-file dump secrets "$T/empty" && fails 2 empty-file dump redact "$T/empty" && fails 2 empty-file dump diff "$T/empty" "$T/empty"'
check "restore of nobody's identity" eval 'fails 2 usage restore p 1 --identity twin'

# Dumps.
check "an empty library" eval 'run 0 --json dump list && json ".dumps == []"'
check "an unknown dump" eval 'run 4 dump show 1 && run 4 dump map 1 && run 4 dump export deadbeef -o "$T/x"'
head -c 8192 /dev/zero | tr '\0' '\377' >"$T/blank.bin"
check "dump map of a file" eval 'run 0 --json dump map "$T/blank.bin" && json ".size == 8192 and .sections == [] and .sysinfo == null and .blank and (.regions | length > 0)" && run 0 dump map "$T/blank.bin" && says out "every byte is FF"'

# Terminal.
check "no colours when standard output is a file" eval 'run 0 status && ! grep -q "$(printf "\\033")" "$T/out"'
check "completion for bash is a script" eval 'run 0 completion bash && bash -n "$T/out" && fails 2 usage completion csh'
complete_line() {	# what bash would offer behind these words
	(
		eval "$(camherd completion bash)"
		COMP_WORDS=(camherd "$@")
		COMP_CWORD=$#
		_camherd
		echo "${COMPREPLY[*]}"
	)
}
is "completion of a first word" "$(complete_line stat)" status
is "completion of a second word" "$(complete_line cam sn)" snapshot
is "completion of an option" "$(complete_line restore --exp)" --experimental
done_testing
