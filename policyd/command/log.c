/* The log's proof on demand: a head over all that is committed. */
#include "command/command.h"
#include "error.h"
#include "i18n.h"

int
command_head(struct server *s, struct job *job)
{
	struct chain_status chain;
	uint64_t size;
	struct buf note;
	json_t *o;
	int e;

	if (s->chain == NULL)
		return SKS_INTERNAL;
	if ((e = chain_sign(s->chain, s->store, clock_now())) != SKS_OK)
		return e;
	chain_status(s->chain, &chain);
	buf_init(&note, 1 << 16);
	e = store_head_newest(s->store, chain.id, &size, &note);
	buf_put_u8(&note, 0);
	if (e == SKS_OK)
		e = buf_error(&note);
	if (e != SKS_OK) {
		buf_clear(&note);
		return e;
	}
	o = json_pack("{s:s, s:I, s:s, s:s}", "origin", chain.origin, "size", (json_int_t)size,
	    "vkey", chain.vkey, "note", (const char *)note.data);
	buf_clear(&note);
	return command_json(job, o);
}
