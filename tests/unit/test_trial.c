/* Made-up cases: each question is told off from on, by a policy that leaves its control out. */
#include "trial/trial.h"

#include "buf.h"
#include "error.h"
#include "policy/bundle.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
// clang-format off
#include <cmocka.h>
// clang-format on

#define NOW_MS INT64_C(1800000000000)

static const char sound[] =
    "[account ann]\nclass = person\n"
    "[account ann-adm]\nclass = admin\nperson = ann\n"
    "[account oracle]\nclass = shared\nreason = the database\napproved_by = Sato\n"
    "[host]\nrating = confidentiality-2 integrity-1\nchange = two-person\nchange_approvers = "
    "bob\n"
    "[export]\nencrypt_from = confidentiality-2\n"
    "[rule all]\nclass = person\nrequire = mfa\n"
    "[role web]\nmembers = ann\nmax_members = 1\napprove = 1 from bob and 1 from carol\n"
    "superiors = dave\nmax_duration = 1h\ncommands = /bin/true\nroot_equivalent = no\n"
    "[role outside]\nkind = remote-work\nmembers = ann\napprove = nobody\n"
    "max_duration = 1h\npremises = 10.0.0.0/8\n"
    "[role trained]\nmembers = ann\nmax_members = 1\napprove = 1 from bob\nsuperiors = dave\n"
    "max_duration = 1h\nattributes = training\ncommands = /bin/true\n"
    "root_equivalent = no\n[attribute training]\nvalid = 365d\n"
    "[contingency flood]\ntext = x\napprovers = 2 from bob, carol, dave\nfor = 8h\n"
    "lower = all:require\n";

static struct policy *
policy_of(const char *text)
{
	struct bundle_file file = {.name = "policy.conf", .text = text, .len = strlen(text)};
	static struct policy_problems problems;
	struct policy *p = NULL;
	struct buf bundle;

	memset(&problems, 0, sizeof(problems));
	buf_init(&bundle, POLICY_BUNDLE_MAX);
	bundle_begin(&bundle);
	bundle_put(&bundle, &file);
	if (policy_parse(bundle.data, bundle.len, &p, &problems) != SKS_OK)
		fail_msg("%s", problems.item[0].text);
	buf_clear(&bundle);
	return p;
}

static struct trial
asked(const char *policy, const char *question)
{
	struct policy *p = policy_of(policy);
	struct trial t = {.now_ms = NOW_MS};
	bool found = false;

	for (size_t i = 0; i < trial_question_count; i++) {
		if (strcmp(trial_questions[i].name, question) != 0)
			continue;
		trial_questions[i].ask(p, &t);
		found = true;
	}
	policy_free(p);
	assert_true(found);
	return t;
}

static void
sound_policy_lets_nothing_pass(void **state)
{
	(void)state;
	for (size_t i = 0; i < trial_question_count; i++) {
		struct trial t = asked(sound, trial_questions[i].name);

		if (t.tried == 0 || t.passed[0] != '\0')
			fail_msg("%s: %u tried, passed: %s", trial_questions[i].name, t.tried,
			    t.passed);
	}
}

static const struct {
	const char *question, *policy, *passed; /* a part of what is noted */
} off[] = {
    {"shared-direct", "[account root]\nclass = admin\n", "sshd root"},
    {"shared-direct", "[account o]\nclass = shared\n[service login]\nobserve = yes\n",
	"login o"},
    {"shared-direct", "[service sshd]\nobserve = until 2099-01-31\n", "sshd root"},
    {"without-permit",
	"[role out]\nkind = remote-work\nmembers = a\napprove = nobody\nmax_duration = 1h\n"
	"premises = 10.0.0.0/8\n[service sshd]\nobserve = yes\n",
	"192.0.2.77"},
    {"other-person", "[service su]\nobserve = yes\n", "su"},
    {"everyday", "[account a]\nclass = admin\n[service samba]\neveryday = no\n", "samba a"},
    {"remote-admin", "[account a]\nclass = admin\n[service sshd]\nobserve = yes\n", "sshd a"},
    {"remote-admin", "[service su]\nobserve = yes\n", "su root"},
    {"guessing", "[lockout]\ndeny = 0\n", "sshd"},
    {"full-role",
	"[role web]\nmembers = ann\napprove = nobody\nmax_duration = 1h\ncommands = /bin/true\n"
	"root_equivalent = no\n",
	"role web"},
    {"enrolment", "[factor]\nenrol = open\n", "password alone"},
    {"report", "[alert report]\nenabled = no\n", "nobody is told"},
    {"report", "[alerts]\nto = nobody\n", "nobody is told"},
    {"export", "[host]\nrating = confidentiality-2\n", "not encrypted"},
    {"policy-alone", "", "one person"},
};

static void
each_is_told_off_from_on(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(off) / sizeof(off[0]); i++) {
		struct trial t = asked(off[i].policy, off[i].question);

		if (strstr(t.passed, off[i].passed) == NULL)
			fail_msg("%s: passed: \"%s\", not \"%s\"", off[i].question, t.passed,
			    off[i].passed);
	}
}

/* Nothing to try is not the same as nothing passed. */
static void
what_is_not_there_is_not_tried(void **state)
{
	static const char *const questions[] = {"everyday", "without-permit", "bare-role",
	    "full-role", "unfit-superior", "untrained", "contingency"};

	(void)state;
	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++)
		assert_int_equal(asked("", questions[i]).tried, 0);
}

/* An observed service that ends is watched again: the date counts. */
static void
the_date_counts(void **state)
{
	const char *text = "[service sshd]\nobserve = until 2026-01-31\n";

	(void)state;
	assert_string_equal(asked(text, "shared-direct").passed, "");
}

static void
what_does_not_fit_is_left_out(void **state)
{
	struct trial t = {0};

	(void)state;
	for (int i = 0; i < 100; i++)
		trial_note(&t, false, "a case with a long name", "somebody");
	assert_int_equal(t.tried, 100);
	assert_true(strlen(t.passed) < sizeof(t.passed));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sound_policy_lets_nothing_pass),
	    cmocka_unit_test(each_is_told_off_from_on),
	    cmocka_unit_test(what_is_not_there_is_not_tried),
	    cmocka_unit_test(the_date_counts),
	    cmocka_unit_test(what_does_not_fit_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
