#include "error.h"
#include "hex.h"
#include "keeper/changes.h"
#include "keeper/keeper.h"
#include "log.h"
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char basis_name[] = "survey.basis."; /* and the area's word */

/* ---- lists ------------------------------------------------------------------------------- */

int
entries_add(struct entries *list, struct survey_entry *e)
{
	if (list->count == list->room) {
		size_t room = list->room == 0 ? 64 : list->room * 2;
		struct survey_entry *grown = reallocarray(list->item, room, sizeof(*grown));

		if (grown == NULL) {
			survey_entry_clear(e);
			return SKS_NOMEM;
		}
		list->item = grown;
		list->room = room;
	}
	list->item[list->count++] = *e;
	e->path = NULL; /* now the list's */
	return SKS_OK;
}

void
entries_clear(struct entries *list)
{
	for (size_t i = 0; i < list->count; i++)
		survey_entry_clear(&list->item[i]);
	free(list->item);
	*list = (struct entries){0};
}

static int
entries_order(const void *a, const void *b)
{
	return strcmp(
	    ((const struct survey_entry *)a)->path, ((const struct survey_entry *)b)->path);
}

/* By path, each once: a link in a path that was named can lead to a file twice. */
static void
entries_sort(struct entries *list)
{
	size_t kept = 0;

	if (list->count == 0)
		return;
	qsort(list->item, list->count, sizeof(list->item[0]), entries_order);
	for (size_t i = 1; i < list->count; i++) {
		if (entries_order(&list->item[kept], &list->item[i]) == 0)
			survey_entry_clear(&list->item[i]);
		else
			list->item[++kept] = list->item[i];
	}
	list->count = kept + 1;
}

static int
take_before(void *context, const struct survey_entry *e)
{
	struct survey_entry copy = *e;

	copy.path = strdup(e->path);
	return copy.path == NULL ? SKS_NOMEM : entries_add(context, &copy);
}

/* ---- what differs ------------------------------------------------------------------------ */

static int
compare_add(struct comparison *c, size_t before, size_t after, unsigned differs, bool quiet)
{
	if ((c->count & (c->count - 1)) == 0) {
		struct difference *grown = reallocarray(
		    c->difference, c->count == 0 ? 1 : c->count * 2, sizeof(*grown));

		if (grown == NULL)
			return SKS_NOMEM;
		c->difference = grown;
	}
	c->difference[c->count++] = (struct difference){before, after, differs, quiet};
	return SKS_OK;
}

static int
compare_quiet_last(const void *a, const void *b)
{
	const struct difference *one = a, *two = b;
	size_t first = one->after != SIZE_MAX ? one->after : one->before;
	size_t second = two->after != SIZE_MAX ? two->after : two->before;

	if (one->quiet != two->quiet)
		return one->quiet ? 1 : -1;
	return first < second ? -1 : first > second;
}

static int
compare_lists(struct comparison *c, const struct policy *p, bool partly)
{
	bool quiet = c->first || c->again;
	size_t b = 0, a = 0;
	int e = SKS_OK;

	while (e == SKS_OK && (b < c->before.count || a < c->after.count)) {
		int order = b == c->before.count ? 1
			    : a == c->after.count
				? -1
				: entries_order(&c->before.item[b], &c->after.item[a]);
		unsigned differs;

		if (order < 0) {
			bool ignored = policy_ignores(p, c->before.item[b].path);

			if (!partly || ignored)
				e = compare_add(c, b, SIZE_MAX, 0, quiet || ignored);
			b++;
			continue;
		}
		if ((c->after.item[a].flags & ENTRY_CHANGING) != 0) {
			c->unsettled++;
		} else if (order > 0) {
			e = compare_add(c, SIZE_MAX, a, 0, quiet);
		} else {
			differs = survey_compare(&c->before.item[b], &c->after.item[a]);
			if (differs != 0)
				e = compare_add(c, b, a, differs, false);
		}
		b += order == 0;
		a++;
	}
	if (c->count > 0)
		qsort(c->difference, c->count, sizeof(c->difference[0]), compare_quiet_last);
	while (c->loud < c->count && !c->difference[c->loud].quiet)
		c->loud++;
	return e;
}

static void
basis_of(uint32_t area, char out[64])
{
	(void)snprintf(out, 64, "%s%s", basis_name, survey_area_words[area]);
}

