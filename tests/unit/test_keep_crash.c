/*
 * The daemon is killed, or the power is cut, at each write and each sync while bodies are
 * destroyed: afterwards they are all there, or all gone with the record that says so; and then
 * they are in no file. Below the store lies a file system of the test's own, which counts, and
 * for a power cut forgets any of what was not synced.
 */
#include "planted.h"

#include <signal.h>
#include <sqlite3.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

enum { RECORDS = 120, FIRST = 11, LAST = 70, UNSYNCED_MAX = 4096 };

/* ---- the file system -----------------------------------------------------------------------
 */

struct shim_file {
	sqlite3_file base;
	sqlite3_file *real;
};

struct unsynced {
	sqlite3_file *real;
	sqlite3_int64 at;
	int len;
	uint8_t *before;
};

static int strike_at; /* 0: never */
static int operations;
static bool cut;
static struct unsynced unsynced[UNSYNCED_MAX];
static int unsynced_count;

static sqlite3_file *
shim_real(sqlite3_file *file)
{
	return ((struct shim_file *)(void *)file)->real;
}

static void
shim_forget(const sqlite3_file *real)
{
	int kept = 0;

	for (int i = 0; i < unsynced_count; i++) {
		if (unsynced[i].real == real)
			free(unsynced[i].before);
		else
			unsynced[kept++] = unsynced[i];
	}
	unsynced_count = kept;
}

/* Called before each change of a file. */
static void
shim_count(void)
{
	if (++operations != strike_at)
		return;
	for (int i = unsynced_count - 1; cut && i >= 0; i--) {
		struct unsynced *u = &unsynced[i];

		if (random() % 2 == 0)
			(void)u->real->pMethods->xWrite(u->real, u->before, u->len, u->at);
	}
	(void)raise(SIGKILL);
}

static int
shim_write(sqlite3_file *file, const void *src, int n, sqlite3_int64 at)
{
	sqlite3_file *real = shim_real(file);

	shim_count();
	if (cut && strike_at > 0 && unsynced_count < UNSYNCED_MAX) {
		struct unsynced *u = &unsynced[unsynced_count++];

		*u = (struct unsynced){real, at, n, calloc(1, (size_t)n)};
		(void)real->pMethods->xRead(real, u->before, n, at);
	}
	return real->pMethods->xWrite(real, src, n, at);
}

static int
shim_sync(sqlite3_file *file, int flags)
{
	shim_count();
	shim_forget(shim_real(file));
	return shim_real(file)->pMethods->xSync(shim_real(file), flags);
}

static int
shim_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	shim_count();
	return shim_real(file)->pMethods->xTruncate(shim_real(file), size);
}

/* How the store's log is written, see walio.c: durable when it returns. */
ssize_t
pwritev2(int fd, const struct iovec *iov, int count, off_t at, int flags)
{
	shim_count();
	return syscall(SYS_pwritev2, fd, iov, count, at, 0, flags);
}

#define PASS(name, params, ...)                                                                \
	static int shim_##name params                                                          \
	{                                                                                      \
		return shim_real(file)->pMethods->name(shim_real(file), ##__VA_ARGS__);        \
	}
PASS(xClose, (sqlite3_file * file))
PASS(xRead, (sqlite3_file * file, void *dst, int n, sqlite3_int64 at), dst, n, at)
PASS(xFileSize, (sqlite3_file * file, sqlite3_int64 *size), size)
PASS(xLock, (sqlite3_file * file, int level), level)
PASS(xUnlock, (sqlite3_file * file, int level), level)
PASS(xCheckReservedLock, (sqlite3_file * file, int *out), out)
PASS(xFileControl, (sqlite3_file * file, int op, void *arg), op, arg)
PASS(xSectorSize, (sqlite3_file * file))
PASS(xDeviceCharacteristics, (sqlite3_file * file))
PASS(xShmMap, (sqlite3_file * file, int i, int size, int extend, void volatile **out), i, size,
    extend, out)
PASS(xShmLock, (sqlite3_file * file, int at, int n, int flags), at, n, flags)
PASS(xShmUnmap, (sqlite3_file * file, int delete), delete)

static void
shim_xShmBarrier(sqlite3_file *file)
{
	shim_real(file)->pMethods->xShmBarrier(shim_real(file));
}

static const sqlite3_io_methods shim_methods = {
    .iVersion = 2,
    .xClose = shim_xClose,
    .xRead = shim_xRead,
    .xWrite = shim_write,
    .xTruncate = shim_truncate,
    .xSync = shim_sync,
    .xFileSize = shim_xFileSize,
    .xLock = shim_xLock,
    .xUnlock = shim_xUnlock,
    .xCheckReservedLock = shim_xCheckReservedLock,
    .xFileControl = shim_xFileControl,
    .xSectorSize = shim_xSectorSize,
    .xDeviceCharacteristics = shim_xDeviceCharacteristics,
    .xShmMap = shim_xShmMap,
    .xShmLock = shim_xShmLock,
    .xShmBarrier = shim_xShmBarrier,
    .xShmUnmap = shim_xShmUnmap,
};

static sqlite3_vfs *below;

static int
shim_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out_flags)
{
	struct shim_file *f = (struct shim_file *)(void *)file;
	int rc;

	(void)vfs;
	memset(f, 0, sizeof(*f));
	f->real = (sqlite3_file *)(void *)(f + 1);
	rc = below->xOpen(below, name, f->real, flags, out_flags);
	if (rc == SQLITE_OK)
		f->base.pMethods = &shim_methods;
	return rc;
}

