/* The figures for monitoring, as the file has them, at this moment. */
#include "command/command.h"
#include "error.h"
#include "keeper/metrics.h"

int
command_metrics(struct server *s, struct job *job)
{
	buf_reset(&job->reply_payload);
	return metrics_text(s, &job->reply_payload);
}
