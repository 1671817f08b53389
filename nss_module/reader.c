#include "reader.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { CHUNK = 4096 };

static uint32_t
get_u16(const unsigned char *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

static uint32_t
get_u32(const unsigned char *p)
{
	return get_u16(p) << 16 | get_u16(p + 2);
}

static int64_t
get_i64(const unsigned char *p)
{
	return (int64_t)((uint64_t)get_u32(p) << 32 | get_u32(p + 4));
}

/* All of these bytes, which must lie inside of the index. */
static bool
read_at(const struct reader *r, uint32_t offset, void *out, size_t len)
{
	char *to = out;

	if (offset > r->size || len > r->size - offset)
		return false;
	while (len > 0) {
		ssize_t n = pread(r->fd, to, len, offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		to += n;
		offset += (uint32_t)n;
		len -= (size_t)n;
	}
	return true;
}

static int64_t
now_ms(clockid_t clock)
{
	struct timespec t;

	if (clock_gettime(clock, &t) != 0)
		return INT64_MAX; /* everything is over */
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool
is_power_of_two(uint32_t n)
{
	return n != 0 && (n & (n - 1)) == 0;
}

/* Ours, whole, and of this size? */
static bool
read_header(struct reader *r, off_t file_size)
{
	unsigned char h[GROUP_INDEX_HEADER];
	uint64_t tables;

	if (file_size < GROUP_INDEX_HEADER || file_size > GROUP_INDEX_MAX)
		return false;
	r->size = (uint32_t)file_size;
	if (!read_at(r, 0, h, sizeof(h)) || memcmp(h, GROUP_INDEX_MAGIC, 8) != 0 ||
	    get_u32(h + 8) != r->size)
		return false;
	r->slots_user = get_u32(h + 12);
	r->slots_name = get_u32(h + 16);
	r->slots_gid = get_u32(h + 20);
	r->first_group = get_u32(h + 24);
	r->groups = get_u32(h + 28);
	tables = 4 * ((uint64_t)r->slots_user + r->slots_name + r->slots_gid);
	return is_power_of_two(r->slots_user) && is_power_of_two(r->slots_name) &&
	       is_power_of_two(r->slots_gid) && tables <= r->size - GROUP_INDEX_HEADER;
}

enum reader_result
reader_open(const char *path, struct reader *r)
{
	struct stat st;

	r->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (r->fd < 0)
		return READER_UNUSABLE;
	if (fstat(r->fd, &st) != 0 || !S_ISREG(st.st_mode) || (st.st_mode & 022) != 0 ||
	    !read_header(r, st.st_size)) {
		reader_close(r);
		return READER_UNUSABLE;
	}
	r->wall_ms = now_ms(CLOCK_REALTIME);
	r->boot_ms = now_ms(CLOCK_BOOTTIME);
	return READER_FOUND;
}

void
reader_close(struct reader *r)
{
	if (r->fd >= 0)
		(void)close(r->fd);
	r->fd = -1;
}

static bool
is_over(const struct reader *r, const unsigned char *until)
{
	return r->wall_ms >= get_i64(until) || r->boot_ms >= get_i64(until + 8);
}

/* ---- a user ------------------------------------------------------------------------------ */

/* One entry, as far as it can be a user's: its length, 0 where it cannot be read. */
static size_t
read_user(const struct reader *r, uint32_t at, unsigned char *entry, size_t size)
{
	if (at > r->size || r->size - at < GROUP_INDEX_USER_FIXED)
		return 0;
	if (size > r->size - at)
		size = r->size - at;
	return read_at(r, at, entry, size) ? size : 0;
}

static enum reader_result
take_gids(const struct reader *r, const unsigned char *groups, size_t n,
    uint32_t gid[GROUP_INDEX_USER_GROUPS], size_t *count)
{
	for (size_t i = 0; i < n && *count < GROUP_INDEX_USER_GROUPS; i++) {
		const unsigned char *g = groups + i * GROUP_INDEX_USER_GROUP;
		uint32_t id = get_u32(g);

		if (id >= GROUP_INDEX_GID_MIN && id <= GROUP_INDEX_GID_MAX && !is_over(r, g + 4))
			gid[(*count)++] = id;
	}
	return *count == 0 ? READER_NOT_FOUND : READER_FOUND;
}

enum reader_result
reader_gids(const struct reader *r, const char *user, uint32_t gid[GROUP_INDEX_USER_GROUPS],
    size_t *count)
{
	unsigned char entry[CHUNK], slot[4];
	size_t len = strlen(user);
	uint32_t at;

	*count = 0;
	if (!read_at(r, GROUP_INDEX_HEADER + 4 * (group_index_hash(user) & (r->slots_user - 1)),
		slot, sizeof(slot)))
		return READER_UNUSABLE;
	at = get_u32(slot);
	for (int hops = 0; at != 0 && hops < GROUP_INDEX_CHAIN_MAX; hops++) {
		size_t have = read_user(r, at, entry, sizeof(entry));
		size_t name, groups;

		if (have == 0)
			return READER_UNUSABLE;
		name = get_u16(entry + 4);
		groups = get_u16(entry + 6);
		have -= GROUP_INDEX_USER_FIXED;
		if (name > have || groups * GROUP_INDEX_USER_GROUP > have - name)
			return READER_UNUSABLE;
		if (name == len && memcmp(entry + GROUP_INDEX_USER_FIXED, user, len) == 0)
			return take_gids(
			    r, entry + GROUP_INDEX_USER_FIXED + name, groups, gid, count);
		at = get_u32(entry);
	}
	return at == 0 ? READER_NOT_FOUND : READER_UNUSABLE;
}

/* ---- a group ----------------------------------------------------------------------------- */

struct head { /* of a group's entry */
	uint32_t at, next_name, next_gid, gid, len, members, name_len;
	char name[GROUP_INDEX_NAME_MAX + 1];
};

static bool
read_head(const struct reader *r, uint32_t at, struct head *h)
{
	unsigned char fixed[GROUP_INDEX_GROUP_FIXED];

	if (!read_at(r, at, fixed, sizeof(fixed)))
		return false;
	h->at = at;
	h->next_name = get_u32(fixed);
	h->next_gid = get_u32(fixed + 4);
	h->gid = get_u32(fixed + 8);
	h->len = get_u32(fixed + 12);
	h->members = get_u32(fixed + 16);
	h->name_len = get_u16(fixed + 20);
	if (h->len > r->size - at || h->len < sizeof(fixed) ||
	    h->name_len > h->len - sizeof(fixed) || h->name_len > GROUP_INDEX_NAME_MAX ||
	    !read_at(r, at + (uint32_t)sizeof(fixed), h->name, h->name_len))
		return false;
	h->name[h->name_len] = '\0';
	/* what could be taken for a group of the files is none of ours */
	return h->gid >= GROUP_INDEX_GID_MIN && h->gid <= GROUP_INDEX_GID_MAX &&
	       strlen(h->name) == h->name_len &&
	       strncmp(h->name, GROUP_INDEX_PREFIX, strlen(GROUP_INDEX_PREFIX)) == 0;
}

/* The caller's memory, filled from its front with strings and from its back with pointers. */
struct arena {
	char *from, *to;
	char **pointer; /* the lowest that is used; all lie behind "to" */
};

static bool
arena_init(struct arena *a, char *buffer, size_t size)
{
	size_t off = ((uintptr_t)buffer + size) % sizeof(char *);

	if (size < off + sizeof(char *))
		return false;
	a->from = buffer;
	a->to = buffer + (size - off);
	a->pointer = (char **)(void *)a->to;
	return true;
}

static bool
arena_pointer(struct arena *a, char *value)
{
	if ((size_t)((char *)a->pointer - a->from) < sizeof(char *))
		return false;
	*--a->pointer = value;
	return true;
}

static char *
arena_string(struct arena *a, const void *text, size_t len)
{
	char *copy = a->from;

	if ((size_t)((char *)a->pointer - a->from) <= len)
		return NULL;
	memcpy(copy, text, len);
	copy[len] = '\0';
	a->from += len + 1;
	return copy;
}

/* The members that are none any more are passed over. */
static enum reader_result
read_members(const struct reader *r, const struct head *h, struct arena *a)
{
	uint32_t at = h->at + GROUP_INDEX_GROUP_FIXED + h->name_len, end = h->at + h->len;
	unsigned char m[GROUP_INDEX_MEMBER_FIXED + GROUP_INDEX_NAME_MAX];

	for (uint32_t i = 0; i < h->members; i++) {
		size_t have = end - at < sizeof(m) ? end - at : sizeof(m);
		size_t len;
		char *name;

		if (have < GROUP_INDEX_MEMBER_FIXED || !read_at(r, at, m, have))
			return READER_UNUSABLE;
		len = get_u16(m + 16);
		if (len > have - GROUP_INDEX_MEMBER_FIXED)
			return READER_UNUSABLE;
		at += GROUP_INDEX_MEMBER_FIXED + (uint32_t)len;
		if (is_over(r, m))
			continue;
		name = arena_string(a, m + GROUP_INDEX_MEMBER_FIXED, len);
		if (name == NULL || !arena_pointer(a, name))
			return READER_AGAIN;
	}
	return READER_FOUND;
}

static enum reader_result
fill_group(const struct reader *r, const struct head *h, struct group *out, char *buffer,
    size_t size)
{
	static const char no_password[] = "x";
	enum reader_result result;
	struct arena a;

	if (!arena_init(&a, buffer, size) || !arena_pointer(&a, NULL) ||
	    (out->gr_name = arena_string(&a, h->name, h->name_len)) == NULL ||
	    (out->gr_passwd = arena_string(&a, no_password, 1)) == NULL)
		return READER_AGAIN;
	out->gr_gid = h->gid;
	result = read_members(r, h, &a);
	out->gr_mem = a.pointer;
	return result;
}

enum reader_result
reader_group_by_name(const struct reader *r, const char *name, struct group *out, char *buffer,
    size_t size)
{
	uint32_t table = GROUP_INDEX_HEADER + 4 * r->slots_user, at;
	unsigned char slot[4];
	struct head h;

	if (!read_at(r, table + 4 * (group_index_hash(name) & (r->slots_name - 1)), slot,
		sizeof(slot)))
		return READER_UNUSABLE;
	at = get_u32(slot);
	for (int hops = 0; at != 0 && hops < GROUP_INDEX_CHAIN_MAX; hops++) {
		if (!read_head(r, at, &h))
			return READER_UNUSABLE;
		if (strcmp(h.name, name) == 0)
			return fill_group(r, &h, out, buffer, size);
		at = h.next_name;
	}
	return at == 0 ? READER_NOT_FOUND : READER_UNUSABLE;
}

enum reader_result
reader_group_by_gid(
    const struct reader *r, uint32_t gid, struct group *out, char *buffer, size_t size)
{
	uint32_t table = GROUP_INDEX_HEADER + 4 * (r->slots_user + r->slots_name), at;
	unsigned char slot[4];
	struct head h;

	if (!read_at(r, table + 4 * (group_index_hash_gid(gid) & (r->slots_gid - 1)), slot,
		sizeof(slot)))
		return READER_UNUSABLE;
	at = get_u32(slot);
	for (int hops = 0; at != 0 && hops < GROUP_INDEX_CHAIN_MAX; hops++) {
		if (!read_head(r, at, &h))
			return READER_UNUSABLE;
		if (h.gid == gid)
			return fill_group(r, &h, out, buffer, size);
		at = h.next_gid;
	}
	return at == 0 ? READER_NOT_FOUND : READER_UNUSABLE;
}

enum reader_result
reader_group_at(
    const struct reader *r, uint32_t n, struct group *out, char *buffer, size_t size)
{
	uint32_t at = r->first_group;
	struct head h;

	if (n >= r->groups)
		return READER_NOT_FOUND;
	for (uint32_t i = 0; i <= n; i++) {
		if (!read_head(r, at, &h))
			return READER_UNUSABLE;
		if (i < n)
			at += h.len;
	}
	return fill_group(r, &h, out, buffer, size);
}
