#!/bin/bash
# Every row of the control catalogue that software can hold, switched off and on again: its check
# finds that, by its own name. In torture each row alone, here several by one policy.
. "$(dirname "$0")/../lib/assert.sh"
sandbox_enter "$@"
. "$assert_lib/login.sh"

export SEKISHO_LOCALEDIR=$SANDBOX_BUILD/locale
run /usr/bin/python3 "$assert_lib/rows.py" ${TORTURE:+--each} "$SANDBOX_TREE/conf/controls/catalogue.json"
echo "# ${output##*$'\n'}"
is 'each row is told off from on' 0 "$status"
done_testing