int
compare_begin(struct server *s, struct comparison *c, uint32_t area, struct entries *after,
    bool partly, const char *basis)
{
	char name[64], kept[65] = "";
	int e;

	*c = (struct comparison){.area = area, .after = *after};
	*after = (struct entries){0}; /* now the comparison's */
	(void)snprintf(c->basis, sizeof(c->basis), "%s", basis);
	entries_sort(&c->after);
	basis_of(area, name);
	e = store_meta_get(s->store, name, kept, sizeof(kept));
	if (e != SKS_OK && e != SKS_NOT_FOUND)
		return e;
	c->first = e == SKS_NOT_FOUND;
	c->again = !c->first && strcmp(kept, basis) != 0;
	e = store_baseline(s->store, area, take_before, &c->before);
	return e == SKS_OK ? compare_lists(c, s->policy, partly) : e;
}

void
compare_clear(struct comparison *c)
{
	entries_clear(&c->before);
	entries_clear(&c->after);
	free(c->difference);
	*c = (struct comparison){0};
}

/* ---- records ----------------------------------------------------------------------------- */

static void
put_state(struct record *r, const struct survey_entry *e, bool before)
{
	static const uint8_t none[ENTRY_DIGEST_SIZE];
	char hex[2 * ENTRY_DIGEST_SIZE + 1], text[32], kind[2] = {(char)e->kind, '\0'};

	record_put_str(r, before ? "sekisho.change.before.type" : "file.type", kind);
	if (memcmp(e->digest, none, sizeof(none)) != 0)
		record_put_str(r, before ? "sekisho.change.before.sha256" : "file.hash.sha256",
		    hex_put(hex, e->digest, sizeof(e->digest)));
	record_put_int(
	    r, before ? "sekisho.change.before.size" : "file.size", (int64_t)e->size);
	(void)snprintf(text, sizeof(text), "%04o", e->mode);
	record_put_str(r, before ? "sekisho.change.before.mode" : "file.mode", text);
	(void)snprintf(text, sizeof(text), "%u:%u", e->uid, e->gid);
	record_put_str(r, before ? "sekisho.change.before.owner" : "file.owner", text);
	if ((e->flags & (ENTRY_UNREADABLE | ENTRY_HUGE)) != 0)
		record_put_bool(
		    r, before ? "sekisho.change.before.unread" : "sekisho.change.unread", true);
}

static size_t
put_words(unsigned differs, const char *word[8])
{
	static const struct {
		unsigned bit;
		const char *word;
	} words[] = {{DIFFERS_KIND, "type"}, {DIFFERS_READABLE, "unreadable"},
	    {DIFFERS_CONTENT, "content"}, {DIFFERS_MODE, "mode"}, {DIFFERS_OWNER, "owner"},
	    {DIFFERS_CAPABILITY, "capability"}};
	size_t count = 0;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if ((differs & words[i].bit) != 0)
			word[count++] = words[i].word;
	}
	return count;
}

static int
record_change(struct server *s, const struct comparison *c, const struct difference *d)
{
	const struct survey_entry *before = NULL, *after = NULL;
	const char *word[8] = {"removed"};
	size_t words = 1;
	struct record r;

	if (d->before != SIZE_MAX)
		before = &c->before.item[d->before];
	if (d->after != SIZE_MAX)
		after = &c->after.item[d->after];
	if (before == NULL)
		word[0] = "added";
	else if (after != NULL)
		words = put_words(d->differs, word);
	keeper_record(s, &r, ACTION_SYSTEM_CHANGE, OUTCOME_UNKNOWN, word[0]);
	record_put_str(&r, "sekisho.change.area", survey_area_words[c->area]);
	record_put_str(&r, "file.path", after != NULL ? after->path : before->path);
	record_put_list(&r, "sekisho.change.what", word, words);
	if (before != NULL)
		put_state(&r, before, true);
	if (after != NULL)
		put_state(&r, after, false);
	if (before != NULL && after != NULL && (d->differs & DIFFERS_CONTENT) != 0) {
		record_put_int(
		    &r, "sekisho.change.bytes", (int64_t)after->size - (int64_t)before->size);
		if ((before->flags & after->flags & ENTRY_TEXT) != 0)
			record_put_int(&r, "sekisho.change.lines",
			    (int64_t)after->lines - (int64_t)before->lines);
	}
	return keeper_append(s, &r);
}

/* Of paths and digests in order: whoever has the files can make it again. list NULL: of the
 * loud differences from "from" on. */
