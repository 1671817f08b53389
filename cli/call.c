#include "call.h"

#include "client.h"
#include "clock.h"
#include "error.h"
#include "i18n.h"
#include "show.h"
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Longer than a password check with its fixed delay, and than a page of an old log. */
enum { CALL_TIMEOUT_MS = 30000 };

void
call_init(struct call *c, enum verb verb)
{
	memset(c, 0, sizeof(*c));
	c->request.verb = verb;
	snprintf(c->request.language, sizeof(c->request.language), "%s", i18n_language());
	buf_init(&c->payload, PAYLOAD_MAX);
}

void
call_clear(struct call *c)
{
	fields_clear(&command_fields, &c->request);
	fields_clear(&command_reply_fields, &c->reply);
	buf_clear(&c->payload);
}

int
call_set_text(char *field, size_t size, const char *text, const char *what)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f) {
			fprintf(
			    stderr, _("sekisho: %s may not hold control characters.\n"), what);
			return STATUS_USAGE;
		}
	}
	if (len >= size) {
		fprintf(
		    stderr, _("sekisho: %s is too long: at most %zu bytes.\n"), what, size - 1);
		return STATUS_USAGE;
	}
	memcpy(field, text, len + 1);
	return STATUS_DONE;
}

int
call_set_user(struct call *c, const char *user)
{
	const struct passwd *pw;

	/* Who may ask about others the daemon decides; who asks, the kernel tells it. */
	if (user == NULL)
		return STATUS_DONE;
	if (call_set_text(
		c->request.user, sizeof(c->request.user), user, _("the user's name")) != 0)
		return STATUS_USAGE;
	pw = getpwnam(user);
	c->request.uid_known = pw != NULL;
	if (pw != NULL)
		c->request.uid = pw->pw_uid;
	return STATUS_DONE;
}

int
call_set_time(int64_t *wall_ms, const struct args *args, enum option option)
{
	const char *text = args_value(args, option);

	if (text == NULL || clock_parse(text, clock_now().wall_ms, wall_ms) == SKS_OK)
		return STATUS_DONE;
	fprintf(stderr,
	    _("sekisho: --%s takes a day (2026-11-22, UTC), a time with its offset "
	      "(2026-11-22T09:00:00+09:00) or an age (90m, 2h, 7d), not \"%s\".\n"),
	    option_table[option].name, text);
	return STATUS_USAGE;
}

int
call_set_duration(struct call *c, const struct args *args)
{
	const char *text = args_value(args, OPT_DURATION);

	if (text == NULL || clock_parse_duration(text, &c->request.for_ms) == SKS_OK)
		return STATUS_DONE;
	fprintf(stderr, _("sekisho: --for takes a duration such as 30m or 2h, not \"%s\".\n"), text);
	return STATUS_USAGE;
}

int
call_set_verified(struct call *c, const struct args *args)
{
	struct command *r = &c->request;

	if (call_set_text(r->verified_by, sizeof(r->verified_by),
		args_text(args, OPT_VERIFIED_BY), "--verified-by") != 0)
		return STATUS_USAGE;
	return call_set_text(
	    r->verified_how, sizeof(r->verified_how), args_text(args, OPT_HOW), "--how");
}

int
call_send(struct call *c, const void *payload, size_t len, int *error)
{
	int r;

	buf_reset(&c->payload);
	r = client_call(USER_SOCKET_PATH, MSG_COMMAND, &command_fields, &c->request, payload,
	    len, &command_reply_fields, &c->reply, &c->payload, CALL_TIMEOUT_MS);
	if (r == SKS_OK && c->reply.status > STATUS_UNREADABLE)
		r = SKS_PROTOCOL;
	if (error != NULL)
		*error = r;
	return r == SKS_OK ? (int)c->reply.status : STATUS_UNREACHABLE;
}

void
call_explain_unreachable(int error)
{
	switch (error) {
	case SKS_OK:
		break;
	case SKS_UNREACHABLE:
		fprintf(stderr,
		    _("sekisho: the daemon is not running (nobody answers at %s).\nStart it "
		      "(systemctl start sekisho-policyd); \"journalctl -u sekisho-policyd\" "
		      "says "
		      "why it stopped. Until then break-glass codes work at the console.\n"),
		    USER_SOCKET_PATH);
		break;
	case SKS_TIMEOUT:
		fputs(_("sekisho: the daemon does not answer in time. Whether it did what was "
			"asked "
			"is not known: look with \"sekisho log\" before trying again.\n"),
		    stderr);
		break;
	case SKS_UNTRUSTED:
		fprintf(stderr,
		    _("sekisho: %s or a directory above it belongs to somebody else, so who "
		      "answers there is not to be trusted. Look at the owners and modes: namei "
		      "-l "
		      "%s\n"),
		    USER_SOCKET_PATH, USER_SOCKET_PATH);
		break;
	case SKS_TOO_BIG:
		fputs(_("sekisho: what was asked is too large to be sent.\n"), stderr);
		break;
	default:
		fprintf(stderr,
		    _("sekisho: the daemon gave no proper answer (%s). Is it another version "
		      "than this command, or has your account too many requests open at once? "
		      "Whether it did what was asked is not known.\n"),
		    _(error_text(error)));
	}
}

void
call_print_failure(const struct call *c, const struct args *args, int status)
{
	if (args_has(args, OPT_JSON))
		show_result_json(status, c->reply.text, c->reply.record);
	show_sentence(stderr, c->reply.text);
}

int
call_run_with(struct call *c, const struct args *args, const void *payload, size_t len)
{
	int error = SKS_OK;
	int status = call_send(c, payload, len, &error);

	if (error != SKS_OK) {
		if (args_has(args, OPT_JSON))
			show_result_json(status, error_text(error), 0);
		call_explain_unreachable(error);
	} else if (status != STATUS_DONE) {
		call_print_failure(c, args, status);
	}
	return status;
}

int
call_run(struct call *c, const struct args *args)
{
	return call_run_with(c, args, NULL, 0);
}

int
call_run_and_print(struct call *c, const struct args *args)
{
	int status = call_run(c, args);

	if (status != STATUS_DONE)
		return status;
	if (args_has(args, OPT_JSON))
		show_result_json(status, c->reply.text, c->reply.record);
	else
		show_sentence(stdout, c->reply.text);
	return status;
}

int
call_run_json(struct call *c, const struct args *args, json_t **answer)
{
	int status = call_run(c, args);

	*answer = NULL;
	if (status != STATUS_DONE)
		return status;
	*answer = call_json(c);
	return *answer != NULL ? STATUS_DONE : STATUS_UNREADABLE;
}

int
call_run_and_show(struct call *c, const struct args *args, void (*print)(const json_t *answer))
{
	json_t *answer = NULL;
	int status;

	if (print == NULL && !args_has(args, OPT_JSON)) {
		status = call_run(c, args);
		if (status == STATUS_DONE)
			show_sentence(stdout, c->reply.text);
		return status;
	}
	status = call_run_json(c, args, &answer);
	if (status == STATUS_DONE && args_has(args, OPT_JSON))
		show_json(answer);
	else if (status == STATUS_DONE)
		print(answer);
	json_decref(answer);
	return status;
}

json_t *
call_json(const struct call *c)
{
	json_t *json = json_loadb((const char *)c->payload.data, c->payload.len, 0, NULL);

	if (json == NULL)
		fputs(_("sekisho: the daemon's answer is not what this version of the command "
			"expects.\n"),
		    stderr);
	return json;
}
