#!/bin/bash
# A contingency policy on real logins: it stands in the policy, several people activate it, each
# with a code of their own; it lowers what it names and never the floor; it ends by itself, whatever
# happens to the daemon and the clock.
. "$(dirname "$0")/../lib/assert.sh"
sandbox_enter "$@"
. "$assert_lib/login.sh"

groupadd continuity
for user in approver1 approver2 user1 admin1; do
	usermod -a -G continuity $user
done
groupadd security && usermod -a -G security auditor1

flood='[contingency flood]
text = The office cannot be reached
approvers = 2 from @continuity
for = 8h
lower = everyone:require, office:device
roles = web
approve = 1 from @continuity'
policy_add "[host]
administrators = admin1

[rule office]
account = user2
service = sshd
device = issued

[role web]
members = user2
approve = 1 from @security
max_duration = 1h
commands = /usr/bin/id -un
root_equivalent = yes

$flood"
short_delays

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

# in_force: how many contingency policies are.
in_force()
{
	sekisho status --json | /usr/bin/python3 -c 'import json, sys
print(len(json.load(sys.stdin)["contingency"]))'
}

# activated: by two others, anew.
activated()
{
	local id

	there admin1 "sekisho contingency activate flood --reason 'the river, again'"
	id=$(grep -oE 'E-[0-9]+' <<<"$output" | head -1)
	there approver1 "sekisho approve $id --reason seen"
	there approver2 "sekisho contingency approve $id --reason seen"
	has 'activated anew' 'in force for 480 minutes' "$output"
}

# ---- beforehand ---------------------------------------------------------------------------------

record=$(records --event contingency.prepared --limit 1)
has 'it is sealed with the policy' '"sekisho.contingency":"flood"' "$record"
digest=$(field sekisho.contingency.digest <<<"$record")
has 'its words lie in the store, by their digest' 'approvers = 2 from @continuity' \
    "$(/usr/bin/python3 -c 'import sqlite3, sys
print(sqlite3.connect("file:/var/lib/sekisho/sekisho.db?mode=ro", uri=True).execute(
    "SELECT bundle FROM policies WHERE digest = ?", (sys.argv[1],)).fetchone()[0].decode())' "$digest")"
has 'the list shows what it is' 'Not asked for: +everyone:require, office:device' \
    "$(sekisho contingency list)"
has 'and that it is ready' 'State: +ready' "$(sekisho contingency list)"
is 'nothing is relaxed' 0 "$(in_force)"
sandbox-clock +1m
shape sandbox-ssh user2 auto
has 'nor lets in' 'out$' "$shape"

# ---- several people -----------------------------------------------------------------------------

sandbox-clock +10m
there auditor1 "sekisho contingency activate flood --reason 'the river'"
has 'not by anybody' 'not permitted' "$output"
run sekisho contingency activate flood --reason 'the river'
is 'nor by root' 1 "$status"
there user1 'sekisho contingency activate flood'
has 'nor without a reason' 'Say why' "$output"
there user1 "sekisho contingency activate wave --reason 'the river'"
has 'nor what the policy does not have' 'This is not permitted|no contingency policy "wave"' "$output"
there user1 "sekisho contingency activate flood --reason 'the river'"
has 'asked for' 'E-1 asks for the contingency policy "flood"' "$output"
there admin1 "sekisho contingency activate flood --reason 'the river'"
has 'once' 'asked for already' "$output"
has 'it waits' '^E-1 +contingency policy "flood" +user1' "$(sekisho pending)"
there user1 'sekisho contingency approve E-1 --reason mine'
has 'nobody approves their own' 'It was you who asked' "$output"
there admin1 'sekisho contingency approve E-1 --reason mine'
has 'nor with another account' 'It was you who asked' "$output"
there auditor1 'sekisho contingency approve E-1 --reason x'
has 'nor does who is not named' 'not yours to give' "$output"
there approver1 'sekisho contingency approve E-1 --reason seen </dev/null'
has 'each has a code of their own' 'nothing was typed' "$output"
there approver1 'sekisho contingency approve E-1 --reason seen'
has 'one of two' 'It needs further ones' "$output"
there approver1 'sekisho contingency approve E-1 --reason seen'
is 'the same person is not the second' 1 "$status"
is 'nothing is relaxed by one' 0 "$(in_force)"
there approver2 'sekisho contingency approve E-1 --reason seen'
has 'the second' 'the contingency policy "flood" is in force for 480 minutes' "$output"
is 'each step is a record' 'contingency.request contingency.answer contingency.start' \
    "$(for event in request answer start; do
	records --event contingency.$event --outcome success --limit 1 | field event.action
