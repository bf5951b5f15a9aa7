// SPDX-License-Identifier: MIT
/*
 * The front end's QEMU: the worker process, the memories and vhost-user.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "demand.h"
#include "front_end.h"
#include "scm.h"
#include "vhost_user_protocol.h"

#define FE_MAX_ARGS	32

uint64_t fe_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static int shared_memory(const char *name, size_t size, void **map)
{
	int fd = memfd_create(name, MFD_CLOEXEC);

	demand(fd >= 0 && !ftruncate(fd, (off_t)size), "memfd %s: %m", name);
	*map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	demand(*map != MAP_FAILED, "mmap %s: %m", name);
	return fd;
}

/* the worker lies beside the test's program */
static void worker_path(char *path, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", path, size - 1);
	char *slash;

	demand(n > 0, "readlink: %m");
	path[n] = 0;
	slash = strrchr(path, '/');
	snprintf(slash + 1, size - (size_t)(slash + 1 - path), "vgpu-pv-worker");
}

static void worker_exec(const struct fe_options *options, int sock, int stats)
{
	const char *args[FE_MAX_ARGS], *const *more;
	char path[4096], sock_arg[16], stats_arg[16];
	unsigned int n = 0;

	worker_path(path, sizeof(path));
	snprintf(sock_arg, sizeof(sock_arg), "%d", sock);
	snprintf(stats_arg, sizeof(stats_arg), "%d", stats);
	fcntl(sock, F_SETFD, 0);
	fcntl(stats, F_SETFD, 0);
	args[n++] = path;
	args[n++] = "--socket-fd";
	args[n++] = sock_arg;
	args[n++] = "--stats-fd";
	args[n++] = stats_arg;
#ifdef __SANITIZE_ADDRESS__
	if (!options->jail)
		args[n++] = "--no-jail";
#endif
	for (more = options->args; more && *more && n < FE_MAX_ARGS - 1; more++)
		args[n++] = *more;
	args[n] = NULL;
	execv(path, (char **)args);
	perror(path);
	_exit(127);
}

void fe_send(struct fe *fe, uint32_t request, const void *payload, uint32_t len, const int *fds,
	     unsigned int nr_fds)
{
	uint8_t msg[sizeof(struct vhost_user_header) + sizeof(union vhost_user_payload)];
	struct vhost_user_header hdr = { request, VHOST_USER_VERSION, len };

	memcpy(msg, &hdr, sizeof(hdr));
	if (len)
		memcpy(msg + sizeof(hdr), payload, len);
	demand(scm_send(fe->sock, msg, sizeof(hdr) + len, fds, nr_fds) ==
	       (ssize_t)(sizeof(hdr) + len), "vhost-user request %u cannot be sent", request);
}

static bool read_timeout(int sock, void *buf, size_t len, int timeout_ms)
{
	struct pollfd p = { .fd = sock, .events = POLLIN };
	ssize_t n;

	while (len) {
		if (poll(&p, 1, timeout_ms) <= 0)
			return false;
		n = read(sock, buf, len);
		if (n <= 0)
			return false;
		buf = (uint8_t *)buf + n;
		len -= (size_t)n;
	}
	return true;
}

bool fe_try_reply(struct fe *fe, uint32_t request, void *payload, uint32_t len, int timeout_ms)
{
	struct vhost_user_header hdr;

	return read_timeout(fe->sock, &hdr, sizeof(hdr), timeout_ms) && hdr.request == request &&
	       hdr.flags == (VHOST_USER_VERSION | VHOST_USER_REPLY) && hdr.size == len &&
	       read_timeout(fe->sock, payload, len, timeout_ms);
}

static uint64_t ask_u64(struct fe *fe, uint32_t request)
{
	uint64_t value = 0;

	fe_send(fe, request, NULL, 0, NULL, 0);
	demand(fe_try_reply(fe, request, &value, sizeof(value), FE_TIMEOUT_MS),
	       "vhost-user request %u is not answered", request);
	return value;
}

