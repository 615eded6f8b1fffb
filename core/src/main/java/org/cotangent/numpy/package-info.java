/** The import path for NumPy data. Every conversion is asked for, checked, and copies. */
@NullMarked
package org.cotangent.numpy;

import org.jspecify.annotations.NullMarked;
