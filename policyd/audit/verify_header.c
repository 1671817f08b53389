/* The first pass: each header in its place, and the records of the log itself. */
#include "audit/event.h"
#include "audit/verify_resume.h"
#include "error.h"
#include <string.h>

static uint64_t
get_u64(const uint8_t *at)
{
	uint64_t v;

	memcpy(&v, at, sizeof(v));
	return __builtin_bswap64(v);
}

/* By number, because a search through the catalogue would cost as much as a hash. */
static bool
action_is_known(uint16_t action)
{
	static bool known[256];
	static bool filled;

	if (!filled) {
		for (unsigned i = 0; i < event_count; i++) {
			if (event_table[i].action < sizeof(known))
				known[event_table[i].action] = true;
		}
		filled = true;
	}
	return action < sizeof(known) ? known[action] : event_by_action(action) != NULL;
}

int
header_read(const struct store_row *row, struct header *h)
{
	const uint8_t *at = row->header;

	if (at == NULL || row->header_len != RECORD_HEADER_SIZE)
		return SKS_INVALID;
	h->seq = get_u64(at + 1);
	h->wall_ms = (int64_t)get_u64(at + 9);
	h->boot_id = at + 17;
	h->boot_ms = (int64_t)get_u64(at + 33);
	h->retention = at[41];
	h->action = (uint16_t)(at[42] << 8 | at[43]);
	h->body_hash = at + 44;
	return at[0] == 1 && h->retention < RETAIN_COUNT && action_is_known(h->action) &&
		       header_times_are_possible(h)
		   ? SKS_OK
		   : SKS_INVALID;
}

/* ---- records of the log itself ----------------------------------------------------------- */

static void
header_special(struct verify *v, const struct header *h)
{
	switch (h->action) {
	case ACTION_LOG_BEGIN:
		verify_begin(v, h);
		break;
	case ACTION_LOG_SEAL:
		verify_seal(v, h);
		break;
	case ACTION_LOG_KEY:
		verify_key(v, h);
		break;
	case ACTION_REANCHOR:
		verify_reanchor(v, h);
		break;
	case ACTION_RETENTION:
		verify_retention(v, h);
		break;
	case ACTION_REDACT:
		verify_redaction(v, h);
		break;
	case ACTION_BACKUP_RESTORE:
		verify_restored(v, h);
		break;
	case ACTION_DAEMON_START:
		verify_start(v, h);
		break;
	case ACTION_SUSPEND:
		verify_suspend(v, h);
		break;
	case ACTION_CLOCK_STEP:
		v->out->clock_steps++;
		break;
	default:
		break;
	}
}

/* ---- one row ----------------------------------------------------------------------------- */

/* Numbers that are left out: the tree cannot go on behind them. */
static void
header_gap(struct verify *v, uint64_t seq)
{
	verify_find(v, VERIFY_MISSING, v->next, seq - 1, "%s", "");
	v->chain.broken = true;
	v->chain.tree.size += seq - v->next;
	v->chain.epochs_known = false;
}

int
verify_header(void *context, const struct store_row *row)
{
	struct verify *v = context;
	struct vchain *c = &v->chain;
	uint8_t bytes[RECORD_HEADER_SIZE];
	struct header h;
	bool sound;

	if (row->seq > v->next)
		header_gap(v, row->seq);
	v->next = row->seq + 1;
	v->out->records++;
	if (row->header == NULL || row->header_len != sizeof(bytes)) {
		verify_find(v, VERIFY_HEADER, row->seq, row->seq, "%zu bytes", row->header_len);
		c->broken = true;
		c->tree.size++;
		return v->fatal;
	}
	memcpy(bytes, row->header, sizeof(bytes));
	sound = header_read(row, &h) == SKS_OK;
	if (!sound)
		verify_find(v, VERIFY_HEADER, row->seq, row->seq, "%s", "");
	else if (h.seq != row->seq)
		verify_find(v, VERIFY_MOVED, row->seq, row->seq, "that of %llu",
		    (unsigned long long)h.seq);
	sound = sound && h.seq == row->seq;
	if (sound) {
		verify_clock(v, &h);
		header_special(v, &h);
	}
	if (c->id == 0) {
		verify_find(v, VERIFY_NO_CHAIN, row->seq, row->seq, "%s", "");
		return v->fatal;
	}
	verify_leaf(v, bytes);
	if (c->tree.size == c->next_check)
		verify_heads_at(v);
	if (c->tree.size == v->resume.size)
		resume_compare(v);
	if (row->seq % 4096 == 0)
		verify_progress(v, row->seq);
	return v->fatal;
}

void
verify_headers_end(struct verify *v)
{
	if (v->extent.last == 0)
		verify_find(v, VERIFY_NO_CHAIN, 0, 0, "no record at all");
	else if (v->next <= v->extent.last)
		verify_find(v, VERIFY_MISSING, v->next, v->extent.last, "%s", "");
	verify_chain_end(v, 0);
	if (v->chains != v->extent.chains)
		verify_find(v, VERIFY_CHAINS, 0, 0, "%llu chains, %llu in the table",
		    (unsigned long long)v->chains, (unsigned long long)v->extent.chains);
	if (v->nodes != v->extent.nodes && v->out->count[VERIFY_NODE] == 0 &&
	    v->out->count[VERIFY_MISSING] == 0)
		verify_find(v, VERIFY_NODE, 0, 0, "%llu nodes, %llu in the table",
		    (unsigned long long)v->nodes, (unsigned long long)v->extent.nodes);
	if (v->heads != v->extent.heads && v->out->count[VERIFY_HEAD] == 0 &&
	    v->out->count[VERIFY_MISSING] == 0)
		verify_find(v, VERIFY_HEAD, 0, 0, "%llu heads, %llu in the table",
		    (unsigned long long)v->heads, (unsigned long long)v->extent.heads);
	v->out->clean_stop =
	    v->last_action == ACTION_LOG_SEAL && v->before_last_action == ACTION_DAEMON_STOP;
	verify_trust(v);
}
