#include "module.h"

#include <security/_pam_types.h>
#include <string.h>

#define BIT(value) (UINT32_C(1) << (value))
/* An interrupted call comes back to the same line: nothing is decided by it. */
#define ANY     (~BIT(PAM_INCOMPLETE))
#define ERRORS  (ANY & ~BIT(PAM_SUCCESS) & ~BIT(PAM_IGNORE) & ~BIT(PAM_NEW_AUTHTOK_REQD))
#define SUCCESS BIT(PAM_SUCCESS)
#define IGNORE  BIT(PAM_IGNORE)
#define RENEW   BIT(PAM_NEW_AUTHTOK_REQD)

enum { TYPE_AUTH = 1 << STACK_AUTH, TYPE_ACCOUNT = 1 << STACK_ACCOUNT, TYPE_ALL = 15 };

struct module {
	const char *name; /* without .so */
	unsigned int types;
	const char *needs; /* an argument that has to be there for this row; NULL: none */
	uint32_t values;
	uint32_t success; /* facts */
};

/*
 * The first row that fits counts. A row need not be here for a module to be judged rightly; it
 * says what the module never answers, or what its success proves. Every module may be missing
 * one day: then libpam answers PAM_MODULE_UNKNOWN for it, which is among the errors.
 */
static const struct module modules[] = {
    /* who has shown that the account is theirs */
    {"pam_unix", TYPE_AUTH, NULL, SUCCESS | ERRORS, FACT_FIRST},
    {"pam_unix2", TYPE_AUTH, NULL, SUCCESS | ERRORS, FACT_FIRST},
    {"pam_sss", TYPE_AUTH, NULL, ANY, FACT_FIRST},
    {"pam_ldap", TYPE_AUTH, NULL, ANY, FACT_FIRST},
    {"pam_krb5", TYPE_AUTH, NULL, ANY, FACT_FIRST},
    {"pam_winbind", TYPE_AUTH, NULL, ANY, FACT_FIRST},
    {"pam_userdb", TYPE_AUTH, NULL, ANY, FACT_FIRST},
    {"pam_pwdfile", TYPE_AUTH, NULL, ANY, FACT_FIRST},
    {"pam_radius_auth", TYPE_AUTH, NULL, ANY, FACT_FIRST},
    {"pam_tacplus", TYPE_AUTH, NULL, ANY, FACT_FIRST},
    {"pam_systemd_home", TYPE_AUTH, NULL, ANY, FACT_FIRST},
    {"pam_lsass", TYPE_AUTH, NULL, ANY, FACT_FIRST},
    {"pam_pkcs11", TYPE_AUTH, NULL, ANY, FACT_FIRST | FACT_TOKEN},
    {"pam_p11", TYPE_AUTH, NULL, ANY, FACT_FIRST | FACT_TOKEN},
    {"pam_fprintd", TYPE_AUTH, NULL, ANY, FACT_FIRST | FACT_TOKEN},
    {"pam_u2f", TYPE_AUTH, NULL, ANY, FACT_TOKEN},
    {"pam_yubico", TYPE_AUTH, NULL, ANY, FACT_TOKEN},
    {"pam_poldi", TYPE_AUTH, NULL, ANY, FACT_TOKEN},
    {"pam_google_authenticator", TYPE_AUTH, NULL, ANY, FACT_TOKEN},
    {"pam_oath", TYPE_AUTH, NULL, ANY, FACT_TOKEN},
    {"pam_duo", TYPE_AUTH, NULL, ANY, FACT_TOKEN},
    /* who looks whether the account is in order */
    {"pam_unix", TYPE_ACCOUNT, NULL, SUCCESS | RENEW | ERRORS, FACT_HOST},
    {"pam_unix2", TYPE_ACCOUNT, NULL, ANY, FACT_HOST},
    {"pam_sss", TYPE_ACCOUNT, NULL, ANY, FACT_HOST},
    {"pam_ldap", TYPE_ACCOUNT, NULL, ANY, FACT_HOST},
    {"pam_krb5", TYPE_ACCOUNT, NULL, ANY, FACT_HOST},
    {"pam_winbind", TYPE_ACCOUNT, NULL, ANY, FACT_HOST},
    {"pam_systemd_home", TYPE_ACCOUNT, NULL, ANY, FACT_HOST},
    {"pam_lsass", TYPE_ACCOUNT, NULL, ANY, FACT_HOST},
    /* who proves nothing */
    {"pam_deny", TYPE_ALL, NULL, ERRORS, 0},
    {"pam_permit", TYPE_ALL, NULL, SUCCESS | ERRORS, 0},
    {"pam_rootok", TYPE_AUTH, NULL, SUCCESS | ERRORS, FACT_ROOT},
    {"pam_rootok", TYPE_ALL, NULL, SUCCESS | ERRORS, FACT_ROOT},
    {"pam_nologin", TYPE_ALL, "successok", SUCCESS | IGNORE | ERRORS, 0},
    {"pam_nologin", TYPE_ALL, NULL, IGNORE | ERRORS, 0},
    {"pam_wheel", TYPE_ALL, "trust", SUCCESS | IGNORE | ERRORS, 0},
    {"pam_wheel", TYPE_ALL, NULL, IGNORE | ERRORS, 0},
    {"pam_faildelay", TYPE_ALL, NULL, IGNORE | ERRORS, 0},
    {"pam_faillock", TYPE_AUTH, "authfail", IGNORE | ERRORS, 0},
    {"pam_succeed_if", TYPE_AUTH | TYPE_ACCOUNT, NULL, SUCCESS | ERRORS, 0},
    {"pam_localuser", TYPE_ALL, NULL, SUCCESS | ERRORS, 0},
    {"pam_shells", TYPE_ALL, NULL, SUCCESS | ERRORS, 0},
    {"pam_securetty", TYPE_ALL, NULL, SUCCESS | ERRORS, 0},
    {"pam_access", TYPE_ALL, NULL, ANY, 0},
    {"pam_cap", TYPE_ALL, NULL, ANY, 0},
    {"pam_cracklib", TYPE_ALL, NULL, ANY, 0},
    {"pam_debug", TYPE_ALL, NULL, ANY, 0},
    {"pam_echo", TYPE_ALL, NULL, ANY, 0},
    {"pam_ecryptfs", TYPE_ALL, NULL, ANY, 0},
    {"pam_env", TYPE_ALL, NULL, ANY, 0},
    {"pam_faillock", TYPE_ALL, NULL, ANY, 0},
    {"pam_ftp", TYPE_ALL, NULL, ANY, 0},
    {"pam_gdm", TYPE_ALL, NULL, ANY, 0},
    {"pam_gnome_keyring", TYPE_ALL, NULL, ANY, 0},
    {"pam_group", TYPE_ALL, NULL, ANY, 0},
    {"pam_issue", TYPE_ALL, NULL, ANY, 0},
    {"pam_keyinit", TYPE_ALL, NULL, ANY, 0},
    {"pam_kwallet5", TYPE_ALL, NULL, ANY, 0},
    {"pam_lastlog", TYPE_ALL, NULL, ANY, 0},
    {"pam_limits", TYPE_ALL, NULL, ANY, 0},
    {"pam_listfile", TYPE_ALL, NULL, ANY, 0},
    {"pam_loginuid", TYPE_ALL, NULL, ANY, 0},
    {"pam_mail", TYPE_ALL, NULL, ANY, 0},
    {"pam_mkhomedir", TYPE_ALL, NULL, ANY, 0},
    {"pam_motd", TYPE_ALL, NULL, ANY, 0},
    {"pam_mount", TYPE_ALL, NULL, ANY, 0},
    {"pam_namespace", TYPE_ALL, NULL, ANY, 0},
    {"pam_pwhistory", TYPE_ALL, NULL, ANY, 0},
    {"pam_pwquality", TYPE_ALL, NULL, ANY, 0},
    {"pam_rhosts", TYPE_ALL, NULL, ANY, 0},
    {"pam_selinux", TYPE_ALL, NULL, ANY, 0},
    {"pam_sepermit", TYPE_ALL, NULL, ANY, 0},
    {"pam_setquota", TYPE_ALL, NULL, ANY, 0},
    {"pam_systemd", TYPE_ALL, NULL, ANY, 0},
    {"pam_tally", TYPE_ALL, NULL, ANY, 0},
    {"pam_tally2", TYPE_ALL, NULL, ANY, 0},
    {"pam_time", TYPE_ALL, NULL, ANY, 0},
    {"pam_timestamp", TYPE_ALL, NULL, ANY, 0},
    {"pam_tmpdir", TYPE_ALL, NULL, ANY, 0},
    {"pam_tty_audit", TYPE_ALL, NULL, ANY, 0},
    {"pam_umask", TYPE_ALL, NULL, ANY, 0},
    {"pam_usertype", TYPE_ALL, NULL, ANY, 0},
    {"pam_warn", TYPE_ALL, NULL, ANY, 0},
    {"pam_xauth", TYPE_ALL, NULL, ANY, 0},
};

