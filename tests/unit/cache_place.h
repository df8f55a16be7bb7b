/* A place for the tests of the compile cache: a module, and a cache with fake_engine.c for it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define CORE "\0asm\1\0\0\0"
#define COMPONENT "\0asm\15\0\1\0"

/* One folder a test: the module, and the cache in "cache". */
struct place {
	char *dir;
	char *wasm;
	char *cache;
};

int place_set_up(void **state);
int place_tear_down(void **state);

#define CACHE_TEST(name) cmocka_unit_test_setup_teardown(name, place_set_up, place_tear_down)

/* A module is a header, an order to the fake engine, and any bytes. */
#define WRITE_MODULE(place, text) write_bytes((place)->wasm, text, sizeof(text) - 1)

void write_bytes(const char *path, const void *bytes, size_t len);
size_t read_bytes(const char *path, char *ret, size_t size);
void remove_files(const char *path);
int count_files(const char *path);

/* Gets the module, which must work, and says whether it was compiled. Its path is the caller's to
 * free. `shipped` is what came with wasmrun, or NULL. */
bool get_shipped(const struct place *p, const char *shipped, char **ret_path);
bool get(const struct place *p, char **ret_path);
/* Asserts that the module cannot be had, for a reason that has `words` in it. */
void assert_refused(const char *wasm, int exit_code, const char *words);
