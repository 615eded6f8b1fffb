/** Where programs run: the kernel representation, the provider interface, the allocator. */
@NullMarked
package org.cotangent.backend;

import org.jspecify.annotations.NullMarked;
