#include "list.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_SIZE = sizeof(((struct stack_service *)0)->name) };

static bool
list_is_service(const char *name)
{
	static const char *const copies[] = {"~", ".dpkg-old", ".dpkg-dist", ".dpkg-new",
	    ".ucf-old", ".ucf-dist", ".rpmsave", ".rpmnew", ".bak", ".orig",
	    ".sekisho-conflict"};
	size_t len = strlen(name);

	if (len == 0 || len >= NAME_SIZE || name[0] == '.')
		return false;
	for (size_t i = 0; i < len; i++) {
		if (isupper((unsigned char)name[i]) || isspace((unsigned char)name[i]))
			return false;
	}
	for (size_t i = 0; i < sizeof(copies) / sizeof(copies[0]); i++) {
		size_t tail = strlen(copies[i]);

		if (len > tail && strcmp(name + len - tail, copies[i]) == 0)
			return false;
	}
	return true;
}

static void
list_add(struct stack_names *out, const char *name)
{
	if (!list_is_service(name))
		return;
	for (size_t i = 0; i < out->count; i++) {
		if (strcmp(out->item[i], name) == 0)
			return;
	}
	if (out->count == STACK_SERVICES_MAX) {
		out->cut = true;
		return;
	}
	out->item[out->count] = strdup(name);
	if (out->item[out->count] == NULL)
		abort();
	out->count++;
}

static bool
list_directory(struct stack_names *out, const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *e;

	if (dir == NULL)
		return false;
	while ((e = readdir(dir)) != NULL) {
		if (e->d_type != DT_DIR)
			list_add(out, e->d_name);
	}
	closedir(dir);
	return true;
}

/* The first words; a continued line gives a name too many, which reads as a service without
 * lines. */
static void
list_conf(struct stack_names *out, const char *path)
{
	FILE *in = path == NULL ? NULL : fopen(path, "re");
	char line[1024], name[NAME_SIZE];

	if (in == NULL)
		return;
	while (fgets(line, sizeof(line), in) != NULL) {
		if (sscanf(line, " %63[^# \t\n\\]", name) == 1)
			list_add(out, name);
	}
	fclose(in);
}

static int
list_compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void
stack_names_read(const struct stack_source *source, struct stack_names *out)
{
	bool directory = false;

	memset(out, 0, sizeof(*out));
	for (const char *const *dir = source->dir; *dir != NULL; dir++)
		directory = list_directory(out, *dir) || directory;
	if (!directory)
		list_conf(out, source->conf);
	if (out->count > 0)
		qsort(out->item, out->count, sizeof(out->item[0]), list_compare);
}

void
stack_names_free(struct stack_names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->item[i]);
	memset(names, 0, sizeof(*names));
}