enum ours {
	OURS_NOT,
	OURS_PREAUTH,
	OURS_AUTHFAIL,
	OURS_KEYPROOF,
	OURS_SUCCESS,
	OURS_ACCOUNT,
	OURS_SESSION,
	OURS_PASSWORD
};

/* Is it the file of that name where modules of the host lie? One in another place may be
 * anything. */
static bool
module_is_named(const char *path, const char *name)
{
	const char *slash = path == NULL ? NULL : strrchr(path, '/');
	const char *base = slash == NULL ? path : slash + 1;
	size_t len = strlen(name), before = slash == NULL ? 0 : (size_t)(slash - path);

	if (path == NULL || strncmp(base, name, len) != 0 || strcmp(base + len, ".so") != 0)
		return false;
	if (slash == NULL || strncmp(path, "$ISA/", 5) == 0)
		return true;
	if (strncmp(path, "/lib", 4) != 0 && strncmp(path, "/usr/lib", 8) != 0)
		return false;
	return before >= 9 && strncmp(slash - 9, "/security", 9) == 0 &&
	       strstr(path, "..") == NULL;
}

bool
module_is_ours(const struct stack_line *line)
{
	return line->handler == HANDLER_MODULE && module_is_named(line->module, "pam_sekisho");
}

static enum ours
module_role(const struct stack_line *line, const struct module_place *place)
{
	if (!module_is_ours(line))
		return OURS_NOT;
	switch (place->type) {
	case STACK_AUTH:
		if (stack_line_has(line, "preauth"))
			return OURS_PREAUTH;
		if (stack_line_has(line, "authfail"))
			return OURS_AUTHFAIL;
		return stack_line_has(line, "keyproof") ? OURS_KEYPROOF : OURS_SUCCESS;
	case STACK_ACCOUNT:
		return OURS_ACCOUNT;
	case STACK_SESSION:
		return OURS_SESSION;
	default:
		return OURS_PASSWORD;
	}
}

