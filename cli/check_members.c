/* Were the members of roles reviewed in time, and does each still use what they may? */
#include "call.h"
#include "check.h"
#include "i18n.h"
#include "list.h"
#include "show.h"
#include "status_verdict.h"

static void
check_reviews(struct check *c)
{
	char names[256];

	if (c->status == NULL || !c->root)
		check_unknown(c, "members-reviewed",
		    _("Run \"sekisho check\" as root, with the daemon running."), "%s",
		    _("whether members of roles were reviewed is not known"));
	else if (status_overdue_roles(c->status, names, sizeof(names)) != 0)
		check_failed(c, "members-reviewed",
		    _("Who needs a role no more keeps it until somebody looks."),
		    _("Somebody who is no member signs them off: sekisho role review ROLE "
		      "sign"),
		    _("roles whose members were not reviewed in time: %s"), names);
	else
		check_ok(c, "members-reviewed", "%s",
		    _("no review of the members of a role is overdue"));
}

/* Members of roles, as "web: alice, bob". */
static void
add_dormant_members(char *list, size_t size)
{
	const json_t *role, *member;
	json_t *roles = NULL;
	struct call call;
	size_t i, j;

	call_init(&call, VERB_ROLE_LIST);
	call.request.newest_first = true;
	if (call_send(&call, NULL, 0, NULL) == STATUS_DONE)
		roles = json_loadb((const char *)call.payload.data, call.payload.len, 0, NULL);
	json_array_foreach(roles, i, role)
	{
		json_array_foreach(json_object_get(role, "members"), j, member)
		{
			char name[160];

			snprintf(name, sizeof(name), _("%.64s in role %.64s"),
			    show_text(member, "account"), show_text(role, "role"));
			check_add_name(list, size, name);
		}
	}
	json_decref(roles);
	call_clear(&call);
}

static void
check_dormant(struct check *c)
{
	json_t *users = json_array();
	const json_t *user;
	char list[256] = "";
	size_t i;

	if (c->policy == NULL || c->policy->dormant_ms == 0) {
		check_left_out(c, "nothing-dormant",
		    _("What nobody uses nobody watches either."),
		    _("Set dormant in [host] of the policy."), "%s",
		    _("the policy does not say after how long something is dormant"));
		goto out;
	}
	if (c->status == NULL || !c->root || list_users(users, NULL) != STATUS_DONE) {
		check_unknown(c, "nothing-dormant",
		    _("Run \"sekisho check\" as root, with the daemon running."), "%s",
		    _("the register could not be read"));
		goto out;
	}
	json_array_foreach(users, i, user)
	{
		if (json_is_true(json_object_get(user, "dormant")))
			check_add_name(list, sizeof(list), show_text(user, "user"));
	}
	add_dormant_members(list, sizeof(list));
	if (list[0] != '\0')
		check_failed(c, "nothing-dormant", _("What nobody uses nobody watches either."),
		    _("Ask them, then end it: sekisho user retire USER, or take the member out "
		      "of "
		      "the role."),
		    _("not used for as long as the policy allows: %s"), list);
	else
		check_ok(c, "nothing-dormant", "%s",
		    _("no account and no member of a role is dormant"));
out:
	json_decref(users);
}

static void
check_staff(struct check *c)
{
	const json_t *staff = json_object_get(c->status, "staff");
	int64_t differences = show_number(staff, "differences");

	if (c->status == NULL || !c->root)
		check_unknown(c, "staff-agrees",
		    _("Run \"sekisho check\" as root, with the daemon running."), "%s",
		    _("whether the staff list agrees is not known"));
	else if (staff == NULL)
		check_left_out(c, "staff-agrees",
		    _("Whoever is not on the list may still have an account."),
		    _("Import it: sekisho staff import FILE"), "%s",
		    _("no staff list was imported"));
	else if (json_is_true(json_object_get(staff, "restored")))
		check_failed(c, "staff-agrees",
		    _("Ends of contracts and moves that came after the backup are unknown "
		      "here."),
		    _("Import the newest list again: sekisho staff import FILE"), "%s",
		    _("the store was put back since the staff list was imported"));
	else if (show_number(staff, "reconciled") < show_number(staff, "imported"))
		check_failed(c, "staff-agrees",
		    _("Whoever is not on the list may still have an account."),
		    _("Compare it: sekisho staff reconcile"), "%s",
		    _("the staff list was not compared with policy and host since it was "
		      "imported"));
	else if (differences != 0)
		check_failed(c, "staff-agrees",
		    _("Whoever is not on the list may still have an account."),
		    _("Look at each, put it right and compare again: sekisho staff reconcile"),
		    _("differences between the staff list and policy or host: %lld"),
		    (long long)differences);
	else
		check_ok(
		    c, "staff-agrees", "%s", _("policy and host agree with the staff list"));
}

void
check_members(struct check *c)
{
	check_staff(c);
	check_reviews(c);
	check_dormant(c);
}
