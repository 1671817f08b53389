#!/bin/bash
# The register of exceptions on real logins: asked for, judged by another person, lowering what it
# names and nothing else, over in time; what the policy makes weaker enters itself; a bypass lets
# in once; the use of a break-glass code is reviewed before new ones are made.
. "$(dirname "$0")/../lib/assert.sh"
sandbox_enter "$@"
. "$assert_lib/login.sh"

policy_add '[exceptions]
approvers = approver1, user1, admin1, user2
max_duration = 30d
report_within = 7d

[bypass]
approvers = approver1, approver2
max_duration = 30m

[break-glass]
reviewers = approver1, user1

[officer Hanako]
role = Information security officer
unit = Office
contact = 1234

[person Taro]
unit = Network
contact = 5678

[account alice1]
person = Taro

[rule night]
account = user2
service = sshd
from = 127.0.0.9
refuse = yes'
sed -i 's/^\[account approver1\]/&\nperson = Hanako/' /etc/sekisho/policy.conf
sekisho policy apply >/dev/null || fail 'the policy with an officer is in force'
short_delays

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

# entry NUMBER KEY: of the register.
entry()
{
	sekisho exception show "E-$1" --json | field "$2"
}

terms="--clause '2.2.1(1)' --measure 'the office only' --report 'by mail' --reason 'repair, case 7'"

# ---- asked for ----------------------------------------------------------------------------------

sandbox-clock +10m
there user2 "sekisho exception request everyone --subject user2 --service sshd --for 2h --reason x"
has 'an application says all' 'An application says all of' "$output"
there user2 "sekisho exception request night --subject user2 --for 2h $terms"
has 'a refusal is not lowered' 'Only what a rule requires can be lowered' "$output"
there user2 "sekisho exception request AUTH-6 --subject user2 --for 2h $terms"
has 'nor what no rule says' 'no rule "AUTH-6"' "$output"
there user2 "sekisho exception request everyone --subject user2 --for 31d $terms"
has 'nor for longer than the policy allows' 'at most 720 hours' "$output"
there user2 "sekisho exception request everyone --subject user2 --for 2h --emergency $terms"
has 'in an emergency only by administrators' 'Only an administrator' "$output"
run sekisho exception request everyone --subject user2 --for 2h
is 'root asks for none' 1 "$status"
there user2 "sekisho exception request everyone --subject user2 --service sshd --from 127.0.0.1 --for 2h $terms"
has 'asked for' 'E-1 waits for its judgement' "$output"
is 'nothing is lowered yet' 'password code in' "$(sandbox-clock +1m; shape sandbox-ssh user2 auto; echo "$shape")"

# ---- judged -------------------------------------------------------------------------------------

there user2 'sekisho approve E-1 --reason mine'
has 'nobody grants their own' 'It was you who asked' "$output"
there approver2 'sekisho approve E-1 --reason x'
has 'nor does who is not named' 'not yours to give' "$output"
run setpriv --reuid approver1 --regid approver1 --init-groups sekisho approve E-1 --reason x <<<"$(sandbox-code approver1)"
is 'nor who became the approver without a login' 1 "$status"
is 'each is a record' 'failure not-identified failure same-person' \
    "$(last_event approver1 exception.answer) $(last_event user2 exception.answer)"
is 'and an alert' 0 "$(eventually 8 eval \
    'sekisho log --event alert.raise --json | grep -q approval-forbidden'; echo $?)"
there approver1 'sekisho approve E-1'
has 'granted with the reason' 'granted or refused with the --reason' "$output"
there approver1 'sekisho approve E-1 --for 3h --reason x'
has 'and not for longer than asked' 'not more' "$output"
there approver1 "sekisho approve E-1 --for 1h --measure 'and only this week' --reason 'seen the device'"
has 'granted' 'E-1 is granted and in force' "$output"
has 'the judge is named with role and contact' 'Hanako .approver1. +Information security officer +Office +1234' \
    "$(sekisho exception show E-1)"
