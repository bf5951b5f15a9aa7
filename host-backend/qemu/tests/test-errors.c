// SPDX-License-Identifier: MIT
/* How the device refuses to start: it says what is wrong, and what to do. */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "expect.h"
#include "vgpu_pv_link.h"
#include "vm.h"

#define MEMORY \
	"-machine", "memory-backend=m", "-object", "memory-backend-memfd,id=m,size=64M,share=on"

static char said[65536];

static void refuses(const char *const *args, const char *const *texts)
{
	int status = vm_refused(args, said, sizeof(said));

	if (!WIFEXITED(status) || WEXITSTATUS(status) != 1)
		fail_msg("%s: status %#x, said: %s", args[1], status, said);
	for (; *texts; texts++) {
		if (!strstr(said, *texts))
			fail_msg("%s: \"%s\" is not in: %s", args[1], *texts, said);
	}
}

/* the value, and what is possible */
static void wrong_properties_are_explained(void **state)
{
	static const struct {
		const char *device;
		const char *texts[4];
	} cases[] = {
		{ "vgpu-pv,vram=100M", { "vram=104857600", "power of two", "16M to 64G" } },
		{ "vgpu-pv,vram=8M", { "vram=8388608", "16M to 64G" } },
		{ "vgpu-pv,vram=128G", { "vram=137438953472", "16M to 64G" } },
		{ "vgpu-pv,vram=0", { "vram=0", "16M to 64G" } },
		{ "vgpu-pv,rings=0", { "rings=0", "1 to 64" } },
		{ "vgpu-pv,rings=65", { "rings=65", "1 to 64" } },
		{ "vgpu-pv,rings=4294967295", { "rings=4294967295", "1 to 64" } },
		{ "vgpu-pv,max-outputs=0", { "max-outputs=0", "1 to 4" } },
		{ "vgpu-pv,max-outputs=5", { "max-outputs=5", "1 to 4" } },
		{ "vgpu-pv,xres=0", { "xres=0", "1 to 16384" } },
		{ "vgpu-pv,xres=16385", { "xres=16385", "1 to 16384" } },
		{ "vgpu-pv,yres=99999", { "yres=99999", "1 to 16384" } },
		{ "vgpu-pv,output0=on", { "output0=on", "off or WIDTHxHEIGHT", "1 to 16384" } },
		{ "vgpu-pv,output0=800x16385", { "output0=800x16385", "1 to 16384" } },
		{ "vgpu-pv,output1=800x600", { "output1", "max-outputs=1" } },
		{ "vgpu-pv,max-outputs=3,output3=off", { "output3", "max-outputs=3" } },
		{ "vgpu-pv,refresh=60", { "refresh=60", "1000 to 1000000" } },
		{ "vgpu-pv,packed=on", { "packed", "not supported yet", "packed=off" } },
		{ "vgpu-pv,in_order=on", { "in_order=off" } },
		{ "vgpu-pv,iommu_platform=on", { "IOMMU", "iommu_platform=off" } },
		{ "vgpu-pv,instance=one,chardev=c", { "instance=one", "chardev=", "one of them" } },
		{ "vgpu-pv,nonsense=1", { "vgpu-pv", "nonsense" } },
		{ "vgpu-pv,vram=much", { "vram" } },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *args[] = { "-device",  cases[i].device, MEMORY,
				       "-chardev", "null,id=c",	    NULL };

		refuses(args, cases[i].texts);
	}
}

