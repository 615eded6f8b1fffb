package org.cotangent.cpu.gemm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.cotangent.cpu.gemm.GemmProblem.Strides;
import org.cotangent.cpu.tier.TierUp;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ClosedException;
import org.cotangent.error.DTypeException;
import org.cotangent.type.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Both twins against the definition, bit by bit. */
class GemmTest {
  private static final List<DType> DTYPES =
      List.of(DType.FLOAT32, DType.FLOAT64, DType.INT32, DType.INT64);

  /** Around vectors, tiles, panels and blocks. */
  private static final int[] EXTENTS = {
    0, 1, 2, 3, 5, 7, 8, 13, 16, 17, 31, 33, 64, 67, 127, 129, 260
  };

  /** Multiply-adds; leaves out combinations of three large extents. */
  private static final long LARGEST = 2_000_000;

  /** (m, n, k) that between them meet every path and every kind of edge. */
  private static final int[][] SHAPES = {
    {1, 1, 300},
    {1, 129, 64},
    {2, 5, 7},
    {4, 64, 33},
    {5, 67, 13},
    {7, 260, 300},
    {9, 1, 31},
    {16, 3, 257},
    {33, 130, 257},
    {67, 2, 31},
    {260, 17, 5},
    {129, 1, 300},
    {9, 1, 4100},
    {260, 96, 20}
  };

  private static Stream<Gemm> twins() {
    return Gemm.vector().isPresent()
        ? Stream.of(Gemm.plain(), Gemm.vector().orElseThrow(), unproven())
        : Stream.of(Gemm.plain());
  }

  /** {@return what runs until vectors have been seen to be faster, for ever} */
  private static Gemm unproven() {
    TierUp closed = new TierUp();
    closed.close();
    return new VectorGemm(
        new TieredBlocks(new VectorKernel(DType.FLOAT32, FloatTiles::new), closed),
        new TieredBlocks(new VectorKernel(DType.FLOAT64, DoubleTiles::new), closed));
  }

  @Test
  void everyExtentEqualsTheDefinition() {
    Random random = new Random(1);
    try (Workspace workspace = new Workspace()) {
      for (int m : EXTENTS) {
        for (int n : EXTENTS) {
          for (int k : EXTENTS) {
            if ((long) m * n * k > LARGEST) {
              continue;
            }
            DType dtype = DTYPES.get(random.nextInt(DTYPES.size()));
            try (Arena arena = Arena.ofConfined()) {
              Matrices matrices = new Matrices(arena, Matrices.problem(dtype, 1, m, n, k), random);
              twins().forEach(gemm -> matrices.check(gemm, 1, workspace, random));
            }
          }
        }
      }
    }
  }

  @Test
  void everyDtypeAndLayoutEqualsTheDefinition() {
    Random random = new Random(2);
    try (Workspace workspace = new Workspace()) {
      for (int[] s : SHAPES) {
        for (Strides a : layouts(s[0], s[2])) {
          for (Strides b : layouts(s[2], s[1])) {
            DType dtype = DTYPES.get(random.nextInt(DTYPES.size()));
            try (Arena arena = Arena.ofConfined()) {
              Matrices matrices =
                  new Matrices(arena, Matrices.problem(dtype, 1, s[0], s[1], s[2], a, b), random);
              twins().forEach(gemm -> matrices.check(gemm, 1, workspace, random));
            }
          }
        }
      }
    }
  }

  /** Contiguous, transposed, apart, broadcast along either axis and both, reversed along either. */
  private static List<Strides> layouts(int rows, int columns) {
    return List.of(
        new Strides(0, columns, 1),
        new Strides(0, 1, rows),
        new Strides(0, 2 * columns + 1, 2),
        new Strides(0, 0, 1),
        new Strides(0, 1, 0),
        new Strides(0, 0, 0),
        new Strides(0, -columns - 2, 1),
        new Strides(0, columns, -1));
  }

