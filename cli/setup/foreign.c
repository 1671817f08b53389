#include "foreign.h"

#include "error.h"
#include "i18n.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- reading -------------------------------------------------------------------------------
 */

static void
foreign_add(struct foreign_settings *s, const char *name, size_t name_len, const char *value,
    size_t value_len)
{
	struct foreign_setting *item = NULL, new = {0};

	if (name_len == 0 || name_len >= sizeof(new.name) || value_len >= sizeof(new.value))
		return;
	memcpy(new.name, name, name_len);
	memcpy(new.value, value, value_len);
	for (size_t i = 0; i < s->count; i++) {
		if (strcmp(s->item[i].name, new.name) == 0)
			item = &s->item[i];
	}
	if (item == NULL && s->count < FOREIGN_SETTINGS_MAX)
		item = &s->item[s->count++];
	if (item != NULL)
		*item = new;
}

static size_t
foreign_trim(const char **at, size_t len)
{
	while (len > 0 && strchr(" \t\r", **at) != NULL)
		(*at)++, len--;
	while (len > 0 && strchr(" \t\r", (*at)[len - 1]) != NULL)
		len--;
	return len;
}

static void
foreign_add_pair(struct foreign_settings *s, const char *text, size_t len)
{
	const char *equals = memchr(text, '=', len), *value = text + len;
	size_t name_len = equals == NULL ? len : (size_t)(equals - text), value_len = 0;

	if (equals != NULL) {
		value = equals + 1;
		value_len = foreign_trim(&value, len - name_len - 1);
	}
	name_len = foreign_trim(&text, name_len);
	foreign_add(s, text, name_len, value, value_len);
}

void
foreign_read_file(struct foreign_settings *s, const char *text, size_t len)
{
	const char *end = text + len;

	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		const char *stop = newline == NULL ? end : newline;
		const char *comment = memchr(text, '#', (size_t)(stop - text));

		foreign_add_pair(s, text, (size_t)((comment == NULL ? stop : comment) - text));
		text = newline == NULL ? end : newline + 1;
	}
}

void
foreign_read_options(struct foreign_settings *s, const char *options)
{
	while (*(options += strspn(options, " \t")) != '\0') {
		size_t len = strcspn(options, " \t");

		if (*options == '[') { /* [name=a value with blanks] */
			len = strcspn(options, "]");
			foreign_add_pair(s, options + 1, len > 0 ? len - 1 : 0);
			len += options[len] == ']';
		} else {
			foreign_add_pair(s, options, len);
		}
		options += len;
	}
}

const char *
foreign_value(const struct foreign_settings *s, const char *name)
{
	for (size_t i = 0; i < s->count; i++) {
		if (strcmp(s->item[i].name, name) == 0)
			return s->item[i].value;
	}
	return NULL;
}

/* ---- the policy's text ---------------------------------------------------------------------
 */

/* Does this line give the key, as it stands or as a comment that shows the default? */
static bool
is_key_line(const char *line, size_t len, const char *key)
{
	size_t key_len = strlen(key);

	while (len > 0 && (*line == '#' || *line == ' '))
		line++, len--;
	if (len <= key_len || strncmp(line, key, key_len) != 0)
		return false;
	line += key_len;
	len -= key_len;
	while (len > 0 && *line == ' ')
		line++, len--;
	return len > 0 && *line == '=';
}

static bool
is_section_line(const char *line, size_t len, const char *section)
{
	size_t name = strlen(section);

	return len >= name + 2 && line[0] == '[' && strncmp(line + 1, section, name) == 0 &&
	       line[name + 1] == ']';
}

struct place {
	size_t from, to; /* bytes to replace */
	bool section;    /* it is there */
};

static struct place
find_place(const struct buf *policy, const char *section, const char *key)
{
	const char *text = (const char *)policy->data;
	struct place p = {.from = policy->len, .to = policy->len};
	bool inside = false;

	for (size_t at = 0; at < policy->len;) {
		const char *newline = memchr(text + at, '\n', policy->len - at);
		size_t len = newline == NULL ? policy->len - at : (size_t)(newline - text) - at;
		size_t next = at + len + (newline != NULL);

		if (len > 0 && text[at] == '[') {
			inside = is_section_line(text + at, len, section);
			if (inside)
				p = (struct place){next, next, true};
		} else if (inside && is_key_line(text + at, len, key)) {
			return (struct place){at, next, true};
		}
		at = next;
	}
	return p;
}

/* Sets key in section of a policy's text: in the place of a line that has it (also as a
 * comment), else behind the section's head, else in a section of its own at the end. */
