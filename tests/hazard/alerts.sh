#!/bin/bash
# Every built-in alert is raised by what it is about, recorded, mailed and handed to a command,
# also across a crash; and a command that hangs, fails, floods or is stopped hinders no login.
. "$(dirname "$0")/lib.sh"
hazard_enter -- "$@"

rounds=${ROUNDS:-$(full 1 20)}
mail=$work/mail pages=$work/pages
mkdir -p /etc/sekisho/alert.d "$mail"
: >"$pages"

# A sendmail that keeps what it gets, one file a message.
cat >/usr/sbin/sendmail <<-EOF
	#!/bin/sh
	t=\$(mktemp $mail/.XXXXXX)
	{ echo "arguments: \$*"; cat; } >\$t && mv \$t $mail/\${t##*.}
EOF
# What is in $work/how says what the command does with the alert.
cat >/etc/sekisho/alert.d/page <<-EOF
	#!/bin/sh
	[ ! -e $work/how ] || . $work/how
	cat >>$pages
EOF
chmod 755 /usr/sbin/sendmail /etc/sekisho/alert.d/page

# policy TEXT: what the sandbox has, and these lines.
cp /etc/sekisho/policy.conf "$work/policy"
policy()
{
	{
		cat "$work/policy"
		printf '%s\n' "$1"
	} >/etc/sekisho/policy.conf
	run sekisho policy apply
	[ $status = 0 ] || fail 'the policy applies' "$output"
}

# paged ALERT SEQ: how many with a record after SEQ the command got.
paged()
{
	/usr/bin/python3 -c 'import json, sys
print(sum(a["alert"] == sys.argv[1] and a["record"] > int(sys.argv[2])
          for a in map(json.loads, open(sys.argv[3]))))' "$1" "$2" "$pages"
}

is_paged()
{
	[ "$(paged "$1" "$2")" -gt 0 ]
}

# mailed ALERT: the file of the last mail about it.
mailed()
{
	grep -l "^alert  *$1\$" "$mail"/[^.]* | xargs -r ls -t | head -n 1
}

# raised WHAT ALERT SEQ: record, command, mail and log line, all of that one.
raised()
{
	local record file

	if ! eventually 8 is_paged "$2" "$3"; then
		fail "$1: $2 is raised" "$(log_since "$3" | cut -c1-200)" "$(sekisho alert list)"
		return
	fi
	record=$(log_since "$3" | sed -nE "s/^([0-9]+) alert.raise .*\"event.reason\":\"$2\".*/\1/p" |
	    head -n 1)
	isnt "$1: $2 is a record" '' "$record"
	eventually 5 mailed_record "$2" "$record"
	is "$1: and mailed" 0 $?
	has "$1: and in the system log" "alert=$2 .* record=$record( |$)" \
	    "$(grep 'alert=' /var/log/syslog-capture)"
}

mailed_record()
{
	grep -qx "record  *$2" $(grep -l "^alert  *$1\$" "$mail"/[^.]*)
}

# page_of ALERT KEY: of the last one of these that the command got.
page_of()
{
	grep "\"alert\":\"$1\"" "$pages" | tail -n 1 | /usr/bin/python3 -c 'import json, sys
print(json.load(sys.stdin).get(sys.argv[1]))' "$2"
}

# last_page KEY: of the last alert that the command got.
last_page()
{
	tail -n 1 "$pages" | /usr/bin/python3 -c 'import json, sys
print(json.load(sys.stdin).get(sys.argv[1]))' "$1"
}

policy "[alerts]
to = journal, mail root, command /etc/sekisho/alert.d/page"

# ---- a test goes the way of a real one ---------------------------------------------------------

since=$(log_size)
run sekisho alert test break-glass
is 'a test arrives everywhere' 0 "$status"
has 'and says where' '^mail root: delivered$' "$output"
has 'and says where' '^command /etc/sekisho/alert.d/page: delivered$' "$output"
raised 'a test' break-glass "$since"
is 'marked as one, to the command' True "$(last_page test)"
has 'and in the subject' '^Subject: \[sekisho\] gate: TEST break-glass$' \
    "$(cat "$(mailed break-glass)")"
has 'sendmail gets fixed arguments' '^arguments: -i -t$' "$(cat "$(mailed break-glass)")"
run sekisho alert test break-glas
is 'a mistyped one is refused' 1 "$status"
has 'with the nearest' 'break-glass' "$output"
run sekisho alert list
has 'and the list counts it' '^break-glass +1 ' "$output"

# ---- each built-in rule ------------------------------------------------------------------------

# All at once, then looked at: each takes the daemon up to a second.
since=$(log_size)
for user in user1 user2 approver1 nobody-such; do
	login "user=$user rhost=10.7.0.1 password=guess"
done
login_next admin1 10.7.1.1 || fail 'admin1 logs in' "$output"
sekisho break-glass make >"$work/card"
glass=$(grep -om 1 'BG-[0-9A-Z]*-[0-9A-Z]*-[0-9A-Z]*-[0-9A-Z]*' "$work/card")
load <<<"user=user1 service=login tty=tty1 password=$(password user1) glass=$glass code=$glass open=0"
echo nonsense >/run/sekisho-spool/1-forged && chmod 600 /run/sekisho-spool/1-forged
sandbox-clock +30s
sandbox-ssh approver2 "$(sandbox-code approver2)" 'sleep 30' >/dev/null 2>&1 &
first=$!
eventually 10 recorded "$since" ' session.open .*"user.name":"approver2"'
sandbox-clock +2m
sandbox-ssh -b 127.0.0.2 approver2 "$(sandbox-code approver2)" 'sleep 30' >/dev/null 2>&1 &
second=$!
run setpriv --reuid user2 --regid user2 --init-groups -- sekisho report incident
raised 'guessing' guessing-across-accounts "$since"
is 'it names the source' 10.7.0.1 "$(page_of guessing-across-accounts source)"
is 'and four accounts' 4 "$(page_of guessing-across-accounts count)"
raised 'an administrator logs in' administrator-new-source "$since"
raised 'an administrator logs in' administrator-new-device "$since"
raised 'a break-glass code' break-glass "$since"
is 'not a test' False "$(page_of break-glass test)"
raised 'a forged report' forged-report "$since"
raised 'one account from two sources' two-sources-at-once "$since"
has 'it names both' '127\.0\.0\.[12] .*other_source=127' \
    "$(page_of two-sources-at-once source) $(page_of two-sources-at-once detail)"
kill $first $second 2>/dev/null
raised 'a report' report "$since"
has 'it says of what kind' 'report=incident' "$(page_of report detail)"
is 'and by whom' user2 "$(page_of report user)"

since=$(log_size)
login_next admin1 10.7.1.1 || fail 'admin1 logs in again' "$output"
login_next user2 10.7.1.2
login_next user2 10.7.1.2
rm /run/sekisho/generation
sandbox-daemon kill && sandbox-daemon wait
raised 'a start that nothing vouches for' gap-in-log "$since"
is 'the same again, and a person: no alert' '0 0' \
    "$(paged administrator-new-source "$since") $(paged administrator-new-device "$since")"

policy '[alerts]
to = mail root, command /etc/sekisho/alert.d/page
[backup]
every = 1m
to = /no/such/place
recipient = sekisho-recipient+ops+AZnhBxe7G2qddzBQ/I5tvokXlz/JkURuyosFwAjsy6hO2kxx
[keys]
sealing_lifetime = 1h'
sandbox-clock +2h
run eventually 8 is_paged backup-overdue "$since"
is 'no backup: backup-overdue is raised' 0 "$status"
sandbox-daemon restart # it looks at its keys
run eventually 8 is_paged key-overdue "$since"
is 'a key is old: key-overdue is raised' 0 "$status"

# ---- rules of one's own, limits ----------------------------------------------------------------

policy '[alerts]
to = command /etc/sekisho/alert.d/page
[alert mine]
event = lockout.end
text = Somebody lifts locks
threshold = 2
within = 1m
per = account
at_most = 1 per 1h
[alert device]
event = factor.enroll
to = journal, mail root, command /etc/sekisho/alert.d/page
[alert report]
enabled = no'
since=$(log_size)
sekisho enroll user2 --json --accept --name 'x by=nobody' --verified-by boss --how passport \
    </dev/null >/dev/null 2>&1
raised 'a device with a name like two words' device "$since"
pairs='device="x by=nobody" by=root'
is 'its name is one value' "$pairs" "$(page_of device detail)"
has 'in the mail, too' "^detail  *$pairs\$" "$(cat "$(mailed device)")"
has 'and in the system log' 'device=\\"x by=nobody\\" by=root"' \
    "$(grep 'alert=device' /var/log/syslog-capture)"
for i in 1 2 3 4 5 6; do sekisho user unlock user2 >/dev/null; done
run eventually 5 is_paged mine "$since"
is "a rule of the policy's own is raised" 0 "$status"
is 'with its text' 'Somebody lifts locks' "$(last_page what)"
is 'about whom' user2 "$(last_page user)"
run setpriv --reuid user2 --regid user2 --init-groups -- sekisho report incident
for i in 1 2 3 4; do sekisho user unlock user2 >/dev/null; done
sleep 1.3
is 'not more often than it may be' 1 "$(paged mine "$since")"
is 'one that is switched off is not raised' 0 "$(paged report "$since")"
run sekisho alert test report
is 'nor tested' 1 "$status"
sandbox-clock +61m
eventually 5 sh -c 'tail -n 1 "$0" | grep -q "\"held_back\":[1-9]"' "$pages"
between 'what was held back is told later' 2 4 "$(last_page held_back)"

# ---- a crash between the record and its alert --------------------------------------------------

policy '[alerts]
to = command /etc/sekisho/alert.d/page'
lost=0
for ((n = 1; n <= rounds; n++)); do
	sandbox-clock +61m # no limit holds any back
	sleep 1.1
	since=$(log_size)
	setpriv --reuid user2 --regid user2 --init-groups -- sekisho report incident >/dev/null
	sandbox-daemon kill && sandbox-daemon wait
	eventually 8 is_paged report "$since" || lost=$((lost + 1))
done
is 'killed at once after the record: the alert comes all the same' 0 $lost
sandbox-daemon restart
sleep 1.3
is 'and a further start raises it no second time' 1 "$(log_since "$since" |
    count ' alert.raise ' '"event.reason":"report"')"
