/* What the command line says about a backup that it made itself. */
#include "command/command.h"
#include "error.h"
#include "i18n.h"
#include "keeper/keeper.h"
#include "text.h"
#include <stdio.h>
#include <string.h>

static void
copy_text(const json_t *meta, const char *key, char *out, size_t size)
{
	const char *text = json_string_value(json_object_get(meta, key));

	(void)snprintf(out, size, "%s", text != NULL ? text : "");
}

/* Root's word on it: it could have written the file without us. */
int
command_backup_made(struct server *s, struct job *job)
{
	const struct command *c = &job->command;
	struct backup_done done = {.bytes = c->number};
	json_t *meta = json_loadb(
	    (const char *)job->payload.data, job->payload.len, JSON_REJECT_DUPLICATES, NULL);
	int e;

	if (!json_is_object(meta)) {
		json_decref(meta);
		return SKS_INVALID;
	}
	done.log_size = (uint64_t)json_integer_value(json_object_get(meta, "sekisho.log.size"));
	copy_text(meta, "sekisho.log.head", done.head, sizeof(done.head));
	json_decref(meta);
	(void)text_clean(done.path, sizeof(done.path), c->name);
	(void)snprintf(done.digest, sizeof(done.digest), "%.64s", c->text);
	if ((e = keeper_backup_done(s, &done)) == SKS_OK)
		command_say(job, STATUS_DONE, "%s", _("The backup is recorded."));
	return e;
}
