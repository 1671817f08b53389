#!/bin/bash
# sekisho check --probe: what each way of sshd's asks for, tried on the real one.
. "$(dirname "$0")/../lib/assert.sh"
sandbox_enter -- "$@"
. "$(dirname "$0")/../lib/login.sh"

# The one that check looks at: on the port that its configuration says.
serve()
{
	unserve
	printf '%s\n' "$@" | cat - /etc/ssh/sshd_config.own >/etc/ssh/sshd_config
	/usr/sbin/sshd -o PidFile=/run/probed.pid -E /var/log/sshd-22.log || fail 'sshd starts'
	/usr/lib/sekisho-sandbox/sockwait 5 127.0.0.1:22
}

unserve()
{
	[ ! -e /run/probed.pid ] || kill "$(</run/probed.pid)"
	eventually 5 test ! -e /run/probed.pid
}

# probe: what is said about logins, "STATE METHOD: RESULT" a line.
probe()
{
	run sekisho check --probe --json
	said=$(/usr/bin/python3 -c '
import json, sys
for row in json.load(sys.stdin):
    if row["what"].startswith("login by ") or "sekisho-probe" in row["what"]:
        print(row["state"], row["what"].replace("login by ", ""))' <<<"$output")
	[ ! -e /run/sekisho-probe ] || fail 'the probe removes what it made' "$(find /run/sekisho-probe)"
	! pgrep -u root -x ssh >/dev/null || fail 'no client of the probe is left'
}

cp /etc/ssh/sshd_config /etc/ssh/sshd_config.own
serve
probe
has 'without the account: says so' '^unknown .*there is no account sekisho-probe' "$said"

useradd --system --user-group --no-create-home --home-dir /run/sekisho-probe \
    --shell /usr/sbin/nologin --password '*' sekisho-probe
start=$SECONDS
probe
between 'it takes seconds' 0 15 $((SECONDS - start))
has 'none is not let in' '^ok none: not let in$' "$said"
has 'a key alone is refused' '^ok publickey: the key is right, and alone it is refused$' "$said"
has 'the password is asked for' '^ok keyboard-interactive: asks "\(sekisho-probe@127.0.0.1\) Password:"$' "$said"
is 'three ways' 3 "$(wc -l <<<"$said")"
hasnt 'a hung up prompt charges nobody' 'authentication.password|lock' "$(sekisho log --user sekisho-probe)"

serve 'PasswordAuthentication yes' 'KbdInteractiveAuthentication no' 'HostbasedAuthentication yes' \
    'GSSAPIAuthentication yes'
probe
has 'the password method asks too' '^ok password: asks "sekisho-probe@127.0.0.1.s password:"$' "$said"
hasnt 'what is off is not tried' 'keyboard-interactive' "$said"
has 'hostbased is tried' '^ok hostbased: not let in$' "$said"
has 'gssapi is tried' '^ok gssapi-with-mic: not let in$' "$said"

serve 'AuthenticationMethods publickey,keyboard-interactive:pam'
probe
has 'key and code: no device, not let in' \
    '^ok publickey,keyboard-interactive:pam: takes publickey, then does not let in$' "$said"
sekisho factor import sekisho-probe --uri \
    'otpauth://totp/Sekisho:p?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Sekisho' >/dev/null ||
    fail 'a device for the probe'
probe
has 'key and code: asks for the code' \
    '^ok publickey,keyboard-interactive:pam: takes publickey, then asks ".*Code.*"$' "$said"

# ---- holes ---------------------------------------------------------------------------------------

serve
sed -i.own -E '/^@include sekisho-account/d; /pam_sekisho.*/{/^session|^account/d}' /etc/pam.d/sshd
echo 'account required pam_permit.so' >>/etc/pam.d/sshd
probe
has 'an account phase without Sekisho: a key gets in' '^failed publickey: lets in by the key alone$' "$said"
is 'and check fails' 1 "$status"
mv /etc/pam.d/sshd.own /etc/pam.d/sshd

serve 'UsePAM no'
probe
has 'sshd without PAM: a key gets in' '^failed publickey: lets in by the key alone$' "$said"

usermod -p '' sekisho-probe
probe
has 'an account that is not locked is not used' '^failed account sekisho-probe has a password' "$said"
hasnt 'and nothing is tried' 'publickey' "$said"
usermod -p '*' sekisho-probe

# ---- what the policy allows ----------------------------------------------------------------------

serve
policy_add '
[account sekisho-probe]
class = service'
probe
has 'a key that the policy allows' '^ok publickey: lets in by the key alone, as the policy has it$' "$said"
sandbox-daemon stop
probe
has 'without the daemon: nobody gets in' '^(ok|unknown) publickey: .*refused' "$said"
sandbox-daemon start

serve 'AuthorizedKeysFile /etc/ssh/keys/%u' 'AllowUsers user1'
probe
has 'no place for a key' '^unknown publickey: not tried' "$said"
has 'a list of who may log in' '^unknown sshd limits who logs in' "$said"

# ---- the end comes in any case -------------------------------------------------------------------

serve
sekisho check --probe >/dev/null 2>&1 &
pid=$!
eventually 5 test -e /run/sekisho-probe/client/key || fail 'a probe runs'
kill -TERM $pid
wait $pid
is 'told to end, it ends' 143 $?
[ ! -e /run/sekisho-probe ] && pass 'and leaves nothing' || fail 'and leaves nothing'
sekisho check --probe >/dev/null 2>&1 &
pid=$!
eventually 5 test -s /run/sekisho-probe/.ssh/authorized_keys || fail 'a probe runs'
has 'a key that is left counts for minutes' '^restrict,expiry-time="[0-9]{12}Z" ssh-ed25519 ' \
    "$(cat /run/sekisho-probe/.ssh/authorized_keys 2>/dev/null)"
kill -KILL $pid
wait $pid 2>/dev/null
probe
has 'the next run removes what was left' '^ok none' "$said"
unserve
probe
has 'no sshd: says so' '^unknown none: sshd could not be talked to$' "$said"
run as user1 sekisho check --probe
has 'a person cannot probe' '^\? +second-factor-required: the settings of sshd could not be read' "$output"

done_testing
