#!/bin/bash
# The README's way from nothing to a login with a code, followed to the letter on a host with the
# distribution's own files, and back. Blocks behind <!-- try --> run as they stand; the dialogues
# behind the other marks are held, and what the README prints of them has to come.
. "$(dirname "$0")/../lib/assert.sh"
sandbox_enter --plain -- "$@"
export LANG=C.UTF-8
page=${README:-$SANDBOX_TREE/README.md}
work=$(mktemp -d)

# ---- the service manager, which the sandbox does not have ------------------------------------------

mkdir "$work/bin"
cat >"$work/bin/systemctl" <<SH
#!/bin/bash
case "\$*" in
daemon-reload) ;;
'enable --now sekisho-policyd')
	/usr/lib/sekisho-sandbox/supervise >/var/log/sekisho-policyd.log 2>&1 &
	exec sandbox-daemon start ;;
'reload ssh')
	pkill -F /run/sshd.pid 2>/dev/null
	exec /usr/sbin/sshd -p 2200 -E /var/log/sshd-2200.log ;;
'disable --now sekisho-policyd '*) exec sandbox-daemon stop ;;
*) echo "no such thing: systemctl \$*" >&2; exit 1 ;;
esac
SH
cat >"$work/bin/make" <<SH
#!/bin/sh
# built already; the packages are there
case \$* in
deps | '') exit 0 ;;
*) exec /usr/bin/make -s -C "$SANDBOX_TREE" "BUILD=$BUILD" "\$@" ;;
esac
SH
cat >"$work/bin/sudo" <<'SH'
#!/bin/sh
exec "$@"
SH
chmod +x "$work"/bin/*
printf 'PidFile /run/sshd.pid\nHostKey /etc/ssh/ssh_host_ed25519_key\n' >/etc/ssh/sshd_config.d/00-sandbox.conf
/usr/sbin/sshd -p 2200 -E /var/log/sshd-2200.log # the host's
path=$PATH
export PATH=$work/bin:$PATH

# ---- the page ----------------------------------------------------------------------------------------

# A block a file: NN.KIND, in order.
/usr/bin/python3 - "$page" "$work" <<'PY'
import re
import sys
page, work = sys.argv[1:3]
kind, block, number = None, None, 0
for line in open(page):
    text = line.strip()
    mark = re.fullmatch(r'<!-- (try|enrol|login|key) -->', text)
    if mark:
        kind = mark[1]
    elif text.startswith('```') and kind and block is None:
        block = []
    elif text == '```' and block is not None:
        number += 1
        with open(f'{work}/{number:02}.{kind}', 'w') as f:
            f.write(re.sub(r'\balice\b', 'user1', ''.join(block)))
        kind = block = None
    elif block is not None:
        block.append(line)
PY

# prints BLOCK: what of the block's lines, blanks made one, the dialogue printed. Lines in brackets,
# those that differ each time and the host's name are left out.
prints()
{
	local line missing= all

	all=$(tr -d '\r' <<<"$output" | sed 's/user1@127.0.0.1/user1@gate/' | tr -s ' \n' ' ')
	while read -r line; do
		case $line in
		'' | '$ '* | \(a\ * | \(nine\ * | [A-Z2-7][A-Z2-7][A-Z2-7][A-Z2-7]\ * | 1\ * | user1@gate:*) continue ;;
		'Code that'*) line=${line%:*} ;;
		*': yes') line=${line%: yes} ;;
		esac
		line=$(tr -s ' ' <<<"$line")
		[[ $all == *"$line"* ]] || missing+="$line
"
	done <"$1"
	printf '%s' "$missing"
}

enrol()
{
	cat >"$work/enrol.exp" <<-'X'
		set timeout 20
		spawn {*}$argv
		expect {
			-re {Type yes to go on: } { send "yes\r"; exp_continue }
			-re {([A-Z2-7]{4} ){7}[A-Z2-7]{4}} {
				set secret [string map {{ } {}} $expect_out(0,string)]
				exp_continue
			}
			-re {shows now: } {
				send "[exec oathtool --totp --base32 $secret]\r"
				exp_continue
			}
			eof
		}
		set file [open $env(SECRET) w]
		puts -nonewline $file $secret
		exit [lindex [wait] 3]
	X
	local command

	command=$(sed -n 's/^\$ sudo //p' "$1")
	SECRET=/root/user1.secret run bash -c "expect $work/enrol.exp $command"
}

# In the next step of its device, whose code nobody has used.
login()
{
	mkdir -p /run/sekisho-sandbox/secrets
	cp /root/user1.secret /run/sekisho-sandbox/secrets/user1
	run sandbox-ssh -t -p 2200 user1 next "$(sed -n 's/^user1@gate:~. //p' "$1")"
}

for file in "$work"/[0-9]*; do
	name=README:${file#"$work"/}
	case $file in
	*.try)
		(cd "$SANDBOX_TREE" && exec bash -e "$file") </dev/null >"$work/out" 2>&1
		status=$? output=$(<"$work/out")
		is "$name" 0 "$status"
		if grep -q 'make uninstall' "$file"; then undone=yes; fi
		;;
	*.enrol)
		enrol "$file"
		is "$name: enrolled" 0 "$status"
		is "$name: as it is printed" '' "$(prints "$file")"
		;;
	*.login)
		PATH=$path login "$file"
		is "$name: let in" 0 "$status"
		is "$name: as it is printed" '' "$(prints "$file")"
		;;
	*.key)
		run ssh -p 2200 -i /root/.ssh/user1 -o StrictHostKeyChecking=no -o BatchMode=yes \
		    -o UserKnownHostsFile=/dev/null user1@127.0.0.1 true
		isnt "$name: refused" 0 "$status"
		is "$name: as it is printed" '' "$(prints "$file")"
		;;
	esac
done
is 'the page was followed to its end' yes "${undone-}"
run cat /etc/pam.d/sshd
hasnt 'and the host asks Debian alone again' sekisho "$output"
PATH=$path run sandbox-ssh user1 - true
is 'who lets in with the password' 0 "$status"

rm -rf "$work"
done_testing
