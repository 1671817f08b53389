#!/bin/bash
# The profiles of the source documents: each loads beside the shipped policy with sample people,
# people log in under it, and the control report of the host shows every row of it.
. "$(dirname "$0")/../lib/assert.sh"
sandbox_enter "$@"
. "$assert_lib/login.sh"

export SEKISHO_LOCALEDIR=$SANDBOX_BUILD/locale
catalogue=(--catalogue "$SANDBOX_TREE/conf/controls")
profiles=$SANDBOX_TREE/conf/profiles

# The standard's officers are groups; these are their people.
for group in ciso general-officer security-officers system-officers system-managers \
    section-officers permitters audit-chief auditors staff; do
	groupadd -f $group
done
usermod -a -G staff,system-managers user1
usermod -a -G staff user2
usermod -a -G system-officers,permitters approver1
usermod -a -G section-officers,general-officer,security-officers,ciso approver2
usermod -a -G audit-chief,auditors auditor1

# use PROFILE: the shipped policy, that profile and the sample people, with this host's accounts.
use()
{
	rm -f /etc/sekisho/policy.d/*.conf
	cp "$SANDBOX_TREE/conf/policy.conf" /etc/sekisho/policy.conf
	cp "$profiles/$1.conf" /etc/sekisho/policy.d/10-profile.conf
	cp "$profiles/people.sample" /etc/sekisho/policy.d/20-people.conf
	printf '%s\n' '[account admin1]' 'person = user1' 'class = admin' '[confirm]' 'within = 0s' \
	    >/etc/sekisho/policy.d/30-host.conf
	run sekisho policy apply
}

for profile in contractor basic strengthened; do
	use $profile
	is "$profile: loads" 0 "$status" || echo "$output"
	run sandbox-ssh user2 -
	is "$profile: without a code nobody gets in" 255 "$status"
	run sandbox-ssh user2 next
	is "$profile: with one they do" user2 "$(tail -n 1 <<<"$output" | tr -d '\r')"
	sekisho audit controls "${catalogue[@]}" --since 1d --output "$work/$profile.json" >/dev/null
	is "$profile: every row is in the report" 61 \
	    "$(grep -c '"id": "[A-Z]*-[0-9]*"' "$work/$profile.json")"
	run sekisho policy show --sentences
	has "$profile: in plain sentences" '山田太郎 is 最高情報セキュリティ責任者' "$output"
done

# A key that stands in two files is a contradiction, and what is in force stays.
printf '[lockout]\ndeny = 4\n' >/etc/sekisho/policy.d/40-more.conf
run sekisho policy check
isnt 'the same key in two files' 0 "$status"
has 'names both' '40-more.conf:2: deny: given before, in .*10-profile.conf line' "$output"
rm /etc/sekisho/policy.d/40-more.conf

# Under the last one root alone puts no other policy into force.
use basic
isnt 'strengthened: a change needs a second person' 0 "$status"
has 'which it says' 'Another person approves' "$output"

done_testing
