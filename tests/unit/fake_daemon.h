/*
 * A small daemon for tests, in a process of its own: answers each request as planned and keeps
 * it for the test to look at. Also serves badly in every way that a client must survive.
 */
#ifndef SEKISHO_FAKE_DAEMON_H
#define SEKISHO_FAKE_DAEMON_H

#include "buf.h"
#include "error.h"
#include "protocol.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum serve {
	SERVE_WELL,
	SERVE_HANG,     /* takes the request, never answers */
	SERVE_DRIP,     /* a byte every 50 ms */
	SERVE_GARBAGE,  /* bytes without sense */
	SERVE_HALF,     /* the first half of a proper reply, then the end */
	SERVE_TRAILING, /* a proper reply and one byte more */
	SERVE_OVERSIZE, /* a header that promises more than the limit */
	SERVE_PAYLOAD,  /* a payload nobody asked for */
	SERVE_TYPE,     /* the reply to another request */
	SERVE_FIELDS,   /* a proper frame around fields that are none */
	SERVE_CLOSE,    /* hangs up at once */
	SERVE_STAYS,    /* takes further requests over the same connection */
	SERVE_UNREAD,   /* answers, waits until the next one is there, and hangs up */
	SERVE_DEAF,     /* answers, and hears no more over this connection, which stands */
};

enum { FAKE_SEEN_MAX = 32 };

struct fake {
	enum serve serve;
	bool code_opens_account;             /* a code makes the account phase say yes */
	bool dies_after[PHASE_COUNT];        /* by phase: answers it, and is gone */
	char payload[256];                   /* behind the reply to PHASE_FIRST_USE */
	useconds_t waits_us[PHASE_COUNT];    /* by phase: before it answers */
	uint32_t turns[PHASE_COUNT]; /* by phase: how often it says first that others are at it */
	struct pam_reply reply[PHASE_COUNT]; /* by phase */
	struct pam_request seen[FAKE_SEEN_MAX];
	volatile size_t seen_count, connection_count, taken_count;
	pid_t pid;
	char path[108];
};

