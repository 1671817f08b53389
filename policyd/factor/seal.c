#include "factor/seal.h"

#include "buf.h"
#include "error.h"
#include "safeopen.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
	KEY_ID_SIZE = 4,
	HEAD_SIZE = 1 + KEY_ID_SIZE, /* algorithm and key id: authenticated, not secret */
	NONCE_SIZE = 12,
	TAG_SIZE = 16,
	CONTEXT_MAX = 512,
	MAC_KEY_SIZE = 32,
	PURPOSE_SIZE = 32,
	PURPOSES_MAX = 8,
};

_Static_assert(HEAD_SIZE + NONCE_SIZE + TAG_SIZE == SEAL_OVERHEAD, "the format of seal.h");

/*
 * All of it lies in locked pages. OpenSSL keeps expanded keys in its own, ordinary heap, so
 * its contexts are emptied (and with that wiped) after each use; what is fetched once, and is
 * slow to fetch, holds no key.
 */
struct seal {
	uint8_t key[SEAL_KEY_SIZE];
	struct {
		char purpose[PURPOSE_SIZE];
		uint8_t key[MAC_KEY_SIZE];
	} derived[PURPOSES_MAX];
	size_t derived_count;
	uint8_t head[HEAD_SIZE];
	size_t mapped; /* bytes, guard pages included */
	EVP_CIPHER *cipher;
	EVP_CIPHER_CTX *cipher_ctx;
	EVP_MAC *hmac;
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

/* ---- the key file ------------------------------------------------------------------------ */

static int
seal_sync_parent(const char *path)
{
	char parent[PATH_MAX];
	size_t len = (size_t)(strrchr(path, '/') - path) + 1;
	int fd, r;

	memcpy(parent, path, len);
	parent[len] = '\0';
	fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return SKS_IO;
	r = fsync(fd) == 0 ? SKS_OK : SKS_IO;
	close(fd);
	return r;
}

/*
 * Puts a new random key at path unless there is one by now: a second key over the first
 * would make everything sealed under that one unreadable. s->key serves as the buffer.
 */
static int
seal_make_key(struct seal *s, const char *path, char *why, size_t why_size)
{
	char temp[PATH_MAX];
	int len = snprintf(temp, sizeof(temp), "%s.new-%ld", path, (long)getpid());
	int r;

	if (path[0] != '/' || len < 0 || (size_t)len >= sizeof(temp))
		return seal_refuse(SKS_UNTRUSTED, why, why_size,
		    "the key file needs an absolute path, not %s", path);
	r = secret_random(s->key, sizeof(s->key));
	if (r == SKS_OK)
		r = safeopen_replace(temp, 0600, s->key, sizeof(s->key));
	explicit_bzero(s->key, sizeof(s->key));
	if (r != SKS_OK)
		return seal_refuse(
		    r, why, why_size, "cannot write %s: %s", temp, error_text(r));
	if (renameat2(AT_FDCWD, temp, AT_FDCWD, path, RENAME_NOREPLACE) != 0) {
		int err = errno;

		unlink(temp);
		if (err != EEXIST)
			return seal_refuse(
			    SKS_IO, why, why_size, "cannot create %s: %s", path, strerror(err));
	}
	r = seal_sync_parent(path);
	if (r != SKS_OK)
		seal_refuse(r, why, why_size, "cannot sync the directory of %s", path);
	return r;
}

static int
seal_read_key(struct seal *s, const char *path, char *why, size_t why_size)
{
	struct buf file;
	int r;

	r = safeopen_path_is_secure(path, geteuid(), why, why_size);
	if (r != SKS_OK)
		return r;
	/* Straight into the locked page; a longer file does not fit and is refused. */
	buf_init_fixed(&file, s->key, sizeof(s->key));
	r = safeopen_slurp(path, geteuid(), 0600, &file, why, why_size);
	if (r == SKS_TOO_BIG || (r == SKS_OK && file.len != sizeof(s->key)))
		r = seal_refuse(SKS_INVALID, why, why_size,
		    "%s does not hold a key of exactly %d bytes", path, SEAL_KEY_SIZE);
	return r;
}

/* ---- opening and closing ----------------------------------------------------------------- */

static int
seal_fetch(struct seal *s)
{
	uint8_t digest[EVP_MAX_MD_SIZE];

	s->cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	s->cipher_ctx = EVP_CIPHER_CTX_new();
	s->hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	if (s->cipher == NULL || s->cipher_ctx == NULL || s->hmac == NULL)
		return SKS_INTERNAL;
	if (EVP_Q_digest(NULL, "SHA256", NULL, s->key, sizeof(s->key), digest, NULL) != 1)
		return SKS_INTERNAL;
	s->head[0] = SEAL_AES_256_GCM;
	memcpy(s->head + 1, digest, KEY_ID_SIZE);
	return SKS_OK;
}

int
seal_open(const char *key_path, bool create, struct seal **out, char *why, size_t why_size)
{
	struct seal *s = seal_map();
	int r;

	*out = NULL;
	seal_refuse(0, why, why_size, "%s", "");
	if (s == NULL)
		return seal_refuse(SKS_NOMEM, why, why_size,
		    "cannot lock memory for the key (see RLIMIT_MEMLOCK): %s", strerror(errno));
	r = seal_read_key(s, key_path, why, why_size);
	if (r == SKS_NOT_FOUND && create) {
		r = seal_make_key(s, key_path, why, why_size);
		if (r == SKS_OK)
			r = seal_read_key(s, key_path, why, why_size);
	}
	if (r != SKS_OK)
		goto out;
	r = seal_fetch(s);
	if (r != SKS_OK) {
		seal_refuse(r, why, why_size, "OpenSSL does not offer AES-256-GCM and HMAC");
		goto out;
	}
	*out = s;
	s = NULL; /* now owned by the caller */
out:
	seal_close(s);
	return r;
}

void
seal_close(struct seal *s)
{
	if (s == NULL)
		return;
	EVP_CIPHER_CTX_free(s->cipher_ctx);
	EVP_CIPHER_free(s->cipher);
	EVP_MAC_free(s->hmac);
	seal_unmap(s);
}

/* ---- sealing ----------------------------------------------------------------------------- */

/* Associated data: head and context, so that neither can be exchanged. */
static bool
seal_put_aad(struct seal *s, const char *context)
{
	size_t len = strlen(context);
	int n;

	return len <= CONTEXT_MAX &&
	       EVP_CipherUpdate(s->cipher_ctx, NULL, &n, s->head, HEAD_SIZE) == 1 &&
	       EVP_CipherUpdate(s->cipher_ctx, NULL, &n, (const uint8_t *)context, (int)len) ==
		   1;
}

int
seal_seal(struct seal *s, const char *context, const struct secret *plain, uint8_t *out,
    size_t out_size, size_t *out_len)
{
	EVP_CIPHER_CTX *ctx = s->cipher_ctx;
	uint8_t *nonce = out + HEAD_SIZE;
	uint8_t *text = nonce + NONCE_SIZE;
	int n, rest;
	int r = SKS_INTERNAL;

	*out_len = 0;
	if (plain->len > SECRET_MAX || out_size < SEAL_OVERHEAD ||
	    plain->len > out_size - SEAL_OVERHEAD)
		return SKS_TOO_BIG;
	memcpy(out, s->head, HEAD_SIZE);
	if (secret_random(nonce, NONCE_SIZE) != SKS_OK)
		return SKS_IO;
	if (EVP_CipherInit_ex2(ctx, s->cipher, s->key, nonce, 1, NULL) != 1 ||
	    !seal_put_aad(s, context) ||
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
	EVP_CIPHER_CTX *ctx = s->cipher_ctx;
	const uint8_t *nonce = sealed + HEAD_SIZE;
	const uint8_t *text = nonce + NONCE_SIZE;
	uint8_t tag[TAG_SIZE];
	size_t text_len;
	int n, rest;
	int r = SKS_CORRUPT;

	secret_clear(plain);
	if (len < SEAL_OVERHEAD || len - SEAL_OVERHEAD > SECRET_MAX)
		return SKS_CORRUPT;
	if (memcmp(sealed, s->head, HEAD_SIZE) != 0) /* another algorithm or key */
		return SKS_CORRUPT;
	text_len = len - SEAL_OVERHEAD;
	memcpy(tag, text + text_len, TAG_SIZE);
	if (EVP_CipherInit_ex2(ctx, s->cipher, s->key, nonce, 0, NULL) != 1 ||
	    !seal_put_aad(s, context) ||
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

/* ---- MACs -------------------------------------------------------------------------------- */

/* HKDF-SHA-256 of the sealing key, no salt (it is uniform already), info = the purpose. */
static int
seal_derive(struct seal *s, const char *purpose, uint8_t out[MAC_KEY_SIZE])
{
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_KDF_CTX *ctx = kdf == NULL ? NULL : EVP_KDF_CTX_new(kdf);
	char digest[] = "SHA256";
	char info[PURPOSE_SIZE];
	OSSL_PARAM params[4];
	int r = SKS_INTERNAL;

	memcpy(info, purpose, strlen(purpose) + 1);
	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0);
	params[1] =
	    OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, s->key, sizeof(s->key));
	params[2] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info, strlen(info));
	params[3] = OSSL_PARAM_construct_end();
	if (ctx != NULL && EVP_KDF_derive(ctx, out, MAC_KEY_SIZE, params) == 1)
		r = SKS_OK;
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
	return r;
}

/* The key for a purpose, derived at its first use. */
static int
seal_purpose_key(struct seal *s, const char *purpose, const uint8_t **key)
{
	size_t len = strlen(purpose);
	int r;

	for (size_t i = 0; i < s->derived_count; i++) {
		if (strcmp(s->derived[i].purpose, purpose) == 0) {
			*key = s->derived[i].key;
			return SKS_OK;
		}
	}
	if (len == 0 || len >= PURPOSE_SIZE || s->derived_count == PURPOSES_MAX)
		return SKS_INTERNAL; /* purposes are few and written in our own code */
	r = seal_derive(s, purpose, s->derived[s->derived_count].key);
	if (r != SKS_OK)
		return r;
	memcpy(s->derived[s->derived_count].purpose, purpose, len + 1);
	*key = s->derived[s->derived_count].key;
	s->derived_count++;
	return SKS_OK;
}

int
seal_mac(struct seal *s, const char *purpose, const void *data, size_t len, uint8_t out[32])
{
	EVP_MAC_CTX *ctx = NULL;
	const uint8_t *key;
	char digest[] = "SHA256";
	OSSL_PARAM params[2];
	size_t out_len = 0;
	int r;

	memset(out, 0, MAC_KEY_SIZE);
	r = seal_purpose_key(s, purpose, &key);
	if (r != SKS_OK)
		return r;
	r = SKS_INTERNAL;
	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0);
	params[1] = OSSL_PARAM_construct_end();
	ctx = EVP_MAC_CTX_new(s->hmac);
	if (ctx == NULL || EVP_MAC_init(ctx, key, MAC_KEY_SIZE, params) != 1 ||
	    EVP_MAC_update(ctx, data, len) != 1 ||
	    EVP_MAC_final(ctx, out, &out_len, MAC_KEY_SIZE) != 1)
		goto out;
	r = SKS_OK;
out:
	EVP_MAC_CTX_free(ctx);
	return r;
}
