/*
 * A directory with PAM files for tests of the stack prover: what Debian ships, then what
 * Sekisho ships, then what a test puts there. Included by tests; everything is static.
 */
#ifndef SEKISHO_TESTS_STACK_WORLD_H
#define SEKISHO_TESTS_STACK_WORLD_H

#include "../../cli/stack/control.c"
#include "../../cli/stack/judge.c"
#include "../../cli/stack/lines.c"
#include "../../cli/stack/list.c"
#include "../../cli/stack/module.c"
#include "../../cli/stack/prove.c"
#include "../../cli/stack/read.c"
#include "../../cli/stack/search.c"
#include "../../cli/stack/walk.c"
#include "policy/services.h"
#include <dirent.h>
#include <unistd.h>

static char world[] = "/tmp/sekisho-stacks.XXXXXX";
static struct stack_source world_source = {.dir = {world, NULL}, .include_dir = world};

/* Debian 12, as pam-auth-update writes them, without comments. */
static const struct {
	const char *name, *text;
} world_debian[] = {
    {"common-auth", "auth	[success=1 default=ignore]	pam_unix.so nullok\n"
		    "auth	requisite			pam_deny.so\n"
		    "auth	required			pam_permit.so\n"
		    "auth	optional			pam_cap.so\n"},
    {"common-account",
	"account	[success=1 new_authtok_reqd=done default=ignore]	pam_unix.so\n"
	"account	requisite			pam_deny.so\n"
	"account	required			pam_permit.so\n"},
    {"common-password",
	"password	[success=1 default=ignore]	pam_unix.so obscure yescrypt\n"
	"password	requisite			pam_deny.so\n"
	"password	required			pam_permit.so\n"},
    {"common-session", "session	[default=1]			pam_permit.so\n"
		       "session	requisite			pam_deny.so\n"
		       "session	required			pam_permit.so\n"
		       "session	required	pam_unix.so\n"
		       "session	optional	pam_systemd.so\n"},
    {"common-session-noninteractive", "session	[default=1]			pam_permit.so\n"
				      "session	requisite			pam_deny.so\n"
				      "session	required			pam_permit.so\n"
				      "session	required	pam_unix.so\n"},
    {"other", "@include common-auth\n@include common-account\n@include common-password\n"
	      "@include common-session\n"},
    {"chfn", "auth		sufficient	pam_rootok.so\n@include common-auth\n"
	     "@include common-account\n@include common-session\n"},
    {"chsh", "auth       required   pam_shells.so\nauth		sufficient	pam_rootok.so\n"
	     "@include common-auth\n@include common-account\n@include common-session\n"},
    {"chpasswd", "@include common-password\n"},
    {"newusers", "@include common-password\n"},
    {"runuser", "auth		sufficient	pam_rootok.so\n"
		"session		optional	pam_keyinit.so revoke\n"
		"session		required	pam_limits.so\n"
		"session		required	pam_unix.so\n"},
    {"runuser-l", "auth		include		runuser\n"
		  "session		optional	pam_keyinit.so force revoke\n"
		  "-session	optional	pam_systemd.so\n"
		  "session		include		runuser\n"},
    {"polkit-1", "@include common-auth\n@include common-account\n@include common-password\n"
		 "session       required   pam_env.so readenv=1\n@include common-session\n"},
    {"systemd-user",
	"@include common-account\nsession  required pam_loginuid.so\n"
	"@include common-session-noninteractive\nsession optional pam_systemd.so\n"},
    {"swaylock", "auth include login\n"},
    {"screen", "@include common-auth\n@include common-account\n@include common-session\n"},
};

static void
world_put(const char *name, const char *text)
{
	char path[PATH_MAX];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", world, name);
	out = fopen(path, "w");
	assert_non_null(out);
	assert_true(fputs(text, out) >= 0);
	assert_int_equal(fclose(out), 0);
}

/* One of the files that are shipped, from the working tree. */
static void
world_put_shipped(const char *name)
{
	char path[PATH_MAX], text[8192];
	size_t n;
	FILE *in;

	snprintf(path, sizeof(path), "conf/pam.d/%s", name);
	in = fopen(path, "r");
	assert_non_null(in);
	n = fread(text, 1, sizeof(text) - 1, in);
	assert_true(n > 0 && n < sizeof(text) - 1);
	text[n] = '\0';
	fclose(in);
	world_put(name, text);
}

/* Everything as it is after an installation. */
static void
world_reset(void)
{
	DIR *dir = opendir("conf/pam.d");
	const struct dirent *e;

	for (size_t i = 0; i < sizeof(world_debian) / sizeof(world_debian[0]); i++)
		world_put(world_debian[i].name, world_debian[i].text);
	assert_non_null(dir);
	while ((e = readdir(dir)) != NULL) {
		if (e->d_name[0] != '.')
			world_put_shipped(e->d_name);
	}
	closedir(dir);
}

static int
world_make(void **state)
{
	(void)state;
	return mkdtemp(world) == NULL;
}

static int
world_remove(void **state)
{
	DIR *dir = opendir(world);
	const struct dirent *e;
	char path[PATH_MAX];

	(void)state;
	if (dir == NULL)
		return 1;
	while ((e = readdir(dir)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", world, e->d_name);
		if (e->d_name[0] != '.')
			unlink(path);
	}
	closedir(dir);
	return rmdir(world);
}

#endif
