/*
 * Ends what an account runs, on the word of the daemon that it is suspended: its own processes,
 * and those of others that were begun in a login of its own and still hang on it (the monitor
 * of sshd, a command under sudo). A service that was started anew from there has let go of the
 * login; it is left alone, and named.
 */
#include "sweep.h"

#include "error.h"
#include "peer.h"
#include "text.h"
#include "warden.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINGER_DIR  "/var/lib/systemd/linger"
#define TICKET_DIR  "/run/sudo/ts"
#define CRONTAB_DIR "/var/spool/cron/crontabs"
#define AT_DIR      "/var/spool/cron/atjobs"

enum {
	ROUNDS = 3,
	LEFT_MAX = 16, /* that are named */
	NOBODY = -1,   /* an unset loginuid */
};

/* ---- whose it is ------------------------------------------------------------------------- */

/* Never ended: init, the warden and its child, who asks and, where root asks, what that runs
 * in: the answer has to reach somebody. */
static bool
is_spared(const struct sweep_order *o, pid_t pid)
{
	if (pid <= 1 || pid == getpid() || pid == getppid())
		return true;
	for (size_t i = 0; i < o->spared_count; i++)
		if (o->spared[i] == pid)
			return true;
	return false;
}

static bool
is_of_session(const struct sweep_order *o, pid_t session)
{
	for (size_t i = 0; i < o->session_count; i++)
		if (o->session[i] == session)
			return true;
	return false;
}

static bool
is_own(const struct sweep_order *o, const struct process *p)
{
	return p->uid[0] == o->uid || p->uid[1] == o->uid || p->uid[2] == o->uid;
}

/* Somebody else's process that was begun in their login: does it still hang on that? Upwards it
 * ends at what began the login (sshd, cron), at a process of their own, or with a service. */
static bool
hangs_on_login(const struct sweep_order *o, const struct process *all, size_t count,
    const struct process *p)
{
	for (size_t i = 0; i < PROCESS_DEPTH; i++) {
		if (p->terminal || is_of_session(o, p->session) || is_own(o, p) ||
		    p->login_uid != (int64_t)o->uid)
			return true;
		if (p->parent <= 1 || (p = process_find(all, count, p->parent)) == NULL)
			return false;
	}
	return false;
}

enum sweep_fate
sweep_judge(const struct sweep_order *o, const struct process *all, size_t count,
    const struct process *p)
{
	bool login = p->login_uid == (int64_t)o->uid;

	if (!is_own(o, p) && !login)
		return SWEEP_NOT_THEIRS;
	if (is_spared(o, p->pid))
		return SWEEP_LEFT;
	if (is_own(o, p))
		return o->spare_services && p->login_uid == NOBODY ? SWEEP_LEFT : SWEEP_ENDED;
	return hangs_on_login(o, all, count, p) ? SWEEP_ENDED : SWEEP_LEFT;
}

static void
note_session(struct sweep_order *o, pid_t session)
{
	if (session > 1 && !is_of_session(o, session) && o->session_count < SWEEP_SESSIONS)
		o->session[o->session_count++] = session;
}

/* ---- ending ------------------------------------------------------------------------------ */

/* Marks those that are to end, with a hold on each. */
static size_t
choose(struct sweep_order *o, struct process *p, size_t count)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		if (sweep_judge(o, p, count, &p[i]) == SWEEP_ENDED && process_hold(&p[i])) {
			note_session(o, p[i].session);
			n++;
		}
	return n;
}

/* One look at all processes; how many ended. */
static size_t
sweep_round(struct sweep_order *o, struct process *p, size_t *found)
{
	size_t count = process_all(p, PROCESS_MAX);

	*found = choose(o, p, count);
	return *found - process_end(p, count);
}

/* ---- what would begin again -------------------------------------------------------------- */

static bool
is_plain(const char *name)
{
	return name[0] != '\0' && name[0] != '.' && strchr(name, '/') == NULL;
}

