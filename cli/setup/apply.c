#include "apply.h"

#include "ask.h"
#include "call.h"
#include "cli.h"
#include "error.h"
#include "i18n.h"
#include "policy/bundle.h"
#include "policy_problems.h"
#include "rollback/reload.h"
#include "show.h"
#include "sshd.h"
#include "sudoers.h"
#include "watch.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { WITHIN_DEFAULT_MS = 10 * 60 * 1000, WITHIN_MAX_MS = 24 * 60 * 60 * 1000 };

int
apply_within(const struct args *args, int64_t *within_ms, bool may_be_none)
{
	const char *text = args_value(args, OPT_WITHIN);

	*within_ms = WITHIN_DEFAULT_MS;
	if (text == NULL)
		return STATUS_DONE;
	if (may_be_none && strcmp(text, "none") == 0) {
		*within_ms = 0;
		return STATUS_DONE;
	}
	if (clock_parse_duration(text, within_ms) == SKS_OK && *within_ms >= 1000 &&
	    *within_ms <= WITHIN_MAX_MS)
		return STATUS_DONE;
	fprintf(stderr,
	    _("sekisho: --within takes a duration from 1s to 1d such as 10m, not "
	      "\"%s\".\n"),
	    text);
	return STATUS_USAGE;
}

/* ---- the daemon's half ---------------------------------------------------------------------
 */

/* One step of the change, as the daemon is told about it. */
static int
apply_tell(const struct args *args, const char *step, const struct applied *a,
    const char *services, bool loud)
{
	struct call call;
	int r;

	call_init(&call, VERB_CHANGE);
	(void)snprintf(call.request.name, sizeof(call.request.name), "%s", step);
	(void)snprintf(call.request.text, sizeof(call.request.text), "%s", services);
	call.request.number = a->id;
	call.request.until_ms = a->deadline.wall_ms;
	call.request.at_ms = a->deadline.boot_ms;
	r = loud ? call_run(&call, args) : call_send(&call, NULL, 0, NULL);
	if (r == STATUS_DONE && loud)
		show_sentence(stdout, call.reply.text);
	call_clear(&call);
	return r;
}

static int
apply_policy(const struct args *args, int64_t within_ms)
{
	struct policy_problems problems = {0};
	struct buf bundle;
	struct call call;
	int r;

	buf_init(&bundle, POLICY_BUNDLE_MAX);
	call_init(&call, VERB_POLICY_APPLY);
	call.request.limit = (uint32_t)(within_ms / 1000);
	(void)snprintf(call.request.text, sizeof(call.request.text), "sekisho setup");
	r = policy_bundle_read(POLICY_FILE, POLICY_DROPIN, true, &bundle, &problems) == SKS_OK
		? call_run_with(&call, args, bundle.data, bundle.len)
		: STATUS_REFUSED;
	problems_locate(&problems, NULL, 0);
	problems_print(stderr, &problems);
	call_clear(&call);
	buf_clear(&bundle);
	return r;
}

/* ---- applying ------------------------------------------------------------------------------
 */

static void
tell_undone(const char *path, const char *kept, int error)
{
	if (error != SKS_OK)
		fprintf(stderr, "sekisho: %s: %s\n", path, _(error_text(error)));
	else if (kept != NULL)
		fprintf(stderr,
		    _("%s had been changed by somebody else; that version is kept as %s\n"),
		    path, kept);
	else
		fprintf(
		    stderr, _("%s had been taken away by somebody else; it is back.\n"), path);
}

static int
take_back(uint64_t id)
{
	struct undone done;
	int r = transaction_undo(TRANSACTION_DIR, id, UNDO_ASKED, tell_undone, &done);

	if (r != SKS_OK) {
		fprintf(stderr,
		    _("sekisho: change %llu could not be taken back whole: %s. The files as "
		      "they "
		      "were lie in %s/%llu; sekisho-rollback goes on trying.\n"),
		    (unsigned long long)id, _(error_text(r)), TRANSACTION_DIR,
		    (unsigned long long)id);
		return STATUS_INCOMPLETE;
	}
	reload_sshd();
	return STATUS_DONE;
}

static int
apply_sshd(const struct plan *p)
{
	char now[SSHD_SETTINGS_SIZE];

	if (!p->sshd)
		return STATUS_DONE;
	if (!sshd_is_valid()) {
		fputs(_("sekisho: sshd does not accept its new configuration (sshd -t).\n"),
		    stderr);
		return STATUS_REFUSED;
	}
	if (!sshd_effective(now) || strstr(now, "kbdinteractiveauthentication yes") == NULL) {
		fputs(
		    _("sekisho: sshd still does not ask by keyboard-interactive: another file "
		      "sets it first. See sshd -T.\n"),
		    stderr);
		return STATUS_REFUSED;
	}
	printf(_("sshd as it will be (sshd -T):\n%s"), now);
	return STATUS_DONE;
}

