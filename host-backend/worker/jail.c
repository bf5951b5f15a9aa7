// SPDX-License-Identifier: MIT
#include <errno.h>
#include <sys/prctl.h>

#include "jail.h"
#include "log.h"

int jail_enter(const struct options *opt)
{
	(void)opt;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
		log_err("no_new_privs cannot be set: %m");
		return -errno;
	}
	return 0;
}
