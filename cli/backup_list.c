/* sekisho backup list|check: what there is, and whether it is whole. */
#include "backup/make.h"

#include "backup.h"
#include "cli.h"
#include "error.h"
#include "i18n.h"
#include "protocol.h"
#include "seal_to.h"
#include "show.h"
#include "table.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int
list_is_backup(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name), suffix = strlen(BACKUP_SUFFIX);

	return len > suffix && strcmp(entry->d_name + len - suffix, BACKUP_SUFFIX) == 0;
}

static json_t *
list_recipients(const struct container_info *info)
{
	json_t *list = json_array();

	for (size_t i = 0; i < info->recipient_count; i++)
		json_array_append_new(list, json_string(info->recipient[i]));
	if (info->passphrase)
		json_array_append_new(list, json_string(_("a passphrase")));
	return list;
}

/* What its header says; NULL: it is none of ours. */
static json_t *
list_describe(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct container_reader *r = NULL;
	json_t *o = NULL, *meta = NULL;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) ||
	    container_open(fd, &r) != SKS_OK ||
	    strcmp(container_info(r)->kind, BACKUP_KIND) != 0)
		goto out;
	meta = json_loads(container_info(r)->meta, 0, NULL);
	o = json_pack("{s:s,s:I,s:o,s:O*}", "file", name, "bytes", (json_int_t)st.st_size,
	    "recipients", list_recipients(container_info(r)), "meta", meta);
out:
	json_decref(meta);
	container_reader_free(r);
	if (fd >= 0)
		close(fd);
	return o;
}

static void
list_add_row(struct table *t, const json_t *o)
{
	const json_t *meta = json_object_get(o, "meta"), *name;
	char number[SHOW_TIME_SIZE], names[256] = "";
	size_t i;

	json_array_foreach(json_object_get(o, "recipients"), i, name)
	{
		size_t used = strlen(names);

		(void)snprintf(names + used, sizeof(names) - used, "%s%s", i > 0 ? ", " : "",
		    json_string_value(name));
	}
	table_add(t, show_text(meta, "@timestamp"));
	table_add(t, show_text(meta, "host.name"));
	table_add(t, show_digits(show_number(meta, "sekisho.log.size"), number));
	table_add(t, show_digits(show_number(o, "bytes"), number));
	table_add(t, names);
	table_add(t, show_text(o, "file"));
}

static void
list_print(const json_t *list)
{
	const json_t *o;
	struct table t;
	size_t i;

	table_init(&t, 6, _("MADE"), _("HOST"), _("RECORDS"), _("BYTES"), _("FOR"), _("FILE"));
	json_array_foreach(list, i, o)
	{
		list_add_row(&t, o);
	}
	table_print(&t, stdout);
	table_clear(&t);
}

static int
list_directory(const char *path, json_t *list)
{
	struct dirent **found = NULL;
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int count = dir >= 0 ? scandir(path, &found, list_is_backup, alphasort) : -1;

	if (count < 0)
		fprintf(stderr, _("sekisho: %s cannot be read: %s\n"), path, strerror(errno));
	for (int i = 0; i < count; i++) {
		json_t *o = list_describe(dir, found[i]->d_name);

		if (o != NULL)
			json_array_append_new(list, o);
		free(found[i]);
	}
	free(found);
	if (dir >= 0)
		close(dir);
	return count < 0 ? STATUS_UNREADABLE : STATUS_DONE;
}

int
run_backup_list(const struct args *args)
{
	struct policy *policy = NULL;
	const char *dir = args_word(args, 0);
	json_t *list;
	int status;

	if (dir == NULL) {
		policy = backup_policy();
		dir = policy != NULL ? policy->backup_to : NULL;
	}
	if (dir == NULL) {
		fputs(_("sekisho: the policy names no directory for backups; give one.\n"),
		    stderr);
		policy_free(policy);
		return STATUS_USAGE;
	}
	list = json_array();
	status = list_directory(dir, list);
	if (status == STATUS_DONE && args_has(args, OPT_JSON))
		show_json(list);
	else if (status == STATUS_DONE)
		list_print(list);
	json_decref(list);
	policy_free(policy);
	return status;
}
