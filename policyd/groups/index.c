/* The group index as bytes: entries first, then the chains that lead to them. */
#include "groups/index.h"
#include "error.h"
#include "group_index.h"
#include <stdlib.h>
#include <string.h>

struct build {
	struct buf *out;
	size_t start; /* of the index in out */
	uint32_t users, slots_user, slots_group;
};

static void
put_at(const struct build *b, size_t offset, uint32_t v)
{
	for (unsigned int i = 0; i < 4; i++)
		b->out->data[b->start + offset + i] = (uint8_t)(v >> (24 - 8 * i));
}

static uint32_t
get_at(const struct build *b, size_t offset)
{
	const uint8_t *p = b->out->data + b->start + offset;

	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* The entry at "offset", whose link is at "link", becomes the first of its slot's chain. */
static void
chain(const struct build *b, size_t table, uint32_t slots, uint32_t hash, uint32_t offset,
    size_t link)
{
	size_t slot = table + 4 * (size_t)(hash & (slots - 1));

	put_at(b, link, get_at(b, slot));
	put_at(b, slot, offset);
}

static uint32_t
here(const struct build *b)
{
	return (uint32_t)(b->out->len - b->start);
}

static uint32_t
slots_for(size_t entries)
{
	uint32_t slots = 4;

	while (slots < entries && slots < 1U << 20)
		slots *= 2;
	return slots;
}

static int
by_user(const void *a, const void *b)
{
	const struct index_member *x = a, *y = b;
	int order = strcmp(x->user, y->user);

	return order != 0 ? order : (x->group > y->group) - (x->group < y->group);
}

static int
by_group(const void *a, const void *b)
{
	const struct index_member *x = a, *y = b;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	return strcmp(x->user, y->user);
}

/* One membership each; the members are sorted by user. */
static size_t
merge(struct index_member *m, size_t count)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		if (n > 0 && by_user(&m[n - 1], &m[i]) == 0) {
			if (m[i].until_wall_ms > m[n - 1].until_wall_ms)
				m[n - 1].until_wall_ms = m[i].until_wall_ms;
			if (m[i].until_boot_ms > m[n - 1].until_boot_ms)
				m[n - 1].until_boot_ms = m[i].until_boot_ms;
		} else {
			m[n++] = m[i];
		}
	}
	return n;
}

/* One user, whose memberships are m[0..count). */
static int
put_user(const struct build *b, const struct index_group *group, const struct index_member *m,
    size_t count)
{
	uint32_t offset = here(b);

	if (count > GROUP_INDEX_USER_GROUPS)
		return SKS_INVALID;
	buf_put_u32(b->out, 0);
	buf_put_u16(b->out, (uint16_t)strlen(m->user));
	buf_put_u16(b->out, (uint16_t)count);
	buf_put_bytes(b->out, m->user, strlen(m->user));
	for (size_t i = 0; i < count; i++) {
		buf_put_u32(b->out, group[m[i].group].gid);
		buf_put_u64(b->out, (uint64_t)m[i].until_wall_ms);
		buf_put_u64(b->out, (uint64_t)m[i].until_boot_ms);
	}
	if (buf_error(b->out) == SKS_OK)
		chain(b, GROUP_INDEX_HEADER, b->slots_user, group_index_hash(m->user), offset,
		    offset);
	return buf_error(b->out);
}

