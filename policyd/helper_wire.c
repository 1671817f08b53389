/* The messages between the daemon and its helpers. Tags are for ever: never renumber. */
#include "helper.h"

#include "error.h"
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

enum { HEAD_SIZE = 10 }; /* id, type, fields_len */

#define P(member, kind, tag) FIELD(struct warden_call, member, kind, tag, NULL)
static const struct field warden_call_rows[] = {
    P(user, FIELD_STR, 1),
    P(name, FIELD_STR, 2),
    P(pid, FIELD_U32, 3),
    P(pid_start, FIELD_U64, 4),
    P(number, FIELD_U64, 5),
    P(password, FIELD_SECRET, 6),
    P(limit, FIELD_U32, 7),
    P(text, FIELD_TEXT, 8),
    P(alert.rule, FIELD_STR, 20),
    P(alert.what, FIELD_STR, 21),
    P(alert.event, FIELD_STR, 22),
    P(alert.outcome, FIELD_STR, 23),
    P(alert.reason, FIELD_STR, 24),
    P(alert.user, FIELD_STR, 25),
    P(alert.source, FIELD_STR, 26),
    P(alert.detail, FIELD_STR, 27),
    P(alert.count, FIELD_U64, 28),
    P(alert.held, FIELD_U64, 29),
    P(alert.within_ms, FIELD_I64, 30),
    P(alert.records, FIELD_STR, 31),
    P(alert.at_ms, FIELD_I64, 32),
    P(alert.test, FIELD_BOOL, 33),
    P(alert.by, FIELD_STR, 34),
    P(alert.record, FIELD_U64, 35),
};
#undef P
const struct fields warden_call_fields = FIELDS(struct warden_call, warden_call_rows);

#define P(member, kind, tag) FIELD(struct warden_answer, member, kind, tag, NULL)
static const struct field warden_answer_rows[] = {
    P(status, FIELD_I64, 1),
    P(text, FIELD_TEXT, 2),
    P(name, FIELD_STR, 3),
    P(untrusted, FIELD_BOOL, 4),
    P(number, FIELD_U64, 5),
};
#undef P
const struct fields warden_answer_fields = FIELDS(struct warden_answer, warden_answer_rows);

#define P(member, kind, tag) FIELD(struct password_call, member, kind, tag, NULL)
static const struct field password_call_rows[] = {
    P(user, FIELD_STR, 1),
    P(full_name, FIELD_STR, 2),
    P(password, FIELD_SECRET, 3),
    P(old, FIELD_SECRET, 4),
    P(salt, FIELD_STR, 5),
    P(rules.minlen, FIELD_U32, 10),
    P(rules.classes, FIELD_U32, 11),
    P(rules.minclass, FIELD_U32, 12),
    P(rules.maxrepeat, FIELD_U32, 13),
    P(rules.maxclassrepeat, FIELD_U32, 14),
    P(rules.maxsequence, FIELD_U32, 15),
    P(rules.difok, FIELD_U32, 16),
    P(rules.usersubstr, FIELD_U32, 17),
    P(rules.digits, FIELD_U32, 18),
    P(rules.uppers, FIELD_U32, 19),
    P(rules.lowers, FIELD_U32, 20),
    P(rules.others, FIELD_U32, 21),
    P(rules.dictcheck, FIELD_BOOL, 22),
    P(rules.usercheck, FIELD_BOOL, 23),
    P(rules.gecoscheck, FIELD_BOOL, 24),
    P(rules.walkcheck, FIELD_BOOL, 25),
    P(rules.passphrase, FIELD_BOOL, 26),
    P(rules.passphrase_words, FIELD_U32, 27),
    P(rules.passphrase_length, FIELD_U32, 28),
    P(rules.dictpath, FIELD_STR, 29),
    P(rules.badwords, FIELD_STR, 30),
    P(rules.organisation, FIELD_STR, 31),
    P(rules.filters, FIELD_STR, 32),
};
#undef P
const struct fields password_call_fields = FIELDS(struct password_call, password_call_rows);

#define P(member, kind, tag) FIELD(struct forward_call, member, kind, tag, NULL)
static const struct field forward_call_rows[] = {
    P(target, FIELD_STR, 1),
    P(place.seq, FIELD_U64, 2),
    P(place.head_chain, FIELD_U64, 3),
    P(place.head_size, FIELD_U64, 4),
    P(limit, FIELD_U32, 5),
    P(classes, FIELD_U32, 6),
};
#undef P
const struct fields forward_call_fields = FIELDS(struct forward_call, forward_call_rows);

#define P(member, kind, tag) FIELD(struct forward_answer, member, kind, tag, NULL)
static const struct field forward_answer_rows[] = {
    P(status, FIELD_I64, 1),
    P(text, FIELD_TEXT, 2),
    P(place.seq, FIELD_U64, 3),
    P(place.head_chain, FIELD_U64, 4),
    P(place.head_size, FIELD_U64, 5),
    P(shortened, FIELD_U32, 6),
    P(more, FIELD_BOOL, 7),
};
#undef P
const struct fields forward_answer_fields = FIELDS(struct forward_answer, forward_answer_rows);

