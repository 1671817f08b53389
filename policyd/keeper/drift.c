/*
 * Many devices that drift the same way are not wrong, all of them: the host's clock is. Said
 * once an hour and at each start, as a record, in the system log and in root's status.
 */
#include "error.h"
#include "keeper/keeper.h"
#include "log.h"

enum { SURVEY_DEVICES = 5 }; /* of fewer, most is not many */

enum host_clock
drift_host_clock(uint32_t used, uint32_t early, uint32_t late)
{
	if (used < SURVEY_DEVICES)
		return HOST_CLOCK_FINE;
	if (early * 2 > used) /* codes that have not come yet here */
		return HOST_CLOCK_SLOW;
	return late * 2 > used ? HOST_CLOCK_FAST : HOST_CLOCK_FINE;
}

int
drift_survey(struct server *s, void *context)
{
	uint32_t used = 0, early = 0, late = 0;
	enum host_clock clock;
	struct record r;
	int e = store_drift_survey(s->store, &used, &early, &late);

	(void)context;
	if (e != SKS_OK || (clock = drift_host_clock(used, early, late)) == HOST_CLOCK_FINE)
		return e;
	log_warn("%u of %u devices drift the same way: the clock of this host seems %s",
	    early > late ? early : late, used, clock == HOST_CLOCK_FAST ? "fast" : "slow");
	keeper_record(s, &r, ACTION_FACTOR_DRIFT, OUTCOME_UNKNOWN, "host-clock-suspect");
	record_put_int(&r, "sekisho.devices.used", used);
	record_put_int(&r, "sekisho.devices.early", early);
	record_put_int(&r, "sekisho.devices.late", late);
	return keeper_append(s, &r);
}
