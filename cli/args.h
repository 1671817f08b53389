/*
 * The words and options of one invocation, read by one table of options and one row of the
 * table of subcommands.
 */
#ifndef SEKISHO_CLI_ARGS_H
#define SEKISHO_CLI_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum option {
	OPT_ACCEPT,
	OPT_ALGORITHM,
	OPT_ALL,
	OPT_ARCHIVE,
	OPT_AT,
	OPT_AUDITOR,
	OPT_BECAUSE,
	OPT_CATALOGUE,
	OPT_CIPHER,
	OPT_CLASS,
	OPT_CHANGES,
	OPT_CLAUSE,
	OPT_COMMENT,
	OPT_CONFIRM,
	OPT_COUNT_CODES,
	OPT_DIGEST,
	OPT_DIGITS,
	OPT_DURATION,
	OPT_DORMANT,
	OPT_EMERGENCY,
	OPT_EVENT,
	OPT_FISCAL_YEAR,
	OPT_EVIDENCE,
	OPT_FOLLOW,
	OPT_FOR,
	OPT_FORMAT,
	OPT_FROM,
	OPT_FULL,
	OPT_GOOGLE_AUTHENTICATOR,
	OPT_GRAVE,
	OPT_HELP,
	OPT_HOW,
	OPT_IDENTITY,
	OPT_JSON,
	OPT_KEY,
	OPT_LANG,
	OPT_LIMIT,
	OPT_LOWER,
	OPT_MEASURE,
	OPT_MIN_COUNT,
	OPT_METRICS,
	OPT_NAME,
	OPT_NO_INVITATION,
	OPT_NOW,
	OPT_OBSERVE,
	OPT_OLDEST_FIRST,
	OPT_OUTCOME,
	OPT_OUTPUT,
	OPT_OWNER,
	OPT_PAM_OATH,
	OPT_PASSPHRASE_FILE,
	OPT_PERIOD,
	OPT_PERSON,
	OPT_PROBE,
	OPT_PROFILE,
	OPT_PURPOSE,
	OPT_QR,
	OPT_QUICK,
	OPT_RECEIPT,
	OPT_REASON,
	OPT_RECIPIENT,
	OPT_RECORD,
	OPT_REHEARSE,
	OPT_END_REPORT,
	OPT_REQUEST,
	OPT_RESUME,
	OPT_ROLE,
	OPT_SCRATCH,
	OPT_SEEN,
	OPT_SENTENCES,
	OPT_SERVICE,
	OPT_SIGN_OFF,
	OPT_SINCE,
	OPT_SOURCE,
	OPT_STATE_DIR,
	OPT_SUBJECT,
	OPT_SUPERIOR,
	OPT_TAKE_OUT,
	OPT_TEXT,
	OPT_TICKET,
	OPT_TILES,
	OPT_TO,
	OPT_TRUST,
	OPT_TTY,
	OPT_UNDO,
	OPT_UNTIL,
	OPT_URI,
	OPT_USER,
	OPT_VERIFIED_BY,
	OPT_VERIFY,
	OPT_VKEY,
	OPT_WAIVE_REPORT,
	OPT_WITHIN,
	OPT_YES,
	OPT_COUNT,
};

/* A bit for each option: more than 64 of them. */
#define OPTION_SET     unsigned __int128
#define OPTION(symbol) ((OPTION_SET)1 << OPT_##symbol)

struct option_info {
	const char *name;           /* without the two hyphens */
	const char *value;          /* what follows, for the help; NULL: a switch */
	const char *help;           /* N_() */
	const char *const *choices; /* NULL-terminated; NULL: anything */
};
extern const struct option_info option_table[OPT_COUNT];

struct args;

/* One row per subcommand. "words" names the positional ones, for the help and completion. */
struct subcommand {
	const char *noun;
	const char *verb; /* NULL: the noun is the whole name */
	const char *words;
	size_t min_words, max_words;
	OPTION_SET options; /* besides --json and --help, which all have */
	const char *summary;
	const char *more; /* N_(), paragraphs for its own help; NULL: none */
	int (*run)(const struct args *args);
};

enum { ARGS_WORDS_MAX = 32, ARGS_OPTIONS_MAX = 64 };

struct args {
	const struct subcommand *command;
	const char *word[ARGS_WORDS_MAX];
	size_t word_count;
	struct {
		enum option option;
		const char *value;
	} given[ARGS_OPTIONS_MAX];
	size_t given_count;
};

/*
 * Reads argv[0..argc) (what follows the subcommand) into args, whose command is set; what is
 * there already stays. "--name value" and "--name=value", in any order with the words; "--"
 * ends the options. 0, or SKS_INVALID with one sentence in why[].
 */
int args_parse(struct args *args, int argc, char *const *argv, char *why, size_t why_size);
/* Is the number of words right? 0, or SKS_INVALID with one sentence in why[]. */
int args_check_words(const struct args *args, char *why, size_t why_size);
/* The i-th word, or NULL. */
const char *args_word(const struct args *args, size_t i);
bool args_has(const struct args *args, enum option option);
/* The last value given, or NULL. */
const char *args_value(const struct args *args, enum option option);
/* The last value given, or "". */
const char *args_text(const struct args *args, enum option option);
/* A whole number between min and max, "fallback" when not given. 0 or SKS_INVALID. */
int args_number(const struct args *args, enum option option, uint64_t min, uint64_t max,
    uint64_t fallback, uint64_t *number);

#endif
