#!/bin/bash
# The daemon absent, hung, or answering garbage: a login ends in time, as the line says, with a
# word in syslog; what happened becomes records later, what was forged or cut does not.
. "$(dirname "$0")/lib.sh"
hazard_enter -- "$@"

source=10.4.0.1 deadline_ms=10500
spool=/run/sekisho-spool

cp /etc/pam.d/sshd "$work/sshd" && cp /etc/pam.d/sekisho-account "$work/account"

# stack WORDS: these options on every line of ours in sshd's stack.
stack()
{
	sed "s/\(pam_sekisho\.so.*\)\$/\1 $1/" "$work/sshd" >/etc/pam.d/sshd
	sed "s/\(pam_sekisho\.so.*\)\$/\1 $1/" "$work/account" >/etc/pam.d/sekisho-account
}

syslog_lines()
{
	tail -n +$((syslog_from + 1)) /var/log/syslog-capture
}

# try: a login with the right password and the current code; fills $ms and $said.
try()
{
	syslog_from=$(wc -l </var/log/syslog-capture)
	load <<<"$(job user1 $source "$(sandbox-code user1)" open=0)"
	ms=$(sed -n 's/.*\tms=\([0-9]*\)\t.*/\1/p' <<<"$output")
	said=$(sed -n 's/.*\tsaid=//p' <<<"$output")
	syslog=$(syslog_lines)
}

# refused WHAT CAUSE: that login was refused, in time, with reasons.
refused()
{
	is "$1: refused" 0 "$(let_in)"
	between "$1: within the deadline" 0 $deadline_ms "$ms"
	has "$1: the person is told" 'E:.*does not answer' "$said"
	has "$1: syslog says why" "pam_sekisho.*cannot be asked \($2\): user1 refused" "$syslog"
	figure "$1: ms until refused (deadline $((deadline_ms - 500)))" "$ms"
}

opened()
{
	is "$1: let in" 1 "$(let_in)"
	has "$1: syslog says so" "cannot be asked \($2\): user1 let in without a decision" "$syslog"
}

login_next user1 $source || fail 'a login works at first' "$output"
since=$(log_size)

# ---- absent ------------------------------------------------------------------------------------

sandbox-daemon stop
stack ''
try
refused absent absent
cp $spool/*.event "$work/" # kept for the forgeries below
stack fail=open
try
opened 'absent, fail=open' absent
stack observe
try
opened 'absent, observe' absent

# ---- garbage: a server of root's on the socket, so that only its words give it away ------------

stack fail=open
for kind in bytes short trailing other-type huge bad-field drip; do
	rm -f "$work/garbage" # or the one before would be taken for this one
	/usr/bin/python3 "$assert_lib/frames.py" garbage /run/sekisho/pam.sock $kind \
	    >"$work/garbage" 2>&1 &
	server=$!
	eventually 5 grep -q listening "$work/garbage"
	try
	cause=garbled
	[[ $kind =~ ^(huge|drip)$ ]] && cause='garbled|timeout'
	refused "garbage ($kind), even with fail=open" "$cause"
	kill $server
	wait $server 2>/dev/null
	pkill -P $server 2>/dev/null
done
# A well-formed yes from a server that is not the owner of the socket's directory.
rm -f /run/sekisho/pam.sock "$work/garbage"
chmod 777 /run/sekisho
setpriv --reuid user2 --regid user2 --clear-groups /usr/bin/python3 "$assert_lib/frames.py" \
    garbage /run/sekisho/pam.sock yes >"$work/garbage" 2>&1 &
server=$!
eventually 5 grep -q listening "$work/garbage"
try
is 'a yes from a process of a user: refused' 0 "$(let_in)"
has 'a yes from a process of a user: syslog says why' 'cannot be asked \(untrusted\)' "$syslog"
kill $server
wait $server 2>/dev/null
rm -f /run/sekisho/pam.sock
chmod 755 /run/sekisho

# ---- hung --------------------------------------------------------------------------------------

sandbox-daemon start
kill -STOP "$(sandbox-daemon pid)"
# In torture with the deadline as shipped, ten seconds.
if [ -z "$TORTURE" ]; then
	stack 'fail=open timeout=3'
	deadline_ms=3500
fi
try
refused 'hung, even with fail=open' timeout
stack timeout=2
try
deadline_ms=2500 refused 'hung, timeout=2' timeout
# Hung between the phases: the waits of one login add up to one deadline.
kill -CONT "$(sandbox-daemon pid)"
stack timeout=3
sandbox-clock +30s
"$tools/pamload" -b code -H "$work/go" <<<"$(job user1 $source "$(sandbox-code user1)")" \
    >"$work/between" &
load=$!
eventually 10 grep -q 'held 1' "$work/between"
kill -STOP "$(sandbox-daemon pid)"
touch "$work/go"
wait $load
kill -CONT "$(sandbox-daemon pid)"
output=$(<"$work/between")
is 'hung at the code prompt: refused' 0 "$(let_in)"
between 'hung at the code prompt: within one deadline' 1000 3500 \
    "$(sed -n 's/.*answer_us=\([0-9]*\)[0-9]\{3\}\t.*/\1/p' <<<"$output")"

