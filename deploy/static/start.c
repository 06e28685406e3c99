/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the static executable starts. It may lie anywhere in memory, so each pointer in its data
 * has to have that address added. Packed (DT_RELR, System V ABI, "Relative relocation table"), the
 * list of these pointers takes 200 bytes instead of 32 KB; musl reads such lists from 1.2.4 on, and
 * Debian 12 has 1.2.3. So they are read here, and musl finds none.
 *
 * lsec_relocate() runs before anything else, the stack protector's canary included: no calls, no
 * data.
 *
 * What only relocations have to write (PT_GNU_RELRO) is made read-only by a dynamic loader, and a
 * static executable has none; musl's start leaves it as it is. So that is done here, too.
 */
#include <elf.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#define RELR_SIZE 35 /* DT_RELRSZ */
#define RELR 36      /* DT_RELR */

void lsec_relocate(Elf64_Dyn *dynamic, unsigned char *base);

__attribute__((used, visibility("hidden"), no_stack_protector)) void
lsec_relocate(Elf64_Dyn *dynamic, unsigned char *base)
{
	const Elf64_Xword *list = NULL;
	size_t count = 0;
	Elf64_Xword *where = NULL;
	for (; dynamic->d_tag != DT_NULL; dynamic++) {
		if (dynamic->d_tag == RELR)
			list = (const Elf64_Xword *)(base + dynamic->d_un.d_ptr);
		if (dynamic->d_tag != RELR_SIZE)
			continue;
		count = dynamic->d_un.d_val / sizeof(*list);
		dynamic->d_un.d_val = 0; /* done: a newer musl would do it again */
	}
	/* An even word is the address of a pointer, an odd one has a bit for each of the next 63.
	 */
	for (size_t i = 0; i < count; i++) {
		Elf64_Xword word = list[i];
		if ((word & 1) == 0) {
			where = (Elf64_Xword *)(base + word);
			*where++ += (Elf64_Xword)base;
			continue;
		}
		for (size_t bit = 0; (word >>= 1) != 0; bit++)
			if ((word & 1) != 0)
				where[bit] += (Elf64_Xword)base;
		where += 63;
	}
}

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

__asm__(".text\n"
        ".globl lsec_start\n"
        ".hidden lsec_start\n"
        ".type lsec_start, @function\n"
        "lsec_start:\n"
        "	lea _DYNAMIC(%rip), %rdi\n"
        "	lea __ehdr_start(%rip), %rsi\n"
        "	call lsec_relocate\n"
        "	jmp _start\n");
