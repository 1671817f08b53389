#include "factor/seal.h"

#include "clock.h"
#include "error.h"
#include "factor/keyfile.h"
#include "factor/purpose.h"
#include <errno.h>
#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
	NONCE_SIZE = 12,
	TAG_SIZE = 16,
	CONTEXT_MAX = 512,
	CIPHERS_MAX = 4,
};

_Static_assert(SEAL_HEAD_SIZE + NONCE_SIZE + TAG_SIZE == SEAL_OVERHEAD, "the format of seal.h");

/*
 * All of it lies in locked pages. OpenSSL keeps expanded keys in its own, ordinary heap, so
 * its contexts are emptied (and with that wiped) after each use; what is fetched once, and is
 * slow to fetch, holds no key.
 */
struct seal {
	struct keyring ring, staged;
	uint8_t file[KEYRING_FILE_MAX]; /* the key file's text on its way */
	struct purposes purposes;
	size_t mapped; /* bytes, guard pages included */
	struct {
		uint8_t algorithm;
		EVP_CIPHER *cipher;
	} cipher[CIPHERS_MAX];
	size_t cipher_count;
	EVP_CIPHER_CTX *cipher_ctx;
};

static int __attribute__((format(printf, 4, 5)))
seal_refuse(int error, char *why, size_t why_size, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(why, why_size, fmt, args);
	va_end(args);
	return error;
}

/* ---- memory ------------------------------------------------------------------------------ */

