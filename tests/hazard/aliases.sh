#!/bin/bash
# A name service that knows no difference between ALICE and alice (as directories do) gives one
# account many names. It stays one account: one suspension, one lock, one class.
. "$(dirname "$0")/lib.sh"
hazard_enter -- "$@"

cat >"$work/fold.c" <<'EOF2'
#include <ctype.h>
#include <errno.h>
#include <nss.h>
#include <pwd.h>
#include <shadow.h>
#include <stdio.h>
#include <string.h>

static void
fold(const char *name, char out[256])
{
	size_t i;

	for (i = 0; name[i] != '\0' && i < 255; i++)
		out[i] = (char)tolower((unsigned char)name[i]);
	out[i] = '\0';
}

#define LOOK(what, type, path, get, member)                                                    \
	enum nss_status what(                                                                  \
	    const char *name, struct type *result, char *buffer, size_t size, int *error)      \
	{                                                                                      \
		FILE *f = fopen(path, "re");                                                   \
		struct type *found = NULL;                                                     \
		char wanted[256];                                                              \
                                                                                               \
		fold(name, wanted);                                                            \
		while (f != NULL && get(f, result, buffer, size, &found) == 0)                 \
			if (strcmp(found->member, wanted) == 0) {                              \
				fclose(f);                                                     \
				return NSS_STATUS_SUCCESS;                                     \
			}                                                                      \
		if (f != NULL)                                                                 \
			fclose(f);                                                             \
		*error = ENOENT;                                                               \
		return NSS_STATUS_NOTFOUND;                                                    \
	}
LOOK(_nss_fold_getpwnam_r, passwd, "/etc/passwd", fgetpwent_r, pw_name)
LOOK(_nss_fold_getspnam_r, spwd, "/etc/shadow", fgetspent_r, sp_namp)
EOF2
cc -shared -fPIC -o "/usr/lib/$(cc -print-multiarch)/libnss_fold.so.2" "$work/fold.c" &&
    printf '%s: files fold\n' passwd shadow >"$work/nsswitch" &&
    grep -vE '^(passwd|shadow):' /etc/nsswitch.conf >>"$work/nsswitch" &&
    cp "$work/nsswitch" /etc/nsswitch.conf || fail 'a name service that folds'
is 'USER1 is an account' 7001 "$(id -u USER1)"

# as NAME USER: a login under that name, with what belongs to USER.
as()
{
	sandbox-clock +30s
	load <<<"user=$1 rhost=10.15.0.1 password=$(password "$2") code=$(sandbox-code "$2")"
}

as USER1 user1
is 'user1 gets in under another spelling' 1 "$(let_in)"
since=$(log_size)
for name in user2 USER2 User2 uSER2 usER2 useR2 USer2; do
	load <<<"user=$name rhost=10.15.0.2 password=wrong"
done
output=
is 'seven wrong passwords, seven spellings: five are evaluated' 5 "$(reasons "$since" wrong-password)"
sekisho user suspend user1 --reason test >/dev/null
as USER1 user1
is 'who is suspended is so under each spelling' 0 "$(let_in)"
# admin1 is of class admin, which the floor is about: without rules too.
cp "$SANDBOX_TREE/conf/policy.conf" /etc/sekisho/policy.conf
printf '%s\n' '[account admin1]' 'class = admin' >>/etc/sekisho/policy.conf
sekisho policy apply >/dev/null || fail 'the policy is in force'
load <<<"user=admin1 rhost=10.15.0.3 password=$(password admin1)"
is 'an administrator needs a code' 0 "$(let_in)"
load <<<"user=ADMIN1 rhost=10.15.0.3 password=$(password admin1)"
is 'under each spelling' 0 "$(let_in)"

redecide_all
done_testing
