/*
 * How much has each connection of a login sent? The daemon may open no netlink socket, and asks
 * for the ports that its sessions came in by.
 */
#include "error.h"
#include "sockdiag.h"
#include "warden.h"
#include <stdlib.h>

enum { ROW_SIZE = 16 };

static size_t
volume_ports(const char *text, uint16_t port[SOCKDIAG_PORTS_MAX])
{
	size_t n = 0;
	char *end;

	while (n < SOCKDIAG_PORTS_MAX) {
		unsigned long value = strtoul(text, &end, 10);

		if (end == text || value == 0 || value > UINT16_MAX)
			break;
		port[n++] = (uint16_t)value;
		if (*end != ',')
			break;
		text = end + 1;
	}
	return n;
}

struct rows {
	struct buf out;
	uint64_t left_out;
};

static bool
volume_take(void *ctx, const struct sockdiag *one)
{
	struct rows *r = ctx;

	if (HELPER_PAYLOAD_MAX - r->out.len < ROW_SIZE) {
		r->left_out++;
		return true;
	}
	buf_put_u64(&r->out, one->cookie);
	buf_put_u64(&r->out, one->acked);
	return r->out.error == SKS_OK;
}

void
volume_run(const struct warden_call *call, struct warden_answer *answer)
{
	static struct rows rows; /* the payload lives as long as this child */
	uint16_t port[SOCKDIAG_PORTS_MAX];
	size_t n = volume_ports(call->text, port);
	int r;

	buf_init(&rows.out, HELPER_PAYLOAD_MAX);
	/* without a port it would be every connection of the host */
	r = n == 0 ? SKS_INVALID : sockdiag_each(port, n, volume_take, &rows);
	if (r == SKS_OK)
		r = rows.out.error;
	answer->status = r;
	answer->number = rows.left_out;
	if (r == SKS_OK)
		child_payload(rows.out.data, rows.out.len);
}
