/*
 * sekisho audit verify: the whole log of this host or of a copy, and what was seen of it
 * elsewhere. Exit status 0, or 4 tampered, 5 incomplete, 6 stale, 7 unreadable.
 */
#include "audit/verify_seen.h"
#include "base64.h"
#include "cli.h"
#include "clock.h"
#include "error.h"
#include "i18n.h"
#include "log_store.h"
#include "protocol.h"
#include "verify_show.h"
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { KEYS_MAX = 32 };

struct wanted {
	struct verify_options options;
	struct note_vkey trusted[KEYS_MAX], auditor[KEYS_MAX];
	uint8_t epoch_key[KEYS_MAX][ED25519_KEY_SIZE];
	struct verify_seen seen;
	struct verify_bar bar;
	char resume[PATH_MAX];
};

static int
verify_status(enum verify_status status)
{
	static const int exit_status[] = {[VERIFY_FINE] = STATUS_DONE,
	    [VERIFY_TAMPERED] = STATUS_TAMPERED,
	    [VERIFY_UNREADABLE] = STATUS_UNREADABLE,
	    [VERIFY_INCOMPLETE] = STATUS_INCOMPLETE,
	    [VERIFY_STALE] = STATUS_STALE};

	return exit_status[status];
}

/* ---- what was asked for ------------------------------------------------------------------ */

/* A verifier key, or the 44 characters of the key of a first epoch. */
static int
wanted_key(struct wanted *w, enum option option, const char *text)
{
	struct verify_options *o = &w->options;
	struct note_vkey key;

	if (option == OPT_TRUST && o->epoch_key_count < KEYS_MAX &&
	    base64_decode(text, strlen(text), w->epoch_key[o->epoch_key_count],
		ED25519_KEY_SIZE) == ED25519_KEY_SIZE) {
		o->epoch_key_count++;
		return STATUS_DONE;
	}
	if (note_vkey_parse(text, &key) == SKS_OK && option == OPT_TRUST &&
	    o->trusted_count < KEYS_MAX) {
		w->trusted[o->trusted_count++] = key;
		return STATUS_DONE;
	}
	if (key.name[0] != '\0' && option == OPT_AUDITOR && o->auditor_count < KEYS_MAX) {
		w->auditor[o->auditor_count++] = key;
		return STATUS_DONE;
	}
	fprintf(stderr,
	    _("sekisho: \"%s\" is no key that can be trusted. `sekisho audit head --vkey` "
	      "prints "
	      "one as it is written.\n"),
	    text);
	return STATUS_USAGE;
}

static int
wanted_seen(struct wanted *w, const char *path)
{
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	int r = SKS_IO;

	if (file != NULL) {
		r = verify_seen_read(&w->seen, file);
		if (file != stdin)
			(void)fclose(file);
	}
	if (r == SKS_OK)
		return STATUS_DONE;
	if (r == SKS_NOT_FOUND) {
		fprintf(stderr, _("sekisho: there is no signed head in %s.\n"), path);
		return STATUS_USAGE;
	}
	fprintf(stderr, _("sekisho: %s cannot be read: %s.\n"), path,
	    r == SKS_IO ? strerror(errno) : _(error_text(r)));
	return STATUS_UNREADABLE;
}

/* Files that are replaced have absolute names. */
static const char *
wanted_resume(struct wanted *w, const char *given)
{
	char here[PATH_MAX];

	if (given == NULL || given[0] == '/' || getcwd(here, sizeof(here)) == NULL ||
	    snprintf(w->resume, sizeof(w->resume), "%s/%s", here, given) >=
		(int)sizeof(w->resume))
		return given;
	return w->resume;
}

static int
wanted_read(struct wanted *w, const struct args *args)
{
	int status = STATUS_DONE;

	verify_seen_init(&w->seen);
	w->options = (struct verify_options){.live = !args_has(args, OPT_STATE_DIR),
	    .quick = args_has(args, OPT_QUICK),
	    .trusted = w->trusted,
	    .auditor = w->auditor,
	    .epoch_key = (const uint8_t(*)[ED25519_KEY_SIZE])w->epoch_key,
	    .now_wall_ms = clock_now().wall_ms,
	    .resume = wanted_resume(w, args_value(args, OPT_RESUME)),
	    .progress = verify_bar_move,
	    .context = &w->bar};
	for (size_t i = 0; status == STATUS_DONE && i < args->given_count; i++) {
		enum option option = args->given[i].option;

		if (option == OPT_TRUST || option == OPT_AUDITOR)
			status = wanted_key(w, option, args->given[i].value);
		else if (option == OPT_SEEN)
			status = wanted_seen(w, args->given[i].value);
	}
	if (args_has(args, OPT_SEEN))
		w->options.seen = &w->seen;
	return status;
}

/* ---- a disk that fails ------------------------------------------------------------------- */

static char verify_lost[512]; /* said when a page that is mapped cannot be read */

static void
verify_bus_error(int number)
{
	ssize_t written = write(STDERR_FILENO, verify_lost, strlen(verify_lost));

	(void)number;
	(void)written;
	_exit(STATUS_UNREADABLE);
}

static void
verify_expect_bus_error(void)
{
	struct sigaction action = {.sa_handler = verify_bus_error};

	(void)snprintf(verify_lost, sizeof(verify_lost), "%s",
	    _("\nsekisho: UNREADABLE. The disk cannot give a part of the store, or the file "
	      "was "
	      "cut while it was read. Nothing can be said about the log.\n"));
	(void)sigaction(SIGBUS, &action, NULL);
}

/* ---- the command ------------------------------------------------------------------------- */

static int
verify_store(const struct args *args, struct wanted *w, struct verify_result *result)
{
	struct store *s = NULL;
	int status = log_store_open(args, &s), r;

	if (status != STATUS_DONE)
		return status;
	verify_expect_bus_error();
	r = verify_run(s, &w->options, result);
	store_close(s);
	verify_bar_end(&w->bar);
	if (r != SKS_OK) {
		fprintf(stderr, _("sekisho: the log could not be verified: %s.\n"),
		    _(error_text(r)));
		return STATUS_UNREADABLE;
	}
	if (args_has(args, OPT_JSON))
		verify_show_json(&w->options, result);
	else
		verify_show(&w->options, result);
	return verify_status(result->status);
}

int
run_audit_verify(const struct args *args)
{
	struct verify_result *result = calloc(1, sizeof(*result));
	struct wanted *w = calloc(1, sizeof(*w));
	int status = STATUS_UNREADABLE;

	if (args_word(args, 0) != NULL) {
		free(result);
		free(w);
		return run_verify_export(args);
	}
	if (result == NULL || w == NULL)
		fputs(_("sekisho: out of memory.\n"), stderr);
	else
		status = wanted_read(w, args);
	if (result != NULL && w != NULL && status == STATUS_DONE)
		status = verify_store(args, w, result);
	if (w != NULL)
		verify_seen_clear(&w->seen);
	free(result);
	free(w);
	return status;
}
