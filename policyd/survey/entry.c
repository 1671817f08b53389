#include "survey/entry.h"

#include "error.h"
#include "text.h"
#include <stdlib.h>
#include <string.h>

const char *const survey_area_words[] = {
    [AREA_PAM] = "pam",
    [AREA_SUDO] = "sudo",
    [AREA_SSHD] = "sshd",
    [AREA_NSS] = "nss",
    [AREA_ACCOUNTS] = "accounts",
    [AREA_UNITS] = "units",
    [AREA_PACKAGES] = "packages",
    [AREA_SEKISHO] = "sekisho",
    [AREA_KEYS] = "authorized-keys",
    [AREA_WATCH] = "watch",
    [AREA_SETUID] = "setuid",
    [AREA_COUNT] = NULL,
};

void
survey_put(struct buf *out, const struct survey_entry *e)
{
	buf_put_str(out, e->path);
	buf_put_u8(out, e->kind);
	buf_put_u8(out, e->flags);
	buf_put_u32(out, e->mode);
	buf_put_u32(out, e->uid);
	buf_put_u32(out, e->gid);
	buf_put_u64(out, e->size);
	buf_put_u32(out, e->lines);
	buf_put_u64(out, e->caps);
	buf_put_bytes(out, e->digest, sizeof(e->digest));
}

int
survey_get(struct buf *in, struct survey_entry *out)
{
	static char path[ENTRY_PATH_SIZE], clean[ENTRY_PATH_SIZE];

	memset(out, 0, sizeof(*out));
	buf_get_str(in, path, sizeof(path));
	out->kind = buf_get_u8(in);
	out->flags = buf_get_u8(in);
	out->mode = buf_get_u32(in);
	out->uid = buf_get_u32(in);
	out->gid = buf_get_u32(in);
	out->size = buf_get_u64(in);
	out->lines = buf_get_u32(in);
	out->caps = buf_get_u64(in);
	buf_get_bytes(in, out->digest, sizeof(out->digest));
	if (buf_error(in) != SKS_OK)
		return buf_error(in);
	(void)text_clean(clean, sizeof(clean), path);
	if (path[0] != '/' || strcmp(clean, path) != 0 ||
	    strchr("-dlpsbc", out->kind) == NULL || out->kind == '\0')
		return SKS_INVALID;
	out->path = strdup(path);
	return out->path != NULL ? SKS_OK : SKS_NOMEM;
}

void
survey_entry_clear(struct survey_entry *e)
{
	free(e->path);
	e->path = NULL;
}

unsigned
survey_compare(const struct survey_entry *before, const struct survey_entry *after)
{
	const uint8_t unseen = ENTRY_UNREADABLE | ENTRY_HUGE;
	unsigned differs = 0;

	if (before->kind != after->kind)
		differs |= DIFFERS_KIND;
	if (((before->flags ^ after->flags) & ENTRY_UNREADABLE) != 0)
		differs |= DIFFERS_READABLE;
	/* where one was not looked at, its size is all there is to compare */
	if (before->size != after->size ||
	    (((before->flags | after->flags) & unseen) == 0 &&
		memcmp(before->digest, after->digest, sizeof(after->digest)) != 0))
		differs |= DIFFERS_CONTENT;
	if (before->mode != after->mode)
		differs |= DIFFERS_MODE;
	if (before->uid != after->uid || before->gid != after->gid)
		differs |= DIFFERS_OWNER;
	if (before->caps != after->caps)
		differs |= DIFFERS_CAPABILITY;
	return differs;
}
