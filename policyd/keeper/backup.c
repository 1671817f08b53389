/*
 * Backups that nobody asks for: when one is due the worker sends a copy of the store to the
 * warden, which encrypts it and puts it where the policy says. An alarm when the last good one
 * is older than it should be.
 */
#include "backup/restore.h"
#include "error.h"
#include "keeper/exceptions.h"
#include "keeper/grants.h"
#include "keeper/keeper.h"
#include "log.h"
#include "text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	RETRY_MS = 10 * 60 * 1000,
	DEADLINE_MS = 7 * 3600 * 1000, /* the warden's own limit is shorter */
	META_SIZE = 64,
};

static const char meta_last[] = "backup.last"; /* wall clock in ms */

static struct {
	uint32_t run;
	unsigned int open; /* answers that are still to come */
	bool tried, failed;
	int64_t tried_boot_ms, told_boot_ms; /* told: that it is overdue; 0: not */
	struct backup_done done;
	char why[256];
} backup;

/* ---- records ----------------------------------------------------------------------------- */

int
keeper_backup_done(struct server *s, const struct backup_done *d)
{
	char last[META_SIZE];
	struct record r;
	int e;

	keeper_record(s, &r, ACTION_BACKUP_CREATE, OUTCOME_SUCCESS,
	    d->scheduled ? "scheduled" : "requested");
	record_put_str(&r, "file.path", d->path);
	record_put_int(&r, "file.size", (int64_t)d->bytes);
	record_put_str(&r, "file.hash.sha256", d->digest);
	record_put_int(&r, "sekisho.log.size", (int64_t)d->log_size);
	record_put_str(&r, "sekisho.log.head", d->head);
	if ((e = keeper_append(s, &r)) != SKS_OK)
		return e;
	(void)snprintf(last, sizeof(last), "%lld", (long long)clock_now().wall_ms);
	backup.told_boot_ms = 0;
	return store_meta_set(s->store, meta_last, last);
}

/* One flat object, by ourselves or by root: as it is. */
static void
put_report(struct record *r, const json_t *report)
{
	const char *name[RESTORE_NAMES_MAX], *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)report, key, value)
	{
		size_t n = 0;

		if (json_is_string(value))
			record_put_str(r, key, json_string_value(value));
		else if (json_is_integer(value))
			record_put_int(r, key, json_integer_value(value));
		for (; n < json_array_size(value) && n < RESTORE_NAMES_MAX; n++)
			name[n] = json_string_value(json_array_get(value, n));
		if (n > 0)
			record_put_list(r, key, name, n);
	}
}

int
keeper_restored(struct server *s)
{
	static char text[RESTORE_META_MAX];
	struct record r;
	json_t *report;
	int e = store_meta_get(s->store, RESTORE_META, text, sizeof(text));

	if (e == SKS_NOT_FOUND || (e == SKS_OK && text[0] == '\0'))
		return SKS_OK;
	if (e != SKS_OK)
		return e;
	report = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	keeper_record(s, &r, ACTION_BACKUP_RESTORE, OUTCOME_SUCCESS, RESTORE_REASON);
	if (report != NULL)
		put_report(&r, report);
	json_decref(report);
	if ((e = keeper_append(s, &r)) != SKS_OK)
		return e;
	/* what was taken away after the backup must not come back with it */
	if ((e = grants_end_user(s, NULL, 0, "", RESTORE_REASON)) != SKS_OK ||
	    (e = exceptions_end_all(s, RESTORE_REASON)) != SKS_OK)
		return e;
	return store_meta_set(s->store, RESTORE_META, "");
}

static int
record_done(struct server *s, void *context)
{
	return keeper_backup_done(s, context);
}

static int
record_failure(struct server *s, void *context)
{
	struct record r;

	(void)context;
	keeper_record(s, &r, ACTION_BACKUP_CREATE, OUTCOME_FAILURE, "scheduled");
	record_put_str(&r, "file.path", s->policy->backup_to);
	record_put_str(&r, "message", backup.why);
	return keeper_append(s, &r);
}

static int
record_overdue(struct server *s, void *context)
{
	const int64_t *age_ms = context;
	struct record r;

	keeper_record(s, &r, ACTION_BACKUP_OVERDUE, OUTCOME_FAILURE, "overdue");
	record_put_int(&r, "sekisho.backup.every", s->policy->backup_every_ms);
	if (*age_ms != AGE_NEVER)
		record_put_int(&r, "sekisho.backup.age", *age_ms);
	return keeper_append(s, &r);
}

/* ---- one backup -------------------------------------------------------------------------- */

