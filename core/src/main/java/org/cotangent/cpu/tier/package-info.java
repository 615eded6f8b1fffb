/**
 * Tiering: what runs often gets a faster form, once that has been seen to be faster. Both forms
 * have the same bits.
 */
@NullMarked
package org.cotangent.cpu.tier;

import org.jspecify.annotations.NullMarked;
