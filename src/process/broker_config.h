/* What a process's plan means for its broker. */
#pragma once

#include "broker/broker.h"
#include "process/process.h"

/* All that the plan says; the loop, the dialling, the held ports and the tally are the caller's to
 * set. Borrows the plan, and gives back the forwards that it points to, which the caller frees. */
struct forward *broker_config_of(const struct process_plan *plan, struct broker_config *ret);
