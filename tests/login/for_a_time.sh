#!/bin/bash
# What the policy lets pass for a time, in real logins: observing a group and the host, enrolment
# grace, and that both end by themselves on their day, by the wall clock and by the boot clock.
. "$(dirname "$0")/../lib/assert.sh"
sandbox_enter "$@"
. "$assert_lib/login.sh"
away_from_midnight
short_delays
policy=/etc/sekisho/policy.d/test.conf

# apply LINE...: the sandbox's policy and these lines.
apply()
{
	printf '%s\n' "$@" >$policy
	sekisho policy apply >"$work/applied" 2>&1 || fail "policy: $*" "$(<"$work/applied")"
}

day() { date -u -d "$1" +%F; }

for name in new1 new2 new3; do
	useradd -m -s /bin/bash $name
	usermod -p "$(openssl passwd -6 "$(password_of $name)")" $name
done
groupadd staff
usermod -aG staff new1
usermod -aG staff new3
sed -i 's/^enrol = open/enrol = closed/' /etc/sekisho/policy.conf
echo 'new1 ALL=(ALL:ALL) ALL' >/etc/sudoers.d/new1
install -d -m 700 -o new1 -g new1 /home/new1/.ssh
ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/new1
install -m 600 -o new1 -g new1 /root/.ssh/new1.pub /home/new1/.ssh/authorized_keys

# last FIELD: of new1's newest account decision.
last() { records --user new1 --event access.account --limit 1 | field "$1"; }

# ---- enrolment grace -------------------------------------------------------------------------------

apply '[group staff]' "grace = until $(day '+2 days')"
shape sandbox-ssh new1 - id -un
is 'grace: the password is enough' 'password in' "$shape"
is 'grace: recorded as that' 'grace success' "$(last event.reason) $(last event.outcome)"
shape sandbox-ssh -k new1 - id -un
is 'grace: a key is enough' 'in' "$shape"
shape sandbox-login new1 -
is 'grace: at the console' 'password in' "$shape"
has 'grace: a login says until when' "Until the end of $(day '+2 days') \(UTC\) you get in without" "$output"
has 'grace: and how to enrol' 'sekisho enroll. in this login now' "$output"
is 'grace: once' 1 "$(grep -c 'you get in without a code' <<<"$output")"
passwords=$(password_of new1) codes= shape dialogue --as new1 sudo id -un
is 'grace: sudo, under the floor' 'password in' "$shape"
is 'grace: recorded as AUTH-6 not in force' true "$(last sekisho.floor.suspended)"
hasnt 'grace: not as evidence of AUTH-6' 'AUTH-6' "$(records --user new1 --event access.account --limit 1)"
passwords=$(password_of user1) codes= shape dialogue --as new1 su user1 -c id
is 'grace: not for the account of somebody else' 1 "$status"
shape sandbox-ssh new2 -
is 'grace: who is not in the group is refused' 'password out no-device' "$shape $(why new2)"
shape sandbox-ssh user1 next id -un
is 'grace: who has a device uses it' 'password code in' "$shape"
has 'status shows the end date' "GRACE, group staff, until the end of $(day '+2 days') \(UTC\), days left: 2" \
    "$(sekisho status)"
has 'status warns some days before' 'ENDS SOON' "$(sekisho status)"
has 'check shows AUTH-6 as not in force' 'group staff\]: enrolment grace, only until the end of .*AUTH-6 is not in force' \
    "$(sekisho check --full 2>&1 | tr -s ' \n' ' ')"
has 'explain says it' '^Enrolment grace: +without a device until the end of' \
    "$(sekisho explain new1 --service sshd --from 192.0.2.1)"

# In it, and only in it, the password is enough to enrol, though enrolment is closed for others.
run as new2 sekisho enroll --accept --name phone </dev/null
has 'grace: others cannot enrol themselves' 'Enrolment is closed' "$output"
mkfifo "$work/in" && chmod 666 "$work/in"
as new3 sekisho enroll --accept --json --name phone <"$work/in" >"$work/out" 2>"$work/err" &
exec 9>"$work/in"
printf '%s\n' "$(password_of new3)" >&9
eventually 20 grep -q uri "$work/out" || fail 'grace: enrolment begins' "$(<"$work/err")"
sed -nE 's/.*[?&]secret=([A-Z2-7]*).*/\1/p' "$work/out" | head -1 >/run/sekisho-sandbox/secrets/new3
sandbox-code new3 >&9
exec 9>&-
wait $!
is 'grace: a member enrols with the password' 0 $?
shape sandbox-ssh new3 -
is 'grace: and has none from then on' 'password code out' "$shape"
shape sandbox-ssh new3 next
is 'grace: but a device' 'password code in' "$shape"

