/*
 * Heads seen elsewhere: on paper, in mails, in the log of another machine. Any text that holds
 * signed notes whole, one or thousands: as they are, or within one line of syslog or JSON,
 * where newlines have become "#012" or "\n".
 */
#ifndef SEKISHO_AUDIT_VERIFY_SEEN_H
#define SEKISHO_AUDIT_VERIFY_SEEN_H

#include "audit/checkpoint.h"
#include <stdio.h>

enum { VERIFY_SEEN_MAX = 200000, VERIFY_SEEN_ORIGINS = 1024 };

struct verify_seen_head {
	struct merkle_hash root;
	uint64_t size, line; /* line of its file where it ends */
	uint32_t origin;     /* index into origins */
	uint32_t key_id;
	uint8_t signature[ED25519_SIGNATURE_SIZE];
};

struct verify_seen {
	struct verify_seen_head *head; /* by origin and size, once sorted */
	size_t count, room;
	char (*origin)[NOTE_NAME_SIZE];
	size_t origin_count, origin_room;
	uint64_t left_out; /* beyond VERIFY_SEEN_MAX */
};

void verify_seen_init(struct verify_seen *seen);
void verify_seen_clear(struct verify_seen *seen);
/* Reads a whole file. 0, SKS_NOT_FOUND when it holds no head, SKS_NOMEM, SKS_IO. */
int verify_seen_read(struct verify_seen *seen, FILE *file);
void verify_seen_sort(struct verify_seen *seen);
/* The index of an origin, or -1. */
int verify_seen_origin(const struct verify_seen *seen, const char *origin);

#endif
