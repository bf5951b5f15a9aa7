// SPDX-License-Identifier: MIT
/* A lying device and what the kernel says about it: see lying.h. */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lying.h"

/* In a command: the memory that was found. */
#define BAR	   "BAR"
#define MIN_MEMORY (128ull << 20)
#define WAIT_MS	   20000

static uint64_t memory;

static void die(const char *what)
{
	fprintf(stderr, "lies: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* A PCI device's resources are lines "first last flags". */
int lying_find_memory(void)
{
	uint64_t first, last;
	glob_t found;
	size_t i;
	FILE *f;

	if (glob("/sys/bus/pci/devices/*/resource", 0, NULL, &found))
		return -1;
	for (i = 0; i < found.gl_pathc && !memory; i++) {
		char path[300];
		unsigned int id = 0;

		snprintf(path, sizeof(path), "%.*sdevice",
			 (int)(strlen(found.gl_pathv[i]) - strlen("resource")), found.gl_pathv[i]);
		f = fopen(path, "r");
		if (!f || fscanf(f, "%x", &id) != 1)
			id = 0;
		if (f)
			fclose(f);
		f = id == 0x107f ? fopen(found.gl_pathv[i], "r") : NULL;
		while (f && fscanf(f, "%lx %lx %*x", &first, &last) == 2)
			if (last - first >= MIN_MEMORY - 1)
				memory = first;
		if (f)
			fclose(f);
	}
	globfree(&found);
	return memory ? 0 : -1;
}

int lying_command(struct lying *d, const char *commands)
{
	char *copy = strdup(commands ?: ""), *one, *bar, *save = NULL, command[128];
	int ret = 0;

	for (one = strtok_r(copy, ";", &save); one && !ret; one = strtok_r(NULL, ";", &save)) {
		bar = strstr(one, BAR);
		if (bar)
			snprintf(command, sizeof(command), "%.*s0x%lx%s", (int)(bar - one), one,
				 memory, bar + strlen(BAR));
		else
			snprintf(command, sizeof(command), "%s", one);
		if (write(d->file, command, strlen(command)) < 0)
			ret = -errno;
	}
	free(copy);
	return ret;
}

int lying_after(struct lying *d)
{
	const char *commands = d->after;

	d->after = NULL;
	return lying_command(d, commands);
}

static char *lying_read(struct lying *d)
{
	static __thread char text[8192];
	ssize_t n = pread(d->file, text, sizeof(text) - 1, 0);

	text[n < 0 ? 0 : n] = '\0';
	return text;
}

long lying_number(struct lying *d, const char *name)
{
	const char *at = strstr(lying_read(d), name);

	return at ? strtol(at + strlen(name), NULL, 0) : -1;
}

int lying_broken(struct lying *d)
{
	const char *at = strstr(lying_read(d), "\nbroken ");
	int count = at ? atoi(at + strlen("\nbroken ")) : -1;

	if (count)
		printf("the driver broke rules: %s", at ? at + 1 : "?\n");
	return count;
}

void lying_open(struct lying *d, unsigned int slice)
{
	char command[80];

	memset(d, 0, sizeof(*d));
	d->file = open("/dev/vgpu-pv-liar", O_RDWR | O_CLOEXEC);
	if (d->file < 0)
		die("/dev/vgpu-pv-liar");
	d->kmsg = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (d->kmsg < 0 || lseek(d->kmsg, 0, SEEK_END) < 0)
		die("/dev/kmsg");
	if (sscanf(lying_read(d), "name %63s", d->name) != 1)
		die("/dev/vgpu-pv-liar says no name");
	snprintf(command, sizeof(command), "aperture 0x%lx 0x%x",
		 memory + (uint64_t)slice * LYING_APERTURE, LYING_APERTURE);
	if (lying_command(d, command))
		die(command);
}

void lying_close(struct lying *d)
{
	close(d->file);
	close(d->kmsg);
}

int lying_node(struct lying *d, const char *kind)
{
	char path[300];
	int fd = -1;
	glob_t found;

	snprintf(path, sizeof(path), "/sys/devices/platform/%s/drm/%s[0-9]*", d->name, kind);
	if (glob(path, 0, NULL, &found))
		return -1;
	snprintf(path, sizeof(path), "/dev/dri/%s", strrchr(found.gl_pathv[0], '/') + 1);
	fd = open(path, O_RDWR | O_CLOEXEC);
	globfree(&found);
	return fd;
}

/* A record is "priority,number,time,flags;text". */
int lying_log(struct lying *d, const char *text, int *found)
{
	char record[2048], who[80];
	int lines = 0;
	ssize_t n;

	snprintf(who, sizeof(who), "%s:", d->name);
	*found = 0;
	for (;;) {
		n = read(d->kmsg, record, sizeof(record) - 1);
		if (n < 0 && errno == EPIPE)
			continue;
		if (n <= 0)
			return lines;
		record[n] = '\0';
		record[strcspn(record, "\n")] = '\0';
		if ((atoi(record) & 7) > 4 || !strstr(record, who))
			continue;
		lines++;
		snprintf(d->line, sizeof(d->line), "%s", strchr(record, ';') ?: record);
		if (text && strstr(record, text))
			++*found;
	}
}

double lying_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int lying_wait_ms(void)
{
	const char *slow = getenv("VGPU_PV_SLOW");

	return WAIT_MS * (slow ? atoi(slow) : 1);
}
