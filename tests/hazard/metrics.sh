#!/bin/bash
# Figures for monitoring: true, well-formed whatever strangers call themselves, bounded in number,
# whole at every moment, and readable by whom the policy says.
. "$(dirname "$0")/lib.sh"
hazard_enter -- "$@"
short_delays
file=/run/sekisho/metrics.prom
checker=$SANDBOX_TREE/tests/lib/promcheck.py

figures() { sekisho status --metrics; }
# value SAMPLE: of now.
value() { figures | python3 "$checker" -v "$1"; }
# of_file SAMPLE
of_file() { python3 "$checker" -v "$1" <$file; }

run bash -c "sekisho status --metrics | python3 $checker"
is 'the text is as Prometheus wants it' 0 "$status"
run setpriv --reuid user1 --regid user1 --clear-groups sekisho status --metrics
is 'for root alone' 1 "$status"

# ---- what is counted is what happened ----------------------------------------------------------

decided='sekisho_decisions_total{service="sshd",phase="code",outcome="allow"}'
before=$(value "$decided")
login_next user1 192.0.2.9 || fail 'user1 logs in'
is 'one code more was allowed' $((${before:-0} + 1)) "$(value "$decided")"
denied='sekisho_decisions_total{service="sshd",phase="code",outcome="deny"}'
before=$(value "$denied")
login "$(job user1 192.0.2.9 "$(wrong_code user1)")"
is 'one code more was refused' $((${before:-0} + 1)) "$(value "$denied")"
before=$(log_size)
records=$(value sekisho_records_total)
between 'records: as many as the log has' "$before" "$(log_size)" "$records"
is 'each answer took its time' 0 "$(figures | awk '/^sekisho_decisions_total/ { n += $NF }
	/^sekisho_answer_seconds_count/ { n -= $NF } END { print n }')"
isnt 'and so did the commits' 0 "$(value sekisho_commit_seconds_count)"
between 'memory of the daemon, below 24 MiB' 1000000 25165824 "$(value process_resident_memory_bytes)"
isnt 'the store has a size' '' "$(value 'sekisho_store_bytes{file="sekisho.db"}')"
alerts='sekisho_alerts_raised_total{alert="break-glass"}'
before=$(value "$alerts")
sekisho alert test break-glass >/dev/null
is 'an alert more' $((before + 1)) "$(value "$alerts")"

sealed() { [ "$(value sekisho_records_unsealed)" -le 3 ]; }
isnt 'records that no seal covers' 0 "$(value sekisho_records_unsealed)"
sandbox-clock +16m
eventually 10 sealed
is 'after a seal there are few' 0 $?

# ---- what strangers can do ---------------------------------------------------------------------

series=$(figures | grep -c '^sekisho_decisions_total')
for name in 'a"b' 'a\b' 'a{b="c"}' 'ünlaut' x{1..30}; do
	cp /etc/pam.d/sshd "/etc/pam.d/$name"
	echo "user=user1 service=$name rhost=192.0.2.9 code=000000 password=x"
done >"$work/jobs"
load <"$work/jobs"
run bash -c "sekisho status --metrics | python3 $checker"
is 'services with any name: the text is sound' 0 "$status"
between 'and no series of their own' 0 6 $(($(figures | grep -c '^sekisho_decisions_total') - series))
isnt 'they count as other' '' "$(figures | grep '^sekisho_decisions_total{service="other"')"

# ---- the file ----------------------------------------------------------------------------------

eventually 20 test -e $file
run bash -c "python3 $checker <$file"
is 'the file is the same text' 0 "$status"
is 'root alone reads it' '600 sekisho' "$(stat -c '%a %U' $file)"
printf '[host]\nmetrics = everybody\n' >/etc/sekisho/policy.d/metrics.conf
sekisho policy apply >/dev/null
readable() { [ "$(stat -c %a $file)" = 644 ]; }
eventually 5 readable
is 'unless the policy says everybody' 0 $?
figures | grep -qE 'user1|192[.]0[.]2[.]' && fail 'people or addresses in it'
printf '[host]\nmetrics = off\n' >/etc/sekisho/policy.d/metrics.conf
sekisho policy apply >/dev/null
eventually 5 test ! -e $file
is 'off: it is gone' 0 $?
done_testing