  @ParameterizedTest
  @MethodSource("twins")
  void blocksOfDepthAndColumnsContinueTheChains(Gemm gemm) {
    Random random = new Random(3);
    try (Workspace workspace = new Workspace()) {
      for (DType dtype : DTYPES) {
        for (int[] s : new int[][] {{6, 2100, 20}, {20, 70, 1025}, {520, 65, 129}, {3, 9, 2049}}) {
          try (Arena arena = Arena.ofConfined()) {
            new Matrices(arena, Matrices.problem(dtype, 1, s[0], s[1], s[2]), random)
                .check(gemm, 1, workspace, random);
          }
        }
        try (Arena arena = Arena.ofConfined()) {
          // Both lie transposed, and A has several blocks both ways.
          Strides a = new Strides(0, 1, 70);
          Strides b = new Strides(0, 1, 1100);
          new Matrices(arena, Matrices.problem(dtype, 1, 70, 21, 1100, a, b), random)
              .check(gemm, 1, workspace, random);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("twins")
  void batchesBroadcastReverseAndFold(Gemm gemm) {
    Random random = new Random(4);
    int m = 5;
    int n = 19;
    int k = 11;
    List<Strides> lefts =
        List.of(
            Strides.rowMajor(m, k),
            new Strides(0, k, 1),
            new Strides(-m * k, k, 1),
            new Strides(1, 4, 4 * m));
    List<Strides> rights =
        List.of(Strides.rowMajor(k, n), new Strides(0, n, 1), new Strides(-k * n, 1, k));
    try (Workspace workspace = new Workspace();
        Arena arena = Arena.ofConfined()) {
      for (Strides a : lefts) {
        for (Strides b : rights) {
          for (int batch : new int[] {0, 1, 4}) {
            for (int threads : new int[] {1, 3}) {
              GemmProblem apart = Matrices.problem(DType.FLOAT32, batch, m, n, k, a, b);
              GemmProblem adjacent = new GemmProblem(DType.FLOAT64, batch, m, n, k, a, b, m * n, n);
              new Matrices(arena, apart, random).check(gemm, threads, workspace, random);
              new Matrices(arena, adjacent, random).check(gemm, threads, workspace, random);
            }
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("twins")
  void specialValuesFollowTheChain(Gemm gemm) {
    Random random = new Random(5);
    List<Double> harsh =
        List.of(
            Double.NaN,
            Double.POSITIVE_INFINITY,
            Double.NEGATIVE_INFINITY,
            0.0,
            -0.0,
            (double) Float.MAX_VALUE,
            Double.MAX_VALUE,
            Double.MIN_VALUE,
            (double) Float.MIN_VALUE);
    List<Double> zeros = List.of(0.0, -0.0);
    try (Workspace workspace = new Workspace();
        Arena arena = Arena.ofConfined()) {
      for (DType dtype : List.of(DType.FLOAT32, DType.FLOAT64)) {
        for (int k : new int[] {1, 2, 3, 300}) {
          for (List<Double> specials : List.of(harsh, zeros)) {
            for (int n : new int[] {1, 21, 70}) {
              new Matrices(arena, Matrices.problem(dtype, 1, 13, n, k), random, specials)
                  .check(gemm, 1, workspace, random);
            }
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("twins")
  void piecesRunInAnyOrder(Gemm gemm) {
    Random random = new Random(6);
    try (Workspace workspace = new Workspace();
        Arena arena = Arena.ofConfined()) {
      for (int threads : new int[] {1, 2, 3, 8}) {
        for (int[] s : new int[][] {{1, 300, 200, 130}, {3, 70, 200, 130}, {20, 67, 65, 64}}) {
          GemmProblem problem = Matrices.problem(DType.FLOAT32, s[0], s[1], s[2], s[3]);
          if (threads > 1) {
            assertTrue(gemm.plan(problem, threads).pieces() >= threads, problem::toString);
          }
          new Matrices(arena, problem, random).check(gemm, threads, workspace, random);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 8})
  void threadsShareThePieces(int threads) throws Exception {
    GemmPlan plan;
    try (Arena arena = Arena.ofShared();
        ExecutorService pool = Executors.newFixedThreadPool(threads)) {
      for (Gemm gemm : twins().toList()) {
        GemmProblem problem = Matrices.problem(DType.FLOAT64, 2, 260, 193, 300);
        Matrices matrices = new Matrices(arena, problem, new Random(7));
        plan = gemm.plan(problem, threads);
        matrices.reset();
        List<Future<?>> running = new ArrayList<>();
        for (int piece = plan.pieces() - 1; piece >= 0; piece--) {
          GemmPlan shared = plan;
          int mine = piece;
          running.add(
              pool.submit(() -> {
                try (Workspace workspace = new Workspace()) {
                  matrices.run(shared, mine, workspace);
                }
              }));
        }
        for (Future<?> future : running) {
          future.get();
        }
        matrices.compare(gemm.getClass().getSimpleName());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("twins")
  void operandsThatLoopsMayNotLookAtGiveTheSameBits(Gemm gemm) {
    Random random = new Random(8);
    int[][] shapes = {{300, 270, 513}, {5, 600, 258}, {257, 1, 300}, {7, 3, 5}, {9, 2, 600}};
    try (Workspace workspace = new Workspace()) {
      for (int[] s : shapes) {
        for (int place = 0; place < 9; place++) {
          List<Strides> lefts = layouts(s[0], s[2]);
          List<Strides> rights = layouts(s[2], s[1]);
          Strides a = lefts.get(random.nextInt(lefts.size()));
          Strides b = rights.get(random.nextInt(rights.size()));
          DType dtype = DTYPES.get(random.nextInt(DTYPES.size()));
          try (Arena arena = Arena.ofConfined()) {
            Matrices matrices =
                new Matrices(arena, Matrices.problem(dtype, 1, s[0], s[1], s[2], a, b), random);
            matrices.move(arena, Matrices.PLACES.get(place % 3), Matrices.PLACES.get(place / 3));
            matrices.check(gemm, 2, workspace, random);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("twins")
  void resultsOnTheHeapOrInAFileAreRefused(Gemm gemm) throws IOException {
    GemmPlan plan = gemm.plan(GemmProblem.rowMajor(DType.FLOAT32, 1, 2, 3, 4), 1);
    Path file = Files.createTempFile("gemm", null);
    try (Workspace workspace = new Workspace();
        Arena arena = Arena.ofConfined();
        FileChannel channel =
            FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.READ)) {
      MemorySegment good = arena.allocate(64, 64);
      MemorySegment heap = MemorySegment.ofArray(new float[16]);
      MemorySegment mapped = channel.map(FileChannel.MapMode.READ_WRITE, 0, 64, arena);
      for (MemorySegment bad : List.of(heap, mapped)) {
        assertEquals(
            "matmul: C is heap memory, a mapped file or unaligned; write elsewhere, then copy",
            assertThrows(
                    ArgumentException.class, () -> plan.run(0, good, 0, good, 0, bad, 0, workspace))
                .getMessage());
      }
    } finally {
      Files.delete(file);
    }
  }

  @ParameterizedTest
  @MethodSource("twins")
  void memoryTooSmallIsAnException(Gemm gemm) {
    try (Workspace workspace = new Workspace();
        Arena arena = Arena.ofConfined()) {
      for (DType dtype : DTYPES) {
        for (int n : new int[] {1, 7, 64}) {
          GemmPlan plan = gemm.plan(GemmProblem.rowMajor(dtype, 1, 8, n, 16), 1);
          MemorySegment a = arena.allocate(8 * 16 * 8, 64);
          MemorySegment b = arena.allocate(16 * 64 * 8, 64);
          MemorySegment c = arena.allocate(8L * n * dtype.bytes(), 64);
          plan.run(0, a, 0, b, 0, c, 0, workspace);
          assertThrows(
              IndexOutOfBoundsException.class, () -> plan.run(0, a, 0, b, 0, c, 1, workspace));
          assertThrows(
              IndexOutOfBoundsException.class, () -> plan.run(0, a, -1, b, 0, c, 0, workspace));
          assertThrows(
              IndexOutOfBoundsException.class, () -> plan.run(0, a, 0, b, -1, c, 0, workspace));
        }
      }
    }
  }

  @Test
  void onlyWorthwhileWorkIsCut() {
    Gemm gemm = Gemm.plain();
    assertEquals(1, gemm.plan(GemmProblem.rowMajor(DType.FLOAT32, 1, 64, 64, 64), 8).pieces());
    assertEquals(2, gemm.plan(GemmProblem.rowMajor(DType.FLOAT32, 1, 128, 128, 64), 8).pieces());
    assertEquals(1, gemm.plan(GemmProblem.rowMajor(DType.FLOAT32, 0, 64, 64, 64), 8).pieces());
    assertEquals(1, gemm.plan(GemmProblem.rowMajor(DType.FLOAT32, 9, 640, 0, 64), 8).pieces());
    assertEquals(1, gemm.plan(GemmProblem.rowMajor(DType.FLOAT32, 1, 999, 999, 999), 1).pieces());
  }

  @Test
  void messagesNameTheCause() {
    GemmProblem problem = GemmProblem.rowMajor(DType.INT32, 1, 2, 3, 4);
    assertEquals(
        "matmul: 0 threads; at least 1 is needed",
        assertThrows(ArgumentException.class, () -> Gemm.plain().plan(problem, 0)).getMessage());
    assertEquals(
        "matmul: no product of bool; cast to int32 first",
        assertThrows(DTypeException.class, () -> GemmProblem.rowMajor(DType.BOOL, 1, 2, 3, 4))
            .getMessage());
    assertEquals(
        "matmul: negative extent: 1 x (2, -4) x (-4, 3)",
        assertThrows(ArgumentException.class, () -> GemmProblem.rowMajor(DType.INT32, 1, 2, 3, -4))
            .getMessage());
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(256, 64);
      Workspace workspace = new Workspace();
      workspace.close();
      workspace.close();
      GemmPlan plan = Gemm.plain().plan(problem, 1);
      assertEquals(
          "matmul: no piece 1 of 1",
          assertThrows(
                  ArgumentException.class,
                  () -> plan.run(1, memory, 0, memory, 0, memory, 0, workspace))
              .getMessage());
      assertEquals(
          "matmul: its workspace was closed; make one for each worker",
          assertThrows(
                  ClosedException.class,
                  () -> plan.run(0, memory, 0, memory, 0, memory, 0, workspace))
              .getMessage());
    }
  }

  @Test
  void aWorkspaceGrowsAndIsReused() {
    try (Workspace workspace = new Workspace();
        Arena arena = Arena.ofConfined()) {
      Random random = new Random(8);
      assertEquals(0, workspace.bytes());
      Gemm gemm = Gemm.vector().orElseGet(Gemm::plain);
      for (int extent : new int[] {20, 130, 20}) {
        new Matrices(arena, Matrices.problem(DType.FLOAT32, 1, extent, extent, extent), random)
            .check(gemm, 1, workspace, random);
      }
    }
  }
}
