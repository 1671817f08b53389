#include "list.h"

#include "call.h"
#include "i18n.h"
#include "show.h"
#include "size.h"
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
	char time[SHOW_TIME_SIZE], kind[96], state[96];
	bool reenrol = json_is_true(json_object_get(device, "reenrol"));

	table_add(t, show_text(device, "name"));
	snprintf(state, sizeof(state), "%s%s%s", words_shown(show_text(device, "state")),
	    reenrol ? ", " : "", reenrol ? _("re-enrol: the key was exposed") : "");
	table_add(t, state);
	snprintf(kind, sizeof(kind), "%s %lld/%lld", show_text(device, "algorithm"),
	    (long long)show_number(device, "digits"), (long long)show_number(device, "period"));
	table_add(t, kind);
	table_add(t, show_time_of(device, "issued", time));
	table_add(t, show_text(device, "issued_by"));
	table_add(t, show_time_of(device, "used", time));
	table_add(t, show_time_of(device, "ended", time));
	table_add(t, show_text(device, "ended_by"));
	table_add(t, words_why(show_text(device, "ended_why")));
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
	table_init(&t, 9, _("DEVICE"), _("STATE"), _("CODES"), _("ISSUED"), _("BY"),
	    _("LAST USED"), _("ENDED"), _("BY"), _("WHY"));
	json_array_foreach(devices, i, device)
	{
		list_add_device(&t, device);
	}
	table_print(&t, stdout);
	table_clear(&t);
}

/* "TIME, by WHO" and what else is known; nothing where it never happened. */
static void
list_print_step(const json_t *device, const char *label, const char *time_key,
    const char *who_key, const char *more)
{
	char time[SHOW_TIME_SIZE], line[960];

	if (show_number(device, time_key) == 0)
		return;
	show_time_of(device, time_key, time);
	if (show_text(device, who_key)[0] == '\0')
		snprintf(line, sizeof(line), "%s%s%s", time, more[0] != '\0' ? "; " : "", more);
	else
		snprintf(line, sizeof(line), _("%s, by %s%s%s"), time,
		    show_text(device, who_key), more[0] != '\0' ? "; " : "", more);
	table_print_pair(stdout, label, line);
}

static void
list_print_issue(const json_t *device)
{
	const char *by = show_text(device, "verified_by"),
		   *how = show_text(device, "verified_how");
	char more[640] = "";

	if (strcmp(by, "not stated") == 0)
		snprintf(more, sizeof(more), "%s", _("who verified the person is not stated"));
	else if (by[0] != '\0' && how[0] != '\0')
		snprintf(more, sizeof(more), _("the person was verified by %s: %s"), by, how);
	else if (by[0] != '\0')
		snprintf(more, sizeof(more), _("the person was verified by %s"), by);
	list_print_step(device,
	    json_is_true(json_object_get(device, "imported")) ? _("Imported:") : _("Issued:"),
	    "issued", "issued_by", more);
}

static void
list_print_entry(const json_t *device)
{
	char line[320];

	snprintf(line, sizeof(line), "%s (%s)", show_text(device, "name"),
	    words_shown(show_text(device, "state")));
	table_print_pair(stdout, _("Device:"), line);
	list_print_issue(device);
	table_print_pair(stdout, _("Issued from:"), words_shown(show_text(device, "source")));
	table_print_pair(stdout, _("Purpose accepted:"), show_text(device, "purpose_version"));
	list_print_step(device, _("Confirmed:"), "confirmed", "confirmed_by", "");
	list_print_step(device, _("Last used:"), "used", "", "");
	list_print_step(device, _("Lost:"), "lost", "lost_by", "");
	if (strcmp(show_text(device, "state"), "lost") != 0)
		list_print_step(device, _("Ended:"), "ended", "ended_by",
		    words_why(show_text(device, "ended_why")));
}

void
list_print_register(const json_t *devices)
{
	const json_t *device;
	size_t i;

	if (json_array_size(devices) == 0)
		fputs(_("There is no device.\n"), stdout);
	json_array_foreach(devices, i, device)
	{
		if (i > 0)
			fputc('\n', stdout);
		list_print_entry(device);
	}
}

_Static_assert((int)SIZE_TEXT <= (int)SHOW_TIME_SIZE, "a size fits where a time does");

/* At least so much; su and sudo are in the figure of their login. */
static const char *
list_sent(const json_t *session, char text[SHOW_TIME_SIZE])
{
	const json_t *sent = json_object_get(session, "sent");

	if (json_is_integer(sent))
		return size_print((uint64_t)json_integer_value(sent), text);
	return words_shown(show_text(session, "sent_unknown"));
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
	table_init(&t, 9, _("SESSION"), _("USER"), _("SERVICE"), _("FROM"), _("TERMINAL"),
	    _("OPENED"), _("BY"), _("SECOND FACTOR"), _("SENT"));
	json_array_foreach(sessions, i, session)
	{
		char text[SHOW_TIME_SIZE], factor[96];

		table_add(&t, show_digits(show_number(session, "id"), text));
		table_add(&t, show_text(session, "user"));
		table_add(&t, show_text(session, "service"));
		table_add(&t, words_shown(show_text(session, "source")));
		table_add(&t, show_text(session, "tty"));
		table_add(&t, show_time_of(session, "opened", text));
		table_add(&t, show_text(session, "actor"));
		show_time_of(session, "factor_at", text);
		snprintf(factor, sizeof(factor), "%s%s%s",
		    words_shown(show_text(session, "factor")), text[0] == '\0' ? "" : _(", "),
		    text);
		table_add(&t, factor);
		table_add(&t, list_sent(session, text));
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
