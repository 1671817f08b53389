#include "check_sudo_file.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PLUGIN_DIR "/usr/libexec/sudo/"

enum { LINE_MAX_BYTES = 8192, DEPTH_MAX = 16, FILES_MAX = 512 };

/* Whole lines: "\" at the end continues. "#" begins a comment, but not "#include" and "#1000".
 */
static bool
read_line(FILE *in, char *line, size_t size, int *number)
{
	size_t used = 0;

	while (used + 1 < size && fgets(line + used, (int)(size - used), in) != NULL) {
		used += strlen(line + used);
		++*number;
		if (used > 0 && line[used - 1] == '\n')
			line[--used] = '\0';
		if (used == 0 || line[used - 1] != '\\')
			return true;
		line[--used] = '\0';
	}
	return used > 0;
}

static const char *
after_word(const char *line, const char *word)
{
	size_t len = strlen(word);

	line += strspn(line, " \t");
	if (strncmp(line, word, len) != 0 || (line[len] != ' ' && line[len] != '\t'))
		return NULL;
	return line + len + strspn(line + len, " \t");
}

/* ---- Defaults ---------------------------------------------------------------------------- */

/* One of them: name, !name, name=value, with or without quotes. */
static void
take_default(struct sudo_settings *s, char *text)
{
	bool off = false;
	char *value;

	while (*text == ' ' || *text == '\t' || *text == '!') {
		off ^= *text == '!';
		text++;
	}
	value = strchr(text, '=');
	if (value != NULL) {
		char *end = value;

		*value++ = '\0';
		while (end > text && strchr(" \t+-", end[-1]) != NULL)
			*--end = '\0';
		value += strspn(value, " \t\"");
		value[strcspn(value, "\"")] = '\0';
	} else {
		text[strcspn(text, " \t#")] = '\0';
	}
	if (strcmp(text, "pam_acct_mgmt") == 0)
		s->no_account = off;
	else if (strcmp(text, "pam_session") == 0)
		s->no_session = off;
	else if (strcmp(text, "rootpw") == 0 || strcmp(text, "runaspw") == 0 ||
		 strcmp(text, "targetpw") == 0)
		s->other_password = !off;
	else if (strcmp(text, "user_command_timeouts") == 0)
		s->user_timeouts = !off;
	else if (value != NULL && strcmp(text, "pam_service") == 0)
		snprintf(s->service, sizeof(s->service), "%s", value);
	else if (value != NULL && strcmp(text, "pam_login_service") == 0)
		snprintf(s->login_service, sizeof(s->login_service), "%s", value);
	else if (value != NULL && strcmp(text, "group_plugin") == 0)
		snprintf(s->group_plugin, sizeof(s->group_plugin), "%s", value);
}

/* "Defaults[@host|:user|!command|>runas] setting, setting": each scope counts, because what
 * holds for one of them is a hole for that one. */
static void
take_defaults(struct sudo_settings *s, char *line)
{
	char *at = line + strlen("Defaults");
	bool quoted = false;

	if (*at != ' ' && *at != '\t') {
		at += strcspn(at, " \t");
	}
	at += strspn(at, " \t");
	for (char *one = at;; at++) {
		if (*at == '"')
			quoted = !quoted;
		if (*at == '\0' || (*at == ',' && !quoted)) {
			bool last = *at == '\0';

			*at = '\0';
			take_default(s, one);
			if (last)
				return;
			one = at + 1;
		}
	}
}

/* ---- files ------------------------------------------------------------------------------- */

struct reading {
	struct sudo_settings *out;
	sudo_take *take; /* what is neither a setting nor an include; NULL: nobody asks */
	void *context;
	const char *top; /* relative includes lie beside it */
	size_t files;
};

static void read_sudoers(struct reading *r, const char *path, int depth);

static void
absolute(const struct reading *r, const char *name, char *out, size_t size)
{
	const char *slash = strrchr(r->top, '/');
	char clean[4096];

	snprintf(clean, sizeof(clean), "%s", name + (*name == '"'));
	clean[strcspn(clean, "\" \t")] = '\0';
	if (clean[0] == '/' || slash == NULL)
		slash = r->top;
	/* a path that is cut opens nothing, or another file: then nothing */
	if (snprintf(out, size, "%.*s%s%s", (int)(slash - r->top), r->top,
		slash == r->top ? "" : "/", clean) >= (int)size)
		out[0] = '\0';
}

