/* Who and what a report may be limited to: in the policy, or in a record; and what was meant.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "error.h"
#include "report/known.h"
#include <stdio.h>
#include <string.h>

static struct policy *policy;
static struct known k;

static const char text[] = "[account tanaka-adm]\nperson = tanaka\nclass = admin\n"
			   "[role web]\nmembers = suzuki, @ops\napprove = nobody\ncommands = "
			   "/usr/bin/id\nroot_equivalent = no\n"
			   "[role web-db]\nmembers = suzuki\napprove = nobody\ncommands = "
			   "/usr/bin/id\nroot_equivalent = no\n";

static int
setup(void **state)
{
	static struct policy_problems problems;
	struct buf bundle;

	(void)state;
	buf_init(&bundle, 1 << 16);
	buf_printf(&bundle, "sekisho policy bundle 1\nfile policy.conf %zu\n%s\n",
	    sizeof(text) - 1, text);
	if (policy_parse(bundle.data, bundle.len, &policy, &problems) != SKS_OK)
		fail_msg("%s", problems.item[0].text);
	buf_clear(&bundle);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	policy_free(policy);
	return 0;
}

static enum known_kind
missing(const char *person, const char *role)
{
	known_clear(&k);
	assert_int_equal(known_begin(&k, policy, NULL, person, role), SKS_OK);
	return known_missing(&k);
}

static void
the_policy_knows(void **state)
{
	(void)state;
	assert_int_equal(missing("", ""), KNOWN_ALL);
	assert_int_equal(missing("tanaka", "web"), KNOWN_ALL);
	assert_int_equal(missing("tanaka-adm", ""), KNOWN_ALL);
	assert_int_equal(missing("suzuki", ""), KNOWN_ALL); /* a member only */
	assert_int_equal(missing("ops", ""), KNOWN_NO_PERSON);
	assert_int_equal(missing("@ops", ""), KNOWN_NO_PERSON);
	assert_int_equal(missing("web", ""), KNOWN_NO_PERSON);
	assert_int_equal(missing("", "tanaka"), KNOWN_NO_ROLE);
	assert_int_equal(missing("who", "what"), KNOWN_NO_PERSON);
	known_clear(&k);
}

static void
look(const char *body)
{
	known_look(&k, body, strlen(body));
}

static void
a_record_knows(void **state)
{
	(void)state;
	assert_int_equal(missing("ito", "dba"), KNOWN_NO_PERSON);
	known_look(&k, NULL, 0);
	look("{\"event.reason\":\"ito\",\"sekisho.export.user\":\"ito\",\"user.name\":"
	     "\"itoh\"}");
	look("{\"message\":\"\\\"user.name\\\":\\\"ito\\\"\",\"sekisho.export.role\":\"dba\"}");
	assert_int_equal(known_missing(&k), KNOWN_NO_PERSON);
	look("{\"sekisho.request.person\":\"ito\"}");
	assert_int_equal(known_missing(&k), KNOWN_NO_ROLE);
	look("{\"sekisho.person\":\"ito\",\"sekisho.role\":\"dba\"}");
	assert_int_equal(known_missing(&k), KNOWN_ALL);
	/* as records write it */
	assert_int_equal(missing("a\"b", ""), KNOWN_NO_PERSON);
	look("{\"user.name\":\"a\\\"b\"}");
	assert_int_equal(known_missing(&k), KNOWN_ALL);
	known_clear(&k);
}

static void
what_was_meant(void **state)
{
	char like[KNOWN_LIKE_SIZE], said[512];

	(void)state;
	assert_int_equal(missing("tanak", ""), KNOWN_NO_PERSON);
	assert_int_equal(known_like(&k, policy, NULL, like), SKS_OK);
	assert_string_equal(like, "tanaka, tanaka-adm");
	assert_int_equal(missing("", "wbe"), KNOWN_NO_ROLE);
	assert_int_equal(known_like(&k, policy, NULL, like), SKS_OK);
	assert_string_equal(like, "web");
	known_tell(KNOWN_NO_ROLE, "wbe", like, said, sizeof(said));
	assert_string_equal(said, "There is no role \"wbe\": neither the policy nor any record "
				  "has it. Nothing was made. "
				  "Known names like it: web.");
	assert_int_equal(missing("", "qqqqqqq"), KNOWN_NO_ROLE);
	assert_int_equal(known_like(&k, policy, NULL, like), SKS_OK);
	assert_string_equal(like, "");
	known_clear(&k);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_policy_knows),
	    cmocka_unit_test(a_record_knows),
	    cmocka_unit_test(what_was_meant),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
