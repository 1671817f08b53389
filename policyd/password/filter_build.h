/*
 * Building a filter (filter.h) in bounded memory: keys go to 256 nameless files by their first
 * byte, eight bytes each; each of these is sorted on its own; then the filter is written from
 * all in order. For hashes that is 1/256 of the list at a time.
 */
#ifndef SEKISHO_PASSWORD_FILTER_BUILD_H
#define SEKISHO_PASSWORD_FILTER_BUILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct filter_build;

enum filter_step { FILTER_STEP_SORT, FILTER_STEP_WRITE };

struct filter_result {
	uint64_t lines, min_count; /* in: go into the header */
	int64_t built_wall_ms;     /* in */
	uint64_t entries;          /* out: different ones */
	uint64_t bytes;            /* out: of the file */
};

/* Called now and then: done of total parts. */
typedef void filter_progress(
    void *ctx, enum filter_step step, unsigned int done, unsigned int total);

/* directory has room for eight bytes a key. 0, SKS_NOMEM, SKS_NOT_FOUND, SKS_READONLY, SKS_IO.
 */
int filter_build_begin(const char *directory, struct filter_build **out);
/* Equal keys are fine. 0, SKS_FULL, SKS_IO. */
int filter_build_add(struct filter_build *b, uint64_t key);
/*
 * Writes the filter beside path and renames it there, mode 0644. 0; SKS_INVALID when the keys
 * are not spread as hashes are; SKS_TOO_BIG; SKS_FULL, SKS_READONLY, SKS_NOMEM, SKS_IO. path is
 * then as it was. Progress may be NULL.
 */
int filter_build_finish(struct filter_build *b, const char *path, struct filter_result *result,
    filter_progress *progress, void *ctx);
void filter_build_free(struct filter_build **b);

#endif
