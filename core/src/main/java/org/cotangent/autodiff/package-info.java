/** Forward and reverse mode: two short walks over the derivatives that ops state. */
@NullMarked
package org.cotangent.autodiff;

import org.jspecify.annotations.NullMarked;
