/* What a report counts, which records it carries, how it proves them, and how it writes texts
 * of strangers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../policyd/report/gather.c"
#include "../../policyd/report/gather_audit.c"
#include "../../policyd/report/gather_health.c"
#include "../../policyd/report/gather_people.c"
#include "../../policyd/report/gather_power.c"
#include "../../policyd/report/gather_volume.c"
#include "../../policyd/report/keys.c"
#include "../../policyd/report/period.c"
#include "../../policyd/report/pick.c"
#include "../../policyd/report/prove.c"
#include "../../policyd/report/view.c"
#include "../../policyd/report/write.c"
#include <time.h>

/* ---- a period and a policy ------------------------------------------------------------------
 */

static struct policy *policy;
static struct period period;
static struct gather *g;
static uint64_t seq;
static struct instant now;
static const uint8_t boot[16] = {7};

static int
setup_each(void **state)
{
	static const char text[] = "[account tanaka-adm]\nperson = tanaka\nclass = admin\n";
	static struct policy_problems problems;
	struct buf bundle;

	(void)state;
	(void)setenv("TZ", "Asia/Tokyo", 1);
	tzset();
	buf_init(&bundle, 1 << 16);
	buf_printf(&bundle, "sekisho policy bundle 1\nfile policy.conf %zu\n%s\n",
	    sizeof(text) - 1, text);
	assert_int_equal(policy_parse(bundle.data, bundle.len, &policy, &problems), SKS_OK);
	buf_clear(&bundle);
	assert_int_equal(period_fiscal_year(2026, &period), SKS_OK);
	g = calloc(1, sizeof(*g));
	g->period = &period;
	g->policy = policy;
	g->person = g->role = "";
	assert_int_equal(gather_init(g), SKS_OK);
	seq = 0;
	now = (struct instant){.wall_ms = period.from_ms + 3600000, .boot_ms = 60000};
	return 0;
}

static int
teardown_each(void **state)
{
	(void)state;
	gather_clear(g);
	free(g);
	policy_free(policy);
	return 0;
}

/* A record of these members, which end with NULL; numbers begin with '=', truths with '!'. */
static void
record(uint16_t action, const char *outcome, const char *reason, ...)
{
	uint8_t header[RECORD_HEADER_SIZE];
	const char *key, *value;
	struct record r;
	va_list args;

	record_init(&r, event_by_action(action), now, boot, outcome, reason);
	va_start(args, reason);
	while ((key = va_arg(args, const char *)) != NULL) {
		value = va_arg(args, const char *);
		if (value[0] == '=')
			record_put_int(&r, key, atoll(value + 1));
		else if (value[0] == '!')
			record_put_bool(&r, key, value[1] == '1');
		else
			record_put_str(&r, key, value);
	}
	va_end(args);
	r.seq = ++seq;
	assert_int_equal(record_finish(&r), SKS_OK);
	record_header_encode(&r, header);
	assert_int_equal(gather_add(g, header, r.body.data, r.body.len), SKS_OK);
	record_clear(&r);
	now.wall_ms += 1000;
	now.boot_ms += 1000;
}

static void
sudo(const char *actor, const char *grants)
{
	record(ACTION_SESSION_OPEN, "success", "ok", "service.name", "sudo", "user.name",
	    "root", "user.id", "=0", "user.effective.name", actor, "sekisho.grants", grants,
	    NULL);
}

/* ---- privilege and grants
 * -------------------------------------------------------------------- */