static bool
remove_in(const char *dir, const char *name)
{
	char path[512];

	return is_plain(name) &&
	       snprintf(path, sizeof(path), "%s/%s", dir, name) < (int)sizeof(path) &&
	       unlink(path) == 0;
}

static bool
is_in(const char *dir, const char *name)
{
	char path[512];
	struct stat st;

	return is_plain(name) &&
	       snprintf(path, sizeof(path), "%s/%s", dir, name) < (int)sizeof(path) &&
	       lstat(path, &st) == 0;
}

static size_t
count_at_jobs(uint32_t uid)
{
	DIR *dir = opendir(AT_DIR);
	const struct dirent *entry;
	struct stat st;
	size_t n = 0;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		n += entry->d_name[0] != '.' &&
		     fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		     S_ISREG(st.st_mode) && st.st_uid == uid;
	if (dir != NULL)
		(void)closedir(dir);
	return n;
}

static void
read_everything(void)
{
	const cap_value_t reads = CAP_DAC_READ_SEARCH;
	cap_t caps = cap_get_proc();

	/* the jobs of at lie where root alone may not look */
	if (caps != NULL && cap_set_flag(caps, CAP_EFFECTIVE, 1, &reads, CAP_SET) == 0)
		(void)cap_set_proc(caps);
	if (caps != NULL)
		(void)cap_free(caps);
}

/* ---- the answer -------------------------------------------------------------------------- */

static void
spare_who_asks(struct sweep_order *o, const struct warden_call *call)
{
	struct process p;
	pid_t pid = (pid_t)call->pid;

	while (pid > 1 && o->spared_count < SWEEP_SPARED &&
	       peer_is_alive(call->pid, call->pid_start) && process_read(pid, &p)) {
		o->spared[o->spared_count++] = pid;
		if ((call->limit & SWEEP_SPARE_ANCESTORS) == 0)
			return;
		pid = p.parent;
	}
}

static void
say_left(const struct sweep_order *o, const struct process *p, size_t count, char *out,
    size_t size)
{
	size_t said = 0;

	out[0] = '\0';
	for (size_t i = 0; i < count && said < LEFT_MAX; i++) {
		size_t used = strlen(out);
		char name[64];

		if (sweep_judge(o, p, count, &p[i]) == SWEEP_NOT_THEIRS ||
		    is_spared(o, p[i].pid))
			continue;
		(void)text_clean(name, sizeof(name), p[i].name);
		for (char *c = name; *c != '\0'; c++)
			if (*c == ',')
				*c = ' ';
		(void)snprintf(out + used, size - used, "%s%d %s", said > 0 ? ", " : "",
		    (int)p[i].pid, name);
		said++;
	}
}

void
sweep_run(const struct warden_call *call, struct warden_answer *answer)
{
	static struct process p[PROCESS_MAX];
	static struct sweep_order o;
	struct sweep_done done = {0};
	size_t found = 1;
	char number[16];

	o.uid = (uint32_t)call->number;
	o.spare_services = (call->limit & SWEEP_SPARE_SERVICES) != 0;
	/* The daemon runs as a user of its own: no account that is suspended is that. */
	if (call->number == 0 || call->number >= UINT32_MAX || call->user[0] == '\0') {
		answer->status = SKS_DENIED;
		return;
	}
	read_everything();
	spare_who_asks(&o, call);
	(void)snprintf(number, sizeof(number), "%u", o.uid);
	done.linger = remove_in(LINGER_DIR, call->user);
	done.ticket = remove_in(TICKET_DIR, call->user);
	done.ticket |= remove_in(TICKET_DIR, number);
	for (size_t i = 0; i < ROUNDS && found > 0; i++)
		done.ended += (uint32_t)sweep_round(&o, p, &found);
	done.crontab = is_in(CRONTAB_DIR, call->user);
	done.at_jobs = (uint32_t)count_at_jobs(o.uid);
	say_left(&o, p, process_all(p, PROCESS_MAX), answer->text, sizeof(answer->text));
	answer->number = sweep_pack(&done);
	answer->status = SKS_OK;
}
