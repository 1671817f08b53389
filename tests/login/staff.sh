#!/bin/bash
# Who is still meant to have what: the members of a role reviewed by somebody who is none, taken
# out with effect; a staff list that ends accounts with contracts, and asks again after a move.
. "$(dirname "$0")/../lib/assert.sh"
sandbox_enter "$@"
. "$assert_lib/login.sh"
short_delays

groupadd -g 7200 ops && usermod -a -G ops approver1
policy_add '[host]
dormant = 90d

[audit]
auditors = auditor1

[role web]
members = user1, @ops
approve = nobody
max_duration = 1h
review = 180d
reviewers = auditor1, admin1, approver2

[role other]
members = user2
approve = nobody'

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

# ---- the members of a role are reviewed ---------------------------------------------------------

there user1 'sekisho request web --reason "case 1"'
has 'a member gets the role' 'R-1: you have the role "web"' "$output"
eventually 3 eval 'sekisho role review web | grep -Eq "^user1 .* name +20"'
run sekisho role review web
has 'the list: who is named' '^user1 +user1 +name +20[0-9-]+ [0-9:]+ +20[0-9-]+ [0-9:]+ +1 ' "$output"
has 'and who is in a group, with no use' '^approver1 +approver1 +@ops +20[0-9-]+ [0-9:]+ +never +0 ' "$output"
has 'when it is due' '^Review due: +by 20' "$output"
run as user1 sekisho role review web
is 'members do not see it' 1 "$status"
run sekisho role review web sign --text 'by root' </dev/null
isnt 'root signs nothing' 0 "$status"
there admin1 'sekisho role review web sign --text "all known to me"'
has 'nor does a member by another account' 'You are a member of "web" yourself' "$output"
there approver2 'sekisho role review web sign'
has 'nor anybody without a text' 'Say with --text' "$output"
there approver2 'sekisho role review web sign --take-out nobody --text "x"'
has 'nor can be taken out who is none' 'has to be a member of "web": nobody' "$output"
there approver2 'sekisho role review web sign --take-out user1 --text "user1 has other work now"'
has 'another person signs' 'Signed off: the members of "web", without: user1' "$output"
is 'which is recorded with the members' '2 user1' "$(records --event role.review --outcome success \
    --limit 1 | field sekisho.role.members.count) $(records --event role.review --outcome success \
    --limit 1 | field sekisho.role.taken-out)"
hasnt 'who is taken out loses the role at once' 'sekisho-web' "$(id -Gn user1)"
there user1 'sekisho request web --reason "case 2"'
has 'and does not get it again' 'A review took you out of the role "web"' "$output"
is 'which the record says' 'not-certified taken-out' "$(why user1) $(records --event role.request \
    --limit 1 | field sekisho.fact.standing)"
has 'explain knows' 'a membership that was certified.* NO +not-certified' \
    "$(sekisho explain user1 --role web)"
has 'the list shows the review' '^Reviewed: .*approver2: user1 has other work now' \
    "$(sekisho role review web)"
is 'nobody is dormant yet' '[]' "$(sekisho role list --dormant --json)"
is 'nor an account, where the log is younger than that' '[]' "$(sekisho user list --dormant --json)"
is 'nothing is overdue' '[]' "$(sekisho status --json | python3 -c '
import json, sys; print(json.load(sys.stdin)["role_reviews"])')"
sandbox-clock +181d
eventually 5 eval 'sekisho log --event role.review.overdue --json | grep -q "\"sekisho.role\":\"web\""'
is 'after half a year it is overdue' 0 $?
has 'status says so' 'not reviewed in time: web' "$(sekisho status)"
has 'check says so' '^FAILED.*members-reviewed.*web|members-reviewed' "$(sekisho check --full 2>&1)"
has 'role list says so' '^web .*OVERDUE: 20' "$(sekisho role list)"
has 'and an alert' 'role-review-overdue' "$(sekisho alert list)"
run sekisho role list --dormant
has 'members are dormant who never used it' '^approver1 .*@ops .*never .*dormant' "$output"
has 'or not for as long' '^user1 .* 1 .*dormant' "$output"
has 'and of other roles' '^Role: +other' "$output"
has 'and so are, by then, accounts that nobody ever logged in to' '"user":"auditor1"' "$(sekisho user list --dormant --json |
    tr -d ' ')"
has 'accounts nobody logs in to are' '"user":"user1"' "$(sekisho user list --dormant --json |
    tr -d ' ')"
has 'check names both' 'nothing-dormant.*user1' "$(sekisho check --json | tr '{' '\n')"
is 'a reviewer sees those of their roles only' 'web' "$(as approver2 sekisho role list --dormant --json |
    python3 -c 'import json, sys; print(",".join(x["role"] for x in json.load(sys.stdin)))')"
is 'and others none' '[]' "$(as user1 sekisho role list --dormant --json)"
there approver2 'sekisho role review web sign --text "user1 is back"'
has 'a later review leaves user1 in' 'Signed off: 2 members' "$output"
there user1 'sekisho request web --reason "case 3"'
has 'who then gets the role again' 'you have the role "web"' "$output"

# ---- a membership with an end --------------------------------------------------------------------

