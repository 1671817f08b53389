/*
 * Space. Blocks are taken from the file system before they are needed, so that when it is full
 * there is still a reserve that lets administrators in.
 *
 * The database file is kept larger than what is used. SQLite would cut it back at every
 * checkpoint, to a whole number of "chunks": so the chunk is made as large as the file. The
 * write-ahead log is written full of zeros once and never shortened; a commit that fits it
 * needs no new block. max_page_count keeps the used part inside the allocated one, so that the
 * error comes with the request that needs too much, and not from a checkpoint later.
 */
#include "error.h"
#include "store/scrub.h"
#include "store/store_internal.h"
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

enum {
	GROW_BYTES = 1 << 20, /* what is taken at a time */
	WAL_BYTES = 6 << 20,  /* a turn's worth beyond what asks for a checkpoint */
	WAL_CHECKPOINT_BYTES = 4 << 20,
	SPARE_BYTES = 64 << 10,      /* less than this serves nobody */
	KEEP_FREE_BYTES = 256 << 10, /* metadata need blocks too */
	CHUNK_MAX = 1 << 30,         /* SQLite keeps it in an int */
	ZERO_BLOCK = 64 << 10,
	ASK_EVERY_CALLS = 64,
};
#define LOW_BYTES_MAX (INT64_C(256) << 20)

static sqlite3_file *
space_file(struct store *s, int which)
{
	sqlite3_file *file = NULL;

	if (sqlite3_file_control(s->db, "main", which, &file) != SQLITE_OK)
		return NULL;
	return file != NULL && file->pMethods != NULL ? file : NULL;
}

/* What an unprivileged process can still write; 0 when nobody knows. */
static void
space_free(struct store *s, int64_t *free_bytes, int64_t *total_bytes)
{
	const char *path = sqlite3_db_filename(s->db, "main");
	struct statvfs fs;

	*free_bytes = *total_bytes = 0;
	if (path == NULL || statvfs(path, &fs) != 0)
		return;
	*free_bytes = (int64_t)(fs.f_bavail * fs.f_frsize);
	*total_bytes = (int64_t)(fs.f_blocks * fs.f_frsize);
}

/* Zeros from the end of the file to "size": SQLite's own way of asking for space leaves holes
 * where the file system's preferred block is larger than its real one. */
static int
space_fill(sqlite3_file *file, int64_t size)
{
	static const uint8_t zero[ZERO_BLOCK];
	sqlite3_int64 at = 0;
	int rc = file->pMethods->xFileSize(file, &at);

	while (rc == SQLITE_OK && at < size) {
		int64_t n = size - at < ZERO_BLOCK ? size - at : ZERO_BLOCK;

		rc = file->pMethods->xWrite(file, zero, (int)n, at);
		at += n;
	}
	return rc;
}

/* No reader takes zeros for a frame. On disk before they are needed: a commit must not have to
 * turn reserved blocks into real ones. */
static void
space_extend_wal(struct store *s, int64_t free_bytes)
{
	sqlite3_file *wal = space_file(s, SQLITE_FCNTL_JOURNAL_POINTER);
	sqlite3_int64 size = 0;
	int rc;

	if (wal == NULL || wal->pMethods->xFileSize(wal, &size) != SQLITE_OK)
		return;
	if (size < WAL_BYTES) {
		if (free_bytes < WAL_BYTES - size + KEEP_FREE_BYTES)
			return;
		rc = space_fill(wal, WAL_BYTES);
		if (rc == SQLITE_OK)
			rc = wal->pMethods->xSync(wal, SQLITE_SYNC_NORMAL);
		if (rc != SQLITE_OK) {
			(void)store_fail(s, rc);
			return;
		}
	}
	s->wal_ready = true;
}

/* Another program's checkpoint may have cut the file back. */
static int
space_measure(struct store *s)
{
	sqlite3_file *file = space_file(s, SQLITE_FCNTL_FILE_POINTER);
	sqlite3_int64 size = 0;
	int rc;

	if (file == NULL)
		return SKS_INTERNAL;
	rc = file->pMethods->xFileSize(file, &size);
	if (rc != SQLITE_OK)
		return store_fail(s, rc);
	s->file_bytes = size;
	return SKS_OK;
}

/* Into how many equal pieces of at most CHUNK_MAX, and how large they are. */
static int64_t
space_piece(int64_t size, int64_t *pieces)
{
	int64_t pages = (size + STORE_PAGE_SIZE - 1) / STORE_PAGE_SIZE;

	*pieces = (size + CHUNK_MAX - 1) / CHUNK_MAX;
	return *pieces > 0 ? (pages + *pieces - 1) / *pieces * STORE_PAGE_SIZE : 0;
}

/* The file stays as large as it is, and nothing is used beyond it. A chunk is larger than what
 * is unused, so rounding the used part up to whole ones gives the size again. */
static int
space_keep(struct store *s)
{
	int64_t pieces, pages = s->file_bytes / STORE_PAGE_SIZE;
	int chunk = (int)space_piece(s->file_bytes, &pieces);
	char sql[64];
	int rc;

	if (chunk == 0)
		return SKS_OK;
	rc = sqlite3_file_control(s->db, "main", SQLITE_FCNTL_CHUNK_SIZE, &chunk);
	if (rc != SQLITE_OK)
		return store_fail(s, rc);
	(void)snprintf(sql, sizeof(sql), "PRAGMA max_page_count = %lld",
	    (long long)(pages < SCRUB_PAGES_MAX ? pages : SCRUB_PAGES_MAX));
	return store_exec(s, sql);
}

