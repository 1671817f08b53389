/*
 * What `sekisho check` asks about the controls of the catalogue: how made-up cases would be
 * decided now, and figures that no other verb tells. Nothing is kept, and nothing recorded.
 */
#include "trial/trial.h"
#include "command/command.h"
#include "error.h"
#include "keeper/keeper.h"
#include "keeper/retention.h"

static json_t *
questions_json(const struct policy *p, int64_t date_ms)
{
	json_t *all = json_object();

	for (size_t i = 0; i < trial_question_count; i++) {
		struct trial t = {.now_ms = date_ms};

		trial_questions[i].ask(p, &t);
		(void)json_object_set_new(all, trial_questions[i].name,
		    json_pack("{s:I,s:s}", "tried", (json_int_t)t.tried, "passed", t.passed));
	}
	return all;
}

int
command_trial(struct server *s, struct job *job)
{
	int64_t date_ms = 0;
	uint64_t unverified = 0;
	bool overdue = false;
	int e;

	if ((e = retention_date(s, clock_now(), &date_ms)) != SKS_OK ||
	    (e = store_devices_unverified(s->store, &unverified)) != SKS_OK ||
	    (e = audit_review_is_overdue(s, &overdue)) != SKS_OK)
		return e;
	return command_json(job,
	    json_pack("{s:o,s:I,s:b}", "questions", questions_json(s->policy, date_ms),
		"unverified_devices", (json_int_t)unverified, "review_overdue", (int)overdue));
}