/* Zeroed memory that is not swapped out and not dumped, between two pages that fault. */
static struct seal *
seal_map(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t inner = (sizeof(struct seal) + page - 1) / page * page;
	size_t mapped = inner + 2 * page;
	uint8_t *area =
	    mmap(NULL, mapped, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	struct seal *s;

	if (area == MAP_FAILED)
		return NULL;
	if (mprotect(area + page, inner, PROT_READ | PROT_WRITE) != 0 ||
	    madvise(area + page, inner, MADV_DONTDUMP) != 0 || mlock(area + page, inner) != 0) {
		munmap(area, mapped);
		return NULL;
	}
	s = (struct seal *)(void *)(area + page);
	s->mapped = mapped;
	return s;
}

static void
seal_unmap(struct seal *s)
{
	uint8_t *area = (uint8_t *)s - (size_t)sysconf(_SC_PAGESIZE);
	size_t mapped = s->mapped;

	explicit_bzero(s, sizeof(*s));
	munmap(area, mapped);
}

/* ---- opening and closing ----------------------------------------------------------------- */

/* Each that may seal: what is sealed may be of an algorithm that nothing new is sealed with. */
static int
seal_fetch(struct seal *s)
{
	for (size_t i = 0; i < algorithm_count && s->cipher_count < CIPHERS_MAX; i++) {
		EVP_CIPHER *cipher;

		if (!algorithm_table[i].seals)
			continue;
		cipher = EVP_CIPHER_fetch(NULL, algorithm_table[i].openssl, NULL);
		if (cipher ==
		    NULL) /* a provider that does not have it; perhaps none is needed */
			continue;
		s->cipher[s->cipher_count].algorithm = algorithm_table[i].id;
		s->cipher[s->cipher_count++].cipher = cipher;
	}
	s->cipher_ctx = EVP_CIPHER_CTX_new();
	return s->cipher_ctx != NULL ? purposes_fetch(&s->purposes) : SKS_INTERNAL;
}

static const EVP_CIPHER *
seal_cipher(const struct seal *s, uint8_t algorithm)
{
	for (size_t i = 0; i < s->cipher_count; i++)
		if (s->cipher[i].algorithm == algorithm)
			return s->cipher[i].cipher;
	return NULL;
}

/* Does OpenSSL here offer what these keys need? */
static int
seal_check_ciphers(const struct seal *s, const struct keyring *ring, char *why, size_t why_size)
{
	for (size_t i = 0; i < ring->count; i++) {
		const struct ring_key *k = &ring->key[i];

		if (k->purpose == RING_SEALING && k->state != RING_RETIRED &&
		    seal_cipher(s, k->algorithm) == NULL)
			return seal_refuse(SKS_INTERNAL, why, why_size,
			    "OpenSSL does not offer %s", algorithm_by_id(k->algorithm)->name);
	}
	return SKS_OK;
}

/* Its ring is there: what OpenSSL has to offer for it. A failure closes it. */
static int
seal_ready(struct seal *s, struct seal **out, char *why, size_t why_size)
{
	int r = seal_fetch(s);

	if (r != SKS_OK)
		(void)seal_refuse(r, why, why_size, "OpenSSL does not offer HMAC");
	else
		r = seal_check_ciphers(s, &s->ring, why, why_size);
	if (r != SKS_OK)
		seal_close(s);
	else
		*out = s;
	return r;
}

static int
seal_new(struct seal **out, char *why, size_t why_size)
{
	(void)seal_refuse(0, why, why_size, "%s", "");
	*out = seal_map();
	if (*out == NULL)
		return seal_refuse(SKS_NOMEM, why, why_size,
		    "cannot lock memory for the key (see RLIMIT_MEMLOCK): %s", strerror(errno));
	return SKS_OK;
}

int
seal_open(const char *key_path, bool create, struct seal **out, char *why, size_t why_size)
{
	struct seal *s;
	int r = seal_new(&s, why, why_size);

	*out = NULL;
	if (r != SKS_OK)
		return r;
	r = keyfile_read(key_path, &s->ring, s->file, why, why_size);
	if (r == SKS_NOT_FOUND && create)
		r = keyfile_make(
		    key_path, clock_now().wall_ms, &s->ring, s->file, why, why_size);
	if (r == SKS_OK)
		return seal_ready(s, out, why, why_size);
	seal_close(s);
	return r;
}

int
seal_open_bytes(const void *file, size_t len, int64_t written_ms, struct seal **out, char *why,
    size_t why_size)
{
	struct seal *s;
	int r = seal_new(&s, why, why_size);

	*out = NULL;
	if (r != SKS_OK)
		return r;
	r = keyring_parse(file, len, written_ms, &s->ring);
	if (r == SKS_OK)
		return seal_ready(s, out, why, why_size);
	(void)seal_refuse(SKS_INVALID, why, why_size,
	    "the key file does not hold a key ring, nor a key of exactly %d bytes: it is %s",
	    KEYRING_KEY_SIZE, r == SKS_CORRUPT ? "damaged" : "something else");
	seal_close(s);
	return SKS_INVALID;
}

void
seal_close(struct seal *s)
{
	if (s == NULL)
		return;
	EVP_CIPHER_CTX_free(s->cipher_ctx);
	for (size_t i = 0; i < s->cipher_count; i++)
		EVP_CIPHER_free(s->cipher[i].cipher);
	purposes_release(&s->purposes);
	seal_unmap(s);
}

/* ---- another ring ------------------------------------------------------------------------ */

const struct keyring *
seal_ring(const struct seal *s)
{
	return &s->ring;
}

const struct keyring *
seal_staged(const struct seal *s)
{
	return s->staged.count > 0 ? &s->staged : NULL;
}

int
seal_stage(struct seal *s, const void *file, size_t len)
{
	const struct ring_key *now = keyring_current(&s->ring, RING_DERIVATION), *next;
	char why[1];
	int r = keyring_parse(file, len, 0, &s->staged);

	if (r == SKS_OK) {
		next = keyring_current(&s->staged, RING_DERIVATION);
		if (!secret_equal_bytes(now->bytes, next->bytes, sizeof(now->bytes)))
			r = SKS_CONFLICT;
	}
	if (r == SKS_OK)
		r = seal_check_ciphers(s, &s->staged, why, sizeof(why));
	/* The form before does not say when its key was made: we were told at the start. */
	for (size_t i = 0; r == SKS_OK && i < s->staged.count; i++) {
		struct ring_key *k = &s->staged.key[i];
		const struct ring_key *known = keyring_find(&s->ring, k->purpose, k->id);

		if (k->made_ms == 0 && known != NULL)
			k->made_ms = known->made_ms;
	}
	if (r != SKS_OK)
		seal_drop(s);
	return r;
}

void
seal_take(struct seal *s)
{
	if (s->staged.count > 0)
		memcpy(&s->ring, &s->staged, sizeof(s->ring));
	seal_drop(s);
}

void
seal_drop(struct seal *s)
{
	keyring_clear(&s->staged);
}

/* ---- sealing ----------------------------------------------------------------------------- */

static void
seal_put_head(const struct ring_key *k, uint8_t head[SEAL_HEAD_SIZE])
{
	head[0] = k->algorithm;
	memcpy(head + 1, k->id, KEYRING_ID_SIZE);
}

void
seal_head(const struct seal *s, uint8_t head[SEAL_HEAD_SIZE])
{
	seal_put_head(keyring_current(&s->ring, RING_SEALING), head);
}

/* The key that an object names. A key serves one algorithm: another one is not its. */
static const struct ring_key *
seal_key_of(const struct keyring *ring, const uint8_t head[SEAL_HEAD_SIZE])
{
	const struct ring_key *k = keyring_find(ring, RING_SEALING, head + 1);

	if (k == NULL || k->state == RING_RETIRED || k->algorithm != head[0])
		return NULL;
	return k;
}

bool
seal_ring_opens(const struct keyring *ring, const uint8_t head[SEAL_HEAD_SIZE])
{
	return seal_key_of(ring, head) != NULL;
}

/* Associated data: head and context, so that neither can be exchanged. */
static bool
seal_put_aad(struct seal *s, const uint8_t head[SEAL_HEAD_SIZE], const char *context)
{
	size_t len = strlen(context);
	int n;

	return len <= CONTEXT_MAX &&
	       EVP_CipherUpdate(s->cipher_ctx, NULL, &n, head, SEAL_HEAD_SIZE) == 1 &&
	       EVP_CipherUpdate(s->cipher_ctx, NULL, &n, (const uint8_t *)context, (int)len) ==
		   1;
}

int
seal_seal(struct seal *s, const char *context, const struct secret *plain, uint8_t *out,
    size_t out_size, size_t *out_len)
{
	const struct ring_key *key = keyring_current(&s->ring, RING_SEALING);
	EVP_CIPHER_CTX *ctx = s->cipher_ctx;
	uint8_t *nonce = out + SEAL_HEAD_SIZE;
	uint8_t *text = nonce + NONCE_SIZE;
	int n, rest;
	int r = SKS_INTERNAL;

	*out_len = 0;
	if (plain->len > SECRET_MAX || out_size < SEAL_OVERHEAD ||
	    plain->len > out_size - SEAL_OVERHEAD)
		return SKS_TOO_BIG;
	seal_put_head(key, out);
	if (secret_random(nonce, NONCE_SIZE) != SKS_OK)
		return SKS_IO;
	if (EVP_CipherInit_ex2(
		ctx, seal_cipher(s, key->algorithm), key->bytes, nonce, 1, NULL) != 1 ||
	    !seal_put_aad(s, out, context) ||
	    EVP_CipherUpdate(ctx, text, &n, plain->bytes, (int)plain->len) != 1 ||
	    EVP_CipherFinal_ex(ctx, text + n, &rest) != 1 ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE, text + plain->len) != 1)
		goto out;
	*out_len = plain->len + SEAL_OVERHEAD;
	r = SKS_OK;
out:
	EVP_CIPHER_CTX_reset(ctx);
	return r;
}

