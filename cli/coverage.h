/*
 * Which ways to log in or to another person's rights are recorded on this host, and which are
 * not: the services of PAM, and programs and groups that go past PAM.
 */
#ifndef SEKISHO_CLI_COVERAGE_H
#define SEKISHO_CLI_COVERAGE_H

#include "stack/read.h"
#include <jansson.h>
#include <stdbool.h>

struct coverage {
	json_t *recorded, *unrecorded; /* sorted arrays of names; owned */
};

/* False when not all services could be read; clear it all the same. */
bool coverage_read(struct coverage *out, const struct stack_source *source);
/* Does the service have lines of its own, and Sekisho one of them in account or auth? */
bool coverage_is_recorded(const struct stack_source *source, const char *service);
void coverage_clear(struct coverage *c);

/* Programs that let somebody in, or give rights, without PAM: a server that runs or a program
 * that anybody can use to become somebody else. */
struct other_way {
	const char *name, *program;
	bool server; /* lets in from elsewhere: counts where it is running */
};
extern const struct other_way coverage_other_ways[];
extern const size_t coverage_other_count;
/* Does such a server run, or such a program lie there with its rights? */
bool coverage_is_open(const struct other_way *way);

#endif
