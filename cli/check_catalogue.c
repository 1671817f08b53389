/* Is the control catalogue of this host there, and does each of its rows that has a check get
 * one? Comes last: it looks at what the others found. */
#include "check.h"
#include "i18n.h"
#include "show.h"
#include <jansson.h>
#include <string.h>

#define CATALOGUE "/usr/share/sekisho/controls/catalogue.json"

static bool
was_made(const struct check *c, const char *name)
{
	for (size_t i = 0; i < c->count; i++)
		if (strcmp(c->item[i].name, name) == 0)
			return true;
	return false;
}

void
check_catalogue(struct check *c)
{
	json_t *file = json_load_file(CATALOGUE, JSON_REJECT_DUPLICATES, NULL);
	const json_t *rows = json_object_get(file, "rows"), *row, *also;
	size_t i, j, checked = 0;
	char missing[256] = "";

	json_array_foreach(rows, i, row)
	{
		const char *name = show_text(row, "check");
		bool made = was_made(c, name);

		if (name[0] == '\0')
			continue;
		checked++;
		json_array_foreach(json_object_get(row, "also"), j, also)
			made = made && json_is_string(also) && was_made(c, json_string_value(also));
		if (!made)
			check_add_name(missing, sizeof(missing), show_text(row, "id"));
	}
	if (checked == 0)
		check_failed(c, "controls-covered",
		    _("Nobody can say which controls this host has to hold."),
		    _("Install Sekisho again: its control catalogue is missing or damaged."),
		    _("%s names no control with a test"), CATALOGUE);
	else if (missing[0] != '\0')
		check_failed(c, "controls-covered",
		    _("What nobody tests may have been off for long."),
		    _("Install command and catalogue of the same version."),
		    _("controls whose test this command does not know: %s"), missing);
	else
		check_ok(c, "controls-covered", _("%zu of %zu controls are tested here"),
		    checked, json_array_size(rows));
	json_decref(file);
}
