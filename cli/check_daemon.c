/* Is the daemon there on both sockets, is it recording, is everybody who must be in its
 * register? */
#include "call.h"
#include "check.h"
#include "error.h"
#include "i18n.h"
#include "list.h"
#include "policy/target.h"
#include "safeopen.h"
#include "show.h"
#include "words.h"
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Only whether somebody listens: any request would be a decision, and recorded. */
static int
check_connect(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd, r;

	memcpy(address.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return errno;
	r = connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 ? 0 : errno;
	close(fd);
	return r;
}

static void
check_pam_socket(struct check *c)
{
	const char *next = _("Start it: systemctl start sekisho-policyd");
	const char *why =
	    _("Without it logins are refused (or, with fail=open, let in unasked).");
	const struct passwd *pw = getpwnam("sekisho");
	struct stat st = {0};
	char reason[512];
	int err;

	if (!c->root) {
		check_unknown(c, "daemon-running", _("Run \"sekisho check\" as root."),
		    _("only root may connect to %s"), PAM_SOCKET_PATH);
		return;
	}
	err = check_connect(PAM_SOCKET_PATH);
	if (err != 0) {
		check_failed(c, "daemon-running", why, next, _("nobody answers at %s: %s"),
		    PAM_SOCKET_PATH, strerror(err));
		return;
	}
	if (lstat(PAM_SOCKET_PATH, &st) != 0 || (st.st_mode & 0077) != 0)
		check_failed(c, "daemon-running",
		    _("Whoever may connect there can ask for decisions in the name of root's "
		      "programs."),
		    _("Restart the daemon, which sets the mode; look at who changed it."),
		    _("%s has mode %04o, not 0600"), PAM_SOCKET_PATH,
		    (unsigned int)(st.st_mode & 07777));
	else if (safeopen_path_is_secure(PAM_SOCKET_PATH, pw == NULL ? 0 : pw->pw_uid, reason,
		     sizeof(reason)) != SKS_OK)
		check_failed(c, "daemon-running",
		    _("Whoever can write there can answer in the daemon's place."),
		    _("Give the directory to root or to the daemon, without write permission "
		      "for others."),
		    "%s", reason);
	else
		check_ok(c, "daemon-running", _("%s answers"), PAM_SOCKET_PATH);
}

static void
check_user_socket(struct check *c)
{
	struct call call;
	int error = SKS_OK, r;

	call_init(&call, VERB_STATUS);
	r = call_send(&call, NULL, 0, &error);
	if (r == STATUS_DONE)
		c->status =
		    json_loadb((const char *)call.payload.data, call.payload.len, 0, NULL);
	if (c->status != NULL)
		check_ok(c, "daemon-running", _("%s answers, version %s"), USER_SOCKET_PATH,
		    show_text(c->status, "version"));
	else
		check_failed(c, "daemon-running",
		    _("Nobody can enrol, report or look anything up."),
		    _("Start it: systemctl start sekisho-policyd; its journal says why it "
		      "stopped."),
		    "%s: %s", USER_SOCKET_PATH,
		    error != SKS_OK ? _(error_text(error)) : call.reply.text);
	call_clear(&call);
}

static void
check_records(struct check *c)
{
	const char *space;

	if (c->status == NULL) {
		check_unknown(c, "records-written", _("Start the daemon, then check again."),
		    "%s", _("the daemon does not answer"));
		return;
	}
	space = show_text(c->status, "space");
	if (show_number(c->status, "records") == 0)
		check_failed(c, "records-written", _("A decision without its record is none."),
		    _("Look at the daemon's journal."), "%s", _("the log is empty"));
	else if (space[0] != '\0' && strcmp(space, "ok") != 0)
		check_failed(c, "records-written",
		    _("When nothing can be recorded, nobody but administrators gets in."),
		    _("Make room on the file system of /var/lib/sekisho."),
		    _("space for records: %s"), words_shown(space));
	else
		check_ok(c, "records-written", _("%lld records, space: %s"),
		    (long long)show_number(c->status, "records"),
		    words_shown(space[0] == '\0' ? "ok" : space));
}

/* Does one of the targets lie elsewhere, as far as its address says? */
static bool
check_leaves_host(const json_t *list)
{
	const json_t *target;
	struct target t;
	size_t i;

	json_array_foreach(list, i, target)
	{
		if (target_parse(show_text(target, "target"), &t) && target_leaves_host(&t))
			return true;
	}
	return false;
}

static void
check_forwarding(struct check *c)
{
	const json_t *target, *list = json_object_get(c->status, "forward");
	size_t i, behind = 0;

	json_array_foreach(list, i, target)
	{
		if (show_number(target, "since") == 0) {
			/* not behind for long: nobody has to get up for it, but it is so */
			if (show_number(target, "behind") != 0 && show_text(target, "why")[0] != '\0')
				check_advise(c, "records-forwarded",
				    _("What only this host has, who owns this host can destroy."),
				    _("Look at the target, and at the network between."),
				    _("%s cannot be reached now: %s"), show_text(target, "target"),
				    show_text(target, "why"));
			continue;
		}
		behind++;
		check_failed(c, "records-forwarded",
		    _("What only this host has, who owns this host can destroy."),
		    _("Look at the target, and at the network between."),
		    _("%s lacks %lld records: %s"), show_text(target, "target"),
		    (long long)show_number(target, "behind"), show_text(target, "why"));
	}
	if (list == NULL)
		check_unknown(c, "records-forwarded",
		    _("Run \"sekisho check\" as root, with the daemon running."), "%s",
		    _("only root sees where records are forwarded to"));
	else if (json_array_size(list) == 0)
		check_left_out(c, "records-forwarded",
		    _("Who owns this host can take back the end of the log, and nobody elsewhere has the "
		      "signed head that shows it."),
		    _("Name a target on another host in [forward], docs/forwarding.md says how; or note heads "
		      "elsewhere yourself: sekisho audit head"),
		    "%s", _("nothing is forwarded: records and signed heads stay on this host alone"));
	else if (behind == 0 && !check_leaves_host(list))
		check_ok(c, "records-forwarded",
		    _("%zu targets have what is recorded, all on this host: what takes it from there to "
		      "another one is not looked at"),
		    json_array_size(list));
	else if (behind == 0)
		check_ok(c, "records-forwarded", _("%zu targets have what is recorded"),
		    json_array_size(list));
}

/* Has a device, or was named as one of the class already. */
static bool
is_settled(const json_t *users, const char *name)
{
	const json_t *user;
	size_t i;

	json_array_foreach(users, i, user)
	{
		if (strcmp(show_text(user, "user"), name) == 0)
			return show_count(user, "devices") != 0 ||
			       strcmp(show_text(user, "class"), "admin") == 0;
	}
	return false;
}

/* Debian's and other distributions' groups of those who may use sudo. */
static void
add_sudoers(const json_t *users, char *list, size_t size)
{
	static const char *const groups[] = {"sudo", "wheel", "admin"};

	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		const struct group *g = getgrnam(groups[i]);

		for (char **member = g != NULL ? g->gr_mem : NULL;
		     member != NULL && *member != NULL; member++)
			if (strcmp(*member, "root") != 0 && !is_settled(users, *member))
				check_add_name(list, size, *member);
	}
}

