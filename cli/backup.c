/*
 * sekisho backup create: a copy of the store while the daemon works. A child without rights
 * reads the store; root encrypts and writes.
 */
#include "backup/make.h"

#include "backup.h"
#include "call.h"
#include "cli.h"
#include "clock.h"
#include "error.h"
#include "factor/keyfile.h"
#include "hex.h"
#include "i18n.h"
#include "policy/policy.h"
#include "privilege.h"
#include "root.h"
#include "safeopen.h"
#include "seal_to.h"
#include "show.h"
#include "version.h"
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOG_CREDENTIAL "/run/credentials/sekisho-policyd.service/sekisho.log.key"

enum { RUN = 1, LOG_KEY_MAX = 4096 };

/* Where the daemon has it from: what was handed to this command, the file, or what the service
 * manager hands to the daemon, which root may read too. */
static int
read_log_key(struct buf *file)
{
	char path[PATH_MAX];
	int r;

	(void)keyfile_find("sekisho.log.key", LOGKEY_FILE, path, sizeof(path));
	r = safeopen_slurp(path, 0, 0600, file, NULL, 0);
	return r == SKS_NOT_FOUND ? safeopen_slurp(LOG_CREDENTIAL, 0, 0600, file, NULL, 0) : r;
}

int
backup_log_key(struct note_skey *out)
{
	struct secret text = SECRET_INIT;
	struct buf file;
	size_t len = 0;
	int r;

	buf_init(&file, LOG_KEY_MAX);
	r = read_log_key(&file);
	while (r == SKS_OK && len < file.len && file.data[len] != '\n')
		len++;
	if (r == SKS_OK)
		r = secret_set(&text, file.data, len);
	if (r == SKS_OK)
		r = note_skey_parse(&text, out);
	secret_clear(&text);
	buf_clear(&file);
	return r;
}

/* ---- the source -------------------------------------------------------------------------- */

static void __attribute__((noreturn)) backup_child(int fd, pid_t parent)
{
	struct backup_source *source;
	char why[256];
	int r = privilege_drop(BACKUP_USER, why, sizeof(why));

	if (r != SKS_OK) {
		fprintf(stderr, "sekisho: %s\n", why);
		_exit(EXIT_FAILURE);
	}
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
		_exit(EXIT_FAILURE);
	r = backup_source_open(BACKUP_STATE_DIR, fd, RUN, SEKISHO_VERSION, &source);
	if (r == SKS_OK)
		r = backup_source_run(source);
	if (r != SKS_OK)
		fprintf(
		    stderr, _("sekisho: the store cannot be copied: %s\n"), _(error_text(r)));
	_exit(r == SKS_OK ? EXIT_SUCCESS : EXIT_FAILURE);
}

/* ---- the sink ---------------------------------------------------------------------------- */

int
backup_run(const struct backup_order *order, struct backup_made *made, char *why, size_t size)
{
	pid_t parent = getpid(), pid;
	int end[2], r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, end) != 0)
		return SKS_IO;
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		close(end[0]);
		/* it has no use for what the file is sealed with */
		if (order->passphrase != NULL)
			secret_clear((struct secret *)(uintptr_t)order->passphrase);
		backup_child(end[1], parent);
	}
	close(end[1]);
	r = pid < 0 ? SKS_IO : backup_make(end[0], RUN, order, made, why, size);
	close(end[0]);
	if (pid > 0)
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			continue;
	return r;
}

/* ---- what it is for ---------------------------------------------------------------------- */

/* The policy in force, from the daemon; without it, the one of the files. */
struct policy *
backup_policy(void)
{
	struct policy *policy = NULL;
	struct buf bundle;
	struct call call;

	call_init(&call, VERB_POLICY_SHOW);
	if (call_send(&call, NULL, 0, NULL) == STATUS_DONE)
		(void)policy_parse(call.payload.data, call.payload.len, &policy, NULL);
	call_clear(&call);
	if (policy != NULL)
		return policy;
	buf_init(&bundle, POLICY_BUNDLE_MAX);
	if (policy_bundle_read(POLICY_FILE, POLICY_DROPIN, true, &bundle, NULL) == SKS_OK)
		(void)policy_parse(bundle.data, bundle.len, &policy, NULL);
	buf_clear(&bundle);
	return policy;
}

/* Absolute, for whoever reads the record. */
static int
backup_absolute(const char *given, char path[BACKUP_PATH_SIZE])
{
	char here[BACKUP_PATH_SIZE] = "";
	int n;

	if (given[0] == '/')
		n = snprintf(path, BACKUP_PATH_SIZE, "%s", given);
	else if (getcwd(here, sizeof(here)) != NULL)
		n = snprintf(path, BACKUP_PATH_SIZE, "%s/%s", here, given);
	else
		return SKS_IO;
	return n >= BACKUP_PATH_SIZE ? SKS_TOO_BIG : SKS_OK;
}

