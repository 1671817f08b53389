/*
 * Landlock, by its system calls: Debian 12 has no library for it. What the kernel does not know
 * of our list is left out, as Landlock wants it used; ABI 1 came with Linux 5.13.
 */
#include "confine.h"

#include "error.h"
#include "log.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Newer than Debian 12's headers; numbers of the kernel's interface. */
enum { ACCESS_REFER = 1 << 13, ACCESS_TRUNCATE = 1 << 14, ACCESS_IOCTL_DEV = 1 << 15 };
enum { NET_BIND_TCP = 1 << 0, NET_CONNECT_TCP = 1 << 1 };
enum { SCOPE_ABSTRACT_SOCKETS = 1 << 0, SCOPE_SIGNALS = 1 << 1 };

struct ruleset {
	uint64_t files;
	uint64_t net;   /* ABI 4 */
	uint64_t scope; /* ABI 6 */
};

enum {
	FILE_READ = LANDLOCK_ACCESS_FS_READ_FILE,
	FILE_WRITE = FILE_READ | LANDLOCK_ACCESS_FS_WRITE_FILE | ACCESS_TRUNCATE,
	TREE_READ = FILE_READ | LANDLOCK_ACCESS_FS_READ_DIR,
	/* Refer: rename between two directories of the same tree. */
	TREE_WRITE = TREE_READ | FILE_WRITE | LANDLOCK_ACCESS_FS_MAKE_REG |
		     LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_SOCK |
		     LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
		     ACCESS_REFER,
	ALL_OF_ABI_1 = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1,
};

static struct ruleset
confine_handled(long abi)
{
	struct ruleset handled = {.files = ALL_OF_ABI_1};

	if (abi >= 2)
		handled.files |= ACCESS_REFER;
	if (abi >= 3)
		handled.files |= ACCESS_TRUNCATE;
	if (abi >= 5)
		handled.files |= ACCESS_IOCTL_DEV;
	if (abi >= 4)
		handled.net = NET_BIND_TCP | NET_CONNECT_TCP;
	if (abi >= 6)
		handled.scope = SCOPE_ABSTRACT_SOCKETS | SCOPE_SIGNALS;
	return handled;
}

/* An older kernel refuses a longer structure whose tail is not zero; here it is zero. */
static size_t
confine_ruleset_size(long abi)
{
	if (abi < 4)
		return sizeof(uint64_t);
	return abi < 6 ? 2 * sizeof(uint64_t) : sizeof(struct ruleset);
}

static int
confine_add(int rules, const char *path, uint64_t handled, bool writable)
{
	struct landlock_path_beneath_attr rule = {0};
	struct stat st;
	int r = SKS_IO;

	rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (rule.parent_fd < 0 && (errno == ENOENT || errno == ENOTDIR)) {
		log_debug("%s is not there: it stays closed", path);
		return SKS_OK;
	}
	if (rule.parent_fd < 0 || fstat(rule.parent_fd, &st) != 0)
		goto out;
	if (S_ISDIR(st.st_mode))
		rule.allowed_access = writable ? TREE_WRITE : TREE_READ;
	else
		rule.allowed_access = writable ? FILE_WRITE : FILE_READ;
	rule.allowed_access &= handled;
	if (syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
		goto out;
	r = SKS_OK;
out:
	if (r != SKS_OK)
		log_error("Landlock, %s: %s", path, strerror(errno));
	if (rule.parent_fd >= 0)
		close(rule.parent_fd);
	return r;
}

static int
confine_add_all(int rules, const char *const *paths, uint64_t handled, bool writable)
{
	int r = SKS_OK;

	for (size_t i = 0; paths != NULL && paths[i] != NULL && r == SKS_OK; i++)
		r = confine_add(rules, paths[i], handled, writable);
	return r;
}

int
confine_paths(const char *const *readable, const char *const *writable, bool may_connect)
{
	long abi = syscall(
	    SYS_landlock_create_ruleset, NULL, (size_t)0, LANDLOCK_CREATE_RULESET_VERSION);
	struct ruleset handled;
	int rules, r;

	if (abi < 1) /* ENOSYS: not built in; EOPNOTSUPP: switched off */
		return SKS_NOT_FOUND;
	handled = confine_handled(abi);
	if (may_connect)
		handled.net &= ~(uint64_t)NET_CONNECT_TCP;
	rules =
	    (int)syscall(SYS_landlock_create_ruleset, &handled, confine_ruleset_size(abi), 0);
	if (rules < 0) {
		log_error("Landlock: %s", strerror(errno));
		return SKS_IO;
	}
	r = confine_add_all(rules, readable, handled.files, false);
#if defined(__SANITIZE_ADDRESS__)
	if (r == SKS_OK) /* the leak checker looks for threads there */
		r = confine_add(rules, "/proc", handled.files, false);
#endif
	if (r == SKS_OK)
		r = confine_add_all(rules, writable, handled.files, true);
	if (r == SKS_OK && syscall(SYS_landlock_restrict_self, rules, 0) != 0) {
		log_error("Landlock: %s", strerror(errno));
		r = SKS_IO;
	}
	close(rules);
	return r;
}
