/*
 * A full, a read-only and a failing file system: real ones, mounted for this process alone.
 * Needs root.
 */
#include "store_fixture.h"
#include <sched.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/wait.h>

/* of ext4: everything after fails as if the power had gone */
#define EXT4_IOC_SHUTDOWN 0x8004587dU
enum { EXT4_GOING_NOLOGFLUSH = 2 };

static bool mounted_ext4;

static int
run(const char *command)
{
	int status = system(command);

	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* So that no mount of this test is seen by, or outlives, anybody. */
static int
space_isolate(void **state)
{
	(void)state;
	if (geteuid() != 0)
		return 0;
	return unshare(CLONE_NEWNS) == 0 &&
		       mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0
		   ? 0
		   : -1;
}

/* The world's directory is on a file system of this size from the start. */
static int
space_setup(void **state, bool ext4, int megabytes)
{
	struct world *w = calloc(1, sizeof(*w));
	char command[512];

	if (w == NULL)
		return -1;
	*state = w;
	w->boot = 1;
	w->now = (struct instant){.wall_ms = INT64_C(1800000000000), .boot_ms = 100000000};
	(void)snprintf(w->dir, sizeof(w->dir), "/tmp/sekisho-space-XXXXXX");
	if (geteuid() != 0)
		return 0;
	if (mkdtemp(w->dir) == NULL)
		return -1;
	(void)snprintf(w->generation, sizeof(w->generation), "%s.generation", w->dir);
	if (ext4)
		(void)snprintf(command, sizeof(command),
		    "truncate -s %dM %s.image && mkfs.ext4 -q -F -m 0 %s.image >/dev/null && "
		    "mount -o loop %s.image %s",
		    megabytes, w->dir, w->dir, w->dir, w->dir);
	else
		(void)snprintf(command, sizeof(command), "mount -t tmpfs -o size=%dm tmpfs %s",
		    megabytes, w->dir);
	mounted_ext4 = ext4 && run(command) == 0;
	if (ext4 && !mounted_ext4)
		return 0; /* no loop device here: the test skips itself */
	return (ext4 || run(command) == 0) && world_open(w) == SKS_OK ? 0 : -1;
}

static int
setup_tmpfs(void **state)
{
	return space_setup(state, false, 16);
}

static int
setup_ext4(void **state)
{
	return space_setup(state, true, 24);
}

static int
space_teardown(void **state)
{
	struct world *w = *state;
	char path[128];

	world_close(w);
	if (geteuid() == 0) {
		(void)umount(w->dir);
		(void)rmdir(w->dir);
		(void)unlink(w->generation);
		(void)snprintf(path, sizeof(path), "%s.image", w->dir);
		(void)unlink(path);
	}
	free(w);
	return 0;
}

static struct world *
space_world(void **state, bool ext4)
{
	if (geteuid() != 0 || (ext4 && !mounted_ext4))
		skip();
	return *state;
}

/* One decision's worth: a record of about a kilobyte and a change of state. */
static int
turn(struct world *w)
{
	static char text[700];
	struct request req = world_request(PHASE_CHARGE, 500);
	struct changes c = {
	    .lane_put = true, .lane_count = 1, .lane_stamp = true, .txn_put = true};
	uint8_t boot_id[16] = {0};
	struct record r;
	struct facts f;
	int error;

	memset(text, 'x', sizeof(text) - 1);
	world_pass(w, 10);
	error = store_begin(w->store, w->now);
	if (error != SKS_OK)
		return error;
	world_load(w, &req, &f);
	error = store_apply(w->store, &req, &f, &c);
	record_init(&r, event_by_action(ACTION_CODE), w->now, boot_id, "success", "ok");
	record_put_str(&r, "filler", text);
	assert_int_equal(record_finish(&r), SKS_OK);
	if (error == SKS_OK)
		error = store_append(w->store, &r);
	record_clear(&r);
	if (error == SKS_OK)
		error = store_commit(w->store);
	else
		store_rollback(w->store);
	/* every page in use has its block: a checkpoint needs no space */
	if (error == SKS_OK && store_checkpoint_due(w->store))
		assert_int_equal(store_checkpoint(w->store), SKS_OK);
	return error;
}

static void
fill_the_disk(const struct world *w)
{
	static uint8_t block[4096];
	char path[96];
	int fd;

	memset(block, 0xaa, sizeof(block));
	(void)snprintf(path, sizeof(path), "%s/ballast", w->dir);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	while (write(fd, block, sizeof(block)) > 0)
		;
	(void)fsync(fd);
	close(fd);
}

static void
free_the_disk(const struct world *w)
{
	char path[96];

	(void)snprintf(path, sizeof(path), "%s/ballast", w->dir);
	assert_int_equal(unlink(path), 0);
	sync();
}

static uint64_t
records(struct world *w)
{
	uint64_t size;

	assert_int_equal(store_log_size(w->store, &size), SKS_OK);
	return size;
}

/*
 * Full: what was allocated beyond the reserve is used up, then non-administrators stop
 * (RESERVE), administrators go on for about the reserve, then NONE; nothing that was
 * acknowledged is lost, and when there is space again all is well.
 */
static void
assert_survives_a_full_disk(struct world *w, bool reopen)
{
	enum store_space space = store_space(w->store);
	int before = 0, on_reserve = 0, error = SKS_OK;
	uint64_t acknowledged = 0;

	assert_int_equal(space, STORE_SPACE_LOW); /* such a small one always is */
	fill_the_disk(w);
	while ((space = store_space(w->store)) == STORE_SPACE_LOW) {
		assert_int_equal(turn(w), SKS_OK);
		acknowledged++;
		assert_true(before++ < 20000);
	}
	assert_int_equal(space, STORE_SPACE_RESERVE);
	if (reopen) { /* a restart on a full disk keeps the reserve */
		world_close(w);
		assert_int_equal(world_open(w), SKS_OK);
		assert_int_equal(w->start, STORE_CLEAN);
		assert_int_equal(store_space(w->store), STORE_SPACE_RESERVE);
	}
	while (store_space(w->store) == STORE_SPACE_RESERVE) {
		assert_int_equal(turn(w), SKS_OK);
		acknowledged++;
		assert_true(on_reserve++ < 20000);
	}
	/* 2 MiB hold more than a thousand decisions; most of it must be there */
	assert_in_range(on_reserve, 1000, 4000);
	assert_int_equal(store_space(w->store), STORE_SPACE_NONE);
	for (int i = 0; i < 1000 && error == SKS_OK; i++) {
		error = turn(w);
		acknowledged += error == SKS_OK;
	}
	assert_int_equal(error, SKS_FULL);
	assert_int_equal(records(w), acknowledged);
	world_close(w);
	assert_int_equal(world_open(w), SKS_OK);
	assert_int_equal(records(w), acknowledged);

	free_the_disk(w);
	assert_int_equal(store_space(w->store), STORE_SPACE_LOW);
	for (int i = 0; i < 100; i++)
		assert_int_equal(turn(w), SKS_OK);
	assert_int_equal(records(w), acknowledged + 100);
}

static void
test_a_full_tmpfs(void **state)
{
	assert_survives_a_full_disk(space_world(state, false), false);
}

static void
test_a_full_ext4(void **state)
{
	assert_survives_a_full_disk(space_world(state, true), false);
}

static void
test_a_restart_on_a_full_ext4(void **state)
{
	assert_survives_a_full_disk(space_world(state, true), true);
}

/* Checkpoints cut SQLite's file back to what is used, unless they are kept from it. */
static void
test_the_reserve_outlives_checkpoints(void **state)
{
	struct world *w = space_world(state, true);
	char path[96];
	struct stat st;
	off_t least;

	(void)snprintf(path, sizeof(path), "%s/sekisho.db", w->dir);
	for (int i = 0; i < 50; i++) {
		(void)store_space(w->store);
		assert_int_equal(turn(w), SKS_OK);
		assert_int_equal(store_checkpoint(w->store), SKS_OK);
		assert_int_equal(stat(path, &st), 0);
		assert_true(st.st_size >= 3 << 20);
		sync();
		assert_int_equal(stat(path, &st), 0);
		assert_true((int64_t)st.st_blocks * 512 >= 3 << 20); /* no holes */
	}
	least = st.st_size;
	world_close(w);
	assert_int_equal(stat(path, &st), 0);
	assert_true(st.st_size >= least);
}

static void
test_a_read_only_disk(void **state)
{
	struct world *w = space_world(state, true);
	enum store_start start;
	struct store *second;
	struct store_options o = {.dir = w->dir};

	assert_int_equal(turn(w), SKS_OK);
	world_close(w);
	assert_int_equal(mount(NULL, w->dir, NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
	assert_int_equal(store_open(&o, &second, &start), SKS_READONLY);
	assert_int_equal(mount(NULL, w->dir, NULL, MS_REMOUNT, NULL), 0);
	assert_int_equal(world_open(w), SKS_OK);
	assert_int_equal(records(w), 1);
}

static void
shut_down(const struct world *w)
{
	uint32_t how = EXT4_GOING_NOLOGFLUSH;
	int fd = open(w->dir, O_RDONLY | O_DIRECTORY);

	assert_true(fd >= 0);
	assert_int_equal(ioctl(fd, EXT4_IOC_SHUTDOWN, &how), 0);
	close(fd);
}

static void
mount_again(const struct world *w)
{
	char command[256];

	assert_int_equal(umount(w->dir), 0);
	(void)snprintf(command, sizeof(command), "mount -o loop %s.image %s", w->dir, w->dir);
	assert_int_equal(run(command), 0);
}

/* The disk goes away under a running daemon: no success, and nothing acknowledged is lost. */
static void
test_a_disk_that_fails(void **state)
{
	struct world *w = space_world(state, true);
	int error;

	for (int i = 0; i < 20; i++)
		assert_int_equal(turn(w), SKS_OK);
	shut_down(w);
	error = turn(w);
	assert_true(error == SKS_IO || error == SKS_READONLY);
	assert_string_not_equal(store_error(w->store), "no error");
	world_close(w);
	mount_again(w);
	assert_int_equal(world_open(w), SKS_OK);
	assert_int_equal(records(w), 20);
	assert_int_not_equal(w->start, STORE_REWOUND);
}

/* Turns until the disk fails; each acknowledged one is told. */
static void
write_until_failure(struct world *w, int out)
{
	uint64_t seq = 0;

	if (world_open(w) != SKS_OK)
		_exit(1);
	while (turn(w) == SKS_OK) {
		if (store_log_size(w->store, &seq) != SKS_OK ||
		    write(out, &seq, sizeof(seq)) != sizeof(seq))
			_exit(2);
	}
	_exit(0);
}

static void
test_the_power_goes_under_load(void **state)
{
	struct world *w = space_world(state, true);
	uint64_t acknowledged = 0, seq;

	world_close(w);
	for (int round = 0; round < 4; round++) {
		int out[2], status;
		pid_t pid;

		assert_int_equal(pipe(out), 0);
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0)
			write_until_failure(w, out[1]);
		close(out[1]);
		for (int i = 0; i < 200 + 100 * round; i++)
			assert_int_equal(read(out[0], &seq, sizeof(seq)), sizeof(seq));
		shut_down(w);
		do
			acknowledged = seq;
		while (read(out[0], &seq, sizeof(seq)) == sizeof(seq));
		close(out[0]);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
		mount_again(w);
		w->boot++; /* with the power the memory went */
		(void)unlink(w->generation);
		assert_int_equal(world_open(w), SKS_OK);
		assert_int_equal(w->start, STORE_UNVOUCHED);
		assert_true(records(w) == acknowledged || records(w) == acknowledged + 1);
		world_vouch(w);
		world_close(w);
	}
	assert_int_equal(world_open(w), SKS_OK);
}

#define SPACE_TEST(f, setup) cmocka_unit_test_setup_teardown(f, setup, space_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    SPACE_TEST(test_a_full_tmpfs, setup_tmpfs),
	    SPACE_TEST(test_a_full_ext4, setup_ext4),
	    SPACE_TEST(test_a_restart_on_a_full_ext4, setup_ext4),
	    SPACE_TEST(test_the_reserve_outlives_checkpoints, setup_ext4),
	    SPACE_TEST(test_a_read_only_disk, setup_ext4),
	    SPACE_TEST(test_a_disk_that_fails, setup_ext4),
	    SPACE_TEST(test_the_power_goes_under_load, setup_ext4),
	};

	return cmocka_run_group_tests_name("store space", tests, space_isolate, NULL);
}
