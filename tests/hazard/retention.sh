#!/bin/bash
# Bodies whose period is over are gone from every file, and nothing else is: not before their
# time, not when the clock says so without reason, not on hold, not by root alone. Killed in the
# middle, what is gone is in the record that says so.
. "$(dirname "$0")/lib.sh"
hazard_enter -- "$@"
. "$assert_lib/login.sh"

rounds=${ROUNDS:-$(full 2 200)}

# found WORD: in how many files of the state directory it stands.
found()
{
	grep -rlaF -- "$1" $state | wc -l
}

# body SEQ: "kept" or "gone".
body()
{
	log_since $(($1 - 1)) | sed "s/.*(deleted)$/gone/; t; s/.*/kept/; q" | head -1
}

# number WORD: of the record whose body has it.
number()
{
	log_since 0 | grep -F -- "$1" | tail -1 | cut -d' ' -f1
}

# retain FIELD CLASS: what `audit retain` says.
retain()
{
	sekisho audit retain --json | /usr/bin/python3 -c '
import json, sys
o = json.load(sys.stdin)
print(o[sys.argv[1]] if sys.argv[1] in o else
    [c for c in o["classes"] if c["class"] == sys.argv[2]][0][sys.argv[1]])' "$@"
}

# due: deletes it; says how many.
due()
{
	sekisho audit retain --now --json | sed -E 's/.*"deleted": *([0-9]+).*/\1/'
}

# planted WORD: a failed login that leaves it in a record of class access.
planted()
{
	load <<<"user=user2 rhost=10.9.0.9 tty=$1 password=wrong"
}

day=86400000

# ---- periods -----------------------------------------------------------------------------------

planted planted-before
sandbox-clock +25h
is 'nothing is due on the second day' 0 "$(due)"
is 'a year for access' $((365 * day)) "$(retain period access)"
# A sleep of 41 days is watched time as well: the grace begins when they are over.
sandbox-clock +41d
cat >>/etc/sekisho/policy.conf <<'EOF'
[retention]
access = 30d
operation = 30d
privilege = 90d
redactors = user1, user2, approver1, admin1
EOF
sekisho policy apply >/dev/null
is 'a shortened period does not count at once' "0 $((365 * day))" "$(due) $(retain period access)"
has 'and that is said' 'keeps access for 30d only; that counts after 7d more' "$(sekisho audit retain)"
is 'so what is older is still there' kept "$(body "$(number planted-before)")"
isnt 'in the files too' 0 "$(found planted-before)"
sandbox-clock +6d
is 'nor on the sixth day' 0 "$(due)"
before=$(number planted-before)
sandbox-clock +25h
due >/dev/null # unless the keeper was faster
is 'on the eighth what was planted is gone' gone "$(body "$before")"
is 'from every file' 0 "$(found planted-before)"
has 'the log says so' "^\(record $before: its body was deleted\)" "$(sekisho log --oldest-first)"
is 'its device is still known' active "$(sekisho factor list user2 --json |
    sed -E 's/.*"state": *"([a-z]+)".*/\1/')"

# ---- holds -------------------------------------------------------------------------------------

planted planted-held
planted planted-free
held=$(number planted-held)
run sekisho audit hold add "$held" --reason 'case 7'
has 'a hold' '^Hold H-1: ' "$output"
run sekisho audit hold add --user approver2 --source 10.9.0.9 --reason 'case 8'
is 'another, by user and source' 0 "$status"
load <<<"user=approver2 rhost=10.9.0.9 tty=planted-user password=wrong"
load <<<"user=approver2 rhost=10.9.0.8 tty=planted-other password=wrong"
run sekisho audit hold add --reason 'holds nothing'
is 'a hold that names nothing' 1 "$status"
run sekisho audit hold add 3-1 --reason x
is 'records the wrong way round' 2 "$status"
run as user1 sekisho audit hold add 1-9 --reason x
is 'only root holds' 1 "$status"
sandbox-clock +25h
due >/dev/null
sandbox-clock +31d
due >/dev/null # their period ends
is 'the held ones stay, the others go' 'yes yes no no' "$(for word in held user free other; do
	[ "$(found planted-$word)" = 0 ] && echo no || echo yes
done | xargs)"
is 'they wait' 2 "$(retain waiting access)"
is 'and are in the record of the deletion' 2 "$(records --event log.retention |
    field sekisho.retention.held | tail -2 | tr -d '-' | sort -n | tail -1)"
run sekisho audit hold release H-1 --reason 'case 7 is closed'
is 'released' 0 "$status"
run sekisho audit hold release H-1 --reason again
is 'a hold is released once' 1 "$status"
due >/dev/null # unless the keeper was faster
is 'then that one goes, and is found nowhere' '0 gone' "$(found planted-held) $(body "$held")"
isnt 'the other one stays' 0 "$(found planted-user)"
has 'both are listed' '^H-1 .*case 7' "$(sekisho audit hold list)"

