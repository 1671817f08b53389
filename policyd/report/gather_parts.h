/*
 * What the parts of gather.c share, one file a question: gather_people.c (whose a record is, who
 * was refused where), gather_power.c (privilege and roles), gather_audit.c (the kernel's login
 * sessions), gather_volume.c (what was sent), gather_health.c (the recording, changes, reviews).
 * Each takes a record that was read (view_read) and lies in the period.
 */
#ifndef SEKISHO_REPORT_GATHER_PARTS_H
#define SEKISHO_REPORT_GATHER_PARTS_H

#include "report/gather.h"

/* gather.c: the name's number, KEYS_OTHER where there is none; one name more of a row; one line
 * more of a list, in place of its oldest where it is full. */
uint32_t gather_name_of(struct gather *g, const struct view *v, enum view_member m);
void gather_who_add(struct gather_who *w, uint32_t name);
struct gather_line *gather_list_add(struct gather_list *list, const struct view *v);

/* gather_people.c: is it about the person, the role, that the report is about? */
bool gather_is_about(const struct gather *g, const struct view *v);
bool gather_is_role(const struct gather *g, const char *role);
/* From where: its address, its session's, else its terminal. */
void gather_where(const struct view *v, char *out, size_t size);
void gather_refused(struct gather *g, const struct view *v);

/* gather_audit.c: a login, or a use of privilege, if the record says in which of the kernel's sessions. */
void gather_audit(struct gather *g, const struct view *v, bool use);
void gather_audit_finish(struct gather *g);

/* gather_volume.c */
bool gather_is_volume(uint16_t action);
void gather_volume(struct gather *g, const struct view *v);

/* gather_power.c */
void gather_session(struct gather *g, const struct view *v);
void gather_role(struct gather *g, const struct view *v);

/* gather_health.c; gather_clock() is for every record of the period, read or not. */
void gather_clock(struct gather *g, const struct view *v);
bool gather_is_health(uint16_t action);
void gather_health(struct gather *g, const struct view *v);
void gather_change(struct gather *g, const struct view *v);
bool gather_is_review(uint16_t action);
void gather_signed(struct gather *g, const struct view *v);
void gather_review(struct gather *g, const struct view *v);

#endif
