/* What the host's own logs say beside ours, as the page's JSON: wtmp and the kernel's audit. */
#include "report/report.h"
#include "report/write.h"

static void
put_wtmp(struct write *w, const struct wtmp *t)
{
	write_key(w, "wtmp");
	if (!t->read) {
		write_null(w);
		return;
	}
	write_open(w, '{');
	write_key_int(w, "count", (int64_t)t->count);
	write_key_int(w, "unknown", (int64_t)t->unknown);
	write_key(w, "rows");
	write_open(w, '[');
	for (size_t i = 0; i < t->unknown && i < WTMP_ROWS_MAX; i++) {
		write_open(w, '{');
		write_key_int(w, "at", t->row[i].wall_ms);
		write_key_str(w, "user", t->row[i].user);
		write_key_str(w, "line", t->row[i].line);
		write_key_str(w, "host", t->row[i].host);
		write_close(w, '}');
	}
	write_close(w, ']');
	write_close(w, '}');
}

static void
put_kaudit_rows(struct write *w, const struct kaudit *k)
{
	static const char *const reasons[] = {[KAUDIT_NO_LOGIN] = "no-login",
	    [KAUDIT_NO_USE] = "no-use",
	    [KAUDIT_BEFORE] = "before"};
	static const char *const kinds[] = {[KAUDIT_LOGIN] = "login",
	    [KAUDIT_EXEC] = "exec",
	    [KAUDIT_COMMAND] = "command",
	    [KAUDIT_SESSION] = "session",
	    [KAUDIT_ACCOUNT] = "account",
	    [KAUDIT_CONFIG] = "config"};

	write_open(w, '[');
	for (size_t i = 0; i < k->rows; i++) {
		const struct kaudit_row *row = &k->row[i];

		write_open(w, '{');
		write_key_int(w, "first", row->first_ms);
		write_key_int(w, "last", row->last_ms);
		write_key_int(w, "auid", row->auid);
		write_key_str(w, "name", row->name);
		write_key_int(w, "ses", row->ses == KAUDIT_UNSET ? -1 : (int64_t)row->ses);
		write_key_str(w, "reason", reasons[row->reason]);
		write_key_str(w, "kind", kinds[row->kind]);
		write_key_str(w, "what", row->what);
		write_key_int(w, "count", (int64_t)row->count);
		write_close(w, '}');
	}
	write_close(w, ']');
}

static void
put_kaudit(const struct report *r, struct write *w)
{
	static const char *const states[] = {[KAUDIT_NOT_READ] = "not-read",
	    [KAUDIT_ABSENT] = "absent",
	    [KAUDIT_REFUSED] = "refused",
	    [KAUDIT_READ] = "read"};
	const struct kaudit *k = &r->kaudit;

	write_key(w, "kaudit");
	write_open(w, '{');
	write_key_str(w, "state", states[k->state]);
	write_key_str(w, "why", k->state == KAUDIT_REFUSED ? k->why : "");
	write_key(w, "cut");
	write_bool(w, k->cut);
	write_key(w, "crowded");
	write_bool(w, r->gather.audit_more);
	write_key_int(w, "from", k->first_ms);
	write_key_int(w, "lines", (int64_t)k->lines);
	write_key_int(w, "odd", (int64_t)k->odd);
	write_key_int(w, "shows", (int64_t)k->shows);
	write_key_int(w, "execs", (int64_t)k->execs);
	write_key_int(w, "unexplained", (int64_t)k->unexplained);
	write_key_int(w, "beyond", (int64_t)k->beyond);
	write_key(w, "rows");
	put_kaudit_rows(w, k);
	write_close(w, '}');
}

void
report_hostlogs(const struct report *r, struct write *w)
{
	put_wtmp(w, &r->wtmp);
	put_kaudit(r, w);
}
