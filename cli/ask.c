#include "ask.h"

#include "error.h"
#include "i18n.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* Signals that end or stop a program by default: the terminal must not stay without echo. */
static const int ask_signals[] = {
    SIGALRM, SIGHUP, SIGINT, SIGPIPE, SIGQUIT, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU};
enum { ASK_SIGNALS = sizeof(ask_signals) / sizeof(ask_signals[0]) };

static volatile sig_atomic_t ask_caught;

static void
ask_note(int signal_number)
{
	ask_caught = signal_number;
}

struct ask_terminal {
	struct termios before;
	struct sigaction action[ASK_SIGNALS];
	bool hidden;
};

static void
ask_catch(struct ask_terminal *t)
{
	struct sigaction note = {.sa_handler = ask_note};

	/* without SA_RESTART: read() has to return */
	sigemptyset(&note.sa_mask);
	ask_caught = 0;
	for (int i = 0; i < ASK_SIGNALS; i++) {
		sigaction(ask_signals[i], NULL, &t->action[i]);
		if (t->action[i].sa_handler != SIG_IGN)
			sigaction(ask_signals[i], &note, NULL);
	}
}

static int
ask_hide(struct ask_terminal *t)
{
	struct termios quiet;

	if (tcgetattr(STDIN_FILENO, &t->before) != 0)
		return SKS_IO;
	ask_catch(t);
	quiet = t->before;
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
	/* Draining, not flushing: what an expect script or a fast typist sent already counts.
	 */
	if (tcsetattr(STDIN_FILENO, TCSADRAIN, &quiet) != 0 && ask_caught == 0)
		return SKS_IO;
	t->hidden = true;
	return SKS_OK;
}

static void
ask_restore(struct ask_terminal *t)
{
	if (t->hidden) {
		while (tcsetattr(STDIN_FILENO, TCSADRAIN, &t->before) != 0 && errno == EINTR &&
		       ask_caught != SIGTTOU)
			;
		/* the return key was not echoed either */
		fputc('\n', stderr);
		t->hidden = false;
	}
	for (int i = 0; i < ASK_SIGNALS; i++)
		sigaction(ask_signals[i], &t->action[i], NULL);
}

/* Byte by byte: a buffer of stdio would keep the secret, and take what a later read needs. */
static int
ask_read_line(struct secret *answer)
{
	bool too_long = false;

	secret_clear(answer);
	for (;;) {
		char c = 0;
		ssize_t n = read(STDIN_FILENO, &c, 1);

		if (n < 0)
			return errno == EINTR ? SKS_CONFLICT : SKS_IO;
		if (n == 0 && answer->len == 0 && !too_long)
			return SKS_NOT_FOUND;
		if (n == 0 || c == '\n')
			break;
		if (answer->len == SECRET_MAX)
			too_long = true;
		else if (c != '\0')
			answer->bytes[answer->len++] = (uint8_t)c;
	}
	if (answer->len > 0 && answer->bytes[answer->len - 1] == '\r')
		answer->len--;
	answer->bytes[answer->len] = '\0';
	return too_long ? SKS_TOO_BIG : SKS_OK;
}

/* One try; SKS_CONFLICT when the program was stopped and came back, so that it asks again. */
static int
ask_once(const char *prompt, enum ask_echo echo, struct secret *answer)
{
	struct ask_terminal t = {.hidden = false};
	bool hide = echo == ASK_HIDDEN && isatty(STDIN_FILENO);
	int r = SKS_OK;

	if (!hide) {
		/* a program that answers by lines asked for none of our texts */
		if (isatty(STDIN_FILENO))
			fputs(prompt, stderr);
		do {
			r = ask_read_line(answer);
		} while (r == SKS_CONFLICT);
		return r;
	}
	/* first the echo, then the prompt: whoever answers at once must not be shown */
	r = ask_hide(&t);
	if (r == SKS_OK)
		fputs(prompt, stderr);
	if (r == SKS_OK)
		r = ask_caught != 0 ? SKS_CONFLICT : ask_read_line(answer);
	ask_restore(&t);
	if (ask_caught != 0) {
		secret_clear(answer);
		/* now with the terminal as it was and the action that was meant */
		raise(ask_caught);
		r = SKS_CONFLICT;
	}
	return r;
}

int
ask_secret(const char *prompt, enum ask_echo echo, struct secret *answer)
{
	int r;

	fflush(stdout);
	do {
		r = ask_once(prompt, echo, answer);
	} while (r == SKS_CONFLICT);
	if (r != SKS_OK)
		secret_clear(answer);
	return r;
}

int
ask_text(const char *prompt, char *answer, size_t size)
{
	struct secret line = SECRET_INIT;
	int r = ask_secret(prompt, ASK_SHOWN, &line);

	answer[0] = '\0';
	if (r == SKS_OK && line.len >= size)
		r = SKS_TOO_BIG;
	if (r == SKS_OK)
		memcpy(answer, line.bytes, line.len + 1);
	secret_clear(&line);
	return r;
}

bool
ask_yes(const char *prompt)
{
	char answer[64];

	if (ask_text(prompt, answer, sizeof(answer)) != SKS_OK)
		return false;
	return strcmp(answer, "yes") == 0 || strcmp(answer, _("yes")) == 0;
}

bool
ask_is_terminal(void)
{
	return isatty(STDIN_FILENO);
}
