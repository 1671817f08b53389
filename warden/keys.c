/*
 * A key file, as it is now. Read, never written: the daemon asks for it when root's command
 * has put another ring there. Which file that is was settled at our start.
 */
#include "buf.h"
#include "error.h"
#include "factor/keyfile.h"
#include "log.h"
#include "safeopen.h"
#include "warden.h"
#include <string.h>
#include <unistd.h>

void
keys_read(struct warden *w, struct ticket t, const struct warden_call *call)
{
	static uint8_t space[KEYRING_FILE_MAX];
	struct warden_answer answer = {.status = SKS_NOT_FOUND};
	const char *path = call->number < WARDEN_KEY_FILES ? w->key[call->number] : NULL;
	struct buf file;

	buf_init_fixed(&file, space, sizeof(space));
	if (path != NULL)
		answer.status =
		    safeopen_path_is_secure(path, geteuid(), answer.text, sizeof(answer.text));
	if (path != NULL && answer.status == SKS_OK)
		answer.status = safeopen_slurp(
		    path, geteuid(), 0600, &file, answer.text, sizeof(answer.text));
	if (answer.status != SKS_OK)
		log_warn("the key file cannot be read: %s", answer.text);
	warden_answer(w, t, &answer, space, answer.status == SKS_OK ? file.len : 0);
	explicit_bzero(space, sizeof(space));
}
