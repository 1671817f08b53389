#include "audit/record.h"

#include "audit/json.h"
#include "error.h"
#include "hex.h"
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

enum { RECORD_VERSION = 1, SALT_SIZE = 16, HASH_SIZE = 32, RFC3339_MAX = 32 };

static void
record_fail(struct record *r, int error)
{
	if (r->body.error == SKS_OK)
		r->body.error = error;
}

/* Fetched once: a fetch by name costs more than hashing a record. NULL when there is none. */
static const EVP_MD *
record_digest(void)
{
	static EVP_MD *sha256;

	if (sha256 == NULL)
		sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	return sha256;
}

int
record_prepare(void)
{
	return record_digest() != NULL ? SKS_OK : SKS_INTERNAL;
}

static void
record_put_salt(struct record *r)
{
	uint8_t salt[SALT_SIZE];
	char text[2 * SALT_SIZE + 1] = "";

	if (getrandom(salt, sizeof(salt), 0) != (ssize_t)sizeof(salt)) {
		record_fail(r, SKS_IO);
		return;
	}
	record_put_str(r, "sekisho.salt", hex_put(text, salt, sizeof(salt)));
}

void
record_init(struct record *r, const struct event_info *event, struct instant now,
    const uint8_t boot_id[16], const char *outcome, const char *reason)
{
	char time[RFC3339_MAX];
	int value = OUTCOME_UNKNOWN;

	*r = (struct record){
	    .wall_ms = now.wall_ms,
	    .boot_ms = now.boot_ms,
	    .retention = event->retention,
	    .action = event->action,
	};
	memcpy(r->boot_id, boot_id, sizeof(r->boot_id));
	buf_init(&r->body, RECORD_BODY_MAX);
	buf_put_u8(&r->body, '{');
	record_put_str(r, "@timestamp", clock_rfc3339(now.wall_ms, time, sizeof(time)));
	record_put_str(r, "event.action", event->name);
	if (outcome != NULL && outcome[0] != '\0') {
		value = fields_value(outcome_words, outcome);
		if (value < 0)
			record_fail(r, SKS_INVALID);
		record_put_str(r, "event.outcome", outcome);
	}
	r->outcome = value < 0 ? OUTCOME_UNKNOWN : (uint32_t)value;
	if (reason != NULL) {
		(void)snprintf(r->reason, sizeof(r->reason), "%s", reason);
		record_put_str(r, "event.reason", reason);
	}
	record_put_salt(r);
}

/* What the log is searched by stands beside the body too. */
static void
record_index(struct record *r, const char *key, const char *value)
{
	if (strcmp(key, "user.name") == 0)
		(void)snprintf(r->user, sizeof(r->user), "%s", value);
	else if (strcmp(key, "source.ip") == 0)
		(void)snprintf(r->source, sizeof(r->source), "%s", value);
}

void
record_put_str(struct record *r, const char *key, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return;
	json_put_key(&r->body, key);
	json_put_string(&r->body, value);
	record_index(r, key, value);
}

void
record_put_int(struct record *r, const char *key, int64_t value)
{
	json_put_key(&r->body, key);
	json_put_int(&r->body, value);
}

void
record_put_bool(struct record *r, const char *key, bool value)
{
	json_put_key(&r->body, key);
	json_put_bool(&r->body, value);
}

void
record_put_list(struct record *r, const char *key, const char *const *item, size_t count)
{
	json_put_key(&r->body, key);
	json_put_list(&r->body, item, count);
}

static void
record_put_number(struct record *r, const struct field *row, const void *at)
{
	uint32_t u32 = 0;
	uint64_t u64 = 0;
	int64_t i64 = 0;

	if (row->type == FIELD_U32) {
		memcpy(&u32, at, sizeof(u32));
		u64 = u32;
	} else if (row->type == FIELD_U64) {
		memcpy(&u64, at, sizeof(u64));
	} else {
		memcpy(&i64, at, sizeof(i64));
	}
	if (u64 == 0 && i64 == 0)
		return;
	json_put_key(&r->body, row->name);
	if (row->words != NULL)
		json_put_string(&r->body, fields_word(row->words, u32));
	else if (row->type == FIELD_I64)
		json_put_int(&r->body, i64);
	else
		json_put_uint(&r->body, u64);
}

