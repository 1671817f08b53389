/* The sealed file of a backup: opened, whose signature it has, unlocked. */
#include "audit/note.h"
#include "backup.h"
#include "error.h"
#include "i18n.h"
#include "restore.h"
#include "seal_to.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The verifier key of this host's log, from the key itself; false without one. */
static bool
restore_own_key(struct note_vkey *out)
{
	struct note_skey key;
	bool found = backup_log_key(&key) == SKS_OK;

	if (found) {
		*out = key.vkey;
		note_skey_clear(&key);
	}
	return found;
}

/* Whose signature it is. One that claims to be ours and is not is tampering. */
static int
restore_check_note(struct putting *p, const struct buf *bytes)
{
	struct note_vkey key;
	struct buf text;
	static struct note note;
	int r = SKS_NOT_FOUND;

	p->signature = "none";
	if (bytes->len == 0)
		return STATUS_DONE;
	buf_init(&text, 512);
	container_text(BACKUP_KIND, &p->sum, &text);
	if (note_parse(bytes->data, bytes->len, &note) != SKS_OK || note.text_len != text.len ||
	    memcmp(note.text, text.data, text.len) != 0)
		r = SKS_CORRUPT;
	else if (restore_own_key(&key))
		r = note_verify(&note, &key, NULL);
	buf_clear(&text);
	if (r == SKS_CORRUPT) {
		fprintf(stderr, _("sekisho: the signature of %s is wrong.\n"), p->path);
		return STATUS_TAMPERED;
	}
	p->signature = r == SKS_OK ? "own" : "another";
	return STATUS_DONE;
}

int
restore_open(struct putting *p)
{
	struct buf note;
	int r, status = STATUS_DONE;

	p->fd = open(p->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (p->fd < 0) {
		fprintf(
		    stderr, _("sekisho: %s cannot be read: %s\n"), p->path, strerror(errno));
		return STATUS_UNREADABLE;
	}
	buf_init(&note, CONTAINER_NOTE_MAX);
	r = container_scan(p->fd, &p->sum, &note);
	if (r == SKS_OK)
		status = restore_check_note(p, &note);
	buf_clear(&note);
	if (r == SKS_OK && status == STATUS_DONE && lseek(p->fd, 0, SEEK_SET) == 0)
		r = container_open(p->fd, &p->reader);
	if (r != SKS_OK) {
		seal_explain(p->path, r);
		return r == SKS_INVALID || r == SKS_IO ? STATUS_UNREADABLE : STATUS_TAMPERED;
	}
	if (status == STATUS_DONE &&
	    strcmp(container_info(p->reader)->kind, BACKUP_KIND) != 0) {
		fprintf(stderr, _("sekisho: %s is sealed, but it is no backup.\n"), p->path);
		status = STATUS_USAGE;
	}
	for (size_t i = 0; i < CONTAINER_HASH_SIZE; i++)
		(void)snprintf(p->digest + 2 * i, 3, "%02x", p->sum.file_hash[i]);
	p->order.file = p->path;
	p->order.digest = p->digest;
	p->order.signature = p->signature;
	return status == STATUS_DONE ? seal_unlock(p->reader, p->args) : status;
}

void
restore_end(struct putting *p)
{
	container_reader_free(p->reader);
	if (p->fd >= 0)
		close(p->fd);
}
