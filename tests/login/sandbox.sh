#!/bin/bash
# The sandbox itself: it gives back exact statuses, leaves nothing behind, sees the real working
# tree wherever that lies, and its clock, syslog and daemon do what the other tests rely on.
# Runs on the host, unlike the others.
. "$(dirname "$0")/../lib/assert.sh"

tests=${assert_lib%/lib}
tree=${tests%/tests}
build=${BUILD:-build}
case $build in /*) ;; *) build=$tree/$build ;; esac
export BUILD=$build

# Names, contents, modes, owners and targets of everything below /etc.
etc_digest()
{
	{
		find /etc -xdev -printf '%p %y %m %U %G %l\n' | sort
		find /etc -xdev -type f -print0 | sort -z | xargs -0 md5sum
	} | md5sum
}

status_of()
{
	"$tests/sandbox" --plain "$@" >/dev/null 2>&1
	echo $?
}

# A process of ours whose argument list contains the word.
running()
{
	pgrep -f -- "$1" >/dev/null
}

gone()
{
	! running "$1"
}

before=$(etc_digest)

# shellcheck disable=SC2016
for pair in 'exit 0:0' 'exit 1:1' 'exit 255:255' 'kill -KILL $$:137' 'kill -SEGV $$:139' \
    'exec nosuchcommand:127'; do
	is "status of: ${pair%:*}" "${pair##*:}" "$(status_of bash -c "${pair%:*}")"
done
is 'nested: runs the command, gives its status' 6 \
    "$(status_of "$tests/sandbox" bash -c 'exit 6')"
is 'nothing but the command writes to stdout' 'a  b' "$("$tests/sandbox" --plain echo 'a  b')"
is 'stdin reaches the command' typed "$(echo typed | "$tests/sandbox" --plain cat)"

# What the command breaks is not the host's.
"$tests/sandbox" --plain bash -c 'echo x >/etc/broken; rm -rf /etc/ssh; userdel user1
    for dir in /usr/bin /var /root /home /srv /opt; do echo x >$dir/broken; done'
for dir in /etc /usr/bin /var /root /home /srv /opt; do
	is "$dir of the host is untouched" no "$([ -e $dir/broken ] && echo yes || echo no)"
done

# Every process is gone: the command's own children, and all when the sandbox is ended.
word=sleep-$$
"$tests/sandbox" --plain bash -c "(exec -a $word sleep 300) & sleep 0.2"
is 'a process left behind ends with the sandbox' no "$(running $word && echo yes || echo no)"
for signal in TERM KILL; do
	"$tests/sandbox" --plain bash -c "exec -a $word sleep 300" 2>/dev/null &
	sandbox=$!
	# the command itself, not those who only carry its line on the way there
	eventually 10 running "^$word 300" || fail "the sandbox to be ended with $signal came up"
	kill -$signal $sandbox
	wait $sandbox 2>/dev/null
	is "ended with $signal: no process stays" yes "$(eventually 5 gone $word && echo yes)"
done

# The working tree at its own path, where an overlay would cover it, and a build outside of it.
for dir in /root /home /tmp /var/tmp /usr/src /run; do
	copy=$(mktemp -d $dir/sekisho-tree.XXXXXX)
	mkdir "$copy/tree" && cp -a "$tests" "$copy/tree/" && cp -a "$build/tests" "$copy/tests"
	output=$(cd "$copy/tree" && BUILD=$copy tests/sandbox --plain bash -c \
	    'pwd; echo inside >written; echo inside >"$BUILD/written"' 2>&1)
	is "tree below $dir: the command runs there" "$copy/tree" "$output"
	is "tree below $dir: what is written stays" 'inside inside' \
	    "$(cat "$copy/tree/written" "$copy/written" 2>/dev/null | tr '\n' ' ' | sed 's/ $//')"
	rm -rf "$copy"
done

# The clock: running programs, setuid programs and ssh sessions see it; sleeping does not.
output=$("$tests/sandbox" --plain bash -c '
	date +%s
	sandbox-clock +1h; date +%s; sandbox-ssh -k user1 - date +%s | tail -1
	sandbox-clock jump -2h; date +%s; su user1 -c "date +%s"
	sandbox-clock reset; date +%s
	sandbox-clock -1h 2>/dev/null || echo refused' | tr -d '\r')
mapfile -t at <<<"$output"
between 'the clock: +1h' 3600 3605 $((at[1] - at[0]))
between 'the clock: +1h in an ssh session' 3600 3610 $((at[2] - at[0]))
between 'the clock: jump -2h' -3600 -3590 $((at[3] - at[0]))
between 'the clock: through su' -3600 -3590 $((at[4] - at[0]))
between 'the clock: reset' 0 15 $((at[5] - at[0]))
is 'the clock: time does not pass backwards' refused "${at[6]}"
output=$("$tests/sandbox" --plain /usr/bin/python3 -c '
import subprocess, time
names = ["CLOCK_REALTIME", "CLOCK_BOOTTIME", "CLOCK_MONOTONIC"]
def now(): return [time.clock_gettime(getattr(time, n)) for n in names]
a = now()
subprocess.run(["sandbox-clock", "+1h"]); b = now()
subprocess.run(["sandbox-clock", "jump", "+1h"]); c = now()
print(*[round((y - x) / 60) for x, y in list(zip(a, b)) + list(zip(b, c))])')
is 'the clock: which clocks move in a running program' '60 60 0 60 0 0' "$output"
output=$(TZ=Asia/Tokyo SANDBOX_START='2028-02-29 23:58' "$tests/sandbox" --plain bash -c '
	date "+%F %H %Z"; env -i date "+%F %H %Z"; su user1 -c "date -u +%F"; sandbox-clock reset; date +%F; echo "TZ=$TZ"')
is 'the clock: begins where it is told to, in that zone' \
    '2028-02-29 23 JST 2028-02-29 23 JST 2028-02-29 2028-02-29 TZ= ' \
    "$(tr '\n' ' ' <<<"$output")"
output=

# Syslog: one line a message, whatever is in it.
output=$("$tests/sandbox" --plain /usr/bin/python3 -c '
import socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.connect("/dev/log")
for m in (b"<13>one", b"<13>two\nstill two\0", b"<13>" + b"x" * 9000): s.send(m)
import time; time.sleep(0.3)
for line in open("/var/log/syslog-capture"): print(len(line), line[:24].strip())')
is 'syslog: one line a message' "8 <13>one
21 <13>two#012still two
9005 <13>xxxxxxxxxxxxxxxxxxxx" "$output"

# The daemon under its supervisor, and devices that the secrets belong to.
output=$("$tests/sandbox" bash -c '
	sandbox-daemon pid; sandbox-daemon kill; sandbox-daemon wait && echo again
	sandbox-daemon pid; sandbox-daemon stop; sandbox-daemon pid || echo held
	sandbox-daemon start && sandbox-daemon pid && echo back
	a=$(sandbox-code user1); b=$(sandbox-code --next user1); [ "$a" != "$b" ] && echo next
	setpriv --reuid user1 --regid user1 --clear-groups sandbox-code user1 2>/dev/null ||
	    echo secret' 2>&1)
mapfile -t got <<<"$output"
is 'the daemon: killed, it comes back; held, it does not' 'again held back' \
    "${got[1]} ${got[3]} ${got[5]}"
isnt 'the daemon: another process after a kill' "${got[0]}" "${got[2]}"
is 'codes: of the next step, and for root alone' 'next secret' "${got[6]} ${got[7]}"

output=
is 'the /etc of the host is byte for byte the same' "$before" "$(etc_digest)"
done_testing
