// SPDX-License-Identifier: MIT
/*
 * vgpu-pv-worker: one guest's renderer.  The main thread becomes the render
 * thread.  The renderer starts before the connection is taken, so that a
 * machine where it cannot start says so at once; the guest then has its display
 * all the same.  A GPU that was named and is not there is refused.
 */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "aperture.h"
#include "context.h"
#include "egl.h"
#include "glsl.h"
#include "jail.h"
#include "message.h"
#include "render.h"
#include "renderer.h"
#include "resource.h"
#include "stats.h"
#include "vhost_user.h"
#include "worker.h"

static struct worker worker;

/* for the signal handler: removed when the worker is told to end before it is used */
static char socket_path[sizeof(((struct sockaddr_un *)0)->sun_path)];

static void unlink_and_exit(int sig)
{
	unlink(socket_path);
	_exit(128 + sig);
}

static int socket_listen(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int sock;

	if (strlen(path) >= sizeof(addr.sun_path)) {
		log_err("--socket %s: longer than %zu bytes", path, sizeof(addr.sun_path) - 1);
		return -ENAMETOOLONG;
	}
	strcpy(addr.sun_path, path);
	sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (sock < 0)
		return -errno;
	if (bind(sock, (struct sockaddr *)&addr, sizeof(addr)) < 0 || listen(sock, 1) < 0) {
		log_err("--socket %s: %m%s", path,
			errno == EADDRINUSE ? "; remove it if no worker uses it" : "");
		close(sock);
		return -EADDRINUSE;
	}
	strcpy(socket_path, path);
	signal(SIGTERM, unlink_and_exit);
	signal(SIGINT, unlink_and_exit);
	return sock;
}

/* one QEMU: nobody can connect after it */
static int socket_accept(int listener)
{
	int sock;

	do {
		sock = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	} while (sock < 0 && errno == EINTR);
	if (sock < 0)
		log_err("no connection can be taken: %m");
	unlink(socket_path);
	signal(SIGTERM, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	close(listener);
	return sock;
}

static int worker_init(struct worker *w)
{
	pthread_condattr_t attr;
	unsigned int i;

	pthread_mutex_init(&w->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&w->boundary, &attr);
	pthread_cond_init(&w->resume, &attr);
	pthread_condattr_destroy(&attr);
	for (i = 0; i < VGPU_PV_MAX_RINGS; i++)
		queue_init(&w->queues[i], i);
	w->guest_errors = (struct log_limit)LOG_LIMIT_INIT;
	w->link_sock = -1;
	w->memory = guest_memory_new(&w->stats->bytes_copied);
	w->mapped = w->memory;
	w->request = malloc(MESSAGE_MAX);
	w->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	w->change_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (!w->memory || !w->request || w->epoll_fd < 0 || w->change_fd < 0) {
		log_err("the worker cannot start: %m");
		return -ENOMEM;
	}
	return 0;
}

/* the vhost-user thread is done with all of this, or about to exit */
static void worker_fini(struct worker *w)
{
	struct guest_memory *next;
	unsigned int i;

	context_destroy_all(w);
	resource_destroy_all(w);
	if (!w->no_renderer)
		renderer_cleanup(w);
	pthread_mutex_lock(&w->lock);
	for (i = 0; i < VGPU_PV_MAX_RINGS; i++)
		queue_close(&w->queues[i]);
	for (; w->retired; w->retired = next) {
		next = w->retired->next;
		guest_memory_free(w->retired);
	}
	guest_memory_free(w->memory);
	aperture_unmap(w);
	pthread_mutex_unlock(&w->lock);
	free(w->request);
}

/*
 * llvmpipe takes up to 36 MiB for a scene and frees it with the scene: a heap that
 * goes back to the kernel each time costs more page faults than the drawing.  These
 * are the bounds up to which glibc would raise its limits in the course of time.
 * The render thread gives the heap back when it has nothing to do.
 */
static void keep_heap(void)
{
	mallopt(M_MMAP_THRESHOLD, 32 << 20);
	mallopt(M_TRIM_THRESHOLD, 64 << 20);
}

int main(int argc, char **argv)
{
	struct worker *w = &worker;
	char prefix[VGPU_PV_MAX_NAME + 32];
	int ret, sock, listener = -1;

	log_init("vgpu-pv-worker", LOG_LEVEL_INFO);
	ret = options_parse(&w->opt, argc, argv);
	if (ret)
		return ret > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
	snprintf(prefix, sizeof(prefix), "vgpu-pv-worker[%.*s]", VGPU_PV_MAX_NAME,
		 w->opt.name);
	log_init(prefix, w->opt.verbose ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
	signal(SIGPIPE, SIG_IGN);
	keep_heap();
	/* no renderer of ours leaves files behind, and none reads another guest's */
	setenv("MESA_SHADER_CACHE_DISABLE", "true", 1);
	/*
	 * The renderer's desktop shaders call floatBitsToUint() without naming the
	 * extension that has it, where a guest's has gl_FrontFacing ? a : b: Mesa
	 * takes this option as leave for all extensions, and would say so.
	 */
	setenv("force_glsl_extensions_warn", "true", 1);
	setenv("MESA_DEBUG", "silent", 0);

	if (w->opt.check) {
		w->egl = egl_open(w->opt.gpu);
		return w->egl ? EXIT_SUCCESS : EXIT_FAILURE;
	}
	if (jail_check(&w->opt, NULL) < 0)
		return EXIT_FAILURE;
	w->stats = stats_open(w->opt.stats_fd);
	if (!w->stats || worker_init(w) < 0)
		return EXIT_FAILURE;
	stats_set(w->stats->memory_quota, w->opt.memory);
	sock = w->opt.socket_fd;
	if (w->opt.socket_path) {
		listener = socket_listen(w->opt.socket_path);
		if (listener < 0)
			return EXIT_FAILURE;
	} else {
		fcntl(sock, F_SETFD, FD_CLOEXEC);
	}
	w->egl = egl_open(w->opt.gpu);
	if (!w->egl && strcmp(w->opt.gpu, "auto")) {
		if (listener >= 0)
			unlink(w->opt.socket_path);
		return EXIT_FAILURE;
	}
	if (w->egl && !egl_is_gpu(w->egl))
		glsl_hook();
	w->no_renderer = !w->egl || renderer_init(w) < 0;
	if (w->no_renderer)
		log_err("no renderer: the guest gets a display without 3D");
	if (listener >= 0)
		sock = socket_accept(listener);
	if (sock < 0)
		return EXIT_FAILURE;
	stats_set(w->stats->renderer_state,
		  w->no_renderer ? VGPU_PV_RENDERER_ABSENT : VGPU_PV_RENDERER_READY);
	if (w->opt.jail && jail_enter(&w->opt, w->egl && egl_is_gpu(w->egl)) < 0)
		return EXIT_FAILURE;
	ret = vhost_user_start(w, sock);
	if (ret) {
		log_err("the vhost-user thread cannot start: %s", strerror(-ret));
		return EXIT_FAILURE;
	}
	ret = render_run(w);
	stats_set(w->stats->renderer_state, VGPU_PV_RENDERER_LOST);
	worker_fini(w);
	return ret ? EXIT_FAILURE : EXIT_SUCCESS;
}
