/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CPUs and kernel of a manifest. How many vCPUs KubeVirt makes of it: pkg/virt-launcher/virtwrap/
 * converter/vcpu, GetCPUTopology(); which of them it plugs in: converter/compute/cpu.go.
 */
#include "hardware.h"

#include <string.h>

#include "kinds.h"
#include "quantity.h"

#define CPU "spec.domain.cpu"

/* Objects of spec.domain, NULL where they are not there. */
struct reading {
	const struct json_object *cpu, *limits, *requests, *firmware, *boot, *container;
	struct lsec_hardware *ret;
	struct lsec_problems *problems;
};

static int refuse(const struct reading *reading, const char *field, const char *must,
                  const struct json_object *value)
{
	cleanup_free char *place = lsec_format("%s%s", reading->ret->path, field);
	return lsec_problem_add(reading->problems, place, "must be %s, got %s", must,
	                        lsec_json_shown(value).text);
}

/* The member at the end of a path: an object, or not there. */
static int read_object(const struct reading *reading, const struct json_object *parent,
                       const char *field, const struct json_object **ret)
{
	*ret = lsec_json_member(parent, strrchr(field, '.') + 1);
	if (*ret == NULL || json_object_is_type(*ret, json_type_object))
		return 0;
	return refuse(reading, field, "an object", *ret);
}

#define RESOURCES "spec.domain.resources"
#define BOOT "spec.domain.firmware.kernelBoot"

static int read_objects(struct reading *reading, const struct json_object *spec)
{
	const struct json_object *domain = NULL;
	const struct json_object *resources = NULL;
	int status = read_object(reading, spec, "spec.domain", &domain);
	status |= read_object(reading, domain, CPU, &reading->cpu);
	status |= read_object(reading, domain, RESOURCES, &resources);
	status |= read_object(reading, resources, RESOURCES ".limits", &reading->limits);
	status |= read_object(reading, resources, RESOURCES ".requests", &reading->requests);
	status |= read_object(reading, domain, "spec.domain.firmware", &reading->firmware);
	status |= read_object(reading, reading->firmware, BOOT, &reading->boot);
	return status | read_object(reading, reading->boot, BOOT ".container", &reading->container);
}

/* A member of spec.domain.cpu; 0 means the same as nothing. */
static int read_count(const struct reading *reading, const char *name, uint32_t *ret)
{
	const struct json_object *value = lsec_json_member(reading->cpu, name);
	*ret = 0;
	if (value == NULL)
		return 0;
	int64_t number = json_object_get_int64(value);
	if (json_object_is_type(value, json_type_int) && number >= 0 && number <= UINT32_MAX) {
		*ret = (uint32_t)number;
		return 0;
	}
	cleanup_free char *field = lsec_format(CPU ".%s", name);
	return refuse(reading, field, "a whole number from 0 to 4294967295", value);
}

static unsigned at_most(uint64_t number)
{
	return number > LSEC_MAX_VCPUS ? LSEC_MAX_VCPUS + 1 : (unsigned)number;
}

/* Reads the CPUs of a resource as a number of sockets. Returns 1 where it has some; vcpus_field
 * names it then. */
static int read_resource(const struct reading *reading, const struct json_object *of,
                         const char *field, uint32_t *ret)
{
	const struct json_object *value = lsec_json_member(of, "cpu");
	bool number = json_object_is_type(value, json_type_int) ||
	              json_object_is_type(value, json_type_double);
	const char *text =
		number ? json_object_get_string(lsec_unconst(value)) : lsec_json_text(value);
	if (value == NULL)
		return 0;
	if (text == NULL || !lsec_quantity_round_up(text, LSEC_MAX_VCPUS, ret))
		return refuse(
			reading, field,
			"a number of CPUs such as 2 or 1500m, at most " LSEC_TEXT(LSEC_MAX_VCPUS),
			value);
	reading->ret->vcpus_field = field;
	return 1;
}

/* Without a topology the resources are sockets. Returns 1 where they have a number. */
static int read_resources(const struct reading *reading, uint32_t *ret)
{
	int found = read_resource(reading, reading->limits, RESOURCES ".limits.cpu", ret);
	if (found == 0)
		found = read_resource(reading, reading->requests, RESOURCES ".requests.cpu", ret);
	return found;
}

