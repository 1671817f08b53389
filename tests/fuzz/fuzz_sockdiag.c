/*
 * Any bytes as the kernel's answer about connections, and as SSH_CONNECTION: what is taken out has
 * a cookie and lies within the answer; text that is taken has the form of four numbers.
 */
#include "../../lib/sockdiag.c"

#include "../../lib/error.c"

#include "fuzz.h"

struct taken {
	size_t count;
};

static bool
take(void *ctx, const struct sockdiag *one)
{
	struct taken *t = ctx;

	expect(one->cookie != 0);
	t->count++;
	return (one->cookie & 15) != 15;
}

static void
try_text(const uint8_t *data, size_t size)
{
	struct inet_diag_req_v2 r = {0};
	char text[TEXT_MAX + 8];
	size_t spaces = 0;

	if (size >= sizeof(text))
		size = sizeof(text) - 1;
	memcpy(text, data, size);
	text[size] = '\0';
	if (!read_connection(text, &r))
		return;
	for (const char *c = text; *c != '\0'; c++)
		spaces += *c == ' ';
	expect(spaces == 3 && r.id.idiag_sport != 0 && r.id.idiag_dport != 0);
	expect(r.sdiag_family == AF_INET || r.sdiag_family == AF_INET6);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct taken t = {.count = 0};
	int r = sockdiag_parse(data, size, 1, take, &t);

	expect(r == SOCKDIAG_MORE || r == SOCKDIAG_DONE || r == SOCKDIAG_STOPPED ||
	       r == SKS_INVALID || r == SKS_NOT_FOUND || r == SKS_UNREACHABLE || r == SKS_IO);
	/* none is smaller than its headers and counters */
	expect(t.count * (sizeof(struct nlmsghdr) + sizeof(struct inet_diag_msg)) <= size);
	try_text(data, size);
	return 0;
}
