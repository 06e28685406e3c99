/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What only relocations have to write (PT_GNU_RELRO) is made read-only by a dynamic loader. A
 * static executable has none, and musl's start leaves it as it is. So that is done here, before
 * main().
 */
#include <elf.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

extern __attribute__((visibility("hidden"))) const Elf64_Ehdr __ehdr_start; /* of the linker */

/* Pages that are not wholly in it have data that changes. */
__attribute__((constructor)) static void protect(void)
{
	const uintptr_t base = (uintptr_t)&__ehdr_start;
	const uintptr_t mask = ~((uintptr_t)getpagesize() - 1);
	const Elf64_Phdr *part = (const Elf64_Phdr *)(base + __ehdr_start.e_phoff);
	for (size_t i = 0; i < __ehdr_start.e_phnum; i++, part++) {
		const uintptr_t start = (base + part->p_vaddr) & mask;
		const uintptr_t end = (base + part->p_vaddr + part->p_memsz) & mask;
		/* There is no way for this to fail, and the VM is protected without it. */
		if (part->p_type == PT_GNU_RELRO)
			(void)mprotect((void *)start, end - start, PROT_READ);
	}
}
