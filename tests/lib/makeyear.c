/*
 * Makes the log of a year of an organisation, as the daemon would have it, on a clock of its
 *own: people who log in and use roles, strangers who guess, an intruder, and texts that try to
 *be more than text. The same every time.
 *
 *	makeyear DIR RECORDS [FROM]
 *
 * DIR becomes a state directory, with DIR/log.key and DIR/vkey. FROM: when the year begins, in
 * seconds since 1970 (1774969200: 2026-04-01 in Japan).
 *
 * Planted, and what a report must show: see "the story" below.
 */
#include "audit/chain.h"
#include "error.h"
#include "store/store.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
	PEOPLE = 50,
	SEAL_EVERY = 4000,
	TURN = 500,
	SUSPENDED_DAY = 200,
	STILL_DAY = 250,
	SIGNED_DAY = 40
};
static const int64_t day_ms = INT64_C(86400000);

static const char policy_text[] =
    "[host]\nrating = confidentiality-2\nlimits = Internal use, no copies\n"
    "owner = Systems division\n\n"
    "[service ftp]\nclass = remote\nobserve = until 2028-03-31\n\n"
    "[group trainees]\nobserve = until 2026-06-30\n\n"
    "[role web]\nmembers = tanaka, suzuki, sato, watanabe\napprove = 1 from ito\n"
    "max_duration = 4h\n\n"
    "[role db]\nmembers = yamamoto, nakamura, kobayashi\napprove = 1 from ito or 1 from kato\n"
    "max_duration = 2h\n\n"
    "[role network]\nmembers = yoshida, @netops\napprove = 1 from kato\nmax_duration = 8h\n\n"
    "[role look]\nmembers = matsumoto, inoue\napprove = nobody\nmax_duration = 1h\n";

static const char *const names[] = {"tanaka", "suzuki", "sato", "watanabe", "yamamoto",
    "nakamura", "kobayashi", "yoshida", "matsumoto", "ito", "kato"};
enum { NAMED = sizeof(names) / sizeof(names[0]) };

static const struct {
	const char *role, *user, *approver, *why;
} requests[] = {
    {"web", "tanaka", "ito", "restart after the update, case 7"},
    {"web", "suzuki", "ito", "certificate ends tomorrow"},
    {"db", "yamamoto", "kato",
	"\xe7\xb4\xa2\xe5\xbc\x95\xe3\x81\xae\xe5\x86\x8d\xe6\xa7\x8b\xe7\xaf\x89"},
    {"db", "nakamura", "ito", "slow query <b>bold</b> & \"quoted\""},
    {"network", "yoshida", "kato", "</script><script>document.title='owned'</script>"},
    {"web", "sato", "ito", "<img src=x onerror=\"document.title='owned'\">"},
    {"look", "matsumoto", NULL, "line\xe2\x80\xa8separator and \xe2\x80\xaereversed"},
};
enum { REQUESTS = sizeof(requests) / sizeof(requests[0]) };

static const char *dir;
static struct store *store;
static struct chain *chain;
static struct logkey key;
static struct instant now = {.wall_ms = INT64_C(1774969200000), .boot_ms = 60000};
static uint8_t boot_id[16];
static struct store_options store_options = {.reserve_bytes = 1 << 20};
static char seal_dir[4096];
static uint64_t made, since_seal, in_turn, number = 1, seed = 20260401;
static char digest[POLICY_DIGEST_SIZE];

static void
check(int r, const char *what)
{
	if (r == SKS_OK)
		return;
	fprintf(stderr, "makeyear: %s: %s (%s)\n", what, error_text(r),
	    store != NULL ? store_error(store) : "");
	exit(1);
}

static uint64_t
chance(uint64_t of)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % of;
}

/* ---- turns --------------------------------------------------------------------------------
 */

static void
begin(void)
{
	check(store_begin(store, now), "begin");
	check(store_mark(store), "mark");
	in_turn = 0;
}

