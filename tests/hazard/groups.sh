#!/bin/bash
# A rule about a group needs to know the groups. While strangers guess at names by the hundred and
# users ask by the hundred, they are still looked up for whoever gets further.
. "$(dirname "$0")/lib.sh"
hazard_enter -- "$@"

groupadd contractors
mkdir -p /etc/sekisho/policy.d
cat >/etc/sekisho/policy.d/groups.conf <<'CONF'
[rule contractors-stay-out]
group = contractors
refuse = yes
CONF
sekisho policy apply >/dev/null || fail 'the policy is in force'
login_next user1 10.12.0.1
is 'a rule refuses a group that the user is not in: the user gets in' 1 "$(let_in)"

# guesses: 250 wrong passwords at once, round after round, until the file is gone.
guesses()
{
	local i

	for ((i = 0; i < 250; i++)); do
		echo "user=user2 rhost=10.13.$i.1 password=wrong"
	done >"$work/guesses"
	while [ -e "$work/go" ]; do
		"$tools/pamload" -b password <"$work/guesses" >/dev/null
	done
}

# crowd: users of many numbers ask who they are, all the time.
crowd()
{
	/usr/bin/python3 - "$work/go" <<-EOF2
		import os, sys
		sys.path.insert(0, "$assert_lib")
		import frames as F
		message = F.frame(F.COMMAND, F.fields(F.COMMAND_FIELDS, {"verb": 1}))
		for uid in range(20000, 20100):
		    if os.fork() == 0:
		        os.setgroups([]), os.setgid(uid), os.setuid(uid)
		        while os.path.exists(sys.argv[1]):
		            try:
		                F.exchange("/run/sekisho/user.sock", message, timeout=10)
		            except OSError:
		                pass
		        os._exit(0)
	EOF2
}

# beside WHAT CMD: user1 logs in while that goes on.
beside()
{
	local in=0 i since refused=

	since=$(log_size)
	: >"$work/go"
	chmod 755 "$work"
	$2 &
	sleep 1
	for i in {1..10}; do
		login_next user1 10.12.0.1
		in=$((in + $(let_in)))
		[ "$(let_in)" = 1 ] || refused+=$output$'\n'
	done
	rm "$work/go"
	wait
	output=$refused
	is "beside $1: each of ten logins" 10 $in
	output=
	is 'with their groups looked up' 0 "$(log_since "$since" | grep ' access.account ' |
	    grep '"user.name":"user1"' | grep -vc '"sekisho.fact.groups.known":true')"
}

beside '250 guesses at a time' guesses
beside 'a hundred users who ask' crowd

redecide_all
done_testing
