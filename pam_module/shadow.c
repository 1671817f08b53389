#include "shadow.h"

#include "rollback/sha256.h"
#include <security/pam_modutil.h>
#include <shadow.h>
#include <string.h>
#include <sys/stat.h>

/* No password at all, or one that nothing can be typed for. */
static bool
shadow_is_locked(const char *hash)
{
	return hash == NULL || hash[0] == '\0' || hash[0] == '!' || hash[0] == '*';
}

static int64_t
shadow_days(long days)
{
	return days > 0 ? days : 0;
}

static void
shadow_look(struct shadow_stamp *out)
{
	struct stat st;

	*out = (struct shadow_stamp){0};
	if (stat(SHADOW, &st) == 0)
		*out = (struct shadow_stamp){
		    st.st_dev, st.st_ino, st.st_size, st.st_mtim, st.st_ctim};
}

static bool
shadow_is_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

bool
shadow_is_same(const struct shadow_stamp *then)
{
	struct shadow_stamp now;

	shadow_look(&now);
	return now.device == then->device && now.inode == then->inode && now.size == then->size &&
	       shadow_is_time(now.modified, then->modified) &&
	       shadow_is_time(now.changed, then->changed);
}

void
shadow_into_request(struct ask *a)
{
	struct pam_request *q = &a->request;
	char hash[SHA256_HEX_SIZE];
	const struct spwd *sp;

	if (!a->by_root || !q->known)
		return;
	shadow_look(&a->shadow); /* before it is read: what changes behind that shows */
	sp = pam_modutil_getspnam(a->pamh, q->user);
	q->password_mark[0] = '\0';
	q->shadow_day = q->shadow_max = q->shadow_end = 0;
	if (sp == NULL)
		return;
	q->shadow_end = shadow_days(sp->sp_expire);
	if (shadow_is_locked(sp->sp_pwdp))
		return;
	q->shadow_day = shadow_days(sp->sp_lstchg);
	q->shadow_max = sp->sp_max < 99999 ? shadow_days(sp->sp_max) : 0;
	sha256_hex(sp->sp_pwdp, strlen(sp->sp_pwdp), hash);
	memcpy(q->password_mark, hash, sizeof(q->password_mark) - 1);
	q->password_mark[sizeof(q->password_mark) - 1] = '\0';
}