static void
test_a_grant_from_asking_to_its_end(void **state)
{
	const struct gather_grant *grant;

	(void)state;
	record(ACTION_ROLE_REQUEST, "success", "ok", "user.effective.name", "tanaka-adm",
	    "sekisho.person", "tanaka", "sekisho.request", "R-1", "sekisho.role", "web",
	    "message", "case 7", "sekisho.role.duration", "=3600000", NULL);
	record(ACTION_ROLE_ANSWER, "failure", "same-person", "user.effective.name",
	    "tanaka-adm", "sekisho.request", "R-1", "sekisho.role", "web", NULL);
	record(ACTION_ROLE_ANSWER, "success", "ok", "user.effective.name", "ito",
	    "sekisho.request", "R-1", "sekisho.role", "web", NULL);
	record(ACTION_GRANT_START, "success", "ok", "sekisho.verb", "approve",
	    "user.effective.name", "kato", "sekisho.request", "R-1", "sekisho.role", "web",
	    NULL);
	sudo("tanaka-adm", "R-1");
	sudo("tanaka-adm", "R-1");
	record(ACTION_GRANT_END, "success", "expired", "user.name", "tanaka-adm",
	    "sekisho.person", "tanaka", "sekisho.request", "R-1", "sekisho.role", "web", NULL);
	gather_finish(g);
	assert_int_equal(g->grant_ids.count, 1);
	grant = &g->grant[0];
	assert_string_equal(gather_name(g, grant->person), "tanaka");
	assert_string_equal(gather_name(g, grant->role), "web");
	assert_string_equal(grant->why, "case 7");
	assert_int_equal(grant->approved_by.count, 2);
	assert_string_equal(gather_name(g, grant->approved_by.name[0]), "ito");
	assert_string_equal(gather_name(g, grant->approved_by.name[1]), "kato");
	assert_int_equal(grant->uses, 2);
	assert_false(grant->refused);
	assert_string_equal(grant->end_reason, "expired");
	assert_int_equal(grant->for_ms, 3600000);
	assert_int_equal(g->sessions[0], 2);
	assert_int_equal(g->unexplained[0], 0);
	assert_int_equal(g->grants[0], 1);
	assert_int_equal(g->use_keys.count, 1);
	assert_int_equal(g->use[0].total, 2);
	assert_true(gather_was_given(g, "tanaka", "web"));
	assert_false(gather_was_given(g, "tanaka", "db"));
	assert_false(gather_was_given(g, "ito", "web"));
}

static void
test_no_approver_and_declined(void **state)
{
	(void)state;
	record(ACTION_GRANT_START, "success", "ok", "sekisho.verb", "request",
	    "user.effective.name", "inoue", "user.name", "inoue", "sekisho.request", "R-1",
	    "sekisho.role", "look", "message", "why not", NULL);
	record(ACTION_ROLE_REQUEST, "success", "ok", "user.effective.name", "sato", "user.name",
	    "sato", "sekisho.request", "R-2", "sekisho.role", "web", NULL);
	record(ACTION_ROLE_ANSWER, "failure", "declined", "user.effective.name", "ito",
	    "sekisho.request", "R-2", "sekisho.role", "web", NULL);
	assert_int_equal(g->grant[0].approved_by.count, 0);
	assert_string_equal(g->grant[0].why, "why not");
	assert_true(g->grant[1].refused);
	assert_string_equal(gather_name(g, g->grant[1].ended_by), "ito");
	assert_true(gather_was_given(g, "inoue", "look"));
	assert_false(gather_was_given(g, "sato", "web"));
}

