/* SPDX-License-Identifier: MIT */
/*
 * What the scenes share.  A scene draws into the bound framebuffer, RGBA8 with
 * depth and stencil, of SCENE_SIZE squared pixels or larger.
 *
 * The same pixels are expected from two translations of a shader, so scenes stay
 * with what both must give exactly: edges on pixel boundaries, nearest filtering
 * at texel centres, sums and products of small binary fractions, no functions
 * whose precision the specification leaves open.
 */
#ifndef SCENE_H
#define SCENE_H

#include <GLES3/gl3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCENE_SIZE  256 /* the least width and height */
#define SCENE_CELLS 4	/* cells a row; see scene_cell() */

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

struct scene {
	const char *name;
	void (*draw)(void);
};

extern const struct scene scenes[];
extern const size_t scene_count;

/* The framebuffer that scenes draw into, and its size. */
extern GLuint scene_framebuffer;
extern int scene_width, scene_height;

/* Ends the program, naming the scene and what it was about. */
void scene_fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
void scene_check(const char *what);

GLuint scene_program(const char *vertex, const char *fragment);
/* The same with these outputs of the vertex shader captured, interleaved. */
GLuint scene_capture_program(const char *vertex, const char *fragment, const char *const *outputs,
			     int count);
/* A program that fills the viewport; its fragment shader gets "in vec2 uv", 0 to 1. */
GLuint scene_fill_program(const char *fragment);
void scene_fill(void);

/* Restricts drawing to cell i of a grid of SCENE_CELLS columns, left to right, upwards. */
void scene_cell(int i);
void scene_whole(void);

GLint scene_uniform(GLuint program, const char *name);
GLuint scene_buffer(GLenum target, const void *data, size_t size, GLenum usage);
/* A texture with nearest filtering and repeat, bound to target of unit 0. */
GLuint scene_texture(GLenum target);

void scene_triangles(void);
void scene_culling(void);
void scene_scissor(void);
void scene_uniform_buffers(void);
void scene_instancing(void);
void scene_vertex_formats(void);
void scene_primitive_restart(void);
void scene_transform_feedback(void);
void scene_points(void);
void scene_cube(void);

void scene_texture_formats(void);
void scene_integer_textures(void);
void scene_mipmaps(void);
void scene_volumes(void);
void scene_cube_map(void);
void scene_samplers(void);
void scene_compressed(void);

void scene_targets(void);
void scene_depth(void);
void scene_stencil(void);
void scene_blending(void);
void scene_srgb(void);
void scene_multisample(void);
void scene_blits(void);
void scene_readback(void);
void scene_queries(void);
void scene_discard(void);
void scene_arithmetic(void);

#endif /* SCENE_H */
