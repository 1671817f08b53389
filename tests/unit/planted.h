/* Records whose bodies, users and sources can be told apart as bytes, and a search for them. */
#ifndef SEKISHO_PLANTED_H
#define SEKISHO_PLANTED_H

#include "store_fixture.h"

#include "store/keep.h"
#include <stdbool.h>

enum { MOST = 6000, TOKEN = 32 };

/* Unlike each other, whatever the number, and the number can be had back from it. */
#define SCATTER UINT64_C(0x9e3779b97f4a7c15)

static inline void
token(char out[TOKEN], char kind, uint64_t number)
{
	(void)snprintf(out, TOKEN, "planted-%c%016llx", kind,
	    (unsigned long long)((number + 1) * SCATTER));
}

/* Bodies from small to many pages. */
static inline size_t
filling(uint64_t seq)
{
	static const size_t sizes[] = {10, 300, 700, 1100, 2500, 6000, 50, 20};

	return seq % 297 == 0 ? 50000 : sizes[seq % (sizeof(sizes) / sizeof(sizes[0]))];
}

static inline void
append(struct world *w, uint64_t seq)
{
	static char text[60000];
	char user[TOKEN], source[TOKEN], body[TOKEN];
	struct record r;
	uint8_t boot[16] = {1};
	size_t len = 0;

	token(user, 'u', seq);
	token(source, 's', seq * 7919 % 1009);
	token(body, 'b', seq);
	while (len < filling(seq))
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s ", body);
	record_init(&r, event_by_action(ACTION_CODE), w->now, boot, "failure", "wrong-code");
	record_put_str(&r, "message", text);
	(void)snprintf(r.user, sizeof(r.user), "%s", user);
	(void)snprintf(r.source, sizeof(r.source), "%s", source);
	assert_int_equal(record_finish(&r), SKS_OK);
	assert_int_equal(store_append(w->store, &r), SKS_OK);
	assert_int_equal(r.seq, seq);
	record_clear(&r);
}

static inline void
fill(struct world *w, uint64_t from, uint64_t to)
{
	for (uint64_t seq = from; seq <= to;) {
		world_begin(w);
		for (int i = 0; i < 7 && seq <= to; i++, seq++) {
			assert_int_equal(store_mark(w->store), SKS_OK);
			append(w, seq);
			if (seq % 11 == 0) { /* one that fails and is tried again */
				assert_int_equal(store_unmark(w->store), SKS_OK);
				append(w, seq);
			}
		}
		world_commit(w);
		(void)store_space(w->store);
		if (store_checkpoint_due(w->store))
			assert_int_equal(store_checkpoint(w->store), SKS_OK);
	}
	world_index(w);
}

struct bytes {
	uint8_t *data;
	size_t len;
};

static inline struct bytes
slurp(const struct world *w, const char *name)
{
	struct bytes b = {0};
	char path[128];
	struct stat st;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", w->dir, name);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return b;
	assert_int_equal(fstat(fd, &st), 0);
	b.len = (size_t)st.st_size;
	b.data = malloc(b.len + 1);
	assert_non_null(b.data);
	assert_int_equal(read(fd, b.data, b.len), (ssize_t)b.len);
	(void)close(fd);
	return b;
}

/* The inverse modulo 2^64, by Newton's method. */
static inline uint64_t
gather(uint64_t scattered)
{
	uint64_t inverse = 1;

	for (int i = 0; i < 6; i++)
		inverse *= 2 - SCATTER * inverse;
	return scattered * inverse - 1;
}

/* Which bodies and users are somewhere in the files. */
struct traces {
	bool body[MOST], user[MOST];
};

static inline void
find_in(const struct world *w, const char *name, struct traces *t)
{
	static const char prefix[] = "planted-";
	struct bytes b = slurp(w, name);
	const uint8_t *at = b.data, *end = b.data + b.len;

	while (b.data != NULL &&
	       (at = memmem(at, (size_t)(end - at), prefix, strlen(prefix))) != NULL) {
		char text[18] = "";
		uint64_t number;

		at += strlen(prefix);
		memcpy(text, at, (size_t)(end - at) < 17 ? (size_t)(end - at) : 17);
		number = gather(strtoull(text + 1, NULL, 16));
		if (number < MOST && text[0] == 'b')
			t->body[number] = true;
		if (number < MOST && text[0] == 'u')
			t->user[number] = true;
	}
	free(b.data);
}

static inline void
find(const struct world *w, struct traces *t)
{
	memset(t, 0, sizeof(*t));
	find_in(w, "sekisho.db", t);
	find_in(w, "sekisho.db-wal", t);
	find_in(w, "sekisho.db-shm", t);
}

#endif
