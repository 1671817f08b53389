#include "audit/logkey.h"

#include "buf.h"
#include "clock.h"
#include "error.h"
#include "hex.h"
#include "log.h"
#include "safeopen.h"
#include <errno.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MACHINE_ID "/etc/machine-id"

enum { LOGKEY_FILE_MAX = 4096, LABEL_MAX = 64 };

/* What tells this machine from others, without giving its id away: that one is not for the
 * public, and the log is. */
static void
read_machine(char out[LOGKEY_MACHINE_SIZE])
{
	static const char label[] = "sekisho machine 1\n";
	uint8_t digest[32], text[256];
	unsigned len = 0;
	struct buf b;

	out[0] = '\0';
	buf_init(&b, sizeof(text) - sizeof(label));
	if (safeopen_slurp(MACHINE_ID, 0, 0644, &b, NULL, 0) == SKS_OK && b.len >= 32) {
		memcpy(text, label, sizeof(label) - 1);
		memcpy(text + sizeof(label) - 1, b.data, b.len);
		if (EVP_Digest(
			text, sizeof(label) - 1 + b.len, digest, &len, EVP_sha256(), NULL) == 1)
			(void)hex_put(out, digest, LOGKEY_MACHINE_SIZE / 2);
	}
	buf_clear(&b);
}

/* A host name may hold what the name of a log may not: blanks, "+". */
static int
make_origin(char *out, size_t size)
{
	char host[LABEL_MAX + 1] = "";
	uint8_t id[8];
	char hex[2 * sizeof(id) + 1];
	int r = secret_random(id, sizeof(id));

	if (r != SKS_OK)
		return r;
	if (gethostname(host, LABEL_MAX) != 0 || host[0] == '\0')
		(void)snprintf(host, sizeof(host), "host");
	for (char *p = host; *p != '\0'; p++)
		if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-",
			*p) == NULL)
			*p = '-';
	(void)hex_put(hex, id, sizeof(id));
	(void)snprintf(out, size, "%s/%s/audit", host, hex);
	return SKS_OK;
}

void
logkey_format(const struct logkey *k, struct buf *out)
{
	struct secret text = SECRET_INIT;
	int r = note_skey_format(&k->key, &text);

	buf_printf(out, "%s\nmachine %s\nmade %" PRId64 "\n", (const char *)text.bytes,
	    k->machine, k->made_ms);
	if (r == SKS_OK && k->has_next) {
		r = note_skey_format(&k->next, &text);
		buf_printf(
		    out, "next %" PRId64 " %s\n", k->next_made_ms, (const char *)text.bytes);
	}
	secret_clear(&text);
	if (r != SKS_OK && buf_error(out) == SKS_OK)
		out->error = r;
}

static int
logkey_make(const char *path, struct logkey *k)
{
	char origin[LABEL_MAX + 64];
	struct buf b;
	int r = make_origin(origin, sizeof(origin));

	if (r == SKS_OK)
		r = note_skey_new(origin, NOTE_ED25519, &k->key);
	k->has_next = false;
	k->made_ms = clock_now().wall_ms;
	buf_init(&b, LOGKEY_FILE_MAX);
	logkey_format(k, &b);
	if (r == SKS_OK)
		r = buf_error(&b);
	if (r == SKS_OK)
		r = safeopen_replace(path, 0600, b.data, b.len);
	buf_clear(&b);
	return r;
}

/* ---- reading it -------------------------------------------------------------------------- */

static int
read_skey(const char *text, struct note_skey *out)
{
	struct secret skey = SECRET_INIT;
	int r = secret_set(&skey, text, strcspn(text, "\n"));

	if (r == SKS_OK)
		r = note_skey_parse(&skey, out);
	secret_clear(&skey);
	return r == SKS_OK && out->vkey.kind == NOTE_ED25519 ? SKS_OK : SKS_INVALID;
}

/* Digits, which a newline ends at the latest; returns what is behind them. */
static const char *
read_ms(const char *text, int64_t *ms)
{
	enum { DIGITS_MAX = 18 };
	const char *end = text;

	*ms = 0;
	for (; end - text < DIGITS_MAX && *end >= '0' && *end <= '9'; end++)
		*ms = *ms * 10 + (*end - '0');
	return end;
}

/* A line behind the first; one that is not known belongs to a later version. */
static int
read_line(const char *line, struct logkey *k, char machine[LOGKEY_MACHINE_SIZE])
{
	const char *end;

	if (strncmp(line, "machine ", 8) == 0)
		(void)snprintf(machine, LOGKEY_MACHINE_SIZE, "%.*s",
		    (int)strcspn(line + 8, "\n"), line + 8);
	if (strncmp(line, "made ", 5) == 0)
		(void)read_ms(line + 5, &k->made_ms);
	if (strncmp(line, "next ", 5) != 0)
		return SKS_OK;
	end = read_ms(line + 5, &k->next_made_ms);
	if (*end != ' ' || read_skey(end + 1, &k->next) != SKS_OK)
		return SKS_INVALID;
	k->has_next = strcmp(k->next.vkey.name, k->key.vkey.name) == 0;
	return k->has_next ? SKS_OK : SKS_INVALID;
}

