#!/bin/bash
# Registers and forms on paper: an auditor makes them without being root, of the records alone; each is a
# record whose number it carries, with the rating and the head of the log; nobody else makes one; a real
# browser prints them on A4. That their rows are those of the store is held against the tables where the
# stories are told: exceptions.sh, roles.sh, people.sh, first_use.sh, command.sh and review.sh.
. "$(dirname "$0")/../lib/assert.sh"
export SANDBOX_START='2026-11-23 09:00' # the year of the contract and of the plan below, for ever
sandbox_enter "$@"
. "$assert_lib/login.sh"

export TZ=Asia/Tokyo SEKISHO_LOCALEDIR=$SANDBOX_BUILD/locale
shots=$SANDBOX_BUILD/papers
mkdir -p "$shots"
chmod 777 "$work"

policy_add '[audit]
auditors = auditor1

[officer 佐藤花子]
role = 情報セキュリティ責任者
kana = サトウハナコ
unit = 情報政策課
contact = 内線 1234

[person 山田太郎]
kana = ヤマダタロウ
unit = ネットワーク係
contact = 内線 5678

[attribute training]
text = 情報セキュリティの教育
fiscal_year = yes

[plan summer-check]
kind = self-check
date = 2026-10-31
officer = 佐藤花子

[plan spring-audit]
kind = audit
date = 2027-02-28
officer = 佐藤花子

[role look]
members = user2
approve = nobody
max_duration = 10m
commands = /usr/bin/id -u
root_equivalent = no'
sed -i 's/^\[account user2\]/&\nperson = 山田太郎/; 0,/^\[host\]/s//&\nrating = confidentiality-1\nlimits = 複製禁止\nfiscal_year_start = 10-01\ncontractor = 例示保守株式会社\ncontract_until = 2027-03-31/' /etc/sekisho/policy.conf
grep -q '^rating' /etc/sekisho/policy.conf || printf '[host]\nrating = confidentiality-1\nlimits = 複製禁止\nfiscal_year_start = 10-01\ncontractor = 例示保守株式会社\ncontract_until = 2027-03-31\n' >>/etc/sekisho/policy.conf
sekisho policy apply >/dev/null || fail 'the policy with a rating is in force' ''

code_after()
{
	oathtool --totp --base32 -N "@$(($(date +%s) + 30))" - <"/run/sekisho-sandbox/secrets/$1"
}

there()
{
	local user=$1

	shift
	sandbox-clock "+$((150 - $(date +%s) % 30))s"
	run sandbox-ssh -t "$user" "$(sandbox-code "$user"),$(code_after "$user")" "$*"
	output=$(tr -d '\r' <<<"$output")
}

there user2 'sekisho exception request everyone --subject user2 --service sshd --for 2h --clause "2.2.1(1)" \
    --measure "事務室からのみ" --report "文書で" --reason "<b>修理</b>, case 7"; sekisho report incident --text "変なメール"'
there user2 'sekisho request look --reason "案件 7" && sekisho end R-1 --reason done'

sekisho attribute set user2 training --evidence '受講票 7' >/dev/null || fail 'a training is attended' ''
sekisho plan done summer-check --text '四枚、相違二件' >/dev/null || fail 'an item of the plan is done' ''

# ---- who may --------------------------------------------------------------------------------------

run as user1 sekisho audit paper exceptions --output "$work/no.html"
is 'whoever is no auditor makes none' 1 "$status"
is 'and gets no file' '' "$(ls "$work/no.html" 2>/dev/null)"
run as auditor1 env TZ=Asia/Tokyo sekisho audit paper exceptions --fiscal-year 2026 --for 監査室 --lang ja \
    --output "$work/exceptions-ja.html" --json
is 'an auditor does, without being root' 0 "$status"
serial=$(sed -nE 's/.*"serial": ?"([^"]*)".*/\1/p' <<<"$output")
has 'it has a serial number' '^gate-[0-9]+$' "$serial"
record=$(records --event paper.make --limit 1)
has 'which is that of its record' "#${serial##*-}$" "$(LANG=C.UTF-8 sekisho log --event paper.make --limit 1)"
is 'with who made it' auditor1 "$(field user.effective.name <<<"$record")"
is 'for whom' 監査室 "$(field sekisho.export.for <<<"$record")"
is 'and what of' exceptions "$(field sekisho.paper.kind <<<"$record")"
is 'and the rating' confidentiality-1 "$(field sekisho.rating <<<"$record")"
page=$(<"$work/exceptions-ja.html")
has 'the paper has the serial number' "$serial" "$page"
has 'the rating' 'confidentiality-1' "$page"
has 'the limits' '複製禁止' "$page"
has 'who made it' 'auditor1' "$page"
has 'the head of the log' "$(sekisho audit head | head -n 1)" "$page"
has 'the era' '令和[0-9]+年[0-9]+月' "$page"
has 'the fiscal year' '令和8年度' "$page"
is 'which begins when the policy says' '2026-10-01' "$(date -d "@$(($(field sekisho.paper.since <<<"$record") / 1000))" +%F)"
has 'what was applied for' '事務室からのみ' "$page"
has 'by whom, with their unit' 'ネットワーク係' "$page"
has 'a hostile reason is text' '&lt;b&gt;修理' "$page"
run as auditor1 sekisho audit paper exceptions --output "$work/exceptions-ja.html"
is 'nothing is written over' 1 "$status"
run as auditor1 sekisho audit paper exceptions --verify --output "$work/x.html"
has 'the tables are for root' 'only root' "$output"
run as auditor1 sekisho audit paper receipts --output "$work/x.html"
is 'an unknown paper is none' 2 "$status"
run as auditor1 sekisho audit paper exception --output "$work/x.html"
is 'a case has to be named' 2 "$status"

