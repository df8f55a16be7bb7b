/* Needs 32 MiB before it runs. */
#include <stdio.h>

static char block[32 << 20];

int main(int argc, char **argv)
{
	(void)argv;
	block[argc] = 1;
	printf("%d\n", block[argc + 1]);
}
