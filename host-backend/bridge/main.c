// SPDX-License-Identifier: MIT
/*
 * vgpu-pv-bridge: paravirtual GPUs for programs on this machine.  A program's vtest
 * commands become messages on a worker's rings, as a guest's driver would send them.
 */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "log.h"
#include "options.h"
#include "run.h"
#include "serve.h"

static const char *main_socket;

static void main_unlink_and_exit(int signal)
{
	(void)signal;
	unlink(main_socket);
	_exit(EXIT_SUCCESS);
}

int main(int argc, char **argv)
{
	struct options opt;
	int listener, ret;

	log_init("vgpu-pv-bridge", LOG_LEVEL_INFO);
	ret = options_parse(&opt, argc, argv);
	if (ret)
		return ret > 0 ? EXIT_SUCCESS : opt.program ? RUN_FAILED : EXIT_FAILURE;
	log_init("vgpu-pv-bridge", opt.verbose ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
	if (opt.program)
		return run_program(&opt);
	listener = serve_listen(opt.socket);
	if (listener < 0)
		return EXIT_FAILURE;
	main_socket = opt.socket;
	signal(SIGTERM, main_unlink_and_exit);
	signal(SIGINT, main_unlink_and_exit);
	ret = serve_run(&opt, listener);
	unlink(opt.socket);
	return ret ? EXIT_FAILURE : EXIT_SUCCESS;
}
