#include "plan.h"

#include "bykey.h"
#include "audit/note.h"
#include "cli.h"
#include "difference.h"
#include "error.h"
#include "from.h"
#include "i18n.h"
#include "protocol.h"
#include "roles.h"
#include "table.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAM_DIR     "/etc/pam.d"
#define DATA_DIR    "/usr/share/sekisho"
#define SSHD        "/usr/sbin/sshd"
#define SSHD_CONFIG "/etc/ssh/sshd_config"
#define SUDO_CONF   "/etc/sudo.conf"
#define SUDO_PLUGIN "/usr/libexec/sudo/sekisho_sudo.so"
#define SSHD_DROPIN "/etc/ssh/sshd_config.d/00-sekisho.conf"

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

/* ---- the plan ------------------------------------------------------------------------------
 */

void
plan_init(struct plan *p)
{
	memset(p, 0, sizeof(*p));
	buf_init(&p->notes, PLAN_NOTES_MAX);
	for (size_t i = 0; i < MANIFEST_FILES_MAX; i++) {
		buf_init(&p->old[i], STATE_BYTES_MAX);
		buf_init(&p->change[i].bytes, STATE_BYTES_MAX);
	}
}

void
plan_clear(struct plan *p)
{
	buf_clear(&p->notes);
	for (size_t i = 0; i < MANIFEST_FILES_MAX; i++) {
		buf_clear(&p->old[i]);
		buf_clear(&p->change[i].bytes);
	}
}

void
plan_note(struct plan *p, const char *fmt, ...)
{
	char line[2048];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	buf_printf(&p->notes, "%s\n", line);
}

/* A link is followed once, here: what it names is what changes, and stays a file. */
static int
plan_resolve(const char *path, char out[STATE_PATH_SIZE])
{
	char *real = realpath(path, NULL);
	int n = snprintf(out, STATE_PATH_SIZE, "%s", real == NULL ? path : real);

	free(real);
	return n < STATE_PATH_SIZE ? STATUS_DONE : STATUS_REFUSED;
}

int
plan_put(struct plan *p, const char *path, mode_t mode, const void *bytes, size_t len)
{
	struct change *c = &p->change[p->count];
	struct buf *old = &p->old[p->count];
	int r;

	if (p->count == MANIFEST_FILES_MAX || plan_resolve(path, c->path) != STATUS_DONE) {
		fprintf(stderr, _("sekisho: %s: too many files at once.\n"), path);
		return STATUS_REFUSED;
	}
	buf_reset(old);
	r = state_read(c->path, &c->before, old);
	if (r != SKS_OK) {
		fprintf(stderr, "sekisho: %s: %s\n", c->path, _(error_text(r)));
		return STATUS_REFUSED;
	}
	if (c->before.present && old->len == len && memcmp(old->data, bytes, len) == 0)
		return STATUS_DONE;
	c->mode = mode;
	buf_reset(&c->bytes);
	buf_put_bytes(&c->bytes, bytes, len);
	p->count++;
	return STATUS_DONE;
}

void
plan_print(const struct plan *p, FILE *out)
{
	struct buf text;

	for (size_t i = 0; i < p->count; i++) {
		const struct change *c = &p->change[i];
		const char *old = p->old[i].len == 0 ? "" : (const char *)p->old[i].data;

		buf_init(&text, STATE_BYTES_MAX);
		difference_unified(c->path, c->before.present ? old : NULL, p->old[i].len,
		    (const char *)c->bytes.data, c->bytes.len, &text);
		fwrite(text.data, 1, text.len, out);
		buf_clear(&text);
	}
	if (p->notes.len > 0)
		fprintf(out, "\n%.*s", (int)p->notes.len, (const char *)p->notes.data);
}

/* ---- reading the host ----------------------------------------------------------------------
 */

/* The whole of a file; SKS_NOT_FOUND where there is none. */
static int
plan_slurp(const char *path, struct buf *text)
{
	char real[STATE_PATH_SIZE];
	struct state s;
	int r;

	buf_init(text, STATE_BYTES_MAX);
	if (plan_resolve(path, real) != STATUS_DONE)
		return SKS_TOO_BIG;
	r = state_read(real, &s, text);
	return r == SKS_OK && !s.present ? SKS_NOT_FOUND : r;
}

static int
plan_refuse(const char *why)
{
	fprintf(stderr, _("sekisho: %s Nothing was changed.\n"), why);
	return STATUS_REFUSED;
}

bool
plan_has_service(const struct plan *p, const char *name)
{
	for (size_t i = 0; i < p->service_count; i++) {
		if (strcmp(p->service[i], name) == 0)
			return true;
	}
	return false;
}

static int
plan_add_service(struct plan *p, const char *name)
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
plan_choose_services(struct plan *p, const struct args *args)
{
	char path[STATE_PATH_SIZE];
	int r = STATUS_DONE;

	for (size_t i = 0; r == STATUS_DONE && i < args->given_count; i++) {
		if (args->given[i].option == OPT_SERVICE)
			r = plan_add_service(p, args->given[i].value);
	}
	for (size_t i = 0; r == STATUS_DONE && !args_has(args, OPT_SERVICE) &&
			   i < sizeof(default_services) / sizeof(default_services[0]);
	     i++) {
		(void)snprintf(path, sizeof(path), PAM_DIR "/%s", default_services[i]);
		if (access(path, F_OK) == 0 &&
		    (strcmp(default_services[i], "sshd") != 0 || access(SSHD, X_OK) == 0))
			r = plan_add_service(p, default_services[i]);
	}
	return r;
}

