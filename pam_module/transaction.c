#include "transaction.h"

#include <stdlib.h>
#include <string.h>

static const char NAME[] = "pam_sekisho_transaction";

void
transaction_forget(struct transaction *t)
{
	buf_clear(&t->foretold.question);
	t->foretold = (struct foretold){.valid = false};
}

static void
transaction_free(pam_handle_t *pamh, void *data, int status)
{
	(void)pamh;
	(void)status;
	client_hang_up(&((struct transaction *)data)->line);
	transaction_forget(data);
	explicit_bzero(data, sizeof(struct transaction));
	free(data);
}

void
transaction_reset(struct transaction *t)
{
	const struct found found = t->found;
	const struct shown shown = t->shown;

	client_hang_up(&t->line);
	transaction_forget(t);
	explicit_bzero(t, sizeof(*t));
	client_line_init(&t->line);
	t->delay_ms = DELAY_DEFAULT_MS;
	t->found = found;
	t->shown = shown;
}

struct transaction *
transaction_get(pam_handle_t *pamh)
{
	const void *kept = NULL;
	struct transaction *t;

	if (pam_get_data(pamh, NAME, &kept) == PAM_SUCCESS && kept != NULL) {
		memcpy(&t, &kept, sizeof(t)); /* ours: handed out as const, made writable */
		return t;
	}
	t = calloc(1, sizeof(*t));
	if (t == NULL)
		return NULL;
	client_line_init(&t->line);
	transaction_reset(t);
	if (pam_set_data(pamh, NAME, t, transaction_free) != PAM_SUCCESS) {
		free(t);
		return NULL;
	}
	return t;
}
