// SPDX-License-Identifier: MIT
/*
 * One draw before the jail is entered: compilers and their libraries, worker
 * threads and caches come into being with the first, and later could not.  It is
 * also the proof that this machine's GL draws at all.
 */
#include <epoxy/gl.h>
#include <errno.h>
#include <string.h>

#include "egl.h"
#include "log.h"
#include "warm_up.h"

#define WARM_UP_SIZE	64	/* pixels a side */

static const char *const warm_up_versions[2] = {
	"#version 140\n",
	"#version 300 es\nprecision highp float;\n",
};

static const char warm_up_vertex[] =
	"void main() {\n"
	"	vec2 at = vec2(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0);\n"
	"	gl_Position = vec4(at, 0.0, 1.0);\n"
	"}\n";

static const char warm_up_fragment[] =
	"uniform sampler2D image;\n"
	"out vec4 colour;\n"
	"void main() { colour = vec4(1.0, 0.0, 1.0, 1.0) + texture(image, vec2(0.5)); }\n";

static GLuint warm_up_shader(GLenum type, const char *source)
{
	const char *const parts[2] = { warm_up_versions[!epoxy_is_desktop_gl()], source };
	GLuint shader = glCreateShader(type);

	glShaderSource(shader, 2, parts, NULL);
	glCompileShader(shader);
	return shader;
}

static void warm_up_draw(uint8_t pixel[4])
{
	GLuint textures[2], framebuffer, array, program = glCreateProgram(), shaders[2];
	static const uint8_t black[4];

	shaders[0] = warm_up_shader(GL_VERTEX_SHADER, warm_up_vertex);
	shaders[1] = warm_up_shader(GL_FRAGMENT_SHADER, warm_up_fragment);
	glAttachShader(program, shaders[0]);
	glAttachShader(program, shaders[1]);
	glLinkProgram(program);
	glUseProgram(program);
	glGenVertexArrays(1, &array);
	glBindVertexArray(array);
	glGenTextures(2, textures);
	glBindTexture(GL_TEXTURE_2D, textures[0]);
	glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA, WARM_UP_SIZE, WARM_UP_SIZE, 0, GL_RGBA,
		     GL_UNSIGNED_BYTE, NULL);
	glGenFramebuffers(1, &framebuffer);
	glBindFramebuffer(GL_FRAMEBUFFER, framebuffer);
	glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, textures[0], 0);
	glBindTexture(GL_TEXTURE_2D, textures[1]);
	glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA, 1, 1, 0, GL_RGBA, GL_UNSIGNED_BYTE, black);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
	glViewport(0, 0, WARM_UP_SIZE, WARM_UP_SIZE);
	glDrawArrays(GL_TRIANGLES, 0, 3);
	glReadPixels(WARM_UP_SIZE / 2, WARM_UP_SIZE / 2, 1, 1, GL_RGBA, GL_UNSIGNED_BYTE, pixel);
	glDeleteFramebuffers(1, &framebuffer);
	glDeleteTextures(2, textures);
	glDeleteVertexArrays(1, &array);
	glDeleteProgram(program);
	glDeleteShader(shaders[0]);
	glDeleteShader(shaders[1]);
}

int warm_up(struct egl *egl)
{
	static const uint8_t expected[4] = { 255, 0, 255, 255 };
	void *context = egl_context_create_least(egl);
	uint8_t pixel[4] = { 0 };

	if (!context || egl_context_make_current(egl, context) < 0) {
		log_err("%s gives no context to draw with", egl_name(egl));
		return -EIO;
	}
	warm_up_draw(pixel);
	egl_context_make_current(egl, NULL);
	egl_context_destroy(egl, context);
	if (!memcmp(pixel, expected, sizeof(pixel)))
		return 0;
	log_err("%s draws wrongly: a pixel is %02x%02x%02x%02x, expected ff00ffff", egl_name(egl),
		pixel[0], pixel[1], pixel[2], pixel[3]);
	return -EIO;
}