static void
commit(void)
{
	check(chain_turn(chain, store, now), "turn");
	check(store_commit(store), "commit");
	chain_committed(chain);
	while (store_index_due(store) != STORE_INDEX_DONE) {
		check(store_begin(store, now), "begin");
		check(store_index(store), "index");
		check(store_commit(store), "commit");
	}
	if (store_checkpoint_due(store))
		(void)store_checkpoint(store);
	(void)store_space(store);
}

static void
next_turn(void)
{
	commit();
	begin();
}

static void
seal(void)
{
	next_turn();
	check(chain_seal(chain, store, now), "seal");
	since_seal = 0;
	next_turn();
}

static void
end(struct record *r)
{
	record_put_str(r, "sekisho.policy", digest);
	check(record_finish(r), "record");
	check(store_append(store, r), "append");
	record_clear(r);
	made++;
	if (++since_seal >= SEAL_EVERY)
		seal();
	else if (++in_turn >= TURN)
		next_turn();
}

static void
open_all(void)
{
	enum store_start how;
	const char *reason;

	check(store_open(&store_options, &store, &how), "open");
	check(chain_new(&key, seal_dir, boot_id, &chain), "chain");
	check(store_begin(store, now), "begin");
	if (how == STORE_UNVOUCHED)
		check(store_floor_raise(store, now.wall_ms, 1), "floor");
	check(store_mark(store), "mark");
	in_turn = 0;
	check(chain_start(chain, store, now, how, &reason), "chain_start");
}

static void
close_all(void)
{
	chain_free(chain);
	store_close(store);
}

/* ---- records as the daemon writes them ----------------------------------------------------
 */

struct who {
	const char *user, *actor, *service, *source, *grants;
	uint32_t uid;
};

static void
pam(uint16_t action, enum phase phase, bool success, const char *reason, const struct who *w)
{
	static struct request q;
	static struct facts f;
	struct record r;

	memset(&q, 0, sizeof(q));
	memset(&f, 0, sizeof(f));
	q.phase = phase;
	q.known = q.by_root = true;
	q.uid = q.actor_uid = w->uid;
	q.login_uid = 1000;
	q.audit_session = (uint32_t)(made / 7 % 100000);
	q.pid = (uint32_t)(1000 + made % 30000);
	q.pid_start = made;
	q.parent = 900;
	q.parent_start = made / 3;
	(void)snprintf(q.user, sizeof(q.user), "%s", w->user);
	(void)snprintf(q.service, sizeof(q.service), "%s", w->service);
	(void)snprintf(q.source, sizeof(q.source), "%s", w->source);
	(void)snprintf(q.actor, sizeof(q.actor), "%s", w->actor);
	(void)snprintf(q.tty, sizeof(q.tty), w->source[0] != '\0' ? "ssh" : "/dev/pts/1");
	f.wall_ms = now.wall_ms;
	f.boot_ms = now.boot_ms;
	f.minute_of_day = 541;
	f.groups_known = f.may_wait = f.txn = f.session = true;
	f.txn_id = made;
	f.session_id = made / 5;
	f.devices = 1;
	f.lane_age_ms = f.source_age_ms = f.txn_factor_age_ms = INT64_MAX;
	f.date_ms = now.wall_ms;
	(void)snprintf(f.groups, sizeof(f.groups), "staff,%s", w->user);
	(void)snprintf(f.lane_key, sizeof(f.lane_key), "O:1000:%s:%s", w->user, w->source);
	(void)snprintf(f.principal, sizeof(f.principal), "%s", w->actor);
	(void)snprintf(f.session_user, sizeof(f.session_user), "%s", w->actor);
	(void)snprintf(f.grants, sizeof(f.grants), "%s", w->grants);
	record_init(
	    &r, event_by_action(action), now, boot_id, success ? "success" : "failure", reason);
	record_put_fields(&r, &request_fields, &q);
	record_put_int(&r, "user.id", w->uid);
	record_put_str(&r, "sekisho.person", w->user);
	record_put_fields(&r, &facts_fields, &f);
	record_put_str(&r, "sekisho.verdict", success ? "allow" : "deny");
	record_put_str(&r, "sekisho.reason", reason);
	record_put_bool(&r, "sekisho.observed", false);
	record_put_str(&r, "sekisho.rule", "everyone");
	end(&r);
}

