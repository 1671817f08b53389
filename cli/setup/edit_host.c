/* How a host checks a password, out of its common-auth, and which modules of others are in it. */
#include "edit_line.h"

#include "error.h"
#include "i18n.h"
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* ---- modules of others -------------------------------------------------------------------- */

static const struct foreign {
	const char *module;
	unsigned int bit;
} foreign_table[] = {
    {"pam_google_authenticator", EDIT_FROM_GOOGLE},
    {"pam_oath", EDIT_FROM_OATH},
    {"pam_faillock", EDIT_FROM_FAILLOCK},
    {"pam_pwquality", EDIT_FROM_PWQUALITY},
};
enum { FOREIGN_COUNT = sizeof(foreign_table) / sizeof(foreign_table[0]) };

/* As people write them: pam_google_authenticator.so, google-authenticator. */
static bool
edit_is_called(const char *word, const char *module)
{
	size_t i = 0;

	if (strncmp(word, "pam_", 4) != 0)
		module += strlen("pam_");
	for (; module[i] != '\0'; i++) {
		if (word[i] != module[i] && !(word[i] == '-' && module[i] == '_'))
			return false;
	}
	return word[i] == '\0' || strcmp(word + i, ".so") == 0;
}

unsigned int
edit_from_word(const char *word)
{
	for (size_t i = 0; i < FOREIGN_COUNT; i++) {
		if (edit_is_called(word, foreign_table[i].module))
			return foreign_table[i].bit;
	}
	return 0;
}

static const struct foreign *
edit_foreign(const struct edit_line *l)
{
	for (size_t i = 0; i < FOREIGN_COUNT; i++) {
		if (edit_is_module(l, foreign_table[i].module) &&
		    foreign_table[i].bit != EDIT_FROM_PWQUALITY)
			return &foreign_table[i];
	}
	return NULL;
}

bool
edit_is_foreign(const struct edit_line *l)
{
	return edit_foreign(l) != NULL;
}

int
edit_foreign_line(const struct edit_line *l, unsigned int from, const char *file, int number,
    char *why, size_t why_size)
{
	const struct foreign *f = edit_foreign(l);

	if (f == NULL)
		return 0;
	if (from & f->bit)
		return 1;
	(void)snprintf(why, why_size,
	    _("%s, line %d: %s would ask or count beside Sekisho. \"sekisho setup --from %s\" "
	      "takes over what it knows and takes the line out."),
	    file, number, f->module, f->module);
	return SKS_INVALID;
}

/* ---- the host's own check of a password --------------------------------------------------- */

static const char *const factor_modules[] = {
    "pam_unix", "pam_sss", "pam_ldap", "pam_krb5", "pam_winbind"};
/* Set by us, or without meaning behind a prompt that is ours. nullok would let accounts without
 * a password in by the second factor alone. */
static const char *const dropped_options[] = {"nullok", "nullok_secure", "try_first_pass",
    "use_first_pass", "forward_pass", "likeauth", "nodelay"};

static bool
edit_is_dropped(const char *word)
{
	for (size_t i = 0; i < sizeof(dropped_options) / sizeof(dropped_options[0]); i++) {
		if (strcmp(word, dropped_options[i]) == 0)
			return true;
	}
	return false;
}

static bool
host_add_factor(struct edit_host *host, const struct edit_line *l)
{
	const char *at = l->options;
	size_t left = strlen(at), used;
	char word[EDIT_LINE_MAX], *out;

	if (host->factor_count == EDIT_FACTORS_MAX)
		return false;
	out = host->factor[host->factor_count++];
	used = (size_t)snprintf(out, EDIT_LINE_MAX, "%s use_first_pass%s", l->module,
	    edit_is_module(l, "pam_unix") ? " nodelay" : "");
	while (edit_word(&at, &left, word, sizeof(word)), word[0] != '\0') {
		int n = edit_is_dropped(word)
			    ? 0
			    : snprintf(out + used, EDIT_LINE_MAX - used, " %s", word);

		if (n < 0 || (size_t)n >= EDIT_LINE_MAX - used)
			return false;
		used += (size_t)n;
	}
	return true;
}

bool
edit_is_factor(const struct edit_line *l)
{
	for (size_t i = 0; i < sizeof(factor_modules) / sizeof(factor_modules[0]); i++) {
		if (edit_is_module(l, factor_modules[i]))
			return true;
	}
	return false;
}

static int
host_line(struct edit_host *host, const struct edit_lines *in, unsigned int from, char *why,
    size_t why_size)
{
	struct edit_line l;
	int r;

	if (!edit_line_read(in->line, in->len, &l) ||
	    (!edit_is_type(&l, "auth") && l.type[0] != '@'))
		return SKS_OK;
	r = edit_foreign_line(&l, from, "common-auth", in->number, why, why_size);
	if (r != 0)
		return r < 0 ? r : SKS_OK;
	if (edit_is_module(&l, "pam_deny") || edit_is_module(&l, "pam_permit"))
		return SKS_OK;
	if (edit_is_factor(&l) && host_add_factor(host, &l))
		return SKS_OK;
	if (strcasecmp(l.control, "optional") == 0 && host->optional_count < EDIT_FACTORS_MAX) {
		(void)snprintf(host->optional[host->optional_count++], EDIT_LINE_MAX, "%.*s",
		    (int)in->len, in->line);
		return SKS_OK;
	}
	(void)snprintf(why, why_size,
	    _("common-auth, line %d: setup does not know what \"%s %s\" is for. Write "
	      "/etc/pam.d/sekisho-auth by hand, see pam_sekisho(8)."),
	    in->number, l.control, l.module);
	return SKS_INVALID;
}

int
edit_host_read(const char *common_auth, size_t len, unsigned int from, struct edit_host *out,
    char *why, size_t why_size)
{
	struct edit_lines in = {.at = common_auth, .left = len};

	*out = (struct edit_host){0};
	why[0] = '\0';
	while (edit_lines_next(&in)) {
		int r = host_line(out, &in, from, why, why_size);

		if (r != SKS_OK)
			return r;
	}
	if (out->factor_count > 0)
		return SKS_OK;
	(void)snprintf(why, why_size, "%s",
	    _("common-auth names no module that checks a password, so there is nothing to put "
	      "Sekisho's lines around."));
	return SKS_INVALID;
}

void
edit_host_write(const struct edit_host *host, bool with_key, struct buf *out)
{
	for (size_t i = 0; i < host->optional_count; i++)
		buf_printf(out, "%s\n", host->optional[i]);
	if (with_key)
		buf_printf(out,
		    "# A key that this connection proved takes the place of the password.\n"
		    "auth\t[success=%zu default=ignore]\tpam_sekisho.so keyproof\n",
		    host->factor_count + 2);
	buf_printf(out,
	    "# Asks for the password; nothing is evaluated that was not charged before.\n"
	    "auth\trequisite\t\t\tpam_sekisho.so preauth\n");
	for (size_t i = 0; i < host->factor_count; i++)
		buf_printf(out, "auth\t[success=%zu default=ignore]\t%s\n",
		    host->factor_count - i, host->factor[i]);
	buf_printf(out, "auth\t[default=die]\t\t\tpam_sekisho.so authfail\n"
			"# The second factor, and the one line that lets anybody in.\n"
			"auth\t[success=ok default=die]\tpam_sekisho.so\n");
}
