#!/bin/bash
# Backups by themselves: made when they are due, the newest kept, an alarm when none comes, and no
# login waits for them.
. "$(dirname "$0")/lib.sh"
hazard_enter -- "$@"

to=/root/backup
mkdir -m 700 $to
recipient=$(sekisho key recipient /root/ops.identity --name ops 2>/dev/null)

made()
{
	ls $to 2>/dev/null | grep -c '\.sekisho-backup$'
}

# policy TEXT: in force, beside the tests' own.
policy()
{
	mkdir -p /etc/sekisho/policy.d
	printf '%s\n' "$1" >/etc/sekisho/policy.d/backup.conf
	sekisho policy apply >$work/out 2>&1 || fail 'the policy is applied' "$(<$work/out)"
}

run sekisho policy check <(printf '[backup]\nevery = 1h\n')
since=$(log_size)
policy "[backup]
every = 1h
to = $to
recipient = $recipient
keep = 2"
eventually 10 recorded "$since" ' backup.create ' '"event.reason":"scheduled"'
is 'the first one at once' 1 "$(made)"
has 'status says when' 'Last backup: +2' "$(sekisho status)"
run sekisho backup check $to/*.sekisho-backup --identity /root/ops.identity
is 'it is whole' 0 "$status"
sandbox-clock +30m
sleep 1.2
is 'not before its time' 1 "$(made)"
for n in 2 3; do
	since=$(log_size)
	sandbox-clock +61m
	eventually 10 recorded "$since" ' backup.create ' '"event.outcome":"success"' ||
	    fail "number $n is made" "$(log_since "$since")"
done
is 'the newest stay' 2 "$(made)"
is 'and no alarm' 0 "$(log_since 0 | count ' backup.overdue ')"

# ---- it does not come ------------------------------------------------------------------------

chmod 777 $to
since=$(log_size)
sandbox-clock +61m
eventually 10 recorded "$since" ' backup.create ' '"event.outcome":"failure"' 'others can write' ||
    eventually 1 recorded "$since" ' backup.create ' '"event.outcome":"failure"'
is 'where others could write: none is made' 2 "$(made)"
has 'and the record says why' '"message":"' "$(log_since "$since" | grep ' backup.create ')"
sandbox-clock +40m
eventually 5 recorded "$since" ' backup.overdue '
is 'the last one is too old: an alarm' 1 "$(log_since "$since" | count ' backup.overdue ')"
has 'status says so' 'OVERDUE' "$(sekisho status)"
chmod 700 $to
since=$(log_size)
sandbox-clock +11m
eventually 10 recorded "$since" ' backup.create ' '"event.outcome":"success"'
is 'tried again, and made' 1 "$(log_since "$since" | count ' backup.create ' '"event.outcome":"success"')"
hasnt 'the alarm is over' 'OVERDUE' "$(sekisho status)"

# ---- nobody waits for it -----------------------------------------------------------------------

sandbox-clock +61m
for user in user1 user2 approver1 approver2; do
	job $user 10.8.0.1 "$(sandbox-code $user)" open=0
done >$work/jobs
"$tools/pamload" <$work/jobs >$work/answers
is 'logins while one is made' 4 "$(grep -c $'\tacct=0\t' $work/answers)"
sandbox-daemon restart
run sekisho status
is 'a restart in between' 0 "$status"
none_half() { ! ls $to | grep '\.part$'; }
is 'leaves nothing half made' yes "$(eventually 10 none_half && echo yes)"

# ---- not among the settings of other programs --------------------------------------------------

# shellcheck disable=SC2154
ln -s /etc/logrotate.d /root/looks-harmless
chmod 700 /etc/logrotate.d
since=$(log_size)
policy "[backup]
every = 1h
to = /root/looks-harmless
recipient = $recipient"
sandbox-clock +61m
eventually 10 recorded "$since" ' backup.create ' '"event.outcome":"failure"'
has 'a backup is refused where other programs read their settings' 'read their settings' \
    "$(log_since "$since" | grep ' backup.create ')"
is 'and none is there' 0 "$(ls /etc/logrotate.d | grep -c sekisho-backup)"
ln -s $to /home/user1/way
chown -h user1: /home/user1/way && chmod 755 /home/user1
before=$(made) since=$(log_size)
policy "[backup]
every = 1h
to = /home/user1/way
recipient = $recipient"
sandbox-clock +61m
eventually 10 recorded "$since" ' backup.create ' '"event.outcome":"failure"'
is 'nor on a way that somebody else can turn' "$before" "$(made)"
printf '[backup]\nevery = 1h\nto = /etc/logrotate.d\nrecipient = %s\n' "$recipient" >$work/draft
run sekisho policy check $work/draft
has 'the policy says so before' 'read their settings' "$output"

done_testing
