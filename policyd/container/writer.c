#include "container/head.h"

#include "error.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct container_writer {
	int fd;
	char kind[CONTAINER_KIND_SIZE];
	EVP_CIPHER_CTX *cipher;
	EVP_MD_CTX *hash;
	uint8_t key[CRYPT_KEY_SIZE];
	uint64_t frame;
	struct container_sum sum;
	int error; /* sticky: a file with a hole is none */
	size_t len;
	uint8_t plain[CONTAINER_CHUNK];
	uint8_t frame_bytes[4 + CONTAINER_CHUNK + CRYPT_TAG_SIZE];
};

static int
writer_put(struct container_writer *w, const uint8_t *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(w->fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == ENOSPC || errno == EDQUOT || errno == EFBIG ? SKS_FULL
			       : errno == EROFS ? SKS_READONLY
						: SKS_IO;
		data += n;
		len -= (size_t)n;
	}
	return SKS_OK;
}

static int
writer_put_hashed(struct container_writer *w, const uint8_t *data, size_t len)
{
	if (EVP_DigestUpdate(w->hash, data, len) != 1)
		return SKS_INTERNAL;
	w->sum.file_length += len;
	return writer_put(w, data, len);
}

static int
writer_begin(struct container_writer *w, const struct container_to *to)
{
	uint8_t file_key[CRYPT_KEY_SIZE], salt[CRYPT_SALT_SIZE], mac[HEAD_MAC_SIZE];
	struct buf head;
	int r;

	buf_init(&head, HEAD_FIXED + HEAD_REST_MAX);
	r = secret_random(file_key, sizeof(file_key));
	if (r == SKS_OK)
		r = head_encode(to, file_key, w->cipher, &head, salt);
	if (r == SKS_OK)
		r = head_derive(file_key, salt, &head, mac, w->key);
	if (r == SKS_OK)
		r = writer_put_hashed(w, head.data, head.len);
	if (r == SKS_OK)
		r = writer_put_hashed(w, mac, sizeof(mac));
	explicit_bzero(file_key, sizeof(file_key));
	buf_clear(&head);
	return r;
}

int
container_create(int fd, const struct container_to *to, struct container_writer **out)
{
	struct container_writer *w = calloc(1, sizeof(*w));
	int r = SKS_NOMEM;

	*out = NULL;
	if (w == NULL)
		return r;
	w->fd = fd;
	w->cipher = EVP_CIPHER_CTX_new();
	w->hash = EVP_MD_CTX_new();
	if (w->cipher != NULL && w->hash != NULL &&
	    EVP_DigestInit_ex(w->hash, EVP_sha256(), NULL) == 1)
		r = writer_begin(w, to);
	if (r != SKS_OK) {
		container_writer_free(w);
		return r;
	}
	memcpy(w->kind, to->kind, strlen(to->kind) + 1);
	*out = w;
	return SKS_OK;
}

/* The number of the frame, so that none can stand in another's place. */
static void
writer_nonce(uint64_t frame, uint8_t nonce[CRYPT_NONCE_SIZE])
{
	struct buf b;

	buf_init_fixed(&b, nonce, CRYPT_NONCE_SIZE);
	buf_put_u32(&b, 0);
	buf_put_u64(&b, frame);
}

static int
writer_frame(struct container_writer *w, bool last)
{
	uint8_t nonce[CRYPT_NONCE_SIZE];
	struct buf head;
	int r;

	writer_nonce(w->frame++, nonce);
	buf_init_fixed(&head, w->frame_bytes, 4);
	buf_put_u32(&head, (uint32_t)w->len | (last ? FRAME_LAST : 0));
	r = crypt_seal(
	    w->cipher, w->key, nonce, w->frame_bytes, 4, w->plain, w->len, w->frame_bytes + 4);
	if (r == SKS_OK)
		r = writer_put_hashed(w, w->frame_bytes, 4 + w->len + CRYPT_TAG_SIZE);
	w->sum.plain += w->len;
	w->len = 0;
	return r;
}

int
container_write(struct container_writer *w, const void *data, size_t len)
{
	const uint8_t *at = data;

	while (len > 0 && w->error == SKS_OK) {
		size_t n = CONTAINER_CHUNK - w->len;

		/* a full one goes when more comes: the last may be full, too */
		if (n == 0) {
			w->error = writer_frame(w, false);
			continue;
		}
		n = len < n ? len : n;
		memcpy(w->plain + w->len, at, n);
		w->len += n;
		at += n;
		len -= n;
	}
	return w->error;
}

static int
writer_note(struct container_writer *w, container_sign *sign, void *ctx)
{
	uint8_t length[4];
	struct buf text, note, b;
	int r = SKS_OK;

	buf_init(&text, 512);
	buf_init(&note, CONTAINER_NOTE_MAX);
	if (sign != NULL) {
		container_text(w->kind, &w->sum, &text);
		r = buf_error(&text);
		if (r == SKS_OK)
			r = sign(ctx, (const char *)text.data, text.len, &note);
		if (r == SKS_OK)
			r = buf_error(&note);
	}
	buf_init_fixed(&b, length, sizeof(length));
	buf_put_u32(&b, (uint32_t)note.len);
	if (r == SKS_OK)
		r = writer_put_hashed(w, length, sizeof(length));
	if (r == SKS_OK && note.len > 0)
		r = writer_put_hashed(w, note.data, note.len);
	if (r == SKS_OK && EVP_DigestFinal_ex(w->hash, w->sum.file_hash, NULL) != 1)
		r = SKS_INTERNAL;
	buf_clear(&note);
	buf_clear(&text);
	return r;
}

int
container_finish(
    struct container_writer *w, container_sign *sign, void *ctx, struct container_sum *sum)
{
	if (w->error == SKS_OK)
		w->error = writer_frame(w, true);
	w->sum.length = w->sum.file_length;
	if (w->error == SKS_OK)
		w->error = head_hash_now(w->hash, w->sum.hash);
	if (w->error == SKS_OK)
		w->error = writer_note(w, sign, ctx);
	if (sum != NULL)
		*sum = w->sum;
	return w->error;
}

void
container_writer_free(struct container_writer *w)
{
	if (w == NULL)
		return;
	EVP_CIPHER_CTX_free(w->cipher);
	EVP_MD_CTX_free(w->hash);
	explicit_bzero(w, sizeof(*w));
	free(w);
}

void
container_text(const char *kind, const struct container_sum *sum, struct buf *out)
{
	uint8_t hash[45];

	(void)EVP_EncodeBlock(hash, sum->hash, CONTAINER_HASH_SIZE);
	buf_printf(out, "sekisho/container/1\nkind %s\nlength %llu\nsha256 %s\n", kind,
	    (unsigned long long)sum->length, (const char *)hash);
}
