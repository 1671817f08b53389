/*
 * sekisho-rollback: takes back a change of this host that nobody confirmed. Linked statically;
 * uses no PAM, no sudo, no daemon and no file that a change touches.
 */
#include "error.h"
#include "reload.h"
#include "transaction.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	LOCK_TRIES = 300,
	LOCK_PAUSE_MS = 100,
	LOOK_EVERY_MS = 1000,
	WAIT_FOR_PENDING_S = 60,
	RELOAD_TRIES = 20
};
enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

static const char usage[] =
    "usage: sekisho-rollback --timer|--boot|--now|--wait\n"
    "Takes back a change of this host that was not confirmed (sekisho setup).\n"
    "  --timer  if its time is over, it was cut off, or the host was started anew\n"
    "  --boot   at once: the host starts, and the change was not confirmed before\n"
    "  --now    at once\n"
    "  --wait   stays, and does what --timer does each second, until nothing is pending\n";

static void
pause_ms(long ms)
{
	struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	while (nanosleep(&t, &t) != 0 && errno == EINTR)
		;
}

static void
tell(const char *path, const char *kept, int error)
{
	if (error != SKS_OK)
		fprintf(stderr, "sekisho-rollback: %s: %s\n", path, error_text(error));
	else if (kept != NULL)
		fprintf(stderr,
		    "sekisho-rollback: %s had been changed by somebody else; that version is "
		    "kept as %s\n",
		    path, kept);
	else
		fprintf(stderr,
		    "sekisho-rollback: %s had been taken away by somebody else; it is back\n",
		    path);
}

/* Whoever holds the lock for so long hangs: getting in again is worth more than order. */
static int
lock_patiently(void)
{
	int fd = SKS_CONFLICT;

	for (int i = 0; i < LOCK_TRIES && fd == SKS_CONFLICT; i++) {
		fd = transaction_lock(TRANSACTION_DIR, false);
		if (fd == SKS_CONFLICT)
			pause_ms(LOCK_PAUSE_MS);
	}
	return fd;
}

static int
roll_back(const struct pending *p, enum undo_why why)
{
	struct undone done;
	int r = transaction_undo(TRANSACTION_DIR, p->id, why, tell, &done);

	if (r != SKS_OK) {
		fprintf(stderr,
		    "sekisho-rollback: change %llu could not be taken back whole: %s. It will "
		    "be "
		    "tried again; the files as they were lie in %s/%llu\n",
		    (unsigned long long)p->id, error_text(r), TRANSACTION_DIR,
		    (unsigned long long)p->id);
		return EXIT_FAILED;
	}
	/* While sshd starts itself anew, as it does a moment after the change, its pid file is
	 * gone and it hears nothing. */
	for (int i = 0; i < RELOAD_TRIES && !reload_sshd(); i++)
		pause_ms(LOCK_PAUSE_MS);
	fprintf(stderr,
	    "sekisho-rollback: change %llu was not confirmed (%s) and is taken back: %zu files "
	    "as before, %zu kept aside\n",
	    (unsigned long long)p->id, undo_words[why], done.restored, done.conflicts);
	return EXIT_DONE;
}

/* Looks once. *there: is anything pending (still)? */
static int
look(enum undo_why at_once, bool *there)
{
	char boot_id[BOOT_ID_SIZE + 1] = "";
	struct pending p;
	enum undo_why why;
	int r = transaction_pending(TRANSACTION_DIR, &p), lock, status = EXIT_DONE;

	*there = r == SKS_OK;
	if (r == SKS_NOT_FOUND)
		return EXIT_DONE;
	if (r != SKS_OK) {
		fprintf(stderr, "sekisho-rollback: %s/pending: %s\n", TRANSACTION_DIR,
		    error_text(r));
		return EXIT_FAILED;
	}
	lock =
	    at_once != UNDO_NOT ? lock_patiently() : transaction_lock(TRANSACTION_DIR, false);
	/* It may be over by now, or another one. */
	r = transaction_pending(TRANSACTION_DIR, &p);
	(void)clock_boot_id(boot_id);
	why = at_once != UNDO_NOT ? at_once
				  : pending_due(&p, clock_now(), boot_id, lock == SKS_CONFLICT);
	if (r == SKS_OK && why == UNDO_DEADLINE && lock == SKS_CONFLICT)
		lock = lock_patiently();
	*there = r == SKS_OK;
	if (r == SKS_OK && why != UNDO_NOT) {
		status = roll_back(&p, why);
		*there = status != EXIT_DONE;
	}
	if (lock >= 0)
		close(lock);
	return status;
}

/* Started before the change is pending, so that there is no moment without a watcher. */
static int
wait_for_it(void)
{
	bool there = false, seen = false;
	int status = EXIT_DONE;

	(void)signal(SIGHUP, SIG_IGN);
	for (int64_t waited_ms = 0;; waited_ms += LOOK_EVERY_MS) {
		status = look(UNDO_NOT, &there);
		seen = seen || there;
		if (!there && (seen || waited_ms >= WAIT_FOR_PENDING_S * 1000))
			return status;
		pause_ms(LOOK_EVERY_MS);
	}
}

int
main(int argc, char **argv)
{
	bool there;

	umask(077);
	if (argc == 2 && strcmp(argv[1], "--timer") == 0)
		return look(UNDO_NOT, &there);
	if (argc == 2 && strcmp(argv[1], "--boot") == 0)
		return look(UNDO_REBOOT, &there);
	if (argc == 2 && strcmp(argv[1], "--now") == 0)
		return look(UNDO_ASKED, &there);
	if (argc == 2 && strcmp(argv[1], "--wait") == 0)
		return wait_for_it();
	fputs(usage, argc == 2 && strcmp(argv[1], "--help") == 0 ? stdout : stderr);
	return argc == 2 && strcmp(argv[1], "--help") == 0 ? EXIT_DONE : EXIT_USAGE;
}
