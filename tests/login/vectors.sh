#!/bin/bash
# The test vectors of RFC 6238 (all algorithms, 8 digits) and RFC 4226 (6 digits) as logins through
# the module and the daemon, at the times that the RFCs name; and 60-second steps.
. "$(dirname "$0")/../lib/assert.sh"
sandbox_enter "$@"
. "$assert_lib/login.sh"

cat >/etc/pam.d/gate <<'EOF2'
@include sekisho-auth
@include sekisho-account
EOF2
policy_add '[service gate]
class = console
[rule gate]
service = gate
require = mfa'

# The keys of RFC 6238, appendix B: digits repeated to the length of the hash.
key()
{
	local size

	case $1 in
	SHA1) size=20 ;;
	SHA256) size=32 ;;
	SHA512) size=64 ;;
	esac
	printf '1234567890%.0s' {1..7} | head -c $size | base32 -w0 | tr -d =
}

# Sets the clock to that time, some seconds since 1970, and makes a new account with that key: the
# floor that a jump sets bars the devices that were there before.
at()
{
	local far

	while far=$(($1 - $(date +%s))) && [ $far -ne 0 ]; do
		# The clock is moved by a hundred years at most.
		[ $far -lt 3000000000 ] || far=3000000000
		[ $far -gt -3000000000 ] || far=-3000000000
		sandbox-clock jump "$(printf '%+d' $far)s"
	done
}
number=7200
person()
{
	number=$((number + 1))
	user=v$number
	echo "$user:x:$number:$number::/home:/bin/bash" >>/etc/passwd
	echo "$user:$hash:10000::::::" >>/etc/shadow
	sekisho factor import "$user" --uri - >"$work/import" 2>&1 \
	    <<<"otpauth://totp/$user?secret=$(key "$1")&algorithm=$1&digits=$2&period=$3" ||
	    fail "$user has a device" "$(<"$work/import")"
}
hash=$(sed -n 's/^user1:\([^:]*\):.*/\1/p' /etc/shadow)

with()
{
	passwords='Gate+user1-1601!' codes=$1
	shape dialogue pamtester gate "$user" authenticate acct_mgmt
}

while read -r time sha1 sha256 sha512; do
	at "$time"
	for pair in SHA1:$sha1 SHA256:$sha256 SHA512:$sha512; do
		person "${pair%:*}" 8 30
		with "${pair#*:}"
		is "RFC 6238: ${pair%:*} at $time" 'password code in' "$shape"
	done
done <<'EOF2'
1111111109 07081804 68084774 25091201
1111111111 14050471 67062674 99943326
1234567890 89005924 91819424 93441116
2000000000 69279037 90698825 38618901
20000000000 65353130 77737706 47863826
59 94287082 46119246 90693936
EOF2
with 94287083
isnt 'another number is not let in' 0 "$status"

# HOTP is what TOTP counts steps for.
step=0
for code in 755224 287082 359152 969429 338314 254676 287922 162583 399871 520489; do
	at $((step * 30 + 10))
	person SHA1 6 30
	with $code
	is "RFC 4226: count $step" 'password code in' "$shape"
	step=$((step + 1))
done
at $((10 * 60 + 10))
person SHA1 6 60
with 403154
is 'steps of 60 s: count 10' 'password code in' "$shape"
is 'each is recorded with its device' 'success ok' "$(last_event "$user" authentication.code)"

done_testing
