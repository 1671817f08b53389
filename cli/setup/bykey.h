/*
 * Accounts of this host that log in with a key, look as if a program used them, and would be
 * refused by the policy as it will be. They are told before anything is changed; whether one is
 * a service account is for a person to say, because it is asked for no code any more then.
 */
#ifndef SEKISHO_CLI_SETUP_BYKEY_H
#define SEKISHO_CLI_SETUP_BYKEY_H

#include <pwd.h>
#include <stdbool.h>
#include <stddef.h>

struct plan;

/* What an account looks like. */
struct bykey_signs {
	char keys[320];   /* the file of its keys; "": it has none */
	bool no_password; /* none that could be typed */
	bool system;      /* its number is a system account's */
	bool no_shell;    /* its shell is none of /etc/shells, or lets nobody in */
	bool crontab;
};

/* ---- bykey_look.c ---- */

/* shadow: the account's field there, NULL for none; shells: a NULL-ended list; root: "" or
 * where the files are looked for instead. Follows links; reads no key. */
void bykey_look(const struct passwd *pw, const char *shadow, const char *const *shells,
    const char *root, struct bykey_signs *out);
/* Keys, and at least one of the rest. Never root. */
bool bykey_is_like_service(const struct passwd *pw, const struct bykey_signs *s);

/* ---- bykey.c ---- */

/* Called when all files of the policy are in the plan; adds notes to it. */
void bykey_plan(struct plan *p);

#endif
