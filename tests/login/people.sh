#!/bin/bash
# What happens to people: sessions that are listed, closed, killed and survive the daemon;
# suspension that ends them; a lost device and the way back in; reports; rules that refuse, and
# what explain says about them.
. "$(dirname "$0")/../lib/assert.sh"
sandbox_enter "$@"
. "$assert_lib/login.sh"
short_delays
applied=$(records --event policy.apply | grep -vc first-start)

# sessions [USER]: how many are open, as that user sees it (root without one).
sessions()
{
	${1:+as "$1"} sekisho session list --json | /usr/bin/python3 -c '
import json, sys
print(len(json.load(sys.stdin)))'
}

sessions_are()
{
	[ "$(sessions)" = "$1" ]
}

# open_session USER: in the background; $client is its ssh.
open_session()
{
	local code there=/tmp/${work##*/}.in

	code=$(sandbox-code --next "$1") # here, not in the background: the clock moves
	rm -f "$there"
	setsid sandbox-ssh "$1" "$code" "touch $there; sleep 300" >"$work/session" 2>&1 &
	client=$!
	eventually 10 test -e "$there" || fail "a session of $1 opens"
	rm -f "$there"
}

hang_up()
{
	kill -- -$client 2>/dev/null
	wait $client 2>/dev/null
}

monitor()
{
	sekisho session list --json | sed -E 's/.*"pid":([0-9]+).*/\1/'
}

last_close()
{
	records --user "$1" --event session.close --limit 1 | field event.reason
}

# ---- sessions ----------------------------------------------------------------------------------

is 'no session at first' 0 "$(sessions)"
open_session user1
is 'an open session is listed' 1 "$(sessions)"
is 'its person sees it' 1 "$(sessions user1)"
is 'nobody else does' 0 "$(sessions user2)"
run sekisho session list
has 'where from, by which service' 'user1 .*sshd.*127\.0\.0\.1' "$output"
has 'the process behind it' 'sshd: user1 \[priv\]' "$(tr '\0' ' ' <"/proc/$(monitor)/cmdline")"
hang_up
eventually 5 sessions_are 0
is 'closed by its person' 'ok 0' "$(last_close user1) $(sessions)"

open_session user1
kill -KILL "$(monitor)"
eventually 5 sessions_are 0
is 'its sshd killed: the end is seen all the same' 'process-ended 0' "$(last_close user1) $(sessions)"
hang_up

open_session user1
sandbox-daemon restart
is 'the daemon restarted: the session is still known' 1 "$(sessions)"
hang_up
eventually 5 sessions_are 0
is 'and its end is recorded' 'ok 0' "$(last_close user1) $(sessions)"
sandbox-clock +5m
open_session user1
process=$(monitor)
sandbox-daemon stop
kill -KILL "$process"
hang_up
sandbox-daemon start
is 'ended while the daemon was away: recorded as unobserved' 'ended-unobserved 0' \
    "$(last_close user1) $(sessions)"

# ---- suspension --------------------------------------------------------------------------------

sandbox-clock +5m
open_session user1
run sekisho user suspend user1 --reason 'left on Friday'
is 'suspended' 0 "$status"
eventually 8 sessions_are 0
is 'its session is ended' 0 "$(sessions)"
wait $client
isnt 'on the side of the person too' 0 $?
shape sandbox-ssh user1 next
is 'a login of a suspended account' 'out suspended' "${shape##* } $(why user1)"
shape sandbox-ssh -k user1 -
is 'by key' 'out suspended' "$shape $(why user1)"
shape sandbox-login user1 next
isnt 'at the console' 0 "$status"
has 'the reason is in the record' '"message":"left on Friday"' "$(records --user user1 --event user.suspend)"
run sekisho user resume user1 --reason 'came back'
is 'resumed' 0 "$status"
shape sandbox-ssh user1 next
is 'and may log in' 'password code in' "$shape"

# ---- a lost device -----------------------------------------------------------------------------

codes=$(sekisho factor recovery-codes user2 --verified-by boss --how 'knows them' --json)
mapfile -t recovery < <(grep -oE '[A-Z2-7]{4}(-[A-Z2-7]{4}){3}' <<<"$codes")
is 'ten recovery codes' 10 ${#recovery[@]}
run as user2 sekisho factor lost
is 'lost' 0 "$status"
has 'and told the way back in' 'recovery code' "$output"
shape sandbox-ssh user2 next
is 'a code of the lost device' 'password code out wrong-code' "$shape $(why user2)"
shape sandbox-login user2 "${recovery[0]}"
is 'a recovery code' 'password code in' "$shape"
has 'how many are left' '9 are left' "$output"
shape sandbox-login user2 "${recovery[0]}"
is 'the same once more' 'password code out spent-recovery-code' "$shape $(why user2)"
shape sandbox-ssh user2 "$(tr 'A-Z-' 'a-z ' <<<"${recovery[1]}")"
is 'another, in small letters with blanks' 'password code in' "$shape"
sed -i 's/^enrol = open$/enrol = closed/' /etc/sekisho/policy.conf
policy_add '# enrolment is closed, as shipped'
run as user2 sekisho enroll --name new < <(printf '%s\n' yes '' 'Gate+user2-1601!')
is 'enrolment is closed: not with the password' 1 "$status"
has 'and says so' 'Enrolment is closed' "$output"
converse "Type yes to go on:  => yes
Code of a device you have.*:  => ${recovery[2]}
Code that the app shows now:  => !u=\$(tr -d '\\r' | \$SANDBOX_TREE/tests/lib/qr-read) && u=\${u#*secret=} && printf '%s\\n' \"\${u%%&*}\" >/run/sekisho-sandbox/secrets/user2 && sandbox-code user2" \
    setpriv --reuid user2 --regid user2 --init-groups sekisho enroll --name new
is 'a new device by a recovery code' 0 "$status"
shape sandbox-ssh user2 next
is 'and a login with it' 'password code in' "$shape"
run sekisho factor list user2
has 'the register keeps both' '^imported +lost' "$output"
has 'the register keeps both' '^new +active' "$output"

# ---- reports -----------------------------------------------------------------------------------

policy_add '[officer Sato]
role = security
contact = ext. 42'

# report USER KIND: $output; the record names the officer.
report()
{
	run as "$1" sekisho report "$2" --text "about $2"
	is "report $2: taken" 0 "$status"
	has "report $2: says who is told" 'Told: Sato \(ext\. 42\)' "$output"
	has "report $2: is a record" "\"message\":\"about $2\".*\"sekisho.report\":\"$2\",\"sekisho.officers\":\\[\"Sato\"\\]" \
	    "$(records --user "$1" --event user.report --limit 1)"
}

report approver1 incident
shape sandbox-ssh approver1 next
is 'report incident: changes nothing' 'password code in' "$shape"
open_session approver1
report approver1 not-me
eventually 8 sessions_are 0
is 'report not-me: ends the sessions' 0 "$(sessions)"
shape sandbox-ssh approver1 next
is 'report not-me: suspends' 'out suspended' "${shape##* } $(why approver1)"
open_session approver2
report approver2 known-password
eventually 8 sessions_are 0
is 'report known-password: ends the sessions' 0 "$(sessions)"
shape sandbox-ssh approver2 next
is 'report known-password: suspends' 'out suspended' "${shape##* } $(why approver2)"
report auditor1 unused-account
shape sandbox-ssh auditor1 next
is 'report unused-account: suspends' 'out suspended' "${shape##* } $(why auditor1)"
sekisho user resume auditor1 --reason test >/dev/null
report auditor1 lost-device
shape sandbox-ssh auditor1 next
isnt 'report lost-device: its codes count no more' 0 "$status"
has 'report lost-device: the register says so' '^imported +lost' "$(sekisho factor list auditor1)"
run as user1 sekisho report nothing-known --text x
is 'a report that does not exist' 2 "$status"

# ---- rules, and what explain says --------------------------------------------------------------


before=$(sekisho status --json | sed -E 's/.*"policy":"([0-9a-f]*)".*/\1/')
run sekisho explain user1 --service sshd --from 127.0.0.77
has 'explain: the decision' 'allowed with a code' "$output"
policy_add '[rule not-from-there]
from = 127.0.0.77
refuse = yes'
shape sandbox-ssh -b 127.0.0.77 user1 next
is 'a rule refuses a source' 'out refused-by-rule' "${shape##* } $(why user1)"
has 'the record names the rule' not-from-there \
    "$(records --user user1 --outcome failure --limit 1 | field sekisho.rule)"
run sekisho explain user1 --service sshd --from 127.0.0.77
has 'explain: the same' 'refused-by-rule' "$output"
has 'explain: by which rule' '^not-from-there +yes' "$output"
shape sandbox-ssh user1 next
is 'other sources are not refused' 'password code in' "$shape"
policy_add '[rule no-ops-at-night]
group = user1
time = 00:00-24:00
service = sudo
refuse = yes'
shape sandbox-sudo user1 next
is 'a rule by group, time and service' 'out refused-by-rule' "${shape##* } $(why user1)"
hasnt 'it does not name itself to the person' 'no-ops-at-night' "$output"
has 'who gets a code for an administrator' 'sekisho explain\): [0-9A-Z]{4}-[0-9A-Z]{4}' "$output"
run sekisho policy rollback "$before"
is 'rolled back' 0 "$status"
shape sandbox-sudo user1 next
is 'and sudo works' 'password code in' "$shape"
shape sandbox-ssh -b 127.0.0.77 user1 next
is 'and so does the other source' 'password code in' "$shape"
is 'four changes of the policy and a way back, all recorded' $((applied + 5)) \
    "$(records --event policy.apply | grep -vc first-start)"

run sekisho audit paper accounts --verify --output "$work/accounts.csv"
is 'the register of accounts made of the log alone is that of the store' 0 "$status"
run sekisho audit paper devices --verify --output "$work/devices.csv"
is 'the register of devices made of the log alone is that of the store' 0 "$status"

done_testing
