/* The policy language: what each key means, and that everything wrong is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "audit/event.h"
#include "buf.h"
#include "error.h"
#include "policy/nearest.h"
#include "policy/policy.h"
#include "policy/table.h"
#include "policy/value.h"
#include "text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define YEAR_MS (INT64_C(365) * 24 * 60 * 60 * 1000)

static struct policy_problems problems;

/* Parses one file named a.conf. */
static int
parse_text(const char *text, struct policy **p)
{
	struct buf bundle;
	int r;

	memset(&problems, 0, sizeof(problems));
	buf_init(&bundle, POLICY_BUNDLE_MAX);
	buf_printf(
	    &bundle, "sekisho policy bundle 1\nfile a.conf %zu\n%s\n", strlen(text), text);
	assert_int_equal(buf_error(&bundle), SKS_OK);
	r = policy_parse(bundle.data, bundle.len, p, &problems);
	buf_clear(&bundle);
	return r;
}

static struct policy *
parse_good(const char *text)
{
	struct policy *p = NULL;
	int r = parse_text(text, &p);

	if (r != SKS_OK || problems.total != 0 || p == NULL)
		fail_msg("%d, line %d: %s", r, problems.item[0].line, problems.item[0].text);
	return p;
}

static void
test_defaults(void **state)
{
	struct policy *p = parse_good("");
	char host[256];

	(void)state;
	assert_string_equal(p->language, "en");
	assert_null(p->rating);
	assert_null(p->limits);
	assert_null(p->owner);
	assert_int_equal(p->review_wall_ms, 0);
	assert_false(p->observe.on);
	assert_int_equal(p->administrators.count, 0);
	assert_int_equal(p->deny, 5);
	assert_int_equal(p->fail_interval_ms, 15 * 60 * 1000);
	assert_int_equal(p->unlock_time_ms, 30 * 60 * 1000);
	assert_int_equal(p->fail_delay_ms, 800);
	assert_int_equal(p->wait_ms, 5000);
	assert_int_equal(p->source_deny, 20);
	assert_int_equal(p->window_steps, 1);
	assert_int_equal(p->drift_max_steps, 4);
	assert_int_equal(p->retain_ms[RETAIN_ACCESS], YEAR_MS);
	assert_int_equal(p->retain_ms[RETAIN_PRIVILEGE], 5 * YEAR_MS);
	assert_int_equal(p->retain_ms[RETAIN_POLICY], 5 * YEAR_MS);
	assert_int_equal(p->retain_ms[RETAIN_OPERATION], YEAR_MS);
	assert_int_equal(p->sealing_lifetime_ms, INT64_C(730) * 86400000);
	assert_int_equal(p->log_lifetime_ms, INT64_C(1095) * 86400000);
	assert_int_equal(p->tokens.count, 0);
	assert_false(p->enrol_open);
	assert_int_equal(gethostname(host, sizeof(host)), 0);
	assert_string_equal(p->issuer, host);
	assert_string_equal(p->purpose_version, "1");
	assert_true(strlen(p->purpose_text) > 100);
	assert_non_null(strstr(p->purpose_text_ja, "主体認証"));
	assert_int_equal(p->account_count + p->service_count + p->rule_count, 0);
	assert_int_equal(strlen(p->digest), 64);
	policy_free(p);
	policy_free(NULL);
}

static void
test_host_lockout_factor(void **state)
{
	struct policy *p =
	    parse_good("[host]\nlanguage = ja\nrating = 機密性1 完全性1\n"
		       "limits = no copies\n  no mail\nowner = Yamada Hanako\n"
		       "review = 2027-03-31\nobserve = yes\n"
		       "administrators = root, ops1\n ops2\n"
		       "[lockout]\ndeny = 0\nfail_interval = 90\nunlock_time = 2h\n"
		       "fail_delay = 0\nwait = 250ms\nsource_deny = 100000\n"
		       "[keys]\nsealing_lifetime = 1s\nlog_lifetime = 3650d\n"
		       "[factor]\nwindow = 0\ndrift = 60\ntokens = u2f piv\n"
		       "enrol = until 2026-12-31\nissuer = Gate\n"
		       "purpose_version = 2026-1\npurpose = Line one\n  line two\n");

	(void)state;
	assert_string_equal(p->language, "ja");
	assert_string_equal(p->rating, "機密性1 完全性1");
	assert_string_equal(p->limits, "no copies\nno mail");
	assert_string_equal(p->owner, "Yamada Hanako");
	assert_int_equal(p->review_wall_ms, INT64_C(1806537600000)); /* 2027-04-01T00:00Z */
	assert_true(p->observe.on);
	assert_int_equal(p->observe.end_wall_ms, 0);
	assert_int_equal(p->administrators.count, 3);
	assert_string_equal(p->administrators.item[0], "root");
	assert_string_equal(p->administrators.item[2], "ops2");
	assert_int_equal(p->deny, 0);
	assert_int_equal(p->fail_interval_ms, 90000);
	assert_int_equal(p->unlock_time_ms, 7200000);
	assert_int_equal(p->fail_delay_ms, 0);
	assert_int_equal(p->wait_ms, 250);
	assert_int_equal(p->source_deny, 100000);
	assert_int_equal(p->window_steps, 0);
	assert_int_equal(p->drift_max_steps, 60);
	assert_int_equal(p->sealing_lifetime_ms, 1000);
	assert_int_equal(p->log_lifetime_ms, INT64_C(3650) * 86400000);
	assert_int_equal(p->tokens.count, 2);
	assert_true(p->enrol_open);
	assert_int_equal(
	    p->enrol_until_wall_ms, INT64_C(1798761600000)); /* 2027-01-01T00:00Z */
	assert_string_equal(p->issuer, "Gate");
	assert_string_equal(p->purpose_version, "2026-1");
	assert_string_equal(p->purpose_text, "Line one\nline two");
	assert_string_equal(p->purpose_text_ja, "Line one\nline two");
	policy_free(p);
}