static int
space_allocate(struct store *s, int64_t want)
{
	sqlite3_file *file = space_file(s, SQLITE_FCNTL_FILE_POINTER);
	int64_t pieces, piece = space_piece(want, &pieces);
	int rc, r;

	if (file == NULL)
		return SKS_INTERNAL;
	rc = space_fill(file, piece * pieces);
	if (rc != SQLITE_OK)
		(void)store_fail(s, rc);
	/* what came of it, all or a part, is kept */
	r = space_measure(s);
	return r == SKS_OK ? space_keep(s) : r;
}

static int
space_count_pages(struct store *s)
{
	int r = store_number(s, ST_PAGES, "PRAGMA page_count", NO_VALUES, &s->pages);

	s->pages_exact = r == SKS_OK;
	return r;
}

static int64_t
space_unused(const struct store *s)
{
	return s->file_bytes - s->pages * STORE_PAGE_SIZE;
}

/* Takes more while there is something to take. Asked beforehand: a file system that runs full
 * half way leaves a file that is neither the old size nor the new one. */
static void
space_grow(struct store *s, int64_t free_bytes)
{
	int64_t used = s->pages * STORE_PAGE_SIZE;
	int64_t want = used + (int64_t)s->reserve_bytes + 2 * GROW_BYTES;

	if (!s->wal_ready) {
		space_extend_wal(s, free_bytes);
		space_free(s, &free_bytes, &(int64_t){0});
	}
	if (s->wal_ready && free_bytes > want - s->file_bytes + KEEP_FREE_BYTES)
		(void)space_allocate(s, want);
}

/* Nearly full is not a matter of microseconds: the file system is asked now and then. */
static void
space_note_low(struct store *s, int64_t free_bytes, int64_t total_bytes)
{
	int64_t low = total_bytes / 20 < LOW_BYTES_MAX ? total_bytes / 20 : LOW_BYTES_MAX;

	if (low < 8 * (int64_t)s->reserve_bytes)
		low = 8 * (int64_t)s->reserve_bytes;
	s->space_low = free_bytes < low;
}

enum store_space
store_space(struct store *s)
{
	int64_t reserve = (int64_t)s->reserve_bytes;
	int64_t free_bytes, total_bytes;
	bool grow;

	if (s->read_only || s->in_turn)
		return STORE_SPACE_OK;
	if (space_measure(s) != SKS_OK)
		return STORE_SPACE_NONE;
	if (!s->pages_exact && space_unused(s) < reserve + GROW_BYTES &&
	    space_count_pages(s) != SKS_OK)
		return STORE_SPACE_NONE;
	grow = !s->wal_ready || space_unused(s) < reserve + GROW_BYTES;
	if (grow || s->space_calls++ % ASK_EVERY_CALLS == 0) {
		space_free(s, &free_bytes, &total_bytes);
		space_note_low(s, free_bytes, total_bytes);
		if (grow)
			space_grow(s, free_bytes);
	}
	if (space_unused(s) < SPARE_BYTES)
		return STORE_SPACE_NONE;
	if (space_unused(s) <= reserve || !s->wal_ready)
		return STORE_SPACE_RESERVE;
	return s->space_low ? STORE_SPACE_LOW : STORE_SPACE_OK;
}

static int
space_on_commit(void *context, sqlite3 *db, const char *schema, int frames)
{
	struct store *s = context;

	(void)db;
	(void)schema;
	/* A page that is new is a frame of this commit. Counting them costs a statement that
	 * SQLite compiles anew each time, and matters only when space runs low. */
	s->pages += frames > s->wal_frames ? frames - s->wal_frames : frames;
	s->pages_exact = false;
	s->wal_frames = frames;
	return SQLITE_OK;
}

int
space_open(struct store *s)
{
	int r;

	/* in place of SQLite's own hook, which would checkpoint inside a commit */
	(void)sqlite3_wal_hook(s->db, space_on_commit, s);
	s->wal_frames = 1;  /* the last run may have left some */
	s->wipe_due = true; /* also of what it destroyed */
	r = space_count_pages(s);
	if (r == SKS_OK)
		r = space_measure(s);
	if (r != SKS_OK)
		return r;
	/* What is allocated already stays so, even if there is no space for more. */
	r = space_keep(s);
	if (r != SKS_OK)
		return r;
	(void)store_space(s);
	return SKS_OK;
}

bool
store_checkpoint_due(const struct store *s)
{
	return s->wal_frames * STORE_PAGE_SIZE > WAL_CHECKPOINT_BYTES;
}

int
store_checkpoint(struct store *s)
{
	int frames = 0, done = 0, rc;

	if (s->in_turn || s->read_only)
		return SKS_CONFLICT;
	if (s->wal_frames == 0)
		return SKS_OK;
	rc = sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_PASSIVE, &frames, &done);
	if (rc != SQLITE_OK)
		return store_fail(s, sqlite3_extended_errcode(s->db));
	if (done == frames)
		s->wal_frames = 0;
	return SKS_OK;
}
