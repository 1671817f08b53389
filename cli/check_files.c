/* Files that must be root's alone, to the root of each path; the break-glass codes. */
#include "breakglass.h"
#include "check.h"
#include "error.h"
#include "factor/keyfile.h"
#include "i18n.h"
#include "safeopen.h"
#include "spool.h"
#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STATE_DIR "/var/lib/sekisho"

enum { KEY_SIZE_BYTES = 32 };

/* Does what is in it make sense? The ring is wiped at once: nothing here needs a key. */
static bool
check_key_content(const char *path, int fd)
{
	static uint8_t space[KEYRING_FILE_MAX];
	static struct keyring ring;
	char why[512];
	struct stat st;
	int r;

	if (strcmp(path, KEYFILE_PATH) != 0)
		return fstat(fd, &st) == 0 && st.st_size == KEY_SIZE_BYTES;
	r = keyfile_read(path, &ring, space, why, sizeof(why));
	keyring_clear(&ring);
	return r == SKS_OK;
}

static void
check_key_file(struct check *c, const char *path)
{
	char why[512];
	int fd;

	if (!c->root) {
		check_unknown(c, "key-file-mode", _("Run \"sekisho check\" as root."),
		    _("only root can look at %s"), path);
		return;
	}
	fd = safeopen_read(path, 0, 0600, why, sizeof(why));
	if (fd >= 0 && safeopen_path_is_secure(path, 0, why, sizeof(why)) != SKS_OK) {
		close(fd);
		fd = SKS_UNTRUSTED;
	}
	if (fd < 0) {
		check_failed(c, "key-file-mode",
		    _("Who reads this key opens every secret that is sealed with it."),
		    _("Make it root's, mode 0600, below directories that only root writes. If "
		      "others "
		      "could read it, its secrets have to be enrolled anew."),
		    "%s", why);
		return;
	}
	if (!check_key_content(path, fd))
		check_failed(c, "key-file-mode", _("A damaged key opens nothing."),
		    _("Put back the copy that you keep of it."),
		    _("%s is damaged, or holds something else than a key"), path);
	else
		check_ok(c, "key-file-mode", _("%s is root's alone"), path);
	close(fd);
}

/* The daemon's own user, or root where there is none (then the files are root's or wrong). */
static uid_t
check_daemon_uid(void)
{
	const struct passwd *pw = getpwnam("sekisho");

	return pw == NULL ? 0 : pw->pw_uid;
}

static void
check_state_dir(struct check *c)
{
	uid_t owner = check_daemon_uid();
	char why[512];
	struct stat st;

	if (lstat(STATE_DIR, &st) != 0) {
		check_failed(c, "secrets-sealed", _("State, secrets and log have no place."),
		    _("Start the daemon, which makes it."), "%s: %s", STATE_DIR,
		    strerror(errno));
		return;
	}
	if (!S_ISDIR(st.st_mode) || st.st_uid != owner || (st.st_mode & 0077) != 0)
		check_failed(c, "secrets-sealed",
		    _("Sealed or not, secrets and log are nobody else's to copy."),
		    _("chown sekisho: /var/lib/sekisho; chmod 700 /var/lib/sekisho"),
		    _("%s belongs to uid %u with mode %04o, not to uid %u with 0700"),
		    STATE_DIR, (unsigned int)st.st_uid, (unsigned int)(st.st_mode & 07777),
		    (unsigned int)owner);
	else if (safeopen_path_is_secure(STATE_DIR "/x", owner, why, sizeof(why)) != SKS_OK)
		check_failed(c, "secrets-sealed",
		    _("Whoever can write above it can put another in its place."),
		    _("Give the directory to root, without write permission for others."), "%s",
		    why);
	else
		check_ok(c, "secrets-sealed",
		    _("%s is the daemon's alone; secrets in it are sealed"), STATE_DIR);
}

static void
check_break_glass(struct check *c)
{
	const char *next =
	    _("Make codes and seal the card in an envelope: sekisho break-glass make");
	const char *why = _("When the daemon or the disk fails, they are the way in.");
	struct breakglass_count count;
	int r;

	if (!c->root) {
		check_unknown(c, "break-glass-ready", _("Run \"sekisho check\" as root."),
		    _("only root can look at %s"), BREAKGLASS_FILE);
		return;
	}
	r = breakglass_count(&breakglass_system, &count);
	if (r == SKS_NOT_FOUND)
		check_failed(c, "break-glass-ready", why, next, "%s",
		    _("there are no break-glass codes"));
	else if (r != SKS_OK)
		check_failed(c, "break-glass-ready", why, next, "%s: %s", BREAKGLASS_FILE,
		    _(error_text(r)));
	else if (count.unused == 0)
		check_failed(c, "break-glass-ready", why, next,
		    _("all %u break-glass codes are used"), count.total);
	else
		check_ok(c, "break-glass-ready", _("%u of %u codes unused, at %s"),
		    count.unused, count.total, count.ttys);
}

void
check_files(struct check *c)
{
	check_key_file(c, KEYFILE_PATH);
	check_key_file(c, SPOOL_KEY);
	check_state_dir(c);
	check_break_glass(c);
}
