/* Records and papers that are handed out: judged and recorded in the same way. */
#ifndef SEKISHO_COMMAND_HANDING_H
#define SEKISHO_COMMAND_HANDING_H

#include "command/command.h"

enum { HANDING_TOLD_SIZE = 512 };

struct handing {
	const struct server *server;
	const struct command *command; /* &filter */
	struct command filter;         /* as it was asked */
	const char *records; /* of a paper, "17,23": chosen ones; NULL or of the caller */
	char by[NAME_SIZE], person[NAME_SIZE]; /* of the login behind root, or who asks */
	bool notice; /* the officers are told */
};

/*
 * May what job->command asks for be handed out? Decides and records it, asks for another person
 * where the rating does, and takes up their approval; all but h->records is filled here. Where it
 * is not *allowed, the reply says why.
 */
int handing_judge(struct server *s, struct job *job, struct handing *h, bool *allowed);
/* One sentence on who is told; "" for nobody. */
void handing_told(const struct handing *h, char out[HANDING_TOLD_SIZE]);

#endif
