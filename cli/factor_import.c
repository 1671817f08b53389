/*
 * sekisho factor import: keys that people already use, from a URI or another module's file. The
 * files are read here, by root; the daemon is given one key at a time.
 */
#include "factor_import.h"

#include "ask.h"
#include "buf.h"
#include "call.h"
#include "cli.h"
#include "error.h"
#include "i18n.h"
#include "safeopen.h"
#include "show.h"
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char import_name[] = "imported";

/* One key into the register. Prints what the daemon says about it. */
int
import_one(const struct args *args, const char *user, const struct secret *key,
    const struct totp_params *params)
{
	const char *name = args_value(args, OPT_NAME);
	struct call call;
	int r;

	call_init(&call, VERB_FACTOR_IMPORT);
	call.request.secret = *key;
	call.request.digits = params->digits;
	call.request.period_s = params->period_s;
	snprintf(
	    call.request.algorithm, sizeof(call.request.algorithm), "%s", params->algorithm);
	r = call_set_user(&call, user);
	if (r == STATUS_DONE)
		r = call_set_text(call.request.name, sizeof(call.request.name),
		    name == NULL ? import_name : name, "--name");
	if (r == STATUS_DONE)
		r = call_set_verified(&call, args);
	if (r == STATUS_DONE && geteuid() == 0 && !call.request.uid_known) {
		fprintf(stderr, _("sekisho: there is no account \"%s\" on this host.\n"), user);
		r = STATUS_REFUSED;
	}
	if (r == STATUS_DONE)
		r = call_run_and_print(&call, args);
	call_clear(&call);
	return r;
}

static int
import_refuse(const char *why)
{
	fprintf(stderr, _("sekisho: %s. Nothing was taken over.\n"), why);
	return STATUS_REFUSED;
}

static int
import_uri(const struct args *args, const char *user, const char *given)
{
	struct secret uri = SECRET_INIT, key = SECRET_INIT;
	char label[256], why[256];
	struct totp_params params;
	int r;

	if (strcmp(given, "-") == 0) {
		r = ask_secret(_("otpauth:// URI: "), ASK_HIDDEN, &uri);
	} else {
		fputs(_("sekisho: while this command runs, others on this host can read the "
			"URI in "
			"its arguments; \"--uri -\" reads it from standard input.\n"),
		    stderr);
		r = secret_set_str(&uri, given);
		/* the process list keeps showing the arguments; this memory is what it shows */
		explicit_bzero((char *)(uintptr_t)given, strlen(given));
	}
	if (r != SKS_OK) {
		r = import_refuse(r == SKS_TOO_BIG ? _("the URI is too long")
						   : _("there was no URI to read"));
		goto out;
	}
	if (totp_uri_parse((const char *)uri.bytes, &key, &params, label, sizeof(label), why,
		sizeof(why)) != SKS_OK) {
		r = import_refuse(why);
		goto out;
	}
	r = import_one(args, user, &key, &params);
out:
	secret_clear(&uri);
	secret_clear(&key);
	return r;
}

/* The whole of a file that nobody but its owner may read, of user or of root. */
static int
import_slurp(const char *path, const char *user, struct buf *text)
{
	const struct passwd *pw = user == NULL ? NULL : getpwnam(user);
	char here[PATH_MAX] = "", absolute[2 * PATH_MAX + 1], why[512];
	int r;

	if (path[0] != '/' && getcwd(here, sizeof(here)) == NULL)
		return import_refuse(_("the current directory is gone"));
	snprintf(absolute, sizeof(absolute), "%s%s%.*s", here, path[0] == '/' ? "" : "/",
	    PATH_MAX, path);
	r = safeopen_slurp(absolute, pw == NULL ? 0 : pw->pw_uid, 0600, text, why, sizeof(why));
	if (r == SKS_OK)
		return STATUS_DONE;
	return import_refuse(r == SKS_TOO_BIG ? _("the file is too large") : why);
}

