#include "ask.h"

#include "announce.h"
#include "client.h"
#include "clock.h"
#include "conversation.h"
#include "error.h"
#include "foretold.h"
#include "paths.h"
#include "shadow.h"
#include "text.h"
#include <fcntl.h>
#include <security/pam_ext.h>
#include <security/pam_modutil.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

enum {
	ROOT_CALLER_TIMEOUT_MS = 2000, /* cron of root waits no longer for a hung daemon */
	CLOSE_TIMEOUT_MS = 2000,
	DELAY_MAX_MS = 30000,
};

/* An item as one clean line; "" where there is none. */
static void
ask_copy_item(pam_handle_t *pamh, int type, char *dst, size_t size)
{
	const void *item = NULL;

	dst[0] = '\0';
	if (pam_get_item(pamh, type, &item) == PAM_SUCCESS && item != NULL)
		text_clean(dst, size, item);
}

/*
 * SSH_AUTH_INFO_0: a line for each method that succeeded. Each line is cleaned by itself, and
 * one that does not fit is left out: half a key would be another key.
 */
static void
ask_copy_lines(const char *src, char *dst, size_t size)
{
	char line[sizeof(((struct pam_request *)0)->auth_info)];
	size_t used = 0;

	dst[0] = '\0';
	while (*src != '\0') {
		size_t len = strcspn(src, "\n");
		size_t clean;

		if (len >= sizeof(line))
			return;
		memcpy(line, src, len);
		line[len] = '\0';
		if (size - used < 2)
			return;
		clean = text_clean(dst + used, size - used - 1, line);
		if (clean < len) { /* cut short */
			dst[used] = '\0';
			return;
		}
		used += clean;
		dst[used++] = '\n';
		dst[used] = '\0';
		src += len;
		if (*src == '\n')
			src++;
	}
}

static uint32_t
ask_login_uid(void)
{
	char text[16] = "";
	char *end;
	unsigned long uid;
	ssize_t n = -1;
	int fd = open("/proc/self/loginuid", O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd >= 0) {
		n = read(fd, text, sizeof(text) - 1);
		close(fd);
	}
	if (n <= 0)
		return NOBODY;
	text[n] = '\0';
	uid = strtoul(text, &end, 10);
	if (end == text || (*end != '\0' && *end != '\n') || uid > NOBODY)
		return NOBODY;
	return (uint32_t)uid;
}

/* Who is behind it: the login identity, which su and sudo do not change, else the real uid. */
static void
ask_fill_actor(struct ask *a, uint32_t login_uid)
{
	uint32_t uid = login_uid != NOBODY ? login_uid : (uint32_t)getuid();
	const struct found *found = &a->txn->found;
	const struct passwd *pw;

	a->request.actor_uid = uid;
	if (found->valid && found->actor_uid == uid) {
		memcpy(a->request.actor, found->actor, sizeof(a->request.actor));
		return;
	}
	pw = pam_modutil_getpwuid(a->pamh, uid);
	if (pw != NULL)
		text_clean(a->request.actor, sizeof(a->request.actor), pw->pw_name);
}

_Static_assert(sizeof(((struct found *)0)->user) == sizeof(((struct pam_request *)0)->user) &&
		   sizeof(((struct found *)0)->actor) == sizeof(((struct pam_request *)0)->actor),
    "copied as they are");

static void
ask_remember(struct ask *a, const char *asked)
{
	struct found *found = &a->txn->found;

	if (strlen(asked) >= sizeof(found->asked))
		return;
	memcpy(found->asked, asked, strlen(asked) + 1);
	memcpy(found->user, a->request.user, sizeof(found->user));
	found->known = a->request.known;
	found->uid = a->request.uid;
	memcpy(found->actor, a->request.actor, sizeof(found->actor));
	found->actor_uid = a->request.actor_uid;
	found->login_uid = a->login_uid;
	found->valid = true;
}

