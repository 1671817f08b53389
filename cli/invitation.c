#include "invitation.h"

#include "cli.h"
#include "i18n.h"
#include "protocol.h"
#include "show.h"
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void
invitation_sheet(FILE *out, const char *user, const struct secret *password, int64_t valid_ms,
    int64_t until_ms)
{
	char host[256] = "", time[SHOW_TIME_SIZE];

	(void)gethostname(host, sizeof(host) - 1);
	fprintf(out, _("Invitation to %s"), host);
	fprintf(out, "\n\n  %-18s %s\n", _("Account:"), user);
	fprintf(out, "  %-18s %s\n", _("First password:"), (const char *)password->bytes);
	fprintf(out, "  %-18s %s\n", _("Valid until:"), show_time(valid_ms, time));
	if (until_ms != 0)
		fprintf(out, "  %-18s %s\n", _("Account ends:"), show_last_day(until_ms, time));
	fputc('\n', out);
	fprintf(out, "%s\n",
	    _("Have a phone at hand with an app that shows one-time codes. Log in with this name "
	      "and password, for instance:"));
	fprintf(out, "\n  ssh -o PreferredAuthentications=keyboard-interactive %s@%s\n\n", user,
	    host);
	fprintf(out, "%s\n",
	    _("You read what is collected and why, register the app, and choose your own "
	      "password. The first password works once, and only until then. If somebody else "
	      "may have seen it, or you are told that it was used, tell who gave it to you at "
	      "once. Destroy this sheet afterwards."));
}

static int
invitation_into_file(const char *path, const char *user, const struct secret *password,
    int64_t valid_ms, int64_t until_ms)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	FILE *out = fd >= 0 ? fdopen(fd, "w") : NULL;

	if (out == NULL) {
		fprintf(stderr,
		    _("sekisho: %s: %s. The invitation is shown nowhere else: run this again.\n"),
		    path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return STATUS_INCOMPLETE;
	}
	invitation_sheet(out, user, password, valid_ms, until_ms);
	if (fclose(out) != 0) {
		fprintf(stderr, "sekisho: %s: %s\n", path, strerror(errno));
		return STATUS_INCOMPLETE;
	}
	fprintf(stdout, _("The invitation of %s is in %s. Print it, then destroy the file.\n"), user,
	    path);
	return STATUS_DONE;
}

int
invitation_print(const struct args *args, const char *user, const struct secret *password,
    int64_t valid_ms, int64_t until_ms, uint64_t record)
{
	const char *path = args_value(args, OPT_OUTPUT);
	json_t *answer;

	if (args_has(args, OPT_JSON)) {
		answer = json_pack("{s:s,s:s,s:I,s:I,s:I}", "user", user, "password",
		    (const char *)password->bytes, "valid_until", (json_int_t)valid_ms, "until",
		    (json_int_t)until_ms, "record", (json_int_t)record);
		show_json(answer);
		json_decref(answer);
		return STATUS_DONE;
	}
	if (args_has(args, OPT_LANG))
		i18n_init(args_value(args, OPT_LANG));
	if (path != NULL)
		return invitation_into_file(path, user, password, valid_ms, until_ms);
	invitation_sheet(stdout, user, password, valid_ms, until_ms);
	return STATUS_DONE;
}
