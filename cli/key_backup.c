/*
 * sekisho key backup, key restore: the keys of a host in one sealed file, for the day on which
 * the host is gone. What is inside, for each key file:
 *
 *   file NAME LENGTH\n  and so many bytes
 *
 * The keys of the log's epochs are never in it: that they exist once, and then no more, is what
 * they are for.
 */
#include "audit/logkey.h"
#include "call.h"
#include "cli.h"
#include "clock.h"
#include "error.h"
#include "hex.h"
#include "i18n.h"
#include "key.h"
#include "root.h"
#include "safeopen.h"
#include "seal_to.h"
#include "show.h"
#include "spool.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KIND   "keys"
#define KEYDIR "/etc/sekisho"

enum { FILES = 3, BYTES_MAX = 32 << 10, PATH_SIZE = 4096 };

static const char *const names[FILES] = {"key", "log.key", "spool.key"};

/* ---- backup ------------------------------------------------------------------------------ */

static int
backup_collect(const char *const path[FILES], struct buf *out)
{
	char why[512];

	for (size_t i = 0; i < FILES; i++) {
		struct buf file;
		int r;

		buf_init(&file, KEYRING_FILE_MAX);
		r = safeopen_slurp(path[i], 0, 0600, &file, why, sizeof(why));
		if (r == SKS_OK) {
			buf_printf(out, "file %s %zu\n", names[i], file.len);
			buf_put_bytes(out, file.data, file.len);
			r = buf_error(out);
			(void)snprintf(why, sizeof(why), "%s", error_text(r));
		}
		buf_clear(&file);
		if (r == SKS_OK)
			continue;
		fprintf(stderr, _("sekisho: no backup was made: %s\n"), why);
		return STATUS_REFUSED;
	}
	return STATUS_DONE;
}

static char *
backup_meta(void)
{
	char host[256] = "";
	json_t *meta;
	char *text;

	(void)gethostname(host, sizeof(host) - 1);
	meta = json_pack("{s:s,s:I}", "host.name", host, "sekisho.backup.made",
	    (json_int_t)clock_now().wall_ms);
	text = json_dumps(meta, JSON_COMPACT);
	json_decref(meta);
	return text;
}

static int
backup_seal(
    int fd, const struct buf *plain, const struct seal_to *to, struct container_sum *sum)
{
	char *meta = backup_meta();
	const struct container_to order = {.kind = KIND,
	    .meta = meta,
	    .recipient = to->recipient,
	    .recipient_count = to->count,
	    .passphrase = to->passphrase.len > 0 ? &to->passphrase : NULL};
	struct container_writer *w = NULL;
	int r = meta == NULL ? SKS_NOMEM : container_create(fd, &order, &w);

	if (r == SKS_OK)
		r = container_write(w, plain->data, plain->len);
	if (r == SKS_OK)
		r = container_finish(w, NULL, NULL, sum);
	container_writer_free(w);
	free(meta);
	return r;
}

/* Never over another one, which may be the only one. */
static int
backup_write(const char *path, const struct buf *plain, const struct seal_to *to,
    struct container_sum *sum)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int r;

	if (fd < 0) {
		fprintf(stderr, _("sekisho: cannot make %s: %s. It must not be there yet.\n"),
		    path, strerror(errno));
		return STATUS_REFUSED;
	}
	r = backup_seal(fd, plain, to, sum);
	if (r == SKS_OK && fsync(fd) != 0)
		r = SKS_IO;
	if (close(fd) != 0 && r == SKS_OK)
		r = SKS_IO;
	if (r == SKS_OK)
		return STATUS_DONE;
	(void)unlink(path);
	if (r == SKS_INVALID)
		fprintf(stderr, _("sekisho: a passphrase has at least %d characters.\n"),
		    CONTAINER_PASSPHRASE_MIN);
	else
		fprintf(stderr, _("sekisho: no backup was made: %s\n"), _(error_text(r)));
	return STATUS_REFUSED;
}

static int
backup_record(const struct args *args, const char *path, const struct container_sum *sum)
{
	struct call call;
	char hex[2 * CONTAINER_HASH_SIZE + 1];
	int error = SKS_OK, r;

	(void)hex_put(hex, sum->file_hash, CONTAINER_HASH_SIZE);
	call_init(&call, VERB_KEY_BACKED_UP);
	r = call_set_text(call.request.name, sizeof(call.request.name), path, "FILE");
	(void)snprintf(call.request.text, sizeof(call.request.text), "%s", hex);
	call.request.number = sum->file_length;
	if (r == STATUS_DONE)
		r = call_send(&call, NULL, 0, &error);
	if (r != STATUS_DONE) {
		if (error != SKS_OK)
			call_explain_unreachable(error);
		else
			call_print_failure(&call, args, r);
		fputs(_("The backup is good, but that it was made is not recorded.\n"), stderr);
		r = STATUS_INCOMPLETE;
	}
	call_clear(&call);
	return r;
}

