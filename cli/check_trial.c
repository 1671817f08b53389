/*
 * Would the daemon let happen what the controls forbid? It is asked for made-up cases, decided
 * by the very code and policy that decide logins and requests; nothing of it is recorded.
 */
#include "call.h"
#include "check.h"
#include "error.h"
#include "i18n.h"
#include "show.h"
#include <string.h>

struct trial_row {
	const char *question; /* of VERB_TRIAL */
	const char *name;     /* of the finding */
	enum { FAILS, ADVISES, LEAVES_OUT } broken_is; /* the last two: a host may be meant to be so */
	const char *well;     /* all cases ended as they should */
	const char *broken;   /* some did not: which follows */
	const char *why, *next;
	const char *none; /* the policy has nothing to try it with; NULL: it always has */
	const char *none_why, *none_next;
};

/* clang-format off */
static const struct trial_row logins[] = {
    {"suspended", "suspension-holds", FAILS,
	N_("a suspended account gets in nowhere, with whatever factors"),
	N_("suspended accounts would be let in"),
	N_("Suspending is how credentials that others may know are stopped at once."),
	N_("Install Sekisho again: the programs on this host do not decide as they should."),
	NULL, NULL, NULL},
    {"shared-direct", "shared-accounts", FAILS,
	N_("shared accounts can be reached from a person's own login only"),
	N_("shared accounts can be logged in to directly"),
	N_("Then nobody knows who it was."),
	N_("Give the account class = shared in the policy (root has it by itself), take \"observe\" out, and apply the policy."),
	NULL, NULL, NULL},
    {"other-person", "accounts-named", FAILS,
	N_("nobody becomes another person by su"),
	N_("people can use accounts of others"),
	N_("What is done there is recorded under a name that is not theirs."),
	N_("Look for \"observe\" in the policy, take it out and apply the policy."),
	NULL, NULL, NULL},
    {"everyday", "administrators-apart", FAILS,
	N_("administrators' accounts are refused where everyday work is done"),
	N_("administrators' accounts may be used for everyday work"),
	N_("Mail and desktops are where credentials are lost; an administrator's are lost with the host."),
	N_("Take \"everyday = no\" or \"observe\" out of the policy and apply it."),
	N_("the policy has no account of class admin"),
	N_("Whoever administers does it from the account of their everyday work."),
	N_("Give each administrator an account of their own: [account NAME] class = admin, person = THEIR NAME.")},
    {"remote-admin", "mfa-remote-admin", FAILS,
	N_("a password or key alone gets no administrator in from elsewhere"),
	N_("administrators would get in from elsewhere without a second factor"),
	N_("AUTH-6 is not in force there."),
	N_("Look for \"observe\" and \"grace\" in the policy."),
	NULL, NULL, NULL},
    {"guessing", "lockout-active", FAILS,
	N_("who failed too often is not evaluated any more"),
	N_("guesses would be evaluated without end"),
	N_("Passwords and codes can be guessed without limit."),
	N_("Set deny in [lockout]; 5 is what is shipped."),
	NULL, NULL, NULL},
    {"without-permit", "permits-needed", ADVISES,
	N_("work from outside is refused without a permit"),
	N_("without a permit people would get in from"),
	N_("Work outside and on machines not issued needs permission or notice."),
	N_("Look for \"observe\" in the policy, take it out and apply the policy."),
	N_("work from outside needs no permit here"),
	N_("Where the host's rating asks for it, two officers permit work outside, or are told of it."),
	N_("Write a role with kind = remote-work, and its premises, into the policy.")},
};

