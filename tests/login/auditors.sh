#!/bin/bash
# Auditors read what everybody did without being root; each reading is a record, and they change
# nothing. Nobody else reads the records of others, and no administrator is one of them.
. "$(dirname "$0")/../lib/assert.sh"
sandbox_enter "$@"
. "$assert_lib/login.sh"

# readings: how many there are on record.
readings()
{
	records --event log.read | grep -c .
}

reader()
{
	records --event log.read --limit 1 | field "$1"
}

shape sandbox-ssh user1 auto
is 'somebody logs in' 'password code in' "$shape"

run as auditor1 sekisho log --json
is 'before the policy names them, they read their own records' 0 "$status"
hasnt 'and none of others' '"user.target.name":"user1"|"user.name":"user1"' "$output"

groupadd audit && usermod -a -G audit approver2
policy_add '[role look]
members = user2
approve = nobody
commands = /usr/bin/id
root_equivalent = no
[audit]
auditors = auditor1, @audit'

before=$(readings)
run as auditor1 sekisho log --json --event session.open
is 'an auditor reads' 0 "$status"
has 'what others did' 'user1' "$output"
is 'which is a record' $((before + 1)) $(($(readings) - 1))
run as auditor1 sekisho log --user user1 --json
has 'and may ask about one person' 'user1' "$output"
is 'the record says who read' auditor1 "$(as auditor1 sekisho log --user user1 >/dev/null; records --event log.read | tail -n 2 | head -n 1 | field user.effective.name)"
is 'about whom' user1 "$(records --event log.read | grep auditor1 | tail -n 1 | field sekisho.query.user)"
is 'and that it was as an auditor' true "$(records --event log.read | grep auditor1 | tail -n 1 | field sekisho.query.auditor)"
run as approver2 sekisho log --event session.open --json
has 'a member of a group that is named reads too' 'user1' "$output"

for words in 'user list' 'user show user1' 'session list' 'policy history' 'audit hold list' 'audit retain' \
    'alert list' 'grant list'; do
	# shellcheck disable=SC2086
	run as auditor1 sekisho $words
	is "an auditor: $words" 0 "$status"
	verb=$(reader sekisho.query.verb)
	run as user1 sekisho $words
	case $words in
	session\ list | user\ show\ user1 | grant\ list) is "others see of themselves: $words" 0 "$status" ;;
	*) is "not for others: $words" 1 "$status" ;;
	esac
	isnt "and it is a record: $words" log "$verb"
done
run as user1 sekisho log --user user2
is 'nobody else reads the records of others' 1 "$status"

# ---- and nothing more ------------------------------------------------------------------------

for words in 'user suspend user1 --reason x' 'user unlock user1' 'factor list user1' 'policy rollback 1' \
    'audit hold add --reason x --user user1' 'break-glass make' 'enroll user1' 'policy apply'; do
	# shellcheck disable=SC2086
	run as auditor1 sekisho $words </dev/null
	isnt "an auditor changes nothing: $words" 0 "$status"
done
run sekisho user show user1
hasnt 'user1 is not suspended' 'uspended' "$output"

# What is not theirs is refused by the daemon itself, whatever sends it, and each is a record with the name:
# to operate, to approve, to read secrets, to hand out as root does.
verb_number()
{
	awk '/VERB_NONE/, /VERB_COUNT/' "$SANDBOX_TREE/include/protocol.h" | grep -oE '^	VERB_[A-Z_]+' |
	    grep -nx "	VERB_$1" | awk -F: '{ print $1 - 1 }'
}
# refusal: of the newest one what, who, whether that is an auditor, and about whom.
refusal()
{
	records --event command.refuse --limit 1 | /usr/bin/python3 -c '
import json, sys
r = json.loads(sys.stdin.read())
print(r["sekisho.verb"], r["user.effective.name"], r["sekisho.query.auditor"], r.get("user.target.name", "-"))'
}
for verb in USER_SUSPEND POLICY_APPLY POLICY_ROLLBACK FACTOR_IMPORT USER_UNLOCK HOLD_ADD KEY_LOG KEY_LIST \
    ATTRIBUTE_SET DECOMMISSION BREAK_GLASS_MADE STAFF_IMPORT CHECK_SIGN_OFF EXPORT; do
	run as auditor1 python3 "$SANDBOX_TREE/tests/lib/frames.py" command /run/sekisho/user.sock \
	    verb="$(verb_number $verb)" user=user1 name=x text=x
	has "an auditor sends $verb: refused" 'status=1' "$output"
	is 'which is a record with who, what and about whom' \
	    "$(tr 'A-Z_' 'a-z-' <<<"$verb") auditor1 True user1" "$(refusal)"
