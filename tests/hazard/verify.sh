#!/bin/bash
# The log is verified where it is in use: while people log in and bodies are destroyed under the
# reader, after kills and jumps of the clocks; and a daemon that is silent is noticed.
. "$(dirname "$0")/lib.sh"
hazard_enter -- "$@"

rounds=$(full 4 60)

# verified WHAT [OPTION...]: status 0, and how many records.
verified()
{
	local what=$1

	shift
	run sekisho audit verify "$@"
	is "$what" 0 "$status"
}

verified 'a new log'
vkey=$(sekisho audit head --vkey)
sekisho audit head >"$work/paper"
verified 'with the key and the head that were noted' --trust "$vkey" --seen "$work/paper"

before=$(log_size)
for ((n = 1; n <= rounds; n++)); do
	load <<<"$(for i in $(seq 200); do echo "user=nobody-$n-$i rhost=10.$n.$i.1 password=wrong"; done)" &
	load=$!
	while kill -0 $load 2>/dev/null; do
		run sekisho audit verify --trust "$vkey" --seen "$work/paper"
		[ "$status" = 0 ] || break 2
		runs=$((${runs:-0} + 1))
	done
	wait $load
	sandbox-clock +16m
	sleep 1.5 # the daemon notices within a second
done
is 'verified while people log in' 0 "$status"
between 'and while records came' 100 1000000 $(($(log_size) - before))
between 'verified while people log in, more than once' 2 100000 "${runs:-0}"
figure 'verified under load' "${runs:-0}"

sandbox-daemon kill && sandbox-daemon wait
verified 'after a kill'
sandbox-clock jump -1h
sleep 1.5
verified 'after a jump of the clock that the daemon saw'
sandbox-daemon stop
verified 'after a clean stop'
sandbox-clock +2d
verified 'which may be long ago'
has 'what cannot be known is said' 'no log can' "$output"
sandbox-daemon start
sandbox-daemon kill
# the supervisor starts it again; what counts is that nobody does
sandbox-daemon stop 2>/dev/null
cp -a $state "$work/copy"
run sekisho audit verify --state-dir "$work/copy" --trust "$vkey" --seen "$work/paper"
is 'a copy is verified by the same keys' 0 "$status"
su -s /bin/sh -c "sekisho audit verify" user1 >"$work/said" 2>&1
is 'the log in use is for root alone' 1 $?
has 'and it says so' 'only root' "$(cat "$work/said")"
done_testing
