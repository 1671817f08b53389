/*
 * sekisho restore, and sekisho backup check: root decrypts, a child without rights unpacks,
 * verifies and changes places.
 */
#include "backup/restore.h"

#include "ask.h"
#include "audit/note.h"
#include "backup.h"
#include "backup/stream.h"
#include "backup/unpack.h"
#include "call.h"
#include "cli.h"
#include "error.h"
#include "i18n.h"
#include "privilege.h"
#include "safeopen.h"
#include "seal_to.h"
#include "show.h"
#include "table.h"
#include "text.h"
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ANSWER_MAX = 64 << 10, SEEN_MAX = 64 << 10 };

#define GENERATION_FILE "/run/sekisho/generation"

struct putting {
	const struct args *args;
	const char *path;
	int fd;
	struct container_reader *reader;
	struct container_sum sum;
	char digest[2 * CONTAINER_HASH_SIZE + 1];
	const char *signature; /* "own", "another", "none" */
	struct restore_order order;
	int (*work)(const struct restore_order *, json_t **, char *, size_t);
};

/* ---- the file ---------------------------------------------------------------------------- */

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

static int
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

/* ---- the child --------------------------------------------------------------------------- */

/* Its answer: one line of what went wrong ("" for nothing), then the report. */
static void __attribute__((noreturn))
restore_child(struct putting *p, int in, int out, pid_t parent)
{
	char why[512] = "", *text;
	json_t *report = NULL;
	int r = privilege_drop(BACKUP_USER, why, sizeof(why));

	if (r == SKS_OK && (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent))
		_exit(EXIT_FAILURE);
	p->order.in = in;
	if (r == SKS_OK)
		r = p->work(&p->order, &report, why, sizeof(why));
	text =
	    json_dumps(report != NULL ? report : json_null(), JSON_COMPACT | JSON_ENCODE_ANY);
	for (char *c = why; *c != '\0'; c++)
		*c = *c == '\n' ? ' ' : *c;
	(void)dprintf(out, "%s\n%s",
	    r == SKS_OK      ? ""
	    : why[0] != '\0' ? why
			     : error_text(r),
	    text != NULL ? text : "null");
	_exit(r == SKS_OK ? EXIT_SUCCESS : EXIT_FAILURE);
}

static pid_t
restore_fork(struct putting *p, int *to, int *from)
{
	int in[2], out[2];
	pid_t parent = getpid(), pid;

	if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0)
		return -1;
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		close(in[1]);
		close(out[0]);
		/* it gets what is inside, and not what opens it */
		container_reader_free(p->reader);
		restore_child(p, in[0], out[1], parent);
	}
	close(in[0]);
	close(out[1]);
	*to = in[1];
	*from = out[0];
	return pid;
}

/* 0, or what went wrong with the file; the child's own trouble is in its answer. */
static int
restore_feed(struct putting *p, int to)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
	int r;

	(void)sigaction(SIGPIPE, &ignore, &before);
	r = backup_feed(p->reader, to);
	(void)sigaction(SIGPIPE, &before, NULL);
	return r == SKS_UNREACHABLE ? SKS_OK : r;
}

static int
restore_work(struct putting *p, json_t **report)
{
	static char answer[ANSWER_MAX];
	char clean[1024];
	int to, from, e, ended = 0;
	pid_t pid = restore_fork(p, &to, &from);
	size_t len = 0, line;
	ssize_t n;

	*report = NULL;
	if (pid < 0) {
		fprintf(stderr, "sekisho: %s\n", strerror(errno));
		return STATUS_REFUSED;
	}
	e = restore_feed(p, to);
	close(to);
	while ((n = read(from, answer + len, sizeof(answer) - 1 - len)) > 0 ||
	       (n < 0 && errno == EINTR))
		len += n > 0 ? (size_t)n : 0;
	close(from);
	while (waitpid(pid, &ended, 0) < 0 && errno == EINTR)
		continue;
	answer[len] = '\0';
	line = strcspn(answer, "\n");
	if (answer[line] == '\n')
		*report = json_loads(answer + line + 1, 0, NULL);
	answer[line] = '\0';
	if (e != SKS_OK) {
		seal_explain(p->path, e);
		return STATUS_TAMPERED;
	}
	if (WIFEXITED(ended) && WEXITSTATUS(ended) == EXIT_SUCCESS)
		return STATUS_DONE;
	/* from a process that has read what somebody else may have written */
	text_clean(clean, sizeof(clean), answer);
	fprintf(stderr, "sekisho: %s\n",
	    clean[0] != '\0' ? clean
			     : _("the process that unpacks it ended before it was done"));
	return STATUS_REFUSED;
}

/* ---- telling ----------------------------------------------------------------------------- */

static void
restore_tell_names(const json_t *report, const char *key, const char *label)
{
	const json_t *list = json_object_get(report, key), *name;
	char names[2048] = "";
	size_t i;

	json_array_foreach(list, i, name)
	{
		size_t used = strlen(names);

		if (used + 260 > sizeof(names)) {
			(void)snprintf(names + used, sizeof(names) - used, " …");
			break;
		}
		(void)snprintf(names + used, sizeof(names) - used, "%s%s", i > 0 ? ", " : "",
		    json_string_value(name));
	}
	table_print_pair(stdout, label, names);
}

