#include "from.h"

#include "buf.h"
#include "call.h"
#include "error.h"
#include "factor_import.h"
#include "foreign.h"
#include "i18n.h"
#include "policy/policy.h"
#include "safeopen.h"
#include "show.h"
#include <pwd.h>
#include <string.h>
#include <unistd.h>

enum { ACCOUNTS_SIZE = 3000 };

#define RULES "/etc/sekisho/policy.d/20-from.conf"

static const struct from_module {
	unsigned int bit;
	const char *name;
	const char *file;   /* of its settings; NULL: none */
	const char *common; /* the shared PAM file that may have its lines */
} from_modules[] = {
    {EDIT_FROM_GOOGLE, "pam_google_authenticator", NULL, "common-auth"},
    {EDIT_FROM_OATH, "pam_oath", NULL, "common-auth"},
    {EDIT_FROM_FAILLOCK, "pam_faillock", "/etc/security/faillock.conf", "common-auth"},
    {EDIT_FROM_PWQUALITY, "pam_pwquality", "/etc/security/pwquality.conf", "common-password"},
};

/* ---- what the PAM files say of a module ----------------------------------------------------
 */

static bool
from_is_module(const struct edit_line *l, const char *name)
{
	const char *slash = strrchr(l->module, '/');
	const char *base = slash == NULL ? l->module : slash + 1;

	return strncmp(base, name, strlen(name)) == 0 &&
	       strcmp(base + strlen(name), ".so") == 0;
}

/* Its options in one PAM file, after those that are known; true when it is there. */
static bool
from_read_pam(const char *service, const char *module, struct foreign_settings *s)
{
	char path[512], line[EDIT_LINE_MAX];
	struct edit_line l;
	bool found = false;
	FILE *in;

	(void)snprintf(path, sizeof(path), "/etc/pam.d/%s", service);
	in = fopen(path, "re");
	while (in != NULL && fgets(line, sizeof(line), in) != NULL) {
		if (edit_line_read(line, strcspn(line, "\n"), &l) &&
		    from_is_module(&l, module)) {
			foreign_read_options(s, l.options);
			found = true;
		}
	}
	if (in != NULL)
		fclose(in);
	return found;
}

/* All that is known of it; services[] gets those that ask it, with blanks. */
static void
from_read_module(const struct plan *p, const struct from_module *m, struct foreign_settings *s,
    char services[MANIFEST_SERVICES_SIZE])
{
	struct buf text;
	struct state state;
	bool all;

	*s = (struct foreign_settings){0};
	services[0] = '\0';
	buf_init(&text, STATE_BYTES_MAX);
	if (m->file != NULL && state_read(m->file, &state, &text) == SKS_OK)
		foreign_read_file(s, (const char *)text.data, text.len);
	buf_clear(&text);
	all = from_read_pam(m->common, m->name, s);
	for (size_t i = 0; i < p->service_count; i++) {
		size_t used = strlen(services);

		if (from_read_pam(p->service[i], m->name, s) || all)
			(void)snprintf(services + used, MANIFEST_SERVICES_SIZE - used, "%s%s",
			    used == 0 ? "" : ", ", p->service[i]);
	}
}

/* ---- keys -----------------------------------------------------------------------------------
 */

/* Called for each key: entry, or why there is none. 0 goes on. */
typedef int from_key_fn(
    void *context, const char *user, const struct import_entry *entry, const char *why);

static void
from_expand(const char *pattern, const struct passwd *pw, char *out, size_t size)
{
	static const struct {
		const char *word;
		bool home;
	} words[] = {{"${HOME}", true}, {"${USER}", false}, {"%h", true}, {"%u", false}};
	size_t used = 0;

	out[0] = '\0';
	if (pattern[0] == '~' && pattern[1] == '/') {
		used = (size_t)snprintf(out, size, "%s", pw->pw_dir);
		pattern++;
	}
	while (*pattern != '\0' && used < size - 1) {
		const char *put = NULL;

		for (size_t i = 0; i < sizeof(words) / sizeof(words[0]) && put == NULL; i++) {
			if (strncmp(pattern, words[i].word, strlen(words[i].word)) == 0) {
				put = words[i].home ? pw->pw_dir : pw->pw_name;
				pattern += strlen(words[i].word);
			}
		}
		if (put == NULL)
			out[used++] = *pattern++, out[used] = '\0';
		else
			used += (size_t)snprintf(out + used, size - used, "%s", put);
	}
}

