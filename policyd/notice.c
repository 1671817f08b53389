/*
 * The notice before login, laid out for the module: see lib/notice.h. Also the file for whoever
 * writes sshd's Banner (sekisho notice).
 */
#include "notice.h"

#include "buf.h"
#include "error.h"
#include "log.h"
#include "policy/services.h"
#include "safeopen.h"
#include "server.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void
notice_put_text(struct buf *out, const char *language, const char *text)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");

		buf_printf(out, "%s%s%.*s\n", language, len > 0 ? " " : "", (int)len, text);
		text += len;
		if (*text == '\n')
			text++;
	}
}

/* Whoever uses these is logged in already, or nobody. */
static bool notice_is_excepted(enum service_class class)
{
	return class == SERVICE_ELEVATION || class == SERVICE_REAUTHENTICATION ||
	       class == SERVICE_SCHEDULED || class == SERVICE_NON_INTERACTIVE;
}

static void
notice_put_except(struct buf *out, const struct policy *p)
{
	const char *name;

	for (size_t i = 0; (name = services_name(i)) != NULL; i++)
		if (policy_service(p, name) == NULL && notice_is_excepted(services_class(name)))
			buf_printf(out, "except %s\n", name);
	for (size_t i = 0; i < p->service_count; i++)
		if (notice_is_excepted(p->service[i].class))
			buf_printf(out, "except %s\n", p->service[i].name);
}

/* The policy's notice before login in the form of lib/notice.h; it has one. SKS_TOO_BIG. */
static int
notice_print(const struct policy *p, struct buf *out)
{
	buf_printf(out, "sekisho-notice 1\nversion %s\nlanguage %s\n%s", p->notice_version,
	    p->language, p->notice_banner ? "banner\n" : "");
	notice_put_except(out, p);
	notice_put_text(out, "en", p->notice_text);
	notice_put_text(out, "ja", p->notice_text_ja);
	return buf_error(out);
}

void
notice_publish(struct server *s)
{
	char path[4096];
	struct buf text;
	int r;

	(void)snprintf(path, sizeof(path), "%s/" NOTICE_NAME, s->options.run_dir);
	if (s->policy->notice_version == NULL) {
		if (unlink(path) != 0 && errno != ENOENT)
			log_warn("%s cannot be removed: %s. It is still shown before login",
			    path, strerror(errno));
		return;
	}
	buf_init(&text, NOTICE_FILE_MAX);
	r = notice_print(s->policy, &text);
	if (r == SKS_OK)
		r = safeopen_replace(path, 0644, text.data, text.len);
	if (r != SKS_OK)
		log_warn("%s cannot be written: %s. Logins show the notice of before, or none",
		    path, error_text(r));
	buf_clear(&text);
}
