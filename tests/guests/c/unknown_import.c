/* Imports a function that no host has. */
double frobnicate(int count, long long size)
	__attribute__((import_module("acme"), import_name("frobnicate")));

int main(void)
{
	return frobnicate(1, 2) > 0;
}