static const struct trial_row requests[] = {
    {"bare-role", "roles-bounded", FAILS,
	N_("roles are refused without a reason, without a code, for too long and to strangers"),
	N_("roles would be given"),
	N_("Power is to be given for a stated reason, to members, for a limited time."),
	N_("Look at the role in the policy: members and max_duration."),
	N_("the policy has no roles"),
	N_("Whoever needs power has it at any time, and nobody sees what for."),
	N_("Describe in the policy what is to be asked for: [role …] in sekisho.conf(5).")},
    {"full-role", "administrators-few", ADVISES,
	N_("each role has a greatest number of people that can have it"),
	N_("roles that any number of people can have at a time"),
	N_("As few administrators as possible: how many are needed is to be said."),
	N_("Write max_members into the role."),
	N_("no role says how many may have power"),
	N_("As few administrators as possible: how many are needed is to be said."),
	N_("Describe in the policy what is to be asked for: [role …] with max_members.")},
    {"unfit-superior", "superiors-named", ADVISES,
	N_("a superior can be asked instead of the approver, with a reason, and nobody is their own"),
	N_("a superior would be accepted"),
	N_("Only who stands above the approver takes the approver's place."),
	N_("Look at \"superiors\" in the role."),
	N_("no role names a superior"),
	N_("Where the approver is unfit to judge, the requester has nobody else to ask."),
	N_("Write superiors = NAMES into the roles.")},
    {"own-request", "duties-apart", FAILS,
	N_("nobody approves or reviews what is their own, with whatever account, and not as root"),
	N_("people could approve what is their own"),
	N_("One person alone could then do everything."),
	N_("Install Sekisho again: the programs on this host do not decide as they should."),
	NULL, NULL, NULL},
    {"exception", "exceptions-kept", FAILS,
	N_("exceptions are refused without clause, period, measure, report or reason, and answers without a reason"),
	N_("exceptions would be taken"),
	N_("The register has to say for each what, how long, instead of what, and why."),
	N_("Install Sekisho again: the programs on this host do not decide as they should."),
	NULL, NULL, NULL},
    {"contingency", "contingency-ready", ADVISES,
	N_("a contingency policy goes into force by several people, with a reason, for a time"),
	N_("a contingency policy could go into force"),
	N_("What relaxes the rules has to be decided by several."),
	N_("Look at \"approvers\" and \"for\" in the section [contingency]."),
	N_("the policy has no contingency policy"),
	N_("In a disaster the rules are either in the way, or broken without anybody having decided that."),
	N_("Decide beforehand what may be relaxed, and by whom: [contingency NAME] in sekisho.conf(5).")},
    {"policy-alone", "policy-by-two", LEAVES_OUT,
	N_("a change of the policy needs root and another person's approval"),
	N_("the policy can be changed"),
	N_("Whoever is root can change the rules alone; that it was done is recorded."),
	N_("Write change = two-person and change_approvers into [host] of the policy."),
	NULL, NULL, NULL},
};

static const struct trial_row people[] = {
    {"enrolment", "first-credentials", ADVISES,
	N_("a first device needs an invitation, or somebody who verified the person"),
	N_("a first device can be enrolled by"),
	N_("While enrolment is open, who knows a password can enrol in its owner's stead."),
	N_("Invite people (sekisho user add) and set enrol = closed, or \"until\" a date, in [factor]."),
	NULL, NULL, NULL},
    {"unverified", "people-verified", FAILS,
	N_("no invitation and no bypass without who verified the person, and how"),
	N_("without saying who verified the person there would be"),
	N_("Whoever asks in another's name would get their credentials."),
	N_("Install Sekisho again: the programs on this host do not decide as they should."),
	NULL, NULL, NULL},
    {"untrained", "training-current", FAILS,
	N_("who lacks an attribute that is required, such as training, is refused"),
	N_("without what is required there would be"),
	N_("Whoever was not trained in time works all the same."),
	N_("Install Sekisho again: the programs on this host do not decide as they should."),
	N_("no rule and no role requires training"),
	N_("Whoever was not trained in time works all the same."),
	N_("Describe it in [attribute …], and require it of roles or rules: sekisho.conf(5)")},
    {"report", "reports-heard", FAILS,
	N_("reports of users are taken without proof, and somebody is told"),
	N_("what users report does not arrive"),
	N_("A device that was lost, or a password that is known, is to be heard of at once."),
	N_("Look at \"to\" and at rule \"report\" under [alerts]: sekisho alert list"),
	NULL, NULL, NULL},
    {"export", "exports-guarded", FAILS,
	N_("records leave by root only, with a purpose, and as the rating asks"),
	N_("records could leave"),
	N_("Where the rating asks for it, records leave encrypted, with a notice, and by two."),
	N_("Set encrypt_from, notice_from and approve_from in [export] to levels of the rating."),
	NULL, NULL, NULL},
    {"below-floor", "rating-floor", FAILS,
	N_("at a rating that protects, no policy loads that is below its floor"),
	N_("policies below the floor would load"),
	N_("Authentication, access control and rights management are mandatory there."),
	N_("Install Sekisho again: the programs on this host do not decide as they should."),
	NULL, NULL, NULL},
    {"malformed", "input-refused", FAILS,
	N_("policies and messages beyond their limits are refused"),
	N_("what is malformed would be read"),
	N_("What nobody checked reaches the code that decides."),
	N_("Install Sekisho again: the programs on this host do not decide as they should."),
	NULL, NULL, NULL},
};
/* clang-format on */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The cases that a policy can fail, as the daemon names them. */
static const char *const cases[] = {N_("role"), N_("rule"), N_("no reason"), N_("too long"),
    N_("no member"), N_("no code"), N_("no end"), N_("oneself"), N_("one person twice"),
    N_("one person"), N_("password alone"), N_("by anybody"), N_("by one person"),
    N_("not encrypted"), N_("nobody is told"), N_("root unknown by whom"), N_("root alone")};

