#!/bin/bash
# A new person, from the invitation to the first session; passwords that became too old; accounts
# that end: on sshd, login and su.
. "$(dirname "$0")/../lib/assert.sh"
sandbox_enter "$@"
. "$assert_lib/login.sh"
short_delays

mine='Tokaido+53-hop' other='Nakasendo=69-hop'
sshopts=(-F none -tt -p 2222 -o LogLevel=ERROR -o StrictHostKeyChecking=no
	-o UserKnownHostsFile=/dev/null -o PubkeyAuthentication=no
	-o PreferredAuthentications=keyboard-interactive)
dialogue() { converse "$2" ssh "${sshopts[@]}" "$1@127.0.0.1"; }
add() { run sekisho user add --how passport --verified-by reception --yes --json "$@"; }
first_of() { sed -nE 's/.*"password": *"([^"]+)".*/\1/p' <<<"$output"; }
state_of() { sekisho user show "$1" --json | /usr/bin/python3 -c 'import json,sys; print((json.load(sys.stdin).get("invitation") or {}).get("state"))'; }

# ---- from nothing to the first session -------------------------------------------------------

add hanako --until 2027-03-31
is 'the account is made, with an invitation' 0 "$status"
first=$(first_of)
has 'a first password, of signs that nobody mixes up' '^.{5}-.{5}-.{5}-.{5}$' "$first"
is 'recorded: who issued it and who verified the person' 'root reception passport' \
    "$(records --event user.invite --limit 1 | field user.effective.name) $(records --event user.invite --limit 1 | field sekisho.verified.by) $(records --event user.invite --limit 1 | field sekisho.verified.how)"
is 'open' open "$(state_of hanako)"
is 'the host knows the end too' 2027-04-01 "$(LC_ALL=C chage -l hanako | sed -nE 's/^Account expires.*: (.*)/\1/p' | date -f - +%F)"

done_testing