static void
role(uint16_t action, const char *outcome, const char *reason, uint64_t id, size_t i,
    const char *actor)
{
	bool ask = action == ACTION_ROLE_REQUEST ||
		   (action == ACTION_GRANT_START && requests[i].approver == NULL);
	char text[24];
	struct record r;

	record_init(&r, event_by_action(action), now, boot_id, outcome, reason);
	record_put_str(&r, "sekisho.verb", ask ? "request" : "approve");
	record_put_str(&r, "user.name", action == ACTION_GRANT_END ? requests[i].user : actor);
	if (action != ACTION_GRANT_END)
		record_put_str(&r, "user.effective.name", actor);
	if (ask)
		record_put_str(&r, "message", requests[i].why);
	(void)snprintf(text, sizeof(text), "R-%llu", (unsigned long long)id);
	record_put_str(&r, "sekisho.request", text);
	record_put_str(&r, "sekisho.role", requests[i].role);
	if (action != ACTION_GRANT_END)
		record_put_int(&r, "sekisho.role.duration", 3600000);
	record_put_str(
	    &r, "sekisho.person", action == ACTION_GRANT_END ? requests[i].user : actor);
	if (action != ACTION_GRANT_END) {
		record_put_str(&r, "sekisho.request.person", requests[i].user);
		record_put_str(&r, "sekisho.request.by", requests[i].user);
	}
	end(&r);
}

static void
plain(uint16_t action, const char *outcome, const char *reason, const char *k, int64_t value)
{
	struct record r;

	record_init(&r, event_by_action(action), now, boot_id, outcome, reason);
	if (k != NULL)
		record_put_int(&r, k, value);
	end(&r);
}

static void
start_record(bool unclean)
{
	struct record r;

	record_init(&r, event_by_action(ACTION_DAEMON_START), now, boot_id, "success",
	    unclean ? "unclean" : "clean");
	record_put_bool(&r, "sekisho.log.unclean", unclean);
	end(&r);
}

/* ---- the story -----------------------------------------------------------------------------
 */

static void
pass(int64_t ms)
{
	now.wall_ms += ms;
	now.boot_ms += ms;
}

static const char *
somebody(char out[32])
{
	uint64_t n = chance(PEOPLE);

	(void)snprintf(out, 32, "%s", n < NAMED ? names[n] : "");
	if (n >= NAMED)
		(void)snprintf(out, 32, "staff%02u", (unsigned)n);
	return out;
}

static void
login(void)
{
	char user[32], source[32];
	struct who w = {
	    .user = somebody(user), .service = "sshd", .source = source, .uid = 1000};

	w.actor = w.user;
	w.grants = "";
	(void)snprintf(source, sizeof(source), "192.0.2.%u", (unsigned)(1 + chance(60)));
	pam(ACTION_CODE, PHASE_CODE, true, "ok", &w);
	pam(ACTION_ACCOUNT, PHASE_ACCOUNT, true, "ok", &w);
	pam(ACTION_SESSION_OPEN, PHASE_OPEN, true, "ok", &w);
	pam(ACTION_SESSION_CLOSE, PHASE_CLOSE, true, "ok", &w);
}

static void
job(void)
{
	const struct who w = {
	    .user = "backup", .actor = "root", .service = "cron", .source = "", .grants = ""};

	pam(ACTION_ACCOUNT, PHASE_ACCOUNT, true, "ok", &w);
}

