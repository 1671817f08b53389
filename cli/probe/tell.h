/*
 * sekisho check --probe: real logins on this host, and what each way of sshd's asks for.
 */
#ifndef SEKISHO_CLI_PROBE_TELL_H
#define SEKISHO_CLI_PROBE_TELL_H

struct check;

/* Adds a finding for each way. Root only; takes seconds, at most a minute and a half. */
void probe_check(struct check *c);

#endif
