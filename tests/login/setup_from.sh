#!/bin/bash
# Moving here from the modules that people use today: on a host where they are at work, with codes
# that only they know, "sekisho setup --from" takes over what it can, says what it cannot, and the
# same devices log in again.
. "$(dirname "$0")/../lib/assert.sh"
sandbox_enter --plain -- "$@"
export LANG=C.UTF-8
. "$SANDBOX_TREE/tests/lib/setup-host.sh"

secret_for()
{
	head -c 20 /dev/urandom | base32 | tee "$run/secrets/$1"
}

code_line() { [ "$(tail -n 1 <<<"$output" | tr -d '\r')" = "$1" ]; }
taken_back() { [ ! -e $setup/pending ]; }

host_files
sed -i 's/^KbdInteractiveAuthentication no/KbdInteractiveAuthentication yes/' /etc/ssh/sshd_config
host_install || fail 'installed'

# ---- google-authenticator ---------------------------------------------------------------------------

for name in user1 admin1; do
	printf '%s\n" RATE_LIMIT 3 30\n" TOTP_AUTH\n12345678\n' "$(secret_for $name)" >/home/$name/.google_authenticator
	chown $name:$name /home/$name/.google_authenticator
	chmod 400 /home/$name/.google_authenticator
done
printf '%s\n" HOTP_COUNTER 1\n' "$(head -c 20 /dev/urandom | base32)" >/home/user2/.google_authenticator
chown user2:user2 /home/user2/.google_authenticator
chmod 400 /home/user2/.google_authenticator
sed -i '/^@include common-auth/a auth required pam_google_authenticator.so nullok' /etc/pam.d/sshd
run sandbox-ssh user1 auto
is 'google-authenticator is at work' 0 "$status"

run sekisho setup --yes --service sshd
is 'without --from its line is in the way' 1 "$status"
has 'and is named' 'line 3: pam_google_authenticator .*--from pam_google_authenticator' "$output"
run sekisho setup --rehearse --service sshd --from google-authenticator
has 'who is taken over' 'user1: the key is taken over' "$output"
has 'who is not, and why' 'user2: no key is taken over' "$output"
has 'what is lost' 'emergency codes' "$output"
has 'what has no equivalent' 'nullok has no equivalent' "$output"
has 'the rule' '^\+account = user1, admin1|^\+account = admin1, user1' "$output"
run sekisho setup --yes --service sshd --from google-authenticator
is 'setup' 0 "$status"
run sandbox-ssh user1 next
is 'the same device logs in' 0 "$status"
run sandbox-ssh user1 -
is 'and without it nobody does' 255 "$status"
has 'the line is out' '^# taken out by sekisho setup: auth required pam_google' "$(</etc/pam.d/sshd)"
sekisho setup --undo --yes >/dev/null
hasnt 'it is in again when it is undone' 'sekisho' "$(</etc/pam.d/sshd)"
run sandbox-ssh user1 next
is 'and at work' 0 "$status"
run sekisho setup --yes --service sshd --from google-authenticator
is 'a second time' 0 "$status"
has 'the key is there already' 'user1 has a device already' "$output"
sekisho setup --undo --yes >/dev/null

# ---- pam_oath ------------------------------------------------------------------------------------------

host_files
sed -i 's/^KbdInteractiveAuthentication no/KbdInteractiveAuthentication yes/' /etc/ssh/sshd_config
secret_for user2 >/dev/null
hex=$(base32 -d <"$run/secrets/user2" | od -An -tx1 | tr -d ' \n')
(umask 077 && printf 'HOTP/T30/6 user2 - %s\nHOTP approver1 - 00112233445566778899aabbccddeeff00112233\n' "$hex" >/etc/users.oath)
sed -i '/^@include common-auth/a auth required pam_oath.so usersfile=/etc/users.oath window=20 digits=6' /etc/pam.d/sshd
run sandbox-ssh user2 auto
has 'pam_oath is at work' 'One-time|OTP|one-time' "$output"
run sekisho setup --yes --service sshd --from oath
is 'setup' 0 "$status"
has 'what becomes of its window' 'window = 20: window = 10 in \[factor\]' "$output"
has 'the length' 'digits = 6 has no equivalent' "$output"
has 'who cannot be taken over' 'no key is taken over: .*line 2' "$output"
run sandbox-ssh user2 next
is 'the same device logs in' 0 "$status"
has 'the policy has it' '^window = 10' "$(sekisho policy show)"
sekisho setup --undo --yes >/dev/null

# ---- pam_faillock and pam_pwquality ------------------------------------------------------------------------

host_files
cp /etc/pam.d/common-auth /root/common-auth
sed -i 's/^KbdInteractiveAuthentication no/KbdInteractiveAuthentication yes/' /etc/ssh/sshd_config
cat >/etc/pam.d/common-auth <<-'END'
	auth required pam_faillock.so preauth deny=3
	auth [success=1 default=ignore] pam_unix.so
	auth [default=die] pam_faillock.so authfail deny=3
	auth sufficient pam_faillock.so authsucc deny=3
END
cat >/etc/security/faillock.conf <<-'END'
	# of the company
	deny = 7
	unlock_time = 600
	fail_interval = 120
	even_deny_root
END
printf 'minlen = 12\ndcredit = -1\nucredit = 1\nretry = 3\nusercheck = 0\n' >/etc/security/pwquality.conf
run sekisho setup --yes --service sshd --from faillock --from pwquality
is 'setup' 0 "$status"
has 'the option of the line counts' 'deny = 3: deny = 3 in \[lockout\]' "$output"
has 'what has no equivalent' 'even_deny_root has no equivalent' "$output"
has 'a demand' 'dcredit = -1: dcredit = -1 in \[password\]' "$output"
has 'a reward' 'ucredit = 1 has no equivalent' "$output"
policy=$(sekisho policy show)
for line in 'deny = 3' 'unlock_time = 600' 'fail_interval = 120' 'minlen = 12' 'dcredit = -1' 'usercheck = no'; do
	has "in force: $line" "^$line" "$policy"
done
hasnt 'pam_faillock counts sshd no more' 'pam_faillock' "$(</etc/pam.d/sshd)"
for _ in 1 2 3; do
	run sandbox-ssh -P wrong user2 -
done
run sandbox-ssh user2 -
is 'the third failure locks' 255 "$status"
sekisho setup --undo --yes >/dev/null
is 'undone, the policy file is the shipped one' "$(<"$SANDBOX_TREE/conf/policy.conf")" "$(</etc/sekisho/policy.conf)"

done_testing
