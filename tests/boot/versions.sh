# Sourced by run: module and daemon of different builds, while people log in: the newer module asks the
# older daemon, and after it the older module the newer daemon. A module stays loaded in a login that
# was opened before; it, too, is understood when that login ends.

if [ -z "$earlier" ]; then
	echo "# 12 skipped: there is no earlier build"
	return
fi
# twenty FIRST WHAT COMMAND...: twenty log in, and the command is run there after the fifth. Their codes
# are their first.
twenty() {
	local first=$1 what=$2 n dpkg logins=()

	shift 2
	rm -rf /run/logins && mkdir /run/logins
	for n in $(seq -f %02g $first $((first + 19))); do
		(login u$n "$(code u$n)" >/run/logins/$n.out 2>&1; echo $? >/run/logins/$n) &
		logins+=($!)
		[ $((10#$n)) -ne $((first + 4)) ] || {
			(shell "$*" >/run/logins/command.log 2>&1; echo $? >/run/logins/command) &
			dpkg=$!
		}
		sleep 0.1
	done
	wait "${logins[@]}" $dpkg
	is "$what: what was to be done was done" 0 "$(cat /run/logins/command)" "$(cat /run/logins/command.log)"
	is "$what: twenty logins, none failed" "20 0" \
	    "$(cat /run/logins/?? | sort | uniq -c | tr -s ' ' | sed 's/^ //' | tr '\n' ' ' | sed 's/ $//')"
	grep -L '^u' /run/logins/*.out | head -n 2 | xargs -r tail -n 5
}
module() { sha256sum <$machine/lib/x86_64-linux-gnu/security/pam_sekisho.so; }
daemon() { sha256sum <$machine/usr/sbin/sekisho-policyd; }

machine_make "$PWD/build/boot/root"
machine_boot $console || exit 1
people_make alice keeper $(printf 'u%02d ' {1..60})
works "an earlier version is installed" shell 'dpkg -i /debs/earlier/*.deb'
old_module=$(module) old_daemon=$(daemon)
works "people have devices" people_enrol alice keeper $(printf 'u%02d ' {1..60})
works "it is turned on" shell 'sekisho setup --profile everybody --within 1h --yes </dev/null'
# A login that outlives all of it.
(login keeper "$(code keeper)" 'while [ ! -e /tmp/enough ]; do sleep 0.2; done; id -un' >/run/keeper.out 2>&1
	echo $? >/run/keeper) &
keeper=$!
for _ in {1..100}; do
	[ -z "$(machine_run pgrep -u keeper sleep)" ] || break
	sleep 0.1
done

twenty 1 "the module is upgraded first" 'dpkg --force-confold -i /debs/now/libpam-sekisho_*.deb'
isnt "the newer module is there" "$old_module" "$(module)"
is "and the older daemon" "$old_daemon" "$(daemon)"
twenty 21 "then the daemon" 'dpkg --force-confold -i /debs/now/sekisho_*.deb /debs/now/libnss-sekisho_*.deb'
isnt "the newer daemon is there" "$old_daemon" "$(daemon)"
shell 'touch /tmp/enough'
wait $keeper
is "a login of before ended well" 0 "$(cat /run/keeper)"
has "and its end is in the log" '"event.action":"session.close"' \
	"$(shell 'sekisho log --json --user keeper --event session.close')"
twenty 41 "the older module with the newer daemon, which is started anew" \
	'dpkg --force-confold -i /debs/earlier/libpam-sekisho_*.deb && systemctl restart sekisho-policyd'
is "the older module is there" "$old_module" "$(module)"
isnt "with the newer daemon" "$old_daemon" "$(daemon)"
works "the log is whole" machine_run sekisho audit verify
machine_off