has 'what was asked for stays' 'Measure: +the office only' "$(sekisho exception show E-1)"
has 'beside what was granted' 'Granted measure: +and only this week' "$(sekisho exception show E-1)"

shape sandbox-ssh user2 -
is 'it lowers what it names' 'password in' "$shape"
has 'whose record says so' '"sekisho.exceptions":"E-1"' \
    "$(records --user user2 --event access.account --limit 1)"
shape sandbox-ssh -b 127.0.0.2 user2 -
is 'not from elsewhere' 'password code out' "$shape"
shape sandbox-ssh user1 -
is 'not for others' 'password code out' "$shape"
shape sandbox-ssh -b 127.0.0.9 user2 -
has 'not a refusal' 'out$' "$shape"
run sandbox-ssh -t user2 - 'sudo -n true'
isnt 'not the floor under sudo' 0 "$status"
sandbox-clock +61m
shape sandbox-ssh user2 -
is 'over in time' 'password code out' "$shape"
is 'which is recorded' expired "$(eventually 5 eval '[ "$(entry 1 state)" = over ]'; entry 1 ended_why)"

# ---- its end is reported ------------------------------------------------------------------------

has 'its report is due' 'over, report due' "$(sekisho exception list)"
sandbox-clock +8d
is 'overdue is a record' 0 "$(eventually 5 eval \
    'sekisho log --event exception.overdue --json | grep -q E-1'; echo $?)"
has 'and shows' 'OVERDUE' "$(sekisho exception list)"
there user2 'sekisho exception report E-1 --text done'
has 'reported' 'The end of E-1 is reported' "$output"
hasnt 'and gone from the list' 'E-1' "$(sekisho exception list)"
has 'not from the register' 'E-1' "$(sekisho exception list --all)"
there user2 "sekisho exception request everyone --subject @staff --for 2h $terms"
there approver1 "sekisho deny E-2 --reason 'no need'"
has 'refused' 'E-2 is refused' "$output"
is 'with the reason' 'failure declined' "$(last_event approver1 exception.answer)"
has 'in the register' 'Refused because: +no need' "$(sekisho exception show E-2)"

# ---- two persons of one, and an emergency -------------------------------------------------------

there user1 "sekisho exception request everyone --subject user1 --for 2h $terms"
there admin1 'sekisho approve E-3 --reason x'
has 'nobody grants it with another account' 'It was you who asked' "$output"
there admin1 "sekisho exception request everyone --lower within --subject user2 --for 1h --emergency $terms"
has 'an emergency' 'E-4 is in force now' "$output"
has 'shows as not approved' 'E-4 .*emergency, NOT APPROVED' "$(sekisho exception list)"
there user2 'sekisho approve E-4 --reason x'
has 'who it is for does not approve it' 'It was you who asked' "$output"
there approver1 "sekisho deny E-4 --reason 'none'"
is 'refused afterwards it is over' declined "$(entry 4 ended_why)"

# ---- what the policy makes weaker ---------------------------------------------------------------

policy_add '[service su]
observe = yes

[group staff]
grace = until 2099-01-31'
has 'enters itself' 'E-5 .*only observed +\*, su +in force, NOT APPROVED' "$(sekisho exception list)"
has 'grace too' 'E-6 .*grace +@staff +in force, NOT APPROVED' "$(sekisho exception list)"
has 'status says it' 'not approved' "$(sekisho status)"
run sandbox-su user1 user2 -
has 'what is observed names its entry' '"sekisho.exceptions":"E-5"' \
    "$(records --event access.account --limit 3 | grep '"service.name":"su"')"
there approver1 "sekisho approve E-5 --reason 'first week'"
has 'approved' 'E-5 is approved' "$output"
run sekisho exception end E-5
has 'the policy ends it' 'because the policy says so' "$output"
sed -i '/^\[service su\]/,/^$/d' /etc/sekisho/policy.conf
sekisho policy apply >/dev/null
is 'gone from the policy it is over' policy "$(entry 5 ended_why)"

