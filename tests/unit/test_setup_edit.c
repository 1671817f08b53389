/* What setup makes of PAM files, of sshd_config, and how it shows that; who may confirm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../cli/setup/difference.c"
#include "../../cli/setup/edit.c"
#include "../../cli/setup/edit_host.c"
#include "../../cli/setup/edit_line.c"
#include "decide/change.h"

static const char debian[] = "auth\t[success=1 default=ignore]\tpam_unix.so nullok\n"
			     "# here's the fallback\n"
			     "auth\trequisite\t\t\tpam_deny.so\n"
			     "auth\trequired\t\t\tpam_permit.so\n"
			     "auth\toptional\t\t\tpam_cap.so\n";
static const char sssd[] =
    "auth\t[success=2 default=ignore]\tpam_unix.so nullok\n"
    "auth\t[success=1 default=ignore]\tpam_sss.so use_first_pass domains=x\n"
    "auth\trequisite\tpam_deny.so\nauth\trequired\tpam_permit.so\n";
static char why[1024];

static const char *
text_of(struct buf *b)
{
	buf_put_u8(b, 0);
	assert_int_equal(buf_error(b), SKS_OK);
	return (const char *)b->data;
}

static int
host_of(const char *text, unsigned int from, struct edit_host *host)
{
	return edit_host_read(text, strlen(text), from, host, why, sizeof(why));
}

static int
service_of(const char *name, const char *text, unsigned int from, struct buf *out)
{
	struct edit_host host;

	assert_int_equal(host_of(debian, 0, &host), SKS_OK);
	buf_init(out, 1 << 16);
	return edit_service(name, text, strlen(text), &host, from, out, why, sizeof(why));
}

static void
test_host(void **state)
{
	struct edit_host host;
	struct buf out;
	const char *text;

	(void)state;
	assert_int_equal(host_of(debian, 0, &host), SKS_OK);
	assert_int_equal(host.factor_count, 1);
	assert_string_equal(host.factor[0], "pam_unix.so use_first_pass nodelay");
	assert_int_equal(host.optional_count, 1);
	assert_int_equal(host_of(sssd, 0, &host), SKS_OK);
	assert_string_equal(host.factor[1], "pam_sss.so use_first_pass domains=x");
	buf_init(&out, 4096);
	edit_host_write(&host, true, &out);
	text = text_of(&out);
	/* over preauth, both checks and authfail; each check over what is left of them */
	assert_non_null(strstr(text, "[success=4 default=ignore]\tpam_sekisho.so keyproof"));
	assert_non_null(strstr(text, "[success=2 default=ignore]\tpam_unix.so"));
	assert_non_null(strstr(text, "[success=1 default=ignore]\tpam_sss.so"));
	buf_clear(&out);
	/* what is not known is named with its line */
	assert_int_equal(
	    host_of("auth required pam_unix.so\nauth required pam_exec.so x\n", 0, &host),
	    SKS_INVALID);
	assert_non_null(strstr(why, "line 2"));
	assert_int_equal(host_of("auth required pam_permit.so\n", 0, &host), SKS_INVALID);
	assert_int_equal(host_of("@include other\n", 0, &host), SKS_INVALID);
	/* a module of the same kind as ours: only with --from */
	static const char faillock[] = "auth required pam_faillock.so preauth\n"
				       "auth [success=1 default=ignore] pam_unix.so\n"
				       "auth [default=die] pam_faillock.so authfail\n";
	assert_int_equal(host_of(faillock, 0, &host), SKS_INVALID);
	assert_non_null(strstr(why, "--from pam_faillock"));
	assert_int_equal(host_of(faillock, EDIT_FROM_FAILLOCK, &host), SKS_OK);
	assert_int_equal(host.factor_count, 1);
}