static void
test_power_without_a_grant(void **state)
{
	(void)state;
	sudo("staff33", "");
	record(ACTION_SESSION_OPEN, "success", "ok", "service.name", "sshd", "user.name",
	    "root", "user.id", "=0", "source.ip", "198.51.100.66", "user.effective.name",
	    "root", NULL);
	/* no power: a login, a job of root */
	record(ACTION_SESSION_OPEN, "success", "ok", "service.name", "sshd", "user.name",
	    "sato", "user.id", "=1001", "user.effective.name", "sato", NULL);
	record(ACTION_SESSION_OPEN, "success", "ok", "service.name", "cron", "user.name",
	    "root", "user.id", "=0", "user.effective.name", "root", NULL);
	/* refused power is no use of it */
	record(ACTION_SESSION_OPEN, "failure", "denied", "service.name", "sudo", "user.name",
	    "root", "user.id", "=0", "user.effective.name", "sato", NULL);
	assert_int_equal(g->sessions[0], 2);
	assert_int_equal(g->unexplained[0], 2);
	assert_int_equal(g->unexplained_list.count, 2);
	assert_string_equal(g->unexplained_list.line[0].name, "staff33");
	assert_string_equal(g->unexplained_list.line[1].where, "198.51.100.66");
	assert_int_equal(g->pick.kind[PICK_UNEXPLAINED].count, 2);
	assert_int_equal(g->refused[0], 1);
	gather_finish(g);
	assert_true(gather_knows_login(g, "sato", now.wall_ms - 3000, 10000));
	assert_false(gather_knows_login(g, "sato", now.wall_ms - 100000, 10000));
	assert_false(gather_knows_login(g, "ghost", now.wall_ms, 1000000));
}

/* A grant that began before the period has no role here; its use is explained all the same. */
static void
test_a_grant_of_before(void **state)
{
	(void)state;
	sudo("sato", "R-9");
	assert_int_equal(g->unexplained[0], 0);
	assert_int_equal(g->grant[0].uses, 1);
	assert_string_equal(gather_name(g, g->use[0].role), "R-9");
	record(ACTION_GRANT_END, "success", "expired", "user.name", "sato", "sekisho.person",
	    "sato", "sekisho.request", "R-9", "sekisho.role", "web", NULL);
	assert_int_equal(g->grant[0].uses, 1);
	assert_string_equal(gather_name(g, g->grant[0].role), "web");
}

static void
test_one_person_and_one_role(void **state)
{
	(void)state;
	g->person = "tanaka";
	sudo("tanaka-adm", "");
	sudo("sato", "");
	assert_int_equal(g->sessions[0], 1);
	g->person = "";
	g->role = "web";
	record(ACTION_GRANT_START, "success", "ok", "sekisho.verb", "request",
	    "user.effective.name", "inoue", "sekisho.request", "R-1", "sekisho.role", "look",
	    NULL);
	assert_int_equal(g->grants[0], 0);
}

/* ---- refusals, the recording
 * ------------------------------------------------------------------ */

static void
test_refusals_by_source(void **state)
{
	(void)state;
	for (int i = 0; i < 9; i++) {
		char user[24];

		(void)snprintf(user, sizeof(user), "guess%d", i);
		record(ACTION_FIRST_FACTOR, "failure", "wrong-password", "source.ip",
		    "203.0.113.9", "user.name", user, NULL);
	}
	record(ACTION_REFUSALS, "failure", "locked", "source.ip", "203.0.113.9",
	    "sekisho.count", "=41", NULL);
	record(ACTION_CODE, "success", "ok", "source.ip", "203.0.113.9", NULL);
	assert_int_equal(g->source_keys.count, 1);
	assert_int_equal(g->source[0].total, 50);
	assert_int_equal(g->source[0].account.count, GATHER_WHO_MAX);
	assert_true(g->source[0].account.more);
	assert_int_equal(g->source[0].reason.count, 2);
	assert_int_equal(g->refused[0], 50);
}

static void
test_sources_without_end(void **state)
{
	(void)state;
	for (int i = 0; i < GATHER_SOURCES_MAX + 5; i++) {
		char source[40];

		(void)snprintf(source, sizeof(source), "2001:db8::%x", i);
		record(ACTION_FIRST_FACTOR, "failure", "wrong-password", "source.ip", source,
		    NULL);
	}
	assert_int_equal(g->source_keys.count, GATHER_SOURCES_MAX);
	assert_int_equal(g->sources_other, 5);
	assert_int_equal(g->refused[0], GATHER_SOURCES_MAX + 5);
}

static void
seal_after(int64_t ms)
{
	now.boot_ms += ms;
	record(ACTION_LOG_SEAL, "success", "ok", NULL);
}

