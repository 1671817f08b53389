/*
 * Whom a container is for: X25519 keys, each one line that fits a policy, a ticket and a piece
 * of paper.
 *
 *   sekisho-recipient+NAME+BASE64   public: u8 type = 1, 32 bytes key, 3 bytes check
 *   sekisho-identity+NAME+BASE64    secret: the same with the private key
 *
 * The check is the begin of SHA-256 over word, name and key: a line with a typing error is
 * refused, instead of encrypting to nobody.
 */
#ifndef SEKISHO_RECIPIENT_H
#define SEKISHO_RECIPIENT_H

#include "secret.h"
#include <stddef.h>
#include <stdint.h>

enum {
	RECIPIENT_X25519 = 1,
	RECIPIENT_KEY_SIZE = 32,
	RECIPIENT_NAME_SIZE = 64,
	RECIPIENT_LINE_SIZE = 160,
};

struct recipient {
	char name[RECIPIENT_NAME_SIZE]; /* letters, digits and ._-@ */
	uint8_t key[RECIPIENT_KEY_SIZE];
};

struct identity {
	char name[RECIPIENT_NAME_SIZE];
	struct secret key; /* RECIPIENT_KEY_SIZE bytes */
};

/* SKS_INVALID; blanks and newlines around the line are ignored. */
int recipient_parse(const char *line, struct recipient *out);
/* One line without newline. */
void recipient_print(const struct recipient *r, char line[RECIPIENT_LINE_SIZE]);
/* A new key. SKS_INVALID (name), SKS_INTERNAL. */
int identity_make(const char *name, struct identity *out);
int identity_parse(const char *line, struct identity *out);
/* The line is a secret: the caller wipes it. */
void identity_print(const struct identity *i, char line[RECIPIENT_LINE_SIZE]);
int identity_recipient(const struct identity *i, struct recipient *out);
void identity_clear(struct identity *i);

#endif
