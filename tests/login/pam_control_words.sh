#!/bin/bash
# The control words of the shipped stacks: every line of the auth part is made to answer success,
# ignore and failure, and to be missing, in all combinations. Somebody is let in exactly when the
# last line said yes, and before it either the key was proved or the password was right in an
# attempt that had been counted.
. "$(dirname "$0")/../lib/assert.sh"
sandbox_enter --plain -- "$@"

conf=$SANDBOX_TREE/conf/pam.d
answers='success ignore auth_err absent'

# The auth lines of a stack with the modules of one combination in the place of the real ones.
stack()
{
	local line words answer

	grep '^auth' "$conf/$1" | while IFS= read -r line; do
		answer=$2
		shift
		words=${line%%pam_*}
		if [ "$answer" = absent ]; then
			echo "$words pam_absent.so"
		else
			echo "$words pam_debug.so auth=$answer"
		fi
	done
}

let_in()
{
	pamtester words user1 authenticate </dev/null >/dev/null 2>&1
}

# check STACK ANSWER...: one combination; prints it when the outcome is not the one wanted.
check()
{
	local name=$1 key=none wanted=out got=out

	shift
	stack "$name" "$@" >/etc/pam.d/words
	if let_in; then
		got=in
	fi
	if [ $# -eq 5 ]; then
		key=$1
		shift
	fi
	if [ "$4" = success ]; then
		if [ "$key" = success ]; then
			wanted=in
		elif [[ $1 =~ ^(success|ignore)$ ]] && [ "$2" = success ]; then
			wanted=in
		fi
	fi
	checked=$((checked + 1))
	[ $got = $wanted ] || wrong+="key=$key preauth=$1 password=$2 authfail=$3 last=$4: $got
"
}

all()
{
	local k p u a s

	wrong= checked=0
	for k in $2; do
		for p in $answers; do
			for u in $answers; do
				for a in $answers; do
					for s in $answers; do
						# shellcheck disable=SC2086
						check "$1" ${k#none} $p $u $a $s
					done
				done
			done
		done
	done
	is "$1: all $checked combinations let in the right ones" '' "$wrong"
}

# A module that answers as it is told, or the combinations below would prove nothing.
printf 'auth required pam_debug.so auth=success\n' >/etc/pam.d/words
is 'the stand-in can say yes' 0 "$(let_in; echo $?)"
printf 'auth required pam_debug.so auth=auth_err\n' >/etc/pam.d/words
isnt 'the stand-in can say no' 0 "$(let_in; echo $?)"

all sekisho-auth none
all sshd "$answers"
is 'sshd spells out the lines of sekisho-auth' \
    "$(grep '^auth' "$conf/sekisho-auth")" "$(grep '^auth' "$conf/sshd" | tail -n +2)"
for service in login su sudo sudo-i; do
	is "$service includes them" 1 "$(grep -c '^@include sekisho-auth$' "$conf/$service")"
done
for service in sshd login su sudo sudo-i cron; do
	is "$service: account" 1 "$(grep -c '^@include sekisho-account$' "$conf/$service")"
	is "$service: session" 1 \
	    "$(grep -Ec '^session[[:space:]]+required[[:space:]]+pam_sekisho.so$' "$conf/$service")"
done
for service in sshd login cron; do
	has "$service: the login identity is set before our line" '^session.*pam_loginuid' \
	    "$(sed '/^session.*pam_sekisho/q' "$conf/$service")"
done
done_testing
