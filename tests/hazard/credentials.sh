#!/bin/bash
# Keys that the service manager hands out: used instead of the files, never written, and a
# rotation that goes through root's hands and a restart.
. "$(dirname "$0")/lib.sh"
hazard_enter -- "$@"

handed=/run/credentials/sekisho
export CREDENTIALS_DIRECTORY=$handed

# The sandbox's supervisor knows no credentials: the daemon is ours here.
serve()
{
	/usr/sbin/sekisho-policyd >>"$work/daemon" 2>&1 &
	daemon=$!
	sandbox-daemon wait
}

stop()
{
	kill "$daemon" && wait "$daemon"
}

sandbox-daemon stop
mkdir -p -m 700 $handed
mv /etc/sekisho/key $handed/sekisho.key
mv /etc/sekisho/log.key $handed/sekisho.log.key
chmod 400 $handed/*
sum=$(cat $handed/* | sha256sum)
serve
is 'it starts without the files' 0 "$(sekisho status >/dev/null; echo $?)"
is 'and makes none' '' "$(find /etc/sekisho -name key -o -name log.key)"
is 'the log goes on' 1 "$(log_since 0 | count ' log.begin ')"
login_next user1 10.21.0.1
is 'devices open' 1 "$(let_in)"
has 'the list says where they are' "$handed/sekisho.key" "$(sekisho key list)"

run sekisho audit export --to "$work/export" --for 'Audit office' --purpose 'case 7'
is 'what leaves the host is signed with the key that was handed out' 0 "$status"
has 'and names it' '^— .*/audit ' "$(cat "$work"/export/manifest* "$work"/export/*.sig 2>/dev/null)"

# The image of this host was started as another one.
stop
cp /etc/machine-id "$work/machine-id" 2>/dev/null
echo 0123456789abcdef0123456789abcdef >/etc/machine-id
chmod 500 $handed && mount --bind -o ro $handed $handed && mount -o remount,bind,ro $handed
serve
is 'a clone with the same credential starts, and says what it is' 1 "$(sekisho status >/dev/null; echo $?)"
has 'and begins a chain of its own' ' log.begin .*"event.reason":"cloned"' "$(log_since 0 | grep ' log.begin ')"
stop
serve
is 'once' 2 "$(log_since 0 | count ' log.begin ')"
umount $handed && chmod 700 $handed
login_next user1 10.21.0.1
is 'people get in there' 1 "$(let_in)"

# A new sealing key: the command writes it elsewhere and says what is to be done with it.
run sekisho key rotate sealing
is 'a credential is not written' 2 "$status"
has 'and it is said how' '--output FILE' "$output"
run sekisho key rotate sealing --output /run/sekisho.key
is 'the new ring goes where root says' 0 "$status"
has 'with the next steps' 'systemd-creds encrypt --name=sekisho.key' "$output"
is 'for root alone' 600 "$(stat -c %a /run/sekisho.key)"
run sekisho key rotate log
is 'the log key needs a file for that' 1 "$status"
output=
is 'what was handed out is as it was' "$sum" "$(cat $handed/* | sha256sum)"
stop
install -m 400 /run/sekisho.key $handed/sekisho.key
serve
anew()
{
	[ "$(log_since 0 | count ' key.rotate ' '"event.reason":"sealed-anew"')" = 1 ]
}
is 'after a restart all is sealed anew' yes "$(eventually 10 anew && echo yes)"
is 'and the change is recorded as found' 1 "$(log_since 0 | count ' key.rotate ' '"event.reason":"found"')"
login_next user1 10.21.0.1
is 'devices open' 1 "$(let_in)"

# Without the credential, and without the file, it does not start and makes no other key.
stop
rm $handed/sekisho.key
run timeout 10 /usr/sbin/sekisho-policyd
is 'without its key it does not start' 78 "$status"
is 'and makes none' '' "$(find /etc/sekisho $handed -name '*key' -newer "$work/daemon" -name '*sekisho.key')"

done_testing
