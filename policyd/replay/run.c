/* Going through the log, on all processors. */
#include "error.h"
#include "replay/tally.h"
#include "store/verify.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	PROCESSES_MAX = 8,
	PART_MIN = 10000, /* records that are worth a process */
	STRETCH = 8192,
	WARM =
	    512, /* records before its own that a part looks at, for logins that began there */
	NICENESS = 10,
	POLICIES_KEPT = 16,
};

/* ---- policies that were in force --------------------------------------------------------- */

struct past {
	char digest[POLICY_DIGEST_SIZE];
	struct policy *policy; /* NULL: not in the store, or no policy of this version */
};

struct part {
	const struct replay_options *options;
	struct store *store;
	struct tally *tally;
	struct past past[POLICIES_KEPT];
	size_t next, last; /* of past[]: to be replaced; that was asked for before */
};

static const struct policy *
past_policy(struct part *p, const char *digest)
{
	struct policy_problems problems = {0};
	struct past *entry = &p->past[p->last];
	struct buf bundle;

	if (digest[0] == '\0')
		return NULL;
	if (strcmp(entry->digest, digest) == 0)
		return entry->policy;
	for (size_t i = 0; i < POLICIES_KEPT; i++) {
		if (strcmp(p->past[i].digest, digest) == 0) {
			p->last = i;
			return p->past[i].policy;
		}
	}
	entry = &p->past[p->next];
	p->last = p->next;
	p->next = (p->next + 1) % POLICIES_KEPT;
	policy_free(entry->policy);
	*entry = (struct past){0};
	(void)snprintf(entry->digest, sizeof(entry->digest), "%s", digest);
	buf_init(&bundle, POLICY_BUNDLE_MAX);
	if (store_policy_bundle(p->store, digest, &bundle) == SKS_OK)
		(void)policy_parse(bundle.data, bundle.len, &entry->policy, &problems);
	buf_clear(&bundle);
	return entry->policy;
}

/* ---- one record -------------------------------------------------------------------------- */

static void
part_count(struct part *p, const struct recorded *r, const struct record *header, bool own)
{
	struct replay_result *result = p->tally->result;
	struct replay_end before, after;

	if (own)
		result->decisions++;
	if (tally_is_known(p->tally, r)) {
		result->followed += own;
		return;
	}
	if (!replay_compare(
		past_policy(p, r->claim.policy), p->options->would, r, &before, &after))
		return;
	if (own)
		tally_add(p->tally, r, header, &before, &after);
	else
		tally_note(p->tally, r);
}

static void
part_look(struct part *p, const struct log_row *row, bool own)
{
	static struct recorded recorded;
	struct replay_result *result = p->tally->result;
	struct record header = {0};
	uint8_t hash[sizeof(header.body_hash)];
	int r;

	if (row->body == NULL) {
		result->deleted += own;
		return;
	}
	if (record_header_decode(row->header, &header) != SKS_OK ||
	    record_body_hash(row->body, row->body_len, hash) != SKS_OK ||
	    memcmp(hash, header.body_hash, sizeof(hash)) != 0) {
		result->damaged += own;
		return;
	}
	if (own && (result->first_wall_ms == 0 || header.wall_ms < result->first_wall_ms))
		result->first_wall_ms = header.wall_ms;
	if (own && header.wall_ms > result->last_wall_ms)
		result->last_wall_ms = header.wall_ms;
	result->sums += own && header.action == ACTION_REFUSALS;
	r = recorded_read(row->body, row->body_len, &recorded);
	if (r == SKS_OK)
		part_count(p, &recorded, &header, own);
	else if (r != SKS_NOT_FOUND)
		result->damaged += own;
}

/* ---- a part of the log ------------------------------------------------------------------- */

static int
part_walk(struct part *p, uint64_t first, uint64_t last)
{
	const struct replay_options *o = p->options;
	const struct log_filter filter = {.user = o->user,
	    .since_wall_ms = o->since_wall_ms,
	    .until_wall_ms = o->until_wall_ms};
	struct log_cursor *cursor;
	struct log_row row;
	uint64_t from = first > WARM ? first - 1 - WARM : 0;
	int r = store_log_open(p->store, &filter, from, &cursor);

	if (r != SKS_OK)
		return r;
	while ((r = store_log_step(cursor, &row)) == 1 && row.seq <= last)
		part_look(p, &row, row.seq >= first);
	store_log_close(cursor);
	return r < 0 ? r : SKS_OK;
}

static int
part_run(const struct replay_options *o, uint64_t first, uint64_t last, struct tally *tally)
{
	const struct store_options options = {.dir = o->dir, .read_only = true};
	struct part p = {.options = o, .tally = tally};
	int r = store_open(&options, &p.store, NULL);

	if (r != SKS_OK)
		return r;
	r = part_walk(&p, first, last);
	store_close(p.store);
	for (size_t i = 0; i < POLICIES_KEPT; i++)
		policy_free(p.past[i].policy);
	return r;
}

/* ---- processes --------------------------------------------------------------------------- */

