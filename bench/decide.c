/*
 * What a decision takes under a policy with so many rules and so many people in its roles and
 *groups:
 *
 *	decide RULES MEMBERS ROUNDS
 *	decide RULES MEMBERS print		the policy, as a bundle for records.c
 *
 * prints the median and the 99th percentile of a round in microseconds. A round is what a login
 * asks the core: need, code, account, session; each time another of the accounts.
 */
#include "decide/decide.h"
#include "bench.h"
#include "error.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static char *text;
static size_t used, room;

static void __attribute__((format(printf, 1, 2))) add(const char *format, ...)
{
	va_list args;
	int n;

	if (room - used < 4096 && (text = realloc(text, room += 1 << 20)) == NULL)
		exit(1);
	va_start(args, format);
	n = vsnprintf(text + used, room - used, format, args);
	va_end(args);
	used += (size_t)n;
}

/* Each rule is about a few accounts of a group or a service, from somewhere, at some time. */
static void
add_rules(unsigned int rules, unsigned int members)
{
	for (unsigned int i = 0; i < rules; i++) {
		add("[rule r%u]\n", i);
		if (i % 3 == 0)
			add("account = u%u, @team%u\n", i * 7 % members, i % 50);
		if (i % 3 == 1)
			add("group = team%u\nfrom = 10.%u.0.0/16\n", i % 50, i % 250);
		if (i % 3 == 2)
			add("class = admin\nservice = su, sudo, login\n");
		if (i % 5 == 0)
			add("time = mon-fri 08:00-18:00\n");
		add("require = mfa within 15m\n");
	}
}

static void
add_roles(unsigned int members)
{
	for (unsigned int first = 0; first < members; first += 200) {
		add("[role role%u]\napprove = nobody\nmax_duration = 1h\ncommands = /bin/true\n"
		    "root_equivalent = no\nmax_members = 200\nmembers = ",
		    first / 200);
		for (unsigned int i = first; i < first + 200 && i < members; i++)
			add("%su%u%s", i > first ? ", " : "", i, i % 8 == 7 ? "\n " : "");
		add("\n");
	}
}

static struct policy *
policy_of(unsigned int rules, unsigned int members, bool print)
{
	static struct policy_problems problems;
	struct policy *p = NULL;
	char *bundle;
	int n;

	add_rules(rules, members);
	add_roles(members);
	if ((bundle = malloc(used + 128)) == NULL)
		exit(1);
	n = snprintf(bundle, used + 128, "sekisho policy bundle 1\nfile policy.conf %zu\n%s\n",
	    used, text);
	if (print) {
		(void)fwrite(bundle, 1, (size_t)n, stdout);
		exit(0);
	}
	if (policy_parse(bundle, (size_t)n, &p, &problems) != SKS_OK) {
		fprintf(stderr, "decide: line %d: %s\n", problems.item[0].line,
		    problems.item[0].text);
		exit(1);
	}
	return p;
}

static uint64_t
now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC_RAW, &t);
	return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

static int
compare(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static uint64_t
login(const struct policy *p, unsigned int number)
{
	static const uint32_t phases[] = {PHASE_NEED, PHASE_CODE, PHASE_ACCOUNT, PHASE_OPEN};
	static struct request r;
	static struct facts f;
	static struct decision d;
	uint64_t begun;

	r = (struct request){
	    .known = true, .uid = 1000 + number, .by_root = true, .login_uid = NO_UID};
	(void)snprintf(r.user, sizeof(r.user), "u%u", number);
	(void)snprintf(r.service, sizeof(r.service), "sshd");
	(void)snprintf(r.source, sizeof(r.source), "10.3.%u.1", number % 250);
	f = (struct facts){.groups_known = true,
	    .txn = true,
	    .txn_first_factor = true,
	    .txn_factor = FACTOR_TOTP,
	    .devices = 1,
	    .code = CODE_MATCH,
	    .principal_uid = r.uid};
	(void)snprintf(
	    f.groups, sizeof(f.groups), "users,team%u,team%u", number % 50, (number + 7) % 50);
	(void)snprintf(f.principal, sizeof(f.principal), "%s", r.user);
	begun = now_ns();
	for (size_t i = 0; i < 4; i++) {
		r.phase = phases[i];
		r.has_code = r.phase == PHASE_CODE;
		decide(p, &r, &f, &d);
	}
	return now_ns() - begun;
}

int
main(int argc, char **argv)
{
	unsigned int rules = argc == 4 ? (unsigned int)atoi(argv[1]) : 0;
	unsigned int members = argc == 4 ? (unsigned int)atoi(argv[2]) : 0;
	size_t rounds = argc == 4 ? strtoul(argv[3], NULL, 10) : 0;
	bool print = argc == 4 && strcmp(argv[3], "print") == 0;
	struct policy *p;
	uint64_t *took;

	if (rules == 0 || members == 0 || (rounds == 0 && !print))
		return 2;
	p = policy_of(rules, members, print);
	if ((took = calloc(rounds, sizeof(*took))) == NULL)
		return 1;
	for (size_t i = 0; i < rounds; i++)
		took[i] = login(p, (unsigned int)(i * 7919 % members));
	qsort(took, rounds, sizeof(*took), compare);
	printf("%.2f\t%.2f\n", (double)took[rounds / 2] / 1000,
	    (double)took[rounds * 99 / 100] / 1000);
	policy_free(p);
	free(took);
	return 0;
}