static int
put_group(const struct build *b, const struct index_group *group, const struct index_member *m,
    size_t count)
{
	size_t by_name = GROUP_INDEX_HEADER + 4 * (size_t)b->slots_user;
	size_t by_gid = by_name + 4 * (size_t)b->slots_group;
	uint32_t offset = here(b);

	buf_put_u32(b->out, 0);
	buf_put_u32(b->out, 0);
	buf_put_u32(b->out, group->gid);
	buf_put_u32(b->out, 0);
	buf_put_u32(b->out, (uint32_t)count);
	buf_put_u16(b->out, (uint16_t)strlen(group->name));
	buf_put_u16(b->out, 0);
	buf_put_bytes(b->out, group->name, strlen(group->name));
	for (size_t i = 0; i < count; i++) {
		buf_put_u64(b->out, (uint64_t)m[i].until_wall_ms);
		buf_put_u64(b->out, (uint64_t)m[i].until_boot_ms);
		buf_put_str(b->out, m[i].user);
	}
	if (buf_error(b->out) != SKS_OK)
		return buf_error(b->out);
	put_at(b, offset + 12, here(b) - offset);
	chain(b, by_name, b->slots_group, group_index_hash(group->name), offset, offset);
	chain(b, by_gid, b->slots_group, group_index_hash_gid(group->gid), offset, offset + 4);
	return SKS_OK;
}

static int
put_users(struct build *b, const struct index_group *group, const struct index_member *m,
    size_t members)
{
	int r = SKS_OK;

	for (size_t i = 0, n; r == SKS_OK && i < members; i += n) {
		for (n = 1; i + n < members && strcmp(m[i].user, m[i + n].user) == 0;)
			n++;
		r = put_user(b, group, m + i, n);
	}
	return r;
}

/* The members are sorted by group. */
static int
put_groups(struct build *b, const struct index_group *group, size_t groups,
    const struct index_member *m, size_t members)
{
	size_t at = 0;
	int r = SKS_OK;

	for (size_t i = 0; r == SKS_OK && i < groups; i++) {
		size_t n = 0;

		while (at + n < members && m[at + n].group == i)
			n++;
		r = put_group(b, &group[i], m + at, n);
		at += n;
	}
	return r;
}

static bool
is_sane(const struct index_group *group, size_t groups, const struct index_member *m,
    size_t members)
{
	for (size_t i = 0; i < groups; i++) {
		if (group[i].gid < GROUP_INDEX_GID_MIN || group[i].gid > GROUP_INDEX_GID_MAX ||
		    strncmp(group[i].name, GROUP_INDEX_PREFIX, strlen(GROUP_INDEX_PREFIX)) != 0)
			return false;
	}
	for (size_t i = 0; i < members; i++) {
		if (m[i].group >= groups || m[i].user[0] == '\0' ||
		    strlen(m[i].user) > GROUP_INDEX_NAME_MAX)
			return false;
	}
	return true;
}

static uint32_t
count_users(const struct index_member *m, size_t members)
{
	uint32_t n = 0;

	for (size_t i = 0; i < members; i++)
		n += i == 0 || strcmp(m[i - 1].user, m[i].user) != 0;
	return n;
}

int
index_build(struct buf *out, const struct index_group *group, size_t groups,
    struct index_member *m, size_t members)
{
	struct build b = {.out = out, .start = out->len};
	uint32_t first;
	int r;

	if (!is_sane(group, groups, m, members))
		return SKS_INVALID;
	if (members > 0)
		qsort(m, members, sizeof(*m), by_user);
	members = merge(m, members);
	b.users = count_users(m, members);
	b.slots_user = slots_for(b.users);
	b.slots_group = slots_for(groups);
	if (buf_reserve(out,
		GROUP_INDEX_HEADER + 4 * ((size_t)b.slots_user + 2 * (size_t)b.slots_group)) == NULL)
		return buf_error(out);
	if ((r = put_users(&b, group, m, members)) != SKS_OK)
		return r;
	first = here(&b);
	if (members > 0)
		qsort(m, members, sizeof(*m), by_group);
	if ((r = put_groups(&b, group, groups, m, members)) != SKS_OK)
		return r;
	memcpy(out->data + b.start, GROUP_INDEX_MAGIC, 8);
	put_at(&b, 8, here(&b));
	put_at(&b, 12, b.slots_user);
	put_at(&b, 16, b.slots_group);
	put_at(&b, 20, b.slots_group);
	put_at(&b, 24, first);
	put_at(&b, 28, (uint32_t)groups);
	return SKS_OK;
}
