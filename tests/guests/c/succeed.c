/* Says so and ends with exit code 0. */
#include <stdio.h>

int main(void)
{
	puts("succeeding");
	return 0;
}
