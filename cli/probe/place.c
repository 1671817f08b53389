#include "place.h"

#include "run.h"
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <shadow.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PLACE_SSH   PROBE_HOME "/.ssh"
#define PLACE_LIST  PLACE_SSH "/authorized_keys"
#define PLACE_KEY_2 PROBE_KEY ".pub"

enum { KEYGEN_TIMEOUT_MS = 5000, KEY_LIFE_S = 600 };

static bool
place_ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), tail = strlen(end);

	return len >= tail && strcmp(text + len - tail, end) == 0;
}

enum place_state
place_check_account(void)
{
	const struct passwd *pw = getpwnam(PROBE_ACCOUNT);
	const struct spwd *sp;

	if (pw == NULL)
		return PLACE_NO_ACCOUNT;
	if (pw->pw_uid == 0 || strcmp(pw->pw_dir, PROBE_HOME) != 0 ||
	    !(place_ends_with(pw->pw_shell, "/nologin") ||
		place_ends_with(pw->pw_shell, "/false")))
		return PLACE_UNLOCKED;
	sp = getspnam(PROBE_ACCOUNT);
	if (sp == NULL || (sp->sp_pwdp[0] != '!' && sp->sp_pwdp[0] != '*'))
		return PLACE_UNLOCKED;
	return PLACE_READY;
}

void
place_remove(void)
{
	unlink(PLACE_LIST);
	unlink(PROBE_KEY);
	unlink(PLACE_KEY_2);
	rmdir(PLACE_SSH);
	rmdir(PROBE_CLIENT);
	rmdir(PROBE_HOME); /* stays where systemd made it, and goes with the unit */
}

/* A directory of root's, made now or there from before. */
static bool
place_directory(const char *path, mode_t mode)
{
	struct stat st;

	if (mkdir(path, mode) != 0 && errno != EEXIST)
		return false;
	if (lstat(path, &st) != 0 || !S_ISDIR(st.st_mode) || st.st_uid != geteuid())
		return false;
	return chmod(path, mode) == 0;
}

static bool
place_make_key(void)
{
	const char *const argv[] = {"/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "",
	    "-C", PROBE_ACCOUNT, "-f", PROBE_KEY, NULL};
	FILE *said = run_program(argv, KEYGEN_TIMEOUT_MS);

	if (said == NULL)
		return false;
	fclose(said);
	return true;
}

/* From this host, for ten minutes, for nothing but a login: so that a key whose run was killed
 * is worth nothing to anybody who finds it. */
static bool
place_write_list(void)
{
	char key[512] = "", until[32];
	time_t end = time(NULL) + KEY_LIFE_S;
	struct tm tm;
	FILE *in = fopen(PLACE_KEY_2, "re"), *out;
	int fd;

	if (in == NULL)
		return false;
	if (fgets(key, sizeof(key), in) == NULL)
		key[0] = '\0';
	fclose(in);
	if (strncmp(key, "ssh-ed25519 ", 12) != 0 || gmtime_r(&end, &tm) == NULL ||
	    strftime(until, sizeof(until), "%Y%m%d%H%MZ", &tm) == 0)
		return false;
	fd = open(PLACE_LIST, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	out = fd < 0 ? NULL : fdopen(fd, "w");
	if (out == NULL) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	fprintf(out, "restrict,expiry-time=\"%s\" %s", until, key);
	if (fchmod(fd, 0644) != 0) {
		fclose(out);
		return false;
	}
	return fclose(out) == 0;
}

enum place_state
place_make(void)
{
	place_remove();
	if (place_directory(PROBE_HOME, 0755) && place_directory(PLACE_SSH, 0755) &&
	    place_directory(PROBE_CLIENT, 0700) && place_make_key() && place_write_list())
		return PLACE_READY;
	place_remove();
	return PLACE_FAILED;
}
