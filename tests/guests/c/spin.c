/* Computes for ever. */
#include <stdio.h>

int main(void)
{
	volatile unsigned int n = 0;

	puts("spinning");
	fflush(stdout);
	for (;;)
		n++;
}
