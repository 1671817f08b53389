/* Asking a policy: classes, persons, sources, hours, and rules in any order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "buf.h"
#include "error.h"
#include "policy/policy.h"
#include "policy/source.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct policy *
parse_good(const char *text)
{
	struct policy_problems problems = {.count = 0};
	struct policy *p = NULL;
	struct buf bundle;
	int r;

	buf_init(&bundle, POLICY_BUNDLE_MAX);
	buf_printf(
	    &bundle, "sekisho policy bundle 1\nfile a.conf %zu\n%s\n", strlen(text), text);
	r = policy_parse(bundle.data, bundle.len, &p, &problems);
	if (r != SKS_OK)
		fail_msg("%d, line %d: %s", r, problems.item[0].line, problems.item[0].text);
	buf_clear(&bundle);
	return p;
}

static void
test_accounts(void **state)
{
	struct policy *p = parse_good(
	    "[host]\nadministrators = root ops1\n[account alice-adm]\nclass = admin\n"
	    "person = alice\n[account toor]\nclass = person\n");

	(void)state;
	assert_int_equal(policy_account_class(p, "alice-adm", 1000), CLASS_ADMIN);
	assert_int_equal(policy_account_class(p, "bob", 1001), CLASS_PERSON);
	assert_int_equal(policy_account_class(p, "root", 0), CLASS_SHARED);
	assert_int_equal(policy_account_class(p, "toor", 0), CLASS_PERSON);
	assert_int_equal(policy_account_class(p, "admin", 0), CLASS_SHARED);
	assert_string_equal(policy_person(p, "alice-adm"), "alice");
	assert_string_equal(policy_person(p, "toor"), "toor");
	assert_string_equal(policy_person(p, "bob"), "bob");
	assert_true(policy_is_administrator(p, "alice-adm", 1000));
	assert_true(policy_is_administrator(p, "root", 0));
	assert_true(policy_is_administrator(p, "ops1", 1002));
	assert_false(policy_is_administrator(p, "bob", 1001));
	assert_false(policy_is_administrator(p, "toor", 0));
	assert_false(policy_is_administrator(p, "", 1001));
	policy_free(p);
}

static void
test_services(void **state)
{
	static const struct {
		const char *name;
		enum service_class class;
	} cases[] = {
	    {"sshd", SERVICE_REMOTE},
	    {"cockpit", SERVICE_REMOTE},
	    {"xrdp-sesman", SERVICE_REMOTE},
	    {"login", SERVICE_CONSOLE},
	    {"gdm-password", SERVICE_CONSOLE},
	    {"su", SERVICE_ELEVATION},
	    {"su-l", SERVICE_ELEVATION},
	    {"sudo", SERVICE_ELEVATION},
	    {"sudo-i", SERVICE_ELEVATION},
	    {"polkit-1", SERVICE_ELEVATION},
	    {"passwd", SERVICE_REAUTHENTICATION},
	    {"swaylock", SERVICE_REAUTHENTICATION},
	    {"cron", SERVICE_SCHEDULED},
	    {"atd", SERVICE_SCHEDULED},
	    {"systemd-user", SERVICE_NON_INTERACTIVE},
	    {"runuser", SERVICE_NON_INTERACTIVE},
	    {"portal", SERVICE_REMOTE},
	    {"vsftpd", SERVICE_CONSOLE}, /* the policy's word counts more than ours */
	    {"proftpd", SERVICE_REMOTE}, /* named for another key */
	    {"odd", SERVICE_UNKNOWN},
	    {"dovecot", SERVICE_UNKNOWN},
	    {"", SERVICE_UNKNOWN},
	    {"SSHD", SERVICE_UNKNOWN},
	};
	struct policy *p = parse_good("[service portal]\nclass = remote\n[service odd]\n"
				      "observe = yes\n[service vsftpd]\nclass = console\n"
				      "[service proftpd]\nappended_code = yes\n");

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (policy_service_class(p, cases[i].name) != cases[i].class)
			fail_msg(
			    "%s: %d", cases[i].name, policy_service_class(p, cases[i].name));
	}
	assert_non_null(policy_service(p, "odd"));
	assert_null(policy_service(p, "sshd"));
	policy_free(p);
}

