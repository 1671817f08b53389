#!/bin/bash
# What ends with an account, and what accounts of each class may do: on real sshd, sudo, su and
# cron.
. "$(dirname "$0")/../lib/assert.sh"
sandbox_enter "$@"
. "$assert_lib/login.sh"
short_delays

code_after()
{
	oathtool --totp --base32 -N "@$(($(date +%s) + 30))" - <"/run/sekisho-sandbox/secrets/$1"
}

# there USER CMD: in a login of that person over ssh, with a second code at hand.
there()
{
	local user=$1

	shift
	sandbox-clock "+$((150 - $(date +%s) % 30))s"
	run sandbox-ssh -t "$user" "$(sandbox-code "$user"),$(code_after "$user")" "$*"
	output=$(tr -d '\r' <<<"$output")
}

# begin USER MARK CMD: the same in the background, until the file MARK is there.
begin()
{
	local user=$1 mark=/tmp/${work##*/}.$2

	shift 2
	sandbox-clock "+$((150 - $(date +%s) % 30))s"
	setsid sandbox-ssh -t "$user" "$(sandbox-code "$user"),$(code_after "$user")" \
	    "$(printf "$*" "$mark")" >"$work/session" 2>&1 &
	client=$!
	eventually 10 test -e "$mark" || fail "a login of $user that does something" "$(<"$work/session")"
	rm -f "$mark"
}

# running PATTERN: how many processes have it in their command line.
running()
{
	pgrep -cf -- "$1"
}

# ---- administrators, and daily work -------------------------------------------------------------

cp /etc/pam.d/login /etc/pam.d/xrdp-sesman
cp /etc/pam.d/login /etc/pam.d/mailer
policy_add '[service mailer]
class = remote
everyday = yes'
for service in xrdp-sesman mailer; do
	run pamtester $service admin1 acct_mgmt
	isnt "an administrator's account is refused: $service" 0 "$status"
	is 'because that is daily work' everyday-service "$(why admin1)"
done
there admin1 'echo in'
has 'where administration is done it works' '^in$' "$output"

# ---- shared accounts -----------------------------------------------------------------------------

sed -i '/^\[account oracle1\]/a exclusive = yes\nreason = the database\napproved_by = Sato' \
    /etc/sekisho/policy.conf
sekisho policy apply >/dev/null
oracle='Gate+oracle1-1601!'
as_oracle() # USER CMD: su to oracle1 in a login of that person
{
	local user=$1

	shift
	sandbox-clock "+$((150 - $(date +%s) % 30))s"
	run sandbox-ssh -t -P "$(password_of "$user")
$oracle" "$user" "$(sandbox-code "$user"),$(code_after "$user")" "$*"
	output=$(tr -d '\r' <<<"$output")
}
has 'why there is one is shown' 'oracle1.*the database.*Sato' "$(sekisho policy show | tr '\n' ' ')"
as_oracle user1 'su oracle1 -c "id -un"'
has 'out of a login of one'"'"'s own' '^oracle1$' "$output"
# what nobody saw begin as a person's login
run timeout 20 setpriv --reuid user2 --regid user2 --init-groups -- expect -c "
    spawn su oracle1 -c {id -un}
    expect { assword: { send {$oracle}; send \r; exp_continue } Code: { send [exec sandbox-code user2]\r; exp_continue } eof }"
hasnt 'out of nowhere: not' '^oracle1' "$output"
sandbox-clock "+$((150 - $(date +%s) % 30))s"
setsid sandbox-ssh -t -P "$(password_of user1)
$oracle" user1 "$(sandbox-code user1),$(code_after user1)" \
    "su oracle1 -c 'touch /tmp/${work##*/}.o; sleep 300'" >"$work/holder" 2>&1 &
holder=$!
eventually 20 test -e "/tmp/${work##*/}.o" || fail 'user1 has it open' "$(<"$work/holder")"
has 'who holds it is listed' '"user": ?"oracle1".*"actor": ?"user1"' "$(sekisho session list --json | tr '}' '\n')"
as_oracle user2 'su oracle1 -c "id -un"'
hasnt 'another person meanwhile: not' '^oracle1$' "$output"
has 'and is told who has it' 'user1 is using this account' "$output"
is 'the record has it too' 'failure held' "$(last_event oracle1 access.account)"
has 'with whom it was held by' '"sekisho.fact.held-by":"user1"' \
    "$(records --user oracle1 --event access.account --limit 1)"
pkill -u oracle1
wait $holder 2>/dev/null
rm -f "/tmp/${work##*/}.o"
is 'given back' 0 "$(eventually 5 eval '! sekisho session list --json | grep -q oracle1'; echo $?)"
as_oracle user2 'su oracle1 -c "id -un"'
has 'then the other may' '^oracle1$' "$output"

# ---- devices -------------------------------------------------------------------------------------

key=$(ssh-keygen -lf /root/.ssh/svc1.pub | cut -d' ' -f2)
policy_add "[device builder]
owner = svc1
key = $key

[device desk]
owner = user2
kind = issued
address = 127.0.0.5

[device home]
owner = user2
kind = private
address = 127.0.0.6

[rule issued-only]
account = user2
service = sshd
device = issued

[rule builders]
account = svc1
service = sshd
device = registered"
shape sandbox-ssh -b 127.0.0.5 user2 next
is 'from an issued device' in "${shape##* }"
has 'which is named in the record' \
    '"sekisho.machine":"desk","sekisho.machine.owner":"user2","sekisho.machine.kind":"issued"' \
    "$(records --user user2 --event session.open --limit 1)"
shape sandbox-ssh -b 127.0.0.6 user2 next
is 'a private one is not enough' 'out device-required' "${shape##* } $(why user2)"
shape sandbox-ssh -b 127.0.0.7 user2 next
is 'nor any other' 'out device-required' "${shape##* } $(why user2)"
shape sandbox-ssh -k svc1 -
is 'by its key' in "$shape"
has 'in the record' '"sekisho.machine":"builder"' "$(records --user svc1 --event session.open --limit 1)"
ssh-keygen -q -t ed25519 -N '' -f "$work/other"
cat "$work/other.pub" >>/home/svc1/.ssh/authorized_keys
key_login() # KEY CMD
{
	run ssh -F none -i "$1" -p 2222 -o BatchMode=yes -o IdentitiesOnly=yes -o LogLevel=ERROR \
	    -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null svc1@127.0.0.1 "$2"
}
key_login "$work/other" 'echo in'
hasnt 'another key of the account: not' '^in$' "$output"
is 'because of the device' device-required "$(why svc1)"
sed -i '/^\[rule issued-only\]/,/^$/s/^device = issued/device = registered/' /etc/sekisho/policy.conf
sekisho policy apply >/dev/null
code=$(sandbox-code --next user2) # here: the clock moves
setsid sandbox-ssh -b 127.0.0.5 user2 "$code" 'sleep 300' >/dev/null 2>&1 &
one=$!
eventually 20 eval 'sekisho session list --json | grep -q 127.0.0.5' || fail 'one login is open'
shape sandbox-ssh -b 127.0.0.6 user2 next
is 'two devices at once: not refused' in "${shape##* }"
has 'but recorded' '"sekisho.machine":"home".*"sekisho.machine.other":"desk"' \
    "$(records --user user2 --event device.two --limit 1)"
is 'and an alert' 0 "$(eventually 8 eval 'sekisho log --event alert.raise --json | grep -q two-devices'; echo $?)"
kill -- -$one 2>/dev/null
wait $one 2>/dev/null

# ---- automation: many connections, files, versions -----------------------------------------------

ssh_svc="ssh -F none -i /root/.ssh/svc1 -p 2222 -o BatchMode=yes -o IdentitiesOnly=yes -o LogLevel=ERROR -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null"
for i in 1 2 3 4 5 6 7 8; do
	$ssh_svc svc1@127.0.0.1 "echo task $i" >"$work/task$i" 2>&1 &
	tasks+=" $!"
done
wait $tasks
is 'eight connections at once, as ansible makes them' 8 "$(cat "$work"/task* | grep -c '^task')"
run $ssh_svc -o ControlMaster=auto -o ControlPath="$work/mux" -o ControlPersist=5 svc1@127.0.0.1 'echo one'
has 'and several over one' '^one$' "$output"
run $ssh_svc -o ControlPath="$work/mux" svc1@127.0.0.1 'echo two'
has 'the second' '^two$' "$output"
ssh -F none -O exit -o ControlPath="$work/mux" svc1@127.0.0.1 2>/dev/null
echo content >"$work/file"
run timeout 20 sftp -q -b - -F none -i /root/.ssh/svc1 -P 2222 -o IdentitiesOnly=yes -o StrictHostKeyChecking=no \
    -o UserKnownHostsFile=/dev/null svc1@127.0.0.1 <<<"put $work/file put-by-sftp"
is 'sftp' content "$(cat /home/svc1/put-by-sftp)"
if command -v git >/dev/null; then
	as svc1 git init -q --bare /home/svc1/repository
	git init -q "$work/tree" && git -C "$work/tree" -c user.name=t -c user.email=t@t commit -q --allow-empty -m one
	run env GIT_SSH_COMMAND="$ssh_svc" git -C "$work/tree" push -q svc1@127.0.0.1:repository HEAD:main
	is 'git push' 0 "$status"
fi
if command -v rsync >/dev/null; then
	run rsync -e "$ssh_svc" "$work/file" svc1@127.0.0.1:put-by-rsync
	is 'rsync' content "$(cat /home/svc1/put-by-rsync)"
fi
shape sandbox-ssh -P 'Gate+svc1-1601!' svc1 -
is 'with its password nobody gets in' 'out service-account-interactive' "${shape##* } $(why svc1)"

# ---- suspended: what runs ends -----------------------------------------------------------------

mkdir -p /var/lib/systemd/linger /var/spool/cron/atjobs
touch /var/lib/systemd/linger/user1 /var/spool/cron/atjobs/a00001 /var/spool/cron/atjobs/a00002
chown user1 /var/spool/cron/atjobs/a00001
echo '0 0 1 1 * true' | crontab -u user1 -
# of a login: in a terminal, let go of it, deaf to TERM, as root under sudo; and a service of the
# host that was started anew from there
begin user1 1 'sudo true; (trap "" TERM; exec -a deaf1 sleep 301) & setsid -f sleep 302;
    nohup sleep 303 >/dev/null 2>&1 & sudo setsid -f sleep 304; sudo sleep 305 & sleep 1; touch %s; sleep 306'
is 'what a login runs' '1 1 1 1 1' \
    "$(running '^deaf1 301') $(running '^sleep 302') $(running '^sleep 303') $(running '^sleep 304') $(running '^sleep 306')"
is 'and root for it' 0 "$(eventually 3 eval '[ $(running "^sleep 305") = 1 ]'; echo $?)"
setpriv --reuid user2 --regid user2 --clear-groups sleep 307 &
other=$!
has 'sudo remembers a password' user1 "$(ls /run/sudo/ts)"
run sekisho user suspend user1 --reason 'left on Friday'
is 'suspended' 0 "$status"
is 'its processes are gone when the command returns' '0 0 0 0' \
    "$(running '^deaf1 301') $(running '^sleep 302') $(running '^sleep 303') $(running '^sleep 306')"
is 'a command under sudo too' 0 "$(running '^sleep 305')"
has 'how many is said' '^Ended: [0-9]+ processes\.$' "$output"
is 'what belongs to no login any more goes on' 1 "$(running '^sleep 304')"
has 'and is named' 'belongs to no login any more: [0-9]+ sleep' "$output"
is 'nobody else'"'"'s' 1 "$(running '^sleep 307')"
is 'sudo remembers no more' '' "$(ls /run/sudo/ts | grep -x user1)"
has 'which is said' 'what sudo remembered' "$output"
is 'its services may not run without a login' 1 "$(test -e /var/lib/systemd/linger/user1; echo $?)"
has 'which is said too' 'services may no longer run without a login' "$output"
has 'a crontab is left' 'Left: its crontab' "$output"
has 'so are jobs of at' 'Left: 1 job of at' "$output"
has 'all of it is in the record' \
    '"sekisho.ended.linger":true,"sekisho.ended.sudo":true,"sekisho.left.crontab":true,"sekisho.left.at":1,"sekisho.left.processes":"[0-9]+ sleep"' \
    "$(records --user user1 --event user.ended)"
is 'which says that something is left' 'failure suspended' "$(last_event user1 user.ended)"
wait $client 2>/dev/null
pkill -f '^sleep 304'
sekisho user resume user1 --reason test >/dev/null
there user1 'echo in'
has 'resumed: in again' '^in$' "$output"

# ---- retired -----------------------------------------------------------------------------------

policy_add '[role look]
members = user1
approve = nobody
max_duration = 1h'
there user1 'sekisho request look --reason test'
run sekisho user retire root
is 'root does not leave' 1 "$status"
run sekisho user retire user1 --reason 'contract over'
is 'retired' 0 "$status"
has 'what ended is said' 'Devices revoked: 1; recovery codes ended: [0-9]+; requests' "$output"
is 'the role is gone' 'success retired' "$(last_event user1 grant.end)"
is 'the devices are' revoked "$(sekisho factor list user1 --json | grep -o revoked | sort -u)"
is 'the record' 'success ok' "$(last_event user1 user.retire)"
has 'it is shown so' '^Retired:' "$(sekisho user show user1)"
shape sandbox-ssh -k user1 -
is 'no way in' 'out suspended' "$shape $(why user1)"
is 'the account is there for the records' 0 "$(getent passwd user1 >/dev/null; echo $?)"
run sekisho user retire user1
is 'twice changes nothing' 0 "$status"

kill $other

run "$SANDBOX_BUILD/tests/redecide" /var/lib/sekisho
is 'all of it decided again comes to the same' 0 "$status"

done_testing
