/*
 * Where a request comes from. Addresses only, never resolved: a name that the peer's resolver
 * made up is kept as "name:..." and matches no network.
 */
#include "policy/source.h"
#include "server.h"
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

void
source_normalize(const char *connection, const char *rhost, char source[SOURCE_SIZE])
{
	char first[64];
	size_t n = strcspn(connection, " ");

	source[0] = '\0';
	if (n > 0 && n < sizeof(first)) {
		memcpy(first, connection, n);
		first[n] = '\0';
		if (source_of_address(first, source))
			return;
	}
	if (rhost[0] == '\0' || source_of_address(rhost, source))
		return;
	(void)snprintf(source, SOURCE_SIZE, "name:%.*s", SOURCE_SIZE - 6, rhost);
}

/* OpenSSH's own form of a fingerprint: SHA-256 of the key blob, base64 without padding. */
static void
fingerprint(const char *base64, size_t len, char key[KEY_SIZE])
{
	uint8_t blob[8192], hash[EVP_MAX_MD_SIZE];
	char text[64];
	unsigned hash_len = 0;
	int n;

	if (len == 0 || len % 4 != 0 || len / 4 * 3 > sizeof(blob))
		return;
	n = EVP_DecodeBlock(blob, (const unsigned char *)base64, (int)len);
	if (n <= 0)
		return;
	for (size_t i = len; i > len - 2 && base64[i - 1] == '='; i--)
		n--;
	if (EVP_Digest(blob, (size_t)n, hash, &hash_len, EVP_sha256(), NULL) != 1)
		return;
	(void)EVP_EncodeBlock((unsigned char *)text, hash, (int)hash_len);
	text[strcspn(text, "=")] = '\0';
	(void)snprintf(key, KEY_SIZE, "SHA256:%s", text);
}

void
source_auth_info(const char *info, char key[KEY_SIZE], char *method, size_t method_size)
{
	size_t used = 0;

	key[0] = method[0] = '\0';
	while (*info != '\0') {
		size_t line = strcspn(info, "\n");
		size_t word = strcspn(info, " \n");

		if (word > 0 && word + used + 2 < method_size) {
			if (used > 0)
				method[used++] = ',';
			memcpy(method + used, info, word);
			used += word;
			method[used] = '\0';
		}
		if (line > word && word == 9 && strncmp(info, "publickey", 9) == 0 &&
		    key[0] == '\0') {
			const char *type = info + word + 1;
			size_t type_len = strcspn(type, " \n");

			if (type[type_len] == ' ')
				fingerprint(type + type_len + 1,
				    strcspn(type + type_len + 1, " \n"), key);
		}
		info += line;
		if (*info == '\n')
			info++;
	}
}
