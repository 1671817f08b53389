/* A real store in a temporary directory, with a clock and a boot of the test's own. */
#ifndef SEKISHO_STORE_FIXTURE_H
#define SEKISHO_STORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "error.h"
#include "store/store.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct world {
	char dir[64], generation[96];
	uint8_t boot;
	struct instant now;
	struct store *store;
	enum store_start start;
};

static inline int
world_open(struct world *w)
{
	struct store_options o = {
	    .dir = w->dir,
	    .generation_path = w->generation,
	    .reserve_bytes = 2 << 20,
	};

	memset(o.boot_id, w->boot, sizeof(o.boot_id));
	return store_open(&o, &w->store, &w->start);
}

static inline void
world_close(struct world *w)
{
	store_close(w->store);
	w->store = NULL;
}

static inline void
world_pass(struct world *w, int64_t ms)
{
	w->now.wall_ms += ms;
	w->now.boot_ms += ms;
}

/* The machine starts again after so long; the memory file system is empty. */
static inline void
world_reboot(struct world *w, int64_t off_ms)
{
	world_close(w);
	(void)unlink(w->generation);
	w->boot++;
	w->now.wall_ms += off_ms;
	w->now.boot_ms = 5000;
	assert_int_equal(world_open(w), SKS_OK);
	assert_int_equal(w->start, STORE_UNVOUCHED);
}

static inline void
world_begin(struct world *w)
{
	assert_int_equal(store_begin(w->store, w->now), SKS_OK);
}

static inline void
world_commit(struct world *w)
{
	assert_int_equal(store_commit(w->store), SKS_OK);
}

/* All records into the indexes. */
static inline void
world_index(struct world *w)
{
	uint64_t size, indexed;

	do {
		world_begin(w);
		assert_int_equal(store_index(w->store), SKS_OK);
		world_commit(w);
		assert_int_equal(store_log_size(w->store, &size), SKS_OK);
		assert_int_equal(store_indexed(w->store, &indexed), SKS_OK);
	} while (indexed < size);
}

/* SQL that makes a store one of version 4, whose indexes SQLite kept itself. */
#define BACK_TO_VERSION_4                                                                      \
	"DROP INDEX grants_of; DROP TABLE records_user; DROP TABLE records_source;"            \
	"CREATE INDEX records_user ON records (user) WHERE user IS NOT NULL;"                  \
	"CREATE INDEX records_source ON records (source) WHERE source IS NOT NULL;"            \
	"ALTER TABLE counter DROP COLUMN indexed; PRAGMA user_version = 4;"

/* After a reboot: what a daemon does first. */
static inline void
world_vouch(struct world *w)
{
	world_begin(w);
	assert_int_equal(store_floor_raise(w->store, w->now.wall_ms, 1), SKS_OK);
	world_commit(w);
}

static inline int
world_setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return -1;
	(void)snprintf(w->dir, sizeof(w->dir), "/tmp/sekisho-store-XXXXXX");
	if (mkdtemp(w->dir) == NULL)
		return -1;
	(void)snprintf(w->generation, sizeof(w->generation), "%s/generation", w->dir);
	w->boot = 1;
	w->now = (struct instant){.wall_ms = INT64_C(1800000000000), .boot_ms = 100000000};
	*state = w;
	return world_open(w) == SKS_OK && w->start == STORE_NEW ? 0 : -1;
}

static inline void
world_remove(const struct world *w)
{
	static const char *const names[] = {
	    "sekisho.db", "sekisho.db-wal", "sekisho.db-shm", "generation", "image"};
	char path[128];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", w->dir, names[i]);
		(void)unlink(path);
	}
	(void)rmdir(w->dir);
}

static inline int
world_teardown(void **state)
{
	struct world *w = *state;

	world_close(w);
	world_remove(w);
	free(w);
	return 0;
}

#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

/* A root process asking for alice over sshd. */
static inline struct request
world_request(uint32_t phase, uint32_t pid)
{
	struct request r = {
	    .phase = phase,
	    .known = true,
	    .uid = 1001,
	    .by_root = true,
	    .login_uid = NO_UID,
	    .audit_session = NO_UID,
	    .pid = pid,
	    .pid_start = 1000 + pid,
	    .parent = pid - 1,
	    .parent_start = 999 + pid,
	};

	(void)snprintf(r.user, sizeof(r.user), "alice");
	(void)snprintf(r.service, sizeof(r.service), "sshd");
	(void)snprintf(r.source, sizeof(r.source), "192.0.2.7");
	(void)snprintf(r.connection, sizeof(r.connection), "192.0.2.7 4000 192.0.2.1 22");
	return r;
}

static inline void
world_load(struct world *w, const struct request *r, struct facts *f)
{
	memset(f, 0, sizeof(*f));
	f->lane = r->by_root ? LANE_STRANGER : LANE_PEER;
	(void)snprintf(f->lane_key, sizeof(f->lane_key), "S:%u:%s", r->uid, r->user);
	(void)snprintf(f->principal, sizeof(f->principal), "%s", r->user);
	f->principal_uid = r->uid;
	assert_int_equal(store_load(w->store, r, f), SKS_OK);
}

static inline void
world_apply(
    struct world *w, const struct request *r, const struct facts *f, const struct changes *c)
{
	assert_int_equal(store_apply(w->store, r, f, c), SKS_OK);
}

/* One turn with nothing but this change. */
static inline void
world_change(struct world *w, const struct request *r, const struct changes *c)
{
	struct facts f;

	world_begin(w);
	world_load(w, r, &f);
	world_apply(w, r, &f, c);
	world_commit(w);
}

/* What the store knows about this request now. */
static inline struct facts
world_facts(struct world *w, const struct request *r)
{
	struct facts f;

	world_begin(w);
	world_load(w, r, &f);
	store_rollback(w->store);
	return f;
}

#endif
