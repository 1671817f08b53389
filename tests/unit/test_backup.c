/* The two halves of a backup: a source that copies a store, a sink that seals it into a file.
 */
#include "store_fixture.h"

#include "audit/note.h"
#include "backup/make.h"
#include <dirent.h>
#include <jansson.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

struct place {
	struct world *world;
	char dir[96], path[BACKUP_PATH_SIZE], key[128], why[256];
	struct identity identity;
	struct recipient to;
	struct note_vkey vkey;
	int end[2];
};

static struct place place;

static void
add_records(struct world *w, int count)
{
	const uint8_t boot[16] = {1};
	struct record r;

	world_begin(w);
	for (int i = 0; i < count; i++) {
		record_init(&r, event_by_action(ACTION_CODE), w->now, boot, "success", "ok");
		record_put_str(&r, "user.name", "alice");
		assert_int_equal(record_finish(&r), SKS_OK);
		assert_int_equal(store_append(w->store, &r), SKS_OK);
		record_clear(&r);
	}
	world_commit(w);
}

static void
write_key(void)
{
	struct secret text = SECRET_INIT;
	struct note_skey key;
	FILE *f;

	assert_int_equal(note_skey_new("gate/0/audit", NOTE_ED25519, &key), SKS_OK);
	place.vkey = key.vkey;
	assert_int_equal(note_skey_format(&key, &text), SKS_OK);
	(void)snprintf(place.key, sizeof(place.key), "%s/log.key", place.dir);
	f = fopen(place.key, "w");
	assert_non_null(f);
	fprintf(f, "%s\nmachine 00\n", (const char *)text.bytes);
	fclose(f);
	assert_int_equal(chmod(place.key, 0600), 0);
	secret_clear(&text);
	note_skey_clear(&key);
}

static int
setup(void **state)
{
	if (world_setup(state) != 0)
		return -1;
	memset(&place, 0, sizeof(place));
	place.world = *state;
	/* below a directory that nobody else writes */
	(void)snprintf(place.dir, sizeof(place.dir), "%s/to", place.world->dir);
	assert_int_equal(mkdir(place.dir, 0700), 0);
	assert_int_equal(backup_name(place.dir, 1800000000000, place.path), SKS_OK);
	assert_int_equal(identity_make("ops", &place.identity), SKS_OK);
	assert_int_equal(identity_recipient(&place.identity, &place.to), SKS_OK);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, place.end), 0);
	write_key();
	return 0;
}

static int
teardown(void **state)
{
	struct dirent **found = NULL;
	int n = scandir(place.dir, &found, NULL, NULL);

	for (int i = 0; i < n; i++) {
		char path[400];

		(void)snprintf(path, sizeof(path), "%s/%s", place.dir, found[i]->d_name);
		(void)unlink(path);
		free(found[i]);
	}
	free(found);
	rmdir(place.dir);
	close(place.end[0]);
	close(place.end[1]);
	return world_teardown(state);
}

/* The source in a process of its own; cut: it dies after so many steps. */
static pid_t
start_source(uint32_t run, int cut)
{
	struct backup_source *s;
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	close(place.end[0]);
	if (backup_source_open(place.world->dir, place.end[1], run, "0", &s) != SKS_OK)
		_exit(1);
	for (int i = 0; i < cut; i++) {
		if (backup_source_step(s) <= 0)
			_exit(2);
	}
	_exit(cut == 0 && backup_source_run(s) == SKS_OK ? 0 : 3);
}

static int
make(uint32_t run, const char *key, struct backup_made *made)
{
	const struct backup_order order = {
	    .path = place.path, .recipient = &place.to, .recipient_count = 1, .log_key = key};

	return backup_make(place.end[0], run, &order, made, place.why, sizeof(place.why));
}

static int
files_in_place(void)
{
	struct dirent **found = NULL;
	int n = scandir(place.dir, &found, NULL, NULL);

	for (int i = 0; i < n; i++)
		free(found[i]);
	free(found);
	return n - 3; /* ".", ".." and the key */
}

