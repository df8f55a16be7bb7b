/* What pid 1 reports over the control socket (control.h), and what follows of it. */
#pragma once

#include "process/control.h"
#include "process/supervisor.h"

/* Takes in a report; its descriptors belong to whom they are for afterwards. -errno, with words in
 * s->e, if it is the news of a failure, or if what follows fails. */
int reports_take(struct supervisor *s, struct control_msg *m);
