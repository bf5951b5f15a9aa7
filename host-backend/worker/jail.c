// SPDX-License-Identifier: MIT
/*
 * A guest drives a GL driver and a shader compiler in this process, so what they
 * could be made to do must be little.  In stages: an empty root directory, an
 * unprivileged user, no way to gain privileges, limits, a filter of system
 * calls.  The renderer is up and has drawn by then: everything it loads is
 * loaded.  Its threads run already, which rules out what works on the calling
 * thread alone (namespaces, Landlock); a root directory, user ids and a
 * synchronised filter hold for all.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "jail.h"
#include "log.h"
#include "options.h"

/* descriptors: three a ring, the memory table's, the driver's, and some */
#define JAIL_MAX_FILES		512

/* the driver's own needs, and what the accounting does not see (twice the quota in all) */
#define JAIL_MEMORY_HEADROOM	(1ull << 30)

#ifdef __SANITIZE_ADDRESS__
static int jail_entered;

/* looking for leaks takes a process that traces this one: not from in here */
int __lsan_is_turned_off(void);

int __lsan_is_turned_off(void)
{
	return jail_entered;
}
#endif

static int jail_fail(const char *what)
{
	log_err("the jail cannot be entered: %s: %m (--no-jail runs without, for debugging only)",
		what);
	return -EPERM;
}

/* a directory that is deleted already: nothing is in it and nothing can be made in it */
static int jail_root(void)
{
	char path[] = "/tmp/vgpu-pv-worker-XXXXXX";
	int fd, ret = 0;

	if (!mkdtemp(path))
		return jail_fail("mkdtemp");
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	rmdir(path);
	if (fd < 0)
		return jail_fail(path);
	if (fchdir(fd) < 0 || chroot(".") < 0)
		ret = jail_fail("chroot");
	close(fd);
	return ret;
}

static int jail_user(const struct passwd *pw)
{
	if (setgroups(0, NULL) < 0 || setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) < 0 ||
	    setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) < 0)
		return jail_fail("change of user");
	return 0;
}

static int jail_limit(int resource, rlim_t most)
{
	struct rlimit limit;

	if (getrlimit(resource, &limit) < 0)
		return -errno;
	if (limit.rlim_max == RLIM_INFINITY || limit.rlim_max > most)
		limit.rlim_max = most;
	limit.rlim_cur = limit.rlim_max;
	return setrlimit(resource, &limit) < 0 ? -errno : 0;
}

int jail_check(const struct options *opt, const struct passwd **user)
{
	const struct passwd *pw = NULL;

	if (opt->jail && !geteuid()) {
		pw = getpwnam(opt->user);
		if (!pw || !pw->pw_uid) {
			log_err("--user %s: no such user, or root; name one without privileges",
				opt->user);
			return -ENOENT;
		}
	}
	if (user)
		*user = pw;
	return 0;
}

int jail_enter(const struct options *opt, bool gpu)
{
	const struct passwd *pw = NULL;

	if (jail_check(opt, &pw) < 0)
		return -ENOENT;
	if (jail_limit(RLIMIT_CORE, 0) < 0 || jail_limit(RLIMIT_NOFILE, JAIL_MAX_FILES) < 0)
		return jail_fail("limits");
#ifdef __SANITIZE_ADDRESS__
	/* no limit of memory: a sanitizer's shadow is far beyond what is used */
	jail_entered = 1;
#else
	if (jail_limit(RLIMIT_DATA, 2 * opt->memory + JAIL_MEMORY_HEADROOM) < 0)
		return jail_fail("limits");
#endif
	if (pw && (jail_root() < 0 || jail_user(pw) < 0))
		return -EPERM;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return jail_fail("no_new_privs");
	return jail_filter(gpu);
}
