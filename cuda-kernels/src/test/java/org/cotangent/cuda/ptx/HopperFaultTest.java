package org.cotangent.cuda.ptx;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.cotangent.backend.ContractionKernel;
import org.cotangent.backend.Operand;
import org.cotangent.backend.Product;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the machine says of kernels that wait too little, or too much. */
class HopperFaultTest {
  /** More slices than a ring has stages. */
  private static final int DEPTH = 640;

  private static final List<DType> DTYPES = List.of(DType.FLOAT16, DType.FLOAT32);

  private final PtxRig rig = new PtxRig();

  private Launch launch(DType dtype) {
    return launch(dtype, DEPTH, Layout.contiguous(Shape.of(1, 8, DEPTH)));
  }

  /** Of floats whose left operand lies along its index, and goes through registers. */
  private Launch turned(int depth) {
    Layout across = Layout.contiguous(Shape.of(1, depth, 8));
    return launch(DType.FLOAT32, depth, across.transpose(new int[] {0, 2, 1}));
  }

  private Launch launch(DType dtype, int depth, Layout lie) {
    Operand left = rig.operand(dtype, lie);
    Layout along = Layout.contiguous(Shape.of(1, 8, depth)).transpose(new int[] {0, 2, 1});
    Layout across = Layout.contiguous(Shape.of(1, depth, 8));
    Operand right = rig.operand(dtype, dtype == DType.FLOAT32 ? along : across);
    Operand output = rig.operand(DType.FLOAT32, Shape.of(1, 8, 8));
    ContractionKernel kernel =
        new ContractionKernel("matmul", PtxRig.ORIGIN, DType.FLOAT32, left, right, output);
    return HopperPtx.launch(
        kernel, Product.of(kernel, "CUDA").withoutIdleStrides(), HopperPtx.TILES.getLast(), 1);
  }

  private String fault(Launch launch, String wrong) {
    assertFalse(wrong.equals(launch.source().text()), "nothing was changed");
    Source source = new Source(wrong, launch.source().target(), launch.source().shared());
    Launch other = new Launch(source, launch.arguments(), launch.blocks(), launch.threads());
    return assertThrows(RuntimeException.class, () -> rig.run(other, 1)).toString();
  }

  @Test
  void thePartsAreRight() {
    DTYPES.forEach(dtype -> rig.run(launch(dtype), 1));
    rig.run(turned(DEPTH), 1);
  }

  /** The first place, or all, where a pattern is, and what the machine then says. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      value = {
        "arrive\\.expect_tx(.*), (%\\w+);# arrive$1;# does not know that a copy to there is over",
        "mov\\.u32 (\\s*%\\w+), 24576;# mov.u32 $1, 24560;# more bytes come than were announced",
        "mov\\.u32 (\\s*%\\w+), 24576;# mov.u32 $1, 24592;# 0 of 1 threads and 16 bytes are"
            + " missing",
        "xor\\.b32 (.*), 1;# xor.b32 $1, 0;# threads of block 0 wait for each other forever: thread"
            + " 0",
        "wait_group\\.sync\\.aligned 1# wait_group.sync.aligned 2# which a product still reads",
        "wgmma\\.wait_group\\.sync\\.aligned 0;# # a product still adds to",
        "wgmma\\.fence\\.sync\\.aligned;# # no wgmma.fence has ordered",
        "wgmma\\.commit_group\\.sync\\.aligned;# # which a product still reads",
        "fence\\.(mbarrier|proxy).*;# # with no fence since it is new",
        "bar\\.sync\\s+0;# # with no block barrier since",
        "bar\\.warp\\.sync\\s+-1;# # with no barrier between",
        "aligned\\.u32 232# aligned.u32 236# setmaxnreg to 236",
        "aligned\\.u32 232# aligned.u32 240# wait forever for 520 registers, there are 504",
        "mbarrier\\.init(.*);# # there is no barrier",
        "::complete_tx# ::complete# is not known"
      })
  void faultsHaveNames(String pattern, String replacement, String message) {
    for (DType dtype : DTYPES) {
      Launch launch = launch(dtype);
      String right = launch.source().text();
      String wrong = right.replaceAll(pattern, replacement == null ? "" : replacement);
      String fault = fault(launch, wrong);
      assertTrue(fault.contains(message), dtype + ": " + fault);
    }
  }

  /** The same where threads load what is multiplied, with slices for each stage or for more. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      value = {
        "96# wgmma\\.wait_group\\.sync\\.aligned 0;# # wrote to a register whose product it had"
            + " not",
        "640# wgmma\\.wait_group\\.sync\\.aligned 0;# # which a product still reads",
        "96# wgmma\\.commit_group\\.sync\\.aligned;# # wrote to a register whose product it had"
            + " not",
        "96# wgmma\\.fence\\.sync\\.aligned;# # no wgmma.fence has ordered",
        "640# mbarrier\\.arrive\\.shared(.*);# # wait for each other forever",
        "96# (?s)(.*)(ld\\.shared\\.b32 [^;]*;)(.*?)(wgmma\\.fence\\.sync\\.aligned;)# $1$3$4$2#"
            + " no wgmma.fence has ordered"
      })
  void faultsOfRegistersHaveNames(int depth, String pattern, String replacement, String message) {
    Launch launch = turned(depth);
    String right = launch.source().text();
    String fault = fault(launch, right.replaceAll(pattern, replacement == null ? "" : replacement));
    assertTrue(fault.contains(message), fault);
  }

  /** Nobody waits for a copy, or for the end of what was read before it. */
  @Test
  void waitsThatAreLeftOut() {
    DTYPES.forEach(dtype -> leaveOutWaits(launch(dtype)));
    leaveOutWaits(turned(DEPTH));
  }

  private void leaveOutWaits(Launch launch) {
    String right = launch.source().text();
    String wait = "mbarrier\\.try_wait\\.parity\\.shared::cta\\.b64 over, .*;";
    String consumer = fault(launch, right.replaceFirst(wait, "setp.eq.u32 over, 0, 0;"));
    assertTrue(consumer.contains("does not know that a copy to there is over"), consumer);
    int producer = right.lastIndexOf("mbarrier.try_wait");
    String late =
        fault(
            launch,
            right.substring(0, producer)
                + right.substring(producer).replaceFirst(wait, "setp.eq.u32 over, 0, 0;"));
    assertTrue(late.contains("more threads arrive than it has"), late);
  }
}