static void
test_enrol(void **state)
{
	struct policy *p = parse_good("[factor]\nenrol = open\n");

	(void)state;
	assert_true(p->enrol_open);
	assert_int_equal(p->enrol_until_wall_ms, 0);
	policy_free(p);
	p = parse_good("[factor]\nenrol = closed\n");
	assert_false(p->enrol_open);
	policy_free(p);
}

static void
test_for_a_time(void **state)
{
	struct policy *p =
	    parse_good("[host]\nobserve = until 2026-12-31\n[service login]\nobserve = no\n"
		       "[group staff]\ngrace = until 2027-01-31\n"
		       "[group ops]\nobserve = until 2026-12-31\ngrace = until 2027-06-30\n");
	const int64_t year = INT64_C(1798761600000); /* 2027-01-01T00:00Z */

	(void)state;
	assert_true(p->observe.on);
	assert_int_equal(p->observe.end_wall_ms, year);
	assert_true(until_holds(&p->observe, year - 1));
	assert_false(until_holds(&p->observe, year));
	assert_false(policy_service(p, "login")->observe.on);
	assert_true(policy_observes(p, "sshd", NULL, year - 1));
	assert_false(policy_observes(p, "sshd", "ops", year));
	assert_true(policy_needs_groups(p));
	policy_free(p);

	p = parse_good("[group staff]\ngrace = until 2026-12-31\n"
		       "[group ops]\nobserve = yes\ngrace = until 2027-06-30\n");
	assert_true(policy_observes(p, "sshd", "users,ops", year));
	assert_false(policy_observes(p, "sshd", "users,opsx", year));
	/* what is not known to be so makes nothing easier */
	assert_false(policy_observes(p, "sshd", NULL, year));
	assert_int_equal(policy_grace_until(p, NULL, 0), 0);
	assert_int_equal(policy_grace_until(p, "staff", year - 1), year);
	assert_int_equal(policy_grace_until(p, "staff", year), 0);
	assert_true(policy_grace_until(p, "staff,ops", year - 1) > year); /* the last one */
	policy_free(p);
}

static void
test_accounts_people(void **state)
{
	struct policy *p = parse_good("[account zoe]\n[account alice-adm]\nclass = admin\n"
				      "person = alice\n[account root]\n[account svc]\n"
				      "class = service\nfrom = 10.0.0.0/8, local\n"
				      "[account john doe]\n[account DOM\\eve]\n[account pc1$]\n"
				      "[person alice]\nunit = 情報システム課\ncontact = 1234\n"
				      "[officer 鈴木 一郎]\nrole = CISO\nunit = 本省\n"
				      "contact = ciso@example.go.jp\n");
	const struct account *a;

	(void)state;
	assert_int_equal(p->account_count, 7);
	a = policy_account(p, "zoe");
	assert_non_null(a);
	assert_int_equal(a->class, CLASS_PERSON);
	assert_string_equal(a->person, "zoe");
	a = policy_account(p, "alice-adm");
	assert_int_equal(a->class, CLASS_ADMIN);
	assert_string_equal(a->person, "alice");
	assert_int_equal(policy_account(p, "root")->class, CLASS_SHARED);
	a = policy_account(p, "svc");
	assert_int_equal(a->class, CLASS_SERVICE);
	assert_true(a->from.local);
	assert_false(a->from.remote);
	assert_int_equal(a->from.count, 1);
	assert_non_null(policy_account(p, "john doe"));
	assert_non_null(policy_account(p, "DOM\\eve"));
	assert_null(policy_account(p, "nobody"));
	assert_int_equal(p->person_count, 1);
	assert_string_equal(p->person[0].unit, "情報システム課");
	assert_string_equal(p->person[0].contact, "1234");
	assert_int_equal(p->officer_count, 1);
	assert_string_equal(p->officer[0].name, "鈴木 一郎");
	assert_string_equal(p->officer[0].role, "CISO");
	policy_free(p);
}

