/* The machine's name, and what a place that is too small gets. */
#include "show.h"

#include <unistd.h>

int main(void)
{
	char name[256];
	char small[3];

	must("gethostname", gethostname(name, sizeof name));
	printf("%s\n", name);
	printf("%s\n",
	       gethostname(small, sizeof small) < 0 && errno == ENAMETOOLONG ? "too long" : "?");
	return 0;
}
