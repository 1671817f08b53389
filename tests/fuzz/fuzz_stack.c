/*
 * Hostile bytes as PAM configuration: up to five files that include each other, or pam.conf.
 * What is read has to be whole; small stacks are proved, with every answer.
 */
// SOURCES: policyd/policy/services.c policyd/policy/nearest.c
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FUZZ_FILES = 5, FUZZ_FD = 1000 };

static struct fuzz_file {
	const char *name;
	const uint8_t *bytes;
	size_t size, at;
} fuzz_file[FUZZ_FILES] = {{.name = "/d/login"}, {.name = "/d/other"}, {.name = "/d/a"},
    {.name = "/d/b"}, {.name = "/conf"}};

static int
fuzz_open(const char *path)
{
	for (int i = 0; i < FUZZ_FILES; i++) {
		if (fuzz_file[i].bytes != NULL && strcmp(path, fuzz_file[i].name) == 0) {
			fuzz_file[i].at = 0;
			return FUZZ_FD + i;
		}
	}
	return -1;
}

static ssize_t
fuzz_read(int fd, void *dst, size_t size)
{
	struct fuzz_file *f = &fuzz_file[fd - FUZZ_FD];

	if (size > f->size - f->at)
		size = f->size - f->at;
	memcpy(dst, f->bytes + f->at, size);
	f->at += size;
	return (ssize_t)size;
}

static int
fuzz_fstat(struct stat *st)
{
	st->st_mode = S_IFREG;
	return 0;
}

static int
fuzz_stat(const char *path, struct stat *st)
{
	st->st_mode = S_IFDIR;
	return strcmp(path, "/d") == 0 && fuzz_file[4].bytes == NULL ? 0 : -1;
}

/* before our macros: they use the real ones */
#include "../../cli/stack/control.c"
#include "../../cli/stack/walk.c"
#include <fcntl.h>
#include <stdlib.h>

#define open(path, flags) fuzz_open(path)
#define read(fd, p, n)    fuzz_read(fd, p, n)
#define close(fd)         (void)(fd)
#define fstat(fd, st)     fuzz_fstat(st)
#define stat(path, st)    fuzz_stat(path, st)
/* a whole megabyte for each file would take all the time */
#define malloc(size) malloc((size) == STACK_FILE_MAX ? FUZZ_FILE_SIZE : (size))
enum { FUZZ_FILE_SIZE = 1 << 14 };
#include "../../cli/stack/lines.c"
#undef read
#undef close
#undef fstat
#undef open
#undef malloc
#include "../../cli/stack/read.c"
#undef stat
#include "../../cli/stack/judge.c"
#include "../../cli/stack/module.c"
#include "../../cli/stack/prove.c"
#include "../../cli/stack/search.c"

static void
fuzz_require(bool holds)
{
	if (!holds)
		abort();
}

static void
fuzz_stack(const struct stack *stack)
{
	struct walk w;

	fuzz_require(stack->count <= STACK_LINES_MAX + STACK_LEVELS);
	for (size_t i = 0; i < stack->count; i++) {
		const struct stack_line *l = &stack->line[i];

		fuzz_require(l->file != NULL && l->number > 0 && l->level < STACK_LEVELS);
		fuzz_require(l->handler != HANDLER_MODULE || l->module != NULL);
		for (int v = 0; v < STACK_RETURNS; v++)
			fuzz_require(l->action[v] > ACTION_UNSET);
	}
	for (int v = -1; v <= STACK_RETURNS; v++) {
		size_t steps = 0;

		walk_start(stack, &w);
		while (!walk_is_over(stack, &w)) {
			walk_step(stack, &w, v, WALK_NOT_FROZEN);
			fuzz_require(++steps <= stack->count);
		}
		(void)walk_result(&w);
	}
}

#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct stack_source source = {
	    .dir = {"/d", NULL}, .include_dir = "/d", .conf = "/conf"};
	static struct judgement j;
	struct stack_service s;

	if (size > FUZZ_FILE_SIZE / 2)
		return -1;
	for (int i = 0; i < FUZZ_FILES; i++) {
		const uint8_t *end = size == 0 ? NULL : memchr(data, 0xff, size);
		size_t len = end == NULL ? size : (size_t)(end - data);

		fuzz_file[i].bytes = i > 0 && size == 0 ? NULL : data;
		fuzz_file[i].size = len;
		data += len + (end != NULL);
		size -= len + (end != NULL);
	}
	stack_read(&source, "login", &s);
	for (int i = 0; i < STACK_TYPES; i++) {
		fuzz_stack(&s.own[i]);
		fuzz_stack(&s.other[i]);
	}
	if (stack_lines(&s, STACK_AUTH)->count < 6 &&
	    stack_lines(&s, STACK_ACCOUNT)->count < 6 &&
	    stack_lines(&s, STACK_SESSION)->count < 6)
		judge_service(&s, SERVICE_CONSOLE, &j);
	for (size_t i = 0; i < j.count; i++)
		fuzz_require(memchr(j.hole[i].way, '\0', sizeof(j.hole[i].way)) != NULL);
	memset(&j, 0, sizeof(j));
	stack_free(&s);
	return 0;
}
