#include "policy/capability.h"

#include "error.h"
#include "policy/value.h"
#include <stdio.h>
#include <string.h>

const char *const capability_words[] = {"cap_chown", "cap_dac_override", "cap_dac_read_search",
    "cap_fowner", "cap_fsetid", "cap_kill", "cap_setgid", "cap_setuid", "cap_setpcap",
    "cap_linux_immutable", "cap_net_bind_service", "cap_net_broadcast", "cap_net_admin",
    "cap_net_raw", "cap_ipc_lock", "cap_ipc_owner", "cap_sys_module", "cap_sys_rawio",
    "cap_sys_chroot", "cap_sys_ptrace", "cap_sys_pacct", "cap_sys_admin", "cap_sys_boot",
    "cap_sys_nice", "cap_sys_resource", "cap_sys_time", "cap_sys_tty_config", "cap_mknod",
    "cap_lease", "cap_audit_write", "cap_audit_control", "cap_setfcap", "cap_mac_override",
    "cap_mac_admin", "cap_syslog", "cap_wake_alarm", "cap_block_suspend", "cap_audit_read",
    "cap_perfmon", "cap_bpf", "cap_checkpoint_restore", NULL};

const char *
capability_print(uint64_t mask, char *out, size_t size)
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; capability_words[i] != NULL; i++) {
		int n;

		if ((mask >> i & 1) == 0)
			continue;
		n = snprintf(
		    out + used, size - used, "%s%s", used > 0 ? "," : "", capability_words[i]);
		if (n < 0 || (size_t)n >= size - used)
			break;
		used += (size_t)n;
	}
	return out;
}

int
value_capabilities(struct value *v)
{
	uint64_t *mask = value_field(v);
	char item[POLICY_LINE_MAX + 1];
	const char *at = v->text;
	bool bad;

	while (value_next(&at, item, &bad)) {
		size_t i = 0;

		while (capability_words[i] != NULL && strcmp(capability_words[i], item) != 0)
			i++;
		if (bad || capability_words[i] == NULL)
			value_problem(v, item);
		else
			*mask |= UINT64_C(1) << i;
	}
	return SKS_OK;
}