static const struct module *
module_find(const struct stack_line *line, const struct module_place *place)
{
	for (size_t i = 0; i < sizeof(modules) / sizeof(modules[0]); i++) {
		const struct module *m = &modules[i];

		if ((m->types & 1u << place->type) != 0 &&
		    module_is_named(line->module, m->name) &&
		    (m->needs == NULL || stack_line_has(line, m->needs)))
			return m;
	}
	return NULL;
}

/* Observe and fail=open let in what nobody decided. */
static bool
module_is_weak(const struct stack_line *line)
{
	return stack_line_has(line, "observe") || stack_line_has(line, "fail=open");
}

static bool
module_has_token(const struct stack_line *line)
{
	for (size_t i = 0; i < line->arg_count; i++) {
		if (strncmp(line->arg[i], "token=", 6) == 0)
			return true;
	}
	return false;
}

/* The line that says who gets in: its word counts where the first factor stands before it. */
static uint32_t
module_success_proves(const struct stack_line *line, uint32_t facts)
{
	if (module_is_weak(line) || (facts & FACT_FIRST) == 0)
		return 0;
	return module_has_token(line) && (facts & FACT_TOKEN) == 0 ? 0 : FACT_SECOND;
}

/*
 * The documented values of pam_sekisho.so, see pam_sekisho(8). Left out: in a process that is
 * not root's (a screen locker) the account and session lines have no say. Such a process could
 * leave PAM out altogether.
 */
