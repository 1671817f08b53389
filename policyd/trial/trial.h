/*
 * Made-up cases, decided by the core under a policy: what would come of a login, a request, an
 * answer that a control of the catalogue forbids? Nothing is looked up and nothing is kept, so
 * an auditor may ask as often as they like.
 *
 * Each question tries its cases against everything the policy names: every shared account,
 * every role. A case that ends otherwise than the control wants is noted by name.
 */
#ifndef SEKISHO_TRIAL_H
#define SEKISHO_TRIAL_H

#include "decide/decide.h"

/* The person of the cases, in no policy. */
#define TRIAL_PERSON "sekisho-trial"
enum { TRIAL_UID = 59999 };

struct trial {
	int64_t now_ms;   /* in: the date that policies with an end go by */
	uint32_t tried;   /* cases; 0: the policy has nothing that the question is about */
	char passed[256]; /* those that ended otherwise, with commas; "": none */
};

struct trial_question {
	const char *name;
	void (*ask)(const struct policy *p, struct trial *t);
};
extern const struct trial_question trial_questions[];
extern const size_t trial_question_count;

/* One case was tried. well: it ended as the control wants; else "what who" is noted. */
void trial_note(struct trial *t, bool well, const char *what, const char *who);

/* trial/login.c */
void trial_suspended(const struct policy *p, struct trial *t);
void trial_shared_direct(const struct policy *p, struct trial *t);
void trial_other_person(const struct policy *p, struct trial *t);
void trial_everyday(const struct policy *p, struct trial *t);
void trial_remote_admin(const struct policy *p, struct trial *t);
void trial_guessing(const struct policy *p, struct trial *t);
void trial_without_permit(const struct policy *p, struct trial *t);
/* trial/role.c */
void trial_bare_role(const struct policy *p, struct trial *t);
void trial_full_role(const struct policy *p, struct trial *t);
void trial_unfit_superior(const struct policy *p, struct trial *t);
void trial_own_request(const struct policy *p, struct trial *t);
void trial_contingency(const struct policy *p, struct trial *t);
void trial_untrained(const struct policy *p, struct trial *t);
/* trial/person.c */
void trial_enrolment(const struct policy *p, struct trial *t);
void trial_unverified(const struct policy *p, struct trial *t);
void trial_report(const struct policy *p, struct trial *t);
void trial_exception(const struct policy *p, struct trial *t);
void trial_export(const struct policy *p, struct trial *t);
void trial_policy_alone(const struct policy *p, struct trial *t);
/* trial/input.c */
void trial_below_floor(const struct policy *p, struct trial *t);
void trial_malformed(const struct policy *p, struct trial *t);

#endif
