#include "spool.h"

#include "error.h"
#include "hmac.h"
#include "protocol.h"
#include "safeopen.h"
#include "secret.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	MAGIC_SIZE = 8,
	LENGTH_SIZE = 4,
	KEY_SIZE = 32,
	MAC_SIZE = HMAC_SHA256_SIZE,
	NAME_MAX_SIZE = 80,
	LOST_MAX = 1 << 20, /* bytes of the file "lost"; then it says "at least" */
};
static const char MAGIC[] = "SKSPOOL1";

const char *const spool_kind_words[] = {"none", "denied", "fail-open", "root-caller",
    "break-glass", "break-glass-wrong", "closed", "sudo-exit", NULL};

/* Tags are for ever: never renumber, never reuse. */
#define S(member, kind_, tag, name) FIELD(struct spool_event, member, kind_, tag, name)
static const struct field spool_event_rows[] = {
    FIELD_ENUM(struct spool_event, kind, spool_kind_words, 1, "sekisho.spool.kind"),
    FIELD_ENUM(struct spool_event, phase, phase_words, 2, "sekisho.phase"),
    S(wall_ms, FIELD_I64, 3, "sekisho.spool.wall_ms"),
    S(boot_ms, FIELD_I64, 4, "sekisho.spool.boot_ms"),
    S(boot_id, FIELD_STR, 5, "sekisho.spool.boot_id"),
    S(user, FIELD_STR, 6, "user.name"),
    S(uid, FIELD_U32, 7, "user.id"),
    S(known, FIELD_BOOL, 8, "sekisho.user.known"),
    S(service, FIELD_STR, 9, "service.name"),
    S(source, FIELD_STR, 10, "source.ip"),
    S(tty, FIELD_STR, 11, "process.tty"),
    S(cause, FIELD_STR, 12, "sekisho.spool.cause"),
    S(pid, FIELD_U32, 13, "process.pid"),
    S(number, FIELD_U32, 14, "sekisho.spool.number"),
    S(record, FIELD_U64, 15, "sekisho.sudo.record"),
    S(grant, FIELD_U64, 16, NULL),
    S(over, FIELD_BOOL, 17, NULL),
    S(ended, FIELD_U32, 18, NULL),
    S(status, FIELD_U32, 19, NULL),
    S(command, FIELD_STR, 20, "process.executable"),
};
#undef S
const struct fields spool_event_fields = FIELDS(struct spool_event, spool_event_rows);

static int
spool_errno(int err)
{
	switch (err) {
	case ENOSPC:
	case EDQUOT:
		return SKS_FULL;
	case EROFS:
		return SKS_READONLY;
	case EACCES:
	case EPERM:
		return SKS_DENIED;
	default:
		return SKS_IO;
	}
}

/* Without a key the event is still written, with a MAC of zeros: better told than lost. */
static void
spool_seal(struct buf *out, const char *key_path)
{
	uint8_t mac[MAC_SIZE] = {0};
	struct buf key;

	buf_init(&key, KEY_SIZE);
	if (safeopen_slurp(key_path, geteuid(), 0600, &key, NULL, 0) != SKS_OK ||
	    key.len != KEY_SIZE ||
	    hmac_sha256(key.data, KEY_SIZE, out->data, out->len, mac) != SKS_OK)
		memset(mac, 0, sizeof(mac));
	buf_put_bytes(out, mac, sizeof(mac));
	buf_clear(&key);
}

static void
spool_encode(struct buf *out, const struct spool_event *e, const char *key_path)
{
	size_t start;
	uint32_t len;

	buf_put_bytes(out, MAGIC, MAGIC_SIZE);
	buf_put_u32(out, 0);
	start = out->len;
	fields_encode(&spool_event_fields, e, out);
	if (buf_error(out) != SKS_OK)
		return;
	len = (uint32_t)(out->len - start);
	for (size_t i = 0; i < LENGTH_SIZE; i++)
		out->data[MAGIC_SIZE + i] = (uint8_t)(len >> (24 - 8 * i) & 0xff);
	spool_seal(out, key_path);
}

/* The directory as a descriptor; made when it is missing (a login before tmpfiles ran). */
static int
spool_open(const char *dir)
{
	struct stat st;
	int fd;

	if (mkdir(dir, 0700) != 0 && errno != EEXIST)
		return spool_errno(errno);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ELOOP || errno == ENOTDIR ? SKS_UNTRUSTED : spool_errno(errno);
	if (fstat(fd, &st) != 0 || st.st_uid != geteuid() || (st.st_mode & 077) != 0) {
		close(fd);
		return SKS_UNTRUSTED;
	}
	return fd;
}

/* Events, whole or not, counted no further than the limit. */
static int
spool_count(int dir, size_t *count)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *entry;

	*count = 0;
	if (d == NULL) {
		if (fd >= 0)
			close(fd);
		return SKS_IO;
	}
	while (*count < SPOOL_FILES_MAX && (entry = readdir(d)) != NULL) {
		const char *dot = strrchr(entry->d_name, '.');

		if (dot != NULL && (strcmp(dot, ".event") == 0 || strcmp(dot, ".part") == 0))
			(*count)++;
	}
	closedir(d); /* and fd */
	return SKS_OK;
}

