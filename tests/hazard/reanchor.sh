#!/bin/bash
# A log that had to begin a new chain, and the auditor who vouches for it: nobody else can, and
# only for that chain.
. "$(dirname "$0")/lib.sh"
hazard_enter -- "$@"

cd "$work" || exit 1
run sekisho key reanchor
is 'nothing waits in a log of one chain' 1 "$status"

# A log that names its auditor from the first record on.
vkey=$(sekisho key auditor auditor.key --name chief 2>/dev/null)
has 'an auditor has a verifier key' '^chief[+][0-9a-f]{8}[+]' "$vkey"
is 'the other half is the auditors alone' 600 "$(stat -c %a auditor.key)"
run sekisho key auditor auditor.key
is 'and is never overwritten' 1 "$status"
sekisho key auditor stranger.key --name chief >/dev/null 2>&1
sandbox-daemon stop
rm -rf $state/* /etc/sekisho/log.key
echo "$vkey" >/etc/sekisho/auditor.vkey
sandbox-daemon start
has 'the first record names the auditor' "\"sekisho.log.auditor\":\"chief" "$(log_since 0 | head -n 1)"

# The log key is lost.
sandbox-daemon stop
mv /etc/sekisho/log.key "$work/old"
sandbox-daemon start
is 'a new chain' 2 "$(log_since 0 | count ' log.begin ')"
run sekisho audit verify
is 'which verifying calls incomplete' 5 "$status"
run sekisho key reanchor
is 'it waits for the auditor' 0 "$status"
has 'and says for whom' 'for the auditor chief' "$output"
sekisho key reanchor >request 2>/dev/null
is 'seven lines' 7 "$(wc -l <request)"
run sekisho key sign --key auditor.key request
has 'what is signed is said in words' 'ended at size [0-9]+ with the root' "$output"
sekisho key sign --key stranger.key request >forged 2>/dev/null
run sekisho key reanchor forged
is 'a strangers signature counts for nothing' 1 "$status"
sed '3s/.*/1/' request | sekisho key sign --key auditor.key - >other 2>/dev/null
run sekisho key reanchor other
is 'nor the auditors under something else' 1 "$status"
head -c 100 request >cut
run sekisho key sign --key auditor.key cut
is 'half a request is none' 1 "$status"
is 'so far nothing is recorded' 0 "$(log_since 0 | count ' log.reanchor ')"
sekisho key sign --key auditor.key request >note 2>/dev/null
run sekisho key reanchor - <note
is 'the auditors note is taken' 0 "$status"
is 'which is a record, with the note whole' 1 \
    "$(log_since 0 | count ' log.reanchor ' '"sekisho.log.note":"sekisho/reanchor/v1.u000a')"
run sekisho key reanchor note
is 'once' 1 "$status"
run sekisho audit verify
is 'and verifying is content' 0 "$status"

# A file that is no key is a key that is lost: nobody is locked out, and nothing is thrown away.
# Killed, so that no head covers the last records of the old chain.
sandbox-login user1 "$(sandbox-code user1)" >/dev/null 2>&1
daemon_hold # until the key is what it finds
sandbox-daemon kill
echo 'no key at all' >/etc/sekisho/log.key
sandbox-daemon start
is 'with a damaged log key it starts' 3 "$(log_since 0 | count ' log.begin ')"
is 'and keeps what was there' 'no key at all' "$(cat /etc/sekisho/log.key.damaged)"

# Records behind the last head of an old chain are handed out too, as what they are.
run sekisho audit export --to $work/all --for Office --purpose test
is 'everything can be exported' 0 "$status"
has 'also what nothing proves' 'nothing proves' "$output"
run sekisho audit verify $work/all
is 'no tampering: two of its chains are by other keys' 5 "$status"
has 'and verifying says so' '2 heads are signed by another key' "$output"
keys=$(tr , '\n' <$work/all/manifest | sed -n 's/.*"vkey":"\([^"]*\)".*/--trust \1/p')
run sekisho audit verify $work/all $keys
hasnt 'each key can be trusted' 'another key' "$output"

# The state directory put back by root: the daemon may not read its sealing key.
sandbox-daemon stop
chown -R root:root $state/seal
sandbox-daemon start
is 'a sealing key that cannot be read is lost, and nobody locked out' 1 \
    "$(log_since 0 | count ' log.begin ' '"event.reason":"seal-lost"')"

# Where somebody else could put a link, root writes nothing.
mkdir -m 755 /run/theirs && chown user1 /run/theirs
run sekisho audit export --tiles /run/theirs
is 'no tiles where somebody else could put a link' 1 "$status"
has 'and why' 'belongs to uid' "$output"
run sekisho audit export --to /run/theirs/export --for Office --purpose test
is 'no export there either' 1 "$status"
is 'nothing is left behind' '' "$(ls /run/theirs)"
run sekisho audit export --tiles $work/tiles
is 'in a directory of our own they are written' 0 "$status"

done_testing