static void
test_rule_fields(void **state)
{
	struct policy *p = parse_good(
	    "\n[rule all]\naccount = alice \"john doe\", @ops\n  *\ngroup = @wheel adm\n"
	    "service = sshd, *, portal\nclass = admin shared\n"
	    "service_class = remote, unknown\nfrom = remote 192.0.2.7\n"
	    "time = mon-fri 08:00-18:00, sat 22:00-06:00,\n  sun wed 00:00-24:00, 07:30-00:00\n"
	    "require = mfa within  15m\ncontrol = AUTH-6 PRIV-14\n"
	    "[rule none]\nrefuse = yes\n[rule any]\nrefuse = no\nrequire = mfa\n"
	    "[service portal]\nclass = remote\nappended_code = yes\nobserve = yes\n"
	    "[service vsftpd]\nappended_code = yes\n[service odd]\nobserve = no\n");
	const struct rule *r = &p->rule[0];

	(void)state;
	assert_int_equal(p->rule_count, 3);
	assert_string_equal(r->name, "all");
	assert_string_equal(r->file, "a.conf");
	assert_int_equal(r->line, 2);
	assert_int_equal(r->account.count, 4);
	assert_string_equal(r->account.item[1], "john doe");
	assert_string_equal(r->account.item[2], "@ops");
	assert_string_equal(r->account.item[3], "*");
	assert_int_equal(r->group.count, 2);
	assert_string_equal(r->group.item[0], "wheel");
	assert_int_equal(r->service.count, 3);
	assert_int_equal(r->class_mask, 1 << CLASS_ADMIN | 1 << CLASS_SHARED);
	assert_int_equal(r->service_class_mask, 1 << SERVICE_REMOTE | 1 << SERVICE_UNKNOWN);
	assert_true(r->from.remote);
	assert_int_equal(r->from.count, 1);
	assert_int_equal(r->time.count, 4);
	assert_int_equal(r->time.item[0].weekdays, 0x3e);
	assert_int_equal(r->time.item[0].from_minute, 480);
	assert_int_equal(r->time.item[0].to_minute, 1080);
	assert_int_equal(r->time.item[1].weekdays, 0x40);
	assert_int_equal(r->time.item[2].weekdays, 0x09);
	assert_int_equal(r->time.item[2].to_minute, 1440);
	assert_int_equal(r->time.item[3].weekdays, 0x7f);
	assert_int_equal(r->time.item[3].to_minute, 1440);
	assert_true(r->require_mfa);
	assert_false(r->refuse);
	assert_int_equal(r->mfa_within_ms, 900000);
	assert_int_equal(r->control.count, 2);
	assert_true(p->rule[1].refuse);
	assert_false(p->rule[1].require_mfa);
	assert_true(p->rule[2].require_mfa);
	assert_int_equal(p->rule[2].mfa_within_ms, 0);
	assert_int_equal(policy_service(p, "portal")->class, SERVICE_REMOTE);
	assert_true(policy_service(p, "portal")->observe.on);
	assert_int_equal(policy_service(p, "vsftpd")->class, SERVICE_REMOTE);
	assert_true(policy_service(p, "vsftpd")->appended_code);
	assert_int_equal(policy_service(p, "odd")->class, SERVICE_UNKNOWN);
	policy_free(p);
}

