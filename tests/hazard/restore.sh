#!/bin/bash
# A backup taken while people log in, the store lost, the backup put back: nothing spent revives,
# nobody's later suspension is forgotten where it is still known, the log goes on as a new chain;
# and kill -9 at any moment of it leaves the old store or the new one, whole.
. "$(dirname "$0")/lib.sh"
hazard_enter -- "$@"

kills=${KILLS:-$(full 6 200)}
source=10.8.0.1 to=/root/backup key=/root/ops.identity

mkdir -m 700 $to
sekisho key recipient $key --name ops >$work/ops 2>/dev/null
codes=$(sekisho factor recovery-codes user2 --verified-by boss --how 'knows them' --json)
recovery=$(grep -oE '[A-Z2-7]{4}(-[A-Z2-7]{4}){3}' <<<"$codes" | head -1)

newest()
{
	ls -t $to/*.sekisho-backup | head -1
}

stop_daemon()
{
	daemon_hold
	sandbox-daemon stop
	sandbox-events before-restore $state # what is put back does not have it
}

lose_store()
{
	stop_daemon
	rm -rf ${state:?}/*
}

# ---- taken under load --------------------------------------------------------------------------

for user in user1 user2 approver1 admin1; do
	job $user $source "$(sandbox-code $user)" open=0
	for i in 1 2 3 4 5 6 7 8 9 10; do
		echo "user=no-$user-$i rhost=10.8.$i.1 password=wrong"
	done
done >$work/jobs
"$tools/pamload" <$work/jobs >$work/answers &
load=$!
run sekisho backup create --to $to --recipient $work/ops
wait $load
is 'a backup under load' 0 "$status"
is 'and all logins got in' 4 "$(grep -c $'\tacct=0\t' $work/answers)"
slowest=$(sed -n 's/.*\tanswer_us=\([0-9]*\).*/\1/p' $work/answers | sort -n | tail -1)
figure 'slowest answer under a backup (ms)' $((slowest / 1000))
backup=$(newest)
run sekisho backup check "$backup" --identity $key
is 'it is whole' 0 "$status"
has 'and signed by this host' "of this host's log key, right" "$output"
is 'for root alone' '600 0' "$(stat -c '%a %u' "$backup")"
is 'nothing of it in clear' 0 "$(grep -caE 'SQLite format|user1|approver1' "$backup")"
is 'no copy in clear is left' '' "$(find $state $to -name '*.part' -o -name 'restore*')"
is 'the record says what sha256sum says' "$(sha256sum "$backup" | cut -d' ' -f1)" \
    "$(log_since 0 | sed -n 's/.*"file.hash.sha256":"\([0-9a-f]*\)".*/\1/p' | tail -1)"
run sekisho backup create "$backup" --recipient $work/ops
is 'never over another one' 1 "$status"
run sekisho restore "$backup" --identity $key
is 'not while the daemon works' 1 "$status"

# Each byte somewhere changed, each end cut off: refused, with the status of tampering. Where the byte is one
# of the few that name the key of the signature, it is another key's: that is said, and restoring asks.
wrong=
for ((i = 0; i < $(full 12 300); i++)); do
	size=$(stat -c %s "$backup") at=$((RANDOM * 32768 + RANDOM))
	cp "$backup" $work/changed
	if ((i % 3 == 0)); then
		truncate -s $((at % size)) $work/changed
	else
		at=$((at % size))
		byte=$(od -An -tu1 -j $at -N 1 "$backup")
		printf "\\x$(printf %02x $((byte ^ 1 << RANDOM % 8)))" |
		    dd of=$work/changed bs=1 seek=$at conv=notrunc status=none
	fi
	sekisho backup check $work/changed --identity $key >$work/out 2>&1 &&
	    ! grep -q 'who made it is not proved' $work/out &&
	    wrong+="place $at: $(<$work/out)
"
done
output=
is 'changed or cut anywhere: refused, or nobody vouches for it' '' "$wrong"

# ---- the store is there, but a moment later ------------------------------------------------------

sandbox-clock +1m
spent=$(sandbox-code user1)
login "$(job user1 $source "$spent")" || fail 'a code is spent after the backup' "$output"
sekisho user suspend user2 --reason 'left on Friday' >$work/out
sekisho audit hold add --user user2 --reason 'case 7' >$work/out
sekisho factor lost approver1 >>$work/out
secret=$(head -c 20 /dev/urandom | base32)
sekisho factor import admin1 --name later --uri - <<<"otpauth://totp/x:admin1?secret=$secret&issuer=x" >>$work/out 2>&1
size=$(log_size)
sekisho audit head >$work/seen
inode=$(stat -c %i $state/sekisho.db)
run sekisho restore "$backup" --identity $key --rehearse --scratch /var/tmp
is 'a rehearsal' 0 "$status"
is 'leaves nothing' '' "$(ls /var/tmp)"
is 'and changes nothing' "$inode" "$(stat -c %i $state/sekisho.db)$(ls -d $state/*restore* 2>/dev/null)"
stop_daemon
run sekisho restore "$backup" --identity $key
is 'restored' 0 "$status"
has 'it says what was lost' 'Lost: +[0-9]+ records, from ' "$output"
has 'who stays suspended' 'Suspended: +user2' "$output"
has 'what stays on hold' 'Holds kept: +H-1' "$output"
has 'whose device ended since' 'Devices ended: +approver1' "$output"
has 'who has to enrol again' 'To enrol again: +admin1' "$output"
aside=$(sed -n 's/^Old store: *//p' <<<"$output")
between 'the old store is aside, whole' "$size" $((size + 6)) "$("$tools/redecide" -n "$aside" 2>/dev/null)"
since=$("$tools/redecide" -n $state)
sandbox-daemon start
has 'a new chain, because it was restored' '"event.reason":"restored".*"sekisho.log.previous.size"' \
    "$(log_since "$since" | grep ' log.begin ')"
has 'the record of the restore' '"sekisho.restore.suspended":\["user2"\]' \
    "$(log_since "$since" | grep ' backup.restore ')"
run sekisho audit verify
is 'the log says that nobody has signed for its new chain, and no more' 5 "$status"
login "$(job user1 $source "$spent")"
is 'the code that was spent after the backup' 0 "$(let_in)"
login "$(job user1 $source "$(sandbox-code user1)")"
is 'and the one that is shown now' 0 "$(let_in)"
sandbox-clock +2m
login "$(job user1 $source "$(sandbox-code user1)")"
is 'a new one' 1 "$(let_in)"
login "$(job user2 $source "$(sandbox-code user2)")"
is 'who was suspended after the backup' 0 "$(let_in)"
login "$(job approver1 $source "$(sandbox-code approver1)")"
is 'a device that was lost after the backup' 0 "$(let_in)"
sekisho user resume user2 --reason back >$work/out
login "$(job user2 $source "$recovery")"
is 'a recovery code of before' 0 "$(let_in)"

# ---- nobody vouches for it ------------------------------------------------------------------------

# The key of the log that there was, under the name of the chain that there is.
vkey=$(sekisho audit head --vkey)
stop_daemon
mv /etc/sekisho/log.key $work/log.key
inode=$(stat -c %i $state/sekisho.db)
run sekisho restore "$backup" --identity $key </dev/null
is 'a backup by a key that this host does not know: not without a word' 1 "$status"
has 'it says what would tell' 'trust KEY' "$output"
is 'and nothing was changed' "$inode" "$(stat -c %i $state/sekisho.db)"
run sekisho restore "$backup" --identity $key --trust nonsense
is 'what is no key is said' 2 "$status"
run sekisho restore "$backup" --identity $key --trust "$vkey"
is 'with the key that was noted it is put back' 0 "$status"
has 'and the answer says so' 'Signature: .*that you trust' "$output"
mv $work/log.key /etc/sekisho/log.key
sandbox-daemon start

# ---- kill -9 at any moment ------------------------------------------------------------------------

sekisho backup create --to $to --recipient $work/ops >$work/out
backup=$(newest) inside=$(log_size)
for i in 1 2 3; do
	login_next user1 $source
done
stop_daemon
cp -a $state $work/before
old=$(log_size)

# whole: which store this is, looked at in a copy.
whole()
{
	rm -rf $work/look && cp -a $state $work/look
	/usr/bin/python3 - $work/look/sekisho.db "$old" "$inside" <<-'EOF'
		import sqlite3, sys
		path, old, inside = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
		db = sqlite3.connect(path)
		one = lambda sql: db.execute(sql).fetchone()[0]
		if one("PRAGMA integrity_check") != "ok":
		    print("damaged")
		elif one("SELECT count(*) FROM meta WHERE name = 'chain.begin' AND value = 'restored'"):
		    good = one("SELECT max(seq) FROM records") in (inside, inside - 1) and \
		        one("SELECT count(*) FROM sessions") == 0 and \
		        one("SELECT count(*) FROM recovery") == 0 and one("SELECT count(*) FROM floors") > 0
		    print("new" if good else "half new")
		else:
		    print("old" if one("SELECT max(seq) FROM records") == old else "half old")
	EOF
}

started=$(date +%s%N)
sekisho restore "$backup" --identity $key >$work/out 2>&1
took=$((($(date +%s%N) - started) / 1000000))
is 'undisturbed it becomes the new one' new "$(whole)"
declare -A seen=([old]=0 [new]=0)
wrong=
for ((i = 0; i < kills; i++)); do
	rm -rf ${state:?}/* && cp -a $work/before/. $state/
	setsid sekisho restore "$backup" --identity $key >$work/out 2>&1 &
	group=$!
	# more often towards the end, where the change is
	delay=$((took * (20 + RANDOM % 110) / 100))
	sleep "$(printf '%d.%03d' $((delay / 1000)) $((delay % 1000)))"
	kill -KILL -- -$group 2>/dev/null
	wait $group 2>/dev/null
	now=$(whole)
	[ -n "${seen[$now]-}" ] && seen[$now]=$((seen[$now] + 1)) || wrong+="kill after $delay ms: $now
"
	# and the next try succeeds, whatever that one left
	if ((i % 10 == 0)); then
		sekisho restore "$backup" --identity $key >$work/out 2>&1 ||
		    wrong+="after the kill: $(<$work/out)
"
	fi
done
output=
is "$kills kills: the old one or the new one, whole" '' "$wrong"
figure 'kills during a restore: old store, new store, anything else' \
    "${seen[old]}, ${seen[new]}, $((kills - seen[old] - seen[new]))"

# ---- everything is lost ------------------------------------------------------------------------

lose_store
run sekisho restore "$backup" --identity $key --seen $work/seen
is 'restored where there is no store' 0 "$status"
has 'nothing is known of what came after' 'Lost: +what came after the backup' "$output"
has 'everybody is named' 'State unknown: .*user1' "$output"
sandbox-daemon start
sandbox-clock +2m
login "$(job user1 $source "$(sandbox-code user1)")"
is 'and people log in' 1 "$(let_in)"

# ---- a backup of a log that was changed ------------------------------------------------------------

stop_daemon
/usr/bin/python3 -c 'import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("UPDATE records SET user = ? WHERE seq = 9", ("nobody",))
db.commit()' $state/sekisho.db
sandbox-clock +1m
sekisho backup create --to $to --recipient $work/ops >$work/out 2>&1
run sekisho restore "$(newest)" --identity $key
is 'a column that hides a record: not restored' 1 "$status"
has 'it says which' 'record 9: index-column' "$output"
has 'and that nothing was replaced' 'still there' "$output"

done_testing
