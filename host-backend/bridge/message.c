// SPDX-License-Identifier: MIT
#include <endian.h>
#include <errno.h>
#include <string.h>

#include "draw.h"
#include "message.h"
#include "names.h"

#define REPLY_ROOM	sizeof(struct vgpu_pv_reply)

/* what is executed from here on knows of all creations that are settled */
static void posted(struct client *c)
{
	if (c->settled == c->gpu->settled)
		return;
	c->settled = c->gpu->settled;
	c->knowing = c->ring->posted;
}

static void post(struct client *c, const void *request, size_t len, struct resource *res)
{
	ring_post_small(c->ring, request, len, REPLY_ROOM, res);
	posted(c);
	if (res)
		res->used = c->ring->posted;
}

/* one context a ring */
static uint32_t context_id(const struct client *c)
{
	return htole32(c->ring->index + 1);
}

static struct vgpu_pv_request request_of(const struct client *c, uint32_t type)
{
	return (struct vgpu_pv_request){ .type = htole32(type), .ctx_id = context_id(c) };
}

void message_create_context(struct client *c)
{
	struct vgpu_pv_ctx_create create = {
		.hdr = request_of(c, VGPU_PV_MSG_CTX_CREATE),
		.capset_id = htole32(c->capset),
		.name_len = htole32((uint32_t)strlen(c->name)),
	};

	memcpy(create.name, c->name, strlen(c->name));
	post(c, &create, sizeof(create), NULL);
	c->has_context = true;
}

void message_destroy_context(struct client *c)
{
	const struct vgpu_pv_request destroy = request_of(c, VGPU_PV_MSG_CTX_DESTROY);

	post(c, &destroy, sizeof(destroy), NULL);
	c->has_context = false;
}

static void add(struct client *c, struct resource *res)
{
	res->next = c->resources;
	if (res->next)
		res->next->prev = res;
	c->resources = res;
	c->shared += res->size;
}

static void post_create(struct client *c, struct resource *res,
			const struct vtest_resource_create *create)
{
	const struct vgpu_pv_resource_create message = {
		.hdr.type = htole32(VGPU_PV_MSG_RESOURCE_CREATE),
		.resource = htole32(res->id),
		.target = htole32(create->target),
		.format = htole32(create->format),
		.bind = htole32(create->bind),
		.width = htole32(create->width),
		.height = htole32(create->height),
		.depth = htole32(create->depth),
		.array_size = htole32(create->array_size),
		.last_level = htole32(create->last_level),
		.nr_samples = htole32(create->nr_samples),
		.backing.kind = htole32(res->size ? VGPU_PV_BACKING_APERTURE :
						    VGPU_PV_BACKING_NONE),
		.backing.offset = htole64(res->offset),
		.backing.size = htole64(res->size),
	};
	const struct vgpu_pv_resource_ref attach = {
		.hdr = request_of(c, VGPU_PV_MSG_CTX_ATTACH),
		.resource = htole32(res->id),
	};

	post(c, &message, sizeof(message), res);
	post(c, &attach, sizeof(attach), res);
	res->created = res->used;
	/*
	 * Until something is asked of it, its client may write its file: the device reads
	 * nothing there, and writes only where the renderer keeps the bytes.  Such a one is
	 * also what Mesa makes after a submit, to ask whether that is complete.
	 */
	if (create->bind != DRAW_BIND_CUSTOM)
		res->used = 0;
	c->gpu->claimed += res->claim;
	c->gpu->unclaimed += !res->claim;
}

static void claim(struct client *c, struct resource *res,
		  const struct vtest_resource_create *create)
{
	struct gpu *gpu = c->gpu;
	uint64_t cost = draw_cost(create);

	if (!gpu->unclaimed && gpu->claimed <= gpu->credit && cost <= gpu->credit - gpu->claimed)
		res->claim = cost;
}

void message_create(struct client *c, struct resource *res,
		    const struct vtest_resource_create *create)
{
	claim(c, res, create);
	post_create(c, res, create);
	add(c, res);
}

void message_defer(struct client *c, struct resource *res,
		   const struct vtest_resource_create *create)
{
	res->deferred = true;
	res->create = *create;
	/* it is as busy as what was sent before it */
	res->created = res->used = c->ring->posted;
	add(c, res);
}

int message_make(struct client *c, struct resource *res)
{
	int ret = resource_place(c->gpu, res);

	if (ret)
		return client_fail(c, "resource %u of %llu bytes cannot be made: %s", res->handle,
				   (unsigned long long)res->size, strerror(-ret));
	res->deferred = false;
	res->late = true;
	claim(c, res, &res->create);
	post_create(c, res, &res->create);
	return 0;
}

/* the client keeps its file for the next */
static void forget(struct client *c, struct resource *res)
{
	if (c->sock >= 0 && c->nr_spare < CLIENT_SPARE) {
		c->spare[c->nr_spare++] = res->fd;
		res->fd = -1;
	}
	resource_free(c->gpu, res);
}