/* In the mechanism's order: what others depend on first, PAM files last. */
static int
apply_files(const struct plan *p, const struct args *args, const struct manifest *m,
    const struct applied *a, int64_t within_ms)
{
	int r = STATUS_DONE;

	for (size_t i = 0; r == STATUS_DONE && i <= p->count; i++) {
		int e;

		if (i == p->pam_first) {
			r = apply_sshd(p);
			if (r == STATUS_DONE && p->policy)
				r = apply_policy(args, within_ms);
		}
		if (r != STATUS_DONE || i == p->count)
			break;
		e = transaction_apply(m, p->change, i);
		if (e != SKS_OK) {
			fprintf(stderr, "sekisho: %s: %s\n", m->file[i].path, _(error_text(e)));
			r = STATUS_REFUSED;
		}
	}
	if (r == STATUS_DONE)
		r = apply_tell(args, "applied", a, p->services, false);
	return r;
}

static int
apply_begin(const struct plan *p, const struct args *args, struct applied *a,
    struct manifest *m, struct pending *pending)
{
	const char *at = TRANSACTION_DIR;
	int e;

	m->made_wall_ms = clock_now().wall_ms;
	(void)snprintf(m->services, sizeof(m->services), "%s", p->services);
	pending->deadline = a->deadline;
	e = clock_boot_id(pending->boot_id);
	if (e == SKS_OK)
		e = transaction_begin(TRANSACTION_DIR, p->change, p->count, pending, m, &at);
	a->id = pending->id = m->id;
	if (e == SKS_OK)
		return apply_tell(args, "arm", a, p->services, true);
	if (e == SKS_CONFLICT)
		fprintf(stderr,
		    _("sekisho: %s is not as it was a moment ago, or another change is "
		      "pending. "
		      "Nothing was changed; start again.\n"),
		    at);
	else
		fprintf(
		    stderr, _("sekisho: %s: %s. Nothing was changed.\n"), at, _(error_text(e)));
	return STATUS_REFUSED;
}

static int
apply_locked(
    const struct plan *p, const struct args *args, int64_t within_ms, struct applied *a)
{
	static struct manifest m;
	struct pending pending = {.state = PENDING_APPLYING};
	int r = apply_begin(p, args, a, &m, &pending);
	bool begun = a->id != 0;

	if (r == STATUS_DONE)
		r = apply_files(p, args, &m, a, within_ms);
	if (r == STATUS_DONE && transaction_applied(TRANSACTION_DIR, &pending) != SKS_OK)
		r = STATUS_REFUSED;
	if (r == STATUS_DONE) {
		reload_sshd();
		return r;
	}
	if (begun && transaction_pending(TRANSACTION_DIR, &pending) == SKS_OK &&
	    pending.id == a->id && take_back(a->id) == STATUS_DONE)
		fputs(_("sekisho: all files are as they were before.\n"), stderr);
	return r;
}

int
apply_plan(
    const struct plan *p, const struct args *args, int64_t within_ms, struct applied *out)
{
	struct instant now = clock_now();
	int lock, r;

	*out = (struct applied){.deadline = {now.wall_ms + within_ms, now.boot_ms + within_ms}};
	r = transaction_make_dir(TRANSACTION_DIR);
	lock = r == SKS_OK ? transaction_lock(TRANSACTION_DIR, false) : r;
	if (lock < 0) {
		fprintf(stderr, _("sekisho: %s: %s. Nothing was changed.\n"), TRANSACTION_DIR,
		    lock == SKS_CONFLICT ? _("another sekisho setup is at work")
					 : _(error_text(lock)));
		return STATUS_REFUSED;
	}
	r = watch_start();
	if (r == STATUS_DONE)
		r = apply_locked(p, args, within_ms, out);
	close(lock);
	return r;
}

static int
apply_file_locked(struct change *c, int64_t wall_ms)
{
	static struct manifest m;
	struct instant now = clock_now();
	struct pending p = {.deadline = {wall_ms, now.boot_ms + wall_ms - now.wall_ms}};
	const char *at;
	int e;

	m.made_wall_ms = now.wall_ms;
	e = clock_boot_id(p.boot_id);
	if (e == SKS_OK)
		e = transaction_begin(TRANSACTION_DIR, c, 1, &p, &m, &at);
	if (e == SKS_OK)
		e = transaction_apply(&m, c, 0);
	p.id = m.id;
	return e == SKS_OK ? transaction_applied(TRANSACTION_DIR, &p) : e;
}

