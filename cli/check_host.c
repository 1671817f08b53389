/* The host below us: its clock, its disk, its backup, whether it is itself, what caches names.
 */
#include "check.h"
#include "clock.h"
#include "i18n.h"
#include "show.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define STATE_DIR "/var/lib/sekisho"
#define DAY_MS    INT64_C(86400000)

enum { DISK_LEAST_PERCENT = 5, DISK_LEAST_MIB = 256, BACKUP_OLD_DAYS = 30, CHECK_OLD_DAYS = 3 };

static void
check_clock(struct check *c)
{
	struct timex t = {.modes = 0};
	int state = adjtimex(&t);

	if (state < 0)
		check_unknown(c, "time-synchronised", NULL,
		    _("the kernel says nothing of its clock: %s"), strerror(errno));
	else if (state == TIME_ERROR || (t.status & STA_UNSYNC) != 0)
		check_failed(c, "time-synchronised",
		    _("A clock that is wrong by more than a step refuses right codes, and "
		      "dates "
		      "the records wrongly."),
		    _("Run one of systemd-timesyncd, chrony or ntpsec, and look that it "
		      "reaches "
		      "its servers: timedatectl, chronyc tracking."),
		    "%s", _("nothing keeps the clock of this host in step"));
	else
		check_ok(c, "time-synchronised",
		    _("the clock is kept in step, to %ld ms at worst"),
		    (long)(t.maxerror / 1000));
}

static void
check_disk(struct check *c)
{
	struct statvfs fs;
	uint64_t free_mib, percent, inodes;

	if (statvfs(STATE_DIR, &fs) != 0 || fs.f_blocks == 0) {
		check_unknown(c, "disk-space", NULL, "%s: %s", STATE_DIR, strerror(errno));
		return;
	}
	free_mib = (uint64_t)fs.f_bavail * fs.f_frsize >> 20;
	percent = (uint64_t)fs.f_bavail * 100 / fs.f_blocks;
	inodes = fs.f_files == 0 ? 100 : (uint64_t)fs.f_favail * 100 / fs.f_files;
	if ((percent < DISK_LEAST_PERCENT && free_mib < 10 * DISK_LEAST_MIB) ||
	    free_mib < DISK_LEAST_MIB || inodes < DISK_LEAST_PERCENT)
		check_failed(c, "disk-space",
		    _("When nothing can be recorded, nobody but administrators gets in."),
		    _("Make room on the file system of /var/lib/sekisho."),
		    _("%s: %llu MiB free (%llu %%), %llu %% of the inodes"), STATE_DIR,
		    (unsigned long long)free_mib, (unsigned long long)percent,
		    (unsigned long long)inodes);
	else
		check_ok(c, "disk-space", _("%s: %llu MiB free (%llu %%)"), STATE_DIR,
		    (unsigned long long)free_mib, (unsigned long long)percent);
}

static void
check_backup(struct check *c)
{
	const json_t *backup = json_object_get(c->status, "backup");
	int64_t last = show_number(backup, "last"), now = (int64_t)time(NULL) * 1000;
	char when[SHOW_TIME_SIZE];

	if (c->status == NULL)
		check_unknown(c, "backup-recent", _("Start the daemon, then check again."),
		    "%s", _("the daemon does not answer"));
	else if (backup == NULL || (last == 0 && show_number(backup, "every") == 0))
		check_advise(c, "backup-recent",
		    _("With the disk go everybody's devices and the log: all have to enrol "
		      "again."),
		    _("Write a section [backup] in the policy, or run \"sekisho backup "
		      "create\" "
		      "from a timer of your own."),
		    "%s", _("no backup was ever made"));
	else if (json_is_true(json_object_get(backup, "overdue")))
		check_failed(c, "backup-recent",
		    _("What was enrolled and recorded since then would be lost with the disk."),
		    _("The log says why none was made: sekisho log --event backup.create"),
		    _("the policy wants a younger backup than that of %s"),
		    last == 0 ? _("never") : show_time(last, when));
	else if (now - last > BACKUP_OLD_DAYS * DAY_MS && last != 0)
		check_failed(c, "backup-recent",
		    _("What was enrolled and recorded since then would be lost with the disk."),
		    _("Make one: sekisho backup create"), _("the last backup is of %s"),
		    show_time(last, when));
	else
		check_ok(c, "backup-recent", _("last backup: %s"),
		    last == 0 ? _("the first one is not due yet") : show_time(last, when));
}

static void
check_alerts(struct check *c)
{
	const json_t *alerts = json_object_get(c->status, "alerts");
	int64_t lost = show_number(alerts, "given_up");

	if (alerts == NULL)
		check_unknown(c, "alerts-delivered",
		    _("Run \"sekisho check\" as root, with the daemon running."), "%s",
		    _("only root sees whether alerts arrive"));
	else if (lost != 0)
		check_failed(c, "alerts-delivered", _("An alert that nobody reads is none."),
		    _("\"sekisho alert list\" says which and why; try one: sekisho alert test "
		      "NAME"),
		    _("%lld alerts reached nobody since the daemon started"), (long long)lost);
	else
		check_ok(c, "alerts-delivered", "%s", _("no alert was given up"));
}

