/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * drm_exec for kernels that lack it (until 6.6), as far as the driver uses it:
 * an array of buffers, each with room for one fence, is locked without deadlock;
 * a buffer may be in the array twice.
 */
#ifndef VGPU_PV_COMPAT_EXEC_H
#define VGPU_PV_COMPAT_EXEC_H

#include <linux/types.h>
#include <linux/ww_mutex.h>

struct drm_gem_object;

#define DRM_EXEC_INTERRUPTIBLE_WAIT	BIT(0)
#define DRM_EXEC_IGNORE_DUPLICATES	BIT(1)

/*
 * struct drm_exec - buffers that are locked together
 * @contended: the buffer that another one held, to be locked first at the next try
 * @first: @contended is locked and not yet met in the array
 */
struct drm_exec {
	struct ww_acquire_ctx ticket;
	struct drm_gem_object **objects;
	unsigned int num;
	unsigned int max;
	struct drm_gem_object *contended;
	struct drm_gem_object *first;
	bool started;
	bool retry;
};

void drm_exec_init(struct drm_exec *exec, u32 flags, unsigned int max);
void drm_exec_fini(struct drm_exec *exec);
bool vgpu_pv_compat_exec_again(struct drm_exec *exec);
int drm_exec_prepare_array(struct drm_exec *exec, struct drm_gem_object **objects,
			   unsigned int count, unsigned int fences);

#define drm_exec_until_all_locked(exec) \
	for (; vgpu_pv_compat_exec_again(exec);)
#define drm_exec_retry_on_contention(exec) \
({ \
	if ((exec)->retry) \
		continue; \
})

static inline struct drm_gem_object *vgpu_pv_compat_exec_object(const struct drm_exec *exec,
								unsigned int index)
{
	return index < exec->num ? exec->objects[index] : NULL;
}

#define drm_exec_for_each_locked_object(exec, obj) \
	for (unsigned int __i = 0; ((obj) = vgpu_pv_compat_exec_object(exec, __i)); __i++)

#endif /* VGPU_PV_COMPAT_EXEC_H */
