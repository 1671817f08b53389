#!/bin/bash
# The sealing key changes while logins go on: nobody is refused, and whatever is killed at
# whatever moment, every device opens afterwards. Then the old key is destroyed, and everything
# still works; recovery codes too.
. "$(dirname "$0")/lib.sh"
hazard_enter -- "$@"

rounds=${ROUNDS:-$(full 5 200)} more=${MORE:-$(full 10 14)}
users='user1 user2 approver1 approver2 auditor1 admin1'

# keys WORD: of each sealing key "id state algorithm sealed".
keys()
{
	sekisho key list --json | /usr/bin/python3 -c '
import json, sys
for k in json.load(sys.stdin)["keys"]:
    if k["purpose"] == "sealing":
        print(k["id"], k["state"], k["algorithm"], k["sealed"], k["sealed_live"])'
}

current()
{
	keys | awk '$2 == "current" {print $1}'
}

# Under keys that the ring has: all secrets, at any moment.
sealed()
{
	keys | awk '{n += $4} END {print n + 0}'
}

# Under another key than the current one.
left()
{
	keys | awk '$2 != "current" {n += $4} END {print n + 0}'
}

all_anew()
{
	[ "$(left)" = 0 ] && [ "$(sekisho key list --json | grep -c '"resealing":true')" = 0 ]
}

unopened()
{
	grep -c 'does not open' /var/log/sekisho-policyd.log
}

# One login of everybody with the next code; how many got in.
everybody_in()
{
	local user

	sandbox-clock +30s
	load < <(for user in $users; do job $user 10.20.1.1 "$(sandbox-code $user)"; done)
	let_in
}

# ---- many secrets ------------------------------------------------------------------------------

for user in $users; do
	for ((i = 0; i < more; i++)); do
		echo "otpauth://totp/x:$user?secret=$(head -c 20 /dev/urandom | base32)" |
		    sekisho factor import $user --name "more$i" --uri - >/dev/null
	done
done
total=$((6 + 6 * more))
is 'all are sealed under the one key' $total "$(sealed)"
output=$(sekisho factor recovery-codes user1)
recovery=$(grep -oE '[A-Z2-7]{4}(-[A-Z2-7]{4}){3}' <<<"$output")
is 'ten recovery codes' 10 "$(wc -l <<<"$recovery")"
output=

# ---- a rotation under load ---------------------------------------------------------------------

first=$(current)
sandbox-clock +30s
for user in $users; do
	job $user 10.20.1.1 "$(sandbox-code $user)"
done >"$work/right"
"$tools/pamload" -b code -H "$work/go" <"$work/right" >"$work/answers" 2>&1 &
load=$!
eventually 10 grep -q 'held 6' "$work/answers"
touch "$work/go"
run sekisho key rotate sealing --cipher chacha20-poly1305
is 'rotated to another algorithm' 0 "$status"
has 'and all sealed anew' 'All secrets are sealed under the key' "$output"
wait $load
output=$(<"$work/answers")
is 'everybody who logged in meanwhile got in' 6 "$(let_in)"
output=
is 'under the new key' "$total" "$(keys | awk '$2 == "current" && $3 == "chacha20-poly1305" {print $5}')"
is 'none under the old' '0 0' "$(keys | awk -v id="$first" '$1 == id {print $4, $5}')"
is 'with its record' 1 "$(log_since 0 | count ' key.rotate ' '"event.reason":"asked"' "\"sekisho.key.previous\":\"$first\"")"
is 'and the end of the work' 1 "$(log_since 0 | count ' key.rotate ' '"event.reason":"sealed-anew"' "\"sekisho.devices\":$total")"
is 'logins work' 6 "$(everybody_in)"

# ---- killed at each step -----------------------------------------------------------------------

