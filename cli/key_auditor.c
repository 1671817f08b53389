/*
 * sekisho key auditor, key sign, key reanchor: the auditor's half is done on a machine of the
 * auditor's, without a daemon; what goes between the two are texts that people can read.
 */
#include "ask.h"
#include "audit/note.h"
#include "call.h"
#include "cli.h"
#include "error.h"
#include "i18n.h"
#include "key.h"
#include "new_file.h"
#include "root.h"
#include "safeopen.h"
#include "show.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TEXT_MAX = 64 << 10, LINES = 7 };

static const char first_line[] = "sekisho/reanchor/v1";

/* ---- the auditor's key ------------------------------------------------------------------- */

int
run_key_auditor(const struct args *args)
{
	const char *name = args_value(args, OPT_NAME);
	struct secret text = SECRET_INIT;
	char vkey[NOTE_VKEY_SIZE];
	struct note_skey key;
	json_t *json;
	int r;

	r = note_skey_new(name != NULL ? name : "auditor", NOTE_ED25519, &key);
	if (r == SKS_OK)
		r = note_skey_format(&key, &text);
	if (r != SKS_OK) {
		fprintf(stderr,
		    _("sekisho: the name of a key has no blanks and no \"+\": %s\n"),
		    name != NULL ? name : "");
		return STATUS_USAGE;
	}
	note_vkey_format(&key.vkey, vkey);
	/* never over another one: what waits for that could not be signed any more */
	r = new_file_line(args_word(args, 0), text.bytes, text.len);
	secret_clear(&text);
	note_skey_clear(&key);
	if (r != STATUS_DONE)
		return r;
	if (args_has(args, OPT_JSON)) {
		json = json_pack("{s:s,s:s}", "file", args_word(args, 0), "vkey", vkey);
		show_json(json);
		json_decref(json);
		return STATUS_DONE;
	}
	fprintf(stdout, "%s\n", vkey);
	fputs(_("Put that line into /etc/sekisho/auditor.vkey of each host before its daemon "
		"starts for the first time: it goes into the first record of the log. Keep the "
		"file off those hosts.\n"),
	    stderr);
	return STATUS_DONE;
}

/* ---- signing ----------------------------------------------------------------------------- */

/* "-" and NULL: standard input. Status, said. */
static int
auditor_read(const char *path, struct buf *out)
{
	int fd = path == NULL || strcmp(path, "-") == 0
		     ? STDIN_FILENO
		     : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	uint8_t chunk[4096];
	ssize_t n = -1;

	while (fd >= 0 && (n = read(fd, chunk, sizeof(chunk))) > 0)
		buf_put_bytes(out, chunk, (size_t)n);
	explicit_bzero(chunk, sizeof(chunk));
	if (fd > STDIN_FILENO)
		(void)close(fd);
	if (n == 0 && buf_error(out) == SKS_OK)
		return STATUS_DONE;
	fprintf(stderr, "sekisho: %s: %s\n", path != NULL ? path : "-",
	    n < 0 ? strerror(errno) : _(error_text(buf_error(out))));
	return STATUS_REFUSED;
}

/* The request's lines, each ended by NUL; false: it is none. */
static bool
auditor_split(char *text, size_t len, char *line[LINES])
{
	size_t n = 0;

	if (len == 0 || text[len - 1] != '\n' || memchr(text, '\0', len) != NULL)
		return false;
	for (char *at = text; at < text + len; n++) {
		char *end = strchr(at, '\n');

		if (n == LINES || end == at)
			return false;
		*end = '\0';
		line[n] = at;
		at = end + 1;
	}
	return n == LINES && strcmp(line[0], first_line) == 0;
}

/* What the signature would say, in words. */
static bool
auditor_ask(const struct buf *request, bool ask)
{
	char text[TEXT_MAX + 1], *line[LINES];

	memcpy(text, request->data, request->len);
	text[request->len] = '\0';
	if (!auditor_split(text, request->len, line)) {
		fputs(_("sekisho: this is no request to reanchor a log.\n"), stderr);
		return false;
	}
	fprintf(stderr,
	    _("By signing you say: the log %s, which ended at size %s with the root\n  %s\n"
	      "is continued by the log %s, whose first record has the hash\n  %s\n"
	      "and whose verifier key is\n  %s\n"
	      "You have looked into what happened in between, and compared the old root with a "
	      "head that had left the host.\n"),
	    line[1], line[2], line[3], line[4], line[5], line[6]);
	if (!ask || ask_yes(_("Sign it? (yes/no) ")))
		return true;
	fputs(_("sekisho: nothing was signed.\n"), stderr);
	return false;
}

