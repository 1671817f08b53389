/* Does every account name one subject? And are the algorithms in use on this host? */
#include "check.h"
#include "i18n.h"
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ACCOUNTS_MAX = 4096, ACCOUNT_NAME = 64 };

struct account_row {
	char name[ACCOUNT_NAME];
	uid_t uid;
};

/* /etc/passwd only: a directory service is asked for one name at a time, never for all. */
static size_t
check_read_accounts(struct account_row *row, size_t max)
{
	FILE *in = fopen("/etc/passwd", "re");
	const struct passwd *pw;
	size_t n = 0;

	if (in == NULL)
		return 0;
	while (n < max && (pw = fgetpwent(in)) != NULL) {
		snprintf(row[n].name, sizeof(row[n].name), "%s", pw->pw_name);
		row[n++].uid = pw->pw_uid;
	}
	fclose(in);
	return n;
}

static int
check_by_uid(const void *a, const void *b)
{
	const struct account_row *x = a, *y = b;

	return (x->uid > y->uid) - (x->uid < y->uid);
}

static void
check_shared_uids(struct check *c, struct account_row *row, size_t n)
{
	bool shared = false;

	qsort(row, n, sizeof(*row), check_by_uid);
	for (size_t i = 1; i < n; i++) {
		if (row[i].uid != row[i - 1].uid)
			continue;
		shared = true;
		check_failed(c, "accounts-named",
		    _("Two names for one uid: the kernel cannot tell them apart, so no record "
		      "can."),
		    _("Give one of them a uid of its own, or remove it."),
		    _("accounts %s and %s have the same uid %u"), row[i - 1].name, row[i].name,
		    (unsigned int)row[i].uid);
	}
	if (!shared)
		check_ok(c, "accounts-named",
		    _("%zu local accounts, each with a uid of its own"), n);
}

/* A name that the policy gives a class and the host does not have protects nobody. */
static void
check_policy_accounts(struct check *c)
{
	char missing[256] = "";

	if (c->policy == NULL)
		return;
	for (size_t i = 0; i < c->policy->account_count; i++) {
		size_t used = strlen(missing);

		if (getpwnam(c->policy->account[i].name) == NULL)
			snprintf(missing + used, sizeof(missing) - used, "%s%s",
			    used == 0 ? "" : ", ", c->policy->account[i].name);
	}
	if (missing[0] != '\0')
		check_failed(c, "accounts-named",
		    _("A mistyped name leaves the account that was meant in the class of "
		      "everybody."),
		    _("Correct the [account …] in the policy, or make the account."),
		    _("the policy names accounts that do not exist: %s"), missing);
}

void
check_accounts(struct check *c)
{
	struct account_row *row = calloc(ACCOUNTS_MAX, sizeof(*row));
	size_t n = row == NULL ? 0 : check_read_accounts(row, ACCOUNTS_MAX);

	if (n == 0)
		check_unknown(c, "accounts-named", NULL, "%s", _("/etc/passwd cannot be read"));
	else
		check_shared_uids(c, row, n);
	check_policy_accounts(c);
	free(row);
}
