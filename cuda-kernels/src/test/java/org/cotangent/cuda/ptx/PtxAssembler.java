package org.cotangent.cuda.ptx;

import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jcuda.nvptxcompiler.JNvPTXCompiler;
import jcuda.nvptxcompiler.nvPTXCompileResult;
import jcuda.nvptxcompiler.nvPTXCompilerHandle;

/** NVIDIA's assembler, which needs neither GPU nor driver. */
final class PtxAssembler {
  private static final Pattern SPILL = Pattern.compile("(\\d+) bytes spill (?:stores|loads)");

  private PtxAssembler() {}

  /**
   * {@return what the assembler says of a module}
   *
   * @throws AssertionError if it refuses it
   */
  static String assemble(String chip, String module) {
    nvPTXCompilerHandle handle = new nvPTXCompilerHandle();
    byte[] text = (module + '\0').getBytes(StandardCharsets.US_ASCII);
    require(JNvPTXCompiler.nvPTXCompilerCreate(handle, text.length, text));
    try {
      String[] options = {"--gpu-name=" + chip, "--verbose"};
      int result = JNvPTXCompiler.nvPTXCompilerCompile(handle, options.length, options);
      if (result != nvPTXCompileResult.NVPTXCOMPILE_SUCCESS) {
        long[] size = new long[1];
        require(JNvPTXCompiler.nvPTXCompilerGetErrorLogSize(handle, size));
        byte[] log = new byte[(int) size[0] + 1];
        require(JNvPTXCompiler.nvPTXCompilerGetErrorLog(handle, log));
        throw new AssertionError(chip + ": " + new String(log, StandardCharsets.US_ASCII).strip());
      }
      long[] size = new long[1];
      require(JNvPTXCompiler.nvPTXCompilerGetInfoLogSize(handle, size));
      byte[] log = new byte[(int) size[0] + 1];
      require(JNvPTXCompiler.nvPTXCompilerGetInfoLog(handle, log));
      return new String(log, StandardCharsets.US_ASCII).strip();
    } finally {
      require(JNvPTXCompiler.nvPTXCompilerDestroy(handle));
    }
  }

  /** {@return the bytes that kernels spill, by what the assembler said} */
  static long spills(String log) {
    Matcher spill = SPILL.matcher(log);
    long bytes = 0;
    while (spill.find()) {
      bytes += Long.parseLong(spill.group(1));
    }
    return bytes;
  }

  private static void require(int result) {
    if (result != nvPTXCompileResult.NVPTXCOMPILE_SUCCESS) {
      throw new AssertionError(nvPTXCompileResult.stringFor(result));
    }
  }
}