static void
test_gaps(void **state)
{
	const int64_t hour = 3600000;

	(void)state;
	seal_after(0);
	seal_after(14 * 60000);
	assert_int_equal(g->gaps, 0);
	seal_after(hour);
	assert_int_equal(g->gaps, 1);
	/* asleep, or off */
	now.boot_ms += hour;
	record(ACTION_SUSPEND, "unknown", "host-suspended", "sekisho.suspend.ms", "=3600000",
	    NULL);
	seal_after(0);
	now.boot_ms += hour;
	record(ACTION_DAEMON_START, "success", "unclean", "sekisho.log.unclean", "!1", NULL);
	seal_after(0);
	assert_int_equal(g->gaps, 1);
	assert_int_equal(g->seals, 5);
	assert_int_equal(g->unclean, 1);
	assert_int_equal(g->suspended_ms, hour);
	assert_int_equal(g->health_list.count, 2);
}

static void
test_reviews_and_commands(void **state)
{
	(void)state;
	record(ACTION_SUDO_COMMAND, "success", "ok", "sekisho.request", "R-1", NULL);
	record(ACTION_SUDO_COMMAND, "success", "standing-right", NULL);
	record(ACTION_SUDO_COMMAND, "failure", "no-grant", "process.tty", "/dev/pts/1", NULL);
	record(ACTION_SUDO_REFUSED, "failure", "refused", "process.tty", "/dev/pts/1", NULL);
	assert_int_equal(g->pick.kind[PICK_EXPLAINED].count, 1);
	assert_int_equal(g->pick.kind[PICK_UNEXPLAINED].count, 1);
	assert_int_equal(g->refused[0], 2);
	record(ACTION_REVIEW_SIGN_OFF, "failure", "unopened", "sekisho.review.first", "=1",
	    "sekisho.review.last", "=4", NULL);
	assert_int_equal(g->reviewed_to, 0);
	record(ACTION_REVIEW_SIGN_OFF, "success", "ok", "sekisho.review.first", "=1",
	    "sekisho.review.last", "=2", NULL);
	assert_int_equal(g->reviewed_to, 2);
	now.wall_ms = period.until_ms + 1;
	record(ACTION_REVIEW_SIGN_OFF, "success", "ok", "sekisho.review.last", "=5", NULL);
	assert_int_equal(g->reviewed_to, 5);
	assert_int_equal(g->review_list.count, 2);
	assert_int_equal(g->last_seq, 6);
}

static void
test_outside_the_period(void **state)
{
	uint8_t header[RECORD_HEADER_SIZE] = {9};

	(void)state;
	now.wall_ms = period.from_ms - 1;
	sudo("sato", "");
	now.wall_ms = period.until_ms;
	sudo("sato", "");
	assert_int_equal(g->records, 0);
	assert_int_equal(g->unexplained_list.count, 0);
	assert_int_equal(gather_add(g, header, "{}", 2), SKS_INVALID);
}

/* ---- periods
 * ------------------------------------------------------------------------------------ */

static void
test_fiscal_years(void **state)
{
	struct period p;

	(void)state;
	assert_int_equal(period.count, 12);
	assert_int_equal(period.unit, PERIOD_MONTH);
	assert_int_equal(period.from_ms, INT64_C(1774969200000)); /* 2026-04-01 in Japan */
	assert_int_equal(period.until_ms, INT64_C(1806505200000));
	assert_int_equal(period_fiscal_year_of(period.from_ms), 2026);
	assert_int_equal(period_fiscal_year_of(period.from_ms - 1), 2025);
	assert_int_equal(period_fiscal_year_of(period.until_ms - 1), 2026);
	assert_int_equal(period_bucket(&period, period.from_ms), 0);
	assert_int_equal(period_bucket(&period, period.until_ms - 1), 11);
	assert_int_equal(period_bucket(&period, period.until_ms), 12);
	assert_int_equal(period_fiscal_year(1, &p), SKS_INVALID);
	assert_int_equal(period_between(5, 5, &p), SKS_INVALID);
	assert_int_equal(period_between(0, period.until_ms, &p), SKS_OK);
	assert_int_equal(p.unit, PERIOD_YEARS);
	assert_true(p.count <= PERIOD_BUCKETS_MAX);
	assert_int_equal(p.edge_ms[p.count], period.until_ms);
}