/* Nothing waits for this; a store that cannot be written shows itself in the next turn. */
static void
finish(struct server *s)
{
	if (--backup.open > 0)
		return;
	if (backup.failed)
		log_error("the backup failed: %s", backup.why);
	else
		log_info("backup: %s, %llu bytes", backup.done.path,
		    (unsigned long long)backup.done.bytes);
	if (turn_own(s, backup.failed ? record_failure : record_done, &backup.done) != SKS_OK)
		log_error("the backup is not recorded: %s", store_error(s->store));
}

static void
fail(const char *why)
{
	if (backup.failed)
		return;
	backup.failed = true;
	(void)text_clean(backup.why, sizeof(backup.why), why);
}

static void
copied(void *ctx, int error, const void *answer, const void *payload, size_t payload_len)
{
	const struct command_reply *a = answer;

	(void)payload;
	(void)payload_len;
	if (error == SKS_OK && a->status == STATUS_DONE) {
		backup.done.log_size = a->record;
		(void)snprintf(backup.done.head, sizeof(backup.done.head), "%s", a->text);
	} else {
		fail(error == SKS_OK ? a->text : error_text(error));
	}
	finish(ctx);
}

static void
written(void *ctx, int error, const void *answer, const void *payload, size_t payload_len)
{
	const struct warden_answer *a = answer;

	(void)payload;
	(void)payload_len;
	if (error == SKS_OK && a->status == SKS_OK) {
		(void)text_clean(backup.done.path, sizeof(backup.done.path), a->text);
		(void)snprintf(
		    backup.done.digest, sizeof(backup.done.digest), "%.64s", a->name);
		backup.done.bytes = a->number;
	} else {
		fail(error == SKS_OK ? a->text : error_text(error));
	}
	finish(ctx);
}

static void
begin(struct server *s, struct instant now)
{
	static struct warden_call call;
	static struct command copy;
	int64_t deadline = clock_monotonic_ms() + DEADLINE_MS;

	backup.tried = true;
	backup.tried_boot_ms = now.boot_ms;
	backup.failed = false;
	backup.done = (struct backup_done){.scheduled = true};
	call = (struct warden_call){.number = ++backup.run, .limit = s->policy->backup_keep};
	copy = (struct command){.number = backup.run};
	(void)snprintf(call.name, sizeof(call.name), "%s", s->policy->backup_to);
	(void)snprintf(call.text, sizeof(call.text), "%s", s->policy->backup_recipient);
	if (helper_send(s->warden, WARDEN_BACKUP, &warden_call_fields, &call, NULL, 0, written,
		s, deadline) != SKS_OK)
		return;
	backup.open = 1;
	if (helper_send(s->worker, WORKER_BACKUP, &command_fields, &copy, NULL, 0, copied, s,
		deadline) == SKS_OK)
		backup.open = 2;
}

/* ---- once a second ----------------------------------------------------------------------- */

int
keeper_backup_status(struct server *s, struct backup_status *out)
{
	char last[META_SIZE];
	int64_t every = s->policy->backup_every_ms, since;
	int e = store_meta_get(s->store, meta_last, last, sizeof(last));

	*out = (struct backup_status){.every_ms = every};
	if (e == SKS_OK)
		out->last_wall_ms = strtoll(last, NULL, 10);
	else if (e != SKS_NOT_FOUND)
		return e;
	/* where there never was one, it counts from the daemon's start */
	since = out->last_wall_ms != 0 ? out->last_wall_ms : s->started_wall_ms;
	out->overdue =
	    every != 0 && since != 0 && clock_now().wall_ms - since > every + every / 2;
	return SKS_OK;
}

static int
tell_overdue(struct server *s, struct instant now, const struct backup_status *b)
{
	int64_t age = b->last_wall_ms != 0 ? now.wall_ms - b->last_wall_ms : AGE_NEVER;

	if (backup.told_boot_ms != 0 && now.boot_ms - backup.told_boot_ms < b->every_ms)
		return SKS_OK;
	backup.told_boot_ms = now.boot_ms;
	log_error("the last good backup is older than the policy wants");
	return turn_own(s, record_overdue, &age);
}

int
keeper_backup(struct server *s, struct instant now)
{
	struct backup_status b;
	int64_t age;
	int e;

	if (s->policy->backup_every_ms == 0)
		return SKS_OK;
	if ((e = keeper_backup_status(s, &b)) != SKS_OK)
		return e;
	age = now.wall_ms - b.last_wall_ms;
	/* the last one in the future: the clock was wrong then or is now */
	if (backup.open == 0 && s->space == STORE_SPACE_OK &&
	    (b.last_wall_ms == 0 || age >= b.every_ms || age < 0) &&
	    (!backup.tried || now.boot_ms - backup.tried_boot_ms >= RETRY_MS ||
		now.boot_ms - backup.tried_boot_ms >= b.every_ms))
		begin(s, now);
	return b.overdue && backup.open == 0 ? tell_overdue(s, now, &b) : SKS_OK;
}
