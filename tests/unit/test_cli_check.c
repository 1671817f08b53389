/* What check reads: PAM stacks as libpam does, and what sshd says about itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../cli/check_pam_file.c"
#include "../../cli/check_sshd_settings.c"
#include <stdlib.h>
#include <unistd.h>

static char dir[] = "/tmp/sekisho-pam.XXXXXX";

static void
put(const char *name, const char *text)
{
	char path[PATH_MAX];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	out = fopen(path, "w");
	assert_non_null(out);
	assert_true(fputs(text, out) >= 0);
	assert_int_equal(fclose(out), 0);
}

static void
read_text(const char *text, struct pam_lines *out)
{
	put("service", text);
	assert_true(pam_lines_read(dir, "service", out));
}

static bool
is_whole(const struct pam_lines *l)
{
	return l->preauth && l->authfail && l->factor && l->factor_binds && l->account &&
	       l->account_binds && l->session && !l->observe && !l->fail_open &&
	       !l->missing_file;
}

static const char whole[] = "auth requisite pam_sekisho.so preauth\n"
			    "auth [success=1 default=ignore] pam_unix.so use_first_pass\n"
			    "auth [default=die] pam_sekisho.so authfail\n"
			    "auth [success=ok default=die] pam_sekisho.so\n"
			    "account required pam_sekisho.so\n"
			    "session required pam_sekisho.so\n";

/* The stacks that are shipped are what is asked for. */
static void
test_shipped(void **state)
{
	static const char *const services[] = {"sshd", "login", "su", "su-l", "sudo", "sudo-i"};

	(void)state;
	for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
		struct pam_lines l;

		assert_true(pam_lines_read("conf/pam.d", services[i], &l));
		/* what they include besides is the host's own */
		l.missing_file = false;
		if (!is_whole(&l))
			fail_msg("%s is not whole", services[i]);
	}
}

static void
test_lines_count(void **state)
{
	struct pam_lines l;

	(void)state;
	read_text(whole, &l);
	assert_true(is_whole(&l));
	read_text("", &l);
	assert_false(l.preauth || l.factor || l.account || l.session);
	read_text("# auth required pam_sekisho.so\n#session required pam_sekisho.so\n", &l);
	assert_false(l.factor || l.session);
	read_text("password required pam_sekisho.so\nauth required pam_sekisho.so.bak\n", &l);
	assert_false(l.factor);
	read_text("-AUTH\tRequired \\\n  /lib/security/pam_sekisho.so # last\n", &l);
	assert_true(l.factor && l.factor_binds);
	read_text("auth required pam_sekisho.so keyproof\n", &l);
	assert_false(l.factor);
	read_text("account required pam_sekisho.so", &l); /* no newline at the end */
	assert_true(l.account);
}

static void
test_control_words(void **state)
{
	static const struct {
		const char *control;
		bool binds;
	} controls[] = {
	    {"required", true},
	    {"requisite", true},
	    {"sufficient", false},
	    {"optional", false},
	    {"[success=ok default=die]", true},
	    {"[success=ok default=bad]", true},
	    {"[success=ok default=ignore]", false},
	    {"[success=ok ignore=ignore default=die]", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(controls) / sizeof(controls[0]); i++) {
		struct pam_lines l;
		char text[256];

		snprintf(text, sizeof(text), "auth %s pam_sekisho.so\n", controls[i].control);
		read_text(text, &l);
		assert_true(l.factor);
		assert_int_equal(l.factor_binds, controls[i].binds);
	}
}

static void
test_weakened(void **state)
{
	struct pam_lines l;

	(void)state;
	read_text("auth required pam_sekisho.so observe\n", &l);
	assert_true(l.observe);
	read_text("auth required pam_sekisho.so [observe] timeout=5 fail=open\n", &l);
	assert_false(l.observe);
	assert_true(l.fail_open);
}

static void
test_includes(void **state)
{
	struct pam_lines l;

	(void)state;
	put("common", whole);
	read_text("@include common\n", &l);
	assert_true(is_whole(&l));
	/* include takes the lines of its own kind only */
	read_text("auth include common\n", &l);
	assert_true(l.preauth && l.authfail && l.factor);
	assert_false(l.account || l.session);
	read_text("auth substack common\naccount include common\nsession include common\n", &l);
	assert_true(is_whole(&l));
	read_text("@include absent\n", &l);
	assert_true(l.missing_file);
	/* in a circle: ends, and says that it is not well */
	read_text("@include service\n", &l);
	assert_true(l.missing_file);
	assert_false(pam_lines_read(dir, "absent", &l));
}

static void
settings_of(const char *text, struct sshd_settings *s)
{
	FILE *in = fmemopen((void *)(uintptr_t)text, strlen(text), "r");

	assert_non_null(in);
	sshd_settings_read(in, s);
	fclose(in);
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

static int
make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) == NULL;
}

static int
remove_dir(void **state)
{
	(void)state;
	put("service", "");
	put("common", "");
	if (chdir(dir) != 0)
		return 1;
	unlink("service");
	unlink("common");
	return rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_shipped),
	    cmocka_unit_test(test_lines_count),
	    cmocka_unit_test(test_control_words),
	    cmocka_unit_test(test_weakened),
	    cmocka_unit_test(test_includes),
	    cmocka_unit_test(test_sshd),
	    cmocka_unit_test(test_sshd_methods),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
