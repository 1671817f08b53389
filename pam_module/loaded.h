/* When this process read its PAM stack. */
#ifndef SEKISHO_PAM_LOADED_H
#define SEKISHO_PAM_LOADED_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The boot clock, in ms, of the moment at which this process loaded the module. libpam does
 * that while it reads the stack, in pam_start(): so the stack is that of then or, in a process
 * that starts PAM more than once, a later one. Never an older one.
 */
int64_t loaded_boot_ms(void);
/* Is sekisho_sudo.so in this process? sudo loads the plugins that sudo.conf names before it asks
 * PAM anything, and only root says what is named there. */
bool loaded_sudo_plugin(void);

#endif