int
seal_unseal(struct seal *s, const char *context, const uint8_t *sealed, size_t len,
    struct secret *plain)
{
	const struct ring_key *key;
	EVP_CIPHER_CTX *ctx = s->cipher_ctx;
	const uint8_t *nonce = sealed + SEAL_HEAD_SIZE;
	const uint8_t *text = nonce + NONCE_SIZE;
	uint8_t tag[TAG_SIZE];
	size_t text_len;
	int n, rest;
	int r = SKS_CORRUPT;

	secret_clear(plain);
	if (len < SEAL_OVERHEAD || len - SEAL_OVERHEAD > SECRET_MAX)
		return SKS_CORRUPT;
	key = seal_key_of(&s->ring, sealed);
	if (key == NULL)
		return SKS_CORRUPT;
	text_len = len - SEAL_OVERHEAD;
	memcpy(tag, text + text_len, TAG_SIZE);
	if (EVP_CipherInit_ex2(
		ctx, seal_cipher(s, key->algorithm), key->bytes, nonce, 0, NULL) != 1 ||
	    !seal_put_aad(s, sealed, context) ||
	    EVP_CipherUpdate(ctx, plain->bytes, &n, text, (int)text_len) != 1 ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG_SIZE, tag) != 1 ||
	    EVP_CipherFinal_ex(ctx, plain->bytes + n, &rest) != 1)
		goto out;
	plain->len = text_len;
	r = SKS_OK;
out:
	EVP_CIPHER_CTX_reset(ctx);
	if (r != SKS_OK)
		secret_clear(plain); /* what failed its tag is not shown to anybody */
	return r;
}

int
seal_mac(struct seal *s, const char *purpose, const void *data, size_t len, uint8_t out[32])
{
	const struct ring_key *key = keyring_current(&s->ring, RING_DERIVATION);

	return purpose_mac(&s->purposes, key->bytes, purpose, data, len, out);
}