/* Each has exactly one problem. */
static void
test_problems(void **state)
{
	static const struct {
		const char *text;
		int line;
		const char *key, *says;
	} cases[] = {
	    /* names of sections and keys */
	    {"[hots]\n", 1, "[hots]", "did you mean \"host\""},
	    {"[xyzzy]\nk = v\n", 1, "[xyzzy]",
		"host, confirm, lockout, factor, password, retention, audit, keys, export, backup, account"},
	    {"[Rule r]\nrefuse = yes\n", 1, "[Rule]", "\"rule\""},
	    {"[host a]\nlanguage = ja\n", 1, "[host a]", "without a name"},
	    {"[rule]\nrefuse = yes\n", 1, "[rule]", "[rule NAME]"},
	    {"[host]\nlangage = en\n", 2, "langage", "\"language\""},
	    {"[host]\nLanguage = en\n", 2, "Language", "\"language\""},
	    {"[lockout]\n# x\n\nfail_intervall = 1m\n", 4, "fail_intervall",
		"\"fail_interval\""},
	    {"[rule r]\nplanet = *\nrefuse = yes\n", 2, "planet", "expected one of: account"},
	    {"[person a]\nzzz = b\n", 2, "zzz", "expected one of: appointed, kana, unit, contact"},
	    {"[rule r]\nrefuse = yes\nrefuse = yes\n", 3, "refuse", "given before"},
	    {"[control A1.2]\n[host]\n", 1, "own", "the reason"},
	    {"[officer x]\nclauses = b\n", 2, "clauses", "AUTH-6"},
	    {"[host]\n[lockout]\n[host]\n", 3, "[host]", "given before"},
	    /* words */
	    {"[host]\nlanguage = de\n", 2, "language", "en, ja"},
	    {"[host]\nlanguage = jp\n", 2, "language", "\"ja\""},
	    {"[host]\nobserve = ye\n", 2, "observe", "\"yes\""},
	    {"[host]\nobserve = until\n", 2, "observe", "yes, no or until"},
    {"[host]\nobserve = until 2026-13-01\n", 2, "observe", "yes, no or until"},
    {"[host]\nobserve = until 31.12.2026\n", 2, "observe", "yes, no or until"},
    {"[group g]\ngrace = yes\n", 2, "grace", "until YYYY-MM-DD"},
    {"[group g]\ngrace = until tomorrow\n", 2, "grace", "until YYYY-MM-DD"},
    {"[group]\ngrace = until 2026-12-31\n", 1, "[group]", "[group NAME]"},
    {"[host]\nobserve = true\n", 2, "observe", "yes, no or until"},
	    {"[host]\nobserve = yes\n no\n", 3, "observe", "one line"},
	    {"[account a]\nclass = amdin\n", 2, "class", "\"admin\""},
	    {"[account a]\nclass = person admin\n", 2, "class",
		"person, admin, shared, service"},
	    {"[service a]\nclass = unknown\n", 2, "class", "remote, console"},
	    {"[service a]\nclass = elevaton\n", 2, "class", "\"elevation\""},
	    {"[rule r]\nclass = admin, svc, person\nrefuse = yes\n", 2, "class", "svc"},
	    {"[rule r]\nservice_class = remot\nrefuse = yes\n", 2, "service_class",
		"\"remote\""},
	    {"[rule r]\nrefuse = yes please\nrequire = mfa\n", 2, "refuse", "yes or no"},
	    {"[rule r]\nrequire = mfa within 0\n", 2, "require", "15m"},
	    {"[rule r]\nrequire = mfs\n", 2, "require", "\"mfa\""},
	    {"[rule r]\nrequire = mfa within\n", 2, "require", "mfa within"},
	    {"[rule r]\nrequire = mfa in 15m\n", 2, "require", "mfa within"},
	    {"[factor]\nenrol = opne\n", 2, "enrol", "\"open\""},
	    {"[factor]\nenrol = until 2026-02-30\n", 2, "enrol", "until YYYY-MM-DD"},
	    {"[factor]\nenrol = until tomorrow\n", 2, "enrol", "until YYYY-MM-DD"},
	    /* numbers, durations, dates */
	    {"[lockout]\ndeny = five\n", 2, "deny", "0 (never lock) to 1000"},
	    {"[lockout]\ndeny = 1001\n", 2, "deny", "1000"},
	    {"[lockout]\ndeny = -1\n", 2, "deny", "whole number"},
	    {"[lockout]\ndeny = +1\n", 2, "deny", "whole number"},
	    {"[lockout]\ndeny = 0x5\n", 2, "deny", "whole number"},
	    {"[lockout]\ndeny = 5 5\n", 2, "deny", "whole number"},
	    {"[lockout]\ndeny = 18446744073709551621\n", 2, "deny", "whole number"},
	    {"[lockout]\nsource_deny = 0\n", 2, "source_deny", "1 to 100000"},
	    {"[lockout]\nfail_interval = 0\n", 2, "fail_interval", "from 1s"},
	    {"[lockout]\nfail_interval = 999ms\n", 2, "fail_interval", "from 1s"},
	    {"[lockout]\nfail_interval = 15 m\n", 2, "fail_interval", "15m"},
	    {"[lockout]\nfail_interval = 15min\n", 2, "fail_interval", "15m"},
	    {"[lockout]\nunlock_time = 3651d\n", 2, "unlock_time", "3650d"},
	    {"[lockout]\nunlock_time = 99999999999999999999d\n", 2, "unlock_time", "3650d"},
	    {"[lockout]\nunlock_time = 9223372036854775807ms\n", 2, "unlock_time", "3650d"},
	    {"[lockout]\nunlock_time = 9223372036854775808ms\n", 2, "unlock_time", "3650d"},
	    {"[lockout]\nunlock_time = 18446744073709551617ms\n", 2, "unlock_time", "3650d"},
	    {"[lockout]\nunlock_time = ms\n", 2, "unlock_time", "duration"},
	    {"[lockout]\nfail_delay = 61s\n", 2, "fail_delay", "60s"},
	    {"[lockout]\nwait = 1h\n", 2, "wait", "60s"},
	    {"[factor]\nwindow = 11\n", 2, "window", "0 to 10"},
	    {"[factor]\ndrift = 61\n", 2, "drift", "0 to 60"},
	    {"[keys]\nsealing_lifetime = 0\n", 2, "sealing_lifetime", "1s to 3650d"},
	    {"[keys]\nlog_lifetime = 3651d\n", 2, "log_lifetime", "1s to 3650d"},
	    {"[host]\nreview = 2027-02-29\n", 2, "review", "YYYY-MM-DD"},
	    {"[host]\nreview = 2027-03-01T00:00:00Z\n", 2, "review", "YYYY-MM-DD"},
	    {"[host]\nreview = 30d\n", 2, "review", "YYYY-MM-DD"},
	    /* empty values */
	    {"[host]\nowner =\n", 2, "owner", "empty"},
	    {"[host]\nowner = # nobody\nlanguage = ja\n", 2, "owner", "empty"},
	    {"[host]\nadministrators = ,\n", 2, "administrators", "empty"},
	    {"[rule r]\nrefuse = yes\naccount =\n  , # none\n", 3, "account", "empty"},
	    {"[rule r]\naccount =\nrefuse = yes\n", 2, "account", "empty"},
	    /* names */
	    {"[account adm-*]\n", 1, "adm-*", "without / ,"},
	    {"[account -x]\n", 1, "-x", "expected a name"},
	    {"[account a/b]\n", 1, "a/b", "expected a name"},
	    {"[account a,b]\n", 1, "a,b", "expected a name"},
	    {"[account @ops]\n", 1, "@ops", "expected a name"},
	    {"[account ..]\n", 1, "..", "expected a name"},
	    {"[service *]\n", 1, "*", "expected a name"},
	    {"[account a]\nperson = a:b\n", 2, "person", "name of a person"},
	    {"[rule r]\nrefuse = yes\naccount = bob, !eve\n", 3, "account", "!eve"},
	    {"[rule r]\nrefuse = yes\naccount = adm*\n", 3, "account", "adm*"},
	    {"[rule r]\nrefuse = yes\naccount = alice\n  deny=5\n", 4, "account", "deny=5"},
	    {"[rule r]\nrefuse = yes\naccount = %wheel\n", 3, "account", "@group"},
	    {"[rule r]\nrefuse = yes\naccount = @\n", 3, "account", "@"},
	    {"[rule r]\nrefuse = yes\naccount = \"john doe\n", 3, "account", "john doe"},
	    {"[rule r]\nrefuse = yes\naccount = \"a\"b\n", 3, "account", "found \"a\""},
	    {"[rule r]\nrefuse = yes\ngroup = @*\n", 3, "group", "@*"},
	    {"[host]\nadministrators = @ops\n", 2, "administrators", "@ops"},
	    {"[host]\nadministrators = *\n", 2, "administrators", "*"},
	    {"[rule r]\nrefuse = yes\ncontrol = AUTH\n", 3, "control", "AUTH-6"},
	    {"[rule r]\nrefuse = yes\ncontrol = auth-6\n", 3, "control", "AUTH-6"},
	    /* sources */
	    {"[account a]\nfrom = remte\n", 2, "from", "\"remote\""},
	    {"[account a]\nfrom = host.example\n", 2, "from", "10.0.0.0/8"},
	    {"[account a]\nfrom = 10.0.0.1/8\n", 2, "from", "behind its prefix"},
	    {"[account a]\nfrom = 10.0.0.0/33\n", 2, "from", "10.0.0.0/33"},
	    {"[account a]\nfrom = 10.0.0.0/08\n", 2, "from", "10.0.0.0/08"},
	    {"[account a]\nfrom = 10.0.0.0/\n", 2, "from", "10.0.0.0/"},
	    {"[account a]\nfrom = 10.0.0\n", 2, "from", "10.0.0"},
	    {"[account a]\nfrom = 2001:db8::1\n", 2, "from", "first 64 bits"},
	    {"[account a]\nfrom = 2001:db8::/65\n", 2, "from", "first 64 bits"},
	    {"[account a]\nfrom = 2001:db8::/129\n", 2, "from", "/129"},
	    /* hours */
	    {"[rule r]\nrefuse = yes\ntime = mon, wed 08:00-18:00\n", 3, "time", "\"mon\""},
	    {"[rule r]\nrefuse = yes\ntime = mon-fri\n", 3, "time", "mon-fri 08:00"},
	    {"[rule r]\nrefuse = yes\ntime = mo-fr 08:00-18:00\n", 3, "time", "mo-fr"},
	    {"[rule r]\nrefuse = yes\ntime = 8:00-18:00\n", 3, "time", "8:00"},
	    {"[rule r]\nrefuse = yes\ntime = 08:00-24:01\n", 3, "time", "24:01"},
	    {"[rule r]\nrefuse = yes\ntime = 24:00-08:00\n", 3, "time", "24:00"},
	    {"[rule r]\nrefuse = yes\ntime = 08:60-09:00\n", 3, "time", "08:60"},
	    {"[rule r]\nrefuse = yes\ntime = 08:00-08:00\n", 3, "time", "08:00"},
	    {"[rule r]\nrefuse = yes\ntime = 08:00-18:00 mon\n", 3, "time", "mon"},
	    /* contradictions */
	    {"\n[rule r]\naccount = a\n", 2, "refuse", "does nothing"},
	    {"[rule r]\nrefuse = no\n", 1, "refuse", "does nothing"},
	    {"[rule r]\nrefuse = yes\nrequire = mfa\n", 1, "require", "not both"},
	    {"[rule r]\nrefuse = yes\nservice = ssdh\n", 1, "service", "\"sshd\""},
	    {"[rule r]\nrefuse = yes\nservice = intranet-portal\n", 1, "service",
		"[service intranet-portal]"},
	    {"\n[factor]\npurpose = For fun.\n[host]\n", 2, "purpose_version", "expected"},
	    {"[factor]\nissuer = a:b\n", 2, "issuer", "colon"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct policy_problem *problem = &problems.item[0];
		struct policy *p = (struct policy *)1;
		int r = parse_text(cases[i].text, &p);

		if (r != SKS_INVALID || p != NULL || problems.total != 1 ||
		    problem->line != cases[i].line ||
		    strstr(problem->text, cases[i].key) == NULL ||
		    strstr(problem->text, cases[i].says) == NULL)
			fail_msg("case %zu\n%s%d, %zu problems, line %d: %s\n%s", i,
			    cases[i].text, r, problems.total, problem->line, problem->text,
			    problems.item[1].text);
	}
}

static void
test_names_too_long(void **state)
{
	char text[512];
	struct policy *p;

	(void)state;
	for (int len = 254; len <= 257; len++) {
		snprintf(text, sizeof(text), "[account %0*d]\n", len, 7);
		assert_int_equal(
		    parse_text(text, &p), len <= POLICY_NAME_MAX ? SKS_OK : SKS_INVALID);
		policy_free(p);
		snprintf(text, sizeof(text), "[host]\nadministrators = %0*d\n", len, 7);
		assert_int_equal(
		    parse_text(text, &p), len <= POLICY_NAME_MAX ? SKS_OK : SKS_INVALID);
		policy_free(p);
	}
}

static void
test_text_too_long(void **state)
{
	char text[4 * POLICY_TEXT_MAX];
	struct policy *p;

	(void)state;
	for (int lines = 4095; lines <= 4097; lines++) {
		int n = snprintf(text, sizeof(text), "[host]\nlimits = a\n");

		for (int i = 1; i < lines; i++)
			n += snprintf(text + n, sizeof(text) - (size_t)n, " a\n");
		if (lines * 2 - 1 <= POLICY_TEXT_MAX) {
			assert_int_equal(parse_text(text, &p), SKS_OK);
			assert_int_equal(strlen(p->limits), lines * 2 - 1);
		} else {
			assert_int_equal(parse_text(text, &p), SKS_INVALID);
			assert_int_equal(problems.total, 1);
			assert_int_equal(problems.item[0].line, lines + 1);
			assert_non_null(strstr(problems.item[0].text, "8192"));
		}
		policy_free(p);
	}
}

/* All of them, in the order of the file, each on its own line. */
static void
test_all_problems(void **state)
{
	static const int lines[] = {1, 3, 4, 5, 6, 8};
	struct policy *p;

	(void)state;
	assert_int_equal(
	    parse_text("x = y\n[host]\nlanguage = de\nobserve = 1\nfoo = bar\n[hast]\na = b\n"
		       "[rule r]\n[account ok]\n",
		&p),
	    SKS_INVALID);
	assert_int_equal(problems.total, sizeof(lines) / sizeof(lines[0]));
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		assert_int_equal(problems.item[i].line, lines[i]);
		assert_string_equal(problems.item[i].file, "a.conf");
	}
	assert_int_equal(policy_parse("x", 1, &p, NULL), SKS_INVALID);
	assert_null(p);
}

