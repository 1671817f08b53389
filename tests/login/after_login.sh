#!/bin/bash
# What a person reads after login: the login before, what failed since and from where, and a
# receipt; and what the receipt is worth, to its owner, to others, and when the log was changed.
. "$(dirname "$0")/../lib/assert.sh"
sandbox_enter "$@"
. "$assert_lib/login.sh"
short_delays
policy=/etc/sekisho/policy.d/test.conf

apply()
{
	printf '%s\n' "$@" >$policy
	sekisho policy apply >"$work/applied" 2>&1 || fail "policy: $*" "$(<"$work/applied")"
}

# A login on a terminal, with the shell that shows what PAM says.
shell_in()
{
	converse "assword: => $(password_of user1)
Code: => !sandbox-code --next user1
\\$ => exit" ssh -F none -tt -p 2222 -o LogLevel=ERROR -o StrictHostKeyChecking=no \
	    -o UserKnownHostsFile=/dev/null -o PubkeyAuthentication=no "$@" user1@127.0.0.1
	output=$(tr -d '\r' <<<"$output")
}

# The programs' own "Last login:" has the day of the week first.
plain() { output=$(tr -d '\r' <<<"$output"); }

receipt_in() { sed -nE 's/^Receipt: ([0-9]+:[0-9a-f]{64})$/\1/p' <<<"$output" | tail -n 1; }

shell_in
has 'the first login: none before' '^Last login: none in the log' "$output"
first=$(receipt_in)
isnt 'with a receipt' '' "$first"
shell_in -b 127.0.0.5
has 'the next one: when and from where' '^Last login: [0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{5} from 127\.0\.0\.1 \(sshd\)$' "$output"
hasnt 'nothing failed' '^Failed since' "$output"
sandbox-ssh -b 127.0.0.8 -P wrong user1 - >/dev/null
sandbox-ssh -b 127.0.0.9 user1 "$(wrong_code user1)" >/dev/null
passwords=$(password_of user1) codes=$(codes_of user1 next) shape dialogue --as user2 su user1 -c id
hasnt 'su is no login: nothing of it is said there' 'Last login|Receipt' "$output"
shape sandbox-login user1 next
plain
has 'login: the same, su was no login' '^Last login: .* from 127\.0\.0\.5 \(sshd\)$' "$output"
has 'login: what failed, how often, from where' '^Failed since then: 3, from here, 127\.0\.0\.9, 127\.0\.0\.8; the last one ' "$output"
has 'login: and what to do' 'sekisho report not-me' "$output"
passwords=$(password_of user1) codes=$(codes_of user1 next) shape dialogue --as user1 sudo id
hasnt 'sudo: nothing' 'Last login|Receipt' "$output"
shape sandbox-login user1 next
plain
has 'a console is here' '^Last login: .* from here \(login\)$' "$output"
hasnt 'told once' '^Failed' "$output"
second=$(receipt_in)

# ---- the receipt -------------------------------------------------------------------------------------

run as user1 sekisho log --receipt "$first"
is 'its owner checks it' 0 "$status"
has 'and sees the record' "session.open +success.* user1 .*#${first%%:*}\$" "$output"
has 'and what it proves' 'This record is in the log, as it was written' "$output"
has 'and what it does not' 'does not prove whose key' "$output"
run as user1 sekisho log --receipt "$second"
is 'of a record of just now' 0 "$status"
run sekisho log --receipt "$first" --json
has 'root too, as JSON' '"included": ?true' "$output"
run as user2 sekisho log --receipt "$first"
is 'nobody else' 1 "$status"
hasnt 'and learns nothing of it' session.open "$output"
run as user1 sekisho log --receipt "${first%:*}:$(printf '0%.0s' {1..64})"
is 'another hash: found' 4 "$status"
has 'and said' 'another record than the receipt' "$output"
run as user1 sekisho log --receipt 99999999:"${first#*:}"
is 'a record that is not there' 1 "$status"
has 'is no small matter' 'show it to an auditor' "$output"
for bad in 12 12: :12 x:y "$first"0 -1:"${first#*:}"; do
	run sekisho log --receipt "$bad"
	is "no receipt: ${bad:0:12}" 2 "$status"
done

# ---- where it is not wanted --------------------------------------------------------------------------

apply '[notice]' 'last_login = no'
shape sandbox-login user1 next
plain
hasnt 'last_login = no' 'Last login: 20' "$output"
has 'leaves the receipt' '^Receipt: ' "$output"
apply '[notice]' 'receipt = no'
shape sandbox-login user1 next
plain
hasnt 'receipt = no' '^Receipt' "$output"
has 'leaves the last login' '^Last login: ' "$output"
rm $policy
sekisho policy apply >/dev/null
sed -i -E 's/^(session.*pam_sekisho.so)/\1 quiet/' /etc/pam.d/login /etc/pam.d/sekisho-session 2>/dev/null
shape sandbox-login user1 next
plain
is 'a quiet line: let in' in "${shape##* }"
hasnt 'a quiet line: nothing is said' '^Last login: 20|^Receipt' "$output"

# ---- the log was changed -----------------------------------------------------------------------------

sandbox-daemon stop
/usr/bin/python3 - "${first%%:*}" <<'PY'
import sqlite3, sys
db = sqlite3.connect('/var/lib/sekisho/sekisho.db')
body = db.execute('SELECT body FROM records WHERE seq = ?', (sys.argv[1],)).fetchone()[0]
db.execute('UPDATE records SET body = ? WHERE seq = ?', (body.replace(b'127.0.0.1', b'127.0.0.2'), sys.argv[1]))
db.commit()
PY
sandbox-daemon start
run as user1 sekisho log --receipt "$first"
is 'a body that was changed: found' 4 "$status"
has 'and named' "body is not what was written" "$output"

# A record beside it: the receipt's own is as it was, and no longer leads to what was signed.
sandbox-daemon stop
/usr/bin/python3 - "${first%%:*}" <<'PY'
import sqlite3, sys
db = sqlite3.connect('/var/lib/sekisho/sekisho.db')
seq = int(sys.argv[1])
body = db.execute('SELECT body FROM records WHERE seq = ?', (seq,)).fetchone()[0]
db.execute('UPDATE records SET body = ? WHERE seq = ?', (body.replace(b'127.0.0.2', b'127.0.0.1'), seq))
header = bytearray(db.execute('SELECT header FROM records WHERE seq = ?', (seq - 1,)).fetchone()[0])
header[16] ^= 1
db.execute('UPDATE records SET header = ? WHERE seq = ?', (bytes(header), seq - 1))
db.commit()
PY
sandbox-daemon start
run as user1 sekisho log --receipt "$first"
is 'another record that was changed: found' 4 "$status"
has 'and named too' "does not lead to the signed head" "$output"
done_testing
