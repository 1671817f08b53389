/*
 * What setup changes, a part each: which services it is about, sshd, sudo, the auditor's key, the profile;
 * then what other files plan. PAM comes last, see plan_make().
 */
#include "plan.h"

#include "audit/note.h"
#include "bykey.h"
#include "cli.h"
#include "error.h"
#include "from.h"
#include "i18n.h"
#include "pam.h"
#include "policy/nearest.h"
#include "protocol.h"
#include "roles.h"
#include "table.h"
#include <glob.h>
#include <string.h>
#include <unistd.h>

#define DATA_DIR    "/usr/share/sekisho"
#define SSHD        "/usr/sbin/sshd"
#define SSHD_CONFIG "/etc/ssh/sshd_config"
#define SSHD_DROPIN "/etc/ssh/sshd_config.d/00-sekisho.conf"
#define SUDO_CONF   "/etc/sudo.conf"
#define SUDO_PLUGIN "/usr/libexec/sudo/sekisho_sudo.so"

static const char *const default_services[] = {"sshd", "login", "su", "sudo", "sudo-i"};

static const char sshd_settings[] =
    "# Written by sekisho setup. The first value of a keyword counts, so this file comes "
    "first.\n"
    "# A code is a second question: only keyboard-interactive can ask it.\n"
    "UsePAM yes\n"
    "KbdInteractiveAuthentication yes\n"
    "# The password method cannot, and clients that try it first would cost their owner "
    "attempts.\n"
    "# keyboard-interactive asks for the password too.\n"
    "PasswordAuthentication no\n";

/* ---- what it is about ----------------------------------------------------------------------
 */

static int
parts_add_service(struct plan *p, const char *name)
{
	if (name[0] == '\0' || name[0] == '.' || strpbrk(name, "/, \n") != NULL ||
	    strncmp(name, "common-", 7) == 0 || strncmp(name, "sekisho", 7) == 0) {
		fprintf(stderr, _("sekisho: \"%s\" is no PAM service.\n"), name);
		return STATUS_USAGE;
	}
	if (plan_has_service(p, name))
		return STATUS_DONE;
	if (p->service_count == PLAN_SERVICES_MAX)
		return plan_refuse(_("These are too many services at once."));
	p->service[p->service_count++] = name;
	return STATUS_DONE;
}

/* Those that were named, else those of the usual ones that this host has. */
static int
parts_choose_services(struct plan *p, const struct args *args)
{
	char path[STATE_PATH_SIZE];
	int r = STATUS_DONE;

	for (size_t i = 0; r == STATUS_DONE && i < args->given_count; i++) {
		if (args->given[i].option == OPT_SERVICE)
			r = parts_add_service(p, args->given[i].value);
	}
	for (size_t i = 0; r == STATUS_DONE && !args_has(args, OPT_SERVICE) &&
			   i < sizeof(default_services) / sizeof(default_services[0]);
	     i++) {
		(void)snprintf(path, sizeof(path), PAM_DIR "/%s", default_services[i]);
		if (access(path, F_OK) == 0 &&
		    (strcmp(default_services[i], "sshd") != 0 || access(SSHD, X_OK) == 0))
			r = parts_add_service(p, default_services[i]);
	}
	return r;
}

static int
parts_choose_from(struct plan *p, const struct args *args)
{
	for (size_t i = 0; i < args->given_count; i++) {
		unsigned int bit;

		if (args->given[i].option != OPT_FROM)
			continue;
		bit = edit_from_word(args->given[i].value);
		if (bit == 0) {
			fprintf(stderr,
			    _("sekisho: setup moves here from google-authenticator, oath, "
			      "faillock or pwquality, not from \"%s\".\n"),
			    args->given[i].value);
			return STATUS_USAGE;
		}
		p->from |= bit;
	}
	return STATUS_DONE;
}

/* ---- parts of the plan ---------------------------------------------------------------------
 */

static int
parts_sshd(struct plan *p)
{
	struct buf text, edited;
	int r = STATUS_DONE, e;
	size_t before = p->count;

	if (!plan_has_service(p, "sshd"))
		return STATUS_DONE;
	e = plan_slurp(SSHD_CONFIG, &text);
	buf_init(&edited, STATE_BYTES_MAX);
	if (e == SKS_OK)
		e = edit_sshd_config((const char *)text.data, text.len, &edited);
	if (e == SKS_OK)
		r = plan_put(p, SSHD_CONFIG, 0644, edited.data, edited.len);
	else if (e != SKS_CONFLICT && e != SKS_NOT_FOUND)
		r = plan_refuse(_("sshd_config cannot be read."));
	if (r == STATUS_DONE)
		r = plan_put(p, SSHD_DROPIN, 0644, sshd_settings, sizeof(sshd_settings) - 1);
	p->sshd = p->count > before;
	buf_clear(&edited);
	buf_clear(&text);
	return r;
}

