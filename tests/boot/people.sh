# Sourced: people of the machine of machine.sh, and how they come in.

secret() { printf '%s' "$1 of the boot test" | sha1sum | cut -c1-32 | tr '0189a-f' 'a2b3c-h' | tr a-z A-Z; }
code() { machine_run oathtool --totp -b "$(secret "$1")"; }
# shell TEXT: a script there, as root.
shell() { machine_run bash -c "$1"; }
ssh_options='-F none -o LogLevel=ERROR -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null
	-o PubkeyAuthentication=no -o PreferredAuthentications=keyboard-interactive -o NumberOfPasswordPrompts=1'
# login USER CODE [COMMAND]: its password is its name with -1601!
login() {
	machine_run env SANDBOX_PASSWORDS="Gate+$1-1601!" SANDBOX_CODES="$2" SANDBOX_TIMEOUT=60 \
		/mnt/lib/dialogue.exp ssh $ssh_options ${terminal:+-tt} "$1@127.0.0.1" "${3:-id -un}"
}
# After a start that this boot's memory does not vouch for, codes of before count no more: a person
# waits for the next one, and so does this.
# login_in_time USER [COMMAND]: as run does, the last time.
login_in_time() {
	local _
	for _ in {1..10}; do
		run login "$1" "$(code "$1")" "${@:2}"
		[ $status -ne 0 ] || return 0
		sleep 10
	done
}
works() { run "${@:2}"; is "$1" 0 "$status"; }
is_active() { is "$1" active "$(machine_run systemctl is-active "$2")"; }
# console USER CODE [COMMAND]: at a console of the machine, by login(1).
console() {
	machine_run env SANDBOX_PASSWORDS="Gate+$1-1601!" SANDBOX_CODES="$2" SANDBOX_TIMEOUT=60 \
		SANDBOX_INPUT="${3:-id -un}; exit" /mnt/lib/dialogue.exp unshare --mount --propagation private \
		bash -c 'touch /dev/tty1; mount --bind "$(tty)" /dev/tty1; exec login "$1" </dev/tty1 >/dev/tty1 2>&1' - "$1"
}
# people_make NAME...: accounts with a password; alice may use sudo. ssh can ask more than one question.
people_make() {
	shell 'for u in '"$*"'; do useradd -m -s /bin/bash $u; echo "$u:Gate+$u-1601!" | chpasswd; done
		usermod -aG sudo alice
		printf "KbdInteractiveAuthentication yes\nMaxStartups 200\n" >/etc/ssh/sshd_config.d/05-test.conf
		mkdir -p /run/sshd; systemctl reload-or-restart ssh'
}
# people_enrol NAME...: each a device; alice administers.
people_enrol() {
	local user
	for user in "$@"; do
		echo "$user $(secret "$user")"
	done >$machine/root/secrets
	shell '[ ! -d /etc/sekisho/policy.d ] || printf "[account alice]\nclass = admin\n" >/etc/sekisho/policy.d/alice.conf
		while read -r user secret; do
		sekisho factor import $user --uri "otpauth://totp/x:$user?secret=$secret&issuer=x" </dev/null || exit 1
		touch /root/begun
		done </root/secrets
		grep -q "^administrators.*alice" /etc/sekisho/policy.conf ||
			sed -i "s/^administrators = root$/&, alice/" /etc/sekisho/policy.conf'
}
