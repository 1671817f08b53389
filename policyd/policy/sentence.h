/*
 * What the files share that print a policy as sentences. A list is built in a buffer of the
 * caller's; what is returned lives there until it changes.
 */
#ifndef SEKISHO_SENTENCE_H
#define SEKISHO_SENTENCE_H

#include "policy/policy.h"

enum {
	SENTENCE_LIST_MAX = POLICY_BUNDLE_MAX * 2,
	SENTENCE_DURATION = 64,
	SENTENCE_DATE = sizeof("2026-11-22"),
	SENTENCE_SECOND_MS = 1000,
	SENTENCE_MINUTE_MS = 60 * SENTENCE_SECOND_MS,
	SENTENCE_HOUR_MS = 60 * SENTENCE_MINUTE_MS,
	SENTENCE_DAY_MS = 24 * SENTENCE_HOUR_MS,
};

/* ---- sentence_words.c: in the language in force ---- */

/* The list as a string; "…" where it is longer than we print. */
const char *sentence_text(struct buf *list);
/* Each builds the list anew. */
const char *sentence_strings(struct buf *list, const struct strings *words);
const char *sentence_mask(struct buf *list, uint8_t mask, const char *(*word)(unsigned int));
const char *sentence_sources(struct buf *list, const struct sources *from);
const char *sentence_hours(struct buf *list, const struct hours_list *hours);
/* Into the caller's array, which is returned. */
const char *sentence_duration(int64_t ms, char out[SENTENCE_DURATION]);
const char *sentence_date(int64_t end_ms, char out[SENTENCE_DATE]);
/* Constants of the catalogue. */
const char *sentence_account_class(unsigned int class);
const char *sentence_service_class(unsigned int class);
const char *sentence_retention(unsigned int class);

/* ---- sentences_*.c: a paragraph each ---- */

void sentences_password(const struct policy *p, struct buf *list, struct buf *out);
void sentences_rules(const struct policy *p, struct buf *list, struct buf *out);
/* Builds the list anew. */
const char *sentence_approvers(struct buf *list, const struct approval_set *set, size_t sets);
void sentences_roles(const struct policy *p, struct buf *list, struct buf *out);
void sentences_sessions(const struct policy *p, struct buf *list, struct buf *out);
void sentences_host_attributes(const struct policy *p, struct buf *out);
void sentences_attributes(const struct policy *p, struct buf *out);
void sentences_exceptions(const struct policy *p, struct buf *list, struct buf *out);
void sentences_changes(const struct policy *p, struct buf *list, struct buf *out);
void sentences_forward(const struct policy *p, struct buf *list, struct buf *out);
void sentences_audit(const struct policy *p, struct buf *list, struct buf *out);
void sentences_retention(const struct policy *p, struct buf *list, struct buf *out);
void sentences_export(const struct policy *p, struct buf *list, struct buf *out);
void sentences_backup(const struct policy *p, struct buf *out);
void sentences_alerts(const struct policy *p, struct buf *list, struct buf *out);

#endif