/* What a hostile file says must not move the cursor of whoever reads the message. */
static void
test_problem_is_printable(void **state)
{
	struct policy *p;

	(void)state;
	assert_int_equal(
	    parse_text("[\x1b[2J]\n[host]\nlanguage = \xe2\x80\xae\n", &p), SKS_INVALID);
	assert_int_equal(problems.total, 2);
	for (size_t i = 0; i < problems.count; i++) {
		assert_null(strchr(problems.item[i].text, '\x1b'));
		assert_null(strstr(problems.item[i].text, "\xe2\x80\xae"));
	}
	/* cut at 80 bytes, in the middle of a letter */
	assert_int_equal(
	    parse_text(
		"[host]\nobserve = 関所関所関所関所関所関所関所関所関所関所関所関所関所関所\n",
		&p),
	    SKS_INVALID);
	assert_int_equal(problems.total, 1);
	assert_true(text_is_utf8(problems.item[0].text, strlen(problems.item[0].text)));
}

static void
test_nearest(void **state)
{
	static const char *const words[] = {"sshd", "su", "sudo", "sudo-i", NULL};
	static const struct {
		const char *word, *nearest;
	} cases[] = {
	    {"ssdh", "sshd"},
	    {"SSHD", "sshd"},
	    {"sud", "su"},
	    {"suod", "sudo"},
	    {"sudo_i", "sudo-i"},
	    {"s", "su"},
	    {"cron", NULL},
	    {"", NULL},
	    {"sshdsshdsshdsshdsshdsshdsshdsshdsshdsshdsshd", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *found = nearest_word(cases[i].word, words, SIZE_MAX);

		if ((found == NULL) != (cases[i].nearest == NULL) ||
		    (found != NULL && strcmp(found, cases[i].nearest) != 0))
			fail_msg("\"%s\": %s", cases[i].word, found == NULL ? "none" : found);
	}
	assert_null(nearest_word("sudo-i", words, 0));
	assert_string_equal(nearest_word("sudo-i", words, 3), "sudo");
}

/* Every table row has what an error text needs. */
static void
test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < policy_section_count; i++) {
		const struct policy_section *s = &policy_sections[i];

		assert_true(s->key_count > 0 && s->key_count < 32);
		for (size_t j = 0; j < s->key_count; j++) {
			assert_non_null(s->key[j].take);
			assert_true(s->key[j].expected != NULL || s->key[j].words != NULL);
			assert_true(s->key[j].min <= s->key[j].max || s->key[j].words != NULL);
		}
	}
}

