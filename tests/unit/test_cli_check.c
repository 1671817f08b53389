/* What check reads: what sshd says about itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../cli/check_sshd_settings.c"
#include <stdlib.h>
#include <unistd.h>

static void
settings_of(const char *text, struct sshd_settings *s)
{
	char *lines = strdup(text), *at = NULL;

	assert_non_null(lines);
	memset(s, 0, sizeof(*s));
	for (char *line = strtok_r(lines, "\n", &at); line != NULL; line = strtok_r(NULL, "\n", &at))
		sshd_settings_take(s, line);
	free(lines);
}

static void
test_sshd(void **state)
{
	struct sshd_settings s;

	(void)state;
	settings_of("port 22\nusepam yes\nkbdinteractiveauthentication yes\n"
		    "passwordauthentication no\npermitemptypasswords no\n"
		    "authenticationmethods any\n",
	    &s);
	assert_true(s.seen && s.pam && s.keyboard_interactive);
	assert_false(s.password || s.empty_passwords);
	assert_true(sshd_settings_allow_without_prompt(&s));
	settings_of("usepam no\npasswordauthentication yes\npermitemptypasswords yes\n", &s);
	assert_true(s.seen && s.password && s.empty_passwords);
	assert_false(s.pam || s.keyboard_interactive);
	settings_of("usage: sshd\n", &s);
	assert_false(s.seen);
}

static void
test_sshd_methods(void **state)
{
	static const struct {
		const char *methods;
		bool without_prompt;
	} cases[] = {
	    {"any", true},
	    {"publickey", true},
	    {"publickey,keyboard-interactive", false},
	    {"publickey,keyboard-interactive:pam keyboard-interactive", false},
	    {"publickey,keyboard-interactive publickey,password", true},
	    {"gssapi-with-mic", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sshd_settings s;
		char text[256];

		snprintf(text, sizeof(text), "usepam yes\nauthenticationmethods %s\n",
		    cases[i].methods);
		settings_of(text, &s);
		assert_string_equal(s.methods, cases[i].methods);
		assert_int_equal(
		    sshd_settings_allow_without_prompt(&s), cases[i].without_prompt);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sshd),
	    cmocka_unit_test(test_sshd_methods),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
