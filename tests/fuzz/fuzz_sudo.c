/*
 * A request of sudo's plugin, byte for byte from the input, as far as a role: decoded, compared
 * with the commands of a role, its arguments masked.
 */
#include "../../lib/buf.c"
#include "../../lib/error.c"
#include "../../lib/fields.c"
#include "../../lib/protocol.c"
#include "../../lib/secret.c"
#include "../../policyd/decide/elevation.c"
#include "../../policyd/decide/outcome.c"
#include "../../policyd/sudo_mask.c"
#include <stdlib.h>

#include "fuzz.h"

/* What the core asks of the policy; none of it is looked at here. */
const struct role *
policy_role(const struct policy *p, const char *name)
{
	return strcmp(name, p->role[0].name) == 0 ? &p->role[0] : NULL;
}

const struct account *
policy_account(const struct policy *p, const char *name)
{
	(void)p;
	(void)name;
	return NULL;
}

enum account_class
policy_account_class(const struct policy *p, const char *name, uint32_t uid)
{
	(void)p;
	(void)name;
	(void)uid;
	return CLASS_PERSON;
}

const char *
policy_person(const struct policy *p, const char *name)
{
	(void)p;
	return name;
}

bool
policy_hours_match(const struct hours_list *list, uint32_t weekday, uint32_t minute)
{
	(void)list;
	return weekday < minute;
}

bool
sources_match(const struct sources *s, const char *source)
{
	(void)s;
	return source[0] == '\0';
}

int64_t
need_date(const struct facts *f)
{
	return f->date_ms;
}

bool
policy_observes(const struct policy *p, const char *service, const char *groups, int64_t at)
{
	(void)p;
	(void)service;
	(void)groups;
	(void)at;
	return false;
}

void
exception_used_kind(const struct policy *p, const struct request *r, const struct facts *f,
    const char *kind, struct decision *d)
{
	(void)p;
	(void)r;
	(void)f;
	(void)kind;
	(void)d;
}

static void
fuzz_mask(const struct role *role, struct sudo_request *q)
{
	const char *item[MASK_ARGUMENTS_MAX];
	size_t len = strlen(q->arguments), sum = 0, n;
	bool more;

	n = mask_arguments(&role->mask, q->arguments, item, &more);
	for (size_t i = 0; i < n; i++) {
		if (strchr(item[i], '\n') != NULL)
			abort();
		sum += strlen(item[i]);
		/* what follows an option of the role is never there as it was */
		if (i > 0 && strcmp(item[i - 1], "-p") == 0 && strcmp(item[i], "***") != 0 &&
		    (i < 2 || strcmp(item[i - 2], "-p") != 0))
			abort();
	}
	if (n > MASK_ARGUMENTS_MAX || sum > len + 3 * n)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char web[] = "web", root[] = "root", one[] = "/usr/bin/a  b c",
		    two[] = "/usr/bin/d", three[] = "sudoedit /etc/x", option[] = "-p";
	static char *commands[] = {one, two, three}, *options[] = {option};
	static struct role role = {.name = web, .run_as = root, .max_duration_ms = 60000,
	    .commands = {.item = commands, .count = 3}, .mask = {.item = options, .count = 1}};
	static struct policy policy = {.role = &role, .role_count = 1};
	static struct sudo_request q;
	struct elevation_request r = {.uid = 7};
	struct elevation_facts f = {0};
	struct decision d;
	struct buf in;

	buf_init_read(&in, data, size);
	if (fields_decode(&sudo_request_fields, &in, &q) != SKS_OK)
		return 0;
	memcpy(r.command, q.command, sizeof(r.command));
	memcpy(r.arguments, q.arguments, sizeof(r.arguments));
	memcpy(r.run_as, q.run_as, sizeof(r.run_as));
	r.cut = q.cut;
	r.edit = q.edit;
	r.timeout_s = q.timeout_s;
	if (elevation_covers(&role, &r)) {
		if (strcmp(r.run_as, "root") != 0 ||
		    (strcmp(r.command, "/usr/bin/d") != 0 && r.cut))
			abort();
	}
	decide_elevation(&policy, &r, &f, &d);
	if ((d.verdict == VERDICT_ALLOW) != (r.timeout_s != elevation_timeout_s(&role)))
		abort();
	fuzz_mask(&role, &q);
	return 0;
}
