/* Machines that people come from, as [device NAME] registers them. */
#include "error.h"
#include "i18n.h"
#include "policy/policy.h"
#include "policy/problem.h"
#include <stdlib.h>
#include <string.h>

static bool
has_key(const struct machine *m, const char *key)
{
	for (size_t i = 0; i < m->key.count; i++)
		if (strcmp(m->key.item[i], key) == 0)
			return true;
	return false;
}

static bool
has_address(const struct machine *m)
{
	return m->address.local || m->address.remote || m->address.count > 0;
}

/* Where both are registered both have to fit: a key that was copied comes from elsewhere. */
static bool
is_it(const struct machine *m, const char *key, const char *source)
{
	if (m->key.count > 0 && (key[0] == '\0' || !has_key(m, key)))
		return false;
	return !has_address(m) || sources_match(&m->address, source);
}

const struct machine *
policy_machine(const struct policy *p, const char *key, const char *source)
{
	const struct machine *by_address = NULL;

	for (size_t i = 0; i < p->machine_count; i++) {
		const struct machine *m = &p->machine[i];

		if (!is_it(m, key, source))
			continue;
		if (m->key.count > 0)
			return m;
		if (by_address == NULL)
			by_address = m;
	}
	return by_address;
}

bool
policy_machine_fulfils(const struct machine *m, uint32_t required)
{
	switch (required) {
	case MACHINE_ANY:
		return true;
	case MACHINE_REGISTERED:
		return m != NULL;
	default:
		return m != NULL && m->kind == MACHINE_IS_ISSUED;
	}
}

void
machine_check(
    const struct policy *p, const char *file, int line, struct policy_problems *problems)
{
	const struct machine *m = &p->machine[p->machine_count - 1];

	if (m->key.count == 0 && !has_address(m))
		problem_add(problems, file, line,
		    _("[device %s] key, address: expected at least one of them, or nothing is "
		      "recognised"),
		    m->name);
	for (size_t i = 0; i < m->key.count; i++)
		for (size_t k = 0; k + 1 < p->machine_count; k++)
			if (has_key(&p->machine[k], m->key.item[i]))
				problem_add(problems, file, line,
				    _("[device %s] key: %s is the key of device %s already"),
				    m->name, m->key.item[i], p->machine[k].name);
}

void
machine_free(struct policy *p)
{
	for (size_t i = 0; i < p->machine_count; i++) {
		struct machine *m = &p->machine[i];

		strings_free(&m->key);
		free(m->address.net);
		free(m->name);
		free(m->owner);
	}
	free(p->machine);
}
