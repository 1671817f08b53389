/*
 * The language as a table: section, key, type. One row a key; the parser, the suggestions and
 * the check of the man page read the same rows.
 */
#ifndef SEKISHO_POLICY_TABLE_H
#define SEKISHO_POLICY_TABLE_H

#include "policy/policy.h"

struct value;

struct policy_key {
	const char *name;
	int (*take)(struct value *v); /* reads one line of the value; see value.h */
	size_t offset;                /* in the section's structure */
	const char *const *words;     /* the closed set, NULL-terminated; else NULL */
	int64_t min, max;
	const char *expected; /* for people, marked with N_() */
};

struct policy_section {
	const char *kind;
	bool named; /* [kind NAME] */
	/* The structure that its keys fill, NULL when out of memory; name is owned by it. */
	void *(*add)(struct policy *p, char *name);
	/* Looks at the section when it is complete; may be NULL. */
	void (*end)(const struct policy *p, const char *file, int line,
	    struct policy_problems *problems);
	const struct policy_key *key;
	size_t key_count;
};

extern const struct policy_section policy_sections[];
extern const size_t policy_section_count;

#endif
