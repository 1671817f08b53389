/* From a bundle to a policy: sections and keys by the table, then the checks across them. */
#include "policy/policy.h"

#include "error.h"
#include "hex.h"
#include "i18n.h"
#include "policy/bundle.h"
#include "policy/check.h"
#include "policy/contingency.h"
#include "policy/ini_reader.h"
#include "policy/nearest.h"
#include "policy/problem.h"
#include "policy/rule_index.h"
#include "policy/table.h"
#include "policy/value.h"
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PARSE_WORDS_MAX = 32 };

struct parse {
	struct policy *p;
	struct policy_problems *problems;
	const struct policy_section *section; /* NULL: its keys are passed over */
	int section_line;
	void *object;
	const struct policy_key *key; /* NULL: so are its further lines */
	bool key_empty;               /* no value yet */
	int key_line;
	char file[BUNDLE_NAME_MAX + 1];
};

/* ---- sections and keys ------------------------------------------------------------------ */

static const struct policy_section *
parse_find_section(const char *kind)
{
	for (size_t i = 0; i < policy_section_count; i++) {
		if (strcmp(policy_sections[i].kind, kind) == 0)
			return &policy_sections[i];
	}
	return NULL;
}

static const struct policy_key *
parse_find_key(const struct policy_section *section, const char *name)
{
	for (size_t i = 0; i < section->key_count; i++) {
		if (strcmp(section->key[i].name, name) == 0)
			return &section->key[i];
	}
	return NULL;
}

/* The nearest word, or all of them where none is near. */
static void
parse_unknown(struct parse *parse, int line, const char *what, const char *word,
    const char *const words[PARSE_WORDS_MAX])
{
	const char *nearest = nearest_word(word, words, PARSE_WORDS_MAX);
	char list[256];
	struct buf b;

	if (nearest != NULL) {
		problem_add(parse->problems, parse->file, line, _("%s; did you mean \"%s\"?"),
		    what, nearest);
		return;
	}
	buf_init_fixed(&b, list, sizeof(list) - 1);
	for (size_t i = 0; i < PARSE_WORDS_MAX && words[i] != NULL; i++)
		buf_printf(&b, "%s%s", i == 0 ? "" : ", ", words[i]);
	list[b.len] = '\0';
	problem_add(
	    parse->problems, parse->file, line, _("%s; expected one of: %s"), what, list);
}

static void
parse_unknown_section(struct parse *parse, const struct ini_line *line, const char *kind)
{
	const char *words[PARSE_WORDS_MAX] = {NULL};
	char what[128];

	for (size_t i = 0; i < policy_section_count && i < PARSE_WORDS_MAX; i++)
		words[i] = policy_sections[i].kind;
	snprintf(what, sizeof(what), _("[%.80s]: there is no such section"), kind);
	parse_unknown(parse, line->line, what, kind, words);
}

static void
parse_unknown_key(struct parse *parse, const struct ini_line *line)
{
	const struct policy_section *section = parse->section;
	const char *words[PARSE_WORDS_MAX] = {NULL};
	char what[128];

	for (size_t i = 0; i < section->key_count && i < PARSE_WORDS_MAX; i++)
		words[i] = section->key[i].name;
	snprintf(
	    what, sizeof(what), _("%.80s: [%s] has no such key"), line->key, section->kind);
	parse_unknown(parse, line->line, what, line->key, words);
}

/* The key before is complete: did it get a value? */
static void
parse_end_key(struct parse *parse)
{
	if (parse->key != NULL && parse->key_empty)
		problem_add(parse->problems, parse->file, parse->key_line,
		    _("%s: is empty; leave the key out to get its default"), parse->key->name);
	parse->key = NULL;
}

/* So is the section. */
static void
parse_end_section(struct parse *parse)
{
	parse_end_key(parse);
	if (parse->section != NULL && parse->section->end != NULL)
		parse->section->end(
		    parse->p, parse->file, parse->section_line, parse->problems);
	parse->section = NULL;
}

static int
parse_add_object(struct parse *parse, const struct ini_line *line, const char *name)
{
	char *copy = strdup(name);

	if (copy == NULL)
		return SKS_NOMEM;
	parse->object = parse->section->add(parse->p, copy);
	if (parse->object == NULL) {
		free(copy);
		return SKS_NOMEM;
	}
	if (strcmp(parse->section->kind, "alert") == 0)
		return check_alert_place(parse->object, line->file, line->line);
	if (strcmp(parse->section->kind, "audit") == 0)
		return check_audit_place(parse->object, line->file, line->line);
	if (strcmp(parse->section->kind, "contingency") == 0)
		return contingency_place(parse->object, line->file, line->line);
	if (strcmp(parse->section->kind, "role") == 0)
		return check_role_place(parse->object, line->file, line->line);
	return strcmp(parse->section->kind, "rule") == 0
		   ? check_rule_place(parse->object, line->file, line->line)
		   : SKS_OK;
}

