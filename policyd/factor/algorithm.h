/*
 * Every algorithm that protects something here, in one table, with its place on the list of
 * ciphers for the procurement of e-government (CRYPTREC LS-0001-2022): a change of algorithm
 * begins here, and `sekisho check` compares what is in use with it.
 */
#ifndef SEKISHO_ALGORITHM_H
#define SEKISHO_ALGORITHM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The number stands in sealed objects: for ever. */
enum algorithm {
	ALGORITHM_NONE,
	ALGORITHM_AES_256_GCM = 1,
	ALGORITHM_CHACHA20_POLY1305 = 2,
	ALGORITHM_SHA_256 = 16,
	ALGORITHM_HMAC_SHA_256 = 17,
	ALGORITHM_ED25519 = 18,
	ALGORITHM_HMAC_SHA_1 = 19,
	ALGORITHM_HMAC_SHA_512 = 20,
	ALGORITHM_X25519 = 21,
	ALGORITHM_SCRYPT = 22,
};

enum listing {
	LISTED_RECOMMENDED, /* 電子政府推奨暗号リスト */
	LISTED_MONITORED, /* 運用監視暗号リスト: for what cannot do without it any more */
	LISTED_NOT,
};
extern const char *const listing_words[];

struct algorithm_info {
	uint8_t id;          /* enum algorithm */
	const char *name;    /* in key files and on the command line */
	const char *openssl; /* what EVP fetches; NULL: not a cipher */
	enum listing listing;
	bool seals;      /* may be chosen for the sealing key */
	const char *use; /* N_(), what it protects here */
};
extern const struct algorithm_info algorithm_table[];
extern const size_t algorithm_count;

/* NULL: the table does not have it. */
const struct algorithm_info *algorithm_by_id(uint8_t id);
const struct algorithm_info *algorithm_by_name(const char *name);

#endif
