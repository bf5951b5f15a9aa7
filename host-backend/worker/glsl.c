// SPDX-License-Identifier: MIT
/*
 * Shaders on their way from the renderer to llvmpipe.  Each vertex shader of a guest
 * that writes no clip distances gets code for OpenGL 1's clip planes from the
 * renderer: eight products under a condition that hardly ever holds.  llvmpipe has no
 * branches, it computes both sides; they are the dearest part of a small shader, and
 * of its compilation.  A loop it does leave at once: so that condition becomes the
 * bound of one.  To leave the products out was rejected: a program that enables a
 * plane at last would need all of its shaders again.
 */
#include <epoxy/egl.h>
#include <epoxy/gl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "glsl.h"

#define GLSL_PLANES	8
#define GLSL_PARTS	8	/* that the renderer hands over a shader in */
#define GLSL_OPERAND	32

static const char glsl_condition[] = "if (clip_plane_enabled) {\n";
static const char glsl_main[] = "void main(";

static PFNGLSHADERSOURCEPROC glsl_source;

/* the renderer's text for the planes, to the letter; the length of it, or 0 */
static size_t glsl_planes(const char *at, char *operand)
{
	char line[2 * GLSL_OPERAND + 64];
	const char *from = at;
	unsigned int i;
	int len;

	at += strlen(glsl_condition);
	if (sscanf(at, " gl_ClipDistance[0] = dot(%31[A-Za-z0-9_], clipp[0]);", operand) != 1)
		return 0;
	for (i = 0; i < GLSL_PLANES; i++) {
		len = snprintf(line, sizeof(line), "  gl_ClipDistance[%u] = dot(%s, clipp[%u]);\n",
			       i, operand, i);
		if (strncmp(at, line, (size_t)len))
			return 0;
		at += len;
	}
	if (strncmp(at, "}\n", 2))
		return 0;
	return (size_t)(at + 2 - from);
}

static bool glsl_names_distances(const char *text, size_t len)
{
	static const char name[] = "gl_ClipDistance";

	return memmem(text, len, name, strlen(name));
}

char *glsl_rewrite(const char *text)
{
	const char *start = strstr(text, glsl_main), *planes = strstr(text, glsl_condition);
	char operand[GLSL_OPERAND], *to;
	const char *end;
	size_t len;

	if (!start || !planes || planes < start)
		return NULL;
	len = glsl_planes(planes, operand);
	end = planes + len;
	/* what declares or writes them elsewhere is another case */
	if (!len || glsl_names_distances(text, (size_t)(planes - text)) ||
	    glsl_names_distances(end, strlen(end)))
		return NULL;
	if (asprintf(&to, "%.*sout float gl_ClipDistance[%d];\n%.*s"
		     "for (int plane = clip_plane_enabled ? 0 : %d; plane < %d; plane++)\n"
		     "  gl_ClipDistance[plane] = dot(%s, clipp[plane]);\n%s",
		     (int)(start - text), text, GLSL_PLANES, (int)(planes - start), start,
		     GLSL_PLANES, GLSL_PLANES, operand, end) < 0)
		return NULL;
	return to;
}

static void glsl_take(GLuint shader, GLsizei count, const GLchar *const *parts, const GLint *lengths)
{
	const GLchar *with[GLSL_PARTS];
	char *better = NULL;
	GLsizei i, planes = -1;

	for (i = 0; i < count && i < GLSL_PARTS && !lengths; i++) {
		with[i] = parts[i];
		if (strstr(parts[i], glsl_condition))
			planes = i;
	}
	if (i == count && planes >= 0) {
		for (i = 0; i < count; i++) {
			if (i != planes && glsl_names_distances(parts[i], strlen(parts[i])))
				break;
		}
		if (i == count)
			better = glsl_rewrite(parts[planes]);
	}
	if (better) {
		with[planes] = better;
		parts = with;
	}
	glsl_source(shader, count, parts, lengths);
	free(better);
}

void glsl_hook(void)
{
	glsl_source = (PFNGLSHADERSOURCEPROC)eglGetProcAddress("glShaderSource");
	if (glsl_source)
		epoxy_glShaderSource = glsl_take;
}
