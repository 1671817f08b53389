/* Which passwords are strong enough, and what is said about the others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "error.h"
#include "password/judge.h"
#include "password/quality.h"
#include "password/shape.h"
#include "policy/password.h"
#include "policy/policy.h"
#include "secret.h"
#include "server.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct password_rules rules; /* the shipped ones */
static struct password_subject person;

static struct policy *
policy_of(const char *text)
{
	struct policy_problems problems = {0};
	struct policy *p = NULL;
	struct buf bundle;
	char dir[] = "/tmp/test_password.XXXXXX", path[64];
	FILE *f;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/policy.conf", dir);
	assert_non_null(f = fopen(path, "we"));
	fputs(text, f);
	fclose(f);
	buf_init(&bundle, POLICY_BUNDLE_MAX);
	assert_int_equal(policy_bundle_read(path, NULL, false, &bundle, &problems), SKS_OK);
	(void)policy_parse(bundle.data, bundle.len, &p, &problems);
	buf_clear(&bundle);
	unlink(path);
	rmdir(dir);
	return p;
}

static int
setup(void **state)
{
	struct policy *p = policy_of("[password]\nminlen = 10\n");

	(void)state;
	password_rules_of(p, CLASS_PERSON, &rules);
	policy_free(p);
	person = (struct password_subject){
	    .user = "hanako", .host = "tokaido-gate", .full_name = "Yamada Hanako,room 7"};
	return 0;
}

static const char *const listed[] = {
    "dragon", "password", "sunshine", "abc123", "letmein", "iloveyou", NULL};

static bool
in_list(void *ctx, const char *word, size_t len)
{
	(void)ctx;
	for (size_t i = 0; listed[i] != NULL; i++)
		if (strlen(listed[i]) == len && memcmp(listed[i], word, len) == 0)
			return true;
	return false;
}

static uint32_t
judged(const char *text)
{
	static struct secret s;

	assert_int_equal(secret_set_str(&s, text), SKS_OK);
	person.password = &s;
	return judge_password(&rules, &person, in_list, NULL);
}

#define FAILS(text, ...) assert_int_equal(judged(text), (__VA_ARGS__))
#define F(symbol)        PASSWORD_FAILED(symbol)

static void
test_the_default(void **state)
{
	(void)state;
	FAILS("kX7#mPq2vZ", 0);
	FAILS("kX7#mPq2v", F(LENGTH));
	FAILS("kX7mmPq2vZ", F(SYMBOL));
	FAILS("kx7#mpq2vz", F(UPPER));
	FAILS("KX7#MPQ2VZ", F(LOWER));
	FAILS("kXw#mPqtvZ", F(DIGIT));
	FAILS("kxqm", F(LENGTH) | F(UPPER) | F(DIGIT) | F(SYMBOL));
	FAILS("", F(LENGTH) | F(UPPER) | F(LOWER) | F(DIGIT) | F(SYMBOL));
	FAILS("kX7#mPq2\tZ", F(CHARACTERS));
	/* characters are counted, not bytes; what is no letter or digit of ASCII is a symbol */
	FAILS("kX7\xe9\x96\xa2\xe6\x89\x80mPq2", F(LENGTH));
	FAILS("kX7\xe9\x96\xa2\xe6\x89\x80mPq2v", 0);
}

static void
test_keys(void **state)
{
	struct policy *p = policy_of("[password]\nclasses = none\nminclass = 3\ndcredit = -3\n"
				     "minlen = 8\nminlen_admin = 6\norganisation = Acme Kikan\n"
				     "badwords = tokaido, hakone\n");

	(void)state;
	assert_non_null(p);
	password_rules_of(p, CLASS_ADMIN, &rules);
	assert_int_equal(rules.minlen, 8); /* never less than a person's */
	assert_string_equal(rules.badwords, "tokaido hakone");
	assert_string_equal(rules.organisation, "Acme Kikan");
	password_rules_of(p, CLASS_PERSON, &rules);
	policy_free(p);
	FAILS("kx7mq2vzwr", F(DIGIT) | F(CLASSES));
	FAILS("kx7m8q2vz#", 0);
	FAILS("kx7m8#Kikan1", F(ORGANISATION));
	FAILS("kx7m8#h4k0n31", F(FORBIDDEN));
	p = policy_of("[password]\nminlen = 12\n");
	password_rules_of(p, CLASS_ADMIN, &rules);
	assert_int_equal(rules.minlen, 14);
	policy_free(p);
	assert_null(policy_of("[password]\ndcredit = 2\n"));
	assert_null(policy_of("[password]\nfilters = ../etc/passwd\n"));
	assert_null(policy_of("[password]\nclasses = upper none\n"));
	assert_null(policy_of("[password]\nclasses = capital\n"));
}