int
logkey_parse(const void *data, size_t len, struct logkey *k, char machine[LOGKEY_MACHINE_SIZE])
{
	const char *line = data;
	const char *end = len > 0 ? line + len - 1 : NULL;
	int r = SKS_INVALID;

	*k = (struct logkey){0};
	machine[0] = '\0';
	/* It ends with a newline and holds no NUL: then each line has an end. */
	if (end != NULL && *end == '\n' && memchr(data, '\0', len) == NULL)
		r = read_skey(line, &k->key);
	while (r == SKS_OK && (line = memchr(line, '\n', (size_t)(end - line) + 1)) != end) {
		line++;
		r = read_line(line, k, machine);
	}
	if (r != SKS_OK)
		logkey_clear(k);
	return r;
}

static int
logkey_set_aside(const char *path, const char *word)
{
	char aside[4096];

	if (snprintf(aside, sizeof(aside), "%s.%s", path, word) >= (int)sizeof(aside))
		return SKS_TOO_BIG;
	return rename(path, aside) == 0 ? SKS_OK : SKS_IO;
}

/* A file that is no key is a key that is lost: nobody is locked out for it. */
static int
logkey_replace_damaged(const char *path, struct logkey *k, int error)
{
	if (logkey_set_aside(path, "damaged") != SKS_OK)
		return error;
	log_error("%s holds no log key: it is kept as %s.damaged, and a new one is made. Is "
		  "there a backup of the key, stop the daemon, put it back and start",
	    path, path);
	k->start = LOGKEY_MADE;
	return logkey_make(path, k);
}

/* This host is a copy of the one that the key was made on. Where the file cannot be replaced
 * nobody is locked out for it: the chain then takes a name of its own under the same key. */
static int
logkey_leave_to_other(const char *path, struct logkey *k)
{
	if (logkey_set_aside(path, "cloned") == SKS_OK) {
		k->start = LOGKEY_CLONED;
		return logkey_make(path, k);
	}
	k->start = LOGKEY_FOREIGN;
	log_error("the log key %s was made on another machine and cannot be set aside (%s). Two "
		  "hosts now sign with it: give this one a key of its own",
	    path, strerror(errno));
	return SKS_OK;
}

/* Beside the key; that there is none is said by verifying, not here. */
static void
read_auditor(const char *path, struct logkey *k)
{
	const char *slash = strrchr(path, '/');
	char file[4096];
	struct buf b;

	if (slash == NULL || snprintf(file, sizeof(file), "%.*s/" LOGKEY_AUDITOR,
				 (int)(slash - path), path) >= (int)sizeof(file))
		return;
	buf_init(&b, NOTE_VKEY_SIZE - 1);
	if (safeopen_slurp(file, 0, 0644, &b, NULL, 0) == SKS_OK) {
		(void)snprintf(k->auditor, sizeof(k->auditor), "%.*s", (int)b.len, b.data);
		k->auditor[strcspn(k->auditor, "\r\n")] = '\0';
	}
	buf_clear(&b);
}

int
logkey_open(const char *path, struct logkey *k, char *why, size_t why_size)
{
	char machine[LOGKEY_MACHINE_SIZE] = "", ours[LOGKEY_MACHINE_SIZE], reason[256] = "";
	struct buf b;
	int r;

	*k = (struct logkey){0};
	read_machine(k->machine);
	buf_init(&b, LOGKEY_FILE_MAX);
	r = safeopen_slurp(path, geteuid(), 0600, &b, reason, sizeof(reason));
	if (r == SKS_OK) {
		memcpy(ours, k->machine, sizeof(ours));
		r = logkey_parse(b.data, b.len, k, machine);
		memcpy(k->machine, ours, sizeof(ours));
	}
	buf_clear(&b);
	if (r == SKS_OK && machine[0] != '\0' && k->machine[0] != '\0' &&
	    strcmp(machine, k->machine) != 0) {
		r = logkey_leave_to_other(path, k);
	} else if (r == SKS_NOT_FOUND) {
		k->start = LOGKEY_MADE;
		r = logkey_make(path, k);
	} else if (r == SKS_INVALID || r == SKS_TOO_BIG) {
		r = logkey_replace_damaged(path, k, r);
	}
	if (r != SKS_OK) {
		(void)snprintf(why, why_size,
		    "the log key %s cannot be used: %s %s. Put it back from its backup, or "
		    "move "
		    "it away: then a new one is made and the log begins a new chain",
		    path, error_text(r), reason);
		logkey_clear(k);
		return r;
	}
	read_auditor(path, k);
	return SKS_OK;
}

int
logkey_open_bytes(const char *path, const void *data, size_t len, enum logkey_start start,
    struct logkey *k, char *why, size_t why_size)
{
	char machine[LOGKEY_MACHINE_SIZE];
	int r = logkey_parse(data, len, k, machine);

	if (r != SKS_OK) {
		(void)snprintf(why, why_size, "the log key %s cannot be used: %s", path,
		    error_text(r));
		return r;
	}
	read_machine(k->machine);
	k->start = start;
	read_auditor(path, k);
	return SKS_OK;
}

void
logkey_clear(struct logkey *k)
{
	note_skey_clear(&k->key);
	note_skey_clear(&k->next);
	*k = (struct logkey){0};
}
