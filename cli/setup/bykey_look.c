/* Does an account look as if a program logged in with its key? */
#include "bykey.h"

#include "text.h"
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { FIRST_PERSON_UID = 1000, NOBODY_UID = 65534 };

static bool
has_content(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0;
}

static void
look_for_keys(const struct passwd *pw, const char *root, char *out, size_t size)
{
	static const char *const files[] = {".ssh/authorized_keys", ".ssh/authorized_keys2"};
	char path[4096];

	out[0] = '\0';
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]) && out[0] == '\0'; i++) {
		int n = snprintf(path, sizeof(path), "%s%s/%s", root, pw->pw_dir, files[i]);

		if (n < (int)sizeof(path) && has_content(path))
			(void)text_clean(out, size, path + strlen(root));
	}
}

static bool
lets_nobody_in(const char *shell, const char *const *shells)
{
	static const char *const closed[] = {"nologin", "false", "sync", "true"};
	const char *name = strrchr(shell, '/');

	for (size_t i = 0; name != NULL && i < sizeof(closed) / sizeof(closed[0]); i++) {
		if (strcmp(name + 1, closed[i]) == 0)
			return true;
	}
	for (size_t i = 0; shells[i] != NULL; i++) {
		if (strcmp(shell, shells[i]) == 0)
			return false;
	}
	return shell[0] != '\0'; /* none is /bin/sh */
}

void
bykey_look(const struct passwd *pw, const char *shadow, const char *const *shells,
    const char *root, struct bykey_signs *out)
{
	char path[4096];

	*out = (struct bykey_signs){0};
	look_for_keys(pw, root, out->keys, sizeof(out->keys));
	out->no_password = shadow == NULL || shadow[0] == '!' || shadow[0] == '*';
	out->system = pw->pw_uid < FIRST_PERSON_UID;
	out->no_shell = lets_nobody_in(pw->pw_shell, shells);
	(void)snprintf(path, sizeof(path), "%s/var/spool/cron/crontabs/%s", root, pw->pw_name);
	out->crontab = has_content(path);
}

bool
bykey_is_like_service(const struct passwd *pw, const struct bykey_signs *s)
{
	return pw->pw_uid != 0 && pw->pw_uid != NOBODY_UID && s->keys[0] != '\0' &&
	       (s->no_password || s->system || s->no_shell || s->crontab);
}
