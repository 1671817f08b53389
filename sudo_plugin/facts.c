/* What sudo knows, as the daemon wants it. */
#include "plugin.h"
#include "text.h"
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ARGUMENT_MAX = 4096, PASSWD_MAX = 16384 };

/* The value of "key=value" in one of sudo's lists, which may be NULL; NULL without it. */
static const char *
facts_value(char *const list[], const char *key)
{
	size_t len = strlen(key);

	for (; list != NULL && *list != NULL; list++) {
		if (strncmp(*list, key, len) == 0 && (*list)[len] == '=')
			return *list + len + 1;
	}
	return NULL;
}

static uint32_t
facts_number(char *const list[], const char *key, uint32_t otherwise)
{
	const char *text = facts_value(list, key);
	unsigned long number;
	char *end;

	if (text == NULL || *text < '0' || *text > '9')
		return otherwise;
	number = strtoul(text, &end, 10);
	return *end == '\0' && number <= UINT32_MAX ? (uint32_t)number : otherwise;
}

/* Copies it clean; true when it is not as it was. */
static bool
copy(char *dst, size_t size, const char *src)
{
	if (src == NULL)
		src = "";
	(void)text_clean(dst, size, src);
	return strcmp(dst, src) != 0;
}

static void
account_name(uint32_t uid, char *out, size_t size)
{
	struct passwd pw, *found = NULL;
	char *space = malloc(PASSWD_MAX);

	out[0] = '\0';
	if (space != NULL && getpwuid_r(uid, &pw, space, PASSWD_MAX, &found) == 0 && found != NULL)
		(void)copy(out, size, found->pw_name);
	free(space);
}

/* The daemon knows the number from the kernel; the name is found here. */
static void
login_name(char *out, size_t size)
{
	char text[16] = "", *end;
	unsigned long uid;
	ssize_t n = -1;
	int fd = open("/proc/self/loginuid", O_RDONLY | O_CLOEXEC | O_NOCTTY);

	out[0] = '\0';
	if (fd >= 0) {
		n = read(fd, text, sizeof(text) - 1);
		close(fd);
	}
	if (n <= 0)
		return;
	text[n] = '\0';
	uid = strtoul(text, &end, 10);
	if (end != text && uid < UINT32_MAX)
		account_name((uint32_t)uid, out, size);
}

/* A line each. Whatever cannot stand there as it is makes the whole of it cut: then it is no
 * command with arguments that a role has. */
static void
put_arguments(struct sudo_request *q, char *const argv[])
{
	char *line = malloc(ARGUMENT_MAX);
	size_t used = 0;

	q->cut |= line == NULL;
	for (; line != NULL && *argv != NULL; argv++) {
		size_t len;

		q->cut |= copy(line, ARGUMENT_MAX, *argv);
		len = strlen(line);
		if (sizeof(q->arguments) - used < len + 2) {
			q->cut = true;
			break;
		}
		memcpy(q->arguments + used, line, len);
		used += len;
		q->arguments[used++] = '\n';
		q->arguments[used] = '\0';
		explicit_bzero(line, len);
	}
	free(line);
}

/* sudoedit's own arguments are behind the editor's. */
static char *const *
edited_files(char *const argv[])
{
	char *const *files = argv;

	for (; *argv != NULL; argv++) {
		if (strcmp(*argv, "--") == 0)
			files = argv + 1;
	}
	return files;
}

void
facts_fill(struct sudo_request *q, char *const user_info[], char *const command_info[],
    char *const argv[])
{
	const char *cwd = facts_value(command_info, "cwd");
	const char *edit = facts_value(command_info, "sudoedit");
	bool has = argv != NULL && argv[0] != NULL;

	memset(q, 0, sizeof(*q));
	(void)copy(q->user, sizeof(q->user), facts_value(user_info, "user"));
	q->uid = facts_number(user_info, "uid", UINT32_MAX);
	login_name(q->actor, sizeof(q->actor));
	(void)copy(q->tty, sizeof(q->tty), facts_value(user_info, "tty"));
	(void)copy(q->cwd, sizeof(q->cwd), cwd != NULL ? cwd : facts_value(user_info, "cwd"));
	(void)copy(q->run_as, sizeof(q->run_as), facts_value(command_info, "runas_user"));
	q->run_as_uid = facts_number(command_info, "runas_uid", UINT32_MAX);
	q->timeout_s = facts_number(command_info, "timeout", 0);
	q->edit = edit != NULL && strcmp(edit, "true") == 0;
	if (q->edit) {
		(void)copy(q->command, sizeof(q->command), "sudoedit");
		if (has)
			put_arguments(q, edited_files(argv));
		return;
	}
	q->cut = copy(q->command, sizeof(q->command),
	    command_info != NULL ? facts_value(command_info, "command") : NULL);
	if (q->command[0] == '\0' && has)
		q->cut = copy(q->command, sizeof(q->command), argv[0]);
	if (has)
		put_arguments(q, argv + 1);
}
