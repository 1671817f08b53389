#include "explaining.h"
#include "server.h"

static json_t *
rules_json(const struct policy *p, const struct rule_case *c)
{
	json_t *list = json_array();

	for (size_t i = 0; i < p->rule_count; i++) {
		const struct rule *r = &p->rule[i];
		json_t *attributes = json_array();

		for (size_t j = 0; j < r->require_attribute.count; j++)
			(void)json_array_append_new(
			    attributes, json_string(r->require_attribute.item[j]));
		(void)json_array_append_new(
		    list, json_pack("{s:s,s:s,s:i,s:b,s:b,s:I,s:o,s:b}", "name", r->name, "file",
			      r->file, "line", r->line, "refuse", (int)r->refuse, "require_mfa",
			      (int)r->require_mfa, "within", (json_int_t)r->mfa_within_ms, "attributes", attributes,
			      "matches", (int)rule_matches(r, c)));
	}
	return list;
}

static void
put_text(const struct policy *p, const struct facts *f, const struct decision *d, json_t *o)
{
	char text[1024];

	if (d->text == TEXT_NONE || d->text == TEXT_PROMPT_CODE || d->text == TEXT_PASSWORD)
		return;
	texts_render(p, d->text, d->wait_ms, f, text, sizeof(text));
	(void)json_object_set_new(o, "text", json_string(text));
}

json_t *
explaining_login(const struct policy *p, const struct request *r, const struct facts *f)
{
	struct explained x;
	struct decision d;
	json_t *o;

	decide(p, r, f, &d);
	explain(p, r, f, &x);
	o = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:b,s:b,s:I,s:i,s:o,s:s*}", "verdict",
	    d.verdict == VERDICT_ALLOW ? "allow" : "deny", "reason", reason_words[d.reason],
	    "need", x.required ? "code" : "none", "account_class",
	    account_class_words[policy_account_class(p, r->user, r->uid)], "person",
	    policy_person(p, r->user), "service_class", service_class_words[x.service_class],
	    "source", x.match.source, "floor", (int)x.floor, "required", (int)x.required,
	    "within", (json_int_t)x.within_ms, "devices", (int)f->devices, "rules",
	    rules_json(p, &x.match), "rule", d.rule);
	if (o == NULL)
		return NULL;
	put_text(p, f, &d, o);
	if (x.attribute != NULL)
		(void)json_object_set_new(o, "attribute", json_string(x.attribute));
	if (f->host[0] != '\0')
		(void)json_object_set_new(o, "host", json_string(f->host));
	if (x.grace_until_ms != 0)
		(void)json_object_set_new(
		    o, "grace_until", json_integer((json_int_t)x.grace_until_ms));
	(void)json_object_set_new(o, "observed", json_boolean(d.observed));
	(void)json_object_set_new(o, "observing", json_boolean(x.observed));
	return o;
}
