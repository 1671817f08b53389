/*
 * The drop as it really happens, from root to an ordinary user, and every way back tried from
 * outside the code that claims there is none. Then the same with a kernel that lies: some calls
 * are replaced here by ones that say "done" and do not do it, and the proof must see it.
 */
#include "error.h"
#include "log.h"
#include "privilege.h"
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "in_child.h"
#include <cmocka.h>

#define USER "nobody"

enum { NOBODY = 65534, OTHER = 60001 };

/* ---- a kernel that lies
 * ---------------------------------------------------------------------- */

static enum lie {
	TRUTH,
	KEEPS_SAVED_UID,
	KEEPS_SAVED_GID,
	KEEPS_GROUPS,
	KEEPS_CAPABILITIES,
	KEEPS_BOUNDING,
} lie;

int
setresuid(uid_t ruid, uid_t euid, uid_t suid)
{
	return (int)syscall(SYS_setresuid, ruid, euid, lie == KEEPS_SAVED_UID ? 0 : suid);
}

int
setresgid(gid_t rgid, gid_t egid, gid_t sgid)
{
	return (int)syscall(SYS_setresgid, rgid, egid, lie == KEEPS_SAVED_GID ? 0 : sgid);
}

int
setgroups(size_t size, const gid_t *list)
{
	return lie == KEEPS_GROUPS && size == 0 ? 0 : (int)syscall(SYS_setgroups, size, list);
}

int
cap_set_proc(cap_t caps)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct set[2] = {0};
	cap_flag_value_t flag;

	if (lie == KEEPS_CAPABILITIES)
		return 0;
	for (cap_value_t cap = 0; CAP_IS_SUPPORTED(cap); cap++) {
		uint32_t bit = 1U << (cap % 32);

		if (cap_get_flag(caps, cap, CAP_EFFECTIVE, &flag) == 0 && flag == CAP_SET)
			set[cap / 32].effective |= bit;
		if (cap_get_flag(caps, cap, CAP_PERMITTED, &flag) == 0 && flag == CAP_SET)
			set[cap / 32].permitted |= bit;
		if (cap_get_flag(caps, cap, CAP_INHERITABLE, &flag) == 0 && flag == CAP_SET)
			set[cap / 32].inheritable |= bit;
	}
	return (int)syscall(SYS_capset, &head, set);
}

int
cap_drop_bound(cap_value_t cap)
{
	if (lie == KEEPS_BOUNDING && cap == CAP_SYS_ADMIN)
		return 0;
	return prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
}

/* ---- looking from outside
 * --------------------------------------------------------------------- */

/* The rest of a line of /proc/self/status. */
static const char *
status_line(const char *key)
{
	static char line[256];
	FILE *f = fopen("/proc/self/status", "r");
	size_t len = strlen(key);

	must(f != NULL);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, key, len) == 0 && line[len] == ':') {
			fclose(f);
			return line + len + 1;
		}
	}
	must(!"the key is there");
	return NULL;
}

static uint64_t
status_caps(const char *key)
{
	return strtoull(status_line(key), NULL, 16);
}

static char dir[] = "/tmp/sekisho-privilege-XXXXXX";
static char root_file[128], other_file[128], setuid_self[128];