void
helper_encode(struct buf *out, uint32_t id, uint16_t type, const struct fields *f,
    const void *obj, const void *payload, size_t payload_len)
{
	size_t body;

	buf_put_u32(out, id);
	buf_put_u16(out, type);
	buf_put_u32(out, 0);
	body = out->len;
	if (f != NULL)
		fields_encode(f, obj, out);
	if (buf_error(out) == SKS_OK) {
		size_t len = out->len - body;

		if (len > HELPER_FIELDS_MAX)
			out->error = SKS_TOO_BIG;
		for (size_t i = 1; i <= 4; i++, len >>= 8)
			out->data[body - i] = (uint8_t)(len & 0xff);
	}
	buf_put_bytes(out, payload, payload_len);
}

int
helper_decode(const void *data, size_t len, struct helper_message *out)
{
	const uint8_t *fields, *payload;
	uint32_t fields_len;
	uint16_t type;
	struct buf in;

	*out = (struct helper_message){0};
	buf_init_read(&in, data, len);
	out->id = buf_get_u32(&in);
	type = buf_get_u16(&in);
	fields_len = buf_get_u32(&in);
	if (buf_error(&in) != SKS_OK)
		return buf_error(&in);
	if (fields_len > HELPER_FIELDS_MAX)
		return SKS_TOO_BIG;
	out->more = (type & HELPER_MORE) != 0;
	out->type = type & (uint16_t)~HELPER_MORE;
	/* Part of a payload: nothing to decode yet, but something to keep. */
	if (out->id == 0 || out->type == 0 || (out->more && fields_len != 0))
		return SKS_INVALID;
	fields = buf_get_ptr(&in, fields_len);
	len = buf_left(&in);
	payload = buf_get_ptr(&in, len);
	if (fields == NULL || payload == NULL)
		return SKS_TRUNCATED;
	if (out->more && len == 0)
		return SKS_INVALID;
	buf_init_read(&out->fields, fields, fields_len);
	buf_init_read(&out->payload, payload, len);
	return SKS_OK;
}

int
helper_receive(int fd, int timeout_ms, void *data, struct helper_message *out)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	ssize_t n;
	int ready = 1;

	*out = (struct helper_message){0};
	if (timeout_ms != 0)
		ready = poll(&p, 1, timeout_ms);
	if (ready == 0 || (ready < 0 && errno == EINTR))
		return SKS_TIMEOUT;
	if (ready < 0)
		return SKS_IO;
	/* MSG_TRUNC: the true length, so that a cut message is seen as one. */
	n = recv(fd, data, HELPER_MESSAGE_MAX, MSG_DONTWAIT | MSG_TRUNC);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return SKS_TIMEOUT;
	if (n == 0 || (n < 0 && errno == ECONNRESET))
		return SKS_NOT_FOUND;
	if (n < 0)
		return SKS_IO;
	if (n > HELPER_MESSAGE_MAX || helper_decode(data, (size_t)n, out) != SKS_OK)
		return SKS_PROTOCOL;
	return SKS_OK;
}

static int
helper_send_all(int fd, const struct buf *message)
{
	ssize_t n;

	do {
		n = send(fd, message->data, message->len, MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	if (n == (ssize_t)message->len)
		return SKS_OK;
	return n < 0 && (errno == EPIPE || errno == ECONNRESET) ? SKS_NOT_FOUND : SKS_IO;
}

int
helper_answer(int fd, uint32_t id, uint16_t type, const struct fields *f, const void *obj,
    const void *payload, size_t payload_len)
{
	const uint8_t *at = payload;
	struct buf last, part;
	size_t room;
	int r;

	buf_init(&last, HELPER_MESSAGE_MAX);
	buf_init(&part, HELPER_MESSAGE_MAX);
	helper_encode(&last, id, type, f, obj, NULL, 0);
	r = buf_error(&last);
	if (r == SKS_OK && payload_len > HELPER_PAYLOAD_MAX)
		r = SKS_TOO_BIG;
	room = HELPER_MESSAGE_MAX - last.len;
	while (r == SKS_OK && payload_len > room) {
		size_t len = HELPER_MESSAGE_MAX - HEAD_SIZE;

		if (len > payload_len)
			len = payload_len;
		buf_reset(&part);
		helper_encode(&part, id, type | HELPER_MORE, NULL, NULL, at, len);
		r = buf_error(&part) == SKS_OK ? helper_send_all(fd, &part) : buf_error(&part);
		at += len;
		payload_len -= len;
	}
	if (r == SKS_OK) {
		buf_put_bytes(&last, at, payload_len);
		r = buf_error(&last) == SKS_OK ? helper_send_all(fd, &last) : buf_error(&last);
	}
	buf_clear(&part);
	buf_clear(&last);
	return r;
}
