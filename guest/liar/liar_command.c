// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /dev/vgpu-pv-liar.  One write is one command; numbers are as in C.
 *
 *	features BITS		offered
 *	config OFFSET VALUE	32 bits of the configuration
 *	queue N SIZE		entries of a virtqueue
 *	aperture ADDRESS LENGTH	where the shared memory region is; address 0: absent
 *	credit BYTES		in every reply
 *	lie TYPE TIMES WHAT A B	of each message of this type, so many times, see
 *				enum liar_what
 *	truth			no more lies
 *	plug, unplug		return when the driver is done
 *	release			answers what "hold" keeps
 *	event BITS		of events_read, with a configuration change
 *	status BITS		of the device status, with a configuration change
 *	use N ID LENGTH		an entry of the used ring that nobody asked for
 *	jump N ENTRIES		the used ring's index, without entries
 */
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "liar.h"

static const char * const liar_command_whats[] = {
	[LIAR_POKE] = "poke",	[LIAR_LEN] = "len",	[LIAR_ID] = "id",
	[LIAR_TWICE] = "twice",	[LIAR_DROP] = "drop",	[LIAR_HOLD] = "hold",
	[LIAR_SWAP] = "swap",
};

/* With the lock: all but plug and unplug. */
static int liar_command_lie(struct liar *liar, const char *arg)
{
	struct liar_lie lie = { };
	char what[16];
	int ret;

	if (sscanf(arg, "%i %i %15s %i %i", &lie.type, &lie.times, what, &lie.a, &lie.b) < 3)
		return -EINVAL;
	ret = match_string(liar_command_whats, ARRAY_SIZE(liar_command_whats), what);
	if (ret < 0)
		return ret;
	lie.what = ret;
	if (lie.what == LIAR_POKE && (lie.a % 4 || lie.a >= LIAR_MAX_REPLY))
		return -EINVAL;
	if (liar->nr_lies == LIAR_MAX_LIES)
		return -ENOSPC;
	liar->lies[liar->nr_lies++] = lie;
	return 0;
}

static int liar_command_changed(struct liar *liar)
{
	if (!liar->plugged)
		return -ENODEV;
	virtio_config_changed(&liar->vdev);
	return 0;
}

static int liar_command_used(struct liar *liar, bool jump, u32 n, u32 id, u32 len)
{
	if (n >= liar->nr_queues)
		return -ENODEV;
	if (jump)
		liar_ring_jump(&liar->queues[n], id);
	else
		liar_ring_push(&liar->queues[n], id, len);
	liar_ring_interrupt(&liar->queues[n]);
	return 0;
}

static int liar_command_run(struct liar *liar, const char *name, const char *arg)
{
	u64 a = 0, b = 0, c = 0;
	int n;

	if (!strcmp(name, "lie"))
		return liar_command_lie(liar, arg);
	n = sscanf(arg, "%lli %lli %lli", &a, &b, &c);

	if (!strcmp(name, "features") && n == 1) {
		liar->features = a;
	} else if (!strcmp(name, "config") && n == 2) {
		if (a % 4 || a >= sizeof(liar->config))
			return -EINVAL;
		*(__le32 *)((u8 *)&liar->config + a) = cpu_to_le32(b);
	} else if (!strcmp(name, "queue") && n == 2) {
		if (a >= LIAR_MAX_QUEUES || !is_power_of_2(b) || b > SZ_32K)
			return -EINVAL;
		liar->queues[a].size = b;
	} else if (!strcmp(name, "aperture") && n == 2) {
		liar->aperture_addr = a;
		liar->aperture_len = b;
	} else if (!strcmp(name, "credit") && n == 1) {
		liar->credit = a;
	} else if (!strcmp(name, "truth")) {
		liar->nr_lies = 0;
	} else if (!strcmp(name, "release")) {
		liar_ring_release(liar);
	} else if (!strcmp(name, "event") && n == 1) {
		liar->config.events_read |= cpu_to_le32(a);
		return liar_command_changed(liar);
	} else if (!strcmp(name, "status") && n == 1) {
		liar->status |= a;
		return liar_command_changed(liar);
	} else if (!strcmp(name, "use") && n == 3) {
		return liar_command_used(liar, false, a, b, c);
	} else if (!strcmp(name, "jump") && n == 2) {
		return liar_command_used(liar, true, a, b, 0);
	} else {
		return -EINVAL;
	}
	return 0;
}

static ssize_t liar_command_write(struct file *file, const char __user *buf, size_t len,
				  loff_t *pos)
{
	struct liar *liar = file->private_data;
	char line[LIAR_LINE], name[16];
	int ret, skip = 0;

	if (!len || len >= sizeof(line))
		return -EINVAL;
	if (copy_from_user(line, buf, len))
		return -EFAULT;
	line[len] = '\0';
	if (sscanf(line, "%15s%n", name, &skip) != 1)
		return -EINVAL;

	if (!strcmp(name, "plug")) {
		ret = liar_device_plug(liar);
	} else if (!strcmp(name, "unplug")) {
		liar_device_unplug(liar);
		ret = 0;
	} else {
		mutex_lock(&liar->lock);
		ret = liar_command_run(liar, name, line + skip);
		mutex_unlock(&liar->lock);
	}
	return ret ?: len;
}

static ssize_t liar_command_read(struct file *file, char __user *buf, size_t len, loff_t *pos)
{
	struct liar *liar = file->private_data;
	unsigned int i;
	char *text;
	ssize_t ret;
	int n;

	text = kzalloc(PAGE_SIZE, GFP_KERNEL);
	if (!text)
		return -ENOMEM;

	mutex_lock(&liar->lock);
	n = scnprintf(text, PAGE_SIZE, "name %s\nevents 0x%x\n", dev_name(&liar->parent->dev),
		      le32_to_cpu(liar->config.events_read));
	for (i = 0; i < liar->nr_queues; i++)
		if (liar->queues[i].held)
			n += scnprintf(text + n, PAGE_SIZE - n, "queue %u holds 1 and %u\n", i,
				       liar_ring_waiting(&liar->queues[i]));
	for (i = 0; i < ARRAY_SIZE(liar->seen); i++)
		if (liar->seen[i])
			n += scnprintf(text + n, PAGE_SIZE - n, "message 0x%x: %llu\n", i,
				       liar->seen[i]);
	n += scnprintf(text + n, PAGE_SIZE - n, "broken %u\n", liar->nr_broken);
	for (i = 0; i < min(liar->nr_broken, LIAR_MAX_BROKEN + 0u); i++)
		n += scnprintf(text + n, PAGE_SIZE - n, "%s\n", liar->broken[i]);
	mutex_unlock(&liar->lock);

	ret = simple_read_from_buffer(buf, len, pos, text, n);
	kfree(text);
	return ret;
}

static int liar_command_open(struct inode *inode, struct file *file)
{
	struct liar *liar = liar_device_new();

	if (IS_ERR(liar))
		return PTR_ERR(liar);
	file->private_data = liar;
	return 0;
}

static int liar_command_release(struct inode *inode, struct file *file)
{
	liar_device_free(file->private_data);
	return 0;
}

static const struct file_operations liar_command_fops = {
	.owner = THIS_MODULE,
	.open = liar_command_open,
	.release = liar_command_release,
	.read = liar_command_read,
	.write = liar_command_write,
};

static struct miscdevice liar_command_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "vgpu-pv-liar",
	.fops = &liar_command_fops,
};
module_misc_device(liar_command_device);

MODULE_DESCRIPTION("a vgpu-pv device that lies, for tests");
MODULE_AUTHOR("The vgpu-pv project");
MODULE_LICENSE("GPL");
