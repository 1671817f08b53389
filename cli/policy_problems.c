#include "policy_problems.h"

#include "i18n.h"
#include "text.h"
#include <string.h>

static const char *
problems_basename(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

void
problems_locate(struct policy_problems *problems, const char *const *file, size_t count)
{
	for (size_t i = 0; i < problems->count; i++) {
		struct policy_problem *p = &problems->item[i];
		char name[sizeof(p->file)];

		snprintf(name, sizeof(name), "%s", p->file);
		if (name[0] == '/' || name[0] == '\0')
			continue;
		if (count == 0)
			snprintf(p->file, sizeof(p->file), "/etc/sekisho/%.240s", name);
		for (size_t k = 0; k < count; k++) {
			if (strcmp(problems_basename(file[k]), name) == 0)
				snprintf(p->file, sizeof(p->file), "%s", file[k]);
		}
	}
}

void
problems_print(FILE *out, const struct policy_problems *problems)
{
	for (size_t i = 0; i < problems->count; i++) {
		const struct policy_problem *p = &problems->item[i];
		char clean[1024];

		text_clean(clean, sizeof(clean), p->text);
		if (p->line > 0)
			fprintf(out, "%s:%d: %s\n", p->file, p->line, clean);
		else if (p->file[0] != '\0')
			fprintf(out, "%s: %s\n", p->file, clean);
		else
			fprintf(out, "%s\n", clean);
	}
	if (problems->total > problems->count) {
		fprintf(out, _("… and %zu more."), problems->total - problems->count);
		fputc('\n', out);
	}
}

json_t *
problems_json(const struct policy_problems *problems)
{
	json_t *list = json_array();

	for (size_t i = 0; i < problems->count; i++) {
		const struct policy_problem *p = &problems->item[i];

		json_array_append_new(list, json_pack("{s:s,s:i,s:s}", "file", p->file, "line",
						p->line, "text", p->text));
	}
	return list;
}
