/* SPDX-License-Identifier: Apache-2.0 */
/* libxml2's allocations end the process where they fail. */
#include "launchsec/memory.h"

#include <libxml/parser.h>
#include <libxml/xmlerror.h>
#include <libxml/xmlmemory.h>
#include <stdlib.h>

#include "alloc.h"

static void say_nothing(void *context, const char *message, ...)
{
	(void)context;
	(void)message;
}

void lsec_memory_setup(void)
{
	xmlSetGenericErrorFunc(NULL, say_nothing);
	xmlThrDefSetGenericErrorFunc(NULL, say_nothing);
	xmlMemSetup(free, lsec_malloc, lsec_realloc, lsec_strdup);
	xmlInitParser();
}