figure 'killed between record and alert: alerts lost' "$lost of $rounds"

# ---- a command that does not behave -------------------------------------------------------------

# On a clock that the sandbox does not move.
uptime_ms()
{
	awk '{ printf "%d", $1 * 1000 }' /proc/uptime
}

# logins WHAT: twenty get in, about as fast as ever.
logins()
{
	local begin got=0 i

	begin=$(uptime_ms)

	for i in {1..5}; do
		sandbox-clock +30s
		for user in user1 user2 approver1 approver2; do
			job $user 10.7.3.1 "$(sandbox-code $user)"
		done >"$work/jobs"
		load <"$work/jobs"
		got=$((got + $(let_in)))
	done
	took=$(($(uptime_ms) - begin))
	is "$1: all logins get in" 20 $got
}

state_of()
{
	sekisho alert list --json | /usr/bin/python3 -c 'import json, sys
d = [x for x in json.load(sys.stdin)["deliveries"] if x["alert"] == sys.argv[1]]
print(d[0]["state"], d[0]["tries"], d[0]["error"]) if d else print("none")' "$1"
}

is_state()
{
	[[ $(state_of "$1") == $2 ]]
}

sandbox-clock +31m
logins 'nothing is wrong'
usual=$took
for i in {1..8}; do # more than are run at one time
	policy_alerts+="