sandbox-clock +3d
shape sandbox-ssh new1 -
is 'after the day: refused' 'password out no-device' "$shape $(why new1)"
shape sandbox-login new1 -
has 'with the next step' 'sekisho enroll' "$output"
shape sandbox-ssh -k new1 - id -un
is 'after the day: no key either' 'out' "$shape"
has 'status says that it ended' "grace, group staff, ended with $(day '-1 day')" "$(sekisho status)"
sandbox-clock jump -10d
shape sandbox-ssh new1 -
is 'a wall clock set back begins nothing again' 'password out no-device' "$shape $(why new1)"
sandbox-daemon restart
shape sandbox-ssh new1 -
is 'nor does a new start of the daemon' 'password out no-device' "$shape $(why new1)"
sandbox-clock jump +10d

# ---- observing ---------------------------------------------------------------------------------------

apply '[group staff]' "observe = until $(day '+2 days')"
shape sandbox-ssh new1 - id -un
is 'observe: a member gets in' 'password in' "$shape"
is 'observe: recorded as what it is' 'no-device true' "$(last event.reason) $(last sekisho.observed)"
shape sandbox-ssh new2 -
is 'observe: others do not' 'password out' "$shape"
apply '[host]' "observe = until $(day '+2 days')"
shape sandbox-ssh new2 - id -un
is 'observe: the whole host' 'password in' "$shape"
passwords=wrong codes= shape dialogue --as new1 su new2 -c id
isnt 'observe: never without the first factor' 0 "$status"
has 'status shows it' "OBSERVE, everywhere, until the end of $(day '+2 days')" "$(sekisho status)"
run sekisho status --observe
has 'the summary names who, where and why' '^new1 +sshd +no-device +1 ' "$output"
has 'and who was let in by grace' '^new1 +login +grace +1 ' "$output"
has 'one login is one, and each is counted' '^new1 +sshd +grace +2 ' "$output"
hasnt 'nobody else' '^user1' "$output"
run as new1 sekisho status --observe
has 'a person sees what concerns them' '^new1 +sshd +no-device' "$output"
hasnt 'and nobody else' '^new2' "$output"
is 'as JSON' True "$(sekisho status --observe --json | /usr/bin/python3 -c '
import json, sys
print(any(r["account"] == "new2" and r["reason"] == "no-device" for r in json.load(sys.stdin)["refused"]))')"
has 'not before its time' '^Nobody' "$(sekisho status --observe --since 2099-01-01)"
sandbox-clock +3d
shape sandbox-ssh new2 -
is 'after the day the rules are in force' 'password out no-device' "$shape $(why new2)"

# ---- review of the rules -----------------------------------------------------------------------------

apply '[host]' 'owner = Yamada Hanako' "review = $(day '+1 day')"
has 'status names the owner' '^Owner: +Yamada Hanako' "$(sekisho status)"
has 'and the review' "^Review: +by the end of $(day '+1 day')" "$(sekisho status)"
sandbox-clock +2d
has 'overdue shows' "^Review: +OVERDUE: .* by the end of $(day '-1 day')" "$(sekisho status)"
has 'in check too' 'policy-reviewed .*: the rules were to be reviewed by' "$(sekisho check --full 2>&1 | tr -s ' \n' ' ')"

"$SANDBOX_BUILD/tests/redecide" /var/lib/sekisho >"$work/again" 2>&1
is 'all of it is decided again the same' 0 $?
has 'and there was something to decide' '^# [0-9]+ decisions .* 0 differ' "$(<"$work/again")"
run sekisho audit paper grants --verify --output "$work/grants.csv"
is 'the register of grants made of the log alone is that of the store' 0 "$status"

done_testing
