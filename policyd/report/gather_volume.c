/* What was sent to remote sessions, by person. */
#include "report/gather_parts.h"

static struct gather_volume *
volume_of(struct gather *g, const struct view *v)
{
	char name[NAME_SIZE];
	uint32_t at;

	at = keys_add(&g->volume_keys, view_text(v, VIEW_PERSON, name, sizeof(name)));
	return at == KEYS_OTHER ? NULL : &g->volume[at];
}

static void
volume_session(struct gather *g, struct gather_volume *x, const struct view *v)
{
	uint64_t bytes = (uint64_t)view_number(v, VIEW_DOWNLOADED);

	x->sessions++;
	x->unmeasured += !view_has(v, VIEW_DOWNLOADED);
	x->bytes += bytes;
	if (bytes >= x->largest) {
		x->largest = bytes;
		if (x->warnings == 0)
			x->seq = v->header.seq;
	}
	g->downloaded += bytes;
}

bool
gather_is_volume(uint16_t action)
{
	return action >= ACTION_DOWNLOAD_WARN && action <= ACTION_DOWNLOAD_DAY;
}

/* Sums are those of the sessions that ended in the period; a day's is looked at for the largest. */
void
gather_volume(struct gather *g, const struct view *v)
{
	struct gather_volume *x;

	if (!gather_is_about(g, v))
		return;
	if ((x = volume_of(g, v)) == NULL) {
		g->volumes_other++;
		return;
	}
	switch (v->header.action) {
	case ACTION_DOWNLOAD_SESSION:
		volume_session(g, x, v);
		break;
	case ACTION_DOWNLOAD_DAY:
		if ((uint64_t)view_number(v, VIEW_DOWNLOADED) > x->largest_day)
			x->largest_day = (uint64_t)view_number(v, VIEW_DOWNLOADED);
		break;
	default:
		x->warnings++;
		x->seq = v->header.seq;
		pick_add(&g->pick, PICK_CHANGE, v->header.seq, v->len);
	}
}
