#!/bin/bash
# What a decision rests on besides passwords and codes, and who can find out why: explain, roles
# with conditions, attributes of people and of the host, its rating.
. "$(dirname "$0")/../lib/assert.sh"
sandbox_enter "$@"
. "$assert_lib/login.sh"

policy_add '[role web]
members = user2
approve = 1 from approver1
max_duration = 1h
from = 127.0.0.0/8

[rule not-that-one]
group = user1
service = sudo
refuse = yes'

# there USER CMD: in a login of that person over ssh, with a second code at hand.
there()
{
	local user=$1

	shift
	sandbox-clock "+$((150 - $(date +%s) % 30))s"
	run sandbox-ssh -t "$user" "$(sandbox-code "$user"),$(oathtool --totp --base32 \
	    -N "@$(($(date +%s) + 30))" - <"/run/sekisho-sandbox/secrets/$user")" "$*"
	output=$(tr -d '\r' <<<"$output")
}

# ---- why --------------------------------------------------------------------------------------

run sekisho explain user2 --role web --from 127.0.0.1
has 'explain: a role that waits for approval' '^Decision: +waits for approval' "$output"
has 'where it stands' '^Role: +web \(.*policy.conf:[0-9]+\)' "$output"
run sekisho explain user2 --role web --from 192.0.2.9
has 'explain: from elsewhere it is refused' '^Decision: +REFUSED' "$output"
has 'and what is missing' 'logged in from where the role allows it +NO +wrong-place' "$output"
has 'what is there too' 'member of the role +yes' "$output"
run sekisho explain user1 --role web
has 'explain: who is no member' 'member of the role +NO +not-permitted' "$output"
run as user2 sekisho explain --role web
is 'a person asks about themselves' 0 "$status"
run as user2 sekisho explain user1 --role web
is 'and nobody else' 1 "$status"

# ---- the code of a refusal --------------------------------------------------------------------

shape sandbox-sudo user1 next
is 'a rule refuses' out "${shape##* }"
hasnt 'who is refused reads nothing of the rule' 'not-that-one' "$output"
code=$(sed -nE 's/.*sekisho explain\): ([0-9A-Z]{4}-[0-9A-Z]{4}).*/\1/p' <<<"$output" | tail -1)
isnt 'but a code' '' "$code"
run sekisho explain "$code"
is 'which root has explained' 0 "$status"
has 'who' '^Account: +user1$' "$output"
has 'the reason' '^Reason: .*refused-by-rule' "$output"
has 'the rule, and where it stands' '^not-that-one +yes +refuse +.*:[0-9]+' "$output"
is 'that it was looked at is a record' root \
    "$(records --event log.read --limit 1 | field user.effective.name)"
run as user1 sekisho explain "$code"
isnt 'who was refused cannot' 0 "$status"
run sekisho explain 0000-0000
is 'nor does another code say anything' 1 "$status"

# ---- what somebody can do ---------------------------------------------------------------------

groupadd docker 2>/dev/null
usermod -a -G docker user1
printf 'User_Alias WEB = user2\nWEB ALL = (root) /usr/bin/id, /usr/bin/env\n' >/etc/sudoers.d/web
run sekisho user show user1
has 'user show: a group that leads to root' '^group docker, which leads to root .*no end' "$output"
has 'is said first' '^Could become root: +YES' "$output"
run sekisho user show user2
has 'user show: a line of sudoers' 'sudo, which leads to root: WEB .*/etc/sudoers.d/web:2' "$output"
has 'what may be asked for' '^role web: may ask for it +.*policy.conf:[0-9]+' "$output"
there user2 "sekisho request web --for 30m --reason 'case 7'"
there approver1 'sekisho approve R-1'
run sekisho user show user2
has 'user show: a role, by whom, since and until when, and why' \
    '^role web: in force +R-1, approver1 +[0-9-]+ [0-9:]+ +[0-9-]+ [0-9:]+ +case 7' "$output"
rm /etc/sudoers.d/web
run sekisho user show approver1
has 'who could not' '^Could become root: +not by groups or sudoers' "$output"
run as user2 sekisho user show
is 'people see their own' 0 "$status"

done_testing
