#include "roles.h"

#include "cli.h"
#include "error.h"
#include "i18n.h"
#include "policy/bundle.h"
#include "policy_problems.h"
#include "protocol.h"
#include "sudoers.h"
#include <stdlib.h>
#include <string.h>

#define CONF_DIR "/etc/sekisho/"

/* The files of the policy as they will be: those that are there, with the plan's over them. */
struct drafts {
	struct bundle_file file[BUNDLE_FILES_MAX];
	size_t count;
};

static bool
drafts_put(struct drafts *d, const char *name, const void *text, size_t len)
{
	size_t i = 0;

	while (i < d->count && strcmp(d->file[i].name, name) != 0)
		i++;
	if (i == BUNDLE_FILES_MAX || strlen(name) > BUNDLE_NAME_MAX)
		return false;
	if (i == d->count)
		d->count++;
	strcpy(d->file[i].name, name);
	d->file[i].text = text;
	d->file[i].len = len;
	return true;
}

/* policy.conf, then the drop-ins by name: as they are read when the policy is applied. */
static int
drafts_order(const void *a, const void *b)
{
	const char *x = ((const struct bundle_file *)a)->name;
	const char *y = ((const struct bundle_file *)b)->name;
	bool inner_x = strchr(x, '/') != NULL, inner_y = strchr(y, '/') != NULL;

	return inner_x == inner_y ? strcmp(x, y) : inner_x - inner_y;
}

static bool
drafts_collect(struct drafts *d, const struct plan *p, const struct buf *now)
{
	struct bundle bundle;
	struct bundle_file file;
	bool fits = true;

	if (bundle_open(&bundle, now->data, now->len) != SKS_OK)
		return false;
	while (fits && bundle_next(&bundle, &file) == SKS_OK)
		fits = drafts_put(d, file.name, file.text, file.len);
	for (size_t i = 0; fits && i < p->count; i++) {
		const char *path = p->change[i].path;

		if (strncmp(path, CONF_DIR "policy", strlen(CONF_DIR "policy")) == 0)
			fits = drafts_put(d, path + strlen(CONF_DIR), p->change[i].bytes.data,
			    p->change[i].bytes.len);
	}
	qsort(d->file, d->count, sizeof(d->file[0]), drafts_order);
	return fits;
}

/* What is wrong with it is said here, with file and line, while nothing is changed yet. */
int
roles_policy(const struct plan *p, bool say, struct policy **policy)
{
	struct policy_problems problems = {0};
	struct drafts *drafts = calloc(1, sizeof(*drafts));
	struct buf now, later;
	int r = STATUS_REFUSED;

	buf_init(&now, POLICY_BUNDLE_MAX);
	buf_init(&later, POLICY_BUNDLE_MAX);
	if (drafts == NULL ||
	    policy_bundle_read(POLICY_FILE, POLICY_DROPIN, true, &now, &problems) != SKS_OK ||
	    !drafts_collect(drafts, p, &now))
		goto out;
	bundle_begin(&later);
	for (size_t i = 0; i < drafts->count; i++)
		bundle_put(&later, &drafts->file[i]);
	if (buf_error(&later) == SKS_OK &&
	    policy_parse(later.data, later.len, policy, &problems) == SKS_OK)
		r = STATUS_DONE;
out:
	if (r != STATUS_DONE && say) {
		problems_locate(&problems, NULL, 0);
		problems_print(stderr, &problems);
		fputs(
		    _("sekisho: the policy as it would be cannot be put in force. Nothing was "
		      "changed.\n"),
		    stderr);
	}
	free(drafts);
	buf_clear(&later);
	buf_clear(&now);
	return r;
}

int
roles_plan(struct plan *p)
{
	struct policy *policy = NULL;
	struct buf text;
	int r = roles_policy(p, true, &policy);

	if (r != STATUS_DONE)
		return r;
	buf_init(&text, SUDOERS_MAX);
	sudoers_replace(policy, &text);
	/* Looked at by visudo beside the place where sudo reads, before anything is changed. */
	if (text.len > 0 && (r = sudoers_prepare(policy)) == STATUS_DONE) {
		sudoers_discard();
		r = plan_put(p, SUDOERS_FILE, 0440, text.data, text.len);
	}
	buf_clear(&text);
	policy_free(policy);
	return r;
}
