/*
 * Which rules of a policy match a case: there may be a thousand, and most are about somebody
 * else.
 *
 * For each kind of condition the index knows the rules that do not ask, and by their words (an
 * account, a group, a network, …) those that do. What a case fits of each kind, and only that,
 * can match; rule_matches() is then asked of these few alone. So the index may keep a rule for
 * nothing, which costs time, and never leaves out one that matches. Hours and what the host
 * says of itself are not in it.
 */
#include "policy/rule_index.h"

#include "error.h"
#include "policy/source.h"
#include <stdlib.h>
#include <string.h>

enum { SET_BITS = 64, PREFIXES = 129 };

/* Sets of rules, a bit each. */
enum rule_sets {
	SET_ANY_ACCOUNT,
	SET_ANY_GROUP,
	SET_ANY_ROLE,
	SET_ANY_SERVICE,
	SET_LOCAL,  /* whoever comes from this host itself */
	SET_REMOTE, /* whoever does not, whatever their address */
	SET_CLASS,
	SET_SERVICE_CLASS = SET_CLASS + CLASS_COUNT,
	SETS = SET_SERVICE_CLASS + SERVICE_CLASS_COUNT,
};

enum word_kind {
	WORD_ACCOUNT,
	WORD_MEMBER,
	WORD_GROUP,
	WORD_ROLE,
	WORD_SERVICE,
	WORD_NETWORK,
	WORDS
};

struct word {           /* a rule names it */
	const void *at; /* the policy's; of equal ones the same */
	uint32_t len;
	uint32_t rule;
};

struct words { /* of a kind, in order */
	struct word *item;
	size_t count;
};

struct rule_index {
	uint64_t *set[SETS];
	struct words words[WORDS];
	uint8_t prefix[PREFIXES]; /* the lengths of networks that there are */
	size_t prefixes;
};

_Static_assert(sizeof(struct network) == 17, "a network is a word as it is");

static size_t
set_len(const struct policy *p)
{
	return (p->rule_count + SET_BITS - 1) / SET_BITS;
}

/* ---- building ---------------------------------------------------------------------------- */

static void
set_put(uint64_t *set, size_t rule)
{
	set[rule / SET_BITS] |= UINT64_C(1) << rule % SET_BITS;
}

/* There is room: words_room() counted. */
static void
words_put(struct words *words, const void *at, size_t len, size_t rule)
{
	words->item[words->count++] =
	    (struct word){.at = at, .len = (uint32_t)len, .rule = (uint32_t)rule};
}

static bool
has_any(const struct strings *list)
{
	for (size_t i = 0; i < list->count; i++) {
		if (strcmp(list->item[i], "*") == 0)
			return true;
	}
	return list->count == 0;
}

static void
put_list(struct rule_index *x, enum word_kind kind, const struct strings *list, size_t rule)
{
	for (size_t i = 0; i < list->count; i++)
		words_put(&x->words[kind], list->item[i], strlen(list->item[i]), rule);
}

static void
put_people(struct rule_index *x, const struct rule *r, size_t rule)
{
	if (has_any(&r->account))
		set_put(x->set[SET_ANY_ACCOUNT], rule);
	put_list(x, WORD_ACCOUNT, &r->account, rule);
	for (size_t i = 0; i < r->account.count; i++) {
		const char *item = r->account.item[i];

		if (item[0] == '@')
			words_put(&x->words[WORD_MEMBER], item + 1, strlen(item + 1), rule);
	}
	if (has_any(&r->group))
		set_put(x->set[SET_ANY_GROUP], rule);
	put_list(x, WORD_GROUP, &r->group, rule);
	/* "*" are those who have one at all */
	if (r->role.count == 0)
		set_put(x->set[SET_ANY_ROLE], rule);
	put_list(x, WORD_ROLE, &r->role, rule);
}

static void
put_source(struct rule_index *x, const struct rule *r, size_t rule)
{
	if (sources_match(&r->from, ""))
		set_put(x->set[SET_LOCAL], rule);
	if (sources_match(&r->from, "name:"))
		set_put(x->set[SET_REMOTE], rule);
	for (size_t i = 0; i < r->from.count; i++) {
		words_put(
		    &x->words[WORD_NETWORK], &r->from.net[i], sizeof(r->from.net[i]), rule);
		if (memchr(x->prefix, r->from.net[i].prefix, x->prefixes) == NULL)
			x->prefix[x->prefixes++] = r->from.net[i].prefix;
	}
}

