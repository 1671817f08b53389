#include "policy/check.h"

#include "audit/event.h"
#include "backup/make.h"
#include "error.h"
#include "i18n.h"
#include "notice.h"
#include "policy/alert.h"
#include "policy/attribute.h"
#include "policy/contingency.h"
#include "policy/floor.h"
#include "policy/host.h"
#include "policy/exceptions.h"
#include "policy/password.h"
#include "policy/problem.h"
#include "policy/role.h"
#include "policy/services.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CHECK_HOST_SIZE = 256 };
#define CHECK_YEAR_MS (INT64_C(365) * 24 * 60 * 60 * 1000)

/*
 * What a person is told before a secret is made (AUTH-11). Fixed texts: acceptance is
 * recorded with the version, so a change here needs a new version.
 */
static const char purpose_version[] = "1";
static const char purpose_en[] =
    "To make sure that it is you who logs in, this host keeps a secret key for your device, "
    "the name you give the device, and when and from where it was used. They serve this "
    "authentication and the audit trail that has to be kept of it, and nothing else. The "
    "secret key is stored encrypted and is shown to nobody but you.";
static const char purpose_ja[] =
    "本ホストは、ログインする者が本人であることを確認するため、主体認証情報格納装置（認証用の"
    "機器）の秘密の鍵、その機器に付けた名称並びに使用の日時及び接続元を保存します。これらは、"
    "主体認証並びにその証跡の取得、保存、点検及び分析にのみ用い、他の目的には用いません。"
    "秘密の鍵は暗号化して保存し、本人以外の誰にも開示しません。";

/* Sets *field unless it is set. */
static int
check_default(char **field, const char *value)
{
	if (*field == NULL)
		*field = strdup(value);
	return *field == NULL ? SKS_NOMEM : SKS_OK;
}

int
check_set_defaults(struct policy *p)
{
	p->deny = 5;
	p->fiscal_start = 401;
	p->fail_interval_ms = INT64_C(15) * 60 * 1000;
	p->unlock_time_ms = INT64_C(30) * 60 * 1000;
	p->fail_delay_ms = 800;
	p->wait_ms = 5000;
	p->confirm_within_ms = 10 * 60 * 1000;
	p->source_deny = 20;
	p->window_steps = 1;
	p->drift_max_steps = 4;
	p->review_within_ms = INT64_C(14) * 24 * 60 * 60 * 1000;
	p->download_warn = INT64_C(1) << 30;
	p->download_warn_day = INT64_C(5) << 30;
	p->metrics = METRICS_ROOT;
	password_set_defaults(p);
	exceptions_set_defaults(p);
	p->changes_detect = true;
	p->changes_every_ms = INT64_C(60) * 60 * 1000;
	p->retain_ms[RETAIN_ACCESS] = CHECK_YEAR_MS;
	p->retain_ms[RETAIN_PRIVILEGE] = 5 * CHECK_YEAR_MS;
	p->retain_ms[RETAIN_POLICY] = 5 * CHECK_YEAR_MS;
	p->retain_ms[RETAIN_OPERATION] = CHECK_YEAR_MS;
	p->sealing_lifetime_ms = INT64_C(730) * 24 * 60 * 60 * 1000;
	p->log_lifetime_ms = INT64_C(1095) * 24 * 60 * 60 * 1000;
	p->backup_keep = 14;
	p->last_login = p->receipt = true;
	p->idle_warn_ms = 60 * 1000;
	return check_default(&p->language, "en");
}

int
check_rule_place(struct rule *rule, const char *file, int line)
{
	rule->file = strdup(file);
	rule->line = line;
	return rule->file == NULL ? SKS_NOMEM : SKS_OK;
}

int
check_role_place(struct role *role, const char *file, int line)
{
	role->file = strdup(file);
	role->line = line;
	return role->file == NULL ? SKS_NOMEM : SKS_OK;
}

int
check_audit_place(struct policy *p, const char *file, int line)
{
	free(p->audit_file); /* the last one, where several files have the section */
	p->audit_file = strdup(file);
	p->audit_line = line;
	return p->audit_file == NULL ? SKS_NOMEM : SKS_OK;
}

int
check_alert_place(struct alert_rule *rule, const char *file, int line)
{
	rule->file = strdup(file);
	rule->line = line;
	return rule->file == NULL ? SKS_NOMEM : SKS_OK;
}

/* ---- completion ------------------------------------------------------------------------- */