/* ---- which records
 * ------------------------------------------------------------------------------ */

static void
test_what_is_carried(void **state)
{
	static struct pick p;
	uint64_t chosen[100], shown[PICK_KINDS];
	size_t n;

	(void)state;
	for (uint64_t i = 1; i <= 1000; i++)
		pick_add(&p, i % 10 == 0 ? PICK_UNEXPLAINED : PICK_REFUSED, i, 100);
	n = pick_choose(&p, SIZE_MAX, chosen, 100, shown);
	assert_int_equal(n, 100);
	assert_int_equal(shown[PICK_UNEXPLAINED], 100);
	assert_int_equal(chosen[0], 10);
	n = pick_choose(&p, 12050, chosen, 100, shown);
	assert_int_equal(n, 100);
	n = pick_choose(&p, 1050, chosen, 100, shown); /* the newest of what matters most */
	assert_int_equal(n, 10);
	assert_int_equal(chosen[0], 910);
	assert_int_equal(chosen[9], 1000);
}

/* ---- proofs
 * ------------------------------------------------------------------------------------- */

static struct merkle_hash leaves[70];

static int
subtree(void *arg, unsigned level, uint64_t index, struct merkle_hash *out)
{
	struct merkle_frontier f = {.size = 0};

	(void)arg;
	for (uint64_t i = index << level; i < (index + 1) << level; i++)
		assert_int_equal(merkle_push(&f, &leaves[i]), SKS_OK);
	return merkle_root(&f, out);
}

/* Every tree of up to 70 leaves, with several choices of them each. */
static void
test_many_in_one_proof(void **state)
{
	(void)state;
	for (uint8_t i = 0; i < 70; i++)
		assert_int_equal(merkle_leaf(&i, 1, &leaves[i]), SKS_OK);
	for (uint64_t size = 1; size <= 70; size++) {
		for (uint64_t step = 1; step <= size + 1; step += 3) {
			struct prove_nodes nodes = {0};
			struct merkle_hash root, found, leaf[70];
			uint64_t index[70];
			size_t count = 0;

			for (uint64_t i = step - 1; i < size; i += step) {
				index[count] = i;
				leaf[count++] = leaves[i];
			}
			assert_int_equal(merkle_root_of(size, subtree, NULL, &root), SKS_OK);
			assert_int_equal(
			    prove_many(size, index, count, subtree, NULL, &nodes), SKS_OK);
			assert_int_equal(
			    prove_root(size, index, leaf, count, &nodes, &found), SKS_OK);
			assert_true(merkle_equal(&root, &found));
			if (count > 0) {
				leaf[count / 2].bytes[31] ^= 1;
				assert_int_equal(
				    prove_root(size, index, leaf, count, &nodes, &found),
				    SKS_OK);
				assert_false(merkle_equal(&root, &found));
			}
			if (nodes.count > 0) {
				nodes.count--;
				assert_int_equal(
				    prove_root(size, index, leaf, count, &nodes, &found),
				    SKS_INVALID);
				nodes.count++;
			}
			assert_int_equal(nodes_add(&nodes, &root), SKS_OK);
			assert_int_equal(
			    prove_root(size, index, leaf, count, &nodes, &found), SKS_INVALID);
			prove_nodes_clear(&nodes);
		}
	}
	assert_int_equal(prove_many(0, NULL, 0, subtree, NULL, NULL), SKS_INVALID);
}

/* ---- texts
 * --------------------------------------------------------------------------------------- */

