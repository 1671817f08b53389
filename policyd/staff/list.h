/*
 * A staff list: CSV (RFC 4180) in UTF-8, with or without a byte order mark. Its first line
 * names the columns. Needs nothing but lib/ and policy/nearest, so that the command can say
 * what is wrong before the daemon reads the very same bytes.
 */
#ifndef SEKISHO_STAFF_LIST_H
#define SEKISHO_STAFF_LIST_H

#include <stddef.h>
#include <stdint.h>

enum {
	STAFF_FILE_MAX = 1 << 20,
	STAFF_PERSONS_MAX = 10000,
	STAFF_FIELD_SIZE = 128,
	STAFF_PROBLEMS_MAX = 20,
};

/* person, name and unit are required, of the list as of each line; the rest may be empty. */
struct staff_person {
	char person[STAFF_FIELD_SIZE]; /* as the policy names them: person= of an account */
	char name[STAFF_FIELD_SIZE], kana[STAFF_FIELD_SIZE];
	char unit[STAFF_FIELD_SIZE], contact[STAFF_FIELD_SIZE];
	int64_t until_wall_ms; /* the end of the contract's last day, UTC; 0: none was given */
	uint32_t line;
};

struct staff_problem {
	uint32_t line, column; /* from 1; the column in characters */
	char text[256];        /* what was expected, what stands there; translated */
};

struct staff_list {
	struct staff_person *item; /* by person; freed by staff_clear() */
	size_t count;
	struct staff_problem problem[STAFF_PROBLEMS_MAX];
	size_t problems; /* of those kept */
};

/* 0; SKS_INVALID with every problem and no person at all; SKS_NOMEM. */
int staff_parse(const char *text, size_t len, struct staff_list *out);
void staff_clear(struct staff_list *list);
/* NULL where the list does not have them. */
const struct staff_person *staff_find(const struct staff_list *list, const char *person);

#endif