static void
make_file(char *path, size_t size, const char *name, uid_t owner)
{
	int fd;

	snprintf(path, size, "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_true(fd >= 0);
	assert_int_equal(fchown(fd, owner, owner), 0);
	close(fd);
}

/* A copy of this program that everybody runs as root. */
static void
make_setuid_self(void)
{
	static char bytes[1 << 16];
	int from = open("/proc/self/exe", O_RDONLY), to;
	ssize_t n;

	snprintf(setuid_self, sizeof(setuid_self), "%s/setuid", dir);
	to = open(setuid_self, O_WRONLY | O_CREAT | O_EXCL, 0700);
	assert_true(from >= 0 && to >= 0);
	while ((n = read(from, bytes, sizeof(bytes))) > 0)
		assert_int_equal(write(to, bytes, (size_t)n), n);
	assert_int_equal(fchmod(to, 04755), 0);
	close(from);
	close(to);
}

static int
set_up(void **state)
{
	(void)state;
	log_open("test_privilege", true);
	if (geteuid() != 0)
		return 0;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(chmod(dir, 0755), 0);
	make_file(root_file, sizeof(root_file), "root", 0);
	make_file(other_file, sizeof(other_file), "other", OTHER);
	make_setuid_self();
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	if (geteuid() != 0)
		return 0;
	unlink(root_file);
	unlink(other_file);
	unlink(setuid_self);
	return rmdir(dir);
}

static void
must_drop(void)
{
	char why[256];

	if (privilege_drop(USER, why, sizeof(why)) != SKS_OK) {
		fprintf(stderr, "%s\n", why);
		_exit(98);
	}
}

static bool
cannot_open(const char *path)
{
	int fd = open(path, O_RDONLY);

	if (fd >= 0)
		close(fd);
	return fd < 0 && errno == EACCES;
}

/* ---- the drop
 * ----------------------------------------------------------------------------------- */

static void
drop_and_look(const void *unused)
{
	struct rlimit core;

	(void)unused;
	must_drop();
	must(getuid() == NOBODY && geteuid() == NOBODY);
	must(strtoul(status_line("Groups"), NULL, 10) == 0);
	must(status_caps("CapInh") == 0 && status_caps("CapPrm") == 0);
	must(status_caps("CapEff") == 0 && status_caps("CapAmb") == 0);
	must(status_caps("CapBnd") == 0);
	must(atoi(status_line("NoNewPrivs")) == 1);
	must(getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_cur == 0 && core.rlim_max == 0);
#if !defined(__SANITIZE_ADDRESS__)
	must(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0);
#endif
}

static void
drop_and_try(const void *unused)
{
	const gid_t groups[] = {0, 42};
	struct rlimit core = {1 << 20, 1 << 20};

	(void)unused;
	must_drop();
	must(setuid(0) != 0 && seteuid(0) != 0 && setreuid(0, 0) != 0);
	must(setresuid(0, 0, 0) != 0 && setgid(0) != 0 && setegid(0) != 0);
	must(setresgid(0, 0, 0) != 0 && setgroups(2, groups) != 0);
	must(getuid() == NOBODY && geteuid() == NOBODY && getegid() == NOBODY);
	must(cannot_open("/etc/shadow") && cannot_open(root_file) && cannot_open(other_file));
	must(chown(dir, NOBODY, NOBODY) != 0 && kill(getppid(), 0) != 0);
	must(setrlimit(RLIMIT_CORE, &core) != 0);
	must(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_KILL, 0, 0) != 0);
}

static void
drop_and_run_setuid(const void *dropped)
{
	if (dropped != NULL)
		must_drop();
	else
		must(setresuid(NOBODY, NOBODY, NOBODY) == 0);
	execl(setuid_self, "setuid", "--am-i-root", (char *)NULL);
	_exit(97);
}

static void
drops_root_for_good(void **state)
{
	struct ending e;

	(void)state;
	if (geteuid() != 0)
		skip();
	e = in_child(drop_and_look, NULL);
	assert_true(ended_well(&e));
	e = in_child(drop_and_try, NULL);
	assert_true(ended_well(&e));
}

static void
gains_nothing_by_a_setuid_program(void **state)
{
	struct ending e;

	(void)state;
	if (geteuid() != 0)
		skip();
	e = in_child(drop_and_run_setuid, NULL); /* or the test would prove nothing */
	if (!WIFEXITED(e.status) || WEXITSTATUS(e.status) != 1)
		skip();
	e = in_child(drop_and_run_setuid, "dropped");
	assert_true(ended_well(&e));
}

static void
drop_twice(const void *unused)
{
	(void)unused;
	must(setresgid(NOBODY, NOBODY, NOBODY) == 0);
	must(setresuid(NOBODY, NOBODY, NOBODY) == 0);
	must_drop();
	must(status_caps("CapPrm") == 0 && atoi(status_line("NoNewPrivs")) == 1);
	must_drop();
}

static void
drop_half_root(const void *unused)
{
	char why[256];

	(void)unused;
	must(seteuid(NOBODY) == 0);
	must(privilege_drop(USER, why, sizeof(why)) != SKS_OK && why[0] != '\0');
}

static void
drop_two_users(const void *unused)
{
	(void)unused;
	must(setresuid(OTHER, NOBODY, NOBODY) == 0);
	must(privilege_drop(USER, NULL, 0) == SKS_INVALID);
}

static void
drop_to_nobody_there_is(const void *unused)
{
	char why[256];

	(void)unused;
	must(privilege_drop("no-such-user", why, sizeof(why)) == SKS_NOT_FOUND);
	must(strstr(why, "no-such-user") != NULL);
	must(privilege_drop("root", why, sizeof(why)) == SKS_INVALID && why[0] != '\0');
	must(getuid() == 0 && status_caps("CapBnd") != 0);
}

