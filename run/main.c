/*
 * sekisho-run: starts a program with the capabilities of a role.
 *
 * A session over ssh can only inherit them; what it runs has none. This file carries "all=ei",
 * so that it has what its session may inherit, and nothing where the session may inherit
 * nothing: for everybody else it is a program without rights. It asks the daemon whether the
 * role still runs, makes ambient what both say, gives up the rest and becomes the program.
 */
#include "client.h"
#include "error.h"
#include "i18n.h"
#include "protocol.h"
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { TIMEOUT_MS = 10000, CAPABILITIES = 64, HALF = 32 };
enum { EXIT_USAGE = 2, EXIT_NOT_HERE = 3, EXIT_CANNOT_RUN = 126, EXIT_NO_PROGRAM = 127 };

static void
limit(struct __user_cap_data_struct half[2], uint64_t mask)
{
	for (int i = 0; i < 2; i++) {
		half[i].permitted &= (uint32_t)(mask >> i * HALF);
		half[i].effective = half[i].permitted;
		half[i].inheritable = half[i].permitted;
	}
}

static uint64_t
permitted(const struct __user_cap_data_struct half[2])
{
	return half[0].permitted | (uint64_t)half[1].permitted << HALF;
}

/* What the active roles of this user give, and the daemon's sentence. */
static int
ask(const char *program, struct command_reply *reply)
{
	static struct command c;
	const char *language = i18n_language();
	int r;

	c = (struct command){.verb = VERB_RUN};
	(void)snprintf(c.name, sizeof(c.name), "%s", program);
	(void)snprintf(c.language, sizeof(c.language), "%s", language);
	r = client_call(USER_SOCKET_PATH, MSG_COMMAND, &command_fields, &c, NULL, 0,
	    &command_reply_fields, reply, NULL, TIMEOUT_MS);
	if (r == SKS_OK && reply->status == STATUS_DONE)
		return 0;
	if (r == SKS_OK)
		fprintf(stderr, "sekisho-run: %s\n", reply->text);
	else
		fprintf(stderr, _("sekisho-run: the daemon does not answer (%s).\n"),
		    _(error_text(r)));
	return r == SKS_OK ? (int)reply->status : EXIT_NOT_HERE;
}

static int
raise_all(uint64_t mask)
{
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0)
		return -1;
	for (int i = 0; i < CAPABILITIES; i++)
		if ((mask >> i & 1) != 0 &&
		    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i, 0, 0) != 0)
			return -1;
	return 0;
}

static int
take(uint64_t given)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct half[2] = {0};
	uint64_t mask;

	if (syscall(SYS_capget, &header, half) != 0)
		return -1;
	mask = permitted(half) & given;
	if (mask != given) {
		fprintf(stderr, "%s\n",
		    _("sekisho-run: this login began before you had the role: log in again. "
		      "(Administrator: \"sekisho check\" says whether the program is whole.)"));
		errno = EPERM;
		return -1;
	}
	limit(half, mask);
	header = (struct __user_cap_header_struct){.version = _LINUX_CAPABILITY_VERSION_3};
	if (syscall(SYS_capset, &header, half) != 0 || raise_all(mask) != 0) {
		fprintf(stderr, _("sekisho-run: capabilities: %s\n"), strerror(errno));
		return -1;
	}
	return 0;
}

int
main(int argc, char **argv)
{
	static struct command_reply reply;
	int status;

	i18n_init(NULL);
	if (argc > 1 && strcmp(argv[1], "--") == 0) {
		argc--;
		argv++;
	}
	if (argc < 2 || argv[1][0] == '-') {
		fprintf(stderr, "%s\n", _("usage: sekisho-run -- COMMAND [ARGUMENT...]"));
		return EXIT_USAGE;
	}
	if ((status = ask(argv[1], &reply)) != 0)
		return status;
	if (take(reply.next) != 0)
		return 1;
	(void)execvp(argv[1], argv + 1);
	status = errno == ENOENT ? EXIT_NO_PROGRAM : EXIT_CANNOT_RUN;
	fprintf(stderr, "sekisho-run: %s: %s\n", argv[1], strerror(errno));
	return status;
}
