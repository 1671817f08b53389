/* What is done with the records: examined in time, findings followed up, bodies deleted when
 * their period is over and nowhere left; and are the rules and an incident's bundle there for
 * whoever asks? */
#include "call.h"
#include "check.h"
#include "error.h"
#include "i18n.h"
#include "show.h"
#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define STATE_DIR "/var/lib/sekisho"

enum { MONTH_DAYS = 31 };

static const char *
ask_next(void)
{
	return _("Run \"sekisho check\" as root or as an auditor, with the daemon running.");
}

/* The answer to a verb without arguments, for the caller to decref; NULL: there is none. Who is
 * not told the policy may not ask this either, and each refusal is a record. */
static json_t *
ask(const struct check *c, enum verb verb)
{
	json_t *answer = NULL;
	struct call call;

	call_init(&call, verb);
	if (c->in_force != NULL && call_send(&call, NULL, 0, NULL) == STATUS_DONE)
		answer = json_loadb((const char *)call.payload.data, call.payload.len, 0, NULL);
	call_clear(&call);
	return answer;
}

/* ---- review and findings -------------------------------------------------------------------
 */

static void
check_reviewed(struct check *c)
{
	if (c->trial == NULL || c->in_force == NULL)
		check_unknown(c, "records-reviewed", ask_next(), "%s",
		    _("the daemon does not tell whether records were examined"));
	else if (c->in_force->auditors.count == 0)
		check_left_out(c, "records-reviewed",
		    _("What nobody looks at tells nobody anything."),
		    _("Name auditors in [audit] of the policy; they sign off each month: "
		      "sekisho "
		      "audit review"),
		    "%s", _("nobody is named who examines the records"));
	else if (json_is_true(json_object_get(c->trial, "review_overdue")))
		check_failed(c, "records-reviewed",
		    _("What nobody looks at tells nobody anything."),
		    _("An auditor examines and signs them off: sekisho audit review"), "%s",
		    _("records of a month that is over are not signed off in time"));
	else
		check_ok(c, "records-reviewed",
		    _("no month waits longer than %lld days for an auditor's sign-off"),
		    (long long)(c->in_force->review_within_ms / SHOW_DAY_MS));
}

static void
check_findings(struct check *c)
{
	json_t *list = ask(c, VERB_FINDING_LIST);
	const json_t *finding;
	size_t i, late = 0;
	char what[200] = "";

	json_array_foreach(list, i, finding)
	{
		if (!json_is_true(json_object_get(finding, "overdue")))
			continue;
		late++;
		check_add_name(what, sizeof(what), show_text(finding, "owner"));
	}
	if (list == NULL || c->in_force == NULL)
		check_unknown(c, "findings-followed", ask_next(), "%s",
		    _("the daemon does not tell the findings"));
	else if (late != 0)
		check_failed(c, "findings-followed",
		    _("What was found and not put right is known, and still so."),
		    _("Put it right and close it: sekisho audit finding list"),
		    _("findings whose date has passed: %zu; they are with %s"), late, what);
	else if (c->in_force->officer_count == 0)
		check_left_out(c, "findings-followed",
		    _("A grave finding is told to the officers, and there are none."),
		    _("Write a section [officer NAME] for each into the policy."), "%s",
		    _("the policy names no officers"));
	else
		check_ok(c, "findings-followed",
		    _("%zu findings are open, none of them late; grave ones go to %zu "
		      "officers"),
		    json_array_size(list), c->in_force->officer_count);
	json_decref(list);
}

/* ---- deletion ------------------------------------------------------------------------------
 */

/* A period has to leave time to examine a month and sign it off. */
static void
check_retention(struct check *c)
{
	json_t *answer = ask(c, VERB_RETAIN);
	const json_t *class;
	char short_ones[128] = "";
	int64_t least, doubt;
	size_t i;

	if (answer == NULL || c->in_force == NULL) {
		check_unknown(c, "retention-runs", ask_next(), "%s",
		    _("the daemon does not tell how long records are kept"));
		json_decref(answer);
		return;
	}
	least = MONTH_DAYS * SHOW_DAY_MS + c->in_force->review_within_ms;
	doubt = show_number(answer, "clock_doubt");
	json_array_foreach(json_object_get(answer, "classes"), i, class)
	{
		if (show_number(class, "policy") < least)
			check_add_name(
			    short_ones, sizeof(short_ones), show_text(class, "class"));
	}
	if (short_ones[0] != '\0')
		check_failed(c, "retention-runs",
		    _("They are deleted before anybody can have examined them."),
		    _("Set longer periods in [retention] and apply the policy."),
		    _("periods shorter than a month and the time to sign it off: %s"),
		    short_ones);
	else if (doubt != 0)
		check_advise(c, "retention-runs",
		    _("Nothing is deleted while the clock is not believed."),
		    _("Look at the clock. If it is right, this ends by itself."),
		    _("deleting waits for %lld h: the clock of this host jumped ahead"),
		    (long long)(doubt / 3600000) + 1);
	else
		check_ok(c, "retention-runs",
		    _("bodies are deleted when their period is over; %lld holds keep some "
		      "longer"),
		    (long long)show_number(answer, "holds"));
	json_decref(answer);
}

