/* What a person reads about a backup that was checked or put back. */
#include "i18n.h"
#include "restore.h"
#include "show.h"
#include "table.h"
#include <stdio.h>
#include <string.h>

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
	else if (strcmp(signature, "trusted") == 0)
		table_print_pair(stdout, _("Signature:"), _("of the key that you trust, right"));
	else if (strcmp(signature, "another") == 0)
		table_print_pair(stdout, _("Signature:"),
		    _("of another key than this host has now: who made it is not proved"));
	else
		table_print_pair(stdout, _("Signature:"),
		    _("none: whoever has the public line or the passphrase can have made it"));
}

void
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

void
restore_tell_done(const json_t *report, bool rehearsed)
{
	char number[SHOW_TIME_SIZE];

	restore_tell_lost(report);
	table_print_pair(stdout, _("Sessions ended:"),
	    show_digits(show_number(report, "sekisho.restore.sessions"), number));
	table_print_pair(stdout, _("Recovery codes void:"),
	    show_digits(show_number(report, "sekisho.restore.recovery_codes"), number));
	if (show_number(report, "sekisho.restore.attributes") != 0)
		table_print_pair(stdout, _("Attributes to set again:"),
		    show_digits(show_number(report, "sekisho.restore.attributes"), number));
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