static void
digest_of(const struct comparison *c, const struct entries *list, size_t from, char hex[65])
{
	size_t count = list != NULL ? list->count : c->loud;
	EVP_MD_CTX *hash = EVP_MD_CTX_new();
	uint8_t out[EVP_MAX_MD_SIZE];
	unsigned int len = 0;
	bool good = hash != NULL && EVP_DigestInit_ex(hash, EVP_sha256(), NULL) == 1;

	for (size_t i = from; good && i < count; i++) {
		const struct difference *d = list == NULL ? &c->difference[i] : NULL;
		const struct survey_entry *e = d == NULL ? &list->item[i]
					       : d->after != SIZE_MAX
						   ? &c->after.item[d->after]
						   : &c->before.item[d->before];

		good = EVP_DigestUpdate(hash, e->path, strlen(e->path) + 1) == 1 &&
		       EVP_DigestUpdate(hash, e->digest, sizeof(e->digest)) == 1;
	}
	hex[0] = '\0';
	if (good && EVP_DigestFinal_ex(hash, out, &len) == 1)
		(void)hex_put(hex, out, 32);
	EVP_MD_CTX_free(hash);
}

static int
record_baseline(struct server *s, const struct comparison *c)
{
	char hex[65], name[64];
	struct record r;
	int e;

	digest_of(c, &c->after, 0, hex);
	keeper_record(
	    s, &r, ACTION_SYSTEM_BASELINE, OUTCOME_SUCCESS, c->again ? "policy" : "first");
	record_put_str(&r, "sekisho.change.area", survey_area_words[c->area]);
	record_put_int(&r, "sekisho.count", (int64_t)c->after.count);
	record_put_str(&r, "sekisho.change.digest", hex);
	if ((e = keeper_append(s, &r)) != SKS_OK)
		return e;
	basis_of(c->area, name);
	return store_meta_set(s->store, name, c->basis);
}

/* A package upgrade touches thousands of files: the first are named, all others counted. */
static int
record_many(struct server *s, const struct comparison *c)
{
	int64_t added = 0, removed = 0, changed = 0;
	char hex[65];
	struct record r;

	for (size_t i = COMPARE_SINGLE_MAX; i < c->loud; i++) {
		added += c->difference[i].before == SIZE_MAX;
		removed += c->difference[i].after == SIZE_MAX;
	}
	changed = (int64_t)(c->loud - COMPARE_SINGLE_MAX) - added - removed;
	digest_of(c, NULL, COMPARE_SINGLE_MAX, hex);
	keeper_record(s, &r, ACTION_SYSTEM_CHANGE, OUTCOME_UNKNOWN, "many");
	record_put_str(&r, "sekisho.change.area", survey_area_words[c->area]);
	record_put_int(&r, "sekisho.count", (int64_t)(c->loud - COMPARE_SINGLE_MAX));
	record_put_int(&r, "sekisho.change.added", added);
	record_put_int(&r, "sekisho.change.removed", removed);
	record_put_int(&r, "sekisho.change.changed", changed);
	record_put_str(&r, "sekisho.change.digest", hex);
	return keeper_append(s, &r);
}

/* ---- a turn at a time -------------------------------------------------------------------- */

static size_t
compare_end(const struct comparison *c)
{
	return c->count - c->at > COMPARE_A_TURN ? c->at + COMPARE_A_TURN : c->count;
}

static int
compare_one(struct server *s, const struct comparison *c, size_t i)
{
	const struct difference *d = &c->difference[i];
	int e = SKS_OK;

	if (!d->quiet && i < COMPARE_SINGLE_MAX)
		e = record_change(s, c, d);
	if (e != SKS_OK)
		return e;
	if (d->after == SIZE_MAX)
		return store_baseline_drop(s->store, c->area, c->before.item[d->before].path);
	return store_baseline_put(s->store, c->area, &c->after.item[d->after]);
}

int
compare_step(struct server *s, void *comparison)
{
	const struct comparison *c = comparison;
	size_t end = compare_end(c);
	int e = SKS_OK;

	for (size_t i = c->at; e == SKS_OK && i < end; i++)
		e = compare_one(s, c, i);
	if (e != SKS_OK || end < c->count)
		return e;
	if (c->loud > COMPARE_SINGLE_MAX)
		e = record_many(s, c);
	if (e == SKS_OK && (c->first || c->again))
		e = record_baseline(s, c);
	return e;
}

bool
compare_done(struct comparison *c)
{
	c->at = compare_end(c);
	return c->at == c->count;
}
