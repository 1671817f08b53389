/*
 * Finds what commands of a role left behind in a login when the role was over, and ends it where
 * the role says so. It is found by the audit session, which nothing but root sheds.
 */
#include "left.h"

#include "error.h"
#include "text.h"
#include "warden.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEFT_NAMED_MAX = 16 };

/* ---- whose it is ------------------------------------------------------------------------- */

void
left_spare(struct left_order *o, const char *text)
{
	while (*text >= '0' && *text <= '9' && o->spared_count < LEFT_SPARED) {
		char *end;

		o->spared[o->spared_count++] = (pid_t)strtol(text, &end, 10);
		text = *end == ' ' ? end + 1 : end;
	}
}

static bool
left_is_spared(const struct left_order *o, pid_t pid)
{
	for (size_t i = 0; i < o->spared_count; i++) {
		if (o->spared[i] == pid)
			return true;
	}
	return false;
}

bool
left_judge(const struct left_order *o, const struct process *all, size_t count,
    const struct process *p)
{
	if (p->pid <= 1 || p->audit_session != o->audit_session || p->start < o->since ||
	    (p->uid[0] != o->run_as && p->uid[1] != o->run_as && p->uid[2] != o->run_as))
		return false;
	for (size_t i = 0; i < PROCESS_DEPTH && p != NULL; i++) {
		if (left_is_spared(o, p->pid))
			return false;
		p = p->parent > 1 ? process_find(all, count, p->parent) : NULL;
	}
	return true;
}

/* ---- ending ------------------------------------------------------------------------------ */

static size_t
left_end_all(const struct left_order *o, struct process *p, size_t count)
{
	size_t held = 0;

	for (size_t i = 0; i < count; i++)
		held += left_judge(o, p, count, &p[i]) && process_hold(&p[i]);
	return held - process_end(p, count);
}

/* ---- the answer -------------------------------------------------------------------------- */

static void
left_name_all(const struct left_order *o, const struct process *p, size_t count, char *out,
    size_t size)
{
	size_t said = 0;

	out[0] = '\0';
	for (size_t i = 0; i < count && said < LEFT_NAMED_MAX; i++) {
		size_t used = strlen(out);
		char name[64];

		if (!left_judge(o, p, count, &p[i]))
			continue;
		(void)text_clean(name, sizeof(name), p[i].name);
		(void)snprintf(out + used, size - used, "%s%d %s", said > 0 ? ", " : "",
		    (int)p[i].pid, name);
		said++;
	}
}

void
left_run(const struct warden_call *call, struct warden_answer *answer)
{
	static struct process p[PROCESS_MAX];
	static struct left_order o;
	size_t count;

	o = (struct left_order){.audit_session = (uint32_t)call->number,
	    .run_as = (uint32_t)(call->number >> 32),
	    .since = call->pid_start};
	/* no login is everybody else's, and from the first tick on is everything */
	if (o.audit_session == UINT32_MAX || o.since == 0) {
		answer->status = SKS_DENIED;
		return;
	}
	left_spare(&o, call->text);
	count = process_all(p, PROCESS_MAX);
	if (call->limit != 0) {
		answer->number = left_end_all(&o, p, count);
		count = process_all(p, PROCESS_MAX);
	}
	left_name_all(&o, p, count, answer->text, sizeof(answer->text));
	answer->status = SKS_OK;
}
