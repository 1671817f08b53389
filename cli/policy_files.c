#include "policy_files.h"

#include "error.h"
#include "i18n.h"
#include "policy/bundle.h"
#include <stdio.h>

/* A further file of a draft: its part of a bundle of its own is added to ours. */
static int
files_add(const char *file, struct buf *bundle, struct policy_problems *problems)
{
	struct bundle inner;
	struct buf one;
	int r;

	buf_init(&one, POLICY_BUNDLE_MAX);
	r = policy_bundle_read(file, NULL, false, bundle->len == 0 ? bundle : &one, problems);
	if (r == SKS_NOT_FOUND)
		fprintf(stderr, _("sekisho: there is no file %s.\n"), file);
	if (r == SKS_OK && one.len > 0) {
		r = bundle_open(&inner, one.data, one.len);
		if (r == SKS_OK)
			buf_put_bytes(bundle, inner.at, inner.left);
	}
	buf_clear(&one);
	return r == SKS_OK ? buf_error(bundle) : r;
}

int
policy_files_read(const struct args *args, struct buf *bundle, struct policy_problems *problems)
{
	int r = SKS_OK;

	if (args->word_count == 0) {
		r = policy_bundle_read(POLICY_FILE, POLICY_DROPIN, true, bundle, problems);
		if (r == SKS_NOT_FOUND)
			fprintf(stderr, _("sekisho: there is no file %s.\n"), POLICY_FILE);
		return r;
	}
	for (size_t i = 0; i < args->word_count && r == SKS_OK; i++)
		r = files_add(args->word[i], bundle, problems);
	return r;
}
