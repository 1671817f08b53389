#include "policy/problem.h"

#include "text.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void
problem_add(struct policy_problems *problems, const char *file, int line, const char *fmt, ...)
{
	struct policy_problem *problem;
	char raw[sizeof(problem->text)];
	va_list args;

	if (problems == NULL)
		return;
	problems->total++;
	if (problems->count >= POLICY_PROBLEMS_MAX)
		return;
	problem = &problems->item[problems->count++];
	memset(problem, 0, sizeof(*problem));
	text_clean(problem->file, sizeof(problem->file), file);
	problem->line = line;
	va_start(args, fmt);
	vsnprintf(raw, sizeof(raw), fmt, args);
	va_end(args);
	text_clean(problem->text, sizeof(problem->text), raw);
}
