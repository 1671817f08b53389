# What sandbox-ssh, sandbox-su, sandbox-sudo and sandbox-login have in common. CODE stands for
# the answers to code prompts: digits, "-" for none (an empty line), "auto" for the current code
# of the user's device, "next" for that of the next step (the clock is moved), or several of
# them with commas between, one after the other.

codes_of()
{
	local user=$1 word words

	IFS=, read -ra words <<<"$2"
	for word in "${words[@]}"; do
		case $word in
		auto) sandbox-code "$user" || return ;;
		next) sandbox-code --next "$user" || return ;;
		*) printf '%s\n' "$word" ;;
		esac
	done
}

password_of()
{
	printf 'Gate+%s-1601!\n' "$1"
}

# dialogue [--as USER] PROGRAM [ARG...]: in an environment of its own, as root or as that user
# (without PAM: the caller of su and sudo). Reads $passwords and $codes.
dialogue()
{
	local user=root home=/root become=()

	if [ "$1" = --as ]; then
		user=$2 home=/home/$2
		become=(setpriv --reuid "$2" --regid "$2" --init-groups --)
		shift 2
	fi
	env -i HOME="$home" USER="$user" LOGNAME="$user" SHELL=/bin/bash TERM=dumb \
	    LANG="${SANDBOX_LANG:-C.UTF-8}" \
	    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
	    SANDBOX_PASSWORDS="$passwords" SANDBOX_CODES="$codes" SANDBOX_INPUT="${input-}" \
	    SANDBOX_TIMEOUT="${SANDBOX_TIMEOUT:-30}" \
	    "${become[@]}" /usr/lib/sekisho-sandbox/dialogue.exp "$@"
}
