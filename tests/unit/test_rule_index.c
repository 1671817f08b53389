/*
 * The index of rules finds what the plain definition finds: for random policies and cases, the
 * set that policy_rules_match() gives is held against rule_matches() asked of each rule.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "buf.h"
#include "error.h"
#include "policy/policy.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { POLICIES = 300, CASES = 100, RULES_MAX = 200 };

static uint32_t seed = 20261123;

static uint32_t
pick(uint32_t n)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % n;
}

#define PICK(list) list[pick(sizeof(list) / sizeof(list[0]))]

/* ---- policies ---------------------------------------------------------------------------- */

/* Names of which one begins like another, and what stands for all. */
static const char *const accounts[] = {
    "alice", "al", "alice-adm", "bob", "*", "@ops", "@op", "@users", "root", "carol"};
static const char *const groups[] = {"ops", "op", "users", "wheel", "adm", "*", "users2"};
static const char *const roles[] = {"web", "webmaster", "db", "*"};
static const char *const services[] = {"sshd", "su", "su-l", "sudo", "login", "crond", "*"};
static const char *const sources[] = {"local", "remote", "10.0.0.0/8", "10.1.2.3",
    "10.1.0.0/17", "0.0.0.0/0", "::/0", "2001:db8::/32", "2001:db8:7::/63", "::1",
    "192.0.2.128/25"};
static const char *const classes[] = {"person", "admin", "shared", "service"};
static const char *const service_classes[] = {"remote", "console", "elevation", "scheduled"};
static const char *const hours[] = {"mon-fri 08:00-18:00", "22:00-06:00"};
static const char *const hosts[] = {"age > 30", "age < 2"};
static const char *const demands[] = {
    "require = mfa", "require = mfa within 15m", "refuse = yes", "device = registered"};

/* The key with one to three of these, now and then. */
static void
put_key(
    struct buf *out, const char *key, const char *const *list, size_t count, uint32_t one_in)
{
	if (pick(one_in) != 0)
		return;
	buf_printf(out, "%s = %s", key, list[pick((uint32_t)count)]);
	for (uint32_t more = pick(3); more > 0; more--)
		buf_printf(out, ", %s", list[pick((uint32_t)count)]);
	buf_printf(out, "\n");
}

#define PUT(key, list, one_in) put_key(out, key, list, sizeof(list) / sizeof(list[0]), one_in)

static void
put_rule(struct buf *out, size_t number)
{
	buf_printf(out, "[rule r%zu]\n%s\n", number, PICK(demands));
	PUT("account", accounts, 2);
	PUT("group", groups, 3);
	PUT("role", roles, 5);
	PUT("service", services, 3);
	PUT("class", classes, 3);
	PUT("service_class", service_classes, 3);
	PUT("from", sources, 2);
	PUT("time", hours, 4);
	if (pick(6) == 0)
		buf_printf(out, "host = %s\n", PICK(hosts));
	if (pick(8) == 0)
		buf_printf(out, "rating = confidentiality-2\n");
}

static struct policy *
make_policy(size_t rules)
{
	struct policy_problems problems = {.count = 0};
	struct policy *p = NULL;
	struct buf text, bundle;
	struct buf *out = &text;
	int r;

	buf_init(&text, POLICY_BUNDLE_MAX);
	buf_init(&bundle, POLICY_BUNDLE_MAX);
	buf_printf(out, "%s[host-attribute age]\nfile = /age\n",
	    pick(2) == 0 ? "[host]\nrating = confidentiality-1\n" : "");
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		if (strcmp(roles[i], "*") != 0)
			buf_printf(out,
			    "[role %s]\nmembers = alice\nmax_members = 2\napprove = 1 from "
			    "bob\n"
			    "max_duration = 1h\ncommands = /bin/true\nroot_equivalent = no\n",
			    roles[i]);
	}
	for (size_t i = 0; i < rules; i++)
		put_rule(out, i);
	buf_printf(&bundle, "sekisho policy bundle 1\nfile a.conf %zu\n%.*s\n", text.len,
	    (int)text.len, (const char *)text.data);
	r = policy_parse(bundle.data, bundle.len, &p, &problems);
	if (r != SKS_OK)
		fail_msg("%d, line %d: %s", r, problems.item[0].line, problems.item[0].text);
	buf_clear(&text);
	buf_clear(&bundle);
	return p;
}

