/*
 * Which records a page carries: of each kind the newest, as many as the room allows, what
 * matters most first. What is left out is counted.
 */
#ifndef SEKISHO_REPORT_PICK_H
#define SEKISHO_REPORT_PICK_H

#include <stddef.h>
#include <stdint.h>

/* In the order in which room is given to them. */
enum pick_kind {
	PICK_LOG,         /* what the log says of itself and of its recording */
	PICK_UNEXPLAINED, /* privilege that no grant explains */
	PICK_GRANT,       /* roles: asked for, answered, given, ended */
	PICK_CHANGE,      /* policy, accounts, devices, the system, alerts */
	PICK_REFUSED,
	PICK_EXPLAINED,
	PICK_KINDS
};
enum { PICK_EACH_MAX = 600 };

struct pick {
	struct {
		uint64_t seq[PICK_EACH_MAX]; /* a ring */
		uint32_t bytes[PICK_EACH_MAX];
		uint64_t count; /* ever added */
	} kind[PICK_KINDS];
};

void pick_add(struct pick *p, enum pick_kind kind, uint64_t seq, size_t bytes);
/*
 * The chosen ones into seq[max], ascending: at most max, of at most "room" bytes together.
 * Returns how many; shown[kind] is how many of each.
 */
size_t pick_choose(
    const struct pick *p, size_t room, uint64_t *seq, size_t max, uint64_t shown[PICK_KINDS]);

#endif