static int
from_google_key(const struct passwd *pw, const char *path, from_key_fn *each, void *context)
{
	struct import_entry entry = {0};
	struct buf text;
	char why[512] = "";
	int r;

	buf_init(&text, IMPORT_FILE_MAX);
	r = safeopen_slurp(path, pw->pw_uid, 0600, &text, why, sizeof(why));
	if (r == SKS_OK)
		r = import_google((const char *)text.data, text.len, &entry, why, sizeof(why));
	r = r == SKS_NOT_FOUND ? STATUS_DONE
			       : each(context, pw->pw_name, r == SKS_OK ? &entry : NULL, why);
	secret_clear(&entry.key);
	buf_clear(&text);
	return r;
}

/* Everybody of this host who has a file. */
static int
from_google_keys(const struct foreign_settings *s, from_key_fn *each, void *context)
{
	const char *pattern = foreign_value(s, "secret");
	const struct passwd *pw;
	char path[1024];
	int r = STATUS_DONE;

	if (pattern == NULL)
		pattern = "${HOME}/.google_authenticator";
	setpwent();
	while (r == STATUS_DONE && (pw = getpwent()) != NULL) {
		struct passwd copy = *pw;
		char name[256];

		(void)snprintf(name, sizeof(name), "%s", pw->pw_name);
		from_expand(pattern, pw, path, sizeof(path));
		copy.pw_name = name;
		if (path[0] == '/' && access(path, F_OK) == 0)
			r = from_google_key(&copy, path, each, context);
	}
	endpwent();
	return r;
}

static int
from_oath_keys(const struct foreign_settings *s, from_key_fn *each, void *context)
{
	const char *path = foreign_value(s, "usersfile");
	struct import_entry entry = {0};
	struct import_oath in;
	struct buf text;
	char why[512] = "";
	int r, status = STATUS_DONE;

	if (path == NULL)
		path = "/etc/users.oath";
	buf_init(&text, IMPORT_FILE_MAX);
	r = safeopen_slurp(path, 0, 0600, &text, why, sizeof(why));
	if (r != SKS_OK) {
		status = each(context, path, NULL, r == SKS_NOT_FOUND ? _(error_text(r)) : why);
		goto out;
	}
	import_oath_init(&in, (const char *)text.data, text.len);
	while (status == STATUS_DONE &&
	       (r = import_oath_next(&in, &entry, why, sizeof(why))) != 0) {
		status = each(context, r > 0 ? entry.user : path, r > 0 ? &entry : NULL, why);
		secret_clear(&entry.key);
	}
	secret_clear(&entry.key);
out:
	buf_clear(&text);
	return status;
}

static int
from_keys(unsigned int bit, const struct foreign_settings *s, from_key_fn *each, void *context)
{
	if (bit == EDIT_FROM_GOOGLE)
		return from_google_keys(s, each, context);
	if (bit == EDIT_FROM_OATH)
		return from_oath_keys(s, each, context);
	return STATUS_DONE;
}

/* ---- the plan ------------------------------------------------------------------------------
 */

struct taking {
	struct plan *plan;
	char accounts[ACCOUNTS_SIZE];
	size_t keys, others;
};

static int
plan_key(void *context, const char *user, const struct import_entry *entry, const char *why)
{
	struct taking *t = context;
	size_t used = strlen(t->accounts);

	if (entry == NULL) {
		plan_note(t->plan, _("  %s: no key is taken over: %s"), user, why);
		t->others++;
		return STATUS_DONE;
	}
	if (getpwnam(user) == NULL) {
		plan_note(t->plan, _("  %s: there is no such account on this host"), user);
		return STATUS_DONE;
	}
	plan_note(
	    t->plan, _("  %s: the key is taken over; nothing is to be enrolled again"), user);
	if (entry->scratch_codes > 0)
		plan_note(t->plan,
		    _("  %s: the emergency codes are not; \"sekisho factor recovery-codes %s\" "
		      "makes "
		      "new ones"),
		    user, user);
	if (entry->has_pin)
		plan_note(t->plan, _("  %s: the PIN before the code goes"), user);
	if (strlen(user) + 2 < sizeof(t->accounts) - used)
		(void)snprintf(t->accounts + used, sizeof(t->accounts) - used, "%s%s",
		    used == 0 ? "" : ", ", user);
	t->keys++;
	return STATUS_DONE;
}

/* Who was asked for a code before is asked from now on. */
static void
plan_rule(const struct from_module *m, const struct foreign_settings *s, const struct taking *t,
    const char *services, struct buf *rules)
{
	bool all = foreign_value(s, "nullok") == NULL && foreign_value(s, "alwaysok") == NULL;

	if (services[0] == '\0' || (!all && t->accounts[0] == '\0'))
		return;
	buf_printf(rules, "\n[rule from-%s]\nservice = %s\n", m->name, services);
	if (all)
		buf_printf(rules, "class = person, admin\n");
	else
		buf_printf(rules, "account = %s\n", t->accounts);
	buf_printf(rules, "require = mfa\n");
}

