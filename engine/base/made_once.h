/* What is made at its first use and shared by all threads from then on.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include <glib.h>

/* What `place` holds, made by make(data) when it holds nothing yet. Any thread may call: those that come first at the same time
 * each make one, the first to be stored stands, and the others are given to `discard`. In place of g_once(), whose order
 * between threads happens inside GLib, where the thread sanitizer does not see it.
 *
 * place    NULL at the start; what it holds afterwards is not changed here any more, and its owner's to release
 * make     returns what is to be kept, or NULL, which is not kept: the next call makes anew
 * data     what `make` needs; the same at every call for a place
 * discard  releases what another thread was quicker with */
gpointer sm_made_once(gpointer *place, gpointer (*make)(gconstpointer data), gconstpointer data, GDestroyNotify discard);
