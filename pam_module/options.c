#include "options.h"

#include "error.h"
#include "policy/nearest.h"
#include <stdio.h>
#include <string.h>

/* As they are suggested; those with a value end in "=". */
static const char *const words[] = {"preauth", "authfail", "keyproof", "charge=early",
    "charge=response", "token=", "fail=open", "fail=closed", "observe", "timeout=", "quiet",
    "debug", "use_authtok", "try_first_pass", "retry=", NULL};

struct parse {
	struct options *out;
	enum facility facility;
	bool has_line;
	bool has_password_word;
	const char *problem; /* behind the word, in the sentence of why[] */
};

static int
options_set_line(struct parse *p, enum line line)
{
	if (p->facility != FACILITY_AUTH) {
		p->problem = "belongs on a line of the auth stack";
		return SKS_INVALID;
	}
	if (p->has_line) {
		p->problem =
		    "contradicts another word: preauth, authfail and keyproof each need "
		    "a line of their own";
		return SKS_INVALID;
	}
	p->out->line = line;
	p->has_line = true;
	return SKS_OK;
}

static int
options_set_timeout(struct parse *p, const char *value)
{
	int seconds = 0;

	for (const char *c = value; *c != '\0'; c++) {
		if (*c < '0' || *c > '9' || seconds > TIMEOUT_MAX_S) {
			seconds = 0;
			break;
		}
		seconds = seconds * 10 + (*c - '0');
	}
	if (seconds < 1 || seconds > TIMEOUT_MAX_S) {
		p->problem = "needs whole seconds from 1 to 60";
		return SKS_INVALID;
	}
	p->out->timeout_ms = seconds * 1000;
	return SKS_OK;
}

static int
options_set_retry(struct parse *p, const char *value)
{
	if (value[0] >= '1' && value[0] <= '9' && value[1] == '\0')
		p->out->retry = value[0] - '0';
	else if (strcmp(value, "10") == 0)
		p->out->retry = RETRY_MAX;
	else {
		p->problem = "needs a whole number from 1 to 10";
		return SKS_INVALID;
	}
	return SKS_OK;
}

static int
options_set_token(struct parse *p, const char *value)
{
	size_t len = strlen(value);

	if (len == 0 || len >= sizeof(p->out->token)) {
		p->problem = "needs a label of 1 to 63 characters";
		return SKS_INVALID;
	}
	for (size_t i = 0; i < len; i++) {
		if (value[i] <= ' ' || value[i] > '~') {
			p->problem = "needs a label of plain ASCII characters";
			return SKS_INVALID;
		}
	}
	memcpy(p->out->token, value, len + 1);
	return SKS_OK;
}

/* NULL, or what stands behind "name=". */
static const char *
options_value(const char *word, const char *name)
{
	size_t len = strlen(name);

	return strncmp(word, name, len) == 0 ? word + len : NULL;
}

static int
options_set_flag(struct parse *p, const char *word)
{
	struct options *o = p->out;
	const struct {
		const char *word;
		bool *flag;
		bool value;
	} flags[] = {
	    {"charge=early", &o->early, true},
	    {"charge=response", &o->early, false},
	    {"fail=open", &o->open, true},
	    {"fail=closed", &o->open, false},
	    {"observe", &o->observe, true},
	    {"quiet", &o->quiet, true},
	    {"debug", &o->debug, true},
	    {"use_authtok", &o->use_authtok, true},
	};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (strcmp(word, flags[i].word) == 0) {
			*flags[i].flag = flags[i].value;
			return SKS_OK;
		}
	}
	p->problem = "is not known";
	return SKS_INVALID;
}

static int
options_set(struct parse *p, const char *word)
{
	const char *value;

	if (strcmp(word, "preauth") == 0)
		return options_set_line(p, LINE_PREAUTH);
	if (strcmp(word, "authfail") == 0)
		return options_set_line(p, LINE_AUTHFAIL);
	if (strcmp(word, "keyproof") == 0)
		return options_set_line(p, LINE_KEYPROOF);
	value = options_value(word, "timeout=");
	if (value != NULL)
		return options_set_timeout(p, value);
	value = options_value(word, "token=");
	if (value != NULL)
		return options_set_token(p, value);
	value = options_value(word, "retry=");
	if (value != NULL)
		return options_set_retry(p, value);
	if (strcmp(word, "try_first_pass") == 0) { /* as it is done anyway */
		p->has_password_word = true;
		return SKS_OK;
	}
	return options_set_flag(p, word);
}

/* Words that are fine alone and mean nothing, or something dangerous to assume, together. */
static int
options_check(struct parse *p, const char **word)
{
	const struct options *o = p->out;

	if (o->early && o->line != LINE_PREAUTH) {
		*word = "charge=early";
		p->problem = "belongs on the preauth line";
		return SKS_INVALID;
	}
	if (o->token[0] != '\0' && (p->facility != FACILITY_AUTH || o->line != LINE_SUCCESS)) {
		*word = "token=";
		p->problem = "belongs on the last line of the auth stack, the one without "
			     "preauth, authfail or keyproof";
		return SKS_INVALID;
	}
	if (p->facility != FACILITY_PASSWORD &&
	    (o->use_authtok || o->retry > 0 || p->has_password_word)) {
		*word = o->use_authtok ? "use_authtok"
			: o->retry > 0 ? "retry="
				       : "try_first_pass";
		p->problem = "belongs on a line of the password stack";
		return SKS_INVALID;
	}
	/* A weak password that slipped in stays: there is nothing to let go on. */
	if (p->facility == FACILITY_PASSWORD && (o->open || o->observe)) {
		*word = o->open ? "fail=open" : "observe";
		p->problem = "has no meaning on a line of the password stack";
		return SKS_INVALID;
	}
	return SKS_OK;
}

int
options_parse(struct options *out, enum facility facility, int argc, const char **argv,
    char *why, size_t why_size)
{
	struct parse p = {.out = out, .facility = facility, .problem = "is not known"};
	const char *word = "";
	const char *nearest;
	int r = SKS_OK;

	*out = (struct options){.facility = facility, .timeout_ms = TIMEOUT_DEFAULT_MS};
	if (why_size > 0)
		why[0] = '\0';
	for (int i = 0; i < argc && r == SKS_OK; i++) {
		word = argv[i];
		r = options_set(&p, word);
	}
	if (r == SKS_OK)
		r = options_check(&p, &word);
	if (out->retry == 0)
		out->retry = 1;
	if (r == SKS_OK)
		return SKS_OK;
	nearest = strcmp(p.problem, "is not known") == 0
		      ? nearest_word(word, words, sizeof(words) / sizeof(words[0]))
		      : NULL;
	if (nearest != NULL)
		(void)snprintf(why, why_size, "option \"%.64s\" %s; did you mean \"%s\"?", word,
		    p.problem, nearest);
	else
		(void)snprintf(why, why_size, "option \"%.64s\" %s", word, p.problem);
	memset(out, 0, sizeof(*out));
	return r;
}