day=$(date -ud '40 minutes' +%F) # today, unless today is nearly over
policy_add "[role term]
members = user1 until $day, user2
approve = nobody
max_duration = 4h"
has 'the policy says it in a sentence' "by: user1 until $day, user2" "$(sekisho policy show --sentences)"
sandbox-clock "+$(($(date -ud "$day 1 day" +%s) - $(date +%s) - 1800))s"
there user1 'sekisho request term --reason "case 7"; sekisho role list'
has 'the role is given to that end and no longer' 'you have the role "term" for 2[0-9] minutes' "$output"
has 'the list says so' "^term +may ask, until $day" "$output"
has 'user show too' "^role term: may ask for it .* $day" "$(sekisho user show user1)"
has 'the group is there' 'sekisho-term' "$(id -Gn user1)"
sandbox-clock +30m
hasnt 'and gone with the day' 'sekisho-term' "$(id -Gn user1)"
has 'who was a member is none' 'member of the role +NO +not-permitted' \
    "$(sekisho explain user1 --role term)"

# ---- a staff list -------------------------------------------------------------------------------

list=$work/staff.csv
people() # UNIT-OF-USER1 UNTIL-OF-USER2 [LINE...]
{
	printf '\xef\xbb\xbfperson,name,kana,unit,contact,until\r\n' >"$list"
	printf '%s\r\n' "user1,山田 花子,やまだ はなこ,$1,101," "user2,User Two,,Ops,102,$2" \
	    'approver1,One,,Ops,,' 'approver2,Two,,Ops,,' 'auditor1,Audit,,Audit,,' "${@:3}" >>"$list"
}

policy_add '[person user1]
unit = Sales'
people Ops '' 'oops,,Ops,,'
run sekisho staff import "$list"
is 'a list with a bad line is refused' 1 "$status"
has 'with file, line and column' "^$list:7:6: name: is empty" "$output"
is 'and nothing of it is taken' '[]' "$(sekisho staff show --json)"
sed -i 's/unit/untit/' "$list"
run sekisho staff import "$list"
has 'a mistyped column: the nearest word' ':1:18: unknown column "untit"; "unit"\?' "$output"
people Ops "$(date -d "@$(($(date +%s) + 20 * 86400))" +%F)"
run as user1 sekisho staff import "$list"
is 'only root takes one over' 1 "$status"
run sekisho staff import "$list" --text 'from personnel'
has 'it is in force' 'in force: 5 persons, of whom 5 are new' "$output"
is 'which is recorded' '5 5 0' "$(records --event staff.import --limit 1 | field sekisho.staff.persons) \
$(records --event staff.import --limit 1 | field sekisho.staff.new) $(records --event staff.import \
    --limit 1 | field sekisho.staff.moved)"
has 'it is shown' '^user1 +山田 花子 +やまだ はなこ +Ops +101' "$(sekisho staff show user1)"
run sekisho staff reconcile
is 'what differs is said' 1 "$status"
has 'a unit' '^user1 .*another unit in the policy +Ops +Sales' "$output"
hasnt 'but nothing that agrees' '^approver1' "$output"
isnt 'and recorded' 0 "$(records --event staff.reconcile --limit 1 | field sekisho.staff.differences)"
has 'check says it' 'staff-agrees' "$(sekisho check --json | tr '{' '\n' | grep '"failed"')"

there user1 'sekisho request web --reason "case 4"'
has 'a role that will be taken back' 'you have the role "web"' "$output"
people Sales "$(date -d "@$(($(date +%s) + 20 * 86400))" +%F)"
run sekisho staff import "$list"
has 'a move' 'and 1 are in another unit' "$output"
is 'is a record' 'user1 Ops Sales' "$(records --event staff.move --limit 1 | field sekisho.person) \
$(records --event staff.move --limit 1 | field sekisho.staff.unit.before) $(records \
    --event staff.move --limit 1 | field sekisho.staff.unit)"
is 'the role is over' moved "$(records --event grant.end --limit 1 | field event.reason)"
hasnt 'at once' 'sekisho-web' "$(id -Gn user1)"
there user1 'sekisho request web --reason "case 5"'
has 'and not given again' 'in another unit since your membership' "$output"
has 'user show says so' 'role web: .*other unit' "$(sekisho user show user1)"
has 'explain too' 'a membership that was certified.* NO +not-certified' "$(sekisho explain user1 --role web)"
there approver2 'sekisho role review web sign --text "still helps out"'
there user1 'sekisho request web --reason "case 6"'
has 'until the members were reviewed' 'you have the role "web"' "$output"

sandbox-clock +21d
eventually 70 eval 'sekisho log --event staff.end --json | grep -q "\"sekisho.person\":\"user2\""'
is 'its end is a record' 0 $?
there user2 'true'
isnt 'and the account has ended' 0 "$status"
is 'which the record says' account-ended "$(why user2)"
has 'what runs of it is ended' '"user.name":"user2"' "$(records --event user.ended --limit 1)"
people Sales ''
run sekisho staff import "$list"
there user2 'true'
is 'a new contract opens it again' 0 "$status"

# ---- decided again ------------------------------------------------------------------------------

sandbox-daemon stop >/dev/null
again=$("$SANDBOX_BUILD/tests/redecide" /var/lib/sekisho)
has 'every decision comes out the same from its record' ', 0 differ' "$again"

done_testing
