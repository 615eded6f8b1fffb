package org.cotangent.cuda;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.cotangent.backend.Modules;
import org.cotangent.cuda.driver.Driver;
import org.cotangent.cuda.driver.DriverException;
import org.cotangent.cuda.ptx.Source;

/**
 * A module and its functions. The driver keeps what it has translated on disk by itself, for the
 * next process.
 *
 * @param context that has it
 * @param handle the module itself
 * @param functions by their sources
 */
record CudaModule(
    CudaContext context, Driver.Module handle, Map<Source, Driver.Function> functions) {
  /** {@return the modules of an opened GPU} */
  static Modules<Source, CudaModule> of(CudaContext context) {
    return new Modules<>(Modules.IDLE, sources -> load(context, sources), CudaModule::unload);
  }

  /**
   * {@return a module of some functions}
   *
   * @throws DriverException if the driver cannot translate them; has its log
   */
  private static CudaModule load(CudaContext context, List<Source> sources) {
    // Before the context is entered: what takes long may move a virtual thread elsewhere.
    String text = Source.module(sources);
    Driver driver = context.entered();
    CudaModule module = new CudaModule(context, driver.module(text), new HashMap<>());
    try {
      for (Source source : sources) {
        module.functions.put(
            source, driver.function(module.handle, source.function(), source.shared()));
      }
    } catch (DriverException e) {
      module.unload();
      throw e;
    }
    return module;
  }

  private void unload() {
    context.release("module", () -> context.entered().unload(handle));
  }
}