static void
test_needs_groups(void **state)
{
	static const struct {
		const char *text;
		bool needs;
	} cases[] = {
	    {"", false},
	    {"[rule a]\nrefuse = yes\n", false},
	    {"[rule a]\nrefuse = yes\naccount = bob\n", false},
	    {"[rule a]\nrefuse = yes\n[rule b]\nrefuse = yes\naccount = bob @ops\n", true},
	    {"[rule a]\nrefuse = yes\ngroup = ops\n", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct policy *p = parse_good(cases[i].text);

		assert_int_equal(policy_needs_groups(p), cases[i].needs);
		policy_free(p);
	}
}

static void
test_sources(void **state)
{
	static const struct {
		const char *from, *source;
		bool match;
	} cases[] = {
	    {"remote", "", false},
	    {"remote", "10.0.0.1", true},
	    {"remote", "2001:db8:0:1::/64", true},
	    {"remote", "name:host.example", true},
	    {"remote", "nonsense", true},
	    {"local", "", true},
	    {"local", "10.0.0.1", false},
	    {"local", "127.0.0.1", false},
	    {"local", "name:localhost", false},
	    {"local remote", "", true},
	    {"local remote", "10.0.0.1", true},
	    {"10.0.0.1", "10.0.0.1", true},
	    {"10.0.0.1", "10.0.0.2", false},
	    {"10.0.0.1", "", false},
	    {"10.0.0.1", "::ffff:10.0.0.1", true},
	    {"::ffff:10.0.0.1", "10.0.0.1", true},
	    {"10.0.0.0/8", "10.255.255.255", true},
	    {"10.0.0.0/8", "11.0.0.0", false},
	    {"10.0.0.0/9", "10.127.0.1", true},
	    {"10.0.0.0/9", "10.128.0.1", false},
	    {"10.0.0.4/30", "10.0.0.7", true},
	    {"10.0.0.4/30", "10.0.0.8", false},
	    {"10.0.0.0/31", "10.0.0.1", true},
	    {"0.0.0.0/0", "203.0.113.9", true},
	    {"0.0.0.0/0", "2001:db8::/64", false},
	    {"0.0.0.0/0", "", false},
	    {"::/0", "2001:db8::/64", true},
	    {"::/0", "203.0.113.9", false},
	    {"2001:db8::/32", "2001:db8:ffff:1::/64", true},
	    {"2001:db8::/32", "2001:db9::/64", false},
	    {"2001:db8::/33", "2001:db8:8000::/64", false},
	    {"2001:db8:0:1::/64", "2001:db8:0:1::/64", true},
	    {"2001:db8:0:1::/64", "2001:db8:0:1::7", true},
	    {"2001:db8:0:1::/64", "2001:db8:0:2::/64", false},
	    {"2001:db8:0:1::/64", "2001:db8::/48", false}, /* wider than asked for */
	    {"2001:db8::/64", "2001:db8::/48", false},
	    {"::1", "::1", true},
	    {"::1", "::/64", true},
	    {"::1", "127.0.0.1", false},
	    {"::1", "10.0.0.1", false},
	    {"10.0.0.0/8", "name:10.0.0.1", false},
	    {"10.0.0.0/8", "10.0.0.1/33", false},
	    {"10.0.0.0/8", "10.0.0.1 ", false},
	    {"192.0.2.1, local, 10.0.0.0/8", "10.1.2.3", true},
	    {"192.0.2.1, local, 10.0.0.0/8", "192.0.2.2", false},
	};
	static const struct sources any;
	char text[128];

	(void)state;
	assert_true(sources_match(&any, ""));
	assert_true(sources_match(&any, "10.0.0.1"));
	assert_true(sources_match(&any, "name:x"));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct policy *p;

		snprintf(text, sizeof(text), "[account a]\nfrom = %s\n", cases[i].from);
		p = parse_good(text);
		if (sources_match(&p->account[0].from, cases[i].source) != cases[i].match)
			fail_msg("from = %s, source \"%s\"", cases[i].from, cases[i].source);
		policy_free(p);
	}
}