static int
plan_choose_from(struct plan *p, const struct args *args)
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
plan_sshd(struct plan *p)
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
plan_sudo(struct plan *p)
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
plan_auditor(struct plan *p, const struct args *args)
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
plan_note_profile(struct plan *p, const struct buf *text)
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
plan_profile(struct plan *p, const struct args *args)
{
	const char *name = args_value(args, OPT_PROFILE);
	char path[STATE_PATH_SIZE];
	struct buf text;
	int r = STATUS_DONE;

	if (name == NULL)
		return STATUS_DONE;
	(void)snprintf(path, sizeof(path), DATA_DIR "/profiles/%s.conf", name);
	if (strchr(name, '/') != NULL || plan_slurp(path, &text) != SKS_OK) {
		fprintf(stderr,
		    _("sekisho: there is no profile \"%s\". Those of this host: "
		      "/usr/share/sekisho/profiles.\n"),
		    name);
		return STATUS_USAGE;
	}
	plan_note_profile(p, &text);
	r = plan_put(p, "/etc/sekisho/policy.d/10-profile.conf", 0644, text.data, text.len);
	buf_clear(&text);
	return r;
}

static int
plan_snippets(struct plan *p)
{
	struct buf text;
	int r;

	buf_init(&text, STATE_BYTES_MAX);
	buf_printf(&text,
	    "# Written by sekisho setup: the password as this host checks it, then "
	    "the second factor.\n# The order and the control words belong "
	    "together; see pam_sekisho(8).\n");
	edit_host_write(&p->host, false, &text);
	r = plan_put(p, PAM_DIR "/sekisho-auth", 0644, text.data, text.len);
	buf_reset(&text);
	buf_printf(&text,
	    "# Written by sekisho setup. Before the host's own: common-account ends "
	    "the stack early for an\n# account whose password has expired.\n"
	    "account\trequired\tpam_sekisho.so\n@include common-account\n");
	if (r == STATUS_DONE)
		r = plan_put(p, PAM_DIR "/sekisho-account", 0644, text.data, text.len);
	buf_reset(&text);
	buf_printf(&text,
	    "# Written by sekisho setup: how sekisho-warden checks a person's "
	    "password. The host's own modules only.\n"
	    "auth\trequired\tpam_unix.so nodelay\naccount\trequired\tpam_unix.so\n");
	if (r == STATUS_DONE && access(PAM_DIR "/sekisho", F_OK) != 0)
		r = plan_put(p, PAM_DIR "/sekisho", 0644, text.data, text.len);
	buf_clear(&text);
	return r;
}

static int
plan_service(struct plan *p, const char *name)
{
	char path[STATE_PATH_SIZE], why[1024];
	struct buf text, edited;
	int r = STATUS_REFUSED, e;

	(void)snprintf(path, sizeof(path), PAM_DIR "/%s", name);
	e = plan_slurp(path, &text);
	buf_init(&edited, STATE_BYTES_MAX);
	if (e == SKS_OK)
		e = edit_service(name, (const char *)text.data, text.len, &p->host, p->from,
		    &edited, why, sizeof(why));
	else
		(void)snprintf(why, sizeof(why), _("There is no PAM service %s (%s)."), name,
		    _(error_text(e)));
	if (e == SKS_OK) {
		r = plan_put(p, path, 0644, edited.data, edited.len);
		(void)snprintf(p->services + strlen(p->services),
		    sizeof(p->services) - strlen(p->services), "%s%s",
		    p->services[0] == '\0' ? "" : ",", name);
	} else if (e == SKS_CONFLICT) {
		plan_note(p, _("%s has Sekisho's lines already and stays as it is."), path);
		r = STATUS_DONE;
	} else {
		r = plan_refuse(why);
	}
	buf_clear(&edited);
	buf_clear(&text);
	return r;
}

static int
plan_pam(struct plan *p)
{
	struct buf text;
	char why[1024];
	int r = STATUS_DONE, e = plan_slurp(PAM_DIR "/common-auth", &text);

	p->pam_first = p->count;
	if (e == SKS_OK)
		e = edit_host_read(
		    (const char *)text.data, text.len, p->from, &p->host, why, sizeof(why));
	else
		(void)snprintf(why, sizeof(why), PAM_DIR "/common-auth: %s.", _(error_text(e)));
	buf_clear(&text);
	if (e != SKS_OK)
		return plan_refuse(why);
	r = plan_snippets(p);
	for (size_t i = 0; r == STATUS_DONE && i < p->service_count; i++)
		r = plan_service(p, p->service[i]);
	/* Snippets alone do nothing: nothing includes them yet, or what does has them. */
	return r;
}

int
plan_make(struct plan *p, const struct args *args)
{
	size_t policy_first;
	int r = plan_choose_services(p, args);

	if (r == STATUS_DONE)
		r = plan_choose_from(p, args);
	if (r == STATUS_DONE)
		r = plan_sshd(p);
	if (r == STATUS_DONE)
		r = plan_sudo(p);
	if (r == STATUS_DONE)
		r = plan_auditor(p, args);
	policy_first = p->count;
	if (r == STATUS_DONE)
		r = plan_profile(p, args);
	if (r == STATUS_DONE)
		r = from_plan(p);
	p->policy = p->count > policy_first;
	if (r == STATUS_DONE && p->policy)
		r = roles_plan(p);
	if (r == STATUS_DONE)
		bykey_plan(p);
	return r == STATUS_DONE ? plan_pam(p) : r;
}