static int
shim_register(void **state)
{
	static sqlite3_vfs vfs;

	(void)state;
	below = sqlite3_vfs_find(NULL);
	vfs = *below;
	vfs.pNext = NULL;
	vfs.szOsFile = (int)sizeof(struct shim_file) + below->szOsFile;
	vfs.xOpen = shim_open;
	vfs.zName = "shim";
	return sqlite3_vfs_register(&vfs, 1);
}

/* ---- what is struck ------------------------------------------------------------------------
 */

static void
note(struct world *w)
{
	static const uint8_t boot[16] = {1};
	struct record r;

	record_init(&r, event_by_action(ACTION_RETENTION), w->now, boot, "success", "ok");
	record_put_str(&r, "sekisho.retention.class", "access");
	assert_int_equal(record_finish(&r), SKS_OK);
	assert_int_equal(store_append(w->store, &r), SKS_OK);
	record_clear(&r);
}

static void
destroy(struct world *w)
{
	world_begin(w);
	for (uint64_t seq = FIRST; seq <= LAST; seq++)
		assert_int_equal(store_erase(w->store, seq), SKS_OK);
	note(w);
	world_commit(w);
	assert_int_equal(store_wipe(w->store), SKS_OK);
}

/* In a process of its own; how many changes of files it made, or -1 when it was struck. */
static int
run_struck(struct world *w, int at, bool power)
{
	int status, told[2], made = -1;
	pid_t pid;

	assert_int_equal(pipe(told), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		srandom((unsigned)at);
		assert_int_equal(world_open(w), SKS_OK);
		assert_int_equal(w->start, STORE_CLEAN);
		operations = 0;
		strike_at = at;
		cut = power;
		destroy(w);
		_exit(write(told[1], &operations, sizeof(operations)) == sizeof(operations)
			  ? 0
			  : 1);
	}
	(void)close(told[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status)) {
		assert_int_equal(WEXITSTATUS(status), 0);
		assert_int_equal(read(told[0], &made, sizeof(made)), sizeof(made));
	} else {
		assert_int_equal(WTERMSIG(status), SIGKILL);
	}
	(void)close(told[0]);
	return made;
}

static void
copy(const char *from, const char *to)
{
	char command[256];

	(void)snprintf(command, sizeof(command),
	    "rm -f '%s'/* && cp --sparse=never '%s'/* '%s'/", to, from, to);
	assert_int_equal(system(command), 0);
}

static void
check_integrity(const struct world *w)
{
	char command[256];

	(void)snprintf(command, sizeof(command),
	    "sqlite3 'file:%s/sekisho.db?mode=ro' 'PRAGMA integrity_check' | grep -qx ok",
	    w->dir);
	assert_int_equal(system(command), 0);
}

/* What another start finds. */
static void
check_after(struct world *w)
{
	static struct traces t;
	struct store_kept k;
	uint64_t size;
	bool gone;

	assert_int_equal(world_open(w), SKS_OK);
	if (w->start != STORE_CLEAN)
		world_vouch(w);
	assert_int_equal(store_log_size(w->store, &size), SKS_OK);
	gone = size == RECORDS + 1;
	if (!gone)
		assert_int_equal(size, RECORDS);
	for (uint64_t seq = 1; seq <= RECORDS; seq++) {
		assert_int_equal(store_kept_get(w->store, seq, &k), SKS_OK);
		assert_int_equal(k.body, !gone || seq < FIRST || seq > LAST);
	}
	if (!gone)
		destroy(w);
	else
		assert_int_equal(store_wipe(w->store), SKS_OK);
	find(w, &t);
	for (uint64_t seq = 1; seq <= RECORDS; seq++) {
		assert_int_equal(t.body[seq], seq < FIRST || seq > LAST);
		assert_int_equal(t.user[seq], seq < FIRST || seq > LAST);
	}
	world_close(w);
	check_integrity(w);
}

static void
strike_everywhere(struct world *w, bool power)
{
	const char *torture = getenv("TORTURE");
	bool all = torture != NULL && torture[0] != '\0';
	char pattern[64] = "/tmp/sekisho-crash-XXXXXX";
	struct world other = *w;
	int made, step;

	fill(w, 1, RECORDS);
	world_close(w);
	assert_non_null(mkdtemp(pattern));
	(void)snprintf(other.dir, sizeof(other.dir), "%s", pattern);
	(void)snprintf(other.generation, sizeof(other.generation), "%s/generation", pattern);
	copy(w->dir, other.dir);
	made = run_struck(&other, 0, false);
	assert_true(made > 20);
	step = all ? 1 : made / 12 + 1;
	for (int at = 1; at <= made; at += step) {
		copy(w->dir, other.dir);
		assert_int_equal(run_struck(&other, at, power), -1);
		check_after(&other);
	}
	world_remove(&other);
}

static void
test_killed_anywhere(void **state)
{
	strike_everywhere(*state, false);
}

static void
test_power_cut_anywhere(void **state)
{
	strike_everywhere(*state, true);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    WORLD_TEST(test_killed_anywhere),
	    WORLD_TEST(test_power_cut_anywhere),
	};

	return cmocka_run_group_tests_name("keep crash", tests, shim_register, NULL);
}
