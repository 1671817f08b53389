/*
 * Any bytes as the file in which a verification says how far it came: what is accepted comes
 * back as it was written, is gone on with only where the tree has that root, and never behind
 * the log's end.
 *
 * SOURCES: lib/base64.c lib/buf.c lib/clock.c lib/error.c lib/hex.c
 * SOURCES: policyd/audit/merkle.c
 */
#include "audit/verify_resume.h"

#include "error.h"
#include "safeopen.h"
#include "fuzz.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct buf file;
static bool there;
static struct merkle_hash tree_root;

static int
fuzz_slurp(struct buf *out)
{
	if (!there)
		return SKS_NOT_FOUND;
	buf_put_bytes(out, file.data, file.len);
	return buf_error(out) == SKS_OK ? SKS_OK : SKS_TOO_BIG;
}

static int
fuzz_replace(const void *data, size_t len)
{
	buf_reset(&file);
	buf_put_bytes(&file, data, len);
	there = true;
	return SKS_OK;
}

#define safeopen_slurp(path, owner, mode, out, why, size) fuzz_slurp(out)
#define safeopen_replace(path, mode, data, len)           fuzz_replace(data, len)
#define unlink(path)                                      (there = false)
#include "../../policyd/audit/verify_resume.c"

int
vtree_root(const struct vtree *t, struct merkle_hash *out)
{
	(void)t;
	*out = tree_root;
	return SKS_OK;
}

bool
verify_base64(const char *text, void *out, size_t size)
{
	return base64_decode(text, strlen(text), out, size) == (int)size;
}

/* As the first pass leaves it behind, in a log where all that the file says is so. */
static void
go_there(struct verify *v, const struct resume *x)
{
	memcpy(v->chain.out->origin, x->origin, sizeof(x->origin));
	v->chain.id = 1;
	v->chain.tree.size = x->size;
	v->extent.last = x->last;
	v->extent.first = 1;
	tree_root = x->root;
	resume_compare(v);
	expect(v->resume.holds);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct verify v;
	static struct verify_result out;
	static struct verify_chain chain;
	static const struct verify_options options = {.resume = "/d/resume"};
	struct resume first;
	uint64_t seq = 0;

	memset(&v, 0, sizeof(v));
	memset(&out, 0, sizeof(out));
	memset(&chain, 0, sizeof(chain));
	v.out = &out;
	v.o = &options;
	v.chain.out = &chain;
	buf_init(&file, 1 << 16);
	(void)fuzz_replace(data, size);
	resume_read(&v);
	first = v.resume;
	if (first.origin[0] != '\0') {
		go_there(&v, &first);
		if (resume_load(&v, &seq)) {
			expect(seq == first.done + 1 && first.done >= 1 && first.done <= first.last);
			v.resume.saved_ms = -SAVE_EVERY_MS;
			resume_save(&v, first.done);
			resume_read(&v);
			expect(memcmp(&v.resume, &first, sizeof(first)) == 0);
		}
		tree_root.bytes[0] ^= 1;
		resume_compare(&v);
		expect(!v.resume.holds && !resume_load(&v, &seq));
		resume_end(&v);
		expect(!there); /* it is ours */
	}
	buf_clear(&file);
	return 0;
}
