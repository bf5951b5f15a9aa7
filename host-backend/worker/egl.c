// SPDX-License-Identifier: MIT
/*
 * The EGL display and its contexts.  Desktop GL's core profile is tried before
 * GLES.  A root context of the first version that works is kept for the
 * display's life, and every context shares with it: which thread has what
 * current then makes no difference to the share group, where "share with the
 * current context" would.  EGL binds its client API per thread, so that each
 * entry binds it anew.
 */
#include <epoxy/egl.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "egl.h"
#include "log.h"

#define EGL_MAX_DEVICES	32

/* EGL_EXT_device_drm_render_node, which older headers lack */
#ifndef EGL_DRM_RENDER_NODE_FILE_EXT
#define EGL_DRM_RENDER_NODE_FILE_EXT	0x3377
#endif

struct egl {
	EGLDisplay display;
	EGLenum api;
	EGLContext root;	/* made with the first context */
	pthread_mutex_t lock;	/* root */
	bool gpu;
	char name[128];
};

static const char *egl_device_node(EGLDeviceEXT device)
{
	const char *node, *exts = eglQueryDeviceStringEXT(device, EGL_EXTENSIONS);

	if (!exts)
		return NULL;
	if (strstr(exts, "EGL_EXT_device_drm_render_node")) {
		node = eglQueryDeviceStringEXT(device, EGL_DRM_RENDER_NODE_FILE_EXT);
		if (node)
			return node;
	}
	if (!strstr(exts, "EGL_EXT_device_drm"))
		return NULL;
	return eglQueryDeviceStringEXT(device, EGL_DRM_DEVICE_FILE_EXT);
}

static bool egl_device_is_node(EGLDeviceEXT device, const char *gpu)
{
	const char *exts = eglQueryDeviceStringEXT(device, EGL_EXTENSIONS), *node;

	node = egl_device_node(device);
	if (node && !strcmp(node, gpu))
		return true;
	if (!exts || !strstr(exts, "EGL_EXT_device_drm"))
		return false;
	node = eglQueryDeviceStringEXT(device, EGL_DRM_DEVICE_FILE_EXT);
	return node && !strcmp(node, gpu);
}

static bool egl_try_display(struct egl *egl, EGLenum platform, void *native)
{
	EGLint major, minor;

	egl->display = eglGetPlatformDisplayEXT(platform, native, NULL);
	if (egl->display == EGL_NO_DISPLAY || !eglInitialize(egl->display, &major, &minor))
		return false;
	if (!epoxy_has_egl_extension(egl->display, "EGL_KHR_surfaceless_context") ||
	    !epoxy_has_egl_extension(egl->display, "EGL_KHR_no_config_context") ||
	    !epoxy_has_egl_extension(egl->display, "EGL_KHR_create_context")) {
		eglTerminate(egl->display);
		return false;
	}
	return true;
}

static bool egl_try_device(struct egl *egl, EGLDeviceEXT device, int index)
{
	const char *node = egl_device_node(device);

	if (!egl_try_display(egl, EGL_PLATFORM_DEVICE_EXT, device))
		return false;
	snprintf(egl->name, sizeof(egl->name), "EGL device %d (%s)", index,
		 node ? node : "software");
	egl->gpu = node;
	return true;
}

static bool egl_try_surfaceless(struct egl *egl)
{
	if (!epoxy_has_egl_extension(EGL_NO_DISPLAY, "EGL_MESA_platform_surfaceless") ||
	    !egl_try_display(egl, EGL_PLATFORM_SURFACELESS_MESA, EGL_DEFAULT_DISPLAY))
		return false;
	snprintf(egl->name, sizeof(egl->name), "EGL's surfaceless platform");
	/* the platform takes a device by itself where there is one */
	egl->gpu = true;
	return true;
}

/* a device with a node first: that is hardware */
static bool egl_auto(struct egl *egl, const EGLDeviceEXT *devices, EGLint nr)
{
	EGLint i;

	for (i = 0; i < nr; i++) {
		if (egl_device_node(devices[i]) && egl_try_device(egl, devices[i], i))
			return true;
	}
	for (i = 0; i < nr; i++) {
		if (!egl_device_node(devices[i]) && egl_try_device(egl, devices[i], i))
			return true;
	}
	return egl_try_surfaceless(egl);
}

static EGLint egl_devices(EGLDeviceEXT devices[EGL_MAX_DEVICES])
{
	EGLint nr;

	if (!epoxy_has_egl_extension(EGL_NO_DISPLAY, "EGL_EXT_device_enumeration") ||
	    !epoxy_has_egl_extension(EGL_NO_DISPLAY, "EGL_EXT_platform_device") ||
	    !eglQueryDevicesEXT(EGL_MAX_DEVICES, devices, &nr))
		return 0;
	return nr;
}

