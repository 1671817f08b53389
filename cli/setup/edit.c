/* Sekisho's lines put into a service, into sshd_config and into sudo.conf. */
#include "edit_line.h"

#include "error.h"
#include "i18n.h"
#include <stdio.h>
#include <string.h>
#include <strings.h>

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
edit_auth_line(struct edit *e, const struct edit_lines *in, const struct edit_line *l)
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
edit_line(struct edit *e, const struct edit_lines *in)
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
	if (some && edit_is_type(&l, "account") && edit_is_foreign(&l)) {
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
	struct edit_lines in = {.at = text, .left = len};
	struct edit_line l;
	bool ours = false;

	while (edit_lines_next(&in)) {
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
	struct edit_lines in = {.at = text, .left = len};

	why[0] = '\0';
	if (edit_look(&e, text, len))
		return SKS_CONFLICT;
	while (edit_lines_next(&in)) {
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

/* ---- sshd_config and sudo.conf ------------------------------------------------------------ */

int
edit_sshd_config(const char *text, size_t len, struct buf *out)
{
	static const char folder[] = "/etc/ssh/sshd_config.d/*.conf";
	struct edit_lines in = {.at = text, .left = len};
	struct edit_line l;

	while (edit_lines_next(&in)) {
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
	struct edit_lines in = {.at = text, .left = len};
	unsigned int seen = 0;
	struct edit_line l;

	while (edit_lines_next(&in)) {
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