/* "CASE NAME, CASE", each case in the reader's language. */
static void
in_words(const char *passed, char *out, size_t size)
{
	size_t used = 0;

	out[0] = '\0';
	while (*passed != '\0' && used < size) {
		size_t len = strcspn(passed, ","), head = 0;
		const char *shown = "";

		for (size_t i = 0; i < COUNT(cases) && head == 0; i++) {
			size_t n = strlen(cases[i]);

			if (n > len || strncmp(passed, cases[i], n) != 0 ||
			    (n < len && passed[n] != ' '))
				continue;
			head = n;
			shown = _(cases[i]);
		}
		used += (size_t)snprintf(out + used, size - used, "%s%s%.*s", used > 0 ? ", " : "",
		    shown, (int)(len - head), passed + head);
		passed += len;
		passed += strspn(passed, ", ");
	}
}

static void
check_row(struct check *c, const struct trial_row *row, const json_t *questions)
{
	const json_t *answer = json_object_get(questions, row->question);
	char passed[512];

	in_words(show_text(answer, "passed"), passed, sizeof(passed));
	if (answer == NULL)
		check_unknown(c, row->name,
		    _("Run \"sekisho check\" as root or as an auditor, with the daemon "
		      "running."),
		    "%s", _("the daemon could not be asked how it would decide"));
	else if (show_number(answer, "tried") == 0 && row->none == NULL)
		check_unknown(c, row->name, NULL, "%s", _("the daemon tried no case"));
	else if (show_number(answer, "tried") == 0)
		check_left_out(
		    c, row->name, _(row->none_why), _(row->none_next), "%s", _(row->none));
	else if (passed[0] == '\0')
		check_ok(c, row->name, _("%s (cases tried: %lld)"), _(row->well),
		    (long long)show_number(answer, "tried"));
	else if (row->broken_is == LEAVES_OUT)
		check_left_out(
		    c, row->name, _(row->why), _(row->next), "%s: %s", _(row->broken), passed);
	else if (row->broken_is == ADVISES)
		check_advise(
		    c, row->name, _(row->why), _(row->next), "%s: %s", _(row->broken), passed);
	else
		check_failed(
		    c, row->name, _(row->why), _(row->next), "%s: %s", _(row->broken), passed);
}

/* What the register holds already, beside what would be let into it. */
static void
check_unverified(struct check *c)
{
	int64_t n = show_number(c->trial, "unverified_devices");

	if (c->trial != NULL && n != 0)
		check_advise(c, "people-verified",
		    _("Whoever asks in another's name would get their credentials."),
		    _("Say it with --verified-by and --how. Of those there are: sekisho factor "
		      "list NAME"),
		    _("devices that were issued without saying who verified the person: %lld"),
		    (long long)n);
}

static void
check_register_of_exceptions(struct check *c)
{
	const json_t *x = json_object_get(c->status, "exceptions");

	if (show_number(x, "overdue") != 0)
		check_failed(c, "exceptions-kept",
		    _("Nobody knows whether the rule holds again."),
		    _("Report how they ended: sekisho exception list, sekisho exception "
		      "report"),
		    _("exceptions whose end was not reported in time: %lld"),
		    (long long)show_number(x, "overdue"));
	else if (show_number(x, "unapproved") != 0)
		check_advise(c, "exceptions-kept",
		    _("Something is weaker than its rules, and nobody has answered for that."),
		    _("Look at them and approve or end them: sekisho exception list"),
		    _("exceptions in force that nobody approved: %lld"),
		    (long long)show_number(x, "unapproved"));
}

void
check_trial(struct check *c)
{
	const json_t *questions;
	struct call call;

	call_init(&call, VERB_TRIAL);
	if (c->in_force != NULL && call_send(&call, NULL, 0, NULL) == STATUS_DONE)
		c->trial =
		    json_loadb((const char *)call.payload.data, call.payload.len, 0, NULL);
	call_clear(&call);
	questions = json_object_get(c->trial, "questions");
	for (size_t i = 0; i < COUNT(logins); i++)
		check_row(c, &logins[i], questions);
	for (size_t i = 0; i < COUNT(requests); i++)
		check_row(c, &requests[i], questions);
	for (size_t i = 0; i < COUNT(people); i++)
		check_row(c, &people[i], questions);
	check_unverified(c);
	check_register_of_exceptions(c);
}
