/* Figures: bounded whatever strangers send, well-formed whatever a label holds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../policyd/keeper/metrics.c"

static struct policy policy;
static struct server server = {.policy = &policy};

static void
answered(const char *service, uint32_t phase, uint32_t verdict, bool failed)
{
	static const struct job_kind kind = {.type = MSG_PAM};
	struct job job = {.kind = &kind, .arrived_us = clock_monotonic_us()};

	job.pam.phase = phase;
	job.pam_reply.verdict = verdict;
	(void)snprintf(job.request.service, sizeof(job.request.service), "%s", service);
	metrics_answered(&server, &job, failed);
}

static void
test_services_bounded(void **state)
{
	char name[32];

	(void)state;
	memset(&metrics, 0, sizeof(metrics));
	for (int i = 0; i < 10000; i++) {
		(void)snprintf(name, sizeof(name), "stranger%d", i);
		answered(name, PHASE_CODE, PAM_VERDICT_DENY, false);
	}
	assert_int_equal(metrics.service_count, 0);
	assert_int_equal(metrics.other.count[PHASE_CODE][METRICS_DENY], 10000);
	answered("sshd", PHASE_CODE, PAM_VERDICT_ALLOW, false);
	answered("sshd", PHASE_CODE, PAM_VERDICT_ALLOW, true);
	answered("sshd", 4711, PAM_VERDICT_ALLOW, false);
	assert_int_equal(metrics.service_count, 1);
	assert_int_equal(metrics.service[0].count[PHASE_CODE][METRICS_ALLOW], 1);
	/* what could not be decided is no decision, whatever the reply held before */
	assert_int_equal(metrics.service[0].count[PHASE_CODE][METRICS_ERROR], 1);
}

/* The policy may name any number of services. */
static void
test_policy_bounded(void **state)
{
	static struct service service[METRICS_SERVICES_MAX + 50];
	static char name[METRICS_SERVICES_MAX + 50][32];

	(void)state;
	memset(&metrics, 0, sizeof(metrics));
	policy.service = service;
	policy.service_count = METRICS_SERVICES_MAX + 50;
	for (size_t i = 0; i < policy.service_count; i++) {
		(void)snprintf(name[i], sizeof(name[i]), "own%03zu", i);
		service[i].name = name[i];
	}
	for (size_t i = 0; i < policy.service_count; i++)
		answered(name[i], PHASE_CODE, PAM_VERDICT_ALLOW, false);
	assert_int_equal(metrics.service_count, METRICS_SERVICES_MAX);
	assert_int_equal(metrics.other.count[PHASE_CODE][METRICS_ALLOW], 50);
	policy.service_count = 0;
}

static void
test_label(void **state)
{
	static const struct {
		const char *value, *text;
	} cases[] = {
	    {"sshd", "sshd"},
	    {"", ""},
	    {"a\"b\\c", "a\\\"b\\\\c"},
	    {"two\nlines", "two\\nlines"},
	    {"tab\tand\033[2J", "tab?and?[2J"},
	    {"\xe9\x96\xa2", "\xe9\x96\xa2"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf out;

		buf_init(&out, 1000);
		metrics_put_label(&out, cases[i].value);
		buf_put_u8(&out, 0);
		assert_string_equal((const char *)out.data, cases[i].text);
		buf_clear(&out);
	}
}

static void
test_histogram(void **state)
{
	struct metrics_histogram h = {0};
	struct buf out;

	(void)state;
	observe(&h, -5); /* a clock that went back */
	observe(&h, 250);
	observe(&h, 251);
	observe(&h, INT64_C(99000000));
	assert_int_equal(h.count[0], 2);
	assert_int_equal(h.count[1], 1);
	assert_int_equal(h.count[METRICS_BUCKETS], 1);
	buf_init(&out, 10000);
	metrics_put_histogram(&out, "x_seconds", "X.", &h);
	buf_put_u8(&out, 0);
	assert_non_null(strstr((const char *)out.data, "x_seconds_bucket{le=\"0.0005\"} 3\n"));
	assert_non_null(strstr((const char *)out.data, "x_seconds_bucket{le=\"10\"} 3\n"));
	assert_non_null(strstr((const char *)out.data, "x_seconds_bucket{le=\"+Inf\"} 4\n"));
	assert_non_null(strstr((const char *)out.data, "x_seconds_sum 99.000501\n"));
	assert_non_null(strstr((const char *)out.data, "x_seconds_count 4\n"));
	buf_clear(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_services_bounded),
	    cmocka_unit_test(test_policy_bounded),
	    cmocka_unit_test(test_label),
	    cmocka_unit_test(test_histogram),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
