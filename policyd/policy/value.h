/*
 * The types of values: each reads one line of text into a field of a structure.
 *
 * They return 0 or SKS_NOMEM. A value that is wrong is a problem, and the field keeps what it
 * had. Lists and texts take further lines; of everything else these are a problem.
 */
#ifndef SEKISHO_POLICY_VALUE_H
#define SEKISHO_POLICY_VALUE_H

#include "policy/policy.h"
#include "policy/table.h"

enum { POLICY_NAME_MAX = 255, POLICY_TEXT_MAX = 2 * POLICY_LINE_MAX };

struct value {
	const struct policy_key *key;
	const char *text; /* this line */
	bool continued;
	void *object; /* the structure; the field lies at key->offset */
	const char *file;
	int line;
	struct policy_problems *problems;
};

/* The field that the value fills. */
static inline void *
value_field(const struct value *v)
{
	return (char *)v->object + v->key->offset;
}

int value_text(struct value *v);     /* char *; lines are kept as lines */
int value_line(struct value *v);     /* char *; one line */
int value_path(struct value *v);     /* char *; one line, an absolute path */
int value_host_command(struct value *v); /* char *; a program in HOST_COMMANDS */
int value_rating(struct value *v);   /* struct policy: rating, and where it stands */
int value_level(struct value *v);    /* char *; a name and a number such as integrity-2 */
int value_recipients(struct value *v); /* char *; lines, each a recipient */
int value_issuer(struct value *v);   /* char *; one line without a colon */
int value_person(struct value *v);   /* char *; a name */
int value_word(struct value *v);     /* unsigned int: index into words */
int value_language(struct value *v); /* char *: one of words */
int value_bool(struct value *v);     /* bool */
int value_until(struct value *v);    /* struct until: yes, no or until a date */
int value_grace(struct value *v);    /* struct until: until a date */
int value_count(struct value *v);    /* uint32_t, min to max */
int value_credit(struct value *v);   /* uint32_t: N of "-N", 0 of "0" */
int value_duration(struct value *v); /* int64_t ms, min to max */
int value_size(struct value *v);     /* int64_t bytes */
int value_month_day(struct value *v); /* uint32_t: 401 for 04-01, days up to the 28th */
int value_date(struct value *v);     /* int64_t ms since 1970: the end of that day, UTC */
int value_accounts(struct value *v); /* struct strings; "*" and "@group" allowed */
int value_groups(struct value *v);   /* struct strings; "*" allowed, a leading "@" dropped */
int value_services(struct value *v); /* struct strings; "*" allowed */
int value_names(struct value *v);    /* struct strings */
int value_controls(struct value *v); /* struct strings like AUTH-6 */
int value_clauses(struct value *v);
int value_paths(struct value *v);    /* struct strings: patterns of absolute paths */
int value_targets(struct value *v);  /* struct strings: syslog targets, see policy/target.h */
int value_mask(struct value *v);     /* uint8_t: a bit for each of words */
int value_sources(struct value *v);  /* struct sources */
int value_hours(struct value *v);    /* struct hours_list */
int value_require(struct value *v);  /* struct rule: require_mfa, mfa_within_ms */
int value_not(struct value *v);      /* bool: true for the second word, "no" */
int value_events(struct value *v);   /* struct strings: names of the catalogue */
int value_at_most(struct value *v);  /* struct alert_rule: at_most, at_most_ms */
int value_alert_targets(struct value *v); /* struct alert_targets */
int value_approve(struct value *v);  /* struct role: approve, approve_nobody */
int value_role_members(struct value *v); /* struct role: members, end_of */
int value_review(struct value *v);   /* struct role: review_ms or review_fiscal_year */
int value_activate(struct value *v); /* struct contingency: activate */
int value_approve_instead(struct value *v); /* struct contingency: approve */
int value_lower(struct value *v);    /* struct strings: RULE:KEY */
int value_pattern(struct value *v);  /* char *: an extended regular expression */
int value_members(struct value *v);  /* struct strings; "@group" allowed */
int value_commands(struct value *v); /* struct strings: commands as sudo knows them */
int value_options(struct value *v);     /* struct strings: options of commands */
int value_fingerprints(struct value *v); /* struct strings: "SHA256:..." */
int value_capabilities(struct value *v); /* uint64_t: a bit each */
int value_enrol(struct value *v);    /* struct policy: enrol_open, enrol_until_wall_ms */

/* The problem with this value: what was expected, what stands there, and the nearest of
 * key->words. */
void value_problem(const struct value *v, const char *found);
/* Digits only: no sign, no blanks, no other base. */
bool value_digits(const char *text, size_t len, int64_t *number);
/* "2027-03-31": the end of that day, UTC; false when it is none. */
bool value_read_date(const char *text, int64_t *end_ms);
/* "15m"; false when it is none. */
bool value_read_duration(const char *text, int64_t *ms);
/* Is this the one line that the key takes? A problem if not. */
bool value_is_single(const struct value *v);
/* A copy of text at the end of the list; 0 or SKS_NOMEM. */
int value_add_string(struct strings *list, const char *text);
/* Appends item to *array of *count items of "size" bytes; 0 or SKS_NOMEM. */
int value_append(void *array, size_t *count, const void *item, size_t size);
/* Can it be the name of an account, person, service …? */
bool value_name_is_sane(const char *name);
/* "mon", "tue" … from Sunday; NULL-terminated. */
extern const char *const weekday_words[];

/* The next item of a list, separated by commas or blanks, "quoted" where it has blanks.
 * False at the end; *bad is set at a quote that does not end. out[POLICY_LINE_MAX + 1]. */
bool value_next(const char **at, char *out, bool *bad);

#endif
