/* What stands on a paper, as JSON that the writers walk through. */
#include "i18n.h"
#include "paper/dates.h"
#include "paper/paper.h"
#include "words.h"
#include <inttypes.h>
#include <string.h>

enum { TEXT_SIZE = 8192 };

static void
add(struct paper *p, const char *type, const char *label, const char *text)
{
	(void)json_array_append_new(p->blocks,
	    json_pack("{s:s,s:s,s:s}", "type", type, "label", label, "text", text));
}

void
paper_heading(struct paper *p, const char *text)
{
	add(p, "heading", "", text);
}

void
paper_text(struct paper *p, const char *text)
{
	add(p, "text", "", text);
}

void
paper_pair(struct paper *p, const char *label, const char *value)
{
	add(p, "pair", label, value);
}

void
paper_pair_time(struct paper *p, const char *label, int64_t wall_ms)
{
	char text[DATES_SIZE];

	add(p, "pair", label, dates_time(wall_ms, text));
}

void
paper_space(struct paper *p, const char *label, unsigned mm)
{
	add(p, "space", label, "");
	(void)json_object_set_new(json_array_get(p->blocks, json_array_size(p->blocks) - 1), "mm",
	    json_integer((json_int_t)mm));
}

void
paper_verbatim(struct paper *p, const char *text)
{
	add(p, "verbatim", "", text);
}

void
paper_seals(struct paper *p, const char *const *label)
{
	json_t *labels = json_array();

	for (; *label != NULL; label++)
		(void)json_array_append_new(labels, json_string(*label));
	(void)json_array_append_new(
	    p->blocks, json_pack("{s:s,s:o}", "type", "seals", "labels", labels));
}

/* In a narrow column the day by the era, by the calendar and the time stand below each other. */
static void
in_lines(char *text)
{
	char copy[DATES_SIZE], *to = text;
	bool day = true; /* the zone stays beside the time */
	const char *open = "\xef\xbc\x88", *close = "\xef\xbc\x89", *from = copy;

	(void)snprintf(copy, sizeof(copy), "%s", text);
	for (; *from != '\0' && to < text + DATES_SIZE - 2; from++) {
		if (strncmp(from, open, 3) == 0 || (*from == ' ' && day)) {
			*to++ = '\n';
			from += *from == ' ' ? 0 : 2;
			day = false;
		} else if (strncmp(from, close, 3) == 0) {
			*to++ = '\n';
			from += 2;
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
}

/* A cell of a register as it is shown; machine: for CSV. Returns out. */
static const char *
paper_shown(const struct paper_column *c, const json_t *entry, bool machine, char *out, size_t size)
{
	int64_t number = paper_number(entry, c->key);
	char time[DATES_SIZE];

	out[0] = '\0';
	switch (c->cell) {
	case CELL_TIME:
	case CELL_DAY:
		if (machine)
			(void)dates_machine(number, time);
		else if (c->cell == CELL_TIME)
			(void)dates_time(number, time);
		else
			(void)dates_day(number, time);
		if (!machine)
			in_lines(time);
		(void)snprintf(out, size, "%s", time);
		break;
	case CELL_LAST_DAY:
		(void)dates_last_day(number, machine, time);
		if (!machine)
			in_lines(time);
		(void)snprintf(out, size, "%s", time);
		break;
	case CELL_HOURS:
		if (number != 0)
			(void)snprintf(out, size, "%" PRId64 ":%02" PRId64, number / 3600000,
			    number / 60000 % 60);
		break;
	case CELL_YEAR:
		if (machine)
			(void)snprintf(out, size, "%" PRId64, number);
		else if (number != 0) {
			(void)dates_fiscal_year((int)number, time);
			in_lines(time);
			(void)snprintf(out, size, "%s", time);
		}
		break;
	case CELL_NUMBER:
		(void)snprintf(out, size, "%" PRId64, number);
		break;
	case CELL_WORD:
		(void)snprintf(out, size, "%s", words_shown(paper_get(entry, c->key)));
		break;
	default:
		(void)snprintf(out, size, "%s", paper_get(entry, c->key));
	}
	return out;
}

/* How the name of a person or officer of the policy sounds; "" where it does not say. */
static const char *
paper_kana(const struct paper *p, const char *name)
{
	for (size_t i = 0; p->policy != NULL && i < p->policy->person_count; i++)
		if (strcmp(p->policy->person[i].name, name) == 0 && p->policy->person[i].kana != NULL)
			return p->policy->person[i].kana;
	for (size_t i = 0; p->policy != NULL && i < p->policy->officer_count; i++)
		if (strcmp(p->policy->officer[i].name, name) == 0 &&
		    p->policy->officer[i].kana != NULL)
			return p->policy->officer[i].kana;
	return "";
}

const char *
paper_name(const struct paper *p, const char *name, char *out, size_t size)
{
	const char *kana = paper_kana(p, name);

	(void)snprintf(out, size, kana[0] != '\0' ? _("%s (%s)") : "%s", name, kana);
	return out;
}

/* A column for spreadsheets to sort by, where the policy says how a person of a row is read. */
static void
add_kana(const struct paper *p, const json_t *entries, json_t *heads, const json_t *machine)
{
	const json_t *entry;
	bool any = false;
	size_t i;

	json_array_foreach(entries, i, entry)
		any |= paper_kana(p, paper_get(entry, "person"))[0] != '\0';
	if (!any)
		return;
	(void)json_array_append_new(heads, json_string(_("Name as it is read")));
	json_array_foreach(entries, i, entry)
		(void)json_array_append_new(json_array_get(machine, i),
		    json_string(paper_kana(p, paper_get(entry, "person"))));
}

void
paper_table(struct paper *p, const struct paper_column *column, size_t columns,
    const json_t *entries)
{
	json_t *heads = json_array(), *widths = json_array(), *rows = json_array(),
	       *machine = json_array(), *plain_heads;
	const json_t *entry;
	char text[TEXT_SIZE];
	size_t i;

	for (size_t c = 0; c < columns; c++) {
		(void)json_array_append_new(heads, json_string(_(column[c].title)));
		(void)json_array_append_new(widths, json_integer((json_int_t)column[c].width));
	}
	json_array_foreach(entries, i, entry)
	{
		json_t *row = json_array(), *plain = json_array();

		for (size_t c = 0; c < columns; c++) {
			(void)json_array_append_new(row,
			    json_string(
				paper_shown(&column[c], entry, false, text, sizeof(text))));
			(void)json_array_append_new(plain,
			    json_string(paper_shown(&column[c], entry, true, text, sizeof(text))));
		}
		(void)json_array_append_new(rows, row);
		(void)json_array_append_new(machine, plain);
	}
	plain_heads = json_copy(heads);
	add_kana(p, entries, plain_heads, machine);
	(void)json_array_append_new(p->blocks,
	    json_pack("{s:s,s:o,s:o,s:o,s:o,s:o}", "type", "table", "heads", heads, "widths",
		widths, "rows", rows, "plain_heads", plain_heads, "machine", machine));
}

const char *
paper_serial(const struct paper *p, char *out, size_t size)
{
	const char *origin = paper_get(p->terms, "origin");

	out[0] = '\0';
	if (paper_number(p->terms, "record") != 0)
		(void)snprintf(out, size, "%.*s-%" PRId64, (int)strcspn(origin, "/"), origin,
		    paper_number(p->terms, "record"));
	return out;
}
