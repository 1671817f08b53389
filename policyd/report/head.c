#include "report/head.h"

#include "error.h"

enum { HEAD_MAX = 1 << 16 };

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
log_head_take(struct store *s, uint64_t seq, struct log_head *h)
{
	uint64_t size;
	int r;

	buf_init(&h->note, HEAD_MAX);
	r = head_chain(s, seq, &h->chain);
	if (r == SKS_OK)
		r = store_head_newest(s, h->chain.id, &size, &h->note);
	if (r != SKS_OK)
		return r;
	if (note_vkey_parse(h->chain.vkey, &h->vkey) != SKS_OK ||
	    checkpoint_open(h->note.data, h->note.len, &h->vkey, &h->checkpoint) != SKS_OK ||
	    h->checkpoint.size != size)
		return SKS_CORRUPT;
	buf_put_u8(&h->note, 0);
	if ((r = buf_error(&h->note)) == SKS_OK)
		h->note.len--;
	return r;
}

void
log_head_clear(struct log_head *h)
{
	buf_clear(&h->note);
}
