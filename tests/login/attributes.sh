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

done_testing