done
run as approver2 python3 "$SANDBOX_TREE/tests/lib/frames.py" command /run/sekisho/user.sock \
    verb="$(verb_number USER_SUSPEND)" user=user1 text=x
is 'who is one by a group too' 'user-suspend approver2 True user1' "$(refusal)"
run as user2 python3 "$SANDBOX_TREE/tests/lib/frames.py" command /run/sekisho/user.sock \
    verb="$(verb_number AUDIT_REPORT)" name=me text=why
is 'and who is none and asks for what auditors have' 'audit-report user2 False -' "$(refusal)"
run as user2 python3 "$SANDBOX_TREE/tests/lib/frames.py" command /run/sekisho/user.sock \
    verb="$(verb_number FACTOR_LIST)" user=auditor1
is 'or about others' 'factor-list user2 False auditor1' "$(refusal)"
refusals=$(records --event command.refuse | grep -c .)
for words in status pending 'role list' 'factor list'; do
	# shellcheck disable=SC2086
	as user2 sekisho $words >/dev/null 2>&1
done
is 'what people ask by themselves is none' "$refusals" "$(records --event command.refuse | grep -c .)"

sed 's/^auditors = .*/auditors = user1/' /etc/sekisho/policy.conf >"$work/self.conf"
run sekisho policy check "$work/self.conf"
is 'an administrator as auditor is refused' 1 "$status"
has 'with the place and the reason' 'self.conf:[0-9]+: .*user1 is the same person' "$output"
usermod -a -G audit admin1 && usermod -a -G audit user1
for who in admin1 user1; do
	run as $who sekisho log --event session.open --user user2
	is "nor does a group make one of them: $who" 1 "$status"
done

# ---- a report, without being root ---------------------------------------------------------------

exports()
{
	records --event log.export | grep -c .
}

mkdir -m 777 "$work/pages"
before=$(exports)
run as auditor1 sekisho audit report --since 1d --for 'Audit office' --output "$work/pages/report.html"
is 'an auditor has a report made by the daemon' 0 "$status"
has 'and is told what is in it' '[1-9][0-9]* records of the period counted, [1-9][0-9]* of them in the page with their proof' "$output"
is 'which is a record' $((before + 1)) "$(exports)"
has 'that says who, for whom and what' '"sekisho.export.for":"Audit office".*"sekisho.export.format":"report"' \
    "$(records --event log.export --limit 1)"
is 'by whom' auditor1 "$(records --event log.export --limit 1 | field user.effective.name)"
is 'the page is theirs alone' 'auditor1 600' "$(stat -c '%U %a' "$work/pages/report.html")"
run sekisho audit report --since 1d --output "$work/pages/root.html"
rows()
{
	sed -nE 's/.*id="data">(.*)<\/script><script type="application\/json" id="texts".*/\1/p; s/.*id="data">(.*)<\/script>$/\1/p' "$1" |
	    python3 -c 'import json,sys; d = json.load(sys.stdin); print([r["seq"] for r in d["records"]][:8], len(d["use"]), len(d["grants"]), len(d["sources"]), sum(d["figures"]["refused"]))'
}
is 'it holds what the one of root holds' "$(rows "$work/pages/root.html")" "$(rows "$work/pages/report.html")"
run as auditor1 sekisho audit report --since 1d --person user1 --role look --lang ja --output "$work/pages/ja.html"
is 'about one person, in Japanese' 0 "$status"
has 'the record says about whom' '"sekisho.export.user":"user1".*"sekisho.export.role":"look"' \
    "$(records --event log.export --limit 1)"
has 'in Japanese' '<html lang="ja">' "$(<"$work/pages/ja.html")"
run as auditor1 sekisho audit report --since 1d --person user1 --role lok --output "$work/pages/none.html"
is 'of a role that there is not: refused' 1 "$status"
has 'with the nearest' 'There is no role "lok": .*Known names like it: look\.' "$(tr '\n' ' ' <<<"$output")"
is 'and without a page' '' "$(ls "$work/pages/none.html" 2>/dev/null)"
run as user2 sekisho audit report --since 1d --output "$work/pages/other.html"
is 'nobody else has one made' 1 "$status"
has 'and is told who has' 'Only root may do this, and the auditors' "$(tr '\n' ' ' <<<"$output")"
has 'so is who asks about others' 'About other people only root may ask, and the auditors' \
    "$(as user1 sekisho user show user2 2>&1 | tr '\n' ' ')"