[alert hang$i]
event = user.resume"
done
policy "[alerts]
to = command /etc/sekisho/alert.d/page
$policy_alerts"
echo 'sleep 600' >"$work/how"
for i in {1..8}; do sekisho alert test hang$i >/dev/null 2>&1 & tests[i]=$!; done
four()
{
	[ "$(pgrep -fc '^sleep 600$')" = 4 ]
}
run eventually 5 four
is 'hanging: four run, the rest waits' 0 "$status"
logins 'eight hang'
between 'eight hang: logins take as long as ever (ms)' 0 $((usual * 2 + 500)) $took
figure '20 logins, nothing wrong and eight commands hanging: ms' "$usual, $took"
kill "${tests[@]}" 2>/dev/null
wait "${tests[@]}" 2>/dev/null

# A floods, B fails: both end by themselves.
sandbox-daemon restart
cat >"$work/how" <<-'EOF'
	[ -e /run/flood ] && { cat /dev/zero | head -c 5000000; exit 0; }
	echo 'the pager is away' >&2; exit 7
EOF
touch /run/flood
run sekisho alert test hang1
is 'five megabytes of output: delivered, thrown away' 0 "$status"
rm /run/flood
run sekisho alert test hang2
is 'failing: the test says so' 5 "$status"
has 'and why' 'ended with status 7. the pager is away' "$output"
since=$(log_size)
for pause in 11s 61s 301s; do
	sandbox-clock +$pause
	sleep 1.1
