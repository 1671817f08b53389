/*
 * Settings of other modules, and what they become here. Pure: texts in, texts and sentences
 * out.
 */
#ifndef SEKISHO_CLI_SETUP_FOREIGN_H
#define SEKISHO_CLI_SETUP_FOREIGN_H

#include "edit.h"

enum { FOREIGN_SETTINGS_MAX = 64 };

/* "name" or "name=value"; a later one of the same name counts. */
struct foreign_setting {
	char name[64], value[256];
};
struct foreign_settings {
	struct foreign_setting item[FOREIGN_SETTINGS_MAX];
	size_t count;
};

/* The lines of a file such as faillock.conf. */
void foreign_read_file(struct foreign_settings *s, const char *text, size_t len);
/* The options behind a module's name in a PAM file. */
void foreign_read_options(struct foreign_settings *s, const char *options);
/* The value, "" for a name without one, NULL where it is not there. */
const char *foreign_value(const struct foreign_settings *s, const char *name);

/*
 * What each setting of that module (one bit of enum edit_from) becomes: policy, the text of
 * policy.conf, gets those that have an equivalent; notes a line for each setting, taken over or
 * not. Names that the module does not have are passed over.
 */
void foreign_translate(unsigned int module, const struct foreign_settings *s,
    struct buf *policy, struct buf *notes);

#endif
