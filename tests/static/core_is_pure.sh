#!/bin/bash
# Nothing under policyd/decide/ may reach a store, a socket, a file or a clock: neither by an
# include nor by a symbol of the built objects.
set -u
cd "$(dirname "$0")/../.."
BUILD=${BUILD:-build}
bad=$(grep -nE '#include *[<"](sqlite3|openssl|sys/|time|fcntl|unistd|stdlib|stdio|syslog|errno|store/|factor/|server|clock|log|safeopen|helper|peer)' \
	policyd/decide/*.c policyd/decide/*.h)
used=$(for f in policyd/decide/*.c; do
	o=$BUILD/${f%.c}.o
	[ -e "$o" ] || continue
	nm -u "$o" | awk -v f="$f" '$2 !~ /^(decide|exception_|network_parse|lane|principal|need|first_use|attempt|outcome|explain|policy_|role_|rule_|sources_|service_class_words|account_class_words|[a-z_]+_words|[a-z_]+_fields|str(cmp|ncmp|cspn|len|cpy|ncpy|chr)|mem(cmp|cpy|set|move)|__(strncpy|memcpy|memset|strcpy)_chk|__stack_chk_fail|_GLOBAL_OFFSET_TABLE_)/ {print f": "$2}'
done)
if [ -n "$bad$used" ]; then
	printf 'the pure core reaches outside:\n%s\n%s\n' "$bad" "$used"
	exit 1
fi
echo "policyd/decide includes and calls nothing outside itself and the policy"
