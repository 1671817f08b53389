#include "list.h"

#include "call.h"
#include "i18n.h"
#include "show.h"
#include "table.h"
#include "words.h"
#include <stdio.h>
#include <string.h>

size_t
list_active_devices(const json_t *devices, const json_t **last)
{
	const json_t *device;
	size_t i, n = 0;

	json_array_foreach(devices, i, device)
	{
		if (strcmp(show_text(device, "state"), "active") != 0)
			continue;
		n++;
		if (last != NULL)
			*last = device;
	}
	return n;
}

bool
list_has_device(const json_t *devices, const char *name)
{
	const json_t *device;
	size_t i;

	json_array_foreach(devices, i, device)
	{
		if (strcmp(show_text(device, "state"), "active") == 0 &&
		    strcmp(show_text(device, "name"), name) == 0)
			return true;
	}
	return false;
}

static void
list_add_device(struct table *t, const json_t *device)
{
	char time[SHOW_TIME_SIZE], kind[96];

	table_add(t, show_text(device, "name"));
	table_add(t, words_shown(show_text(device, "state")));
	snprintf(kind, sizeof(kind), "%s %lld/%lld", show_text(device, "algorithm"),
	    (long long)show_number(device, "digits"), (long long)show_number(device, "period"));
	table_add(t, kind);
	table_add(t, show_time_of(device, "issued", time));
	table_add(t, show_text(device, "issued_by"));
	table_add(t, show_time_of(device, "used", time));
	table_add(t, show_time_of(device, "ended", time));
	table_add(t, show_text(device, "ended_why")[0] != '\0'
			 ? words_why(show_text(device, "ended_why"))
			 : show_text(device, "ended_by"));
}

void
list_print_devices(const json_t *devices)
{
	const json_t *device;
	struct table t;
	size_t i;

	if (json_array_size(devices) == 0) {
		fputs(_("There is no device.\n"), stdout);
		return;
	}
	table_init(&t, 8, _("DEVICE"), _("STATE"), _("CODES"), _("ISSUED"), _("BY"),
	    _("LAST USED"), _("ENDED"), _("WHY"));
	json_array_foreach(devices, i, device)
	{
		list_add_device(&t, device);
	}
	table_print(&t, stdout);
	table_clear(&t);
}

void
list_print_sessions(const json_t *sessions)
{
	const json_t *session;
	struct table t;
	size_t i;

	if (json_array_size(sessions) == 0) {
		fputs(_("There is no open session.\n"), stdout);
		return;
	}
	table_init(&t, 8, _("SESSION"), _("USER"), _("SERVICE"), _("FROM"), _("TERMINAL"),
	    _("OPENED"), _("BY"), _("SECOND FACTOR"));
	json_array_foreach(sessions, i, session)
	{
		char text[SHOW_TIME_SIZE], factor[96];

		table_add(&t, show_digits(show_number(session, "id"), text));
		table_add(&t, show_text(session, "user"));
		table_add(&t, show_text(session, "service"));
		table_add(&t, show_text(session, "source"));
		table_add(&t, show_text(session, "tty"));
		table_add(&t, show_time_of(session, "opened", text));
		table_add(&t, show_text(session, "actor"));
		show_time_of(session, "factor_at", text);
		snprintf(factor, sizeof(factor), text[0] == '\0' ? "%s" : "%s, %s",
		    words_shown(show_text(session, "factor")), text);
		table_add(&t, factor);
	}
	table_print(&t, stdout);
	table_clear(&t);
}

/* One page behind "after"; *more says whether to go on. */
static int
list_users_page(json_t *users, const struct args *args, char *after, size_t size, bool *more)
{
	struct call call;
	json_t *page = NULL;
	int r;

	call_init(&call, VERB_USER_LIST);
	snprintf(call.request.name, sizeof(call.request.name), "%s", after);
	r = args != NULL ? call_run(&call, args) : call_send(&call, NULL, 0, NULL);
	if (r != STATUS_DONE)
		goto out;
	r = STATUS_UNREADABLE;
	page = json_loadb((const char *)call.payload.data, call.payload.len, 0, NULL);
	if (!json_is_array(page) || json_array_extend(users, page) != 0)
		goto out;
	*more = json_array_size(page) > 0;
	snprintf(after, size, "%s",
	    show_text(json_array_get(page, json_array_size(page) - 1), "user"));
	r = STATUS_DONE;
out:
	json_decref(page);
	call_clear(&call);
	return r;
}

int
list_users(json_t *users, const struct args *args)
{
	char after[256] = "";
	bool more = true;
	int r = STATUS_DONE;

	while (more && r == STATUS_DONE)
		r = list_users_page(users, args, after, sizeof(after), &more);
	return r;
}
