/*
 * The worker's own code in a process of its own, beside a writer that has the store open, as
 * the daemon has.
 */
#include "store_fixture.h"

#include <sqlite3.h>
#include <sys/wait.h>

int worker_main(int argc, char **argv);
#define main worker_main
#include "../../worker/bundle.c"
#include "../../worker/copying.c"
#include "../../worker/report.c"
#include "../../worker/main.c"
#undef main
#include "../../worker/forward.c"
#include "../../worker/log.c"
#include "../../worker/outlet.c"
#include "../../worker/password.c"
#include "../../worker/walls.c"

enum { NOBODY = 65534, ANSWER_MS = 10000, PAGES_MAX = 100 };

static struct {
	pid_t pid;
	int fd;
	uint32_t id;
	struct command_reply reply;
	uint8_t payload[HELPER_PAYLOAD_MAX];
	size_t len;
} asked;

/* The user that the worker becomes; only root can become somebody. */
static const char *
worker_user(void)
{
	return geteuid() == 0 ? "nobody" : "";
}

static void
give_away(const struct world *w)
{
	static const char *const names[] = {
	    "", "/sekisho.db", "/sekisho.db-wal", "/sekisho.db-shm"};
	char path[128];

	for (size_t i = 0; geteuid() == 0 && i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", w->dir, names[i]);
		assert_int_equal(chown(path, NOBODY, NOBODY), 0);
	}
}

static void
start(const char *dir)
{
	int end[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, end), 0);
	asked.id = 0;
	asked.fd = end[0];
	asked.pid = fork();
	assert_true(asked.pid >= 0);
	if (asked.pid == 0) {
		if (dup2(end[1], HELPER_FD) < 0 || close_range(HELPER_FD + 1, ~0U, 0) != 0)
			_exit(9);
		execl("/proc/self/exe", "worker", "--worker", worker_user(), dir, (char *)NULL);
		_exit(9);
	}
	close(end[1]);
}

