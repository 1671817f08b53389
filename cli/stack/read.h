/*
 * The PAM configuration of a service, read the way libpam reads it: pam.d or pam.conf, lines
 * that are continued, include, substack and Debian's @include, control words and brackets, and
 * what libpam makes of lines it does not understand. Linux-PAM 1.5 (Debian 12) is followed to
 * the letter, its limit of 1023 bytes a line included.
 */
#ifndef SEKISHO_CLI_STACK_READ_H
#define SEKISHO_CLI_STACK_READ_H

#include <stdbool.h>
#include <stddef.h>

enum {
	STACK_RETURNS = 32, /* PAM_SUCCESS to PAM_INCOMPLETE */
	STACK_LEVELS = 16,  /* substacks in substacks */
	STACK_LINES_MAX = 2048,
	STACK_FILE_MAX = 1 << 20,
};

/* STACK_TYPES also says: of every type. */
enum stack_type { STACK_AUTH, STACK_ACCOUNT, STACK_SESSION, STACK_PASSWORD, STACK_TYPES };
extern const char *const stack_type_words[];

/* What a return value does; a positive number jumps over so many lines. */
enum stack_action {
	ACTION_IGNORE = 0,
	ACTION_OK = -1,
	ACTION_DONE = -2,
	ACTION_BAD = -3,
	ACTION_DIE = -4,
	ACTION_RESET = -5,
	ACTION_UNSET = -6,
};

enum stack_handler {
	HANDLER_MODULE,
	HANDLER_MUST_FAIL, /* libpam did not understand the line: it refuses */
	HANDLER_SUBSTACK,  /* where a substack begins; calls nothing */
};

struct stack_line {
	enum stack_handler handler;
	unsigned int level; /* 0: not in a substack */
	int action[STACK_RETURNS];
	char *control; /* as it is written */
	char *module;  /* likewise; NULL where there is none */
	char **arg;
	size_t arg_count;
	const char *file; /* of the service */
	unsigned int number;
};

struct stack {
	struct stack_line *line;
	size_t count;
};

struct stack_service {
	char name[64];
	bool found;           /* it has a file, or lines in pam.conf, of its own */
	bool refused;         /* libpam gives up on the configuration: every call fails */
	bool undefined;       /* worse: Debian's follows a NULL, or memory that it never set */
	const char *why_file; /* where it gives up; NULL: nothing to be named */
	unsigned int why_line;
	struct stack own[STACK_TYPES], other[STACK_TYPES]; /* of the service, and of "other" */
	char **file;                                       /* the names that lines point to */
	size_t file_count;
};

/* Where the configuration is. Directories are tried in order, NULL ends them; conf is read when
 * none of them exists and may be NULL. What files include is looked for in one place alone: so
 * does Debian's libpam, whatever directory the program that calls it has named. */
struct stack_source {
	const char *dir[3];
	const char *include_dir;
	const char *conf;
};
extern const struct stack_source stack_system;

/* Reads all of what libpam would read for the service. Free with stack_free(), whatever came of
 * it. Out of memory ends the program: a stack with a hole in it would prove nothing. */
void stack_read(const struct stack_source *source, const char *name, struct stack_service *out);
void stack_free(struct stack_service *service);
/* The lines that decide: the service's own, or those of "other" where it has none. */
const struct stack *stack_lines(const struct stack_service *service, enum stack_type type);
/* Does the line have the argument, word for word? */
bool stack_line_has(const struct stack_line *line, const char *arg);

#endif
