#!/bin/bash
# Changes to the system become records: what was edited, added, removed, given other rights. What
# only looks like a change is none, and what cannot be looked at is said.
. "$(dirname "$0")/lib.sh"
hazard_enter -- "$@"

# survey WHAT: a survey now; $since is where the log stood.
survey()
{
	since=$(log_size)
	run timeout 180 sekisho check --changes
	[ -n "$1" ] && is "$1" "$2" "$status"
}

# changed PATH REGEX...: the record of this survey about PATH matches.
changed()
{
	recorded "$since" ' system.change ' "\"file.path\":\"$1\"" "${@:2}"
}

changes()
{
	log_since "$since" | count ' system.change '
}

cat >>/etc/sekisho/policy.conf <<'END'

[changes]
every = 1h
watch = /var/srv/watched /var/srv/pattern-*
ignore = /tmp /work /usr/share /usr/lib/python3* /usr/lib/gcc /usr/lib/llvm* /usr/include
  /usr/src /proc /var/srv/watched/ignored /root /var/lib/apt /var/cache /nix /opt
END
mkdir -p /var/srv/watched
echo one >/var/srv/watched/file
sekisho policy apply >/dev/null || fail 'the policy applies'

survey 'the first survey: nothing has changed' 0
is 'each area has its baseline' 11 "$(log_since "$since" | count ' system.baseline ' '"event.reason":"first"')"
is 'and no change' 0 "$(changes)"
figure 'first survey, files' "$(sekisho status --json | grep -o '"files":[0-9]*')"
survey 'the second one: nothing has' 0
is 'and no record at all is written' 0 "$(log_since "$since" | count ' system[.]')"

# ---- what only looks like a change -----------------------------------------------------------------

touch /etc/sudoers /etc/pam.d/sshd /etc/passwd
cp -p /etc/ssh/sshd_config "$work/c" && cp -p "$work/c" /etc/ssh/sshd_config
mkdir /var/srv/watched/ignored && echo x >/var/srv/watched/ignored/y
survey 'touched, and written again with the same content: no change' 0
is 'no record' 0 "$(changes)"

# ---- real changes, one of each kind ----------------------------------------------------------------

before=$(sha256sum </etc/sudoers)
size=$(stat -c %s /etc/sudoers)
echo 'user1 ALL=(ALL) NOPASSWD: ALL' >>/etc/sudoers
after=$(sha256sum </etc/sudoers)
echo 'auth sufficient pam_permit.so' >/etc/pam.d/backdoor
sed -i 's/^PasswordAuthentication.*//' /etc/ssh/sshd_config
echo 'PermitRootLogin yes' >>/etc/ssh/sshd_config
useradd -M intruder
install -m 4755 /bin/true /usr/bin/setuid-new
cp /bin/true /usr/bin/caps-new && setcap cap_setuid+ep /usr/bin/caps-new
home=$(getent passwd admin1 | cut -d: -f6)
install -d -m 700 -o admin1 "$home/.ssh"
echo 'ssh-ed25519 AAAA intruder' | install -m 600 -o admin1 /dev/stdin "$home/.ssh/authorized_keys"
printf '[Service]\nExecStart=/bin/true\n' >/etc/systemd/system/x.service
mkdir -p /etc/systemd/system/multi-user.target.wants
ln -s /etc/systemd/system/x.service /etc/systemd/system/multi-user.target.wants/x.service
chmod 666 /etc/nsswitch.conf
chown user1 /etc/login.defs
echo x >>/var/lib/dpkg/status
printf '\0' >>/usr/bin/sekisho
echo two >>/var/srv/watched/file
echo new >/var/srv/pattern-1
survey 'changes are found' 1
has 'and how many' '[0-9]+ changes' "$output"
changed /etc/sudoers '"event.reason":"content"' '"sekisho.change.area":"sudo"' \
    "\"sekisho.change.before.sha256\":\"${before%% *}\"" "\"file.hash.sha256\":\"${after%% *}\"" \
    "\"sekisho.change.before.size\":$size" '"sekisho.change.bytes":30' '"sekisho.change.lines":1' &&
	pass 'sudoers: digests before and after, bytes and lines' ||
	fail 'sudoers: digests before and after, bytes and lines' "$(log_since "$since" | grep sudoers)"
kinds()
{
	changed "$1" "${@:2}" && pass "$1: ${*:2}" ||
		fail "$1: ${*:2}" "$(log_since "$since" | grep -F "\"$1\"")"
}
kinds /etc/pam.d/backdoor '"event.reason":"added"' '"file.mode":"0644"' '"file.owner":"0:0"'
kinds /etc/ssh/sshd_config '"event.reason":"content"'
kinds /etc/passwd '"event.reason":"content"' '"sekisho.change.lines":1'
kinds /etc/shadow '"event.reason":"content"' '"sekisho.change.area":"accounts"'
kinds /usr/bin/setuid-new '"event.reason":"added"' '"sekisho.change.area":"setuid"' '"file.mode":"4755"'
kinds /usr/bin/caps-new '"event.reason":"added"' '"sekisho.change.area":"setuid"'
kinds "$home/.ssh/authorized_keys" '"event.reason":"content"' '"sekisho.change.area":"authorized-keys"'
kinds /etc/systemd/system/x.service '"event.reason":"added"' '"sekisho.change.area":"units"'
kinds /etc/systemd/system/multi-user.target.wants/x.service '"file.type":"l"'
kinds /etc/nsswitch.conf '"event.reason":"mode"' '"sekisho.change.before.mode":"0644"' '"file.mode":"0666"'
kinds /etc/login.defs '"event.reason":"owner"'
kinds /var/lib/dpkg/status '"sekisho.change.area":"packages"'
kinds /usr/bin/sekisho '"sekisho.change.area":"sekisho"'
kinds /var/srv/watched/file '"sekisho.change.area":"watch"' '"sekisho.change.lines":1'
kinds /var/srv/pattern-1 '"event.reason":"added"'
hasnt 'nothing of what stands in a file is in the log' 'AAAA intruder|NOPASSWD' "$(log_since "$since")"
survey 'each is recorded once' 0
is 'and not again' 0 "$(changes)"