static void
test_sentences(void **state)
{
	static const char *const says[] = {
	    "confidentiality-2",
	    "no copies",
	    "Yamada",
	    "2027-03-31 at the latest",
	    "always needs a second factor",
	    "ops1",
	    "alice-adm is the administrator account of alice.",
	    "svc works only from: this host itself, 10.0.0.0/8, ::1, 2001:db8::/32.",
	    "oracle1 is a shared account",
	    "The service portal counts as: remote access.",
	    "code may follow the password",
	    "Rule \"r1\" refuses.",
	    "It applies always.",
	    "Rule \"r2\" requires a second factor that was given not longer ago than 15 "
	    "minutes.",
	    "The account is one of: bob, @ops.",
	    "in one of the groups: wheel.",
	    "The service is one of: sshd.",
	    "any other host",
	    "Monday, Tuesday 08:00-18:30",
	    "AUTH-6",
	    "After 1 failed attempt within 2 hours",
	    "1 day have passed",
	    "One source may fail 20 times",
	    "answered after 800 milliseconds",
	    "waits at most 0 seconds",
	    "2 steps early or late",
	    "up to 1 step.",
	    "yubikey",
	    "until the end of 2026-12-31",
	    "version 1",
	    "keeps a secret key",
	    "Suzuki is CISO.",
	    "The organisation sees to B1.2.5(1) itself: no contracts.",
	    "Suzuki answers for: B1.2.3(1), AUTH-6, *.",
	    "Suzuki is reached at 119.",
	    "alice belongs to IT.",
	};
	struct policy *p = parse_good(
	    "[host]\nrating = confidentiality-2\nlimits = no copies\nowner = Yamada\n"
	    "review = 2027-03-31\nadministrators = ops1\n[lockout]\ndeny = 1\n"
	    "fail_interval = 120m\nunlock_time = 24h\nwait = 0\n[factor]\nwindow = 2\ndrift = "
	    "1\n"
	    "tokens = yubikey\nenrol = until 2026-12-31\n[account alice-adm]\nclass = admin\n"
	    "person = alice\n[account svc]\nclass = service\n"
	    "from = local 10.0.0.0/8 ::1 2001:db8::/32\n[account oracle1]\nclass = shared\n"
	    "[service portal]\nclass = remote\nappended_code = yes\n[rule r1]\nrefuse = yes\n"
	    "[rule r2]\naccount = bob @ops\ngroup = wheel\nservice = sshd\nclass = admin\n"
	    "service_class = remote\nfrom = remote\ntime = mon-tue 08:00-18:30\n"
	    "require = mfa within 15m\ncontrol = AUTH-6\n[person alice]\nunit = IT\n"
	    "[officer Suzuki]\nrole = CISO\nkana = SUZUKI\ncontact = 119\n"
	    "clauses = B1.2.3(1), AUTH-6 *\n[control B1.2.5(1)]\nown = no contracts\n");
	struct buf out;

	(void)state;
	buf_init(&out, 1 << 16);
	policy_print_sentences(p, &out);
	buf_put_u8(&out, '\0');
	assert_int_equal(buf_error(&out), SKS_OK);
	for (size_t i = 0; i < sizeof(says) / sizeof(says[0]); i++) {
		if (strstr((const char *)out.data, says[i]) == NULL)
			fail_msg("nothing says \"%s\":\n%s", says[i], (const char *)out.data);
	}
	buf_clear(&out);
	policy_free(p);
}