static void
foreign_set(struct buf *policy, const char *section, const char *key, const char *value)
{
	struct place p = find_place(policy, section, key);
	struct buf out;

	buf_init(&out, policy->max);
	buf_put_bytes(&out, policy->data, p.from);
	if (out.len > 0 && out.data[out.len - 1] != '\n')
		buf_put_u8(&out, '\n');
	if (!p.section)
		buf_printf(&out, "\n[%s]\n", section);
	buf_printf(&out, "%s = %s\n", key, value);
	if (p.to < policy->len)
		buf_put_bytes(&out, policy->data + p.to, policy->len - p.to);
	if (buf_error(&out) != SKS_OK) {
		buf_clear(&out);
		return;
	}
	buf_clear(policy);
	*policy = out;
}

/* ---- what becomes of each ------------------------------------------------------------------
 */

enum becomes {
	AS_IT_IS,
	YES_OR_NO, /* from 0 and 1, or from its presence */
	A_DEMAND,  /* credits below 0 */
	A_TIME,    /* seconds, not 0 */
	STEPS,     /* at most ten */
	NOTHING,
};

static const struct translation {
	unsigned int module;
	const char *name;
	enum becomes becomes;
	const char *section, *key;
	const char *why; /* there is no equivalent */
} translations[] = {
    {EDIT_FROM_FAILLOCK, "deny", AS_IT_IS, "lockout", "deny", NULL},
    {EDIT_FROM_FAILLOCK, "fail_interval", A_TIME, "lockout", "fail_interval", NULL},
    {EDIT_FROM_FAILLOCK, "unlock_time", A_TIME, "lockout", "unlock_time",
	N_("a lock always ends by itself; it would be the way to shut somebody out for ever")},
    {EDIT_FROM_FAILLOCK, "root_unlock_time", NOTHING, NULL, NULL,
	N_("root's ways in are locked as long as everybody's")},
    {EDIT_FROM_FAILLOCK, "even_deny_root", NOTHING, NULL, NULL,
	N_("root's ways in are always counted; the console has break-glass codes")},
    {EDIT_FROM_FAILLOCK, "admin_group", NOTHING, NULL, NULL,
	N_("locks are the same for all; strangers cannot lock a person's own ways in")},
    {EDIT_FROM_FAILLOCK, "local_users_only", NOTHING, NULL, NULL,
	N_("accounts of a directory are counted too")},
    {EDIT_FROM_FAILLOCK, "dir", NOTHING, NULL, NULL,
	N_("counts are in the daemon's store; those of pam_faillock begin anew")},
    {EDIT_FROM_FAILLOCK, "audit", NOTHING, NULL, NULL,
	N_("names that do not exist are never recorded: they may be passwords")},
    {EDIT_FROM_FAILLOCK, "silent", NOTHING, NULL, NULL,
	N_("the option quiet of pam_sekisho.so says nothing to people")},
    {EDIT_FROM_FAILLOCK, "no_log_info", NOTHING, NULL, NULL, N_("everything is recorded")},
    {EDIT_FROM_FAILLOCK, "nodelay", NOTHING, NULL, NULL,
	N_("failures are answered at a fixed time: fail_delay in [lockout]")},
    {EDIT_FROM_PWQUALITY, "minlen", AS_IT_IS, "password", "minlen", NULL},
    {EDIT_FROM_PWQUALITY, "minclass", AS_IT_IS, "password", "minclass", NULL},
    {EDIT_FROM_PWQUALITY, "dcredit", A_DEMAND, "password", "dcredit",
	N_("a length is a length: characters of a kind are asked for or not, never rewarded")},
    {EDIT_FROM_PWQUALITY, "ucredit", A_DEMAND, "password", "ucredit",
	N_("a length is a length: characters of a kind are asked for or not, never rewarded")},
    {EDIT_FROM_PWQUALITY, "lcredit", A_DEMAND, "password", "lcredit",
	N_("a length is a length: characters of a kind are asked for or not, never rewarded")},
    {EDIT_FROM_PWQUALITY, "ocredit", A_DEMAND, "password", "ocredit",
	N_("a length is a length: characters of a kind are asked for or not, never rewarded")},
    {EDIT_FROM_PWQUALITY, "maxrepeat", AS_IT_IS, "password", "maxrepeat", NULL},
    {EDIT_FROM_PWQUALITY, "maxclassrepeat", AS_IT_IS, "password", "maxclassrepeat", NULL},
    {EDIT_FROM_PWQUALITY, "maxsequence", AS_IT_IS, "password", "maxsequence", NULL},
    {EDIT_FROM_PWQUALITY, "difok", AS_IT_IS, "password", "difok", NULL},
    {EDIT_FROM_PWQUALITY, "usercheck", YES_OR_NO, "password", "usercheck", NULL},
    {EDIT_FROM_PWQUALITY, "usersubstr", AS_IT_IS, "password", "usersubstr", NULL},
    {EDIT_FROM_PWQUALITY, "gecoscheck", YES_OR_NO, "password", "gecoscheck", NULL},
    {EDIT_FROM_PWQUALITY, "dictcheck", YES_OR_NO, "password", "dictcheck", NULL},
    {EDIT_FROM_PWQUALITY, "dictpath", AS_IT_IS, "password", "dictpath", NULL},
    {EDIT_FROM_PWQUALITY, "badwords", AS_IT_IS, "password", "badwords", NULL},
    {EDIT_FROM_PWQUALITY, "enforce_for_root", YES_OR_NO, "password", "enforce_for_root", NULL},
    {EDIT_FROM_PWQUALITY, "enforcing", NOTHING, NULL, NULL,
	N_("the rules of [password] hold where they are asked")},
    {EDIT_FROM_PWQUALITY, "local_users_only", NOTHING, NULL, NULL,
	N_("accounts of a directory are counted too")},
    {EDIT_FROM_PWQUALITY, "retry", NOTHING, NULL, NULL,
	N_("how often a program asks again is the program's affair")},
    {EDIT_FROM_OATH, "window", STEPS, "factor", "window", NULL},
    {EDIT_FROM_OATH, "digits", NOTHING, NULL, NULL, N_("each device keeps its own length")},
    {EDIT_FROM_OATH, "alwaysok", NOTHING, NULL, NULL,
	N_("observe in the policy decides and records without refusing, until a date")},
    {EDIT_FROM_OATH, "try_first_pass", NOTHING, NULL, NULL,
	N_("appended_code = yes in [service NAME] takes password and code in one")},
    {EDIT_FROM_OATH, "use_first_pass", NOTHING, NULL, NULL,
	N_("appended_code = yes in [service NAME] takes password and code in one")},
    {EDIT_FROM_GOOGLE, "forward_pass", NOTHING, NULL, NULL,
	N_("appended_code = yes in [service NAME] takes password and code in one")},
    {EDIT_FROM_GOOGLE, "nullok", NOTHING, NULL, NULL,
	N_("the rule names those who have a key; others are asked when you enrol them and "
	   "change it")},
    {EDIT_FROM_GOOGLE, "grace_period", NOTHING, NULL, NULL,
	N_("\"require = mfa within DURATION\" in a rule does it for one login session")},
    {EDIT_FROM_GOOGLE, "echo_verification_code", NOTHING, NULL, NULL,
	N_("codes are never shown while they are typed")},
    {EDIT_FROM_GOOGLE, "no_increment_hotp", NOTHING, NULL, NULL,
	N_("codes by counter are not supported")},
};