# ---- a bypass -----------------------------------------------------------------------------------

sekisho factor lost user2 phone >/dev/null 2>&1 || sekisho factor lost user2 >/dev/null
there approver1 'sekisho bypass request approver1 --reason x --verified-by me --how face'
has 'nobody asks for their own' 'Nobody asks for a bypass of their own' "$output"
there user1 'sekisho bypass request user2 --reason x --verified-by me --how face'
has 'nor who may not, and who may is said' 'Only who administers this host, or may approve a bypass' "$(tr -s '\n ' ' ' <<<"$output")"
there approver1 'sekisho bypass request user2 --reason x'
has 'somebody made sure who it is' '--verified-by' "$output"
there approver1 "sekisho bypass request user2 --for 10m --reason 'phone lost' --verified-by Hanako --how 'staff card'"
has 'asked for' 'B-1 waits for another person' "$output"
there approver1 'sekisho approve B-1'
has 'not approved by who asked' 'It was you who asked' "$output"
there approver2 'sekisho approve B-1'
has 'approved' 'B-1 is approved' "$output"
bypass=$(grep -oE '([A-Z2-7]{4}-){3}[A-Z2-7]{4}' <<<"$output")
is 'the code is shown' 19 "${#bypass}"
hasnt 'and nowhere in the log' "$bypass" "$(records)"
has 'it is in the register' 'bypass: a one-time code +user2 +in force' "$(sekisho exception list)"
for i in 1 2 3 4; do
	sandbox-ssh user2 "$bypass" true >"$work/way.$i" 2>&1 && echo in >>"$work/ways" &
done
wait
is 'it lets in once, of four at a time' 1 "$(grep -c in "$work/ways")"
has 'recorded' '"event.reason":"bypass"' \
    "$(records --user user2 --event authentication.code --outcome success --limit 1)"
has 'with its entry' '"sekisho.exceptions":"E-[0-9]+"' \
    "$(records --user user2 --event authentication.code --outcome success --limit 1)"
is 'the officers are told' 0 "$(eventually 8 eval \
    'sekisho log --event alert.raise --json | grep -q bypass-used'; echo $?)"
is 'and its entry is over' used "$(sekisho exception list --all --json | /usr/bin/python3 -c '
import json, sys
print([x["ended_why"] for x in json.load(sys.stdin) if x["kind"] == "bypass"][-1])')"
sandbox-clock +31m
there approver1 "sekisho bypass request user2 --reason 'phone lost' --verified-by Hanako --how 'staff card'"
there approver2 'sekisho approve B-2'
bypass=$(grep -oE '([A-Z2-7]{4}-){3}[A-Z2-7]{4}' <<<"$output")
converse "assword: => $(password_of user2)
Code: => $bypass
\\$ => exit" ssh -F none -tt -p 2222 -o LogLevel=ERROR -o StrictHostKeyChecking=no \
    -o UserKnownHostsFile=/dev/null -o PubkeyAuthentication=no user2@127.0.0.1
output=$(tr -d '\r' <<<"$output")
has 'the person is told' 'with a bypass' "$output"
has 'and at the next logins' 'A bypass was issued for your account' "$output"
there approver1 "sekisho bypass request user2 --reason 'phone lost' --verified-by Hanako --how 'staff card'"
there approver2 'sekisho approve B-3'
bypass=$(grep -oE '([A-Z2-7]{4}-){3}[A-Z2-7]{4}' <<<"$output")
sandbox-clock +31m
run sandbox-ssh user2 "$bypass" true
isnt 'too late it is no code' 0 "$status"

# ---- break-glass and its review -----------------------------------------------------------------

