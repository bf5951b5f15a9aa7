// SPDX-License-Identifier: MIT
/*
 * Starts another kernel from this one, at once and with every process still
 * running: kexec-tools would be one more package in the image, and their way goes
 * through an orderly end of all that.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/reboot.h>

int main(int argc, char **argv)
{
	char words[2048];
	int kernel, initrd;
	ssize_t size;
	FILE *file;

	if (argc != 3) {
		fprintf(stderr, "usage: kexec KERNEL INITRAMFS\n\n"
				"Starts KERNEL with this kernel's command line.\n");
		return 2;
	}
	kernel = open(argv[1], O_RDONLY);
	initrd = open(argv[2], O_RDONLY);
	file = fopen("/proc/cmdline", "r");
	if (kernel < 0 || initrd < 0 || !file) {
		fprintf(stderr, "kexec: %s or %s: %s\n", argv[1], argv[2], strerror(errno));
		return 1;
	}
	size = fread(words, 1, sizeof(words) - 1, file);
	words[size] = '\0';
	words[strcspn(words, "\n")] = '\0';
	if (syscall(SYS_kexec_file_load, kernel, initrd, strlen(words) + 1, words, 0UL)) {
		fprintf(stderr, "kexec: the kernel refuses to load it: %s\n", strerror(errno));
		return 1;
	}
	syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_KEXEC, NULL);
	fprintf(stderr, "kexec: the kernel does not start it: %s\n", strerror(errno));
	return 1;
}
