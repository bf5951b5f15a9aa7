// SPDX-License-Identifier: MIT
/*
 * How long a program waits: for an empty command buffer through the bridge and
 * through virgl_test_server, and for a texture's bytes; how long a front end in our
 * own process group waits from the doorbell until the descriptor is used; and what
 * of that is the renderer's own, called here without any of ours.
 *
 * All take turns in small portions, the first of each portion not counted, so that
 * what else the machine does falls on all of them.
 */
#include <epoxy/gl.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <virgl/virglrenderer.h>

#include "demand.h"
#include "egl.h"
#include "guest.h"
#include "renderer.h"
#include "stats.h"
#include "vtest.h"
#include "worker.h"

#define PORTION		50
#define NR_SIDES	4
#define CTX		1

struct samples {
	uint64_t *ns;
	size_t nr, room;
};

static struct vtest servers[2];
static struct fe *fe;
static struct worker renderer;

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

static void add(struct samples *s, uint64_t ns)
{
	if (s->nr == s->room) {
		s->room = s->room ? 2 * s->room : 1024;
		s->ns = reallocarray(s->ns, s->room, sizeof(*s->ns));
		if (!s->ns)
			abort();
	}
	s->ns[s->nr++] = ns;
}

static int compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static double percentile(struct samples *s, unsigned int percent)
{
	size_t at = s->nr * percent / 100;

	qsort(s->ns, s->nr, sizeof(*s->ns), compare);
	return (double)s->ns[at < s->nr ? at : s->nr - 1];
}

static void bridge_once(void)
{
	vtest_submit_and_wait(&servers[0]);
}

static void server_once(void)
{
	vtest_submit_and_wait(&servers[1]);
}

static const uint32_t nothing;

static void ring_once(void)
{
	static const struct vgpu_pv_submit submit = {
		.hdr = { .type = VGPU_PV_MSG_SUBMIT, .ctx_id = CTX },
		.size = sizeof(nothing),
	};
	uint8_t request[sizeof(submit) + sizeof(nothing)] = { 0 };

	memcpy(request, &submit, sizeof(submit));
	if (fe_status(fe, 0, request, sizeof(request)))
		exit(EXIT_FAILURE);
}

static void renderer_once(void)
{
	uint32_t words[1] = { nothing };
	GLsync sync;

	if (virgl_renderer_submit_cmd(words, CTX, 1))
		exit(EXIT_FAILURE);
	sync = glFenceSync(GL_SYNC_GPU_COMMANDS_COMPLETE, 0);
	glFlush();
	glClientWaitSync(sync, 0, 1000000000ull);
	glDeleteSync(sync);
}

static const struct {
	const char *name;
	void (*once)(void);
} sides[NR_SIDES] = {
	{ "bridge", bridge_once },
	{ "vtest", server_once },
	{ "ring", ring_once },
	{ "renderer", renderer_once },
};

static void sample(struct samples *s, void (*once)(void))
{
	unsigned int i;
	uint64_t start;

	once();
	for (i = 0; i < PORTION; i++) {
		start = now_ns();
		once();
		add(s, now_ns() - start);
	}
}

static json_t *waits(unsigned int rounds)
{
	struct samples samples[NR_SIDES] = { 0 };
	json_t *json = json_object();
	unsigned int i, r;

	for (r = 0; r < rounds; r++) {
		for (i = 0; i < NR_SIDES; i++)
			sample(&samples[(i + r) % NR_SIDES], sides[(i + r) % NR_SIDES].once);
	}
	for (i = 0; i < NR_SIDES; i++) {
		json_object_set_new(json, sides[i].name,
				    json_pack("{s:i, s:f, s:f, s:f}", "samples", (int)samples[i].nr,
					      "p50", percentile(&samples[i], 50) / 1e3, "p99",
					      percentile(&samples[i], 99) / 1e3, "max",
					      percentile(&samples[i], 100) / 1e3));
		free(samples[i].ns);
	}
	return json;
}

static double mib_per_second(struct samples *s, size_t bytes)
{
	double rate = (double)bytes / (1 << 20) / (percentile(s, 50) / 1e9);

	free(s->ns);
	return rate;
}

