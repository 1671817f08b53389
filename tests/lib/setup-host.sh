# A host of Debian 12 on which Sekisho was installed and nothing else was done. Sourced in a plain
# sandbox, after assert.sh.

run=/run/sekisho-sandbox
. "$SANDBOX_TREE/tests/lib/sandbox-accounts.sh"
. "$SANDBOX_TREE/tests/lib/sandbox-services.sh"
rollback=/usr/libexec/sekisho/sekisho-rollback
setup=/var/lib/sekisho/setup

# ---- a host on which Sekisho was installed and nothing else ---------------------------------------

# The distribution's files as they are, whoever ran this; what another administrator did to them
# does not belong here.
host_files()
{
	cat >/etc/pam.d/sshd <<-'END'
		# PAM configuration for the Secure Shell service
		@include common-auth
		account    required     pam_nologin.so
		@include common-account
		session    required     pam_loginuid.so
		session    optional     pam_keyinit.so force revoke
		@include common-session
		session    required     pam_limits.so
		@include common-password
	END
	cat >/etc/pam.d/sudo <<-'END'
		#%PAM-1.0
		session    required   pam_limits.so
		@include common-auth
		@include common-account
		@include common-session-noninteractive
	END
	cat >/etc/pam.d/su <<-'END'
		auth       sufficient pam_rootok.so
		session       required   pam_env.so readenv=1
		@include common-auth
		@include common-account
		@include common-session
	END
	chmod 640 /etc/pam.d/su
	rm -f /etc/pam.d/sudo-i
	cat >/etc/ssh/sshd_config <<-'END'
		Include /etc/ssh/sshd_config.d/*.conf
		ListenAddress 127.0.0.1
		HostKey /etc/ssh/ssh_host_ed25519_key
		UsePAM yes
		KbdInteractiveAuthentication no
		PermitRootLogin no
		UseDNS no
		MaxStartups 1000
		PrintMotd no
		Subsystem sftp internal-sftp
	END
	echo 'admin1 ALL=(ALL:ALL) NOPASSWD: /usr/bin/sekisho' >/etc/sudoers.d/admin1
	chmod 440 /etc/sudoers.d/admin1
}

host_install()
{
	make -s -C "$SANDBOX_TREE" install BUILD="${SANDBOX_BUILD#"$SANDBOX_TREE"/}" >/dev/null 2>&1 </dev/null
	install -d -m 755 -o sekisho -g sekisho /run/sekisho
	install -d -m 700 -o sekisho -g sekisho /var/lib/sekisho
	printf '[account admin1]\nclass = admin\n' >/etc/sekisho/policy.d/admin.conf
	sed -i 's/^FAIL_DELAY.*/FAIL_DELAY 0/' /etc/login.defs
	/usr/lib/sekisho-sandbox/supervise </dev/null >>/var/log/sekisho-policyd.log 2>&1 &
	sandbox-daemon wait || return
	ln -sfn $run/sshd-2222.pid /run/sshd.pid
	sandbox-sshd stop
	sandbox-sshd start
}
