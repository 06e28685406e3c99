/* SPDX-License-Identifier: Apache-2.0 */
/* The allocations of libxml2 and GMP end the process where they fail. */
#include "launchsec/memory.h"

#include <libxml/parser.h>
#include <libxml/xmlerror.h>
#include <libxml/xmlmemory.h>
#include <nettle/bignum.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"

static void say_nothing(void *context, const char *message, ...)
{
	(void)context;
	(void)message;
}

/* What nettle frees may have been a private key or a nonce. mini-gmp says a size of 0 of the
 * numbers that it allocates itself; src/attest keeps secrets out of these. */
static void wipe_and_free(void *memory, size_t size)
{
	if (memory != NULL)
		explicit_bzero(memory, size);
	free(memory);
}

static void *resize(void *memory, size_t old_size, size_t size)
{
	(void)old_size;
	return lsec_realloc(memory, size);
}

void lsec_memory_setup(void)
{
	xmlSetGenericErrorFunc(NULL, say_nothing);
	/* For threads that begin later; deprecated from libxml2 2.15 on, without another way. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
	xmlThrDefSetGenericErrorFunc(NULL, say_nothing);
#pragma GCC diagnostic pop
	xmlMemSetup(free, lsec_malloc, lsec_realloc, lsec_strdup);
	xmlInitParser();
	mp_set_memory_functions(lsec_malloc, resize, wipe_and_free);
}
