#include "tell.h"

#include "cli/check.h"
#include "i18n.h"
#include "judge.h"
#include "list.h"
#include "policy/services.h"
#include <stdlib.h>
#include <string.h>

#define STACK_TEST "pam-stack"

static const char *
tell_what(enum hole_kind kind)
{
	switch (kind) {
	case HOLE_FIRST:
		return _("a password or a key");
	case HOLE_SECOND:
		return _("the decision on the second factor");
	case HOLE_COUNTED:
		return _("the attempt having been counted");
	case HOLE_POLICY:
		return _("Sekisho's account check");
	case HOLE_HOST:
		return _("the host's own account check");
	default:
		return _("a record of the session");
	}
}

static const char *
tell_why(enum hole_cause cause)
{
	switch (cause) {
	case CAUSE_MISSING:
		return _("No line of the stack asks for it, so this one grants without it.");
	case CAUSE_REFUSAL:
		return _("The line always refuses, and its control word lets the login go on.");
	case CAUSE_SKIPPED:
		return _("The line ends the stack, or jumps, before the line that would ask.");
	case CAUSE_OBSERVE:
		return _("A line that observes refuses nobody.");
	case CAUSE_OPEN:
		return _("While the daemon is stopped everybody gets in on the first factor.");
	case CAUSE_ORDER:
		return _("The line stands before, or without, the line that it builds on.");
	case CAUSE_TOKEN:
		return _(
		    "The line vouches for a token, and no token module has to succeed before "
		    "it.");
	default:
		return _(
		    "The line may fail and the login goes on: its refusal does not end it.");
	}
}

static const char *
tell_next(enum hole_cause cause)
{
	switch (cause) {
	case CAUSE_OBSERVE:
		return _("Take \"observe\" out of the line when the trial is over.");
	case CAUSE_OPEN:
		return _("Take \"fail=open\" out; break-glass codes are the way in then.");
	case CAUSE_TOKEN:
		return _("Put the token module before this line, as [success=ok default=die], "
			 "or take \"token=\" "
			 "out.");
	default:
		return _("Compare the file with the one of that name in "
			 "/usr/share/sekisho/pam.d. Keep a root shell open while you edit.");
	}
}

static void
tell_hole(struct check *c, const struct stack_service *s, const struct hole *h,
    enum service_class class)
{
	const char *type = stack_type_words[prove_type(h->kind)];

	if (judge_weigh(h, class) == WEIGHT_HOLE)
		check_failed(c, STACK_TEST, tell_why(h->cause), tell_next(h->cause),
		    _("%s (%s): %s:%u lets in without %s; %s"), s->name, type, h->line->file,
		    h->line->number, tell_what(h->kind), h->way);
	else
		check_unknown(c, STACK_TEST,
		    h->by_root ? _("If a daemon of root's asks here, pam_rootok lets in "
				   "everybody: take "
				   "it out.")
			       : _("See what the module that is not known answers, and what it "
				   "proves."),
		    _("%s (%s): %s:%u may let in without %s; %s"), s->name, type, h->line->file,
		    h->line->number, tell_what(h->kind), h->way);
}

static void
tell_refused(struct check *c, const struct stack_service *s)
{
	check_failed(c, STACK_TEST,
	    s->undefined
		? _("libpam crashes over such a line, or does what nobody can foretell.")
		: _("libpam refuses a service whose files it cannot read."),
	    _("Correct the line, or the file that it includes."),
	    _("%s: libpam cannot read the configuration: %s:%u"), s->name,
	    s->why_file == NULL ? "/etc/pam.d" : s->why_file, s->why_line);
}

/* A line that libpam did not understand, if that is why. */
static const struct stack_line *
tell_broken_line(const struct stack *stack)
{
	for (size_t i = 0; i < stack->count; i++) {
		if (stack->line[i].handler == HANDLER_MUST_FAIL)
			return &stack->line[i];
	}
	return stack->count > 0 ? &stack->line[0] : NULL;
}

