/* 例外措置適用審査記録: one entry of the register as a form, with exactly the fields of the standard. */
#include "i18n.h"
#include "paper/kinds.h"
#include "protocol.h"

static void
put_person(struct paper *p, const json_t *x, const char *as, bool role)
{
	char key[64], name[600];

	paper_pair(p, _("Account"), paper_get(x, as));
	(void)snprintf(key, sizeof(key), "%s_name", as);
	paper_pair(p, _("Name"), paper_name(p, paper_get(x, key), name, sizeof(name)));
	(void)snprintf(key, sizeof(key), "%s_role", as);
	if (role)
		paper_pair(p, _("Role"), paper_get(x, key));
	(void)snprintf(key, sizeof(key), "%s_unit", as);
	paper_pair(p, _("Unit"), paper_get(x, key));
	(void)snprintf(key, sizeof(key), "%s_contact", as);
	paper_pair(p, _("Contact"), paper_get(x, key));
}

static void
put_terms(struct paper *p, const json_t *x, const char *as)
{
	char key[64], hours[64] = "";
	int64_t ms;

	(void)snprintf(key, sizeof(key), "%s_clause", as);
	paper_pair(p, _("Rule and clause"), paper_get(x, key));
	(void)snprintf(key, sizeof(key), "%s_for", as);
	ms = paper_number(x, key);
	if (ms != 0)
		(void)snprintf(hours, sizeof(hours), _("%lld h %lld min"),
		    (long long)(ms / 3600000), (long long)(ms / 60000 % 60));
	paper_pair(p, _("Period"), hours);
	(void)snprintf(key, sizeof(key), "%s_measure", as);
	paper_pair(p, _("Substitute measure"), paper_get(x, key));
	(void)snprintf(key, sizeof(key), "%s_waived", as);
	if (paper_number(x, key) != 0) {
		paper_pair(p, _("Report of the end"), _("waived"));
	} else {
		(void)snprintf(key, sizeof(key), "%s_report", as);
		paper_pair(p, _("Report of the end"), paper_get(x, key));
	}
	(void)snprintf(key, sizeof(key), "%s_why", as);
	paper_pair(p, _("Reason"), paper_get(x, key));
}

static void
put_application(struct paper *p, const json_t *x)
{
	paper_heading(p, _("1. Application"));
	paper_pair(p, _("Entry"), paper_get(x, "id"));
	paper_pair_time(p, _("Applied for"), paper_number(x, "made_at"));
	put_person(p, x, "applicant", false);
	paper_pair(p, _("Rule of the policy"), paper_get(x, "rule"));
	paper_pair(p, _("What does not count"), paper_get(x, "key"));
	paper_pair(p, _("Whom for"), paper_get(x, "subject"));
	paper_pair(p, _("Service"), paper_get(x, "service"));
	paper_pair(p, _("Source"), paper_get(x, "source"));
	put_terms(p, x, "asked");
	paper_pair(p, _("In an emergency, judged afterwards"),
	    paper_number(x, "emergency") != 0 ? _("yes") : _("no"));
}

static void
put_judgement(struct paper *p, const json_t *x)
{
	paper_heading(p, _("2. Judgement"));
	paper_pair(p, _("Judged"), exception_judged_shown(x));
	paper_pair_time(p, _("Judged on"), paper_number(x, "judged_at"));
	put_person(p, x, "judge", true);
	if (paper_is(x, "judged", "refused"))
		paper_pair(p, _("Reason"), paper_get(x, "refused_why"));
	if (paper_get(x, "review")[0] != '\0')
		paper_pair(p, _("Review"), paper_get(x, "review"));
	paper_heading(p, _("3. As granted"));
	put_terms(p, x, "granted");
}

static void
put_end(struct paper *p, const json_t *x)
{
	paper_heading(p, _("4. End and its report"));
	paper_pair_time(p, _("In force from"), paper_number(x, "from_at"));
	paper_pair_time(p, _("Ended"), paper_number(x, "ended_at"));
	paper_pair(p, _("How it ended"), exception_end_shown(x));
	paper_pair(p, _("Ended by"), paper_get(x, "ended_by"));
	paper_pair_time(p, _("Reported on"), paper_number(x, "reported_at"));
	if (paper_get(x, "reporter")[0] != '\0')
		paper_pair(p, _("Reported by"),
		    paper_get(x, "reporter_name")[0] != '\0' ? paper_get(x, "reporter_name")
							      : paper_get(x, "reporter"));
	paper_pair(p, _("Report"),
	    paper_number(x, "overdue") != 0 ? _("OVERDUE") : paper_get(x, "reported"));
}

int
exception_fill(struct paper *p, json_t *entries)
{
	const char *const seals[] = {_("Applicant"), _("Judge"), _("Audit officer"), NULL};
	const json_t *x = json_array_get(entries, 0);

	put_application(p, x);
	put_judgement(p, x);
	put_end(p, x);
	paper_seals(p, seals);
	return STATUS_DONE;
}
