/* Devices and sessions as sentences. */
#include "i18n.h"
#include "policy/capability.h"
#include "policy/sentence.h"
#include "size.h"
#include <string.h>

enum { CAPABILITIES_SIZE = 1024 };

static void
sentences_device(const struct machine *m, struct buf *list, struct buf *out)
{
	bool address = m->address.local || m->address.remote || m->address.count > 0;

	if (m->owner == NULL)
		buf_printf(out,
		    m->kind == MACHINE_IS_ISSUED ? _("Device \"%s\" is issued.\n")
						 : _("Device \"%s\" is private.\n"),
		    m->name);
	else
		buf_printf(out,
		    m->kind == MACHINE_IS_ISSUED ? _("Device \"%s\" is issued to %s.\n")
						 : _("Device \"%s\" is %s's own.\n"),
		    m->name, m->owner);
	if (m->key.count > 0)
		buf_printf(out, _("  It is known by one of these keys: %s.\n"),
		    sentence_strings(list, &m->key));
	if (address)
		buf_printf(out, _("  It comes from one of: %s.\n"),
		    sentence_sources(list, &m->address));
}

void
sentences_sessions(const struct policy *p, struct buf *list, struct buf *out)
{
	char names[CAPABILITIES_SIZE], time[SENTENCE_DURATION], size[SIZE_TEXT];

	for (size_t i = 0; i < p->machine_count; i++)
		sentences_device(&p->machine[i], list, out);
	for (unsigned int i = 0; i < CLASS_COUNT; i++)
		if (p->idle_ms[i] > 0)
			buf_printf(out,
			    _("A session (%s) in which nothing is typed for %s is ended.\n"),
			    sentence_account_class(i), sentence_duration(p->idle_ms[i], time));
	if (p->download_warn > 0)
		buf_printf(out,
		    _("A remote session that was sent %s is warned of while it lasts.\n"),
		    size_print((uint64_t)p->download_warn, size));
	else
		buf_printf(out, "%s", _("How much one remote session is sent is not limited by a warning.\n"));
	if (p->download_warn_day > 0)
		buf_printf(out, _("So is a person whose remote sessions were sent %s on one day.\n"),
		    size_print((uint64_t)p->download_warn_day, size));
	if (p->session_drop != 0)
		buf_printf(out, _("Sessions of who has no role lose these capabilities: %s.\n"),
		    capability_print(p->session_drop, names, sizeof(names)));
	if (p->session_no_new_privs)
		buf_printf(out, "%s",
		    _("Sessions of who has no role can gain nothing by su, sudo or any other "
		      "program.\n"));
}
