/*
 * sekisho user add: an account for a person, and the invitation by which they make it theirs.
 *
 * The account is made with useradd and ended with chage, as an administrator would by hand. The
 * invitation is a password drawn here, told to the daemon first and stored second: what was not
 * recorded opens nothing. Nobody keeps it; a lost one is replaced by another.
 */
#include "ask.h"
#include "call.h"
#include "cli.h"
#include "clock.h"
#include "error.h"
#include "i18n.h"
#include "invitation.h"
#include "mark.h"
#include "root.h"
#include "run.h"
#include "show.h"
#include <crypt.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DAY_MS     (INT64_C(24) * 60 * 60 * 1000)
#define LASTS_MS   (3 * DAY_MS)
#define DROPIN_DIR "/etc/sekisho/policy.d"
enum { UID_FIRST = 1000 };

struct newcomer {
	const char *name;
	const char *person, *class; /* as given; NULL: not */
	int64_t until_ms, lasts_ms;
	bool invites, made;
	char dropin[320]; /* written by this run; "" */
	struct secret password, hash;
};

/* ---- what was asked for ------------------------------------------------------------------- */

/* The account works on that day, and ends with it. */
static int
newcomer_end(const struct args *args, struct newcomer *n)
{
	const char *text = args_value(args, OPT_UNTIL);
	int r = call_set_time(&n->until_ms, args, OPT_UNTIL);

	if (r != STATUS_DONE || text == NULL)
		return r;
	n->until_ms += DAY_MS - n->until_ms % DAY_MS;
	if (n->until_ms > clock_now().wall_ms)
		return STATUS_DONE;
	fputs(_("sekisho: --until names a day that is over.\n"), stderr);
	return STATUS_USAGE;
}

static int
newcomer_read(const struct args *args, struct newcomer *n)
{
	const char *lasts = args_value(args, OPT_DURATION);
	int r = newcomer_end(args, n);

	if (r != STATUS_DONE)
		return r;
	n->name = args_word(args, 0);
	n->person = args_value(args, OPT_PERSON);
	n->class = args_value(args, OPT_CLASS);
	n->lasts_ms = LASTS_MS;
	n->invites = !args_has(args, OPT_NO_INVITATION) &&
		     (n->class == NULL || strcmp(n->class, "service") != 0);
	if (lasts != NULL && (clock_parse_duration(lasts, &n->lasts_ms) != SKS_OK ||
				 n->lasts_ms <= 0 || n->lasts_ms > 90 * DAY_MS)) {
		fputs(_("sekisho: --for takes a duration up to 90d, such as 12h or 3d.\n"),
		    stderr);
		return STATUS_USAGE;
	}
	if (n->invites && !args_has(args, OPT_VERIFIED_BY)) {
		fputs(_("sekisho: an invitation needs --verified-by: who made sure that it is "
			"given to that person.\n"),
		    stderr);
		return STATUS_USAGE;
	}
	return root_need();
}

/* ---- the account -------------------------------------------------------------------------- */

static void
newcomer_say(void *context, const char *line)
{
	(void)context;
	fprintf(stderr, "%s\n", line);
}

static int
newcomer_make(struct newcomer *n)
{
	const char *argv[] = {"/usr/sbin/useradd", "--create-home", "--shell", "/bin/bash", "--",
	    n->name, NULL};
	int status = run_lines(argv, newcomer_say, NULL);

	if (status != 0) {
		fprintf(stderr,
		    _("sekisho: useradd did not make the account %s (status %d), so nothing was "
		      "done.\n"),
		    n->name, status);
		return STATUS_REFUSED;
	}
	n->made = true;
	return STATUS_DONE;
}

/* An account that is there loses its password, so somebody has to mean it. */
static int
newcomer_take_over(const struct args *args, const struct newcomer *n, const struct passwd *pw)
{
	char prompt[512];
	struct mark mark;

	if (pw->pw_uid < UID_FIRST) {
		fprintf(stderr,
		    _("sekisho: %s is an account of the system (uid %u), not one of a person.\n"),
		    n->name, (unsigned int)pw->pw_uid);
		return STATUS_REFUSED;
	}
	if (!n->invites)
		return STATUS_DONE;
	if (!mark_read(n->name, &mark)) {
		fprintf(stderr,
		    _("sekisho: the password of %s is not kept on this host (/etc/shadow has no "
		      "entry), so it cannot be replaced by an invitation.\n"),
		    n->name);
		return STATUS_REFUSED;
	}
	snprintf(prompt, sizeof(prompt),
	    _("The account %s exists. Its password is replaced by the invitation. Type yes to go "
	      "on: "),
	    n->name);
	if (args_has(args, OPT_YES) || ask_yes(prompt))
		return STATUS_DONE;
	fputs(_("sekisho: nothing was done.\n"), stderr);
	return STATUS_REFUSED;
}

