/*
 * Any bytes as a staff list: all of it, or nothing and why.
 * SOURCES: lib/error.c lib/clock.c lib/text.c policyd/policy/nearest.c policyd/staff/list.c
 */
#include "error.h"
#include "staff/list.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

static void
check_person(const struct staff_list *list, size_t i)
{
	const struct staff_person *p = &list->item[i];

	if (p->person[0] == '\0' || p->name[0] == '\0' || p->unit[0] == '\0' || p->line < 2 ||
	    !text_is_utf8(p->name, strlen(p->name)) || strpbrk(p->person, ",\n\t ") != NULL)
		abort();
	if (i > 0 && strcmp(list->item[i - 1].person, p->person) >= 0)
		abort();
	if (staff_find(list, p->person) != p)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct staff_list list;
	char *copy = malloc(size > 0 ? size : 1); /* ends where the list ends */
	int r;

	if (copy == NULL)
		abort();
	memcpy(copy, data, size);
	r = staff_parse(copy, size, &list);
	if ((r == SKS_OK) != (list.count > 0) || (r == SKS_INVALID) != (list.problems > 0) ||
	    (r != SKS_OK && r != SKS_INVALID))
		abort();
	for (size_t i = 0; i < list.count; i++)
		check_person(&list, i);
	for (size_t i = 0; i < list.problems; i++) {
		if (list.problem[i].line < 1 || list.problem[i].column < 1 ||
		    list.problem[i].text[0] == '\0')
			abort();
	}
	staff_clear(&list);
	free(copy);
	return 0;
}