/* A role is asked for, approved, used a few times, and ends. */
static void
power(size_t i)
{
	uint64_t id = number++, uses = 1 + chance(3);
	char grants[24];
	struct who w = {
	    .user = "root", .actor = requests[i].user, .service = "sudo", .source = ""};

	(void)snprintf(grants, sizeof(grants), "R-%llu", (unsigned long long)id);
	w.grants = grants;
	if (requests[i].approver != NULL) {
		role(ACTION_ROLE_REQUEST, "success", "ok", id, i, requests[i].user);
		if (chance(12) == 0) {
			role(ACTION_ROLE_ANSWER, "failure", "declined", id, i,
			    requests[i].approver);
			return;
		}
		role(ACTION_GRANT_START, "success", "ok", id, i, requests[i].approver);
	} else {
		role(ACTION_GRANT_START, "success", "ok", id, i, requests[i].user);
	}
	for (uint64_t n = 0; n < uses; n++) {
		pam(ACTION_SESSION_OPEN, PHASE_OPEN, true, "factor-fresh", &w);
		pam(ACTION_SESSION_CLOSE, PHASE_CLOSE, true, "ok", &w);
	}
	role(ACTION_GRANT_END, "success", "expired", id, i, "");
}

static void
stranger(uint64_t many)
{
	static const char *const guessed[] = {
	    "root", "admin", "oracle", "<script>alert(1)</script>"};
	char source[32];
	struct who w = {.service = "sshd", .source = source, .grants = "", .actor = "root"};

	(void)snprintf(source, sizeof(source), "203.0.113.%u", (unsigned)(1 + chance(many)));
	w.user = guessed[chance(4)];
	pam(ACTION_FIRST_FACTOR, PHASE_FAILED, false, "wrong-password", &w);
}

/* In the autumn somebody who has no role becomes root, twice, at night. */
static void
intruder(void)
{
	const struct who in = {.user = "staff33",
	    .actor = "staff33",
	    .service = "sshd",
	    .source = "198.51.100.66",
	    .grants = "",
	    .uid = 1033};
	const struct who up = {
	    .user = "root", .actor = "staff33", .service = "su", .source = "", .grants = ""};

	pam(ACTION_SESSION_OPEN, PHASE_OPEN, true, "ok", &in);
	for (int n = 0; n < 2; n++)
		pam(ACTION_SESSION_OPEN, PHASE_OPEN, true, "ok", &up);
	plain(ACTION_POLICY_REFUSED, "failure", "invalid-value", "sekisho.policy.line", 12);
}

/* The host is switched off for the night: the next day is another boot. */
static void
morning(int64_t wall_ms)
{
	plain(ACTION_DAEMON_STOP, "success", "clean", NULL, 0);
	seal();
	commit();
	close_all();
	if (++boot_id[0] == 0)
		boot_id[1]++;
	memcpy(store_options.boot_id, boot_id, sizeof(boot_id));
	now.wall_ms = wall_ms;
	now.boot_ms = 30000;
	open_all();
	start_record(false);
}

static void
review(uint16_t action, const char *outcome, const char *reason, uint64_t last)
{
	struct record r;

	record_init(&r, event_by_action(action), now, boot_id, outcome, reason);
	record_put_str(&r, "user.effective.name", "auditor");
	record_put_str(&r, "message", last == 0 ? "who is staff33?" : "");
	if (last == 0)
		record_put_str(&r, "sekisho.request", "F-1");
	else {
		record_put_int(&r, "sekisho.review.first", 1);
		record_put_int(&r, "sekisho.review.last", (int64_t)last);
	}
	end(&r);
}

static void
special_days(int d)
{
	if (d == 170)
		intruder();
	if (d == 90)
		start_record(true);
	if (d == 91)
		plain(ACTION_CLOCK_STEP, "unknown", "wall-clock-jump", "sekisho.clock.step",
		    90000);
	if (d == SUSPENDED_DAY)
		plain(
		    ACTION_SUSPEND, "unknown", "host-suspended", "sekisho.suspend.ms", 7200000);
	if (d == SIGNED_DAY)
		review(ACTION_REVIEW_SIGN_OFF, "success", "ok", made);
	if (d == SIGNED_DAY + 20)
		review(ACTION_REVIEW_SIGN_OFF, "failure", "unopened", made);
	if (d == SIGNED_DAY + 21)
		review(ACTION_FINDING_OPEN, "success", "grave", 0);
	if (d % 30 == 5)
		plain(ACTION_POLICY_APPLY, "success", "asked", NULL, 0);
}