static void
checks_who_it_starts_as(void **state)
{
	void (*const runs[])(const void *) = {
	    drop_twice, drop_half_root, drop_two_users, drop_to_nobody_there_is};

	(void)state;
	if (geteuid() != 0)
		skip();
	for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
		struct ending e = in_child(runs[i], NULL);

		assert_true(ended_well(&e));
	}
}

/* Groups of its own, which a drop must take away. */
static void
drop_with_a_lie(const void *argument)
{
	const gid_t groups[] = {0, 42};

	must(setgroups(2, groups) == 0);
	lie = *(const enum lie *)argument;
	if (lie == KEEPS_CAPABILITIES)
		must(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == 0);
	(void)!privilege_drop(USER, NULL, 0);
	_exit(0); /* it came back: nobody noticed */
}

static void
ends_when_a_way_back_is_open(void **state)
{
	const enum lie lies[] = {
	    KEEPS_SAVED_UID, KEEPS_SAVED_GID, KEEPS_GROUPS, KEEPS_CAPABILITIES, KEEPS_BOUNDING};

	(void)state;
	if (geteuid() != 0)
		skip();
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		struct ending e = in_child(drop_with_a_lie, &lies[i]);

		assert_true(WIFEXITED(e.status));
		assert_int_equal(WEXITSTATUS(e.status), EXIT_FAILURE);
		assert_non_null(strstr(e.text, "gives them back: ending"));
	}
}

/* ---- the limit
 * ------------------------------------------------------------------------------------ */

static const int keep_kill[] = {CAP_KILL};

static void
limit_and_look(const void *unused)
{
	char why[256];
	pid_t pid;

	(void)unused;
	pid = fork();
	if (pid == 0) {
		must(setresuid(OTHER, OTHER, OTHER) == 0);
		pause();
	}
	must(privilege_limit(keep_kill, 1, why, sizeof(why)) == SKS_OK);
	must(getuid() == 0 && geteuid() == 0);
	must(status_caps("CapEff") == 1ULL << CAP_KILL);
	must(status_caps("CapPrm") == 1ULL << CAP_KILL);
	must(status_caps("CapBnd") == 1ULL << CAP_KILL);
	must(status_caps("CapInh") == 0 && status_caps("CapAmb") == 0);
	must(strtoul(status_line("Groups"), NULL, 10) == 0);
	must(kill(pid, SIGKILL) == 0); /* what it is for */
	must(setuid(OTHER) != 0 && chown(root_file, OTHER, OTHER) != 0);
	must(cannot_open(other_file) && !cannot_open(root_file));
	execl("/proc/self/exe", "test", "--caps-are-kill", (char *)NULL);
	_exit(97);
}

static void
limit_unprivileged(const void *unused)
{
	(void)unused;
	must(setresuid(NOBODY, NOBODY, NOBODY) == 0);
	must(privilege_limit(keep_kill, 1, NULL, 0) == SKS_DENIED);
}

static void
limit_with_a_lie(const void *argument)
{
	lie = *(const enum lie *)argument;
	(void)!privilege_limit(keep_kill, 1, NULL, 0);
	_exit(0);
}

static void
keeps_only_what_it_names(void **state)
{
	const enum lie caps = KEEPS_CAPABILITIES;
	struct ending e;

	(void)state;
	if (geteuid() != 0)
		skip();
	e = in_child(limit_and_look, NULL);
	assert_true(ended_well(&e));
	e = in_child(limit_unprivileged, NULL);
	assert_true(ended_well(&e));
	e = in_child(limit_with_a_lie, &caps);
	assert_true(WIFEXITED(e.status));
	assert_int_equal(WEXITSTATUS(e.status), EXIT_FAILURE);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(drops_root_for_good),
	    cmocka_unit_test(gains_nothing_by_a_setuid_program),
	    cmocka_unit_test(checks_who_it_starts_as),
	    cmocka_unit_test(ends_when_a_way_back_is_open),
	    cmocka_unit_test(keeps_only_what_it_names),
	};

	if (argc == 2 && strcmp(argv[1], "--am-i-root") == 0)
		return geteuid() == 0;
	if (argc == 2 && strcmp(argv[1], "--caps-are-kill") == 0)
		return status_caps("CapEff") != 1ULL << CAP_KILL;
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