/* Does the daily run take place? */
static void
check_daily(struct check *c)
{
	const json_t *last = json_object_get(c->status, "check");
	int64_t at = show_number(last, "at"), now = (int64_t)time(NULL) * 1000;
	char when[SHOW_TIME_SIZE];

	if (last == NULL)
		check_unknown(c, "check-daily",
		    _("Run \"sekisho check\" as root, with the daemon running."), "%s",
		    _("only root sees when this host was tested"));
	else if (at == 0)
		check_advise(c, "check-daily", _("What breaks later is found by nobody."),
		    _("Turn the timer on: systemctl enable --now sekisho-check.timer"), "%s",
		    _("no test of this host was recorded yet"));
	else if (now - at > CHECK_OLD_DAYS * DAY_MS)
		check_failed(c, "check-daily", _("What breaks later is found by nobody."),
		    _("Look at the timer: systemctl status sekisho-check.timer"),
		    _("the last recorded test was at %s"), show_time(at, when));
	else
		check_ok(c, "check-daily", _("last recorded test: %s"), show_time(at, when));
}

static void
check_machine_id(struct check *c, const char *next)
{
	char id[64] = "";
	FILE *in = fopen("/etc/machine-id", "re");

	if (in != NULL) {
		if (fgets(id, sizeof(id), in) == NULL)
			id[0] = '\0';
		fclose(in);
	}
	id[strcspn(id, "\n")] = '\0';
	if (strlen(id) != 32 || strspn(id, "0123456789abcdef") != 32 || strspn(id, "0") == 32)
		check_failed(c, "machine-unique",
		    _("Without one a copy of this host cannot be told from it."), next, "%s",
		    _("/etc/machine-id is missing or empty"));
	else
		check_ok(c, "machine-unique", "%s", _("the machine has a name of its own"));
}

/* The daemon sets the log key aside when it finds that it was made on another machine. */
static void
check_machine(struct check *c)
{
	check_machine_id(c, _("Make one: systemd-machine-id-setup"));
	if (!c->root)
		check_unknown(c, "machine-unique", _("Run \"sekisho check\" as root."), "%s",
		    _("only root can look into /etc/sekisho"));
	else if (access("/etc/sekisho/log.key.cloned", F_OK) == 0)
		check_failed(c, "machine-unique",
		    _("The other host has the same sealing key and the same devices: a code "
		      "counts once on each, and who holds one opens the other."),
		    _("Rotate the sealing key (sekisho key exposed sealing), give sshd new "
		      "host "
		      "keys, then remove /etc/sekisho/log.key.cloned."),
		    "%s", _("this host is a copy of another one"));
}

static void
check_anchor(struct check *c)
{
	const json_t *waits = json_object_get(c->status, "unvouched");

	if (waits == NULL)
		check_unknown(c, "log-anchored",
		    _("Run \"sekisho check\" as root, with the daemon running."), "%s",
		    _("only root sees how the log began"));
	else if (json_is_true(waits))
		check_failed(c, "log-anchored",
		    _("The log was begun anew here: of what came before only this host "
		      "speaks."),
		    _("Find out why (sekisho log --event log.begin), then have the auditor "
		      "sign: "
		      "sekisho key reanchor"),
		    "%s", _("nobody outside has vouched for the log's present chain"));
	else
		check_ok(
		    c, "log-anchored", "%s", _("no chain of the log waits for an auditor"));
}

static bool
answers(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool yes;

	if (fd < 0)
		return false;
	memcpy(address.sun_path, path, strlen(path) + 1);
	yes = connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0;
	close(fd);
	return yes;
}

static void
check_name_cache(struct check *c)
{
	static const char *const sockets[] = {"/run/nscd/socket", "/var/run/.nscd_socket"};

	for (size_t i = 0; i < sizeof(sockets) / sizeof(sockets[0]); i++) {
		if (!answers(sockets[i]))
			continue;
		check_failed(c, "name-cache",
		    _("It goes on giving out groups and accounts for a while after they were "
		      "taken away."),
		    _("Set \"enable-cache group no\" and \"enable-cache passwd no\" in "
		      "/etc/nscd.conf, or stop nscd."),
		    _("nscd answers at %s"), sockets[i]);
		return;
	}
	check_ok(c, "name-cache", "%s", _("no nscd keeps old groups and accounts"));
}

/* PRIV-17: who answers for the rules, and are they looked at again? */
static void
check_review(struct check *c)
{
	int64_t now = clock_now().wall_ms;
	char when[SHOW_TIME_SIZE];

	if (c->policy == NULL)
		check_unknown(c, "policy-reviewed", _("Repair the policy first."), "%s",
		    _("the policy cannot be read"));
	else if (c->policy->review_wall_ms != 0 && now >= c->policy->review_wall_ms)
		check_failed(c, "policy-reviewed",
		    _("Rules that nobody looks at fit the host of some years ago."),
		    _("Review them with their owner, set a new \"review\" in [host] and apply "
		      "the "
		      "policy."),
		    _("the rules were to be reviewed by %s"),
		    show_last_day(c->policy->review_wall_ms, when));
	else if (c->policy->owner == NULL || c->policy->review_wall_ms == 0)
		check_left_out(c, "policy-reviewed",
		    _("Rules that nobody answers for are reviewed by nobody."),
		    _("Write \"owner\" and \"review\" into [host] of the policy."), "%s",
		    c->policy->owner == NULL ? _("the policy names no owner")
					     : _("the policy names no date of review"));
	else
		check_ok(c, "policy-reviewed", _("owner: %s; review by %s"), c->policy->owner,
		    show_last_day(c->policy->review_wall_ms, when));
}

void
check_host(struct check *c)
{
	check_clock(c);
	check_disk(c);
	check_backup(c);
	check_alerts(c);
	check_daily(c);
	check_machine(c);
	check_anchor(c);
	check_name_cache(c);
	check_review(c);
}
