package org.cotangent.cpu;

import java.util.List;
import java.util.Optional;
import org.cotangent.backend.Backend;
import org.cotangent.backend.BackendOptions;
import org.cotangent.backend.BackendProvider;
import org.cotangent.backend.DeviceFacts;

/** Finds the CPU, which is always there. */
public final class CpuProvider implements BackendProvider {
  /** For the service loader. */
  public CpuProvider() {}

  @Override
  public String name() {
    return "cpu";
  }

  @Override
  public Optional<String> unavailable() {
    return Optional.empty();
  }

  @Override
  public List<DeviceFacts> devices() {
    return List.of(CpuBackend.facts());
  }

  @Override
  public Backend open(BackendOptions options) {
    return new CpuBackend(options);
  }
}