rm /usr/bin/setuid-new /etc/pam.d/backdoor "$home/.ssh/authorized_keys" /var/srv/pattern-1
setcap -r /usr/bin/caps-new
chmod 4755 /usr/bin/caps-new
survey 'removals are found' 1
kinds /usr/bin/setuid-new '"event.reason":"removed"' '"sekisho.change.before.mode":"4755"'
kinds /etc/pam.d/backdoor '"event.reason":"removed"'
kinds "$home/.ssh/authorized_keys" '"event.reason":"removed"'
kinds /usr/bin/caps-new '"sekisho.change.what":\["mode","capability"\]'

# ---- what cannot be looked at ----------------------------------------------------------------------

mkfifo /var/srv/watched/fifo
ln -s loop /var/srv/watched/loop
ln -s /dev/zero /var/srv/watched/zero
truncate -s 200M /var/srv/watched/huge
mkdir -p "/var/srv/watched/$(printf 'd/%.0s' {1..60})"
printf 'x' >"/var/srv/watched/"$'odd\nname'
(while :; do date +%N >>/var/srv/watched/busy; done) &
busy=$!
survey 'a fifo, a loop, a device, a huge file, a deep tree, a busy one: it ends' 1
kill $busy && wait $busy 2>/dev/null
kinds /var/srv/watched/fifo '"file.type":"p"'
kinds /var/srv/watched/loop '"file.type":"l"'
kinds /var/srv/watched/zero '"file.type":"l"'
kinds /var/srv/watched/huge '"sekisho.change.unread":true' '"file.size":209715200'
kinds '/var/srv/watched/odd.name' '"event.reason":"added"'
has 'that the tree was too deep is said' 'not all of watch' "$(tail -20 /var/log/sekisho-policyd.log)"
rm -r /var/srv/watched/d /var/srv/watched/busy

# ---- an upgrade -----------------------------------------------------------------------------------

survey ''
for ((n = 0; n < 300; n++)); do
	echo "$n" >"/var/srv/watched/f$n"
done
survey 'three hundred files at once' 1
is 'a hundred are named, the rest are one record' 101 "$(changes)"
recorded "$since" ' system.change ' '"event.reason":"many"' '"sekisho.count":200' \
    '"sekisho.change.added":200' '"sekisho.change.digest":"[0-9a-f]{64}"' &&
	pass 'which has their number and a digest' || fail 'which has their number and a digest'
survey 'and each only once' 0

# ---- mounts: nothing hides below one, and none is walked for ever ----------------------------------

mkdir -p /var/srv/box/in && install -m 4755 /bin/true /var/srv/box/hidden
mount --bind /var/srv/box /var/srv/box
mount --rbind /var/srv /var/srv/box/in
survey 'a directory mounted on itself, and its parent below it' 1
kinds /var/srv/box/hidden '"event.reason":"added"' '"sekisho.change.area":"setuid"'
umount -l /var/srv/box/in && umount /var/srv/box

# ---- another policy is no change -------------------------------------------------------------------

mkdir /var/srv/other && echo a >/var/srv/other/a
sed -i 's,^watch = .*,watch = /var/srv/watched /var/srv/other,' /etc/sekisho/policy.conf
echo three >>/var/srv/watched/file
sekisho policy apply >/dev/null
survey 'other files to watch' 1
is 'are a new baseline' 1 "$(log_since "$since" | count ' system.baseline ' '"event.reason":"policy"')"
kinds /var/srv/watched/file '"event.reason":"content"'
changed /var/srv/other/a && fail 'what is watched now did not appear now' || pass 'what is watched now did not appear now'
# By itself, in the background: two minutes after a start, when the last one is old enough.
if [ -n "${TORTURE-}" ]; then
	sandbox-daemon restart
	sandbox-clock +2h
	echo four >>/var/srv/watched/file
	since=$(log_size)
	for ((n = 0; n < 60; n++)); do
		sleep 5
		recorded "$since" ' system.change ' '"file.path":"/var/srv/watched/file"' && break
	done
	kinds /var/srv/watched/file '"event.reason":"content"'
fi
has 'the status says when the last survey was' 'Last survey:' "$(sekisho status)"
has 'and the check' 'changes-detected' "$(sekisho check --full)"
sed -i 's,^every = .*,detect = no,' /etc/sekisho/policy.conf
sekisho policy apply >/dev/null
survey 'switched off: refused' 1
has 'and why' 'switched surveys off' "$output"
done_testing
