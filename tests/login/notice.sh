#!/bin/bash
# The notice before login, in real logins: before the first prompt, the same for names that do not
# exist, in the records, in sshd's Banner, in Japanese where that can be shown, and gone with the
# policy that had it.
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

# of EVENT FIELD: of user1's newest record of that kind.
of() { records --user user1 --event "$1" --limit 1 | field "$2"; }

shape sandbox-ssh user1 next
hasnt 'without a notice nothing is shown' 'recorded' "$output"
is 'nor named in a record' - "$(of access.account sekisho.notice.version)"
is 'nor laid out' no "$([ -e /run/sekisho/notice ] && echo yes || echo no)"
run sekisho notice
is 'nor printed' 1 "$status"

apply '[notice]' 'version = 2026-1' 'text = Use of this host is recorded, kept and examined.' \
    '  Who goes on agrees.' 'text_ja = 証跡の取得、保存、点検及び分析を行います。'
shape sandbox-ssh user1 next
is 'ssh: let in' 'password code in' "$shape"
is 'ssh: all of it stands before the first prompt' 'Use Who Password' \
    "$(grep -oE '^Use|^Who|Password' <<<"$(tr -d '\r' <<<"$output" | sed 's/^(.*) //')" | head -3 | tr '\n' ' ' | sed 's/ $//')"
is 'ssh: once' 1 "$(grep -c 'Use of this host' <<<"$output")"
is 'ssh: the record names the version' 2026-1 "$(of access.account sekisho.notice.version)"
is 'ssh: and that it was acknowledged' true "$(of access.account sekisho.notice.acknowledged)"
is 'ssh: as evidence of LOG-2' yes "$(records --user user1 --event access.account --limit 1 | grep -q '"LOG-2"' && echo yes)"

# Nothing of it depends on the account.
for name in user2 no-such-user; do
	run sandbox-ssh -P wrong $name -
	sed "s/$name/NAME/g" <<<"$output" >"$work/$name"
done
is 'ssh: an unknown name sees the same' "$(<"$work/user2")" "$(<"$work/no-such-user")"
has 'ssh: the notice too' 'Who goes on agrees' "$(<"$work/no-such-user")"

shape sandbox-login user1 next
is 'login: let in' 'password code in' "$shape"
has 'login: shown' '^Use of this host is recorded' "$output"
is 'login: recorded' '2026-1 true' "$(of access.account sekisho.notice.version) $(of access.account sekisho.notice.acknowledged)"
passwords=$(password_of user2) codes=$(codes_of user2 next) shape dialogue --as user1 su user2 -c id
hasnt 'su: not shown again' 'Use of this host' "$output"
passwords=$(password_of user1) codes=$(codes_of user1 next) shape dialogue --as user1 sudo id
hasnt 'sudo: not shown again' 'Use of this host' "$output"

# sshd's password method shows what PAM says when all is over.
sandbox-sshd start 2301 'PasswordAuthentication yes' 'KbdInteractiveAuthentication no'
run sandbox-ssh -p 2301 -o PreferredAuthentications=password user1 -
is 'the password method: shown, acknowledged by nobody' '2026-1 -' \
    "$(of authentication.code sekisho.notice.version) $(of authentication.code sekisho.notice.acknowledged)"
run sandbox-ssh -k -P 'Gate+svc1-1601!' svc1 -
is 'a key login has no conversation: nothing is claimed' - \
    "$(records --user svc1 --event access.account --limit 1 | field sekisho.notice.version)"
has 'check says so' 'login by SSH key alone is not told' "$(sekisho check --full 2>&1 | tr -s ' \n' ' ')"

sandbox-daemon stop
run sandbox-ssh -P wrong user1 -
has 'while the daemon is away it is shown all the same' 'Use of this host' "$output"
sandbox-daemon start

# ---- sshd's Banner ---------------------------------------------------------------------------------

apply '[notice]' 'version = 2026-2' 'text = Use is examined.' 'sshd_banner = yes'
has 'check: sshd does not show it yet' 'Banner none is not the notice in force' "$(sekisho check --full 2>&1 | tr -s ' \n' ' ')"
sekisho notice --output /etc/sekisho/banner
is 'the banner is the text' 'Use is examined.' "$(</etc/sekisho/banner)"
sed -i '1i Banner /etc/sekisho/banner' /etc/ssh/sshd_config
has 'check: it is the one' 'sshd shows the notice \(version 2026-2\)' "$(sekisho check --full 2>&1 | tr -s ' \n' ' ')"
sandbox-sshd start 2300 'Banner /etc/sekisho/banner'
run sandbox-ssh -p 2300 -o LogLevel=INFO -k svc1 -
is 'a key login sees the Banner' 1 "$(grep -c 'Use is examined' <<<"$output")"
is 'its record names it' '2026-2 true' "$(records --user svc1 --event access.account --limit 1 | field sekisho.notice.version) $(records --user svc1 --event access.account --limit 1 | field sekisho.notice.banner)"
shape sandbox-ssh -p 2300 -o LogLevel=INFO user1 next
is 'a dialogue shows it once' 1 "$(grep -c 'Use is examined' <<<"$output")"
is 'and acknowledges it' true "$(of access.account sekisho.notice.acknowledged)"
echo 'Other text' >/etc/sekisho/banner
has 'check: another text is found' 'is not the notice in force' "$(sekisho check --full 2>&1 | tr -s ' \n' ' ')"

# ---- Japanese ----------------------------------------------------------------------------------------

apply '[host]' 'language = ja' '[notice]' 'version = 2026-3' 'text = Use is recorded.' 'text_ja = 証跡の取得、保存、点検及び分析を行います。'
run sandbox-ssh -P wrong user1 -
has 'Japanese: shown' '証跡の取得、保存、点検及び分析' "$output"
passwords=wrong codes= run dialogue pamtester -I tty=/dev/tty1 login user1 authenticate
has 'a console that shows ASCII: English' 'Use is recorded' "$output"
is 'as asked for' 'Use is recorded.' "$(sekisho notice --lang en)"

rm $policy
sekisho policy apply >/dev/null
is 'without it in the policy it is gone' no "$([ -e /run/sekisho/notice ] && echo yes || echo no)"
shape sandbox-ssh user1 next
hasnt 'and not shown' 'recorded' "$output"
"$SANDBOX_BUILD/tests/redecide" /var/lib/sekisho >"$work/again" 2>&1
is 'all of it is decided again the same' 0 $?
done_testing
