/*
 * The warden's own code in a process of its own, asked over its socket as the daemon asks; and
 * a private mount namespace with accounts of our own, so that nothing of the host is used or
 * changed.
 */
#ifndef SEKISHO_TESTS_WARDEN_WORLD_H
#define SEKISHO_TESTS_WARDEN_WORLD_H

int warden_main(int argc, char **argv);
#define main warden_main
#include "../../warden/main.c"
#undef main
#include "../../warden/backup.c"
#include "../../warden/child.c"
#include "../../warden/courier.c"
#include "../../warden/host.c"
#include "../../warden/ending.c"
#include "../../warden/groups.c"
#include "../../warden/hostlogs.c"
#include "../../warden/idle.c"
#include "../../warden/keys.c"
#include "../../warden/kernel_audit.c"
#include "../../warden/left.c"
#include "../../warden/password.c"
#include "../../warden/process.c"
#include "../../warden/spool.c"
#include "../../warden/survey.c"
#include "../../warden/sweep.c"
#include "../../warden/table.c"
#include "../../warden/volume.c"
#include "../../warden/walk.c"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/mount.h>

#include <cmocka.h>

enum { ANSWER_MS = 15000 };

struct world {
	pid_t pid; /* the warden */
	int fd;    /* the daemon's end */
	uint32_t id;
};

struct said {
	struct warden_answer answer;
	uint8_t payload[HELPER_MESSAGE_MAX];
	size_t len;
};

/* The key file that the next warden is told of; "": none. */
static char world_key[256];

/* "spool" may be NULL. */
static inline void
world_start(struct world *w, const char *spool)
{
	int end[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, end), 0);
	w->id = 0;
	w->fd = end[0];
	w->pid = fork();
	assert_true(w->pid >= 0);
	if (w->pid == 0) {
		static char name[] = "warden", flag[] = "--spool", dir[256], key[] = "--key";
		char *argv[] = {name, key, world_key, spool != NULL ? flag : NULL, dir, NULL};
		char **args = world_key[0] != '\0' ? argv : argv + 2;

		snprintf(dir, sizeof(dir), "%s", spool != NULL ? spool : "");
		close(end[0]);
		if (end[1] != HELPER_FD) {
			dup2(end[1], HELPER_FD);
			close(end[1]);
		}
		optind = 0;
		args[0] = name;
		_exit(warden_main((spool != NULL ? 3 : 1) + (args == argv ? 2 : 0), args));
	}
	close(end[1]);
}

/* Its exit status, after our end is closed; -1 when it was ended by a signal. */
static inline int
world_stop(struct world *w)
{
	int status;

	close(w->fd);
	assert_int_equal(waitpid(w->pid, &status, 0), w->pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static inline uint32_t
world_send(struct world *w, uint16_t type, const struct warden_call *call)
{
	struct buf b;

	buf_init(&b, HELPER_MESSAGE_MAX);
	helper_encode(&b, ++w->id, type, &warden_call_fields, call, NULL, 0);
	assert_int_equal(buf_error(&b), SKS_OK);
	assert_int_equal(send(w->fd, b.data, b.len, MSG_NOSIGNAL), (ssize_t)b.len);
	buf_clear(&b);
	return w->id;
}

/* The next answer, whichever it is; its id. 0 when the warden has gone. */
static inline uint32_t
world_receive(struct world *w, struct said *said)
{
	static uint8_t data[HELPER_MESSAGE_MAX];
	struct helper_message m;
	int r = helper_receive(w->fd, ANSWER_MS, data, &m);

	if (r == SKS_NOT_FOUND)
		return 0;
	assert_int_equal(r, SKS_OK);
	assert_false(m.more);
	assert_int_equal(
	    fields_decode(&warden_answer_fields, &m.fields, &said->answer), SKS_OK);
	said->len = m.payload.len;
	if (said->len != 0)
		memcpy(said->payload, m.payload.data, said->len);
	return m.id;
}

static inline int64_t
world_ask(struct world *w, uint16_t type, const struct warden_call *call, struct said *said)
{
	uint32_t id = world_send(w, type, call);

	assert_int_equal(world_receive(w, said), id);
	return said->answer.status;
}

static inline void
world_write(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

/* A file of ours instead of the host's, for this process and its children. */
static inline void
world_replace(const char *path, const char *dir, const char *name, const char *text)
{
	char own[256];

	snprintf(own, sizeof(own), "%s/%s", dir, name);
	if (text != NULL)
		world_write(own, text, strcmp(name, "shadow") == 0 ? 0600 : 0644);
	assert_int_equal(mount(own, path, NULL, MS_BIND, NULL), 0);
}

/*
 * A directory that goes with the namespace. All else is read-only in there: what is tested runs
 * as root and removes files by name, and it is tested with its checks broken, too.
 */
static inline void
world_enter(const char *dir)
{
	assert_int_equal(unshare(CLONE_NEWNS), 0);
	assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	assert_int_equal(mount("tmpfs", dir, "tmpfs", 0, "mode=0755"), 0);
	assert_int_equal(mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL), 0);
	assert_int_equal(access("/etc", W_OK), -1);
	assert_int_equal(errno, EROFS);
}

static inline int
world_leave(const char *dir)
{
	(void)umount2(dir, MNT_DETACH);
	(void)mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND, NULL);
	return rmdir(dir);
}

#endif