static bool
module_ours_may(const struct stack_line *line, const struct module_place *place, enum ours role,
    int value, uint32_t *facts)
{
	bool decided = value == PAM_SUCCESS, weak = module_is_weak(line);

	if (role == OURS_PASSWORD)
		return value < STACK_RETURNS && ((SUCCESS | ERRORS) & BIT(value)) != 0;
	if (value == PAM_IGNORE) {
		if (role == OURS_KEYPROOF)
			return true;
		return role == OURS_SUCCESS && stack_line_has(line, "observe") &&
		       (*facts & (FACT_WENT_ON | FACT_FIRST)) == 0;
	}
	if (!decided)
		return value < STACK_RETURNS && (ERRORS & BIT(value)) != 0;
	switch (role) {
	case OURS_AUTHFAIL:
		return false;
	case OURS_KEYPROOF:
		*facts |= FACT_FIRST;
		return strcmp(place->service, "sshd") == 0;
	case OURS_PREAUTH:
		*facts |= (weak ? 0 : (uint32_t)FACT_COUNTED) | FACT_WENT_ON;
		return true;
	case OURS_SUCCESS:
		*facts |= module_success_proves(line, *facts);
		return true;
	default:
		if (!weak)
			*facts |= role == OURS_ACCOUNT ? FACT_POLICY : FACT_RECORDED;
		return true;
	}
}

bool
module_may_answer(
    const struct stack_line *line, const struct module_place *place, int value, uint32_t *facts)
{
	enum ours role = module_role(line, place);
	const struct module *m;

	if (line->handler == HANDLER_MUST_FAIL)
		return value == PAM_PERM_DENIED;
	if (role != OURS_NOT)
		return module_ours_may(line, place, role, value, facts);
	m = module_find(line, place);
	if (m == NULL) {
		if (value == PAM_SUCCESS)
			*facts |= FACT_UNKNOWN;
		return value != PAM_INCOMPLETE;
	}
	if (value >= STACK_RETURNS || (m->values & BIT(value)) == 0)
		return false;
	/* a password to be changed belongs to an account that is in order */
	if (value != PAM_SUCCESS && (value != PAM_NEW_AUTHTOK_REQD || m->success != FACT_HOST))
		return true;
	if ((m->success & FACT_FIRST) != 0 && (*facts & FACT_COUNTED) == 0)
		*facts |= FACT_UNCOUNTED;
	*facts |= m->success;
	return true;
}

bool
module_can_prove(const struct stack_line *line, const struct module_place *place, uint32_t fact)
{
	const struct module *m;

	if (line->handler != HANDLER_MODULE)
		return false;
	switch (module_role(line, place)) {
	case OURS_NOT:
		m = module_find(line, place);
		return m != NULL && (m->success & fact) != 0;
	case OURS_PREAUTH:
		return fact == FACT_COUNTED;
	case OURS_KEYPROOF:
		return fact == FACT_FIRST && strcmp(place->service, "sshd") == 0;
	case OURS_SUCCESS:
		return fact == FACT_SECOND;
	case OURS_ACCOUNT:
		return fact == FACT_POLICY;
	case OURS_SESSION:
		return fact == FACT_RECORDED;
	default:
		return false;
	}
}

bool
module_always_refuses(const struct stack_line *line, const struct module_place *place)
{
	const struct module *m;

	if (line->handler == HANDLER_MUST_FAIL || module_role(line, place) == OURS_AUTHFAIL)
		return true;
	m = module_role(line, place) == OURS_NOT ? module_find(line, place) : NULL;
	return m != NULL && (m->values & (SUCCESS | IGNORE | RENEW)) == 0;
}