static void
check_device_owners(struct check *c, const json_t *users)
{
	const json_t *user;
	char without[256] = "";
	size_t i, devices = 0;

	json_array_foreach(users, i, user)
	{
		devices += (size_t)show_count(user, "devices");
		if (strcmp(show_text(user, "class"), "admin") == 0 &&
		    show_count(user, "devices") == 0)
			check_add_name(without, sizeof(without), show_text(user, "user"));
	}
	add_sudoers(users, without, sizeof(without));
	if (without[0] != '\0')
		check_failed(c, "factor-register",
		    _("An administrator without a device cannot work on this host from "
		      "elsewhere."),
		    _("Enrol them: sekisho enroll USER --verified-by WHO --how HOW"),
		    _("administrators without a device: %s"), without);
	else
		check_ok(c, "factor-register", _("%zu devices of %zu accounts"), devices,
		    json_array_size(users));
}

static void
check_register(struct check *c)
{
	json_t *users = json_array();

	if (c->status == NULL || !c->root || list_users(users, NULL) != STATUS_DONE)
		check_unknown(c, "factor-register",
		    _("Run \"sekisho check\" as root, with the daemon running."), "%s",
		    _("the register could not be read"));
	else
		check_device_owners(c, users);
	json_decref(users);
}

void
check_daemon(struct check *c)
{
	check_user_socket(c);
	check_pam_socket(c);
	check_records(c);
	check_forwarding(c);
	check_register(c);
}