static int
check_issuer(struct policy *p)
{
	char host[CHECK_HOST_SIZE] = "";

	if (gethostname(host, sizeof(host) - 1) != 0 || host[0] == '\0' ||
	    strchr(host, ':') != NULL)
		return check_default(&p->issuer, "localhost");
	return check_default(&p->issuer, host);
}

/* A text of the host's own in one language stands for the other too: ours would say
 * something else under the same version. */
static int
check_complete_purpose(struct policy *p)
{
	const char *en = p->purpose_text_ja != NULL ? p->purpose_text_ja : purpose_en;
	const char *ja = p->purpose_text != NULL ? p->purpose_text : purpose_ja;
	int r = check_default(&p->purpose_version, purpose_version);

	if (r == SKS_OK)
		r = check_default(&p->purpose_text, en);
	if (r == SKS_OK)
		r = check_default(&p->purpose_text_ja, ja);
	return r;
}

static int
check_complete_notice(struct policy *p)
{
	int r;

	if (p->notice_version == NULL)
		return SKS_OK;
	r = check_default(&p->notice_text, p->notice_text_ja);
	return r == SKS_OK ? check_default(&p->notice_text_ja, p->notice_text) : r;
}

static int
check_complete(struct policy *p)
{
	int r = check_complete_purpose(p);

	if (r == SKS_OK)
		r = check_complete_notice(p);

	for (size_t i = 0; r == SKS_OK && i < p->account_count; i++)
		r = check_default(&p->account[i].person, p->account[i].name);
	for (size_t i = 0; i < p->service_count; i++) {
		if (p->service[i].class == SERVICE_UNKNOWN)
			p->service[i].class = services_class(p->service[i].name);
	}
	return r == SKS_OK ? check_issuer(p) : r;
}

/* ---- contradictions --------------------------------------------------------------------- */

/* A service that nobody has heard of is most likely mistyped, and the rule would then protect
 * nothing, silently. */
static void
check_rule_services(
    const struct policy *p, const struct rule *rule, struct policy_problems *problems)
{
	for (size_t i = 0; i < rule->service.count; i++) {
		const char *name = rule->service.item[i];
		const char *nearest;

		if (strcmp(name, "*") == 0 || policy_service(p, name) != NULL ||
		    services_class(name) != SERVICE_UNKNOWN)
			continue;
		/* Not worth its time for a problem that nobody will see. */
		nearest = problems->count < POLICY_PROBLEMS_MAX ? services_nearest(name) : NULL;
		if (nearest != NULL)
			problem_add(problems, rule->file, rule->line,
			    _("[rule %s] service: \"%.80s\" is not known; did you mean \"%s\"? "
			      "(or describe it in a section [service %.80s])"),
			    rule->name, name, nearest, name);
		else
			problem_add(problems, rule->file, rule->line,
			    _("[rule %s] service: \"%.80s\" is not known; describe it in a "
			      "section [service %.80s]"),
			    rule->name, name, name);
	}
}

/* Acceptance is recorded with the version; two texts under one version prove nothing. */
void
check_purpose(
    const struct policy *p, const char *file, int line, struct policy_problems *problems)
{
	if ((p->purpose_text != NULL || p->purpose_text_ja != NULL) &&
	    p->purpose_version == NULL)
		problem_add(problems, file, line,
		    _("[factor] purpose_version: expected with a purpose of your own; change "
		      "it "
		      "whenever the text changes"));
}

/* Its version is what records name; it has to fit into what lies in /run and on the wire. */
void
check_notice(const struct policy *p, const char *file, int line, struct policy_problems *problems)
{
	const char *const texts[] = {p->notice_text, p->notice_text_ja};
	bool text = p->notice_text != NULL || p->notice_text_ja != NULL;

	if (text != (p->notice_version != NULL))
		problem_add(problems, file, line,
		    _("[notice] version, text: expected both; change the version whenever the "
		      "text changes"));
	if (p->notice_version != NULL && strlen(p->notice_version) >= NOTICE_VERSION_SIZE)
		problem_add(problems, file, line,
		    _("[notice] version: expected at most %d bytes"), NOTICE_VERSION_SIZE - 1);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (texts[i] != NULL && strlen(texts[i]) >= NOTICE_TEXT_MAX)
			problem_add(problems, file, line,
			    _("[notice] text: expected at most %d bytes"), NOTICE_TEXT_MAX - 1);
	}
}

