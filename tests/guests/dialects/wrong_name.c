/* Imports a socket function that no dialect has. */
int sock_teleport(int fd)
	__attribute__((import_module("wasi_snapshot_preview1"), import_name("sock_teleport")));

int main(void)
{
	return sock_teleport(3);
}
