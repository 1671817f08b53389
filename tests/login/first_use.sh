#!/bin/bash
# A new person, from the invitation to the first session; passwords that became too old; accounts
# that end: on sshd, login and su.
. "$(dirname "$0")/../lib/assert.sh"
sandbox_enter "$@"
. "$assert_lib/login.sh"
away_from_midnight
short_delays
policy_add '[password]
filters = common'

weak='Dragon2024!' mine='kX7#mPq2vZtR' other='wL3$nRb8yTqd' third='uJ6%hVc5xMzp' fourth='bQ9@rLs4wGvN'
fifth='mV6*kTf2zBqE' sixth='cR8%yUh5gPsW'
sshopts=(-F none -tt -p 2222 -o LogLevel=ERROR -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null
    -o NumberOfPasswordPrompts=1)
by_password=("${sshopts[@]}" -o PubkeyAuthentication=no -o PreferredAuthentications=keyboard-interactive)
dialogue() { converse "$2" ssh "${by_password[@]}" "$1@127.0.0.1"; }
add() { run sekisho user add --how passport --verified-by reception --yes --json "$@"; }
first_of() { sed -nE 's/.*"password": *"([^"]+)".*/\1/p' <<<"$output"; }
invitation_of() { sekisho user show "$1" --json | /usr/bin/python3 -c '
import json, sys
print((json.load(sys.stdin).get("invitation") or {}).get("state"))'; }
hash_of() { getent shadow "$1" | cut -d: -f2; }
# The newest key on the screen, kept for later, and its code.
key_of() { echo "sed -nE 's/^ {4}([A-Z2-7]{4}( [A-Z2-7]{4})+).*/\\1/p' | tail -n 1 | tr -d ' \\r' >$work/key.$1; oathtool --totp --base32 - <$work/key.$1"; }
code_of() { sandbox-clock +30s; oathtool --totp --base32 - <"$work/key.$1"; }

# ---- from nothing to the first session --------------------------------------------------------

run sekisho user add hanako --yes
is 'without saying who verified the person: nothing' 2 "$status"
isnt 'not even the account' 0 "$(getent passwd hanako >/dev/null; echo $?)"
end=$(date -ud '120 days' +%F)
add hanako --until "$end"
is 'the account is made, with an invitation' 0 "$status"
first=$(first_of)
has 'a first password, of signs that nobody mixes up' '^.{5}-.{5}-.{5}-.{5}$' "$first"
is 'recorded: who issued it and who verified the person' 'root reception passport' \
    "$(records --event user.invite --limit 1 | field user.effective.name) $(records --event user.invite --limit 1 | field sekisho.verified.by) $(records --event user.invite --limit 1 | field sekisho.verified.how)"
is 'it is open' open "$(invitation_of hanako)"
has 'the list shows it' 'hanako .*INVITED' "$(sekisho user list)"
is 'the host knows the end too' "$(date -ud "$end 1 day" +%F)" \
    "$(LC_ALL=C chage -l hanako | sed -nE 's/^Account expires.*: (.*)/\1/p' | date -f - +%F)"

before=$(hash_of hanako)
dialogue hanako "assword: => $first
urrent password: => $first
accept this => no"
isnt 'who does not accept the purpose is not let in' 0 "$status"
is 'and has an invitation still' open "$(invitation_of hanako)"
dialogue hanako "assword: => $first
urrent password: => $first
accept this => yes
shows now: => !$(key_of hanako)
ew password: => $weak
ew password: => $mine
etype new password: => $mine
\\\$ => exit"
is 'sshd: purpose, device and password in one dialogue, then the session' 0 "$status"
has 'a picture' '▄▄▄▄▄' "$output"
has 'the key in groups of four' '^ {4}[A-Z2-7]{4} [A-Z2-7]{4} ' "$output"
has 'recovery codes' 'write them down now' "$output"
has 'a weak password is refused here too' 'it is a word that is tried first' "$output"
is 'the invitation is used up' spent "$(invitation_of hanako)"
is 'recorded: used, once' 1 "$(records --user hanako --event user.invitation-used | grep -c .)"
is 'the device was issued in the name of who verified' 'root reception 1' \
    "$(sekisho user show hanako --json | /usr/bin/python3 -c '
import json, sys
d = json.load(sys.stdin)["devices"][0]
print(d["issued_by"], d["verified_by"], d["purpose_version"])')"
isnt 'and the password is another one' "$before" "$(hash_of hanako)"
dialogue hanako "assword: => $first"
isnt 'the first password opens nothing any more' 0 "$status"
dialogue hanako "assword: => $mine
ode: => $(code_of hanako)
\\\$ => exit"
is 'the person logs in with password and code' 0 "$status"

# ---- given up half way, and two at once --------------------------------------------------------

add taro
first=$(first_of)
dialogue taro "assword: => $first
urrent password: => $first
accept this => key
shows now: => !$(key_of taro)
ew password: => ^C"
isnt 'hung up before the password: no session' 0 "$status"
hasnt 'a screen without pictures got none' '▄▄▄▄▄' "$output"
is 'the invitation is still open' open "$(invitation_of taro)"
dialogue taro "assword: => $first
ode: => $(wrong_code user1)"
isnt 'again, without the code of the device: not let in' 0 "$status"
dialogue taro "assword: => $first
ode: => $(code_of taro)
urrent password: => $first
ew password: => $other
etype new password: => $fourth
ew password: => $other
etype new password: => $other
\\\$ => exit"
is 'with it the dialogue goes on where it was, mistyped once' 0 "$status"
is 'used up' spent "$(invitation_of taro)"

add saburo
first=$(first_of)
printf '%s\n' "assword: => $first" "urrent password: => $first" 'accept this => yes' \
    "shows now: => !until [ -e $work/go ]; do sleep 0.1; done; echo 000000" 'ew password: => x' >"$work/second"
timeout 40 "$SANDBOX_TREE/tests/lib/converse.exp" "$work/second" ssh "${by_password[@]}" saburo@127.0.0.1 \
    >"$work/second.out" 2>&1 &
second=$!
eventually 10 grep -q 'shows now' "$work/second.out"
dialogue saburo "assword: => $first
urrent password: => $first
accept this => yes
shows now: => !$(key_of saburo)
ew password: => $third
etype new password: => $third
\\\$ => exit"
is 'two logins with one invitation: the one that goes on gets in' 0 "$status"
touch "$work/go"
wait $second
isnt 'the other does not' 0 $?
is 'and nothing of it is left' 1 "$(sekisho factor list saburo --json | /usr/bin/python3 -c '
import json, sys
print(sum(d["state"] == "active" for d in json.load(sys.stdin)))')"

# ---- not by any other way, not for ever ---------------------------------------------------------

add user2
is 'an account that exists is taken over' 0 "$status"
first=$(first_of)
run ssh "${sshopts[@]}" -i /root/.ssh/user2 -o PreferredAuthentications=publickey user2@127.0.0.1 true
isnt 'a key of before does not let past the dialogue' 0 "$status"
converse "assword: => $first
ode: => $(sandbox-code --next user2)" setpriv --reuid user1 --regid user1 --init-groups su user2 -c true
isnt 'nor does su' 0 "$status"
is 'it is still open' open "$(invitation_of user2)"
sandbox-clock +4d
dialogue user2 "assword: => $first
ode: => $(sandbox-code --next user2)"
isnt 'after three days: refused' 0 "$status"
is 'because it is over' invitation-over "$(why user2)"
is 'and shows so' expired "$(invitation_of user2)"
chpasswd <<<"user2:$fourth"
chage -d "$(date +%F)" user2
dialogue user2 "assword: => $fourth
ode: => $(sandbox-code --next user2)
\\\$ => exit"
is 'root sets another password instead: as ever' 0 "$status"

add goro --output "$work/sheet" --lang ja
run sekisho user add goro --yes --verified-by reception --output "$work/sheet" --lang ja
is 'on paper, in Japanese' '0 600' "$status $(stat -c %a "$work/sheet")"
has 'with all that is needed' '初回パスワード' "$(<"$work/sheet")"
first=$(sed -nE 's/.*([A-Za-z0-9]{5}(-[A-Za-z0-9]{5}){3}).*/\1/p' "$work/sheet")
TERM=dumb converse "login: => goro
assword: => $first
urrent password: => $first
accept this => yes
shows now: => !$(key_of goro)
ew password: => $fifth
etype new password: => $fifth
\\\$ => exit" login
is 'login: the same dialogue at a console' 0 "$status"
hasnt 'which shows no picture where the terminal cannot' '▄▄▄▄▄' "$output"
run sekisho user add batch --class service --yes
is 'a service has nobody to invite' '0 None' "$status $(invitation_of batch)"
is 'its class is in the policy' service "$(sekisho user show batch --json | sed -nE 's/.*"class":"([a-z]+)".*/\1/p')"

add shichiro
first=$(first_of)
sed -i '1i [host]\nlanguage = ja' /etc/sekisho/policy.conf
run sekisho policy apply
dialogue shichiro "assword: => $first
(現|urrent).*: => $first
表示できない => no"
has 'in Japanese, where the policy says so' '初回ログインです' "$output"
sed -i '1,2d' /etc/sekisho/policy.conf
run sekisho policy apply
converse "(現|urrent).*: => $fifth
(新|ew).*: => short
(新|ew).*: => short
(新|ew).*: => short" setpriv --reuid goro --regid goro --init-groups --reset-env env LANG=ja_JP.UTF-8 passwd
has 'else in the language of the session' 'このパスワードは使用できません' "$output"
add rokuro
run sekisho user retire rokuro --reason 'never came'
is 'retired before the first login: the invitation is void' '0 void' "$status $(invitation_of rokuro)"

# ---- passwords that are due ---------------------------------------------------------------------

policy_add 'max_age = 90d
warn_before = 14d'
days_ago() { chage -d "$(date -d "$2 days ago" +%F)" "$1"; }
days_ago hanako 80
dialogue hanako "assword: => $mine
ode: => $(code_of hanako)
\\\$ => exit"
is 'ten days before: let in' 0 "$status"
has 'and told' 'has to be changed within (9|10) days' "$output"
days_ago hanako 91
before=$(hash_of hanako)
has 'check: names it' 'password-age.*hanako' "$(sekisho check --full 2>&1 | tr '\n' ' ')"
dialogue hanako "assword: => $mine
ode: => $(code_of hanako)
urrent password: => $mine
ew password: => $weak
ew password: => $weak
ew password: => $weak"
isnt 'after it: not without a new one' 0 "$status"
has 'and says why' 'older than this host allows' "$output"
is 'nothing changed' "$before" "$(hash_of hanako)"
dialogue hanako "assword: => $mine
ode: => $(code_of hanako)
urrent password: => $mine
ew password: => $sixth
etype new password: => $sixth
\\\$ => exit"
is 'with one: in, in the same dialogue' 0 "$status"
days_ago hanako 91
sed -i 's/^max_age = .*/max_age = 0s/' /etc/sekisho/policy.conf
run sekisho policy apply
chage -M 60 hanako
dialogue hanako "assword: => $sixth
ode: => $(code_of hanako)
urrent password: => ^C"
isnt 'what chage says holds beside it' 0 "$status"
chage -M -1 hanako

run sekisho password expire hanako
is 'password expire: not without a reason' 2 "$status"
run sekisho password expire hanako --reason 'found in a mail'
is 'password expire: one account' 0 "$status"
has 'which shows' 'to be changed at the next login.*found in a' "$(sekisho user show hanako | tr '\n' ' ')"
dialogue hanako "assword: => $sixth
ode: => $(code_of hanako)
urrent password: => $sixth
ew password: => yN2!fKc9rWbS
etype new password: => ^C"
isnt 'accepted and hung up before it was stored: no session' 0 "$status"
dialogue hanako "assword: => $sixth
ode: => $(code_of hanako)
urrent password: => $sixth
ew password: => aZ9\$kWm4xQtJ
etype new password: => aZ9\$kWm4xQtJ
\\\$ => exit"
is 'it is asked for until one is stored' 0 "$status"
dialogue hanako "assword: => aZ9\$kWm4xQtJ
ode: => $(code_of hanako)
\\\$ => exit"
is 'and then not again' 0 "$status"
run sekisho password expire --all --reason 'the shadow file was lost'
is 'password expire: everybody who has one' 0 "$status"
has 'user1 among them' '^user1 has to' "$output"
hasnt 'none that cannot log in by one' '^daemon ' "$output"
policy_add 'change_after_root = yes'
chpasswd <<<"hanako:tG5@hRn8wLvC"
dialogue hanako "assword: => tG5@hRn8wLvC
ode: => $(code_of hanako)
urrent password: => tG5@hRn8wLvC
ew password: => pD3%sKb7yXmF
etype new password: => pD3%sKb7yXmF
\\\$ => exit"
is 'what root set is changed at the next login, where the policy says so' 0 "$status"
has 'and says who wants it' 'an administrator asked for it' "$output"

# The same dialogue at a console and with su; and whom a role's expiry is about.
policy_add '[role web]
members = approver1, admin1
approve = nobody'
run sekisho password expire web --reason 'a member left'
is 'password expire: the members of a role' 0 "$status"
has 'each of them' '^approver1 has to' "$output"
has 'and the other' '^admin1 has to' "$output"
hasnt 'and nobody else' '^user1' "$output"
password=$(password_of approver1)
converse "assword: => $password
ode: => !sandbox-code --next approver1
urrent password: => $password
ew password: => kR7%wNd2ySbH
etype new password: => kR7%wNd2ySbH
\\\$ => exit" login -h '' approver1
is 'login asks for the change, then opens the session' 0 "$status"
password=$(password_of admin1)
converse "assword: => $password
ode: => !sandbox-code --next admin1
urrent password: => $password
ew password: => hV4!tGp8zKcMwQ2x
etype new password: => hV4!tGp8zKcMwQ2x" setpriv --reuid user1 --regid user1 --init-groups su admin1 -c 'id -un'
is 'su does too' 0 "$status"
has 'and becomes who it said' '^admin1' "$(tr -d '\r' <<<"$output")"
is 'neither is asked again' '0 0' "$(for who in approver1 admin1; do
    sekisho user show $who | grep -c 'changed at the next login'; done | xargs)"