# ---- afterwards --------------------------------------------------------------------------------

stack ''
spool_is_empty()
{
	[ -z "$(ls $spool/*.event 2>/dev/null)" ]
}
output=$(ls $spool)
is 'the spool is taken over' yes "$(eventually 15 spool_is_empty && echo yes)"
output=
spooled=$(log_since "$since" | grep ' daemon.spool ')
for pair in 'denied:absent' 'fail-open:absent' 'fail-open:absent, observe' 'denied:timeout' \
    'denied:garbled' 'denied:untrusted'; do
	isnt "spooled, then recorded: ${pair%%:*} (${pair#*:})" 0 "$(count \
	    "\"sekisho.spool.kind\":\"${pair%%:*}\"" "\"sekisho.spool.cause\":\"${pair#*:}\"" \
	    '"sekisho.reported":true' '"sekisho.authenticated":true' '"user.name":"user1"' \
	    <<<"$spooled")"
done
figure 'absent, hung, garbage: events spooled and recorded' "$(grep -c . <<<"$spooled")"

# Forged, cut, changed; and one without a MAC, which is what a host without the key writes.
sandbox-daemon stop
event=$(ls "$work"/*.event | head -1) now=$(date +%s)000 since=$(log_size)
plant()
{
	cat >"$spool/$now-1-$1.event"
	chmod 600 "$spool/$now-1-$1.event"
}
size=$(stat -c %s "$event")
head -c $((size - 5)) "$event" | plant 000000000000000a
head -c 9 "$event" | plant 000000000000000b
sed 's/user1/admin/' "$event" | plant 000000000000000c # who it was about, changed
{ head -c $((size - 32)) "$event"; head -c 32 /dev/urandom; } | plant 000000000000000d
{ cat "$event"; echo more; } | plant 000000000000000e
printf '' | plant 000000000000000f
head -c 5000 /dev/urandom | plant 0000000000000010
cp "$event" "$spool/$now-1-0000000000000011.event"
chown user1 "$spool/$now-1-0000000000000011.event" # not root's
ln -s "$event" "$spool/$now-1-0000000000000012.event"
{ head -c $((size - 32)) "$event"; head -c 32 /dev/zero; } | plant 0000000000000013
sandbox-daemon start
eventually 15 spool_is_empty
refusals=$(log_since "$since" | grep ' daemon.spool-refused ')
for pair in a:cut b:cut c:forged d:forged e:damaged f:cut 10:forged 11:forged 12:forged; do
	name=$(printf '%016x' "0x${pair%:*}")
	is "spool file $name: refused as ${pair#*:}" 1 \
	    "$(count "$name" "\"event.reason\":\"${pair#*:}\"" <<<"$refusals")"
done
is 'none of them became an event; the one without a MAC did, marked so' 1 \
    "$(log_since "$since" | count ' daemon.spool ' '"user.name":"(user1|admin)"')"
is 'marked so' 0 "$(log_since "$since" | count ' daemon.spool ' '"sekisho.authenticated":true')"
has 'what was refused is kept for the administrator' "$now-1-0*c" "$(find $spool -type f)"

# More happened than the spool holds: the size of the file "lost" counts what found no room.
sandbox-daemon stop
since=$(log_size)
printf 'ooo' >"$spool/lost"
chmod 600 "$spool/lost"
sandbox-daemon start
lost_recorded()
{
	[ "$(log_since "$since" | count ' daemon.spool ' '"event.reason":"lost"' \
	    '"sekisho.count":"3"')" = 1 ]
}
eventually 15 lost_recorded
is 'events that found no room are counted in a record' 0 $?

login_next user1 $source
is 'and a login works again' 1 "$(let_in)"
redecide_all
done_testing
