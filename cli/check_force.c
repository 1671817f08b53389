/* What the policy in force asks of passwords, terminals, officers, auditors and this host's
 * rating: whoever administers may leave each out, and then the control is not in force. */
#include "call.h"
#include "check.h"
#include "error.h"
#include "i18n.h"
#include "show.h"
#include "user_power.h"
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

enum { SOMEBODY = 59999 }; /* of no account: an ordinary person to the policy */

/* ---- the policy in force -------------------------------------------------------------------
 */

void
check_fetch(struct check *c)
{
	struct policy_problems problems = {0};
	struct call call;

	call_init(&call, VERB_POLICY_SHOW);
	if (call_send(&call, NULL, 0, NULL) == STATUS_DONE)
		(void)policy_parse(
		    call.payload.data, call.payload.len, &c->in_force, &problems);
	call_clear(&call);
}

/* ---- passwords -----------------------------------------------------------------------------
 */

/* Would the daemon take it, of a person? false: it could not be asked. */
static bool
ask_password(bool root, const char *password, bool *accepted, char *failed, size_t size)
{
	struct call call;
	json_t *answer = NULL;
	bool asked = false;
	int r;

	call_init(&call, VERB_PASSWORD_CHECK);
	if (root) { /* else it is about the caller */
		snprintf(call.request.user, sizeof(call.request.user), "sekisho-trial");
		call.request.uid = SOMEBODY;
		call.request.uid_known = true;
	}
	if (secret_set(&call.request.secret, password, strlen(password)) == SKS_OK) {
		r = call_send(&call, NULL, 0, NULL);
		if (r == STATUS_DONE || r == STATUS_REFUSED)
			answer = json_loadb(
			    (const char *)call.payload.data, call.payload.len, 0, NULL);
	}
	if (answer != NULL && json_is_boolean(json_object_get(answer, "accepted"))) {
		asked = true;
		*accepted = json_is_true(json_object_get(answer, "accepted"));
		snprintf(failed, size, " %s ", show_text(answer, "failed"));
	}
	json_decref(answer);
	call_clear(&call);
	return asked;
}

/* Nothing else is wrong with each but what it is there for. */
static const struct weak {
	const char *what, *password;
	const char *because; /* of these words one has to be among the reasons */
} weak[] = {
    {"short", "vQ7#kM2p", " length "},
    {"no upper case", "vq7#km2p!wz9%td4r", " upper  classes "},
    {"no digit", "vQx#kMwp!Wzu%Tdbr", " digit  classes "},
    {"no symbol", "vQ7xkM2pjWz9hTd4r", " symbol  classes "},
    {"a word", "Manchester1!", " dictionary  listed  listed-word "},
};

static bool
is_because(const char *failed, const char *because)
{
	char copy[256], *at, *word;

	snprintf(copy, sizeof(copy), "%s", because);
	for (word = strtok_r(copy, " ", &at); word != NULL; word = strtok_r(NULL, " ", &at)) {
		char spaced[64];

		snprintf(spaced, sizeof(spaced), " %s ", word);
		if (strstr(failed, spaced) != NULL)
			return true;
	}
	return false;
}

static void
check_strength(struct check *c)
{
	char failed[512] = "", taken[200] = "";
	bool accepted = false;

	for (size_t i = 0; i < sizeof(weak) / sizeof(weak[0]); i++) {
		if (!ask_password(
			c->root, weak[i].password, &accepted, failed, sizeof(failed))) {
			check_unknown(c, "password-strength",
			    _("Run \"sekisho check\" again, with the daemon running."), "%s",
			    _("the daemon could not be asked to judge a password"));
			return;
		}
		if (strstr(failed, " unchecked ") != NULL) {
			check_failed(c, "password-strength",
			    _("Then no password is taken at all, or one that everybody knows."),
			    _("Look at \"filters\" and \"dictpath\" in [password], and that "
			      "their "
			      "files are there."),
			    "%s",
			    _("a list or the dictionary that passwords are held against is "
			      "missing"));
			return;
		}
		if (accepted || !is_because(failed, weak[i].because))
			check_add_name(taken, sizeof(taken), weak[i].what);
	}
	if (taken[0] != '\0')
		check_failed(c, "password-strength",
		    _("Passwords like these are guessed first."),
		    _("Set minlen and classes in [password] as they are shipped, or leave them "
		      "out, and apply the policy."),
		    _("passwords of these kinds are not refused for what is wrong with them: "
		      "%s"),
		    taken);
	else
		check_ok(c, "password-strength", "%s",
		    _("short passwords, words, and those that lack a kind of character are "
		      "refused"));
}

/* One that stands in every list of those that became known. */
static void
check_reuse(struct check *c)
{
	const struct policy_password *p = &c->in_force->password;
	char failed[512] = "";
	bool accepted = false;

	if (p->remember == 0)
		check_failed(c, "password-reuse",
		    _("An old password comes back, and an administrator's account shares one "
		      "with the everyday account."),
		    _("Set remember in [password]; 12 is what is shipped."), "%s",
		    _("no earlier passwords are kept to compare with"));
	else if (p->filters.count == 0)
		check_advise(c, "password-reuse",
		    _("What became known elsewhere is tried here first."),
		    _("Set filters = common in [password], or build a list of your own: "
		      "sekisho "
		      "password filter build"),
		    "%s", _("passwords are held against no list of those that became known"));
	else if (!ask_password(c->root, "Passw0rd", &accepted, failed, sizeof(failed)))
		check_unknown(c, "password-reuse",
		    _("Run \"sekisho check\" again, with the daemon running."), "%s",
		    _("the daemon could not be asked to judge a password"));
	else if (!is_because(failed, "listed listed-word"))
		check_failed(c, "password-reuse",
		    _("What became known elsewhere is tried here first."),
		    _("Look at the files of \"filters\" in /etc/sekisho/filter and "
		      "/usr/share/sekisho/filter."),
		    "%s",
		    _("a password that stands in every list of known ones is not found there"));
	else
		check_ok(c, "password-reuse",
		    _("known passwords are refused, and the last %u of a person"), p->remember);
}

