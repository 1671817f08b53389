#include "edit.h"

#include "error.h"
#include "i18n.h"
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* ---- lines ---------------------------------------------------------------------------------
 */

/* The next word, or what stands in brackets, into out; moves *at and *left on. */
static void
edit_word(const char **at, size_t *left, char *out, size_t size)
{
	size_t n = 0;

	while (*left > 0 && (**at == ' ' || **at == '\t'))
		(*at)++, (*left)--;
	if (*left > 0 && **at == '[') {
		while (n < *left && (*at)[n] != ']')
			n++;
		n += n < *left;
	} else {
		while (n < *left && (*at)[n] != ' ' && (*at)[n] != '\t')
			n++;
	}
	(void)snprintf(out, size, "%.*s", (int)n, *at);
	*at += n;
	*left -= n;
}

bool
edit_line_read(const char *text, size_t len, struct edit_line *out)
{
	const char *comment = memchr(text, '#', len);

	*out = (struct edit_line){0};
	if (comment != NULL)
		len = (size_t)(comment - text);
	while (len > 0 && strchr(" \t\r", text[len - 1]) != NULL)
		len--;
	edit_word(&text, &len, out->type, sizeof(out->type));
	if (out->type[0] == '\0')
		return false;
	if (strcmp(out->type, "@include") != 0)
		edit_word(&text, &len, out->control, sizeof(out->control));
	edit_word(&text, &len, out->module, sizeof(out->module));
	while (len > 0 && (*text == ' ' || *text == '\t'))
		text++, len--;
	(void)snprintf(out->options, sizeof(out->options), "%.*s", (int)len, text);
	return true;
}

static bool
edit_is_type(const struct edit_line *l, const char *type)
{
	return strcasecmp(l->type + (l->type[0] == '-'), type) == 0;
}

/* Is it that module, wherever its file lies? */
static bool
edit_is_module(const struct edit_line *l, const char *name)
{
	const char *slash = strrchr(l->module, '/');
	const char *base = slash == NULL ? l->module : slash + 1;
	size_t len = strlen(name);

	return strncmp(base, name, len) == 0 && strcmp(base + len, ".so") == 0;
}

/* "@include X", "TYPE include X" or "TYPE substack X" for an X that begins with name. */
static bool
edit_includes(const struct edit_line *l, const char *type, const char *name)
{
	bool all = strcmp(l->type, "@include") == 0;
	bool some = edit_is_type(l, type) && (strcasecmp(l->control, "include") == 0 ||
						 strcasecmp(l->control, "substack") == 0);

	return (all || some) && strncmp(l->module, name, strlen(name)) == 0;
}

struct lines {
	const char *at;
	size_t left;
	int number;
	const char *line;
	size_t len;
};

static bool
lines_next(struct lines *l)
{
	const char *end;

	if (l->left == 0)
		return false;
	end = memchr(l->at, '\n', l->left);
	l->line = l->at;
	l->len = end == NULL ? l->left : (size_t)(end - l->at);
	l->left -= l->len + (end != NULL);
	l->at += l->len + (end != NULL);
	l->number++;
	return true;
}

/* ---- modules of others ---------------------------------------------------------------------
 */

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

/* Is it a line of a module that would count or ask beside us? 1: to be taken out, 0: none,
 * SKS_INVALID: it is in the way. */
static int
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

/* ---- the host's own check of a password ----------------------------------------------------
 */

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

static bool
edit_is_factor(const struct edit_line *l)
{
	for (size_t i = 0; i < sizeof(factor_modules) / sizeof(factor_modules[0]); i++) {
		if (edit_is_module(l, factor_modules[i]))
			return true;
	}
	return false;
}

