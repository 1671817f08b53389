#include "seal_to.h"

#include "ask.h"
#include "error.h"
#include "i18n.h"
#include "protocol.h"
#include "safeopen.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINES_MAX = 16 << 10 };

/* Adds recipients, one a line; lines that are empty or begin with # count for nothing.
 * SKS_INVALID, SKS_TOO_BIG. */
static int
seal_to_add(struct seal_to *to, const char *lines)
{
	while (*lines != '\0') {
		size_t len = strcspn(lines, "\n"), skip = strspn(lines, " \t\r");
		char line[512];

		if (len >= sizeof(line))
			return SKS_INVALID;
		memcpy(line, lines, len);
		line[len] = '\0';
		lines += len + (lines[len] == '\n');
		if (skip >= len || line[skip] == '#')
			continue;
		if (to->count == CONTAINER_RECIPIENTS_MAX)
			return SKS_TOO_BIG;
		if (recipient_parse(line, &to->recipient[to->count]) != SKS_OK)
			return SKS_INVALID;
		to->count++;
	}
	return SKS_OK;
}

/* A file of whoever calls, or standard input. */
static int
seal_read_file(const char *path, struct buf *out)
{
	int fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO)
					: open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	uint8_t block[4096];
	ssize_t n = 0;

	if (fd >= 0) {
		while ((n = read(fd, block, sizeof(block))) > 0)
			buf_put_bytes(out, block, (size_t)n);
		explicit_bzero(block, sizeof(block));
	}
	if (fd < 0 || n < 0 || buf_error(out) != SKS_OK) {
		fprintf(stderr, _("sekisho: %s cannot be read: %s\n"), path,
		    buf_error(out) != SKS_OK ? _(error_text(buf_error(out))) : strerror(errno));
		if (fd >= 0)
			close(fd);
		return STATUS_REFUSED;
	}
	close(fd);
	buf_put_u8(out, '\0');
	return buf_error(out) == SKS_OK ? STATUS_DONE : STATUS_REFUSED;
}

static int
seal_add_given(struct seal_to *to, const char *value)
{
	struct buf file;
	int r, status = STATUS_DONE;

	if (strncmp(value, "sekisho-recipient+", strlen("sekisho-recipient+")) == 0) {
		r = seal_to_add(to, value);
	} else {
		buf_init(&file, LINES_MAX);
		status = seal_read_file(value, &file);
		r = status == STATUS_DONE ? seal_to_add(to, (const char *)file.data) : SKS_OK;
		buf_clear(&file);
	}
	if (status != STATUS_DONE)
		return status;
	if (r == SKS_OK)
		return STATUS_DONE;
	fprintf(stderr,
	    _("sekisho: \"%s\" holds no recipient: a line such as sekisho-recipient+NAME+KEY, "
	      "as \"sekisho key recipient\" prints it. A letter may be mistyped.\n"),
	    value);
	return STATUS_USAGE;
}

/* ---- passphrases ------------------------------------------------------------------------- */

static int
seal_read_passphrase(const char *path, struct secret *out)
{
	struct buf file;
	int status;
	size_t len;

	buf_init(&file, SECRET_MAX);
	status = seal_read_file(path, &file);
	if (status == STATUS_DONE) {
		len = strcspn((const char *)file.data, "\r\n");
		(void)secret_set(out, file.data, len);
	}
	buf_clear(&file);
	return status;
}

static int
seal_check_length(const struct secret *passphrase)
{
	if (passphrase->len >= CONTAINER_PASSPHRASE_MIN)
		return STATUS_DONE;
	fprintf(stderr,
	    _("sekisho: the passphrase is too short: at least %d characters. Whoever has the "
	      "file can try as many as they like.\n"),
	    CONTAINER_PASSPHRASE_MIN);
	return STATUS_USAGE;
}

/* At the end of standard input nothing was asked on a terminal, so it is said what there is. */
static int
seal_not_given(const char *options)
{
	fprintf(stderr,
	    _("sekisho: no passphrase was typed, so nothing was done. Without a terminal: "
	      "%s.\n"),
	    options);
	return STATUS_USAGE;
}

static int
seal_ask_new(struct secret *out)
{
	struct secret again = SECRET_INIT;
	int status = STATUS_DONE;

	if (ask_secret(_("Passphrase for the file: "), ASK_HIDDEN, out) != SKS_OK ||
	    ask_secret(_("The same again: "), ASK_HIDDEN, &again) != SKS_OK)
		status = seal_not_given("--recipient LINE, --passphrase-file FILE");
	if (status == STATUS_DONE && !secret_equal(out, &again)) {
		fputs(_("sekisho: these are two different ones. Nothing was done.\n"), stderr);
		status = STATUS_USAGE;
	}
	secret_clear(&again);
	return status;
}

