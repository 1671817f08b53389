#include "factor/import.h"

#include "base32.h"
#include "error.h"
#include "hex.h"
#include "i18n.h"
#include "text.h"
#include <stdio.h>
#include <string.h>

enum { SCRATCH_DIGITS = 8, OATH_FIELDS = 4 };

static const char BLANKS[] = " \t\r\v\f";

/* Bytes of the file; not NUL-terminated. */
struct span {
	const char *at;
	size_t len;
};

/* Each reader below returns NULL or the reason for refusing. */

/* ---- lines and words --------------------------------------------------------------------- */

static bool
import_is_blank(char c)
{
	return c != '\0' && strchr(BLANKS, c) != NULL;
}

/* The next line, without its end and blanks around it. */
static bool
import_line(struct import_oath *in, struct span *line)
{
	const char *end;
	size_t taken;

	if (in->left == 0)
		return false;
	end = memchr(in->at, '\n', in->left);
	line->at = in->at;
	line->len = end == NULL ? in->left : (size_t)(end - in->at);
	taken = end == NULL ? in->left : line->len + 1;
	in->at += taken;
	in->left -= taken;
	in->line++;
	while (line->len > 0 && import_is_blank(line->at[0])) {
		line->at++;
		line->len--;
	}
	while (line->len > 0 && import_is_blank(line->at[line->len - 1]))
		line->len--;
	return true;
}

/* Takes the first word off *rest; empty at the end. */
static struct span
import_word(struct span *rest)
{
	struct span word;

	while (rest->len > 0 && import_is_blank(rest->at[0])) {
		rest->at++;
		rest->len--;
	}
	word.at = rest->at;
	word.len = 0;
	while (word.len < rest->len && !import_is_blank(rest->at[word.len]))
		word.len++;
	rest->at += word.len;
	rest->len -= word.len;
	return word;
}

static bool
import_is(struct span word, const char *text)
{
	return word.len == strlen(text) && memcmp(word.at, text, word.len) == 0;
}

static bool
import_is_digits(struct span word)
{
	for (size_t i = 0; i < word.len; i++) {
		if (word.at[i] < '0' || word.at[i] > '9')
			return false;
	}
	return word.len > 0;
}

static int
import_refuse(
    struct import_entry *out, int line, const char *problem, char *why, size_t why_size)
{
	explicit_bzero(out, sizeof(*out));
	snprintf(why, why_size, _("line %d: %s"), line, problem);
	return SKS_INVALID;
}

static const char *
import_check_key(const struct secret *key)
{
	if (key->len < TOTP_KEY_MIN || key->len > TOTP_KEY_MAX)
		return _("the secret is shorter than 80 bits or longer than 1024");
	return NULL;
}

/* ---- google-authenticator ---------------------------------------------------------------- */

struct google {
	bool totp, step_given;
};

static const char *
import_google_key(struct span line, struct secret *key)
{
	struct secret text = SECRET_INIT;
	const char *problem = _("not a secret in base32 (letters A to Z and digits 2 to 7)");
	int len;

	if (secret_set(&text, line.at, line.len) != SKS_OK)
		return problem;
	len = SKS_INVALID;
	if (line.len > 0 && memchr(line.at, '\0', line.len) == NULL)
		len = base32_decode((const char *)text.bytes, key->bytes, SECRET_MAX);
	secret_clear(&text);
	if (len < 0)
		return problem;
	key->len = (size_t)len;
	return import_check_key(key);
}

/* `" NAME arguments`; options that only tune or count something are not ours. */
static const char *
import_google_option(struct span line, struct google *state, struct totp_params *p)
{
	struct span name, value;

	line.at++;
	line.len--;
	name = import_word(&line);
	if (import_is(name, "HOTP_COUNTER"))
		return _("it is counter-based (HOTP); only time-based codes can be used");
	if (import_is(name, "OTP_DISABLED"))
		return _("one-time codes are switched off in this file");
	if (import_is(name, "TOTP_AUTH"))
		state->totp = true;
	if (!import_is(name, "STEP_SIZE"))
		return NULL;
	value = import_word(&line);
	if (state->step_given)
		return _("the step size is given twice");
	state->step_given = true;
	if (!import_is(value, "30") && !import_is(value, "60"))
		return _("only periods of 30 or 60 seconds can be used");
	p->period_s = import_is(value, "30") ? 30 : 60;
	return NULL;
}

static const char *
import_google_line(struct span line, struct google *state, struct import_entry *out)
{
	if (line.len == 0)
		return NULL;
	if (line.at[0] == '"')
		return import_google_option(line, state, &out->params);
	if (line.len != SCRATCH_DIGITS || !import_is_digits(line))
		return _("neither an option nor a scratch code of 8 digits");
	out->scratch_codes++;
	return NULL;
}