static void
put_rule(struct rule_index *x, const struct rule *r, size_t rule)
{
	put_people(x, r, rule);
	if (has_any(&r->service))
		set_put(x->set[SET_ANY_SERVICE], rule);
	put_list(x, WORD_SERVICE, &r->service, rule);
	put_source(x, r, rule);
	for (size_t i = 0; i < CLASS_COUNT; i++) {
		if (r->class_mask == 0 || (r->class_mask >> i & 1) != 0)
			set_put(x->set[SET_CLASS + i], rule);
	}
	for (size_t i = 0; i < SERVICE_CLASS_COUNT; i++) {
		if (r->service_class_mask == 0 || (r->service_class_mask >> i & 1) != 0)
			set_put(x->set[SET_SERVICE_CLASS + i], rule);
	}
}

static int
compare_words(const void *a, const void *b)
{
	const struct word *x = a, *y = b;
	int order = memcmp(x->at, y->at, x->len < y->len ? x->len : y->len);

	return order != 0 ? order : (x->len > y->len) - (x->len < y->len);
}

static void
words_sort(struct words *words)
{
	if (words->count > 1)
		qsort(words->item, words->count, sizeof(words->item[0]), compare_words);
	for (size_t i = 1; i < words->count; i++) {
		if (compare_words(&words->item[i - 1], &words->item[i]) == 0)
			words->item[i].at = words->item[i - 1].at;
	}
}

static int
words_room(const struct policy *p, struct rule_index *x)
{
	size_t room[WORDS] = {0};

	for (size_t i = 0; i < p->rule_count; i++) {
		const struct rule *r = &p->rule[i];

		room[WORD_ACCOUNT] += r->account.count;
		room[WORD_MEMBER] += r->account.count;
		room[WORD_GROUP] += r->group.count;
		room[WORD_ROLE] += r->role.count;
		room[WORD_SERVICE] += r->service.count;
		room[WORD_NETWORK] += r->from.count;
	}
	for (size_t i = 0; i < WORDS; i++) {
		x->words[i].item = calloc(room[i] + 1, sizeof(struct word));
		if (x->words[i].item == NULL)
			return SKS_NOMEM;
	}
	return SKS_OK;
}

int
rule_index_make(struct policy *p)
{
	struct rule_index *x = calloc(1, sizeof(*x));

	if (x == NULL)
		return SKS_NOMEM;
	p->rule_index = x; /* policy_free() has it, whole or not */
	if (p->rule_count > POLICY_RULES_MAX)
		return SKS_TOO_BIG;
	for (size_t i = 0; i < SETS; i++) {
		x->set[i] = calloc(set_len(p) + 1, sizeof(uint64_t));
		if (x->set[i] == NULL)
			return SKS_NOMEM;
	}
	if (words_room(p, x) != SKS_OK)
		return SKS_NOMEM;
	for (size_t i = 0; i < p->rule_count; i++)
		put_rule(x, &p->rule[i], i);
	for (size_t i = 0; i < WORDS; i++)
		words_sort(&x->words[i]);
	return SKS_OK;
}

void
rule_index_free(struct rule_index *x)
{
	if (x == NULL)
		return;
	for (size_t i = 0; i < SETS; i++)
		free(x->set[i]);
	for (size_t i = 0; i < WORDS; i++)
		free(x->words[i].item);
	free(x);
}

/* ---- asking ------------------------------------------------------------------------------ */

/* Adds those that name it. */
static void
add_word(const struct words *words, const void *at, size_t len, struct rule_set *set)
{
	const struct word wanted = {.at = at, .len = (uint32_t)len};
	size_t low = 0, high = words->count;
	const void *found;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_words(&words->item[middle], &wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == words->count || compare_words(&words->item[low], &wanted) != 0)
		return;
	for (found = words->item[low].at; low < words->count && words->item[low].at == found;
	     low++)
		set_put(set->bit, words->item[low].rule);
}

