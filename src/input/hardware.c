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

struct reading {
	const struct json_object *domain; /* spec.domain */
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

/* A member of spec.domain.cpu; 0 means the same as nothing. */
static int read_count(const struct reading *reading, const char *name, uint32_t *ret)
{
	const struct json_object *value =
		lsec_json_member(lsec_json_member(reading->domain, "cpu"), name);
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

/* Of a resource as a number of sockets; *ret_field is set where it says it. */
static int read_resource(const struct reading *reading, const char *which, const char *field,
                         uint32_t *ret)
{
	const struct json_object *of =
		lsec_json_member(lsec_json_member(reading->domain, "resources"), which);
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

/* Without a topology the resources are sockets. Returns 1 where they say how many. */
static int read_resources(const struct reading *reading, uint32_t *ret)
{
	int found = read_resource(reading, "limits", "spec.domain.resources.limits.cpu", ret);
	if (found == 0)
		found = read_resource(reading, "requests", "spec.domain.resources.requests.cpu",
		                      ret);
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

static bool has_text(const struct json_object *parent, const char *name)
{
	const char *text = lsec_json_text(lsec_json_member(parent, name));
	return text != NULL && text[0] != '\0';
}

static int read_kernel(const struct reading *reading)
{
	const struct json_object *firmware = lsec_json_member(reading->domain, "firmware");
	const struct json_object *boot = lsec_json_member(firmware, "kernelBoot");
	const struct json_object *container = lsec_json_member(boot, "container");
	reading->ret->efi =
		lsec_json_member(lsec_json_member(firmware, "bootloader"), "efi") != NULL;
	reading->ret->kernel = has_text(container, "kernelPath");
	reading->ret->initrd = has_text(container, "initrdPath");
	return read_text(reading, lsec_json_member(boot, "kernelArgs"),
	                 "spec.domain.firmware.kernelBoot.kernelArgs", &reading->ret->kernel_args);
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
	const struct reading reading = {
		lsec_json_member(lsec_json_member(instance, "spec"), "domain"), &hardware,
		problems};
	int status = read_vcpus(&reading);
	status |= read_kernel(&reading);
	status |= read_text(&reading,
	                    lsec_json_member(lsec_json_member(reading.domain, "cpu"), "model"),
	                    CPU ".model", &hardware.cpu_model);
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