int
import_google(
    const char *text, size_t len, struct import_entry *out, char *why, size_t why_size)
{
	struct import_oath in = {text, len, 0};
	struct google state = {false, false};
	struct span line = {"", 0};
	const char *problem;

	memset(out, 0, sizeof(*out));
	out->line = 1;
	out->params = (struct totp_params){"SHA1", 6, 30};
	import_line(&in, &line);
	problem = import_google_key(line, &out->key);
	while (problem == NULL && import_line(&in, &line))
		problem = import_google_line(line, &state, out);
	if (problem == NULL && !state.totp)
		problem = _("the file ends without TOTP_AUTH: it is not for time-based codes");
	if (problem != NULL)
		return import_refuse(out, len > 0 ? in.line : 1, problem, why, why_size);
	snprintf(why, why_size, "%s", "");
	return SKS_OK;
}

/* ---- pam_oath ---------------------------------------------------------------------------- */

/* HOTP/T30 or HOTP/T60, and behind it nothing or the number of digits. */
static const char *
import_oath_type(struct span type, struct totp_params *p)
{
	enum { KIND = sizeof("HOTP/T30") - 1 };
	struct span kind = {type.at, type.len < KIND ? type.len : KIND};
	struct span digits = {type.at + kind.len, type.len - kind.len};

	*p = (struct totp_params){"SHA1", 6, 30};
	if (import_is(type, "HOTP") || (type.len >= 6 && memcmp(type.at, "HOTP/E", 6) == 0))
		return _("it is counter-based (HOTP); only time-based codes can be used");
	if (import_is(kind, "HOTP/T60"))
		p->period_s = 60;
	else if (!import_is(kind, "HOTP/T30"))
		return _("the type is not HOTP/T30 or HOTP/T60");
	if (digits.len == 0 || import_is(digits, "/6"))
		return NULL;
	p->digits = 8;
	return import_is(digits, "/8") ? NULL : _("only codes of 6 or 8 digits can be used");
}

static const char *
import_oath_user(struct span name, char user[NAME_SIZE])
{
	char raw[NAME_SIZE];

	if (name.len >= sizeof(raw) || memchr(name.at, '\0', name.len) != NULL)
		return _("the user name is too long or damaged");
	memcpy(raw, name.at, name.len);
	raw[name.len] = '\0';
	text_clean(user, NAME_SIZE, raw);
	return strcmp(user, raw) == 0 ? NULL : _("the user name is too long or damaged");
}

static const char *
import_oath_key(struct span hex, struct secret *key)
{
	if (hex.len % 2 != 0 || hex.len / 2 > TOTP_KEY_MAX)
		return _(
		    "the secret is not a whole number of bytes in hexadecimal, or too long");
	for (size_t i = 0; i < hex.len; i += 2) {
		int high = hex_digit(hex.at[i]), low = hex_digit(hex.at[i + 1]);

		if (high < 0 || low < 0)
			return _("the secret is not hexadecimal");
		key->bytes[i / 2] = (uint8_t)(high * 16 + low);
	}
	key->len = hex.len / 2;
	return import_check_key(key);
}

static const char *
import_oath_line(struct span line, struct import_entry *out)
{
	struct span field[OATH_FIELDS];
	const char *problem;

	for (size_t i = 0; i < OATH_FIELDS; i++)
		field[i] = import_word(&line);
	if (field[OATH_FIELDS - 1].len == 0)
		return _("it does not hold type, user, PIN and secret");
	problem = import_oath_type(field[0], &out->params);
	if (problem == NULL)
		problem = import_oath_user(field[1], out->user);
	/* "+" leaves the PIN to another module */
	out->has_pin = !import_is(field[2], "-") && !import_is(field[2], "+");
	if (problem == NULL)
		problem = import_oath_key(field[3], &out->key);
	return problem;
}

void
import_oath_init(struct import_oath *in, const char *text, size_t len)
{
	in->at = text;
	in->left = len;
	in->line = 0;
}

int
import_oath_next(struct import_oath *in, struct import_entry *out, char *why, size_t why_size)
{
	struct span line;
	const char *problem;

	memset(out, 0, sizeof(*out));
	snprintf(why, why_size, "%s", "");
	do {
		if (!import_line(in, &line))
			return 0;
	} while (line.len == 0 || line.at[0] == '#');
	out->line = in->line;
	problem = import_oath_line(line, out);
	if (problem != NULL)
		return import_refuse(out, in->line, problem, why, why_size);
	return 1;
}
