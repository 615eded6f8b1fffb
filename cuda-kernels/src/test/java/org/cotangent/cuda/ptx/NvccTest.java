package org.cotangent.cuda.ptx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The PTX that is checked in is that of the sources. */
@Tag("development")
class NvccTest {
  @Test
  void eachTextSaysTheHashOfItsSource() throws IOException {
    List<Path> sources = Nvcc.sources();
    assertFalse(sources.isEmpty());
    for (Path source : sources) {
      List<String> lines = Files.readAllLines(Nvcc.result(source));
      assertEquals(
          Nvcc.head(source),
          lines.getFirst(),
          source + " was changed: mvn -q -Pnvcc -pl core,cuda-kernels process-classes");
    }
  }

  @Test
  void eachTextIsWhatNvccMakesOfItsSource() throws IOException {
    assumeTrue(Nvcc.isHere(), "nvcc of another version, or none");
    for (Path source : Nvcc.sources()) {
      assertTrue(
          Nvcc.makes(source, Files.readString(Nvcc.result(source))),
          source + ": the PTX is of other options, or was changed by hand");
    }
  }
}
