#include "backup/stream.h"

#include "audit/json.h"
#include "buf.h"
#include "clock.h"
#include "container/container.h"
#include "error.h"
#include "log.h"
#include "policy/policy.h"
#include "store/copy.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	STEP_PAGES = 32,
	QUEUE_MAX = 4 << 20, /* SQLite may hand on all that it holds at once */
};

enum source_state { SOURCE_COPYING, SOURCE_ENDING, SOURCE_DONE, SOURCE_BROKEN };

struct backup_source {
	struct store_copy *copy;
	int fd;
	uint32_t run;
	enum source_state state;
	uint64_t size;
	int64_t moved_ms; /* when the sink last took something */
	struct buf queue; /* entries; pos: what was sent */
};

/* ---- meta -------------------------------------------------------------------------------- */

static void
source_put(struct buf *out, const char *key, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return;
	json_put_key(out, key);
	json_put_string(out, value);
}

static void
source_put_int(struct buf *out, const char *key, uint64_t value)
{
	json_put_key(out, key);
	json_put_uint(out, value);
}

/* The rating goes where the data go. */
static void
source_put_policy(struct backup_source *s, struct buf *out)
{
	struct policy *policy = NULL;
	struct buf bundle;

	buf_init(&bundle, POLICY_BUNDLE_MAX);
	if (store_copy_policy(s->copy, &bundle) == SKS_OK &&
	    policy_parse(bundle.data, bundle.len, &policy, NULL) == SKS_OK) {
		source_put(out, "sekisho.policy", policy->digest);
		source_put(out, "sekisho.rating", policy->rating);
		source_put(out, "sekisho.limits", policy->limits);
	}
	policy_free(policy);
	buf_clear(&bundle);
}

static int
source_put_head(struct backup_source *s, struct buf *out)
{
	struct buf note;
	int r;

	buf_init(&note, CONTAINER_NOTE_MAX);
	r = store_copy_head(s->copy, &note);
	buf_put_u8(&note, '\0');
	if (r == SKS_OK && (r = buf_error(&note)) == SKS_OK)
		source_put(out, "sekisho.log.head", (const char *)note.data);
	buf_clear(&note);
	return r;
}