void fe_set_mem_table(struct fe *fe, int fd, uint64_t gpa, uint64_t size, uint64_t offset)
{
	struct vhost_user_memory table = {
		.nr_regions = 1,
		.regions[0] = {
			.gpa = gpa,
			.size = size,
			/* our address space is QEMU's */
			.uva = (uint64_t)fe->memory,
			.offset = offset,
		},
	};

	fe_send(fe, VHOST_USER_SET_MEM_TABLE, &table,
		offsetof(struct vhost_user_memory, regions) + sizeof(table.regions[0]), &fd, 1);
}

void fe_link(struct fe *fe, uint32_t type, uint64_t offset, uint64_t size, int fd)
{
	const struct vgpu_pv_link_msg msg = {
		.type = type,
		.version = VGPU_PV_LINK_VERSION,
		.size = size,
		.offset = offset,
	};

	demand(scm_send(fe->link_sock, &msg, sizeof(msg), &fd, fd >= 0) == sizeof(msg),
	       "the private message %u cannot be sent", type);
}

static void send_aperture(struct fe *fe)
{
	int pair[2];

	demand(!socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), "socketpair: %m");
	fe->link_sock = pair[0];
	fe_link(fe, VGPU_PV_LINK_APERTURE, 0, FE_APERTURE_SIZE, fe->aperture_fd);
	fe_send(fe, VHOST_USER_GPU_SET_SOCKET, NULL, 0, &pair[1], 1);
	close(pair[1]);
	if (fe->options.keep_link)
		return;
	close(pair[0]);
	fe->link_sock = -1;
}

/* Takes what it needs, and of the rest what there is. */
static void negotiate(struct fe *fe)
{
	uint64_t protocol;

	fe->offered = ask_u64(fe, VHOST_USER_GET_FEATURES);
	fe->features = VHOST_USER_F_VERSION_1 | 1ull << VGPU_PV_F_RENDER;
	fe->features |= fe->offered & VHOST_USER_F_INDIRECT_DESC;
	if (fe->options.event_idx)
		fe->features |= fe->offered & VHOST_USER_F_EVENT_IDX;
	if (!fe->options.no_protocol_features)
		fe->features |= fe->offered & VHOST_USER_F_PROTOCOL_FEATURES;
	fe->options.event_idx = fe->features & VHOST_USER_F_EVENT_IDX;
	fe->options.indirect &= !!(fe->features & VHOST_USER_F_INDIRECT_DESC);
	fe->options.no_protocol_features = !(fe->features & VHOST_USER_F_PROTOCOL_FEATURES);
	if (!fe->options.no_protocol_features) {
		fe->protocol = ask_u64(fe, VHOST_USER_GET_PROTOCOL_FEATURES);
		protocol = fe->protocol & VHOST_USER_PROTOCOL_FEATURES;
		fe_send(fe, VHOST_USER_SET_PROTOCOL_FEATURES, &protocol, sizeof(protocol), NULL, 0);
	}
	if (fe->protocol & VHOST_USER_PROTOCOL_F_MQ)
		demand(ask_u64(fe, VHOST_USER_GET_QUEUE_NUM) >= VGPU_PV_QUEUE_RING0 + FE_RINGS,
		       "too few queues");
	fe_send(fe, VHOST_USER_SET_OWNER, NULL, 0, NULL, 0);
}

/* What a reset of the device may have taken away. */
void fe_set_up(struct fe *fe)
{
	fe_send(fe, VHOST_USER_SET_FEATURES, &fe->features, sizeof(fe->features), NULL, 0);
	fe_set_mem_table(fe, fe->memory_fd, FE_MEMORY_GPA, FE_MEMORY_SIZE, 0);
}

/* as QEMU does for all of a device's rings long before they start */
static void name_rings(struct fe *fe)
{
	uint64_t index;

	for (index = 0; index < FE_RINGS; index++) {
		uint64_t payload = (VGPU_PV_QUEUE_RING0 + index) | VHOST_USER_VRING_NOFD;

		fe_send(fe, VHOST_USER_SET_VRING_CALL, &payload, sizeof(payload), NULL, 0);
	}
}

