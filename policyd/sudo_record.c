/* MSG_SUDO: what is written down of a command of sudo's. What of its arguments is secret is in no
 * record. */
#include "audit/controls.h"
#include "command/allowance.h"
#include "error.h"
#include "keeper/keeper.h"
#include "sudo.h"
#include "sudo_mask.h"
#include "text.h"
#include <stdio.h>
#include <string.h>

enum { OPTIONS_MAX = 256 };

enum { LINES_SIZE = sizeof(((struct sudo_request *)0)->arguments) };

/* item[] points into lines, which is to be wiped. */
static size_t
masked(struct server *s, const char *role, const char *arguments, char lines[LINES_SIZE],
    const char *item[MASK_ARGUMENTS_MAX], bool *more)
{
	const struct role *r = policy_role(s->policy, role);
	char *options[OPTIONS_MAX];
	struct strings all = {.item = options};

	/* of a command that is no role's, the options that any role names: rather too many */
	for (size_t i = 0; r == NULL && i < s->policy->role_count; i++) {
		const struct strings *mask = &s->policy->role[i].mask;

		for (size_t j = 0; j < mask->count && all.count < OPTIONS_MAX; j++)
			options[all.count++] = mask->item[j];
	}
	memcpy(lines, arguments, LINES_SIZE);
	return mask_arguments(r != NULL ? &r->mask : &all, lines, item, more);
}

void
sudo_command_line(struct server *s, const char *role, const struct elevation_request *r,
    char *out, size_t size)
{
	static char lines[LINES_SIZE];
	const char *item[MASK_ARGUMENTS_MAX];
	bool more = false;
	size_t n = masked(s, role, r->arguments, lines, item, &more);
	static char line[sizeof(r->command) + 2 * LINES_SIZE];
	size_t used = (size_t)snprintf(line, sizeof(line), "%s", r->command);

	for (size_t i = 0; i < n && used < sizeof(line); i++)
		used += (size_t)snprintf(line + used, sizeof(line) - used, " %s", item[i]);
	more |= r->cut || used >= size;
	used = text_clean(out, more ? size - strlen(" ...") : size, line);
	if (more)
		(void)snprintf(out + used, size - used, " ...");
	explicit_bzero(lines, sizeof(lines));
}

static void
put_arguments(
    struct server *s, struct record *record, const char *role, const char *arguments)
{
	static char lines[LINES_SIZE];
	const char *item[MASK_ARGUMENTS_MAX];
	bool more = false;
	size_t n = masked(s, role, arguments, lines, item, &more);

	if (n > 0)
		record_put_list(record, "process.args", item, n);
	if (more)
		record_put_bool(record, "sekisho.sudo.arguments.more", true);
	explicit_bzero(lines, sizeof(lines));
}

void
sudo_put_case(struct server *s, struct record *record, const struct elevation_request *r,
    const struct elevation_facts *f, const struct session *login)
{
	record_put_fields(record, &elevation_request_fields, r);
	if (r->uid == 0)
		record_put_int(record, "user.id", 0);
	if (r->run_as_uid == 0)
		record_put_int(record, "user.target.id", 0);
	record_put_str(record, "sekisho.person", policy_person(s->policy, r->user));
	if (login->id != 0) {
		record_put_int(record, "sekisho.session", (int64_t)login->id);
		record_put_str(record, "sekisho.session.user", login->user);
		record_put_str(record, "source.ip", login->source);
		record_put_str(record, "sekisho.device.key", login->key);
	}
	put_arguments(s, record, f->role, r->arguments);
	record_put_fields(record, &elevation_facts_fields, f);
}

void
sudo_put_grant(struct record *record, uint64_t grant)
{
	char id[REQUEST_ID_SIZE];

	if (grant == 0)
		return;
	(void)snprintf(id, sizeof(id), "R-%llu", (unsigned long long)grant);
	record_put_str(record, "sekisho.request", id);
}

int
sudo_record_command(struct server *s, const struct elevation_request *r,
    const struct elevation_facts *f, const struct session *login, const struct decision *d,
    uint64_t *seq)
{
	struct record record;
	int e;

	keeper_record(s, &record, ACTION_SUDO_COMMAND, d->events[0].outcome,
	    reason_words[d->events[0].reason]);
	sudo_put_case(s, &record, r, f, login);
	sudo_put_grant(&record, f->grant);
	if (f->use_request != 0) {
		char id[REQUEST_ID_SIZE];

		(void)snprintf(id, sizeof(id), "U-%llu", (unsigned long long)f->use_request);
		record_put_str(&record, "sekisho.use", id);
		record_put_str(&record, "sekisho.use.person", policy_person(s->policy, f->use_by));
	}
	record_put_str(
	    &record, "sekisho.verdict", d->verdict == VERDICT_ALLOW ? "allow" : "deny");
	record_put_str(&record, "sekisho.reason", reason_words[d->reason]);
	e = turn_append(s, &record, seq);
	record_clear(&record);
	return e;
}

/* Anybody can make sudo refuse something, as often as they like. */
int
sudo_record_refusal(struct server *s, const struct elevation_request *r, const char *reason,
    int (*write)(struct server *, void *), void *context)
{
	char key[LANE_SIZE];
	bool first = true;
	int e = SKS_OK;

	(void)snprintf(key, sizeof(key), "sudo:%.256s", r->user);
	if (!allowance_take_lane(key))
		e = store_refusal_count(s->store, key, reason, &first);
	return e == SKS_OK && first ? write(s, context) : e;
}

void
sudo_begin_exit(struct server *s, struct record *record, const struct sudo_exit *x)
{
	keeper_record(s, record, ACTION_SUDO_EXIT,
	    x->ended == SUDO_ENDED_ERROR     ? OUTCOME_FAILURE
	    : x->ended == SUDO_ENDED_UNKNOWN ? OUTCOME_UNKNOWN
					     : OUTCOME_SUCCESS,
	    x->over ? "grant-over" : fields_word(sudo_ended_words, x->ended));
	if (x->ended == SUDO_ENDED_EXIT)
		record_put_int(record, "process.exit_code", x->status);
	else if (x->ended == SUDO_ENDED_SIGNAL)
		record_put_int(record, "sekisho.sudo.signal", x->status);
	else if (x->ended == SUDO_ENDED_ERROR)
		record_put_int(record, "sekisho.sudo.errno", x->status);
	sudo_put_grant(record, x->grant);
}