# ---- one record, by two people -----------------------------------------------------------------

# there USER CMD...: in a login of that person over ssh; the code it asks for is the next one.
there()
{
	local user=$1 now code next

	shift
	# To the beginning of a step: codes a step ahead teach the daemon that the device is early.
	sandbox-clock "+$((150 - $(date +%s) % 30))s"
	now=$(date +%s)
	code=$(oathtool --totp --base32 -N "@$now" - <"/run/sekisho-sandbox/secrets/$user")
	next=$(oathtool --totp --base32 -N "@$((now + 30))" - <"/run/sekisho-sandbox/secrets/$user")
	run sandbox-ssh "$user" "$code" "echo ${CODE-$next} | $*"
}

run as user1 sekisho report incident --text 'my secret is planted-secret'
secret=$(number planted-secret)
run sekisho audit redact "$secret" --reason 'a secret'
is 'root alone cannot even ask' 1 "$status"
run as user1 sekisho audit redact "$secret" --reason 'a secret' < <(sandbox-code --next user1)
is 'nor who has not logged in' 1 "$status"
there approver2 "sekisho audit redact $secret --reason no"
is 'nor whom the policy does not name' 1 "$status"
mkdir -m 700 /root/backup
sekisho key recipient /root/ops.identity --name ops >$work/ops
sekisho backup create --to /root/backup --recipient $work/ops >/dev/null
there user1 "sekisho audit redact $secret --reason 'a secret in a report'"
has 'a person asks' 'Request X-1 waits for another person' "$output"
has 'it waits' '^X-1 +destroy record [0-9]+ +user1 .*a secret in a report' "$(sekisho pending)"
is 'and is nobody else'"'"'s business' '[]' "$(as approver2 sekisho pending --json)"
there user1 'sekisho approve X-1'
has 'nobody approves their own' 'It was you who asked' "$output"
there admin1 'sekisho approve X-1'
has 'not from another account of the same person' 'It was you who asked' "$output"
CODE=000000 there approver1 'sekisho approve X-1'
has 'not with a wrong code' 'That code is not right' "$output"
run sekisho approve X-1
is 'not as root' 1 "$status"
isnt 'so it is still there' 0 "$(found planted-secret)"
there approver1 'sekisho approve X-1'
has 'another person approves, having seen what' 'destroy record.*' "$output"
has 'and it is done' "The body of record $secret is destroyed" "$output"
is 'the secret is in no file' '0 gone' "$(found planted-secret) $(body "$secret")"
is 'once' 1 "$(log_since 0 | count ' log.redact ' '"event.outcome":"success"')"
has 'the record names both' '"user.effective.name":"approver1".*"sekisho.request.person":"user1"' \
    "$(log_since 0 | grep ' log.redact ' | tail -1)"
there user2 "sekisho audit redact $(number ' log.redact ') --reason 'no trace'"
has 'nor what proves it' 'kept for ever' "$output"
run as user1 sekisho report incident --text 'planted-later'
later=$(number planted-later)
there user1 "sekisho audit redact $later --reason withdrawn"
there user1 'sekisho deny X-2'
has 'taken back' 'X-2 is withdrawn' "$output"
there user1 "sekisho audit redact $later --reason late"
sandbox-clock +8d
due >/dev/null
there approver1 'sekisho approve X-3'
has 'after seven days it is over' 'That request is over' "$output"
is 'which is recorded' expired "$(records --event log.redact --limit 3 | field event.reason |
    grep expired)"
isnt 'and the record stays' 0 "$(found planted-later)"

# ---- killed in the middle ----------------------------------------------------------------------

# Every body that is gone is in a log.retention of its class, or was redacted; no other is.
accounted()
{
	/usr/bin/python3 - $state/sekisho.db <<-'PY'
		import json, sqlite3, sys
		classes = ["access", "privilege", "policy", "operation", "log"]
		db = sqlite3.connect("file:%s?mode=ro" % sys.argv[1], uri=True)
		gone, claimed, wall = {}, set(), {}
		for seq, header, body in db.execute("SELECT seq, header, body FROM records"):
		    wall[seq] = int.from_bytes(header[9:17], "big")
		    name = classes[header[41]]
		    if body is None:
		        gone[seq] = name
		        continue
		    body = json.loads(body)
		    if body["event.action"] == "log.redact" and body["event.outcome"] == "success":
		        claimed.add(body["sekisho.request.record"])
		everything = [(seq, classes[header[41]]) for seq, header in
		              db.execute("SELECT seq, header FROM records")]
		deleted = 0
		for body, in db.execute("SELECT body FROM records WHERE action = 80"):
		    body = json.loads(body)
		    deleted += body["sekisho.retention.count"]
		    for part in body["sekisho.retention.ranges"]:
		        first, _, last = part.partition("-")
		        first, last = int(first), int(last or first)
		        for seq, name in everything[first - 1:last]:
		            if name != body["sekisho.retention.class"]:
		                continue
		            claimed.add(seq)
		            if wall[seq] > body["sekisho.retention.cutoff"]:
		                print("not due:", seq)
		for seq in sorted(set(gone) - claimed):
		    print("gone without a record:", seq)
		for seq in sorted(claimed - set(gone)):
		    print("said to be gone, but there:", seq)
		if deleted + 1 != len(gone):
		    print("%d counted, %d gone" % (deleted + 1, len(gone)))
		print("#", len(gone))
	PY
}

