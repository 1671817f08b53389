/*
 * sekisho audit report: a period of the log as one page for an auditor, with the proof of what
 * it shows. The log is read once, record by record; only sums and bounded lists are kept.
 */
#include "accounts.h"
#include "backup.h"
#include "base64.h"
#include "call.h"
#include "cli.h"
#include "clock.h"
#include "error.h"
#include "i18n.h"
#include "log_store.h"
#include "new_file.h"
#include "report/page.h"
#include "report/remote.h"
#include "show.h"
#include <openssl/evp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 4096, DIGEST_SIZE = 32 };

/* ---- what is asked for ------------------------------------------------------------------- */

/* Who makes it: the account that logged in, where the kernel knows. */
static void
set_maker(struct report *r)
{
	uint32_t uid = geteuid();
	const struct passwd *pw;
	unsigned login = UINT32_MAX;
	FILE *f = fopen("/proc/self/loginuid", "re");

	if (f != NULL && fscanf(f, "%u", &login) == 1 && login != UINT32_MAX)
		uid = login;
	if (f != NULL)
		(void)fclose(f);
	pw = getpwuid(uid);
	(void)snprintf(r->by, sizeof(r->by), "%s", pw != NULL ? pw->pw_name : "");
}

static int
set_request(struct report *r, const struct args *args)
{
	int status = call_set_text(
	    r->person, sizeof(r->person), args_text(args, OPT_PERSON), "--person");

	if (status == STATUS_DONE)
		status = call_set_text(
		    r->role, sizeof(r->role), args_text(args, OPT_ROLE), "--role");
	r->made_ms = clock_now().wall_ms;
	r->live = !args_has(args, OPT_STATE_DIR);
	set_maker(r);
	return status == STATUS_DONE ? report_period(args, r->made_ms, &r->period) : status;
}

/*
 * On the host a report is what records are handed out with: it is recorded before it is made,
 * and where the rating asks for it another person approves first. Not of a copy, which has no
 * daemon.
 */
static int
set_export(const struct report *r, const struct args *args, struct command *q)
{
	const char *to = args_text(args, OPT_FOR), *why = args_text(args, OPT_PURPOSE);
	int status =
	    call_set_text(q->name, sizeof(q->name), to[0] != '\0' ? to : r->by, "--for");

	if (status == STATUS_DONE)
		status = call_set_text(q->text, sizeof(q->text),
		    why[0] != '\0' ? why : _("audit report"), "--purpose");
	if (status == STATUS_DONE)
		status = call_set_text(q->verified_how, sizeof(q->verified_how),
		    args_text(args, OPT_REQUEST), "--request");
	(void)snprintf(q->service, sizeof(q->service), "report");
	(void)snprintf(q->verified_by, sizeof(q->verified_by), "%s", r->person);
	q->since_ms = r->period.from_ms;
	q->until_ms = r->period.until_ms;
	return status;
}

/* Root reads the store itself, everybody else has the daemon read it. */
static int
ask_daemon(struct report *r, const struct args *args)
{
	struct call call;
	json_t *terms = NULL;
	int status;

	if (!r->live)
		return STATUS_DONE;
	call_init(&call, geteuid() == 0 ? VERB_EXPORT : VERB_AUDIT_REPORT);
	status = set_export(r, args, &call.request);
	if (status == STATUS_DONE && geteuid() != 0)
		status = remote_request(r, &call.request);
	if (status == STATUS_DONE)
		status = call_run_json(&call, args, &terms);
	if (status == STATUS_DONE) {
		r->encrypt = json_is_true(json_object_get(terms, "encrypt"));
		(void)snprintf(r->told, sizeof(r->told), "%s", show_text(terms, "text"));
		(void)snprintf(r->rating, sizeof(r->rating), "%s", show_text(terms, "rating"));
		(void)snprintf(r->limits, sizeof(r->limits), "%s", show_text(terms, "limits"));
	} else if (status == STATUS_UNREACHABLE && geteuid() == 0) {
		fputs(_("sekisho: without the daemon a report can be made of the store as it "
			"lies "
			"there, unsigned: --state-dir /var/lib/sekisho\n"),
		    stderr);
	}
	json_decref(terms);
	call_clear(&call);
	return status;
}

/* ---- reading ----------------------------------------------------------------------------- */

/* Of the host they are root's files, of a copy those that lie beside it and may be the reader's own. */
static int
read_logs(struct report *r, const struct args *args)
{
	char *dir = r->live ? NULL : realpath(args_text(args, OPT_STATE_DIR), NULL);
	int e;

	if (r->live)
		hostlogs_open(&r->logs);
	else if (dir != NULL)
		hostlogs_open_beside(&r->logs, dir, geteuid());
	free(dir);
	if (r->logs.wtmp.state == HOSTLOG_REFUSED)
		fprintf(stderr, _("sekisho: wtmp is not read for the report: %s.\n"), r->logs.wtmp.why);
	while ((e = report_compare(r, 1 << 24)) == 1)
		continue;
	if (r->kaudit.state == KAUDIT_REFUSED)
		fprintf(stderr, _("sekisho: the kernel's audit is not read for the report: %s.\n"),
		    r->kaudit.why);
	return e;
}

/* What the host's name services say. */
static void
read_names(struct report *r)
{
	static char groups[POLICY_BUNDLE_MAX];
	char *rest = NULL;
	struct buf names;

	report_group_names(r->policy, groups, sizeof(groups));
	for (char *group = strtok_r(groups, ",", &rest); group != NULL;
	     group = strtok_r(NULL, ",", &rest))
		accounts_put_members(&r->groups, group);
	buf_init(&names, REPORT_GROUPS_MAX);
	for (size_t i = 0; i < r->kaudit.rows; i++)
		accounts_put_name(&names, r->kaudit.row[i].auid);
	report_names(r, &names);
	buf_clear(&names);
}

