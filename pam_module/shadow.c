#include "shadow.h"

#include "rollback/sha256.h"
#include <security/pam_modutil.h>
#include <shadow.h>
#include <string.h>

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

void
shadow_into_request(struct ask *a)
{
	struct pam_request *q = &a->request;
	char hash[SHA256_HEX_SIZE];
	const struct spwd *sp;

	if (!a->by_root || !q->known)
		return;
	sp = pam_modutil_getspnam(a->pamh, q->user);
	q->password_mark[0] = '\0';
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