static void
test_retention(void **state)
{
	static const char text[] = "[retention]\naccess = 400d\npolicy = 10y\n";
	struct policy *p = parse_good(text), *bad;

	(void)state;
	assert_int_equal(p->retain_ms[RETAIN_ACCESS], 400 * (YEAR_MS / 365));
	assert_int_equal(p->retain_ms[RETAIN_POLICY], 10 * YEAR_MS);
	assert_int_equal(p->retain_ms[RETAIN_PRIVILEGE], 5 * YEAR_MS);
	policy_free(p);
	assert_int_equal(parse_text("[retention]\naccess = 23h\n", &bad), SKS_INVALID);
	assert_int_equal(parse_text("[retention]\naccess = 101y\n", &bad), SKS_INVALID);
	assert_int_equal(parse_text("[retention]\nlog = 5y\n", &bad), SKS_INVALID);
}

/* Whom the list names, and nobody else; without one, administrators. */
static void
test_redactors(void **state)
{
	struct policy *p = parse_good("[host]\nadministrators = root\n"
				      "[account alice]\nclass = admin\n");

	(void)state;
	assert_true(policy_is_redactor(p, "alice", 1001));
	assert_true(policy_is_redactor(p, "root", 0));
	assert_false(policy_is_redactor(p, "bob", 1002));
	policy_free(p);
	p = parse_good("[account alice]\nclass = admin\n[retention]\nredactors = bob carol\n");
	assert_false(policy_is_redactor(p, "alice", 1001));
	assert_true(policy_is_redactor(p, "bob", 1002));
	assert_true(policy_is_redactor(p, "carol", 1003));
	policy_free(p);
}

