/*
 * Hostile bytes as a policy: as a bundle, as one file of it, and as two. Whatever parses is
 * then asked everything, and printed. The second byte makes an allocation fail, so that the
 * ways out without memory are walked, and the leak checker sees what they forget.
 */
// SOURCES: policyd/container/recipient.c policyd/container/crypt.c
// SOURCES: policyd/policy/attribute.c policyd/policy/capability.c policyd/policy/exceptions.c
// SOURCES: policyd/policy/floor.c policyd/policy/machine.c policyd/policy/sentences_exceptions.c
// SOURCES: policyd/policy/sentences_sessions.c lib/size.c lib/hostvalue.c policyd/policy/host.c
#include <search.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static size_t allocations_left; /* the one after these fails; SIZE_MAX: none does */

static int
fuzz_may_allocate(void)
{
	if (allocations_left == SIZE_MAX)
		return 1;
	if (allocations_left == 0)
		return 0;
	allocations_left--;
	return 1;
}

static void *
fuzz_calloc(size_t n, size_t size)
{
	return fuzz_may_allocate() ? calloc(n, size) : NULL;
}

static void *
fuzz_realloc(void *p, size_t size)
{
	return fuzz_may_allocate() ? realloc(p, size) : NULL;
}

static void *
fuzz_reallocarray(void *p, size_t n, size_t size)
{
	return fuzz_may_allocate() ? reallocarray(p, n, size) : NULL;
}

static char *
fuzz_strdup(const char *s)
{
	return fuzz_may_allocate() ? strdup(s) : NULL;
}

static void *
fuzz_tsearch(const void *key, void **root, int (*compare)(const void *, const void *))
{
	return fuzz_may_allocate() ? tsearch(key, root, compare) : NULL;
}

#define calloc       fuzz_calloc
#define realloc      fuzz_realloc
#define reallocarray fuzz_reallocarray
#undef strdup
#define strdup  fuzz_strdup
#define tsearch fuzz_tsearch

#include "../../policyd/policy/alert.c"
#include "../../policyd/policy/approval.c"
#include "../../policyd/policy/ask.c"
#include "../../policyd/policy/bundle.c"
#include "../../policyd/policy/check.c"
#include "../../policyd/policy/contingency.c"
#include "../../policyd/policy/free.c"
#include "../../policyd/policy/ini_reader.c"
#include "../../policyd/policy/nearest.c"
#include "../../policyd/policy/parse.c"
#include "../../policyd/policy/password.c"
#include "../../policyd/policy/problem.c"
#include "../../policyd/policy/role.c"
#include "../../policyd/policy/role_check.c"
#include "../../policyd/policy/rule_index.c"
#include "../../policyd/policy/sentence_words.c"
#include "../../policyd/policy/sentences.c"
#include "../../policyd/policy/sentences_password.c"
#include "../../policyd/policy/sentences_records.c"
#include "../../policyd/policy/sentences_rules.c"
#include "../../policyd/policy/services.c"
#include "../../policyd/policy/source.c"
#include "../../policyd/policy/table.c"
#include "../../policyd/policy/target.c"
#include "../../policyd/policy/value.c"
#include "../../policyd/policy/value_alert.c"
#include "../../policyd/policy/value_hours.c"
#include "../../policyd/policy/value_list.c"
#include "../../policyd/policy/value_role.c"

#undef calloc
#undef realloc
#undef reallocarray
#undef strdup
#undef tsearch

#include "../../policyd/alert/where.c"
#include "../../policyd/backup/where.c"
#include "../../policyd/audit/event.c"
#include "../../lib/buf.c"
#include "../../lib/clock.c"
#include "../../lib/error.c"
#include "../../lib/hex.c"
#include "../../lib/safeopen.c"
#include "../../lib/secret.c"
#include "../../lib/text.c"

enum { MODES = 3, FAIL_BYTE = 200, TEXT_MAX = 1 << 22 };

