#include "mark.h"

#include "rollback/sha256.h"
#include <shadow.h>
#include <string.h>

void
mark_of_hash(const char *hash, char out[MARK_TEXT_SIZE])
{
	char digits[SHA256_HEX_SIZE];

	sha256_hex(hash, strlen(hash), digits);
	memcpy(out, digits, MARK_TEXT_SIZE - 1);
	out[MARK_TEXT_SIZE - 1] = '\0';
}

bool
mark_read(const char *user, struct mark *out)
{
	const struct spwd *sp = getspnam(user);

	memset(out, 0, sizeof(*out));
	if (sp == NULL)
		return false;
	if (sp->sp_pwdp != NULL && sp->sp_pwdp[0] != '\0' && sp->sp_pwdp[0] != '!' &&
	    sp->sp_pwdp[0] != '*')
		mark_of_hash(sp->sp_pwdp, out->text);
	out->set_day = sp->sp_lstchg > 0 ? sp->sp_lstchg : 0;
	out->least_days = sp->sp_min > 0 ? sp->sp_min : 0;
	out->most_days = sp->sp_max > 0 && sp->sp_max < 99999 ? sp->sp_max : 0;
	return true;
}
