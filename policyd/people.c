#include "people.h"
#include "error.h"
#include "store/members.h"
#include "store/terms.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
people_attributes(struct server *s, const char *person, char *out, size_t size)
{
	static struct store_attribute a[ATTRIBUTES_MAX];
	size_t n = 0, used = 0;
	int e = store_attributes(s->store, person, a, ATTRIBUTES_MAX, &n);

	out[0] = '\0';
	for (size_t i = 0; e == SKS_OK && i < n; i++) {
		int len;

		if (policy_attribute(s->policy, a[i].name) == NULL)
			continue;
		len = snprintf(out + used, size - used, "%s%s=%lld:%lld", used > 0 ? "," : "",
		    a[i].name, (long long)a[i].set_wall_ms, (long long)a[i].until_wall_ms);
		if (len < 0 || (size_t)len >= size - used)
			return SKS_TOO_BIG;
		used += (size_t)len;
	}
	return e;
}

int
people_standing(
    struct server *s, const struct role *role, const char *account, uint32_t *standing)
{
	bool reviewed = role->review_ms != 0 || role->review_fiscal_year || role->reviewers.count > 0;
	struct store_member m;
	char restored[32] = "";
	int e = store_member_get(s->store, role->name, account, &m);

	*standing = STANDING_COUNTS;
	if (e == SKS_OK && reviewed)
		e = store_meta_get(s->store, "members.restored", restored, sizeof(restored));
	if (e != SKS_OK && e != SKS_NOT_FOUND)
		return e;
	if (m.out_wall_ms != 0)
		*standing = STANDING_OUT;
	else if (restored[0] != '\0' && strtoll(restored, NULL, 10) > m.certified_wall_ms)
		*standing = STANDING_RESTORED;
	return SKS_OK;
}
