/* Carries the options of one TCP socket over to another. */
#pragma once

/* Sets on `to` every option and file flag that `from` has and `pristine` has not: what its owner
 * has set. `pristine` is an untouched socket of the same family and network namespace as `from`. An
 * option that `to` cannot take is left as it is. */
void sockopt_copy(int from, int pristine, int to);
