#include "factor/totp.h"

#include "base32.h"
#include "buf.h"
#include "error.h"
#include "i18n.h"
#include "text.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char SCHEME[] = "otpauth://";
static const char HEX[] = "0123456789ABCDEF";
/* RFC 3986, 2.3; isalnum() would ask the locale */
static const char UNRESERVED[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				 "0123456789-._~";

enum parameter { PARAMETER_SECRET, PARAMETER_ALGORITHM, PARAMETER_DIGITS, PARAMETER_PERIOD };

static const char *const parameter_words[] = {"secret", "algorithm", "digits", "period"};

/* How other programs write the three hashes. */
static const struct {
	const char *written, *name;
} algorithms[] = {
    {"SHA1", "SHA1"},
    {"SHA256", "SHA256"},
    {"SHA512", "SHA512"},
    {"SHA-1", "SHA1"},
    {"SHA-256", "SHA256"},
    {"SHA-512", "SHA512"},
    {"HMACSHA1", "SHA1"},
    {"HMACSHA256", "SHA256"},
    {"HMACSHA512", "SHA512"},
};

/* ---- making ------------------------------------------------------------------------------ */

/* Every byte but the unreserved ones becomes %XX. */
static void
uri_put_encoded(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (strchr(UNRESERVED, c) != NULL) {
			buf_put_u8(out, c);
			continue;
		}
		buf_put_u8(out, '%');
		buf_put_u8(out, (uint8_t)HEX[c >> 4]);
		buf_put_u8(out, (uint8_t)HEX[c & 15]);
	}
}

int
totp_uri_make(const char *issuer, const char *user, const struct secret *key,
    const struct totp_params *p, struct secret *out)
{
	struct secret letters = SECRET_INIT;
	struct buf b;
	int r;

	secret_clear(out);
	if (key->len < TOTP_KEY_MIN || key->len > TOTP_KEY_MAX)
		return SKS_INVALID;
	r = base32_encode(key->bytes, key->len, (char *)letters.bytes, sizeof(letters.bytes));
	if (r < 0)
		goto out;
	buf_init_fixed(&b, out->bytes, SECRET_MAX);
	buf_printf(&b, "%stotp/", SCHEME);
	if (issuer[0] != '\0') {
		uri_put_encoded(&b, issuer);
		buf_put_u8(&b, ':');
	}
	uri_put_encoded(&b, user);
	buf_printf(&b, "?secret=%s", (const char *)letters.bytes);
	if (issuer[0] != '\0') {
		buf_printf(&b, "&issuer=");
		uri_put_encoded(&b, issuer);
	}
	buf_printf(
	    &b, "&algorithm=%s&digits=%u&period=%u", p->algorithm, p->digits, p->period_s);
	r = buf_error(&b);
	out->len = b.len;
out:
	secret_clear(&letters);
	if (r < 0)
		secret_clear(out);
	return r < 0 ? r : SKS_OK;
}

/* ---- parts of a URI ---------------------------------------------------------------------- */

struct part {
	const char *at;
	size_t len;
};

/* Takes what stands before "stop" (or all) off *rest, and the stop with it. */
static struct part
uri_cut(struct part *rest, char stop)
{
	const char *at = memchr(rest->at, stop, rest->len);
	struct part part = {rest->at, at == NULL ? rest->len : (size_t)(at - rest->at)};
	size_t taken = at == NULL ? part.len : part.len + 1;

	rest->at += taken;
	rest->len -= taken;
	return part;
}

static bool
uri_is(struct part part, const char *word)
{
	return part.len == strlen(word) && strncasecmp(part.at, word, part.len) == 0;
}

static int
uri_hex(char c)
{
	const char *at = c == '\0' ? NULL : strchr(HEX, toupper((unsigned char)c));

	return at == NULL ? -1 : (int)(at - HEX);
}

/* Undoes percent-encoding; false for a bad escape, %00, or what does not fit. */
static bool
uri_decode(struct part part, struct secret *out)
{
	size_t n = 0;

	secret_clear(out);
	for (size_t i = 0; i < part.len; i++) {
		int value = (unsigned char)part.at[i];

		if (value == '%') {
			if (part.len - i < 3 || uri_hex(part.at[i + 1]) < 0 ||
			    uri_hex(part.at[i + 2]) < 0)
				goto fail;
			value = uri_hex(part.at[i + 1]) * 16 + uri_hex(part.at[i + 2]);
			i += 2;
		}
		if (value == 0 || n == SECRET_MAX)
			goto fail;
		out->bytes[n++] = (uint8_t)value;
	}
	out->len = n;
	return true;
fail:
	secret_clear(out);
	return false;
}

/* ---- reading ----------------------------------------------------------------------------- */

/* Each reader returns NULL or why it refuses; no value is quoted, it might be the secret. */

static const char *
uri_read_secret(const struct secret *value, struct secret *key)
{
	int len = base32_decode((const char *)value->bytes, key->bytes, SECRET_MAX);

	if (len < 0)
		return _("the secret is not base32 (letters A to Z and digits 2 to 7)");
	if (len < TOTP_KEY_MIN || len > TOTP_KEY_MAX)
		return _("the secret is shorter than 80 bits or longer than 1024");
	key->len = (size_t)len;
	return NULL;
}