# The command dies at a call that matters; the daemon goes on with one ring or the other.
for call in openat:when=1 write:when=1 fsync:when=1 renameat:when=1 fsync:when=2 pwrite64:when=1 \
    connect:when=1 connect:when=2 sendto:when=1 sendto:when=2; do
	(
		strace -qq -o /dev/null -e "trace=${call%%:*}" -e "inject=$call:signal=KILL" \
		    sekisho key rotate sealing
		exit $?
	) >/dev/null 2>&1
	[ $? = 137 ] && died="$died ${call%%:*}"
	sandbox-daemon restart
	is "the command died at $call: all secrets have a key" $total "$(sealed)"
	eventually 10 all_anew || fail "after $call the rest is sealed anew" "$(keys)"
done
has 'it did die where a ring is written' 'fsync renameat fsync' "$died"
is 'logins work' 6 "$(everybody_in)"
for id in $(keys | awk '$2 == "old" {print $1}'); do
	sekisho key retire $id >/dev/null || fail "an old key that nothing needs is destroyed ($id)"
done

is 'what it left behind is gone' '' "$(find /etc/sekisho -name '.key.*')"

# The daemon or the command dies at any moment.
struck=0
for ((n = 1; n <= rounds; n++)); do
	sekisho key rotate sealing >/dev/null 2>&1 &
	command=$!
	sleep "0.0$(printf %02d $((RANDOM % 30)))"
	if [ $((n % 3)) = 0 ]; then
		kill -KILL $command 2>/dev/null && struck=$((struck + 1))
	else
		sandbox-daemon kill && struck=$((struck + 1))
		[ $((n % 3)) = 1 ] || kill -KILL $command 2>/dev/null
	fi
	wait $command 2>/dev/null
	sandbox-daemon wait || break
	[ "$(sealed)" = $total ] || fail "round $n: all secrets have a key" "$(keys)"
	[ $((n % 5)) != 0 ] || for id in $(keys | awk '$2 == "old" && $5 == 0 {print $1}'); do
		sekisho key retire $id >/dev/null 2>&1
	done
done
is "$rounds rounds of kills, the daemon came back each time" $rounds $((n - 1))
between 'most of them struck' $((rounds / 3)) $rounds $struck
is 'in the end all lie under one key' yes "$(eventually 15 all_anew && echo yes)"
is 'which is all of them' $total "$(sealed)"
is 'no secret failed to open at any time' 0 "$(unopened)"
figure 'rotations killed, secrets lost' "$struck, $((total - $(sealed)))"

# ---- the old keys go ---------------------------------------------------------------------------

run sekisho key retire "$(current)"
is 'the current key cannot be retired' 1 "$status"
run sekisho key retire 00000000
is 'nor one that there is not' 1 "$status"
sekisho key rotate sealing >/dev/null
cp -p /etc/sekisho/key "$work/key" # holds an old one
for id in $(keys | awk '$2 == "old" {print $1}'); do
	bytes=$(awk -v id="$id" '$2 == id {print $7}' "$work/key")
	run sekisho key retire $id
	is "$id is destroyed" 0 "$status"
	hasnt 'its bytes are not in the file' "$bytes" "$(</etc/sekisho/key)"
done
is 'one key is left' 1 "$(keys | awk '$2 != "retired"' | wc -l)"
isnt 'each end is a record' 0 "$(log_since 0 | count ' key.retire ')"
sandbox-daemon restart
is 'after a restart logins work' 6 "$(everybody_in)"
sandbox-clock +30s
login "$(job user1 10.20.1.1 "$(head -n 1 <<<"$recovery")")"
is 'and a recovery code from before it all' 1 "$(let_in)"
login "$(job user1 10.20.1.1 "$(head -n 1 <<<"$recovery")")"
is 'once' 0 "$(let_in)"