/*
 * The account's own name: a directory may take ALICE, Alice and alice@host for alice, and each
 * would have locks, a class and a suspension of its own. A name that cannot be sent as it is
 * has no account: it is asked about as an unknown one.
 */
static void
ask_fill_user(struct ask *a, const char *user)
{
	const struct found *found = &a->txn->found;
	const struct passwd *pw;

	if (found->valid && strcmp(found->asked, user) == 0) {
		memcpy(a->request.user, found->user, sizeof(a->request.user));
		a->request.known = found->known;
		a->request.uid = found->uid;
		return;
	}
	pw = pam_modutil_getpwnam(a->pamh, user);
	if (pw != NULL)
		user = pw->pw_name;
	text_clean(a->request.user, sizeof(a->request.user), user);
	if (pw != NULL && strcmp(a->request.user, user) == 0) {
		a->request.known = true;
		a->request.uid = pw->pw_uid;
	}
}

static bool
ask_is_service(const struct ask *a, const char *const *names)
{
	for (; *names != NULL; names++) {
		if (strcmp(a->request.service, *names) == 0)
			return true;
	}
	return false;
}

/*
 * Root who becomes somebody, or the scheduler on root's behalf, with nobody else's login
 * behind it: a host must go on rotating its logs, whatever state the daemon is in.
 */
static bool
ask_is_root_caller(const struct ask *a, uint32_t login_uid)
{
	static const char *const become[] = {
	    "su", "su-l", "runuser", "runuser-l", "sudo", "sudo-i", NULL};
	static const char *const schedulers[] = {"cron", "crond", "anacron", "atd", NULL};

	if (getuid() != 0 || !a->by_root)
		return false;
	if (ask_is_service(a, schedulers))
		return a->request.known && a->request.uid == 0;
	return ask_is_service(a, become) && (login_uid == NOBODY || login_uid == 0);
}

int
ask_begin(struct ask *a, pam_handle_t *pamh, const struct options *options)
{
	struct pam_request *q = &a->request;
	uint32_t login_uid;
	const char *connection, *methods, *user = NULL;
	int rc;

	memset(a, 0, sizeof(*a));
	a->pamh = pamh;
	a->options = options;
	a->by_root = geteuid() == 0;
	a->txn = transaction_get(pamh);
	if (a->txn == NULL)
		return PAM_BUF_ERR;
	if (options->facility != FACILITY_ACCOUNT)
		a->txn->found.valid = false;
	login_uid = a->txn->found.valid ? a->txn->found.login_uid : ask_login_uid();
	rc = pam_get_user(pamh, &user, NULL);
	if (rc != PAM_SUCCESS)
		return rc;
	if (user == NULL)
		return PAM_USER_UNKNOWN;
	ask_fill_user(a, user);
	ask_copy_item(pamh, PAM_SERVICE, q->service, sizeof(q->service));
	ask_copy_item(pamh, PAM_RHOST, q->rhost, sizeof(q->rhost));
	ask_copy_item(pamh, PAM_TTY, q->tty, sizeof(q->tty));
	ask_copy_item(pamh, PAM_RUSER, q->ruser, sizeof(q->ruser));
	if (a->by_root) { /* from others the PAM environment is what they like it to be */
		connection = pam_getenv(pamh, "SSH_CONNECTION");
		if (connection != NULL)
			text_clean(q->connection, sizeof(q->connection), connection);
		if ((methods = pam_getenv(pamh, "SSH_AUTH_INFO_0")) != NULL)
			ask_copy_lines(methods, q->auth_info, sizeof(q->auth_info));
	}
	memcpy(q->token, options->token, sizeof(q->token));
	if (options->observe)
		q->flags |= PAM_FLAG_OBSERVE;
	if (options->open)
		q->flags |= PAM_FLAG_FAIL_OPEN;
	announce_into_request(a);
	announce_language(a);
	a->login_uid = login_uid;
	ask_fill_actor(a, login_uid);
	if (options->facility == FACILITY_AUTH)
		ask_remember(a, user);
	a->root_caller = ask_is_root_caller(a, login_uid);
	return PAM_SUCCESS;
}