static int
plan_module(struct plan *p, const struct from_module *m, struct buf *policy, struct buf *rules)
{
	static struct foreign_settings s;
	static struct taking t;
	char services[MANIFEST_SERVICES_SIZE];
	int r;

	memset(&t, 0, sizeof(t));
	t.plan = p;
	from_read_module(p, m, &s, services);
	plan_note(p, _("From %s:"), m->name);
	foreign_translate(m->bit, &s, policy, &p->notes);
	r = from_keys(m->bit, &s, plan_key, &t);
	if (m->bit == EDIT_FROM_GOOGLE || m->bit == EDIT_FROM_OATH) {
		if (t.keys + t.others == 0)
			plan_note(p, "%s", _("  nobody on this host has a key of it"));
		plan_rule(m, &s, &t, services, rules);
	} else if (m->bit == EDIT_FROM_FAILLOCK) {
		plan_note(p, "%s",
		    _("  its lines in common-auth and common-account stay for the services "
		      "that are "
		      "not changed"));
	} else {
		plan_note(p, "%s",
		    _("  its line in common-password stays; take it out when pam_sekisho.so "
		      "judges "
		      "new passwords there"));
	}
	return r;
}

int
from_plan(struct plan *p)
{
	struct buf policy, rules;
	struct state state;
	int r = STATUS_DONE;

	if (p->from == 0)
		return STATUS_DONE;
	buf_init(&policy, POLICY_BUNDLE_MAX);
	buf_init(&rules, POLICY_BUNDLE_MAX);
	buf_printf(
	    &rules, "# Written by sekisho setup --from: who was asked for a code before.\n");
	if (state_read(POLICY_FILE, &state, &policy) != SKS_OK) {
		fprintf(stderr, _("sekisho: %s cannot be read. Nothing was changed.\n"),
		    POLICY_FILE);
		r = STATUS_REFUSED;
	}
	for (size_t i = 0;
	     r == STATUS_DONE && i < sizeof(from_modules) / sizeof(from_modules[0]); i++) {
		if (p->from & from_modules[i].bit)
			r = plan_module(p, &from_modules[i], &policy, &rules);
	}
	if (r == STATUS_DONE && policy.len > 0)
		r = plan_put(p, POLICY_FILE, 0644, policy.data, policy.len);
	if (r == STATUS_DONE && memchr(rules.data, '[', rules.len) != NULL)
		r = plan_put(p, RULES, 0644, rules.data, rules.len);
	buf_clear(&policy);
	buf_clear(&rules);
	return r;
}

/* ---- the keys into the daemon --------------------------------------------------------------
 */

/* Taken over by an earlier run that was taken back, or enrolled since. */
bool
from_has_device(const char *user)
{
	struct call call;
	json_t *list = NULL;
	const json_t *one;
	bool has = false;
	size_t i;

	call_init(&call, VERB_FACTOR_LIST);
	if (call_set_user(&call, user) == STATUS_DONE &&
	    call_send(&call, NULL, 0, NULL) == STATUS_DONE)
		list = call_json(&call);
	json_array_foreach(list, i, one)
	{
		has = has || strcmp(show_text(one, "state"), "active") == 0;
	}
	json_decref(list);
	call_clear(&call);
	return has;
}

struct importing {
	const struct args *args;
	size_t failed;
};

static int
import_key(void *context, const char *user, const struct import_entry *entry, const char *why)
{
	struct importing *i = context;
	int r;

	(void)why; /* said when the plan was shown */
	if (entry == NULL || getpwnam(user) == NULL)
		return STATUS_DONE;
	if (from_has_device(user)) {
		printf(_("%s has a device already.\n"), user);
		return STATUS_DONE;
	}
	r = import_one(i->args, user, &entry->key, &entry->params);
	i->failed += r != STATUS_DONE;
	return r == STATUS_UNREACHABLE ? r : STATUS_DONE;
}

int
from_import(const struct plan *p, const struct args *args)
{
	static struct foreign_settings s;
	struct importing i = {.args = args};
	char services[MANIFEST_SERVICES_SIZE];
	int r = STATUS_DONE;

	for (size_t k = 0;
	     r == STATUS_DONE && k < sizeof(from_modules) / sizeof(from_modules[0]); k++) {
		if ((p->from & from_modules[k].bit) == 0)
			continue;
		from_read_module(p, &from_modules[k], &s, services);
		r = from_keys(from_modules[k].bit, &s, import_key, &i);
	}
	if (r != STATUS_DONE || i.failed == 0)
		return r;
	fprintf(stderr,
	    _("sekisho: %zu keys could not be taken over, and their owners would be shut out. "
	      "No "
	      "file was changed.\n"),
	    i.failed);
	return STATUS_REFUSED;
}