has 'what no auditor may either is only root'"'"'s' 'Only root may do this: with sudo' "$(as auditor1 sekisho user unlock user1 2>&1)"
is 'and gets no page' '' "$(ls "$work/pages/other.html" 2>/dev/null)"
part=$(awk '/VERB_NONE/, /VERB_AUDIT_REPORT_PART,/' "$SANDBOX_TREE/include/protocol.h" | grep -oE '^	VERB_[A-Z_]+,' | grep -n AUDIT_REPORT_PART | cut -d: -f1)
as auditor1 sekisho audit report --since 1d --output - >/dev/null
run as auditor1 python3 "$SANDBOX_TREE/tests/lib/frames.py" command /run/sekisho/user.sock verb=$((part - 1)) number=1
has 'a part is given to the process that had the report recorded, and to no other' 'status=1' "$output"

# One process has a report made, and another fetches it to its end before.
cat >"$work/two.py" <<'EOF'
import struct, subprocess, sys, time
tests, part, other = sys.argv[1], int(sys.argv[2]), len(sys.argv) > 3
sys.path.insert(0, tests)
import frames

def ask(verb, period=b"", **values):
    body = frames.fields(frames.COMMAND_FIELDS, {"verb": verb, **values}) + period
    reply, data = frames.decode(
        frames.exchange("/run/sekisho/user.sock", frames.frame(frames.COMMAND, body)))
    return reply.get("status", 0), data

if other:
    for _ in range(30):
        ask(part, number=1)
        time.sleep(0.02)
    sys.exit()
now = int(time.time() * 1000)
period = b"".join(frames.field(tag, struct.pack(">Q", at)) for tag, at in
                  ((14, now - 86400000), (15, now + 60000)))  # since_ms, until_ms
print("begun", ask(part - 1, period, name="me", text="x")[0])
subprocess.run([sys.executable, *sys.argv, "other"], check=True)
status, data = ask(part, number=1)
print("part", status, len(data) > 1000)
EOF
run as auditor1 python3 "$work/two.py" "$SANDBOX_TREE/tests/lib" $((part - 1))
is 'what one process has begun no other takes away' 'begun 0 part 0 True' "$(xargs <<<"$output")"

# ---- a cursor is the reader's word ------------------------------------------------------------

as auditor1 timeout 60 sekisho log --follow --json >"$work/followed" &
follower=$!
eventually 20 grep -q . "$work/followed"
before=$(readings)
sleep 1.5
is 'going on reading is one reading' "$before" $(($(readings) - 1))
kill "$follower"
verb=$(awk '/VERB_NONE/, /VERB_LOG,/' "$SANDBOX_TREE/include/protocol.h" | grep -c '^	VERB_.*,')
before=$(readings)
for n in 1 2; do
	run as auditor1 python3 "$SANDBOX_TREE/tests/lib/frames.py" command /run/sekisho/user.sock \
	    verb=$((verb - 1)) number=1 limit=5
	has "who begins behind the beginning reads all the same ($n)" 'record=[0-9]+' "$output"
done
is 'and that is a record each time' $((before + 1 + 2)) "$(readings)"

# A receipt is of one's own record: through it nobody reads those of others unseen.
receipt=$(awk '/VERB_NONE/, /VERB_RECEIPT,/' "$SANDBOX_TREE/include/protocol.h" | grep -oE '^	VERB_[A-Z_]+,' | grep -n RECEIPT | cut -d: -f1)
receipts=$(for n in {1..45}; do
	as auditor1 python3 "$SANDBOX_TREE/tests/lib/frames.py" command /run/sekisho/user.sock \
	    verb=$((receipt - 1)) number="$n" user=user1
done)
hasnt 'no receipt of somebody else is given' '"(body|header|proof)"' "$receipts"
is 'each was refused' 45 "$(grep -c '^status=1' <<<"$receipts")"

# What the daemon says of controls it says to them too, and not to others.
answered()
{
	as "$1" sekisho check --json | /usr/bin/python3 -c '
import json, sys
print(*sorted({f["state"] for f in json.load(sys.stdin) if f["check"] == sys.argv[1]}))' "$2"
}
is 'an auditor tests what is refused' ok "$(answered auditor1 input-refused)"
is 'and what auditors did' ok "$(answered auditor1 records-reviewed)"
is 'but not what only root can look at' unknown "$(answered auditor1 copies-gone)"
refusals=$(records --event command.refuse | grep -c .)
is 'others get no answer' unknown "$(answered user1 input-refused)"
is 'and ask once, which is a record' $((refusals + 1)) "$(records --event command.refuse | grep -c .)"
done_testing
