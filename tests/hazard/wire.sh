#!/bin/bash
# Nonsense on either socket, a thousand idle connections, questions about others: those
# connections end, root's logins go on, what was refused is counted, and nobody learns anything.
. "$(dirname "$0")/lib.sh"
hazard_enter -- "$@"

source=10.9.0.1 sockets=/run/sekisho messages=${MESSAGES:-$(full 300 20000)}
frames="/usr/bin/python3 $assert_lib/frames.py"

as_user()
{
	setpriv --reuid "$1" --regid "$1" --init-groups -- "${@:2}"
}

login_next user1 $source || fail 'a login works at first' "$output"
daemon=$(sandbox-daemon pid)
since=$(log_size)

# ---- malformed, on both sockets, by root and by a user ------------------------------------------

abuse()
{
	local name=$1

	shift
	run "$@"
	is "$name: each of $(grep -c . <<<"$output") malformed messages loses its connection" '' \
	    "$(grep -v '^ok - ' <<<"$output")"
	between "$name: all kinds were sent" 30 99 "$(grep -c '^ok - ' <<<"$output")"
	kinds=$((kinds + $(grep -c '^ok - ' <<<"$output")))
}

kinds=0
abuse 'root on pam.sock' $frames abuse $sockets/pam.sock
abuse 'root on user.sock' $frames abuse $sockets/user.sock
abuse 'a user on user.sock' as_user auditor1 $frames abuse $sockets/user.sock
run $frames random $sockets/pam.sock $messages 1
is 'random and damaged bytes on pam.sock: none hangs, no nonsense comes back' \
    "sent $messages hung 0 nonsense 0" "$output"
run as_user auditor1 $frames random $sockets/user.sock $messages 2
is 'and on user.sock' "sent $messages hung 0 nonsense 0" "$output"
run as_user auditor1 $frames ask $sockets/pam.sock
has 'a user does not reach pam.sock at all' 'PermissionError' "$output"
output=
is 'the daemon is the same as before' "$daemon" "$(sandbox-daemon pid)"
login_next user1 $source
is 'and a login works' 1 "$(let_in)"

# ---- a thousand idle connections ----------------------------------------------------------------

as_user auditor1 $frames idle $sockets/user.sock 1000 4 >"$work/idle" &
idle=$!
eventually 20 grep -q open "$work/idle"
login_next user1 $source
is 'with 1,000 idle connections of a user: a login works' 1 "$(let_in)"
between 'and quickly' 0 2000 "$(sed -n 's/.*\tms=\([0-9]*\)\t.*/\1/p' <<<"$output")"
figure 'login beside 1,000 idle connections, ms' \
    "$(sed -n 's/.*\tms=\([0-9]*\)\t.*/\1/p' <<<"$output")"
run sekisho status
is "and root's commands" 0 "$status"
run as_user auditor1 sekisho status
has 'while that user is told why theirs do not' 'too many requests open' "$output"
wait $idle
output=
is 'after the deadline all of them were ended' 'ended 1000' "$(tail -1 "$work/idle")"
run as_user auditor1 sekisho status
is 'and the user can ask again' 0 "$status"

# ---- nobody else's business; asked by a user who has requests left ------------------------------

login_next user2 10.9.3.3 open=0 || fail 'user2 has something to know about' "$output"
lane=$(log_size)
for phase in 1 2 3 4 5 6 7; do
	run as_user user1 $frames ask $sockets/user.sock phase=$phase user=user2 uid=7002 code=123456
	is "a user asks about another, phase $phase: no answer" nothing "$output"
done
for phase in 1 2 4; do
	run as_user user1 $frames ask $sockets/user.sock phase=$phase user=user2 uid=7001
	is "with their own uid and the other name, phase $phase: no answer" nothing "$output"
done
for phase in 5 6 7; do
	run as_user user1 $frames ask $sockets/user.sock phase=$phase
	hasnt "a user asks about themselves what only root may, phase $phase" 'verdict=2' "$output"
done
run as_user user1 $frames ask $sockets/user.sock phase=1
has 'while a locker of theirs may ask' 'verdict=2' "$output"
output=
is 'nothing of it is written about the other' 0 "$(log_since "$lane" | grep -v ' download.session ' | count user2)"
is 'nor a session opened' 0 "$(log_since "$lane" | count ' session.')"
verbs='status:1 factor-list:5 factor-revoke:6 factor-lost:7 factor-return:8 factor-import:9
    recovery-codes:10 user-show:11 user-list:12 unlock:13 suspend:14 resume:15 session-list:16
    log:17 break-glass-made:19 policy-show:20 policy-apply:21 policy-history:22
    policy-rollback:23 explain:24'
for verb in $verbs; do
	run as_user user1 $frames command $sockets/user.sock verb=${verb#*:} user=user2 uid=7002 \
	    uid_known=1 name=sandbox number=1 limit=100
	hasnt "a user asks ${verb%:*} of another: nothing of them" 'user2|10\.9\.3\.3' "$output"
done
run as_user user1 $frames ask $sockets/user.sock phase=1
has 'all along their own locker was answered' 'verdict=2' "$output"
output=
has "the other's device still works" 'acct=0' "$(login_next user2 10.9.3.3; echo "$output")"
run $frames command $sockets/user.sock verb=11 user=user2 uid=7002 uid_known=1
has 'while root may ask' 'user2' "$output"

# ---- what was refused is counted: ten seconds later at most -------------------------------------

counted()
{
	log_since "$since" | grep ' input.refused ' |
	    grep -Eo '"sekisho.refused.(malformed|oversize|unpermitted)":[0-9]*' | awk -F: '{ n += $2 } END { print n + 0 }'
}
enough()
{
	[ "$(counted)" -ge $((kinds - 10)) ]
}
is 'what was refused is counted in records' yes "$(eventually 15 enough && echo yes)"
between 'in few of them' 1 40 "$(log_since "$since" | count ' input.refused ')"
for why in malformed oversize unpermitted; do
	has "by reason: $why" "\"sekisho.refused.$why\":[1-9]" \
	    "$(log_since "$since" | grep ' input.refused ')"
done
figure 'malformed messages: kinds sent, random sent, counted as such, records' \
    "$kinds, $((2 * messages)), $(counted), $(log_since "$since" | count ' input.refused ')"
too_many()
{
	log_since "$since" | grep -q '"sekisho.refused.too-many":[1-9]'
}
is 'too many connections are counted as well' yes "$(eventually 12 too_many && echo yes)"

# ---- all verbs, with values that nobody would send ----------------------------------------------

end=$(awk '/VERB_NONE/, /VERB_DECOMMISSION,/' "$SANDBOX_TREE/include/protocol.h" | grep -c '^	VERB_.*,')
printf '[audit]\nauditors = auditor1\n' >/etc/sekisho/policy.d/auditors.conf
sekisho policy apply >/dev/null
daemon=$(sandbox-daemon pid) rounds=$(full 300 20000)
run as_user auditor1 $frames verbs $sockets/user.sock 110 3
has 'of an auditor: none hangs, no nonsense comes back' 'hung 0 nonsense 0 answered [1-9]' "$output"
run $frames verbs $sockets/user.sock $rounds 4 $((end - 1))
has 'and of root' 'hung 0 nonsense 0 answered [1-9]' "$output"
is 'the daemon is the same still' "$daemon" "$(sandbox-daemon pid)"
run sekisho audit verify
hasnt 'and the log is whole' 'TAMPERED|damaged' "$output"

redecide_all
done_testing
