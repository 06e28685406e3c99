/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loads and calls libvirt's library. Runs in a worker that ends right after, so nothing is closed
 * or freed except what libvirt itself must see.
 */
#include "client.h"

#include <dlfcn.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "answer.h"

const bool lsec_virt_built_in = true;

/* Every function that is called. Types come from libvirt's headers. */
#define CALLS(X)                                                                                   \
	X(virConnectDomainXMLToNative)                                                             \
	X(virConnectGetDomainCapabilities)                                                         \
	X(virConnectGetLibVersion)                                                                 \
	X(virConnectGetType)                                                                       \
	X(virConnectGetURI)                                                                        \
	X(virConnectGetVersion)                                                                    \
	X(virConnectIsAlive)                                                                       \
	X(virConnectListAllDomains)                                                                \
	X(virConnectOpen)                                                                          \
	X(virDomainDefineXMLFlags)                                                                 \
	X(virDomainDestroy)                                                                        \
	X(virDomainUndefine)                                                                       \
	X(virGetLastErrorCode)                                                                     \
	X(virGetLastErrorMessage)                                                                  \
	X(virInitialize)                                                                           \
	X(virSetErrorFunc)

struct library {
/* A name cannot stand in parentheses here. NOLINTNEXTLINE(bugprone-macro-parentheses) */
#define POINTER(name) __typeof__(name) *name;
	CALLS(POINTER)
#undef POINTER
};

/* Texts point into libvirt's memory, or into `room`. */
struct answer {
	const char *texts[LSEC_VIRT_FIELDS];
	char libvirt[24], hypervisor[24], room[1024];
};

static void fail_to_load(struct answer *ret)
{
	snprintf(ret->room, sizeof(ret->room),
	         "libvirt's library cannot be loaded (Debian: libvirt0): %s", dlerror());
	ret->texts[LSEC_VIRT_FAILURE] = ret->room;
}

/* The library by its soname, which never changed: libvirt only adds. */
static bool load(struct library *ret, struct answer *answer)
{
	void *handle = dlopen("libvirt.so.0", RTLD_NOW | RTLD_LOCAL);
	bool good = handle != NULL;
#define FIND(name) good = good && (*(void **)&ret->name = dlsym(handle, #name)) != NULL;
	CALLS(FIND)
#undef FIND
	if (!good)
		fail_to_load(answer);
	return good;
}

/* libvirt would print each error by itself. */
static void ignore(void *data, virErrorPtr error)
{
	(void)data, (void)error;
}

/* Errors that are not about the domain. */
static bool is_failure(int code)
{
	return code == VIR_ERR_NO_MEMORY || code == VIR_ERR_RPC || code == VIR_ERR_NO_SUPPORT ||
	       code == VIR_ERR_OPERATION_DENIED || code == VIR_ERR_ACCESS_DENIED ||
	       code == VIR_ERR_AUTH_FAILED || code == VIR_ERR_AUTH_CANCELLED ||
	       code == VIR_ERR_AUTH_UNAVAILABLE;
}

/* Notes libvirt's last error as `field`; or as failure, where it means that, or the connection
 * broke, as it does when the libvirt at its other end crashes. */
static void note_error(const struct library *lib, virConnectPtr connection,
                       enum lsec_virt_field field, struct answer *ret)
{
	bool failure = is_failure(lib->virGetLastErrorCode());
	snprintf(ret->room, sizeof(ret->room), "%s", lsec_virt_said(lib->virGetLastErrorMessage()));
	if (lib->virConnectIsAlive(connection) != 1)
		failure = true;
	ret->texts[failure ? LSEC_VIRT_FAILURE : field] = ret->room;
}

static const char *get_driver(const struct library *lib, virConnectPtr connection)
{
	const char *driver = lib->virConnectGetType(connection);
	return driver == NULL ? "" : driver;
}