static int
fd_of_backup(void)
{
	int fd = open(place.path, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static void
test_made(void **state)
{
	struct container_sum sum;
	struct backup_made made;
	struct note note;
	struct buf bytes;
	struct stat st;
	json_t *meta;
	pid_t pid;
	int fd, status;

	add_records(*state, 2000);
	pid = start_source(7, 0);
	assert_int_equal(make(7, place.key, &made), SKS_OK);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_true(made.is_signed);
	assert_int_equal(files_in_place(), 1);
	fd = fd_of_backup();
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(st.st_size, made.sum.file_length);
	meta = json_loads(made.meta, 0, NULL);
	assert_int_equal(json_integer_value(json_object_get(meta, "sekisho.log.size")), 2000);
	json_decref(meta);
	/* the signature speaks of this file */
	buf_init(&bytes, CONTAINER_NOTE_MAX);
	assert_int_equal(container_scan(fd, &sum, &bytes), SKS_OK);
	assert_int_equal(note_parse(bytes.data, bytes.len, &note), SKS_OK);
	assert_int_equal(note_verify(&note, &place.vkey, NULL), SKS_OK);
	assert_memory_equal(sum.file_hash, made.sum.file_hash, sizeof(sum.file_hash));
	buf_clear(&bytes);
	close(fd);
	free(made.meta);
	/* never over another one */
	assert_int_equal(make(8, place.key, &made), SKS_CONFLICT);
	assert_null(made.meta);
	assert_int_equal(files_in_place(), 1);
}

/* Text of a record's body, or of a secret beside it, must not be found in the file. */
static void
test_nothing_in_clear(void **state)
{
	struct backup_made made;
	uint8_t *data;
	struct stat st;
	pid_t pid;
	int fd;

	add_records(*state, 200);
	pid = start_source(1, 0);
	assert_int_equal(make(1, NULL, &made), SKS_OK);
	assert_false(made.is_signed);
	waitpid(pid, NULL, 0);
	fd = fd_of_backup();
	assert_int_equal(fstat(fd, &st), 0);
	data = malloc((size_t)st.st_size);
	assert_int_equal(read(fd, data, (size_t)st.st_size), st.st_size);
	assert_null(memmem(data, (size_t)st.st_size, "alice", 5));
	assert_null(memmem(data, (size_t)st.st_size, "SQLite format", 13));
	free(data);
	close(fd);
	free(made.meta);
}

static void
test_source_dies(void **state)
{
	struct backup_made made;
	pid_t pid;

	add_records(*state, 3000);
	pid = start_source(3, 3);
	close(place.end[1]);
	place.end[1] = -1;
	assert_int_equal(make(3, place.key, &made), SKS_UNREACHABLE);
	waitpid(pid, NULL, 0);
	assert_int_equal(files_in_place(), 0);
	assert_true(place.why[0] != '\0');
}

/* What a run that broke off left in the socket is not taken for the next one's. */
static void
test_leftovers(void **state)
{
	struct backup_made made;
	pid_t pid;

	add_records(*state, 100);
	pid = start_source(4, 2);
	waitpid(pid, NULL, 0);
	pid = start_source(5, 0);
	assert_int_equal(make(5, place.key, &made), SKS_OK);
	waitpid(pid, NULL, 0);
	free(made.meta);
}

static void
test_no_store(void **state)
{
	struct backup_made made;
	struct backup_source *s;

	(void)state;
	assert_int_equal(
	    backup_source_open("/nonexistent", place.end[1], 6, "0", &s), SKS_NOT_FOUND);
	assert_int_equal(make(6, place.key, &made), SKS_UNREACHABLE);
	assert_int_equal(files_in_place(), 0);
}

static void
test_others_could_write_there(void **state)
{
	struct backup_made made;

	(void)state;
	assert_int_equal(chmod(place.dir, 0777), 0);
	assert_int_equal(make(6, place.key, &made), SKS_UNTRUSTED);
	assert_int_equal(chmod(place.dir, 0700), 0);
	(void)snprintf(place.path, sizeof(place.path), "relative");
	assert_int_equal(make(6, place.key, &made), SKS_INVALID);
}

/* What goes into the file as it is must not become lines of root's settings. */
static void
test_meta_is_one_line(void **state)
{
	static const char *const bad[] = {
	    "{\"a\":1}\n/var/log/x {\nprerotate\nid\n", "{\"a\":\r1}", "# {}", "", "{\"a\":1"};
	struct backup_made made;
	struct buf message;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		buf_init(&message, STREAM_MESSAGE_MAX);
		buf_put_u32(&message, 9);
		buf_put_u8(&message, STREAM_META);
		buf_put_bytes(&message, bad[i], strlen(bad[i]));
		assert_int_equal(send(place.end[1], message.data, message.len, 0), message.len);
		buf_reset(&message);
		buf_put_u32(&message, 9);
		buf_put_u8(&message, STREAM_END);
		assert_int_equal(send(place.end[1], message.data, message.len, 0), message.len);
		buf_clear(&message);
		assert_int_equal(make(9, NULL, &made), SKS_PROTOCOL);
		assert_int_equal(files_in_place(), 0);
		backup_drain(place.end[0], 9);
	}
}

static void
test_directories(void **state)
{
	(void)state;
	assert_true(backup_may_be_in("/srv/backup"));
	assert_true(backup_may_be_in("/etcetera"));
	assert_true(backup_may_be_in("/root/backup"));
	assert_false(backup_may_be_in("/"));
	assert_false(backup_may_be_in("/etc"));
	assert_false(backup_may_be_in("/etc/logrotate.d"));
	assert_false(backup_may_be_in("/usr/lib/x"));
	assert_false(backup_may_be_in("/var/spool/cron"));
}

/* The newest stay, and what is not one of this host's by its name stays anyway. */
static void
test_prune(void **state)
{
	char path[5][BACKUP_PATH_SIZE], other[BACKUP_PATH_SIZE + 32];

	(void)state;
	for (int i = 0; i < 5; i++) {
		assert_int_equal(
		    backup_name(place.dir, 1800000000000 + i * 86400000, path[i]), SKS_OK);
		close(open(path[i], O_CREAT | O_WRONLY, 0600));
	}
	(void)snprintf(other, sizeof(other), "%s/a-20200101T000000Z.sekisho-backup", place.dir);
	close(open(other, O_CREAT | O_WRONLY, 0600));
	assert_int_equal(backup_prune(place.dir, 0), SKS_OK);
	assert_int_equal(files_in_place(), 6);
	assert_int_equal(backup_prune(place.dir, 2), SKS_OK);
	assert_int_equal(files_in_place(), 3);
	assert_int_equal(access(path[3], F_OK), 0);
	assert_int_equal(access(path[4], F_OK), 0);
	assert_int_equal(access(other, F_OK), 0);
}

#define PLACE_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    PLACE_TEST(test_made),
	    PLACE_TEST(test_nothing_in_clear),
	    PLACE_TEST(test_source_dies),
	    PLACE_TEST(test_leftovers),
	    PLACE_TEST(test_no_store),
	    PLACE_TEST(test_others_could_write_there),
	    PLACE_TEST(test_meta_is_one_line),
	    cmocka_unit_test(test_directories),
	    PLACE_TEST(test_prune),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
