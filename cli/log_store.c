#include "log_store.h"

#include "call.h"
#include "error.h"
#include "i18n.h"
#include "log.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int
log_store_open(const struct args *args, struct store **out)
{
	const char *dir = args_value(args, OPT_STATE_DIR);
	struct store_options options = {.dir = dir != NULL ? dir : LOG_STORE_DIR,
	    .read_only = true};
	int r;

	*out = NULL;
	if (dir == NULL && geteuid() != 0) {
		fputs(_("sekisho: only root can read the log of this host from its store. With "
			"--state-dir a copy of it can be read by anybody who may read the copy.\n"),
		    stderr);
		return STATUS_REFUSED;
	}
	if (access(options.dir, R_OK | X_OK) != 0) {
		fprintf(stderr, _("sekisho: %s cannot be read: %s\n"), options.dir,
		    strerror(errno));
		return STATUS_UNREADABLE;
	}
	r = store_open(&options, out, NULL);
	if (r == SKS_OK)
		return STATUS_DONE;
	if (r == SKS_OLDER)
		fprintf(stderr,
		    _("sekisho: the store in %s is of an older version, and nobody who only reads "
		      "changes it. On its host the daemon of this version brings it up to date "
		      "when it starts; a copy is read with the sekisho of the version that made "
		      "it.\n"),
		    options.dir);
	else if (r == SKS_NEWER)
		fprintf(stderr,
		    _("sekisho: the store in %s is of a newer version than this sekisho. Read it "
		      "with the version that made it.\n"),
		    options.dir);
	if (r == SKS_OLDER || r == SKS_NEWER)
		return STATUS_UNREADABLE;
	fprintf(stderr,
	    _("sekisho: the log in %s cannot be read: %s. Is it a state directory of Sekisho, "
	      "of this version?\n"),
	    options.dir, _(error_text(r)));
	return STATUS_UNREADABLE;
}

void
log_store_sign(const struct args *args)
{
	struct call call;
	int error = SKS_OK;

	/* who is not root is told so by log_store_open */
	if (args_has(args, OPT_STATE_DIR) || geteuid() != 0)
		return;
	call_init(&call, VERB_HEAD);
	if (call_send(&call, NULL, 0, &error) != STATUS_DONE)
		fputs(_("sekisho: the daemon does not answer, so the newest head that is there is "
			"taken; a few records may be newer.\n"),
		    stderr);
	call_clear(&call);
}

static int
head_tampered(const char *what)
{
	fprintf(stderr, _("sekisho: %s. `sekisho audit verify` says more.\n"), what);
	return STATUS_TAMPERED;
}

int
log_head_read(struct store *s, uint64_t seq, struct log_head *h)
{
	int r = log_head_take(s, seq, h);

	if (r == SKS_OK)
		return STATUS_DONE;
	if (r == SKS_NOT_FOUND) {
		fputs(_("sekisho: the log has no head yet. Start the daemon.\n"), stderr);
		return STATUS_INCOMPLETE;
	}
	if (r == SKS_CORRUPT)
		return head_tampered(_("the newest head is not signed by the key of the log"));
	fprintf(stderr, _("sekisho: the log cannot be read: %s.\n"), _(error_text(r)));
	return STATUS_UNREADABLE;
}