static void
restore_tell_signature(const char *signature)
{
	if (strcmp(signature, "own") == 0)
		table_print_pair(stdout, _("Signature:"), _("of this host's log key, right"));
	else if (strcmp(signature, "another") == 0)
		table_print_pair(stdout, _("Signature:"),
		    _("of another key than this host has now: who made it is not proved"));
	else
		table_print_pair(stdout, _("Signature:"),
		    _("none: whoever has the public line or the passphrase can have made it"));
}

static void
restore_tell_content(const struct putting *p, const json_t *report)
{
	char number[SHOW_TIME_SIZE], time[SHOW_TIME_SIZE], line[128];

	restore_tell_signature(p->signature);
	(void)snprintf(line, sizeof(line), _("%s records, the newest of %s"),
	    show_digits(show_number(report, "sekisho.log.size"), number),
	    show_time_of(report, "sekisho.log.time", time));
	table_print_pair(stdout, _("Log:"), line);
	table_print_pair(
	    stdout, _("Accounts:"), show_digits(show_number(report, "sekisho.users"), number));
}

static void
restore_tell_lost(const json_t *report)
{
	const char *present = show_text(report, "sekisho.restore.present");
	char number[SHOW_TIME_SIZE], from[SHOW_TIME_SIZE], to[SHOW_TIME_SIZE], line[160];

	if (show_number(report, "sekisho.lost.records") > 0) {
		(void)snprintf(line, sizeof(line), _("%s records, from %s to %s"),
		    show_digits(show_number(report, "sekisho.lost.records"), number),
		    show_time_of(report, "sekisho.lost.from", from),
		    show_time_of(report, "sekisho.lost.to", to));
		table_print_pair(stdout, _("Lost:"), line);
	} else if (strcmp(present, "same-log") == 0) {
		table_print_pair(stdout, _("Lost:"), _("nothing that the present store knows"));
	} else {
		table_print_pair(stdout, _("Lost:"),
		    _("what came after the backup; how much is not known, because the present "
		      "store cannot be read, or is another log's"));
	}
	if (show_number(report, "sekisho.lost.at_least") > 0) {
		(void)snprintf(line, sizeof(line),
		    _("at least %s records, by the head that was seen"),
		    show_digits(show_number(report, "sekisho.lost.at_least"), number));
		table_print_pair(stdout, "", line);
	}
}

static void
restore_tell_done(const json_t *report, bool rehearsed)
{
	char number[SHOW_TIME_SIZE];

	restore_tell_lost(report);
	table_print_pair(stdout, _("Sessions ended:"),
	    show_digits(show_number(report, "sekisho.restore.sessions"), number));
	table_print_pair(stdout, _("Recovery codes void:"),
	    show_digits(show_number(report, "sekisho.restore.recovery_codes"), number));
	restore_tell_names(report, "sekisho.restore.suspended", _("Suspended:"));
	restore_tell_names(report, "sekisho.restore.ended_devices", _("Devices ended:"));
	restore_tell_names(report, "sekisho.restore.holds", _("Holds kept:"));
	restore_tell_names(report, "sekisho.restore.enrol_again", _("To enrol again:"));
	restore_tell_names(report, "sekisho.restore.redacted", _("Redacted again:"));
	restore_tell_names(report, "sekisho.restore.redact_again", _("To redact again:"));
	restore_tell_names(report, "sekisho.restore.unknown", _("State unknown:"));
	table_print_pair(stdout, _("Old store:"), show_text(report, "sekisho.restore.aside"));
	if (rehearsed)
		fputs(_("This was a rehearsal: nothing was changed.\n"), stdout);
	else
		fputs(
		    _("The store is restored. Start the daemon: it begins a new chain of the "
		      "log "
		      "that cites the old one. Codes that are shown now do not count; the next "
		      "ones do. Look at the accounts above, and remove the old store when you "
		      "need it no more.\n"),
		    stdout);
}

/* ---- the subcommands --------------------------------------------------------------------- */

static void
restore_end(struct putting *p)
{
	container_reader_free(p->reader);
	if (p->fd >= 0)
		close(p->fd);
}

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
	int status = backup_need_root();

	if (status == STATUS_DONE && rehearse != args_has(p->args, OPT_SCRATCH)) {
		fputs(_("sekisho: a rehearsal needs a directory to unpack in, and nothing else "
			"does: --rehearse --scratch DIR\n"),
		    stderr);
		status = STATUS_USAGE;
	}
	if (status == STATUS_DONE && !rehearse && restore_daemon_runs()) {
		fputs(
		    _("sekisho: the daemon is running. Stop it first (systemctl stop "
		      "sekisho-policyd); until it is back only break-glass codes work, so have "
		      "them at hand.\n"),
		    stderr);
		status = STATUS_REFUSED;
	}
	if (status == STATUS_DONE && args_has(p->args, OPT_SEEN))
		status = restore_read_seen(args_value(p->args, OPT_SEEN), seen);
	if (status == STATUS_DONE && rehearse)
		status = restore_scratch(args_value(p->args, OPT_SCRATCH), scratch);
	return status;
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
	int status = backup_need_root();

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
