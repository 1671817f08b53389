#include "audit/verify_resume.h"

#include "base64.h"
#include "clock.h"
#include "error.h"
#include "safeopen.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SAVE_EVERY_MS = 2000, FILE_MAX = 4096 };

static const char resume_title[] = "sekisho-verify 1\n";

/* ---- saving ------------------------------------------------------------------------------ */

static void
put_sum(struct buf *b, const struct index_sum *s)
{
	buf_printf(b, "sum %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
	    s->rows, s->sum[0], s->sum[1], s->sum[2], s->sum[3]);
}

/* Nothing there, or what an earlier run left: any other file is somebody's, and stays. */
static bool
resume_is_ours(const char *path)
{
	struct buf b;
	bool ours;
	int r;

	buf_init(&b, FILE_MAX);
	r = safeopen_slurp(path, geteuid(), 0600, &b, NULL, 0);
	ours =
	    r == SKS_NOT_FOUND ||
	    (r == SKS_OK &&
		(b.len == 0 || (b.len >= strlen(resume_title) &&
				   memcmp(b.data, resume_title, strlen(resume_title)) == 0)));
	buf_clear(&b);
	return ours;
}

void
resume_save(struct verify *v, uint64_t done)
{
	char root[BASE64_LEN(MERKLE_HASH_SIZE) + 1], salt[BASE64_LEN(16) + 1];
	int64_t now = clock_monotonic_ms();
	struct merkle_hash hash;
	struct buf b;

	if (v->o->resume == NULL || v->out->finding_count > 0 ||
	    now - v->resume.saved_ms < SAVE_EVERY_MS || v->chain.id == 0 ||
	    vtree_root(&v->chain.tree, &hash) != SKS_OK)
		return;
	v->resume.saved_ms = now;
	(void)base64_encode(hash.bytes, sizeof(hash.bytes), root, sizeof(root));
	(void)base64_encode(v->salt, sizeof(v->salt), salt, sizeof(salt));
	buf_init(&b, FILE_MAX);
	buf_printf(&b,
	    "%s%s\ndone %" PRIu64 " last %" PRIu64 " size %" PRIu64 " root %s salt %s\n",
	    resume_title, v->chain.out->origin, done, v->extent.last, v->chain.tree.size, root,
	    salt);
	put_sum(&b, &v->of_rows[0]);
	put_sum(&b, &v->of_rows[1]);
	/* a place to go on from is a convenience: verifying does not end for want of it */
	if (buf_error(&b) == SKS_OK && resume_is_ours(v->o->resume))
		(void)safeopen_replace(v->o->resume, 0600, b.data, b.len);
	buf_clear(&b);
}

void
resume_end(struct verify *v)
{
	if (v->o->resume != NULL && v->out->finding_count == 0 && resume_is_ours(v->o->resume))
		(void)unlink(v->o->resume);
}

/* ---- loading ----------------------------------------------------------------------------- */

static bool
get_sum(const char **at, struct index_sum *s)
{
	int used = 0;

	if (sscanf(*at, "sum %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 "\n%n",
		&s->rows, &s->sum[0], &s->sum[1], &s->sum[2], &s->sum[3], &used) != 5)
		return false;
	*at += used;
	return true;
}

static bool
resume_parse(struct verify *v, const char *text)
{
	struct resume *x = &v->resume;
	const char *at = text + strlen(resume_title);
	char root[48], salt[32];
	size_t origin;
	int used = 0;

	if (strncmp(text, resume_title, strlen(resume_title)) != 0)
		return false; /* it may be shorter than that */
	origin = strcspn(at, "\n");
	if (at[origin] != '\n' || origin >= sizeof(x->origin))
		return false;
	memcpy(x->origin, at, origin);
	at += origin + 1;
	if (sscanf(at,
		"done %" SCNu64 " last %" SCNu64 " size %" SCNu64 " root %47s salt %31s\n%n",
		&x->done, &x->last, &x->size, root, salt, &used) != 5)
		return false;
	at += used;
	return verify_base64(root, x->root.bytes, sizeof(x->root.bytes)) &&
	       verify_base64(salt, x->salt, sizeof(x->salt)) && get_sum(&at, &x->sum[0]) &&
	       get_sum(&at, &x->sum[1]);
}

void
resume_read(struct verify *v)
{
	struct buf b;

	v->resume = (struct resume){0};
	if (v->o->resume == NULL)
		return;
	buf_init(&b, FILE_MAX);
	if (safeopen_slurp(v->o->resume, geteuid(), 0600, &b, NULL, 0) == SKS_OK) {
		buf_put_u8(&b, 0);
		if (buf_error(&b) != SKS_OK || !resume_parse(v, (const char *)b.data))
			v->resume = (struct resume){0};
	}
	buf_clear(&b);
}

void
resume_compare(struct verify *v)
{
	struct merkle_hash root;

	if (strcmp(v->chain.out->origin, v->resume.origin) == 0 &&
	    vtree_root(&v->chain.tree, &root) == SKS_OK)
		v->resume.holds = merkle_equal(&root, &v->resume.root);
}

bool
resume_load(struct verify *v, uint64_t *seq)
{
	const struct resume *x = &v->resume;

	/* what was destroyed since then changed records that were read before */
	if (!x->holds || v->out->finding_count > 0 || v->deleted.newest > x->last ||
	    x->done < v->extent.first || x->done > v->extent.last)
		return false;
	memcpy(v->salt, x->salt, sizeof(v->salt));
	memcpy(v->of_rows, x->sum, sizeof(v->of_rows));
	*seq = x->done + 1;
	return true;
}