void
record_put_fields(struct record *r, const struct fields *f, const void *obj)
{
	for (size_t i = 0; i < f->count; i++) {
		const struct field *row = &f->row[i];
		const char *at = (const char *)obj + row->offset;
		bool truth;

		if (row->name == NULL)
			continue;
		switch (row->type) {
		case FIELD_STR:
		case FIELD_TEXT:
			record_put_str(r, row->name, at);
			break;
		case FIELD_BOOL:
			memcpy(&truth, at, sizeof(truth));
			if (truth)
				record_put_bool(r, row->name, true);
			break;
		case FIELD_U32:
		case FIELD_U64:
		case FIELD_I64:
			record_put_number(r, row, at);
			break;
		case FIELD_SECRET:
			break;
		}
	}
}

int
record_body_hash(const void *body, size_t len, uint8_t out[HASH_SIZE])
{
	static EVP_MD_CTX *ctx; /* made once, as what is fetched for it */
	const EVP_MD *digest = record_digest();
	unsigned out_len = 0;

	if (ctx == NULL)
		ctx = EVP_MD_CTX_new();
	if (digest == NULL || ctx == NULL || EVP_DigestInit_ex2(ctx, digest, NULL) != 1 ||
	    EVP_DigestUpdate(ctx, body, len) != 1 ||
	    EVP_DigestFinal_ex(ctx, out, &out_len) != 1 ||
	    out_len != HASH_SIZE)
		return SKS_INTERNAL;
	return SKS_OK;
}

int
record_finish(struct record *r)
{
	buf_put_u8(&r->body, '}');
	if (buf_error(&r->body) != SKS_OK)
		return buf_error(&r->body);
	if (record_body_hash(r->body.data, r->body.len, r->body_hash) != SKS_OK)
		record_fail(r, SKS_INTERNAL);
	return buf_error(&r->body);
}

void
record_clear(struct record *r)
{
	buf_clear(&r->body);
	*r = (struct record){.body = r->body};
}

void
record_header_encode(const struct record *r, uint8_t out[RECORD_HEADER_SIZE])
{
	struct buf b;

	buf_init_fixed(&b, out, RECORD_HEADER_SIZE);
	buf_put_u8(&b, RECORD_VERSION);
	buf_put_u64(&b, r->seq);
	buf_put_u64(&b, (uint64_t)r->wall_ms);
	buf_put_bytes(&b, r->boot_id, sizeof(r->boot_id));
	buf_put_u64(&b, (uint64_t)r->boot_ms);
	buf_put_u8(&b, r->retention);
	buf_put_u16(&b, r->action);
	buf_put_bytes(&b, r->body_hash, sizeof(r->body_hash));
}

int
record_header_decode(const uint8_t in[RECORD_HEADER_SIZE], struct record *out)
{
	struct buf b;
	uint8_t version;

	*out = (struct record){0};
	buf_init_read(&b, in, RECORD_HEADER_SIZE);
	version = buf_get_u8(&b);
	out->seq = buf_get_u64(&b);
	out->wall_ms = (int64_t)buf_get_u64(&b);
	buf_get_bytes(&b, out->boot_id, sizeof(out->boot_id));
	out->boot_ms = (int64_t)buf_get_u64(&b);
	out->retention = buf_get_u8(&b);
	out->action = buf_get_u16(&b);
	buf_get_bytes(&b, out->body_hash, sizeof(out->body_hash));
	if (buf_end(&b) != SKS_OK || version != RECORD_VERSION ||
	    out->retention >= RETAIN_COUNT || event_by_action(out->action) == NULL) {
		*out = (struct record){0};
		return SKS_INVALID;
	}
	return SKS_OK;
}