static int
stop(void)
{
	int status;

	close(asked.fd);
	assert_int_equal(waitpid(asked.pid, &status, 0), asked.pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Parts and all. False when the worker has gone. */
static bool
receive(void)
{
	static uint8_t data[HELPER_MESSAGE_MAX];
	struct helper_message m;
	int r;

	asked.len = 0;
	do {
		r = helper_receive(asked.fd, ANSWER_MS, data, &m);
		if (r == SKS_NOT_FOUND)
			return false;
		assert_int_equal(r, SKS_OK);
		assert_int_equal(m.id, asked.id);
		assert_true(m.payload.len <= sizeof(asked.payload) - asked.len);
		if (m.payload.len != 0)
			memcpy(asked.payload + asked.len, m.payload.data, m.payload.len);
		asked.len += m.payload.len;
	} while (m.more);
	assert_int_equal(fields_decode(&command_reply_fields, &m.fields, &asked.reply), SKS_OK);
	return true;
}

static void
request(uint16_t type, const struct command *c, const char *payload)
{
	struct buf b;

	buf_init(&b, HELPER_MESSAGE_MAX);
	helper_encode(&b, ++asked.id, type, &command_fields, c, payload, strlen(payload));
	assert_int_equal(buf_error(&b), SKS_OK);
	assert_int_equal(send(asked.fd, b.data, b.len, MSG_NOSIGNAL), (ssize_t)b.len);
	buf_clear(&b);
}

static uint32_t
ask(const struct command *c)
{
	request(WORKER_LOG, c, "");
	assert_true(receive());
	return asked.reply.status;
}

/* ---- records
 * ------------------------------------------------------------------------------------ */

/* Its body carries a text of that length. */
static void
append(struct world *w, const char *user, size_t len)
{
	static char text[RECORD_BODY_MAX];
	struct record r;

	memset(text, 'x', sizeof(text));
	text[len] = '\0';
	world_begin(w);
	record_init(&r, event_by_action(ACTION_CODE), w->now, (const uint8_t[16]){0}, "failure",
	    "wrong-code");
	record_put_str(&r, "user.name", user);
	record_put_str(&r, "text", text);
	snprintf(r.user, sizeof(r.user), "%s", user);
	assert_int_equal(record_finish(&r), SKS_OK);
	assert_int_equal(store_append(w->store, &r), SKS_OK);
	record_clear(&r);
	world_commit(w);
}

/* The next entry of the payload. */
static bool
take(struct buf *in, uint64_t *seq, const uint8_t **body, uint32_t *len)
{
	if (buf_left(in) == 0)
		return false;
	*seq = buf_get_u64(in);
	*len = buf_get_u32(in);
	*body = buf_get_ptr(in, *len);
	assert_int_equal(buf_error(in), SKS_OK);
	return true;
}

/* Reads page after page; how many records there were, each once and in order. */
static size_t
read_all(struct command *c, size_t *pages)
{
	uint64_t seq, last = 0;
	const uint8_t *body;
	size_t count = 0;
	uint32_t len;
	struct buf in;

	c->verb = VERB_LOG;
	*pages = 0;
	do {
		assert_int_equal(ask(c), STATUS_DONE);
		assert_true(++*pages < PAGES_MAX);
		buf_init_read(&in, asked.payload, asked.len);
		while (take(&in, &seq, &body, &len)) {
			if (last != 0)
				assert_true(
				    c->newest_first ? seq == last - 1 : seq == last + 1);
			assert_true(len > 2 && body[0] == '{' && body[len - 1] == '}');
			last = seq;
			count++;
		}
		c->number = asked.reply.next;
	} while (asked.reply.next != 0);
	return count;
}

/* ---- tests
 * ---------------------------------------------------------------------------------------- */

static void
reads_page_by_page(void **state)
{
	struct world *w = *state;
	struct command c;
	size_t pages;

	for (int i = 0; i < 23; i++)
		append(w, i % 2 == 0 ? "alice" : "bob", 10);
	give_away(w);
	start(w->dir);
	c = (struct command){.limit = 7};
	assert_int_equal(read_all(&c, &pages), 23);
	assert_int_equal(pages, 4);
	c = (struct command){.limit = 23, .newest_first = true};
	assert_int_equal(read_all(&c, &pages), 23);
	assert_int_equal(pages, 1); /* full, and nothing behind it */
	c = (struct command){.limit = 5, .newest_first = true};
	assert_int_equal(read_all(&c, &pages), 23);
	append(w, "alice", 10); /* the daemon goes on writing */
	c = (struct command){.number = 23};
	assert_int_equal(read_all(&c, &pages), 1);
	c = (struct command){.number = 24};
	assert_int_equal(read_all(&c, &pages), 0);
	assert_int_equal(stop(), EXIT_SUCCESS);
}

static void
keeps_a_page_within_bounds(void **state)
{
	struct world *w = *state;
	struct command c = {0};
	size_t pages;

	for (int i = 0; i < 40; i++)
		append(w, "alice", 50000);
	for (int i = 0; i < 600; i++)
		append(w, "alice", 1);
	give_away(w);
	start(w->dir);
	assert_int_equal(read_all(&c, &pages), 640);
	assert_int_equal(pages, 4); /* 18 and 18 large ones, the rest, and beyond 500 */
	c = (struct command){.limit = UINT32_MAX, .number = 40};
	assert_int_equal(read_all(&c, &pages), 600);
	assert_int_equal(pages, 2);
	assert_int_equal(stop(), EXIT_SUCCESS);
}

static void
filters(void **state)
{
	struct world *w = *state;
	struct command c = {.verb = VERB_LOG, .user = "bob"};
	uint64_t seq;
	const uint8_t *body;
	uint32_t len;
	struct buf in;

	append(w, "alice", 1);
	append(w, "bob", 1);
	append(w, "alice", 1);
	give_away(w);
	start(w->dir);
	assert_int_equal(ask(&c), STATUS_DONE);
	buf_init_read(&in, asked.payload, asked.len);
	assert_true(take(&in, &seq, &body, &len));
	assert_int_equal(seq, 2);
	assert_non_null(memmem(body, len, "\"user.name\":\"bob\"", 17));
	assert_false(take(&in, &seq, &body, &len));
	snprintf(c.outcome, sizeof(c.outcome), "success");
	assert_int_equal(ask(&c), STATUS_DONE);
	assert_int_equal(asked.len, 0);
	c.outcome[0] = '\0';
	c.until_ms = w->now.wall_ms;
	assert_int_equal(ask(&c), STATUS_DONE);
	assert_int_equal(asked.len, 0);
	c.until_ms = 0;
	snprintf(c.event, sizeof(c.event), "no.such.event");
	assert_int_equal(ask(&c), STATUS_USAGE);
	assert_string_not_equal(asked.reply.text, "");
	snprintf(c.event, sizeof(c.event), "authentication.code");
	assert_int_equal(ask(&c), STATUS_DONE);
	assert_int_not_equal(asked.len, 0);
	assert_int_equal(stop(), EXIT_SUCCESS);
}

/* By another program: SQLite's locks do not bear a second opening in this one, nor in a fork.
 */
static void
damage(const struct world *w, const char *sql)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		char path[128];

		snprintf(path, sizeof(path), "%s/sekisho.db", w->dir);
		execl("/proc/self/exe", "sql", "--sql", path, sql, (char *)NULL);
		_exit(9);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static int
run_sql(const char *path, const char *sql)
{
	sqlite3 *db;
	int rc = sqlite3_open(path, &db);

	if (rc == SQLITE_OK)
		rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
	(void)sqlite3_close(db);
	return rc != SQLITE_OK;
}

static void
shows_what_was_deleted_or_changed(void **state)
{
	struct world *w = *state;
	struct command c = {.verb = VERB_LOG};
	uint64_t seq;
	const uint8_t *body;
	uint32_t len;
	struct buf in;

	append(w, "alice", 1);
	append(w, "alice", 1);
	damage(w, "UPDATE records SET body = NULL WHERE seq = 1");
	give_away(w);
	start(w->dir);
	assert_int_equal(ask(&c), STATUS_DONE);
	buf_init_read(&in, asked.payload, asked.len);
	assert_true(take(&in, &seq, &body, &len));
	assert_int_equal(seq, 1);
	assert_int_equal(len, 0);
	assert_true(take(&in, &seq, &body, &len));
	assert_true(len > 0);
	damage(w, "UPDATE records SET header = zeroblob(76) WHERE seq = 2");
	assert_int_equal(ask(&c), STATUS_TAMPERED);
	assert_int_equal(asked.len, 0); /* nothing that could be taken for the log */
	assert_int_equal(stop(), EXIT_SUCCESS);
}

static void
waits_for_the_store(void **state)
{
	struct world *w = *state;
	struct command c = {.verb = VERB_LOG};
	char path[128], away[128];

	append(w, "alice", 1);
	snprintf(path, sizeof(path), "%s/sekisho.db", w->dir);
	snprintf(away, sizeof(away), "%s/generation.away", w->dir);
	give_away(w);
	assert_int_equal(rename(path, away), 0);
	start(w->dir);
	assert_int_equal(ask(&c), STATUS_UNREADABLE);
	assert_string_not_equal(asked.reply.text, "");
	assert_int_equal(rename(away, path), 0);
	assert_int_equal(ask(&c), STATUS_DONE);
	assert_int_not_equal(asked.len, 0);
	assert_int_equal(stop(), EXIT_SUCCESS);
}

static void
serves_nothing_else(void **state)
{
	static const struct {
		uint16_t type;
		uint32_t verb;
		const char *payload;
	} cases[] = {{WORKER_LOG, VERB_STATUS, ""}, {WORKER_LOG, VERB_LOG, "payload"},
	    {WORKER_COUNT, VERB_LOG, ""}, {WORKER_LOG | HELPER_MORE, VERB_LOG, ""}};
	struct world *w = *state;

	give_away(w);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct command c = {.verb = cases[i].verb};

		start(w->dir);
		request(cases[i].type, &c, cases[i].payload);
		assert_false(receive());
		assert_int_equal(stop(), EXIT_FAILURE);
	}
}

/* Nothing of root, and nothing but what is open. */
static void
gives_everything_up(void **state)
{
	static const char *const wanted[] = {
	    "CapEff:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2"};
	struct world *w = *state;
	const struct command c = {.verb = VERB_LOG};
	char path[64], text[4096];
	size_t len;
	FILE *f;

	give_away(w);
	start(w->dir);
	assert_int_equal(ask(&c), STATUS_DONE);
	snprintf(path, sizeof(path), "/proc/%d/status", (int)asked.pid);
	f = fopen(path, "r");
	assert_non_null(f);
	len = fread(text, 1, sizeof(text) - 1, f);
	text[len] = '\0';
	fclose(f);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		assert_non_null(strstr(text, wanted[i]));
	if (geteuid() == 0)
		assert_non_null(strstr(text, "Uid:\t65534\t65534\t65534\t65534"));
	assert_int_equal(stop(), EXIT_SUCCESS);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(reads_page_by_page),
	    WORLD_TEST(keeps_a_page_within_bounds),
	    WORLD_TEST(filters),
	    WORLD_TEST(shows_what_was_deleted_or_changed),
	    WORLD_TEST(waits_for_the_store),
	    WORLD_TEST(serves_nothing_else),
	    WORLD_TEST(gives_everything_up),
	};

	if (argc == 4 && strcmp(argv[1], "--worker") == 0)
		return worker_main(argc - 1, argv + 1);
	if (argc == 4 && strcmp(argv[1], "--sql") == 0)
		return run_sql(argv[2], argv[3]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