static int
host_line(struct edit_host *host, const struct lines *in, unsigned int from, char *why,
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
	struct lines in = {.at = common_auth, .left = len};

	*out = (struct edit_host){0};
	why[0] = '\0';
	while (lines_next(&in)) {
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

/* ---- a service -----------------------------------------------------------------------------
 */

struct edit {
	const char *service;
	const struct edit_host *host;
	unsigned int from;
	struct buf *out;
	char *why;
	size_t why_size;
	bool auth, account, session; /* ours are in */
	bool loginuid;               /* its line is there */
};

static const char session_line[] = "session\trequired\tpam_sekisho.so\n";

static int
edit_refuse(struct edit *e, int number, const char *reason)
{
	(void)snprintf(e->why, e->why_size,
	    _("/etc/pam.d/%s, line %d: %s Change the file by hand, see pam_sekisho(8)."),
	    e->service, number, reason);
	return SKS_INVALID;
}

static int
edit_auth_line(struct edit *e, const struct lines *in, const struct edit_line *l)
{
	bool sufficient = strcasecmp(l->control, "sufficient") == 0;
	bool optional = strcasecmp(l->control, "optional") == 0;
	int r = edit_foreign_line(l, e->from, e->service, in->number, e->why, e->why_size);

	if (r == 1 || edit_is_module(l, "pam_faildelay")) {
		buf_printf(
		    e->out, "# taken out by sekisho setup: %.*s\n", (int)in->len, in->line);
		return SKS_OK;
	}
	if (r < 0)
		return r;
	if (edit_is_factor(l))
		return edit_refuse(
		    e, in->number, _("the password is checked here and not in common-auth."));
	if (sufficient && !edit_is_module(l, "pam_rootok"))
		return edit_refuse(
		    e, in->number, _("this line would let somebody in without Sekisho."));
	if (!e->auth && strstr(l->control, "success=") != NULL &&
	    strpbrk(l->control, "0123456789") != NULL)
		return edit_refuse(
		    e, in->number, _("this line jumps over others, which setup cannot count."));
	if (e->auth && !optional)
		return edit_refuse(e, in->number,
		    _("this line could refuse somebody whom Sekisho has recorded as let in."));
	buf_printf(e->out, "%.*s\n", (int)in->len, in->line);
	return SKS_OK;
}

static int
edit_line(struct edit *e, const struct lines *in)
{
	struct edit_line l;
	bool some = edit_line_read(in->line, in->len, &l);

	if (some && in->len > 0 && in->line[in->len - 1] == '\\')
		return edit_refuse(e, in->number, _("this line goes on in the next one."));
	if (some && edit_includes(&l, "auth", "common-auth")) {
		if (strcmp(e->service, "sshd") == 0)
			edit_host_write(e->host, true, e->out);
		else
			buf_printf(e->out, "@include sekisho-auth\n");
		e->auth = true;
		return SKS_OK;
	}
	if (some && edit_is_type(&l, "auth"))
		return edit_auth_line(e, in, &l);
	if (some && edit_includes(&l, "account", "common-account")) {
		buf_printf(e->out, "@include sekisho-account\n");
		e->account = true;
		return SKS_OK;
	}
	if (some && edit_is_type(&l, "account") && edit_foreign(&l) != NULL) {
		int r =
		    edit_foreign_line(&l, e->from, e->service, in->number, e->why, e->why_size);

		if (r == 1)
			buf_printf(e->out, "# taken out by sekisho setup: %.*s\n", (int)in->len,
			    in->line);
		return r < 0 ? r : SKS_OK;
	}
	if (some && !e->session && !e->loginuid &&
	    edit_includes(&l, "session", "common-session")) {
		buf_put_bytes(e->out, session_line, sizeof(session_line) - 1);
		e->session = true;
	}
	buf_printf(e->out, "%.*s\n", (int)in->len, in->line);
	if (some && !e->session && edit_is_type(&l, "session") &&
	    edit_is_module(&l, "pam_loginuid")) {
		/* behind it: our line records the login identity that it sets */
		buf_put_bytes(e->out, session_line, sizeof(session_line) - 1);
		e->session = true;
	}
	return SKS_OK;
}

/* One look ahead: is it ours already, and is there a line of pam_loginuid? */
static bool
edit_look(struct edit *e, const char *text, size_t len)
{
	struct lines in = {.at = text, .left = len};
	struct edit_line l;
	bool ours = false;

	while (lines_next(&in)) {
		if (!edit_line_read(in.line, in.len, &l))
			continue;
		ours = ours || edit_is_module(&l, "pam_sekisho") ||
		       edit_includes(&l, "auth", "sekisho-");
		e->loginuid = e->loginuid || (edit_is_type(&l, "session") &&
						 edit_is_module(&l, "pam_loginuid"));
	}
	return ours;
}

int
edit_service(const char *service, const char *text, size_t len, const struct edit_host *host,
    unsigned int from, struct buf *out, char *why, size_t why_size)
{
	struct edit e = {.service = service,
	    .host = host,
	    .from = from,
	    .out = out,
	    .why = why,
	    .why_size = why_size};
	struct lines in = {.at = text, .left = len};

	why[0] = '\0';
	if (edit_look(&e, text, len))
		return SKS_CONFLICT;
	while (lines_next(&in)) {
		int r = edit_line(&e, &in);

		if (r != SKS_OK)
			return r;
	}
	if (e.auth && e.account && e.session)
		return buf_error(out);
	(void)snprintf(why, why_size,
	    _("/etc/pam.d/%s does not include %s, so setup does not know where Sekisho's lines "
	      "belong. Change the file by hand, see pam_sekisho(8)."),
	    service,
	    !e.auth      ? "common-auth"
	    : !e.account ? "common-account"
			 : "common-session");
	return SKS_INVALID;
}

/* ---- sshd_config ---------------------------------------------------------------------------
 */

int
edit_sshd_config(const char *text, size_t len, struct buf *out)
{
	static const char folder[] = "/etc/ssh/sshd_config.d/*.conf";
	struct lines in = {.at = text, .left = len};
	struct edit_line l;

	while (lines_next(&in)) {
		if (!edit_line_read(in.line, in.len, &l))
			continue;
		if (strcasecmp(l.type, "Include") == 0 && strcmp(l.control, folder) == 0)
			return SKS_CONFLICT;
		if (strcasecmp(l.type, "Match") == 0)
			break;
	}
	buf_printf(out, "Include %s\n", folder);
	buf_put_bytes(out, text, len);
	return buf_error(out);
}

/* "Plugin SYMBOL FILE": 1 the audit plugin, 2 the approval plugin, 0 neither. */
static unsigned int
sudo_conf_plugin(const struct edit_line *l)
{
	if (strcmp(l->type, "Plugin") != 0 || strstr(l->module, "sekisho_sudo.so") == NULL)
		return 0;
	return strcmp(l->control, "sekisho_audit") == 0	    ? 1
	       : strcmp(l->control, "sekisho_approval") == 0 ? 2
							     : 0;
}

int
edit_sudo_conf(const char *text, size_t len, struct buf *out)
{
	struct lines in = {.at = text, .left = len};
	unsigned int seen = 0;
	struct edit_line l;

	while (lines_next(&in)) {
		unsigned int one = edit_line_read(in.line, in.len, &l) ? sudo_conf_plugin(&l) : 0;

		seen |= one;
		if (one == 0)
			buf_printf(out, "%.*s\n", (int)in.len, in.line);
	}
	if (seen == 3)
		return SKS_CONFLICT;
	buf_printf(out, "# Written by sekisho setup: commands of roles end with their role, see "
			"sekisho_sudo(8).\n"
			"Plugin sekisho_audit sekisho_sudo.so\n"
			"Plugin sekisho_approval sekisho_sudo.so\n");
	return buf_error(out);
}
