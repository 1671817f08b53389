#include "policy/contingency.h"

#include "error.h"
#include "hex.h"
#include "i18n.h"
#include "policy/approval.h"
#include "policy/problem.h"
#include "policy/role.h"
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

enum { SEVERAL = 2 };

/* ---- asking ------------------------------------------------------------------------------ */

static int
contingency_compare_name(const void *name, const void *c)
{
	return strcmp(name, ((const struct contingency *)c)->name);
}

static int
contingency_compare(const void *a, const void *b)
{
	return strcmp(
	    ((const struct contingency *)a)->name, ((const struct contingency *)b)->name);
}

const struct contingency *
policy_contingency(const struct policy *p, const char *name)
{
	if (p->contingency_count == 0)
		return NULL;
	return bsearch(name, p->contingency, p->contingency_count, sizeof(p->contingency[0]),
	    contingency_compare_name);
}

bool
policy_contingency_lowers(const struct contingency *c, const char *key, const char *rule)
{
	size_t len = strlen(rule);

	for (size_t i = 0; i < c->lower.count; i++) {
		const char *item = c->lower.item[i];

		if (strncmp(item, rule, len) == 0 && item[len] == ':' &&
		    strcmp(item + len + 1, key) == 0)
			return true;
	}
	return false;
}

/* ---- its digest -------------------------------------------------------------------------- */

static void
print_strings(struct buf *out, const char *key, const struct strings *list)
{
	buf_printf(out, "%s =", key);
	for (size_t i = 0; i < list->count; i++)
		buf_printf(out, " %s", list->item[i]);
	buf_printf(out, "\n");
}

static void
print_ways(struct buf *out, const char *key, const struct approval_set *set, size_t sets)
{
	buf_printf(out, "%s =", key);
	for (size_t i = 0; i < sets; i++) {
		for (size_t j = 0; j < set[i].count; j++) {
			const struct approval *a = &set[i].item[j];

			buf_printf(out, "%s %lu from", j > 0 ? " and" : i > 0 ? " or" : "",
			    (unsigned long)a->need);
			for (size_t k = 0; k < a->from.count; k++)
				buf_printf(out, " %s", a->from.item[k]);
		}
	}
	buf_printf(out, "\n");
}

void
contingency_print(const struct contingency *c, struct buf *out)
{
	buf_printf(out, "[contingency %s]\n", c->name);
	buf_printf(out, "text = %s\n", c->text != NULL ? c->text : "");
	print_ways(out, "approvers", c->activate, c->activate_count);
	buf_printf(out, "for = %lldms\n", (long long)c->for_ms);
	print_strings(out, "lower", &c->lower);
	print_strings(out, "roles", &c->roles);
	print_ways(out, "approve", c->approve, c->approve_count);
}

static int
fill_digest(struct contingency *c)
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned int len = 0;
	struct buf text;
	int r;

	buf_init(&text, POLICY_BUNDLE_MAX);
	contingency_print(c, &text);
	r = buf_error(&text);
	if (r == SKS_OK && (EVP_Digest(text.data, text.len, hash, &len, EVP_sha256(), NULL) != 1 ||
			       len != (sizeof(c->digest) - 1) / 2))
		r = SKS_INTERNAL;
	if (r == SKS_OK)
		(void)hex_put(c->digest, hash, len);
	buf_clear(&text);
	return r;
}

/* ---- contradictions ---------------------------------------------------------------------- */

int
contingency_place(struct contingency *c, const char *file, int line)
{
	c->file = strdup(file);
	c->line = line;
	return c->file == NULL ? SKS_NOMEM : SKS_OK;
}

static void
complain(struct policy_problems *problems, const struct contingency *c, const char *what)
{
	problem_add(problems, c->file, c->line, "[contingency %s] %s", c->name, what);
}

/* How few people one of the ways takes. */
static uint32_t
fewest(const struct approval_set *set, size_t sets)
{
	uint32_t few = sets > 0 ? UINT32_MAX : 0;

	for (size_t i = 0; i < sets; i++) {
		uint32_t people = 0;

		for (size_t j = 0; j < set[i].count; j++)
			people += set[i].item[j].need;
		few = people < few ? people : few;
	}
	return few;
}

static bool
rule_requires(const struct rule *rule, const char *key)
{
	return (strcmp(key, "require") == 0 && rule->require_mfa) ||
	       (strcmp(key, "within") == 0 && rule->mfa_within_ms != 0) ||
	       (strcmp(key, "device") == 0 && rule->device != MACHINE_ANY) ||
	       (strcmp(key, "attribute") == 0 && rule->require_attribute.count > 0);
}