static void
test_services(void **state)
{
	struct buf out;
	const char *text;

	(void)state;
	assert_int_equal(service_of("sshd",
			     "@include common-auth\naccount required pam_nologin.so\n"
			     "@include common-account\nsession required pam_loginuid.so\n"
			     "@include common-session\n@include common-password\n",
			     0, &out),
	    SKS_OK);
	text = text_of(&out);
	assert_null(strstr(text, "common-auth"));
	assert_non_null(strstr(text, "keyproof"));
	assert_non_null(
	    strstr(text, "account required pam_nologin.so\n@include sekisho-account\n"));
	assert_non_null(strstr(text,
	    "pam_loginuid.so\nsession\trequired\tpam_sekisho.so\n@include common-session\n"));
	buf_clear(&out);
	assert_int_equal(service_of("su",
			     "auth sufficient pam_rootok.so\nauth optional pam_faildelay.so\n"
			     "@include common-auth\n@include common-account\n"
			     "@include common-session-noninteractive",
			     0, &out),
	    SKS_OK);
	text = text_of(&out);
	assert_non_null(strstr(text, "auth sufficient pam_rootok.so\n"));
	assert_non_null(
	    strstr(text, "# taken out by sekisho setup: auth optional pam_faildelay"));
	assert_non_null(strstr(text, "@include sekisho-auth\n@include sekisho-account\n"
				     "session\trequired\tpam_sekisho.so\n"
				     "@include common-session-noninteractive\n"));
	assert_null(strstr(text, "keyproof"));
	buf_clear(&out);
	/* its own result changes nothing any more */
	assert_int_equal(service_of("su",
			     "@include sekisho-auth\n@include sekisho-account\n"
			     "session required pam_sekisho.so\n",
			     0, &out),
	    SKS_CONFLICT);
	buf_clear(&out);
}

static void
test_services_refused(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
	    {"auth required pam_unix.so\n@include common-account\n@include common-session\n",
		"line 1"},
	    {"auth sufficient pam_ssh_agent_auth.so\n@include common-auth\n", "line 1"},
	    {"auth [success=2 default=ignore] pam_succeed_if.so user = x\n@include "
	     "common-auth\n",
		"line 1"},
	    {"@include common-auth\nauth required pam_exec.so x\n", "line 2"},
	    {"@include common-auth\n@include common-session\n", "common-account"},
	    {"@include common-auth\n@include common-account\n", "common-session"},
	    {"account required pam_unix.so\n", "common-auth"},
	    {"auth required pam_google_authenticator.so\n@include common-auth\n", "--from"},
	    {"auth required \\\n pam_env.so\n@include common-auth\n", "line 1"},
	};
	struct buf out;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (service_of("x", cases[i].text, 0, &out) != SKS_INVALID)
			fail_msg("case %zu was accepted", i);
		if (strstr(why, cases[i].why) == NULL)
			fail_msg("case %zu: %s", i, why);
		buf_clear(&out);
	}
	assert_int_equal(service_of("x",
			     "auth required pam_google_authenticator.so nullok\n"
			     "@include common-auth\n@include common-account\n"
			     "@include common-session\n",
			     EDIT_FROM_GOOGLE, &out),
	    SKS_OK);
	assert_non_null(
	    strstr(text_of(&out), "# taken out by sekisho setup: auth required pam_google"));
	buf_clear(&out);
}

static void
test_words(void **state)
{
	(void)state;
	assert_int_equal(edit_from_word("google-authenticator"), EDIT_FROM_GOOGLE);
	assert_int_equal(edit_from_word("pam_google_authenticator.so"), EDIT_FROM_GOOGLE);
	assert_int_equal(edit_from_word("oath"), EDIT_FROM_OATH);
	assert_int_equal(edit_from_word("pam_faillock"), EDIT_FROM_FAILLOCK);
	assert_int_equal(edit_from_word("pwquality"), EDIT_FROM_PWQUALITY);
	assert_int_equal(edit_from_word("oat"), 0);
	assert_int_equal(edit_from_word("oathx"), 0);
	assert_int_equal(edit_from_word(""), 0);
}

static void
test_sshd_config(void **state)
{
	static const char has[] = "# x\ninclude /etc/ssh/sshd_config.d/*.conf\nUsePAM yes\n";
	static const char late[] =
	    "UsePAM yes\nMatch all\nInclude /etc/ssh/sshd_config.d/*.conf\n";
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	assert_int_equal(edit_sshd_config(has, sizeof(has) - 1, &out), SKS_CONFLICT);
	assert_int_equal(edit_sshd_config(late, sizeof(late) - 1, &out), SKS_OK);
	assert_memory_equal(
	    text_of(&out), "Include /etc/ssh/sshd_config.d/*.conf\nUsePAM yes\n", 49);
	buf_clear(&out);
}

