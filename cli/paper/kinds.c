/* The table of kinds; each is made by the file of its name. */
#include "audit/event.h"
#include "i18n.h"
#include "paper/kinds.h"

const struct paper_kind paper_kinds[] = {
    {.word = "exceptions",
	.title = N_("Register of exceptions"),
	.action = {ACTION_EXCEPTION_REQUEST, ACTION_EXCEPTION_ANSWER, ACTION_EXCEPTION_START,
	    ACTION_EXCEPTION_END, ACTION_EXCEPTION_REPORT, ACTION_EXCEPTION_OVERDUE,
	    ACTION_BREAK_GLASS_REVIEW},
	.wide = true,
	.from_log = exceptions_from_log,
	.from_tables = exceptions_from_tables,
	.fill = exceptions_fill},
    {.word = "exception",
	.title = N_("Review record of an exception"),
	.action = {ACTION_EXCEPTION_REQUEST, ACTION_EXCEPTION_ANSWER, ACTION_EXCEPTION_START,
	    ACTION_EXCEPTION_END, ACTION_EXCEPTION_REPORT, ACTION_EXCEPTION_OVERDUE,
	    ACTION_BREAK_GLASS_REVIEW},
	.about_one = true,
	.from_log = exceptions_from_log,
	.from_tables = exceptions_from_tables,
	.fill = exception_fill},
};
const size_t paper_kind_count = sizeof(paper_kinds) / sizeof(paper_kinds[0]);