/* "RULE:KEY"; a name may have a colon itself. */
static bool
is_lowerable(const struct policy *p, const char *item)
{
	const char *colon = strrchr(item, ':');

	for (size_t i = 0; colon != NULL && i < p->rule_count; i++) {
		const char *name = p->rule[i].name;
		size_t len = (size_t)(colon - item);

		if (strlen(name) == len && memcmp(name, item, len) == 0 &&
		    rule_requires(&p->rule[i], colon + 1))
			return true;
	}
	return false;
}

static void
check_lower(const struct policy *p, const struct contingency *c, struct policy_problems *problems)
{
	if (c->lower.count == 0 && c->roles.count == 0)
		complain(problems, c, _("lower, roles: expected one of them; it relaxes nothing"));
	for (size_t i = 0; i < c->lower.count; i++) {
		if (is_lowerable(p, c->lower.item[i]))
			continue;
		problem_add(problems, c->file, c->line,
		    _("[contingency %s] lower: \"%.80s\" is no requirement of a rule; expected "
		      "RULE:KEY, with the key \"require\", \"within\", \"device\" or "
		      "\"attribute\" that this rule asks for"),
		    c->name, c->lower.item[i]);
	}
}

/* The floor of a permit holds in a contingency too. */
static void
check_contingency_roles(const struct policy *p, const struct contingency *c, struct policy_problems *problems)
{
	if ((c->roles.count > 0) != (c->approve_count > 0))
		complain(problems, c, _("roles, approve: expected both: which roles, and who "
					"approves them meanwhile"));
	for (size_t i = 0; i < c->roles.count; i++) {
		const struct role *role = policy_role(p, c->roles.item[i]);

		if (role == NULL)
			problem_add(problems, c->file, c->line,
			    _("[contingency %s] roles: the policy has no role \"%.80s\""), c->name,
			    c->roles.item[i]);
		else if (role->kind == ROLE_REMOTE_WORK && policy_permit_wants_two(p) &&
			 fewest(c->approve, c->approve_count) < SEVERAL)
			problem_add(problems, c->file, c->line,
			    _("[contingency %s] approve: two officers approve the permit \"%s\" on "
			      "a host rated %s, also then"),
			    c->name, role->name, p->rating);
	}
	if (c->approve_count > 0 &&
	    !approvals_are_possible(p, c->approve, c->approve_count, NULL))
		complain(problems, c, _("approve: names fewer people than it needs"));
}

static void
check_activation(
    const struct policy *p, const struct contingency *c, struct policy_problems *problems)
{
	if (fewest(c->activate, c->activate_count) < SEVERAL)
		complain(problems, c,
		    _("approvers: expected several people, such as \"2 from @continuity\""));
	else if (!approvals_are_possible(p, c->activate, c->activate_count, NULL))
		complain(problems, c,
		    _("approvers: names fewer people than it needs; nobody could activate it"));
	if (c->for_ms == 0)
		complain(problems, c, _("for: expected how long, such as 8h"));
}

static void
check_contingency_name(const struct contingency *c, struct policy_problems *problems)
{
	size_t len = strlen(c->name);

	if (len > CONTINGENCY_NAME_MAX || c->name[0] < 'a' || c->name[0] > 'z' ||
	    strspn(c->name, "abcdefghijklmnopqrstuvwxyz0123456789-_") != len)
		problem_add(problems, c->file, c->line,
		    _("[contingency %s] expected a name of at most %d lower-case letters, digits, "
		      "- and _, beginning with a letter"),
		    c->name, CONTINGENCY_NAME_MAX);
}

int
contingency_complete(struct policy *p, struct policy_problems *problems)
{
	int r = SKS_OK;

	if (p->contingency_count > 0)
		qsort(p->contingency, p->contingency_count, sizeof(p->contingency[0]),
		    contingency_compare);
	for (size_t i = 0; r == SKS_OK && i < p->contingency_count; i++) {
		struct contingency *c = &p->contingency[i];

		check_contingency_name(c, problems);
		check_activation(p, c, problems);
		check_lower(p, c, problems);
		check_contingency_roles(p, c, problems);
		r = fill_digest(c);
	}
	return r;
}

/* ---- giving back ------------------------------------------------------------------------- */

void
contingency_free(struct policy *p)
{
	for (size_t i = 0; i < p->contingency_count; i++) {
		struct contingency *c = &p->contingency[i];

		free(c->name);
		free(c->text);
		approvals_free(c->activate, c->activate_count);
		approvals_free(c->approve, c->approve_count);
		strings_free(&c->lower);
		strings_free(&c->roles);
		free(c->file);
	}
	free(p->contingency);
}
