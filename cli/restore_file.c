/* The sealed file of a backup: opened, whose signature it has, unlocked. */
#include "audit/note.h"
#include "backup.h"
#include "error.h"
#include "hex.h"
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

/* The key that --trust names. A chain begun anew has a name of its own under the same key; what
 * leaves the host is signed with the key's. Returns 0, or a status after saying what is wrong. */
static int
restore_trusted_key(const struct args *args, struct note_vkey *out, bool *given)
{
	const char *text = args_value(args, OPT_TRUST);
	struct note_vkey key;
	char *end;

	*given = text != NULL;
	if (text == NULL)
		return STATUS_DONE;
	if (note_vkey_parse(text, &key) == SKS_OK && key.kind == NOTE_ED25519) {
		end = strstr(key.name, "/audit/");
		if (end != NULL)
			end[strlen("/audit")] = '\0';
		if (note_vkey_make(key.name, NOTE_ED25519, key.key, out) == SKS_OK)
			return STATUS_DONE;
	}
	fprintf(stderr,
	    _("sekisho: \"%s\" is no verifier key; `sekisho audit head --vkey` prints one.\n"),
	    text);
	return STATUS_USAGE;
}

/* Whose signature it is. One that claims to be ours and is not is tampering. */
static int
restore_check_note(struct putting *p, const struct buf *bytes)
{
	struct note_vkey key, trusted;
	struct buf text;
	static struct note note;
	bool trusts;
	int r = SKS_NOT_FOUND, t = SKS_NOT_FOUND;
	int status = restore_trusted_key(p->args, &trusted, &trusts);

	p->signature = "none";
	if (status != STATUS_DONE || bytes->len == 0)
		return status;
	buf_init(&text, 512);
	container_text(BACKUP_KIND, &p->sum, &text);
	if (note_parse(bytes->data, bytes->len, &note) != SKS_OK || note.text_len != text.len ||
	    memcmp(note.text, text.data, text.len) != 0)
		r = SKS_CORRUPT;
	else if (restore_own_key(&key))
		r = note_verify(&note, &key, NULL);
	if (r == SKS_NOT_FOUND && trusts)
		t = note_verify(&note, &trusted, NULL);
	buf_clear(&text);
	if (r == SKS_CORRUPT || t == SKS_CORRUPT) {
		fprintf(stderr, _("sekisho: the signature of %s is wrong.\n"), p->path);
		return STATUS_TAMPERED;
	}
	p->signature = r == SKS_OK ? "own" : t == SKS_OK ? "trusted" : "another";
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
	(void)hex_put(p->digest, p->sum.file_hash, CONTAINER_HASH_SIZE);
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
