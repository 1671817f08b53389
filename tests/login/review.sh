#!/bin/bash
# Examining what was recorded, on real logins: what has to be opened is named, opened, marked and
# signed off by an auditor in a login of their own; not by root, not by whoever had a role in that
# time, not while something is unopened; and what was found stays open until somebody else than
# its owner has seen it put right.
. "$(dirname "$0")/../lib/assert.sh"
# 55 days later a month has begun whose own time to sign off still runs: it excuses nothing of before.
export SANDBOX_START='2027-03-14 12:00'
sandbox_enter "$@"
. "$assert_lib/login.sh"

policy_add '[audit]
auditors = auditor1, approver2
review_within = 10d

[role look]
members = user2, approver2
approve = nobody
max_duration = 10m
commands = /usr/bin/id -u
root_equivalent = no'

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

risky()
{
	as auditor1 sekisho audit review --json |
	    python3 -c 'import json, sys
for x in json.load(sys.stdin)["records"]: print(x["record"], x["event"], x["opened_by"] or "-")'
}

# there_is EVENT TEXT: a record of that event with that text in it.
there_is()
{
	records --event "$1" | grep -q "$2"
}

# Several things in one login: "NAME STATUS" behind each.
does()
{
	printf '{ %s; } 2>&1; echo "%s $?"; ' "$2" "$1"
}

# shellcheck disable=SC2016
there approver2 'sekisho request look --reason "case 7" && sudo id -u &&
    sekisho end $(sekisho grant list --json | sed -nE "s/.*\"id\": ?\"(R-[0-9]+)\".*/\1/p") --reason done'
is 'a role is taken, used and given back' 0 "$status"
list=$(risky)
has 'the grant has to be opened' 'grant.start -' "$list"
has 'and the policy that was applied' 'policy.apply -' "$list"
hasnt 'an everyday login has not' 'authentication|access|session' "$list"
grant=$(sed -n 's/ grant.start.*//p' <<<"$list" | head -n 1)

# ---- who may not ------------------------------------------------------------------------------

run as user1 sekisho audit review
is 'whoever is no auditor learns nothing' 1 "$status"
has 'but who may' 'auditors' "$output"
hasnt 'and no event' 'grant' "$output"
run sekisho audit review open "$grant"
is 'root opens nothing as an auditor' 1 "$status"
is 'which is a record' 'failure not-identified' "$(last_event root review.open)"
run as auditor1 sekisho audit review open "$grant"
is 'nor does an auditor without a login of their own' 1 "$status"
run as auditor1 sekisho audit review open
hasnt 'who may open nothing is told nothing of the next one' '^Why' "$output"
run as user1 sekisho audit review open "$grant"
is 'nor anybody else' 1 "$status"
has 'all of it is unopened still' 'grant.start -' "$(risky)"

# ---- opening and marking ----------------------------------------------------------------------

# shellcheck disable=SC2016
rest='while :; do line=$(sekisho audit review open) && case $line in "Every record"*) break ;; esac || exit; done'
there auditor1 "$(does unseen "sekisho audit review mark $grant ok")$(does absent 'sekisho audit review open 999999999')$(does early \
    'sekisho audit review sign --until 0m')$(does open "sekisho audit review open $grant")$(does question \
    "sekisho audit review mark $grant question --comment 'which case is 7?'")$(does fine \
    "sekisho audit review mark $grant fine")"
has 'what nobody opened is not marked' '^unseen 1' "$output"
has 'and it says what comes first' "First: .sekisho audit review open $grant" "$output"
has 'a record that is not there is named' 'no record 999999999' "$output"
has 'nor signed off' '^early 1' "$output"
has 'and it says how much is missing' '[0-9]+ records of this period have to be opened' "$output"
has 'an auditor opens one' '^open 0' "$output"
has 'and reads all of it' 'sekisho.role +look' "$output"
has 'why too' 'case 7' "$output"
has 'and marks it' '^question 0' "$output"
has 'an unknown mark is none' '^fine 1' "$output"
has 'and the marks are named' 'ok, question or finding' "$output"
has 'it is opened now' "$grant grant.start auditor1" "$(risky)"
has 'and the mark is shown' 'question' "$(as auditor1 sekisho audit review)"

# ---- signing ----------------------------------------------------------------------------------

there approver2 'sekisho audit review sign --until 0m'
is 'an auditor who had a role does not sign' 1 "$status"
has 'and is told why' 'You asked for, had or approved a role' "$output"
there auditor1 "$(does rest "$rest")$(does sign 'sekisho audit review sign --until 0m --comment seen')$(does found \
    "sekisho audit finding add $grant --text 'nobody knows case 7' --owner approver2 --until $(date -d '+3 days' +%F) --grave")$(does \
    dateless "sekisho audit finding add --text 'no date' --owner user2")"
said=$output
has 'another opens the rest' '^rest 0' "$output"
has 'and signs' '^sign 0' "$output"
has 'it says what' 'Signed off: records 1 to [0-9]+, of which [0-9]+ had to be opened' "$output"
record=$(records --event review.sign-off --outcome success)
is 'the record names who' auditor1 "$(field user.effective.name <<<"$record")"
is 'and binds a head of the log' 1 "$(field sekisho.review.head <<<"$record" | grep -cE '^[0-9]+ [0-9a-f]{64}$')"
run as auditor1 sekisho audit review list
has 'it is listed' 'auditor1' "$output"
run sekisho audit review list
is 'for root too' 0 "$status"
run sekisho audit verify --quick
is 'the log is sound' 0 "$status"

# ---- findings ---------------------------------------------------------------------------------

has 'a finding' '^found 0' "$said"
has 'has a number' 'F-1' "$said"
has 'one without a date is none' '^dateless 1' "$said"
eventually 10 there_is alert.raise grave-finding
has 'a grave one raises an alert' 'grave-finding' "$(records --event alert.raise)"
run as user1 sekisho audit finding list
is 'nobody else lists them' 1 "$status"
there approver2 "sekisho audit finding close F-1 --text done"
is 'who has to put it right does not close it' 1 "$status"
has 'auditor or not' 'same-person' "$(records --event finding.close)"
sandbox-daemon stop
sandbox-clock +55d
sandbox-daemon start
eventually 20 there_is finding.overdue finding
is 'overdue, it is chased once' F-1 "F-$(records --event finding.overdue | field sekisho.finding.number)"
is 'and so is a month that nobody signed off' 1 "$(records --event review.overdue | grep -c .)"
has 'it shows' 'overdue' "$(as auditor1 sekisho audit finding list)"
there auditor1 "sekisho audit finding close F-1 --text 'seen: case 7 exists'"
is 'an auditor closes it' 0 "$status"
has 'and it is kept' 'closed' "$(as auditor1 sekisho audit finding list --all)"
there auditor1 "$(does again 'sekisho audit finding close F-1 --text twice')$(does other \
    'sekisho audit finding close F-9 --text none')$(does sign 'sekisho audit review sign --until 57d')"
has 'a closed one is not closed again' 'F-1 is closed already' "$output"
has 'one that is not there is named' 'no finding F-9' "$output"
has 'what is signed off is not signed again, and the way on is told' 'already. With --until 0m' "$output"

run sekisho audit paper reviews --verify --output "$work/reviews.csv"
is 'the record of reviews made of the log alone is that of the store' 0 "$status"

done_testing
