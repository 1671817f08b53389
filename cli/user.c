/* sekisho user show|list|unlock|suspend|resume|retire */
#include "call.h"
#include "cli.h"
#include "clock.h"
#include "i18n.h"
#include "list.h"
#include "mark.h"
#include "show.h"
#include "size.h"
#include "table.h"
#include "user_power.h"
#include "words.h"
#include <string.h>

static void
user_print_suspension(const json_t *user)
{
	char time[SHOW_TIME_SIZE], line[640];

	if (!json_is_true(json_object_get(user, "suspended")))
		return;
	snprintf(line, sizeof(line), _("since %s, by %s: %s"),
	    show_time_of(user, "suspended_at", time), show_text(user, "suspended_by"),
	    words_why(show_text(user, "suspended_why")));
	table_print_pair(
	    stdout, json_is_true(json_object_get(user, "retired")) ? _("Retired:") : _("Suspended:"), line);
}

/* What is over in effect, because another password stands there by now, only root can see. */
static bool
user_has_mark(const json_t *user, const char *mark)
{
	struct mark now;

	return mark[0] == '\0' || !mark_read(show_text(user, "user"), &now) ||
	       now.text[0] == '\0' || strcmp(now.text, mark) == 0;
}

static void
user_print_password(const json_t *user)
{
	const json_t *must = json_object_get(user, "password_must");
	int64_t most = show_number(user, "password_max_age") / SHOW_DAY_MS;
	char time[SHOW_TIME_SIZE], line[640];
	struct mark mark;

	if (must != NULL && user_has_mark(user, show_text(must, "mark"))) {
		snprintf(line, sizeof(line), _("to be changed at the next login (%s, by %s: %s)"),
		    show_time_of(must, "at", time), show_text(must, "by"),
		    words_why(show_text(must, "why")));
		table_print_pair(stdout, _("Password:"), line);
		return;
	}
	if (!mark_read(show_text(user, "user"), &mark) || mark.set_day == 0)
		return;
	if (mark.most_days > 0 && (most == 0 || mark.most_days < most))
		most = mark.most_days;
	if (most != 0) {
		snprintf(line, sizeof(line), _("to be changed after %s"),
		    show_last_day((mark.set_day + most) * SHOW_DAY_MS, time));
		table_print_pair(stdout, _("Password:"), line);
	}
}

static void
user_print_terms(const json_t *user)
{
	const json_t *invitation = json_object_get(user, "invitation");
	char at[SHOW_TIME_SIZE], until[SHOW_TIME_SIZE], line[1024];

	user_print_password(user);
	if (show_number(user, "until") != 0)
		table_print_pair(
		    stdout, _("Account ends:"), show_last_day(show_number(user, "until"), until));
	if (invitation == NULL)
		return;
	snprintf(line, sizeof(line), _("%s: made %s by %s, valid until %s; verified by %s"),
	    words_shown(show_text(invitation, "state")), show_time_of(invitation, "at", at),
	    show_text(invitation, "by"), show_time_of(invitation, "until", until),
	    show_text(invitation, "verified_by"));
	table_print_pair(stdout, _("Invitation:"), line);
}

/* One word for a list: what the account waits for. */
static const char *
user_state(const json_t *user)
{
	int64_t until = show_number(user, "until");
	const char *invitation =
	    show_text(json_object_get(user, "invitation"), "state");

	if (json_is_true(json_object_get(user, "retired")))
		return _("RETIRED");
	if (json_is_true(json_object_get(user, "suspended")))
		return _("SUSPENDED");
	if (until != 0 && until <= clock_now().wall_ms)
		return _("ENDED");
	if (strcmp(invitation, "open") == 0)
		return _("INVITED");
	return "";
}

