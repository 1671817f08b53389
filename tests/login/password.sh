#!/bin/bash
# New passwords on real programs: passwd by a person and by root, chpasswd, sshd's and login's
# forced change; what is refused and why, in both languages; side by side with pam_pwquality.
. "$(dirname "$0")/../lib/assert.sh"
sandbox_enter "$@"
. "$assert_lib/login.sh"
short_delays
tools=$SANDBOX_TREE/tests/lib
policy_add '[password]
filters = common'

first='Gate+user1-1601!' good='kX7#mPq2vZtR' better='wL3$nRb8yTqd' best='uJ6%hVc5xMzp'
fresh1='bQ9@rLs4wGvN' fresh2='xH3&dJp8nYtC' fresh3='mV6*kTf2zBqE' fresh4='cR8%yUh5gPsW' fresh4b='jD2=wXn9vKmL' fresh5='hZ7+sBq3nGtR' good2='eK5/vNc9qYrJ'
weak='Dragon2024!' short='kX7#mPq'

person='setpriv --reuid user1 --regid user1 --init-groups --reset-env env LANG=C.UTF-8'

hash_of() { getent shadow "$1" | cut -d: -f2; }
judged() { records --event password.judge --limit 1 | field "$1"; }

# ---- passwd, as the person -------------------------------------------------------------------

before=$(hash_of user1)
converse "urrent password: => $first
ew password: => $weak
ew password: => $short
ew password: => $good
etype new password: => $good" $person passwd
is 'passwd: accepted in the third try' 0 "$status"
has 'passwd: what the rules ask, before it is chosen' 'Wanted: at least 10 characters with capital letters, small letters, digits, symbols.*\. Not one' "$output"
has 'passwd: how strong it is' 'Strength: [1-9][0-9]* of 100' "$output"
has 'passwd: says why the first was not' 'it is a word that is tried first' "$output"
has 'passwd: says why the second was not' 'needs at least 10 characters' "$output"
hasnt 'passwd: never shows what was typed' "$weak" "$output"
isnt 'passwd: it is stored' "$before" "$(hash_of user1)"
is 'passwd: recorded, by whom' 'success 7001 passwd' \
    "$(judged event.outcome) $(judged sekisho.peer.uid) $(judged service.name)"
is 'passwd: and what the refused ones failed' 'length' \
    "$(records --event password.judge --outcome failure --limit 1 | field sekisho.password.failed)"

before=$(hash_of user1)
converse "urrent password: => $good
ew password: => kX7#mPq2vZtS
ew password: => $short
ew password: => $weak" $person passwd
isnt 'passwd: three refusals are enough' 0 "$status"
has 'passwd: one character more is no other password' 'differ from the one you have now' "$output"
is 'passwd: nothing changed' "$before" "$(hash_of user1)"

converse "urrent password: => $good
ew password: => $better
etype new password: => $best
ew password: => $better
etype new password: => $better" $person passwd
is 'passwd: typed differently the second time, asked again' 0 "$status"

# Accepted, and cut off before it was stored: the next contact says so, to the log and the person.
before=$(hash_of user1)
converse "urrent password: => $better
ew password: => $good2
etype new password: => ^K" $person passwd
is 'passwd: cut off, nothing changed' "$before" "$(hash_of user1)"
converse "urrent password: => $better
ew password: => $good2
etype new password: => $good2" $person passwd
is 'passwd: the same again is accepted' 0 "$status"
has 'passwd: it says that the change before was cut off' 'Your last change of the password was cut off' "$output"
stored() { records --event password.stored --limit 1 | field "$1"; }
is 'and so does the log' 'failure not-stored user1' "$(stored event.outcome) $(stored event.reason) $(stored user.name)"
converse "urrent password: => $good2
ew password: => $weak
ew password: => ^K" $person passwd
hasnt 'passwd: a change that was complete: nothing is said' 'was cut off' "$output"
is 'but in the log' 'success ok' "$(stored event.outcome) $(stored event.reason)"

# ---- as root -----------------------------------------------------------------------------------

converse "ew password: => $weak
ew password: => $fresh5
etype new password: => $fresh5" passwd user1
is 'passwd of root: judged too' 0 "$status"
has 'passwd of root: and refused' 'This password is not accepted' "$output"
before=$(hash_of user1)
run chpasswd <<<"user1:$weak"
isnt 'chpasswd: refused' 0 "$status"
is 'chpasswd: nothing changed' "$before" "$(hash_of user1)"
run chpasswd <<<"user1:$best"
is 'chpasswd: accepted' 0 "$status"
is 'chpasswd: nobody chooses there, nothing is said' '' "$output"
run chpasswd <<<"admin1:$good"
isnt 'chpasswd: twelve characters are too few for an administrator' 0 "$status"
is 'chpasswd: nothing else is wrong with it' length "$(judged sekisho.password.failed)"