void
ask_end(struct ask *a)
{
	explicit_bzero(a, sizeof(*a));
}

static int
ask_left_ms(const struct ask *a, enum phase phase)
{
	int64_t limit_ms = a->options->timeout_ms;

	if (a->root_caller && phase >= PHASE_ACCOUNT && limit_ms > ROOT_CALLER_TIMEOUT_MS)
		limit_ms = ROOT_CALLER_TIMEOUT_MS;
	if (phase == PHASE_CLOSE && limit_ms > CLOSE_TIMEOUT_MS)
		limit_ms = CLOSE_TIMEOUT_MS;
	limit_ms += a->patience_ms;
	limit_ms -= a->txn->spent_ms;
	return limit_ms < 0 ? 0 : (int)limit_ms;
}

int
ask_daemon(struct ask *a, enum phase phase)
{
	return ask_daemon_for(a, phase, NULL);
}

/* Those that depend on which password it is, and how old. */
static bool
ask_is_about_shadow(enum phase phase)
{
	return phase > PHASE_FAILED && phase != PHASE_CLOSE;
}

int
ask_daemon_for(struct ask *a, enum phase phase, struct buf *payload)
{
	const char *path = a->by_root ? MODULE_PAM_SOCKET : MODULE_USER_SOCKET;
	int left_ms = ask_left_ms(a, phase);
	const struct instant start = clock_now();
	int64_t start_ms = clock_monotonic_ms();
	int r = SKS_TIMEOUT;

	a->request.phase = phase;
	memset(&a->reply, 0, sizeof(a->reply));
	if (ask_is_about_shadow(phase))
		shadow_into_request(a);
	/* account management follows the code at once: see client_line */
	a->txn->line.stays = a->by_root && phase == PHASE_CODE;
	transaction_forget(a->txn);
	if (left_ms > 0 && payload == NULL)
		r = client_call_line(&a->txn->line, path, MSG_PAM, &pam_request_fields,
		    &a->request, &pam_reply_fields, &a->reply, left_ms);
	else if (left_ms > 0)
		r = client_call(path, MSG_PAM, &pam_request_fields, &a->request, NULL, 0,
		    &pam_reply_fields, &a->reply, payload, left_ms);
	if (!ask_is_allowed(a))
		client_hang_up(&a->txn->line);
	else
		foretold_keep(a, start);
	if (a->reply.delay_ms > DELAY_MAX_MS)
		a->reply.delay_ms = DELAY_MAX_MS;
	a->txn->spent_ms += clock_monotonic_ms() - start_ms;
	if (a->options->debug)
		pam_syslog(a->pamh, LOG_DEBUG,
		    "phase %s for %s: %s, verdict %u, need %u, record %llu, %lld ms",
		    fields_word(phase_words, phase), a->request.user, error_text(r),
		    a->reply.verdict, a->reply.need, (unsigned long long)a->reply.record,
		    (long long)(clock_monotonic_ms() - start_ms));
	return r;
}

bool
ask_is_allowed(const struct ask *a)
{
	return a->reply.verdict == PAM_VERDICT_ALLOW;
}

bool
ask_is_charged(const struct ask *a)
{
	return a->txn->charged && strcmp(a->txn->user, a->request.user) == 0;
}

void
ask_show_info(const struct ask *a)
{
	if (!a->options->quiet)
		conversation_info(a->pamh, a->reply.text);
}

void
ask_refuse(const struct ask *a)
{
	if (!a->options->quiet)
		conversation_error(a->pamh, a->reply.text);
	if (a->txn->responded)
		conversation_wait_until(a->txn->response_ms + a->reply.delay_ms);
}
