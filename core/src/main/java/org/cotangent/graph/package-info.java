/** The intermediate representation: nodes, values, graphs, the families of ops, derivatives. */
@NullMarked
package org.cotangent.graph;

import org.jspecify.annotations.NullMarked;