/* Says what of the entry is not taken over. */
static void
import_tell_rest(const struct import_entry *entry, const char *user)
{
	if (entry->scratch_codes != 0)
		fprintf(stderr,
		    _("The emergency codes of the file are not taken over: \"sekisho factor "
		      "recovery-codes %s\" makes new ones.\n"),
		    user);
	if (entry->has_pin)
		fprintf(stderr,
		    _("%s had a PIN before the code; from now on the code stands alone.\n"),
		    user);
}

static int
import_google_file(const struct args *args, const char *user, const char *path)
{
	struct import_entry entry = {0};
	struct buf text;
	char why[256];
	int r;

	buf_init(&text, IMPORT_FILE_MAX);
	r = import_slurp(path, user, &text);
	if (r != STATUS_DONE)
		goto out;
	if (import_google((const char *)text.data, text.len, &entry, why, sizeof(why)) !=
	    SKS_OK) {
		r = import_refuse(why);
		goto out;
	}
	r = import_one(args, user, &entry.key, &entry.params);
	if (r == STATUS_DONE)
		import_tell_rest(&entry, user);
out:
	secret_clear(&entry.key);
	buf_clear(&text);
	return r;
}

/* Without names, everybody in the file is meant. */
static bool
import_is_wanted(const struct args *args, const char *user, bool seen[ARGS_WORDS_MAX])
{
	bool wanted = args->word_count == 0;

	for (size_t i = 0; i < args->word_count; i++) {
		if (strcmp(args->word[i], user) == 0)
			wanted = seen[i] = true;
	}
	return wanted;
}

static int
import_oath_lines(const struct args *args, const char *path, const struct buf *text)
{
	bool seen[ARGS_WORDS_MAX] = {false};
	size_t done = 0, failed = 0;
	struct import_entry entry;
	struct import_oath in;
	char why[256];
	int r;

	import_oath_init(&in, (const char *)text->data, text->len);
	while ((r = import_oath_next(&in, &entry, why, sizeof(why))) != 0) {
		if (r < 0) {
			fprintf(stderr, "sekisho: %s: %s\n", path, why);
			failed++;
		} else if (import_is_wanted(args, entry.user, seen)) {
			r = import_one(args, entry.user, &entry.key, &entry.params);
			if (r == STATUS_DONE)
				import_tell_rest(&entry, entry.user);
			done += r == STATUS_DONE;
			failed += r != STATUS_DONE;
			/* nobody there: the other lines would fare no better */
			if (r == STATUS_UNREACHABLE)
				break;
		}
		secret_clear(&entry.key);
	}
	secret_clear(&entry.key);
	for (size_t i = 0; i < args->word_count && r != STATUS_UNREACHABLE; i++) {
		if (!seen[i])
			fprintf(stderr, _("sekisho: %s has no line for %s.\n"), path,
			    args->word[i]);
		failed += !seen[i];
	}
	if (r == STATUS_UNREACHABLE)
		return STATUS_UNREACHABLE;
	if (done == 0)
		return STATUS_REFUSED;
	return failed == 0 ? STATUS_DONE : STATUS_INCOMPLETE;
}

static int
import_oath_file(const struct args *args, const char *path)
{
	struct buf text;
	int r;

	buf_init(&text, IMPORT_FILE_MAX);
	r = import_slurp(path, NULL, &text);
	if (r == STATUS_DONE)
		r = import_oath_lines(args, path, &text);
	buf_clear(&text);
	return r;
}

static int
import_usage(const char *why)
{
	fprintf(stderr, _("sekisho: %s \"sekisho factor import --help\" says more.\n"), why);
	return STATUS_USAGE;
}

int
run_factor_import(const struct args *args)
{
	const char *uri = args_value(args, OPT_URI);
	const char *google = args_value(args, OPT_GOOGLE_AUTHENTICATOR);
	const char *oath = args_value(args, OPT_PAM_OATH);

	if ((uri != NULL) + (google != NULL) + (oath != NULL) != 1)
		return import_usage(_("one of --uri, --google-authenticator and --pam-oath "
				      "says where the key is."));
	if (oath != NULL)
		return import_oath_file(args, oath);
	if (args->word_count != 1)
		return import_usage(_("one USER says whose key it is."));
	if (uri != NULL)
		return import_uri(args, args->word[0], uri);
	return import_google_file(args, args->word[0], google);
}