/* the very flags to add, with the size that this machine has */
static void private_memory_is_explained(void **state)
{
	static const char *const kinds[][7] = {
		{ "-device", "vgpu-pv", "-m", "192M", NULL },
		{ "-device", "vgpu-pv", "-machine", "memory-backend=r", "-object",
		  "memory-backend-ram,id=r,size=192M", NULL },
		/* of a file, and yet nobody else's */
		{ "-device", "vgpu-pv", "-machine", "memory-backend=r", "-object",
		  "memory-backend-memfd,id=r,size=192M,share=off", NULL },
	};
	static const char *const texts[] = {
		"cannot be shared",
		"-object memory-backend-memfd,id=m,size=192M,share=on -machine memory-backend=m",
		NULL,
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		refuses(kinds[i], texts);
}

/* a path with nobody behind it, and a chardev that is no socket */
static void wrong_chardevs_are_explained(void **state)
{
	static const char *const nobody[] = { "-device",
					      "vgpu-pv,chardev=c",
					      MEMORY,
					      "-chardev",
					      "socket,id=c,path=/nowhere/worker",
					      NULL };
	static const char *const nobody_texts[] = { "/nowhere/worker", "No such file", NULL };
	static const char *const null[] = { "-device",	"vgpu-pv,chardev=c", MEMORY,
					    "-chardev", "null,id=c",	     NULL };
	static const char *const null_texts[] = { "chardev=c is no socket", "vgpu-pv-worker",
						  "-chardev socket,id=c,path=", NULL };
	static const char *const missing[] = { "-device", "vgpu-pv,chardev=d", MEMORY, NULL };
	static const char *const missing_texts[] = { "'d'", NULL };

	(void)state;
	refuses(nobody, nobody_texts);
	refuses(null, null_texts);
	refuses(missing, missing_texts);
}

/* a socket whose other end is closed at once: QEMU has it as its standard input */
static void dead_worker_is_explained(void **state)
{
	static const char *const args[] = { "-device",	"vgpu-pv,chardev=c", MEMORY,
					    "-chardev", "socket,id=c,fd=0",  NULL };
	static const char *const texts[] = { "the vgpu-pv worker cannot be used", NULL };
	int saved = dup(0), pair[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	dup2(pair[0], 0);
	close(pair[0]);
	close(pair[1]);
	refuses(args, texts);
	dup2(saved, 0);
	close(saved);
}

/* A broker's socket has one place in a machine: what is there is hidden from our QEMU. */
static bool hide_broker(void)
{
	return !unshare(CLONE_NEWNS) && !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) &&
	       !mount("none", VGPU_PV_RUNTIME_DIR, "tmpfs", 0, NULL);
}

static void missing_broker_is_explained(void **state)
{
	static const char *const args[] = { "-device", "vgpu-pv", MEMORY, NULL };
	static const char *const texts[] = { "no vgpu-pv broker at " VGPU_PV_BROKER_SOCKET,
					     "vgpu-pvd", "chardev=", NULL };

	(void)state;
	if (!access(VGPU_PV_BROKER_SOCKET, F_OK) && !hide_broker()) {
		print_message("%s is there and cannot be hidden: %s\n", VGPU_PV_BROKER_SOCKET,
			      strerror(errno));
		skip();
	}
	refuses(args, texts);
}

/* -device help lists the device, -device vgpu-pv,help what it takes */
static void help_describes_the_device(void **state)
{
	static const char *const list[] = { "-device", "help", NULL };
	static const char *const help[] = { "-device", "vgpu-pv,help", NULL };
	static const char *const properties[] = { "instance",	 "chardev", "vram", "rings",
						  "max-outputs", "xres",    "yres", "refresh" };
	char name[32], *line, *text;
	unsigned int i;

	(void)state;
	assert_int_equal(vm_refused(list, said, sizeof(said)), 0);
	line = strstr(said, "name \"vgpu-pv\"");
	assert_non_null(line);
	line[strcspn(line, "\n")] = 0;
	assert_non_null(strstr(line, "desc \"Paravirtual GPU"));

	assert_int_equal(vm_refused(help, said, sizeof(said)), 0);
	for (i = 0; i < sizeof(properties) / sizeof(properties[0]); i++) {
		snprintf(name, sizeof(name), "\n  %s=", properties[i]);
		line = strstr(said, name);
		if (!line)
			fail_msg("%s is not listed", properties[i]);
		text = strstr(line + 1, " - ");
		if (!text || text > strchr(line + 1, '\n'))
			fail_msg("%s is not described", properties[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrong_properties_are_explained),
		cmocka_unit_test(private_memory_is_explained),
		cmocka_unit_test(wrong_chardevs_are_explained),
		cmocka_unit_test(dead_worker_is_explained),
		cmocka_unit_test(missing_broker_is_explained),
		cmocka_unit_test(help_describes_the_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
