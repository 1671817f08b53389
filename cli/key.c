/* sekisho key list|rotate|retire|exposed: the life of a key, one command a step. */
#include "key.h"
#include "call.h"
#include "cli.h"
#include "clock.h"
#include "error.h"
#include "i18n.h"
#include "root.h"
#include "show.h"
#include "table.h"
#include "words.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { SEAL_WAIT_S = 60, NAMES_SHOWN = 200, WIDTH = 96 };

json_t *
key_ask_list(const struct args *args, int *status)
{
	struct call call;
	json_t *list = NULL;

	call_init(&call, VERB_KEY_LIST);
	*status = call_run(&call, args);
	if (*status == STATUS_DONE) {
		list = call_json(&call);
		if (list == NULL)
			*status = STATUS_UNREADABLE;
	}
	call_clear(&call);
	return list;
}

/* ---- list -------------------------------------------------------------------------------- */

static void
key_add_row(struct table *t, const json_t *key)
{
	int64_t lifetime = show_number(key, "lifetime"), made = show_number(key, "made");
	char time[SHOW_TIME_SIZE], state[96];
	bool overdue = json_is_true(json_object_get(key, "overdue"));

	table_add(t, words_shown(show_text(key, "purpose")));
	table_add(t, show_text(key, "id"));
	table_add(t, show_text(key, "algorithm"));
	(void)snprintf(state, sizeof(state), "%s%s%s", words_shown(show_text(key, "state")),
	    overdue ? ", " : "", overdue ? _("OVERDUE") : "");
	table_add(t, state);
	table_add(t, show_time(made, time));
	table_add(t, lifetime == 0 ? "" : show_time(made + lifetime, time));
	table_add(t, show_time_of(key, "ended", time));
	table_add(t, json_object_get(key, "sealed") == NULL
			 ? ""
			 : show_digits(show_number(key, "sealed"), time));
	table_add(t, show_text(key, "where"));
}

/* "alice, bob (2) and 3 more" */
static void
key_print_people(const json_t *owners)
{
	const json_t *users = json_object_get(owners, "users"), *user;
	size_t i;

	json_array_foreach(users, i, user)
	{
		if (i == NAMES_SHOWN)
			break;
		fprintf(stdout, "%s%s", i == 0 ? "  " : ", ", show_text(user, "user"));
		if (show_number(user, "devices") > 1)
			fprintf(stdout, " (%lld)", (long long)show_number(user, "devices"));
	}
	if (json_array_size(users) > NAMES_SHOWN)
		fprintf(stdout, _(" and %zu more"), json_array_size(users) - NAMES_SHOWN);
	if (json_array_size(users) > 0)
		fputc('\n', stdout);
}

static void
key_print_reenrol(const json_t *list)
{
	const json_t *owners = json_object_get(list, "reenrol");

	if (show_number(owners, "devices") == 0)
		return;
	fprintf(stdout,
	    _("%lld devices were sealed under an exposed key and are to be enrolled again:\n"),
	    (long long)show_number(owners, "devices"));
	key_print_people(owners);
}

static void
key_print_list(const json_t *list)
{
	const json_t *key;
	struct table t;
	size_t i;

	table_init(&t, 9, _("PURPOSE"), _("KEY"), _("ALGORITHM"), _("STATE"), _("MADE"),
	    _("REPLACE BY"), _("ENDED"), _("SEALED"), _("WHERE"));
	json_array_foreach(json_object_get(list, "keys"), i, key)
	{
		key_add_row(&t, key);
	}
	table_print(&t, stdout);
	table_clear(&t);
	if (json_is_true(json_object_get(list, "resealing")))
		fputs(_("Secrets are being sealed anew under the current key.\n"), stdout);
	key_print_reenrol(list);
}

int
run_key_list(const struct args *args)
{
	json_t *list;
	int r = root_need();

	if (r != STATUS_DONE)
		return r;
	list = key_ask_list(args, &r);
	if (list == NULL)
		return r;
	if (args_has(args, OPT_JSON))
		show_json(list);
	else
		key_print_list(list);
	json_decref(list);
	return STATUS_DONE;
}

/* ---- a new sealing key ------------------------------------------------------------------- */

static void
key_id_of(const struct keyring *ring, char out[2 * KEYRING_ID_SIZE + 1])
{
	keyring_id_text(keyring_current(ring, RING_SEALING)->id, out);
}

/* How many live secrets are not under the current key. */
static int64_t
key_left(const json_t *list)
{
	const json_t *key;
	int64_t left = 0;
	size_t i;

	json_array_foreach(json_object_get(list, "keys"), i, key)
	{
		if (strcmp(show_text(key, "state"), "current") != 0)
			left += show_number(key, "sealed_live");
	}
	return left;
}

/* Says how far the sealing is. True when nothing is left under other keys. */
static bool
key_report_sealed(const json_t *list, const char *id)
{
	if (list == NULL)
		return false;
	if (json_is_true(json_object_get(list, "resealing"))) {
		fputs(_("Secrets are still being sealed anew; \"sekisho key list\" shows how "
			"many are left under the old key.\n"),
		    stdout);
		return false;
	}
	if (key_left(list) > 0) {
		fprintf(stdout,
		    _("%lld secrets do not open, so they could not be sealed anew; the system "
		      "log names the devices. End those devices and enrol others.\n"),
		    (long long)key_left(list));
		return false;
	}
	fprintf(stdout, _("All secrets are sealed under the key %s.\n"), id);
	return true;
}

