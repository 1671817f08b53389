/* What a case of the core consists of: a policy text, a request and facts; nothing else exists. */
#ifndef SEKISHO_DECIDE_FIXTURE_H
#define SEKISHO_DECIDE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "decide/decide.h"
#include "error.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE	 (60 * 1000LL)
#define YEAR_END INT64_C(1798761600000) /* 2027-01-01T00:00Z: the end of 2026-12-31 */

static inline struct policy *
policy_of(const char *text)
{
	static struct policy_problems problems;
	char bundle[4096];
	struct policy *p = NULL;
	int n = snprintf(bundle, sizeof(bundle),
	    "sekisho policy bundle 1\nfile policy.conf %zu\n%s\n", strlen(text), text);

	memset(&problems, 0, sizeof(problems));
	if (policy_parse(bundle, (size_t)n, &p, &problems) != SKS_OK)
		fail_msg("line %d: %s", problems.item[0].line, problems.item[0].text);
	return p;
}

static const char accounts[] __attribute__((unused)) =
    "[account alice-adm]\nclass = admin\nperson = alice\n"
    "[account oracle]\nclass = shared\n"
    "[account backup]\nclass = service\nfrom = 192.0.2.7\n"
    "[rule all]\nservice = sshd, login, sudo, su\nrequire = mfa within 15m\n";

static inline struct request
remote_request(enum phase phase)
{
	struct request r = {.phase = phase,
	    .known = true,
	    .uid = 1001,
	    .by_root = true,
	    .login_uid = NO_UID,
	    .audit_session = NO_UID,
	    .actor_uid = 0,
	    .user = "alice",
	    .service = "sshd",
	    .source = "192.0.2.1",
	    .actor = "root"};
	return r;
}

static inline struct facts
quiet_facts(void)
{
	struct facts f = {.lane = LANE_STRANGER,
	    .lane_age_ms = AGE_NEVER,
	    .lane_window_age_ms = AGE_NEVER,
	    .source_age_ms = AGE_NEVER,
	    .txn_factor_age_ms = AGE_NEVER,
	    .session_factor_age_ms = AGE_NEVER,
	    .principal = "alice",
	    .principal_uid = 1001,
	    .devices = 1};
	return f;
}

static inline struct decision
decided(const char *policy_text, const struct request *r, const struct facts *f)
{
	struct policy *p = policy_of(policy_text);
	struct decision d;

	decide(p, r, f, &d);
	d.rule = NULL; /* the policy's */
	policy_free(p);
	return d;
}

#endif
