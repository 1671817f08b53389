/*
 * Another log key takes over. The file first names it as the next one, beside the one in use;
 * the daemon has the old one sign for it, in a record; then the file holds the new one alone.
 * Killed at any moment, the file has the key that the log names, and the command can be given
 * again.
 */
#include "audit/logkey.h"
#include "call.h"
#include "clock.h"
#include "error.h"
#include "i18n.h"
#include "key.h"
#include "safeopen.h"
#include "show.h"
#include "table.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { FILE_MAX = 4096, WIDTH = 96 };

static int
log_read(const char *path, struct logkey *k)
{
	char why[4500], machine[LOGKEY_MACHINE_SIZE];
	struct buf b;
	int r;

	buf_init(&b, FILE_MAX);
	r = safeopen_slurp(path, 0, 0600, &b, why, sizeof(why));
	if (r == SKS_OK) {
		r = logkey_parse(b.data, b.len, k, machine);
		memcpy(k->machine, machine, sizeof(machine));
		(void)snprintf(why, sizeof(why), "%s: %s", path, error_text(r));
	}
	buf_clear(&b);
	if (r == SKS_OK)
		return STATUS_DONE;
	fprintf(stderr, "sekisho: %s\n", why);
	return STATUS_UNREADABLE;
}

static int
log_write(const char *path, const struct logkey *k)
{
	char why[4500];
	struct buf b;
	int r;

	buf_init(&b, FILE_MAX);
	logkey_format(k, &b);
	r = buf_error(&b);
	if (r == SKS_OK)
		r = keyfile_replace(path, b.data, b.len, why, sizeof(why));
	else
		(void)snprintf(why, sizeof(why), "%s: %s", path, error_text(r));
	buf_clear(&b);
	if (r == SKS_OK)
		return STATUS_DONE;
	fprintf(stderr, "sekisho: %s\n", why);
	return STATUS_REFUSED;
}

/* Has the daemon take the next one; *done, which the caller decrefs, is its answer. */
static int
log_tell_daemon(const struct args *args, bool exposed, json_t **done)
{
	struct call call;
	int error = SKS_OK, r;

	*done = NULL;
	call_init(&call, VERB_KEY_LOG);
	(void)snprintf(
	    call.request.name, sizeof(call.request.name), "%s", exposed ? "exposed" : "");
	r = call_send(&call, NULL, 0, &error);
	if (r == STATUS_DONE) {
		*done = call_json(&call);
		r = *done != NULL ? STATUS_DONE : STATUS_UNREADABLE;
	} else if (r == STATUS_REFUSED) {
		call_print_failure(&call, args, r);
	} else {
		call_explain_unreachable(error);
	}
	call_clear(&call);
	return r;
}

static void
log_explain(const json_t *done, bool exposed)
{
	long long size = (long long)show_number(done, "size");

	fprintf(stdout, _("This key signs the heads of the log now:\n  %s\n"),
	    show_text(done, "vkey"));
	if (show_text(done, "previous_vkey")[0] != '\0') /* else it was so before this command */
		fprintf(stdout, _("before it:\n  %s\n"), show_text(done, "previous_vkey"));
	if (!exposed) {
		table_fold(stdout,
		    _("Whoever verifies with the old one finds the change in the log, signed "
		      "by "
		      "it. Give the new one to those who keep it elsewhere: sekisho audit head "
		      "--vkey --qr"),
		    0, WIDTH);
		return;
	}
	fprintf(
	    stdout, _("Those who verify this log must know, by another way than the log:\n"));
	fprintf(stdout, "  1. ");
	table_fold(stdout,
	    _("The new verifier key above. The old one's word for it is worth nothing: who has "
	      "the old key can sign for any other."),
	    5, WIDTH);
	fprintf(stdout,
	    _("  2. Heads by the old key count up to size %lld, and only if they agree with "
	      "this "
	      "log.\n"),
	    size);
	fprintf(stdout, "  3. ");
	table_fold(stdout,
	    _("What was sealed before stays proved: the keys of closed epochs are destroyed, "
	      "and "
	      "nobody can make their seals again. Compare with the heads that left the host "
	      "(journal, syslog, paper)."),
	    5, WIDTH);
	fprintf(stdout, "  4. ");
	table_fold(stdout,
	    _("Who could read the log key as root could read the sealing key too: sekisho key "
	      "exposed sealing."),
	    5, WIDTH);
}

static int
log_rotate_locked(const struct args *args, const char *path, bool exposed)
{
	struct logkey k;
	json_t *done = NULL;
	int r = log_read(path, &k);

	if (r != STATUS_DONE)
		return r;
	if (!k.has_next) { /* else a command before this one was killed */
		r = note_skey_new(k.key.vkey.name, NOTE_ED25519, &k.next);
		k.has_next = true;
		k.next_made_ms = clock_now().wall_ms;
		r = r == SKS_OK ? log_write(path, &k) : STATUS_REFUSED;
	}
	if (r == STATUS_DONE)
		r = log_tell_daemon(args, exposed, &done);
	if (r == STATUS_REFUSED) {
		k.has_next = false;
		(void)log_write(path, &k);
	}
	if (r != STATUS_DONE)
		goto out;
	k.key = k.next;
	k.made_ms = k.next_made_ms;
	k.has_next = false;
	r = log_write(path, &k);
	log_explain(done, exposed);
out:
	json_decref(done);
	logkey_clear(&k);
	return r;
}

int
key_rotate_log(const struct args *args, bool exposed)
{
	char path[4096];
	json_t *list;
	int lock, r;

	list = key_ask_list(args, &r);
	if (list == NULL)
		return r;
	(void)snprintf(path, sizeof(path), "%s", show_text(list, "log_file"));
	if (json_is_true(json_object_get(list, "log_credential"))) {
		fputs(_("sekisho: the log key is a credential of the service manager. Hand it "
			"out "
			"as a file for the time of this command: write it to "
			"/etc/sekisho/log.key (0600), take the credential out of the unit and "
			"restart the daemon; then rotate, and make it a credential again.\n"),
		    stderr);
		r = STATUS_REFUSED;
	}
	json_decref(list);
	if (r != STATUS_DONE)
		return r;
	lock = key_lock(path);
	if (lock < 0)
		return STATUS_REFUSED;
	r = log_rotate_locked(args, path, exposed);
	close(lock);
	return r;
}
