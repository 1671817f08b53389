/* A paper without entries says that a person has none: not of a name that was mistyped. */
#include "call.h"
#include "error.h"
#include "i18n.h"
#include "paper/paper.h"
#include "report/known.h"
#include "report/page.h"
#include "show.h"
#include <string.h>

/* Is it in the records? Root and who has a copy look at them all; an auditor asks the daemon
 * for one. */
static int
look_for_person(const struct paper *p, struct known *k)
{
	struct call call;
	int status, e;

	if (p->store != NULL) {
		while ((e = known_step(k, p->store, 0, 1 << 16)) == 1)
			continue;
		return e == SKS_OK ? STATUS_DONE : report_say(e);
	}
	call_init(&call, VERB_LOG);
	call.request.limit = 1;
	status =
	    call_set_text(call.request.user, sizeof(call.request.user), p->person, "--person");
	if (status == STATUS_DONE)
		status = call_run(&call, p->args);
	k->has_person |= status == STATUS_DONE && call.payload.len > 0;
	call_clear(&call);
	return status;
}

int
paper_check_person(const struct paper *p, const json_t *all)
{
	char text[KNOWN_LIKE_SIZE + NAME_SIZE + 512], like[KNOWN_LIKE_SIZE] = "";
	int status = STATUS_DONE, e;
	struct known k = {0};
	json_t *entry;
	size_t i;

	if (strlen(p->person) >= sizeof(k.person))
		return STATUS_DONE; /* the daemon has refused it, and of a copy nobody is called
				       that */
	e = known_begin(&k, p->policy, p->store, p->person, "");
	json_array_foreach(all, i, entry) k.has_person |= paper_is(entry, "person", p->person);
	if (e == SKS_OK && known_missing(&k) != KNOWN_ALL)
		status = look_for_person(p, &k);
	if (e == SKS_OK && status == STATUS_DONE && known_missing(&k) != KNOWN_ALL) {
		e = known_like(&k, p->policy, p->store, like);
		known_tell(KNOWN_NO_PERSON, p->person, like, text, sizeof(text));
		fputs("sekisho: ", stderr);
		show_sentence(stderr, text);
		status = STATUS_REFUSED;
	}
	known_clear(&k);
	return e == SKS_OK ? status : report_say(e);
}
