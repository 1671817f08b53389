#!/bin/bash
# A host that speaks Japanese: logins over ssh and at the console, the commands of a person whose
# locale is Japanese, tables of wide characters. And who speaks which language to whom.
. "$(dirname "$0")/../lib/assert.sh"
sandbox_enter "$@"
tools=$SANDBOX_TREE/tests/lib
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"

# as USER LOCALE CMD...: with that person's identity, without a login.
as()
{
	local user=$1 locale=$2

	shift 2
	setpriv --reuid "$user" --regid "$user" --init-groups --reset-env -- env LANG="$locale" "$@"
}

# converse SCRIPT CMD...: see converse.exp.
converse()
{
	printf '%s\n' "$1" >"$work/script"
	chmod 644 "$work/script"
	shift
	run "$tools/converse.exp" "$work/script" "$@"
}

# ssh_in USER CMD...: of a client whose terminal shows UTF-8.
ssh_in()
{
	local user=$1

	shift
	env LC_ALL=C.UTF-8 ssh -F none -p 2222 -o StrictHostKeyChecking=no \
	    -o UserKnownHostsFile=/dev/null -o GlobalKnownHostsFile=/dev/null \
	    -o PubkeyAuthentication=no -o NumberOfPasswordPrompts=1 "$user@127.0.0.1" "$@"
}
export -f as ssh_in

# Lines with three English words in a row that are no command, path or example.
english()
{
	sed -E 's/「[^」]*」//g; s/(sekisho|systemctl|journalctl|sudo|chown|namei)( [A-Za-z0-9:._/-]+)+//g' |
		grep -E '(^|[^-A-Za-z0-9/._])[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}([ .,:]|$)'
}

# Where the columns of a table begin on a terminal must be the same in each of its lines.
aligned()
{
	python3 -c '
import re, sys, unicodedata
def starts(line):
    at, found, gap = 0, [], 2
    for c in line:
        if c == " ":
            gap += 1
        else:
            if gap >= 2:
                found.append(at)
            gap = 0
        at += 2 if unicodedata.east_asian_width(c) in "WF" else 1
    return found
lines = [l.rstrip("\n") for l in sys.stdin]
bad = [l for l in lines if starts(l) != starts(lines[0])]
print("\n".join(bad))
sys.exit(len(lines) < 2 or len(starts(lines[0])) < 3 or bool(bad))'
}

printf '[host]\nlanguage = ja\n[officer 関所花子]\ncontact = 内線 1601\n' >/etc/sekisho/policy.d/ja.conf
run sekisho policy apply
is 'the policy speaks Japanese' 0 "$status"

# ---- logins --------------------------------------------------------------------------------------

converse 'assword: => Gate+user1-1601!
コード: => !sandbox-code --next user1' bash -c 'ssh_in user1 id -un'
is 'ssh: asked for the code in Japanese, and let in' 0 "$status"
has 'ssh: as that user' '^user1' "$output"
hasnt 'ssh: no prompt of ours is English' 'Code:' "$output"
converse "assword: => Gate+user1-1601!
コード: => 000" bash -c 'ssh_in user1 id -un'
is 'ssh: a wrong code' 255 "$status"
hasnt 'ssh: what OpenSSH shows as numbers is not sent' '[\][0-3][0-7][0-7]' "$output"
has 'ssh: so the reason is in ASCII' 'That code is not right' "$output"
sekisho user suspend user2 >/dev/null
converse 'assword: => Gate+user2-1601!
コード: => !sandbox-code --next user2' bash -c 'ssh_in user2 id -un'
has 'ssh: nor when account management refuses' 'This account is suspended' "$output"
sekisho user resume user2 >/dev/null
run env SANDBOX_LANG=C.UTF-8 sandbox-ssh -k -o LogLevel=INFO user1 -
is 'ssh: a key alone' 255 "$status"
has 'ssh: is told why, and what to do' \
    '鍵による主体認証は成功しましたが、コードも必要です。「ssh -o PreferredAuthentications=' "$output"
