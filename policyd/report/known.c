#include "report/known.h"

#include "audit/json.h"
#include "error.h"
#include "i18n.h"
#include "policy/nearest.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NEEDLE_MAX = 2048, WORDS_MAX = 20000, LIKE_MAX = 3 };

/* The last one is the role's. */
static const char *const needle_keys[KNOWN_NEEDLES] = {"user.name", "user.effective.name",
    "sekisho.person", "sekisho.request.person", "sekisho.request.by", "sekisho.role"};

/* ---- policy and tables
 * ------------------------------------------------------------------------- */

/* Hands over each name that there is; false from take() ends it. */
typedef bool take_name(void *context, const char *name);

static bool
each_account(const struct strings *list, take_name *take, void *context)
{
	bool more = true;

	for (size_t i = 0; more && i < list->count; i++)
		more = list->item[i][0] == '@' || strcmp(list->item[i], "*") == 0 ||
		       take(context, list->item[i]);
	return more;
}

static bool
each_person(const struct policy *p, take_name *take, void *context)
{
	bool more = true;

	for (size_t i = 0; more && i < p->account_count; i++)
		more = take(context, p->account[i].name) &&
		       take(context, policy_person(p, p->account[i].name));
	for (size_t i = 0; more && i < p->person_count; i++)
		more = take(context, p->person[i].name);
	for (size_t i = 0; more && i < p->role_count; i++)
		more = each_account(&p->role[i].members, take, context);
	return more;
}

static bool
each_role(const struct policy *p, take_name *take, void *context)
{
	bool more = true;

	for (size_t i = 0; more && i < p->role_count; i++)
		more = take(context, p->role[i].name);
	return more;
}

static int
each_name(const struct policy *p, struct store *s, bool role, take_name *take, void *context)
{
	if (!(role ? each_role : each_person)(p, take, context) || s == NULL)
		return SKS_OK;
	return store_names(s, role ? NAMES_ROLES : NAMES_PEOPLE, take, context);
}

struct wanted {
	const char *name;
	bool found;
};

static bool
is_not_it(void *context, const char *name)
{
	struct wanted *w = context;

	w->found = strcmp(name, w->name) == 0;
	return !w->found;
}

static int
find(const struct policy *p, struct store *s, bool role, const char *name, bool *found)
{
	struct wanted w = {.name = name, .found = name[0] == '\0'};
	int e = w.found ? SKS_OK : each_name(p, s, role, is_not_it, &w);

	*found = w.found;
	return e;
}

int
known_begin(struct known *k, const struct policy *p, struct store *s, const char *person,
    const char *role)
{
	int e = SKS_OK;

	memset(k, 0, sizeof(*k));
	(void)snprintf(k->person, sizeof(k->person), "%s", person);
	(void)snprintf(k->role, sizeof(k->role), "%s", role);
	for (size_t i = 0; i < KNOWN_NEEDLES; i++) {
		buf_init(&k->needle[i], NEEDLE_MAX);
		buf_printf(&k->needle[i], "\"%s\":", needle_keys[i]);
		json_put_string(&k->needle[i], i < KNOWN_PERSON_NEEDLES ? k->person : k->role);
		if (e == SKS_OK)
			e = buf_error(&k->needle[i]);
	}
	if (e == SKS_OK)
		e = find(p, s, false, k->person, &k->has_person);
	if (e == SKS_OK)
		e = find(p, s, true, k->role, &k->has_role);
	return e;
}

void
known_clear(struct known *k)
{
	store_log_close(k->cursor);
	k->cursor = NULL;
	for (size_t i = 0; i < KNOWN_NEEDLES; i++)
		buf_clear(&k->needle[i]);
}

enum known_kind
known_missing(const struct known *k)
{
	if (!k->has_person)
		return KNOWN_NO_PERSON;
	return k->has_role ? KNOWN_ALL : KNOWN_NO_ROLE;
}

