#include "backup/restore.h"

#include "audit/verify.h"
#include "backup/unpack.h"
#include "clock.h"
#include "error.h"
#include "policy/policy.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RESERVE_BYTES = 2 << 20, PATH_SIZE = 512 };

struct restore {
	const struct restore_order *order;
	char work[PATH_SIZE], file[PATH_SIZE];
	json_t *report;
	struct image_report image;
	char *why;
	size_t why_size;
};

static int __attribute__((format(printf, 3, 4)))
restore_fail(struct restore *x, int error, const char *fmt, ...)
{
	va_list list;

	va_start(list, fmt);
	(void)vsnprintf(x->why, x->why_size, fmt, list);
	va_end(list);
	return error;
}

static void
restore_put(struct restore *x, const char *key, int64_t value)
{
	(void)json_object_set_new(x->report, key, json_integer((json_int_t)value));
}

static void
restore_put_text(struct restore *x, const char *key, const char *text)
{
	if (text != NULL && text[0] != '\0')
		(void)json_object_set_new(x->report, key, json_string(text));
}

/* ---- from the backup to a file ----------------------------------------------------------- */

static int
restore_unpack(struct restore *x)
{
	int fd = open(x->file, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	uint64_t size = 0;
	int r;

	if (fd < 0)
		return restore_fail(
		    x, SKS_IO, "%s cannot be made: %s", x->file, strerror(errno));
	r = backup_unpack(x->order->in, fd, &size);
	close(fd);
	if (r == SKS_OK)
		return r;
	return restore_fail(x, r,
	    r == SKS_FULL ? "there is no room to unpack the backup"
			  : "the backup is not whole: %s",
	    error_text(r));
}

/* Everything that the log can say about itself. An older copy is what a backup is. */
static int
restore_verify_log(struct restore *x)
{
	static struct verify_result result;
	const struct verify_options options = {.now_wall_ms = clock_now().wall_ms};
	const struct store_options o = {.dir = x->work, .read_only = true};
	const struct verify_finding *worst = result.finding;
	struct store *s = NULL;
	int r = store_open(&o, &s, NULL);

	if (r == SKS_OK)
		r = verify_run(s, &options, &result);
	store_close(s);
	if (r != SKS_OK)
		return restore_fail(x, r, "its log cannot be verified: %s", error_text(r));
	if (result.status != VERIFY_TAMPERED && result.status != VERIFY_UNREADABLE)
		return SKS_OK;
	for (size_t i = 0; i < result.finding_count && i < VERIFY_FINDINGS_MAX; i++) {
		if (verify_kinds[result.finding[i].kind].status == result.status) {
			worst = &result.finding[i];
			break;
		}
	}
	return restore_fail(x, SKS_CORRUPT, "its log was changed, record %llu: %s %s",
	    (unsigned long long)worst->seq, verify_kinds[worst->kind].word, worst->detail);
}

static int
restore_verify(struct restore *x)
{
	const struct image_report *i = &x->image;
	int r = image_verify(x->file, true, &x->image);

	if (r != SKS_OK)
		return restore_fail(x, r, "%s", i->why);
	restore_put(x, "sekisho.log.size", (int64_t)i->records);
	restore_put(x, "sekisho.log.deleted", (int64_t)i->deleted);
	restore_put(x, "sekisho.log.chains", (int64_t)i->chains);
	restore_put(x, "sekisho.log.heads", (int64_t)i->heads);
	restore_put(x, "sekisho.log.time", i->last_wall_ms);
	restore_put_text(x, "sekisho.log.origin", i->chain.origin);
	restore_put(x, "sekisho.users", (int64_t)i->users);
	return restore_verify_log(x);
}

/* ---- the new store ----------------------------------------------------------------------- */

static int
restore_window(struct store *s, uint32_t *window)
{
	struct policy *policy = NULL;
	struct buf bundle;
	int r;

	buf_init(&bundle, POLICY_BUNDLE_MAX);
	r = store_policy_bundle(s, "", &bundle);
	if (r == SKS_OK)
		r = policy_parse(bundle.data, bundle.len, &policy, NULL);
	/* a policy that this program cannot read any more: as wide as any can be */
	*window = r == SKS_OK ? policy->window_steps : 10;
	policy_free(policy);
	buf_clear(&bundle);
	return SKS_OK;
}

static int
restore_end_all(struct restore *x, struct store *s)
{
	struct store_restored ended = {0};
	uint32_t window;
	int r = restore_window(s, &window);

	/* before anything else: a crash from here on must not leave codes that revive */
	if (r == SKS_OK)
		r = store_floor_raise(s, clock_now().wall_ms, window);
	if (r == SKS_OK)
		r = store_restored(s, &ended);
	restore_put(x, "sekisho.restore.sessions", ended.sessions);
	restore_put(x, "sekisho.restore.recovery_codes", ended.recovery_codes);
	restore_put(x, "sekisho.restore.invitations", ended.invitations);
	restore_put(x, "sekisho.restore.attributes", ended.attributes);
	return r;
}

/* What the daemon writes down at its start. */
static int
restore_leave_report(struct restore *x, struct store *s)
{
	char *text;
	int r;

	restore_put_text(x, "file.path", x->order->file);
	restore_put_text(x, "file.hash.sha256", x->order->digest);
	restore_put_text(x, "sekisho.backup.signature", x->order->signature);
	text = json_dumps(x->report, JSON_COMPACT);
	if (text == NULL)
		return SKS_NOMEM;
	r = strlen(text) < RESTORE_META_MAX ? store_meta_set(s, RESTORE_META, text)
					    : SKS_TOO_BIG;
	free(text);
	return r == SKS_OK ? store_meta_set(s, "chain.begin", RESTORE_REASON) : r;
}

static int
restore_turn(struct restore *x, struct store *s)
{
	int r = store_begin(s, clock_now());

	if (r != SKS_OK)
		return r;
	r = restore_end_all(x, s);
	if (r == SKS_OK)
		r = restore_compare(x->order->state_dir, s, &x->image, x->report);
	if (r == SKS_OK && x->order->seen != NULL)
		r = restore_seen(x->order->seen, &x->image, x->report);
	if (r == SKS_OK)
		r = restore_leave_report(x, s);
	if (r == SKS_OK)
		r = store_commit(s);
	if (r != SKS_OK)
		store_rollback(s);
	return r;
}

static int
restore_change(struct restore *x)
{
	struct store_options o = {.dir = x->work, .reserve_bytes = RESERVE_BYTES};
	struct store *s = NULL;
	int r = clock_boot_bytes(o.boot_id);

	if (r == SKS_OK)
		r = store_open(&o, &s, NULL);
	if (r == SKS_OK)
		r = restore_turn(x, s);
	if (r != SKS_OK)
		(void)restore_fail(x, r, "the restored store cannot be made ready: %s (%s)",
		    error_text(r), s != NULL ? store_error(s) : "it does not open");
	store_close(s);
	return r == SKS_OK ? restore_settle(x->work, x->why, x->why_size) : r;
}

static int
restore_begin(struct restore *x, const char *name)
{
	const struct restore_order *o = x->order;
	int len;

	(void)snprintf(x->why, x->why_size, "%s", "");
	len = o->work != NULL ? snprintf(x->work, sizeof(x->work), "%s", o->work)
			      : snprintf(x->work, sizeof(x->work), "%s/%s", o->state_dir, name);
	if (len >= (int)sizeof(x->work) - 32)
		return restore_fail(x, SKS_TOO_BIG, "that path is too long");
	(void)snprintf(x->file, sizeof(x->file), "%.480s/" STORE_FILE, x->work);
	return restore_make_work(x->work, x->why, x->why_size);
}

static int
restore_finish(struct restore *x, int r)
{
	restore_remove_work(x->work);
	if (r != SKS_OK && x->why[0] == '\0')
		(void)restore_fail(x, r, "%s", error_text(r));
	return r;
}

int
restore_check(const struct restore_order *order, json_t **report, char *why, size_t why_size)
{
	struct restore x = {
	    .order = order, .report = json_object(), .why = why, .why_size = why_size};
	int r = restore_begin(&x, RESTORE_CHECK);

	*report = x.report;
	if (r == SKS_OK)
		r = restore_unpack(&x);
	if (r == SKS_OK)
		r = restore_verify(&x);
	return restore_finish(&x, r);
}

int
restore_run(const struct restore_order *order, json_t **report, char *why, size_t why_size)
{
	struct restore x = {
	    .order = order, .report = json_object(), .why = why, .why_size = why_size};
	char aside[PATH_SIZE] = "";
	int r = restore_begin(&x, RESTORE_WORK);

	*report = x.report;
	if (r == SKS_OK)
		r = restore_unpack(&x);
	if (r == SKS_OK)
		r = restore_verify(&x);
	if (r == SKS_OK)
		r = restore_change(&x);
	if (r == SKS_OK && !order->rehearse)
		r = restore_swap(order->state_dir, x.work, aside, why, why_size);
	restore_put_text(&x, "sekisho.restore.aside", aside);
	return restore_finish(&x, r);
}