# A ring without a key that is needed is not taken over, neither running nor at a start.
id=$(current)
sed -i "s/^\(sealing $id [^ ]* \)current \([0-9]*\) 0 .*/\1retired \2 1 -/" "$work/key"
cp -p /etc/sekisho/key "$work/good"
/usr/bin/python3 - /etc/sekisho/key "$id" <<'PY'
import hashlib, os, sys
lines = [l for l in open(sys.argv[1]).read().splitlines() if not l.startswith("end ")]
key = os.urandom(32)
lines = [l for l in lines if sys.argv[2] not in l]
lines.append("sealing %s aes-256-gcm current 1 0 %s" % (hashlib.sha256(key).hexdigest()[:8], key.hex()))
text = "\n".join(lines) + "\n"
open(sys.argv[1], "w").write(text + "end %d %s\n" % (len(lines) - 1, hashlib.sha256(text.encode()).hexdigest()[:16]))
PY
run sekisho key rotate sealing
is 'a ring that lost a key is refused' 1 "$status"
has 'because secrets need it' "under the key $id" "$output"
is 'which is a record' 1 "$(log_since 0 | count ' key.rotate ' '"event.reason":"key-still-needed"')"
is 'the one in use stays' 6 "$(everybody_in)"
sandbox-daemon stop
run timeout 10 /usr/sbin/sekisho-policyd
is 'with such a ring it does not start' 78 "$status"
has 'and says which key is missing' "$id" "$output"
cp -p "$work/good" /etc/sekisho/key
sandbox-daemon start
is 'with its own it does' 6 "$(everybody_in)"

# ---- the log key -------------------------------------------------------------------------------

# vkey: of the newest head, which it verifies.
vkey()
{
	sekisho audit head --vkey
}

chains()
{
	log_since 0 | count ' log.begin '
}

before=$(vkey) began=$(vkey)
run sekisho key rotate log
is 'another key signs the log' 0 "$status"
has 'the one before is named' "$(sed 's/[+]/[+]/g' <<<"$before")" "$output"
output=
isnt 'it is another one' "$before" "$(vkey)"
is 'the old one signed for it, in the log' 1 "$(log_since 0 | count ' log.key ' \
    "\"sekisho.log.previous_vkey\":\"$(sed 's/[+]/[+]/g' <<<"$before")\"")"
has 'the list has it' "^log +$(vkey | cut -d+ -f2) +ed25519 +current" "$(sekisho key list)"
died=
for call in openat:when=1 write:when=1 fsync:when=1 renameat:when=1 fsync:when=2 pwrite64:when=1 \
    sendto:when=1 sendto:when=2 renameat:when=2 fsync:when=4 pwrite64:when=2; do
	(
		strace -qq -o /dev/null -e "trace=${call%%:*}" -e "inject=$call:signal=KILL" \
		    sekisho key rotate log
		exit $?
	) >/dev/null 2>&1
	[ $? = 137 ] && died="$died $call"
	[ "$call" = fsync:when=1 ] || sandbox-daemon restart
	is "the command died at $call: the log goes on" 1 "$(chains)"
	run sekisho key rotate log
	is 'and it can be given again' 0 "$status"
	output=
done
# The answer is lost: the daemon may have taken the new key, so the file keeps both.
for n in 1 2 3 4 5 6 7 8; do
	strace -qq -o "$work/trace" -e trace=recvfrom,read -e "inject=recvfrom:error=ECONNRESET:when=$n" \
	    sekisho key rotate log >/dev/null 2>&1
	sandbox-daemon restart
	[ "$(chains)" = 1 ] || fail "answer $n is lost: the log goes on" "$(log_since 0 | grep log.begin)"
done
is 'whichever answer is lost, the log goes on' 1 "$(chains)"
run sekisho key rotate log
has 'it did die at every step of writing' 'renameat:when=1.*sendto.*renameat:when=2' "$died"
is 'one key is left in the file' 1 "$(grep -c PRIVATE /etc/sekisho/log.key)"
has 'it signs the heads' "$(vkey | cut -d+ -f1)" "$(sekisho audit head)"
run sekisho audit verify --trust "$began"
is 'who trusts the first key verifies all that the later ones signed' 0 "$status"
run sekisho key exposed log
is 'an exposed log key is replaced' 0 "$status"
has 'and it is said what verifiers must know' 'count up to size [0-9]+' "$output"
is 'and recorded' 1 "$(log_since 0 | count ' key.exposed ' '"sekisho.key.purpose":"log"')"

