#!/bin/bash
# The vectors of RFC 4226 and RFC 6238, each a login through the module and the daemon, at the
# time that the RFC names. Not a hazard, but the driver and the clock are here.
. "$(dirname "$0")/lib.sh"
hazard_enter -- "$@"

key=12345678901234567890

# now_is TIME: the wall clock alone; the daemon notices, and devices it knows wait for a code.
now_is()
{
	local left step

	left=$(($1 - $(date +%s)))
	while [ $left -ne 0 ]; do
		step=$left
		[ $step -le 3000000000 ] || step=3000000000
		[ $step -ge -3000000000 ] || step=-3000000000
		sandbox-clock jump "$(printf '%+d' $step)s" || return
		left=$((left - step))
	done
}

first_device()
{
	sekisho factor list user2 --json | grep -o '"name": *"[^"]*"' | head -1 | cut -d'"' -f4
}

# device KEY ALGORITHM DIGITS: the only one that user2 has.
device()
{
	sekisho factor revoke user2 "${device:-$(first_device)}" >/dev/null
	device=vector-$((made = made + 1))
	echo "otpauth://totp/RFC:user2?secret=$(printf %s "$1" | base32 -w 0 | tr -d =)&algorithm=$2&digits=$3" |
	    sekisho factor import user2 --name $device --uri - >/dev/null
}

# try NAME CODE [WRONG]: the code gets in, the wrong one before it does not.
try()
{
	local source=10.11.$((made % 200)).$((tried % 200))

	tried=$((tried + 1))
	if [ -n "${3-}" ]; then
		login "$(job user2 $source "$3")"
		[ "$(let_in)" = 0 ] || bad+="$1: the wrong code $3 got in
"
	fi
	login "$(job user2 $source "$2")"
	[ "$(let_in)" = 1 ] || bad+="$1: the code $2 did not
$output
"
}

# In 2603 a password of today has expired.
chage -M -1 user2
made=0 tried=0 bad=
# RFC 4226, appendix D: counters 0 to 9 are the steps of the first five minutes of 1970.
now_is 3
login "user=user1 password=wrong rhost=10.11.0.2" # whoever comes first meets the jump
device $key SHA1 6
for code in 755224 287082 359152 969429 338314 254676 287922 162583 399871 520489; do
	try "RFC 4226, counter $tried" $code $([ $tried != 0 ] || echo 123456)
	sandbox-clock +30s
done
output=
is "RFC 4226: $tried of 10 vectors" '' "$bad"
figure 'RFC 4226 vectors through module and daemon' "$((tried - $(grep -c 'RFC' <<<"$bad"))) of 10"

# RFC 6238, appendix B, with the keys of its reference program.
tried=0 bad=
key32=${key}123456789012 key64=$key$key${key}1234
while read -r at sha1 sha256 sha512; do
	now_is "$at"
	login "user=user1 password=wrong rhost=10.11.0.2"
	device $key SHA1 8
	try "RFC 6238, $at, SHA-1" "$sha1" $([ $tried != 0 ] || echo "$sha256")
	device $key32 SHA256 8
	try "RFC 6238, $at, SHA-256" "$sha256"
	device $key64 SHA512 8
	try "RFC 6238, $at, SHA-512" "$sha512"
done <<'VECTORS'
59 94287082 46119246 90693936
1111111109 07081804 68084774 25091201
1111111111 14050471 67062674 99943326
1234567890 89005924 91819424 93441116
2000000000 69279037 90698825 38618901
20000000000 65353130 77737706 47863826
VECTORS
output=
is "RFC 6238: $tried of 18 vectors" '' "$bad"
figure 'RFC 6238 vectors through module and daemon, three algorithms' \
    "$((tried - $(grep -c 'RFC' <<<"$bad"))) of 18"

redecide_all
done_testing