/* A line whose file is missing would stop sudo for everybody. */
static int
parts_sudo(struct plan *p)
{
	struct buf text, edited;
	int r = STATUS_DONE, e;

	if (!plan_has_service(p, "sudo") && !plan_has_service(p, "sudo-i"))
		return STATUS_DONE;
	if (access(SUDO_PLUGIN, R_OK) != 0) {
		plan_note(p, "%s",
		    _("Without the package sekisho-sudo commands of roles do not end with their "
		      "role. Install it, and run this again."));
		return STATUS_DONE;
	}
	e = plan_slurp(SUDO_CONF, &text);
	buf_init(&edited, STATE_BYTES_MAX);
	if (e == SKS_OK || e == SKS_NOT_FOUND)
		e = edit_sudo_conf(text.len == 0 ? "" : (const char *)text.data, text.len, &edited);
	if (e == SKS_OK)
		r = plan_put(p, SUDO_CONF, 0644, edited.data, edited.len);
	else if (e != SKS_CONFLICT)
		r = plan_refuse(_("sudo.conf cannot be read."));
	buf_clear(&edited);
	buf_clear(&text);
	return r;
}

static int
parts_auditor(struct plan *p, const struct args *args)
{
	const char *key = args_value(args, OPT_AUDITOR);
	struct note_vkey vkey;
	char line[NOTE_VKEY_SIZE + 1];

	if (key == NULL)
		return STATUS_DONE;
	if (note_vkey_parse(key, &vkey) != SKS_OK)
		return plan_refuse(_("That is no verifier key of an auditor, as \"sekisho key "
				     "auditor\" prints it."));
	(void)snprintf(line, sizeof(line), "%s\n", key);
	if (access("/var/lib/sekisho/sekisho.db", F_OK) == 0)
		plan_note(p, "%s",
		    _("The log has begun already: the auditor's key counts from the next chain "
		      "on. For it to stand in the first record, give it before the daemon "
		      "starts for the first time."));
	return plan_put(p, "/etc/sekisho/auditor.vkey", 0644, line, strlen(line));
}

/* The words of a profile at its top are for the person who chooses it. */
static void
parts_note_profile(struct plan *p, const struct buf *text)
{
	const char *at = (const char *)text->data, *end = at + text->len;

	while (at < end && *at == '#') {
		const char *newline = memchr(at, '\n', (size_t)(end - at));

		if (newline == NULL)
			return;
		plan_note(p, "%.*s", (int)(newline - at - 1), at + 1);
		at = newline + 1;
	}
}

static int
parts_refuse_profile(const char *name)
{
	char names[256] = "";
	const char *words[32] = {0}, *nearest;
	size_t count = 0, used = 0;
	glob_t found = {0};

	if (glob(DATA_DIR "/profiles/*.conf", 0, NULL, &found) != 0)
		found.gl_pathc = 0;
	for (size_t i = 0; i < found.gl_pathc && count < sizeof(words) / sizeof(words[0]); i++) {
		char *word = strrchr(found.gl_pathv[i], '/') + 1;

		*strrchr(word, '.') = '\0';
		words[count++] = word;
		used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s",
		    used > 0 ? ", " : "", word);
		if (used >= sizeof(names))
			break;
	}
	nearest = nearest_word(name, words, count);
	if (nearest != NULL)
		fprintf(stderr,
		    _("sekisho: there is no profile \"%s\". Do you mean %s? Those of this host: "
		      "%s.\n"),
		    name, nearest, names);
	else
		fprintf(stderr,
		    _("sekisho: there is no profile \"%s\". Those of this host: %s.\n"), name,
		    names);
	globfree(&found);
	return STATUS_USAGE;
}

static int
parts_profile(struct plan *p, const struct args *args)
{
	const char *name = args_value(args, OPT_PROFILE);
	char path[STATE_PATH_SIZE];
	struct buf text;
	int r = STATUS_DONE;

	if (name == NULL)
		return STATUS_DONE;
	(void)snprintf(path, sizeof(path), DATA_DIR "/profiles/%s.conf", name);
	if (strchr(name, '/') != NULL || plan_slurp(path, &text) != SKS_OK)
		return parts_refuse_profile(name);
	parts_note_profile(p, &text);
	r = plan_put(p, "/etc/sekisho/policy.d/10-profile.conf", 0644, text.data, text.len);
	buf_clear(&text);
	return r;
}

int
plan_make(struct plan *p, const struct args *args)
{
	size_t policy_first;
	int r = parts_choose_services(p, args);

	if (r == STATUS_DONE)
		r = parts_choose_from(p, args);
	if (r == STATUS_DONE)
		r = parts_sshd(p);
	if (r == STATUS_DONE)
		r = parts_sudo(p);
	if (r == STATUS_DONE)
		r = parts_auditor(p, args);
	policy_first = p->count;
	if (r == STATUS_DONE)
		r = parts_profile(p, args);
	if (r == STATUS_DONE)
		r = from_plan(p);
	p->policy = p->count > policy_first;
	if (r == STATUS_DONE && p->policy)
		r = roles_plan(p);
	if (r == STATUS_DONE)
		bykey_plan(p);
	return r == STATUS_DONE ? pam_plan(p) : r;
}