/* ---- class and person, which are the policy's ---------------------------------------------- */

static int
newcomer_write_dropin(struct newcomer *n)
{
	FILE *out;
	int fd;

	snprintf(n->dropin, sizeof(n->dropin), DROPIN_DIR "/account-%s.conf", n->name);
	fd = open(n->dropin, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	out = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (out == NULL) {
		fprintf(stderr, "sekisho: %s: %s\n", n->dropin, strerror(errno));
		if (fd >= 0)
			close(fd);
		n->dropin[0] = '\0';
		return STATUS_REFUSED;
	}
	fprintf(out, "[account %s]\n", n->name);
	if (n->person != NULL)
		fprintf(out, "person = %s\n", n->person);
	if (n->class != NULL)
		fprintf(out, "class = %s\n", n->class);
	if (fclose(out) == 0)
		return STATUS_DONE;
	fprintf(stderr, "sekisho: %s: %s\n", n->dropin, strerror(errno));
	return STATUS_REFUSED;
}

/* In force at once: what would go back with an unconfirmed policy would leave another class behind
 * than the one that was asked for. */
static int
newcomer_apply_policy(const struct args *args, struct newcomer *n)
{
	struct args policy = {.command = args->command};
	char comment[320];
	int r = newcomer_write_dropin(n);

	snprintf(comment, sizeof(comment), "user add %s", n->name);
	policy.given[policy.given_count].option = OPT_WITHIN;
	policy.given[policy.given_count++].value = "none";
	policy.given[policy.given_count].option = OPT_COMMENT;
	policy.given[policy.given_count++].value = comment;
	if (r == STATUS_DONE)
		r = run_policy_apply(&policy);
	if (r != STATUS_DONE && n->dropin[0] != '\0')
		(void)unlink(n->dropin);
	return r;
}

static int
newcomer_class(const struct args *args, struct newcomer *n)
{
	json_t *known = NULL;
	struct call call;
	bool other;
	int r;

	call_init(&call, VERB_USER_SHOW);
	r = call_set_user(&call, n->name);
	if (r == STATUS_DONE)
		r = call_run_json(&call, args, &known);
	other = r == STATUS_DONE &&
		((n->class != NULL && strcmp(n->class, show_text(known, "class")) != 0) ||
		    (n->person != NULL && strcmp(n->person, show_text(known, "person")) != 0));
	json_decref(known);
	call_clear(&call);
	return other ? newcomer_apply_policy(args, n) : r;
}

/* ---- the invitation ------------------------------------------------------------------------ */

/* Drawn evenly from signs that nobody reads for another one: 116 bits. */
static int
newcomer_draw(struct newcomer *n)
{
	static const char signs[] =
	    "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789";
	static struct crypt_data crypt_room;
	const unsigned int count = sizeof(signs) - 1;
	char text[24], *salt, *hash = NULL;
	int r = SKS_OK;

	for (size_t i = 0; i < sizeof(text) - 1 && r == SKS_OK;) {
		unsigned char byte = 0;

		if (i % 6 == 5) {
			text[i++] = '-';
			continue;
		}
		r = secret_random(&byte, 1);
		if (byte < 256 / count * count)
			text[i++] = signs[byte % count];
	}
	text[sizeof(text) - 1] = '\0';
	salt = crypt_gensalt_ra("$y$", 0, NULL, 0);
	if (r == SKS_OK && salt != NULL)
		hash = crypt_r(text, salt, &crypt_room);
	if (r == SKS_OK && (hash == NULL || hash[0] == '*'))
		r = SKS_INTERNAL;
	if (r == SKS_OK)
		r = secret_set_str(&n->password, text);
	if (r == SKS_OK)
		r = secret_set_str(&n->hash, hash);
	free(salt);
	explicit_bzero(text, sizeof(text));
	explicit_bzero(&crypt_room, sizeof(crypt_room));
	if (r != SKS_OK)
		fprintf(stderr, _("sekisho: no invitation could be drawn (%s).\n"),
		    _(error_text(r)));
	return r == SKS_OK ? STATUS_DONE : STATUS_REFUSED;
}

/* Nobody sees it go by: it is no argument of any program. */
static int
newcomer_store(const struct newcomer *n)
{
	const char *set[] = {"/usr/sbin/chpasswd", "-e", NULL};
	const char *renew[] = {"/usr/bin/chage", "-d", "0", "--", n->name, NULL};
	struct secret line = SECRET_INIT;
	char text[SECRET_MAX];
	int status = -1;

	if (snprintf(text, sizeof(text), "%s:%s\n", n->name, (const char *)n->hash.bytes) <
		(int)sizeof(text) &&
	    secret_set_str(&line, text) == SKS_OK)
		status = run_feed(set, &line);
	explicit_bzero(text, sizeof(text));
	secret_clear(&line);
	if (status == 0)
		status = run_lines(renew, newcomer_say, NULL);
	if (status == 0)
		return STATUS_DONE;
	fprintf(stderr,
	    _("sekisho: the first password of %s could not be stored, so the invitation opens "
	      "nothing. Run this again.\n"),
	    n->name);
	return STATUS_INCOMPLETE;
}

static int
newcomer_store_end(const struct newcomer *n)
{
	char day[24];
	const char *argv[] = {"/usr/bin/chage", "-E", day, "--", n->name, NULL};

	if (n->until_ms == 0)
		return STATUS_DONE;
	snprintf(day, sizeof(day), "%lld", (long long)(n->until_ms / DAY_MS));
	if (run_lines(argv, newcomer_say, NULL) == 0)
		return STATUS_DONE;
	fprintf(stderr,
	    _("sekisho: chage did not take the end of %s. Sekisho holds it all the same; "
	      "programs that do not ask Sekisho do not.\n"),
	    n->name);
	return STATUS_INCOMPLETE;
}

static int
newcomer_record(const struct args *args, const struct newcomer *n, uint64_t *record)
{
	struct call call;
	int r;

	call_init(&call, VERB_USER_ADD);
	call.request.until_ms = n->until_ms;
	if (n->invites) {
		call.request.for_ms = n->lasts_ms;
		mark_of_hash((const char *)n->hash.bytes, call.request.source);
	}
	r = call_set_user(&call, n->name);
	if (r == STATUS_DONE)
		r = call_set_verified(&call, args);
	if (r == STATUS_DONE)
		r = call_run(&call, args);
	*record = call.reply.record;
	call_clear(&call);
	return r;
}

static int
newcomer_invite(const struct args *args, struct newcomer *n)
{
	uint64_t record = 0;
	int r = n->invites ? newcomer_draw(n) : STATUS_DONE, end;

	if (r == STATUS_DONE)
		r = newcomer_record(args, n, &record);
	if (r == STATUS_DONE && n->invites)
		r = newcomer_store(n);
	if (r != STATUS_DONE)
		return r;
	end = newcomer_store_end(n);
	if (n->invites)
		r = invitation_print(args, n->name, &n->password,
		    clock_now().wall_ms + n->lasts_ms, n->until_ms, record);
	else if (args_has(args, OPT_JSON))
		show_result_json(STATUS_DONE, "", record);
	else
		fprintf(stdout, _("The account %s is recorded; it has no invitation.\n"), n->name);
	return r == STATUS_DONE ? end : r;
}

int
run_user_add(const struct args *args)
{
	struct newcomer n = {.password = SECRET_INIT, .hash = SECRET_INIT};
	const struct passwd *pw;
	int r = newcomer_read(args, &n);

	if (r != STATUS_DONE)
		return r;
	pw = getpwnam(n.name);
	r = pw != NULL ? newcomer_take_over(args, &n, pw) : newcomer_make(&n);
	if (r == STATUS_DONE && (n.class != NULL || n.person != NULL))
		r = newcomer_class(args, &n);
	if (r == STATUS_DONE)
		r = newcomer_invite(args, &n);
	if (r != STATUS_DONE && n.made)
		fprintf(stderr,
		    _("The account %s was made and has no password yet: run this again, or "
		      "userdel %s.\n"),
		    n.name, n.name);
	secret_clear(&n.password);
	secret_clear(&n.hash);
	return r;
}
