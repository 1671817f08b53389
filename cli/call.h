/*
 * One request to the daemon, its reply, and what a person is told about it.
 */
#ifndef SEKISHO_CLI_CALL_H
#define SEKISHO_CLI_CALL_H

#include "args.h"
#include "buf.h"
#include "protocol.h"
#include <jansson.h>

struct call {
	struct command request;
	struct command_reply reply;
	struct buf payload; /* of the reply; wiped by call_clear */
};

void call_init(struct call *c, enum verb verb);
void call_clear(struct call *c);
/* Whom it is about; NULL: the caller. Root also says which uid that is on this host. Returns 0,
 * or a status after saying that the name is too long, or somebody else's and the caller not
 * root. */
int call_set_user(struct call *c, const char *user);
/* Copies text into a field of the request; STATUS_USAGE after saying that "what" is too long
 * or holds control characters. */
int call_set_text(char *field, size_t size, const char *text, const char *what);
/* A time of --since and the like, where it is given; STATUS_USAGE after saying what it takes.
 */
int call_set_time(int64_t *wall_ms, const struct args *args, enum option option);
/* --for, where it is given; STATUS_USAGE after saying what it takes. */
int call_set_duration(struct call *c, const struct args *args);
/* --verified-by and --how. */
int call_set_verified(struct call *c, const struct args *args);

/* Sends it. Returns the exit status; says nothing. "error" gets the cause of
 * STATUS_UNREACHABLE and may be NULL. */
int call_send(struct call *c, const void *payload, size_t len, int *error);
/* Sends it and, unless the status is 0, prints the reply's text (as JSON too with --json). */
int call_run(struct call *c, const struct args *args);
int call_run_with(struct call *c, const struct args *args, const void *payload, size_t len);
/* Says why nobody answered, and what to do. */
void call_explain_unreachable(int error);
/* Prints status, text and record of a failure as call_run does. */
void call_print_failure(const struct call *c, const struct args *args, int status);
/* call_run, then the reply's text on standard output (or the JSON of it): for commands whose
 * whole answer is a sentence. */
int call_run_and_print(struct call *c, const struct args *args);
/* call_run, then the answer in it, which the caller decrefs; STATUS_UNREADABLE after saying
 * that there is none. Returns the exit status, and 0 only with *answer set. */
int call_run_json(struct call *c, const struct args *args, json_t **answer);
/* The same for commands whose whole answer is shown: as JSON with --json, else by print(); without
 * one, by the sentence that came with it. */
int call_run_and_show(
    struct call *c, const struct args *args, void (*print)(const json_t *answer));
/* The payload as JSON; NULL (and STATUS_UNREADABLE said) when it is none. The caller decrefs.
 */
json_t *call_json(const struct call *c);

#endif
