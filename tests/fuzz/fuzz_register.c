/*
 * Any bytes as what the register of exceptions says for an account, and as its attributes: the
 * facts of a decision. Whatever they are, a refusal, a suspension and the floor stand; what only
 * they let in names an entry whose line is there; and without them all is as if there were none.
 *
 * SOURCES: lib/buf.c lib/clock.c lib/error.c lib/fields.c lib/hex.c lib/i18n.c lib/protocol.c
 * SOURCES: lib/safeopen.c lib/secret.c lib/size.c lib/text.c
 * SOURCES: policyd/alert/where.c policyd/audit/event.c policyd/backup/where.c
 * SOURCES: policyd/container/crypt.c policyd/container/recipient.c
 * SOURCES: policyd/decide/access.c policyd/decide/admin.c policyd/decide/attempt.c
 * SOURCES: policyd/decide/audit_review.c policyd/decide/change.c policyd/decide/decide.c
 * SOURCES: policyd/decide/elevation.c policyd/decide/exception.c policyd/decide/factor.c
 * SOURCES: policyd/decide/first_use.c policyd/decide/grant.c policyd/decide/keep.c
 * SOURCES: policyd/decide/need.c policyd/decide/outcome.c policyd/decide/password.c
 * SOURCES: policyd/decide/people.c policyd/decide/words.c policyd/policy/alert.c
 * SOURCES: policyd/policy/ask.c policyd/policy/attribute.c policyd/policy/bundle.c
 * SOURCES: policyd/policy/host.c lib/hostvalue.c policyd/decide/duties.c
 * SOURCES: policyd/policy/capability.c policyd/policy/check.c policyd/policy/contingency.c
 * SOURCES: policyd/policy/difference.c policyd/policy/exceptions.c policyd/policy/floor.c
 * SOURCES: policyd/policy/free.c policyd/policy/ini_reader.c policyd/policy/machine.c
 * SOURCES: policyd/policy/nearest.c policyd/policy/parse.c policyd/policy/password.c
 * SOURCES: policyd/policy/problem.c policyd/policy/role.c policyd/policy/sentence_words.c
 * SOURCES: policyd/policy/sentences.c policyd/policy/sentences_exceptions.c
 * SOURCES: policyd/policy/sentences_password.c policyd/policy/sentences_rules.c
 * SOURCES: policyd/policy/sentences_sessions.c policyd/policy/services.c
 * SOURCES: policyd/policy/source.c policyd/policy/table.c policyd/policy/target.c
 * SOURCES: policyd/policy/value.c policyd/policy/value_alert.c policyd/policy/value_list.c
 * SOURCES: policyd/policy/value_role.c policyd/policy/rule_index.c
 * SOURCES: policyd/policy/approval.c policyd/policy/role_check.c policyd/policy/value_hours.c
 * SOURCES: policyd/policy/sentences_records.c
 */
#include "decide/decide.h"
#include "error.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

static const char text[] = "[account adm]\nclass = admin\n[attribute training]\nvalid = 30d\n"
			   "[rule all]\nrequire = mfa within 5m\n[rule dev]\ndevice = issued\n"
			   "[rule trained]\nrequire_attribute = training\n"
			   "[rule no]\naccount = eve\nrefuse = yes\n"
			   "[contingency flood]\napprovers = 2 from @c\nfor = 8h\n"
			   "lower = all:require dev:device\n";
static const char *const users[] = {"bob", "adm", "eve", "root"};
enum { USERS = 4 };

static struct policy *
make_policy(void)
{
	struct policy *p = NULL;
	struct buf bundle;

	buf_init(&bundle, POLICY_BUNDLE_MAX);
	buf_printf(&bundle, "sekisho policy bundle 1\nfile a.conf %zu\n%s\n", strlen(text), text);
	expect(policy_parse(bundle.data, bundle.len, &p, NULL) == SKS_OK);
	buf_clear(&bundle);
	return p;
}