/* By name or by group; never a person who administrates, under whatever account. */
static void
test_auditors(void **state)
{
	struct policy *p = parse_good("[host]\nadministrators = root\n"
				      "[account ann-adm]\nclass = admin\nperson = ann\n"
				      "[account ann]\nperson = ann\n"
				      "[audit]\nauditors = eve, @audit\n");

	(void)state;
	assert_true(policy_auditors_need_groups(p));
	assert_true(policy_is_auditor(p, "eve", NULL));
	assert_true(policy_is_auditor(p, "bob", "users,audit"));
	assert_false(policy_is_auditor(p, "bob", "users,auditors"));
	assert_false(policy_is_auditor(p, "bob", NULL));
	assert_false(policy_is_auditor(p, "ann", "audit"));
	assert_false(policy_is_auditor(p, "ann-adm", "audit"));
	assert_false(policy_is_auditor(p, "root", "audit"));
	policy_free(p);
	p = parse_good("[audit]\nauditors = eve\n");
	assert_false(policy_auditors_need_groups(p));
	assert_false(policy_is_auditor(p, "bob", "audit"));
	policy_free(p);
	p = parse_good("");
	assert_false(policy_is_auditor(p, "eve", "audit"));
	policy_free(p);
}

static void
test_auditor_who_administrates(void **state)
{
	struct policy *bad;

	(void)state;
	assert_int_equal(parse_text("[audit]\nauditors = eve, ann\n[account ann]\nperson = ann\n"
				    "[account ann-adm]\nclass = admin\nperson = ann\n",
			     &bad),
	    SKS_INVALID);
	assert_int_equal(problems.total, 1);
	assert_int_equal(problems.item[0].line, 1);
	assert_non_null(strstr(problems.item[0].text, "ann is the same person"));
	assert_int_equal(
	    parse_text("[host]\nadministrators = eve\n[audit]\nauditors = eve\n", &bad),
	    SKS_INVALID);
}

/* A level of one name says nothing about another, and a rating below it is not reached. */
static void
test_rating(void **state)
{
	static const struct {
		const char *level;
		bool reached;
	} cases[] = {{"confidentiality-1", true}, {"confidentiality-2", true},
	    {"confidentiality-3", false}, {"integrity-1", true}, {"integrity-2", false},
	    {"availability-12", true}, {"availability-13", false}, {"secrecy-1", false},
	    {"confidential-1", false}, {"", false}, {NULL, false}};
	struct policy *p = parse_good("[host]\nrating = confidentiality-2 integrity-1 "
				      "availability-12\n[export]\nencrypt_from = integrity-1\n"
				      "approvers = bob\n[account alice]\nclass = admin\n"),
		      *bad;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(policy_rating_reaches(p, cases[i].level), cases[i].reached);
	assert_true(policy_rating_reaches(p, p->export_encrypt_from));
	assert_false(policy_rating_reaches(p, p->export_approve_from));
	assert_true(policy_is_approver(p, "bob", 1002));
	assert_false(policy_is_approver(p, "alice", 1001));
	policy_free(p);
	p = parse_good("[export]\napprove_from = integrity-1\n");
	assert_false(policy_rating_reaches(p, p->export_approve_from)); /* not rated */
	policy_free(p);
	assert_int_equal(parse_text("[export]\nencrypt_from = high\n", &bad), SKS_INVALID);
	assert_int_equal(
	    parse_text("[export]\nencrypt_from = integrity-100\n", &bad), SKS_INVALID);
	assert_int_equal(
	    parse_text("[export]\nencrypt_from = integrity-1 x-2\n", &bad), SKS_INVALID);
}

static void
test_backup(void **state)
{
	static const char line[] =
	    "sekisho-recipient+ops+AZnhBxe7G2qddzBQ/I5tvokXlz/JkURuyosFwAjsy6hO2kxx";
	char text[512];
	struct policy *p, *bad;

	(void)state;
	(void)snprintf(text, sizeof(text),
	    "[backup]\nevery = 24h\nto = /srv/backup\nrecipient = %s\n\t%s\n", line, line);
	p = parse_good(text);
	assert_int_equal(p->backup_every_ms, 24 * 3600 * 1000);
	assert_int_equal(p->backup_keep, 14);
	assert_int_equal(strlen(p->backup_recipient), 2 * strlen(line) + 1);
	policy_free(p);
	/* one that could never be made, and one letter mistyped */
	assert_int_equal(
	    parse_text("[backup]\nevery = 24h\nto = /srv/backup\n", &bad), SKS_INVALID);
	assert_int_equal(parse_text("[backup]\nto = backup\n", &bad), SKS_INVALID);
	(void)snprintf(
	    text, sizeof(text), "[backup]\nrecipient = %.*sy\n", (int)strlen(line) - 1, line);
	assert_int_equal(parse_text(text, &bad), SKS_INVALID);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_defaults),
	    cmocka_unit_test(test_retention),
	    cmocka_unit_test(test_redactors),
	    cmocka_unit_test(test_auditors),
	    cmocka_unit_test(test_auditor_who_administrates),
	    cmocka_unit_test(test_rating),
	    cmocka_unit_test(test_backup),
	    cmocka_unit_test(test_host_lockout_factor),
	    cmocka_unit_test(test_enrol),
	    cmocka_unit_test(test_for_a_time),
	    cmocka_unit_test(test_accounts_people),
	    cmocka_unit_test(test_rule_fields),
	    cmocka_unit_test(test_problems),
	    cmocka_unit_test(test_names_too_long),
	    cmocka_unit_test(test_text_too_long),
	    cmocka_unit_test(test_all_problems),
	    cmocka_unit_test(test_problem_is_printable),
	    cmocka_unit_test(test_nearest),
	    cmocka_unit_test(test_table),
	    cmocka_unit_test(test_sentences),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
