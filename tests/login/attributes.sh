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

[role strict]
members = user2
approve = 1 from approver1
superiors = @chiefs
ticket = CASE-[0-9]+
attributes = training
commands = /usr/bin/id -un
root_equivalent = no

[attribute training]
valid = 365d

[rule not-that-one]
group = user1
service = sudo
refuse = yes'

groupadd chiefs && usermod -a -G chiefs approver2

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

# ---- tickets, attributes, the superior ----------------------------------------------------------

there user2 "sekisho request strict --reason 'why' --ticket CASE-7"
has 'an attribute that is missing' 'requires something of you that is missing' "$output"
run sekisho attribute set user2 training
is 'nothing is stated without evidence' 1 "$status"
run sekisho attribute set user2 trainign --evidence 'sheet 12'
has 'nor what the policy does not know' 'describes no attribute' "$output"
run as user2 sekisho attribute set user2 training --evidence 'mine'
is 'nor by anybody but root' 1 "$status"
run sekisho attribute set user2 training --evidence 'sheet 12'
is 'it is set' 'success ok' "$(records --event attribute.set --limit 1 | field event.outcome |
    xargs) $(records --event attribute.set --limit 1 | field event.reason)"
has 'the list says until when' '^user2 +training +yes +20[0-9-]+ .* root +sheet 12' \
    "$(sekisho attribute list user2)"
has 'people see their own' '^user2 +training +yes' "$(as user2 sekisho attribute list)"
has 'and who lacks it' '^user1 +training +NO' "$(sekisho attribute list user1)"
there user2 "sekisho request strict --reason 'why'"
has 'a ticket that is missing' 'asked for with a ticket' "$output"
there user2 "sekisho request strict --reason 'why' --ticket CASE-7 --superior approver2"
has 'a superior without a reason' 'cannot be asked instead' "$output"
there user2 "sekisho request strict --reason 'why' --ticket CASE-7 --superior approver2 \
    --because 'approver1 asked for it'"
has 'a superior is asked' 'R-2 waits for approval' "$output"
there approver1 'sekisho approve R-2'
is 'then the approver does not decide' 1 "$status"
is 'nor sees it' '[]' "$(as approver1 sekisho pending --json)"
there approver2 'sekisho approve R-2'
has 'the superior does, alone' 'user2 has the role "strict"' "$output"
has 'which is kept with the grant' '^Asked instead: +approver2: approver1 asked for it' \
    "$(sekisho grant show R-2)"
has 'with the ticket' '^Ticket: +CASE-7' "$(sekisho grant show R-2)"
is 'and in the record' approver2 \
    "$(records --event grant.start --limit 1 | field sekisho.superior)"
run sekisho explain user2 --role strict --ticket CASE-8
has 'explain knows the ticket' 'a ticket as the role wants it +yes' "$output"

# ---- attributes and roles in rules --------------------------------------------------------------

policy_add '[rule trained]
service = sudo
require_attribute = training

[rule fresh]
role = strict
require = mfa within 1m'
run sekisho explain user1 --service sudo
has 'explain: a rule requires an attribute' '^trained +yes +training' "$output"
has 'which is missing' '^Missing: +training' "$output"
there user2 'sudo id -un'
has 'who has it gets through' '^root$' "$output"
run sekisho attribute revoke user2 training --reason 'sheet 12 was a mistake'
is 'taken away' 'success' "$(records --event attribute.revoke --limit 1 | field event.outcome)"
there user2 'sudo id -un'
hasnt 'is taken away at once' '^root$' "$output"
is 'and recorded' 'attribute-missing' "$(why user2)"
run sekisho explain user2 --service sudo
has 'a rule on a role matches who has it' '^fresh +yes' "$output"
run sekisho explain user1 --service sudo
has 'and nobody else' '^fresh +no' "$output"

# ---- decided again ------------------------------------------------------------------------------

sandbox-daemon stop >/dev/null
again=$("$SANDBOX_BUILD/tests/redecide" /var/lib/sekisho)
has 'every decision comes out the same from its record' ', 0 differ' "$again"

done_testing