# ---- accounts that end ----------------------------------------------------------------------------

day=$(date -ud '10 minutes' +%F) # today, unless today is nearly over
run sekisho user add taro --until "$day" --no-invitation
is 'an end is given without an invitation' 0 "$status"
dialogue taro "assword: => $other
ode: => $(code_of taro)
urrent password: => ^C"
has 'on its last day the account works' 'urrent password' "$output"
sandbox-clock "+$(($(date -ud "$day 1 day" +%s) - $(date +%s)))s"
dialogue taro "assword: => $other
ode: => $(code_of taro)"
isnt 'then not' 0 "$status"
is 'because it ended' account-ended "$(why taro)"
converse "assword: => $other
ode: => $(code_of taro)" setpriv --reuid user1 --regid user1 --init-groups su taro -c true
has 'su says so, and names the last day' "account ended on $day \(UTC\)" "$output"
has 'the list shows it' 'taro .*ENDED' "$(sekisho user list)"
run sekisho user add taro --until "$(date -ud '2 years' +%F)" --no-invitation
dialogue taro "assword: => $other
ode: => $(code_of taro)
urrent password: => ^C"
has 'extended: it works again' 'urrent password' "$output"

sandbox-daemon stop
run sekisho user add jiro --yes --verified-by reception
is 'without the daemon: no invitation' 3 "$status"
has 'and no password either' '^jiro:!' "$(getent shadow jiro)"
sandbox-daemon start
run sekisho audit paper devices --verify --output "$work/devices.csv"
is 'the register of devices made of the log alone is that of the store' 0 "$status"
run sekisho audit paper accounts --verify --output "$work/accounts.csv"
is 'the register of accounts made of the log alone is that of the store' 0 "$status"

done_testing