static bool egl_choose(struct egl *egl, const char *gpu)
{
	EGLDeviceEXT devices[EGL_MAX_DEVICES];
	EGLint nr, i;
	char *end;
	long index;

	if (!strcmp(gpu, "surfaceless"))
		return egl_try_surfaceless(egl);
	nr = egl_devices(devices);
	if (!strcmp(gpu, "auto"))
		return egl_auto(egl, devices, nr);
	if (*gpu == '/') {
		for (i = 0; i < nr; i++) {
			if (egl_device_is_node(devices[i], gpu))
				return egl_try_device(egl, devices[i], i);
		}
		return false;
	}
	index = strtol(gpu, &end, 10);
	return end != gpu && !*end && index >= 0 && index < nr &&
	       egl_try_device(egl, devices[index], (int)index);
}

static EGLContext egl_new_context(struct egl *egl, EGLContext share, int major, int minor)
{
	const EGLint desktop[] = {
		EGL_CONTEXT_MAJOR_VERSION_KHR, major,
		EGL_CONTEXT_MINOR_VERSION_KHR, minor,
		EGL_CONTEXT_OPENGL_PROFILE_MASK_KHR, EGL_CONTEXT_OPENGL_CORE_PROFILE_BIT_KHR,
		EGL_NONE,
	};
	const EGLint es[] = {
		EGL_CONTEXT_MAJOR_VERSION_KHR, major,
		EGL_CONTEXT_MINOR_VERSION_KHR, minor,
		EGL_NONE,
	};

	if (!eglBindAPI(egl->api))
		return EGL_NO_CONTEXT;
	return eglCreateContext(egl->display, EGL_NO_CONFIG_KHR, share,
				egl->api == EGL_OPENGL_API ? desktop : es);
}

/* the APIs are told apart by whether the least version of each can be made */
static bool egl_choose_api(struct egl *egl)
{
	static const struct {
		EGLenum api;
		int major, minor;
	} tries[] = { { EGL_OPENGL_API, 3, 1 }, { EGL_OPENGL_ES_API, 3, 0 } };
	EGLContext context;
	unsigned int i;

	for (i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		egl->api = tries[i].api;
		context = egl_new_context(egl, EGL_NO_CONTEXT, tries[i].major, tries[i].minor);
		if (context == EGL_NO_CONTEXT)
			continue;
		eglDestroyContext(egl->display, context);
		return true;
	}
	return false;
}

struct egl *egl_open(const char *gpu)
{
	struct egl *egl = calloc(1, sizeof(*egl));

	if (!egl)
		return NULL;
	pthread_mutex_init(&egl->lock, NULL);
	egl->root = EGL_NO_CONTEXT;
	if (!egl_choose(egl, gpu)) {
		log_err("--gpu %s: no such EGL device, or it does not start; \"auto\" takes the first that does",
			gpu);
		goto err_free;
	}
	if (!egl_choose_api(egl)) {
		log_err("%s has neither desktop GL 3.1 nor GLES 3.0", egl_name(egl));
		eglTerminate(egl->display);
		goto err_free;
	}
	return egl;

err_free:
	pthread_mutex_destroy(&egl->lock);
	free(egl);
	return NULL;
}

void egl_list(FILE *out)
{
	EGLDeviceEXT devices[EGL_MAX_DEVICES];
	EGLint nr = egl_devices(devices), i;
	struct egl egl;

	for (i = 0; i < nr; i++) {
		if (!egl_try_device(&egl, devices[i], i))
			continue;
		fprintf(out, "%d\t%s\n", i, egl.name);
		eglTerminate(egl.display);
	}
	if (egl_try_surfaceless(&egl)) {
		fprintf(out, "surfaceless\t%s\n", egl.name);
		eglTerminate(egl.display);
	}
}

bool egl_is_gpu(const struct egl *egl)
{
	return egl->gpu;
}

const char *egl_name(const struct egl *egl)
{
	return egl->name;
}

void *egl_context_create(struct egl *egl, int major, int minor)
{
	EGLContext root;

	pthread_mutex_lock(&egl->lock);
	if (egl->root == EGL_NO_CONTEXT)
		egl->root = egl_new_context(egl, EGL_NO_CONTEXT, major, minor);
	root = egl->root;
	pthread_mutex_unlock(&egl->lock);
	if (root == EGL_NO_CONTEXT)
		return NULL;
	return egl_new_context(egl, root, major, minor);
}

void *egl_context_create_least(struct egl *egl)
{
	bool desktop = egl->api == EGL_OPENGL_API;

	return egl_context_create(egl, 3, desktop ? 1 : 0);
}

void egl_context_destroy(struct egl *egl, void *context)
{
	eglDestroyContext(egl->display, context);
}

int egl_context_make_current(struct egl *egl, void *context)
{
	if (!eglBindAPI(egl->api) ||
	    !eglMakeCurrent(egl->display, EGL_NO_SURFACE, EGL_NO_SURFACE,
			    context ? context : EGL_NO_CONTEXT))
		return -EIO;
	return 0;
}
