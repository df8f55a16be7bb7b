/* Imports a socket function by a type that no dialect has. */
int sock_open(long long family, int type)
	__attribute__((import_module("wasi_snapshot_preview1"), import_name("sock_open")));

int main(void)
{
	return sock_open(1, 2);
}