static json_t *bandwidth(uint32_t side, enum vtest_command command, unsigned int rounds)
{
	size_t bytes = (size_t)side * side * 4;
	uint8_t *copy = calloc(1, bytes);
	struct vtest_texture textures[2];
	struct samples s[3] = { 0 };
	unsigned int i, r;
	uint64_t start;

	if (!copy)
		abort();
	for (i = 0; i < 2; i++) {
		vtest_texture_create(&servers[i], &textures[i], side);
		vtest_texture_transfer(&servers[i], &textures[i], command);
	}
	for (r = 0; r < rounds; r++) {
		for (i = 0; i < 2; i++) {
			start = now_ns();
			vtest_texture_transfer(&servers[i], &textures[i], command);
			add(&s[i], now_ns() - start);
		}
		start = now_ns();
		memcpy(copy, textures[0].map, bytes);
		add(&s[2], now_ns() - start);
	}
	for (i = 0; i < 2; i++)
		vtest_texture_destroy(&servers[i], &textures[i]);
	free(copy);
	return json_pack("{s:s, s:I, s:f, s:f, s:f}", "direction",
			 command == VTEST_TRANSFER_PUT2 ? "upload" : "read-back", "bytes",
			 (json_int_t)bytes, "bridge", mib_per_second(&s[0], bytes), "vtest",
			 mib_per_second(&s[1], bytes), "memcpy", mib_per_second(&s[2], bytes));
}

static json_t *bandwidths(unsigned int rounds)
{
	static const struct {
		uint32_t side;
		unsigned int shares;	/* of the rounds */
	} sizes[] = { { 32, 16 }, { 128, 16 }, { 512, 4 }, { 2048, 1 } };
	json_t *json = json_array();
	unsigned int i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		json_array_append_new(json, bandwidth(sizes[i].side, VTEST_TRANSFER_PUT2,
						      sizes[i].shares * rounds / 4));
		json_array_append_new(json, bandwidth(sizes[i].side, VTEST_TRANSFER_GET2,
						      sizes[i].shares * rounds / 4));
	}
	return json;
}

/* the front end's way out */
void fe_failed(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_vprintf(LOG_LEVEL_ERROR, format, args);
	va_end(args);
	exit(EXIT_FAILURE);
}

static void start_renderer(void)
{
	renderer.stats = stats_open(-1);
	renderer.egl = egl_open("auto");
	if (!renderer.stats || !renderer.egl || renderer_init(&renderer) < 0 ||
	    virgl_renderer_context_create(CTX, 5, "bench"))
		exit(EXIT_FAILURE);
}

int main(int argc, char **argv)
{
	const struct fe_options options = { .event_idx = true };
	unsigned int rounds = argc == 4 ? (unsigned int)atoi(argv[3]) : 0;
	json_t *json = json_object();

	if (rounds < 4) {
		fprintf(stderr, "usage: bench-latency BRIDGE-SOCKET VTEST-SOCKET ROUNDS\n"
				"ROUNDS is 4 or more; see host-backend/bench/latency\n");
		return 2;
	}
	log_init("bench-latency", LOG_LEVEL_WARN);
	setenv("MESA_SHADER_CACHE_DISABLE", "true", 1);
	/* the bridge's, for what it runs: what renders here and in the worker is no client */
	unsetenv("GALLIUM_DRIVER");
	start_renderer();
	fe = fe_start(&options);
	fe_ring_start(fe, 0);
	if (guest_ctx_create(fe, 0, CTX))
		return EXIT_FAILURE;
	vtest_connect(&servers[0], argv[1]);
	vtest_connect(&servers[1], argv[2]);
	json_object_set_new(json, "renderer",
			    json_string((const char *)renderer.stats->renderer));
	json_object_set_new(json, "submit_and_wait_us", waits(rounds));
	json_object_set_new(json, "bandwidth_mib_s", bandwidths(rounds));
	fe_end(fe);
	json_dumpf(json, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(json);
	return 0;
}
