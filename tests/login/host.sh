#!/bin/bash
# What the host says of itself as an input of rules: a number from a file, from a program of root's,
# and the days since it was updated; what is not known counts as met.
. "$(dirname "$0")/../lib/assert.sh"
sandbox_enter "$@"
. "$assert_lib/login.sh"

number=/etc/sekisho/definitions
program=/etc/sekisho/host.d/patched

# fact USER: what the host said in that user's newest decision.
fact() { records --user "$1" --limit 8 | grep sekisho.fact.host | field sekisho.fact.host | tail -n 1; }
# says TEXT: the daemon looks again, until its status has that.
says() { sekisho status --json | tr '\n' ' ' | grep -q "$1"; }
looks() { sandbox-clock +61s; eventually 5 says "$1" || fail "the status has $1" "$(sekisho status)"; }
login() { shape sandbox-ssh user1 next; }

mkdir -p /etc/sekisho/host.d /var/lib/apt/lists
printf '12\n' >"$number"
printf '#!/bin/sh\necho 3\n' >"$program"
chmod 755 "$program"
touch -d '-50 days' /var/lib/apt/lists/a_Release
policy_add "[host-attribute definitions]
file = $number
every = 1m
stale = 1d

[host-attribute patched]
command = $program
every = 1m

[rule scanned]
service = sshd
host = definitions > 7
refuse = yes

[rule patched-late]
account = user2
service = sshd
host = patched > 30, days-since-update < -1
refuse = yes"
looks '"value":12\|"value": 12'

# ---- a file ------------------------------------------------------------------------------------

login
is 'a value above the limit: nobody gets in' out "${shape##* }"
is 'by the rule' 'refused-by-rule scanned' \
    "$(why user1) $(records --user user1 --outcome failure --limit 1 | field sekisho.rule)"
is 'the record has what the host said' definitions=12,patched=3 "$(fact user1 | cut -d, -f1,2)"
run sekisho explain user1 --service sshd --from 192.0.2.1
has 'explain says it' '^This host: +definitions=12,patched=3' "$output"
run sekisho policy show --sentences
has 'as a sentence' 'One of these is true of the host, or not known: definitions > 7\.' "$output"
printf '2\n' >"$number"
looks '"value":2\b\|"value": 2\b'
login
is 'below it one gets in' in "${shape##* }"
is 'which is recorded too' definitions=2,patched=3 "$(fact user1 | cut -d, -f1,2)"
run sekisho status
has 'the status has it' '^This host says: +definitions 2, patched 3, days-since-update' "$output"
run sekisho check --full
has 'the check knows them' 'attributes of this host are known' "$output"

# ---- what is not known -------------------------------------------------------------------------

# unknown WHAT WHY: once the status for programs says why, nobody gets in.
unknown()
{
	looks "$2"
	login
	is "$1: it counts as met" out "${shape##* }"
	is "$1: the record says that it was not known" 'definitions=?,patched=3' "$(fact user1 | cut -d, -f1,2)"
}

chmod 666 "$number"
unknown 'a file that others may write' 'at most 0755 is allowed'
chmod 644 "$number"
chown user2 "$number"
unknown 'a file of somebody else' 'belongs to uid'
chown root "$number"
printf '2 days\n' >"$number"
unknown 'something else than a number' 'one whole number'
rm "$number"
unknown 'no file' 'No such file'
printf '2\n' >"$number"
touch -d '-3 days' "$number"
unknown 'a file that nobody writes any more' '"name": *"definitions"[^}]*"stale": *true'
run sekisho check --full
has 'the check says so' 'FAILED +host-attributes \(medium\): definitions of this host is not known' "$output"
touch "$number"
chmod 777 "$program"
looks '"why":"[^"]*nobody else may write\|"why": "[^"]*nobody else may write'
shape sandbox-ssh user2 next
is 'a program that others may write is not run: it counts as met' out "${shape##* }"
chmod 755 "$program"
printf '%s\n' '#!/bin/sh' 'echo 4' >"$program"
looks '"value":4\b\|"value": 4\b'

# ---- what is decided again ---------------------------------------------------------------------

shape sandbox-ssh user2 next
is 'none of several is true, and all are known' in "${shape##* }"
printf '%s\n' '#!/bin/sh' 'echo 31' >"$program"
looks '"value":31\|"value": 31'
shape sandbox-ssh user2 next
is 'one of them is' out "${shape##* }"
run "$SANDBOX_BUILD/tests/redecide" /var/lib/sekisho
is 'every decision is decided again the same' 0 "$status"
sed 's/definitions > 7/definitions > 1/' /etc/sekisho/policy.conf >"$work/draft.conf"
run sekisho policy replay --json --user user1 "$work/draft.conf"
has 'a draft with another limit refuses who got in with 2' refused-by-rule "$output"
sed 's/host = definitions > 7/host = definition > 7/' /etc/sekisho/policy.conf >"$work/draft.conf"
run sekisho policy check "$work/draft.conf"
has 'a name that nobody supplies' 'draft.conf:[0-9]+: .*host: "definition" is not known; did you mean "definitions"' "$output"

done_testing