# ---- not a second time ---------------------------------------------------------------------------

run chpasswd <<<"user1:$good"
isnt 'one that user1 had before: refused' 0 "$status"
has 'and why' 'You had it before' "$output"
is 'recorded' used-before "$(judged sekisho.password.failed)"
run chpasswd <<<"user1:$first"
run chpasswd <<<"user1:$best"
is 'the newest one may be set again' 0 "$status"
both='pN5!jFw8cKzRtQ'
run chpasswd <<<"admin1:$both"
is 'admin1 has one of its own' 0 "$status"
run chpasswd <<<"user1:$both"
isnt 'which the same person must not use for user1' 0 "$status"
is 'as of another account' other-account "$(judged sekisho.password.failed)"
run chpasswd <<<"user2:$both"
is 'another person may' 0 "$status"
# What the host's module had before Sekisho judged anything counts, once its owner has typed it.
old='Old-before-99xyz'
usermod -p "$(perl -e 'print crypt($ARGV[0], q($6$before$))' "$old")" user2
new='sT4?gWm7vXkD'
person2=${person//user1/user2}
converse "urrent password: => $old
ew password: => $new
etype new password: => $new" $person2 passwd
run chpasswd <<<"user2:$old"
isnt 'one from before Sekisho: refused' 0 "$status"
is 'as used before' used-before "$(judged sekisho.password.failed)"
sandbox-daemon kill 2>/dev/null || sandbox-daemon stop
sandbox-daemon start 2>/dev/null
run chpasswd <<<"user2:$old"
is 'after the daemon was killed: still' used-before "$(judged sekisho.password.failed)"

# ---- the forced change --------------------------------------------------------------------------

code() { sandbox-clock +30s && sandbox-code user1; }
chage -d 0 user1
converse "assword: => $best
ode: => $(code)
urrent password: => $best
ew password: => $weak
ew password: => $fresh1
etype new password: => $fresh1
\\\$ => exit" ssh -F none -tt -p 2222 -o LogLevel=ERROR -o StrictHostKeyChecking=no \
    -o UserKnownHostsFile=/dev/null -o PubkeyAuthentication=no \
    -o PreferredAuthentications=keyboard-interactive user1@127.0.0.1
is 'sshd: a password that has to be changed is, in the same dialogue' 0 "$status"
has 'sshd: the reason arrives' 'it is a word that is tried first' "$output"
is 'sshd: recorded as the person'"'"'s' 'success sshd' "$(judged event.outcome) $(judged service.name)"

# sshd runs as root: that does not make the change root's, whatever root may do.
policy_add 'enforce_for_root = no'
chage -d 0 user1
before=$(hash_of user1)
converse "assword: => $fresh1
ode: => $(code)
urrent password: => $fresh1
ew password: => $weak
ew password: => $short
ew password: => $weak" ssh -F none -tt -p 2222 -o LogLevel=ERROR -o StrictHostKeyChecking=no \
    -o UserKnownHostsFile=/dev/null -o PubkeyAuthentication=no -o NumberOfPasswordPrompts=1 \
    -o PreferredAuthentications=keyboard-interactive user1@127.0.0.1
isnt 'sshd: no weak one, where only root may' 0 "$status"
is 'sshd: and nothing changed' "$before" "$(hash_of user1)"
run chpasswd <<<"user1:$weak"
is 'root may, where the policy says so' 0 "$status"
is 'and the record says that it is weak' 'success weak-password' \
    "$(judged event.outcome) $(judged event.reason)"
sed -i '/^enforce_for_root = /d' /etc/sekisho/policy.conf
run sekisho policy apply
run chpasswd <<<"user1:$fresh2"
is 'a strong one again' 0 "$status"
chage -d 0 user1
converse "login: => user1
assword: => $fresh2
ode: => $(code)
urrent password: => $fresh2
ew password: => $short
ew password: => $fresh3
etype new password: => $fresh3
\\\$ => exit" login
is 'login: the same' 0 "$status"
has 'login: with the reason' 'needs at least 10 characters' "$output"

# ---- words on the line, other modules before it -------------------------------------------------

printf 'password required pam_sekisho.so use_authtok\npassword required pam_permit.so\n' >/etc/pam.d/judge
run "$SANDBOX_BUILD/tests/chauthtok" judge user1 <<<"$fresh4"
has 'use_authtok without a module that asked: refused' '^no' "$output"
pwquality=$SANDBOX_BUILD/packages/pam_pwquality.so
[ -e "$pwquality" ] || fail 'pam_pwquality is there' 'make deps fetches it'
printf 'password requisite %s retry=1 minlen=6\npassword requisite pam_sekisho.so use_authtok\npassword required pam_permit.so\n' \
    "$pwquality" >/etc/pam.d/judge
run "$SANDBOX_BUILD/tests/chauthtok" judge user1 <<<"$fresh4"
has 'behind another module: its password is judged' '^yes' "$output"
run "$SANDBOX_BUILD/tests/chauthtok" judge user1 <<<"$weak"
has 'and refused' '^no	This password is not accepted' "$output"
sed -i 's/use_authtok/use_autok/' /etc/pam.d/judge
run "$SANDBOX_BUILD/tests/chauthtok" judge user1 <<<"$fresh4"
has 'a misspelt word: everything is refused' '^no' "$output"

# Where others store the password, as SSSD or a directory does: tests/lib/libstore.c stands for them.
store="password required $SANDBOX_BUILD/tests/libstore.so"
elsewhere() # LINE... -- PASSWORD: through a stack of these lines and the store; what it got is in $got
{
	: >/etc/pam.d/judge
	: >/run/stored
	while [ "$1" != -- ]; do
		echo "password requisite $1" >>/etc/pam.d/judge
		shift
	done
	echo "$store" >>/etc/pam.d/judge
	run "$SANDBOX_BUILD/tests/chauthtok" judge user2 <<<"$2"
	got=$(cat /run/stored)
}
away1='fN7@kWq3xRbL' away2='gP4#mYt8vCdJ'
elsewhere pam_sekisho.so -- "$weak"
has 'stored elsewhere: a weak one is refused' '^no' "$output"
is 'and never comes there' '' "$got"
elsewhere pam_sekisho.so -- "$away1"
is 'a good one comes there as it was typed' "$away1" "$got"
elsewhere 'pam_sekisho.so try_first_pass' -- "$away2"
is 'try_first_pass, and nobody asked before: it asks' "$away2" "$got"
elsewhere "$pwquality retry=1 minlen=6" 'pam_sekisho.so try_first_pass' -- "$away1"
is 'try_first_pass: what was asked before is judged' 'used-before ' "$(judged sekisho.password.failed) $got"
elsewhere "$pwquality retry=1 minlen=6" 'pam_sekisho.so use_authtok' -- "$away2"
is 'use_authtok: the same, and it comes to the store' "$away2" "$got"
elsewhere pam_sekisho.so "$pwquality use_authtok minlen=6" 'pam_pwhistory.so use_authtok' -- "$away2"
is 'pam_pwquality and pam_pwhistory behind it take what it asked for' "$away2" "$got"

# ---- in Japanese; the command --------------------------------------------------------------------

as_check() { LANG=${1} sekisho password check --user user1 <<<"$2"; }
run as_check C.UTF-8 "$fresh4"
is 'check: would be accepted' '0 This password would be accepted.' "$status $output"
run as_check C.UTF-8 "user1-$short"
is 'check: would not' 1 "$status"
has 'check: all that it fails' "account's name" "$output"
run env LANGUAGE=ja LANG=ja_JP.UTF-8 sekisho password check --user user1 <<<"$weak"
has 'check: in Japanese' '真っ先に試される語です' "$output"
sed -i 's/^\[account user1\]/[host]\nlanguage = ja\n[account user1]/' /etc/sekisho/policy.conf
run sekisho policy apply
run chpasswd <<<"user1:$weak"
has 'chpasswd: in the language of the host' 'このパスワードは使用できません' "$output"
converse "ew password: => $fresh4
etype new password: => ^K" passwd user1
has 'passwd: what the rules ask, in the same' '新しいパスワードは、英大文字、英小文字、数字、記号を含む 10 文字以上です' "$output"
has 'passwd: and how strong it is' '強度: 100 点中 [1-9]' "$output"
sed -i '/^language = ja/d' /etc/sekisho/policy.conf
run sekisho policy apply

# ---- a list that is missing, altered; the daemon away ---------------------------------------------

install -d /etc/sekisho/filter
echo "$fresh4b" >"$work/site"
run sekisho password filter build "$work/site" --output /etc/sekisho/filter/site
sed -i 's/^filters = common/filters = common site/' /etc/sekisho/policy.conf
run sekisho policy apply
run chpasswd <<<"user2:$fresh4b"
isnt 'a list of the site: its words are refused' 0 "$status"
is 'as listed' listed "$(judged sekisho.password.failed)"
printf x | dd of=/etc/sekisho/filter/site bs=1 seek=140 conv=notrunc 2>/dev/null
run chpasswd <<<"user2:$fresh4"
isnt 'an altered list: no password is accepted' 0 "$status"
has 'and the person is told whom to ask' 'Tell an administrator' "$output"
is 'recorded as what it is' password-unchecked "$(judged event.reason)"
has 'the system log names the file' '/etc/sekisho/filter/site was cut off or altered' "$(tail -n 20 /var/log/syslog-capture)"
rm /etc/sekisho/filter/site
run chpasswd <<<"user2:$fresh4"
isnt 'a list that is gone: the same' 0 "$status"
sed -i 's/^filters = common site/filters = common/' /etc/sekisho/policy.conf
run sekisho policy apply

sandbox-daemon stop
before=$(hash_of user1)
run chpasswd <<<"user1:$fresh4"
isnt 'without the daemon: refused' 0 "$status"
has 'without the daemon: the reason is said' 'No password can be changed at the moment' "$output"
converse 'No password can be changed at the moment => ' $person passwd
isnt 'without the daemon: passwd asks for nothing' 0 "$status"
hasnt 'not even for the old one' 'urrent' "$output"
is 'and nothing changed' "$before" "$(hash_of user1)"
sandbox-daemon start

# ---- side by side with pam_pwquality ---------------------------------------------------------------

printf 'password requisite pam_sekisho.so\npassword required pam_permit.so\n' >/etc/pam.d/ours
printf 'password requisite %s retry=1 enforce_for_root minlen=10 dcredit=-1 ucredit=-1 lcredit=-1 ocredit=-1 maxrepeat=3 maxsequence=4 difok=5 usersubstr=4\npassword required pam_permit.so\n' \
    "$pwquality" >/etc/pam.d/theirs
some=20 many=200
# each accepted one would be hashed and kept
sed -i 's/^filters = common/filters = common\nremember = 0/' /etc/sekisho/policy.conf
run sekisho policy apply
[ -z "${TORTURE-}" ] || some=1 many=1000
grep -v '^#!comment' /usr/share/john/password.lst | grep . | awk -v n=$some 'NR % n == 0' >"$work/plain"
/usr/bin/python3 - "$work" "$many" <<'PY'
import random, string, sys
work, many = sys.argv[1], int(sys.argv[2])
random.seed(20261122)
before, after = ("", "", "", "!", "#", "99", "2024"), ("1!", "2024!", "#2025", "123!", "!!99", "@1998", "$7", "!1")
leet = str.maketrans("aeios", "@310$")
with open(work + "/plain") as words, open(work + "/decorated", "w") as out:
    for word in map(str.strip, words):
        word = word[:1].upper() + word[1:]
        if random.random() < 0.4:
            word = word[:1] + word[1:].translate(leet)
        word = random.choice(before) + word + random.choice(after)
        while len(word) < 10:
            word += random.choice("1234567890!#$")
        out.write(word + "\n")
signs = string.ascii_letters + string.digits + "!#$%&()*+-./:;<=>?@[]^_{|}~"
def strong():
    while True:
        word = "".join(random.choice(signs) for _ in range(12))
        if all(any(c in group for c in word) for group in (string.ascii_lowercase, string.ascii_uppercase, string.digits)) and not word.isalnum():
            return word
with open(work + "/strong", "w") as out:
    out.writelines(strong() + "\n" for _ in range(many))
own = ("user", "resu", "gate", "etag") # the person's name and password, and backwards: rightly refused
words = [w.strip() for w in open("/usr/share/dict/cracklib-small", errors="replace")]
words = [w for w in words if w.isalpha() and 4 <= len(w) <= 9 and not any(part in w for part in own)]
with open(work + "/phrases", "w") as out:
    out.writelines(" ".join(random.sample(words, 4)) + "\n" for _ in range(many))
PY
judge() # SERVICE LIST: yes or no for each
{
	"$SANDBOX_BUILD/tests/chauthtok" "$1" user1 <"$work/$2" | cut -f1 >"$work/$2.$1"
	grep -c "$3" "$work/$2.$1"
}
more() # PERCENT WHAT COUNT OF
{
	[ "$((100 * $3))" -ge "$(($1 * $4))" ] && pass "$2 ($3 of $4)" || fail "$2" "only $3 of $4"
}
for list in plain decorated; do
	count=$(wc -l <"$work/$list")
	theirs=$(judge theirs $list no)
	ours=$(judge ours $list no)
	echo "# $list: of $count pam_pwquality refuses $theirs, we $ours"
	is "$list: all that pam_pwquality refuses, we refuse" 0 \
	    "$(paste "$work/$list.theirs" "$work/$list.ours" | grep -c 'no	yes')"
	more 90 "$list: refused" "$ours" "$count"
done
more 90 'random strong ones: pam_pwquality accepts most, so it judges' "$(judge theirs strong yes)" $many
more 99 'random strong ones: accepted' "$(judge ours strong yes)" $many
sed -i 's/^filters = common/filters = common\npassphrase = yes/' /etc/sekisho/policy.conf
run sekisho policy apply
more 99 'passphrases of four words: accepted' "$(judge ours phrases yes)" $many
done_testing
