/** NVIDIA's driver: what the backend asks of it, and the binding that asks the real one. */
@NullMarked
package org.cotangent.cuda.driver;

import org.jspecify.annotations.NullMarked;
