/*
 * Session monitors: the process that opened a session, watched by its pidfd, so that a killed
 * one still yields an end.
 */
#include "error.h"
#include "log.h"
#include "loop.h"
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

int
loop_watch(struct server *s, int pidfd, const struct request *session)
{
	struct watch *w;

	if (s->watch_count >= s->watches_max || (w = calloc(1, sizeof(*w))) == NULL) {
		(void)close(pidfd);
		return SKS_NOMEM;
	}
	w->kind = SOURCE_WATCH;
	w->pidfd = pidfd;
	w->session = *session;
	if (loop_poll(s, EPOLL_CTL_ADD, pidfd, EPOLLIN, w) != SKS_OK) {
		(void)close(pidfd);
		free(w);
		return SKS_IO;
	}
	w->next = s->watches;
	s->watches = w;
	s->watch_count++;
	return SKS_OK;
}

void
loop_unwatch(struct server *s, uint32_t pid, uint64_t pid_start)
{
	for (struct watch **link = &s->watches; *link != NULL; link = &(*link)->next) {
		struct watch *w = *link;

		if (w->session.pid != pid || w->session.pid_start != pid_start)
			continue;
		*link = w->next;
		(void)close(w->pidfd);
		w->kind = SOURCE_GONE;
		w->next = s->gone_watches;
		s->gone_watches = w;
		s->watch_count--;
		return;
	}
}

void
watch_bury(struct server *s)
{
	struct watch *w;

	while ((w = s->gone_watches) != NULL) {
		s->gone_watches = w->next;
		free(w);
	}
}

void
watch_event(struct server *s, struct watch *w)
{
	struct request session = w->session;

	loop_unwatch(s, session.pid, session.pid_start);
	if (keeper_process_gone(s, &session) != SKS_OK)
		log_warn("the end of a session could not be recorded");
}

void
watch_close_all(struct server *s)
{
	while (s->watches != NULL)
		loop_unwatch(s, s->watches->session.pid, s->watches->session.pid_start);
	watch_bury(s);
}
