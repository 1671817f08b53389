#include "accounts.h"

#include "buf.h"
#include <grp.h>
#include <pwd.h>
#include <stddef.h>
#include <string.h>
#include <sys/types.h>

bool
accounts_is_sound(const char *name)
{
	if (name[0] == '\0' || strchr(name, ',') != NULL)
		return false;
	for (; *name != '\0'; name++) {
		if ((unsigned char)*name < 0x20 || *name == 0x7f)
			return false;
	}
	return true;
}

static void
members_add(struct buf *out, bool *any, const char *name)
{
	if (!accounts_is_sound(name) || strchr(name, ':') != NULL)
		return;
	buf_printf(out, "%s%s", *any ? "," : "", name);
	*any = true;
}

void
accounts_put_members(struct buf *out, const char *group)
{
	const struct group *gr = getgrnam(group);
	const struct passwd *pw;
	bool any = false;
	gid_t gid;

	if (gr == NULL)
		return;
	gid = gr->gr_gid;
	buf_printf(out, "%s:", group);
	for (char **m = gr->gr_mem; *m != NULL; m++)
		members_add(out, &any, *m);
	setpwent();
	while ((pw = getpwent()) != NULL) {
		if (pw->pw_gid == gid)
			members_add(out, &any, pw->pw_name);
	}
	endpwent();
	buf_printf(out, "\n");
}

void
accounts_put_name(struct buf *out, uint32_t uid)
{
	const struct passwd *pw = uid != UINT32_MAX ? getpwuid((uid_t)uid) : NULL;

	if (pw != NULL && accounts_is_sound(pw->pw_name))
		buf_printf(out, "%u:%s\n", uid, pw->pw_name);
}

const char *
accounts_find(const struct buf *lines, const char *name, unsigned *len)
{
	const char *at = (const char *)lines->data;
	size_t left = lines->len, name_len = strlen(name);

	while (left > 0) {
		const char *stop = memchr(at, '\n', left);
		size_t n = stop != NULL ? (size_t)(stop - at) : left;

		if (n > name_len && at[name_len] == ':' && memcmp(at, name, name_len) == 0) {
			*len = (unsigned)(n - name_len - 1);
			return at + name_len + 1;
		}
		if (stop == NULL)
			break;
		left -= n + 1;
		at += n + 1;
	}
	return NULL;
}
