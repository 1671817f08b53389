#!/bin/bash
# Completion in bash offers what the command takes, and nothing where it takes nothing.
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build}
PATH=$(realpath "$BUILD"):$PATH
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
# the library looks at variables that may not be there
set +u
. /usr/share/bash-completion/bash_completion
. conf/completion/sekisho
failed=0 tried=0

# offers WANTED WORD...: WANTED are some of the words offered for the last one (a path is one
# word, whatever its blanks); "-" for none.
offers()
{
	local wanted word missing=
	read -ra wanted <<<"$1"
	[[ $1 != /* ]] || wanted=("$1")
	shift
	COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMPREPLY=()
	COMP_POINT=${#COMP_LINE}
	_sekisho
	tried=$((tried + 1))
	if [ "${wanted[*]}" = - ]; then
		[ ${#COMPREPLY[@]} -eq 0 ] && return
	else
		for word in "${wanted[@]}"; do
			printf '%s\n' "${COMPREPLY[@]}" | grep -qxF -- "$word" || missing=yes
		done
		[ -n "$missing" ] || return
	fi
	echo "completion of \"$*\": wanted ${wanted[*]}, offered ${COMPREPLY[*]-nothing}" >&2
	failed=1
}

touch "$work/a b.conf"
offers 'enroll factor status user session log audit backup restore key report break-glass policy explain check' sekisho ''
offers factor sekisho fac
offers status sekisho --json stat
offers 'list revoke lost return import recovery-codes' sekisho factor ''
offers 'add list release' sekisho audit hold ''
offers 'open mark sign list' sekisho audit review ''
offers 'add close list' sekisho audit finding ''
offers 'exceptions exception grants accounts devices host reviews records incident' sekisho audit paper ''
offers - sekisho nonsense ''
offers - sekisho status ''
offers root sekisho user show roo
offers root sekisho enroll roo
offers 'known-password incident' sekisho report ''
offers --algorithm sekisho enroll --al
offers 'SHA1 SHA256 SHA512' sekisho enroll --algorithm ''
offers root sekisho log --user roo
offers authentication.code sekisho log --event authentication.c
offers failure sekisho log --outcome f
offers - sekisho log --limit ''
offers "$work" sekisho policy check "${work%??}"
offers "$work" sekisho factor import root --pam-oath "${work%??}"
offers "$work/a b.conf" sekisho policy check "$work/"
[ $failed -eq 0 ] && echo "$tried completions as they should be"
exit $failed
