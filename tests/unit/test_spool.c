/*
 * Spooled events: what is written comes back, what was cut, changed or forged does not, and
 * the spool stays within its bounds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "error.h"
#include "protocol.h"
#include "spool.h"
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char base[64], dir[80], key_path[80];
static uint8_t key[32];

static struct spool_event
sample(void)
{
	struct spool_event e = {.kind = SPOOL_DENIED,
	    .phase = PHASE_CHARGE,
	    .wall_ms = 1795305392996,
	    .boot_ms = 5,
	    .uid = 1001,
	    .known = true,
	    .pid = 77,
	    .number = 3};

	strcpy(e.boot_id, "4f5c1a3e-0000-4000-8000-123456789abc");
	strcpy(e.user, "user1");
	strcpy(e.service, "sshd");
	strcpy(e.source, "192.0.2.7");
	strcpy(e.tty, "ssh");
	strcpy(e.cause, "timeout");
	return e;
}

static void
put_key(mode_t mode)
{
	int fd = open(key_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, key, sizeof(key)), sizeof(key));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static int
setup(void **state)
{
	(void)state;
	strcpy(base, "/tmp/sekisho-spool.XXXXXX");
	if (mkdtemp(base) == NULL)
		return -1;
	snprintf(dir, sizeof(dir), "%s/spool", base);
	snprintf(key_path, sizeof(key_path), "%s/key", base);
	memset(key, 0x42, sizeof(key));
	put_key(0600);
	return 0;
}

/* How many entries end in "suffix"; the last one's path in found. */
static size_t
list(const char *suffix, char *found, size_t size)
{
	DIR *d = opendir(dir);
	struct dirent *entry;
	size_t n = 0;

	if (d == NULL)
		return 0;
	while ((entry = readdir(d)) != NULL) {
		size_t len = strlen(entry->d_name), end = strlen(suffix);

		if (len < end || strcmp(entry->d_name + len - end, suffix) != 0)
			continue;
		if (found != NULL)
			snprintf(found, size, "%s/%s", dir, entry->d_name);
		n++;
	}
	closedir(d);
	return n;
}

