/* The words inside the sentences about a policy: lists, classes, times. */
#include "policy/sentence.h"

#include "audit/event.h"
#include "clock.h"
#include "i18n.h"
#include "policy/source.h"
#include "policy/value.h"
#include <stdio.h>
#include <string.h>

static void
sentence_add(struct buf *list, const char *word)
{
	buf_printf(list, "%s%s", list->len == 0 ? "" : _(", "), word);
}

/* The list as a string, until it changes; "…" where it is longer than we print. */
const char *
sentence_text(struct buf *list)
{
	buf_put_u8(list, '\0');
	return buf_error(list) == 0 ? (const char *)list->data : "…";
}

const char *
sentence_strings(struct buf *list, const struct strings *words)
{
	buf_reset(list);
	for (size_t i = 0; i < words->count; i++)
		sentence_add(list, words->item[i]);
	return sentence_text(list);
}

const char *
sentence_account_class(unsigned int class)
{
	switch (class) {
	case CLASS_PERSON:
		return _("account of a person");
	case CLASS_ADMIN:
		return _("administrator account");
	case CLASS_SHARED:
		return _("shared account");
	default:
		return _("service account");
	}
}

const char *
sentence_service_class(unsigned int class)
{
	switch (class) {
	case SERVICE_REMOTE:
		return _("remote access");
	case SERVICE_CONSOLE:
		return _("console");
	case SERVICE_ELEVATION:
		return _("change to another account's rights");
	case SERVICE_REAUTHENTICATION:
		return _("renewed authentication");
	case SERVICE_SCHEDULED:
		return _("scheduled work");
	case SERVICE_NON_INTERACTIVE:
		return _("non-interactive use");
	default:
		return _("unknown service");
	}
}

const char *
sentence_retention(unsigned int class)
{
	return class < RETAIN_COUNT ? retention_words[class] : "?";
}

const char *
sentence_mask(struct buf *list, uint8_t mask, const char *(*word)(unsigned int))
{
	buf_reset(list);
	for (unsigned int i = 0; i < 8; i++) {
		if ((mask >> i & 1) != 0)
			sentence_add(list, word(i));
	}
	return sentence_text(list);
}

const char *
sentence_sources(struct buf *list, const struct sources *from)
{
	char net[NETWORK_TEXT_SIZE];

	buf_reset(list);
	if (from->local)
		sentence_add(list, _("this host itself"));
	if (from->remote)
		sentence_add(list, _("any other host"));
	for (size_t i = 0; i < from->count; i++)
		sentence_add(list, network_print(&from->net[i], net));
	return sentence_text(list);
}

static const char *
sentence_weekday(unsigned int day)
{
	switch (day) {
	case 0:
		return _("Sunday");
	case 1:
		return _("Monday");
	case 2:
		return _("Tuesday");
	case 3:
		return _("Wednesday");
	case 4:
		return _("Thursday");
	case 5:
		return _("Friday");
	default:
		return _("Saturday");
	}
}

/* In the largest unit that leaves no rest. */
const char *
sentence_duration(int64_t ms, char out[SENTENCE_DURATION])
{
	unsigned long days = (unsigned long)(ms / SENTENCE_DAY_MS);
	unsigned long hours = (unsigned long)(ms / SENTENCE_HOUR_MS);
	unsigned long minutes = (unsigned long)(ms / SENTENCE_MINUTE_MS);
	unsigned long seconds = (unsigned long)(ms / SENTENCE_SECOND_MS);

	if (ms % SENTENCE_SECOND_MS != 0)
		snprintf(out, SENTENCE_DURATION, _("%lu milliseconds"), (unsigned long)ms);
	else if (ms == 0 || ms % SENTENCE_MINUTE_MS != 0)
		snprintf(out, SENTENCE_DURATION,
		    dngettext("sekisho", "%lu second", "%lu seconds", seconds), seconds);
	else if (ms % SENTENCE_HOUR_MS != 0)
		snprintf(out, SENTENCE_DURATION,
		    dngettext("sekisho", "%lu minute", "%lu minutes", minutes), minutes);
	else if (ms % SENTENCE_DAY_MS != 0)
		snprintf(out, SENTENCE_DURATION,
		    dngettext("sekisho", "%lu hour", "%lu hours", hours), hours);
	else
		snprintf(out, SENTENCE_DURATION,
		    dngettext("sekisho", "%lu day", "%lu days", days), days);
	return out;
}

/* The last day of a period whose end is kept. */
const char *
sentence_date(int64_t end_ms, char out[SENTENCE_DATE])
{
	char stamp[sizeof("2026-11-22T05:03:11.042Z")];

	clock_rfc3339(end_ms - 1, stamp, sizeof(stamp));
	snprintf(out, SENTENCE_DATE, "%.10s", stamp);
	return out;
}

/* "Monday to Friday 08:00-18:00", one entry a span */
const char *
sentence_hours(struct buf *list, const struct hours_list *hours)
{
	buf_reset(list);
	for (size_t i = 0; i < hours->count; i++) {
		const struct hours *h = &hours->item[i];

		for (unsigned int day = 0; day < 7; day++) {
			if ((h->weekdays >> day & 1) != 0)
				sentence_add(list, sentence_weekday(day));
		}
		buf_printf(list, " %02u:%02u-%02u:%02u", h->from_minute / 60u,
		    h->from_minute % 60u, h->to_minute / 60u, h->to_minute % 60u);
	}
	return sentence_text(list);
}
