#include "edit_line.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

void
edit_word(const char **at, size_t *left, char *out, size_t size)
{
	size_t n = 0;

	while (*left > 0 && (**at == ' ' || **at == '\t'))
		(*at)++, (*left)--;
	if (*left > 0 && **at == '[') {
		while (n < *left && (*at)[n] != ']')
			n++;
		n += n < *left;
	} else {
		while (n < *left && (*at)[n] != ' ' && (*at)[n] != '\t')
			n++;
	}
	(void)snprintf(out, size, "%.*s", (int)n, *at);
	*at += n;
	*left -= n;
}

bool
edit_line_read(const char *text, size_t len, struct edit_line *out)
{
	const char *comment = memchr(text, '#', len);

	*out = (struct edit_line){0};
	if (comment != NULL)
		len = (size_t)(comment - text);
	while (len > 0 && strchr(" \t\r", text[len - 1]) != NULL)
		len--;
	edit_word(&text, &len, out->type, sizeof(out->type));
	if (out->type[0] == '\0')
		return false;
	if (strcmp(out->type, "@include") != 0)
		edit_word(&text, &len, out->control, sizeof(out->control));
	edit_word(&text, &len, out->module, sizeof(out->module));
	while (len > 0 && (*text == ' ' || *text == '\t'))
		text++, len--;
	(void)snprintf(out->options, sizeof(out->options), "%.*s", (int)len, text);
	return true;
}

bool
edit_is_type(const struct edit_line *l, const char *type)
{
	return strcasecmp(l->type + (l->type[0] == '-'), type) == 0;
}

bool
edit_is_module(const struct edit_line *l, const char *name)
{
	const char *slash = strrchr(l->module, '/');
	const char *base = slash == NULL ? l->module : slash + 1;
	size_t len = strlen(name);

	return strncmp(base, name, len) == 0 && strcmp(base + len, ".so") == 0;
}

bool
edit_includes(const struct edit_line *l, const char *type, const char *name)
{
	bool all = strcmp(l->type, "@include") == 0;
	bool some = edit_is_type(l, type) && (strcasecmp(l->control, "include") == 0 ||
						 strcasecmp(l->control, "substack") == 0);

	return (all || some) && strncmp(l->module, name, strlen(name)) == 0;
}

bool
edit_lines_next(struct edit_lines *l)
{
	const char *end;

	if (l->left == 0)
		return false;
	end = memchr(l->at, '\n', l->left);
	l->line = l->at;
	l->len = end == NULL ? l->left : (size_t)(end - l->at);
	l->left -= l->len + (end != NULL);
	l->at += l->len + (end != NULL);
	l->number++;
	return true;
}
