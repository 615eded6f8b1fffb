package org.cotangent.cpu.tier;

import java.util.Optional;

/** What may get a faster form; {@link TierUp#request} asks for it. */
public interface Candidate {
  /** {@return the faster form beside the present one, or empty if there is none} */
  Optional<Trial> trial();

  /** There is no faster form, or it was not seen to be faster. */
  void stays();
}
