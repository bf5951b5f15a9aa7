// SPDX-License-Identifier: MIT
/*
 * The system calls that the worker may make once the guest can reach it.  All
 * else kills the process.  Looking for files is refused with an error instead:
 * libraries try, and go on without.  No process can be made: clone() is allowed
 * for threads, and clone3(), whose flags no filter can see, is denied so that
 * the C library falls back to it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/prctl.h>
#include <sched.h>
#include <stddef.h>

#include "jail.h"
#include "log.h"

#ifdef CONFIG_VGPU_PV_SECCOMP

#include <seccomp.h>

/* by what needs them */
static const int filter_allowed[] = {
	/* rings, vhost-user, the log */
	SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(recvmsg), SCMP_SYS(sendmsg),
	SCMP_SYS(close), SCMP_SYS(fcntl), SCMP_SYS(fstat), SCMP_SYS(lseek), SCMP_SYS(epoll_wait),
	SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_ctl), SCMP_SYS(poll), SCMP_SYS(ppoll),
	/* memory, that of just-in-time compilers included */
	SCMP_SYS(brk), SCMP_SYS(mmap), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(mprotect),
	SCMP_SYS(madvise),
	/* threads and time */
	SCMP_SYS(futex), SCMP_SYS(set_robust_list), SCMP_SYS(rseq), SCMP_SYS(sched_yield),
	SCMP_SYS(sched_getaffinity), SCMP_SYS(sched_setaffinity), SCMP_SYS(sched_setscheduler),
	SCMP_SYS(sched_getscheduler), SCMP_SYS(sched_getparam), SCMP_SYS(getcpu),
	SCMP_SYS(membarrier), SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres),
	SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep), SCMP_SYS(gettimeofday), SCMP_SYS(time),
	/* signals, and how a process ends */
	SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
	SCMP_SYS(sigaltstack), SCMP_SYS(restart_syscall), SCMP_SYS(exit), SCMP_SYS(exit_group),
	SCMP_SYS(tgkill),
	/* what libraries ask about us and the machine */
	SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid),
	SCMP_SYS(getegid), SCMP_SYS(getrandom), SCMP_SYS(sysinfo), SCMP_SYS(uname),
	SCMP_SYS(getrlimit), SCMP_SYS(prlimit64), SCMP_SYS(getrusage),
};

/* as if there were no such file */
static const int filter_no_files[] = {
	SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(access), SCMP_SYS(faccessat),
	SCMP_SYS(faccessat2), SCMP_SYS(stat), SCMP_SYS(lstat), SCMP_SYS(statx), SCMP_SYS(readlink),
	SCMP_SYS(readlinkat), SCMP_SYS(getcwd), SCMP_SYS(unlink), SCMP_SYS(mkdir),
};

/* a GPU's driver: buffers and fences are descriptors of its device */
static const int filter_gpu[] = {
	SCMP_SYS(ioctl), SCMP_SYS(dup), SCMP_SYS(eventfd2), SCMP_SYS(kcmp),
};

static int filter_add(scmp_filter_ctx ctx, uint32_t action, const int *calls, size_t nr)
{
	size_t i;
	int ret;

	for (i = 0; i < nr; i++) {
		ret = seccomp_rule_add(ctx, action, calls[i], 0);
		if (ret)
			return ret;
	}
	return 0;
}

#define FILTER_ADD(ctx, action, calls) \
	filter_add(ctx, action, calls, sizeof(calls) / sizeof((calls)[0]))

/* those whose arguments count; the filter's other rules come first */
static int filter_arguments(scmp_filter_ctx ctx, bool gpu)
{
	int ret;

	ret = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
			       SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
	if (!ret)
		ret = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	/* fstat() of a C library */
	if (!ret)
		ret = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(newfstatat), 1,
				       SCMP_A3(SCMP_CMP_EQ, AT_EMPTY_PATH));
	if (!ret)
		ret = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOENT), SCMP_SYS(newfstatat), 1,
				       SCMP_A3(SCMP_CMP_NE, AT_EMPTY_PATH));
	/* names of threads and of allocations */
	if (!ret)
		ret = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1,
				       SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME));
	if (!ret)
		ret = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1,
				       SCMP_A0(SCMP_CMP_EQ, PR_SET_VMA));
	/* isatty() */
	if (!ret && !gpu)
		ret = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOTTY), SCMP_SYS(ioctl), 0);
	return ret;
}

int jail_filter(bool gpu)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int ret = -ENOMEM;

	if (ctx)
		ret = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_TSYNC, 1);
	if (!ret)
		ret = FILTER_ADD(ctx, SCMP_ACT_ALLOW, filter_allowed);
	if (!ret)
		ret = FILTER_ADD(ctx, SCMP_ACT_ERRNO(ENOENT), filter_no_files);
	if (!ret && gpu)
		ret = FILTER_ADD(ctx, SCMP_ACT_ALLOW, filter_gpu);
	if (!ret)
		ret = filter_arguments(ctx, gpu);
	if (!ret)
		ret = seccomp_load(ctx);
	if (ret)
		log_err("the system call filter cannot be installed (error %d): --no-jail runs without, for debugging only",
			ret);
	if (ctx)
		seccomp_release(ctx);
	return ret;
}

#else

int jail_filter(bool gpu)
{
	(void)gpu;
	log_warn("this build has no system call filter (VGPU_PV_SECCOMP is off)");
	return 0;
}

#endif
