/*
 * What libtold.so and the program that tells it share.
 */
#ifndef SEKISHO_TESTS_TOLD_H
#define SEKISHO_TESTS_TOLD_H

enum told_call {
	TOLD_AUTH,
	TOLD_SETCRED,
	TOLD_ACCOUNT,
	TOLD_OPEN,
	TOLD_CLOSE,
	TOLD_PASSWORD,
	TOLD_CALLS,
};

enum { TOLD_IDS = 256, TOLD_ASKED = 1024 };

struct told {
	int value[TOLD_CALLS][TOLD_IDS]; /* what each line answers */
	int asked[TOLD_ASKED];           /* the lines that were asked, in order */
	int count;
};

#endif