void
check_backup(
    const struct policy *p, const char *file, int line, struct policy_problems *problems)
{
	if (p->backup_every_ms != 0 && (p->backup_to == NULL || p->backup_recipient == NULL))
		problem_add(problems, file, line,
		    _("[backup] every: expected with \"to\" and \"recipient\"; without them no "
		      "backup can be made"));
	if (p->backup_to != NULL && !backup_may_be_in(p->backup_to))
		problem_add(problems, file, line,
		    _("[backup] to: expected a directory of its own, such as /srv/backup; "
		      "below /etc, /usr, /run and the like programs read their settings"));
}

void
check_plan(const struct policy *p, const char *file, int line, struct policy_problems *problems)
{
	const struct plan_item *item = &p->plan[p->plan_count - 1];

	if (item->date_wall_ms == 0)
		problem_add(problems, file, line,
		    _("[plan %s] date: expected the day by which it is done, YYYY-MM-DD"),
		    item->name);
}

void
check_own(const struct policy *p, const char *file, int line, struct policy_problems *problems)
{
	const struct own_control *o = &p->own[p->own_count - 1];

	if (o->own == NULL)
		problem_add(problems, file, line,
		    _("[control %s] own: expected the reason why the organisation sees to it itself"),
		    o->name);
}

static void
check_rule(const struct policy *p, const struct rule *rule, struct policy_problems *problems)
{
	if (rule->refuse && rule->require_mfa)
		problem_add(problems, rule->file, rule->line,
		    _("[rule %s] refuse, require: a rule refuses or requires, not both; a "
		      "refusal "
		      "wins anyway"),
		    rule->name);
	if (rule->refuse && rule->device != MACHINE_ANY)
		problem_add(problems, rule->file, rule->line,
		    _("[rule %s] refuse, device: a rule refuses or requires, not both; a refusal "
		      "wins anyway"),
		    rule->name);
	if (rule->refuse && rule->require_attribute.count > 0)
		problem_add(problems, rule->file, rule->line,
		    _("[rule %s] refuse, require_attribute: a rule refuses or requires, not both"),
		    rule->name);
	if (!rule->refuse && !rule->require_mfa && rule->device == MACHINE_ANY &&
	    rule->require_attribute.count == 0)
		problem_add(problems, rule->file, rule->line,
		    _("[rule %s] refuse, require: expected \"require = mfa\" or \"refuse = "
		      "yes\"; "
		      "the rule does nothing"),
		    rule->name);
	check_rule_services(p, rule, problems);
}

/* Who examines what administrators did is none of them. Who is in a group is seen when they ask. */
static void
check_auditors(const struct policy *p, struct policy_problems *problems)
{
	for (size_t i = 0; i < p->auditors.count; i++) {
		const char *name = p->auditors.item[i];

		if (name[0] != '@' && policy_administrates(p, name))
			problem_add(problems, p->audit_file, p->audit_line,
			    _("[audit] auditors: %s is the same person as an administrator of this "
			      "host; an auditor is somebody else"),
			    name);
	}
}

static int
check_compare_accounts(const void *a, const void *b)
{
	return strcmp(((const struct account *)a)->name, ((const struct account *)b)->name);
}

static int
check_compare_services(const void *a, const void *b)
{
	return strcmp(((const struct service *)a)->name, ((const struct service *)b)->name);
}

int
policy_check(struct policy *p, struct policy_problems *problems)
{
	int r;

	if (p->account_count > 0)
		qsort(p->account, p->account_count, sizeof(p->account[0]),
		    check_compare_accounts);
	if (p->service_count > 0)
		qsort(p->service, p->service_count, sizeof(p->service[0]),
		    check_compare_services);
	for (size_t i = 0; i < p->rule_count; i++) {
		check_rule(p, &p->rule[i], problems);
		p->rule[i].idle = p->rule[i].rating != NULL &&
				  !policy_rating_reaches(p, p->rule[i].rating);
	}
	r = alert_complete(p, problems);
	if (r == SKS_OK)
		r = check_complete(p);
	if (r == SKS_OK)
		check_auditors(p, problems);
	if (r == SKS_OK)
		r = role_complete(p, problems); /* it compares people */
	if (r == SKS_OK)
		r = contingency_complete(p, problems);
	if (r == SKS_OK)
		r = host_complete(p, problems);
	attribute_complete(p, problems);
	floor_check(p, problems);
	return r;
}
