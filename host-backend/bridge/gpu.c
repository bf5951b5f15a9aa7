// SPDX-License-Identifier: MIT
/*
 * A GPU's life: the broker gives its worker, which is met and asked for what it
 * can do.  The connection to the broker stays open without a word, as QEMU's does:
 * its end is the instance's.
 */
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "broker.h"
#include "gpu.h"
#include "log.h"
#include "options.h"
#include "resource.h"

#define GPU_MAX_RESOURCES	24576	/* two mappings of the worker's each: it may have 65530 */
#define GPU_DESCRIPTORS		32	/* of the bridge's own */

static int gpu_get_capset(struct gpu *gpu, uint32_t id, uint32_t version)
{
	const struct vgpu_pv_get_capset get = {
		.hdr.type = htole32(VGPU_PV_MSG_GET_CAPSET),
		.id = htole32(id),
		.version = htole32(version),
	};
	struct gpu_capset *capset = &gpu->capsets[id - 1];
	static struct vgpu_pv_capset_reply reply;
	int len;

	len = front_end_call(&gpu->fe, &gpu->fe.rings[0], &get, sizeof(get), &reply, sizeof(reply));
	if (len < 0)
		return len;
	if (len != sizeof(reply) || reply.hdr.status || le32toh(reply.size) > sizeof(reply.data) ||
	    le32toh(reply.size) % 4) {
		log_err("the worker's capset %u is none", id);
		return -EPROTO;
	}
	capset->version = version;
	capset->size = le32toh(reply.size);
	memcpy(capset->data, reply.data, capset->size);
	gpu->credit = le64toh(reply.hdr.credit);
	return 0;
}

static int gpu_get_capsets(struct gpu *gpu)
{
	const struct vgpu_pv_request list = { .type = htole32(VGPU_PV_MSG_GET_CAPSETS) };
	struct vgpu_pv_capsets_reply reply;
	uint32_t i, id;
	int ret;

	ret = front_end_call(&gpu->fe, &gpu->fe.rings[0], &list, sizeof(list), &reply,
			     sizeof(reply));
	if (ret < 0)
		return ret;
	if (ret != sizeof(reply) || reply.hdr.status ||
	    le32toh(reply.count) > VGPU_PV_MAX_CAPSETS) {
		log_err("the worker's list of capsets is none");
		return -EPROTO;
	}
	for (i = 0; i < le32toh(reply.count); i++) {
		id = le32toh(reply.capsets[i].id);
		if (id < 1 || id > GPU_NR_CAPSETS)
			continue;
		ret = gpu_get_capset(gpu, id, le32toh(reply.capsets[i].max_version));
		if (ret)
			return ret;
	}
	return 0;
}

/* no more than there are descriptors for, beside those of the clients and their rings */
static uint32_t gpu_max_resources(unsigned int nr_rings)
{
	const rlim_t reserve = 3 * nr_rings + GPU_DESCRIPTORS;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= GPU_MAX_RESOURCES + reserve)
		return GPU_MAX_RESOURCES;
	return limit.rlim_cur > reserve ? (uint32_t)(limit.rlim_cur - reserve) : 0;
}

int gpu_open(struct gpu *gpu, const struct options *opt, unsigned int nr_rings)
{
	int worker, ret;

	*gpu = (struct gpu){
		.broker_sock = -1,
		.next_id = 1,
		.aperture.size = FRONT_END_APERTURE,
		.max_resources = gpu_max_resources(nr_rings),
		.errors = LOG_LIMIT_INIT,
	};
	if (opt->instance)
		snprintf(gpu->name, sizeof(gpu->name), "%s", opt->instance);
	else
		snprintf(gpu->name, sizeof(gpu->name), "bridge-%d", (int)getpid());
	gpu->fe.sock = gpu->fe.link_sock = -1;
	gpu->broker_sock = broker_attach(opt->broker, gpu->name, &gpu->memory, &worker);
	if (gpu->broker_sock < 0)
		return -ECONNREFUSED;
	ret = front_end_start(&gpu->fe, worker, nr_rings);
	if (!ret)
		ret = front_end_start_ring(&gpu->fe, 0);
	if (!ret)
		ret = gpu_get_capsets(gpu);
	if (ret)
		gpu_close(gpu);
	return ret;
}

void gpu_close(struct gpu *gpu)
{
	front_end_end(&gpu->fe);
	range_fini(&gpu->aperture);
	resource_free_all(gpu);
	if (gpu->broker_sock >= 0)
		close(gpu->broker_sock);
	gpu->broker_sock = -1;
}

const struct gpu_capset *gpu_capset(const struct gpu *gpu, uint32_t id)
{
	if (id < 1 || id > GPU_NR_CAPSETS || !gpu->capsets[id - 1].size)
		return NULL;
	return &gpu->capsets[id - 1];
}