int
apply_file_until(const char *path, mode_t mode, const struct buf *bytes, int64_t wall_ms)
{
	static struct change c;
	int e, lock = -1;

	(void)snprintf(c.path, sizeof(c.path), "%s", path);
	c.mode = mode;
	c.bytes = *bytes; /* lent */
	e = state_read(path, &c.before, NULL);
	if (e == SKS_OK)
		e = transaction_make_dir(TRANSACTION_DIR);
	if (e == SKS_OK && (lock = transaction_lock(TRANSACTION_DIR, false)) < 0)
		e = lock;
	if (e == SKS_OK && watch_start() != STATUS_DONE)
		e = SKS_NOT_FOUND;
	if (e == SKS_OK)
		e = apply_file_locked(&c, wall_ms);
	if (lock >= 0)
		close(lock);
	if (e == SKS_OK)
		return STATUS_DONE;
	fprintf(stderr,
	    _("sekisho: %s: %s. What the roles may run with sudo stays as it was.\n"), path,
	    _(error_text(e)));
	return STATUS_REFUSED;
}

/* ---- undo, confirm -------------------------------------------------------------------------
 */

static int
undo_find(struct pending *p, bool *pending)
{
	int r = transaction_pending(TRANSACTION_DIR, p);

	*pending = r == SKS_OK;
	if (r != SKS_NOT_FOUND)
		return r;
	memset(p, 0, sizeof(*p));
	p->deadline = clock_now();
	r = transaction_last_confirmed(TRANSACTION_DIR, &p->id);
	return r == SKS_OK ? clock_boot_id(p->boot_id) : r;
}

static int
undo_ask(const struct args *args, const struct pending *p, bool pending)
{
	static struct manifest m;
	int r = transaction_manifest(TRANSACTION_DIR, p->id, &m);

	if (r != SKS_OK) {
		fprintf(stderr, "sekisho: %s/%llu/manifest: %s\n", TRANSACTION_DIR,
		    (unsigned long long)p->id, _(error_text(r)));
		return STATUS_UNREADABLE;
	}
	printf(
	    pending
		? _("Change %llu, which is not confirmed, is taken back. These files "
		    "become what they were before:\n")
		: _("Change %llu is taken back. These files become what they were before:\n"),
	    (unsigned long long)p->id);
	for (size_t i = m.count; i > 0; i--)
		printf("  %s%s\n", m.file[i - 1].path,
		    m.file[i - 1].before.present ? "" : _(" (goes)"));
	fflush(stdout);
	if (args_has(args, OPT_YES) || ask_yes(_("Take it back? (yes/no) ")))
		return STATUS_DONE;
	fputs(_("sekisho: nothing was changed.\n"), stderr);
	return STATUS_REFUSED;
}

int
apply_undo(const struct args *args)
{
	struct applied a = {0};
	struct pending p;
	bool pending;
	int r = undo_find(&p, &pending), lock;

	if (r != SKS_OK) {
		fputs(r == SKS_NOT_FOUND
			  ? _("sekisho: there is no change of setup to take back.\n")
			  : _("sekisho: /var/lib/sekisho/setup cannot be read.\n"),
		    stderr);
		return STATUS_REFUSED;
	}
	r = undo_ask(args, &p, pending);
	if (r != STATUS_DONE)
		return r;
	lock = transaction_lock(TRANSACTION_DIR, true);
	if (lock < 0 || (!pending && transaction_reopen(TRANSACTION_DIR, p.id, &p) != SKS_OK)) {
		fputs(_("sekisho: another change is at work. Nothing was changed.\n"), stderr);
		r = STATUS_REFUSED;
	} else {
		r = take_back(p.id);
	}
	if (lock >= 0)
		close(lock);
	a.id = p.id;
	if (r != STATUS_DONE)
		return r;
	printf(_("Change %llu is taken back.\n"), (unsigned long long)p.id);
	if (apply_tell(args, "taken-back", &a, "", false) != STATUS_DONE)
		fputs(
		    _("The daemon was not told; it records it when it next looks.\n"), stderr);
	return STATUS_DONE;
}

/* What a policy brought is undone by another policy, not by "setup --undo". */
static int
confirm_files(uint64_t id)
{
	static struct manifest m;
	int e = transaction_confirm(TRANSACTION_DIR, id);

	if (e == SKS_OK && transaction_manifest(TRANSACTION_DIR, id, &m) == SKS_OK &&
	    m.services[0] == '\0' && m.count == 1 && strcmp(m.file[0].path, SUDOERS_FILE) == 0)
		(void)transaction_forget(TRANSACTION_DIR, id);
	return e;
}

int
apply_confirm(const struct args *args)
{
	struct applied a = {0};
	struct pending p;
	int e = transaction_pending(TRANSACTION_DIR, &p), r;

	if (e == SKS_OK)
		a.id = p.id;
	r = apply_tell(args, "confirm", &a, "", true);
	if (r != STATUS_DONE || e != SKS_OK)
		return r;
	e = confirm_files(p.id);
	if (e == SKS_OK)
		return STATUS_DONE;
	fprintf(stderr,
	    _("sekisho: the change could not be marked as confirmed (%s) and will be taken "
	      "back.\n"),
	    _(error_text(e)));
	return STATUS_INCOMPLETE;
}