static void
one_day(int d, uint64_t count)
{
	uint64_t until = made + count;
	special_days(d);
	for (size_t i = 0; i < REQUESTS; i++) {
		if (chance(d < 180 ? 9 : 5) == 0)
			power(i);
	}
	if (d % 7 == 3)
		stranger(20);
	while (made < until) {
		uint64_t what = chance(20);

		pass(1);
		if (made % 16 == 0)
			pass(12 * 60000 / (int64_t)(1 + count / 16));
		if (what < 12)
			job();
		else if (what < 18)
			login();
		else
			stranger(200);
	}
	if (d == STILL_DAY)
		pass(40 * 60000); /* it stood still */
	seal();
}

/* ---- all of it -----------------------------------------------------------------------------
 */

static void
put_file(const char *name, const char *text)
{
	char path[4096];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	if (f == NULL || fprintf(f, "%s\n", text) < 0 || fclose(f) != 0)
		exit(1);
}

static void
put_keys(void)
{
	char vkey[NOTE_VKEY_SIZE];
	struct secret text;

	check(note_skey_new("gate/0123456789abcdef/audit", NOTE_ED25519, &key.key), "key");
	check(note_skey_format(&key.key, &text), "key");
	put_file("log.key", (const char *)text.bytes);
	note_vkey_format(&key.key.vkey, vkey);
	put_file("vkey", vkey);
}

static void
put_policy(void)
{
	static struct policy_problems problems;
	struct policy *policy;
	struct buf bundle;

	buf_init(&bundle, POLICY_BUNDLE_MAX);
	buf_printf(&bundle, "sekisho policy bundle 1\nfile policy.conf %zu\n%s\n",
	    sizeof(policy_text) - 1, policy_text);
	if (policy_parse(bundle.data, bundle.len, &policy, &problems) != SKS_OK) {
		for (size_t i = 0; i < problems.count; i++)
			fprintf(
			    stderr, "%d: %s\n", problems.item[i].line, problems.item[i].text);
		exit(1);
	}
	(void)snprintf(digest, sizeof(digest), "%s", policy->digest);
	check(store_policy_activate(store, digest, bundle.data, bundle.len, "root", ""),
	    "policy");
	policy_free(policy);
	buf_clear(&bundle);
}

int
main(int argc, char **argv)
{
	uint64_t count;
	int64_t first;

	if (argc < 3)
		return 2;
	dir = store_options.dir = argv[1];
	count = strtoull(argv[2], NULL, 10);
	if (argc > 3)
		now.wall_ms = strtoll(argv[3], NULL, 10) * 1000;
	now.wall_ms += 9 * 3600000;
	first = now.wall_ms;
	memset(boot_id, 7, sizeof(boot_id));
	memcpy(store_options.boot_id, boot_id, sizeof(boot_id));
	if (mkdir(dir, 0700) != 0 && errno != EEXIST)
		return 1;
	put_keys();
	(void)snprintf(seal_dir, sizeof(seal_dir), "%s/seal", dir);
	open_all();
	put_policy();
	start_record(false);
	for (int d = 0; d < 365; d++) {
		if (d > 0)
			morning(first + d * day_ms);
		one_day(d, count / 365 > 24 ? count / 365 - 14 : 12);
	}
	plain(ACTION_DAEMON_STOP, "success", "clean", NULL, 0);
	seal();
	commit();
	printf("%llu\n", (unsigned long long)made);
	close_all();
	logkey_clear(&key);
	return 0;
}