void message_destroy(struct client *c, struct resource *res)
{
	const struct vgpu_pv_resource_ref destroy = {
		.hdr.type = htole32(VGPU_PV_MSG_RESOURCE_DESTROY),
		.resource = htole32(res->id),
	};

	if (res->prev)
		res->prev->next = res->next;
	else
		c->resources = res->next;
	if (res->next)
		res->next->prev = res->prev;
	id_table_remove(&c->handles, res->handle);
	c->shared -= res->size;
	if (res->deferred)
		forget(c, res);
	else
		post(c, &destroy, sizeof(destroy), res);
}

int message_transfer(struct client *c, uint32_t type, struct resource *res,
		      const struct vtest_transfer *transfer, uint64_t offset)
{
	const struct vgpu_pv_transfer message = {
		.hdr = request_of(c, type),
		.resource = htole32(res->id),
		.level = htole32(transfer->level),
		.x = htole32(transfer->x),
		.y = htole32(transfer->y),
		.z = htole32(transfer->z),
		.width = htole32(transfer->width),
		.height = htole32(transfer->height),
		.depth = htole32(transfer->depth),
		.stride = htole32(transfer->stride),
		.layer_stride = htole32(transfer->layer_stride),
		.offset = htole64(offset),
	};

	if (res->deferred && message_make(c, res))
		return -EPROTO;
	post(c, &message, sizeof(message), res);
	return 0;
}

void *message_submit_reserve(struct client *c, uint32_t size)
{
	struct vgpu_pv_submit *submit;

	names_begin(c);
	submit = ring_reserve(c->ring, sizeof(*submit) + size, REPLY_ROOM);

	return submit ? submit + 1 : NULL;
}

int message_submit(struct client *c, void *commands, uint32_t size)
{
	int ret = names_translate(c, commands, size / sizeof(uint32_t));
	struct vgpu_pv_submit *submit = (struct vgpu_pv_submit *)commands - 1;

	if (ret)
		return ret;
	*submit = (struct vgpu_pv_submit){
		.hdr = request_of(c, VGPU_PV_MSG_SUBMIT),
		.size = htole32(size),
	};
	ring_post(c->ring, submit, sizeof(*submit) + size, REPLY_ROOM, NULL);
	posted(c);
	c->submitted = c->ring->posted;
	/* it is what a frame waits for: what the program says next can wait for it */
	if (ring_kick(c->ring) < 0)
		return client_fail(c, "the worker cannot be told of commands");
	return 0;
}

const char *message_status(uint32_t status)
{
	static const char *const names[] = {
		[VGPU_PV_S_OK] = "done",
		[VGPU_PV_S_INVALID] = "malformed, or over a limit",
		[VGPU_PV_S_NOENT] = "there is no such resource",
		[VGPU_PV_S_EXIST] = "the id is in use",
		[VGPU_PV_S_NOMEM] = "over the quota, or the host has no memory",
		[VGPU_PV_S_UNSUPPORTED] = "unknown to the worker",
		[VGPU_PV_S_CONTEXT_LOST] = "its context is lost",
		[VGPU_PV_S_RENDERER_LOST] = "the renderer is lost",
	};

	return status < sizeof(names) / sizeof(names[0]) ? names[status] : "no known status";
}

static void create_done(struct client *c, struct resource *res, uint32_t status)
{
	c->gpu->claimed -= res->claim;
	c->gpu->unclaimed -= !res->claim;
	/* this ring's next replies know of it, those of others that are on their way may not */
	if (c->settled == c->gpu->settled)
		c->settled++;
	c->gpu->settled++;
	res->status = status;
	/* what was made in time and had no claim is waited for by the command, which answers */
	if (status && (res->claim || res->late))
		client_fail(c, "resource %u is refused: %s", res->handle, message_status(status));
}

/*
 * Clients' replies are taken in another order than the device wrote them.  One that
 * may be older than a settled creation, which is no longer claimed, raises nothing.
 */
static void message_credit(struct client *c, uint64_t credit)
{
	bool knows = c->settled == c->gpu->settled && c->ring->completed >= c->knowing;

	if (knows || credit < c->gpu->credit)
		c->gpu->credit = credit;
}

void message_done(void *client, const struct ring_message *message, uint32_t len)
{
	struct client *c = client;
	struct vgpu_pv_reply reply;
	uint32_t status;

	if (len < sizeof(reply)) {
		client_fail(c, "the worker's answer to message %#x has %u bytes", message->type,
			    len);
		return;
	}
	memcpy(&reply, message->reply, sizeof(reply));
	status = le32toh(reply.status);
	message_credit(c, le64toh(reply.credit));
	switch (message->type) {
	case VGPU_PV_MSG_RESOURCE_CREATE:
		create_done(c, message->resource, status);
		return;
	case VGPU_PV_MSG_CTX_ATTACH:
		if (message->resource->status)
			return;
		break;
	case VGPU_PV_MSG_RESOURCE_DESTROY:
		resource_free(c->gpu, message->resource);
		return;
	case VGPU_PV_MSG_SUBMIT:
		if (status)
			client_fail(c, "its commands are refused: %s; the worker's log says which",
				    message_status(status));
		return;
	case VGPU_PV_MSG_CTX_DESTROY:
		return;
	}
	if (status && message->resource)
		client_fail(c, "message %#x of resource %u is refused: %s", message->type,
			    message->resource->handle, message_status(status));
	else if (status)
		client_fail(c, "message %#x is refused: %s", message->type, message_status(status));
}
