#include "container/head.h"

#include "error.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct container_reader {
	int fd;
	EVP_CIPHER_CTX *cipher;
	EVP_MD_CTX *hash;
	struct buf encoded; /* the header as it stands in the file */
	uint8_t mac[HEAD_MAC_SIZE];
	struct head head;
	struct container_info info;
	char meta[CONTAINER_META_MAX + 1];

	bool unlocked, ended;
	int error; /* sticky */
	uint8_t key[CRYPT_KEY_SIZE];
	uint64_t frame;
	struct container_sum sum;
	struct buf note;
	size_t len, pos; /* of plain */
	uint8_t plain[CONTAINER_CHUNK];
	uint8_t sealed[CONTAINER_CHUNK + CRYPT_TAG_SIZE];
};

/* Exactly len bytes; *got tells how many there were. */
static int
reader_get_some(struct container_reader *r, void *data, size_t len, size_t *got)
{
	uint8_t *at = data;

	*got = 0;
	while (*got < len) {
		ssize_t n = read(r->fd, at + *got, len - *got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return SKS_IO;
		if (n == 0)
			break;
		*got += (size_t)n;
	}
	return SKS_OK;
}

static int
reader_get(struct container_reader *r, void *data, size_t len)
{
	size_t got;
	int e = reader_get_some(r, data, len, &got);

	if (e == SKS_OK && got != len)
		e = SKS_TRUNCATED;
	return e;
}

static int
reader_get_hashed(struct container_reader *r, void *data, size_t len)
{
	int e = reader_get(r, data, len);

	if (e == SKS_OK && EVP_DigestUpdate(r->hash, data, len) != 1)
		e = SKS_INTERNAL;
	r->sum.file_length += e == SKS_OK ? len : 0;
	return e;
}

/* ---- the header -------------------------------------------------------------------------- */

static void
reader_describe(struct container_reader *r)
{
	struct container_info *info = &r->info;

	memcpy(info->kind, r->head.kind, sizeof(info->kind));
	memcpy(r->meta, r->head.meta, r->head.meta_len);
	info->meta = r->meta;
	for (size_t i = 0; i < r->head.wrap_count; i++) {
		const struct head_wrap *w = &r->head.wrap[i];

		if (w->type == CONTAINER_PASSPHRASE)
			info->passphrase = true;
		else if (w->type == CONTAINER_X25519)
			(void)head_wrap_name(w, info->recipient[info->recipient_count++]);
	}
}

static int
reader_begin(struct container_reader *r)
{
	uint8_t *at = buf_reserve(&r->encoded, HEAD_FIXED);
	size_t rest = 0;
	int e = at == NULL ? SKS_NOMEM : reader_get_hashed(r, at, HEAD_FIXED);

	if (e == SKS_TRUNCATED)
		return SKS_INVALID; /* nothing of that length is one of ours */
	if (e == SKS_OK)
		e = head_rest(at, &rest);
	if (e != SKS_OK)
		return e;
	at = buf_reserve(&r->encoded, rest);
	e = at == NULL ? SKS_NOMEM : reader_get_hashed(r, at, rest);
	if (e == SKS_OK)
		e = head_decode(at, rest, &r->head);
	if (e == SKS_OK)
		e = reader_get_hashed(r, r->mac, sizeof(r->mac));
	if (e == SKS_OK)
		reader_describe(r);
	return e;
}

int
container_open(int fd, struct container_reader **out)
{
	struct container_reader *r = calloc(1, sizeof(*r));
	int e = SKS_NOMEM;

	*out = NULL;
	if (r == NULL)
		return e;
	r->fd = fd;
	buf_init(&r->encoded, HEAD_FIXED + HEAD_REST_MAX);
	buf_init(&r->note, CONTAINER_NOTE_MAX);
	r->cipher = EVP_CIPHER_CTX_new();
	r->hash = EVP_MD_CTX_new();
	if (r->cipher != NULL && r->hash != NULL &&
	    EVP_DigestInit_ex(r->hash, EVP_sha256(), NULL) == 1)
		e = reader_begin(r);
	if (e != SKS_OK) {
		container_reader_free(r);
		return e;
	}
	*out = r;
	return SKS_OK;
}

const struct container_info *
container_info(const struct container_reader *r)
{
	return &r->info;
}

int
container_unlock(struct container_reader *r, const struct identity *identity,
    const struct secret *passphrase)
{
	uint8_t file_key[CRYPT_KEY_SIZE], mac[HEAD_MAC_SIZE];
	int e = head_unwrap(&r->head, identity, passphrase, r->cipher, file_key);

	if (e == SKS_OK)
		e = head_derive(file_key, r->head.salt, &r->encoded, mac, r->key);
	if (e == SKS_OK && !secret_equal_bytes(mac, r->mac, sizeof(mac)))
		e = SKS_CORRUPT;
	explicit_bzero(file_key, sizeof(file_key));
	r->unlocked = e == SKS_OK;
	return e;
}

/* ---- frames ------------------------------------------------------------------------------ */

static int
reader_frame_head(struct container_reader *r, uint8_t head[4], size_t *len, bool *last)
{
	struct buf b;
	uint32_t word;
	int e = reader_get_hashed(r, head, 4);

	if (e != SKS_OK)
		return e;
	buf_init_read(&b, head, 4);
	word = buf_get_u32(&b);
	*last = (word & FRAME_LAST) != 0;
	*len = word & ~FRAME_LAST;
	if (*len > CONTAINER_CHUNK || (!*last && *len != CONTAINER_CHUNK))
		return SKS_CORRUPT;
	return reader_get_hashed(r, r->sealed, *len + CRYPT_TAG_SIZE);
}

/* Behind the last frame: the note, and then nothing. */
static int
reader_finish(struct container_reader *r)
{
	uint8_t length[4], extra;
	struct buf b;
	uint32_t len;
	size_t got;
	uint8_t *at;
	int e;

	r->sum.length = r->sum.file_length;
	if ((e = head_hash_now(r->hash, r->sum.hash)) != SKS_OK ||
	    (e = reader_get_hashed(r, length, sizeof(length))) != SKS_OK)
		return e;
	buf_init_read(&b, length, sizeof(length));
	len = buf_get_u32(&b);
	if (len > CONTAINER_NOTE_MAX)
		return SKS_CORRUPT;
	at = len > 0 ? buf_reserve(&r->note, len) : NULL;
	if (len > 0)
		e = at == NULL ? SKS_NOMEM : reader_get_hashed(r, at, len);
	if (e == SKS_OK && EVP_DigestFinal_ex(r->hash, r->sum.file_hash, NULL) != 1)
		e = SKS_INTERNAL;
	if (e == SKS_OK)
		e = reader_get_some(r, &extra, 1, &got);
	if (e == SKS_OK && got != 0)
		e = SKS_TRAILING;
	r->ended = e == SKS_OK;
	return e;
}

static int
reader_frame(struct container_reader *r)
{
	uint8_t nonce[CRYPT_NONCE_SIZE], head[4];
	bool last = false;
	size_t len = 0;
	struct buf b;
	int e = reader_frame_head(r, head, &len, &last);

	if (e != SKS_OK)
		return e;
	buf_init_fixed(&b, nonce, sizeof(nonce));
	buf_put_u32(&b, 0);
	buf_put_u64(&b, r->frame++);
	e = crypt_open(r->cipher, r->key, nonce, head, sizeof(head), r->sealed, len, r->plain);
	if (e != SKS_OK)
		return e;
	r->sum.plain += len;
	r->pos = 0;
	r->len = len;
	/* nothing of the last frame is handed on before the file is known to end with it */
	return last ? reader_finish(r) : SKS_OK;
}

int
container_read(struct container_reader *r, void *data, size_t size, size_t *len)
{
	*len = 0;
	if (!r->unlocked)
		return SKS_DENIED;
	while (r->error == SKS_OK && r->pos == r->len && !r->ended)
		r->error = reader_frame(r);
	if (r->error != SKS_OK)
		return r->error;
	*len = r->len - r->pos < size ? r->len - r->pos : size;
	memcpy(data, r->plain + r->pos, *len);
	r->pos += *len;
	return SKS_OK;
}

int
container_scan(int fd, struct container_sum *sum, struct buf *note)
{
	struct container_reader *r;
	uint8_t head[4];
	bool last = false;
	size_t len = 0;
	int e = container_open(fd, &r);

	*sum = (struct container_sum){0};
	if (e != SKS_OK)
		return e;
	while (e == SKS_OK && !last) {
		e = reader_frame_head(r, head, &len, &last);
		r->sum.plain += len;
	}
	if (e == SKS_OK)
		e = reader_finish(r);
	if (e == SKS_OK) {
		*sum = r->sum;
		buf_put_bytes(note, r->note.data, r->note.len);
		e = buf_error(note);
	}
	container_reader_free(r);
	return e;
}

void
container_reader_free(struct container_reader *r)
{
	if (r == NULL)
		return;
	EVP_CIPHER_CTX_free(r->cipher);
	EVP_MD_CTX_free(r->hash);
	buf_clear(&r->encoded);
	buf_clear(&r->note);
	explicit_bzero(r, sizeof(*r));
	free(r);
}
