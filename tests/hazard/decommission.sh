#!/bin/bash
# The end of a host: refused while somebody could be locked out, then the last record, seal and
# head, an archive that opens elsewhere, and no key left on the host.
. "$(dirname "$0")/lib.sh"
hazard_enter -- "$@"

echo 'correct horse battery' >"$work/pass"
mkdir -m 700 "$work/out"
key=$(awk '$1 == "sealing" {print $7}' /etc/sekisho/key)
vkey=$(sekisho audit head --vkey)

# end NAME: as root types it.
end()
{
	run sekisho decommission --archive "$work/out" --passphrase-file "$work/pass" <<<"$1"
}

end gate
is 'refused while PAM needs the daemon' 1 "$status"
has 'and says which file' '/etc/pam.d/[a-z-]+ still names pam_sekisho.so' "$output"
sed -i '/pam_sekisho\.so/d' /etc/pam.d/*
end gatf
is 'refused without the hosts name' 1 "$status"
has 'nothing was done' 'Nothing was done' "$output"
is 'the daemon goes on' 0 "$(sekisho status >/dev/null; echo $?)"
is 'nothing is recorded' 0 "$(log_since 0 | count ' log.end ')"

# The unit does not start it again after status 78; the sandbox's supervisor is held.
daemon_hold
cp -a $state "$work/before"
cp -a /etc/sekisho "$work/etc"
end "$(hostname)"
is 'with it, it is done' 0 "$status"
has 'what remains is said' 'What remains on this host' "$output"
has 'and what destroying means' 'SSD' "$output"
has 'the daemon ended, not to be started again' 'ended with status 78' "$(</var/log/sekisho-policyd.log)"
said=$output
output=
is 'no key is left' '' "$(find /etc/sekisho -name '*key*' -type f)"
is 'nor one of an epoch' '' "$(find $state -path '*seal*' -type f)"
is 'nor the store' '' "$(find $state -name 'sekisho.db*')"
is 'the sealing key is in no file' 1 "$(grep -rlas "$key" /etc "$state" "$work/etc" | wc -l)"

# The archive: its tree ends with the seal, and the file opens with the passphrase alone.
has 'the tree is archived' "$(head -n 1 <<<"${vkey%%+*}")" "$(<"$work/out/tiles/checkpoint")"
file=$(find "$work/out" -name '*.sekisho-backup')
has 'the file is named' "$file" "$said"
hasnt 'nobody reads it as it is' 'log.end' "$(strings "$file")"
run sekisho backup list "$work/out"
is 'it is a backup like any other' 0 "$status"

# Interrupted before the keys were destroyed, it goes on when it is given again.
rm -rf "$work/out"; mkdir -m 700 "$work/out"
cp -a "$work/before/." $state/
cp -a "$work/etc/." /etc/sekisho/
rm -f /run/sekisho-sandbox/hold
sandbox-daemon wait
daemon_hold
(
	strace -f -qq -o /dev/null -e trace=pwrite64 -e inject=pwrite64:signal=KILL:when=1 \
	    sekisho decommission <<<"$(hostname)"
	exit $?
) >/dev/null 2>&1
is 'killed over the first key' 137 $?
cp -a "$work/etc/key" /etc/sekisho/key # whether or not its bytes were gone by then
is 'the log has its last record' 1 "$(log_since 0 | count ' log.end ')"
has 'sealed' ' log.seal ' "$(log_since 0 | tail -n 1)"
run timeout 10 /usr/sbin/sekisho-policyd
is 'no daemon goes on with that log' 78 "$status"
has 'and says why' 'was ended by .sekisho decommission' "$output"
run sekisho decommission <<<"$(hostname)"
is 'given again, it goes on' 0 "$status"
is 'no key is left' '' "$(find /etc/sekisho -name '*key*' -type f; find $state -path '*seal*' -type f)"
is 'without an archive the log stays' 1 "$(log_since 0 | count ' log.end ')"
has 'and that is said' 'the log, readable' "$output"

done_testing
