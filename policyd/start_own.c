/*
 * What is done as the daemon's own user: the store, its key, its policy, the confinement.
 */
#include "confine.h"
#include "error.h"
#include "hex.h"
#include "i18n.h"
#include "keeper/keeper.h"
#include "keeper/keys.h"
#include "log.h"
#include "start.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RESERVE_BYTES = 2 << 20 };

static int
open_store(struct server *s)
{
	static char generation[4096];
	struct store_options o = {.dir = s->options.state_dir,
	    .generation_path = generation,
	    .reserve_bytes = RESERVE_BYTES};
	int e;

	(void)snprintf(generation, sizeof(generation), "%s/generation", s->options.run_dir);
	memcpy(o.boot_id, s->boot_id, sizeof(o.boot_id));
	e = store_open(&o, &s->store, &s->store_start);
	if (e != SKS_OK)
		log_error("the store in %s cannot be opened: %s. Every login is refused until "
			  "it can; "
			  "break-glass codes work at the console",
		    s->options.state_dir, error_text(e));
	return e;
}

static int
open_chain(struct server *s)
{
	static char seal_dir[4096];
	int e;

	(void)snprintf(seal_dir, sizeof(seal_dir), "%s/seal", s->options.state_dir);
	e = chain_new(&s->log_key, seal_dir, s->boot_id, &s->chain);
	s->log_made_ms = s->log_key.made_ms;
	s->log_next_made_ms = s->log_key.has_next ? s->log_key.next_made_ms : 0;
	s->log_next = s->log_key.next.vkey;
	logkey_clear(&s->log_key);
	return e;
}

struct first {
	const void *bundle;
	size_t len;
};

static int
keep_first_policy(struct server *s, void *context)
{
	const struct first *f = context;
	struct record r;
	int e;

	if ((e = keeper_begin_chain(s)) == SKS_OK)
		e = store_policy_activate(
		    s->store, s->policy->digest, f->bundle, f->len, "daemon", "first start");
	if (e != SKS_OK)
		return e;
	record_init(&r, event_by_action(ACTION_POLICY_APPLY), clock_now(), s->boot_id,
	    outcome_words[OUTCOME_SUCCESS], "first-start");
	record_put_str(&r, "sekisho.policy.to", s->policy->digest);
	e = turn_append(s, &r, NULL);
	record_clear(&r);
	return e;
}

/* The last good policy, else that of the files, else the one that an empty file gives. */
static int
choose_policy(struct server *s, const struct buf *first_policy)
{
	static const char empty[] = "sekisho policy bundle 1\nfile policy.conf 0\n\n";
	static struct policy_problems problems;
	struct first first = {first_policy->data, first_policy->len};
	struct buf b;
	int e;

	buf_init(&b, POLICY_BUNDLE_MAX);
	e = store_policy_bundle(s->store, "", &b);
	if (e == SKS_OK)
		e = policy_parse(b.data, b.len, &s->policy, &problems);
	buf_clear(&b);
	if (e == SKS_OK)
		return SKS_OK;
	if (e != SKS_NOT_FOUND)
		log_error("the stored policy cannot be used: %s", error_text(e));
	if (first.len == 0 ||
	    policy_parse(first.bundle, first.len, &s->policy, &problems) != SKS_OK) {
		if (problems.count > 0)
			log_error("%s:%d: %s. The built-in defaults are in force until "
				  "`sekisho policy apply`",
			    problems.item[0].file, problems.item[0].line,
			    problems.item[0].text);
		first = (struct first){empty, sizeof(empty) - 1};
		if ((e = policy_parse(first.bundle, first.len, &s->policy, &problems)) !=
		    SKS_OK)
			return e;
	}
	return turn_own(s, keep_first_policy, &first);
}

static int
confine(const struct server_options *o)
{
	const char *readable[] = {"/proc", "/usr/share/locale", "/etc/localtime",
	    "/usr/share/zoneinfo", "/usr/lib/locale", "/etc/ssl", "/sys/fs/cgroup", NULL};
	const char *writable[] = {o->state_dir, o->run_dir, "/dev/log", NULL};
	struct confine c = {
	    .profile = CONFINE_DAEMON, .readable = readable, .writable = writable};

	return o->confine ? confine_apply(&c) : SKS_OK;
}

static const char key_mark_name[] = "key.mark";

/* What tells the key from every other one, and says nothing about it. */
static int
make_key_mark(struct server *s, char mark[65])
{
	uint8_t mac[32];
	int e = seal_mac(s->seal, "key-mark", "store", 5, mac);

	(void)hex_put(mark, mac, sizeof(mac));
	return e;
}

static int
keep_key_mark(struct server *s, void *context)
{
	return store_meta_set(s->store, key_mark_name, context);
}

/* Another key than the one that the devices were sealed with: as bad as none. */
static int
check_key(struct server *s, char mark[65], bool *keep)
{
	char kept[65];
	int e = make_key_mark(s, mark);

	*keep = false;
	if (e != SKS_OK)
		return e;
	e = store_meta_get(s->store, key_mark_name, kept, sizeof(kept));
	*keep = e == SKS_NOT_FOUND;
	if (e != SKS_OK || strcmp(kept, mark) == 0)
		return *keep ? SKS_OK : e;
	log_error("%s is another key than the one that the secrets in %s are sealed with, so "
		  "none of them opens. Put the right one back from its backup",
	    s->options.key_file, s->options.state_dir);
	return SKS_INVALID;
}

/* The log of a host that was given up goes on no more. */
static int
check_not_ended(struct server *s)
{
	char value[8];
	int e = store_meta_get(s->store, LOG_ENDED, value, sizeof(value));

	if (e == SKS_NOT_FOUND)
		return SKS_OK;
	if (e != SKS_OK)
		return e;
	log_error("the log in %s was ended by `sekisho decommission`. To use this host again, "
		  "move that directory away, keep it for its log, and start: people are then to "
		  "be enrolled anew",
	    s->options.state_dir);
	return SKS_INVALID;
}

int
start_as_ourselves(struct server *s, const struct buf *first_policy)
{
	char mark[65];
	bool keep;
	int e;

	if ((e = clock_boot_bytes(s->boot_id)) != SKS_OK || (e = open_store(s)) != SKS_OK ||
	    (e = check_not_ended(s)) != SKS_OK ||
	    (e = open_chain(s)) != SKS_OK ||
	    (e = check_key(s, mark, &keep)) != SKS_OK)
		return e;
	if ((e = choose_policy(s, first_policy)) != SKS_OK)
		return e;
	i18n_init(s->policy->language);
	notice_publish(s);
	if ((e = keeper_start(s)) != SKS_OK ||
	    (keep && (e = turn_own(s, keep_key_mark, mark)) != SKS_OK) ||
	    (e = keys_start(s)) != SKS_OK)
		return e;
	s->space = store_space(s->store);
	return confine(&s->options);
}
