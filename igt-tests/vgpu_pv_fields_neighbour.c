// SPDX-License-Identifier: MIT
/*
 * A process beside the one that does everything wrong: it draws all the time, in a
 * context of its own, and looks at what it drew.
 */
#include "igt.h"

#include <sys/prctl.h>
#include <sys/wait.h>

#include "vgpu_pv_fields.h"

static struct neighbour {
	pid_t pid;
	int result, rounds;
} *neighbour;

static void draw_until_wrong(int file)
{
	int ret;

	while (!(ret = vgpu_pv_draw(file, neighbour->rounds & 1)))
		__atomic_add_fetch(&neighbour->rounds, 1, __ATOMIC_SEQ_CST);
	__atomic_store_n(&neighbour->result, ret, __ATOMIC_SEQ_CST);
}

void fields_start_neighbour(void)
{
	int file;

	neighbour = mmap(NULL, sizeof(*neighbour), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	igt_assert(neighbour != MAP_FAILED);
	file = fields_again(fields.fd);
	igt_assert(file >= 0);
	neighbour->pid = fork();
	igt_assert(neighbour->pid >= 0);
	if (!neighbour->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		draw_until_wrong(file);
		_exit(1);
	}
	close(file);
}

/* It drew something since the last time that somebody asked, all of it right. */
void fields_check_neighbour(void)
{
	int before = __atomic_load_n(&neighbour->rounds, __ATOMIC_SEQ_CST);
	double until = vgpu_pv_now() + VGPU_PV_WAIT_MS / 1000.0;

	for (;;) {
		igt_assert_eq(__atomic_load_n(&neighbour->result, __ATOMIC_SEQ_CST), 0);
		if (__atomic_load_n(&neighbour->rounds, __ATOMIC_SEQ_CST) > before)
			return;
		igt_assert_f(vgpu_pv_now() < until, "the neighbour stands still\n");
		usleep(1000);
	}
}

void fields_stop_neighbour(void)
{
	kill(neighbour->pid, SIGKILL);
	waitpid(neighbour->pid, NULL, 0);
	munmap(neighbour, sizeof(*neighbour));
}
