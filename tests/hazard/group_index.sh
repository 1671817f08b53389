#!/bin/bash
# The groups of roles in other people's programs: with many threads, tiny buffers, in a setuid
# program and under valgrind, while the index is missing, cut off, overwritten, huge or no file at
# all. Nobody sees anything that is no role, and nobody crashes or waits.
. "$(dirname "$0")/../lib/assert.sh"
sandbox_enter "$@"
. "$assert_lib/login.sh"

policy_add '[role look]
members = user2
approve = nobody
max_duration = 2h
commands = /usr/bin/id -u
root_equivalent = no

[role other]
members = user1
approve = nobody
commands = /usr/bin/id -u
root_equivalent = no'
index=/run/sekisho/groups load=/usr/local/bin/nssload
cp "$SANDBOX_BUILD/tests/nssload" $load
after=$(oathtool --totp --base32 -N "@$(($(date +%s) + 30))" - </run/sekisho-sandbox/secrets/user2)
run sandbox-ssh -t user2 "$(sandbox-code user2),$after" 'sekisho request look --for 2h --reason x </dev/tty'
is 'user2 has a role' user2 "$(getent group sekisho-look | cut -d: -f4)"
gid=$(getent group sekisho-look | cut -d: -f3)

# ---- as it should be -----------------------------------------------------------------------------

run $load 8 2 user2 sekisho-look
has 'eight threads at once: always there' '^there [1-9][0-9]* gone 0$' "$output"
run valgrind -q --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite,possible \
    $load 4 2 user2 sekisho-look
is 'under valgrind: no byte too many and none that is lost' 0 "$status"
has 'and it is there' '^there [1-9][0-9]* gone 0$' "$output"
install -m 4755 $load $load.setuid
run as user2 LD_LIBRARY_PATH=/tmp GCONV_PATH=/tmp $load.setuid 2 1 user2 sekisho-look
has 'in a setuid program too' '^there [1-9][0-9]* gone 0$' "$output"
run setpriv --reuid user2 --regid user2 --init-groups id -G
has 'as initgroups gives it' "(^| )$gid( |$)" "$output"
is 'no user of that name' '' "$(getent passwd sekisho-look sekisho-other)"
is 'none of that number' '' "$(getent passwd "$gid")"
echo 'sekisho-look:x:77:' >>/etc/group
is 'files come first: what they have is theirs' 'sekisho-look:x:77:' "$(getent group sekisho-look)"
run sekisho policy apply
is 'but no policy with roles is put in force beside it' 1 "$status"
has 'and it says why' 'kept for roles: sekisho-look \(77\)\.' "$(tr '\n' ' ' <<<"$output")"
is 'and what to type' '  groupmod -n look sekisho-look' "$(grep groupmod <<<"$output")"
sed -i 's/^sekisho-look:.*/late:x:65599:/' /etc/group
useradd -M -g late latecomer
touch /etc/of-late && chgrp 65599 /etc/of-late
run sekisho check
line=$(tr -s '\n ' ' ' <<<"$output")
run sekisho policy apply
is 'nor beside one with a number of theirs' 1 "$status"
fix=$(grep groupmod <<<"$output")
has 'with what to type' '^  groupmod -g [0-9]+ late && find / -xdev -gid 65599 -exec chgrp -h late \{\} \+$' "$fix"
has 'check says the same' "role-groups \(.*late \(65599\) .*Do: .*groupmod -g [0-9]+ late && find / -xdev -gid 65599 -exec chgrp -h late \{\} \+" "$line"
run bash -c "${fix/ \/ / /etc }"
is 'it can be typed' 0 "$status"
is 'gives its files the new number' late "$(stat -c %G /etc/of-late)"
is 'and its people' late "$(id -gn latecomer)"
between 'one of the site' 1000 59999 "$(stat -c %g /etc/of-late)"
userdel latecomer 2>/dev/null
run sekisho policy apply
is 'then it is' 0 "$status"

# ---- as somebody left it -------------------------------------------------------------------------

cp $index "$work/good"
sandbox-daemon stop # it would write it anew
damage()
{
	local size

	size=$(stat -c %s "$work/good")
	case $1 in
	missing) rm -f $index.new; rm -f $index; return ;;
	empty) : >$index.new ;;
	cut) head -c $((size * RANDOM / 32768)) "$work/good" >$index.new ;;
	random) head -c $((size + RANDOM)) /dev/urandom >$index.new ;;
	flipped)
		cp "$work/good" $index.new
		printf "\\x$(printf %02x $((RANDOM % 256)))" | dd of=$index.new bs=1 \
		    seek=$((size * RANDOM / 32768)) conv=notrunc status=none
		;;
	huge) cp "$work/good" $index.new; truncate -s 1T $index.new 2>/dev/null || truncate -s 64M $index.new ;;
	writable) cp "$work/good" $index.new; chmod 666 $index.new ;;
	pipe) rm -f $index.new; mkfifo $index.new ;;
	link) ln -sf "$work/good" $index.new ;;
	directory) rm -rf $index.new $index; mkdir $index; return ;;
	good) cp "$work/good" $index.new ;;
	esac
	[ -d $index ] && rmdir $index
	mv -T $index.new $index
}
kinds='missing empty cut random flipped huge writable pipe link directory'
for kind in $kinds; do
	damage $kind
	run timeout 10 $load 1 0 user2 sekisho-look
	is "$kind: no crash, no wait, nothing that is no role" 0 "$status"
	case $kind in
	flipped) ;; # it may have hit what nobody looks at
	*) has "$kind: and nobody has a role" '^there 0 gone 1$' "$output" ;;
	esac
done
for ((i = 0; i < 60; i++)); do
	damage cut
	run timeout 10 $load 1 0 user2 sekisho-look
	[ "$status" = 0 ] || break
	damage flipped
	run timeout 10 $load 1 0 user2 sekisho-look
	[ "$status" = 0 ] || break
done
is 'cut off and damaged anywhere' '0 60' "$status $i"
damage random
run valgrind -q --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite,possible \
    $load 2 1 user2 sekisho-look
is 'under valgrind too' 0 "$status"
touch "$work/go"
while [ -e "$work/go" ]; do
	for kind in $kinds good; do
		damage $kind
	done
done 2>/dev/null &
run timeout 20 $load 8 3 user2 sekisho-look
rm "$work/go"
wait
is 'while it changes under eight threads' 0 "$status"
has 'it comes and goes' '^there [1-9][0-9]* gone [1-9]' "$output"
sandbox-daemon start
is 'the daemon puts it right' user2 "$(getent group sekisho-look | cut -d: -f4)"

done_testing