int
run_key_backup(const struct args *args)
{
	static struct seal_to to;
	struct container_sum sum;
	const char *path = args_word(args, 0);
	const char *from[FILES] = {NULL, NULL, SPOOL_KEY};
	struct buf plain;
	json_t *list;
	int r = root_need();

	if (r != STATUS_DONE)
		return r;
	list = key_ask_list(args, &r);
	if (list == NULL)
		return r;
	from[0] = show_text(list, "file");
	from[1] = show_text(list, "log_file");
	buf_init(&plain, BYTES_MAX);
	r = backup_collect(from, &plain);
	if (r == STATUS_DONE)
		r = seal_to_collect(&to, args, NULL);
	if (r == STATUS_DONE)
		r = backup_write(path, &plain, &to, &sum);
	seal_to_clear(&to);
	buf_clear(&plain);
	json_decref(list);
	if (r != STATUS_DONE)
		return r;
	fprintf(stdout,
	    _("The keys are in %s. Keep it, and what opens it, apart from each other and from "
	      "the backups of the store. Make another one after each change of a key.\n"),
	    path);
	fflush(stdout);
	return backup_record(args, path, &sum);
}

/* ---- restore ----------------------------------------------------------------------------- */

static int
restore_read(const char *path, const struct args *args, struct buf *out)
{
	struct container_reader *reader = NULL;
	uint8_t chunk[4096];
	size_t n = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int r, status;

	if (fd < 0) {
		fprintf(stderr, _("sekisho: %s cannot be read: %s\n"), path, strerror(errno));
		return STATUS_REFUSED;
	}
	r = container_open(fd, &reader);
	if (r == SKS_OK && strcmp(container_info(reader)->kind, KIND) != 0)
		r = SKS_INVALID;
	status = r == SKS_OK ? seal_unlock(reader, args) : STATUS_UNREADABLE;
	while (r == SKS_OK && status == STATUS_DONE) {
		r = container_read(reader, chunk, sizeof(chunk), &n);
		if (r == SKS_OK && n == 0)
			break;
		if (r == SKS_OK)
			buf_put_bytes(out, chunk, n);
	}
	explicit_bzero(chunk, sizeof(chunk));
	if (r == SKS_OK)
		r = buf_error(out);
	if (r != SKS_OK) {
		seal_explain(path, r);
		status = STATUS_UNREADABLE;
	}
	container_reader_free(reader);
	close(fd);
	return status;
}

/* One file of it; *at moves on. SKS_INVALID; SKS_CONFLICT when there is such a file already. */
static int
restore_one(const struct buf *plain, size_t *at, const char *dir, bool write, char *path)
{
	char line[128], name[32];
	const uint8_t *end = memchr(plain->data + *at, '\n', plain->len - *at);
	size_t head = end == NULL ? 0 : (size_t)(end - (plain->data + *at)), len;
	struct stat st;
	bool known = false;

	if (end == NULL || head >= sizeof(line))
		return SKS_INVALID;
	memcpy(line, plain->data + *at, head);
	line[head] = '\0';
	*at += head + 1;
	if (sscanf(line, "file %31s %zu", name, &len) != 2 || len > plain->len - *at)
		return SKS_INVALID;
	for (size_t i = 0; i < FILES; i++)
		known |= strcmp(names[i], name) == 0;
	if (!known || snprintf(path, PATH_SIZE, "%s/%s", dir, name) >= PATH_SIZE)
		return SKS_INVALID;
	*at += len;
	if (!write)
		return lstat(path, &st) == 0 ? SKS_CONFLICT : SKS_OK;
	return safeopen_replace(path, 0600, plain->data + *at - len, len);
}

/* Looks at all of it before it writes any of it. */
static int
restore_write(const struct buf *plain, const char *dir)
{
	char path[PATH_SIZE] = "";
	int r = SKS_OK;

	for (int write = 0; write < 2 && r == SKS_OK; write++)
		for (size_t at = 0; at < plain->len && r == SKS_OK;)
			r = restore_one(plain, &at, dir, write == 1, path);
	if (r == SKS_OK)
		return STATUS_DONE;
	if (r == SKS_CONFLICT)
		fprintf(stderr,
		    _("sekisho: %s is there already, so nothing was written. Move it away "
		      "first, if that is what you want.\n"),
		    path);
	else if (r == SKS_NOT_FOUND)
		fprintf(stderr,
		    _("sekisho: there is no directory %s, so nothing was written. Make it "
		      "first, "
		      "for root alone (mode 0700).\n"),
		    dir);
	else
		fprintf(stderr, "sekisho: %s: %s\n", path, _(error_text(r)));
	return STATUS_REFUSED;
}

int
run_key_restore(const struct args *args)
{
	const char *dir = args_value(args, OPT_TO) != NULL ? args_value(args, OPT_TO) : KEYDIR;
	struct buf plain;
	int r = root_need();

	if (r != STATUS_DONE)
		return r;
	if (dir[0] != '/') {
		fputs(_("sekisho: --to takes an absolute path.\n"), stderr);
		return STATUS_USAGE;
	}
	buf_init(&plain, BYTES_MAX);
	r = restore_read(args_word(args, 0), args, &plain);
	if (r == STATUS_DONE)
		r = restore_write(&plain, dir);
	buf_clear(&plain);
	if (r == STATUS_DONE)
		fprintf(stdout, _("The keys are back in %s.\n"), dir);
	return r;
}
