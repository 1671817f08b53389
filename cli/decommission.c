/*
 * sekisho decommission: the end of a host. The log gets its last record, seal and head, is
 * archived, and the keys are destroyed. Given again after it was interrupted, it goes on: each
 * step is done only where it is not done.
 */
#include "ask.h"
#include "audit/logkey.h"
#include "backup.h"
#include "backup/make.h"
#include "call.h"
#include "cli.h"
#include "clock.h"
#include "error.h"
#include "factor/keyfile.h"
#include "i18n.h"
#include "log_store.h"
#include "root.h"
#include "seal_to.h"
#include "show.h"
#include "spool.h"
#include "table.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAM_DIR  "/etc/pam.d"
#define SEAL_DIR BACKUP_STATE_DIR "/seal"

enum { STOP_WAIT_MS = 20000, STOP_STEP_MS = 50, WIDTH = 96 };

/* ---- may it be done ---------------------------------------------------------------------- */

/* Is there a line of ours in this PAM file? */
static bool
names_module(const char *path)
{
	FILE *f = fopen(path, "re");
	char line[1024];
	bool found = false;

	while (f != NULL && !found && fgets(line, sizeof(line), f) != NULL)
		found =
		    line[strspn(line, " \t")] != '#' && strstr(line, "pam_sekisho.so") != NULL;
	if (f != NULL)
		(void)fclose(f);
	return found;
}

/* With a line left and no daemon, nobody would get in any more. */
static int
check_pam_is_clean(void)
{
	const struct dirent *entry;
	DIR *d = opendir(PAM_DIR);
	char path[512];
	int r = STATUS_DONE;

	while (d != NULL && (entry = readdir(d)) != NULL) {
		(void)snprintf(path, sizeof(path), "%s/%s", PAM_DIR, entry->d_name);
		if (entry->d_name[0] == '.' || !names_module(path))
			continue;
		fprintf(stderr,
		    _("sekisho: %s still names pam_sekisho.so. Take its lines out first: with "
		      "them and without a daemon nobody gets in.\n"),
		    path);
		r = STATUS_REFUSED;
	}
	if (d != NULL)
		(void)closedir(d);
	return r;
}

static int
ask_for_name(void)
{
	char host[HOST_NAME_MAX + 1] = "", answer[HOST_NAME_MAX + 1], prompt[512];

	(void)gethostname(host, sizeof(host) - 1);
	table_fold(stderr,
	    _("This ends the log of this host and destroys its keys. Nobody's device will work "
	      "here again, and no backup of the store will open without a backup of the keys."),
	    0, WIDTH);
	(void)snprintf(
	    prompt, sizeof(prompt), _("Type the name of this host (%s) to go on: "), host);
	if (ask_text(prompt, answer, sizeof(answer)) == SKS_OK && strcmp(answer, host) == 0)
		return STATUS_DONE;
	fputs(_("sekisho: that is not its name. Nothing was done.\n"), stderr);
	return STATUS_REFUSED;
}

/* ---- the last record --------------------------------------------------------------------- */

static bool
is_ended(const struct args *args)
{
	struct store *s = NULL;
	char value[16] = "";
	bool ended = false;

	if (access(LOG_STORE_DIR "/" STORE_FILE, F_OK) != 0)
		return true; /* it is gone: only keys may be left */
	if (log_store_open(args, &s) == STATUS_DONE)
		ended = store_meta_get(s, LOG_ENDED, value, sizeof(value)) == SKS_OK;
	store_close(s);
	return ended;
}

static bool
daemon_is_there(void)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = USER_SOCKET_PATH};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool there = fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0;

	if (fd >= 0)
		(void)close(fd);
	return there;
}

/* The store is closed when nobody listens any more. */
static int
wait_for_stop(void)
{
	struct timespec pause = {.tv_nsec = STOP_STEP_MS * 1000000L};

	for (int waited = 0; waited < STOP_WAIT_MS; waited += STOP_STEP_MS) {
		if (!daemon_is_there())
			return STATUS_DONE;
		(void)nanosleep(&pause, NULL);
	}
	fputs(_("sekisho: the daemon still answers, so nothing was destroyed. Stop it and its "
		"sockets (systemctl stop sekisho-policyd 'sekisho-*.socket') and give this "
		"command again.\n"),
	    stderr);
	return STATUS_INCOMPLETE;
}

