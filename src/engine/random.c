/* Rust's random numbers in a static program.
 *
 * The crate getrandom looks its function up with dlsym(), which finds nothing in a static program, and
 * then opens /dev/urandom, which is not in the engine's root. The program is linked with --wrap=dlsym,
 * so that every look-up comes here. Without dynamic symbols NULL is the right answer to all others.
 */
#include "engine/random.h"

#include <string.h>
#include <sys/random.h>

void *__wrap_dlsym(void *library, const char *name)
{
	return strcmp(name, "getrandom") == 0 ? (void *)getrandom : NULL;
}
