/* What is said where no record fits what was asked for. */
#include "log_nothing.h"

#include "call.h"
#include "check.h"
#include "decide/decide.h"
#include "i18n.h"
#include "policy/nearest.h"
#include "show.h"
#include <pwd.h>
#include <stdio.h>
#include <string.h>

enum { WORDS_MAX = 512 };

/* What records have as their reason beside reason_words, the names of tests and those of
 * alerts: docs/events.md, event by event. */
static const char *const other_reasons[] = {"above-limit", "added", "another-log", "asked",
    "break-glass", "by-hand", "capability", "caught-up", "changed-by-others", "clean", "cloned",
    "content", "cut", "damaged", "deadline", "decommissioned", "ended", "error", "exit",
    "fail-open", "failed", "findings", "first", "first-start", "forged", "found", "full",
    "gone", "grant-over", "host-clock-suspect", "host-suspended", "input-refused",
    "interrupted", "key-lost", "key-still-needed", "killed", "left-running", "lifetime", "lost",
    "low", "many", "mode", "moved", "new", "no-answer", "not-applied", "not-elevated",
    "not-interactive", "not-measured", "not-pending", "observe", "opened-before",
    "other-derivation-key", "overdue", "owner", "passphrase", "policy", "reboot", "removed",
    "renewed", "requested", "reserve", "restored", "retired", "rewound", "same-log",
    "scheduled", "seal-lost", "sealed", "sealed-anew", "service-account", "setup", "signal",
    "signed", "signed-off", "slow", "sound", "type", "unchanged-service", "unclean",
    "undelivered", "unreachable", "unreadable", "unvouched", "used", "wall-clock-jump"};

_Static_assert(
    REASON_COUNT + sizeof(other_reasons) / sizeof(other_reasons[0]) <= WORDS_MAX, "all fit");

static size_t
known_reasons(const char *words[WORDS_MAX], const json_t *alerts)
{
	const json_t *alert;
	size_t i, n = 0;

	for (i = 0; i < REASON_COUNT; i++)
		words[n++] = reason_words[i];
	for (i = 0; i < sizeof(other_reasons) / sizeof(other_reasons[0]); i++)
		words[n++] = other_reasons[i];
	for (i = 0; i < check_test_count && n < WORDS_MAX; i++)
		words[n++] = check_tests[i].name;
	for (i = 0; i < json_array_size(alerts) && n < WORDS_MAX; i++) {
		alert = json_array_get(alerts, i);
		words[n++] = show_text(alert, "alert");
	}
	return n;
}

/* An alert of the policy in force has a name of its own; NULL where the caller may not know. */
static json_t *
alerts_in_force(void)
{
	struct call call;
	json_t *answer = NULL;

	call_init(&call, VERB_ALERT_LIST);
	if (call_send(&call, NULL, 0, NULL) == STATUS_DONE)
		answer = json_loadb((const char *)call.payload.data, call.payload.len, 0, NULL);
	call_clear(&call);
	return answer;
}

static int
reason_say(const char *reason)
{
	const char *words[WORDS_MAX], *nearest = NULL;
	json_t *answer = alerts_in_force();
	size_t count = known_reasons(words, json_object_get(answer, "alerts"));
	bool known = false;

	for (size_t i = 0; i < count && !known; i++)
		known = strcmp(words[i], reason) == 0;
	if (!known)
		nearest = nearest_word(reason, words, count);
	if (nearest != NULL)
		fprintf(stderr, _("sekisho: no event has the reason \"%s\". Do you mean %s?\n"),
		    reason, nearest);
	json_decref(answer);
	return nearest != NULL ? STATUS_USAGE : STATUS_DONE;
}

int
log_nothing_say(const struct args *args, bool waiting)
{
	const char *reason = args_text(args, OPT_REASON), *user = args_text(args, OPT_USER);
	int r = reason[0] != '\0' ? reason_say(reason) : STATUS_DONE;

	if (waiting || r != STATUS_DONE)
		return r;
	fputs(_("sekisho: no record fits.\n"), stderr);
	if (user[0] != '\0' && getpwnam(user) == NULL)
		fprintf(stderr, _("sekisho: there is no account \"%s\" on this host.\n"), user);
	return r;
}