static void
tell_closed(struct check *c, const struct stack_service *s, enum stack_type type)
{
	const struct stack_line *l = tell_broken_line(stack_lines(s, type));

	check_failed(c, STACK_TEST,
	    _("Whatever the modules answer, the stack does not succeed: it refuses everybody."),
	    tell_next(CAUSE_PASSES), _("%s (%s): nobody gets through; look at %s:%u"), s->name,
	    stack_type_words[type], l == NULL ? "/etc/pam.d" : l->file,
	    l == NULL ? 0 : l->number);
}

static void
tell_sound(struct check *c, const struct stack_service *s, const struct judgement *j)
{
	if ((j->kinds & 1u << HOLE_SECOND) != 0)
		check_ok(c, STACK_TEST,
		    _("%s: no way in leaves out the password or key, the second factor or an "
		      "account check"),
		    s->name);
	else
		check_ok(c, STACK_TEST,
		    _("%s: no way in leaves out a check that belongs to it"), s->name);
	if (j->by_design != NULL)
		check_ok(c, STACK_TEST,
		    _("%s: root itself passes without a question, by design (%s:%u)"), s->name,
		    j->by_design->file, j->by_design->number);
}

/* true: nothing was to be said against it. */
static bool
tell_service(struct check *c, const struct stack_service *s, enum service_class class,
    const struct judgement *j)
{
	if (s->refused) {
		tell_refused(c, s);
		return false;
	}
	for (size_t i = 0; i < j->count; i++)
		tell_hole(c, s, &j->hole[i], class);
	for (int type = STACK_AUTH; type <= STACK_SESSION; type++) {
		if ((j->closed & 1u << type) != 0)
			tell_closed(c, s, (enum stack_type)type);
	}
	if (j->too_many)
		check_unknown(c, STACK_TEST, _("Make the stack simpler."),
		    _("%s: there are too many ways through its stacks to look at all of them"),
		    s->name);
	return j->count == 0 && j->closed == 0 && !j->too_many;
}

/* A policy may say otherwise than what is shipped. */
static enum service_class
tell_class(const struct check *c, const char *name)
{
	const struct service *service =
	    c->policy == NULL ? NULL : policy_service(c->policy, name);

	return service != NULL ? service->class : services_class(name);
}

/* Files that others include are no services, as far as anybody knows. */
static bool
tell_is_part(
    const struct stack_source *source, const struct stack_names *names, const char *name)
{
	bool part = false;

	if (services_class(name) != SERVICE_UNKNOWN || strcmp(name, "other") == 0)
		return false;
	for (size_t i = 0; i < names->count && !part; i++) {
		struct stack_service s;

		if (strcmp(names->item[i], name) == 0)
			continue;
		stack_read(source, names->item[i], &s);
		for (size_t k = 0; k < s.file_count && !part; k++) {
			const char *slash = strrchr(s.file[k], '/');

			part = slash != NULL && strcmp(slash + 1, name) == 0;
		}
		stack_free(&s);
	}
	return part;
}

void
stack_check(struct check *c, const struct stack_source *source)
{
	struct stack_names names;
	struct judgement *j = calloc(1, sizeof(*j));
	size_t plain = 0;

	if (j == NULL)
		abort();
	stack_names_read(source, &names);
	for (size_t i = 0; i < names.count; i++) {
		enum service_class class = tell_class(c, names.item[i]);
		struct stack_service s;

		if (tell_is_part(source, &names, names.item[i]))
			continue;
		stack_read(source, names.item[i], &s);
		judge_service(&s, class, j);
		if (tell_service(c, &s, class, j)) {
			if (j->has_ours)
				tell_sound(c, &s, j);
			else
				plain++;
		}
		stack_free(&s);
	}
	if (names.cut)
		check_unknown(c, STACK_TEST, NULL, _("there are more than %d PAM services"),
		    STACK_SERVICES_MAX);
	if (plain > 0)
		check_ok(c, STACK_TEST,
		    _("services without Sekisho whose own checks cannot be passed by: %zu"),
		    plain);
	stack_names_free(&names);
	free(j);
}
