/* sekisho key recipient: makes the two halves of a key that sealed files are for. */
#include "cli.h"
#include "container/recipient.h"
#include "error.h"
#include "i18n.h"
#include "new_file.h"
#include "protocol.h"
#include "show.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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
	/* never over another one: what was sealed for that could not be opened any more */
	if (status == STATUS_DONE)
		status = new_file_line(path, line, strlen(line));
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
