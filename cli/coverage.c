#include "coverage.h"

#include "stack/list.h"
#include "stack/module.h"
#include <dirent.h>
#include <grp.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Nobody asks for these names: other files include them, or they are ours. */
static const char *const included[] = {"common-", "sekisho", "system-auth", "password-auth",
    "fingerprint-auth", "smartcard-auth", "postlogin", "system-local-login",
    "system-remote-login", "system-services"};

/* Debian's dropbear and tinysshd know no PAM; rsh and rexec believe addresses. */
const struct other_way coverage_other_ways[] = {
    {"dropbear", "/usr/sbin/dropbear", true},
    {"tinysshd", "/usr/sbin/tinysshd", true},
    {"in.rshd", "/usr/sbin/in.rshd", true},
    {"in.rlogind", "/usr/sbin/in.rlogind", true},
    {"in.rexecd", "/usr/sbin/in.rexecd", true},
    {"shellinaboxd", "/usr/bin/shellinaboxd", true},
    {"ttyd", "/usr/bin/ttyd", true},
    {"ksu", "/usr/bin/ksu", false},
    {"super", "/usr/bin/super", false},
    {"calife", "/usr/bin/calife", false},
    {"op", "/usr/bin/op", false},
    {"busybox-su", "/usr/bin/busybox-suid", false},
};
const size_t coverage_other_count =
    sizeof(coverage_other_ways) / sizeof(coverage_other_ways[0]);

/* Whoever is in one of these is root when they like, and is asked nothing. */
static const char *const root_groups[] = {
    "docker", "lxd", "lxc", "incus-admin", "libvirt", "disk", "kmem", "shadow"};

static bool
is_running(const char *program)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;
	bool found = false;

	while (proc != NULL && !found && (entry = readdir(proc)) != NULL) {
		char link[64], target[PATH_MAX];
		ssize_t n;

		if (entry->d_name[0] < '0' || entry->d_name[0] > '9')
			continue;
		snprintf(link, sizeof(link), "/proc/%.20s/exe", entry->d_name);
		n = readlink(link, target, sizeof(target) - 1);
		if (n <= 0)
			continue;
		target[n] = '\0';
		found = strcmp(target, program) == 0;
	}
	if (proc != NULL)
		closedir(proc);
	return found;
}

bool
coverage_is_open(const struct other_way *way)
{
	struct stat st;

	if (way->server)
		return is_running(way->program);
	return stat(way->program, &st) == 0 && (st.st_mode & S_ISUID) != 0;
}

static bool
is_included_only(const char *name)
{
	for (size_t i = 0; i < sizeof(included) / sizeof(included[0]); i++) {
		if (strncmp(name, included[i], strlen(included[i])) == 0)
			return true;
	}
	return false;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
sort_names(json_t *list)
{
	size_t n = json_array_size(list);
	const char **name = calloc(n + 1, sizeof(*name));
	json_t *sorted = json_array();

	for (size_t i = 0; name != NULL && i < n; i++)
		name[i] = json_string_value(json_array_get(list, i));
	if (name != NULL && n > 0)
		qsort(name, n, sizeof(*name), by_name);
	for (size_t i = 0; name != NULL && i < n; i++)
		json_array_append_new(sorted, json_string(name[i]));
	if (json_array_size(sorted) == n) {
		json_array_clear(list);
		json_array_extend(list, sorted);
	}
	json_decref(sorted);
	free(name);
}

static void
add_others(struct coverage *c)
{
	for (size_t i = 0; i < coverage_other_count; i++)
		if (coverage_is_open(&coverage_other_ways[i]))
			json_array_append_new(
			    c->unrecorded, json_string(coverage_other_ways[i].name));
	for (size_t i = 0; i < sizeof(root_groups) / sizeof(root_groups[0]); i++) {
		const struct group *g = getgrnam(root_groups[i]);

		if (g != NULL && g->gr_mem[0] != NULL)
			json_array_append_new(
			    c->unrecorded, json_sprintf("group:%s", root_groups[i]));
	}
}

static bool
has_ours(const struct stack *stack)
{
	for (size_t i = 0; i < stack->count; i++) {
		if (stack->line[i].handler == HANDLER_MODULE && module_is_ours(&stack->line[i]))
			return true;
	}
	return false;
}

/* The account phase is asked for every login, by key too; a service without it is recorded
 * where a code is. */
bool
coverage_is_recorded(const struct stack_source *source, const char *service)
{
	struct stack_service s;
	bool recorded;

	stack_read(source, service, &s);
	recorded = s.found && (has_ours(stack_lines(&s, STACK_ACCOUNT)) ||
				  has_ours(stack_lines(&s, STACK_AUTH)));
	stack_free(&s);
	return recorded;
}

bool
coverage_read(struct coverage *out, const struct stack_source *source)
{
	struct stack_names names;
	bool names_read;

	*out = (struct coverage){.recorded = json_array(), .unrecorded = json_array()};
	stack_names_read(source, &names);
	names_read = names.count > 0 && !names.cut;
	for (size_t i = 0; i < names.count; i++) {
		if (is_included_only(names.item[i]))
			continue;
		json_array_append_new(coverage_is_recorded(source, names.item[i])
					  ? out->recorded
					  : out->unrecorded,
		    json_string(names.item[i]));
	}
	add_others(out);
	sort_names(out->recorded);
	sort_names(out->unrecorded);
	stack_names_free(&names);
	return names_read;
}

void
coverage_clear(struct coverage *c)
{
	json_decref(c->recorded);
	json_decref(c->unrecorded);
	*c = (struct coverage){0};
}
