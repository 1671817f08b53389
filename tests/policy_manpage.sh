#!/bin/bash
# sekisho.conf(5) and the parser's table name the same sections, keys and services; every key
# has its default and an example; the examples and the shipped files parse.
set -u
cd "$(dirname "$0")/.." || exit 1
page=${1:-docs/man/sekisho.conf.5}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failed=0

complain() {
	echo "policy_manpage: $1" >&2
	failed=1
}

cat >"$work/ask.c" <<'EOF'
#include "policy/policy.h"
#include "policy/services.c" /* its table is static */
#include "policy/table.h"
#include <stdio.h>

static void
print_table(void)
{
	for (size_t i = 0; i < policy_section_count; i++)
		for (size_t k = 0; k < policy_sections[i].key_count; k++)
			printf("%s %s\n", policy_sections[i].kind, policy_sections[i].key[k].name);
}

static void
print_services(void)
{
	for (int class = SERVICE_REMOTE; class < SERVICE_CLASS_COUNT; class++)
		for (size_t i = 0; services[class][i] != NULL; i++)
			printf("%s %s\n", service_class_words[class], services[class][i]);
}

int
main(int argc, char **argv)
{
	struct policy_problems problems = {.count = 0};
	struct policy *p = NULL;
	struct buf bundle;

	if (argc == 1)
		print_table();
	else if (strcmp(argv[1], "-s") == 0)
		print_services();
	if (argc != 2 || argv[1][0] == '-')
		return 0;
	buf_init(&bundle, POLICY_BUNDLE_MAX);
	if (policy_bundle_read(argv[1], NULL, false, &bundle, &problems) == 0 &&
	    policy_parse(bundle.data, bundle.len, &p, &problems) == 0)
		printf("%zu rules\n", p->rule_count);
	for (size_t i = 0; i < problems.count; i++)
		printf("%s:%d: %s\n", problems.item[i].file, problems.item[i].line,
		    problems.item[i].text);
	return p == NULL;
}
EOF
sources=()
for f in policyd/policy/*.c policyd/audit/event.c policyd/{alert,backup}/where.c \
	policyd/container/{recipient,crypt}.c lib/*.c; do
	[ "${f##*/}" = services.c ] || sources+=("$f")
done
${CC:-cc} -D_GNU_SOURCE -std=gnu11 -Iinclude -Ilib -Ipolicyd -o "$work/ask" "$work/ask.c" "${sources[@]}" \
	-linih -lcrypto || exit 1

# ---- the page against the table ---------------------------------------------------------------
awk '/^\.Sh /{kind = ""} /^\.Ss \\&\[/{kind = $2; gsub(/[][&\\]/, "", kind)}
     kind != "" && /^\.It Cm /{print kind, $3}' "$page" | sort >"$work/page"
"$work/ask" | sort >"$work/table"
[ "$(wc -l <"$work/table")" -ge 30 ] || complain "the table is nearly empty"
while read -r line; do complain "not in the page: $line"; done < <(comm -13 "$work/page" "$work/table")
while read -r line; do complain "not in the table: $line"; done < <(comm -23 "$work/page" "$work/table")

awk '/^\.Sh /{on = $2 == "SERVICES"} on && /^\.It Cm /{class = $3} on && /^\.Li /{print class, $2}' \
	"$page" | sort >"$work/page"
"$work/ask" -s | sort >"$work/table"
while read -r line; do complain "service not in the page: $line"; done < <(comm -13 "$work/page" "$work/table")
while read -r line; do complain "service not in the table: $line"; done < <(comm -23 "$work/page" "$work/table")

# ---- defaults and examples --------------------------------------------------------------------
awk 'function done() {
	if (key != "" && !def) print kind, key, "has no default"
	if (key != "" && !example) print kind, key, "has no example"
	key = ""
     }
     /^\.S[hs] /{done(); kind = ""} /^\.Ss \\&\[/{kind = $2}
     kind != "" && /^\.It Cm /{done(); key = $3; def = example = 0}
     /^Default:/{def = 1} $1 == ".Dl" && $2 == key{example = 1} END{done()}' "$page" >"$work/lacks"
while read -r line; do complain "$line"; done <"$work/lacks"

# All examples of a section together are one section; a rule either refuses or requires, and a host
# attribute has a file or a command.
awk '/^\.Sh /{on = $2 == "SECTIONS"} on && /^\.Ss /{sub(/^\.Ss \\&/, ""); sub(/ NAME/, " example"); print}
     on && /^\.Dl / && $2 != "refuse" && !/host\.d\//{sub(/^\.Dl /, ""); gsub(/\\&/, ""); print}' "$page" >"$work/examples.conf"
awk '/^\.Sh /{on = $2 == "EXAMPLES"} on && /^\.Ed/{exit} on && body{print} on && /^\.Bd/{body = 1}' \
	"$page" >"$work/whole.conf"
# The shipped file with each of its commented lines in force: defaults, and examples that work.
sed -E 's/^#(\[|[a-z_]+ = )/\1/' conf/policy.conf >"$work/shipped.conf"
sed -n 's/^    //p' conf/policy.d/README >"$work/readme.conf"
for f in "$work/examples.conf" "$work/whole.conf" "$work/shipped.conf" "$work/readme.conf" \
	conf/policy.conf tests/lib/policy.conf; do
	[ "$(grep -c = "$f")" -ge 1 ] || complain "$f holds nothing"
	"$work/ask" "$f" >"$work/out" 2>&1 ||
		complain "$f: $(cat "$work/out")"
done

if command -v mandoc >/dev/null; then
	mandoc -T lint -W warning "$page" >"$work/out" || complain "$(cat "$work/out")"
fi
[ "$failed" -eq 0 ] && echo "policy_manpage: page, table and examples agree"
exit "$failed"
