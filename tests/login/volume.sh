#!/bin/bash
# What is sent to remote sessions: counted by the kernel, shown, warned of while they last, recorded
# at their end and for each day; by the real sshd, scp and sftp.
. "$(dirname "$0")/../lib/assert.sh"
sandbox_enter "$@"
. "$assert_lib/login.sh"
away_from_midnight
short_delays
MiB=1048576
o="-F none -i /root/.ssh/svc1 -o BatchMode=yes -o IdentitiesOnly=yes -o LogLevel=ERROR -o StrictHostKeyChecking=no
    -o UserKnownHostsFile=/dev/null -o GlobalKnownHostsFile=/dev/null"
me=svc1@127.0.0.1

# figure N: of the Nth session of svc1 that is over, "-" where it has none
figure() { records --user svc1 --event download.session | field sekisho.download.bytes | sed -n "$1p"; }
over() { [ "$(records --user svc1 --event download.session | wc -l)" -ge "$1" ]; }
# near WHAT SENT N: not less than was sent, and more by what ssh adds, two percent and 16 KiB at most
near()
{
	eventually 5 over "$3" || fail "session $3 is over"
	between "$1" "$2" "$(($2 + $2 / 50 + 16384))" "$(figure "$3")"
}
# looked: the daemon looks again; what it saw is waited for
looked() { sandbox-clock +11s; }
sent() { sekisho session list --json | /usr/bin/python3 -c '
import json, sys
print(sum(s.get("sent", 0) for s in json.load(sys.stdin)))'; }
passed() { [ "$(sent)" -ge "$1" ]; }
ended() { sekisho session list --json | grep -qx '\[\]'; }

# ---- figures ---------------------------------------------------------------------------------

head -c $((3 * MiB)) /dev/urandom >/home/svc1/known
chown svc1: /home/svc1/known
got=$(ssh -p 2222 $o $me "head -c $((5 * MiB)) /dev/zero" | wc -c)
is 'a session prints 5 MiB' $((5 * MiB)) "$got"
scp -q -P 2222 $o $me:known "$work/scp"
sftp -q -b - -P 2222 $o $me <<<"get known $work/sftp" >/dev/null
is 'the files came whole' "$(sha256sum </home/svc1/known)$(sha256sum </home/svc1/known)" \
    "$(sha256sum <"$work/scp")$(sha256sum <"$work/sftp")"
scp -q -P 2222 $o "$work/scp" $me:uploaded
near 'which its record says too' $((5 * MiB)) 1
near 'scp of a file of 3 MiB' $((3 * MiB)) 2
near 'sftp of it' $((3 * MiB)) 3
near 'what comes in is not counted' 0 4
has 'the record says that it was read at the close' '"sekisho.download.last":true' \
    "$(records --user svc1 --event download.session --limit 1)"

# ---- one connection, several sessions; the same four numbers again ---------------------------

ssh -p 2222 $o -M -N -f -o ControlPath="$work/mux" $me
for i in 1 2; do
	ssh -F none -S "$work/mux" $me "head -c $MiB /dev/zero" >/dev/null
done
ssh -F none -O exit -S "$work/mux" $me 2>/dev/null
again() { ssh $o -o ProxyCommand='socat - TCP:127.0.0.1:2222,sourceport=40001,reuseaddr' $me "$1" | wc -c; }
again "head -c $MiB /dev/zero" >/dev/null
eventually 10 eval '[ "$(again "echo again")" = 6 ]' || fail 'the port is used again'
near 'two sessions over one connection: once, with both' $((2 * MiB)) 5
near 'a session from a port' $MiB 6
near 'the next one from that port begins at nothing' 0 7

# ---- while it lasts --------------------------------------------------------------------------

policy_add '[audit]
download_warn = 2M
download_warn_day = 24M'
hold() # NAME BYTES: a session that prints so much, and more at each line that it is given
{
	mkfifo "$work/$1.in"
	ssh -p 2222 $o ${tty-} $me "stty -echo 2>/dev/null; while read n && [ \$n -gt 0 ]; do head -c \$n /dev/zero | tr '\\0' x; done" \
	    <"$work/$1.in" >"$work/$1.out" 2>/dev/null &
	eval "$1=$!"
}
tty=-tt hold first
exec 7>"$work/first.in"
hold second
exec 8>"$work/second.in"
eventually 10 eval '[ "$(sekisho session list --json | grep -o "\"id\"" | wc -l)" = 2 ]' || fail 'two are open'
has 'not measured yet' 'not measured yet' "$(sekisho session list)"
echo $((3 * MiB)) >&7
echo $MiB >&8
eventually 10 eval '[ $(($(stat -c %s "$work/first.out") + $(stat -c %s "$work/second.out"))) -ge $((4 * MiB)) ]'
looked
eventually 5 passed $((4 * MiB)) || fail 'both are counted while they last' "$(sent)"
between 'two at once: both figures' $((4 * MiB)) $((4 * MiB + 4 * MiB / 50 + 32768)) "$(sent)"
has 'as people read it' ' 3\.0 MiB' "$(sekisho session list)"
has 'and of the person, that day' '^Sent to sessions today: +[12][0-9]\.[0-9] MiB' "$(sekisho user show svc1)"
warned=$(records --event download.warn)
is 'above the limit of a session: one of them is warned of' 1 "$(grep -c . <<<"$warned")"
has 'with figure and limit' '"sekisho.download.bytes":3[0-9]+,.*"sekisho.download.limit":2097152' "$warned"
is 'an alert goes to the officers' 0 \
    "$(eventually 8 eval 'sekisho log --event alert.raise --json | grep -q "\"sekisho.alert.rule\":\"download\""'; echo $?)"
is 'who sits there is told' 0 "$(eventually 5 grep -aq 'were sent to you in this session' "$work/first.out"; echo $?)"

# ---- the daemon goes and comes ---------------------------------------------------------------

sandbox-daemon restart
echo $((2 * MiB)) >&8
eventually 10 eval '[ "$(stat -c %s "$work/second.out")" -ge $((3 * MiB)) ]'
looked
eventually 5 passed $((6 * MiB)) || fail 'counting goes on after a restart of the daemon' "$(sent)"
is 'the second is warned of, the first not again' 2 "$(records --event download.warn | grep -c .)"
echo 0 >&7
wait $first
near 'the first ends' $((3 * MiB)) 8
# sshd is killed: nobody takes a last look
pid=$(sekisho session list --json | grep -oE '"pid": ?[0-9]+' | grep -oE '[0-9]+')
kill -9 "$pid"
exec 8>&-
wait $second 2>/dev/null
near 'one that is killed: what the last look saw' $((3 * MiB)) 9
has 'which its record says' '"sekisho.download.last":false' "$(records --user svc1 --event download.session --limit 1)"

# ---- not measured, days ----------------------------------------------------------------------

sandbox-login user1 auto >/dev/null
is 'a console sends nothing to anywhere: no record' '' "$(records --user user1 --event download.session)"
cp /etc/pam.d/login /etc/pam.d/far
printf '[service far]\nclass = remote\n' >/etc/sekisho/policy.d/far.conf
sekisho policy apply >/dev/null
pamtester -I rhost=192.0.2.7 far svc1 open_session close_session >/dev/null 2>&1
eventually 5 over 10 || fail 'a remote login that is not over ssh is over'
is 'below the limit of a day: no warning' 0 "$(records --event download.day-warn | grep -c .)"
ssh -p 2222 $o $me "head -c $((6 * MiB)) /dev/zero" >/dev/null
eventually 5 over 11 || fail 'the last session is over'
has 'a remote login that is not over ssh has no figure' '"event.outcome":"unknown","event.reason":"not-measured"' \
    "$(records --user svc1 --event download.session --limit 2)"
is 'and not 0' - "$(figure 10)"
is 'above the limit of a day, once' 1 "$(records --event download.day-warn | grep -c .)"
sum=$(records --user svc1 --event download.session | field sekisho.download.bytes | grep -v -- - | paste -sd+ | bc)
sandbox-clock +1d
is 'the day is over' 0 "$(eventually 5 eval '[ -n "$(records --event download.day)" ]'; echo $?)"
is 'its sum is that of its sessions' "$sum 11 1" "$(echo $(for f in bytes sessions unmeasured; do
	records --event download.day | field sekisho.download.$f
done))"
sekisho audit report --since 3d --output "$work/report.html" >/dev/null
has 'the report for auditors has it' "\"downloads\":\{\"bytes\":$sum,.*\"person\":\"svc1\",\"bytes\":$sum,\"sessions\":11,\"unmeasured\":1" \
    "$(<"$work/report.html")"
[ -z "${KEEP-}" ] || cp "$work/report.html" "$KEEP"
# The far end goes with a reset: no search finds that connection, but sshd still holds it.
cat >"$work/relay" <<'EOF'
import os, select, socket, struct
s, n = socket.create_connection(("127.0.0.1", 2222)), 0
s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
while n < 1 << 20:
    ready, _, _ = select.select([0, s], [], [])
    if 0 in ready:
        s.sendall(os.read(0, 65536))
    if s in ready:
        data = s.recv(65536)
        n += len(data)
        os.write(1, data)
s.close()
EOF
ssh $o -o ProxyCommand="/usr/bin/python3 $work/relay" $me "head -c $((8 * MiB)) /dev/zero" >/dev/null 2>&1
eventually 10 over 12 || fail 'it is over'
has 'a connection that was reset has its last figure' '"sekisho.download.bytes":[0-9]{7,},.*"sekisho.download.last":true' \
    "$(records --user svc1 --event download.session --limit 1)"
is 'and the log verifies' 0 "$(sekisho audit verify >/dev/null; echo $?)"

done_testing
