/*
 * The judge: is this password strong enough? Not in the daemon, because it takes reading a
 * dictionary and filters, and code of others that looks at what somebody typed; and a process
 * of its own, because hashing takes its time: who reads the log meanwhile does not stand behind
 * it, and logins, which hash for themselves, go before.
 */
#include "error.h"
#include "hex.h"
#include "log.h"
#include "password/filter.h"
#include "password/quality.h"
#include "safeopen.h"
#include "worker.h"
#include <crypt.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NICE = 5, FILTERS_MAX = 16, FILTER_PATH = 320, WHY_SIZE = 1024 };

static const char *const filter_dirs[] = {FILTER_DIR, FILTER_SHIPPED_DIR};

/* A file that was read to its end and is as it should be: not read again until it is another.
 */
struct seen {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec changed;
};
static struct seen seen[FILTERS_MAX];

struct lists {
	struct filter filter[FILTERS_MAX];
	size_t count;
	bool failed; /* one could not be read */
	char why[WHY_SIZE];
};

/* ---- opening ----------------------------------------------------------------------------- */

static bool
is_seen(const struct seen *s, const struct stat *st)
{
	return s->ino != 0 && s->dev == st->st_dev && s->ino == st->st_ino &&
	       s->size == st->st_size && s->changed.tv_sec == st->st_ctim.tv_sec &&
	       s->changed.tv_nsec == st->st_ctim.tv_nsec;
}

static void
failed(struct lists *l, const char *why)
{
	if (!l->failed)
		(void)snprintf(l->why, sizeof(l->why), "%s", why);
	l->failed = true;
}

static int
open_name(const char *name, char path[FILTER_PATH], char *why, size_t size)
{
	int fd = SKS_NOT_FOUND;

	for (size_t i = 0; i < sizeof(filter_dirs) / sizeof(filter_dirs[0]); i++) {
		why[0] = '\0';
		(void)snprintf(path, FILTER_PATH, "%s/%s", filter_dirs[i], name);
		fd = safeopen_read(path, 0, 0644, why, size);
		if (fd != SKS_NOT_FOUND)
			break;
	}
	if (fd == SKS_NOT_FOUND)
		(void)snprintf(why, size,
		    "the policy names the password filter \"%s\", and there is neither %s/%s "
		    "nor "
		    "%s/%s",
		    name, filter_dirs[0], name, filter_dirs[1], name);
	else if (fd < 0 && why[0] == '\0')
		(void)snprintf(why, size, "%s: %s", path, error_text(fd));
	return fd;
}

static void
lists_add(struct lists *l, const char *name)
{
	struct seen *s = &seen[l->count];
	char path[FILTER_PATH], why[WHY_SIZE];
	struct stat st;
	int fd = open_name(name, path, why, sizeof(why));

	if (fd < 0) {
		failed(l, why);
		return;
	}
	if (fstat(fd, &st) != 0)
		st.st_ino = 0;
	if (filter_open_fd(
		&l->filter[l->count], fd, path, !is_seen(s, &st), why, sizeof(why)) != SKS_OK) {
		close(fd);
		failed(l, why);
		return;
	}
	*s = (struct seen){st.st_dev, st.st_ino, st.st_size, st.st_ctim};
	l->count++;
}

static void
lists_open(struct lists *l, const char *names)
{
	char name[256];

	*l = (struct lists){0};
	while (*names != '\0') {
		size_t len = strcspn(names, " ");

		if (l->count == FILTERS_MAX) {
			failed(l, "the policy names more than 16 password filters");
			return;
		}
		(void)snprintf(name, sizeof(name), "%.*s", (int)len, names);
		if (len > 0)
			lists_add(l, name);
		names += len + (names[len] != '\0');
	}
}

static void
lists_close(struct lists *l)
{
	for (size_t i = 0; i < l->count; i++)
		filter_close(&l->filter[i]);
}

/* ---- judging ----------------------------------------------------------------------------- */

static bool
is_listed(void *ctx, const char *word, size_t len)
{
	struct lists *l = ctx;
	uint64_t key = filter_key(word, len);
	bool found = false;

	for (size_t i = 0; i < l->count && !found; i++) {
		if (filter_has(&l->filter[i], key, &found) != SKS_OK)
			failed(l, "a password filter could not be read");
	}
	explicit_bzero(&key, sizeof(key));
	return found;
}

