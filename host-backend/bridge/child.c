// SPDX-License-Identifier: MIT
/* Has a process group of its own: what the terminal sends is the program's to answer. */
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "child.h"
#include "log.h"

pid_t child_fork(const char *name)
{
	pid_t parent = getpid(), pid = fork();
	sigset_t none;

	if (pid < 0)
		log_err("no process for %s: %m", name);
	/* both do, so that it is done for whoever goes on first */
	if (pid > 0)
		setpgid(pid, pid);
	if (pid)
		return pid;
	setpgid(0, 0);
	signal(SIGTERM, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	/* it may have ended before that */
	if (getppid() != parent)
		_exit(EXIT_FAILURE);
	return 0;
}
