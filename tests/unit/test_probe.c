/* The login prober: what it takes from sshd -T, and from what the client says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../cli/probe/login.c"
#include "../../cli/probe/plan.c"
#include "../../cli/probe/run.c"

static bool
plan_of(const char *text, struct probe_plan *p)
{
	FILE *in = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
	bool good;

	assert_non_null(in);
	good = plan_read(in, p);
	fclose(in);
	return good;
}

static void
test_plan(void **state)
{
	struct probe_plan p;

	(void)state;
	assert_true(
	    plan_of("port 22\nusepam yes\nlistenaddress 0.0.0.0:2222\nlistenaddress [::]:2222\n"
		    "pubkeyauthentication yes\npasswordauthentication no\n"
		    "kbdinteractiveauthentication yes\nhostbasedauthentication no\n"
		    "gssapiauthentication no\nauthenticationmethods any\n"
		    "authorizedkeysfile .ssh/authorized_keys .ssh/authorized_keys2\n",
		&p));
	assert_string_equal(p.host, "127.0.0.1");
	assert_int_equal(p.port, 2222);
	assert_true(p.any && p.own_keys && !p.limited && !p.cut);
	assert_int_equal(p.count, 3);
	assert_string_equal(p.method[0], "none");
	assert_string_equal(p.method[1], "publickey");
	assert_string_equal(p.method[2], "keyboard-interactive");
}

static void
test_plan_chains(void **state)
{
	struct probe_plan p;

	(void)state;
	assert_true(
	    plan_of("usepam no\nlistenaddress [2001:db8::1]:22\npubkeyauthentication yes\n"
		    "authenticationmethods publickey,keyboard-interactive:pam password\n"
		    "authorizedkeysfile /etc/keys/%u\nallowusers alice\n",
		&p));
	assert_string_equal(p.host, "2001:db8::1");
	assert_true(!p.any && !p.own_keys && p.limited);
	assert_int_equal(p.count, 3);
	assert_string_equal(p.method[0], "publickey,keyboard-interactive:pam");
	assert_string_equal(p.method[1], "password");
	assert_string_equal(p.method[2], "none");
}

static void
test_plan_odd(void **state)
{
	static const char *const bad[] = {"", "usage: sshd\n", "usepam yes\n",
	    "listenaddress 0.0.0.0:22\n", "usepam yes\nlistenaddress 0.0.0.0:99999\n",
	    "usepam yes\nlistenaddress :22\n", "usepam yes\nlistenaddress []:22\n",
	    "usepam yes\nlistenaddress x\n"};
	char many[4096] = "usepam yes\nlistenaddress 0.0.0.0:22\n", chain[64];
	struct probe_plan p;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(plan_of(bad[i], &p));
	strcat(many, "authenticationmethods");
	for (int i = 0; i < 30; i++) {
		snprintf(chain, sizeof(chain), " publickey,m%d", i);
		strcat(many, chain);
	}
	strcat(many, "\n");
	assert_true(plan_of(many, &p));
	assert_int_equal(p.count, PROBE_METHODS_MAX);
	assert_true(p.cut);
}

static void
test_client(void **state)
{
	struct probe_result r = {0};

	(void)state;
	probe_read_line("debug1: Connection established.", &r);
	assert_false(r.talked || r.accepted || r.opened);
	probe_read_line("debug1: Authentications that can continue: publickey", &r);
	assert_true(r.talked);
	probe_read_line("debug1: Server accepts key: /k ED25519 SHA256:x explicit", &r);
	assert_true(r.accepted && !r.opened);
	probe_read_line("Authenticated using \"publickey\" with partial success.", &r);
	assert_string_equal(r.passed, "publickey");
	assert_false(r.opened);
	probe_read_line("Authenticated to h ([::1]:22) using \"keyboard-interactive\".", &r);
	assert_true(r.opened);
	assert_string_equal(r.passed, "publickey,keyboard-interactive");
	/* what a server says does not count as the client's own word */
	memset(&r, 0, sizeof(r));
	probe_read_line("Welcome. Authenticated to h using \"none\".", &r);
	assert_false(r.opened);
	for (int i = 0; i < 40; i++)
		probe_read_line("Authenticated using \"publickey\" with partial success.", &r);
	assert_true(strlen(r.passed) < sizeof(r.passed));
}

static void
test_methods(void **state)
{
	char out[64];

	(void)state;
	login_plain_method("publickey,keyboard-interactive:pam,password", out, sizeof(out));
	assert_string_equal(out, "publickey,keyboard-interactive,password");
	login_plain_method("keyboard-interactive:bsdauth", out, sizeof(out));
	assert_string_equal(out, "keyboard-interactive");
	login_plain_method("publickey,password", out, 10);
	assert_string_equal(out, "publickey");
}

static void
test_prompt(void **state)
{
	static const struct {
		const char *shown, *prompt;
	} cases[] = {
	    {"Password: ", "Password:"},
	    {"\r\n(x@y) Code: ", "(x@y) Code:"},
	    {"Told first.\r\nCode: ", "Code:"},
	    {"\r\n \r\n", NULL},
	};
	char out[64];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct client c = {.shown_used = strlen(cases[i].shown)};

		memcpy(c.shown, cases[i].shown, c.shown_used);
		assert_int_equal(login_prompt(&c, out, sizeof(out)), cases[i].prompt != NULL);
		if (cases[i].prompt != NULL)
			assert_string_equal(out, cases[i].prompt);
	}
}

static void
test_run(void **state)
{
	static const char *const says[] = {"/bin/echo", "hello", NULL};
	static const char *const fails[] = {"/bin/false", NULL};
	static const char *const hangs[] = {"/bin/sleep", "60", NULL};
	static const char *const absent[] = {"/nonexistent", NULL};
	int64_t start_ms = clock_monotonic_ms();
	char line[16];
	FILE *in = run_program(says, 5000);

	(void)state;
	assert_non_null(in);
	assert_non_null(fgets(line, sizeof(line), in));
	assert_string_equal(line, "hello\n");
	fclose(in);
	assert_null(run_program(fails, 5000));
	assert_null(run_program(absent, 5000));
	assert_null(run_program(hangs, 100));
	assert_true(clock_monotonic_ms() - start_ms < 20000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_plan),
	    cmocka_unit_test(test_plan_chains),
	    cmocka_unit_test(test_plan_odd),
	    cmocka_unit_test(test_client),
	    cmocka_unit_test(test_methods),
	    cmocka_unit_test(test_prompt),
	    cmocka_unit_test(test_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