static uint32_t
judge(const struct password_call *c, char *why, size_t size, uint32_t *strength)
{
	char host[HOST_NAME_MAX + 1] = "";
	const struct password_subject subject = {.password = &c->password,
	    .old = &c->old,
	    .user = c->user,
	    .host = host,
	    .full_name = c->full_name};
	struct lists lists;
	uint32_t result;

	if (gethostname(host, sizeof(host) - 1) != 0)
		host[0] = '\0';
	lists_open(&lists, c->rules.filters);
	result = judge_password(&c->rules, &subject, is_listed, &lists);
	result |= quality_check(&c->rules, &subject, why, size, strength);
	if (lists.failed) {
		result |= PASSWORD_FAILED(UNCHECKED);
		(void)snprintf(why, size, "%s", lists.why);
	}
	lists_close(&lists);
	return result;
}

/* "HASH " behind what is in out. */
static bool
add_hash(const struct secret *password, const char *setting, char *out, size_t size)
{
	static struct crypt_data data;
	const char *hash =
	    crypt_rn((const char *)password->bytes, setting, &data, sizeof(data));
	size_t at = strlen(out);
	int n = hash == NULL ? -1 : snprintf(out + at, size - at, "%s ", hash);

	explicit_bzero(&data, sizeof(data));
	return n > 0 && (size_t)n < size - at;
}

static bool
hash_both(const struct password_call *c, char *out, size_t size)
{
	char setting[CRYPT_GENSALT_OUTPUT_SIZE];
	uint8_t salt[16];

	if (!hex_read(c->salt, salt, sizeof(salt)) ||
	    crypt_gensalt_rn(
		"$y$", 0, (const char *)salt, sizeof(salt), setting, sizeof(setting)) == NULL)
		return false;
	return add_hash(&c->password, setting, out, size) &&
	       (c->old.len == 0 || add_hash(&c->old, setting, out, size));
}

static int
serve(struct helper_message *m, struct command_reply *reply)
{
	static struct password_call call;
	char why[WHY_SIZE] = "";
	uint32_t strength = 0;
	int r = fields_decode(&password_call_fields, &m->fields, &call);

	*reply =
	    (struct command_reply){.status = STATUS_DONE, .next = PASSWORD_FAILED(UNCHECKED)};
	if (r == SKS_OK)
		reply->next = judge(&call, why, sizeof(why), &strength);
	if (reply->next == 0 && call.salt[0] != '\0' && !hash_both(&call, why, sizeof(why))) {
		reply->next = PASSWORD_FAILED(UNCHECKED);
		(void)snprintf(why, sizeof(why), "yescrypt cannot be computed");
	}
	fields_clear(&password_call_fields, &call);
	reply->record = strength;
	(void)snprintf(reply->text, sizeof(reply->text), "%s", why);
	return r == SKS_OK ? SKS_OK : SKS_PROTOCOL;
}

/* At the first question: lists may be made until then. False: nothing may be looked at. */
static bool
confine_once(void)
{
	static bool confined;
	/* a dictionary elsewhere cannot be read, see dictpath in sekisho.conf(5) */
	static const char *const lists[] = {FILTER_DIR, FILTER_SHIPPED_DIR,
	    "/var/cache/cracklib", "/usr/share/cracklib", "/usr/share/dict", NULL};
	const struct confine c = {.profile = CONFINE_WORKER, .readable = lists};

	if (!confined)
		confined = confine_apply(&c) == SKS_OK;
	return confined;
}

int
password_loop(void)
{
	static uint8_t data[HELPER_MESSAGE_MAX];
	static struct command_reply reply;
	int r;

	(void)prctl(PR_SET_NAME, "sekisho-judge");
	(void)setpriority(PRIO_PROCESS, 0, NICE);
	do {
		struct helper_message m;

		r = helper_receive(HELPER_FD, -1, data, &m);
		if (r == SKS_TIMEOUT) {
			r = SKS_OK;
			continue;
		}
		if (r == SKS_OK && (m.type != WORKER_PASSWORD || m.more || m.payload.len != 0))
			r = SKS_PROTOCOL;
		if (r == SKS_OK && !confine_once())
			r = SKS_DENIED;
		if (r == SKS_OK)
			r = serve(&m, &reply);
		explicit_bzero(data, sizeof(data));
		if (r == SKS_OK)
			r = helper_answer(
			    HELPER_FD, m.id, m.type, &command_reply_fields, &reply, NULL, 0);
		explicit_bzero(&reply, sizeof(reply)); /* hashes */
	} while (r == SKS_OK);
	return r;
}