mapfile -t glass < <(sekisho break-glass make --count 3 | grep -oE 'BG(-[0-9A-Z]{5}){4}$')
is 'three codes' 3 "${#glass[@]}"
pamload=$SANDBOX_TREE/build/tests/pamload
breaks()
{
	"${PAMLOAD:-$pamload}" <<<"user=user1 service=login tty=tty1 password=$(password_of user1) glass=$1 code=$1 open=0"
}
breaks "${glass[0]}" >/dev/null 2>&1
is 'its use is an entry' 0 "$(eventually 8 eval \
    'sekisho exception list | grep -q "break-glass code was used"'; echo $?)"
id=$(sekisho exception list | sed -n 's/^\(E-[0-9]*\) .*break-glass code was used.*/\1/p')
run sekisho break-glass make
is 'no new codes are made' 1 "$status"
has 'it says why' 'another person has to review' "$output"
there user1 "sekisho break-glass review $id --text mine"
has 'not reviewed by who used it' 'another person reviews it' "$output"
there approver1 "sekisho approve $id --reason x"
hasnt 'nor approved beside the review' 'is approved' "$output"
breaks "${glass[1]}" >"$work/second" 2>&1
is 'an unused code works meanwhile' 0 "$(eventually 8 eval \
    '[ "$(sekisho log --event authentication.break-glass --json | grep -c "\"success\"")" = 2 ]'; echo $?)"
for id in $(sekisho exception list | sed -n 's/^\(E-[0-9]*\) .*break-glass code was used.*/\1/p'); do
	there approver1 "sekisho break-glass review $id --text 'daemon was down, in order'"
	has 'reviewed' "review $id is closed" "$output"
done
run sekisho break-glass make
is 'then new codes are made' 0 "$status"

# ---- on paper -----------------------------------------------------------------------------------

run sekisho audit paper exceptions --verify --output "$work/register.csv"
is 'the register made of the log alone is that of the store' 0 "$status"
cp -r /var/lib/sekisho "$work/changed"
/usr/bin/python3 - "$work/changed/sekisho.db" <<'EOF'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("UPDATE exceptions SET rule = 'other' WHERE number = 2")
db.execute("DELETE FROM exceptions WHERE number = 1")
db.commit()
EOF
run sekisho audit paper exceptions --verify --state-dir "$work/changed" --output "$work/changed.csv"
is 'one whose table was changed is told' 4 "$status"
has 'by entry and what differs' 'E-2 rule: the log says "everyone", the table "other"' "$output"
has 'and what is gone' 'E-1 : the log says "E-1", the table ""' "$output"
is 'and no paper is made' '' "$(ls "$work/changed.csv" 2>/dev/null)"
run sekisho audit paper exception E-1 --lang ja --output "$work/E-1.html"
is 'an entry is a form' 0 "$status"
has 'with who judged' 'Information security officer' "$(<"$work/E-1.html")"
has 'as granted' 'and only this week' "$(<"$work/E-1.html")"
run sekisho audit paper exception E-99 --output "$work/none.html"
is 'one that there is not is none' 1 "$status"
cp "$work"/*.csv "$work"/E-1.html "$SANDBOX_BUILD/" 2>/dev/null
sekisho audit paper exceptions --lang ja --output "$SANDBOX_BUILD/reg-ja.html"

# ---- one person does not fill the register ------------------------------------------------------

sandbox-daemon stop
/usr/bin/python3 - /var/lib/sekisho/sekisho.db <<'EOF'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
for n in range(1000, 1032):
    db.execute("INSERT INTO requests (kind, number, state, record, by, by_uid, person, why,"
               " made_wall, made_watched) VALUES ('E', ?, 0, 0, 'approver2', 7002, 'approver2', 'x', 0, 0)",
               (n,))
db.commit()
EOF
sandbox-daemon start
there approver2 "sekisho exception request everyone --subject approver2 --for 2h $terms"
has 'who has many applications waiting is told' 'too many applications of yours wait' "$output"
there user1 "sekisho exception request everyone --subject user1 --for 2h $terms"
has 'the others are heard' 'waits for its judgement' "$output"
done_testing
