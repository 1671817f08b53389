/*
 * sekisho restore, and sekisho backup check: root decrypts, a child without rights unpacks,
 * verifies and changes places.
 */
#include "restore.h"

#include "ask.h"
#include "backup.h"
#include "cli.h"
#include "error.h"
#include "i18n.h"
#include "protocol.h"
#include "root.h"
#include "show.h"
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { SEEN_MAX = 64 << 10 };

#define GENERATION_FILE "/run/sekisho/generation"

/* Somebody listens there: the store is in use. */
static bool
restore_daemon_runs(void)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool runs;

	(void)snprintf(a.sun_path, sizeof(a.sun_path), "%s", PAM_SOCKET_PATH);
	runs = fd < 0 || connect(fd, (const struct sockaddr *)&a, sizeof(a)) == 0;
	if (fd >= 0)
		close(fd);
	return runs;
}

static int
restore_read_seen(const char *path, char **out)
{
	struct buf file;
	uint8_t block[4096];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t n = -1;

	buf_init(&file, SEEN_MAX);
	while (fd >= 0 && (n = read(fd, block, sizeof(block))) > 0)
		buf_put_bytes(&file, block, (size_t)n);
	if (fd >= 0)
		close(fd);
	buf_put_u8(&file, '\0');
	*out = n == 0 && buf_error(&file) == SKS_OK ? strdup((const char *)file.data) : NULL;
	buf_clear(&file);
	if (*out != NULL)
		return STATUS_DONE;
	fprintf(stderr, _("sekisho: %s cannot be read: %s\n"), path, strerror(errno));
	return STATUS_UNREADABLE;
}

/* A directory below the one that was given, for the user without rights. By its descriptor: who
 * owns the one above may have put something else in its place. */
static bool
restore_give(const char *work, const struct passwd *pw)
{
	int fd = open(work, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	bool given = fd >= 0 && fchown(fd, pw->pw_uid, pw->pw_gid) == 0;

	if (fd >= 0)
		close(fd);
	return given;
}

static int
restore_scratch(const char *below, char work[256])
{
	const struct passwd *pw = getpwnam(BACKUP_USER);

	if (snprintf(work, 256, "%s/sekisho-rehearsal.XXXXXX", below) < 256 &&
	    mkdtemp(work) != NULL && pw != NULL && restore_give(work, pw))
		return STATUS_DONE;
	fprintf(stderr, _("sekisho: %s cannot be used: %s\n"), below,
	    pw == NULL ? _("there is no user sekisho") : strerror(errno));
	return STATUS_REFUSED;
}

static int
restore_prepare(struct putting *p, char scratch[256], char **seen)
{
	bool rehearse = args_has(p->args, OPT_REHEARSE);
	int status = root_need();

	if (status == STATUS_DONE && rehearse != args_has(p->args, OPT_SCRATCH)) {
		fputs(_("sekisho: a rehearsal needs a directory to unpack in, and nothing else "
			"does: --rehearse --scratch DIR\n"),
		    stderr);
		status = STATUS_USAGE;
	}
	if (status == STATUS_DONE && !rehearse && restore_daemon_runs()) {
		fputs(
		    _("sekisho: the daemon is running. Stop it and its sockets first (systemctl "
		      "stop sekisho-policyd 'sekisho-*.socket'); until it is back only "
		      "break-glass codes work, so have them at hand.\n"),
		    stderr);
		status = STATUS_REFUSED;
	}
	if (status == STATUS_DONE && args_has(p->args, OPT_SEEN))
		status = restore_read_seen(args_value(p->args, OPT_SEEN), seen);
	if (status == STATUS_DONE && rehearse)
		status = restore_scratch(args_value(p->args, OPT_SCRATCH), scratch);
	return status;
}

/* Who makes a backup chooses the accounts, devices and policy of the host that it is put on. */
static int
restore_vouched(const struct putting *p)
{
	if (p->order.rehearse || strcmp(p->signature, "own") == 0 ||
	    strcmp(p->signature, "trusted") == 0)
		return STATUS_DONE;
	fputs(strcmp(p->signature, "none") == 0
		  ? _("This backup is not signed: whoever has the public line or the passphrase "
		      "can have made it, with accounts and devices of their choice.\n")
		  : _("This backup is signed by a key that this host does not know: who made it is "
		      "not proved.\n"),
	    stderr);
	if (ask_yes(_("Put it back all the same? Type yes to go on: ")))
		return STATUS_DONE;
	fputs(_("sekisho: nothing was changed. --trust KEY takes the verifier key of the host that "
		"the backup was made on (`sekisho audit head --vkey` there, or on paper).\n"),
	    stderr);
	return STATUS_REFUSED;
}

int
run_restore(const struct args *args)
{
	char scratch[256] = "", work[300], *seen = NULL;
	struct putting p = {
	    .args = args, .path = args_word(args, 0), .fd = -1, .work = restore_run};
	json_t *report = NULL;
	int status = restore_prepare(&p, scratch, &seen);

	p.order = (struct restore_order){
	    .state_dir = BACKUP_STATE_DIR, .rehearse = scratch[0] != '\0'};
	(void)snprintf(work, sizeof(work), "%s/work", scratch);
	p.order.work = scratch[0] != '\0' ? work : NULL;
	p.order.seen = seen;
	if (status == STATUS_DONE)
		status = restore_open(&p);
	if (status == STATUS_DONE)
		status = restore_vouched(&p);
	if (status == STATUS_DONE)
		status = restore_work(&p, &report);
	/* the store is older than the boot's memory of it, and says so itself */
	if (status == STATUS_DONE && !p.order.rehearse)
		(void)unlink(GENERATION_FILE);
	if (status == STATUS_DONE && args_has(args, OPT_JSON)) {
		show_json(report);
	} else if (status == STATUS_DONE) {
		restore_tell_content(&p, report);
		restore_tell_done(report, p.order.rehearse);
	} else if (!p.order.rehearse && p.reader != NULL) {
		fputs(_("The store that was there is still there.\n"), stderr);
	}
	if (scratch[0] != '\0')
		(void)rmdir(scratch);
	json_decref(report);
	free(seen);
	restore_end(&p);
	return status;
}

int
run_backup_check(const struct args *args)
{
	struct putting p = {
	    .args = args, .path = args_word(args, 0), .fd = -1, .work = restore_check};
	json_t *report = NULL;
	int status = root_need();

	p.order = (struct restore_order){.state_dir = BACKUP_STATE_DIR, .rehearse = true};
	if (status == STATUS_DONE)
		status = restore_open(&p);
	if (status == STATUS_DONE)
		status = restore_work(&p, &report);
	if (status == STATUS_DONE && args_has(args, OPT_JSON)) {
		show_json(report);
	} else if (status == STATUS_DONE) {
		restore_tell_content(&p, report);
		fputs(_("The backup is whole: its pages, its records and their bodies, and the "
			"signed heads over them.\n"),
		    stdout);
	}
	json_decref(report);
	restore_end(&p);
	return status;
}
