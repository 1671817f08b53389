#include "sudoers.h"

#include "decide/elevation.h"
#include "error.h"
#include "i18n.h"
#include "policy/role.h"
#include "protocol.h"
#include "safeopen.h"
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* sudo passes over names with a dot, so a half-way house is none. */
#define SUDOERS_NEW SUDOERS_FILE ".new"
#define SUDOERS_DIR "/etc/sudoers.d"
#define VISUDO	    "/usr/sbin/visudo"

/* ---- compiling --------------------------------------------------------------------------- */

/* Paths and arguments as they are; what sudoers gives a meaning gets its backslash. */
static void
put_command(struct buf *out, const char *command)
{
	for (const char *c = command; *c != '\0'; c++) {
		if (strchr(",:=", *c) != NULL)
			buf_put_u8(out, '\\');
		buf_put_u8(out, (uint8_t)*c);
	}
}

static void
put_role(struct buf *out, const struct role *role)
{
	buf_printf(out, "%%:%s%s ALL = (%s) TIMEOUT=%us ", ROLE_GROUP_PREFIX, role->name,
	    role->run_as, (unsigned int)elevation_timeout_s(role));
	for (size_t i = 0; i < role->commands.count; i++) {
		if (i > 0)
			buf_printf(out, ", ");
		put_command(out, role->commands.item[i]);
	}
	buf_printf(out, "\n");
}

static bool
has_commands(const struct policy *p)
{
	for (size_t i = 0; i < p->role_count; i++) {
		if (p->role[i].commands.count > 0)
			return true;
	}
	return false;
}

/* The whole file; empty where no role has commands. The sticky error of out tells. */
static void
sudoers_compile(const struct policy *p, struct buf *out)
{
	if (!has_commands(p))
		return;
	buf_printf(out, "# Written by \"sekisho policy apply\" out of the roles of the policy; it is "
			"written anew each\n# time. Whoever has a role is in its group, and "
			"nobody else.\n"
			"Defaults group_plugin=\"system_group.so\"\n");
	for (size_t i = 0; i < p->role_count; i++) {
		if (p->role[i].commands.count > 0)
			put_role(out, &p->role[i]);
	}
}

/* ---- the file ---------------------------------------------------------------------------- */

static bool
sudo_is_here(void)
{
	return access(VISUDO, X_OK) == 0 && access(SUDOERS_DIR, X_OK) == 0;
}

void
sudoers_replace(const struct policy *p, struct buf *out)
{
	if (!sudo_is_here())
		return;
	sudoers_compile(p, out);
	if (out->len == 0 && access(SUDOERS_FILE, F_OK) == 0)
		buf_printf(out, "# The policy has no role with commands.\n");
}

static int
complain(const char *path, int error)
{
	fprintf(stderr, _("sekisho: %s: %s. What the roles may run with sudo stays as it was.\n"),
	    path, _(error_text(error)));
	return STATUS_REFUSED;
}

/* visudo says itself what it does not like. */
static bool
visudo_accepts(void)
{
	static char program[] = VISUDO, check[] = "-cqf", path[] = SUDOERS_NEW;
	char *const argv[] = {program, check, path, NULL};
	char *const environment[] = {NULL};
	pid_t pid;
	int status = -1;

	if (posix_spawn(&pid, VISUDO, NULL, NULL, argv, environment) != 0)
		return false;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int
sudoers_prepare(const struct policy *p)
{
	struct buf text;
	int e;

	if (!has_commands(p) || !sudo_is_here())
		return STATUS_DONE;
	buf_init(&text, SUDOERS_MAX);
	sudoers_compile(p, &text);
	e = buf_error(&text);
	if (e == SKS_OK)
		e = safeopen_replace(SUDOERS_NEW, 0440, text.data, text.len);
	buf_clear(&text);
	if (e != SKS_OK)
		return complain(SUDOERS_NEW, e);
	if (visudo_accepts())
		return STATUS_DONE;
	fputs(_("sekisho: sudo does not accept what the roles of this policy may run, so nothing was "
		"put in force. See run_as and commands in the sections [role NAME].\n"),
	    stderr);
	sudoers_discard();
	return STATUS_REFUSED;
}

int
sudoers_commit(const struct policy *p)
{
	const char *path = has_commands(p) ? SUDOERS_NEW : SUDOERS_FILE;

	if (!sudo_is_here())
		return STATUS_DONE;
	if (has_commands(p) ? rename(SUDOERS_NEW, SUDOERS_FILE) == 0
			    : unlink(SUDOERS_FILE) == 0 || errno == ENOENT)
		return STATUS_DONE;
	return complain(path, errno == EROFS ? SKS_READONLY : SKS_IO);
}

void
sudoers_discard(void)
{
	(void)unlink(SUDOERS_NEW);
}