static void
test_the_person(void **state)
{
	(void)state;
	FAILS("kX7#Hanako2v", F(USER) | F(NAME));
	FAILS("kX7#okanaH2v", F(USER) | F(NAME)); /* backwards */
	FAILS("kX7#H4n@k02v", F(USER) | F(NAME));
	FAILS("kX7#yamada2v", F(NAME));
	FAILS("kX7#tokaid2v", 0);
	FAILS("kX7#Tokaido2v", F(HOST));
	FAILS("kX7#room2vqz", F(NAME));
	rules.gecoscheck = false;
	FAILS("kX7#yamada2v", 0);
	rules.usercheck = false;
	FAILS("kX7#Tokaido2v#hanako", 0);
}

static void
test_listed_words(void **state)
{
	static const char *const decorated[] = {"Dragon2024!", "!!Dragon777", "2024Dragon##",
	    "$unsh1ne2024A", "P@ssw0rd!99", "nogarD#2024", "D r a g o n", "Abc123!!!!!",
	    "L3tmein!2026", "1L0vey0u!!", "#Il0v3you99", NULL};

	(void)state;
	assert_int_equal(judged("dragon") & F(LISTED), F(LISTED));
	for (size_t i = 0; decorated[i] != NULL; i++) {
		bool spaced = i == 6, letter_behind = i == 3;

		assert_int_equal(
		    (judged(decorated[i]) & F(LISTED_WORD)) != 0, !spaced && !letter_behind);
	}
	/* as much again around it is something by itself */
	FAILS("83#61dragon9$47Q", 0);
	FAILS("dragonTree#7kettle", 0);
}

static void
test_walks_and_repetitions(void **state)
{
	(void)state;
	FAILS("Qwerty2024!", F(WALK));
	FAILS("1qaz@WSX3edc", F(WALK));
	FAILS("Asdf!@#$1234", F(WALK));
	FAILS("pOiuytrewq#1", F(WALK));
	FAILS("KtzKtzKtz#1#1", F(PATTERN)); /* Ktz three times, most of it */
	FAILS("Kt4#Kt4#Kt4#", F(PATTERN));
	FAILS("kX7#property", 0);
	rules.walkcheck = false;
	FAILS("Qwerty2024!", 0);
}

static void
test_passphrases(void **state)
{
	(void)state;
	FAILS("kettle orbit velvet anchor", F(UPPER) | F(DIGIT));
	rules.passphrase = true;
	FAILS("kettle orbit velvet anchor", 0);
	FAILS("kettle-orbit.velvet_anchor", 0);
	FAILS("kettle orbit velvet", F(UPPER) | F(DIGIT));
	FAILS("kettle orbit velvet Kettle", F(DIGIT)); /* three different ones */
	FAILS("map orb vet ant", F(UPPER) | F(DIGIT)); /* too short */
	FAILS("kettle orbit velvet hanako", F(USER) | F(NAME));
	rules.minlen = 30;
	FAILS("kettle orbit velvet anchor", F(LENGTH));
}

