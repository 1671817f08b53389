/* What verifying the log found, for people and for programs; and how far it is. */
#ifndef SEKISHO_CLI_VERIFY_SHOW_H
#define SEKISHO_CLI_VERIFY_SHOW_H

#include "audit/verify.h"

/* All zero at first. Draws on standard error, and only on a terminal. */
struct verify_bar {
	int64_t begun_ms, drawn_ms;
	bool drawn;
};
void verify_bar_move(void *bar, uint64_t done, uint64_t total);
/* Takes it off the terminal. */
void verify_bar_end(struct verify_bar *bar);

void verify_show(const struct verify_options *o, const struct verify_result *result);
void verify_show_json(const struct verify_options *o, const struct verify_result *result);

#endif
