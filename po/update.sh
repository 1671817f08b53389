#!/bin/bash
# Brings the translations up to date with the sources.
#
#   po/update.sh                   merges new and changed texts into every po/*.po
#   po/update.sh LANGUAGE          the same, and begins po/LANGUAGE.po if there is none
#   po/update.sh --template FILE   only writes all texts to FILE
#
# There is no list of files to keep: every C file of the programs is read. Texts are marked by
# _() and N_(). A merged text that changed is "fuzzy": tests/static/translated.sh fails until somebody has
# looked at it and removed the mark.
set -euo pipefail
cd "$(dirname "$0")/.."

SOURCES=(lib pam_module sudo_plugin policyd warden worker cli run)

# The date and line numbers would change at every run without a text having changed.
template() {
	local out=$1 found=() dir
	for dir in "${SOURCES[@]}"; do
		[ -d "$dir" ] && found+=("$dir")
	done
	find "${found[@]}" -name '*.[ch]' | LC_ALL=C sort | xgettext --files-from=- \
		--output="$out" --force-po --language=C --from-code=UTF-8 \
		--keyword=_ --keyword=N_ --add-comments=TRANSLATORS --add-location=file \
		--package-name=sekisho --no-wrap
	sed -i '/^"POT-Creation-Date:/d; s/^\("Content-Type:.*charset=\)CHARSET/\1UTF-8/' "$out"
}

if [ "${1-}" = --template ]; then
	template "${2:?a file to write to}"
	exit
fi

pot=$(mktemp --suffix=.pot)
trap 'rm -f "$pot"' EXIT
template "$pot"
if [ -n "${1-}" ] && [ ! -e "po/$1.po" ]; then
	msginit --no-translator --no-wrap --locale="$1.UTF-8" --input="$pot" --output-file="po/$1.po"
fi
for po in po/*.po; do
	[ -e "$po" ] || continue
	msgmerge --quiet --update --backup=none --no-wrap --add-location=file --sort-by-file "$po" "$pot"
	printf '%s: ' "$po"
	msgfmt --statistics --output-file=/dev/null "$po" 2>&1
done
