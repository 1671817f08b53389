/*
 * Any bytes as wtmp and its older files, and as the message in which the warden hands such files
 * over: every whole line of each file is judged once, the oldest first, in however small steps;
 * a message takes no more descriptors than came with it.
 *
 * SOURCES: lib/buf.c lib/error.c
 */
#include "error.h"
#include "report/hostlogs.h"
#include "safeopen.h"
#include "fuzz.h"
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILES_MAX = 3 };

static const uint8_t *file_data[FILES_MAX];
static size_t file_size[FILES_MAX];

static ssize_t
fuzz_pread(int fd, void *to, size_t size, int64_t at)
{
	expect(fd >= 0 && fd < FILES_MAX && at >= 0 && (size_t)at <= file_size[fd]);
	if (size > file_size[fd] - (size_t)at)
		size = file_size[fd] - (size_t)at;
	memcpy(to, file_data[fd] + at, size);
	return (ssize_t)size;
}

/* What came as descriptor 2 was opened for writing too. */
static int
fuzz_fstat(struct stat *st)
{
	*st = (struct stat){.st_mode = S_IFREG, .st_size = 1000};
	return 0;
}

#define pread(fd, to, size, at)                     fuzz_pread(fd, to, size, at)
#define fcntl(fd, command)                          ((fd) == 2 ? O_RDWR : O_RDONLY)
#define fstat(fd, st)                               fuzz_fstat(st)
#define safeopen_read(path, owner, mode, why, size) SKS_NOT_FOUND
#include "../../policyd/report/hostlogs.c"
#undef fcntl
#undef fstat
#include "../../policyd/report/wtmp.c"

/* ---- what the lines are held against ------------------------------------------------------ */

enum { FROM_MS = 1000000, UNTIL_MS = 2000000000 };

unsigned
period_bucket(const struct period *p, int64_t wall_ms)
{
	return wall_ms >= FROM_MS && wall_ms < UNTIL_MS ? 0 : p->count;
}

bool
gather_knows_login(const struct gather *g, const char *user, int64_t wall_ms, int64_t slack)
{
	(void)g;
	(void)slack;
	expect(strlen(user) <= sizeof(((struct utmp *)0)->ut_user) && wall_ms >= FROM_MS);
	return user[0] == 'a';
}

/* The same, read at once and plainly. */
static void
count_lines(struct wtmp *w, size_t file)
{
	for (size_t at = 0; file_size[file] - at >= sizeof(struct utmp); at += sizeof(struct utmp)) {
		struct utmp u;
		int64_t wall_ms;

		memcpy(&u, file_data[file] + at, sizeof(u));
		wall_ms = (int64_t)u.ut_tv.tv_sec * 1000 + u.ut_tv.tv_usec / 1000;
		if (u.ut_type != USER_PROCESS || wall_ms < FROM_MS || wall_ms >= UNTIL_MS)
			continue;
		w->count++;
		if (u.ut_user[0] == 'a')
			continue;
		if (w->unknown++ == 0)
			w->row[0].wall_ms = wall_ms;
	}
}

static void
try_lines(const struct hostlog *log, const struct gather *g, size_t step)
{
	static struct wtmp w, plain;

	memset(&plain, 0, sizeof(plain));
	for (size_t i = log->count; i > 0; i--)
		count_lines(&plain, i - 1);
	memset(&w, 0, sizeof(w));
	wtmp_begin(&w, log);
	expect(w.read == (log->count > 0));
	while (wtmp_step(&w, step, g) == 1)
		continue;
	expect(w.count == plain.count && w.unknown == plain.unknown && !w.reader.cut);
	expect(w.unknown == 0 || w.row[0].wall_ms == plain.row[0].wall_ms);
	for (size_t i = 0; i < w.unknown && i < WTMP_ROWS_MAX; i++)
		expect(memchr(w.row[i].user, 0, sizeof(w.row[i].user)) != NULL &&
		       memchr(w.row[i].line, 0, sizeof(w.row[i].line)) != NULL &&
		       memchr(w.row[i].host, 0, sizeof(w.row[i].host)) != NULL);
}

/* The newest bytes and no others. */
static void
try_newest(const struct hostlog *log, int64_t most)
{
	struct hostlog_reader r;
	uint8_t bytes[64];
	int64_t total = 0, seen = 0;

	for (size_t i = 0; i < log->count; i++)
		total += log->size[i];
	hostlog_reader_init(&r, log, most);
	while (hostlog_more(&r))
		seen += (int64_t)hostlog_read(&r, bytes, sizeof(bytes));
	expect(seen == (most < total ? most : total) && (r.cut || seen == total));
}

/* ---- the message -------------------------------------------------------------------------- */

static void
try_message(const uint8_t *data, size_t size, size_t came)
{
	static struct hostlogs h;
	static struct received r;
	struct buf b;
	size_t at = 0;

	hostlogs_init(&h);
	r.count = came;
	for (size_t i = 0; i < came; i++)
		r.fd[i] = (int)i;
	buf_init_read(&b, data, size);
	if (message_get(&b, &h.wtmp, &r, &at) && message_get(&b, &h.audit, &r, &at)) {
		expect(at == h.wtmp.count + h.audit.count && at <= came && at <= 2);
		expect((h.wtmp.state == HOSTLOG_OPEN) == (h.wtmp.count > 0));
		expect(memchr(h.wtmp.why, 0, sizeof(h.wtmp.why)) != NULL);
	}
}

/* The first bytes say how many files there are, how long the newer ones are, and the step. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct period period = {.count = 1};
	static struct gather g = {.period = &period, .first_wall_ms = FROM_MS};
	static struct hostlog log;
	size_t files, step;

	if (size < 4)
		return 0;
	files = data[0] % (FILES_MAX + 1);
	step = data[1];
	try_message(data + 4, size - 4, data[2] % 5);
	memset(&log, 0, sizeof(log));
	log.state = files > 0 ? HOSTLOG_OPEN : HOSTLOG_ABSENT;
	log.count = files;
	data += 4;
	size -= 4;
	for (size_t i = 0; i < files; i++) {
		size_t len = i + 1 < files && data[-1] * 8u < size ? data[-1] * 8u : size;

		log.fd[i] = (int)i;
		log.size[i] = (int64_t)len;
		file_data[i] = data;
		file_size[i] = len;
		if (i + 1 < files && len < size) {
			data += len;
			size -= len;
		} else {
			log.count = files = i + 1;
		}
	}
	try_lines(&log, &g, step + 1);
	try_newest(&log, (int64_t)step * 16);
	return 0;
}
