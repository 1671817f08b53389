#include "accounts.h"
#include "error.h"
#include "report/head.h"
#include "report/report.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
report_init(struct report *r)
{
	memset(r, 0, sizeof(*r));
	buf_init(&r->data, REPORT_DATA_MAX);
	buf_init(&r->note, NOTE_MAX);
	buf_init(&r->groups, REPORT_GROUPS_MAX);
	hostlogs_init(&r->logs);
}

void
report_clear(struct report *r)
{
	store_log_close(r->cursor);
	known_clear(&r->known);
	gather_clear(&r->gather);
	policy_free(r->policy);
	buf_clear(&r->data);
	buf_clear(&r->note);
	buf_clear(&r->groups);
	kaudit_end(&r->kaudit);
	hostlogs_close(&r->logs);
	memset(r, 0, sizeof(*r));
}

int
report_policy_of(struct store *s, struct policy **out, bool *unread)
{
	static const char empty[] = "sekisho policy bundle 1\nfile policy.conf 0\n\n";
	struct policy_problems *problems = calloc(1, sizeof(*problems));
	struct buf bundle;
	int e = problems != NULL ? SKS_OK : SKS_NOMEM;

	buf_init(&bundle, POLICY_BUNDLE_MAX);
	if (e == SKS_OK)
		e = store_policy_bundle(s, "", &bundle);
	if (e == SKS_OK)
		e = policy_parse(bundle.data, bundle.len, out, problems);
	*unread = e == SKS_INVALID;
	if (e == SKS_NOT_FOUND || e == SKS_INVALID)
		e = policy_parse(empty, sizeof(empty) - 1, out, problems);
	buf_clear(&bundle);
	free(problems);
	return e;
}

static int
keep_time(void *context, uint64_t seq, const uint8_t header[RECORD_HEADER_SIZE])
{
	struct record decoded;
	int64_t *wall_ms = context;
	int e = record_header_decode(header, &decoded);

	(void)seq;
	if (e == SKS_OK)
		*wall_ms = decoded.wall_ms;
	return e;
}

static int
read_origin(struct report *r)
{
	struct log_head head = {0};
	int e = log_head_take(r->store, UINT64_MAX, &head);

	if (e == SKS_OK)
		(void)snprintf(r->origin, sizeof(r->origin), "%s", head.chain.origin);
	log_head_clear(&head);
	return e;
}

int
report_begin(struct report *r)
{
	/* to the end: what is signed off later may be about the period */
	const struct log_filter filter = {.since_wall_ms = r->period.from_ms};
	struct gather *g = &r->gather;
	int e = report_policy_of(r->store, &r->policy, &r->policy_unread);

	if (e == SKS_OK)
		e = read_origin(r);
	if (e != SKS_OK)
		return e;
	(void)snprintf(r->rating, sizeof(r->rating), "%s",
	    r->policy->rating != NULL ? r->policy->rating : "");
	(void)snprintf(r->limits, sizeof(r->limits), "%s",
	    r->policy->limits != NULL ? r->policy->limits : "");
	g->period = &r->period;
	g->policy = r->policy;
	g->person = r->person;
	g->role = r->role;
	e = gather_init(g);
	if (e == SKS_OK)
		e = known_begin(&r->known, r->policy, r->store, r->person, r->role);
	if (e == SKS_OK)
		e = store_headers(r->store, 1, 1, keep_time, &g->first_wall_ms);
	return e == SKS_OK ? store_log_open(r->store, &filter, 0, &r->cursor) : e;
}

/* The period is counted; is there anybody, and any role, of these names? A name of before the period has a
 * page that says: nothing. */
static int
report_names_known(struct report *r, unsigned records)
{
	int e = known_step(&r->known, r->store, r->period.from_ms, records);

	if (e != SKS_OK)
		return e;
	r->unknown = known_missing(&r->known);
	if (r->unknown == KNOWN_ALL)
		return SKS_OK;
	e = known_like(&r->known, r->policy, r->store, r->like);
	return e == SKS_OK ? SKS_NOT_FOUND : e;
}

int
report_step(struct report *r, unsigned records)
{
	struct log_row row;
	int e = 1;

	if (r->counted)
		return report_names_known(r, records);
	for (unsigned i = 0; e == 1 && i < records; i++) {
		if ((e = store_log_step(r->cursor, &row)) != 1)
			break;
		known_look(&r->known, row.body, row.body_len);
		e = gather_add(&r->gather, row.header, row.body, row.body_len);
		e = e == SKS_OK ? 1 : e;
	}
	if (e == 1)
		return e;
	store_log_close(r->cursor);
	r->cursor = NULL;
	gather_finish(&r->gather);
	r->counted = true;
	return e == SKS_OK ? 1 : e;
}

int
report_compare(struct report *r, size_t bytes)
{
	int e = SKS_OK;

	if (!r->comparing) {
		wtmp_begin(&r->wtmp, &r->logs.wtmp);
		e = kaudit_begin(&r->kaudit, &r->logs.audit);
		r->comparing = true;
	}
	if (e == SKS_OK)
		e = wtmp_step(&r->wtmp, bytes, &r->gather);
	if (e == SKS_OK)
		e = kaudit_step(&r->kaudit, bytes, &r->gather);
	if (e > 0)
		return e;
	kaudit_end(&r->kaudit);
	hostlogs_close(&r->logs);
	return e;
}

void
report_names(struct report *r, const struct buf *lines)
{
	for (size_t i = 0; i < r->kaudit.rows; i++) {
		struct kaudit_row *row = &r->kaudit.row[i];
		char uid[16];
		unsigned len = 0;
		const char *name;

		(void)snprintf(uid, sizeof(uid), "%u", row->auid);
		name = accounts_find(lines, uid, &len);
		(void)snprintf(row->name, sizeof(row->name), "%.*s", (int)len, name != NULL ? name : "");
	}
}

int
report_write(struct report *r)
{
	r->seq_count =
	    pick_choose(&r->gather.pick, REPORT_ROOM, r->seq, REPORT_RECORDS_MAX, r->shown);
	return report_data(r);
}
