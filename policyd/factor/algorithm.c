#include "factor/algorithm.h"

#include "i18n.h"
#include <string.h>

const char *const listing_words[] = {
    [LISTED_RECOMMENDED] = "recommended",
    [LISTED_MONITORED] = "monitored",
    [LISTED_NOT] = "not-listed",
    NULL,
};

const struct algorithm_info algorithm_table[] = {
    {ALGORITHM_AES_256_GCM, "aes-256-gcm", "AES-256-GCM", LISTED_RECOMMENDED, true,
	N_("secrets of devices, sealed")},
    {ALGORITHM_CHACHA20_POLY1305, "chacha20-poly1305", "ChaCha20-Poly1305", LISTED_RECOMMENDED,
	true, N_("secrets of devices, sealed; the second choice")},
    {ALGORITHM_SHA_256, "sha-256", NULL, LISTED_RECOMMENDED, false,
	N_("records and the tree of the log")},
    {ALGORITHM_HMAC_SHA_256, "hmac-sha-256", NULL, LISTED_RECOMMENDED, false,
	N_("recovery codes, spooled reports, one-time codes")},
    {ALGORITHM_HMAC_SHA_512, "hmac-sha-512", NULL, LISTED_RECOMMENDED, false,
	N_("one-time codes")},
    {ALGORITHM_ED25519, "ed25519", NULL, LISTED_RECOMMENDED, false,
	N_("heads and seals of the log")},
    {ALGORITHM_X25519, "x25519", NULL, LISTED_RECOMMENDED, false,
	N_("backups and exports for a recipient (ECDH)")},
    {ALGORITHM_SCRYPT, "scrypt", NULL, LISTED_NOT, false,
	N_("keys from passphrases; the list has no such kind")},
    {ALGORITHM_HMAC_SHA_1, "hmac-sha-1", NULL, LISTED_MONITORED, false,
	N_("one-time codes of devices that know nothing else")},
};
const size_t algorithm_count = sizeof(algorithm_table) / sizeof(algorithm_table[0]);

const struct algorithm_info *
algorithm_by_id(uint8_t id)
{
	for (size_t i = 0; i < algorithm_count; i++)
		if (algorithm_table[i].id == id)
			return &algorithm_table[i];
	return NULL;
}

const struct algorithm_info *
algorithm_by_name(const char *name)
{
	for (size_t i = 0; i < algorithm_count; i++)
		if (strcmp(algorithm_table[i].name, name) == 0)
			return &algorithm_table[i];
	return NULL;
}