/* Shared with the child. */
static struct fake *
fake_new(void)
{
	struct fake *f =
	    mmap(NULL, sizeof(*f), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (f == MAP_FAILED)
		abort();
	return f;
}

static bool
fake_read(int fd, void *data, size_t len)
{
	uint8_t *at = data;

	while (len > 0) {
		ssize_t n = read(fd, at, len);

		if (n <= 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

static bool
fake_take(struct fake *f, int fd, struct frame *frame)
{
	uint8_t header[FRAME_HEADER_SIZE];
	uint8_t body[PAM_FIELDS_MAX];
	struct buf in;
	struct pam_request *q = &f->seen[f->seen_count % FAKE_SEEN_MAX];

	if (!fake_read(fd, header, sizeof(header)) ||
	    frame_decode_header(header, frame) != SKS_OK || frame->fields_len > sizeof(body) ||
	    !fake_read(fd, body, frame->fields_len))
		return false;
	if (frame->type == MSG_TAKEN) {
		f->taken_count++;
		return false;
	}
	buf_init_read(&in, body, frame->fields_len);
	if (fields_decode(&pam_request_fields, &in, q) != SKS_OK)
		return false;
	f->seen_count++;
	return true;
}

static void
fake_write(int fd, const uint8_t *data, size_t len, bool slowly)
{
	size_t step = slowly ? 1 : len;

	while (len > 0) {
		if (send(fd, data, step, MSG_NOSIGNAL) != (ssize_t)step)
			return;
		data += step;
		len -= step;
		if (slowly)
			usleep(50000);
	}
}

/* Spoils a proper reply as planned. */
static void
fake_spoil(struct fake *f, struct buf *out)
{
	size_t fields_len = out->len - FRAME_HEADER_SIZE;

	switch (f->serve) {
	case SERVE_GARBAGE:
		memset(out->data, 'x', out->len);
		break;
	case SERVE_HALF:
		out->len = FRAME_HEADER_SIZE + fields_len / 2;
		break;
	case SERVE_TRAILING:
		buf_put_u8(out, 0);
		break;
	case SERVE_OVERSIZE:
		out->data[8] = 0x7f;
		break;
	case SERVE_PAYLOAD:
		out->data[15] = 1;
		buf_put_u8(out, 0);
		break;
	case SERVE_TYPE:
		out->data[5] ^= 2;
		break;
	case SERVE_FIELDS:
		memset(out->data + FRAME_HEADER_SIZE, 0xff, fields_len);
		break;
	default:
		break;
	}
}

static void
fake_answer(struct fake *f, int fd)
{
	const struct pam_reply later = {
	    .verdict = PAM_VERDICT_DENY, .need = PAM_NEED_TURN, .text = "Others are at it."};
	struct frame frame;
	struct buf out;
	uint32_t phase;

	if (f->serve == SERVE_CLOSE || !fake_take(f, fd, &frame))
		return;
	phase = f->seen[(f->seen_count - 1) % FAKE_SEEN_MAX].phase % PHASE_COUNT;
	if (f->serve == SERVE_HANG) {
		char byte;

		(void)!read(fd, &byte, 1); /* until the client gives up */
		return;
	}
	usleep(f->waits_us[phase]);
	buf_init(&out, 65536);
	frame_encode(&out, (uint16_t)(frame.type | MSG_REPLY), &pam_reply_fields,
	    f->turns[phase] > 0 ? &later : &f->reply[phase], f->payload,
	    phase == PHASE_FIRST_USE ? strlen(f->payload) : 0);
	f->turns[phase] -= f->turns[phase] > 0;
	fake_spoil(f, &out);
	fake_write(fd, out.data, out.len, f->serve == SERVE_DRIP);
	buf_clear(&out);
	if (f->code_opens_account && phase == PHASE_CODE)
		f->reply[PHASE_ACCOUNT] = (struct pam_reply){.verdict = PAM_VERDICT_ALLOW};
	if (f->dies_after[phase]) {
		unlink(f->path);
		_exit(0);
	}
}

static bool
fake_has_more(int fd)
{
	char byte;

	return recv(fd, &byte, 1, MSG_PEEK) == 1;
}

static void
fake_serve(struct fake *f, int listener)
{
	for (;;) {
		int fd = accept(listener, NULL, NULL);

		if (fd < 0)
			_exit(1);
		f->connection_count++;
		fake_answer(f, fd);
		while (f->serve == SERVE_STAYS && fake_has_more(fd))
			fake_answer(f, fd);
		if (f->serve == SERVE_UNREAD)
			(void)fake_has_more(fd);
		if (f->serve == SERVE_DEAF && f->reply[PHASE_CODE].then_ms > 0 &&
		    f->seen[(f->seen_count - 1) % FAKE_SEEN_MAX].phase == PHASE_CODE) {
			(void)shutdown(fd, SHUT_RD);
			continue; /* left open */
		}
		close(fd);
	}
}

/* Serves at "path" as user "uid" until fake_stop; listening when it returns. */
static void
fake_start(struct fake *f, const char *path, uid_t uid)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int ready[2];
	int listener;
	pid_t pid;
	char byte;

	snprintf(f->path, sizeof(f->path), "%s", path);
	memcpy(address.sun_path, f->path, sizeof(f->path));
	unlink(path);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listener < 0 || pipe(ready) != 0 ||
	    bind(listener, (struct sockaddr *)&address, sizeof(address)) != 0)
		abort();
	f->seen_count = f->connection_count = f->taken_count = 0;
	pid = fork(); /* not into f: that is shared with the child */
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		/* who listens is who serves, to SO_PEERCRED */
		if ((uid != geteuid() && setresuid(uid, uid, uid) != 0) ||
		    listen(listener, 64) != 0)
			_exit(1);
		(void)!write(ready[1], "r", 1);
		fake_serve(f, listener);
	}
	close(listener);
	close(ready[1]);
	if (pid < 0 || read(ready[0], &byte, 1) != 1)
		abort();
	f->pid = pid;
	close(ready[0]);
}

static void
fake_stop(struct fake *f)
{
	if (f->pid <= 0)
		return;
	kill(f->pid, SIGKILL);
	waitpid(f->pid, NULL, 0);
	unlink(f->path);
	f->pid = 0;
}

#endif