/* The words of a list with commas; NULL: which ones it has nobody knows, so that all count. */
static void
add_list(const struct words *words, const char *list, struct rule_set *set)
{
	for (size_t i = 0; list == NULL && i < words->count; i++)
		set_put(set->bit, words->item[i].rule);
	while (list != NULL) {
		size_t len = strcspn(list, ",");

		add_word(words, list, len, set);
		list = list[len] == ',' ? list + len + 1 : NULL;
	}
}

static void
add_networks(const struct rule_index *x, const char *source, struct rule_set *set)
{
	struct network at, around;

	if (x->prefixes == 0 || !source_network(source, &at))
		return;
	for (size_t i = 0; i < x->prefixes; i++) {
		if (x->prefix[i] > at.prefix)
			continue;
		network_around(&at, x->prefix[i], &around);
		add_word(&x->words[WORD_NETWORK], &around, sizeof(around), set);
	}
}

/* What a case fits of one kind of condition: those that do not ask, and what is added to them.
 */
static void
begin(const struct policy *p, enum rule_sets which, struct rule_set *set)
{
	memcpy(set->bit, p->rule_index->set[which], set_len(p) * sizeof(set->bit[0]));
}

static void
narrow(const struct policy *p, const uint64_t *by, struct rule_set *set)
{
	for (size_t i = 0; i < set_len(p); i++)
		set->bit[i] &= by[i];
}

static void
narrow_to_people(const struct policy *p, const struct rule_case *c, struct rule_set *set)
{
	const struct rule_index *x = p->rule_index;
	struct rule_set fits;

	begin(p, SET_ANY_ACCOUNT, &fits);
	add_word(&x->words[WORD_ACCOUNT], c->account, strlen(c->account), &fits);
	add_list(&x->words[WORD_MEMBER], c->groups, &fits);
	narrow(p, fits.bit, set);

	begin(p, SET_ANY_GROUP, &fits);
	add_list(&x->words[WORD_GROUP], c->groups, &fits);
	narrow(p, fits.bit, set);

	begin(p, SET_ANY_ROLE, &fits);
	if (c->roles != NULL && c->roles[0] != '\0') {
		add_word(&x->words[WORD_ROLE], "*", 1, &fits);
		add_list(&x->words[WORD_ROLE], c->roles, &fits);
	}
	narrow(p, fits.bit, set);
}

static void
narrow_to_place(const struct policy *p, const struct rule_case *c, struct rule_set *set)
{
	const struct rule_index *x = p->rule_index;
	struct rule_set fits;

	begin(p, SET_ANY_SERVICE, &fits);
	add_word(&x->words[WORD_SERVICE], c->service, strlen(c->service), &fits);
	narrow(p, fits.bit, set);

	begin(p, c->source[0] == '\0' ? SET_LOCAL : SET_REMOTE, &fits);
	if (c->source[0] != '\0')
		add_networks(x, c->source, &fits);
	narrow(p, fits.bit, set);
}

void
policy_rules_match(const struct policy *p, const struct rule_case *c, struct rule_set *out)
{
	const struct rule *rule;

	if (p->rule_index == NULL) { /* of a policy that was not parsed */
		memset(out->bit, 0, set_len(p) * sizeof(out->bit[0]));
		for (size_t i = 0; i < p->rule_count; i++)
			set_put(out->bit, i);
	} else {
		begin(p, SET_CLASS + c->class, out);
		narrow(p, p->rule_index->set[SET_SERVICE_CLASS + c->service_class], out);
		narrow_to_people(p, c, out);
		narrow_to_place(p, c, out);
	}
	for (size_t at = 0; (rule = policy_rules_next(p, out, &at)) != NULL;) {
		if (!rule_matches(rule, c))
			out->bit[(at - 1) / SET_BITS] &= ~(UINT64_C(1) << (at - 1) % SET_BITS);
	}
}

const struct rule *
policy_rules_next(const struct policy *p, const struct rule_set *set, size_t *at)
{
	size_t i = *at / SET_BITS;
	uint64_t left;

	if (*at >= p->rule_count)
		return NULL;
	left = set->bit[i] & UINT64_MAX << *at % SET_BITS;
	while (left == 0 && ++i < set_len(p))
		left = set->bit[i];
	if (left == 0)
		return NULL;
	*at = i * SET_BITS + (size_t)__builtin_ctzll(left) + 1;
	return &p->rule[*at - 1];
}