static int
say_unknown(const struct report *r)
{
	char text[KNOWN_LIKE_SIZE + NAME_SIZE + 512];

	known_tell(r->unknown, r->unknown == KNOWN_NO_ROLE ? r->role : r->person, r->like, text,
	    sizeof(text));
	fputs("sekisho: ", stderr);
	show_sentence(stderr, text);
	return STATUS_REFUSED;
}

static int
read_all(struct report *r, const struct args *args)
{
	int e = report_begin(r);

	if (r->policy_unread)
		fputs(_("sekisho: this version does not take the policy in force: its roles and "
			"weakenings are left out.\n"),
		    stderr);
	while (e == SKS_OK && (e = report_step(r, 1 << 16)) == 1)
		e = SKS_OK;
	if (r->unknown != KNOWN_ALL)
		return say_unknown(r);
	if (e != SKS_OK)
		return report_say(e);
	e = read_logs(r, args);
	if (r->live)
		read_names(r);
	return report_say(e == SKS_OK ? report_write(r) : e);
}

/* ---- writing ----------------------------------------------------------------------------- */

/* The host vouches for sums and lists too: a note over all that the page holds. */
static int
sign_page(struct report *r)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	char base64[BASE64_LEN(DIGEST_SIZE) + 1], text[128];
	struct note_skey key;
	int e, len;

	if (!r->live)
		return STATUS_DONE;
	if (EVP_Digest(r->data.data, r->data.len, digest, NULL, EVP_sha256(), NULL) != 1 ||
	    base64_encode(digest, DIGEST_SIZE, base64, sizeof(base64)) < 0)
		return STATUS_INCOMPLETE;
	len = snprintf(text, sizeof(text), REPORT_FIRST_LINE "\n%s\n", base64);
	e = backup_log_key(&key);
	if (e == SKS_OK) {
		e = note_sign(&key, 0, text, (size_t)len, &r->note);
		note_skey_clear(&key);
	}
	if (e != SKS_OK)
		fprintf(stderr,
		    _("sekisho: the page is not signed as a whole, because the key of the log "
		      "cannot be used: %s. Its records still carry their proofs.\n"),
		    _(error_text(e)));
	return STATUS_DONE;
}

static void
made_up_name(const struct report *r, char path[PATH_SIZE])
{
	char from[SHOW_TIME_SIZE], until[SHOW_TIME_SIZE];

	(void)show_time(r->period.from_ms, from);
	(void)show_time(r->period.until_ms - 1, until);
	(void)snprintf(path, PATH_SIZE, "sekisho-report-%.*s-%.10s-%.10s.html",
	    (int)strcspn(r->origin, "/"), r->origin, from, until);
}

static int
write_page(const struct report *r, const struct args *args, char path[PATH_SIZE])
{
	const char *name = args_value(args, OPT_OUTPUT);
	bool stream = name != NULL && strcmp(name, "-") == 0;
	FILE *out = stdout;

	if (name == NULL)
		made_up_name(r, path);
	else
		(void)snprintf(path, PATH_SIZE, "%s", name);
	if (!stream && (out = new_file_begin(path, 0600)) == NULL)
		return STATUS_REFUSED;
	report_page(r, out);
	if (stream)
		return STATUS_DONE; /* what could not be printed is said at the end */
	return new_file_end(out, path);
}

static void
tell(const struct report *r, const struct args *args, const char *path)
{
	const struct gather *g = &r->gather;
	json_t *o;

	if (strcmp(path, "-") == 0)
		return;
	if (args_has(args, OPT_JSON)) {
		o = json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:b}", "path", path, "origin",
		    r->origin, "records", (json_int_t)g->records, "shown",
		    (json_int_t)(r->seq_count - r->unproved), "from",
		    (json_int_t)r->period.from_ms, "until", (json_int_t)r->period.until_ms,
		    "signed", r->note.len > 0);
		show_json(o);
		json_decref(o);
		return;
	}
	printf(
	    _("%s: %llu records of the period counted, %zu of them in the page with their "
	      "proof.\nOpen it in a browser and give it the verifier key of the log, which you "
	      "have from elsewhere.\n"),
	    path, (unsigned long long)g->records, r->seq_count - (size_t)r->unproved);
	if (r->encrypt)
		printf(_("This host is rated %s: the page has to be encrypted before it leaves "
			 "it.\n"),
		    r->rating);
	show_sentence(stdout, r->told);
}

static int
make_here(struct report *r, const struct args *args)
{
	int status;

	log_store_sign(args);
	status = log_store_open(args, &r->store);
	if (status == STATUS_DONE)
		status = read_all(r, args);
	if (status == STATUS_DONE)
		status = sign_page(r);
	return status;
}

int
run_audit_report(const struct args *args)
{
	struct report *r = calloc(1, sizeof(*r));
	char path[PATH_SIZE];
	int status;

	if (r == NULL)
		return STATUS_INCOMPLETE;
	if (args_value(args, OPT_LANG) != NULL)
		i18n_init(args_value(args, OPT_LANG));
	report_init(r);
	status = set_request(r, args);
	if (status == STATUS_DONE)
		status = ask_daemon(r, args);
	if (status == STATUS_DONE)
		status = r->live && geteuid() != 0 ? remote_make(r, args) : make_here(r, args);
	if (status == STATUS_DONE)
		status = write_page(r, args, path);
	if (status == STATUS_DONE)
		tell(r, args, path);
	store_close(r->store);
	report_clear(r);
	free(r);
	return status;
}
