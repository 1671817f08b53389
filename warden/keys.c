/*
 * A key file, as it is now: the daemon asks for it when root's command has put another ring
 * there, and at its start where it is not root itself. Then what is missing is made first, and
 * nothing is ever written over. Which file that is was settled at our start.
 */
#include "audit/logkey.h"
#include "buf.h"
#include "clock.h"
#include "error.h"
#include "factor/keyfile.h"
#include "log.h"
#include "safeopen.h"
#include "spool.h"
#include "warden.h"
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int
keys_make_ring(const char *path, uint8_t *space, struct warden_answer *answer)
{
	static struct keyring ring;
	int r = keyfile_make(
	    path, clock_now().wall_ms, &ring, space, answer->text, sizeof(answer->text));

	keyring_clear(&ring);
	return r;
}

static int
keys_make_spool(const char *path)
{
	uint8_t key[SPOOL_KEY_SIZE];
	int r = secret_random(key, sizeof(key));

	if (r == SKS_OK)
		r = safeopen_replace(path, 0600, key, sizeof(key));
	explicit_bzero(key, sizeof(key));
	return r;
}

/* Reads it, sets aside what is none of this machine's, makes one that is missing. */
static int
keys_open_log(const char *path, struct warden_answer *answer)
{
	static struct logkey key;
	int r = logkey_open(path, &key, answer->text, sizeof(answer->text));

	answer->number = (uint64_t)key.start;
	logkey_clear(&key);
	return r;
}

static int
keys_prepare(const struct warden_call *call, const char *path, uint8_t *space,
    struct warden_answer *answer)
{
	struct stat st;
	bool there = lstat(path, &st) == 0;

	if (call->limit == WARDEN_KEY_READ)
		return SKS_OK;
	if (call->number == WARDEN_LOG_KEY)
		return keys_open_log(path, answer);
	if (call->number == WARDEN_SPOOL_KEY)
		return there ? SKS_OK : keys_make_spool(path);
	return there || call->limit != WARDEN_KEY_MAKE ? SKS_OK
						       : keys_make_ring(path, space, answer);
}

void
keys_read(struct warden *w, struct ticket t, const struct warden_call *call)
{
	static uint8_t space[KEYRING_FILE_MAX];
	struct warden_answer answer = {.status = SKS_NOT_FOUND};
	const char *path = call->number < WARDEN_KEY_FILES ? w->key[call->number] : NULL;
	struct stat st;
	struct buf file;

	buf_init_fixed(&file, space, sizeof(space));
	if (path != NULL)
		answer.status = keys_prepare(call, path, space, &answer);
	if (path != NULL && answer.status == SKS_OK)
		answer.status =
		    safeopen_path_is_secure(path, geteuid(), answer.text, sizeof(answer.text));
	if (path != NULL && answer.status == SKS_OK)
		answer.status = safeopen_slurp(
		    path, geteuid(), 0600, &file, answer.text, sizeof(answer.text));
	if (answer.status != SKS_OK)
		log_warn("the key file cannot be read: %s", answer.text);
	else if (call->number != WARDEN_LOG_KEY && lstat(path, &st) == 0)
		answer.number = (uint64_t)st.st_mtime * 1000;
	warden_answer(w, t, &answer, space, answer.status == SKS_OK ? file.len : 0);
	explicit_bzero(space, sizeof(space));
}
