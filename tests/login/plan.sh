#!/bin/bash
# The profiles of the source documents: each loads beside the shipped policy with sample people,
# people log in under it, and the control report of the host shows every row of it. What is due once
# in a fiscal year: trainings, the yearly plan, self-check sheets.
. "$(dirname "$0")/../lib/assert.sh"
export SANDBOX_START='2026-11-23 09:00' # the year of the sample people, for ever
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
	printf '%s\n' '[account admin1]' 'person = user1' 'class = admin' \
	    '[account user2]' 'class = person' '[confirm]' 'within = 0s' \
	    >/etc/sekisho/policy.d/30-host.conf
	run sekisho policy apply
}

# try PROFILE
try()
{
	use $1
	is "$1: loads" 0 "$status" || echo "$output"
	run sandbox-ssh user2 -
	is "$1: without a code nobody gets in" 255 "$status"
	run sandbox-ssh user2 next
	is "$1: with one they do" user2 "$(tail -n 1 <<<"$output" | tr -d '\r')"
	sekisho audit controls "${catalogue[@]}" --since 1d --output "$work/$1.json" >/dev/null
	is "$1: every row is in the report" 61 "$(/usr/bin/python3 -c '
import json, sys
print(len(json.load(open(sys.argv[1]))["controls"]))' "$work/$1.json")"
	run sekisho policy show --sentences
	has "$1: in plain sentences" '山田太郎 is 最高情報セキュリティ責任者' "$output"
}
# training PERSON: its state this fiscal year.
training()
{
	sekisho training status "$1" --json | grep -oE '"state":"[a-z]+"' | cut -d'"' -f4
}

try contractor
try basic

# ---- trainings -----------------------------------------------------------------------------------

# Everybody in time to renew: the end of June. Who came in October has three months.
is 'who did not attend by the end of June is late' overdue "$(training user2)"
is 'who came in October has time' due "$(training suzuki)"
run sekisho training status
has 'the list says when it was due' '^user2 +training +OVERDUE +2026-06-30' "$output"
has 'and for who came later' '^suzuki +training +due +2026-12-30' "$output"
eventually 10 bash -c "sekisho log --event training.overdue --json | grep -q '\"sekisho.person\":\"user2\"'"
is 'lateness is a record' 0 $?
is 'said once' 1 "$(records --event training.overdue | grep -c '"sekisho.person":"user2"')"
has 'and an alert' 'training-due' "$(records --event alert.raise --limit 20)"
is 'who has time is not urged yet' 0 "$(records --event training.urge | grep -c '"sekisho.person":"suzuki"')"
run sandbox-login user2 next
has 'it is said at login' 'OVERDUE since 2026-0[67]-[0-9]+.*情報セキュリティの教育' "$output"
run sekisho check --json
has 'check fails' '"check":"training-current"|"name":"training-current"' "$output"
has 'status says so' 'Trainings that were not attended in time' "$(sekisho status)"
run sekisho training excuse user2 training
is 'nobody is excused without a reason' 1 "$status"
run as user2 sekisho training excuse user2 training --reason 'no time'
is 'nor by themselves' 1 "$status"
run sekisho training excuse user2 nonsense --reason 'on leave'
has 'nor from what is none' 'The policy has no training' "$output"
sekisho training excuse user2 training --reason 'on leave' >/dev/null
is 'excused' excused "$(training user2)"
has 'with the reason, in the record' '"message":"on leave".*"sekisho.fiscal.year":2026|"sekisho.fiscal.year":2026.*"message":"on leave"' \
    "$(records --event training.excuse --limit 1)"
sekisho attribute set user1 training --evidence 'sheet 7' >/dev/null
is 'done' done "$(training user1)"
is 'not in the year before' overdue "$(sekisho training status user1 --fiscal-year 2025 --json |
    grep -oE '"state":"[a-z]+"' | cut -d'"' -f4)"
is 'people see their own' excused "$(as user2 sekisho training status --json |
    grep -oE '"state":"[a-z]+"' | cut -d'"' -f4)"
run as user2 sekisho training status user1
is 'and nobody else'"'"'s' 1 "$status"

# ---- the yearly plan -------------------------------------------------------------------------------

printf '%s\n' '[plan summer-check]' 'kind = self-check' 'date = 2026-10-31' 'officer = 佐藤花子' \
    '[plan spring-audit]' 'kind = audit' 'date = 2027-02-28' '[plan next-year]' 'date = 2027-10-31' \
    >/etc/sekisho/policy.d/31-plan.conf
