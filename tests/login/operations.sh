#!/bin/bash
# docs/operations.md, followed to the letter: each block behind <!-- try --> runs as it stands, in
# order, and has to end well. Names are those of the sandbox's accounts; the service manager is the
# sandbox's.
. "$(dirname "$0")/../lib/assert.sh"
sandbox_enter "$@"
export LANG=C.UTF-8
page=$SANDBOX_TREE/docs/operations.md
work=$(mktemp -d)

mkdir "$work/bin"
cat >"$work/bin/systemctl" <<'SH'
#!/bin/sh
case $1 in
start) exec sandbox-daemon start ;;
stop) exec sandbox-daemon stop ;;
*) exit 1 ;;
esac
SH
chmod +x "$work/bin/systemctl"
export PATH=$work/bin:$PATH

# Something to look at: logins of some weeks.
sandbox-ssh user1 auto true >/dev/null 2>&1
sandbox-ssh user2 000000 true >/dev/null 2>&1
sandbox-ssh -k svc1 - true >/dev/null 2>&1

# A block a file, by its place in the page: N.SECTION.KIND.
/usr/bin/python3 - "$page" "$work" <<'PY'
import re
import sys
page, work = sys.argv[1:3]
section, kind, number, block = '', None, 0, None
for line in open(page):
    text = line.strip()
    if line.startswith('## '):
        section = re.sub('[^a-z]+', '-', line[3:].strip().lower())
    mark = re.fullmatch(r'<!-- (policy|try|draft|try as alice) -->', text)
    if mark:
        kind = mark[1].replace(' ', '-')
    elif text.startswith('```') and block is None and kind:
        block, indent = [], len(line) - len(line.lstrip())
    elif text == '```' and block is not None:
        number += 1
        names = {'alice-adm': 'admin1', 'alice': 'user1', 'bob': 'user2'}
        joined = re.sub(r'\b(alice-adm|alice|bob)\b', lambda m: names[m[1]], ''.join(block))
        with open(f'{work}/{number:02}.{section}.{kind}', 'w') as f:
            f.write(joined)
        kind = block = None
    elif block is not None:
        block.append(line[indent:] if line[:indent].strip() == '' else line)
PY

blocks=0
for file in "$work"/[0-9]*; do
	name=${file#"$work"/}
	case $name in
	*.policy) cp "$file" /etc/sekisho/policy.conf ;;
	*.draft) cp "$file" /root/draft.conf ;;
	*.try-as-alice)
		chmod 755 "$work" && chmod 644 "$file"
		run setpriv --reuid user1 --regid user1 --init-groups --reset-env -- \
		    env LANG=C.UTF-8 PATH="$PATH" bash -e "$file" </dev/null
		is "$name" 0 "$status"
		;;
	*)
		run bash -e "$file" </dev/null
		is "$name" 0 "$status"
		;;
	esac
	blocks=$((blocks + 1))
done
between 'the page has its blocks' 18 40 $blocks

rm -rf "$work"
done_testing
