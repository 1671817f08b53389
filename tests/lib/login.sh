# What the tests of real logins have in common. After assert.sh, inside the sandbox.
#
#	shape sandbox-ssh user1 auto	runs it; $shape: what was asked for and how it went, in order
#	is 'a login' 'password code in' "$shape"
#	why USER			the reason of that user's last refusal, from the log
#	away_from_midnight		no day ends in the next hour: for what counts days
#	policy_add TEXT			these lines more in the policy, in force

. /usr/lib/sekisho-sandbox/sandbox-dialogue.sh

work=$(mktemp -d)
chmod 755 "$work"
trap 'rm -rf "$work"' EXIT
export LANG=C.UTF-8

# as USER CMD...: with that person's identity, without a login.
as()
{
	local user=$1

	shift
	setpriv --reuid "$user" --regid "$user" --init-groups --reset-env -- env LANG=C.UTF-8 "$@"
}

# Neither a day of UTC nor one of the host: behind each that is near.
away_from_midnight()
{
	local utc left

	for utc in -u '' -u; do
		left=$(($(date $utc -d "$(date $utc +%F) 1 day" +%s) - $(date +%s)))
		[ $left -gt 3600 ] || sandbox-clock "+${left}s"
	done
}

records()
{
	sekisho log --json "$@"
}

# field NAME: of each record on standard input.
field()
{
	/usr/bin/python3 -c '
import json, sys
for line in sys.stdin:
    value = json.loads(line).get(sys.argv[1])
    print(json.dumps(value) if isinstance(value, (bool, list)) else "-" if value is None else value)' "$1"
}

# shape CMD...: $output, $status, and $shape, such as "password code out".
shape()
{
	run "$@"
	shape=$(tr -d '\r' <<<"$output" | sed -nE \
	    's/^(.*[^a-z])?(password|code)( for [a-z0-9]+)?: *(.*)$/\2/Ip' | tr '[:upper:]\n' '[:lower:] ')
	case $status in
	0) shape+=in ;;
	124) shape+=hangs ;;
	*) shape+=out ;;
	esac
}

# why USER: the reason of the newest refusal of USER. What the daemon settles by itself, because an
# earlier login was left alone for too long, comes whenever its time is over and answers nobody.
why()
{
	records --user "$1" --outcome failure --limit 5 | field event.reason |
	    grep -vx abandoned | tail -n 1
}

# last_event USER EVENT: outcome and reason of the last such record.
last_event()
{
	records --user "$1" --event "$2" --limit 1 | sed -nE \
	    's/.*"event.outcome":"([^"]*)","event.reason":"([^"]*)".*/\1 \2/p'
}

policy_add()
{
	printf '%s\n' "$1" >>/etc/sekisho/policy.conf
	sekisho policy apply >"$work/applied" 2>&1 || fail 'the policy is applied' "$(<"$work/applied")"
}

# converse SCRIPT CMD...: see converse.exp.
converse()
{
	printf '%s\n' "$1" >"$work/script"
	shift
	# Its own time limit is on a clock that the tests move.
	run timeout 60 "$SANDBOX_TREE/tests/lib/converse.exp" "$work/script" "$@"
}

# A code that is not right: none of the device's within an hour.
wrong_code()
{
	local code=100000 near

	near=$(oathtool --totp --base32 -w 240 -N "@$(($(date +%s) - 3600))" - \
	    <"/run/sekisho-sandbox/secrets/$1")
	while grep -q "^$code$" <<<"$near"; do
		code=$((code + 1))
	done
	echo $code
}