sekisho policy apply >/dev/null
run sekisho plan list
has 'what is late' '^summer-check +self-check +OVERDUE +2026-10-31 +佐藤花子' "$output"
has 'what is not' '^spring-audit +audit +due +2027-02-28' "$output"
hasnt 'what is of another year' 'next-year' "$output"
has 'that has its own' '^next-year' "$(sekisho plan list --fiscal-year 2027)"
eventually 10 bash -c "sekisho log --event plan.overdue --json | grep -q summer-check"
is 'lateness is a record' 0 $?
has 'and shows in status' 'of the yearly plan: summer-check' "$(sekisho status)"
run as user2 sekisho plan done summer-check --text x
is 'not by anybody' 1 "$status"
run sekisho plan done summer-check
has 'something came of it' 'Say what came of it' "$output"
run as auditor1 sekisho plan done summer-check --text 'four sheets, two differences'
is 'an auditor says that it is done' 0 "$status"
has 'the list says so' '^summer-check .* done .*four sheets, two differences' "$(sekisho plan list)"
is 'in the record' 'success' "$(records --event plan.done --limit 1 | field event.outcome)"
run sekisho plan done summer-check --text again
is 'once' 1 "$status"
hasnt 'and status is quiet' 'of the yearly plan' "$(sekisho status)"

# ---- self-checks -----------------------------------------------------------------------------------

office=情報システムセキュリティ責任者
run sekisho self-check sheet "${catalogue[@]}" --role "$office" --output "$work/sheet"
is 'a sheet is made' 0 "$status"
has 'with the evidence' '^evidence: in-force$' "$(<"$work/sheet")"
has 'of what the office answers for' '^\[LOG-8\]' "$(<"$work/sheet")"
hasnt 'and nothing else' '^\[PRIV-8\]' "$(<"$work/sheet")"
run sekisho self-check sheet "${catalogue[@]}" --role nobody --output "$work/none"
is 'not of an office that nobody has' 1 "$status"
chmod 644 "$work/sheet"
run as user2 sekisho self-check answer "$work/sheet"
is 'unanswered it is not taken' 2 "$status"
# All yes, but one: what is in force is said not to be.
awk '/^\[/{row = $1} /^answer:/{$0 = "answer: " (row == "[LOG-8]" ? "no" : "yes")} {print}' \
    "$work/sheet" >"$work/answered" && chmod 644 "$work/answered"
run sekisho self-check answer "$work/answered"
is 'root answers for nobody' 1 "$status"
run sandbox-ssh user2 next "sekisho self-check answer $work/answered"
is 'a person answers in their own name' 0 "$status" || echo "$output"
has 'which is a record with the answers' 'LOG-8 no in-force' \
    "$(records --event self-check.answer --limit 1)"
# Comments that fill what may be sent, what is no word, and more than that.
awk '/^comment:/{$0 = "comment: " sprintf("%0150d", 7)} {print}' "$work/answered" >"$work/long"
for i in {100..180}; do
	printf '[LOG-%s]\nevidence: untested\nanswer: yes\ncomment: %0150d\n' $i 7
done >>"$work/long"
chmod 644 "$work/long"
run sandbox-ssh user2 next "sekisho self-check answer $work/long"
is 'a long sheet is kept' 0 "$status" || echo "$output"
sed 's/^\[LOG-150\]/[LOG 150]/' "$work/long" >"$work/odd" && chmod 644 "$work/odd"
run sandbox-ssh user2 next "sekisho self-check answer $work/odd"
is 'what is no control is refused' 1 "$status"
cat "$work/long" "$work/long" >"$work/longer" && chmod 644 "$work/longer"
run sandbox-ssh user2 next "sekisho self-check answer $work/longer"
isnt 'too much is refused' 0 "$status"
run sandbox-ssh user2 next "sekisho self-check answer $work/answered"
is 'and the daemon lives' 0 "$status"
sed "s/^office: .*/office: mine/" "$work/answered" >"$work/mine" && chmod 644 "$work/mine"
run sandbox-ssh user2 next "sekisho self-check answer $work/mine"
is 'of an office that nobody has: not' 1 "$status" || echo "$output"
has 'and why' 'of an office of the policy' "$output"
# What was in force then is not any more.
sed -i 's/^sealing_lifetime = .*/sealing_lifetime = 1s/' /etc/sekisho/policy.d/10-profile.conf
sekisho policy apply >"$work/applied" 2>&1 || fail 'applied' "$(<"$work/applied")"
run sekisho self-check compare "${catalogue[@]}"
is 'a difference is a failure' 1 "$status"
has 'no, and the test says yes' "LOG-8 +answered no" "$output"
has 'yes, and the test says no' "KEY-2 +answered yes.* in-force" "$output"

# ---- their papers ----------------------------------------------------------------------------------

