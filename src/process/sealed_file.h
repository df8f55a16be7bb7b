/* Files whose content proves itself: a trailer behind it holds its size and checksum.
 *
 *	content | "wasmrun1" | size of the content, 8 bytes | XXH3-128 of the content, 16 bytes
 *
 * Numbers are little-endian. The checksum is against damage, not against people: whoever may write
 * the file may write the trailer too. Wasmtime does not mind bytes behind a compiled module.
 */
#pragma once

enum { SEALED_FILE_TRAILER_LEN = 32 };

/* Appends the trailer to what is in the file. Returns -errno. */
int sealed_file_seal(int fd);
/* 0 if the file is regular, the caller's own, of mode 0600, without another name, and whole.
 * 1 if not: *ret_fault then says what is wrong (static text). -errno if it cannot be told. */
int sealed_file_check(int fd, const char **ret_fault);
/* As sealed_file_check, whoever's file it is: only that it is regular and whole. */
int sealed_file_check_content(int fd, const char **ret_fault);