int
seal_to_collect(struct seal_to *to, const struct args *args, const char *lines)
{
	const char *file = args_value(args, OPT_PASSPHRASE_FILE);
	int status = STATUS_DONE;

	memset(to, 0, sizeof(*to));
	for (size_t i = 0; i < args->given_count && status == STATUS_DONE; i++) {
		if (args->given[i].option == OPT_RECIPIENT)
			status = seal_add_given(to, args->given[i].value);
	}
	if (status == STATUS_DONE && file != NULL)
		status = seal_read_passphrase(file, &to->passphrase);
	else if (status == STATUS_DONE && to->count == 0 && lines != NULL &&
		 seal_to_add(to, lines) != SKS_OK)
		status = STATUS_REFUSED;
	else if (status == STATUS_DONE && to->count == 0)
		status = seal_ask_new(&to->passphrase);
	if (status == STATUS_DONE && (file != NULL || to->count == 0))
		status = seal_check_length(&to->passphrase);
	if (status != STATUS_DONE)
		seal_to_clear(to);
	return status;
}

void
seal_to_clear(struct seal_to *to)
{
	explicit_bzero(to, sizeof(*to));
}

/* ---- opening ----------------------------------------------------------------------------- */

static int
seal_read_identity(const char *path, struct identity *out)
{
	struct buf file;
	int status;

	buf_init(&file, LINES_MAX);
	status = seal_read_file(path, &file);
	if (status == STATUS_DONE && identity_parse((const char *)file.data, out) != SKS_OK) {
		fprintf(stderr,
		    _("sekisho: %s holds no identity: one line such as "
		      "sekisho-identity+NAME+KEY.\n"),
		    path);
		status = STATUS_USAGE;
	}
	buf_clear(&file);
	return status;
}

static void
seal_say_for_others(const struct container_info *info, bool tried)
{
	if (tried)
		fputs(
		    _("sekisho: the file is not for that key. It can be opened by:\n"), stderr);
	else
		fputs(_("sekisho: the file is sealed. Say what opens it (--identity FILE). It "
			"can "
			"be opened by:\n"),
		    stderr);
	for (size_t i = 0; i < info->recipient_count; i++)
		fprintf(stderr, "  %s\n", info->recipient[i]);
	if (info->passphrase)
		fprintf(stderr, "  %s\n", _("a passphrase"));
}

int
seal_unlock(struct container_reader *r, const struct args *args)
{
	const struct container_info *info = container_info(r);
	const char *key = args_value(args, OPT_IDENTITY);
	const char *file = args_value(args, OPT_PASSPHRASE_FILE);
	struct identity identity = {.name = ""};
	struct secret passphrase = SECRET_INIT;
	int status = STATUS_DONE, e = SKS_NOT_FOUND;

	if (key != NULL)
		status = seal_read_identity(key, &identity);
	else if (file != NULL)
		status = seal_read_passphrase(file, &passphrase);
	else if (info->passphrase &&
		 ask_secret(_("Passphrase of the file: "), ASK_HIDDEN, &passphrase) != SKS_OK)
		status = seal_not_given("--identity FILE, --passphrase-file FILE");
	if (status != STATUS_DONE)
		goto out;
	if (key != NULL || passphrase.len > 0)
		e = container_unlock(
		    r, key != NULL ? &identity : NULL, passphrase.len > 0 ? &passphrase : NULL);
	status = e == SKS_OK         ? STATUS_DONE
		 : e == SKS_CORRUPT  ? STATUS_TAMPERED
		 : e == SKS_INTERNAL ? STATUS_UNREADABLE
				     : STATUS_REFUSED;
	if (e == SKS_NOT_FOUND)
		seal_say_for_others(info, key != NULL || passphrase.len > 0);
	else if (e == SKS_DENIED)
		fputs(_("sekisho: this passphrase or key does not open the file.\n"), stderr);
	else if (e != SKS_OK)
		fputs(_("sekisho: the header of the file was changed.\n"), stderr);
out:
	secret_clear(&passphrase);
	identity_clear(&identity);
	return status;
}

void
seal_explain(const char *path, int error)
{
	switch (error) {
	case SKS_INVALID:
		fprintf(stderr, _("sekisho: %s is no sealed file of this program's version.\n"),
		    path);
		break;
	case SKS_CORRUPT:
		fprintf(stderr,
		    _("sekisho: %s was changed or is damaged. Nothing of it can be used.\n"),
		    path);
		break;
	case SKS_TRUNCATED:
		fprintf(
		    stderr, _("sekisho: %s is cut off. Nothing of it can be used.\n"), path);
		break;
	case SKS_TRAILING:
		fprintf(stderr,
		    _("sekisho: something was added to %s. Nothing of it is used.\n"), path);
		break;
	default:
		fprintf(
		    stderr, _("sekisho: %s cannot be read: %s\n"), path, _(error_text(error)));
	}
}
