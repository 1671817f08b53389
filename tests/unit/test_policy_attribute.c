/* Attributes of people: until when each holds; tickets; what of them is refused in a policy. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "buf.h"
#include "clock.h"
#include "error.h"
#include "policy/policy.h"
#include <stdio.h>
#include <string.h>

#define DAY INT64_C(86400000)

static struct policy_problems problems;

static struct policy *
parse(const char *text)
{
	struct policy *p = NULL;
	struct buf bundle;

	memset(&problems, 0, sizeof(problems));
	buf_init(&bundle, POLICY_BUNDLE_MAX);
	buf_printf(
	    &bundle, "sekisho policy bundle 1\nfile a.conf %zu\n%s\n", strlen(text), text);
	(void)policy_parse(bundle.data, bundle.len, &p, &problems);
	buf_clear(&bundle);
	return p;
}

static struct policy *
parse_good(const char *text)
{
	struct policy *p = parse(text);

	if (p == NULL)
		fail_msg("line %d: %s", problems.item[0].line, problems.item[0].text);
	return p;
}

static int64_t
at(const char *text)
{
	int64_t ms = -1;

	assert_int_equal(clock_parse(text, 0, &ms), SKS_OK);
	return ms;
}

static void
test_fiscal_year(void **state)
{
	static const struct {
		const char *day, *ends;
		uint32_t start;
	} cases[] = {
	    {"2026-11-22", "2027-01-01", 101}, {"2026-01-01", "2027-01-01", 101},
	    {"2025-12-31", "2026-01-01", 101}, {"2024-02-27", "2024-02-28", 228},
	    {"2024-02-28", "2025-02-28", 228}, {"2024-12-31", "2025-03-01", 301},
	    {"2027-12-31", "2028-03-01", 301}, {"2028-02-29", "2028-03-01", 301},
	    {"2028-09-30", "2028-10-01", 1001}, {"2026-11-22", "2027-04-01", 401}, {"2026-04-01", "2027-04-01", 401}, {"2026-03-31", "2026-04-01", 401},
	    {"2024-02-29", "2024-04-01", 401}, {"2024-04-01", "2025-04-01", 401}, {"2023-12-31", "2024-04-01", 401},
	    {"1970-01-01", "1970-04-01", 401}, {"2000-03-31", "2000-04-01", 401}, {"2100-03-31", "2100-04-01", 401},
	    {"2100-04-01", "2101-04-01", 401}, {"1999-04-01", "2000-04-01", 401},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct policy p = {.fiscal_start = cases[i].start};

		assert_int_equal(policy_fiscal_year_end(&p, at(cases[i].day)), at(cases[i].ends));
		assert_int_equal(
		    policy_fiscal_year_end(&p, at(cases[i].day) + DAY - 1), at(cases[i].ends));
	}
}

static const char described[] = "[attribute training]\nfiscal_year = yes\nrenewal = 30d\n"
				"grace = 90d\n"
				"[attribute check]\nvalid = 365d\n"
				"[attribute nda]\ntext = has signed it\n"
				"[person alice]\nappointed = 2026-09-01\n";

static void
test_until(void **state)
{
	struct policy *p = parse_good(described);
	char list[128];

	(void)state;
	assert_int_equal(policy_attribute_until(p, "bob", "training", ""), 0);
	assert_int_equal(policy_attribute_until(p, "bob", "unheard-of", "unheard-of=1:0"), 0);
	/* new people have it for a while, without evidence; the day of the appointment counts whole */
	assert_int_equal(policy_attribute_until(p, "alice", "training", ""),
	    at("2026-09-02") + 90 * DAY);
	assert_int_equal(policy_attribute_until(p, "alice", "check", ""), 0);
	(void)snprintf(list, sizeof(list), "check=%lld:0,nda=5:0,training=%lld:0",
	    (long long)at("2026-05-01"), (long long)at("2026-05-01"));
	assert_int_equal(policy_attribute_until(p, "bob", "training", list),
	    at("2027-04-01") + 30 * DAY);
	assert_int_equal(
	    policy_attribute_until(p, "bob", "check", list), at("2026-05-01") + 365 * DAY);
	assert_true(policy_attribute_until(p, "bob", "nda", list) == INT64_MAX);
	/* whoever sets it may end it earlier, not later */
	assert_int_equal(policy_attribute_until(p, "bob", "nda", "nda=5:77"), 77);
	(void)snprintf(list, sizeof(list), "check=%lld:%lld", (long long)at("2026-05-01"),
	    (long long)at("2030-01-01"));
	assert_int_equal(
	    policy_attribute_until(p, "bob", "check", list), at("2026-05-01") + 365 * DAY);
	assert_true(policy_attribute_holds(
	    p, "bob", "check", list, at("2026-05-01") + 365 * DAY - 1));
	assert_false(
	    policy_attribute_holds(p, "bob", "check", list, at("2026-05-01") + 365 * DAY));
	policy_free(p);
}

