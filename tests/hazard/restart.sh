#!/bin/bash
# What outlives the daemon: locks, logins that wait at a prompt, open sessions; and what a
# session that ended meanwhile leaves behind.
. "$(dirname "$0")/lib.sh"
hazard_enter -- "$@"

source=10.7.0.1
login_next user1 $source || fail 'a login works' "$output"

for how in restart kill; do
	# A lock.
	sandbox-clock +46m
	for i in 1 2 3 4 5 6; do
		echo "user=user2 rhost=10.7.9.9 password=guess"
	done | "$tools/pamload" >/dev/null
	# Logins at the code prompt, sessions, and one that charges and is gone.
	sandbox-clock +30s
	code=$(sandbox-code user1)
	rm -f "$work/go"
	"$tools/pamload" -b code -H "$work/go" <<<"$(job user1 $source "$code")" >"$work/waiting" &
	waiting=$!
	eventually 10 grep -q 'held 1' "$work/waiting"
	since=$(log_size)
	"$tools/pamload" -T 100 <<<"$(job approver1 10.7.1.1 "$(sandbox-code approver1)" open=90000)" \
	    >"$work/staying" &
	staying=$!
	"$tools/pamload" -T 100 <<<"$(job approver2 10.7.1.2 "$(sandbox-code approver2)" open=90000)" \
	    >"$work/leaving" &
	leaving=$!
	opened()
	{
		[ "$(log_since "$since" | count ' session.open ' '"event.outcome":"success"')" = 2 ]
	}
	is "$how: two sessions are open" yes "$(eventually 15 opened && echo yes)"

	if [ $how = restart ]; then
		sandbox-daemon stop
	else
		daemon_hold
		sandbox-daemon kill
	fi
	kill -KILL $leaving
	wait $leaving 2>/dev/null
	sleep 0.3
	sandbox-daemon start
	touch "$work/go"
	wait $waiting
	output=$(<"$work/waiting")
	is "$how: a login that waited at the prompt goes on" 1 "$(let_in)"
	output=
	isnt "$how: the session whose process died is ended, unobserved" 0 "$(log_since "$since" |
	    count ' session.close ' '"event.reason":"ended-unobserved"' '"user.name":"approver2"')"
	is "$how: the other one goes on" 0 \
	    "$(log_since "$since" | count ' session.close ' '"user.name":"approver1"')"
	has "$how: and is listed" approver1 "$(sekisho session list)"
	hasnt "$how: the dead one is not" approver2 "$(sekisho session list)"
	kill -KILL $staying
	wait $staying 2>/dev/null
	gone()
	{
		[ "$(log_since "$since" | count ' session.close ' '"user.name":"approver1"' \
		    '"event.reason":"process-ended"')" = 1 ]
	}
	is "$how: watched again: its end is recorded" yes "$(eventually 5 gone && echo yes)"

	load <<<"$(job user2 10.7.9.9 "$(sandbox-code user2)")"
	is "$how: the lock persists" 0 "$(let_in)"
	has "$how: and says so" 'Too many' "$output"
	sandbox-clock +31m
	login_next user2 10.7.9.9
	is "$how: until its time is over" 1 "$(let_in)"
done

# A charge whose process is gone, across a restart: settled as failed, not refunded.
sandbox-clock +46m
since=$(log_size)
for i in 1 2 3 4 5; do
	/usr/bin/python3 "$assert_lib/frames.py" ask /run/sekisho/pam.sock phase=1 user=auditor1 \
	    uid=7005 rhost=10.7.8.8 >/dev/null
done
sandbox-daemon restart
is 'five charges, hung up: recorded as abandoned' yes \
    "$(eventually 5 eval '[ "$(reasons $since abandoned)" = 5 ]' && echo yes)"
load <<<"$(job auditor1 10.7.8.8 "$(sandbox-code auditor1)")"
is 'and they count: the lane is locked' 0 "$(let_in)"

redecide_all
done_testing
