#include "log_store.h"

#include "call.h"
#include "error.h"
#include "i18n.h"
#include "log.h"
#include <stdio.h>
#include <unistd.h>

enum { HEAD_MAX = 1 << 16 };

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
	r = store_open(&options, out, NULL);
	if (r == SKS_OK)
		return STATUS_DONE;
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

/* The newest one that begins at seq or before; the first where all begin later. */
static int
head_chain(struct store *s, uint64_t seq, struct store_chain *chain)
{
	int r = store_chain(s, 0, chain);

	while (r == SKS_OK && chain->first > seq && chain->id > 1)
		r = store_chain(s, chain->id - 1, chain);
	return r;
}

int
log_head_read(struct store *s, uint64_t seq, struct log_head *h)
{
	uint64_t size;
	int r;

	buf_init(&h->note, HEAD_MAX);
	r = head_chain(s, seq, &h->chain);
	if (r == SKS_OK)
		r = store_head_newest(s, h->chain.id, &size, &h->note);
	if (r == SKS_NOT_FOUND) {
		fputs(_("sekisho: the log has no head yet. Start the daemon.\n"), stderr);
		return STATUS_INCOMPLETE;
	}
	if (r != SKS_OK) {
		fprintf(stderr, _("sekisho: the log cannot be read: %s.\n"), _(error_text(r)));
		return STATUS_UNREADABLE;
	}
	if (note_vkey_parse(h->chain.vkey, &h->vkey) != SKS_OK ||
	    checkpoint_open(h->note.data, h->note.len, &h->vkey, &h->checkpoint) != SKS_OK ||
	    h->checkpoint.size != size)
		return head_tampered(_("the newest head is not signed by the key of the log"));
	buf_put_u8(&h->note, 0);
	if (buf_error(&h->note) != SKS_OK)
		return STATUS_UNREADABLE;
	h->note.len--;
	return STATUS_DONE;
}

void
log_head_clear(struct log_head *h)
{
	buf_clear(&h->note);
}