static int
auditor_load(const char *path, struct note_skey *key)
{
	struct secret text = SECRET_INIT;
	struct buf file;
	char why[512];
	int r;

	if (path == NULL) {
		fputs(_("sekisho: --key FILE names the auditor's key (sekisho key auditor).\n"),
		    stderr);
		return STATUS_USAGE;
	}
	buf_init(&file, SECRET_MAX);
	if (path[0] == '/') {
		r = safeopen_slurp(path, geteuid(), 0600, &file, why, sizeof(why));
	} else {
		char here[4096];

		r = realpath(path, here) != NULL
			? safeopen_slurp(here, geteuid(), 0600, &file, why, sizeof(why))
			: SKS_NOT_FOUND;
		if (r == SKS_NOT_FOUND)
			(void)snprintf(why, sizeof(why), "%.400s: %s", path, strerror(errno));
	}
	if (r != SKS_OK) {
		fprintf(stderr, "sekisho: %s\n", why);
	} else if ((r = secret_set(&text, file.data, file.len)) != SKS_OK ||
		   (r = note_skey_parse(&text, key)) != SKS_OK) {
		fprintf(stderr, _("sekisho: %s holds no key that signs.\n"), path);
	}
	secret_clear(&text);
	buf_clear(&file);
	return r == SKS_OK ? STATUS_DONE : STATUS_REFUSED;
}

int
run_key_sign(const struct args *args)
{
	struct note_skey key;
	struct buf request, note;
	const char *path = args_word(args, 0);
	bool ask = path != NULL && strcmp(path, "-") != 0 && ask_is_terminal();
	int r = auditor_load(args_value(args, OPT_KEY), &key);

	if (r != STATUS_DONE)
		return r;
	buf_init(&request, TEXT_MAX);
	buf_init(&note, 2 * TEXT_MAX);
	r = auditor_read(path, &request);
	if (r == STATUS_DONE && !auditor_ask(&request, ask))
		r = STATUS_REFUSED;
	if (r == STATUS_DONE && note_sign(&key, 0, request.data, request.len, &note) != SKS_OK)
		r = STATUS_REFUSED;
	if (r == STATUS_DONE)
		fwrite(note.data, 1, note.len, stdout);
	note_skey_clear(&key);
	buf_clear(&request);
	buf_clear(&note);
	return r;
}

/* ---- the host's half --------------------------------------------------------------------- */

static int
reanchor_ask(const struct args *args)
{
	struct call call;
	json_t *wanted = NULL;
	int r;

	call_init(&call, VERB_KEY_REANCHOR);
	r = call_run(&call, args);
	if (r == STATUS_DONE && (wanted = call_json(&call)) == NULL)
		r = STATUS_UNREADABLE;
	if (r == STATUS_DONE && args_has(args, OPT_JSON))
		show_json(wanted);
	else if (r == STATUS_DONE)
		fputs(show_text(wanted, "text"), stdout);
	if (r == STATUS_DONE && !args_has(args, OPT_JSON))
		fprintf(stderr,
		    _("That text is for the auditor %s, who signs it elsewhere (sekisho key "
		      "sign). Then: sekisho key reanchor NOTE\n"),
		    show_text(wanted, "auditor"));
	json_decref(wanted);
	call_clear(&call);
	return r;
}

int
run_key_reanchor(const struct args *args)
{
	const char *path = args_word(args, 0);
	struct call call;
	struct buf note;
	int r = root_need();

	if (r != STATUS_DONE)
		return r;
	if (path == NULL)
		return reanchor_ask(args);
	buf_init(&note, TEXT_MAX);
	r = auditor_read(path, &note);
	call_init(&call, VERB_KEY_REANCHOR);
	if (r == STATUS_DONE)
		r = call_run_with(&call, args, note.data, note.len);
	if (r == STATUS_DONE)
		show_sentence(stdout, call.reply.text);
	call_clear(&call);
	buf_clear(&note);
	return r;
}