# ---- all of them ----------------------------------------------------------------------------------

make()
{
	local kind=$1 lang

	for lang in en ja; do
		[ ! -e "$work/$kind-$lang.html" ] || continue
		run as auditor1 env TZ=Asia/Tokyo sekisho audit paper "$@" --lang $lang --output "$work/$kind-$lang.html"
		[ "$status" = 0 ] || fail "$kind in $lang" "$output"
		papers+=" $kind-$lang"
	done
}
papers=
rm -f "$work/exceptions-ja.html"
for kind in exceptions grants accounts devices host reviews incident trainings plan self-checks; do
	make "$kind"
done
make exception E-1
make records "${serial##*-}" 1
has 'chosen records stand there word by word' 'tlog-proof' "$(<"$work/records-en.html")"
has 'of a grant its reason' '案件 7' "$(<"$work/grants-ja.html")"
has 'of the host its officers' '情報政策課' "$(<"$work/host-ja.html")"
has 'and who maintains it' '例示保守株式会社' "$(<"$work/host-ja.html")"
has 'each with how the name is read' '佐藤花子（サトウハナコ）' "$(<"$work/host-ja.html")"
has 'the contract to its last day, in whatever time zone' '令和9年3月31日（2027-03-31）' "$(<"$work/host-ja.html")"
has 'of an exception how the name of who applied is read' '山田太郎（ヤマダタロウ）' "$(<"$work/exception-ja.html")"
has 'of the plan the fiscal year in the era' '令和8年度' "$(<"$work/plan-ja.html")"
has 'of an incident what was said' '変なメール' "$(<"$work/incident-ja.html")"
run as auditor1 sekisho audit paper records 99999999 --output "$work/x.html"
has 'a record that there is not is none' 'has no record' "$output"
run as auditor1 sekisho audit paper grants --person 山田太郎 --output "$work/grants.csv"
is 'a register for a spreadsheet' 'efbbbf' "$(head -c 3 "$work/grants.csv" | od -An -tx1 | tr -d ' ')"
has 'with the rating' 'confidentiality-1' "$(<"$work/grants.csv")"
has 'and how the names are read, to sort by' '"?Name as it is read"?' "$(sed -n 2p "$work/grants.csv" | tr -d '\r')"
has 'in each row' ',"ヤマダタロウ"$' "$(tr -d '\r' <"$work/grants.csv")"
has 'and times as programs read them' '"20[0-9-]+T[0-9:]+[+-]0' "$(<"$work/grants.csv")"
run as auditor1 sekisho audit paper grants --person approver1 --output "$work/grants-none.csv"
is 'of somebody who had none it is empty' 2 "$(wc -l <"$work/grants-none.csv")"
run as auditor1 sekisho audit paper grants --person user22 --output "$work/grants-nobody.csv"
is 'of nobody there is none' 1 "$status"
has 'with who was perhaps meant' 'There is no person or account "user22": .*Known names like it: .*user2' "$output"
run sekisho audit paper grants --person user22 --output "$work/grants-nobody.csv"
is 'nor for root' 1 "$status"
is 'and no file' '' "$(ls "$work/grants-nobody.csv" 2>/dev/null)"

env WORK="$work" SHOTS="$shots" PAPERS="$papers" PYTHONPATH="$assert_lib" /usr/bin/python3 "$assert_lib/papers.py" >"$work/browser" 2>&1
is 'the browser came to its end' 0 $?
while IFS= read -r line; do
	case $line in
	'ok - '*) pass "${line#ok - }" ;;
	'not ok - '*) fail "${line#not ok - }" ;;
	*) echo "# $line" ;;
	esac
done <"$work/browser"

# ---- a high rating --------------------------------------------------------------------------------

sandbox-daemon restart # the auditor has asked for more pages than anybody does in a minute
policy_add '[export]
approve_from = confidentiality-1
approvers = approver1'
run sekisho audit paper grants --output "$work/high.html"
is 'at a high rating nobody makes one alone' 1 "$status"
is 'and none is made' '' "$(ls "$work/high.html" 2>/dev/null)"
there auditor1 'sekisho audit paper grants --for office --output /tmp/high.html'
has 'it waits for another person' 'D-1 waits for another person' "$output"
there approver1 'sekisho approve D-1'
has 'who approves it' 'D-1 is approved' "$output"
there auditor1 'sekisho audit paper grants --for office --request D-1 --output /tmp/high.html'
is 'then it is made' 0 "$status"
there auditor1 'sekisho audit paper grants --for office --request D-1 --output /tmp/high2.html'
is 'once' 1 "$status"
rm -f /tmp/high.html
run sekisho audit verify --quick
is 'the log is sound' 0 "$status"

done_testing