/* A list that is cut or forged gives nothing. */
static void
test_hostile_lists(void **state)
{
	static const char *const lists[] = {"nda", "nda=", "nda=5", "xnda=5:0", "nda =5:0",
	    "a=1:0,xnda=5:0", ",,,", "nda=5:0x", "=5:0", "nda:5=0"};
	struct policy *p = parse_good(described);

	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		bool held = policy_attribute_until(p, "bob", "nda", lists[i]) != 0;

		if (held)
			fail_msg("%s", lists[i]);
	}
	policy_free(p);
}

#define ROLE "[role web]\nmembers = alice\napprove = 1 from bob\n"

static void
test_tickets(void **state)
{
	struct policy *p = parse_good(ROLE "ticket = CASE-[0-9]+|INC[0-9]{4}\n");
	const struct role *role = policy_role(p, "web");

	(void)state;
	assert_true(policy_ticket_matches(role, "CASE-7"));
	assert_true(policy_ticket_matches(role, "INC0042"));
	assert_false(policy_ticket_matches(role, ""));
	assert_false(policy_ticket_matches(role, "xCASE-7"));
	assert_false(policy_ticket_matches(role, "CASE-7 and more"));
	assert_false(policy_ticket_matches(role, "CASE-7\nCASE-8"));
	assert_false(policy_ticket_matches(role, "INC004"));
	policy_free(p);
	p = parse_good(ROLE);
	assert_true(policy_ticket_matches(policy_role(p, "web"), ""));
	policy_free(p);
}

#define PERMIT "[role out]\nkind = remote-work\nmembers = alice\n"

static void
test_permits(void **state)
{
	struct policy *p = parse_good(PERMIT "approve = nobody\npremises = 10.0.0.0/8\n");

	(void)state;
	assert_true(policy_has_permits(p));
	assert_null(policy_permit_missing(p, "", ""));
	assert_null(policy_permit_missing(p, "10.1.2.3", ""));
	assert_non_null(policy_permit_missing(p, "192.0.2.1", ""));
	assert_non_null(policy_permit_missing(p, "name:x", ""));
	assert_non_null(policy_permit_missing(p, "192.0.2.1", "outer,web"));
	assert_null(policy_permit_missing(p, "192.0.2.1", "web,out"));
	policy_free(p);
	p = parse_good(PERMIT "approve = nobody\n");
	assert_non_null(policy_permit_missing(p, "10.1.2.3", ""));
	policy_free(p);
	p = parse_good(ROLE);
	assert_false(policy_has_permits(p));
	assert_null(policy_permit_missing(p, "192.0.2.1", ""));
	policy_free(p);
}

/* Two officers, or a notice, as the rating demands. */
static void
test_permits_by_rating(void **state)
{
	static const struct {
		const char *rating, *approve;
		bool loads;
	} cases[] = {
	    {"confidentiality-2", "nobody", true}, {"confidentiality-3", "nobody", false},
	    {"confidentiality-3", "1 from bob", false}, {"confidentiality-3", "2 from bob, carol", true},
	    {"confidentiality-3", "1 from bob and 1 from carol", true},
	    {"confidentiality-3", "2 from bob, carol or 1 from dave", false},
	    {"integrity-2", "nobody", false}, {"availability-2", "1 from bob", false},
	    {"integrity-1 availability-1", "nobody", true},
	};
	char text[256];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct policy *p;

		(void)snprintf(text, sizeof(text), "[host]\nrating = %s\n" PERMIT "approve = %s\n",
		    cases[i].rating, cases[i].approve);
		p = parse(text);
		if ((p != NULL) != cases[i].loads)
			fail_msg("%s", text);
		policy_free(p);
	}
}

static void
test_problems(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
	    {ROLE "ticket = CASE-[0-9\n", "expected"},
	    {ROLE "ticket = (a)\\1\n", "expected"},
	    {ROLE "attributes = training\n", "\"training\" is not known"},
	    {"[rule r]\nrequire_attribute = training\n", "\"training\" is not known"},
	    {"[rule r]\nrole = web\nrequire = mfa\n", "no role \"web\""},
	    {"[attribute a]\n[rule r]\nrefuse = yes\nrequire_attribute = a\n", "not both"},
	    {"[role w]\nmembers = alice\napprove = nobody\nsuperiors = carol\n", "superiors"},
	    {"[attribute a]\nvalid = 1h\n", "valid"},
	    {PERMIT "approve = nobody\ncommands = /bin/true\nroot_equivalent = no\n", "no commands"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_null(parse(cases[i].text));
		if (strstr(problems.item[0].text, cases[i].says) == NULL)
			fail_msg("%s\ngot %s", cases[i].text, problems.item[0].text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_fiscal_year),
	    cmocka_unit_test(test_until),
	    cmocka_unit_test(test_hostile_lists),
	    cmocka_unit_test(test_tickets),
	    cmocka_unit_test(test_permits),
	    cmocka_unit_test(test_permits_by_rating),
	    cmocka_unit_test(test_problems),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
