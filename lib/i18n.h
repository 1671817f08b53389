/*
 * Texts for people. English is the source; po/ holds the rest. N_() marks a text that is
 * translated where it is shown.
 */
#ifndef SEKISHO_I18N_H
#define SEKISHO_I18N_H

#include <libintl.h>

#define _(text)  dgettext("sekisho", text)
#define N_(text) (text)

/*
 * Chooses the language of this process: NULL takes the user's locale, "ja" or "en" that
 * language even where no such locale is installed (as for a daemon in the C locale).
 * Not for use inside other people's processes.
 */
void i18n_init(const char *language);

/*
 * What this process speaks since i18n_init, for a daemon that shall answer in the same: "ja",
 * "en", or "" where nobody chose, as in the C locale. Static.
 */
const char *i18n_language(void);

#endif