static void
make_case(struct request *r, struct facts *f, const char *user, bool factor)
{
	memset(r, 0, sizeof(*r));
	memset(f, 0, sizeof(*f));
	r->phase = PHASE_ACCOUNT;
	r->known = r->by_root = true;
	r->uid = r->login_uid = r->actor_uid = strcmp(user, "root") == 0 ? 0 : 1001;
	r->audit_session = 7;
	(void)snprintf(r->user, sizeof(r->user), "%s", user);
	(void)snprintf(r->actor, sizeof(r->actor), "%s", user);
	(void)snprintf(r->service, sizeof(r->service), "sshd");
	(void)snprintf(r->source, sizeof(r->source), "192.0.2.7");
	(void)snprintf(f->principal, sizeof(f->principal), "%s", user);
	f->principal_uid = r->uid;
	f->wall_ms = f->date_ms = INT64_C(1800000000000);
	f->groups_known = true;
	(void)snprintf(f->groups, sizeof(f->groups), "staff,ops");
	f->txn = f->txn_first_factor = true;
	f->devices = 1;
	f->txn_factor = factor ? FACTOR_TOTP : FACTOR_NONE;
}

/* Is there a line of this number? */
static bool
has_line(const char *lines, uint64_t number)
{
	char start[32];
	size_t len = (size_t)snprintf(start, sizeof(start), "%llu\t", (unsigned long long)number);

	for (const char *at = lines; *at != '\0';) {
		const char *digits = at;

		while (*digits == '0') /* 007 is 7 */
			digits++;
		if (strncmp(digits, start, len) == 0)
			return true;
		at += strcspn(at, "\n");
		at += *at == '\n';
	}
	return false;
}

static void
look(const struct policy *p, const char *user, bool factor, const char *lines,
    const char *attributes)
{
	static struct request r;
	static struct facts f;
	struct decision with, without;

	make_case(&r, &f, user, factor);
	(void)snprintf(f.attributes, sizeof(f.attributes), "%s", attributes);
	decide(p, &r, &f, &without);
	expect(without.exception_count == 0);
	(void)snprintf(f.exceptions, sizeof(f.exceptions), "%s", lines);
	decide(p, &r, &f, &with);
	for (size_t i = 0; i < with.exception_count; i++)
		expect(with.exception[i] != 0 && has_line(f.exceptions, with.exception[i]));
	if (without.verdict == VERDICT_ALLOW)
		expect(with.verdict == VERDICT_ALLOW);
	else if (with.verdict == VERDICT_ALLOW)
		expect(with.exception_count > 0);
	/* a rule refuses eve, and the floor asks administrators for a factor */
	if (strcmp(user, "eve") == 0 ||
	    (!factor && (strcmp(user, "adm") == 0 || strcmp(user, "root") == 0)))
		expect(with.verdict != VERDICT_ALLOW);
	f.suspended = true;
	decide(p, &r, &f, &with);
	expect(with.verdict != VERDICT_ALLOW);
}

/* That there is something to find. */
static void
expect_something(const struct policy *p)
{
	static struct request r;
	static struct facts f;
	struct decision d;

	make_case(&r, &f, "bob", false);
	(void)snprintf(f.attributes, sizeof(f.attributes), "training=1799999999999:0");
	decide(p, &r, &f, &d);
	expect(d.verdict != VERDICT_ALLOW);
	(void)snprintf(f.exceptions, sizeof(f.exceptions), "7\tcontingency\t*\t*\t*\tflood");
	decide(p, &r, &f, &d);
	expect(d.verdict == VERDICT_ALLOW && d.exception[0] == 7);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct policy *p;
	char lines[2048], attributes[2048];
	const uint8_t *cut = size > 0 ? memchr(data, '\0', size) : NULL;
	size_t first = cut != NULL ? (size_t)(cut - data) : size;
	size_t rest = cut != NULL ? size - first - 1 : 0;

	if (p == NULL) {
		p = make_policy();
		expect_something(p);
	}
	first = first < sizeof(lines) - 1 ? first : sizeof(lines) - 1;
	rest = rest < sizeof(attributes) - 1 ? rest : sizeof(attributes) - 1;
	if (first > 0)
		memcpy(lines, data, first);
	lines[first] = '\0';
	if (rest > 0)
		memcpy(attributes, cut + 1, rest);
	attributes[rest] = '\0';
	for (size_t i = 0; i < USERS; i++) {
		look(p, users[i], false, lines, attributes);
		look(p, users[i], true, lines, attributes);
	}
	return 0;
}
