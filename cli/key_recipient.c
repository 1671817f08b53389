/* sekisho key recipient: makes the two halves of a key that sealed files are for. */
#include "cli.h"
#include "container/recipient.h"
#include "error.h"
#include "i18n.h"
#include "protocol.h"
#include "show.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Never over another one: what was sealed for that could not be opened any more. */
static int
recipient_write(const char *path, const char *line)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	size_t len = strlen(line);
	bool good;

	if (fd < 0) {
		fprintf(stderr, _("sekisho: cannot make %s: %s. It must not be there yet.\n"),
		    path, strerror(errno));
		return STATUS_REFUSED;
	}
	good =
	    write(fd, line, len) == (ssize_t)len && write(fd, "\n", 1) == 1 && fsync(fd) == 0;
	if (close(fd) != 0 || !good) {
		fprintf(
		    stderr, _("sekisho: %s cannot be written: %s\n"), path, strerror(errno));
		(void)unlink(path);
		return STATUS_REFUSED;
	}
	return STATUS_DONE;
}

int
run_key_recipient(const struct args *args)
{
	const char *path = args_word(args, 0), *name = args_value(args, OPT_NAME);
	char line[RECIPIENT_LINE_SIZE], host[RECIPIENT_NAME_SIZE] = "";
	struct identity identity;
	struct recipient to;
	json_t *json;
	int status = STATUS_DONE;

	(void)gethostname(host, sizeof(host) - 1);
	if (identity_make(name != NULL ? name : host, &identity) != SKS_OK) {
		fputs(_("sekisho: a name has letters, digits and . _ - @, at most 63.\n"),
		    stderr);
		return STATUS_USAGE;
	}
	identity_print(&identity, line);
	if (identity_recipient(&identity, &to) != SKS_OK)
		status = STATUS_REFUSED;
	if (status == STATUS_DONE)
		status = recipient_write(path, line);
	explicit_bzero(line, sizeof(line));
	identity_clear(&identity);
	if (status != STATUS_DONE)
		return status;
	recipient_print(&to, line);
	if (args_has(args, OPT_JSON)) {
		json = json_pack("{s:s,s:s}", "recipient", line, "file", path);
		if (json != NULL)
			show_json(json);
		json_decref(json);
		return status;
	}
	fprintf(stdout, "%s\n", line);
	fprintf(stderr,
	    _("This line is public: put it into the policy or give it to whoever seals for "
	      "you. "
	      "%s opens what is sealed for it: keep it away from this host, and a copy of it "
	      "where it survives this building.\n"),
	    path);
	return status;
}