is 'each body that is gone is accounted for' '' "$(accounted | sed '/^#/d')"
wrong= killed=0
for ((n = 1; n <= rounds; n++)); do
	for i in $(seq 40); do
		echo "user=user2 rhost=10.8.$((n % 250)).$i tty=planted-kill-$n-$i password=wrong"
	done | "$tools/pamload" >/dev/null
	sandbox-clock +25h
	due >/dev/null
	sandbox-clock +31d
	sekisho audit retain --now >/dev/null 2>&1 &
	sleep "0.00$((RANDOM % 10))$((RANDOM % 10))"
	sandbox-daemon kill && killed=$((killed + 1))
	wait $!
	sandbox-daemon start
	sandbox-daemon wait
	wrong+=$(accounted | sed '/^#/d')
	due >/dev/null
	wrong+=$(found "planted-kill-$n-" | sed '/^0$/d')
	wrong+=$(sqlite3 "file:$state/sekisho.db?mode=ro" 'PRAGMA integrity_check' | sed '/^ok$/d')
done
is "killed $killed times while it deletes: all gone in the end, all accounted for" '' "$wrong"
is 'each time' "$rounds" "$killed"
figure 'retention: kills, bodies deleted' "$killed, $(accounted | sed -n 's/^# //p')"
# ---- what is left proves itself ----------------------------------------------------------------

# Not 0: the days that the tests let pass in a moment are gaps, and no record explains them.
run sekisho audit verify
hasnt 'nothing was tampered with' 'TAMPERED' "$output"
has 'all that was deleted was due' "bodies destroyed when due: $(accounted | sed -n 's/^# //p')." \
    "$output"
kill -STOP "$(sandbox-daemon pid)" # or a checkpoint comes between the copies of two files
cp -a $state "$work/copy"
kill -CONT "$(sandbox-daemon pid)"
# After many rounds the first ones of all classes are gone.
kept=$(sqlite3 "$work/copy/sekisho.db" 'SELECT min(seq) FROM records WHERE body IS NOT NULL')
sqlite3 "$work/copy/sekisho.db" "UPDATE records SET body = NULL, user = NULL, source = NULL,
    reason = '', outcome = 2 WHERE seq = $kept"
run sekisho audit verify --state-dir "$work/copy"
is 'a body that was taken without a record' 4 "$status"
has 'is missed by its number' "record $kept: " "$output"
output=

# ---- a clock that is set forward ---------------------------------------------------------------

planted planted-clock
sandbox-clock +25h
due >/dev/null
sandbox-clock jump +3650d
is 'ten years forward: nothing is due' 0 "$(due)"
has 'and that is said' 'The clock is ahead by 10y' "$(sekisho audit retain)"
sandbox-clock +2d
is 'not after two days either' 0 "$(due)"
isnt 'what was planted is there' 0 "$(found planted-clock)"
sandbox-clock jump -3650d
is 'back again' '0 0' "$(due) $(retain clock_doubt)"

# ---- a backup from before ----------------------------------------------------------------------

isnt 'the store of today has more than the backup' 0 "$(body "$(number ' log.redact ')" | count kept)"
daemon_hold
sandbox-daemon stop
sandbox-events retention-before-restore $state
run sekisho restore /root/backup/*.sekisho-backup --identity /root/ops.identity
is 'a backup from before the redaction is put back' 0 "$status"
sandbox-daemon start
sandbox-daemon wait
is 'the secret does not come back' '0 gone' "$(found planted-secret) $(body "$secret")"
has 'which is recorded' "\"sekisho.restore.redacted\":\[\"$secret\"\]" \
    "$(log_since 0 | grep ' backup.restore ')"
run sekisho audit verify
hasnt 'and explained' "TAMPERED|record $secret" "$output"

# At every write and sync, and with power cuts: see tests/unit/test_keep_crash.c.
if [ -n "$TORTURE" ]; then
	run "$tools/test_keep_crash"
	is 'killed and cut off at every write' 0 "$status"
fi
redecide_all
done_testing