static int read_vcpus(const struct reading *reading)
{
	struct lsec_hardware *ret = reading->ret;
	uint32_t sockets;
	uint32_t cores;
	uint32_t threads;
	int status = read_count(reading, "sockets", &sockets);
	status |= read_count(reading, "cores", &cores);
	status |= read_count(reading, "threads", &threads);
	ret->vcpus_field = CPU;
	bool topology = sockets != 0 || cores != 0 || threads != 0;
	int resources = topology ? 0 : read_resources(reading, &sockets);
	if (status < 0 || resources < 0)
		return -1;
	/* An instancetype has them, and excludes them here; a model may stand beside it. */
	if (ret->instancetype && !topology && resources == 0)
		return 0;
	if (resources == 0 && sockets == 0)
		sockets = 1;
	uint64_t of_socket =
		(uint64_t)at_most(cores == 0 ? 1 : cores) * at_most(threads == 0 ? 1 : threads);
	ret->vcpus = at_most(at_most(of_socket) * (uint64_t)at_most(sockets));
	ret->plugged = sockets < 2 ? 0 : ret->vcpus - at_most(of_socket);
	if (ret->vcpus > 0)
		return 0;
	cleanup_free char *place = lsec_format("%s%s", ret->path, ret->vcpus_field);
	return lsec_problem_add(reading->problems, place, "must be more than 0 CPUs");
}

/* A member that is a text, or not there. */
static int read_text(const struct reading *reading, const struct json_object *value,
                     const char *field, char **ret)
{
	cleanup_free char *place = lsec_format("%s%s", reading->ret->path, field);
	if (value == NULL)
		return 0;
	if (lsec_json_text(value) == NULL)
		return refuse(reading, field, "a string", value);
	return lsec_json_string(value, place, ret, reading->problems);
}

/* Whether it is a text with something in it. */
static int read_presence(const struct reading *reading, const char *name, bool *ret)
{
	const struct json_object *value = lsec_json_member(reading->container, name);
	const char *text = lsec_json_text(value);
	cleanup_free char *field = lsec_format(BOOT ".container.%s", name);
	*ret = text != NULL && text[0] != '\0';
	return value == NULL || text != NULL ? 0 : refuse(reading, field, "a string", value);
}

static int read_kernel(const struct reading *reading)
{
	const struct json_object *bootloader = NULL;
	int status = read_object(reading, reading->firmware, "spec.domain.firmware.bootloader",
	                         &bootloader);
	reading->ret->efi = lsec_json_member(bootloader, "efi") != NULL;
	status |= read_presence(reading, "kernelPath", &reading->ret->kernel);
	status |= read_presence(reading, "initrdPath", &reading->ret->initrd);
	return status | read_text(reading, lsec_json_member(reading->boot, "kernelArgs"),
	                          BOOT ".kernelArgs", &reading->ret->kernel_args);
}

int lsec_hardware_from_json(const struct json_object *document, struct lsec_hardware *ret,
                            struct lsec_problems *problems)
{
	const struct lsec_vmi_kind *kind = lsec_vmi_kind(document);
	const struct json_object *owner = NULL;
	const struct json_object *instance = lsec_vmi_instance(document, &owner);
	const struct json_object *around = lsec_json_member(owner, "spec");
	struct lsec_hardware hardware LSEC_CLEANUP(lsec_hardware_clear) = {
		.path = kind == NULL ? "" : kind->path,
		.instancetype = lsec_json_member(around, "instancetype") != NULL,
	};
	hardware.presets = hardware.instancetype || lsec_json_member(around, "preference") != NULL;
	struct reading reading = {.ret = &hardware, .problems = problems};
	int status = read_objects(&reading, lsec_json_member(instance, "spec"));
	status |= read_vcpus(&reading);
	status |= read_kernel(&reading);
	status |= read_text(&reading, lsec_json_member(reading.cpu, "model"), CPU ".model",
	                    &hardware.cpu_model);
	if (status < 0)
		return -1;
	*ret = hardware;
	hardware = (struct lsec_hardware){0};
	return 0;
}

void lsec_hardware_clear(struct lsec_hardware *hardware)
{
	if (hardware == NULL)
		return;
	free(hardware->cpu_model);
	free(hardware->kernel_args);
	*hardware = (struct lsec_hardware){0};
}
