/*
 * What this host says of itself: a number from a file or a program of root's. Only the number
 * goes to the daemon, never what else a file holds.
 */
#include "error.h"
#include "hostvalue.h"
#include "safeopen.h"
#include "warden.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { HOST_MODE_MAX = 0755, DAY_S = 86400 };

static void
host_no_number(const char *path, struct warden_answer *answer)
{
	snprintf(answer->text, sizeof(answer->text),
	    "%.1000s does not say one whole number in one line and nothing else", path);
	answer->status = SKS_INVALID;
}

/* *number and, as text, when it was written: wall clock ms. */
static void
host_says(struct warden_answer *answer, int64_t value, int64_t written_ms)
{
	answer->status = SKS_OK;
	answer->number = (uint64_t)value;
	snprintf(answer->text, sizeof(answer->text), "%lld", (long long)written_ms);
}

static void
host_file(const char *path, struct warden_answer *answer)
{
	char data[HOST_VALUE_TEXT + 1], why[512] = "";
	struct stat st;
	int64_t value;
	ssize_t n;
	int fd;

	if (path[0] != '/' || safeopen_path_is_secure(path, 0, why, sizeof(why)) != SKS_OK) {
		snprintf(answer->text, sizeof(answer->text), "%s", why);
		answer->status = SKS_UNTRUSTED;
		return;
	}
	if ((fd = safeopen_read(path, 0, HOST_MODE_MAX, why, sizeof(why))) < 0) {
		snprintf(answer->text, sizeof(answer->text), "%s", why);
		answer->status = fd;
		return;
	}
	n = read(fd, data, sizeof(data));
	if (n < 0 || fstat(fd, &st) != 0) {
		snprintf(
		    answer->text, sizeof(answer->text), "%.1000s: %s", path, strerror(errno));
		answer->status = SKS_IO;
	} else if (n > HOST_VALUE_TEXT || !host_value_parse(data, (size_t)n, &value)) {
		host_no_number(path, answer);
	} else {
		host_says(answer, value,
		    (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000);
	}
	close(fd);
}

/* When a package was last installed, replaced or removed here, or all updates were installed by
 * apt's timer; 0: not known. Here and not in lib/, so that no other program
 * names a file of dpkg's own. */
static time_t
updates_installed(void)
{
	time_t packages = updates_newest("/var/lib/dpkg/status"),
	       timer = updates_newest("/var/lib/apt/periodic/upgrade-stamp");

	return timer > packages ? timer : packages;
}

/* Up to date is who knew of the updates and installed them: the older of both counts. */
static void
host_updates(struct warden_answer *answer)
{
	time_t listed = updates_listed(), installed = updates_installed(), now = time(NULL);
	time_t last = listed < installed ? listed : installed;

	if (last == 0) {
		snprintf(answer->text, sizeof(answer->text),
		    "apt and dpkg left no file that says when this host was last updated");
		answer->status = SKS_NOT_FOUND;
		return;
	}
	host_says(answer, last > now ? 0 : (now - last) / DAY_S, (int64_t)now * 1000);
}

void
host_run(const struct warden_call *call, struct warden_answer *answer)
{
	if (call->number == WARDEN_HOST_FILE)
		host_file(call->name, answer);
	else if (call->number == WARDEN_HOST_UPDATES)
		host_updates(answer);
	else
		answer->status = SKS_INVALID;
}

/* In the courier: a program that root has put into HOST_COMMANDS, and no other. */
void
host_command_run(const struct warden_call *call, struct warden_answer *answer)
{
	char program[sizeof(call->name)];
	char *const argv[] = {program, NULL};
	struct buf nothing;
	int64_t value;
	size_t len;

	if (!host_command_is_sane(call->name)) {
		answer->status = SKS_INVALID;
		return;
	}
	snprintf(program, sizeof(program), "%s", call->name);
	if (!courier_is_plain(program, answer))
		return;
	buf_init(&nothing, 1);
	courier_feed(argv, &nothing, answer);
	buf_clear(&nothing);
	if (answer->status != SKS_OK)
		return;
	/* its newline is a blank by now */
	len = strlen(answer->text);
	if (len > 0 && answer->text[len - 1] == ' ')
		len--;
	if (host_value_parse(answer->text, len, &value))
		host_says(answer, value, (int64_t)time(NULL) * 1000);
	else
		host_no_number(program, answer);
}