/* ---- terminals -----------------------------------------------------------------------------
 */

static void
check_idle(struct check *c)
{
	int64_t person = c->in_force->idle_ms[CLASS_PERSON],
		admin = c->in_force->idle_ms[CLASS_ADMIN];

	if (person == 0 || admin == 0)
		check_left_out(c, "idle-limits", _("A terminal that was left is anybody's."),
		    _("Set idle limits for people and administrators in [session]."),
		    _("sessions that are left alone do not end: %s"),
		    person == 0 ? "person" : "admin");
	else
		check_ok(c, "idle-limits",
		    _("sessions that are left alone end: of people after %lld min, of "
		      "administrators after %lld min"),
		    (long long)(person / 60000), (long long)(admin / 60000));
}

/* ---- the host, its officers ----------------------------------------------------------------
 */

static void
check_rating(struct check *c)
{
	const struct policy *p = c->in_force;

	if (p->rating == NULL)
		check_left_out(c, "rating-shown",
		    _("Nobody who works here is told how to handle what is here, and no rule "
		      "goes by it."),
		    _("Write rating and limits into [host] of the policy."), "%s",
		    _("this host is not rated"));
	else if (p->limits == NULL)
		check_advise(c, "rating-shown",
		    _("A rating without its limits tells nobody what to do."),
		    _("Write limits into [host] of the policy."),
		    _("this host is rated %s, and no limits of handling are named"), p->rating);
	else
		check_ok(c, "rating-shown",
		    _("rated %s: said at login, in each record and report; limits: %s"),
		    p->rating, p->limits);
	if (p->rating == NULL)
		check_left_out(c, "rating-floor",
		    _("Without a rating no floor holds here, whatever is handled."),
		    _("Write rating into [host] of the policy."), "%s",
		    _("this host is not rated"));
}

static void
check_officers(struct check *c)
{
	const struct policy *p = c->in_force;
	char without[256] = "";

	for (size_t i = 0; i < p->officer_count; i++)
		if (p->officer[i].unit == NULL || p->officer[i].contact == NULL)
			check_add_name(without, sizeof(without), p->officer[i].name);
	if (p->officer_count == 0)
		check_left_out(c, "officers-named",
		    _("In an incident nobody knows whom to tell, and reports go to nobody."),
		    _("Write a section [officer NAME] for each into the policy."), "%s",
		    _("the policy names no officers"));
	else if (without[0] != '\0')
		check_failed(c, "officers-named",
		    _("In an incident nobody knows whom to tell, and reports go to nobody."),
		    _("Write unit and contact into their sections."),
		    _("officers without a unit or a contact: %s"), without);
	else
		check_ok(c, "officers-named", _("%zu officers, each with unit and contact"),
		    p->officer_count);
}

/* ---- auditors ------------------------------------------------------------------------------
 */

/* Could they become root, or are they an administrator? */
static bool
has_power(const struct check *c, const char *name)
{
	const struct passwd *pw = getpwnam(name);
	char *group[256];
	size_t n = pw == NULL ? 0 : power_groups(pw, group, sizeof(group) / sizeof(group[0]));
	bool power = policy_administrates(c->in_force, name);

	for (size_t i = 0; i < n; i++) {
		power |= power_group_leads_to_root(group[i]);
		free(group[i]);
	}
	return power;
}

static size_t
judge_auditor(const struct check *c, const char *name, char *powerful, size_t size)
{
	if (getpwnam(name) == NULL)
		return 0;
	if (has_power(c, name))
		check_add_name(powerful, size, name);
	return 1;
}

static void
check_auditors(struct check *c)
{
	const struct strings *list = &c->in_force->auditors;
	char powerful[256] = "";
	size_t there = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct group *g;

		if (list->item[i][0] != '@') {
			there += judge_auditor(c, list->item[i], powerful, sizeof(powerful));
			continue;
		}
		g = getgrnam(list->item[i] + 1);
		for (char **m = g != NULL ? g->gr_mem : NULL; m != NULL && *m != NULL; m++)
			there += judge_auditor(c, *m, powerful, sizeof(powerful));
	}
	if (there == 0)
		check_left_out(c, "auditors-named",
		    _("Only root reads the records, and root is whom they are about."),
		    _("Name people who do not administer this host: [audit] auditors."), "%s",
		    _("there is no auditor on this host"));
	else
		check_ok(c, "auditors-named",
		    _("%zu auditors read records without root, and each reading is recorded"),
		    there);
	if (powerful[0] != '\0')
		check_failed(c, "duties-apart",
		    _("Whoever examines the records could have made them."),
		    _("Name other auditors, or take them out of these groups."),
		    _("auditors that administer this host: %s"), powerful);
}

void
check_force(struct check *c)
{
	static const char *const names[] = {"password-reuse", "idle-limits", "rating-shown",
	    "officers-named", "auditors-named"};

	check_strength(c);
	if (c->in_force != NULL) {
		check_reuse(c);
		check_idle(c);
		check_rating(c);
		check_officers(c);
		check_auditors(c);
		return;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		check_unknown(c, names[i],
		    _("Run \"sekisho check\" as root or as an auditor, with the daemon "
		      "running."),
		    "%s", _("the daemon does not tell the policy in force"));
}
