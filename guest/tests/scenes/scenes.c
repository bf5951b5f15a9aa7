// SPDX-License-Identifier: MIT
/*
 * Draws a set of GLES 3 scenes off-screen into PPM files, and compares two such
 * sets.  A render node is opened through GBM, so that what draws is certain; without
 * one EGL's surfaceless platform is used, which on a host without a GPU is llvmpipe.
 */
#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <errno.h>
#include <fcntl.h>
#include <gbm.h>
#include <getopt.h>
#include <sys/stat.h>

#include "picture.h"
#include "scene.h"

static struct {
	const char *out;
	const char *node;
	const char *require;
	const char *only;
	int tolerance;
} options;

static void usage(FILE *file)
{
	fprintf(file,
		"usage: scenes --out DIR [--node NODE] [--require TEXT] [--size WxH] [--only SCENE]\n"
		"       scenes --compare DIR DIR [--tolerance N]\n"
		"       scenes --list\n"
		"\n"
		"Draws GLES 3 scenes off-screen and writes each as DIR/SCENE.ppm, or compares\n"
		"the pictures of two such directories.\n"
		"\n"
		"  --out DIR         where the pictures go; it is made\n"
		"  --node NODE       draw on this render node; else EGL's surfaceless platform\n"
		"  --require TEXT    fail unless GL_RENDERER contains TEXT\n"
		"  --size WxH        size of the pictures, %d to %d each (%dx%d)\n"
		"  --only SCENE      draw this scene alone\n"
		"  --compare         compare instead of drawing\n"
		"  --tolerance N     the greatest difference a channel that passes (0)\n"
		"  --list            print the names of the scenes\n"
		"  --help            this text\n"
		"\n"
		"Exit status: 0, or 1 if drawing failed or pictures differ, or 2 for wrong usage.\n",
		SCENE_SIZE, PICTURE_MAX, SCENE_SIZE, SCENE_SIZE);
}

static void wrong_usage(const char *what)
{
	fprintf(stderr, "scenes: %s\n", what);
	usage(stderr);
	exit(2);
}

static EGLDisplay open_display(void)
{
	PFNEGLGETPLATFORMDISPLAYEXTPROC get_display =
		(PFNEGLGETPLATFORMDISPLAYEXTPROC)eglGetProcAddress("eglGetPlatformDisplayEXT");
	struct gbm_device *gbm;
	int fd;

	if (!get_display)
		scene_fail("EGL has no eglGetPlatformDisplayEXT");
	if (!options.node)
		return get_display(EGL_PLATFORM_SURFACELESS_MESA, EGL_DEFAULT_DISPLAY, NULL);
	fd = open(options.node, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		scene_fail("%s: %s", options.node, strerror(errno));
	gbm = gbm_create_device(fd);
	if (!gbm)
		scene_fail("%s: GBM does not take it", options.node);
	return get_display(EGL_PLATFORM_GBM_KHR, gbm, NULL);
}

static void new_context(EGLDisplay display)
{
	static const EGLint context_attributes[] = {
		EGL_CONTEXT_MAJOR_VERSION, 3, EGL_CONTEXT_MINOR_VERSION, 0, EGL_NONE,
	};
	static const EGLint config_attributes[] = {
		EGL_SURFACE_TYPE, EGL_DONT_CARE, EGL_RENDERABLE_TYPE, EGL_OPENGL_ES3_BIT, EGL_NONE,
	};
	EGLContext context;
	EGLConfig config;
	EGLint count = 0;

	if (!eglChooseConfig(display, config_attributes, &config, 1, &count) || count < 1)
		scene_fail("EGL has no configuration for GLES 3");
	context = eglCreateContext(display, config, EGL_NO_CONTEXT, context_attributes);
	if (!context || !eglMakeCurrent(display, EGL_NO_SURFACE, EGL_NO_SURFACE, context))
		scene_fail("no GLES 3 context without a surface: error %#x", eglGetError());
}

static void drop_context(EGLDisplay display)
{
	EGLContext context = eglGetCurrentContext();

	eglMakeCurrent(display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
	eglDestroyContext(display, context);
}

static void check_renderer(void)
{
	const char *renderer = (const char *)glGetString(GL_RENDERER);

	printf("GL_RENDERER: %s\nGL_VERSION: %s\n", renderer, glGetString(GL_VERSION));
	fflush(stdout);
	if (options.require && !strstr(renderer, options.require))
		scene_fail("GL_RENDERER does not contain '%s', as asked for by --require",
			   options.require);
}

static void make_framebuffer(void)
{
	GLuint buffers[2];

	glGenRenderbuffers(2, buffers);
	glBindRenderbuffer(GL_RENDERBUFFER, buffers[0]);
	glRenderbufferStorage(GL_RENDERBUFFER, GL_RGBA8, scene_width, scene_height);
	glBindRenderbuffer(GL_RENDERBUFFER, buffers[1]);
	glRenderbufferStorage(GL_RENDERBUFFER, GL_DEPTH24_STENCIL8, scene_width, scene_height);
	glGenFramebuffers(1, &scene_framebuffer);
	glBindFramebuffer(GL_FRAMEBUFFER, scene_framebuffer);
	glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_RENDERBUFFER, buffers[0]);
	glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_DEPTH_STENCIL_ATTACHMENT, GL_RENDERBUFFER,
				  buffers[1]);
	if (glCheckFramebufferStatus(GL_FRAMEBUFFER) != GL_FRAMEBUFFER_COMPLETE)
		scene_fail("no complete framebuffer of %dx%d", scene_width, scene_height);
}

