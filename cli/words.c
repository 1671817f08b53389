#include "words.h"

#include "i18n.h"
#include <stddef.h>
#include <string.h>

struct word {
	const char *word, *shown;
};

/* A reason's English is the word itself: --reason takes it, and the catalogue explains it. */
static const struct word shown_words[] = {
    /* devices */
    {"pending", N_("not confirmed")},
    {"active", N_("active")},
    {"lost", N_("lost")},
    {"revoked", N_("revoked")},
    {"returned", N_("returned")},
    /* keys */
    {"sealing", N_("sealing")},
    {"derivation", N_("derivation")},
    {"log", N_("log")},
    {"epoch", N_("epoch")},
    {"spool", N_("spool")},
    {"current", N_("current")},
    {"old", N_("old")},
    {"exposed", N_("exposed")},
    {"retired", N_("retired")},
    /* factors */
    {"none", N_("none")},
    {"totp", N_("one-time code")},
    {"recovery-code", N_("recovery code")},
    {"token", N_("token")},
    /* classes of accounts */
    {"person", N_("person")},
    {"admin", N_("administrator")},
    {"shared", N_("shared")},
    {"service", N_("service")},
    /* classes of services */
    {"unknown", N_("unknown")},
    {"remote", N_("remote")},
    {"console", N_("console")},
    {"elevation", N_("elevation")},
    {"re-authentication", N_("re-authentication")},
    {"scheduled", N_("scheduled")},
    {"non-interactive", N_("non-interactive")},
    /* bytes sent */
    {"not-measured", N_("not measured")},
    {"not-yet-measured", N_("not measured yet")},
    /* a source that is no address */
    {"local", N_("local")},
    /* space for records */
    {"low", N_("low")},
    {"reserve", N_("reserve")},
    /* reasons; "ok" of the space too */
    {"ok", N_("ok")},
    {"charged", N_("charged")},
    {"first-factor-ok", N_("first-factor-ok")},
    {"wrong-password", N_("wrong-password")},
    {"wrong-code", N_("wrong-code")},
    {"replayed-code", N_("replayed-code")},
    {"code-below-floor", N_("code-below-floor")},
    {"spent-recovery-code", N_("spent-recovery-code")},
    {"code-is-password", N_("code-is-password")},
    {"no-code", N_("no-code")},
    {"locked", N_("locked")},
    {"source-locked", N_("source-locked")},
    {"no-device", N_("no-device")},
    {"mfa-required", N_("mfa-required")},
    {"mfa-stale", N_("mfa-stale")},
    {"key-only", N_("key-only")},
    {"suspended", N_("suspended")},
    {"busy", N_("busy")},
    {"unasked", N_("unasked")},
    {"overtaken", N_("overtaken")},
    {"not-stored", N_("not-stored")},
    {"no-grant", N_("no-grant")},
    {"standing-right", N_("standing-right")},
    {"invited", N_("invited")},
    {"invitation-over", N_("invitation-over")},
    {"password-expired", N_("password-expired")},
    {"account-ended", N_("account-ended")},
    {"everyday-service", N_("everyday-service")},
    {"held", N_("held")},
    {"device-required", N_("device-required")},
    {"unopened", N_("unopened")},
    {"grave", N_("grave")},
    {"refused-by-rule", N_("refused-by-rule")},
    {"shared-account-direct", N_("shared-account-direct")},
    {"service-account-interactive", N_("service-account-interactive")},
    {"other-person", N_("other-person")},
    {"unknown-user", N_("unknown-user")},
    {"abandoned", N_("abandoned")},
    {"factor-fresh", N_("factor-fresh")},
    {"not-required", N_("not-required")},
    {"observed", N_("observed")},
    {"root-caller", N_("root-caller")},
    {"not-permitted", N_("not-permitted")},
    {"disk-full", N_("disk-full")},
    {"process-ended", N_("process-ended")},
    {"ended-unobserved", N_("ended-unobserved")},
    {"ended-by-reboot", N_("ended-by-reboot")},
    {"purpose-not-accepted", N_("purpose-not-accepted")},
    {"enrolment-closed", N_("enrolment-closed")},
    {"proof-needed", N_("proof-needed")},
    {"exists", N_("exists")},
    {"not-found", N_("not-found")},
    {"invalid-value", N_("invalid-value")},
    {"root-only", N_("root-only")},
    {"wrong-state", N_("wrong-state")},
    {"not-identified", N_("not-identified")},
    {"same-person", N_("same-person")},
    {"crossed", N_("crossed")},
    {"on-hold", N_("on-hold")},
    {"kept-for-ever", N_("kept-for-ever")},
    {"expired", N_("expired")},
    {"withdrawn", N_("withdrawn")},
    {"declined", N_("declined")},
    {"too-long", N_("too-long")},
    {"wrong-place", N_("wrong-place")},
    {"outside-hours", N_("outside-hours")},
    {"role-full", N_("role-full")},
    {"too-many-roles", N_("too-many-roles")},
    {"attribute-missing", N_("attribute-missing")},
    {"ticket-missing", N_("ticket-missing")},
    {"superior-unfit", N_("superior-unfit")},
    {"not-certified", N_("not-certified")},
    {"not-lowerable", N_("not-lowerable")},
    {"not-reviewed", N_("not-reviewed")},
    {"bypass", N_("bypass")},
    {"plugin-missing", N_("plugin-missing")},
    {"second-person", N_("second-person")},
    {"permit-missing", N_("permit-missing")},
    {"grace", N_("grace")},
    {"weak-password", N_("weak-password")},
    {"password-unchecked", N_("password-unchecked")},
    /* why an auditor has to open a record: audit/risk.h */
    {"emergency-way", N_("an emergency way in")},
    {"rule-weakened", N_("a rule is weaker than it says")},
    {"overdue", N_("overdue")},
    {"rules-changed", N_("rules were changed")},
    {"power-given", N_("privilege was given")},
    {"power-ended-in-use", N_("privilege ended while it was used")},
    {"power-refused", N_("privilege was refused")},
    {"recording-touched", N_("what is recorded may be incomplete")},
    {"records-handed-out", N_("records were handed out")},
    {"host-changed", N_("the host was changed")},
    {"check-failed", N_("a test of the host failed")},
    {"reported-by-user", N_("reported by a user")},
    {"account-suspended", N_("an account was suspended")},
    {"two-devices", N_("one identity on two devices")},
    {"much-downloaded", N_("much was downloaded")},
    {"guesses", N_("guesses that never got in")},
    {"guesses-then-in", N_("many guesses, and then in")},
    {"closed-account-tried", N_("a closed account was tried")},
    {"power-without-grant", N_("privilege without a grant")},
    {"recording-gap", N_("a gap in the recording")},
};

static const struct word why_words[] = {
    {"known-password", N_("reported: the password may be known")},
    {"not-me", N_("reported: a login that was not theirs")},
    {"unused-account", N_("reported: the account is not needed")},
    {"reported lost", N_("reported lost")},
    {"never confirmed", N_("never confirmed")},
    {"first start", N_("first start")},
    {"not stated", N_("not stated")},
};

static const char *
words_find(const struct word *words, size_t count, const char *word)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(words[i].word, word) == 0)
			return _(words[i].shown);
	}
	return word;
}

const char *
words_shown(const char *word)
{
	return words_find(shown_words, sizeof(shown_words) / sizeof(shown_words[0]), word);
}

const char *
words_nth(size_t n)
{
	return n < sizeof(shown_words) / sizeof(shown_words[0]) ? shown_words[n].word : NULL;
}

const char *
words_why(const char *text)
{
	return words_find(why_words, sizeof(why_words) / sizeof(why_words[0]), text);
}
