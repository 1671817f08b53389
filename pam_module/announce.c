#include "announce.h"

#include "conversation.h"
#include "notice.h"
#include "paths.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

_Static_assert(sizeof(((struct shown *)0)->version) == NOTICE_VERSION_SIZE &&
		   sizeof(((struct pam_request *)0)->notice) == NOTICE_VERSION_SIZE,
    "copied as they are");

static bool
announce_is_sshd(const struct ask *a)
{
	return strcmp(a->request.service, "sshd") == 0;
}

void
announce_into_request(struct ask *a)
{
	const struct shown *shown = &a->txn->shown;

	memcpy(a->request.notice, shown->version, sizeof(a->request.notice));
	if (shown->banner)
		a->request.flags |= PAM_FLAG_NOTICE_BANNER;
	if (shown->answered)
		a->request.flags |= PAM_FLAG_NOTICE_ANSWERED;
}

/* What the daemon laid out for this service; NULL where there is nothing. The caller frees. */
static struct notice *
announce_find(struct ask *a)
{
	struct notice *n = malloc(sizeof(*n));

	if (n == NULL)
		return NULL;
	if (notice_read(MODULE_NOTICE, a->request.service, n) == 0 && !n->excepted)
		return n;
	free(n);
	return NULL;
}

/*
 * sshd's password method answers every prompt itself and shows texts when the login is over; it
 * runs in the monitor. A dialogue has a process of its own, whose title says so.
 */
static bool
announce_is_in_dialogue(const struct ask *a)
{
	static const char title[] = " [pam]";
	char text[512];
	ssize_t n = -1;
	int fd;

	if (!announce_is_sshd(a))
		return true;
	fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd >= 0) {
		n = read(fd, text, sizeof(text));
		close(fd);
	}
	while (n > 0 && text[n - 1] == '\0')
		n--;
	return n >= (ssize_t)strlen(title) &&
	       memcmp(text + n - strlen(title), title, strlen(title)) == 0;
}

void
announce_before_prompt(struct ask *a)
{
	struct shown *shown = &a->txn->shown;
	struct notice *n;

	if (!a->by_root || a->options->quiet)
		return;
	n = shown->version[0] != '\0' ? NULL : announce_find(a);
	if (n != NULL) {
		memcpy(shown->version, n->version, sizeof(shown->version));
		shown->banner = n->banner && announce_is_sshd(a);
		if (!shown->banner)
			conversation_info(
			    a->pamh, notice_text(n, notice_terminal_is_ascii(a->request.tty)));
		free(n);
	}
	announce_into_request(a);
}

void
announce_answered(struct ask *a)
{
	struct shown *shown = &a->txn->shown;

	if (shown->version[0] == '\0')
		return;
	shown->answered = shown->answered || announce_is_in_dialogue(a);
	announce_into_request(a);
}

void
announce_of_banner(struct ask *a)
{
	struct shown *shown = &a->txn->shown;
	struct notice *n;

	if (shown->version[0] == '\0' && a->by_root && announce_is_sshd(a)) {
		n = announce_find(a);
		if (n != NULL && n->banner) {
			memcpy(shown->version, n->version, sizeof(shown->version));
			shown->banner = true;
		}
		free(n);
	}
	announce_into_request(a);
}

/* sshd's own environment is not that of who logs in; that comes only with the session. */
void
announce_language(struct ask *a)
{
	static const char *const variables[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
	const char *value = NULL;

	a->request.ascii = notice_terminal_is_ascii(a->request.tty);
	if (announce_is_sshd(a))
		return;
	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
		value = getenv(variables[i]);
		if (value != NULL && value[0] != '\0')
			break;
	}
	if (value != NULL && strncmp(value, "ja", 2) == 0)
		memcpy(a->request.language, "ja", 3);
	else if (value != NULL && strncmp(value, "en", 2) == 0)
		memcpy(a->request.language, "en", 3);
}
