#!/bin/bash
# With "change = two-person" a new policy waits until another person, who saw what it changes, has
# approved it; nobody approves their own, in whatever disguise.
. "$(dirname "$0")/../lib/assert.sh"
sandbox_enter "$@"
. "$assert_lib/login.sh"

sed -i 's/^\[confirm\]/[host]\nchange = two-person\nchange_approvers = approver1, user1, admin1\n\n&/' \
    /etc/sekisho/policy.conf
sekisho policy apply >/dev/null || fail 'two-person goes into force'
short_delays >/dev/null 2>&1
assert_failed=0 # what short_delays does waits as well
rm -f /etc/sekisho/policy.d/delay.conf
sandbox-clock +10m
echo 'user1 ALL = (root) NOPASSWD: ALL' >/etc/sudoers.d/zz-test
chmod 440 /etc/sudoers.d/zz-test

code_after()
{
	oathtool --totp --base32 -N "@$(($(date +%s) + 30))" - <"/run/sekisho-sandbox/secrets/$1"
}

# there USER CMD: in a login of that person over ssh, with a second code at hand.
there()
{
	local user=$1

	shift
	sandbox-clock "+$((150 - $(date +%s) % 30))s"
	run sandbox-ssh -t "$user" "$(sandbox-code "$user"),$(code_after "$user")" "$*"
	output=$(tr -d '\r' <<<"$output")
}

in_force()
{
	sekisho status --json | field policy
}

before=$(in_force)
printf '[rule late]\naccount = user2\nrefuse = yes\n' >>/etc/sekisho/policy.conf
run sekisho policy apply
is 'root alone puts nothing in force' 1 "$status"
has 'it must be known who asks' 'log in as yourself' "$output"
there user1 'sudo sekisho policy apply --comment weekend'
has 'asked for' 'P-1 waits for another person' "$output"
is 'nothing has changed' "$before" "$(in_force)"
there user1 'sudo sekisho policy apply'
has 'once' 'P-1 waits for another person already' "$output"
there approver1 'sekisho policy diff P-1; sekisho pending; sekisho approve P-1 </dev/null'
has 'the approver sees what it changes' '^\+\[rule late\]' "$output"
has 'and who asks' 'P-1 +policy [0-9a-f]+ +user1' "$output"
has 'and needs a code' 'nothing was typed' "$output"
hasnt 'how the files are packed is no difference' '^.file ' "$output"
there user1 'sekisho approve P-1'
has 'nobody approves their own' 'It was you who asked' "$output"
there admin1 'sekisho approve P-1'
has 'nor with another account' 'It was you who asked' "$output"
there user2 'sekisho approve P-1'
has 'nor does who is not named' 'not yours to give' "$output"
there user1 'sudo sekisho approve P-1'
is 'nor root' 1 "$status"
there user1 'sudo -u approver1 sekisho approve P-1'
isnt 'nor who became the approver by sudo' 0 "$status"
run setpriv --reuid approver1 --regid approver1 --init-groups sekisho approve P-1 <<<"$(sandbox-code approver1)"
isnt 'nor without a login' 0 "$status"
run bash -c 'echo $(id -u approver1) >/proc/self/loginuid; exec setpriv --reuid approver1 --regid approver1 --init-groups sekisho approve P-1' <<<"$(sandbox-code approver1)"
isnt 'nor with a login identity that was written over' 0 "$status"
is 'the attempts are records' 'not-identified same-person' \
    "$(records --event policy.answer --outcome failure | field event.reason | grep -E 'same|identified' | sort -u | xargs)"
is 'and an alert' 0 "$(eventually 8 eval \
    'sekisho log --event alert.raise --json | grep -q approval-forbidden'; echo $?)"
is 'still nothing has changed' "$before" "$(in_force)"
there approver1 'sekisho approve P-1'
has 'another person approves' 'P-1 is approved' "$output"
is 'which puts nothing in force' "$before" "$(in_force)"
printf '\n# another text\n' >>/etc/sekisho/policy.conf
run sekisho policy apply
is 'what was approved is that text' 1 "$status"
sed -i '$d' /etc/sekisho/policy.conf && sed -i '$d' /etc/sekisho/policy.conf
run sekisho policy apply
is 'root applies it' 0 "$status"
isnt 'it is in force' "$before" "$(in_force)"
record=$(records --event policy.apply --limit 1)
has 'the record has the difference' '\+\[rule late\]' "$record"
has 'the author' '"sekisho.request.by":"user1"' "$record"
has 'and who approved' '"sekisho.request.approved":"approver1"' "$record"
run sekisho policy rollback
is 'going back waits too' 1 "$status"
there user1 'sudo sekisho policy rollback'
has 'for another person' 'P-2 waits for another person' "$output"
there approver1 'sekisho deny P-2'
has 'who declines' 'P-2 is declined' "$output"

done_testing