static void
test_texts_in_a_page(void **state)
{
	static const struct {
		const char *text, *written;
	} cases[] = {
	    {"", "\"\""},
	    {"a", "\"a\""},
	    {"</script>", "\"\\u003c/script\\u003e\""},
	    {"<!--", "\"\\u003c!--\""},
	    {"a\"b\\c", "\"a\\\"b\\\\c\""},
	    {"\n\x01\x7f", "\"\\u000a\\u0001\\u007f\""},
	    {"x\xe2\x80\xa8y\xe2\x80\xa9", "\"x\\u2028y\\u2029\""},
	    {"\xe9\x96\xa2\xe6\x89\x80", "\"\xe9\x96\xa2\xe6\x89\x80\""},
	    {"\xf0\x9f\x98\x80", "\"\xf0\x9f\x98\x80\""},
	    {"a\xff"
	     "b",
		"\"a\\ufffdb\""},
	    {"\xe2\x80", "\"\\ufffd\\ufffd\""},
	    {"\xc0\xaf", "\"\\ufffd\\ufffd\""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf out;
		struct write w = {.out = &out};

		buf_init(&out, 1000);
		write_str(&w, cases[i].text);
		buf_put_u8(&out, 0);
		assert_int_equal(buf_error(&out), SKS_OK);
		assert_string_equal((const char *)out.data, cases[i].written);
		buf_clear(&out);
	}
}

/* Sums by person; what was not measured is no 0, and a warning is pointed at. */
static void
test_what_was_sent(void **state)
{
	const struct gather_volume *x;

	(void)state;
	record(ACTION_DOWNLOAD_SESSION, "success", NULL, "user.name", "tanaka-adm", "sekisho.person",
	    "tanaka", "sekisho.download.bytes", "=1000", NULL);
	record(ACTION_DOWNLOAD_WARN, "success", "above-limit", "sekisho.person", "tanaka",
	    "sekisho.download.bytes", "=5000", NULL);
	record(ACTION_DOWNLOAD_SESSION, "success", NULL, "sekisho.person", "tanaka",
	    "sekisho.download.bytes", "=6000", NULL);
	record(ACTION_DOWNLOAD_SESSION, "unknown", "not-measured", "sekisho.person", "tanaka", NULL);
	record(ACTION_DOWNLOAD_SESSION, "unknown", "not-measured", "sekisho.person", "mori", NULL);
	record(ACTION_DOWNLOAD_DAY, "success", NULL, "sekisho.person", "tanaka",
	    "sekisho.download.bytes", "=6500", NULL);
	gather_finish(g);
	assert_int_equal(g->volume_keys.count, 2);
	x = &g->volume[keys_find(&g->volume_keys, "tanaka")];
	assert_int_equal(x->bytes, 7000); /* the warning and the day are of the same bytes */
	assert_int_equal(x->sessions, 3);
	assert_int_equal(x->unmeasured, 1);
	assert_int_equal(x->largest, 6000);
	assert_int_equal(x->largest_day, 6500);
	assert_int_equal(x->warnings, 1);
	assert_int_equal(x->seq, 2);
	x = &g->volume[keys_find(&g->volume_keys, "mori")];
	assert_int_equal(x->sessions - x->unmeasured, 0);
}

int
main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, setup_each, teardown_each)
	const struct CMUnitTest tests[] = {EACH(test_a_grant_from_asking_to_its_end),
	    EACH(test_no_approver_and_declined), EACH(test_power_without_a_grant),
	    EACH(test_a_grant_of_before), EACH(test_one_person_and_one_role),
	    EACH(test_refusals_by_source), EACH(test_sources_without_end), EACH(test_gaps), EACH(test_what_was_sent),
	    EACH(test_outside_the_period), EACH(test_reviews_and_commands),
	    EACH(test_fiscal_years), cmocka_unit_test(test_what_is_carried),
	    cmocka_unit_test(test_many_in_one_proof), cmocka_unit_test(test_texts_in_a_page)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
