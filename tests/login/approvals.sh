#!/bin/bash
# Nobody approves for themselves, whatever it is that waits: a role, one command of sudo's, an
# exception asked for or taken in an emergency, a bypass, a policy, records that are to be destroyed
# or handed out, a contingency policy. Not with a second account, not with sudo or su to an approver,
# not with a login identity that was written over, not from no login at all, not through a socket
# that says somebody else, and not by two requests that cross. Each attempt is a record and an alert.
. "$(dirname "$0")/../lib/assert.sh"
sandbox_enter "$@"
. "$assert_lib/login.sh"

named='approver1, user1, admin1, user2'
sed -i 's/^\[confirm\]/[host]\nchange = two-person\nchange_approvers = '"$named"'\nadministrators = user1\nrating = integrity-1\n\n&/' \
    /etc/sekisho/policy.conf
cat >>/etc/sekisho/policy.conf <<END

[lockout]
deny = 100
fail_delay = 100ms

[exceptions]
approvers = $named

[bypass]
approvers = $named

[role web]
members = user1, user2, approver1
approve = 1 from $named
max_duration = 1d

[role before]
members = approver1
approve = 1 from $named
max_duration = 1d

[role pair]
members = $named
approve = nobody
commands = /usr/bin/id -gn
each_use = two-person
root_equivalent = no

[retention]
redactors = $named

[export]
approve_from = integrity-1
approvers = $named

[alert approval-forbidden]
at_most = 100 per 1h

[contingency flood]
approvers = 2 from $named, approver2
for = 1h
lower = everyone:within
END
sekisho policy apply >"$work/applied" || fail 'the policy is in force' "$(<"$work/applied")"
echo 'user1 ALL = (ALL) NOPASSWD: ALL' >/etc/sudoers.d/zz-test
chmod 440 /etc/sudoers.d/zz-test
printf '[rule late]\naccount = svc1\nrefuse = yes\n' >>/etc/sekisho/policy.conf
printf 'Plugin %s sekisho_sudo.so\n' sekisho_audit sekisho_approval >>/etc/sudo.conf
approver=$(id -u approver1)

code_after()
{
	oathtool --totp --base32 -N "@$(($(date +%s) + 30))" - <"/run/sekisho-sandbox/secrets/$1"
}

# there USER CMD: in a login of that person over ssh, with a second code at hand; not much later
# than the one before where that would be too late.
there()
{
	local user=$1

	shift
	[ -n "${soon-}" ] || sandbox-clock "+$((150 - $(date +%s) % 30))s"
	run timeout 40 sandbox-ssh -t "$user" "$(sandbox-code "$user"),$(code_after "$user")" "$*"
	output=$(tr -d '\r' <<<"$output")
}

# The other half of every crossing: user1 approved what approver1 has.
sandbox-clock +10m
there approver1 "sekisho request before --for 1d --reason 'of the approver'"
there user1 'sekisho approve R-1'
has 'the one who will approve has something by who will ask' 'R-1 is approved' "$output"

# told SINCE: of how many attempts alerts told since then; one may tell of several.
told()
{
	records --event alert.raise --since "$1" | grep approval-forbidden |
	    field sekisho.alert.count | awk '{n += $1} END {print n + 0}'
}

# All that one login of who asked can try. It stays open, as a command that waits needs it to.
cat >"$work/attempts" <<END
id=\$(sekisho pending --json | grep -oE '"[BDEPRUX]-[0-9]+"' | tr -d '"' | tail -1)
try()
{
	"\$@" <<<000000 >/dev/null 2>&1 && echo "LET IN: \$*"
}
try sekisho approve \$id --reason mine
try sudo -u approver1 sekisho approve \$id --reason mine
# su refuses already: another person's account
try sudo su approver1 -c "sekisho approve \$id --reason mine"
try sudo bash -c "echo $approver >/proc/self/loginuid && exec setpriv --reuid approver1 --regid approver1 --init-groups sekisho approve \$id --reason mine"
try unshare --user --map-user=$approver sekisho approve \$id --reason mine
echo "id=\$id."
until test -e $work/over; do sleep 0.1; done
END
chmod 755 "$work/attempts"
export SANDBOX_TIMEOUT=1000 # by the clock that is moved

all=$(date -u +%Y-%m-%dT%H:%M:%SZ) kinds=0
terms='--clause c --measure m --report r --reason x --for 1h'
as user1 sekisho report incident --text 'a secret that has to go' >/dev/null
secret=$(sekisho log --event user.report --limit 1 | sed -nE 's/.*has to go.*#([0-9]+)$/\1/p')
while IFS='|' read -r kind event command done <&3; do
	kinds=$((kinds + 1))
	rm -f "$work/over"
	: >"$work/tried" && chmod 666 "$work/tried"
	sandbox-clock "+$((150 - $(date +%s) % 30))s"
	began=$(date -u +%Y-%m-%dT%H:%M:%SZ)
	soon=yes there user1 "$command; bash $work/attempts >$work/tried" &
	asked=$!
	eventually 20 grep -q '^id=' "$work/tried"
	id=$(sed -nE 's/^id=([BDEPRUX]-[0-9]+)\.$/\1/p' "$work/tried")
	hasnt "$kind: not by who asked, in whatever disguise" 'LET IN' "$(<"$work/tried")"
	isnt "$kind: was asked for" '' "$id"
	soon=yes there admin1 "sekisho approve $id --reason mine"
	has "$kind: not with a second account" 'It was you who asked' "$output"
	run setpriv --reuid approver1 --regid approver1 --init-groups sekisho approve "$id" \
	    --reason x <<<"$(sandbox-code approver1)"
	isnt "$kind: not from no login" 0 "$status"
	there approver1 "sekisho approve $id --reason 'as you did for me'"
	has "$kind: not crosswise" 'do not approve each other' "$output"
	is "$kind: each is a record" '1 crossed 3 not-identified 3 same-person' \
	    "$(records --event "$event" --outcome failure --since "$began" |
		field event.reason | sort | uniq -c | xargs)"
	soon=yes there user2 "sekisho approve $id --reason seen"
	has "$kind: another person does" "$done" "$output"
	touch "$work/over"
	wait $asked
done 3<<END
role|role.answer|sekisho request web --for 1h --reason mine|is approved
exception|exception.answer|sekisho exception request everyone --subject svc1 $terms|is granted
emergency|exception.answer|sekisho exception request everyone --subject svc1 --emergency $terms|is approved
bypass|bypass.answer|sekisho bypass request auditor1 --verified-by me --how face --reason x --for 20m|is approved
policy|policy.answer|sudo sekisho policy apply --comment mine|is approved
record|log.redact|sekisho audit redact $secret --reason mine|is destroyed
export|log.export-request|sudo sekisho audit export --to /root/out --for Office --purpose mine --user user2|is approved
paper|log.export-request|sudo sekisho audit paper grants --for Office --purpose mine --output /root/paper.csv|is approved
use|use.answer|sekisho request pair --for 1h --reason x </dev/tty; tmux -L use new -d "sudo id -gn"; until grep -q U- <(sekisho pending); do sleep .1; done|runs now
contingency|contingency.answer|sekisho contingency activate flood --reason mine|further ones
END
eventually 8 eval "[ \$(told $all) = $((7 * kinds)) ]"
is 'each of all these is an alert' $((7 * kinds)) "$(told "$all")"

done_testing
