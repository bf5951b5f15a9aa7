// SPDX-License-Identifier: MIT
/*
 * The list of scenes, and the helpers that scene.h describes.
 */
#include "scene.h"

#include <stdarg.h>

const struct scene scenes[] = {
	{ "triangles", scene_triangles },
	{ "culling", scene_culling },
	{ "scissor", scene_scissor },
	{ "uniform-buffers", scene_uniform_buffers },
	{ "instancing", scene_instancing },
	{ "vertex-formats", scene_vertex_formats },
	{ "primitive-restart", scene_primitive_restart },
	{ "transform-feedback", scene_transform_feedback },
	{ "points", scene_points },
	{ "cube", scene_cube },
	{ "texture-formats", scene_texture_formats },
	{ "integer-textures", scene_integer_textures },
	{ "mipmaps", scene_mipmaps },
	{ "volumes", scene_volumes },
	{ "cube-map", scene_cube_map },
	{ "samplers", scene_samplers },
	{ "compressed", scene_compressed },
	{ "targets", scene_targets },
	{ "depth", scene_depth },
	{ "stencil", scene_stencil },
	{ "blending", scene_blending },
	{ "srgb", scene_srgb },
	{ "multisample", scene_multisample },
	{ "blits", scene_blits },
	{ "readback", scene_readback },
	{ "queries", scene_queries },
	{ "discard", scene_discard },
	{ "arithmetic", scene_arithmetic },
};
const size_t scene_count = ARRAY_SIZE(scenes);

GLuint scene_framebuffer;
int scene_width = SCENE_SIZE, scene_height = SCENE_SIZE;

void scene_fail(const char *format, ...)
{
	va_list args;

	fputs("scenes: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

void scene_check(const char *what)
{
	GLenum error = glGetError();

	if (error != GL_NO_ERROR)
		scene_fail("%s: GL error %#x", what, error);
}

static GLuint scene_shader(GLenum type, const char *source)
{
	const char *parts[] = {
		"#version 300 es\n"
		"precision highp float;\n"
		"precision highp int;\n"
		"precision highp usampler2D;\n"
		"precision highp isampler2D;\n"
		"precision highp sampler3D;\n"
		"precision highp sampler2DArray;\n"
		"precision highp sampler2DShadow;\n",
		source,
	};
	GLuint shader = glCreateShader(type);
	char log[1024] = "";
	GLint ok = 0;

	glShaderSource(shader, ARRAY_SIZE(parts), parts, NULL);
	glCompileShader(shader);
	glGetShaderiv(shader, GL_COMPILE_STATUS, &ok);
	if (!ok) {
		glGetShaderInfoLog(shader, sizeof(log), NULL, log);
		scene_fail("a shader does not compile: %s\n%s", log, source);
	}
	return shader;
}

GLuint scene_capture_program(const char *vertex, const char *fragment, const char *const *outputs,
			     int count)
{
	GLuint program = glCreateProgram();
	char log[1024] = "";
	GLint ok = 0;

	glAttachShader(program, scene_shader(GL_VERTEX_SHADER, vertex));
	glAttachShader(program, scene_shader(GL_FRAGMENT_SHADER, fragment));
	if (count)
		glTransformFeedbackVaryings(program, count, outputs, GL_INTERLEAVED_ATTRIBS);
	glLinkProgram(program);
	glGetProgramiv(program, GL_LINK_STATUS, &ok);
	if (!ok) {
		glGetProgramInfoLog(program, sizeof(log), NULL, log);
		scene_fail("a program does not link: %s", log);
	}
	glUseProgram(program);
	return program;
}

GLuint scene_program(const char *vertex, const char *fragment)
{
	return scene_capture_program(vertex, fragment, NULL, 0);
}

GLuint scene_fill_program(const char *fragment)
{
	return scene_program("out vec2 uv;\n"
			     "void main() {\n"
			     "	uv = vec2(gl_VertexID & 1, gl_VertexID >> 1);\n"
			     "	gl_Position = vec4(uv * 2.0 - 1.0, 0.0, 1.0);\n"
			     "}\n",
			     fragment);
}

void scene_fill(void)
{
	glDrawArrays(GL_TRIANGLE_STRIP, 0, 4);
}

void scene_cell(int i)
{
	const int size = SCENE_SIZE / SCENE_CELLS;

	glViewport(i % SCENE_CELLS * size, i / SCENE_CELLS * size, size, size);
}

void scene_whole(void)
{
	glViewport(0, 0, SCENE_SIZE, SCENE_SIZE);
}

GLint scene_uniform(GLuint program, const char *name)
{
	GLint location = glGetUniformLocation(program, name);

	if (location < 0)
		scene_fail("a program has no uniform '%s'", name);
	return location;
}

GLuint scene_buffer(GLenum target, const void *data, size_t size, GLenum usage)
{
	GLuint buffer;

	glGenBuffers(1, &buffer);
	glBindBuffer(target, buffer);
	glBufferData(target, size, data, usage);
	return buffer;
}

GLuint scene_texture(GLenum target)
{
	GLuint texture;

	glGenTextures(1, &texture);
	glBindTexture(target, texture);
	glTexParameteri(target, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
	glTexParameteri(target, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
	return texture;
}