static bool
is_own_file(const char *name)
{
	static const char *const own[] = {"sekisho.db", "sekisho.db-wal", "sekisho.db-shm",
	    "seal", "setup", "lock", ".", ".."};

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (strcmp(own[i], name) == 0)
			return true;
	return false;
}

static void
check_copies(struct check *c)
{
	DIR *dir = c->root ? opendir(STATE_DIR) : NULL;
	char others[256] = "";
	const struct dirent *entry;

	if (dir == NULL) {
		check_unknown(c, "copies-gone", _("Run \"sekisho check\" as root."),
		    _("only root can look into %s"), STATE_DIR);
		return;
	}
	while ((entry = readdir(dir)) != NULL)
		if (!is_own_file(entry->d_name))
			check_add_name(others, sizeof(others), entry->d_name);
	closedir(dir);
	if (others[0] != '\0')
		check_failed(c, "copies-gone",
		    _("What is deleted in the store is still in a copy of it."),
		    _("Move what is needed elsewhere, and destroy the rest: shred -u"),
		    _("%s holds files that are not the daemon's: %s"), STATE_DIR, others);
	else
		check_ok(c, "copies-gone", _("no copy of the store lies in %s"), STATE_DIR);
}

/* ---- rules that can be read ----------------------------------------------------------------
 */

/* The sentences of the policy in force in another language, as a child: a process has one.
 * The number of bytes with the high bit; -1: it could not. */
static long
print_in(const struct policy *p, const char *language, long *length)
{
	long wide = 0, all = 0;
	char bytes[4096];
	int fd[2], status;
	ssize_t n;
	pid_t pid;

	if (pipe(fd) != 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		struct buf out;
		bool whole;

		buf_init(&out, POLICY_BUNDLE_MAX);
		i18n_init(language);
		policy_print_sentences(p, &out);
		whole = buf_error(&out) == SKS_OK &&
			write(fd[1], out.data, out.len) == (ssize_t)out.len;
		_exit(whole ? 0 : 1);
	}
	close(fd[1]);
	while (pid > 0 &&
	       ((n = read(fd[0], bytes, sizeof(bytes))) > 0 || (n < 0 && errno == EINTR))) {
		for (ssize_t i = 0; i < n; i++)
			wide += (bytes[i] & 0x80) != 0;
		all += n > 0 ? n : 0;
	}
	close(fd[0]);
	*length = all;
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) ||
	    WEXITSTATUS(status) != 0)
		return -1;
	return wide;
}

static void
check_printed(struct check *c)
{
	long en = 0, ja = 0, wide;

	if (c->in_force == NULL) {
		check_unknown(c, "policy-printed", ask_next(), "%s",
		    _("the daemon does not tell the policy in force"));
		return;
	}
	wide = print_in(c->in_force, "ja", &ja);
	if (print_in(c->in_force, "en", &en) < 0 || wide < 0)
		check_unknown(c, "policy-printed", NULL, "%s",
		    _("the policy in force could not be printed in sentences"));
	else if (en == 0 || ja == 0)
		check_failed(c, "policy-printed",
		    _("Rules that cannot be read cannot be followed."),
		    _("Install Sekisho again: its programs or texts are not whole."), "%s",
		    _("the policy in force prints no sentences"));
	else if (wide * 2 < ja)
		check_failed(c, "policy-printed",
		    _("Rules that cannot be read cannot be followed."),
		    _("Install Sekisho again: /usr/share/locale/ja/LC_MESSAGES/sekisho.mo is "
		      "missing or of another version."),
		    "%s", _("the policy in force does not print itself in Japanese"));
	else
		check_ok(c, "policy-printed", "%s",
		    _("the policy in force prints itself in English and Japanese"));
}

void
check_audit(struct check *c)
{
	check_reviewed(c);
	check_findings(c);
	check_retention(c);
	check_copies(c);
	check_printed(c);
}
