/*
 * sekisho notice: the notice before login as it is in force, for sshd's Banner and for whoever
 * wants to read it again.
 */
#include "notice.h"

#include "cli.h"
#include "error.h"
#include "i18n.h"
#include "protocol.h"
#include "safeopen.h"
#include "show.h"
#include <jansson.h>
#include <stdio.h>
#include <string.h>

static const char *
notice_in(const struct notice *n, const char *language)
{
	if (language == NULL)
		return notice_text(n, false);
	return strcmp(language, "ja") == 0 ? n->ja : n->en;
}

static int
notice_write(const char *path, const char *text)
{
	int r = safeopen_replace(path, 0644, text, strlen(text));

	if (r == SKS_OK)
		return STATUS_DONE;
	fprintf(stderr, _("sekisho: %s cannot be written: %s.\n"), path, _(error_text(r)));
	return STATUS_REFUSED;
}

static void
notice_show(const struct args *args, const struct notice *n, const char *text)
{
	json_t *answer;

	if (!args_has(args, OPT_JSON)) {
		fputs(text, stdout);
		return;
	}
	answer = json_pack("{s:s,s:s,s:b,s:s,s:s}", "version", n->version, "language",
	    n->japanese ? "ja" : "en", "sshd_banner", (int)n->banner, "text", n->en, "text_ja",
	    n->ja);
	show_json(answer);
	json_decref(answer);
}

int
run_notice(const struct args *args)
{
	const char *path = args_value(args, OPT_OUTPUT);
	struct notice n;
	int r = notice_read(NOTICE_PATH, NULL, &n);

	if (r == SKS_NOT_FOUND) {
		fputs(
		    _("sekisho: the policy in force has no notice before login. It is written "
		      "in the section [notice]; see sekisho.conf(5).\n"),
		    stderr);
		return STATUS_REFUSED;
	}
	if (r != SKS_OK) {
		fprintf(stderr, _("sekisho: %s: %s. Restart the daemon: it writes it anew.\n"),
		    NOTICE_PATH, _(error_text(r)));
		return STATUS_UNREADABLE;
	}
	if (path != NULL)
		return notice_write(path, notice_in(&n, args_value(args, OPT_LANG)));
	notice_show(args, &n, notice_in(&n, args_value(args, OPT_LANG)));
	return STATUS_DONE;
}
