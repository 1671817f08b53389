#!/bin/bash
# Another policy on logins that really were: `sekisho policy replay` says who would have met
# something else, counts each login once, makes nothing up, and changes nothing.
. "$(dirname "$0")/../lib/assert.sh"
sandbox_enter "$@"
. "$SANDBOX_TREE/tests/lib/login.sh"
short_delays

# changed FILE ARGS...: "ACCOUNT SERVICE BEFORE>AFTER REASON TIMES" a line, sorted.
changed()
{
	run sekisho policy replay --json --since "$begin" "$@"
	replay=$(/usr/bin/python3 -c '
import json, sys
answer = json.loads(sys.argv[1].splitlines()[-1])
for c in answer["changes"]:
    after = c["after"]
    print(c["account"], c["service"], c["before"]["end"] + ">" + after["end"],
          after.get("missing", after["reason"]), c["times"])' "$output" | sort)
}

draft()
{
	cat >"$work/draft.conf"
}

begin=$(date -u +%Y-%m-%dT%H:%M:%SZ)
sandbox-clock +1s
sandbox-ssh user1 auto true >/dev/null 2>&1
sandbox-ssh user1 "$(wrong_code user1)" true >/dev/null 2>&1
sandbox-ssh -k user2 - true >/dev/null 2>&1	# the key alone is refused
sandbox-sudo user1 next true >/dev/null 2>&1
sandbox-login user2 auto true >/dev/null 2>&1
sandbox-ssh -k svc1 - true >/dev/null 2>&1	# a service account needs no more than its key
sandbox-ssh nobody-here 123456 true >/dev/null 2>&1
# What was sent is recorded a moment after a session is over.
eventually 10 sh -c '[ "$(sekisho log --json --event session.close | wc -l)" = "$(sekisho log --json --event download.session | wc -l)" ]'
size=$("$BUILD/tests/redecide" -n /var/lib/sekisho)

# ---- the same policy ------------------------------------------------------------------------------

run sekisho policy replay --since "$begin"
is 'under the policy that decided nothing changes' 0 "$status"
has 'and it says so' 'Nobody would have met anything else' "$output"
has 'of so many decisions' ': [1-3][0-9] decisions from' "$output"

# ---- refused, let in, not asked --------------------------------------------------------------------

draft <<'CONF'
[rule office]
service = sshd
from = 127.0.0.0/8
refuse = yes
CONF
changed "$work/draft.conf"
is 'a rule that refuses: each login once, and those refused before not at all' \
    'svc1 sshd in>refused refused-by-rule 1
user1 sshd in>refused refused-by-rule 1' "$replay"
is 'exit status 1' 1 "$status"

draft <<'CONF'
[account svc1]
class = service
CONF
changed "$work/draft.conf"
is 'no rule at all: who stopped at the code is let in, a key too' \
    'user1 sshd refused>in not-required 1
user2 sshd refused>in not-required 1' "$replay"

draft </etc/sekisho/policy.conf
sed -i 's/^class = service/class = person/' "$work/draft.conf"
changed "$work/draft.conf"
is 'a service account made a person: its key is not enough' 'svc1 sshd in>refused key-only 1' "$replay"

run sekisho policy replay --since "$begin" --user user1 "$work/draft.conf"
is 'of another account nothing changes' 0 "$status"
has 'of fewer decisions' ': [4-9] decisions from' "$output"

# ---- what cannot be known --------------------------------------------------------------------------

draft </etc/sekisho/policy.conf
printf '[rule staff]\nservice = sshd\ngroup = staff\nrefuse = yes\n' >>"$work/draft.conf"
changed "$work/draft.conf"
is 'groups that nobody looked up' \
    'svc1 sshd in>unknown groups 1
user1 sshd in>unknown groups 1' "$replay"
is 'exit status 5' 5 "$status"
run sekisho policy replay --since "$begin" "$work/draft.conf"
has 'in words' 'were not looked up then' "$output"

draft </etc/sekisho/policy.conf
sed -i 's/^\[factor\]/[factor]\nwindow = 9/' "$work/draft.conf"
changed "$work/draft.conf"
is 'a code in a wider window' 'user1 sshd refused>unknown code 1' "$replay"

# ---- nothing is changed ----------------------------------------------------------------------------

is 'no record was written' "$size" "$("$BUILD/tests/redecide" -n /var/lib/sekisho)"
draft <<<'[rule'
run sekisho policy replay "$work/draft.conf"
is 'an unsound draft is a wrong usage' 2 "$status"
has 'with its line' 'draft.conf:1:' "$output"
run as user1 sekisho policy replay /etc/sekisho/policy.conf
is 'a person may not' 1 "$status"
cp -a /var/lib/sekisho "$work/copy"
sandbox-daemon stop
mv /var/lib/sekisho "$work/away"
run sekisho policy replay --state-dir "$work/copy" --since "$begin"
is 'a copy will do, without a daemon' 0 "$status"
mv "$work/away" /var/lib/sekisho
sandbox-daemon start

# ---- before it is applied --------------------------------------------------------------------------

printf '[rule office]\nservice = sshd\nfrom = 127.0.0.0/8\nrefuse = yes\n' >>/etc/sekisho/policy.conf
run sekisho policy apply
is 'applied' 0 "$status"
has 'it says first who would have been refused' '^svc1 +sshd +1 +let in: .* refused: refused-by-rule +office' "$output"
has 'and then that it is in force' 'is in force' "$output"
run sandbox-ssh -k svc1 - true
isnt 'and so it is' 0 "$status"
run sekisho policy apply --json
is 'JSON stays one line' 1 "$(wc -l <<<"$output")"

done_testing
