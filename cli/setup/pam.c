#include "pam.h"

#include "cli.h"
#include "error.h"
#include "i18n.h"
#include "policy/services.h"
#include "protocol.h"
#include <string.h>
#include <unistd.h>

static int
pam_snippets(struct plan *p)
{
	struct buf text;
	int r;

	buf_init(&text, STATE_BYTES_MAX);
	buf_printf(&text,
	    "# Written by sekisho setup: the password as this host checks it, then "
	    "the second factor.\n# The order and the control words belong "
	    "together; see pam_sekisho(8).\n");
	edit_host_write(&p->host, false, &text);
	r = plan_put(p, PAM_DIR "/sekisho-auth", 0644, text.data, text.len);
	buf_reset(&text);
	buf_printf(&text,
	    "# Written by sekisho setup. Before the host's own: common-account ends "
	    "the stack early for an\n# account whose password has expired.\n"
	    "account\trequired\tpam_sekisho.so\n@include common-account\n");
	if (r == STATUS_DONE)
		r = plan_put(p, PAM_DIR "/sekisho-account", 0644, text.data, text.len);
	buf_reset(&text);
	buf_printf(&text,
	    "# Written by sekisho setup: how sekisho-warden checks a person's "
	    "password. The host's own modules only.\n"
	    "auth\trequired\tpam_unix.so nodelay\naccount\trequired\tpam_unix.so\n");
	if (r == STATUS_DONE && access(PAM_DIR "/sekisho", F_OK) != 0)
		r = plan_put(p, PAM_DIR "/sekisho", 0644, text.data, text.len);
	buf_clear(&text);
	return r;
}

static int
pam_service(struct plan *p, const char *name)
{
	char path[STATE_PATH_SIZE], why[1024];
	struct buf text, edited;
	int r = STATUS_REFUSED, e;
	const char *nearest;

	(void)snprintf(path, sizeof(path), PAM_DIR "/%s", name);
	e = plan_slurp(path, &text);
	buf_init(&edited, STATE_BYTES_MAX);
	if (e == SKS_OK)
		e = edit_service(name, (const char *)text.data, text.len, &p->host, p->from,
		    &edited, why, sizeof(why));
	else if (e == SKS_NOT_FOUND && (nearest = services_nearest(name)) != NULL)
		(void)snprintf(why, sizeof(why), _("There is no PAM service %s. Do you mean %s?"),
		    name, nearest);
	else
		(void)snprintf(why, sizeof(why), _("There is no PAM service %s (%s)."), name,
		    _(error_text(e)));
	if (e == SKS_OK) {
		r = plan_put(p, path, 0644, edited.data, edited.len);
		(void)snprintf(p->services + strlen(p->services),
		    sizeof(p->services) - strlen(p->services), "%s%s",
		    p->services[0] == '\0' ? "" : ",", name);
	} else if (e == SKS_CONFLICT) {
		plan_note(p, _("%s has Sekisho's lines already and stays as it is."), path);
		r = STATUS_DONE;
	} else {
		r = plan_refuse(why);
	}
	buf_clear(&edited);
	buf_clear(&text);
	return r;
}

int
pam_plan(struct plan *p)
{
	struct buf text;
	char why[1024];
	int r = STATUS_DONE, e = plan_slurp(PAM_DIR "/common-auth", &text);

	p->pam_first = p->count;
	if (e == SKS_OK)
		e = edit_host_read(
		    (const char *)text.data, text.len, p->from, &p->host, why, sizeof(why));
	else
		(void)snprintf(why, sizeof(why), PAM_DIR "/common-auth: %s.", _(error_text(e)));
	buf_clear(&text);
	if (e != SKS_OK)
		return plan_refuse(why);
	r = pam_snippets(p);
	for (size_t i = 0; r == STATUS_DONE && i < p->service_count; i++)
		r = pam_service(p, p->service[i]);
	/* Snippets alone do nothing: nothing includes them yet, or what does has them. */
	return r;
}
