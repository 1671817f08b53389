# The sandbox's accounts. Sourced by sandbox-init. People of the host are not in it: whoever
# runs it, the same names and numbers are there.

sandbox_people='user1 user2 approver1 approver2 auditor1 admin1'	# a second factor each
sandbox_others='oracle1 svc1'
sandbox_key_holders='user1 user2 admin1 svc1'

accounts_base()
{
	local file kept

	# System accounts only; their own rows, so that packages go on working.
	kept=$(awk -F: '$3 < 1000 || $3 == 65534 { print $1 }' /etc/passwd)
	for file in passwd group; do
		awk -F: '$3 < 1000 || $3 == 65534' /etc/$file >/etc/$file.new || return
	done
	awk -F: -v kept="$kept" 'BEGIN { n = split(kept, k, "\n"); while (n) has[k[n--]] = 1 }
	    $1 in has' /etc/shadow >/etc/shadow.new || return
	# Nobody logs in as root by password, whatever the host's is.
	sed -i 's/^root:[^:]*:/root:*:/' /etc/shadow.new
	rm -f /etc/gshadow /etc/nologin
	chgrp shadow /etc/shadow.new && chmod 640 /etc/shadow.new
	mv /etc/passwd.new /etc/passwd && mv /etc/group.new /etc/group &&
	    mv /etc/shadow.new /etc/shadow || return
	getent passwd sekisho >/dev/null ||
	    useradd --system --user-group --no-create-home --home-dir /var/lib/sekisho \
		--shell /usr/sbin/nologin sekisho
}

# newusers makes all of them in one go, through PAM, so that the hash is the host's default.
accounts_people()
{
	local name uid=7001

	for name in $sandbox_people $sandbox_others; do
		echo "$name:Gate+$name-1601!:$uid:$uid:$name:/home/$name:/bin/bash"
		uid=$((uid + 1))
	done | newusers
	for name in $sandbox_people $sandbox_others; do
		# It may be there already, of a person of the host with that name.
		chown $name:$name /home/$name && chmod 700 /home/$name || return
	done
	grep -q '^user1:\$y\$' /etc/shadow
}

accounts_keys()
{
	local name

	rm -rf --one-file-system /root/.ssh && mkdir -m 700 /root/.ssh || return
	for name in $sandbox_key_holders; do
		ssh-keygen -q -t ed25519 -N '' -C "$name" -f /root/.ssh/$name &&
		    install -d -m 700 -o $name -g $name /home/$name/.ssh &&
		    install -m 600 -o $name -g $name /root/.ssh/$name.pub \
			/home/$name/.ssh/authorized_keys || return
	done
}

accounts_sudo()
{
	cat >/etc/sudoers <<-'EOF'
		Defaults env_reset, use_pty, !fqdn
		Defaults secure_path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
		root ALL=(ALL:ALL) ALL
		user1 ALL=(ALL:ALL) ALL
		admin1 ALL=(ALL:ALL) ALL
		@includedir /etc/sudoers.d
	EOF
	chmod 440 /etc/sudoers
}

accounts_make()
{
	printf '127.0.0.1 localhost gate\n' >/etc/hosts
	echo gate >/etc/hostname
	printf '%s: files\n' passwd shadow gshadow hosts services protocols >/etc/nsswitch.conf
	echo 'group: files sekisho' >>/etc/nsswitch.conf
	accounts_base && accounts_people && accounts_keys && accounts_sudo
}