static struct fe *new_front_end(const struct fe_options *options)
{
	struct fe *fe = calloc(1, sizeof(*fe));
	void *map;

	demand(fe, "no memory");
	fe->options = *options;
	fe->link_sock = -1;
	fe->memory_fd = shared_memory("guest", FE_MEMORY_SIZE, &map);
	fe->memory = map;
	fe->aperture_fd = shared_memory("aperture", FE_APERTURE_SIZE, &map);
	fe->aperture = map;
	return fe;
}

static struct fe *spawn(const struct fe_options *options)
{
	struct fe *fe = new_front_end(options);
	void *map;
	int pair[2], stats_fd;

	stats_fd = shared_memory("stats", 4096, &map);
	fe->stats = map;
	demand(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), "socketpair: %m");
	fe->sock = pair[0];
	fe->worker = fork();
	demand(fe->worker >= 0, "fork: %m");
	if (!fe->worker)
		worker_exec(options, pair[1], stats_fd);
	close(pair[1]);
	close(stats_fd);
	return fe;
}

static void meet(struct fe *fe)
{
	negotiate(fe);
	fe_set_up(fe);
	send_aperture(fe);
	name_rings(fe);
}

struct fe *fe_start(const struct fe_options *options)
{
	struct fe *fe = spawn(options);

	meet(fe);
	demand(fe->offered == VHOST_USER_FEATURES, "features %#llx",
	       (unsigned long long)fe->offered);
	return fe;
}

struct fe *fe_connect(int sock, const struct fe_options *options)
{
	struct fe *fe = new_front_end(options);

	fe->sock = sock;
	meet(fe);
	return fe;
}

int fe_refused(const struct fe_options *options)
{
	struct fe *fe = spawn(options);
	struct pollfd p = { .fd = fe->sock, .events = POLLIN };

	demand(poll(&p, 1, FE_TIMEOUT_MS) == 1, "the worker goes on");
	return fe_end(fe);
}

static int worker_end(struct fe *fe)
{
	uint64_t until = fe_now_ms() + FE_TIMEOUT_MS;
	int status = -1;

	while (waitpid(fe->worker, &status, WNOHANG) == 0) {
		if (fe_now_ms() > until) {
			kill(fe->worker, SIGKILL);
			waitpid(fe->worker, &status, 0);
			break;
		}
		usleep(1000);
	}
	return status;
}

int fe_end(struct fe *fe)
{
	int status;
	unsigned int i;

	close(fe->sock);
	status = fe->worker ? worker_end(fe) : 0;
	for (i = 0; i < VGPU_PV_MAX_RINGS; i++) {
		if (!fe->rings[i])
			continue;
		close(fe->rings[i]->kick_fd);
		close(fe->rings[i]->call_fd);
		close(fe->rings[i]->err_fd);
		free(fe->rings[i]);
	}
	if (fe->link_sock >= 0)
		close(fe->link_sock);
	munmap(fe->memory, FE_MEMORY_SIZE);
	munmap(fe->aperture, FE_APERTURE_SIZE);
	if (fe->stats)
		munmap(fe->stats, 4096);
	close(fe->memory_fd);
	close(fe->aperture_fd);
	free(fe);
	return status;
}

void *fe_alloc(struct fe *fe, size_t size)
{
	size_t at = fe->allocated;

	fe->allocated += (size + 4095) & ~(size_t)4095;
	demand(fe->allocated <= FE_MEMORY_SIZE, "the test's guest memory is used up");
	/* another front end may have had it */
	return memset(fe->memory + at, 0, size);
}

uint64_t fe_gpa(const struct fe *fe, const void *p)
{
	return FE_MEMORY_GPA + (uint64_t)((const uint8_t *)p - fe->memory);
}
