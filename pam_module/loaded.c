#include "loaded.h"

#include "clock.h"

static int64_t loaded_at_ms;

__attribute__((constructor)) static void
loaded_note(void)
{
	loaded_at_ms = clock_now().boot_ms;
}

int64_t
loaded_boot_ms(void)
{
	return loaded_at_ms;
}
