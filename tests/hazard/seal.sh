#!/bin/bash
# The daemon dies while it closes an epoch, at every system call that closing takes and at any
# moment, and the power goes: the same chain goes on, one epoch key is left, nothing that was
# acknowledged is missing.
. "$(dirname "$0")/lib.sh"
hazard_enter -- "$@"

kills=$(full 3 200) cuts=$(full 2 20)

# Past the age of an epoch: the next tick closes it.
epoch_passes()
{
	sandbox-clock +16m
}

# seals: how many there are.
seals()
{
	log_since 0 | grep -c ' log.seal '
}

# die_at CALL N: the daemon is killed as it enters this call for the Nth time from now. Status 1
# when it lived on: it does not make so many of them.
die_at()
{
	local pid tracer

	sandbox-daemon wait && pid=$(sandbox-daemon pid) || return 2
	strace -qq -o /dev/null -p "$pid" -e "trace=$1" -e "inject=$1:signal=KILL:when=$2" 2>/dev/null &
	tracer=$!
	until grep -q '^TracerPid:[[:space:]]*[1-9]' "/proc/$pid/status" 2>/dev/null; do
		kill -0 "$tracer" 2>/dev/null || return 2
		sleep 0.01
	done
	epoch_passes
	for ((i = 0; i < 250; i++)); do
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.01
	done
	kill -INT "$tracer" 2>/dev/null
	wait "$tracer" 2>/dev/null
	! kill -0 "$pid" 2>/dev/null
}

# whole WHAT: one chain, one key, and the log verifies.
whole()
{
	sandbox-daemon wait || fail "$1: the daemon is back"
	output=$(log_since 0)
	is "$1: the first chain goes on" 1 "$(grep -c ' log.begin ' <<<"$output")"
	is "$1: one epoch key is left" 1 "$(find $state/seal -type f | wc -l)"
	run sekisho audit verify
	is "$1: the log verifies" 0 "$status"
}

died=0 lived=0
for call in openat write fsync renameat pwritev2 pwrite64 fdatasync unlinkat; do
	for ((n = 1; n <= $(full 1 12); n++)); do
		die_at $call $n
		case $? in
		0) died=$((died + 1)) ;;
		1) lived=$((lived + 1)) && break ;;
		*) fail "$call $n: the tracer follows the daemon" ;;
		esac
		[ -z "${TORTURE-}" ] || whole "killed at $call $n"
	done
done
whole "killed at $died system calls while sealing"
between 'that many of them exist' "$(full 6 20)" 200 "$died"
figure 'killed at a system call of sealing' "$died"

# At any moment of the second in which the epoch is closed, while people log in.
for ((n = 1; n <= kills; n++)); do
	epoch_passes
	load <<<"$(for i in 1 2 3 4; do job user$((i % 2 + 1)) 10.9.0.$i "$(sandbox-code user$((i % 2 + 1)))"; done)" &
	sleep "0.$((RANDOM % 10))$((RANDOM % 10))"
	sandbox-daemon kill || fail "kill $n met a daemon"
	wait $!
	sandbox-daemon wait || break
done
whole "killed $kills times around a seal"

disk_make 256
sandbox-daemon start
for ((n = 1; n <= cuts; n++)); do
	epoch_passes
	sleep "0.$((RANDOM % 10))$((RANDOM % 10))"
	daemon_hold
	disk_cut
	kill -KILL "$(sandbox-daemon pid)" 2>/dev/null
	while sandbox-daemon pid >/dev/null; do sleep 0.01; done
	disk_drop && disk_mount || break
	rm -f /run/sekisho/generation
	sandbox-daemon start || break
done
whole "the power cut $cuts times around a seal"
figure 'seals made in between' "$(seals)"
sandbox-clock +31m
login_next user1 10.9.1.1
is 'after all that a login works' 1 "$(let_in)"
done_testing