converse 'assword: => Gate+user1-1601!
コード: => 000000
login: => ^C' env LC_ALL=C.UTF-8 login user1
has 'console: a wrong code' 'コードが正しくありません。' "$output"
for _ in 1 2 3 4 5; do sandbox-login -P wrong user2 - >/dev/null; done
run sandbox-login -P wrong user2 -
has 'the kernel'"'"'s own console shows no Japanese, and gets English' \
    'Too many failed attempts .* until [0-9]{2}:[0-9]{2}:[0-9]{2}\..*administrator' "$output"
for _ in 1 2 3 4 5; do sandbox-login -t pts -P wrong user2 - >/dev/null; done
run sandbox-login -t pts -P wrong user2 -
has 'a terminal: locked, until when, and how one gets in' \
    '失敗が上限に達しました。[0-9]{2}:[0-9]{2}:[0-9]{2} まで.*以前にログオン.*管理者' "$output"

# ---- the commands of a person ---------------------------------------------------------------------

ja=ja_JP.UTF-8
left=
while read -r noun verb _; do
	left+=$(LANG=$ja sekisho $noun ${verb//[!a-z-]*/} --help | english)
done < <(sekisho --help | sed -nE 's/^  ([a-z-]+( [a-z-]+)?).*/\1/p')
is 'no English in any help' '' "$left"
for command in --help status 'user list' 'user show user1' 'factor list user1' 'session list' \
    check 'policy show --sentences' 'policy history' 'explain user1 --service sshd' \
    'report nonsense' 'policy check /etc/hostname' 'user suspend nobodyhere' 'break-glass print'; do
	run env LANG=$ja sekisho $command
	has "Japanese: $command" '(の|を|に|す|ま|識別|機器)' "$output"
	is "and no English: $command" '' "$(english <<<"$output")"
done
for command in 'user list' 'factor list user1'; do
	run bash -c "LANG=$ja sekisho $command | $(declare -f aligned); :"
	is "columns of wide characters are aligned: $command" '' \
	    "$(LANG=$ja sekisho $command | aligned || echo 'not aligned')"
done
run bash -c "LANG=$ja sekisho policy show --sentences"
has 'the purpose is that of the Japanese text' '主体認証情報格納装置（認証用の機器）' "$output"

converse '同意しますか => はい
登録済みの機器のコード => !sandbox-code --next user1
現在表示されているコード => ^C' bash -c "as user1 $ja sekisho enroll"
has 'enrolment shows the purpose before it asks' '本ホストは、ログインする者が本人である' "$output"
is 'enrolment asks nothing in English' '' "$(english <<<"$output")"
run as user1 $ja sekisho report incident --text '画面に見慣れない表示'
has 'a report, and who is told' '届出を証跡に記録しました。届出先: 関所花子 \(内線 1601\)' "$output"
run env LANG=$ja sekisho log --user user1 --limit 1
has 'what was typed in Japanese is in the log' '画面に見慣れない表示' "$output"

# ---- who speaks which language ---------------------------------------------------------------------

run as user1 C.UTF-8 sekisho enroll --json </dev/null
has 'where the user chose none, the daemon speaks the language of the host' '本ホストは' "$output"
run as user1 en_US.UTF-8 sekisho enroll --json </dev/null
has 'who chose English gets English of a Japanese host' 'To make sure that it is you' "$output"
run env LANG=$ja sekisho factor list user1 --json
has 'programs get the words that never change' '"state":"active"' "$output"
rm /etc/sekisho/policy.d/ja.conf
run sekisho policy apply
is 'the policy speaks English again' 0 "$status"
run env LANG=$ja sekisho user unlock user2
has 'who chose Japanese gets Japanese of an English host' 'user2 は再びログインできます' "$output"
run env LANG=$ja sekisho log --reason "$(printf 'x%.0s' {1..50})"
has 'of the worker too' '^そのような事象' "$output"
converse 'assword: => Gate+user1-1601!
Code: => !sandbox-code --next user1' bash -c 'ssh_in user1 id -un'
is 'the prompts of an English host stay English' 0 "$status"

done_testing