static void
user_print(const json_t *user)
{
	const json_t *last = json_object_get(user, "last_success");
	char number[SHOW_TIME_SIZE], line[640];

	snprintf(line, sizeof(line), "%s (%lld)", show_text(user, "user"),
	    (long long)show_number(user, "uid"));
	table_print_pair(stdout, _("User:"), line);
	table_print_pair(stdout, _("Class:"), words_shown(show_text(user, "class")));
	table_print_pair(stdout, _("Person:"), show_text(user, "person"));
	user_print_suspension(user);
	user_print_terms(user);
	if (show_number(user, "lanes_locked") != 0)
		table_print_pair(stdout, _("Locks by failures:"),
		    show_digits(show_number(user, "lanes_locked"), number));
	table_print_pair(stdout, _("Recovery codes left:"),
	    show_digits(show_number(user, "recovery_codes"), number));
	if (show_number(last, "at") != 0) {
		snprintf(line, sizeof(line), _("%s from %s"), show_time_of(last, "at", number),
		    show_text(last, "source")[0] == '\0'
			? _("here")
			: words_shown(show_text(last, "source")));
		table_print_pair(stdout, _("Last login:"), line);
	}
	if (show_number(user, "sent_today") != 0)
		table_print_pair(stdout, _("Sent to sessions today:"),
		    size_print((uint64_t)show_number(user, "sent_today"), number));
	user_power_print(user);
	fputc('\n', stdout);
	list_print_register(json_object_get(user, "devices"));
	fputc('\n', stdout);
	list_print_sessions(json_object_get(user, "sessions"));
}

static void
user_print_list(const json_t *users)
{
	const json_t *user;
	struct table t;
	size_t i;

	table_init(&t, 8, _("USER"), _("UID"), _("CLASS"), _("STATE"), _("LOCKS"), _("DEVICES"),
	    _("RECOVERY CODES"), _("LAST LOGIN"));
	json_array_foreach(users, i, user)
	{
		char text[SHOW_TIME_SIZE];

		table_add(&t, show_text(user, "user"));
		table_add(&t, show_digits(show_number(user, "uid"), text));
		table_add(&t, words_shown(show_text(user, "class")));
		table_add(&t, user_state(user));
		table_add(&t, show_digits(show_number(user, "lanes_locked"), text));
		table_add(&t, show_digits(show_count(user, "devices"), text));
		table_add(&t, show_digits(show_count(user, "recovery_codes"), text));
		table_add(&t, show_time_of(json_object_get(user, "last_success"), "at", text));
	}
	table_print(&t, stdout);
	table_clear(&t);
}

int
run_user_show(const struct args *args)
{
	json_t *user = NULL;
	struct call call;
	int r;

	call_init(&call, VERB_USER_SHOW);
	r = call_set_user(&call, args_word(args, 0));
	if (r == STATUS_DONE)
		r = call_run_json(&call, args, &user);
	if (r == STATUS_DONE)
		user_power_add(user);
	if (r == STATUS_DONE && args_has(args, OPT_JSON))
		show_json(user);
	else if (r == STATUS_DONE)
		user_print(user);
	json_decref(user);
	call_clear(&call);
	return r;
}

int
run_user_list(const struct args *args)
{
	json_t *users = json_array();
	int r = list_users(users, args);

	for (size_t i = json_array_size(users); args_has(args, OPT_DORMANT) && i > 0; i--) {
		if (!json_is_true(json_object_get(json_array_get(users, i - 1), "dormant")))
			(void)json_array_remove(users, i - 1);
	}
	if (r == STATUS_DONE && args_has(args, OPT_JSON))
		show_json(users);
	else if (r == STATUS_DONE)
		user_print_list(users);
	json_decref(users);
	return r;
}

static int
user_change(const struct args *args, enum verb verb)
{
	struct call call;
	int r;

	call_init(&call, verb);
	r = call_set_user(&call, args_word(args, 0));
	if (r == STATUS_DONE)
		r = call_set_text(call.request.text, sizeof(call.request.text),
		    args_text(args, OPT_REASON), "--reason");
	if (r == STATUS_DONE)
		r = call_set_verified(&call, args);
	if (r == STATUS_DONE)
		r = call_run_and_print(&call, args);
	call_clear(&call);
	return r;
}

int
run_user_unlock(const struct args *args)
{
	return user_change(args, VERB_USER_UNLOCK);
}

int
run_user_suspend(const struct args *args)
{
	return user_change(args, VERB_USER_SUSPEND);
}

int
run_user_resume(const struct args *args)
{
	return user_change(args, VERB_USER_RESUME);
}

int
run_user_retire(const struct args *args)
{
	return user_change(args, VERB_USER_RETIRE);
}
