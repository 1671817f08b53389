#!/bin/bash
# What confirms a change of the login stack, on the real programs: a login at the console does; a job of
# cron, an unlocked screen and a second channel of a connection that was there before do not, whoever
# they run as.
. "$(dirname "$0")/../lib/assert.sh"
sandbox_enter --plain -- "$@"
export LANG=C.UTF-8
. "$SANDBOX_TREE/tests/lib/setup-host.sh"

host_files
host_install || fail 'installed'
services_enrol || fail 'enrolled'
pending() { [ -e $setup/pending ]; }
reasons() { sekisho log --json --event change.confirm --limit 20 | grep -oE '"event.reason":"[a-z-]+"' | cut -d'"' -f4 | sort -u | tr '\n' ' '; }
confirm='sudo sekisho setup --confirm'

# A connection of before, by password alone, that stays open.
SANDBOX_TIMEOUT=20 sandbox-ssh -o ControlMaster=yes -o ControlPath=$run/master -o ControlPersist=300 \
    -o PreferredAuthentications=password admin1 - true >$run/opened 2>&1
is 'a connection before the change' 0 $?
run sekisho setup --yes --profile everybody
is 'setup' 0 "$status"

# ---- cron ------------------------------------------------------------------------------------------
printf '* * * * * admin1 (sudo -n sekisho setup --confirm; echo ended $?) >>%s 2>&1\n' /tmp/confirm.cron >/etc/cron.d/confirm
rm -f /tmp/confirm.cron
sandbox-clock +$((118 - $(date +%-S)))s
cron -f >/dev/null 2>&1 &
cron=$!
eventually 15 grep -q ended /tmp/confirm.cron
kill $cron
wait $cron 2>/dev/null
rm /etc/cron.d/confirm
has "cron: the administrator's job ran" 'ended [1-9]' "$(cat /tmp/confirm.cron)"
run pending
is 'cron: it confirmed nothing' 0 "$status"
printf '* * * * * root (sekisho setup --confirm; echo ended $?) >>%s 2>&1\n' /tmp/confirm.cron >/etc/cron.d/confirm
rm -f /tmp/confirm.cron
sandbox-clock +$((118 - $(date +%-S)))s
cron -f >/dev/null 2>&1 &
cron=$!
eventually 15 grep -q ended /tmp/confirm.cron
kill $cron
wait $cron 2>/dev/null
rm /etc/cron.d/confirm
has "cron: root's job ran, and was told how it is done" 'log in anew' "$(cat /tmp/confirm.cron)"
run pending
is 'cron: nor did that' 0 "$status"

# ---- a second channel --------------------------------------------------------------------------------
# It calls no PAM: what it runs is in the login of before, which nobody recorded.
run sandbox-ssh -t -o ControlPath=$run/master admin1 auto "$confirm"
isnt 'a second channel of a connection of before: refused' 0 "$status"
has 'because nobody recorded that login' 'log in anew' "$output"
run pending
is 'it still waits' 0 "$status"
ssh -F none -O exit -o ControlPath=$run/master admin1@127.0.0.1 2>/dev/null

# ---- the console ---------------------------------------------------------------------------------------
run sandbox-login -t tty1 admin1 next "$confirm"
has 'a login at the console confirms' 'Confirmed' "$output"
run pending
isnt 'nothing waits any more' 0 "$status"
sandbox-clock +660
run sandbox-ssh user2 -
isnt 'after its time it stays' 0 "$status"

# ---- a login of before that was recorded: a second channel, an unlocked screen --------------------------
SANDBOX_TIMEOUT=20 sandbox-ssh -o ControlMaster=yes -o ControlPath=$run/master -o ControlPersist=300 \
    admin1 next true >$run/opened 2>&1
is 'a connection, with a code' 0 $?
printf '[rule nobody]\nclass = shared\nrefuse = yes\n' >/etc/sekisho/policy.d/nobody.conf
has 'a policy that waits' 'in force until' "$(sekisho policy apply)"
confirm='sudo sekisho policy confirm'
waits() { sekisho status | grep -q 'is taken back at'; }
run sandbox-ssh -t -o ControlPath=$run/master admin1 next "$confirm"
has 'a second channel is older than the change' 'older than the change' "$output"
# authenticate only, as the user: right password, right code, and no login.
printf 'auth include sekisho-auth\n' >/etc/pam.d/locker
sessions() { sekisho log --json --user admin1 --event session.open --limit 100 | wc -l; }
before=$(sessions)
run env SANDBOX_PASSWORDS='Gate+admin1-1601!' SANDBOX_CODES="$(sandbox-code --next admin1)" SANDBOX_TIMEOUT=10 \
    setpriv --reuid admin1 --regid admin1 --init-groups \
    /usr/lib/sekisho-sandbox/dialogue.exp pamtester locker admin1 authenticate
is 'the screen is unlocked' 0 "$status"
is 'that opened no session' "$before" "$(sessions)"
run sandbox-ssh -t -o ControlPath=$run/master admin1 next "$confirm"
has 'and makes no new login of the old one' 'older than the change' "$output"
run waits
is 'it waits still' 0 "$status"
has 'each refusal is a record with its reason' 'not-identified .*opened-before' "$(reasons)"
run sandbox-login -t tty1 admin1 next "$confirm"
has 'a login at the console confirms that, too' 'Confirmed' "$output"
run waits
isnt 'nothing waits any more' 0 "$status"
ssh -F none -O exit -o ControlPath=$run/master admin1@127.0.0.1 2>/dev/null
done_testing
