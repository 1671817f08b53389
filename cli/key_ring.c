/*
 * Changing the key file. The order is what makes a crash harmless: a ring with one key more is
 * written first and used afterwards; a key leaves the ring only when nothing is sealed under
 * it, which stays so, because nothing new is sealed under it either.
 */
#include "call.h"
#include "error.h"
#include "i18n.h"
#include "key.h"
#include "safeopen.h"
#include "show.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { POLL_MS = 100 };

/* ---- the lock ---------------------------------------------------------------------------- */

/* The directory is what there always is to lock; no file is left behind. */
int
key_lock(const char *path)
{
	char dir[4096];
	const char *slash = strrchr(path, '/');
	int fd;

	(void)snprintf(dir, sizeof(dir), "%.*s", (int)(slash - path) + 1, path);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		fprintf(stderr, "sekisho: %s: %s\n", dir, strerror(errno));
		return -1;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		fputs(
		    _("sekisho: another key command is at work. Try again when it is done.\n"),
		    stderr);
		close(fd);
		return -1;
	}
	return fd;
}

int
key_change_open(struct key_change *c, const json_t *list)
{
	char why[512];
	int r;

	memset(c, 0, sizeof(*c));
	c->lock = -1;
	(void)mlock(c, sizeof(*c)); /* may be refused; then a swap might hold it */
	(void)snprintf(c->path, sizeof(c->path), "%s", show_text(list, "file"));
	c->credential = json_is_true(json_object_get(list, "credential"));
	if (c->path[0] != '/') {
		fputs(_("sekisho: the daemon's answer is not what this version of the command "
			"expects.\n"),
		    stderr);
		return STATUS_UNREADABLE;
	}
	c->lock = key_lock(c->path);
	if (c->lock < 0)
		return STATUS_REFUSED;
	r = keyfile_read(c->path, &c->ring, c->space, why, sizeof(why));
	if (r != SKS_OK) {
		fprintf(stderr, "sekisho: %s\n", why);
		return STATUS_UNREADABLE;
	}
	c->before = c->ring;
	return STATUS_DONE;
}

void
key_change_clear(struct key_change *c)
{
	if (c->lock >= 0)
		close(c->lock);
	explicit_bzero(c, sizeof(*c));
	c->lock = -1;
}

/* ---- a new ring -------------------------------------------------------------------------- */

static int
key_write(struct key_change *c, const char *path, const struct keyring *ring)
{
	char why[512];
	int r = keyfile_write(path, ring, c->space, why, sizeof(why));

	if (r == SKS_OK)
		return STATUS_DONE;
	fprintf(stderr, "sekisho: %s\n", why);
	return STATUS_REFUSED;
}

/* The plain ring goes where root says; sealing it for the host is systemd's part. */
static int
key_put_credential(struct key_change *c, const struct args *args)
{
	const char *output = args_value(args, OPT_OUTPUT);
	int r;

	if (output == NULL || output[0] != '/') {
		fputs(
		    _("sekisho: the key is a credential of the service manager, which only it "
		      "can replace. With --output FILE (an absolute path, in memory: "
		      "/run/sekisho.key) the new ring is written there, and the next steps "
		      "are said.\n"),
		    stderr);
		return STATUS_USAGE;
	}
	r = key_write(c, output, &c->ring);
	if (r != STATUS_DONE)
		return r;
	fprintf(stdout,
	    _("The new ring is in %s. Put it in its place and remove it:\n"
	      "  systemd-creds encrypt --name=%s %s /etc/credstore.encrypted/%s\n"
	      "  shred -u %s\n"
	      "  systemctl restart sekisho-policyd\n"
	      "The daemon then seals anew what lies under older keys.\n"),
	    output, KEYFILE_CREDENTIAL, output, KEYFILE_CREDENTIAL, output);
	return STATUS_DONE;
}

/* What is unknown is not put back: the daemon may have taken the new ring before it fell
 * silent, and every key that anything is sealed under is in it. */
static int
key_tell_daemon(struct key_change *c, const struct args *args)
{
	struct call call;
	int error = SKS_OK, r;

	call_init(&call, VERB_KEY_LOAD);
	r = call_send(&call, NULL, 0, &error);
	if (r == STATUS_REFUSED) {
		(void)key_write(c, c->path, &c->before);
		call_print_failure(&call, args, r);
	} else if (r != STATUS_DONE) {
		call_explain_unreachable(error);
		fputs(_("The new keys are in the file; the daemon takes them over when it "
			"starts.\n"),
		    stderr);
		r = STATUS_INCOMPLETE;
	}
	call_clear(&call);
	return r;
}

int
key_change_put(struct key_change *c, const struct args *args)
{
	int r;

	if (c->credential)
		return key_put_credential(c, args);
	r = key_write(c, c->path, &c->ring);
	return r == STATUS_DONE ? key_tell_daemon(c, args) : r;
}

/* Asked often, so it asks for nothing else. */
static bool
key_is_sealing(void)
{
	struct call call;
	json_t *answer = NULL;
	bool busy;

	call_init(&call, VERB_KEY_LIST);
	call.request.number = 1;
	if (call_send(&call, NULL, 0, NULL) == STATUS_DONE)
		answer = json_loadb((const char *)call.payload.data, call.payload.len, 0, NULL);
	busy = json_is_true(json_object_get(answer, "resealing"));
	json_decref(answer);
	call_clear(&call);
	return busy;
}

json_t *
key_wait_sealed(const struct args *args, int seconds)
{
	struct timespec pause = {.tv_nsec = POLL_MS * 1000000L};
	int status;

	for (int waited = 0; key_is_sealing() && waited < seconds * 1000; waited += POLL_MS)
		(void)nanosleep(&pause, NULL);
	return key_ask_list(args, &status);
}
