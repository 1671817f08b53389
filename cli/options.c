/* Every option of every subcommand: one name means one thing everywhere. */
#include "args.h"
#include "i18n.h"

static const char *const algorithm_choices[] = {"SHA1", "SHA256", "SHA512", NULL};
static const char *const digits_choices[] = {"6", "8", NULL};
static const char *const period_choices[] = {"30", "60", NULL};
static const char *const lang_choices[] = {"en", "ja", NULL};
static const char *const outcome_choices[] = {"success", "failure", "unknown", NULL};

static const char *const cipher_choices[] = {"aes-256-gcm", "chacha20-poly1305", NULL};

const struct option_info option_table[OPT_COUNT] = {
    [OPT_ACCEPT] = {"accept", NULL,
	N_("accept the purpose text without being asked; it is still shown and recorded"),
	NULL},
    [OPT_ALGORITHM] = {"algorithm", "NAME",
	N_("hash of the codes: SHA1 (every app knows it), SHA256 or SHA512"),
	algorithm_choices},
    [OPT_AT] = {"at", "TIME", N_("as if it were that time"), NULL},
    [OPT_CIPHER] = {"cipher", "NAME",
	N_("what the new key seals with: aes-256-gcm or chacha20-poly1305"), cipher_choices},
    [OPT_COMMENT] = {"comment", "TEXT", N_("why, for the record"), NULL},
    [OPT_COUNT_CODES] = {"count", "N", N_("how many codes (1 to 50; 10 unless told)"), NULL},
    [OPT_DIGEST] = {"digest", "DIGEST", N_("the policy of that digest, not the one in force"),
	NULL},
    [OPT_DIGITS] = {"digits", "N", N_("length of the codes: 6 or 8"), digits_choices},
    [OPT_EVENT] = {"event", "NAME", N_("only this event, such as authentication.code"), NULL},
    [OPT_FOLLOW] = {"follow", NULL, N_("wait for new records and show them as they come"),
	NULL},
    [OPT_FROM] = {"from", "ADDRESS", N_("where the login comes from; without it: here"), NULL},
    [OPT_GOOGLE_AUTHENTICATOR] = {"google-authenticator", "FILE",
	N_("read the file that google-authenticator made (~/.google_authenticator)"), NULL},
    [OPT_HELP] = {"help", NULL, N_("this text"), NULL},
    [OPT_HOW] = {"how", "TEXT", N_("how that person was verified"), NULL},
    [OPT_IDENTITY] = {"identity", "FILE",
	N_("the secret key that opens the file, as \"sekisho key recipient\" made it"), NULL},
    [OPT_JSON] = {"json", NULL, N_("print JSON for programs"), NULL},
    [OPT_LANG] = {"lang", "LANGUAGE", N_("language of the answer: en or ja"), lang_choices},
    [OPT_LIMIT] = {"limit", "N", N_("at most so many records"), NULL},
    [OPT_NOW] = {"now", NULL, N_("delete at once what is due, and overwrite it in all files"),
	NULL},
    [OPT_NAME] = {"name", "NAME", N_("name of the device; yours to choose"), NULL},
    [OPT_OLDEST_FIRST] = {"oldest-first", NULL,
	N_("with --limit: the oldest ones, not the newest"), NULL},
    [OPT_OUTCOME] = {"outcome", "OUTCOME", N_("only success, failure or unknown"),
	outcome_choices},
    [OPT_OUTPUT] = {"output", "FILE", N_("write to this file"), NULL},
    [OPT_PAM_OATH] = {"pam-oath", "FILE", N_("read a users file of pam_oath"), NULL},
    [OPT_PASSPHRASE_FILE] = {"passphrase-file", "FILE",
	N_("the passphrase is the first line of FILE; \"-\": of standard input"), NULL},
    [OPT_PERIOD] = {"period", "SECONDS", N_("how long a code is shown: 30 or 60"),
	period_choices},
    [OPT_QR] = {"qr", NULL, N_("also as a QR code, for a phone or a sheet of paper"), NULL},
    [OPT_REASON] = {"reason", "TEXT", N_("the reason"), NULL},
    [OPT_RECIPIENT] = {"recipient", "LINE",
	N_("whom the file is for: a line sekisho-recipient+NAME+KEY, or a file of such lines; "
	   "may be given several times"),
	NULL},
    [OPT_SENTENCES] = {"sentences", NULL, N_("say it in plain sentences"), NULL},
    [OPT_SERVICE] = {"service", "NAME", N_("the PAM service, such as sshd or sudo"), NULL},
    [OPT_SINCE] = {"since", "TIME",
	N_("not before: 2026-11-22, 2026-11-22T09:00:00+09:00, or an age such as 90m, 2h, 7d"),
	NULL},
    [OPT_SOURCE] = {"source", "ADDRESS", N_("only from this source"), NULL},
    [OPT_STATE_DIR] = {"state-dir", "DIR",
	N_("read the copy of a state directory in DIR, not the log of this host"), NULL},
    [OPT_TEXT] = {"text", "TEXT", N_("what happened, in your words"), NULL},
    [OPT_TILES] = {"tiles", "DIR", N_("write the whole tree into DIR, as C2SP tiles"), NULL},
    [OPT_TO] = {"to", "DIR", N_("the directory; the name of the file is made up"), NULL},
    [OPT_TTY] = {"tty", "GLOB",
	N_("a terminal where the codes work; may be given several times"), NULL},
    [OPT_UNTIL] = {"until", "TIME", N_("not after; the same forms as --since"), NULL},
    [OPT_URI] = {"uri", "URI",
	N_("an otpauth:// URI; \"-\" reads it from standard input (others on this host can "
	   "see what stands in the command line)"),
	NULL},
    [OPT_USER] = {"user", "USER", N_("only this user"), NULL},
    [OPT_VERIFIED_BY] = {"verified-by", "WHO",
	N_("who verified that the person asking is that person"), NULL},
    [OPT_VKEY] = {"vkey", NULL, N_("the key that verifies the heads, instead of a head"), NULL},
};
