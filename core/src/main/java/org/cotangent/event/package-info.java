/**
 * What the engine tells Java's Flight Recorder. An event is made only while somebody records it;
 * not exported.
 */
@NullMarked
package org.cotangent.event;

import org.jspecify.annotations.NullMarked;
