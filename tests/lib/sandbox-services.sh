# What runs in the sandbox: Sekisho installed from the build directory, its daemon under a
# supervisor, syslog, sshd, and one device enrolled for each person. Sourced by sandbox-init.

# The clock of everything that follows: SANDBOX_START (anything date -d understands) is when it begins,
# TZ the zone of the whole host.
services_clock()
{
	local zone=${TZ-} at

	unset TZ
	if [ -n "$zone" ]; then
		[ -f "/usr/share/zoneinfo/${zone#:}" ] || die "no such zone: $zone"
		ln -sfn "/usr/share/zoneinfo/${zone#:}" /etc/localtime || return
	fi
	install -m 644 "$SANDBOX_BUILD/tests/libfakeclock.so" /usr/lib/ &&
	    echo /usr/lib/libfakeclock.so >>/etc/ld.so.preload || return
	[ -n "${SANDBOX_START-}" ] || return 0
	at=$(date -d "$SANDBOX_START" +%s) || die "no such time: $SANDBOX_START"
	"$SANDBOX_BUILD/tests/sandbox-clock" begin "$at"
}

# What the host's administrator added to Debian's files does not belong to the test.
services_pam_common()
{
	cat >/etc/pam.d/common-auth <<-'EOF'
		auth	[success=1 default=ignore]	pam_unix.so
		auth	requisite	pam_deny.so
		auth	required	pam_permit.so
	EOF
	cat >/etc/pam.d/common-account <<-'EOF'
		account	[success=1 new_authtok_reqd=done default=ignore]	pam_unix.so
		account	requisite	pam_deny.so
		account	required	pam_permit.so
	EOF
	cat >/etc/pam.d/common-password <<-'EOF'
		password	[success=1 default=ignore]	pam_unix.so obscure yescrypt
		password	requisite	pam_deny.so
		password	required	pam_permit.so
	EOF
	echo 'session	required	pam_unix.so' |
	    tee /etc/pam.d/common-session >/etc/pam.d/common-session-noninteractive
}

# A host that is kept up: apt was told today what there is, and nothing of it is missing.
services_updates()
{
	rm -rf /etc/apt/sources.list.d/* /var/lib/apt/lists/*_* /var/lib/clamav
	: >/etc/apt/sources.list
	mkdir -p /var/lib/apt/lists/partial &&
	    touch -d "$(date -Is)" /var/lib/apt/lists/sandbox_InRelease
	[ -s /etc/machine-id ] || head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \n' >/etc/machine-id
}

services_base()
{
	# A text before the prompts is not part of a dialogue, the host's jobs are not ours.
	rm -rf /etc/motd /etc/legal /etc/update-motd.d /etc/issue.d
	rm -rf /etc/crontab /etc/cron.*/* /var/spool/cron/crontabs/* /etc/sudoers.d/*
	services_updates && services_pam_common
}

services_tools()
{
	local tool

	for tool in "$SANDBOX_TREE"/tests/lib/bin/sandbox-* "$SANDBOX_BUILD"/tests/sandbox-clock; do
		install -m 755 "$tool" /usr/bin/ || return
	done
	install -d /usr/lib/sekisho-sandbox &&
	    install -m 755 "$SANDBOX_BUILD/tests/syslogcap" "$SANDBOX_BUILD/tests/sockwait" \
		"$SANDBOX_TREE/tests/lib/dialogue.exp" "$SANDBOX_TREE/tests/lib/supervise" \
		/usr/lib/sekisho-sandbox/ &&
	    install -m 644 "$SANDBOX_TREE/tests/lib/sandbox-dialogue.sh" /usr/lib/sekisho-sandbox/
}

# The product as "make install" puts it on a host, then the shipped stack and our policy.
services_product()
{
	local stage=$run/stage top

	mkdir -p $stage/usr/lib $stage/usr/bin $stage/usr/sbin || return
	for top in lib bin sbin; do
		ln -s usr/$top $stage/$top
	done
	make -s -C "$SANDBOX_TREE" install BUILD="${SANDBOX_BUILD#"$SANDBOX_TREE"/}" \
	    DESTDIR=$stage </dev/null >&2 || return
	cp -a $stage/usr/. /usr/ || return
	[ ! -d $stage/etc ] || cp -a $stage/etc/. /etc/ || return
	rm -rf $stage
	install -m 644 "$SANDBOX_TREE"/conf/pam.d/* /etc/pam.d/ || return
	install -d -m 755 /etc/sekisho &&
	    install -m 644 "$SANDBOX_TREE/tests/lib/policy.conf" /etc/sekisho/policy.conf &&
	    install -d -m 755 -o sekisho -g sekisho /run/sekisho &&
	    install -d -m 700 -o sekisho -g sekisho /var/lib/sekisho
}

services_sshd()
{
	rm -f /etc/ssh/ssh_host_* /etc/ssh/sshd_config.d/*
	ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key &&
	    echo "[127.0.0.1]:2222 $(cat /etc/ssh/ssh_host_ed25519_key.pub)" \
		>/etc/ssh/ssh_known_hosts &&
	    install -m 600 "$SANDBOX_TREE/tests/lib/sshd_config" /etc/ssh/sshd_config
}

services_install()
{
	services_tools && services_sshd || return
	[ -n "$SANDBOX_PLAIN" ] || services_product
}

# One device for each person. The secrets are made anew for each sandbox.
services_enrol()
{
	local name secret uri

	for name in $sandbox_people; do
		secret=$(head -c 20 /dev/urandom | base32)
		(umask 077 && echo "$secret" >$run/secrets/$name)
		uri="otpauth://totp/Sekisho:$name?secret=$secret&issuer=Sekisho"
		sekisho factor import "$name" --uri "$uri" >$run/enrol.out 2>&1 || {
			cat $run/enrol.out >&2
			return 1
		}
	done
	rm -f $run/enrol.out
}

services_start()
{
	cd / || return
	env -i PATH="$PATH" /usr/lib/sekisho-sandbox/syslogcap /dev/log /var/log/syslog-capture \
	    </dev/null >/dev/null 2>&1 &
	/usr/lib/sekisho-sandbox/sockwait 30 /dev/log || return
	if [ -z "$SANDBOX_PLAIN" ]; then
		/usr/lib/sekisho-sandbox/supervise </dev/null >>/var/log/sekisho-policyd.log 2>&1 &
		sandbox-daemon wait && services_enrol || {
			tail -n 20 /var/log/sekisho-policyd.log >&2
			return 1
		}
	fi
	sandbox-sshd start
}
