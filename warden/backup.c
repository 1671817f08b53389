/*
 * A backup by itself: encrypts what the worker sends, in a child of its own, and puts it into a
 * directory that only root can write. The daemon says when, where the policy wants it and how
 * many stay; it cannot read a file or change it, and nothing of what is in it stands there as
 * the daemon wrote it but one line of JSON.
 */
#include "backup/make.h"

#include "audit/logkey.h"
#include "clock.h"
#include "error.h"
#include "hex.h"
#include "log.h"
#include "safeopen.h"
#include "warden.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Lines of the policy, which were checked when it was parsed. */
static int
backup_recipients(const char *lines, struct recipient out[CONTAINER_RECIPIENTS_MAX], size_t *n)
{
	char line[RECIPIENT_LINE_SIZE];

	*n = 0;
	while (*lines != '\0') {
		size_t len = strcspn(lines, "\n");

		if (len >= sizeof(line) || *n == CONTAINER_RECIPIENTS_MAX)
			return SKS_TOO_BIG;
		memcpy(line, lines, len);
		line[len] = '\0';
		if (recipient_parse(line, &out[(*n)++]) != SKS_OK)
			return SKS_INVALID;
		lines += len + (lines[len] == '\n');
	}
	return *n > 0 ? SKS_OK : SKS_INVALID;
}

static int
backup_directory(const char *name, char *real, char *why, size_t why_size)
{
	char below[sizeof(((struct warden_call *)0)->name) + 2];
	int r;

	/* first the way there, link by link: backup_make() sees only its end */
	(void)snprintf(below, sizeof(below), "%s/x", name);
	if ((r = safeopen_path_is_secure(below, geteuid(), why, why_size)) != SKS_OK)
		return r;
	if (realpath(name, real) == NULL) {
		(void)snprintf(why, why_size, "%s: %s", name, strerror(errno));
		return SKS_NOT_FOUND;
	}
	if (backup_may_be_in(real))
		return SKS_OK;
	(void)snprintf(why, why_size,
	    "%.200s is where programs read their settings, or the system's own", real);
	return SKS_UNTRUSTED;
}

void
backup_run(const struct warden_call *call, struct warden_answer *answer)
{
	struct recipient recipient[CONTAINER_RECIPIENTS_MAX];
	char path[BACKUP_PATH_SIZE], dir[PATH_MAX], why[512] = "";
	struct backup_order order = {
	    .path = path, .recipient = recipient, .log_key = LOGKEY_FILE};
	struct backup_made made = {0};
	int r = backup_recipients(call->text, recipient, &order.recipient_count);

	if (r == SKS_OK)
		r = backup_directory(call->name, dir, why, sizeof(why));
	if (r == SKS_OK)
		r = backup_name(dir, clock_now().wall_ms, path);
	if (r == SKS_OK)
		r = backup_make(
		    HELPER_SHARED_FD, (uint32_t)call->number, &order, &made, why, sizeof(why));
	answer->status = r;
	if (r != SKS_OK) {
		backup_drain(HELPER_SHARED_FD, (uint32_t)call->number);
		(void)snprintf(answer->text, sizeof(answer->text), "%s",
		    why[0] != '\0' ? why : error_text(r));
		return;
	}
	(void)snprintf(answer->text, sizeof(answer->text), "%s", path);
	(void)hex_put(answer->name, made.sum.file_hash, CONTAINER_HASH_SIZE);
	answer->number = made.sum.file_length;
	free(made.meta);
	if (backup_prune(dir, call->limit) != SKS_OK)
		log_warn("old backups in %s could not be removed", dir);
}
