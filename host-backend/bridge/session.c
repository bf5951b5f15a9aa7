// SPDX-License-Identifier: MIT
#include <string.h>

#include "client.h"
#include "log.h"
#include "session.h"

#define CAPSET_VIRGL	1
#define CAPSET_VIRGL2	2
#define CAPSET_VENUS	4

/* only what can stand in a log line and a context's name */
int session_name(struct client *c, const void *args)
{
	const char *name = args;
	uint32_t i;

	for (i = 0; i < c->header.length && i < CLIENT_NAME && name[i]; i++)
		c->name[i] = name[i] > ' ' && name[i] < 127 ? name[i] : '?';
	c->name[i] = '\0';
	c->named = true;
	c->capset = CAPSET_VIRGL2;
	log_debug("client %u is %s", c->number, c->name);
	return 0;
}

int session_ping(struct client *c, const void *args)
{
	(void)args;
	client_answer(c, VTEST_PING_PROTOCOL_VERSION, NULL, 0);
	return 0;
}

/* version 1 was withdrawn: virgl_test_server makes 0 of it, and clients expect that */
int session_version(struct client *c, const void *args)
{
	uint32_t version = *(const uint32_t *)args;

	c->version = version > VTEST_MAX_VERSION ? VTEST_MAX_VERSION : version == 1 ? 0 : version;
	client_answer(c, VTEST_PROTOCOL_VERSION, &c->version, 1);
	return 0;
}

/* here alone the length counts bytes, and the number says which set follows */
static int session_old_capset(struct client *c, uint32_t id)
{
	const struct gpu_capset *capset = gpu_capset(c->gpu, id);
	struct vtest_header header = { .command = id };

	if (!capset)
		return client_fail(c, "the GPU has no capset %u", id);
	header.length = capset->size + 1;
	client_send(c, &header, sizeof(header));
	client_send(c, capset->data, capset->size);
	return 0;
}

int session_caps(struct client *c, const void *args)
{
	(void)args;
	return session_old_capset(c, CAPSET_VIRGL);
}

int session_caps2(struct client *c, const void *args)
{
	(void)args;
	return session_old_capset(c, CAPSET_VIRGL2);
}

/* none is known that virgl uses: not valid, and no value */
int session_param(struct client *c, const void *args)
{
	static const uint32_t answer[2];

	(void)args;
	client_answer(c, VTEST_GET_PARAM, answer, 2);
	return 0;
}

int session_capset(struct client *c, const void *args)
{
	const struct vtest_get_capset *get = args;
	const struct gpu_capset *capset = gpu_capset(c->gpu, get->id);
	uint32_t answer[1 + VGPU_PV_MAX_CAPSET_SIZE / sizeof(uint32_t)] = { 0 };

	if (!capset || get->version > capset->version) {
		client_answer(c, VTEST_GET_CAPSET, answer, 1);
		return 0;
	}
	answer[0] = 1;
	memcpy(answer + 1, capset->data, capset->size);
	client_answer(c, VTEST_GET_CAPSET, answer, 1 + capset->size / sizeof(uint32_t));
	return 0;
}

int session_context(struct client *c, const void *args)
{
	uint32_t id = *(const uint32_t *)args;

	if (!gpu_capset(c->gpu, id))
		return client_fail(c, "CONTEXT_INIT for capset %u%s, which the GPU has not", id,
				   id == CAPSET_VENUS ? " (Venus)" : "");
	if (c->has_context && c->capset != id)
		return client_fail(c, "CONTEXT_INIT for capset %u, and the context has %u", id,
				   c->capset);
	c->capset = id;
	return 0;
}