static const char *
uri_read_algorithm(const struct secret *value, struct totp_params *p)
{
	for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++) {
		if (strcasecmp(algorithms[i].written, (const char *)value->bytes) != 0)
			continue;
		snprintf(p->algorithm, sizeof(p->algorithm), "%s", algorithms[i].name);
		return NULL;
	}
	return _("the algorithm is not SHA1, SHA256 or SHA512");
}

static const char *
uri_read_digits(const struct secret *value, struct totp_params *p)
{
	const char *text = (const char *)value->bytes;

	if (strcmp(text, "6") != 0 && strcmp(text, "8") != 0)
		return _("only codes of 6 or 8 digits can be used");
	p->digits = text[0] == '6' ? 6 : 8;
	return NULL;
}

static const char *
uri_read_period(const struct secret *value, struct totp_params *p)
{
	const char *text = (const char *)value->bytes;

	if (strcmp(text, "30") != 0 && strcmp(text, "60") != 0)
		return _("only periods of 30 or 60 seconds can be used");
	p->period_s = text[0] == '3' ? 30 : 60;
	return NULL;
}

static const char *
uri_read_parameter(struct part name, struct part value, unsigned int *seen, struct secret *key,
    struct totp_params *p)
{
	struct secret text = SECRET_INIT;
	const char *problem = NULL;
	unsigned int which = 0;

	while (which <= PARAMETER_PERIOD && !uri_is(name, parameter_words[which]))
		which++;
	if (which > PARAMETER_PERIOD)
		return NULL; /* image, issuer, lock …: not ours */
	if ((*seen & 1u << which) != 0)
		return _("the secret, algorithm, digits or period is given twice");
	*seen |= 1u << which;
	if (!uri_decode(value, &text))
		problem = _("a value is too long or badly percent-encoded");
	else if (which == PARAMETER_SECRET)
		problem = uri_read_secret(&text, key);
	else if (which == PARAMETER_ALGORITHM)
		problem = uri_read_algorithm(&text, p);
	else if (which == PARAMETER_DIGITS)
		problem = uri_read_digits(&text, p);
	else
		problem = uri_read_period(&text, p);
	secret_clear(&text);
	return problem;
}

/*
 * The account: what stands behind the issuer's colon, if there is one. Some programs encode
 * that colon too; where one is plain, an encoded one belongs to the issuer or the name.
 */
static const char *
uri_read_label(struct part part, char *label, size_t label_size)
{
	struct secret text = SECRET_INIT;
	bool plain = memchr(part.at, ':', part.len) != NULL;
	const char *account, *colon = NULL;

	if (plain)
		uri_cut(&part, ':');
	if (!uri_decode(part, &text))
		return _("the name is too long or badly percent-encoded");
	account = (const char *)text.bytes;
	if (!plain)
		colon = strchr(account, ':');
	if (colon != NULL)
		account = colon + 1;
	account += strspn(account, " ");
	text_clean(label, label_size, account);
	if (strcmp(label, account) != 0)
		return _("the name is too long, not UTF-8, or holds control characters");
	return NULL;
}

static const char *
uri_read(
    const char *uri, struct secret *key, struct totp_params *p, char *label, size_t label_size)
{
	struct part rest = {uri, strlen(uri)};
	struct part type;
	const char *problem;
	unsigned int seen = 0;

	if (strncasecmp(uri, SCHEME, strlen(SCHEME)) != 0)
		return _("it does not begin with otpauth://");
	rest.at += strlen(SCHEME);
	rest.len -= strlen(SCHEME);
	rest = uri_cut(&rest, '#');
	type = uri_cut(&rest, '/');
	if (uri_is(type, "hotp"))
		return _("it is counter-based (HOTP); only time-based codes can be used");
	if (!uri_is(type, "totp"))
		return _("its type is not totp");
	problem = uri_read_label(uri_cut(&rest, '?'), label, label_size);
	while (problem == NULL && rest.len > 0) {
		struct part value = uri_cut(&rest, '&');
		struct part name = uri_cut(&value, '=');

		problem = uri_read_parameter(name, value, &seen, key, p);
	}
	if (problem == NULL && (seen & 1u << PARAMETER_SECRET) == 0)
		problem = _("it holds no secret");
	return problem;
}

int
totp_uri_parse(const char *uri, struct secret *key, struct totp_params *p, char *label,
    size_t label_size, char *why, size_t why_size)
{
	static const struct totp_params defaults = {"SHA1", 6, 30};
	const char *problem;

	secret_clear(key);
	*p = defaults;
	if (label_size > 0)
		label[0] = '\0';
	problem = uri_read(uri, key, p, label, label_size);
	snprintf(why, why_size, "%s", problem == NULL ? "" : problem);
	if (problem == NULL)
		return SKS_OK;
	secret_clear(key);
	if (label_size > 0)
		label[0] = '\0';
	return SKS_INVALID;
}
