package org.cotangent.event;

/** Something that has begun, and is recorded when it ends. */
public interface Span {
  /** Records it, from its beginning to now; called once. */
  void finish();
}
