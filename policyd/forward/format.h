/*
 * How records and heads look when they leave the host: the journal's native protocol, and
 * RFC 5424 syslog. docs/forwarding.md describes both for those who read them.
 *
 * A head in a line of text is "sekisho-head " and the whole signed note as a JSON string of
 * ASCII only, so that neither newlines nor the note's dash are at the mercy of what carries it.
 */
#ifndef SEKISHO_FORWARD_FORMAT_H
#define SEKISHO_FORWARD_FORMAT_H

#include "audit/record.h"
#include "buf.h"
#include <stddef.h>
#include <stdint.h>

#define FORMAT_HEAD_WORD "sekisho-head "

enum {
	FORMAT_HOST_SIZE = 256,
	FORMAT_MAX = 2 * RECORD_BODY_MAX + 4096, /* of one message; a head's note fits too */
};

struct format_record {
	struct record header; /* decoded; seq, wall_ms, action … */
	uint8_t leaf[RECORD_HEADER_SIZE];
	const void *body; /* the stored bytes, the caller's; NULL: deleted, or too long to send */
	size_t body_len;
	const char *event; /* static */
	char outcome[16], reason[64], user[256], source[64];
};

struct format_head {
	uint64_t size;
	const char *note; /* the caller's */
	size_t note_len;
	int64_t wall_ms; /* when it is sent */
};

/* Takes a stored row apart; body NULL: deleted. Points into body. SKS_INVALID: a header that is
 * none. What the body does not have stays empty. */
int format_record_read(struct format_record *out, const uint8_t leaf[RECORD_HEADER_SIZE],
    const void *body, size_t body_len);

/* Each appends one whole message; the sticky error of out tells. host: printable ASCII. */
void format_journal_record(struct buf *out, const struct format_record *r);
void format_journal_head(struct buf *out, const struct format_head *h);
void format_syslog_record(struct buf *out, const char *host, const struct format_record *r);
void format_syslog_head(struct buf *out, const char *host, const struct format_head *h);

/* This host's name as RFC 5424 wants it; "-" when it has none. Returns out. */
const char *format_host(char out[FORMAT_HOST_SIZE]);

#endif
