/* Which requests wait, as far as whoever asks made them or may answer them. */
#include "command/request.h"
#include "error.h"
#include <string.h>

static bool
may_see(struct server *s, const struct job *job, const struct store_request *q)
{
	const struct request_kind *kind = request_kind_of(q->kind);

	return job->peer.uid == 0 || strcmp(q->by, job->who) == 0 ||
	       (kind != NULL && kind->may_answer(s, job, q));
}

static int
append_request(struct server *s, const struct store_request *q, json_t *list)
{
	const struct request_kind *kind = request_kind_of(q->kind);
	char id[REQUEST_ID_SIZE];
	json_t *item;

	request_id(q, id);
	item = json_pack("{s:s,s:s,s:I,s:s,s:s,s:s,s:I,s:I}", "id", id, "kind",
	    kind != NULL ? kind->word : "", "record", (json_int_t)q->record, "by", q->by,
	    "person", q->person, "why", q->why, "made", (json_int_t)q->made_wall_ms, "expires",
	    (json_int_t)(request_life_ms(q->kind) == INT64_MAX
			     ? 0
			     : q->made_wall_ms + request_life_ms(q->kind)));
	if (item == NULL || json_array_append_new(list, item) != 0)
		return SKS_NOMEM;
	return kind != NULL && kind->describe != NULL ? kind->describe(s, q, item) : SKS_OK;
}

int
command_pending(struct server *s, struct job *job)
{
	static struct store_request q[REQUESTS_LIST_MAX];
	json_t *list;
	size_t n = 0;
	int e = store_request_list(s->store, q, REQUESTS_LIST_MAX, &n);

	if (e != SKS_OK)
		return e;
	list = json_array();
	for (size_t i = 0; i < n; i++) {
		if (may_see(s, job, &q[i]) && e == SKS_OK)
			e = append_request(s, &q[i], list);
	}
	if (e != SKS_OK) {
		json_decref(list);
		return e;
	}
	return command_json(job, list);
}
