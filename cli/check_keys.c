/* Keys that are too old or exposed, and algorithms in use against the list. */
#include "call.h"
#include "check.h"
#include "factor/algorithm.h"
#include "i18n.h"
#include "show.h"
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

/* "alice, bob"; what does not fit is left out, with "…" for it. */
static void
name_people(const json_t *owners, char *out, size_t size)
{
	const json_t *users = json_object_get(owners, "users"), *user;
	size_t i, used = 0;

	out[0] = '\0';
	json_array_foreach(users, i, user)
	{
		int n = snprintf(out + used, size - used, "%s%s", i == 0 ? "" : ", ",
		    show_text(user, "user"));

		if (n < 0 || (size_t)n + 8 > size - used) {
			(void)snprintf(out + used, size - used, ", …");
			return;
		}
		used += (size_t)n;
	}
}

static void
check_lifetimes(struct check *c, const json_t *list)
{
	const json_t *key;
	size_t i, overdue = 0;

	json_array_foreach(json_object_get(list, "keys"), i, key)
	{
		if (!json_is_true(json_object_get(key, "overdue")))
			continue;
		overdue++;
		check_failed(c, "key-lifetime",
		    _("The longer a key is in use, the more depends on nobody having it."),
		    _("Make a new one, which interrupts nobody: sekisho key rotate "
		      "sealing|log"),
		    _("the %s key %s is older than the policy allows"),
		    show_text(key, "purpose"), show_text(key, "id"));
	}
	if (overdue == 0)
		check_ok(c, "key-lifetime", "%s", _("no key is older than the policy allows"));
}

static void
check_exposed(struct check *c, const json_t *list)
{
	const json_t *owners = json_object_get(list, "reenrol");
	char people[300];

	if (show_number(owners, "devices") == 0)
		return;
	name_people(owners, people, sizeof(people));
	check_failed(c, "key-lifetime",
	    _("Whoever had the key and a copy of the store can make their codes."),
	    _("For each: sekisho factor revoke USER DEVICE, then sekisho enroll USER."),
	    _("%lld devices were sealed under an exposed key: %s"),
	    (long long)show_number(owners, "devices"), people);
}

/* The algorithms of keys in use that are not on the recommended list. */
static void
check_listed(struct check *c, const json_t *list)
{
	char in_use[256] = "", foreign[256] = "";
	const json_t *key;
	size_t i;

	json_array_foreach(json_object_get(list, "keys"), i, key)
	{
		const char *name = show_text(key, "algorithm");
		bool recommended =
		    strcmp(show_text(key, "listing"), listing_words[LISTED_RECOMMENDED]) == 0;
		char *to = recommended ? in_use : foreign;
		size_t used = strlen(to);

		if (strcmp(show_text(key, "state"), "retired") == 0 || strstr(to, name) != NULL)
			continue;
		(void)snprintf(
		    to + used, sizeof(in_use) - used, "%s%s", used == 0 ? "" : ", ", name);
	}
	if (foreign[0] != '\0')
		check_failed(c, "algorithms-listed",
		    _("What is not on the e-government recommended list is not to protect "
		      "anything here."),
		    _("Change to one that is, which interrupts nobody: sekisho key rotate"),
		    _("keys in use are of algorithms that are not on the recommended list: %s"),
		    foreign);
	else
		check_ok(c, "algorithms-listed",
		    _("keys in use: %s; records and tree: sha-256; backups: aes-256-gcm, "
		      "x25519; "
		      "all on the e-government recommended list"),
		    in_use);
}

/* On the monitored list: for tokens that know nothing else. */
static void
check_sha1(struct check *c, const json_t *list)
{
	const json_t *owners = json_object_get(list, "sha1");
	char people[300];

	name_people(owners, people, sizeof(people));
	if (show_number(owners, "devices") == 0)
		check_ok(c, "algorithms-listed", "%s", _("no device makes its codes by SHA-1"));
	else
		check_ok(c, "algorithms-listed",
		    _("%lld devices make their codes by HMAC-SHA-1, which is on the monitored "
		      "list: for those that know nothing else. Others: sekisho enroll "
		      "--algorithm SHA256. They belong to: %s"),
		    (long long)show_number(owners, "devices"), people);
}

/* Does OpenSSL here have what the current key needs? */
static void
check_offered(struct check *c)
{
	bool missing = false;

	for (size_t i = 0; i < algorithm_count; i++) {
		const struct algorithm_info *a = &algorithm_table[i];
		EVP_CIPHER *cipher;

		if (!a->seals)
			continue;
		cipher = EVP_CIPHER_fetch(NULL, a->openssl, NULL);
		missing |= cipher == NULL && a->id == ALGORITHM_AES_256_GCM;
		EVP_CIPHER_free(cipher);
	}
	if (missing)
		check_failed(c, "algorithms-listed",
		    _("Without them secrets cannot be sealed and records not hashed."),
		    _("Look at /etc/ssl/openssl.cnf: a provider is missing or switched off."),
		    "%s", _("OpenSSL on this host lacks AES-256-GCM"));
}

void
check_keys(struct check *c)
{
	struct call call;
	json_t *list = NULL;

	check_offered(c);
	call_init(&call, VERB_KEY_LIST);
	if (c->root && call_send(&call, NULL, 0, NULL) == STATUS_DONE)
		list = json_loadb((const char *)call.payload.data, call.payload.len, 0, NULL);
	call_clear(&call);
	if (list == NULL) {
		static const char *const names[] = {"algorithms-listed", "key-lifetime"};

		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			check_unknown(c, names[i],
			    _("Run \"sekisho check\" as root, with the daemon running."), "%s",
			    _("which keys and algorithms are in use could not be read"));
		return;
	}
	check_listed(c, list);
	check_sha1(c, list);
	check_lifetimes(c, list);
	check_exposed(c, list);
	json_decref(list);
}