/* Names with a dot or a tilde at their end are skipped, as sudo does. */
static bool
is_read_by_sudo(const char *name)
{
	return strchr(name, '.') == NULL && name[strlen(name) - 1] != '~';
}

static int
only_read(const struct dirent *entry)
{
	return is_read_by_sudo(entry->d_name);
}

static void
read_dir(struct reading *r, const char *dir, int depth)
{
	struct dirent **entry = NULL;
	int n = scandir(dir, &entry, only_read, alphasort);

	for (int i = 0; i < n; i++) {
		char path[4096 + 256];

		snprintf(path, sizeof(path), "%s/%s", dir, entry[i]->d_name);
		read_sudoers(r, path, depth + 1);
		free(entry[i]);
	}
	free(entry);
}

static void
read_sudoers(struct reading *r, const char *path, int depth)
{
	char line[LINE_MAX_BYTES], other[4096];
	int number = 0, first;
	FILE *in;

	if (depth > DEPTH_MAX || r->files++ > FILES_MAX) {
		r->out->cut = true;
		return;
	}
	in = fopen(path, "re");
	if (in == NULL)
		return;
	r->out->seen = true;
	while (first = number + 1, read_line(in, line, sizeof(line), &number)) {
		const char *name = NULL;
		char *text = line + strspn(line, " \t");

		if ((name = after_word(text, "@include")) != NULL ||
		    (name = after_word(text, "#include")) != NULL) {
			absolute(r, name, other, sizeof(other));
			read_sudoers(r, other, depth + 1);
		} else if ((name = after_word(text, "@includedir")) != NULL ||
			   (name = after_word(text, "#includedir")) != NULL) {
			absolute(r, name, other, sizeof(other));
			read_dir(r, other, depth);
		} else if (strncmp(text, "Defaults", 8) == 0) {
			take_defaults(r->out, text);
		} else if (r->take != NULL && *text != '\0' &&
			   (*text != '#' || (text[1] >= '0' && text[1] <= '9'))) {
			r->take(r->context, path, first, text);
		}
	}
	fclose(in);
}

/* "SYMBOL FILE OPTION...". Of which kind another one is only its name tells. */
static void
take_plugin(struct sudo_settings *out, const char *text)
{
	char symbol[64] = "", file[512] = "", path[1024];

	if (sscanf(text, "%63s %511s", symbol, file) != 2)
		return;
	if (strstr(file, "sekisho_sudo.so") != NULL) {
		out->audit |= strcmp(symbol, "sekisho_audit") == 0;
		out->approval |= strcmp(symbol, "sekisho_approval") == 0;
		snprintf(path, sizeof(path), "%s%s", file[0] == '/' ? "" : PLUGIN_DIR, file);
		out->gone |= access(path, F_OK) != 0;
	} else if (strncmp(symbol, "sudoers_", 8) != 0 && strstr(symbol, "io") != NULL) {
		snprintf(out->other_io, sizeof(out->other_io), "%s", symbol);
	} else if (out->approval && strstr(symbol, "approval") != NULL) {
		snprintf(out->other_approval, sizeof(out->other_approval), "%s", symbol);
	}
}

static void
read_conf(struct sudo_settings *out, const char *path)
{
	char line[LINE_MAX_BYTES];
	FILE *in = fopen(path, "re");
	const char *value;
	int number = 0;

	while (in != NULL && read_line(in, line, sizeof(line), &number)) {
		const char *set = after_word(line, "Set"), *plugin = after_word(line, "Plugin");

		if (plugin != NULL)
			take_plugin(out, plugin);

		if (set != NULL && (value = after_word(set, "group_source")) != NULL)
			snprintf(out->group_source, sizeof(out->group_source), "%.*s",
			    (int)strcspn(value, " \t#"), value);
	}
	if (in != NULL)
		fclose(in);
}

void
sudo_settings_read(struct sudo_settings *out, const char *sudoers, const char *sudo_conf)
{
	struct reading r = {.out = out, .top = sudoers};

	memset(out, 0, sizeof(*out));
	if (sudoers != NULL)
		read_sudoers(&r, sudoers, 0);
	if (sudo_conf != NULL)
		read_conf(out, sudo_conf);
}

bool
sudo_lines_read(const char *sudoers, sudo_take *take, void *context)
{
	struct sudo_settings settings = {0};
	struct reading r = {.out = &settings, .take = take, .context = context, .top = sudoers};

	read_sudoers(&r, sudoers, 0);
	return settings.seen && !settings.cut;
}
