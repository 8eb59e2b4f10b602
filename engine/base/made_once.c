/* What is made at its first use and shared by all threads from then on.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "base/made_once.h"

gpointer sm_made_once(gpointer *place, gpointer (*make)(gconstpointer data), gconstpointer data, GDestroyNotify discard)
{
    gpointer kept = g_atomic_pointer_get(place);
    if (kept != NULL)
        return kept;
    gpointer made = make(data);
    if (made == NULL || g_atomic_pointer_compare_and_exchange(place, NULL, made))
        return made;
    discard(made);
    return g_atomic_pointer_get(place);
}
