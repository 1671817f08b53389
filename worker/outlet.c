#include "outlet.h"

#include "error.h"
#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static bool
outlet_is_stream(const struct outlet *o)
{
	return o->target.kind == TARGET_TCP;
}

int
outlet_open(struct outlet *o, const char *name)
{
	memset(o, 0, sizeof(*o));
	o->fd = -1;
	if (strlen(name) >= sizeof(o->name) || !target_parse(name, &o->target))
		return SKS_INVALID;
	(void)snprintf(o->name, sizeof(o->name), "%s", name);
	return SKS_OK;
}

void
outlet_close(struct outlet *o)
{
	if (o->fd >= 0)
		(void)close(o->fd);
	o->fd = -1;
	o->connected = false;
	buf_clear(&o->rest);
	o->first = o->acked = o->count = 0;
	/* What the other kernel has, its program may never have read. */
	o->sent = o->confirmed = outlet_is_stream(o) ? o->floor : o->confirmed;
}

/* ---- connecting -------------------------------------------------------------------------- */

static int
outlet_fail(struct outlet *o, int error, char *why, size_t why_size)
{
	(void)snprintf(why, why_size, "%s", strerror(error));
	outlet_close(o);
	return SKS_UNREACHABLE;
}

static int
outlet_connect(struct outlet *o, const struct forward_place *place, int64_t now_ms, char *why,
    size_t why_size)
{
	int type = outlet_is_stream(o) ? SOCK_STREAM : SOCK_DGRAM;
	int room = OUTLET_SEND_BUFFER;

	o->sent = o->confirmed = o->floor = o->settling = *place;
	o->settling_ms = now_ms;
	o->written = o->there = 0;
	buf_init(&o->rest, OUTLET_SEND_BUFFER);
	o->rest_at = 0;
	o->fd = socket(o->target.address.ss_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (o->fd < 0)
		return outlet_fail(o, errno, why, why_size);
	(void)setsockopt(o->fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	o->connect_by_ms = now_ms + OUTLET_CONNECT_MS;
	if (connect(o->fd, (const struct sockaddr *)&o->target.address,
		o->target.address_len) == 0) {
		o->connected = true;
		return SKS_OK;
	}
	if (errno == EINPROGRESS)
		return SKS_TIMEOUT;
	return outlet_fail(o, errno, why, why_size);
}

static int
outlet_error(const struct outlet *o)
{
	int error = 0;
	socklen_t len = sizeof(error);

	return getsockopt(o->fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 ? error : errno;
}

static int
outlet_await(struct outlet *o, int64_t now_ms, char *why, size_t why_size)
{
	struct pollfd p = {.fd = o->fd, .events = POLLOUT};
	int error;

	if (poll(&p, 1, 0) <= 0) {
		if (now_ms >= o->connect_by_ms)
			return outlet_fail(o, ETIMEDOUT, why, why_size);
		(void)snprintf(why, why_size, "connecting");
		return SKS_TIMEOUT;
	}
	error = outlet_error(o);
	if (error != 0)
		return outlet_fail(o, error, why, why_size);
	o->connected = true;
	return SKS_OK;
}

/* Has it ended, or come back as undeliverable? What a syslog server says is nothing to us. */
static int
outlet_check(struct outlet *o, char *why, size_t why_size)
{
	char scratch[1024];
	ssize_t n = 1;
	int error = outlet_error(o);

	for (int i = 0; error == 0 && outlet_is_stream(o) && n > 0 && i < 16; i++) {
		n = recv(o->fd, scratch, sizeof(scratch), MSG_DONTWAIT);
		if (n == 0)
			error = EPIPE;
		else if (n < 0 && errno != EAGAIN && errno != EINTR)
			error = errno;
	}
	return error == 0 ? SKS_OK : outlet_fail(o, error, why, why_size);
}

/* ---- a stream ---------------------------------------------------------------------------- */

static struct outlet_mark *
outlet_mark_at(struct outlet *o, size_t i)
{
	return &o->mark[(o->first + i) % OUTLET_MARKS];
}

/* Forgets marks so far back that the other side must have read them. */
static void
outlet_trim(struct outlet *o)
{
	while (o->acked > 0 && (o->count == OUTLET_MARKS ||
				   outlet_mark_at(o, 0)->end + OUTLET_REWIND <= o->there)) {
		o->floor = outlet_mark_at(o, 0)->place;
		o->first = (o->first + 1) % OUTLET_MARKS;
		o->acked--;
		o->count--;
	}
}

static int
outlet_flush(struct outlet *o)
{
	while (o->rest_at < o->rest.len) {
		ssize_t n = send(o->fd, o->rest.data + o->rest_at, o->rest.len - o->rest_at,
		    MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? SKS_FULL : SKS_UNREACHABLE;
		o->rest_at += (size_t)n;
	}
	buf_reset(&o->rest);
	o->rest_at = 0;
	return SKS_OK;
}

/* Octet counting, RFC 6587: the length in decimal and a blank before each message. */
static int
outlet_send_stream(
    struct outlet *o, const void *message, size_t len, const struct forward_place *place)
{
	int r = outlet_flush(o);

	if (r != SKS_OK)
		return r;
	outlet_trim(o);
	if (o->count == OUTLET_MARKS)
		return SKS_FULL;
	buf_printf(&o->rest, "%zu ", len);
	buf_put_bytes(&o->rest, message, len);
	if (buf_error(&o->rest) != SKS_OK) {
		buf_reset(&o->rest);
		return SKS_TOO_BIG;
	}
	o->written += o->rest.len;
	o->count++;
	*outlet_mark_at(o, o->count - 1) =
	    (struct outlet_mark){.end = o->written, .place = *place};
	o->sent = *place;
	r = outlet_flush(o); /* the rest of it may wait: it is ours now */
	return r == SKS_UNREACHABLE ? r : SKS_OK;
}

/* ---- all kinds --------------------------------------------------------------------------- */

int
outlet_prepare(struct outlet *o, const struct forward_place *place, int64_t now_ms, char *why,
    size_t why_size)
{
	int r = SKS_OK;

	why[0] = '\0';
	if (o->fd < 0)
		r = outlet_connect(o, place, now_ms, why, why_size);
	if (o->fd >= 0 && !o->connected)
		r = outlet_await(o, now_ms, why, why_size);
	if (r == SKS_OK && o->fd >= 0)
		r = outlet_check(o, why, why_size);
	if (r == SKS_OK && outlet_is_stream(o)) {
		r = outlet_flush(o);
		if (r == SKS_UNREACHABLE)
			return outlet_fail(o, errno, why, why_size);
	}
	return r;
}

int
outlet_send(
    struct outlet *o, const void *message, size_t len, const struct forward_place *place)
{
	ssize_t n;

	if (outlet_is_stream(o))
		return outlet_send_stream(o, message, len, place);
	do {
		n = send(o->fd, message, len, MSG_NOSIGNAL | MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	if (n < 0 && (errno == EAGAIN || errno == ENOBUFS))
		return SKS_FULL;
	if (n < 0)
		return errno == EMSGSIZE ? SKS_TOO_BIG : SKS_UNREACHABLE;
	o->sent = *place;
	return SKS_OK;
}

void
outlet_pass(struct outlet *o, const struct forward_place *place)
{
	/* with the message before it, where one is under way */
	if (outlet_is_stream(o) && o->acked < o->count)
		outlet_mark_at(o, o->count - 1)->place = *place;
	o->sent = *place;
}

void
outlet_confirm(struct outlet *o, int64_t now_ms)
{
	int waiting = 0;

	if (o->fd < 0 || !o->connected)
		return;
	if (o->target.kind == TARGET_UDP) {
		if (now_ms - o->settling_ms < OUTLET_SETTLE_MS)
			return;
		o->confirmed = o->settling;
		o->settling = o->sent;
		o->settling_ms = now_ms;
		return;
	}
	if (!outlet_is_stream(o)) {
		o->confirmed = o->sent;
		return;
	}
	if (ioctl(o->fd, SIOCOUTQ, &waiting) != 0 || waiting < 0)
		return;
	o->there = o->written - (o->rest.len - o->rest_at) - (uint64_t)waiting;
	while (o->acked < o->count && outlet_mark_at(o, o->acked)->end <= o->there)
		o->confirmed = outlet_mark_at(o, o->acked++)->place;
	if (o->acked == o->count)
		o->confirmed = o->sent;
	outlet_trim(o);
}
