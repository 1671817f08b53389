/*
 * One alert, as it stands in its record, goes to the courier and is told to people.
 */
#ifndef SEKISHO_ALERT_H
#define SEKISHO_ALERT_H

#include "buf.h"
#include "fields.h"
#include <stdbool.h>
#include <stdint.h>

struct alert {
	char rule[64];
	char what[512];                          /* a sentence in the host's language */
	char event[64], outcome[16], reason[40]; /* of the last record it rests on */
	char user[256], source[64];
	char detail[1024];    /* more of that record: "service=sshd ...", as pair.h has it */
	uint64_t count, held; /* what was counted; alerts that were held back before */
	int64_t within_ms;
	char records[384]; /* their sequence numbers, "12,13,14" */
	int64_t at_ms;     /* wall clock */
	bool test;
	char by[256];    /* who asked for the test */
	uint64_t record; /* its own; not in its body */
};
extern const struct fields alert_fields;

enum { ALERT_ADDRESS_MAX = 254 };
/* Where commands must lie: what a daemon that is not itself any more could ask to be run. */
#define ALERT_COMMANDS "/etc/sekisho/alert.d"
#define HOST_COMMANDS  "/etc/sekisho/host.d" /* programs that say a number of this host */

/* user@example.org or a local name, as sendmail takes them in a header: letters, digits and
 * . _ + - on both sides of at most one @. */
bool alert_address_is_sane(const char *address);
/* DIR/NAME below ALERT_COMMANDS, NAME of letters, digits and . _ + -, none of these two at its
 * start. */
bool alert_command_is_sane(const char *path);
/* The same below HOST_COMMANDS. */
bool host_command_is_sane(const char *path);

/* One line of name=value pairs, those that are there, as pair.h has them. */
void alert_print_line(const struct alert *a, struct buf *out);
/* The whole as one flat JSON object and a newline; host may be NULL. */
void alert_print_json(const struct alert *a, const char *host, struct buf *out);
/* A message for sendmail -t: headers, an empty line, text of which each value has one line. "to" is
 * an address that was checked. */
void alert_print_mail(const struct alert *a, const char *host, const char *to, struct buf *out);

#endif