static int
source_send(struct backup_source *s, enum stream_kind kind, const void *data, size_t len)
{
	uint8_t message[STREAM_MESSAGE_MAX];
	struct buf b;
	ssize_t n;

	buf_init_fixed(&b, message, sizeof(message));
	buf_put_u32(&b, s->run);
	buf_put_u8(&b, (uint8_t)kind);
	buf_put_bytes(&b, data, len);
	if (buf_error(&b) != SKS_OK)
		return SKS_TOO_BIG;
	do {
		n = send(s->fd, message, b.len, MSG_NOSIGNAL | MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	if (n >= 0) {
		s->moved_ms = clock_monotonic_ms();
		return SKS_OK;
	}
	if (errno != EAGAIN)
		return SKS_UNREACHABLE;
	return clock_monotonic_ms() - s->moved_ms > STREAM_STALLED_MS ? SKS_TIMEOUT : 2;
}

static int
source_meta(struct backup_source *s, const char *version)
{
	const struct store_copy_info *info = store_copy_info(s->copy);
	char host[256] = "", created[32];
	struct buf out;
	int r;

	(void)gethostname(host, sizeof(host) - 1);
	buf_init(&out, CONTAINER_META_MAX);
	buf_put_u8(&out, '{');
	source_put(&out, "host.name", host);
	source_put(
	    &out, "@timestamp", clock_rfc3339(clock_now().wall_ms, created, sizeof(created)));
	source_put(&out, "sekisho.version", version);
	source_put_int(&out, "sekisho.schema", info->schema);
	source_put_int(&out, "sekisho.log.size", info->size);
	source_put_int(&out, "sekisho.log.time", (uint64_t)info->wall_ms);
	source_put(&out, "sekisho.log.origin", info->origin);
	source_put_policy(s, &out);
	r = source_put_head(s, &out);
	buf_put_u8(&out, '}');
	if (r == SKS_OK)
		r = buf_error(&out);
	/* into an empty socket: only what an earlier run left can be in the way */
	for (int i = 0; r == SKS_OK && i < 50; i++) {
		struct pollfd p = {.fd = s->fd, .events = POLLOUT};

		r = source_send(s, STREAM_META, out.data, out.len);
		if (r != 2)
			break;
		(void)poll(&p, 1, 100);
		r = i == 49 ? SKS_TIMEOUT : SKS_OK;
	}
	buf_clear(&out);
	return r;
}

/* ---- the copy ---------------------------------------------------------------------------- */

static void
source_entry(struct backup_source *s, uint8_t type, uint64_t at, const void *data, size_t len)
{
	buf_put_u8(&s->queue, type);
	buf_put_u64(&s->queue, at);
	buf_put_u32(&s->queue, (uint32_t)len);
	buf_put_bytes(&s->queue, data, len);
}

static int
source_take(void *ctx, uint64_t at, const void *data, size_t len)
{
	struct backup_source *s = ctx;

	source_entry(s, BACKUP_PAGES, at, data, len);
	if (at + len > s->size)
		s->size = at + len;
	return buf_error(&s->queue);
}

int
backup_source_open(
    const char *dir, int fd, uint32_t run, const char *version, struct backup_source **out)
{
	struct backup_source *s = calloc(1, sizeof(*s));
	int r;

	*out = NULL;
	if (s == NULL)
		return SKS_NOMEM;
	s->fd = fd;
	s->run = run;
	s->moved_ms = clock_monotonic_ms();
	buf_init(&s->queue, QUEUE_MAX);
	r = store_copy_open(dir, source_take, s, &s->copy);
	if (r == SKS_OK)
		r = source_meta(s, version);
	if (r != SKS_OK) {
		(void)source_send(s, STREAM_FAILED, NULL, 0);
		backup_source_free(s);
		return r;
	}
	*out = s;
	return SKS_OK;
}

void
backup_source_about(struct backup_source *s, uint64_t *size, char *head, size_t head_size)
{
	struct buf note;

	*size = store_copy_info(s->copy)->size;
	buf_init(&note, head_size - 1);
	head[0] = '\0';
	if (store_copy_head(s->copy, &note) == SKS_OK && buf_error(&note) == SKS_OK) {
		memcpy(head, note.data != NULL ? note.data : (const uint8_t *)"", note.len);
		head[note.len] = '\0';
	}
	buf_clear(&note);
}

/* What is queued, as far as the socket takes it. */
static int
source_flush(struct backup_source *s)
{
	while (s->queue.pos < s->queue.len) {
		size_t len = s->queue.len - s->queue.pos;
		int r;

		if (len > STREAM_MESSAGE_MAX - STREAM_HEAD)
			len = STREAM_MESSAGE_MAX - STREAM_HEAD;
		r = source_send(s, STREAM_DATA, s->queue.data + s->queue.pos, len);
		if (r != SKS_OK)
			return r;
		s->queue.pos += len;
	}
	buf_reset(&s->queue);
	return SKS_OK;
}

static int
source_go_on(struct backup_source *s)
{
	int r = source_flush(s);

	if (r != SKS_OK)
		return r;
	if (s->state == SOURCE_ENDING) {
		r = source_send(s, STREAM_END, NULL, 0);
		if (r == SKS_OK)
			s->state = SOURCE_DONE;
		return r;
	}
	if (s->state != SOURCE_COPYING)
		return s->state == SOURCE_DONE ? SKS_OK : SKS_INTERNAL;
	r = store_copy_step(s->copy, STEP_PAGES);
	if (r == 0) {
		source_entry(s, BACKUP_END, s->size, NULL, 0);
		s->state = SOURCE_ENDING;
		r = buf_error(&s->queue);
	}
	return r == SKS_OK ? 1 : r;
}

int
backup_source_step(struct backup_source *s)
{
	int r = source_go_on(s);

	if (r < 0) {
		s->state = SOURCE_BROKEN;
		(void)source_send(s, STREAM_FAILED, NULL, 0);
	}
	return r;
}

int
backup_source_run(struct backup_source *s)
{
	int r;

	while ((r = backup_source_step(s)) > 0) {
		struct pollfd p = {.fd = s->fd, .events = POLLOUT};

		if (r == 2)
			(void)poll(&p, 1, 1000);
	}
	return r;
}

void
backup_source_free(struct backup_source *s)
{
	if (s == NULL)
		return;
	store_copy_close(s->copy);
	buf_clear(&s->queue);
	free(s);
}