# Taken away, and attended again: the year's evidence is the second one.
sekisho attribute set approver1 training --evidence 'sheet 8' >/dev/null
sekisho attribute revoke approver1 training --reason 'another person' >/dev/null
sekisho attribute set approver2 training --evidence 'sheet 9' >/dev/null
sekisho attribute revoke approver2 training --reason 'cut off' >/dev/null
sekisho attribute set approver2 training --evidence 'sheet 10' >/dev/null
for kind in trainings plan self-checks; do
	run sekisho audit paper $kind --verify --output "$work/$kind.csv"
	is "paper: $kind" 0 "$status" || echo "$output"
	has "paper: $kind, which the tables say too" 'tables of the store say the same: [1-9]' "$output"
done
has 'paper: what was taken away' '^approver1,.*,,,another person' "$(tr -d '\r"' <"$work/trainings.csv")"
has 'paper: and came again' '^approver2,.*sheet 10' "$(tr -d '\r"' <"$work/trainings.csv")"
has 'paper: who is excused, and why' '^user2,.*on leave' "$(tr -d '\r"' <"$work/trainings.csv")"
has 'paper: who attended' '^user1,.*sheet 7' "$(tr -d '\r"' <"$work/trainings.csv")"
has 'paper: what came of the plan' '^summer-check,.*佐藤花子.*four sheets' "$(tr -d '\r"' <"$work/plan.csv")"
has 'paper: of the plan the last day of each' '^summer-check,2026,佐藤花子,2026-10-31,' "$(tr -d '\r"' <"$work/plan.csv")"
has 'paper: and what is still to come' '^spring-audit,2026,,2027-02-28,,,,' "$(tr -d '\r"' <"$work/plan.csv")"
has 'paper: the answers' 'user2,.*LOG-8,no,in-force' "$(tr -d '\r"' <"$work/self-checks.csv")"
run sekisho audit paper self-checks --lang ja --output "$work/sheet.html"
has 'paper: for print' '自己点検票' "$(<"$work/sheet.html")"
has 'paper: with a box for who answered' 'class="seals".*点検者' "$(tr -d '\n' <"$work/sheet.html")"

# A row that is changed behind the log's back: the paper says which and what, and is not made.
tampered()
{
	/usr/bin/python3 - "$work/copy/sekisho.db" "$2" <<-'EOF'
		import sqlite3, sys
		db = sqlite3.connect(sys.argv[1])
		assert db.execute(sys.argv[2]).rowcount == 1
		db.commit()
	EOF
	run sekisho audit paper "$1" --verify --state-dir "$work/copy" --output "$work/tampered.html"
}
sandbox-daemon stop >/dev/null
cp -a /var/lib/sekisho "$work/copy"
sandbox-daemon start >/dev/null
for kind in trainings plan self-checks; do
	run sekisho audit paper $kind --verify --state-dir "$work/copy" --output "$work/copy-$kind.csv"
	is "verify: a copy says the same: $kind" 0 "$status" || echo "$output"
done
tampered plan "UPDATE duties SET text = 'no differences' WHERE kind = 'done' AND name = 'summer-check'"
is 'verify: what came of the plan was changed' 4 "$status"
has 'verify: and it says how' 'summer-check 2026 what: the log says "four sheets, two differences", the table "no differences"' "$output"
is 'verify: there is no paper of it' '' "$(ls "$work/tampered.html" 2>/dev/null)"
tampered trainings "DELETE FROM duties WHERE kind = 'excused' AND person = 'user2'"
is 'verify: an excuse is gone' 4 "$status"
has 'verify: whose' 'user2 training 2026 excused_at' "$output"
tampered trainings "INSERT INTO attributes VALUES ('suzuki', 'training', $(date +%s)000, 0, 'root', 'sheet 11')"
has 'verify: evidence without a record' 'suzuki training 2026 : the log says "", the table' "$output"
tampered self-checks "UPDATE duties SET text = replace(text, '\"no\"', '\"yes\"') WHERE kind = 'self-check'"
is 'verify: an answer was changed' 4 "$status"
has 'verify: which' 'LOG-8 answer: the log says "no", the table "yes"' "$output"

# ---- strengthened ----------------------------------------------------------------------------------

try strengthened

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

# Sheets are long, and each is a record: who sends many fills no disk with them.
for _ in {1..6}; do
	run as user2 sekisho self-check answer "$work/long"
done
is 'many long sheets are refused' 1 "$status"
has 'before they are written down' 'many requests in a short time' "$output"

sandbox-daemon stop >/dev/null
has 'every decision comes out the same from its record' ', 0 differ' \
    "$("$SANDBOX_BUILD/tests/redecide" /var/lib/sekisho)"
done_testing
