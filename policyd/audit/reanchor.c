#include "audit/reanchor.h"

#include "audit/merkle.h"
#include "base64.h"
#include "error.h"
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HASH_TEXT_SIZE = BASE64_LEN(MERKLE_HASH_SIZE) + 1 };

static const char done_name[] = "chain.anchored"; /* the last chain that was vouched for */

/* The body of one record; the caller decrefs. leaf may be NULL. */
static int
read_record(struct store *s, uint64_t seq, struct merkle_hash *leaf, json_t **body)
{
	const struct log_filter all = {0};
	struct log_cursor *c;
	struct log_row row;
	int r = store_log_open(s, &all, seq - 1, &c);

	*body = NULL;
	if (r != SKS_OK)
		return r;
	r = store_log_step(c, &row);
	if (r == 1 && row.seq == seq && row.body != NULL)
		*body = json_loadb(row.body, row.body_len, 0, NULL);
	r = r < 0 ? r : *body != NULL ? SKS_OK : SKS_CORRUPT;
	if (r == SKS_OK && leaf != NULL)
		r = merkle_leaf(row.header, RECORD_HEADER_SIZE, leaf);
	store_log_close(c);
	return r;
}

static const char *
text_of(const json_t *body, const char *key)
{
	const char *text = json_string_value(json_object_get(body, key));

	return text != NULL ? text : "";
}

static uint64_t
anchored(struct store *s)
{
	char text[32];

	if (store_meta_get(s, done_name, text, sizeof(text)) != SKS_OK)
		return 1; /* the first one is its own */
	return strtoull(text, NULL, 10);
}

static int
find_auditor(struct store *s, struct reanchor *out)
{
	struct store_chain first;
	json_t *body = NULL;
	int r = store_chain(s, 1, &first);

	if (r == SKS_OK)
		r = read_record(s, first.first, NULL, &body);
	if (r == SKS_OK)
		(void)snprintf(out->auditor, sizeof(out->auditor), "%s",
		    text_of(body, "sekisho.log.auditor"));
	json_decref(body);
	return r == SKS_NOT_FOUND ? SKS_CORRUPT : r;
}

static int
make_text(const json_t *begin, const struct merkle_hash *leaf, struct reanchor *out)
{
	const char *root = text_of(begin, "sekisho.log.previous.root");
	struct merkle_frontier nothing = {0};
	struct merkle_hash empty;
	char leaf_text[HASH_TEXT_SIZE], empty_text[HASH_TEXT_SIZE];
	int n, r = merkle_root(&nothing, &empty);

	if (r != SKS_OK)
		return r;
	(void)base64_encode(leaf->bytes, MERKLE_HASH_SIZE, leaf_text, sizeof(leaf_text));
	(void)base64_encode(empty.bytes, MERKLE_HASH_SIZE, empty_text, sizeof(empty_text));
	n = snprintf(out->text, sizeof(out->text),
	    "sekisho/reanchor/v1\n%s\n%" JSON_INTEGER_FORMAT "\n%s\n%s\n%s\n%s\n",
	    text_of(begin, "sekisho.log.previous.origin"),
	    json_integer_value(json_object_get(begin, "sekisho.log.previous.size")),
	    root[0] != '\0' ? root : empty_text, text_of(begin, "sekisho.log.origin"),
	    leaf_text, text_of(begin, "sekisho.log.vkey"));
	return n > 0 && (size_t)n < sizeof(out->text) ? SKS_OK : SKS_TOO_BIG;
}

int
reanchor_find(struct store *s, struct reanchor *out)
{
	struct store_chain row;
	struct merkle_hash leaf;
	json_t *begin = NULL;
	int r;

	*out = (struct reanchor){.chain = anchored(s) + 1};
	r = store_chain(s, out->chain, &row);
	if (r != SKS_OK)
		return r;
	r = read_record(s, row.first, &leaf, &begin);
	if (r == SKS_OK)
		r = make_text(begin, &leaf, out);
	json_decref(begin);
	return r == SKS_OK ? find_auditor(s, out) : r;
}

int
reanchor_check(const struct reanchor *r, const void *note, size_t len)
{
	struct note *n = calloc(1, sizeof(*n));
	struct note_vkey auditor;
	int result = n == NULL ? SKS_NOMEM : note_parse(note, len, n);

	if (result == SKS_OK &&
	    (n->text_len != strlen(r->text) || memcmp(n->text, r->text, n->text_len) != 0))
		result = SKS_INVALID;
	if (result == SKS_OK && note_vkey_parse(r->auditor, &auditor) != SKS_OK)
		result = SKS_DENIED;
	if (result == SKS_OK && note_verify(n, &auditor, NULL) != SKS_OK)
		result = SKS_DENIED;
	free(n);
	return result;
}

int
reanchor_done(struct store *s, const struct reanchor *r)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%" PRIu64, r->chain);
	return store_meta_set(s, done_name, text);
}
