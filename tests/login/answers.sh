#!/bin/bash
# What the three persons are told: the register of devices, the way back in, what an account is
# locked by, why a case is decided as it is, what is only observed, and records that name who
# and where.
. "$(dirname "$0")/../lib/assert.sh"
sandbox_enter "$@"
export LANG=C.UTF-8
policy=/etc/sekisho/policy.d/test.conf

as()
{
	local user=$1

	shift
	setpriv --reuid "$user" --regid "$user" --init-groups --reset-env -- env LANG=C.UTF-8 "$@"
}

# apply LINE...: the sandbox's policy and these lines.
apply()
{
	printf '%s\n' "$@" >$policy
	run sekisho policy apply
	is "policy: $*" 0 "$status"
}

record() { sekisho log --json --limit 1 "$@"; }

# ---- the register and the way back in --------------------------------------------------------------

sekisho factor recovery-codes user1 >/dev/null
has 'who verified the person is recorded, or that nobody said' '"sekisho.verified.by":"not stated"' \
    "$(record --event factor.recovery-codes)"
run sekisho factor lost user1 --verified-by guard --how badge
is 'root reports a loss for somebody, who has one device' 0 "$status"
has 'and reads the way back' 'user1 gets back in with a recovery code' "$output"
run sekisho factor return user1 imported --reason 'was in the car'
is 'found and given back' 0 "$status"
run sekisho user show user1
has 'the register keeps who made it' '^Imported: .*by root; who verified the person is not stated' "$output"
has 'confirmed it' '^Confirmed: .*by root' "$output"
has 'lost it' '^Lost: .*by root' "$output"
has 'and ended it' '^Ended: .*by root; was in the car' "$output"
hasnt 'nobody accepted a purpose for what was imported' 'Purpose accepted' "$output"
run as user2 sekisho factor lost
is 'one device, no recovery code: lost' 0 "$status"
has 'only an administrator is left' 'administrator to run .sekisho enroll user2. as root' "$output"
run as approver1 sekisho report lost-device --text 'left in the train'
has 'a report says the same' 'administrator to run .sekisho enroll approver1. as root' "$output"
has 'it is recorded as the report it is' '"sekisho.report":"lost-device"' "$(record --event user.report)"
hasnt 'not as a device of that name' '"sekisho.device.name":"lost-device"' "$(record --event user.report)"

# ---- locks -----------------------------------------------------------------------------------------

for _ in 1 2 3 4 5; do
	sandbox-ssh -b 127.0.0.7 -P wrong auditor1 - >/dev/null
done
locks() { sekisho user list --json | python3 -c '
import json, sys
print([u["lanes_locked"] for u in json.load(sys.stdin) if u["user"] == sys.argv[1]][0])' "$1"; }
is 'the list shows who is locked' 1 "$(locks auditor1)"
is 'and who is not' 0 "$(locks user1)"
sekisho user unlock auditor1 >/dev/null
is 'until unlocked' 0 "$(locks auditor1)"

# ---- why -------------------------------------------------------------------------------------------

groupadd -f contractors && usermod -aG contractors approver2
apply '[rule night]' 'group = contractors' 'time = mon-sun 22:00-06:00' 'refuse = yes'
run sekisho explain user1 --service sshdd --from 192.0.2.1
has 'a service that there is not is said, with the nearest' 'no PAM service "sshdd" on this host. Do you mean sshd\?' "$output"
touch /etc/pam.d/newcomer
run sekisho explain user1 --service newcomer
hasnt 'one that is there and nobody knows is decided' 'no PAM service' "$output"
rm /etc/pam.d/newcomer
run sekisho explain user1 --service sudo
hasnt 'nor is it said of one that is known' 'no PAM service' "$output"
run sekisho explain approver2 --service sshd --from 192.0.2.1 --at "$(date -Is -d '2026-11-23 23:00')"
has 'a rule on a group is explained' '^night +yes +refuse' "$output"
has 'with what comes of it' '^Decision: +REFUSED' "$output"
run sekisho explain user1 --service sshd --from 192.0.2.1 --at "$(date -Is -d '2026-11-23 23:00')"
has 'and does not match who is not in it' '^night +no' "$output"
run sekisho explain approver2 --service sshd --from 192.0.2.1 --at "$(date -Is -d '2026-11-23 12:00')"
has 'by day it does not match' '^night +no' "$output"
run sekisho explain svc1 --service sshd --from 192.0.2.1
has 'a service account works with its key' '^By SSH key alone: +allowed' "$output"
run sekisho explain admin1 --service sshd --from 192.0.2.1
has 'an administrator does not' '^By SSH key alone: +refused' "$output"
run sekisho explain admin1 --service sudo --from 192.0.2.1
has 'sudo inside a remote login stands under the floor' '^Floor:' "$output"
run sekisho explain admin1 --service sudo
hasnt 'inside a console login it does not' '^Floor:' "$output"

# ---- only observed ---------------------------------------------------------------------------------

apply '[service login]' 'observe = yes'
run sandbox-login auditor1 000000
is 'observed: let in with a wrong code' 0 "$status"
is 'told once' 1 "$(grep -c 'from the day the policy is enforced' <<<"$output")"
has 'the log says so' 'success/wrong-code .*\(only observed\)' "$(sekisho log --user auditor1)"
has 'status says where' 'OBSERVE, service login, without an end date' "$(sekisho status)"

# ---- records name who and where -----------------------------------------------------------------------

run sandbox-ssh auditor1 next 'sekisho report incident --text odd'
is 'a report from a login' 0 "$status"
report=$(record --event user.report --user auditor1)
has 'its address' '"source.ip":"127.0.0.1"' "$report"
has 'its session' '"sekisho.session":[0-9]+' "$report"
has 'its person' '"sekisho.person":"auditor1"' "$report"
sandbox-login -P wrong root - >/dev/null 2>&1
has 'root has a number too' '"user.id":0[,}]' "$(record --event authentication.first-factor --user root)"
printf '[rule x]\nbogus = 1\n' >$policy
run sekisho policy apply
is 'a bad policy is refused' 1 "$status"
has 'and that it was tried is a record' '"sekisho.policy.line":[12]' "$(record --event policy.refused)"
rm $policy

# ---- the host's own clock ------------------------------------------------------------------------------

# Five phones that agree with each other and not with the host.
secret=$(head -c 20 /dev/urandom | base32)
for name in user1 user2 approver1 approver2 auditor1; do
	sekisho factor import "$name" --name shared --uri - <<<"otpauth://totp/X:$name?secret=$secret&issuer=X" >/dev/null
done
ahead() { oathtool --totp --base32 --now "@$(($(date +%s) + $1))" - <<<"$secret"; }
for late in 30 60; do
	for name in user1 user2 approver1 approver2 auditor1; do
		sandbox-ssh "$name" "$(ahead $late)" >/dev/null
	done
	sandbox-clock +30s
done
has 'most devices are ahead: the host is slow' 'clock of this host seems slow' "$(sekisho status | tr -s '\n ' ' ')"
sandbox-daemon restart
has 'which is a record from the start on' 'host-clock-suspect' "$(sekisho log --event factor.drift)"

sandbox-daemon stop
run "$SANDBOX_BUILD/tests/redecide" /var/lib/sekisho
is 'all of it is decided again as it was' 0 "$status"

done_testing