static void
test_libpwquality(void **state)
{
	static struct secret new, old;
	uint32_t strength;
	char why[256];
	static const struct {
		const char *new, *old;
		uint32_t failed;
	} cases[] = {
	    {"kX7#mPq2vZ", "", 0},
	    {"kX7#mPq2vZ", "kX7#mPq2vZ", F(SAME)},
	    {"kX7#mPq2vZ", "kX7#mPq2vW", F(SIMILAR)},
	    {"kX7#mPq2vZ", "Kx7#MpQ2Vz", F(SIMILAR)},
	    {"kX7#mPq2vZ", "tL4%wNd9bJ", 0},
	    {"kX7#aaaaPq", "", F(REPEAT)},
	    {"kX7#aaaaPq", "kX7#aaaaPw", F(REPEAT) | F(SIMILAR)},
	    {"kX7#abcdef", "", F(SEQUENCE)},
	    {"kX7##7Xk", "", F(PALINDROME)},
	    {"kX7#mhanako", "", F(USER)},
	};

	(void)state;
	rules.dictcheck = false;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(secret_set_str(&new, cases[i].new), SKS_OK);
		assert_int_equal(secret_set_str(&old, cases[i].old), SKS_OK);
		person.password = &new;
		person.old = &old;
		assert_int_equal(
		    quality_check(&rules, &person, why, sizeof(why), &strength), cases[i].failed);
		assert_string_equal(why, "");
	}
	/* several at once */
	assert_int_equal(secret_set_str(&new, "hanako#aaaa#abcdef"), SKS_OK);
	assert_int_equal(quality_check(&rules, &person, why, sizeof(why), &strength),
	    F(REPEAT) | F(SEQUENCE) | F(USER));
}

static void
test_dictionary(void **state)
{
	static struct secret new;
	uint32_t strength;
	char why[256];

	(void)state;
	person.password = &new;
	assert_int_equal(secret_set_str(&new, "telescope"), SKS_OK);
	assert_int_equal(quality_check(&rules, &person, why, sizeof(why), &strength), F(DICTIONARY));
	assert_int_equal(secret_set_str(&new, "kX7#mPq2vZ"), SKS_OK);
	assert_int_equal(quality_check(&rules, &person, why, sizeof(why), &strength), 0);
	/* a row of words has many letters that are neighbours in the alphabet */
	assert_int_equal(secret_set_str(&new, "futile deferent thickest clerks"), SKS_OK);
	assert_int_equal(quality_check(&rules, &person, why, sizeof(why), &strength), F(DICTIONARY));
	rules.passphrase = true;
	assert_int_equal(quality_check(&rules, &person, why, sizeof(why), &strength), 0);
	/* one that is missing is said, and never taken for a weak password */
	snprintf(rules.dictpath, sizeof(rules.dictpath), "/nonexistent/words");
	assert_int_equal(quality_check(&rules, &person, why, sizeof(why), &strength), F(UNCHECKED));
	assert_non_null(strstr(why, "/nonexistent/words"));
}

static void
test_reasons(void **state)
{
	struct policy *p = policy_of("[password]\nminlen = 12\ndcredit = -2\n");
	char text[sizeof(((struct pam_reply *)0)->text)], words[64];

	(void)state;
	texts_password(p, CLASS_PERSON, F(LENGTH) | F(DIGIT) | F(WALK), text, sizeof(text));
	assert_string_equal(text,
	    "This password is not accepted:\n"
	    "- It needs at least 12 characters.\n"
	    "- Digits: at least 2.\n"
	    "- Keys that lie side by side are guessed early.\n"
	    "Longer is stronger: several words that do not belong together, with "
	    "a digit and a symbol between them.");
	texts_password(p, CLASS_ADMIN, F(LENGTH), text, sizeof(text));
	assert_non_null(strstr(text, "at least 14 characters"));
	/* all of it fits, and what does not is left out by the line */
	texts_password(p, CLASS_PERSON, ~F(UNCHECKED), text, sizeof(text));
	assert_non_null(strstr(text, "differ"));
	texts_password(p, CLASS_PERSON, ~F(UNCHECKED), text, 100);
	assert_string_equal(text, "This password is not accepted:\n"
				  "- It needs at least 12 characters.\n"
				  "- Capital letters: at least 1.");
	policy_free(p);
	judge_words(F(LENGTH) | F(LISTED_WORD), words, sizeof(words));
	assert_string_equal(words, "length listed-word");
	judge_words(0, words, sizeof(words));
	assert_string_equal(words, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_the_default, setup),
	    cmocka_unit_test_setup(test_keys, setup),
	    cmocka_unit_test_setup(test_the_person, setup),
	    cmocka_unit_test_setup(test_listed_words, setup),
	    cmocka_unit_test_setup(test_walks_and_repetitions, setup),
	    cmocka_unit_test_setup(test_passphrases, setup),
	    cmocka_unit_test_setup(test_libpwquality, setup),
	    cmocka_unit_test_setup(test_dictionary, setup),
	    cmocka_unit_test_setup(test_reasons, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