static bool
write_all(int fd, const void *data, size_t len)
{
	const char *at = data;

	while (len > 0) {
		ssize_t n = write(fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

static bool
read_all(int fd, void *data, size_t len)
{
	char *at = data;

	while (len > 0) {
		ssize_t n = read(fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

enum { HEAD_SIZE = offsetof(struct replay_result, group) };

struct process {
	pid_t pid;
	int fd; /* reads its result */
};

static int __attribute__((noreturn)) process_main(const struct replay_options *o,
    uint64_t first, uint64_t last, int fd, pid_t parent, struct tally *tally)
{
	struct replay_result *result = tally->result;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	(void)setpriority(PRIO_PROCESS, 0, NICENESS); /* logins come first */
	if (part_run(o, first, last, tally) != SKS_OK || !write_all(fd, result, HEAD_SIZE) ||
	    !write_all(fd, result->group, result->group_count * sizeof(result->group[0])))
		_exit(1);
	_exit(0);
}

static int
process_start(const struct replay_options *o, uint64_t first, uint64_t last,
    struct tally *tally, struct process *out)
{
	pid_t parent = getpid();
	int ends[2];

	if (pipe(ends) != 0)
		return SKS_IO;
	out->pid = fork();
	if (out->pid == 0) {
		(void)close(ends[0]);
		process_main(o, first, last, ends[1], parent, tally);
	}
	(void)close(ends[1]);
	if (out->pid < 0) {
		(void)close(ends[0]);
		return SKS_NOMEM;
	}
	out->fd = ends[0];
	return SKS_OK;
}

static int
process_take(const struct process *p, struct tally *tally, struct replay_result *part)
{
	int status = 0;
	bool whole = read_all(p->fd, part, HEAD_SIZE) &&
		     part->group_count <= REPLAY_GROUPS_MAX &&
		     read_all(p->fd, part->group, part->group_count * sizeof(part->group[0]));

	(void)close(p->fd);
	while (waitpid(p->pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!whole || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return SKS_IO;
	tally_merge(tally, part);
	return SKS_OK;
}

static unsigned
processes_for(const struct replay_options *o, uint64_t records)
{
	long online = sysconf(_SC_NPROCESSORS_ONLN);
	uint64_t n = o->processes != 0 ? o->processes : online > 0 ? (uint64_t)online : 1;

	if (n > PROCESSES_MAX)
		n = PROCESSES_MAX;
	if (o->processes == 0 && n > records / PART_MIN)
		n = records / PART_MIN;
	return n > 0 ? (unsigned)n : 1;
}

static int
run_parts(const struct replay_options *o, uint64_t first, uint64_t last, struct tally *tally,
    struct replay_result *part)
{
	struct process process[PROCESSES_MAX];
	unsigned wanted = processes_for(o, last - first + 1), started = 0;
	uint64_t share = (last - first) / wanted + 1, from = first;
	int r = SKS_OK, taken;

	for (; started < wanted && from <= last && r == SKS_OK; from += share) {
		uint64_t to = last - from < share ? last : from + share - 1;

		r = process_start(o, from, to, tally, &process[started]);
		started += r == SKS_OK;
	}
	for (unsigned i = 0; i < started; i++) {
		taken = process_take(&process[i], tally, part);
		r = r == SKS_OK ? taken : r;
	}
	return r;
}

/* ---- where to begin ---------------------------------------------------------------------- */

struct beginning {
	int64_t since_wall_ms;
	uint64_t first; /* of this stretch that is as new; 0: none */
};

static int
beginning_look(void *context, const struct store_row *row)
{
	struct beginning *b = context;
	struct record header;

	if (row->header_len == RECORD_HEADER_SIZE &&
	    record_header_decode(row->header, &header) == SKS_OK &&
	    header.wall_ms >= b->since_wall_ms && b->first == 0)
		b->first = row->seq;
	return SKS_OK;
}

/* The clock may have stepped: only a whole stretch of older records ends the search. */
static int
beginning_find(struct store *s, int64_t since_wall_ms, uint64_t last, uint64_t *first)
{
	uint64_t to = last;
	int r = SKS_OK;

	*first = last + 1;
	while (to > 0 && r == SKS_OK) {
		struct beginning b = {.since_wall_ms = since_wall_ms};
		uint64_t from = to > STRETCH ? to - STRETCH + 1 : 1;

		r = store_scan_headers(s, from, to, beginning_look, &b);
		if (b.first == 0)
			break;
		*first = b.first;
		to = from - 1;
	}
	return r;
}

static int
find_range(const struct replay_options *o, uint64_t *first, uint64_t *last)
{
	const struct store_options options = {.dir = o->dir, .read_only = true};
	struct store *s;
	int r = store_open(&options, &s, NULL);

	if (r != SKS_OK)
		return r;
	r = store_log_size(s, last);
	*first = 1;
	if (r == SKS_OK && o->since_wall_ms != 0)
		r = beginning_find(s, o->since_wall_ms, *last, first);
	if (o->records_max != 0 && *last >= *first && *last - *first >= o->records_max)
		*first = *last - o->records_max + 1;
	store_close(s);
	return r;
}

int
replay_run(const struct replay_options *o, struct replay_result *out)
{
	struct tally *tally = calloc(1, sizeof(*tally));
	struct replay_result *part = calloc(1, sizeof(*part));
	uint64_t first = 1, last = 0;
	int r = SKS_NOMEM;

	if (tally == NULL || part == NULL)
		goto out;
	tally_init(tally, out);
	r = record_prepare();
	if (r == SKS_OK)
		r = find_range(o, &first, &last);
	if (r == SKS_OK && first <= last)
		r = run_parts(o, first, last, tally, part);
	tally_sort(out);
out:
	free(part);
	free(tally);
	return r;
}