#include "fuzz.h"

static void
expect_printable(const char *text)
{
	char clean[1024];

	expect(strlen(text) < sizeof(clean));
	text_clean(clean, sizeof(clean), text);
	expect(strcmp(clean, text) == 0);
}

static void
expect_problems(const struct policy_problems *problems)
{
	expect(problems->count <= POLICY_PROBLEMS_MAX && problems->count <= problems->total);
	for (size_t i = 0; i < problems->count; i++) {
		expect(problems->item[i].text[0] != '\0' && problems->item[i].file[0] != '\0');
		expect_printable(problems->item[i].text);
		expect_printable(problems->item[i].file);
	}
}

/* What decide() and everybody else relies on. */
static void
expect_sane(const struct policy *p)
{
	expect(strlen(p->digest) == POLICY_DIGEST_SIZE - 1 && p->language != NULL);
	expect(p->issuer != NULL && p->purpose_version != NULL);
	expect(p->purpose_text != NULL && p->purpose_text_ja != NULL);
	expect(p->deny <= 1000 && p->source_deny >= 1 && p->source_deny <= 100000);
	expect(p->fail_interval_ms >= 1000 && p->fail_interval_ms <= DURATION_MAX_MS);
	expect(p->unlock_time_ms >= 1000 && p->unlock_time_ms <= DURATION_MAX_MS);
	expect(p->fail_delay_ms >= 0 && p->fail_delay_ms <= 60000);
	expect(p->wait_ms >= 0 && p->wait_ms <= 60000);
	expect(p->window_steps <= 10 && p->drift_max_steps <= 60);
	for (size_t i = 0; i < p->account_count; i++) {
		const struct account *a = &p->account[i];

		expect(value_name_is_sane(a->name) && value_name_is_sane(a->person));
		expect(a->class < CLASS_COUNT && policy_account(p, a->name) == a);
		expect(i == 0 || strcmp(p->account[i - 1].name, a->name) < 0);
	}
	for (size_t i = 0; i < p->service_count; i++) {
		expect(policy_service(p, p->service[i].name) == &p->service[i]);
		expect(p->service[i].class < SERVICE_CLASS_COUNT);
	}
}

/* Is it among those that the index finds? */
static bool
is_found(const struct policy *p, size_t rule, const struct rule_case *c)
{
	struct rule_set set;
	size_t at = rule;

	policy_rules_match(p, c, &set);
	return policy_rules_next(p, &set, &at) == &p->rule[rule];
}

static void
expect_rules(const struct policy *p, const char *tail)
{
	for (size_t i = 0; i < p->rule_count; i++) {
		const struct rule *r = &p->rule[i];
		struct rule_case c = {
		    .account = i % 5 == 0 && r->account.count > 0 ? r->account.item[0] : tail,
		    .groups = i % 2 == 0 ? tail : NULL,
		    .class = policy_account_class(p, tail, 1000),
		    .service = tail,
		    .service_class = policy_service_class(p, tail),
		    .source = tail,
		    .weekday = (uint32_t)i % 7,
		    .minute_of_day = (uint32_t)i * 97 % 1440,
		    .host = i % 3 == 0 ? tail : "age=3",
		};

		expect(r->refuse != (r->require_mfa || r->device != MACHINE_ANY ||
				       r->require_attribute.count > 0));
		expect(r->line > 0 && r->file[0] != '\0');
		expect(r->mfa_within_ms >= 0 && r->mfa_within_ms <= DURATION_MAX_MS);
		expect(value_name_is_sane(r->name));
		expect(r->class_mask < 1 << CLASS_COUNT);
		expect(r->service_class_mask < 1 << SERVICE_CLASS_COUNT);
		for (size_t k = 0; k < r->time.count; k++) {
			expect(r->time.item[k].weekdays != 0 && r->time.item[k].weekdays < 1 << 7);
			expect(r->time.item[k].from_minute < 1440 && r->time.item[k].to_minute <= 1440);
			expect(r->time.item[k].from_minute != r->time.item[k].to_minute);
		}
		expect(rule_matches(r, &c) == is_found(p, i, &c));
	}
	(void)policy_needs_groups(p);
}