/* What somebody types who looks for a source, and what records call it; NULL: no record does. */
static void
test_sources_typed(void **state)
{
	static const struct {
		const char *typed, *source;
	} cases[] = {
	    {"192.0.2.7", "192.0.2.7"},
	    {"::ffff:192.0.2.7", "192.0.2.7"},
	    {"2001:db8:0:7::1234", "2001:db8:0:7::/64"},
	    {"2001:DB8:0:7::/64", "2001:db8:0:7::/64"},
	    {"fe80::1%eth0", "fe80::/64"},
	    {"::1", "::/64"},
	    {"name:gate.example", "name:gate.example"},
	    {"localhost", NULL},
	    {"192.0.2.0/24", NULL},
	    {"192.0.2.7/64", NULL},
	    {"::ffff:192.0.2.7/64", NULL},
	    {"2001:db8::/32", NULL},
	    {"2001:db8::/64 ", NULL},
	    {"2001:db8::/", NULL},
	    {"/64", NULL},
	    {"name:", NULL},
	    {"", NULL},
	    {"1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc:dddd:eeee/64", NULL},
	};
	char source[SOURCE_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bool is = source_of_text(cases[i].typed, source);

		if (is != (cases[i].source != NULL) || (is && strcmp(source, cases[i].source) != 0))
			fail_msg("\"%s\" is %s", cases[i].typed, is ? source : "no source");
	}
}

static const struct rule_case usual = {
    .account = "alice",
    .groups = "users,wheel-x,adm",
    .class = CLASS_PERSON,
    .service = "sshd",
    .service_class = SERVICE_REMOTE,
    .source = "192.0.2.7",
    .weekday = 1, /* Monday 10:00 */
    .minute_of_day = 600,
};

static bool
matches(const char *keys, const struct rule_case *c)
{
	char text[512];
	struct policy *p;
	bool match;

	snprintf(text, sizeof(text), "[rule r]\nrefuse = yes\n%s\n[service portal]\n", keys);
	p = parse_good(text);
	match = rule_matches(&p->rule[0], c);
	policy_free(p);
	return match;
}