static const char *
translation_value(const struct translation *t, const char *value, char out[256])
{
	long n = strtol(value, NULL, 10);

	switch (t->becomes) {
	case AS_IT_IS:
		return value[0] == '\0' ? NULL : value;
	case YES_OR_NO:
		return value[0] == '0' ? "no" : "yes";
	case A_DEMAND:
		return n <= 0 ? value : NULL;
	case A_TIME:
		return n > 0 ? value : NULL;
	case STEPS:
		(void)snprintf(out, 256, "%ld", n > 10 ? 10 : n < 0 ? 0 : n);
		return out;
	default:
		return NULL;
	}
}

void
foreign_translate(unsigned int module, const struct foreign_settings *s, struct buf *policy,
    struct buf *notes)
{
	char space[256];

	for (size_t i = 0; i < sizeof(translations) / sizeof(translations[0]); i++) {
		const struct translation *t = &translations[i];
		const char *given = t->module == module ? foreign_value(s, t->name) : NULL;
		const char *value = given != NULL ? translation_value(t, given, space) : NULL;

		if (given == NULL)
			continue;
		if (value != NULL) {
			foreign_set(policy, t->section, t->key, value);
			buf_printf(notes, _("  %s = %s: %s = %s in [%s]\n"), t->name, given,
			    t->key, value, t->section);
		} else {
			buf_printf(notes, _("  %s%s%s has no equivalent: %s.\n"), t->name,
			    given[0] == '\0' ? "" : " = ", given,
			    t->why != NULL ? _(t->why) : _("this value is not allowed here"));
		}
	}
}