static int
end_log(const struct args *args)
{
	struct call call;
	int error = SKS_OK, r;

	call_init(&call, VERB_DECOMMISSION);
	r = call_send(&call, NULL, 0, &error);
	if (r == STATUS_UNREACHABLE && is_ended(args)) {
		r = STATUS_DONE; /* by this command, before it was interrupted */
	} else if (r == STATUS_UNREACHABLE) {
		call_explain_unreachable(error);
		fputs(_("The last record is the daemon's to write: start it first.\n"), stderr);
	} else if (r != STATUS_DONE) {
		call_print_failure(&call, args, r);
	}
	call_clear(&call);
	return r == STATUS_DONE ? wait_for_stop() : r;
}

/* ---- the archive ------------------------------------------------------------------------- */

/* This very program, with other words. Its exit status. */
static int
run_self(const char *const *words)
{
	extern char **environ;
	pid_t pid;
	int status;

	fflush(NULL);
	if (posix_spawn(&pid, "/proc/self/exe", NULL, NULL, (char *const *)(uintptr_t)words,
		environ) != 0)
		return STATUS_REFUSED;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return STATUS_REFUSED;
	return WIFEXITED(status) ? WEXITSTATUS(status) : STATUS_REFUSED;
}

/* Read back whole: its length and hash are those that were written. */
static bool
is_good(const char *path, const struct backup_made *made)
{
	struct container_sum sum;
	struct buf note;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool good;

	buf_init(&note, CONTAINER_NOTE_MAX);
	good = fd >= 0 && container_scan(fd, &sum, &note) == SKS_OK &&
	       sum.file_length == made->sum.file_length &&
	       memcmp(sum.file_hash, made->sum.file_hash, sizeof(sum.file_hash)) == 0;
	buf_clear(&note);
	if (fd >= 0)
		(void)close(fd);
	return good;
}

static int
archive_store(const char *dir, const struct seal_to *to)
{
	char path[BACKUP_PATH_SIZE], why[512] = "";
	struct backup_order order = {.path = path,
	    .log_key = LOGKEY_FILE,
	    .recipient = to->recipient,
	    .recipient_count = to->count,
	    .passphrase = to->passphrase.len > 0 ? &to->passphrase : NULL};
	struct backup_made made = {0};
	int r = backup_name(dir, clock_now().wall_ms, path);

	if (r == SKS_OK)
		r = backup_run(&order, &made, why, sizeof(why));
	if (r == SKS_OK && !is_good(path, &made)) {
		r = SKS_CORRUPT;
		(void)snprintf(why, sizeof(why), "%s", path);
	}
	free(made.meta);
	if (r == SKS_OK) {
		fprintf(stdout, _("The store with its log is in %s.\n"), path);
		return STATUS_DONE;
	}
	fprintf(stderr,
	    _("sekisho: the archive could not be made: %s. No key was destroyed.\n"),
	    why[0] != '\0' ? why : _(error_text(r)));
	return STATUS_REFUSED;
}

static int
archive(const char *dir, const struct seal_to *to)
{
	char tiles[PATH_MAX];
	const char *const export[] = {"sekisho", "audit", "export", "--tiles", tiles, NULL};
	int r;

	if (snprintf(tiles, sizeof(tiles), "%s/tiles", dir) >= (int)sizeof(tiles))
		return STATUS_USAGE;
	r = run_self(export);
	if (r != STATUS_DONE) {
		fputs(_("sekisho: the tree of the log could not be archived. No key was "
			"destroyed.\n"),
		    stderr);
		return r;
	}
	return archive_store(dir, to);
}

/* ---- destroying -------------------------------------------------------------------------- */

/* What is not there needs no destroying. */
static int
destroy(const char *path)
{
	char why[PATH_MAX + 64];
	int r = keyfile_destroy(path, why, sizeof(why));

	if (r == SKS_NOT_FOUND)
		return STATUS_DONE;
	if (r == SKS_OK)
		fprintf(stdout, _("destroyed: %s\n"), path);
	else
		fprintf(stderr, _("sekisho: not destroyed: %s\n"), why);
	return r == SKS_OK ? STATUS_DONE : STATUS_INCOMPLETE;
}

