/**
 * The tile machine: runs a {@link org.cotangent.scalar.Body} over tiles of up to 1024 elements, one
 * primitive at a time, with intermediate values in scratch memory that stays in the first-level
 * cache. Its loops come in two twins with the same bits, plain Java and the Vector API.
 */
@NullMarked
package org.cotangent.cpu.tile;

import org.jspecify.annotations.NullMarked;
