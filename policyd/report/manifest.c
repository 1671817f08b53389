#include "report/manifest.h"

#include "clock.h"
#include <unistd.h>

static json_t *
manifest_filter(const struct command *q)
{
	const char *const text[][2] = {{"user", q->verified_by}, {"source", q->source},
	    {"event", q->event}, {"outcome", q->outcome}, {"reason", q->reason}};
	json_t *f = json_object();

	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++) {
		if (text[i][1][0] != '\0')
			(void)json_object_set_new(f, text[i][0], json_string(text[i][1]));
	}
	if (q->since_ms != 0)
		(void)json_object_set_new(f, "since", json_integer((json_int_t)q->since_ms));
	if (q->until_ms != 0)
		(void)json_object_set_new(f, "until", json_integer((json_int_t)q->until_ms));
	return f;
}

json_t *
manifest_begin(const struct command *asked, const char *format)
{
	char host[256] = "", time[32];
	json_t *o;

	(void)gethostname(host, sizeof(host) - 1);
	o = json_pack("{s:s,s:s,s:s,s:s,s:s,s:o}", "time",
	    clock_rfc3339(clock_now().wall_ms, time, sizeof(time)), "host", host, "for",
	    asked->name, "purpose", asked->text, "format", format, "filter",
	    manifest_filter(asked));
	if (o != NULL && asked->verified_how[0] != '\0')
		(void)json_object_set_new(o, "request", json_string(asked->verified_how));
	return o;
}