/* ---- records
 * ------------------------------------------------------------------------------------ */

void
known_look(struct known *k, const void *body, size_t len)
{
	for (size_t i = 0; body != NULL && i < KNOWN_NEEDLES; i++) {
		bool *has = i < KNOWN_PERSON_NEEDLES ? &k->has_person : &k->has_role;

		if (!*has)
			*has = memmem(body, len, k->needle[i].data, k->needle[i].len) != NULL;
	}
}

int
known_step(struct known *k, struct store *s, int64_t until_ms, unsigned records)
{
	const struct log_filter filter = {.until_wall_ms = until_ms, .newest_first = true};
	struct log_row row;
	int e = 1;

	if (known_missing(k) == KNOWN_ALL)
		return 0;
	if (k->cursor == NULL && (e = store_log_open(s, &filter, 0, &k->cursor)) != SKS_OK)
		return e;
	e = 1;
	for (unsigned i = 0; i < records && known_missing(k) != KNOWN_ALL; i++) {
		if ((e = store_log_step(k->cursor, &row)) != 1)
			return e;
		known_look(k, row.body, row.body_len);
	}
	return known_missing(k) != KNOWN_ALL;
}

/* ---- what was meant
 * ------------------------------------------------------------------------------- */

struct words {
	char **word;
	size_t count;
};

static bool
keep(void *context, const char *name)
{
	struct words *w = context;

	for (size_t i = w->count; i > 0 && i + 64 > w->count; i--)
		if (strcmp(w->word[i - 1], name) == 0)
			return true;
	return (w->word[w->count] = strdup(name)) != NULL && ++w->count < WORDS_MAX;
}

/* The words that are the same as this one, too: policy and tables may both have it. */
static void
drop(struct words *w, const char *word)
{
	for (size_t i = 0; i < w->count;) {
		if (w->word[i] != word && strcmp(w->word[i], word) == 0) {
			free(w->word[i]);
			w->word[i] = w->word[--w->count];
		} else {
			i++;
		}
	}
	for (size_t i = 0; i < w->count; i++) {
		if (w->word[i] == word) {
			free(w->word[i]);
			w->word[i] = w->word[--w->count];
			return;
		}
	}
}

int
known_like(
    const struct known *k, const struct policy *p, struct store *s, char like[KNOWN_LIKE_SIZE])
{
	bool role = known_missing(k) == KNOWN_NO_ROLE;
	struct words w = {.word = calloc(WORDS_MAX, sizeof(*w.word))};
	const char *near;
	size_t used = 0;
	int e = w.word != NULL ? each_name(p, s, role, keep, &w) : SKS_NOMEM;

	like[0] = '\0';
	for (size_t i = 0; e == SKS_OK && i < LIKE_MAX && used < KNOWN_LIKE_SIZE; i++) {
		near = nearest_word(
		    role ? k->role : k->person, (const char *const *)w.word, w.count);
		if (near == NULL)
			break;
		used += (size_t)snprintf(
		    like + used, KNOWN_LIKE_SIZE - used, "%s%s", i > 0 ? ", " : "", near);
		drop(&w, near);
	}
	for (size_t i = 0; i < w.count; i++)
		free(w.word[i]);
	free(w.word);
	return e;
}

void
known_tell(enum known_kind missing, const char *name, const char *like, char *out, size_t size)
{
	int used;

	used = snprintf(out, size,
	    missing == KNOWN_NO_ROLE ? _("There is no role \"%s\": neither the policy nor any "
					 "record has it. Nothing was "
					 "made.")
				     : _("There is no person or account \"%s\": neither the "
					 "policy nor any record has it. "
					 "Nothing was made."),
	    name);
	if (like[0] != '\0' && used > 0 && (size_t)used < size) {
		out[used++] = ' ';
		(void)snprintf(
		    out + used, size - (size_t)used, _("Known names like it: %s."), like);
	}
}