/* Every file of a directory whose name begins so. */
static int
destroy_all(const char *dir, const char *prefix)
{
	const struct dirent *entry;
	DIR *d = opendir(dir);
	char path[PATH_MAX];
	int r = STATUS_DONE, one;

	while (d != NULL && (entry = readdir(d)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
		    strncmp(entry->d_name, prefix, strlen(prefix)) != 0)
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
		one = destroy(path);
		r = one != STATUS_DONE ? one : r;
	}
	if (d != NULL)
		(void)closedir(d);
	return r;
}

/* The sealing keys first: without them no daemon starts on this store again. */
static int
destroy_keys(bool store_too)
{
	int r = STATUS_DONE, step[8];
	size_t n = 0;

	step[n++] = destroy_all("/etc/sekisho", ".key.");
	step[n++] = destroy(KEYFILE_PATH);
	step[n++] = destroy_all("/etc/sekisho", ".log.key.");
	step[n++] = destroy_all("/etc/sekisho", "log.key");
	step[n++] = destroy(SPOOL_KEY);
	step[n++] = destroy_all(SEAL_DIR, "");
	if (store_too)
		step[n++] = destroy_all(BACKUP_STATE_DIR, STORE_FILE);
	for (size_t i = 0; i < n; i++)
		r = step[i] != STATUS_DONE ? step[i] : r;
	return r;
}

static void
say_what_remains(bool archived)
{
	fputs(_("What remains on this host:\n"), stdout);
	if (!archived)
		fputs(_("  - the log, readable, in /var/lib/sekisho: keep it, or destroy it\n"),
		    stdout);
	fputs(_("  - the policy and the hashes of break-glass codes in /etc/sekisho\n"
		"  - credentials of the service manager, if the keys were such: remove "
		"/etc/credstore.encrypted/sekisho.*\n"
		"  - what went elsewhere: forwarded records, backups, exports\n"),
	    stdout);
	table_fold(stdout,
	    _("Destroyed means overwritten, removed and synced. A disk that copies on write, "
	      "an "
	      "SSD, a snapshot or a virtual disk may still hold the old blocks: erase the "
	      "whole "
	      "device (blkdiscard --secure, the drive's own secure erase, or the key of an "
	      "encrypted disk) or destroy it physically before it leaves your hands."),
	    0, WIDTH);
}

/* ---- the command ------------------------------------------------------------------------- */

static int
decommission(const struct args *args, const char *dir, const struct seal_to *to)
{
	int r = end_log(args);

	if (r == STATUS_DONE && dir != NULL && access(LOG_STORE_DIR "/" STORE_FILE, F_OK) == 0)
		r = archive(dir, to);
	if (r != STATUS_DONE)
		return r;
	r = destroy_keys(dir != NULL);
	say_what_remains(dir != NULL);
	return r;
}

/* Absolute, and there, before anything is ended. */
static int
archive_directory(const char *word, char dir[PATH_MAX])
{
	if ((mkdir(word, 0700) == 0 || errno == EEXIST) && realpath(word, dir) != NULL)
		return STATUS_DONE;
	fprintf(
	    stderr, _("sekisho: cannot make the directory %s: %s.\n"), word, strerror(errno));
	return STATUS_REFUSED;
}

int
run_decommission(const struct args *args)
{
	const char *word = args_value(args, OPT_ARCHIVE);
	static struct seal_to to;
	struct policy *policy;
	char dir[PATH_MAX];
	int r = root_need();

	if (r == STATUS_DONE)
		r = check_pam_is_clean();
	if (r == STATUS_DONE && word != NULL)
		r = archive_directory(word, dir);
	if (r == STATUS_DONE)
		r = ask_for_name();
	if (r == STATUS_DONE && word != NULL) {
		policy = backup_policy();
		r = seal_to_collect(
		    &to, args, policy != NULL ? policy->backup_recipient : NULL);
		policy_free(policy);
	}
	if (r == STATUS_DONE)
		r = decommission(args, word != NULL ? dir : NULL, &to);
	seal_to_clear(&to);
	return r;
}
