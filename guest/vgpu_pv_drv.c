// SPDX-License-Identifier: GPL-2.0-or-later

/**
 * DOC: vgpu_pv
 *
 * The driver of the vgpu-pv device. To user space it is virtio_gpu: it speaks
 * the interface of virtgpu_drm.h under that DRM name, since the name tells user
 * space which interface a device speaks, and Mesa, compositors and containers
 * key on it. Everything else about it, such as the module's and the bus
 * driver's name, says vgpu_pv. A device without a renderer is driven all the
 * same, by a driver that has only the display's features.
 */

#include <linux/aperture.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/string.h>
#include <linux/virtio_config.h>

#include <drm/drm_atomic_helper.h>
#include <drm/drm_drv.h>
#include <drm/drm_managed.h>
#include <drm/drm_modeset_helper.h>
#include <drm/drm_print.h>

#include "vgpu_pv_drv.h"

#define VGPU_PV_DISPLAY_FEATURES \
	(DRIVER_GEM | DRIVER_MODESET | DRIVER_ATOMIC | DRIVER_CURSOR_HOTSPOT)
#define VGPU_PV_RENDER_FEATURES \
	(DRIVER_RENDER | DRIVER_SYNCOBJ | DRIVER_SYNCOBJ_TIMELINE)

static char *vgpu_pv_drm_name = "virtio_gpu";
module_param_named(drm_name, vgpu_pv_drm_name, charp, 0444);
MODULE_PARM_DESC(drm_name, "DRM driver name: virtio_gpu (default) or vgpu_pv");

static int vgpu_pv_open(struct drm_device *drm, struct drm_file *file)
{
	struct vgpu_pv_context *ctx;

	ctx = vgpu_pv_context_alloc(to_vgpu_pv(drm));
	if (!ctx)
		return -ENOMEM;
	file->driver_priv = ctx;
	return 0;
}

static void vgpu_pv_postclose(struct drm_device *drm, struct drm_file *file)
{
	vgpu_pv_context_close(file->driver_priv);
	file->driver_priv = NULL;
}

VGPU_PV_COMPAT_FOPS(vgpu_pv_fops);

#define VGPU_PV_DRIVER_COMMON \
	.open = vgpu_pv_open, \
	.postclose = vgpu_pv_postclose, \
	.dumb_create = vgpu_pv_object_dumb_create, \
	.gem_create_object = vgpu_pv_object_gem_create, \
	.gem_prime_import = vgpu_pv_prime_import, \
	.gem_prime_import_sg_table = vgpu_pv_prime_import_sg_table, \
	.debugfs_init = vgpu_pv_debugfs_init, \
	VGPU_PV_COMPAT_SHOW_FDINFO(vgpu_pv_fdinfo_show) \
	VGPU_PV_COMPAT_FBDEV_PROBE \
	VGPU_PV_COMPAT_PRIME \
	.fops = &vgpu_pv_fops, \
	VGPU_PV_COMPAT_DRIVER_DATE \
	.desc = "vgpu_pv paravirtual GPU", \
	.major = 0, \
	.minor = 1, \
	.patchlevel = 0

/* The names and ioctls are filled in when the module is loaded. */
static struct drm_driver vgpu_pv_render_driver = {
	.driver_features = VGPU_PV_DISPLAY_FEATURES | VGPU_PV_RENDER_FEATURES,
	VGPU_PV_DRIVER_COMMON,
};

static struct drm_driver vgpu_pv_display_driver = {
	.driver_features = VGPU_PV_DISPLAY_FEATURES,
	VGPU_PV_DRIVER_COMMON,
};

static int vgpu_pv_probe(struct virtio_device *vdev)
{
	bool render = vgpu_pv_device_renderer_ready(vdev);
	struct device *parent = vdev->dev.parent;
	struct vgpu_pv_device *vg;
	struct drm_device *drm;
	int ret;

	/* User space looks for the PCI device, and it is the one that does DMA. */
	drm = drm_dev_alloc(render ? &vgpu_pv_render_driver : &vgpu_pv_display_driver, parent);
	if (IS_ERR(drm))
		return PTR_ERR(drm);

	vg = drmm_kzalloc(drm, sizeof(*vg), GFP_KERNEL);
	if (!vg) {
		ret = -ENOMEM;
		goto err_put;
	}
	vg->drm = drm;
	vg->vdev = vdev;
	drm->dev_private = vg;
	vdev->priv = vg;

	if (dev_is_pci(parent)) {
		/* A firmware's framebuffer on this very device, if any. */
		ret = aperture_remove_conflicting_pci_devices(to_pci_dev(parent),
							      VGPU_PV_DRIVER_NAME);
		if (ret)
			goto err_put;
	}
	dma_set_max_seg_size(parent, dma_max_mapping_size(parent) ?: UINT_MAX);

	ret = vgpu_pv_device_init(vg, render);
	if (ret)
		goto err_put;

	ret = drm_dev_register(drm, 0);
	if (ret)
		goto err_stop;

	drm_client_setup(drm, NULL);
	return 0;

err_stop:
	/* The core leaves it at true where it fails half-way, and warns of the cleanup then. */
	drm->registered = false;
	vgpu_pv_device_stop(vg);
err_put:
	drm_dev_put(drm);
	return ret;
}