static int
backup_path(const struct args *args, char path[BACKUP_PATH_SIZE])
{
	const char *word = args_word(args, 0), *to = args_value(args, OPT_TO);
	char dir[BACKUP_PATH_SIZE];
	int r;

	if ((word == NULL) == (to == NULL)) {
		fputs(_("sekisho: say where the backup goes: a FILE, or --to DIR.\n"), stderr);
		return STATUS_USAGE;
	}
	if (word != NULL)
		r = backup_absolute(word, path);
	else if ((r = backup_absolute(to, dir)) == SKS_OK)
		r = backup_name(dir, clock_now().wall_ms, path);
	if (r == SKS_OK)
		return STATUS_DONE;
	fputs(_("sekisho: that path is too long.\n"), stderr);
	return STATUS_USAGE;
}

/* ---- telling ----------------------------------------------------------------------------- */

/* The backup is there whether or not this succeeds. */
static int
backup_record(const char *path, const struct backup_made *made)
{
	char hex[2 * CONTAINER_HASH_SIZE + 1];
	struct call call;
	int error = SKS_OK, status;

	(void)hex_put(hex, made->sum.file_hash, CONTAINER_HASH_SIZE);
	call_init(&call, VERB_BACKUP_MADE);
	(void)snprintf(call.request.name, sizeof(call.request.name), "%s", path);
	(void)snprintf(call.request.text, sizeof(call.request.text), "%s", hex);
	call.request.number = made->sum.file_length;
	status = call_send(&call, made->meta, strlen(made->meta), &error);
	if (status != STATUS_DONE) {
		call_explain_unreachable(error);
		if (error == SKS_OK)
			show_sentence(stderr, call.reply.text);
		fputs(_("The backup is good, but that it was made is not recorded.\n"), stderr);
		status = STATUS_INCOMPLETE;
	}
	call_clear(&call);
	return status;
}

static void
backup_tell(const struct args *args, const char *path, const struct backup_made *made)
{
	json_t *meta = json_loads(made->meta, 0, NULL), *json;
	char hex[2 * CONTAINER_HASH_SIZE + 1];

	(void)hex_put(hex, made->sum.file_hash, CONTAINER_HASH_SIZE);
	if (args_has(args, OPT_JSON)) {
		json = json_pack("{s:s,s:I,s:s,s:b,s:O*}", "file", path, "bytes",
		    (json_int_t)made->sum.file_length, "sha256", hex, "signed", (int)made->is_signed,
		    "meta", meta);
		if (json != NULL)
			show_json(json);
		json_decref(json);
	} else {
		fprintf(stdout, _("%s: %llu bytes, %llu records, SHA-256 %s\n"), path,
		    (unsigned long long)made->sum.file_length,
		    (unsigned long long)show_number(meta, "sekisho.log.size"), hex);
		if (!made->is_signed)
			fputs(_("It is not signed: this host has no log key yet.\n"), stdout);
		fputs(
		    _("Inside are the store and its log. Not inside: the keys in /etc/sekisho; "
		      "without the sealing key nobody's device works after a restore.\n"),
		    stdout);
	}
	json_decref(meta);
}

int
run_backup_create(const struct args *args)
{
	char path[BACKUP_PATH_SIZE], why[512] = "";
	struct backup_order order = {.path = path, .log_key = LOGKEY_FILE};
	struct policy *policy = NULL;
	struct backup_made made = {0};
	static struct seal_to to;
	int r, status = root_need();

	if (status == STATUS_DONE)
		status = backup_path(args, path);
	if (status != STATUS_DONE)
		return status;
	policy = backup_policy();
	status = seal_to_collect(&to, args, policy != NULL ? policy->backup_recipient : NULL);
	policy_free(policy);
	if (status != STATUS_DONE)
		return status;
	order.recipient = to.recipient;
	order.recipient_count = to.count;
	order.passphrase = to.passphrase.len > 0 ? &to.passphrase : NULL;
	r = backup_run(&order, &made, why, sizeof(why));
	seal_to_clear(&to);
	if (r != SKS_OK) {
		fprintf(stderr, _("sekisho: no backup was made: %s\n"),
		    why[0] != '\0' ? why : _(error_text(r)));
		return STATUS_REFUSED;
	}
	backup_tell(args, path, &made);
	fflush(stdout);
	status = backup_record(path, &made);
	free(made.meta);
	return status;
}