static void
expect_contingencies(const struct policy *p, const char *tail)
{
	for (size_t i = 0; i < p->contingency_count; i++) {
		const struct contingency *c = &p->contingency[i];

		expect(policy_contingency(p, c->name) != NULL && c->line > 0);
		expect(c->for_ms >= 60000 && c->for_ms <= 7 * 24 * INT64_C(3600000));
		expect(strlen(c->digest) == POLICY_DIGEST_SIZE - 1);
		expect(c->lower.count + c->roles.count > 0 && c->activate_count > 0);
		/* never by one person, whatever it says */
		expect(!approvals_are_enough(c->activate, c->activate_count,
		    &(struct role_approval){tail, tail, tail}, 1));
		for (size_t k = 0; k < c->roles.count; k++)
			expect(policy_role(p, c->roles.item[k]) != NULL);
	}
}

static void
expect_sentences(const struct policy *p)
{
	struct buf out;

	buf_init(&out, TEXT_MAX);
	policy_print_sentences(p, &out);
	expect(buf_error(&out) != SKS_OK || text_is_utf8((const char *)out.data, out.len));
	buf_clear(&out);
}

/* Wraps the input as the mode says. */
static void
make_bundle(struct buf *bundle, uint8_t mode, const uint8_t *data, size_t size)
{
	const uint8_t *cut = mode == 2 && size > 0 ? memchr(data, '~', size) : NULL;
	size_t first = cut == NULL ? size : (size_t)(cut - data);

	if (mode == 0) {
		buf_put_bytes(bundle, data, size);
		return;
	}
	buf_printf(bundle, "sekisho policy bundle 1\nfile policy.conf %zu\n", first);
	buf_put_bytes(bundle, data, first);
	buf_put_bytes(bundle, "\n", 1);
	if (cut == NULL)
		return;
	buf_printf(bundle, "file policy.d/a.conf %zu\n", size - first - 1);
	buf_put_bytes(bundle, cut + 1, size - first - 1);
	buf_put_bytes(bundle, "\n", 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct policy_problems problems;
	struct policy *p = NULL;
	char tail[32] = "";
	struct buf bundle;
	uint8_t *exact;
	int r;

	if (size < 2)
		return 0;
	for (size_t i = 0; i + 1 < sizeof(tail) && i < size - 2; i++)
		tail[i] = (char)data[size - 1 - i];
	memset(&problems, 0, sizeof(problems));
	buf_init(&bundle, POLICY_BUNDLE_MAX + 4096);
	make_bundle(&bundle, data[0] % MODES, data + 2, size - 2);
	exact =
	    malloc(bundle.len + 1); /* ends where the bundle ends: nothing is read behind it */
	expect(exact != NULL);
	if (bundle.len > 0)
		memcpy(exact + 1, bundle.data, bundle.len);
	allocations_left = data[1] >= FAIL_BYTE ? (data[1] - FAIL_BYTE) * 2u : SIZE_MAX;
	r = policy_parse(exact + 1, bundle.len, &p, &problems);
	expect(r != SKS_NOMEM || allocations_left == 0);
	expect_problems(&problems);
	expect((r == SKS_OK) == (p != NULL));
	expect(r == SKS_OK || r == SKS_INVALID || r == SKS_NOMEM || r == SKS_TOO_BIG);
	expect((r == SKS_INVALID) == (problems.total > 0) || r == SKS_NOMEM);
	if (p != NULL) {
		expect_sane(p);
		expect_rules(p, tail);
		expect_contingencies(p, tail);
		expect_sentences(p);
	}
	policy_free(p);
	free(exact);
	buf_clear(&bundle);
	return 0;
}