static void vgpu_pv_remove(struct virtio_device *vdev)
{
	struct vgpu_pv_device *vg = vdev->priv;
	struct drm_device *drm = vg->drm;
	struct drm_crtc *crtc;

	drm_dev_unplug(drm);
	drm_atomic_helper_shutdown(drm);
	/* The shutdown needs memory: without, it leaves them on. */
	drm_for_each_crtc(crtc, drm)
		vgpu_pv_vblank_off(to_vgpu_pv_pipe(crtc));
	vgpu_pv_device_stop(vg);
	vgpu_pv_mapping_remove_all(vg);
	drm_dev_put(drm);
}

#ifdef CONFIG_PM_SLEEP
static int vgpu_pv_freeze(struct virtio_device *vdev)
{
	struct vgpu_pv_device *vg = vdev->priv;
	int ret;

	if (!READ_ONCE(vg->broken) && (READ_ONCE(vg->contexts) || atomic_read(&vg->resources))) {
		drm_err(vg->drm, "suspend: %u contexts and %d resources on the host would be lost\n",
			READ_ONCE(vg->contexts), atomic_read(&vg->resources));
		return -EBUSY;
	}

	ret = drm_mode_config_helper_suspend(vg->drm);
	if (ret)
		return ret;
	vgpu_pv_device_stop(vg);
	return 0;
}

static int vgpu_pv_restore(struct virtio_device *vdev)
{
	struct vgpu_pv_device *vg = vdev->priv;
	int ret;

	ret = vgpu_pv_device_restart(vg);
	if (ret)
		return ret;
	return drm_mode_config_helper_resume(vg->drm);
}
#endif

static const struct virtio_device_id vgpu_pv_ids[] = {
	{ VGPU_PV_DEVICE_ID, VIRTIO_DEV_ANY_ID },
	{ }
};
MODULE_DEVICE_TABLE(virtio, vgpu_pv_ids);

static const unsigned int vgpu_pv_features[] = {
	VGPU_PV_F_RENDER,
};

static struct virtio_driver vgpu_pv_virtio_driver = {
	.driver.name = KBUILD_MODNAME,
	.feature_table = vgpu_pv_features,
	.feature_table_size = ARRAY_SIZE(vgpu_pv_features),
	.id_table = vgpu_pv_ids,
	.probe = vgpu_pv_probe,
	.remove = vgpu_pv_remove,
	.config_changed = vgpu_pv_device_config_changed,
#ifdef CONFIG_PM_SLEEP
	.freeze = vgpu_pv_freeze,
	.restore = vgpu_pv_restore,
#endif
};

static void __init vgpu_pv_complete_driver(struct drm_driver *driver)
{
	driver->name = vgpu_pv_drm_name;
	driver->ioctls = vgpu_pv_ioctls;
	driver->num_ioctls = vgpu_pv_num_ioctls;
}

static int __init vgpu_pv_init(void)
{
	if (drm_firmware_drivers_only())
		return -ENODEV;

	if (strcmp(vgpu_pv_drm_name, "virtio_gpu") && strcmp(vgpu_pv_drm_name, "vgpu_pv")) {
		pr_err("vgpu_pv: drm_name=%s: must be virtio_gpu or vgpu_pv\n", vgpu_pv_drm_name);
		return -EINVAL;
	}
	vgpu_pv_complete_driver(&vgpu_pv_render_driver);
	vgpu_pv_complete_driver(&vgpu_pv_display_driver);

	return register_virtio_driver(&vgpu_pv_virtio_driver);
}

static void __exit vgpu_pv_exit(void)
{
	unregister_virtio_driver(&vgpu_pv_virtio_driver);
	/* Fences that were freed a moment ago. */
	rcu_barrier();
}

module_init(vgpu_pv_init);
module_exit(vgpu_pv_exit);

MODULE_DESCRIPTION("vgpu-pv paravirtual GPU");
MODULE_AUTHOR("The vgpu-pv project");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS("DMA_BUF");