done
eventually 5 is_state hang2 'given-up 4 *'
has 'given up after four tries' 'given-up 4 .*status 7' "$(state_of hang2)"
run eventually 5 recorded "$since" ' alert.undelivered ' '"sekisho.alert.rule":"hang2"' 'status 7'
is 'and recorded' 0 "$status"
has 'and counted' '^hang2 +[12] .* 1 ' "$(sekisho alert list)"
has 'in status too' 'given_up":1' "$(sekisho status --json)"

# The courier itself stopped: nothing is told, nobody waits; then all of it is.
rm "$work/how"
courier=$(pgrep -x sekisho-courier)
kill -STOP "$courier"
since=$(log_size)
setpriv --reuid user2 --regid user2 --init-groups -- sekisho report incident >/dev/null
sandbox-clock +3m
logins 'the courier is stopped'
between 'the courier is stopped: logins take as long as ever (ms)' 0 $((usual * 2 + 500)) $took
kill -CONT "$courier"
run eventually 8 is_paged report "$since"
is 'going on: told' 0 "$status"
kill -KILL "$courier"
login_next user1 10.7.3.1
is 'killed: logins go on' 1 "$(let_in)"
run sekisho alert test hang1
is 'killed: a test says that it did not arrive' 5 "$status"

# ---- a disk that fills --------------------------------------------------------------------------

since=$(log_size)
disk_make 48
sandbox-daemon start
dd if=/dev/zero of=$state/ballast bs=1M count=$(($(df --output=avail -m $state | tail -n 1) - 10)) 2>/dev/null
# The file system is asked now and then, not for each request.
/usr/bin/python3 "$assert_lib/frames.py" guess /run/sekisho/pam.sock 200 >/dev/null
run eventually 8 is_paged disk-nearly-full "$since"
is 'nearly full: disk-nearly-full is raised' 0 "$status"
rm $state/ballast

# Last, because no code counts for a while after it.
sleep 1.1
since=$(log_size)
sandbox-clock jump +2h
run eventually 5 is_paged clock-step "$since"
is 'the clock jumps: clock-step is raised' 0 "$status"
is 'and says how far' yes "$(grep clock-step "$pages" | grep -q 'step_ms=[67][0-9]\{6\}"' && echo yes)"

redecide_all
done_testing