static void draw(const struct scene *scene)
{
	size_t size = (size_t)scene_width * scene_height * 4;
	uint8_t *rgba = malloc(size);
	char path[4096];
	int ret;

	if (!rgba)
		scene_fail("no memory for a picture of %zu bytes", size);
	make_framebuffer();
	glClearColor(0.25f, 0.25f, 0.5f, 1.0f);
	glClear(GL_COLOR_BUFFER_BIT | GL_DEPTH_BUFFER_BIT | GL_STENCIL_BUFFER_BIT);
	scene_whole();
	scene->draw();
	scene_check(scene->name);
	glBindFramebuffer(GL_FRAMEBUFFER, scene_framebuffer);
	glReadPixels(0, 0, scene_width, scene_height, GL_RGBA, GL_UNSIGNED_BYTE, rgba);
	scene_check("glReadPixels");
	snprintf(path, sizeof(path), "%s/%s.ppm", options.out, scene->name);
	ret = picture_write(path, rgba, scene_width, scene_height);
	if (ret)
		scene_fail("%s: %s", path, strerror(-ret));
	printf("%s\n", scene->name);
	fflush(stdout);
	free(rgba);
}

static void draw_all(void)
{
	EGLDisplay display = open_display();
	size_t i, drawn = 0;

	if (!display || !eglInitialize(display, NULL, NULL))
		scene_fail("eglInitialize: error %#x", eglGetError());
	eglBindAPI(EGL_OPENGL_ES_API);
	if (mkdir(options.out, 0777) && errno != EEXIST)
		scene_fail("%s: %s", options.out, strerror(errno));
	for (i = 0; i < scene_count; i++) {
		if (options.only && strcmp(options.only, scenes[i].name))
			continue;
		/* Each in a context of its own: none depends on what another left set. */
		new_context(display);
		if (!drawn++)
			check_renderer();
		draw(&scenes[i]);
		drop_context(display);
	}
	if (!drawn)
		scene_fail("there is no scene '%s'; see --list", options.only);
	printf("%zu scenes drawn\n", drawn);
}

int main(int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "out", required_argument, NULL, 'o' },
		{ "node", required_argument, NULL, 'n' },
		{ "require", required_argument, NULL, 'r' },
		{ "size", required_argument, NULL, 's' },
		{ "only", required_argument, NULL, '1' },
		{ "compare", no_argument, NULL, 'c' },
		{ "tolerance", required_argument, NULL, 't' },
		{ "list", no_argument, NULL, 'l' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	bool compare = false;
	int option;
	size_t i;

	while ((option = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
		switch (option) {
		case 'o':
			options.out = optarg;
			break;
		case 'n':
			options.node = optarg;
			break;
		case 'r':
			options.require = optarg;
			break;
		case 's':
			if (sscanf(optarg, "%dx%d", &scene_width, &scene_height) != 2 ||
			    scene_width < SCENE_SIZE || scene_width > PICTURE_MAX ||
			    scene_height < SCENE_SIZE || scene_height > PICTURE_MAX)
				wrong_usage("--size is out of range or not WxH");
			break;
		case '1':
			options.only = optarg;
			break;
		case 'c':
			compare = true;
			break;
		case 't':
			if (sscanf(optarg, "%d", &options.tolerance) != 1 || options.tolerance < 0 ||
			    options.tolerance > 255)
				wrong_usage("--tolerance is no number from 0 to 255");
			break;
		case 'l':
			for (i = 0; i < scene_count; i++)
				printf("%s\n", scenes[i].name);
			return 0;
		case 'h':
			usage(stdout);
			return 0;
		default:
			usage(stderr);
			return 2;
		}
	}
	if (compare) {
		if (argc - optind != 2)
			wrong_usage("--compare takes two directories");
		return picture_compare(argv[optind], argv[optind + 1], options.tolerance);
	}
	if (!options.out || optind < argc)
		wrong_usage("--out DIR is needed, and nothing beside options");
	draw_all();
	return 0;
}
