#!/bin/bash
# Each wall around the running programs, tried from inside: the daemon, the worker, the judge,
# the forwarder and the warden are made to call what somebody would who had taken them over. A wall that refuses
# says so with an errno; one that ends the process does it with SIGSYS, and the daemon starts over.
. "$(dirname "$0")/lib.sh"
hazard_enter -- "$@"

printf '[forward]\nsyslog = udp:127.0.0.1:5514\n' >>/etc/sekisho/policy.conf
sekisho policy apply >/dev/null || fail 'a target to forward to'
eventually 10 pgrep -x sekisho-worker

# By the names that they give themselves, of which the kernel keeps 15 characters.
pid_of()
{
	case $1 in
	daemon) sandbox-daemon pid ;;
	forwarder) pgrep -x sekisho-forward ;;
	*) pgrep -x "sekisho-$1" | head -n 1 ;;
	esac
}

# Confined, each of them: the worker and the forwarder are before they look at what is asked.
all_confined()
{
	local program

	sekisho log --limit 1 >/dev/null || return 1
	[ $(sekisho password check <<<x >/dev/null; echo $?) = 1 ] || return 1
	for program in daemon worker judge forwarder warden; do
		grep -q '^Seccomp:[[:space:]]*2' "/proc/$(pid_of $program)/status" || return 1
	done
}

# meets PROGRAM WALL WHAT CALL...: the call made by the program meets this wall.
meets()
{
	local program=$1 wall=$2 what=$3 pid

	shift 3
	pid=$(pid_of "$program")
	output=$("$tools/inject" "$pid" "$@" 2>&1)
	is "$program: $what" "$wall" "$output"
	if [ "$output" = SIGSYS ]; then
		eventually 5 sh -c "! kill -0 $pid"
		run eventually 20 all_confined
		[ $status = 0 ] || fail "$program: everything starts over after it"
	fi
}

run eventually 20 all_confined
is 'all five are confined' 0 "$status"
here=-100 # AT_FDCWD
write=$((0101)) # O_WRONLY | O_CREAT

# ---- files --------------------------------------------------------------------------------------

meets daemon EACCES 'cannot read the passwords' openat $here s:/etc/shadow 0
meets daemon EACCES 'nor its own key' openat $here s:/etc/sekisho/key 0
meets daemon EACCES 'nor any file of the host' openat $here s:/etc/hostname 0
meets daemon EACCES 'cannot write outside its directories' openat $here s:/tmp/x $write 0600
meets daemon EACCES 'nor what it may read' openat $here s:/proc/self/oom_score_adj 1
meets daemon EACCES 'nor its own code' openat $here s:/proc/self/mem 2
meets daemon EACCES 'nor the files that root left for it' openat $here s:/run/sekisho-spool/x $write 0600
meets daemon EACCES 'cannot move the log away' renameat $here s:/var/lib/sekisho/sekisho.db $here s:/var/lib/away
meets daemon EACCES "cannot see the warden's memory" openat $here "s:/proc/$(pid_of warden)/mem" 0
meets daemon EACCES "nor another program's secrets" openat $here s:/proc/1/environ 0
seal=$(find /var/lib/sekisho/seal -type f | head -n 1)
for program in worker judge forwarder; do
	meets $program EACCES "cannot read the key that seals the log" openat $here "s:$seal" 0
	meets $program EACCES 'nor the passwords' openat $here s:/etc/shadow 0
	meets $program EACCES 'nor any file of the host' openat $here s:/etc/hostname 0
	meets $program EACCES 'cannot write the log' openat $here s:/var/lib/sekisho/sekisho.db 1
	meets $program EACCES 'nor anything else' openat $here s:/var/lib/sekisho/x $write 0600
	meets $program EACCES 'nor take the log away' unlink s:/var/lib/sekisho/sekisho.db
done
meets judge EACCES 'cannot even read the log' openat $here s:/var/lib/sekisho/sekisho.db 0
meets warden EACCES "cannot read what is somebody's own, without raising that right" \
    openat $here s:/home/user1/.ssh/authorized_keys 0

# ---- processes, users, the kernel -----------------------------------------------------------------

for program in daemon worker judge; do
	meets $program EPERM 'cannot end the warden' kill "$(pid_of warden)" 9
	meets $program EPERM 'nor anybody' kill -1 9
done
meets warden EPERM 'cannot become somebody' setuid 1000
meets warden EPERM 'nor change an owner' fchownat $here s:/etc/hostname 1000 1000 0
meets warden EPERM 'nor speak raw to the network' socket 17 3 0

# Each of these ends it. The lists are one for all of a profile; test_confine has them call by call.
meets daemon SIGSYS 'running a program' execve s:/bin/sh 0 0
meets daemon SIGSYS 'the internet' socket 2 1 0
if [ -n "${TORTURE-}" ]; then
	meets daemon SIGSYS 'looking into another process' ptrace 16 1 0 0
	meets daemon SIGSYS 'mounting' mount s:/tmp s:/mnt s:x 4096 0
	meets daemon SIGSYS 'becoming root' setuid 0
	meets daemon SIGSYS 'a core file: the limit' prlimit64 0 4 x:ffffffffffffffffffffffffffffffff 0
	meets daemon SIGSYS 'a core file: being dumpable' prctl 4 1
	meets daemon SIGSYS 'new code in memory' mmap 0 4096 7 34 -1 0
	meets daemon SIGSYS 'the calls of another architecture' 0x40000027
	meets worker SIGSYS 'the internet' socket 2 1 0
	meets judge SIGSYS 'the internet' socket 2 1 0
	meets warden SIGSYS 'a namespace of its own' unshare $((0x10000000))
	meets warden SIGSYS 'mounting' mount s:/tmp s:/mnt s:x 4096 0
fi
meets worker SIGSYS 'running a program' execve s:/bin/sh 0 0
meets warden SIGSYS 'looking into another process' ptrace 16 1 0 0

# ---- secrets in memory ----------------------------------------------------------------------------

# What a core file or a swap device would get. No core file is ever written: privilege.sh has that.
mkdir "$work/keys"
awk '$1 == "sealing" || $1 == "derivation" { print $1, $NF }' /etc/sekisho/key |
    while read -r name hex; do xxd -r -p <<<"$hex" >"$work/keys/$name"; done
cp /etc/sekisho/spool.key "$work/keys/spool"
sandbox-ssh user1 auto true >/dev/null 2>&1
output=$("$SANDBOX_TREE/tests/lib/memory.py" "$(sandbox-daemon pid)" "$work/keys")
is 'the keys are where no swap and no core file gets them' \
    'derivation kept-out locked
sealing kept-out locked
spool kept-out locked' "$(cut -d' ' -f1-3 <<<"$output" | sort -u)"
for program in worker judge forwarder warden; do
	output=$("$SANDBOX_TREE/tests/lib/memory.py" "$(pid_of $program)" "$work/keys")
	is "$program has none of them" '' "$output"
done

run sandbox-ssh user1 next true
is 'and logins go on' 0 "$status"

# Nobody waits for the forwarder, and it comes back later.
pid=$(pid_of forwarder)
is 'forwarder: listening' SIGSYS "$("$tools/inject" "$pid" listen 0 1)"
done_testing
