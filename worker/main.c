#include "error.h"
#include "helper.h"
#include "i18n.h"
#include "log.h"
#include "privilege.h"
#include "worker.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct worker {
	const char *dir;
	struct store *store; /* NULL until the first request */
	struct copying copying;
	struct making making;
	struct bundling *bundling;
};

/*
 * Opened when something is asked, for the daemon makes the store after it has started us. The
 * descriptors stay open, so that behind the confinement nothing needs to be written any more.
 */
static int
worker_open(struct worker *w)
{
	const struct store_options options = {.dir = w->dir, .read_only = true};
	int r;

	if (w->store != NULL)
		return SKS_OK;
	r = store_open(&options, &w->store, NULL);
	if (r != SKS_OK) {
		w->store = NULL;
		return r;
	}
	if (worker_confine(w->dir, CONFINE_WORKER) != SKS_OK)
		exit(EXIT_FAILURE);
	return SKS_OK;
}

/* 0, or SKS_PROTOCOL for what the daemon never asks. */
static int
worker_serve(struct worker *w, struct helper_message *m)
{
	static struct command command;
	static struct command_reply reply;
	struct buf payload;
	int r;

	if (m->type == WORKER_BACKUP)
		return copying_begin(&w->copying, w->dir, m);
	if (m->type == WORKER_REPORT)
		return making_begin(&w->making, w->dir, m);
	if (m->type == WORKER_REPORT_LOGS)
		return making_logs(&w->making, m);
	if (m->type == WORKER_BUNDLE)
		return bundling_begin(&w->bundling, w->dir, m);
	if (m->type == WORKER_REPORT_NAMES)
		return making_names(&w->making, m);
	if (m->type != WORKER_LOG || m->more || m->payload.len != 0 ||
	    fields_decode(&command_fields, &m->fields, &command) != SKS_OK ||
	    (command.verb != VERB_LOG && command.verb != VERB_REVIEW &&
		command.verb != VERB_REVIEW_SIGN && command.verb != VERB_AUDIT_REPORT_PART &&
		command.verb != VERB_AUDIT_BUNDLE_PART && command.verb != VERB_AUDIT_BUNDLE_SIGN))
		return SKS_PROTOCOL;
	buf_init(&payload, HELPER_PAYLOAD_MAX);
	if (command.verb == VERB_AUDIT_REPORT_PART) {
		making_part(&w->making, command.number, &reply, &payload);
	} else if (command.verb == VERB_AUDIT_BUNDLE_PART) {
		bundling_part(&w->bundling, command.number, &reply, &payload);
	} else if (command.verb == VERB_AUDIT_BUNDLE_SIGN) {
		bundling_sum(&w->bundling, &reply, &payload);
	} else if (w->store != NULL) {
		(command.verb == VERB_LOG ? log_read : log_read_review)(
		    w->store, &command, &reply, &payload);
	} else {
		reply = (struct command_reply){.status = STATUS_UNREADABLE};
		snprintf(reply.text, sizeof(reply.text), "%s",
		    N_("The log could not be read. The system log says why."));
	}
	r = helper_answer(HELPER_FD, m->id, m->type, &command_reply_fields, &reply,
	    payload.data, payload.len);
	buf_clear(&payload);
	fields_clear(&command_fields, &command);
	return r;
}

/* The shorter of both; negative: for ever. */
static int
worker_wait_ms(const struct worker *w)
{
	int copy = copying_wait_ms(&w->copying), report = making_wait_ms(&w->making);

	if (copy < 0 || report < 0)
		return copy < 0 ? report : copy;
	return copy < report ? copy : report;
}

static int
worker_loop(struct worker *w)
{
	static uint8_t data[HELPER_MESSAGE_MAX];
	int r;

	do {
		struct helper_message m;

		/* a copy and a report go on while nobody asks */
		r = helper_receive(HELPER_FD, worker_wait_ms(w), data, &m);
		if (r == SKS_TIMEOUT) {
			r = copying_step(&w->copying);
			if (r == SKS_OK)
				r = making_step(&w->making);
			continue;
		}
		/* Before a byte that somebody chose is looked at. */
		if (r == SKS_OK)
			(void)worker_open(w);
		if (r == SKS_OK)
			r = worker_serve(w, &m);
	} while (r == SKS_OK);
	return r;
}

/*
 * Months and years of a report are those of the host, and behind the confinement its zone cannot be
 * read. It is given a name, because without one mktime() reads it anew each time.
 */
static void
worker_zone(void)
{
	(void)setenv("TZ", ":/etc/localtime", 0);
	tzset();
}

/* See the warden's: we end with our socket, not with a signal to the whole group. */
static void
worker_signals(void)
{
	const int ignored[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE};

	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		(void)signal(ignored[i], SIG_IGN);
}

int
main(int argc, char **argv)
{
	struct worker w = {0};
	char why[256];
	const char *role = argc == 4 ? argv[3] : "";
	bool forwards = strcmp(role, "forward") == 0, judges = strcmp(role, "judge") == 0;
	int type = 0, r;
	socklen_t len = sizeof(type);

	log_open(forwards ? "sekisho-forwarder"
		 : judges ? "sekisho-judge"
			  : "sekisho-worker",
	    false);
	log_never_wait();
	if ((argc != 3 && !forwards && !judges) ||
	    getsockopt(HELPER_FD, SOL_SOCKET, SO_TYPE, &type, &len) != 0 ||
	    type != SOCK_SEQPACKET) {
		fputs("sekisho-worker: this program is started by sekisho-policyd\n", stderr);
		return 2;
	}
	w.dir = argv[2];
	worker_signals();
	worker_zone();
	r = privilege_drop(argv[1], why, sizeof(why));
	if (r != SKS_OK || chdir("/") != 0) {
		log_error("%s", r != SKS_OK ? why : "cannot go to the root directory");
		return EXIT_FAILURE;
	}
	r = forwards ? forward_loop(w.dir) : judges ? password_loop() : worker_loop(&w);
	if (r != SKS_NOT_FOUND)
		log_error("the daemon's messages: %s: ending", error_text(r));
	copying_end(&w.copying);
	making_end(&w.making);
	bundling_end(&w.bundling);
	store_close(w.store);
	return r == SKS_NOT_FOUND ? EXIT_SUCCESS : EXIT_FAILURE;
}
