/*
 * The words of a PAM line: what they set, which are refused, and what is suggested instead.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../pam_module/options.c"

static int
parse(struct options *o, enum facility facility, const char *line, char *why, size_t size)
{
	const char *argv[16];
	char copy[512];
	char *save = NULL;
	int argc = 0;

	assert_true(strlen(line) < sizeof(copy));
	memcpy(copy, line, strlen(line) + 1);
	for (char *w = strtok_r(copy, " ", &save); w != NULL && argc < 16;
	     w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	return options_parse(o, facility, argc, argv, why, size);
}

static void
test_defaults(void **state)
{
	struct options o;
	char why[256] = "old";

	(void)state;
	assert_int_equal(parse(&o, FACILITY_AUTH, "", why, sizeof(why)), SKS_OK);
	assert_int_equal(o.line, LINE_SUCCESS);
	assert_int_equal(o.timeout_ms, 10000);
	assert_false(o.open || o.early || o.observe || o.quiet || o.debug);
	assert_string_equal(o.token, "");
	assert_string_equal(why, "");
}

static void
test_values(void **state)
{
	struct options o;
	char why[256];

	(void)state;
	assert_int_equal(parse(&o, FACILITY_AUTH, "preauth charge=early fail=open timeout=60",
			     why, sizeof(why)),
	    SKS_OK);
	assert_int_equal(o.line, LINE_PREAUTH);
	assert_true(o.early && o.open);
	assert_int_equal(o.timeout_ms, 60000);
	assert_int_equal(parse(&o, FACILITY_PASSWORD, "retry=3 use_authtok try_first_pass timeout=20",
			     why, sizeof(why)),
	    SKS_OK);
	assert_true(o.use_authtok);
	assert_int_equal(o.retry, 3);
	assert_int_equal(parse(&o, FACILITY_PASSWORD, "retry=10", why, sizeof(why)), SKS_OK);
	assert_int_equal(o.retry, 10);
	assert_false(o.use_authtok);
	assert_int_equal(parse(&o, FACILITY_PASSWORD, "", why, sizeof(why)), SKS_OK);
	assert_int_equal(o.retry, 1);
	assert_int_equal(parse(&o, FACILITY_AUTH, "token=u2f observe quiet debug timeout=1",
			     why, sizeof(why)),
	    SKS_OK);
	assert_string_equal(o.token, "u2f");
	assert_true(o.observe && o.quiet && o.debug);
	assert_int_equal(o.timeout_ms, 1000);
	assert_int_equal(parse(&o, FACILITY_AUTH, "authfail", why, sizeof(why)), SKS_OK);
	assert_int_equal(o.line, LINE_AUTHFAIL);
	assert_int_equal(parse(&o, FACILITY_AUTH, "keyproof", why, sizeof(why)), SKS_OK);
	assert_int_equal(o.line, LINE_KEYPROOF);
	/* the last one holds, and "closed" is a word of its own */
	assert_int_equal(
	    parse(&o, FACILITY_ACCOUNT, "fail=open fail=closed", why, sizeof(why)), SKS_OK);
	assert_false(o.open);
}

static const struct {
	enum facility facility;
	const char *line, *why; /* must occur in the reason */
} refused[] = {
    {FACILITY_AUTH, "preuath", "did you mean \"preauth\""},
    {FACILITY_AUTH, "fail=opne", "did you mean \"fail=open\""},
    {FACILITY_AUTH, "fail=", "fail="},
    {FACILITY_AUTH, "fail", "is not known"},
    {FACILITY_AUTH, "observed", "did you mean \"observe\""},
    {FACILITY_AUTH, "OBSERVE", "did you mean \"observe\""},
    {FACILITY_AUTH, "use_first_pass", "is not known"},
    {FACILITY_AUTH, "quiet nonsense", "\"nonsense\""},
    {FACILITY_AUTH, "timeout", "timeout"},
    {FACILITY_AUTH, "timeout=", "1 to 60"},
    {FACILITY_AUTH, "timeout=0", "1 to 60"},
    {FACILITY_AUTH, "timeout=61", "1 to 60"},
    {FACILITY_AUTH, "timeout=-1", "1 to 60"},
    {FACILITY_AUTH, "timeout=10s", "1 to 60"},
    {FACILITY_AUTH, "timeout=4294967297", "1 to 60"},
    {FACILITY_AUTH, "token=", "1 to 63"},
    {FACILITY_AUTH, "token=0123456789012345678901234567890123456789012345678901234567890123",
	"1 to 63"},
    {FACILITY_AUTH, "token=a\x1b[2J", "plain ASCII"},
    {FACILITY_AUTH, "preauth authfail", "line of their own"},
    {FACILITY_AUTH, "preauth preauth", "line of their own"},
    {FACILITY_AUTH, "charge=early", "preauth line"},
    {FACILITY_AUTH, "authfail charge=early", "preauth line"},
    {FACILITY_AUTH, "preauth token=u2f", "last line"},
    {FACILITY_ACCOUNT, "preauth", "auth stack"},
    {FACILITY_ACCOUNT, "token=u2f", "last line"},
    {FACILITY_AUTH, "use_authtok", "password stack"},
    {FACILITY_AUTH, "try_first_pass", "password stack"},
    {FACILITY_SESSION, "retry=3", "password stack"},
    {FACILITY_PASSWORD, "retry=0", "1 to 10"},
    {FACILITY_PASSWORD, "retry=11", "1 to 10"},
    {FACILITY_PASSWORD, "retry=", "1 to 10"},
    {FACILITY_PASSWORD, "retry=3x", "1 to 10"},
    {FACILITY_PASSWORD, "use_autok", "did you mean \"use_authtok\""},
    {FACILITY_PASSWORD, "fail=open", "no meaning"},
    {FACILITY_PASSWORD, "observe", "no meaning"},
    {FACILITY_PASSWORD, "preauth", "auth stack"},
    {FACILITY_SESSION, "keyproof", "auth stack"},
    {FACILITY_SESSION, "charge=early", "preauth line"},
};

static void
test_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct options o;
		char why[256];

		if (parse(&o, refused[i].facility, refused[i].line, why, sizeof(why)) !=
		    SKS_INVALID)
			fail_msg("accepted: %s", refused[i].line);
		if (strstr(why, refused[i].why) == NULL)
			fail_msg("%s: %s", refused[i].line, why);
		/* whoever goes on in spite of it has no timeout: every call fails */
		assert_int_equal(o.timeout_ms, 0);
	}
}

static void
test_long_word_fits(void **state)
{
	struct options o;
	char word[4096], why[64];
	const char *argv[] = {word};

	(void)state;
	memset(word, 'x', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	assert_int_equal(
	    options_parse(&o, FACILITY_AUTH, 1, argv, why, sizeof(why)), SKS_INVALID);
	assert_true(strlen(why) < sizeof(why));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_defaults),
	    cmocka_unit_test(test_values),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_long_word_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
