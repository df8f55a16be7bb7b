/* Says so and ends with exit code 7. */
#include <stdio.h>

int main(void)
{
	puts("failing");
	return 7;
}