# ---- a copy of the keys ------------------------------------------------------------------------

echo 'correct horse battery' >"$work/pass"
run sekisho key backup "$work/keys.sealed" --passphrase-file "$work/pass"
is 'the keys are backed up' 0 "$status"
is 'which is a record with the files digest' 1 "$(log_since 0 | count ' key.backup ' \
    "$(sha256sum "$work/keys.sealed" | cut -d' ' -f1)")"
hasnt 'no key is in it as it is' "$(awk '/current/ {print $7; exit}' /etc/sekisho/key)" \
    "$(strings -n 16 "$work/keys.sealed")"
run sekisho key backup "$work/keys.sealed" --passphrase-file "$work/pass"
is 'it is never overwritten' 1 "$status"
run sekisho key backup "$work/none.sealed" </dev/null
has 'without anything to seal it with, it is said how' '--passphrase-file FILE' "$output"
run sekisho key restore "$work/keys.sealed" --passphrase-file "$work/pass" --to "$work/there"
has 'a directory is not made' 'no directory .*/there,.*Make it first' "$output"
mkdir "$work/there"
echo 'wrong horse battery x' >"$work/wrong"
run sekisho key restore "$work/keys.sealed" --passphrase-file "$work/wrong" --to "$work/there"
isnt 'another passphrase does not open it' 0 "$status"
is 'and writes nothing' '' "$(ls -A "$work/there")"
run sekisho key restore "$work/keys.sealed" --passphrase-file "$work/pass" --to "$work/there"
is 'the right one does' 0 "$status"
for name in key log.key spool.key; do
	is "$name is what it was, and root's alone" "600 yes" "$(stat -c %a "$work/there/$name") $(
	    cmp -s "$work/there/$name" /etc/sekisho/$name && echo yes)"
done
run sekisho key restore "$work/keys.sealed" --passphrase-file "$work/pass" --to "$work/there"
is 'nothing is written over a key' 1 "$status"
output=

# ---- exposed -----------------------------------------------------------------------------------

run sekisho key exposed sealing
is 'an exposed key is replaced' 0 "$status"
has 'and everybody named whose device has to go' 'admin1 \([0-9]+\), approver1' "$output"
is 'which is a record with their names' 1 \
    "$(log_since 0 | count ' key.exposed ' '"sekisho.users":\["admin1","approver1"')"
has 'their devices are marked' 're-enrol' "$(sekisho factor list user2)"
sekisho factor revoke user2 phone >/dev/null 2>&1
echo "otpauth://totp/x:user2?secret=$(head -c 20 /dev/urandom | base32)" |
    sekisho factor import user2 --name fresh --uri - >/dev/null
hasnt 'a new one is not' '^fresh .*re-enrol' "$(sekisho factor list user2)"
is 'meanwhile they work' 1 "$(sandbox-clock +30s; login "$(job user1 10.20.1.1 "$(sandbox-code user1)")"; let_in)"

# ---- too long in use -----------------------------------------------------------------------------

printf '[keys]\nsealing_lifetime = 1s\n' >>/etc/sekisho/policy.conf
sekisho policy apply >/dev/null
sandbox-daemon restart
is 'a key beyond its time is a record' yes \
    "$(eventually 5 recorded 0 ' key.overdue ' "$(current)" && echo yes)"
run sekisho check --full
has 'check says so' 'FAILED +key-lifetime \(medium\): the sealing key' "$output"
has 'and names whose devices were exposed' 'sealed under an exposed key: admin1, ' "$output"
has 'and those by SHA-1' 'HMAC-SHA-1.* They belong to:' "$(tr -s ' \n' ' ' <<<"$output")"
has 'and the algorithms of the keys' 'keys in use: hmac-sha-256, aes-256-gcm, ed25519; .* recommended list' "$(tr -s ' \n' ' ' <<<"$output")"
output=
has 'the list says so' "$(current) .*OVERDUE" "$(sekisho key list)"
has 'status too' "sealing $(current)" "$(sekisho status)"

redecide_all
done_testing