static int
key_rotate_sealing(const struct args *args, enum ring_state then)
{
	static struct key_change c;
	const struct algorithm_info *a = algorithm_by_name(args_value(args, OPT_CIPHER) != NULL
							       ? args_value(args, OPT_CIPHER)
							       : "aes-256-gcm");
	char id[2 * KEYRING_ID_SIZE + 1], old[2 * KEYRING_ID_SIZE + 1];
	json_t *list;
	int r;

	list = key_ask_list(args, &r);
	if (list == NULL)
		return r;
	r = key_change_open(&c, list);
	json_decref(list);
	list = NULL;
	if (r != STATUS_DONE)
		goto out;
	key_id_of(&c.ring, old);
	r = keyring_rotate(&c.ring, a->id, then, clock_now().wall_ms);
	if (r != SKS_OK) {
		fprintf(stderr, "sekisho: %s: %s\n", c.path, _(error_text(r)));
		if (r == SKS_FULL)
			fputs(_("Retire keys that nothing is sealed under: sekisho key list, "
				"sekisho key retire KEY\n"),
			    stderr);
		r = STATUS_REFUSED;
		goto out;
	}
	key_id_of(&c.ring, id);
	r = key_change_put(&c, args);
	if (r != STATUS_DONE || c.credential)
		goto out;
	fprintf(stdout, _("The key %s has taken the place of %s.\n"), id, old);
	fflush(stdout);
	list = key_wait_sealed(args, SEAL_WAIT_S);
	if (key_report_sealed(list, id) && then == RING_OLD)
		fprintf(stdout,
		    _("Backups of the store from before now need the old key: back the keys up "
		      "(sekisho key backup) before you destroy it (sekisho key retire %s).\n"),
		    old);
	if (then == RING_EXPOSED && list != NULL) {
		key_print_reenrol(list);
		table_fold(stdout,
		    _("Who had the key and a copy of the store knows the secrets of these "
		      "devices and can make their codes. For each: sekisho factor revoke USER "
		      "DEVICE, then sekisho enroll USER. Destroy every copy of the store that "
		      "was made before now, or count it as read. Recovery codes are not in "
		      "danger: they are 80 random bits, and only hashed."),
		    0, WIDTH);
	}
out:
	json_decref(list);
	key_change_clear(&c);
	return r;
}

int
run_key_rotate(const struct args *args)
{
	int r = root_need();

	if (r != STATUS_DONE)
		return r;
	if (strcmp(args_word(args, 0), "sealing") == 0)
		return key_rotate_sealing(args, RING_OLD);
	if (strcmp(args_word(args, 0), "log") == 0)
		return key_rotate_log(args, false);
	fprintf(
	    stderr, _("sekisho: there is no key of that purpose: %s.\n"), args_word(args, 0));
	return STATUS_USAGE;
}

int
run_key_exposed(const struct args *args)
{
	int r = root_need();

	if (r != STATUS_DONE)
		return r;
	if (strcmp(args_word(args, 0), "sealing") == 0)
		return key_rotate_sealing(args, RING_EXPOSED);
	if (strcmp(args_word(args, 0), "log") == 0)
		return key_rotate_log(args, true);
	fprintf(
	    stderr, _("sekisho: there is no key of that purpose: %s.\n"), args_word(args, 0));
	return STATUS_USAGE;
}

/* ---- destroying an old one --------------------------------------------------------------- */

static const json_t *
key_find(const json_t *list, const char *id)
{
	const json_t *key;
	size_t i;

	json_array_foreach(json_object_get(list, "keys"), i, key)
	{
		if (strcmp(show_text(key, "id"), id) == 0)
			return key;
	}
	return NULL;
}

/* Only what is over and needed by nothing; says why not. */
static bool
key_may_retire(const json_t *list, const char *id)
{
	const json_t *key = key_find(list, id);
	const char *state = show_text(key, "state");

	if (key == NULL) {
		fprintf(stderr,
		    _("sekisho: there is no key %s. \"sekisho key list\" shows them.\n"), id);
		return false;
	}
	if (strcmp(state, "old") != 0 && strcmp(state, "exposed") != 0) {
		fprintf(stderr,
		    _("sekisho: the key %s is %s; only an old or exposed one can be retired. "
		      "\"sekisho key rotate\" makes a new one.\n"),
		    id, words_shown(state));
		return false;
	}
	if (show_number(key, "sealed_live") > 0 ||
	    json_is_true(json_object_get(list, "resealing"))) {
		fprintf(stderr,
		    _("sekisho: %lld secrets are still sealed under the key %s. It stays until "
		      "they are sealed anew.\n"),
		    (long long)show_number(key, "sealed_live"), id);
		return false;
	}
	return true;
}

int
run_key_retire(const struct args *args)
{
	static struct key_change c;
	const char *word = args_word(args, 0);
	uint8_t id[KEYRING_ID_SIZE];
	json_t *list;
	int r = root_need();

	if (r != STATUS_DONE)
		return r;
	list = key_ask_list(args, &r);
	if (list == NULL)
		return r;
	if (!key_may_retire(list, word)) {
		json_decref(list);
		return STATUS_REFUSED;
	}
	r = key_change_open(&c, list);
	if (r != STATUS_DONE)
		goto out;
	if (!keyring_id_read(word, id) ||
	    keyring_retire(&c.ring, id, clock_now().wall_ms) != SKS_OK) {
		fprintf(stderr,
		    _("sekisho: there is no key %s. \"sekisho key list\" shows them.\n"), word);
		r = STATUS_REFUSED;
		goto out;
	}
	r = key_change_put(&c, args);
	if (r != STATUS_DONE || c.credential)
		goto out;
	fprintf(stdout, _("The key %s is destroyed.\n"), word);
	table_fold(stdout,
	    _("Its bytes in the file were overwritten. A disk that copies on write, an SSD or "
	      "a "
	      "snapshot may still hold them until it reuses that place."),
	    0, WIDTH);
out:
	json_decref(list);
	key_change_clear(&c);
	return r;
}
