#include "error.h"
#include "warden.h"

/* Either in a child of its own, or at once: such a one answers by itself, now or later. */
static const struct row {
	uint16_t type;
	warden_run *run;
	void (*start)(struct warden *w, struct ticket t, const struct warden_call *call);
} table[] = {
    {WARDEN_GROUPS, groups_run, NULL},
    {WARDEN_CHECK_PASSWORD, password_run, NULL},
    {WARDEN_END_SESSION, NULL, ending_start},
    {WARDEN_SPOOL_NEXT, NULL, spool_next},
    {WARDEN_SPOOL_DONE, NULL, spool_done},
    {WARDEN_WHO, who_run, NULL},
    {WARDEN_KEYS, NULL, keys_read},
    {WARDEN_BACKUP, backup_run, NULL},
    {WARDEN_AUDIT, audit_run, NULL},
    {WARDEN_MAIL, mail_run, NULL},
    {WARDEN_COMMAND, command_run, NULL},
    {WARDEN_SURVEY, survey_run, NULL},
    {WARDEN_SWEEP, sweep_run, NULL},
    {WARDEN_LEFT, left_run, NULL},
    {WARDEN_IDLE, idle_run, NULL},
    {WARDEN_TELL, tell_run, NULL},
    {WARDEN_MEMBERS, members_run, NULL},
    {WARDEN_VOLUME, volume_run, NULL},
    {WARDEN_HOST, host_run, NULL},
    {WARDEN_HOST_COMMAND, host_command_run, NULL},
    {WARDEN_NAMES, names_run, NULL},
    {WARDEN_HOSTLOGS, hostlogs_run, NULL},
};
_Static_assert(sizeof(table) / sizeof(table[0]) == WARDEN_COUNT - 1, "a row for each request");

/* The same program runs twice, each with its own half of the table. */
static bool
table_is_couriers(uint16_t type)
{
	return type == WARDEN_MAIL || type == WARDEN_COMMAND || type == WARDEN_TELL ||
	       type == WARDEN_HOST_COMMAND;
}

int
table_dispatch(struct warden *w, struct ticket t, const struct warden_call *call)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (table[i].type != t.type || table_is_couriers(t.type) != w->courier)
			continue;
		if (table[i].run != NULL)
			child_submit(w, t, table[i].run, call);
		else
			table[i].start(w, t, call);
		return SKS_OK;
	}
	return SKS_PROTOCOL;
}