/* One byte a lost event: appending needs no lock and cannot be cut in half. */
static void
spool_note_lost(int dir)
{
	int fd = openat(dir, "lost",
	    O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	struct stat st;

	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size < LOST_MAX)
		(void)!write(fd, "+", 1);
	close(fd);
}

/* Written under another name first, so that a reader never meets half an event. */
static int
spool_store(int dir, const struct spool_event *e, const struct buf *data)
{
	char part[NAME_MAX_SIZE], name[NAME_MAX_SIZE];
	uint64_t salt;
	ssize_t n;
	int fd, r = secret_random(&salt, sizeof(salt));

	if (r != SKS_OK)
		return r;
	snprintf(name, sizeof(name), "%" PRId64 "-%" PRIu32 "-%016" PRIx64 ".event", e->wall_ms,
	    e->pid, salt);
	snprintf(part, sizeof(part), ".%016" PRIx64 ".part", salt);
	fd = openat(dir, part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return spool_errno(errno);
	n = write(fd, data->data, data->len);
	if (n < 0)
		r = spool_errno(errno);
	else if ((size_t)n != data->len)
		r = SKS_FULL;
	if (fchmod(fd, 0600) != 0 && r == SKS_OK)
		r = spool_errno(errno);
	if (close(fd) != 0 && r == SKS_OK)
		r = spool_errno(errno);
	if (r == SKS_OK && renameat(dir, part, dir, name) != 0)
		r = spool_errno(errno);
	if (r != SKS_OK)
		unlinkat(dir, part, 0);
	return r;
}

/* Who was refused may be a stranger, as often as they like: what let somebody in has room beside
 * them, and a code of break-glass beside all of it. */
static size_t
spool_room(const struct spool_event *e)
{
	switch (e->kind) {
	case SPOOL_DENIED:
	case SPOOL_BREAK_GLASS_WRONG:
		return SPOOL_FILES_MAX / 2;
	case SPOOL_BREAK_GLASS:
		return SPOOL_FILES_MAX;
	default:
		return SPOOL_FILES_MAX - SPOOL_FILES_MAX / 64;
	}
}

int
spool_write(const char *dir, const char *key_path, const struct spool_event *e)
{
	uint8_t space[SPOOL_EVENT_MAX];
	struct buf out;
	size_t count;
	int fd, r;

	buf_init_fixed(&out, space, sizeof(space));
	spool_encode(&out, e, key_path);
	if (buf_error(&out) != SKS_OK)
		return buf_error(&out);
	fd = spool_open(dir);
	if (fd < 0)
		return fd;
	r = spool_count(fd, &count);
	if (r == SKS_OK && count >= spool_room(e))
		r = SKS_FULL;
	if (r == SKS_OK)
		r = spool_store(fd, e, &out);
	if (r == SKS_FULL)
		spool_note_lost(fd);
	close(fd);
	return r;
}

static int
spool_check_mac(const uint8_t *data, size_t len, const uint8_t *mac, const uint8_t *key,
    bool *authenticated)
{
	static const uint8_t none[MAC_SIZE];
	uint8_t expected[MAC_SIZE];
	int r = SKS_UNTRUSTED;

	if (secret_equal_bytes(mac, none, MAC_SIZE))
		return SKS_OK;
	if (key != NULL && hmac_sha256(key, KEY_SIZE, data, len, expected) == SKS_OK &&
	    secret_equal_bytes(mac, expected, MAC_SIZE)) {
		*authenticated = true;
		r = SKS_OK;
	}
	explicit_bzero(expected, sizeof(expected));
	return r;
}

int
spool_read(const void *data, size_t len, const uint8_t key[32], struct spool_event *out,
    bool *authenticated)
{
	struct buf in, fields;
	const uint8_t *magic, *body, *mac;
	uint32_t body_len;
	int r;

	*authenticated = false;
	fields_clear(&spool_event_fields, out);
	if (len > SPOOL_EVENT_MAX)
		return SKS_TRAILING;
	buf_init_read(&in, data, len);
	magic = buf_get_ptr(&in, MAGIC_SIZE);
	if (magic != NULL && memcmp(magic, MAGIC, MAGIC_SIZE) != 0)
		return SKS_INVALID;
	body_len = buf_get_u32(&in);
	body = buf_get_ptr(&in, body_len);
	mac = buf_get_ptr(&in, MAC_SIZE);
	r = buf_end(&in);
	if (r != SKS_OK)
		return r;
	/* before the decoder: what is not ours is not parsed */
	r = spool_check_mac(data, len - MAC_SIZE, mac, key, authenticated);
	if (r != SKS_OK)
		return r;
	buf_init_read(&fields, body, body_len);
	if (fields_decode(&spool_event_fields, &fields, out) != SKS_OK ||
	    out->kind == SPOOL_NONE) {
		fields_clear(&spool_event_fields, out);
		*authenticated = false;
		return SKS_INVALID;
	}
	return SKS_OK;
}