static int
parse_begin_section(struct parse *parse, const struct ini_line *line)
{
	char kind[POLICY_LINE_MAX + 1];
	size_t len = strcspn(line->section, " ");
	const char *name = line->section[len] == ' ' ? line->section + len + 1 : "";

	memcpy(kind, line->section, len);
	kind[len] = '\0';
	parse_end_section(parse);
	parse->object = NULL;
	parse->section_line = line->line;
	parse->section = parse_find_section(kind);
	if (parse->section == NULL) {
		parse_unknown_section(parse, line, kind);
	} else if (parse->section->named && name[0] == '\0') {
		problem_add(parse->problems, line->file, line->line,
		    _("[%s]: expected a name, as in [%s NAME]"), kind, kind);
	} else if (!parse->section->named && name[0] != '\0') {
		problem_add(parse->problems, line->file, line->line,
		    _("[%s %.80s]: expected [%s] without a name"), kind, name, kind);
	} else if (parse->section->named && !value_name_is_sane(name)) {
		problem_add(parse->problems, line->file, line->line,
		    _("[%s %.80s]: expected a name of at most %d bytes without / , : = \" * ? "
		      "and control characters, and without - @ ! %% at its start"),
		    kind, name, POLICY_NAME_MAX);
	} else {
		return parse_add_object(parse, line, name);
	}
	parse->section = NULL;
	return SKS_OK;
}

static int
parse_value(struct parse *parse, const struct ini_line *line)
{
	struct value v = {
	    .key = parse->key,
	    .text = line->value,
	    .continued = line->continued,
	    .object = parse->object,
	    .file = line->file,
	    .line = line->line,
	    .problems = parse->problems,
	};

	if (line->value[strspn(line->value, ", ")] == '\0') /* an empty list would match all */
		return SKS_OK;
	/* "class =" and the word below it is one line too. */
	v.continued = line->continued && !parse->key_empty;
	parse->key_empty = false;
	return parse->key->take(&v);
}

static int
parse_take(void *ctx, const struct ini_line *line)
{
	struct parse *parse = ctx;

	if (line->continued)
		return parse->key == NULL ? SKS_OK : parse_value(parse, line);
	if (line->key == NULL)
		return parse_begin_section(parse, line);
	parse_end_key(parse);
	if (parse->section == NULL)
		return SKS_OK;
	parse->key = parse_find_key(parse->section, line->key);
	if (parse->key == NULL) {
		parse_unknown_key(parse, line);
		return SKS_OK;
	}
	parse->key_empty = true;
	parse->key_line = line->line;
	return parse_value(parse, line);
}

/* ---- the whole -------------------------------------------------------------------------- */

/* Was there a file of this name before this one? */
static bool
parse_is_repeated(struct bundle before, const struct bundle_file *file)
{
	struct bundle_file other;

	while (bundle_next(&before, &other) == SKS_OK && other.text != file->text) {
		if (strcmp(other.name, file->name) == 0)
			return true;
	}
	return false;
}

static int
parse_files(struct parse *parse, struct bundle *bundle, struct ini_reader *reader)
{
	const struct bundle start = *bundle;
	struct bundle_file file;
	int files = 0, r;

	while ((r = bundle_next(bundle, &file)) == SKS_OK && files++ < BUNDLE_FILES_MAX) {
		if (parse_is_repeated(start, &file)) {
			r = SKS_INVALID;
			break;
		}
		memcpy(parse->file, file.name, sizeof(parse->file));
		r = ini_reader_read(reader, parse->file, file.text, file.len);
		if (r != SKS_OK)
			return r;
		parse_end_section(parse);
	}
	if (r == SKS_NOT_FOUND && files > 0)
		return SKS_OK;
	problem_add(parse->problems, "bundle", 0, _("the policy bundle is damaged"));
	return SKS_INVALID;
}

static int
parse_digest(struct policy *p, const void *data, size_t len)
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned int hash_len = 0;

	if (EVP_Digest(data, len, hash, &hash_len, EVP_sha256(), NULL) != 1 ||
	    hash_len != (sizeof(p->digest) - 1) / 2)
		return SKS_INTERNAL;
	(void)hex_put(p->digest, hash, hash_len);
	return SKS_OK;
}

static int
parse_bundle(struct parse *parse, const void *data, size_t len)
{
	struct ini_reader *reader = NULL;
	struct bundle bundle;
	int r;

	r = parse_digest(parse->p, data, len);
	if (r != SKS_OK)
		return r;
	r = check_set_defaults(parse->p);
	if (r != SKS_OK)
		return r;
	if (bundle_open(&bundle, data, len) != SKS_OK) {
		problem_add(parse->problems, "bundle", 0, _("this is no policy bundle"));
		return SKS_INVALID;
	}
	reader = ini_reader_new(parse_take, parse, parse->problems);
	if (reader == NULL)
		return SKS_NOMEM;
	r = parse_files(parse, &bundle, reader);
	if (r == SKS_OK)
		r = policy_check(parse->p, parse->problems);
	ini_reader_free(reader);
	return r;
}

int
policy_parse(
    const void *bundle, size_t len, struct policy **out, struct policy_problems *problems)
{
	struct policy_problems own = {.count = 0};
	struct parse parse = {.problems = problems != NULL ? problems : &own};
	size_t before = parse.problems->total;
	int r;

	*out = NULL;
	if (len > POLICY_BUNDLE_MAX)
		return SKS_TOO_BIG;
	parse.p = calloc(1, sizeof(*parse.p));
	if (parse.p == NULL)
		return SKS_NOMEM;
	r = parse_bundle(&parse, bundle, len);
	if (r == SKS_OK && parse.problems->total != before)
		r = SKS_INVALID;
	if (r == SKS_OK)
		r = rule_index_make(parse.p);
	if (r == SKS_OK)
		*out = parse.p;
	else
		policy_free(parse.p);
	return r;
}