static void tell_versions(const struct library *lib, virConnectPtr connection, struct answer *ret)
{
	unsigned long libvirt = 0;
	unsigned long hypervisor = 0;
	ret->texts[LSEC_VIRT_LIBVIRT] = ret->libvirt;
	ret->texts[LSEC_VIRT_HYPERVISOR] = ret->hypervisor;
	if (lib->virConnectGetLibVersion(connection, &libvirt) < 0)
		note_error(lib, connection, LSEC_VIRT_FAILURE, ret);
	/* QEMU's is not known where there is no QEMU. */
	if (lib->virConnectGetVersion(connection, &hypervisor) < 0)
		hypervisor = 0;
	snprintf(ret->libvirt, sizeof(ret->libvirt), "%lu", libvirt);
	snprintf(ret->hypervisor, sizeof(ret->hypervisor), "%lu", hypervisor);
}

static void tell(const struct library *lib, virConnectPtr connection, struct answer *ret)
{
	tell_versions(lib, connection, ret);
	if (strcmp(ret->texts[LSEC_VIRT_DRIVER], LSEC_VIRT_QEMU) != 0)
		return;
	const char *capabilities =
		lib->virConnectGetDomainCapabilities(connection, NULL, "x86_64", "q35", "kvm", 0);
	if (capabilities == NULL)
		note_error(lib, connection, LSEC_VIRT_NO_CAPABILITIES, ret);
	else
		ret->texts[LSEC_VIRT_CAPABILITIES] = capabilities;
}

/* The test driver has a domain by default, with which the new one may share its name. All its
 * domains are in this process. */
static void empty(const struct library *lib, virConnectPtr connection)
{
	virDomainPtr *domains = NULL;
	int count = lib->virConnectListAllDomains(connection, &domains, 0);
	for (int i = 0; i < count; i++) {
		lib->virDomainDestroy(domains[i]);
		lib->virDomainUndefine(domains[i]);
	}
}

/* Not with VIR_DOMAIN_DEFINE_VALIDATE: KubeVirt's own domains are not valid. */
static void define(const struct library *lib, virConnectPtr connection, const char *domain,
                   struct answer *ret)
{
	const char *uri = lib->virConnectGetURI(connection);
	if (uri == NULL || strncmp(uri, "test:///", 8) != 0) {
		ret->texts[LSEC_VIRT_FAILURE] =
			"its test driver is in another process, where others may use it";
		return;
	}
	empty(lib, connection);
	virDomainPtr defined = lib->virDomainDefineXMLFlags(connection, domain, 0);
	if (defined == NULL)
		note_error(lib, connection, LSEC_VIRT_REFUSAL, ret);
	else
		lib->virDomainUndefine(defined);
}

static void try(const struct library *lib, virConnectPtr connection, const char *domain,
                struct answer *ret)
{
	if (strcmp(ret->texts[LSEC_VIRT_DRIVER], LSEC_VIRT_TEST) == 0)
		define(lib, connection, domain, ret);
	else if (lib->virConnectDomainXMLToNative(connection, "qemu-argv", domain, 0) == NULL)
		note_error(lib, connection, LSEC_VIRT_REFUSAL, ret);
}

/* Without a callback that asks for passwords, and with write access, which libvirt requires for
 * turning domains into command lines. */
static void ask(const struct lsec_client_question *question, struct answer *ret)
{
	struct library lib;
	if (!load(&lib, ret))
		return;
	lib.virSetErrorFunc(NULL, ignore);
	virConnectPtr connection =
		lib.virInitialize() < 0 ? NULL : lib.virConnectOpen(question->uri);
	if (connection == NULL) {
		ret->texts[LSEC_VIRT_FAILURE] = lsec_virt_said(lib.virGetLastErrorMessage());
		return;
	}
	const char *driver = get_driver(&lib, connection);
	ret->texts[LSEC_VIRT_DRIVER] = driver;
	if (strcmp(driver, LSEC_VIRT_QEMU) != 0 && strcmp(driver, LSEC_VIRT_TEST) != 0)
		return;
	if (question->domain == NULL)
		tell(&lib, connection, ret);
	else
		try(&lib, connection, question->domain, ret);
}

void lsec_client_work(const void *question, int answer)
{
	struct answer told = {0};
	ask(question, &told);
	for (size_t i = 0; i < LSEC_VIRT_FIELDS; i++)
		dprintf(answer, "%s%c", told.texts[i] == NULL ? "" : told.texts[i], '\0');
}
