/* Taking a change back. The rollback program is this and little else. */
#include "error.h"
#include "transaction_files.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { OUTCOME_MAX = 256 << 10 };

struct undoing {
	const char *dir;
	const struct manifest *m;
	undone_fn *tell;
	struct undone *done;
	struct buf outcome;
};

static bool
is_as(const struct state *now, const struct state *then)
{
	return now->present == then->present &&
	       (!now->present ||
		   (strcmp(now->sha256, then->sha256) == 0 && now->mode == then->mode &&
		       now->uid == then->uid && now->gid == then->gid));
}

/* Neither what it was nor what we made it: somebody's work, kept beside. A file that somebody
 * took away leaves nothing to keep. */
static int
undo_conflict(struct undoing *u, const struct manifest_file *f, const struct state *now)
{
	char kept[STATE_PATH_SIZE] = "";
	int r = now->present ? state_keep_aside(f->path, kept) : SKS_OK;

	u->done->conflicts++;
	u->tell(f->path, kept[0] == '\0' ? NULL : kept, r);
	buf_printf(&u->outcome, "conflict %s %s\n", f->path, kept[0] == '\0' ? "-" : kept);
	return r;
}

/* The bytes as they were, as far as they still are what the manifest says. */
static int
undo_read_before(
    const struct undoing *u, const struct manifest_file *f, size_t i, struct buf *bytes)
{
	char name[32], sum[SHA256_HEX_SIZE];
	int r;

	if (!f->before.present)
		return SKS_OK;
	(void)snprintf(name, sizeof(name), "%03zu.before", i);
	r = transaction_slurp(u->dir, u->m->id, name, bytes);
	if (r == SKS_OK &&
	    strcmp(sha256_hex(bytes->data, bytes->len, sum), f->before.sha256) != 0)
		r = SKS_CORRUPT;
	return r;
}

static int
undo_file(struct undoing *u, size_t i)
{
	const struct manifest_file *f = &u->m->file[i];
	struct state now;
	struct buf bytes;
	int r = state_read(f->path, &now, NULL);

	if (r == SKS_UNTRUSTED || r == SKS_TOO_BIG)
		now.present = true, now.sha256[0] = '\0';
	else if (r != SKS_OK)
		return r;
	if (is_as(&now, &f->before)) {
		state_sweep(f->path);
		return SKS_OK;
	}
	buf_init(&bytes, STATE_BYTES_MAX);
	r = undo_read_before(u, f, i, &bytes);
	/* What cannot be kept aside is given up all the same: who is locked out has nothing of
	 * it. */
	if (r == SKS_OK && !state_same_bytes(&now, &f->before) &&
	    !state_same_bytes(&now, &f->after))
		(void)undo_conflict(u, f, &now);
	if (r == SKS_OK)
		r = state_put(f->path, &f->before, bytes.data, bytes.len);
	buf_clear(&bytes);
	if (r == SKS_OK)
		u->done->restored++;
	return r;
}

static int
undo_files(struct undoing *u)
{
	int first = SKS_OK;

	for (size_t i = u->m->count; i > 0; i--) {
		int r = undo_file(u, i - 1);

		if (r == SKS_OK)
			continue;
		u->done->failed++;
		u->tell(u->m->file[i - 1].path, NULL, r);
		if (first == SKS_OK)
			first = r;
	}
	return first;
}

/* Behind what an earlier run left: its conflicts are still true. */
static int
undo_write_outcome(struct undoing *u, enum undo_why why)
{
	struct buf text;
	int r;

	buf_init(&text, OUTCOME_MAX);
	r = transaction_slurp(u->dir, u->m->id, "outcome", &text);
	if (r == SKS_NOT_FOUND)
		r = SKS_OK;
	buf_put_bytes(&text, u->outcome.data, u->outcome.len);
	buf_printf(&text, "taken-back %s %lld %zu %zu\n", undo_words[why],
	    (long long)clock_now().wall_ms, u->done->restored, u->done->conflicts);
	if (r == SKS_OK)
		r = buf_error(&text);
	if (r == SKS_OK)
		r = transaction_write(u->dir, u->m->id, "outcome", 0644, text.data, text.len);
	buf_clear(&text);
	return r;
}

/* First the word that it was confirmed, if it was, then the word that it is pending: between
 * the two a crash leaves it to be taken back once more, which changes nothing. */
static int
undo_close(const char *dir, uint64_t id)
{
	struct state none = {.present = false};
	char path[STATE_PATH_SIZE];
	int r = transaction_path(dir, id, "confirmed", path);

	if (r == SKS_OK)
		r = state_put(path, &none, NULL, 0);
	if (r == SKS_OK)
		r = transaction_path(dir, 0, "pending", path);
	return r == SKS_OK ? state_put(path, &none, NULL, 0) : r;
}

int
transaction_undo(
    const char *dir, uint64_t id, enum undo_why why, undone_fn *tell, struct undone *out)
{
	static struct manifest m; /* too large for the stack of a rescue shell */
	struct undoing u = {.dir = dir, .m = &m, .tell = tell, .done = out};
	int r = transaction_manifest(dir, id, &m);

	*out = (struct undone){.id = id};
	if (r != SKS_OK)
		return r;
	buf_init(&u.outcome, OUTCOME_MAX);
	r = undo_files(&u);
	/* A full disk keeps no word, but must not keep the change either. */
	if (r == SKS_OK)
		(void)undo_write_outcome(&u, why);
	buf_clear(&u.outcome);
	return r == SKS_OK ? undo_close(dir, id) : r;
}
