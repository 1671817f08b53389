/* Looking at files: what an entry says, where a slice of a walk goes on, what differs. */
#include "../../warden/survey.c"
#include "../../warden/walk.c"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/inotify.h>

#include <cmocka.h>

static char dir[64];

void
child_payload(const void *data, size_t len)
{
	(void)data;
	(void)len;
}

static int
setup(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/sekisho-survey.XXXXXX");
	return mkdtemp(dir) == NULL;
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int
teardown(void **state)
{
	(void)state;
	return nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void
put(const char *name, mode_t mode, const char *format, ...)
{
	char path[256];
	va_list list;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	va_start(list, format);
	vfprintf(f, format, list);
	va_end(list);
	fclose(f);
	assert_int_equal(chmod(path, mode), 0);
}

static void
begin(struct survey *s)
{
	memset(s, 0, sizeof(*s));
	s->until_ms = clock_monotonic_ms() + SURVEY_TIME_MS;
	buf_init(&s->out, HELPER_PAYLOAD_MAX);
}

/* What is said of one file. */
static struct survey_entry
look(const char *name)
{
	struct survey_entry e;
	struct survey s;
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	begin(&s);
	survey_named(&s, path, true);
	assert_int_equal(buf_error(&s.out), 0);
	assert_int_equal(survey_get(&s.out, &e), SKS_OK);
	assert_string_equal(e.path, path);
	buf_clear(&s.out);
	return e;
}

static void
test_entries(void **state)
{
	static const uint8_t abc[] = {0xba, 0x78, 0x16, 0xbf}; /* SHA-256 of "abc" */
	char path[256];
	struct survey_entry e;

	(void)state;
	put("abc", 0640, "abc");
	e = look("abc");
	assert_memory_equal(e.digest, abc, sizeof(abc));
	assert_int_equal(e.kind, '-');
	assert_int_equal(e.mode, 0640);
	assert_int_equal(e.size, 3);
	assert_int_equal(e.uid, geteuid());
	assert_int_equal(e.lines, 0);
	assert_int_equal(e.flags, ENTRY_TEXT);
	survey_entry_clear(&e);
	put("lines", 0644, "a\nb\n");
	e = look("lines");
	assert_int_equal(e.lines, 2);
	survey_entry_clear(&e);
	put("binary", 0644, "a\nb%c\n", 0);
	e = look("binary");
	assert_int_equal(e.flags, 0);
	assert_int_equal(e.lines, 0);
	survey_entry_clear(&e);
	/* larger than is read; not even opened for longer than to see that */
	put("huge", 0644, "x");
	snprintf(path, sizeof(path), "%s/huge", dir);
	assert_int_equal(truncate(path, SURVEY_FILE_MAX + 1), 0);
	e = look("huge");
	assert_int_equal(e.flags, ENTRY_HUGE);
	assert_int_equal(e.size, SURVEY_FILE_MAX + 1);
	survey_entry_clear(&e);
	snprintf(path, sizeof(path), "%s/fifo", dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	e = look("fifo"); /* opened, it would wait for ever */
	assert_int_equal(e.kind, 'p');
	survey_entry_clear(&e);
	/* a link that was named: where it points counts, and what is there */
	snprintf(path, sizeof(path), "%s/link", dir);
	assert_int_equal(symlink("abc", path), 0);
	e = look("link");
	assert_int_equal(e.kind, 'l');
	assert_memory_equal(e.digest, abc, sizeof(abc));
	survey_entry_clear(&e);
	snprintf(path, sizeof(path), "%s/loop", dir);
	assert_int_equal(symlink("loop", path), 0);
	e = look("loop");
	assert_int_equal(e.kind, 'l');
	assert_int_equal(e.flags, 0);
	survey_entry_clear(&e);
}

/* Whoever swaps a link behind our back must not have root open a device for them. */
static void
test_opens_nothing_but_files(void **state)
{
	char path[256], link[256], event[512];
	struct survey_entry e = {.kind = 'l'};
	struct survey s;
	int watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	(void)state;
	snprintf(path, sizeof(path), "%s/pipe", dir);
	snprintf(link, sizeof(link), "%s/to-pipe", dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(symlink("pipe", link), 0);
	assert_true(inotify_add_watch(watch, path, IN_OPEN) >= 0);
	begin(&s);
	survey_digest(&s, AT_FDCWD, link, true, &e);
	assert_int_equal(e.flags, ENTRY_UNREADABLE);
	assert_int_equal(read(watch, event, sizeof(event)), -1);
	assert_int_equal(errno, EAGAIN);
	buf_clear(&s.out);
	close(watch);
}

/* An administrator's own directory cannot crowd out what is asked about the others. */
static void
test_keys_are_files(void **state)
{
	char path[256];
	struct survey s;

	(void)state;
	snprintf(path, sizeof(path), "%s/keys", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	for (int i = 0; i < 20; i++) {
		char name[32];

		snprintf(name, sizeof(name), "keys/%d", i);
		put(name, 0600, "x");
	}
	begin(&s);
	survey_named(&s, path, false);
	assert_int_equal(s.files, 1);
	buf_clear(&s.out);
	begin(&s);
	survey_named(&s, path, true);
	assert_int_equal(s.files, 21);
	buf_clear(&s.out);
}

static void
test_compare(void **state)
{
	struct survey_entry a = {.kind = '-', .mode = 0644, .size = 3}, b = a;

	(void)state;
	assert_int_equal(survey_compare(&a, &b), 0);
	b.digest[5] = 1;
	assert_int_equal(survey_compare(&a, &b), DIFFERS_CONTENT);
	b.flags = ENTRY_HUGE; /* its content was not looked at */
	assert_int_equal(survey_compare(&a, &b), 0);
	b.size = 4;
	assert_int_equal(survey_compare(&a, &b), DIFFERS_CONTENT);
	b = a;
	b.mode = 04644;
	b.gid = 7;
	assert_int_equal(survey_compare(&a, &b), DIFFERS_MODE | DIFFERS_OWNER);
	b = a;
	b.caps = 1;
	b.kind = 'l';
	assert_int_equal(survey_compare(&a, &b), DIFFERS_CAPABILITY | DIFFERS_KIND);
	b = a;
	b.flags = ENTRY_UNREADABLE;
	assert_int_equal(survey_compare(&a, &b), DIFFERS_READABLE);
	b = a;
	b.flags = ENTRY_TEXT; /* that lines were counted is no change */
	assert_int_equal(survey_compare(&a, &b), 0);
}

/* Bytes that no warden sends. */
static void
test_bad_entries(void **state)
{
	struct survey_entry e = {.path = (char *)(uintptr_t) "/a", .kind = '-'}, out;
	struct buf b, in;

	(void)state;
	buf_init(&b, 4096);
	survey_put(&b, &e);
	for (size_t len = 0; len < b.len; len++) {
		buf_init_read(&in, b.data, len);
		assert_int_not_equal(survey_get(&in, &out), SKS_OK);
		assert_null(out.path);
	}
	buf_init_read(&in, b.data, b.len);
	assert_int_equal(survey_get(&in, &out), SKS_OK);
	survey_entry_clear(&out);
	b.data[4] = 'x'; /* the kind */
	buf_init_read(&in, b.data, b.len);
	assert_int_equal(survey_get(&in, &out), SKS_INVALID);
	b.data[4] = '-';
	b.data[2] = 'a'; /* no absolute path */
	buf_init_read(&in, b.data, b.len);
	assert_int_equal(survey_get(&in, &out), SKS_INVALID);
	b.data[2] = '/';
	b.data[3] = '\n'; /* it would begin a line of its own */
	buf_init_read(&in, b.data, b.len);
	assert_int_equal(survey_get(&in, &out), SKS_INVALID);
	buf_clear(&b);
}

/* ---- the walk ---------------------------------------------------------------------------- */

enum { DIRS = 12, FILES = 40 };

static size_t found[DIRS][FILES];

static void
take(struct survey *s)
{
	struct survey_entry e;
	unsigned d, f;

	while (buf_left(&s->out) > 0) {
		assert_int_equal(survey_get(&s->out, &e), SKS_OK);
		if (sscanf(e.path + strlen(dir), "/tree/d%u/f%u", &d, &f) == 2 ||
		    sscanf(e.path + strlen(dir), "/tree/d%u/sub/f%u", &d, &f) == 2) {
			assert_true(d < DIRS && f < FILES);
			found[d][f]++;
		}
		survey_entry_clear(&e);
	}
}

/* One slice of the walk below dir: ends as soon as it looks at the clock. */
static bool
slice(char *cursor, size_t size, const char *ignore)
{
	static char after[ENTRY_PATH_SIZE];
	struct survey s;
	struct walk w = {.survey = &s,
	    .ignore = ignore,
	    .after = after,
	    .cursor = cursor,
	    .cursor_size = size};
	struct stat st;
	int fd = open(dir, O_RDONLY | O_DIRECTORY);

	begin(&s);
	s.until_ms = 0;
	assert_int_equal(fstat(fd, &st), 0);
	w.device = st.st_dev;
	snprintf(after, sizeof(after), "%s", cursor);
	cursor[0] = '\0';
	walk_directory(&w, fd, dir, 0);
	take(&s);
	buf_clear(&s.out);
	return w.stopped;
}

static void
make_tree(void)
{
	char name[64], path[256];

	snprintf(path, sizeof(path), "%s/tree", dir);
	assert_int_equal(mkdir(path, 0755), 0);
	for (unsigned d = 0; d < DIRS; d++) {
		snprintf(path, sizeof(path), "%s/tree/d%u", dir, d);
		assert_int_equal(mkdir(path, 0755), 0);
		snprintf(path, sizeof(path), "%s/tree/d%u/sub", dir, d);
		assert_int_equal(mkdir(path, 0755), 0);
		for (unsigned f = 0; f < FILES; f++) {
			snprintf(
			    name, sizeof(name), "tree/d%u/%sf%u", d, f % 2 ? "sub/" : "", f);
			/* a name that no message can carry is found all the same */
			put(name, f % 5 == 0 ? 04755 : 0755, "x");
		}
		snprintf(name, sizeof(name), "tree/d%u/odd\x01%u", d, d);
		put(name, 0644, "x");
	}
}

static void
test_walk(void **state)
{
	char cursor[ENTRY_PATH_SIZE] = "", path[256], last[ENTRY_PATH_SIZE];
	size_t slices = 0;

	(void)state;
	make_tree();
	while (slice(cursor, sizeof(cursor), "")) {
		assert_true(++slices < 1000);
		assert_true(text_is_utf8(cursor, strlen(cursor)));
	}
	assert_true(slices >= DIRS * FILES / LOOK_AT_CLOCK / 2);
	for (unsigned d = 0; d < DIRS; d++) {
		for (unsigned f = 0; f < FILES; f++)
			assert_int_equal(found[d][f], f % 5 == 0);
	}
	/* what the cursor names may go, and more come: nobody else is passed over */
	memset(found, 0, sizeof(found));
	cursor[0] = '\0';
	assert_true(slice(cursor, sizeof(cursor), ""));
	snprintf(last, sizeof(last), "%s", cursor);
	assert_int_equal(nftw(cursor, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
	put("tree/a-new-one", 04755, "x");
	while (slice(cursor, sizeof(cursor), ""))
		continue;
	for (unsigned d = 0; d < DIRS; d++) {
		for (unsigned f = 0; f < FILES; f += 5) {
			snprintf(path, sizeof(path), "%s/tree/d%u/%sf%u", dir, d,
			    f % 2 ? "sub/" : "", f);
			if (strncmp(path, last, strlen(last)) != 0)
				assert_int_equal(found[d][f], 1);
		}
	}
	/* left out: with all below */
	memset(found, 0, sizeof(found));
	cursor[0] = '\0';
	snprintf(path, sizeof(path), "/nothing\n%s/tree/d[1-9]*\n", dir);
	while (slice(cursor, sizeof(cursor), path))
		continue;
	for (unsigned d = 1; d < DIRS; d++) {
		for (unsigned f = 0; f < FILES; f++)
			assert_int_equal(found[d][f], 0);
	}
	assert_int_equal(found[0][10], 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_entries),
	    cmocka_unit_test(test_opens_nothing_but_files),
	    cmocka_unit_test(test_keys_are_files),
	    cmocka_unit_test(test_compare),
	    cmocka_unit_test(test_bad_entries),
	    cmocka_unit_test(test_walk),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
