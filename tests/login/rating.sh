#!/bin/bash
# The rating of the host: the floor that it sets under the policy, where it is shown and recorded;
# permits for work from outside, their approval as the rating demands, and their end.
. "$(dirname "$0")/../lib/assert.sh"
sandbox_enter "$@"
. "$assert_lib/login.sh"

policy_add '[attribute training]
valid = 365d'

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

# ---- the rating of the host ---------------------------------------------------------------------

cp /etc/sekisho/policy.conf "$work/before"
printf '[host]\nrating = 機密性3 integrity-1\nlimits = no copies\n[service sshd]\nobserve = yes\n' \
    >>/etc/sekisho/policy.conf
run sekisho policy apply
is 'a policy below the floor of the rating does not load' 1 "$status"
has 'it says why' 'rating .*: observe: expected with an end' "$output"
cp "$work/before" /etc/sekisho/policy.conf
policy_add '[host]
rating = 機密性3 integrity-1
limits = no copies'
converse "assword: => $(password_of user1)
Code: => !sandbox-code --next user1
\\$ => exit" ssh -F none -tt -p 2222 -o LogLevel=ERROR -o StrictHostKeyChecking=no \
    -o UserKnownHostsFile=/dev/null -o PubkeyAuthentication=no user1@127.0.0.1
has 'after login it is shown' 'This host is rated: 機密性3 integrity-1' "$output"
has 'with how to handle' 'Handling: no copies' "$output"
sekisho attribute set user2 training --evidence 'sheet 13' >/dev/null
is 'it stands in every record' '機密性3 integrity-1 no copies' \
    "$(records --event attribute.set --limit 1 | field sekisho.rating) $(
    records --event attribute.set --limit 1 | field sekisho.limits)"
is 'those that the daemon makes by itself too' '機密性3 integrity-1' \
    "$(records --event session.close --limit 1 | field sekisho.rating)"
run sekisho explain user1 --service sshd --from 192.0.2.1
has 'explain names the floor' '^Floor: ' "$output"

# ---- permits ------------------------------------------------------------------------------------

cp /etc/sekisho/policy.conf "$work/before"
printf '[role outside]\nkind = remote-work\nmembers = user1\napprove = 1 from approver1\n' \
    >>/etc/sekisho/policy.conf
run sekisho policy apply
is 'at this rating one officer is not enough for a permit' 1 "$status"
cp "$work/before" /etc/sekisho/policy.conf
sed -i 's/^rating = .*/rating = 機密性2 integrity-1/' /etc/sekisho/policy.conf
policy_add '[role outside]
kind = remote-work
members = user1
approve = nobody
max_duration = 1h
premises = 127.0.0.1'
shape sandbox-ssh -b 127.0.0.77 user1 next
is 'from outside nobody gets in without a permit' out "${shape##* }"
is 'which is recorded' permit-missing "$(why user1)"
shape sandbox-ssh user1 next
is 'on the premises none is needed' in "${shape##* }"
there user1 "sekisho request outside --for 30m --reason 'at home'"
has 'at this rating a notice is enough' 'you have the role "outside"' "$output"
permit=$(grep -oE 'R-[0-9]+' <<<"$output" | head -1)
sandbox-clock +90s
shape sandbox-ssh -b 127.0.0.77 user1 next
is 'with it one gets in' in "${shape##* }"
there user1 "sekisho role report $permit --text 'too early'"
has 'what still runs owes no report' 'owes no report' "$output"
sandbox-clock +31m
is 'it ends' 0 "$(eventually 5 eval '[ "$(sekisho grant list --json | grep -c outside)" = 0 ]'; echo $?)"
shape sandbox-ssh -b 127.0.0.77 user1 next
is 'and nobody gets in any more' out "${shape##* }"
converse "assword: => $(password_of user1)
Code: => !sandbox-code --next user1
\\$ => exit" ssh -F none -tt -p 2222 -o LogLevel=ERROR -o StrictHostKeyChecking=no \
    -o UserKnownHostsFile=/dev/null -o PubkeyAuthentication=no user1@127.0.0.1
has 'the report is asked for' "Your permit $permit is over" "$output"
sandbox-clock +73h
is 'and chased' 0 "$(eventually 8 eval \
    'sekisho log --event permit.overdue --json | grep -q "\"sekisho.request\":\"$permit\""'; echo $?)"
is 'which alerts' 0 "$(eventually 8 eval \
    'sekisho log --event alert.raise --json | grep -q permit-not-reported'; echo $?)"
there user2 "sekisho role report $permit --text 'not mine'"
is 'nobody reports for others' 1 "$status"
there user1 "sekisho role report $permit --text 'back, nothing taken along'"
has 'reported' 'is recorded' "$output"
has 'and kept' '^Reported: +back, nothing taken along' "$(sekisho grant show "$permit")"

# ---- decided again ------------------------------------------------------------------------------

sandbox-daemon stop >/dev/null
again=$("$SANDBOX_BUILD/tests/redecide" /var/lib/sekisho)
has 'every decision comes out the same from its record' ', 0 differ' "$again"

done_testing