static void
test_sudo_conf(void **state)
{
	static const char *const cases[] = {"", "Set x y\n", "Set x y",
	    "Plugin sekisho_audit sekisho_sudo.so\nSet x y\n",
	    "#Plugin sekisho_approval sekisho_sudo.so\n",
	    "Plugin sekisho_approval /a/sekisho_sudo.so\n"};
	static const char both[] = "Set x y\n  Plugin sekisho_approval sekisho_sudo.so\n"
				   "Plugin sekisho_audit /usr/libexec/sudo/sekisho_sudo.so # x\n";
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *tail;

		buf_reset(&out);
		assert_int_equal(edit_sudo_conf(cases[i], strlen(cases[i]), &out), SKS_OK);
		tail = strstr(text_of(&out), "# Written");
		assert_non_null(tail);
		/* each line once, and what others wrote before them */
		assert_string_equal(strchr(tail, '\n'),
		    "\nPlugin sekisho_audit sekisho_sudo.so\n"
		    "Plugin sekisho_approval sekisho_sudo.so\n");
		if (strstr(cases[i], "Set x y") != NULL)
			assert_memory_equal(text_of(&out), "Set x y\n", 8);
		assert_true(text_of(&out) == tail || tail[-1] == '\n');
	}
	buf_reset(&out);
	assert_int_equal(edit_sudo_conf(both, sizeof(both) - 1, &out), SKS_CONFLICT);
	buf_clear(&out);
}

/* ---- differences ---------------------------------------------------------------------------
 */

static void
put(const char *path, const char *text, size_t len)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static size_t
random_text(char *out, unsigned int *seed)
{
	size_t lines = (size_t)(rand_r(seed) % 30), used = 0;

	for (size_t i = 0; i < lines; i++)
		used += (size_t)sprintf(out + used, "line %d\n", rand_r(seed) % 6);
	if (used > 0 && rand_r(seed) % 4 == 0)
		used--; /* no newline at the end */
	return used;
}

/* What we print, another program turns the old text into the new one by. */
static void
test_differences_apply(void **state)
{
	char old[1024], new[1024], dir[] = "/tmp/sekisho-diff-XXXXXX", command[512], path[64];
	unsigned int seed = 7;

	(void)state;
	if (access("/usr/bin/patch", X_OK) != 0)
		skip();
	assert_non_null(mkdtemp(dir));
	for (int i = 0; i < 100; i++) {
		size_t old_len = random_text(old, &seed), new_len = random_text(new, &seed);
		struct buf out;

		buf_init(&out, 1 << 16);
		difference_unified("file", old, old_len, new, new_len, &out);
		assert_int_equal(buf_error(&out), SKS_OK);
		(void)snprintf(path, sizeof(path), "%s/old", dir);
		put(path, old, old_len);
		(void)snprintf(path, sizeof(path), "%s/new", dir);
		put(path, new, new_len);
		(void)snprintf(path, sizeof(path), "%s/diff", dir);
		put(path, (const char *)out.data, out.len);
		(void)snprintf(command, sizeof(command),
		    "cd %s && { [ ! -s diff ] || patch -s -f -E old diff; } && { [ -e old ] || "
		    ": "
		    ">old; } && cmp -s old new",
		    dir);
		if (system(command) != 0)
			fail_msg("round %d: %s", i, text_of(&out));
		buf_clear(&out);
	}
	(void)snprintf(command, sizeof(command), "rm -rf %s", dir);
	assert_int_equal(system(command), 0);
}

static void
test_difference(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	difference_unified("f", "a\nb\n", 4, "a\nb\n", 4, &out);
	assert_int_equal(out.len, 0);
	difference_unified("f", "a\nb\nc\n", 6, "a\nx\nc\n", 6, &out);
	assert_string_equal(text_of(&out), "--- f\n+++ f\n@@ -1,3 +1,3 @@\n a\n-b\n+x\n c\n");
	buf_reset(&out);
	difference_unified("f", NULL, 0, "x\n", 2, &out);
	assert_string_equal(text_of(&out), "--- /dev/null\n+++ f\n@@ -0,0 +1,1 @@\n+x\n");
	buf_clear(&out);
}

/* ---- who may confirm ------------------------------------------------------------------------
 */

static void
test_confirm(void **state)
{
	const struct change_facts all = {true, true, true, true, true, true, true, true};
	const bool *member = (const bool *)&all;

	(void)state;
	assert_int_equal(sizeof(all), CHANGE_WORDS - 1);
	assert_true(member[0]);
	assert_int_equal(decide_change_confirm(&all), CHANGE_OK);
	/* each fact alone is missed, and has a word of its own */
	for (size_t i = 0; i < sizeof(all); i++) {
		struct change_facts f = all;

		((bool *)&f)[i] = false;
		assert_int_equal(decide_change_confirm(&f), i + 1);
	}
	for (size_t i = 0; i < CHANGE_WORDS; i++)
		assert_non_null(change_words[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_host),
	    cmocka_unit_test(test_services), cmocka_unit_test(test_services_refused),
	    cmocka_unit_test(test_words), cmocka_unit_test(test_sshd_config), cmocka_unit_test(test_sudo_conf),
	    cmocka_unit_test(test_difference), cmocka_unit_test(test_differences_apply),
	    cmocka_unit_test(test_confirm)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