static void
test_rule_of_a_rating(void **state)
{
	static const struct {
		const char *host, *rule;
		bool match;
	} cases[] = {
	    {"rating = confidentiality-2 integrity-1", "confidentiality-2", true},
	    {"rating = confidentiality-3", "confidentiality-2", true},
	    {"rating = confidentiality-1", "confidentiality-2", false},
	    {"rating = integrity-2", "confidentiality-1", false},
	    {"", "confidentiality-1", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct rule_case c = {.account = "alice", .service = "portal", .source = ""};
		char text[512];
		struct policy *p;

		/* behind the rule: the order of sections does not matter */
		snprintf(text, sizeof(text), "[rule r]\nrefuse = yes\nrating = %s\n[host]\n%s\n",
		    cases[i].rule, cases[i].host);
		p = parse_good(text);
		if (rule_matches(&p->rule[0], &c) != cases[i].match)
			fail_msg("%s where %s", cases[i].rule, cases[i].host);
		policy_free(p);
	}
}

static void
test_rule_matches(void **state)
{
	static const struct {
		const char *keys;
		bool match;
	} cases[] = {
	    {"", true},
	    {"account = alice", true},
	    {"account = bob, alice", true},
	    {"account = bob", false},
	    {"account = ali", false},
	    {"account = Alice", false},
	    {"account = *", true},
	    {"account = @adm", true},
	    {"account = @wheel", false}, /* wheel-x is another one */
	    {"account = @user", false},
	    {"account = bob @wheel", false},
	    {"account = bob @users", true},
	    {"group = adm", true},
	    {"group = @adm", true},
	    {"group = *", true},
	    {"group = wheel, users", true},
	    {"group = wheel", false},
	    {"service = sshd", true},
	    {"service = su, portal", false},
	    {"service = *", true},
	    {"class = person", true},
	    {"class = admin shared service", false},
	    {"service_class = remote", true},
	    {"service_class = console elevation unknown", false},
	    {"from = remote", true},
	    {"from = local", false},
	    {"from = 192.0.2.0/24", true},
	    {"time = mon 09:00-11:00", true},
	    {"time = tue 09:00-11:00", false},
	    {"time = mon 10:00-10:01", true},
	    {"time = mon 09:00-10:00", false},
	    {"time = sun 22:00-10:01", true},
	    {"time = sun 22:00-10:00", false},
	    {"time = mon 22:00-10:01", false},
	    {"time = mon 10:00-09:00", true},
	    {"time = tue 09:00-11:00, sat-mon 09:30-10:30", true},
	    {"account = alice\nservice = sshd\nclass = person\nfrom = remote", true},
	    {"account = alice\nservice = su\nclass = person\nfrom = remote", false},
	    {"account = bob\nservice = sshd", false},
	    {"account = alice\ngroup = wheel", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (matches(cases[i].keys, &usual) != cases[i].match)
			fail_msg("%s", cases[i].keys);
	}
}

/* Rules can only tighten: where groups are not known, those that ask for them apply. */
static void
test_unknown_groups(void **state)
{
	struct rule_case c = usual;

	(void)state;
	c.groups = NULL;
	assert_true(matches("group = wheel", &c));
	assert_true(matches("account = @wheel", &c));
	assert_false(matches("account = bob\ngroup = wheel", &c));
	c.groups = "";
	assert_false(matches("group = wheel", &c));
	assert_false(matches("account = @wheel", &c));
	assert_true(matches("group = *", &c));
}

/* ---- order does not matter -------------------------------------------------------------- */

enum { RULES = 12, CASES = 200, ROUNDS = 50, PIECES = 6 };

static const char *const pieces[][PIECES] = {
    {"", "", "account = alice", "account = bob, @ops", "account = *", "account = @users"},
    {"", "", "group = ops", "group = users, wheel", "class = admin", "class = person shared"},
    {"", "", "service = sshd", "service = su sudo", "service_class = remote",
	"service_class = elevation console"},
    {"", "", "from = remote", "from = local", "from = 10.0.0.0/8", "from = 2001:db8::/32"},
    {"", "", "time = mon-fri 08:00-18:00", "time = 22:00-06:00", "time = sat-sun 00:00-24:00",
	""},
    {"require = mfa", "require = mfa within 15m", "require = mfa within 2h", "refuse = yes",
	"require = mfa", "refuse = yes"},
};
static uint32_t seed = 16012026;

static uint32_t
pick(uint32_t n)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % n;
}

static void
make_case(struct rule_case *c)
{
	static const char *const accounts[] = {"alice", "bob", "carol"};
	static const char *const groups[] = {"", "ops", "users,adm", "wheel"};
	static const char *const services[] = {"sshd", "su", "login"};
	static const char *const sources[] = {"", "10.1.2.3", "203.0.113.1", "2001:db8:7::/64"};

	c->account = accounts[pick(3)];
	c->groups = groups[pick(4)];
	c->class = (enum account_class)pick(CLASS_COUNT);
	c->service = services[pick(3)];
	c->service_class = (enum service_class)pick(SERVICE_CLASS_COUNT);
	c->source = sources[pick(4)];
	c->weekday = pick(7);
	c->minute_of_day = pick(24 * 60);
}

static struct policy *
make_policy(char rules[RULES][256], const size_t order[RULES])
{
	char text[RULES * 256] = "";

	for (size_t i = 0; i < RULES; i++)
		strcat(text, rules[order[i]]);
	return parse_good(text);
}

/* One bit a rule, by its name. */
static uint32_t
which_match(const struct policy *p, const struct rule_case *c)
{
	uint32_t set = 0;

	for (size_t i = 0; i < p->rule_count; i++) {
		if (rule_matches(&p->rule[i], c))
			set |= 1u << atoi(p->rule[i].name + 1);
	}
	return set;
}

static void
shuffle(size_t order[RULES])
{
	for (size_t i = RULES - 1; i > 0; i--) {
		size_t j = pick((uint32_t)i + 1), kept = order[i];

		order[i] = order[j];
		order[j] = kept;
	}
}

static void
test_any_order(void **state)
{
	char rules[RULES][256];
	size_t order[RULES];
	size_t matched = 0;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		struct policy *a, *b;

		for (size_t i = 0; i < RULES; i++) {
			int n = snprintf(rules[i], sizeof(rules[i]), "[rule r%zu]\n", i);

			order[i] = i;
			for (size_t k = 0; k < PIECES; k++)
				n += snprintf(rules[i] + n, sizeof(rules[i]) - (size_t)n,
				    "%s\n", pieces[k][pick(PIECES)]);
		}
		a = make_policy(rules, order);
		shuffle(order);
		b = make_policy(rules, order);
		for (int i = 0; i < CASES; i++) {
			struct rule_case c;

			make_case(&c);
			matched += (size_t)__builtin_popcount(which_match(a, &c));
			assert_int_equal(which_match(a, &c), which_match(b, &c));
		}
		policy_free(a);
		policy_free(b);
	}
	assert_true(matched > ROUNDS * CASES / 2); /* or it compared nothing with nothing */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_accounts),
	    cmocka_unit_test(test_services),
	    cmocka_unit_test(test_needs_groups),
	    cmocka_unit_test(test_sources),
	    cmocka_unit_test(test_sources_typed),
	    cmocka_unit_test(test_rule_of_a_rating),
	    cmocka_unit_test(test_rule_matches),
	    cmocka_unit_test(test_unknown_groups),
	    cmocka_unit_test(test_any_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