done | xargs)"
is 'those who tried for themselves are an alert' 0 "$(eventually 8 eval \
    'sekisho log --event alert.raise --json | grep -q approval-forbidden'; echo $?)"

# ---- in force -----------------------------------------------------------------------------------

is 'the officers are told' 0 "$(eventually 8 eval \
    'sekisho log --event alert.raise --json | grep -q "\"contingency\""'; echo $?)"
has 'it is in the register' 'E-1 +contingency policy "flood" +\* +in force' "$(sekisho exception list)"
has 'with who approved' 'Approved by: +approver1 .*approver1' "$(sekisho exception show E-1)"
has 'status says it' 'contingency policy "flood" is in force' "$(sekisho status)"
has 'check too' 'policy-active.*The contingency policy "flood" is in force' \
    "$(sekisho check --full 2>&1 | tr '\n' ' ')"
has 'so does the policy' '^# The contingency policy "flood" is in force' "$(sekisho policy show)"
sandbox-clock +1m
shape sandbox-ssh user2 -
is 'it lowers what it names' 'password in' "$shape"
has 'whose record says so' '"sekisho.exceptions":"E-1"' \
    "$(records --user user2 --event access.account --limit 1)"
shape sandbox-ssh admin1 -
is 'never the floor of remote administration' 'password code out' "$shape"
converse "assword: => $(password_of user2)
\\$ => exit" ssh -F none -tt -p 2222 -o LogLevel=ERROR -o StrictHostKeyChecking=no \
    -o UserKnownHostsFile=/dev/null -o PubkeyAuthentication=no user2@127.0.0.1
has 'who logs in is told' 'contingency policy "flood" is in force until' "$output"
there user2 "sekisho request web --reason 'pumps'"
has 'a role is asked for' 'R-1 waits' "$output"
there approver1 'sekisho approve R-1'
has 'and approved by those whom it names' 'user2 has the role "web"' "$output"
has 'whose record says by what' '"sekisho.fact.contingency":1' "$(records --event grant.start --limit 1)"

run sekisho audit paper exceptions --for office --output "$work/register.html"
is 'the register on paper agrees with the records' 0 "$status"
has 'and has it' 'E-1' "$(<"$work/register.html")"

# ---- over ---------------------------------------------------------------------------------------

there auditor1 'sekisho contingency end flood --reason x'
has 'not ended by anybody' 'not permitted' "$output"
activated
has 'renewed by a new activation' 'State: +IN FORCE until .*E-2' "$(sekisho contingency list)"
is 'in the place of the one before' renewed "$(records --event contingency.end --limit 1 | field event.reason)"
is 'so one is in force' 1 "$(in_force)"
sandbox-daemon stop
sandbox-clock jump +9h
sandbox-daemon start
shape sandbox-ssh user2 -
has 'over by the wall clock alone, though the daemon was dead' 'out$' "$shape"
is 'which is recorded' 'expired' "$(eventually 5 eval \
    'records --event contingency.end --limit 1 | grep -q expired' && echo expired)"
has 'and its end is to be reported' 'E-2 .*over, report due' "$(sekisho exception list)"
sandbox-clock jump -9h
is 'it does not come back with the clock' 0 "$(sleep 1.2; in_force)"
sandbox-clock +10h # above the codes that the step put out of use
activated
sandbox-clock jump -9h
is 'a wall clock set back: it goes on' 1 "$(sleep 1.2; in_force)"
sandbox-clock +481m
is 'and is over by the boot clock alone' 0 "$(eventually 5 eval '[ "$(in_force)" = 0 ]'; in_force)"
is 'which is recorded, by the wall clock before its end' expired \
    "$(records --event contingency.end --limit 1 | field event.reason)"
sandbox-daemon restart
is 'a new start changes nothing' 0 "$(in_force)"
shape sandbox-ssh user2 -
has 'what it lowered is asked for again' 'out$' "$shape"
sandbox-clock jump +9h
eventually 5 eval '[ "$(records --event clock.step | wc -l)" = 4 ]' # and only then on from there
sandbox-clock +10m
activated
sed -i 's/^for = 8h/for = 9h/' /etc/sekisho/policy.conf
sekisho policy apply >/dev/null
is 'the policy says something else: what was approved is over' 0 "$(in_force)"
is 'and the new text is sealed' 2 "$(records --event contingency.prepared | grep -c '"sealed"')"
sed -i '/^\[contingency flood\]/,$d' /etc/sekisho/policy.conf
sekisho policy apply >/dev/null
is 'gone from the policy' gone "$(records --event contingency.prepared --limit 1 | field event.reason)"

done_testing
