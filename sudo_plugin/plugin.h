/*
 * sekisho_sudo.so: a guest in sudo's process, once between sudoers' yes and the command, and then
 * beside the command until it ends.
 *
 *   approval.c  sudo's approval plugin: is it allowed, says the daemon
 *   audit.c     sudo's audit plugin: what was refused, what runs, how it ended
 *   facts.c     what sudo knows, as the daemon wants it
 *   check.c     the question that both ask
 *   run.c       a command of a role's while it runs: the end of its grant, and then its own
 *   tree.c      the processes below sudo's
 *
 * It has no thread, no signal handler and no environment variable; one descriptor, close-on-exec,
 * while a command of a role's runs.
 */
#ifndef SEKISHO_SUDO_PLUGIN_H
#define SEKISHO_SUDO_PLUGIN_H

#include "protocol.h"
#include <stdbool.h>
#include <stddef.h>
#include <sudo_plugin.h>

#ifndef PLUGIN_SOCKET
#define PLUGIN_SOCKET PAM_SOCKET_PATH
#endif
#ifndef PLUGIN_SPOOL_DIR
#define PLUGIN_SPOOL_DIR SPOOL_DIR
#define PLUGIN_SPOOL_KEY SPOOL_KEY
#endif

/* This process's one command. */
struct plugin {
	sudo_printf_t print; /* of sudo */
	char *const *user_info;
	bool checked; /* the daemon allowed it, or root may without */
	bool begun;   /* it runs */
	struct sudo_request request; /* of the check, then of what comes after it */
	struct sudo_reply reply;     /* of the check */
	char refusal[sizeof(((struct sudo_reply *)0)->text)]; /* why not */
};
extern struct plugin plugin;

/* ---- facts.c ---- */

/* All but step, record and grant. command_info and argv may be NULL. */
void facts_fill(struct sudo_request *q, char *const user_info[], char *const command_info[],
    char *const argv[]);

/* ---- check.c ---- */

/* Asks about the command in plugin.request; false, and plugin.refusal, when it must not run. */
bool check_ask(char *const command_info[], char *const argv[]);
/* Says a sentence to the person, on their terminal where there is one. The daemon is not root: what it says
 * moves no cursor and turns nothing, here and in a refusal. */
void plugin_say(const char *text);
/* Into plugin.refusal. */
void plugin_refuse(const char *text);

/* ---- run.c ---- */

/* The command is about to run: waits for the end of its grant in sudo's event loop. False when
 * that has come already. */
bool run_begin(struct sudo_plugin_event *(*event_alloc)(void));
/* The command has ended; ended and status as in struct sudo_request. */
void run_end(uint32_t ended, uint32_t status);

/* ---- tree.c ---- */

/* Remembers every process below this one (sudo's own helper process excepted), and sends the
 * signal to those that are remembered and live. Returns how many do. */
size_t tree_signal(int signal_number);
/* Without looking for new ones; signal 0 only counts. */
size_t tree_signal_known(int signal_number);

#endif
