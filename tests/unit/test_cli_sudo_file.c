/* What check reads of sudo: files as administrators write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../cli/check_sudo_file.c"
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/sekisho-sudo.XXXXXX";

static const char *
path_of(const char *name)
{
	static char path[2][256];
	static int turn;

	turn ^= 1;
	snprintf(path[turn], sizeof(path[turn]), "%s/%s", dir, name);
	return path[turn];
}

static void
put(const char *name, const char *text)
{
	FILE *out = fopen(path_of(name), "w");

	assert_non_null(out);
	assert_true(fputs(text, out) >= 0);
	assert_int_equal(fclose(out), 0);
}

static struct sudo_settings
sudoers_of(const char *text)
{
	struct sudo_settings s;

	put("sudoers", text);
	sudo_settings_read(&s, path_of("sudoers"), NULL);
	assert_true(s.seen);
	return s;
}

static void
test_sudo_defaults(void **state)
{
	static const struct {
		const char *text;
		bool no_account, no_session, other;
		const char *service, *plugin;
	} cases[] = {
	    {"", false, false, false, "", ""},
	    {"root ALL=(ALL:ALL) ALL\n# Defaults !pam_session\n", false, false, false, "", ""},
	    {"Defaults !pam_acct_mgmt\n", true, false, false, "", ""},
	    {"Defaults\tenv_reset, !pam_session, timestamp_timeout=5", false, true, false, "", ""},
	    {"Defaults !!pam_session\n", false, false, false, "", ""},
	    {"Defaults:bob \\\n  targetpw\n", false, false, true, "", ""},
	    {"Defaults@host !rootpw\n", false, false, false, "", ""},
	    {"Defaults>root pam_service = \"other\"\n", false, false, false, "other", ""},
	    {"Defaults group_plugin=\"group_file.so /etc/a, b\", !pam_acct_mgmt\n", true, false,
		false, "", "group_file.so /etc/a, b"},
	    {"Defaults !pam_session\nDefaults pam_session\n", false, false, false, "", ""},
	    {"Defaultsx !pam_session", false, true, false, "", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sudo_settings s = sudoers_of(cases[i].text);

		if (s.no_account != cases[i].no_account || s.no_session != cases[i].no_session ||
		    s.other_password != cases[i].other)
			fail_msg("misread: %s", cases[i].text);
		assert_string_equal(s.service, cases[i].service);
		assert_string_equal(s.group_plugin, cases[i].plugin);
	}
}

static void
test_sudo_includes(void **state)
{
	struct sudo_settings s;

	(void)state;
	mkdir(path_of("d"), 0700);
	put("d/10-one", "Defaults !pam_session\n");
	put("d/skipped.bak", "Defaults !pam_acct_mgmt\n");
	put("d/skipped~", "Defaults !pam_acct_mgmt\n");
	put("beside", "Defaults targetpw\n");
	s = sudoers_of("@includedir d\n@include beside\n");
	assert_true(s.no_session && s.other_password);
	assert_false(s.no_account);
	s = sudoers_of("#includedir d\n");
	assert_true(s.no_session);
	/* in a circle: ends, and says that it was not all */
	s = sudoers_of("@include sudoers\n");
	assert_true(s.cut);
	sudo_settings_read(&s, path_of("absent"), NULL);
	assert_false(s.seen);
}

static void
test_sudo_conf(void **state)
{
	struct sudo_settings s;

	(void)state;
	put("conf", "# Set group_source static\nPlugin sudoers_policy sudoers.so\n");
	sudo_settings_read(&s, NULL, path_of("conf"));
	assert_string_equal(s.group_source, "");
	put("conf", "Set\tgroup_source   static # why\n");
	sudo_settings_read(&s, NULL, path_of("conf"));
	assert_string_equal(s.group_source, "static");
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
	static const char *const names[] = {"sudoers", "conf", "beside", "d/10-one", "d/skipped.bak", "d/skipped~"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(path_of(names[i]));
	rmdir(path_of("d"));
	return rmdir(dir);
}

static struct sudo_settings
conf_of(const char *text)
{
	struct sudo_settings s;

	put("conf", text);
	sudo_settings_read(&s, NULL, path_of("conf"));
	return s;
}

static void
test_sudo_plugins(void **state)
{
	struct sudo_settings s;

	(void)state;
	s = conf_of("Plugin sudoers_policy sudoers.so\nPlugin sudoers_io sudoers.so\n"
		    "#Plugin sekisho_audit sekisho_sudo.so\n");
	assert_false(s.audit || s.approval || s.gone);
	assert_string_equal(s.other_io, "");
	s = conf_of("Plugin sekisho_audit /bin/../bin/sh/sekisho_sudo.so\n");
	assert_true(s.audit && s.gone);
	assert_false(s.approval);
	s = conf_of("Plugin  more_approval more.so\n Plugin sekisho_approval sekisho_sudo.so\n");
	assert_true(s.approval);
	assert_string_equal(s.other_approval, "");
	s = conf_of("Plugin sekisho_approval sekisho_sudo.so\nPlugin more_approval more.so\n"
		    "Plugin record_io record.so x=y\n");
	assert_string_equal(s.other_approval, "more_approval");
	assert_string_equal(s.other_io, "record_io");
	s = conf_of("Plugin\nPlugin x\n");
	assert_false(s.audit || s.approval || s.gone);
	s = sudoers_of("Defaults user_command_timeouts\n");
	assert_true(s.user_timeouts);
	s = sudoers_of("Defaults !user_command_timeouts\n");
	assert_false(s.user_timeouts);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sudo_defaults),
	    cmocka_unit_test(test_sudo_includes),
	    cmocka_unit_test(test_sudo_conf),
	    cmocka_unit_test(test_sudo_plugins),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