/* ---- cases ------------------------------------------------------------------------------- */

static struct rule_case
make_case(void)
{
	static const char *const who[] = {
	    "alice", "al", "bob", "root", "*", "@ops", "nobody", ""};
	static const char *const of[] = {
	    NULL, "", "ops", "op", "users,adm", "wheel,ops,users", "users2", ",ops", "o"};
	static const char *const has[] = {NULL, "", "web", "db,web", "webmaster", "other"};
	static const char *const by[] = {"sshd", "su", "su-l", "sudo", "login", "odd"};
	static const char *const at[] = {"", "10.1.2.3", "10.1.128.1", "203.0.113.9",
	    "192.0.2.200", "2001:db8:7::/64", "2001:db8:6::/64", "2001:db9::/64", "::/64",
	    "name:elsewhere", "name:unobserved"};
	static const char *const said[] = {"", "age=31", "age=1", "age=?", "age=15"};

	return (struct rule_case){.account = PICK(who),
	    .groups = PICK(of),
	    .class = (enum account_class)pick(CLASS_COUNT),
	    .service = PICK(by),
	    .service_class = (enum service_class)pick(SERVICE_CLASS_COUNT),
	    .source = PICK(at),
	    .weekday = pick(7),
	    .minute_of_day = pick(24 * 60),
	    .roles = PICK(has),
	    .host = PICK(said)};
}

/* Returns how many match. */
static size_t
compare(const struct policy *p, const struct rule_case *c)
{
	struct rule_set set;
	const struct rule *found;
	size_t at = 0, matched = 0;

	memset(&set, 0xff, sizeof(set)); /* what was in it before is nothing to it */
	policy_rules_match(p, c, &set);
	found = policy_rules_next(p, &set, &at);
	for (size_t i = 0; i < p->rule_count; i++) {
		const struct rule *rule = &p->rule[i];

		if (rule_matches(rule, c) != (found == rule))
			fail_msg(
			    "%s %s: account \"%s\", groups \"%s\", roles \"%s\", service %s, "
			    "source \"%s\"",
			    rule->name, found == rule ? "was found" : "was left out",
			    c->account, c->groups != NULL ? c->groups : "(not known)",
			    c->roles != NULL ? c->roles : "", c->service, c->source);
		if (found != rule)
			continue;
		matched++;
		found = policy_rules_next(p, &set, &at);
	}
	assert_null(found);
	assert_null(policy_rules_next(p, &set, &at));
	return matched;
}

static void
test_like_the_definition(void **state)
{
	size_t matched = 0, asked = 0;

	(void)state;
	for (int n = 0; n < POLICIES; n++) {
		/* a whole number of words, and none at all, too */
		size_t rules = n % 10 == 0 ? (size_t)n % 3 * 64 : pick(RULES_MAX);
		struct policy *p = make_policy(rules);
		struct policy plain = *p;

		plain.rule_index = NULL;
		for (int i = 0; i < CASES; i++) {
			struct rule_case c = make_case();
			size_t found = compare(p, &c);

			assert_int_equal(compare(&plain, &c), found);
			matched += found;
			asked += rules;
		}
		policy_free(p);
	}
	print_message("%zu rules asked, %zu match\n", asked, matched);
	assert_true(matched > asked / 50); /* or it compared nothing with nothing */
}

/* What changes later, as a replay does with a copy, is seen: the index only leaves out. */
static void
test_idle_rules_are_left_out(void **state)
{
	struct policy *p = make_policy(100);
	struct rule_case c = make_case();
	struct rule_set set;
	size_t at = 0;

	(void)state;
	for (size_t i = 0; i < p->rule_count; i++)
		p->rule[i].idle = true;
	policy_rules_match(p, &c, &set);
	assert_null(policy_rules_next(p, &set, &at));
	policy_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_like_the_definition),
	    cmocka_unit_test(test_idle_rules_are_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
