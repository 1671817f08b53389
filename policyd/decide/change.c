#include "decide/change.h"

const char *const change_words[] = {
    [CHANGE_OK] = "ok",
    [CHANGE_NOTHING_PENDING] = "not-pending",
    [CHANGE_NOT_WHOLE] = "not-applied",
    [CHANGE_NOT_KNOWN] = "not-identified",
    [CHANGE_BEFORE] = "opened-before",
    [CHANGE_OTHER_SERVICE] = "unchanged-service",
    [CHANGE_NOT_INTERACTIVE] = "not-interactive",
    [CHANGE_NOT_ELEVATED] = "not-elevated",
    [CHANGE_NOT_PERMITTED] = "not-permitted",
    [CHANGE_WORDS] = 0,
};

enum change_word
decide_change_confirm(const struct change_facts *f)
{
	if (!f->pending)
		return CHANGE_NOTHING_PENDING;
	if (!f->whole)
		return CHANGE_NOT_WHOLE;
	if (!f->known)
		return CHANGE_NOT_KNOWN;
	if (!f->after)
		return CHANGE_BEFORE;
	if (!f->through)
		return CHANGE_OTHER_SERVICE;
	if (!f->interactive)
		return CHANGE_NOT_INTERACTIVE;
	if (!f->elevated)
		return CHANGE_NOT_ELEVATED;
	if (!f->permitted)
		return CHANGE_NOT_PERMITTED;
	return CHANGE_OK;
}
