#!/bin/bash
# Is the control catalogue whole, consistent, and true to its two sources?
#
#   tests/catalogue.sh           check conf/controls; one summary line
#   tests/catalogue.sh --list    print every clause number of the documents
#   tests/catalogue.sh --break   break a copy in each way and expect red
#
# SOURCES   folder with the two documents as text; where they are absent the
#           comparison with them is skipped and one line says so
# CONTROLS  folder with catalogue.json and clauses.json
set -u
root=$(cd "$(dirname "$0")/.." && pwd) || exit 2
sources=${SOURCES:-$root/../shared/sources}
controls=${CONTROLS:-$root/conf/controls}
checker=$root/tests/catalogue.py

case ${1-} in
'') exec /usr/bin/python3 -B "$checker" "$controls" "$sources" ;;
--list) exec /usr/bin/python3 -B "$checker" --list "$sources" ;;
--break) exec /usr/bin/python3 -B "$root/tests/catalogue_break.py" "$controls" "$sources" ;;
*)
	echo "usage: tests/catalogue.sh [--list|--break]" >&2
	exit 2
	;;
esac
