/** What readers and writers of files share; not exported. */
@NullMarked
package org.cotangent.file;

import org.jspecify.annotations.NullMarked;
