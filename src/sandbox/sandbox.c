/* SPDX-License-Identifier: Apache-2.0 */
/* The layers, put up one after another; capabilities are dropped here. */
#include "sandbox.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "parts.h"

#if defined(LSEC_UNCONFINED) || defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define BUILT false
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) ||                         \
	__has_feature(thread_sanitizer)
#define BUILT false
#endif
#endif
#ifndef BUILT
#define BUILT true
#endif

bool lsec_sandbox_built(void)
{
	return BUILT;
}

/* Where the socket's directory is another user's, root needs this one to remove the file. */
#define CAP_DAC_OVERRIDE 1 /* linux/capability.h */

/* Giving up needs none. */
static int drop_capabilities(void)
{
	struct {
		uint32_t version;
		int32_t pid;
	} head = {0x20080522, 0};
	struct {
		uint32_t effective, permitted, inheritable;
	} sets[2] = {{0, 0, 0}, {0, 0, 0}};
	if (syscall(SYS_capget, &head, sets) < 0)
		return errno;
	const uint32_t kept = sets[0].permitted & 1U << CAP_DAC_OVERRIDE;
	sets[0].effective &= kept;
	sets[0].permitted = kept;
	sets[0].inheritable = 0;
	sets[1].effective = sets[1].permitted = sets[1].inheritable = 0;
	return syscall(SYS_capset, &head, sets) < 0 ? errno : 0;
}

void lsec_sandbox_enter(const struct lsec_sandbox_needs *needs, struct lsec_sandbox *ret)
{
	int *reasons = ret->reasons;
	*ret = (struct lsec_sandbox){0};
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		reasons[LSEC_LAYER_PRIVILEGES] = errno;
	reasons[LSEC_LAYER_CAPABILITIES] = drop_capabilities();
	reasons[LSEC_LAYER_LANDLOCK] = lsec_landlock_enter(needs, &ret->landlock);
	reasons[LSEC_LAYER_FILTER] = lsec_filter_enter(needs); /* last: it forbids all these */
}