static int
teardown(void **state)
{
	DIR *d = opendir(dir);
	struct dirent *entry;
	char path[512];

	(void)state;
	while (d != NULL && (entry = readdir(d)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
		unlink(path);
	}
	if (d != NULL)
		closedir(d);
	rmdir(dir);
	unlink(dir);
	unlink(key_path);
	return rmdir(base);
}

static size_t
load(uint8_t *data, size_t size)
{
	char path[512];
	ssize_t n;
	int fd;

	assert_int_equal(list(".event", path, sizeof(path)), 1);
	fd = open(path, O_RDONLY);
	assert_true(fd >= 0);
	n = read(fd, data, size);
	close(fd);
	assert_true(n > 0);
	return (size_t)n;
}

static void
test_round_trip(void **state)
{
	struct spool_event e = sample(), back;
	uint8_t data[SPOOL_EVENT_MAX + 1];
	char path[512];
	struct stat st;
	bool authenticated = false;
	size_t len;

	(void)state;
	assert_int_equal(spool_write(dir, key_path, &e), SKS_OK); /* makes the directory */
	assert_int_equal(stat(dir, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	list(".event", path, sizeof(path));
	assert_non_null(strstr(path, "/1795305392996-77-"));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(list(".part", NULL, 0), 0);
	len = load(data, sizeof(data));
	assert_int_equal(spool_read(data, len, key, &back, &authenticated), SKS_OK);
	assert_true(authenticated);
	assert_memory_equal(&back, &e, sizeof(e));
}

/* Each single changed bit and each cut is refused. */
static void
test_changed(void **state)
{
	struct spool_event e = sample(), back;
	uint8_t data[SPOOL_EVENT_MAX + 1];
	bool authenticated;
	size_t len;

	(void)state;
	assert_int_equal(spool_write(dir, key_path, &e), SKS_OK);
	len = load(data, sizeof(data));
	for (size_t i = 0; i < len * 8; i++) {
		data[i / 8] = (uint8_t)(data[i / 8] ^ 1u << i % 8);
		if (spool_read(data, len, key, &back, &authenticated) == SKS_OK)
			fail_msg("bit %zu of byte %zu", i % 8, i / 8);
		assert_int_equal(back.kind, SPOOL_NONE);
		assert_false(authenticated);
		data[i / 8] = (uint8_t)(data[i / 8] ^ 1u << i % 8);
	}
	for (size_t cut = 0; cut < len; cut++)
		assert_int_equal(
		    spool_read(data, cut, key, &back, &authenticated), SKS_TRUNCATED);
	data[len] = 0;
	assert_int_equal(spool_read(data, len + 1, key, &back, &authenticated), SKS_TRAILING);
	assert_int_equal(spool_read(data, len, NULL, &back, &authenticated), SKS_UNTRUSTED);
	key[0] ^= 1; /* another host's key */
	assert_int_equal(spool_read(data, len, key, &back, &authenticated), SKS_UNTRUSTED);
	key[0] ^= 1;
	assert_int_equal(spool_read(data, len, key, &back, &authenticated), SKS_OK);
}

static void
test_without_key(void **state)
{
	struct spool_event e = sample(), back;
	uint8_t data[SPOOL_EVENT_MAX + 1];
	bool authenticated = true;
	size_t len;

	(void)state;
	put_key(0644); /* others could read it: it proves nothing */
	assert_int_equal(spool_write(dir, key_path, &e), SKS_OK);
	len = load(data, sizeof(data));
	assert_int_equal(spool_read(data, len, key, &back, &authenticated), SKS_OK);
	assert_false(authenticated);
	assert_string_equal(back.user, "user1");
	data[16] ^= 0xff; /* inside the fields: nothing vouches for them, but sense they make */
	assert_true(spool_read(data, len, key, &back, &authenticated) < 0);
}

static void
test_hostile_directory(void **state)
{
	struct spool_event e = sample();

	(void)state;
	assert_int_equal(symlink(base, dir), 0);
	assert_int_equal(spool_write(dir, key_path, &e), SKS_UNTRUSTED);
	unlink(dir);
	assert_int_equal(mkdir(dir, 0700), 0);
	assert_int_equal(chmod(dir, 0777), 0);
	assert_int_equal(spool_write(dir, key_path, &e), SKS_UNTRUSTED);
	assert_int_equal(chmod(dir, 0700), 0);
	assert_int_equal(spool_write(dir, key_path, &e), SKS_OK);
	if (geteuid() == 0) {
		assert_int_equal(chown(dir, 65533, (gid_t)-1), 0);
		assert_int_equal(spool_write(dir, key_path, &e), SKS_UNTRUSTED);
	}
}

static void
test_bad_event(void **state)
{
	struct spool_event e = sample();

	(void)state;
	strcpy(e.user, "a\nb");
	assert_int_equal(spool_write(dir, key_path, &e), SKS_INVALID);
	e = sample();
	e.kind = 99;
	assert_int_equal(spool_write(dir, key_path, &e), SKS_INVALID);
	e = sample();
	memset(e.user, 'x', sizeof(e.user)); /* no end */
	assert_true(spool_write(dir, key_path, &e) < 0);
	assert_int_equal(list(".event", NULL, 0), 0);
}

/* The largest event there can be fits the limit. */
static void
test_largest(void **state)
{
	struct spool_event e = sample(), back;
	uint8_t data[SPOOL_EVENT_MAX + 1];
	bool authenticated;

	(void)state;
	memset(e.user, 'u', sizeof(e.user) - 1);
	memset(e.service, 's', sizeof(e.service) - 1);
	memset(e.source, '1', sizeof(e.source) - 1);
	memset(e.tty, 't', sizeof(e.tty) - 1);
	memset(e.cause, 'c', sizeof(e.cause) - 1);
	assert_int_equal(spool_write(dir, key_path, &e), SKS_OK);
	assert_int_equal(
	    spool_read(data, load(data, sizeof(data)), key, &back, &authenticated), SKS_OK);
	assert_memory_equal(&back, &e, sizeof(e));
}

static void
fill_to(int count)
{
	char path[512];

	for (int i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s/%d.event", dir, i);
		close(open(path, O_CREAT | O_WRONLY, 0600));
	}
}

static int
write_kind(uint32_t kind)
{
	struct spool_event e = sample();

	e.kind = kind;
	return spool_write(dir, key_path, &e);
}

/* Refusals by the thousand leave room for what let somebody in, and all that for break-glass. */
static void
test_room_by_kind(void **state)
{
	(void)state;
	assert_int_equal(mkdir(dir, 0700), 0);
	fill_to(SPOOL_FILES_MAX / 2 - 1);
	assert_int_equal(write_kind(SPOOL_DENIED), SKS_OK);
	assert_int_equal(write_kind(SPOOL_DENIED), SKS_FULL);
	assert_int_equal(write_kind(SPOOL_BREAK_GLASS_WRONG), SKS_FULL);
	assert_int_equal(write_kind(SPOOL_FAIL_OPEN), SKS_OK);
	assert_int_equal(write_kind(SPOOL_SUDO_EXIT), SKS_OK);
	fill_to(SPOOL_FILES_MAX - 64);
	assert_int_equal(write_kind(SPOOL_FAIL_OPEN), SKS_FULL);
	assert_int_equal(write_kind(SPOOL_ROOT_CALLER), SKS_FULL);
	assert_int_equal(write_kind(SPOOL_CLOSED), SKS_FULL);
	assert_int_equal(write_kind(SPOOL_BREAK_GLASS), SKS_OK);
}

static void
test_full_count(void **state)
{
	struct spool_event e = sample();
	char path[512];
	struct stat st;

	(void)state;
	e.kind = SPOOL_BREAK_GLASS;
	assert_int_equal(mkdir(dir, 0700), 0);
	fill_to(SPOOL_FILES_MAX);
	for (int i = 0; i < 3; i++)
		assert_int_equal(spool_write(dir, key_path, &e), SKS_FULL);
	assert_int_equal(list(".event", NULL, 0), SPOOL_FILES_MAX);
	snprintf(path, sizeof(path), "%s/lost", dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 3);
	/* the daemon took two: there is room again */
	snprintf(path, sizeof(path), "%s/0.event", dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/1.event", dir);
	unlink(path);
	assert_int_equal(spool_write(dir, key_path, &e), SKS_OK);
}

/* A real full file system: an error, and no piece of an event left behind. */
static void
test_full_disk(void **state)
{
	struct spool_event e = sample();
	pid_t pid;
	int status;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(mkdir(dir, 0700), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		char path[512], fill[4096] = "x";
		int fd;

		if (unshare(CLONE_NEWNS) != 0 ||
		    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
		    mount("spool", dir, "tmpfs", 0, "size=16k,mode=700") != 0)
			_exit(10);
		snprintf(path, sizeof(path), "%s/fill", dir);
		fd = open(path, O_CREAT | O_WRONLY, 0600);
		while (write(fd, fill, sizeof(fill)) > 0)
			;
		close(fd);
		if (spool_write(dir, key_path, &e) != SKS_FULL)
			_exit(11);
		if (list(".event", NULL, 0) != 0 || list(".part", NULL, 0) != 0)
			_exit(12);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_round_trip, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_changed, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_without_key, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_hostile_directory, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_bad_event, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_largest, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_full_count, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_room_by_kind, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_full_disk, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
