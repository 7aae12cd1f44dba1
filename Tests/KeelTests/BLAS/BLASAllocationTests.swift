import AllocationCounter
import Keel
import TestSupport
import Testing

/// Every function of `BLAS` must leave the heap alone. The counter sees the calls of this thread to
/// `malloc` and its relatives, in the library as in Keel. OpenBLAS itself allocates where it starts
/// threads, and in its single-precision kernel for medium sizes: so each test is a process of its own with
/// one BLAS thread, and `Float` is measured on small matrices.
@Suite("BLAS allocates nothing", .enabled(if: keel_counts_allocations() == 1))
struct BLASAllocationTests {
  /// The number of allocations that `body` makes after a first run, which may set up type metadata and
  /// the buffers of the BLAS library.
  static func allocations(_ body: () -> Void) -> Int {
    body()
    let before = keel_allocation_count()
    for _ in 0..<10 { body() }
    return keel_allocation_count() - before
  }

  @Test("The counter counts")
  func counter() {
    var kept: [[Double]] = []
    kept.reserveCapacity(20)
    var size = 10
    let count = Self.allocations {
      size += 1
      kept.append([Double](repeating: 0, count: size))
    }
    #expect(count >= 10)
    let a = Matrix<Double>(identity: 4)
    #expect(Self.allocations { kept[0][0] += (a * a)[0, 0] } >= 10)
  }

  @Test("Double")
  func double() async {
    await #expect(processExitsWith: .success) {
      Runtime.blasThreads = 1
      for size in [3, 8, 40] { BLASAllocationTests.functions(size, Double.self) }
    }
  }

  @Test("Float")
  func float() async {
    await #expect(processExitsWith: .success) {
      Runtime.blasThreads = 1
      for size in [3, 8] { BLASAllocationTests.functions(size, Float.self) }
    }
  }

  static func functions<S: RealScalar>(_ n: Int, _: S.Type) {
    var random = SplitMix(seed: 1)
    let (a, b): (Matrix<S>, Matrix<S>) = (random.matrix(n, n), random.matrix(n, n))
    var c: Matrix<S> = random.matrix(n, n)
    let x: [S] = random.array(n)
    var (y, z): ([S], [S]) = (random.array(n), random.array(n))
    var sum: S = 0

    #expect(allocations { sum += BLAS.dot(x, y) + BLAS.nrm2(x) + BLAS.asum(a.column(1)) } == 0, "reductions")
    #expect(allocations { sum += S(BLAS.iamax(a.row(1)) ?? 0) } == 0, "iamax")
    #expect(allocations { BLAS.axpy(0.5, a.column(0), into: &y) } == 0, "axpy")
    #expect(allocations { BLAS.scal(0.5, &y) } == 0, "scal")
    #expect(allocations { BLAS.copy(x, into: &y) } == 0, "copy")
    #expect(allocations { BLAS.swap(&y, &z) } == 0, "swap")
    #expect(allocations { BLAS.rot(&y, &z, c: 0.6, s: 0.8) } == 0, "rot")
    #expect(allocations { BLAS.gemv(1, a.transposed, x, beta: 0.5, into: &y) } == 0, "gemv")
    #expect(allocations { BLAS.symv(.lower, 1, a, x, into: &y) } == 0, "symv")
    #expect(allocations { BLAS.trmv(.lower, unit: true, a, into: &y) } == 0, "trmv")
    #expect(allocations { BLAS.trsv(.lower, unit: true, a, into: &z) } == 0, "trsv")
    #expect(allocations { BLAS.ger(0.5, x, x, into: &c) } == 0, "ger")
    #expect(allocations { BLAS.syr(.upper, 0.5, x, into: &c) } == 0, "syr")
    #expect(allocations { BLAS.syr2(.upper, 0.5, x, b.row(0), into: &c) } == 0, "syr2")
    #expect(allocations { BLAS.gemm(1, a, b, into: &c) } == 0, "gemm")
    #expect(allocations { BLAS.gemm(1, a.transposed, b[0..<n, 0..<n], into: &c) } == 0, "gemm of views")
    #expect(
      allocations {
        c.withMutableBlock(0..<2, 1..<n) { BLAS.gemm(1, a[rows: 0..<2], b[columns: 1..<n], into: &$0) }
      } == 0, "gemm into a block")
    #expect(
      allocations { c.withMutableColumn(1) { BLAS.gemv(1, a, x, into: &$0) } } == 0, "gemv into a column")
    #expect(allocations { BLAS.symm(.left, .upper, 1, a, b, into: &c) } == 0, "symm")
    #expect(allocations { BLAS.symm(.right, .upper, 1, a, b.transposed, into: &c) } == 0, "symm of a view")
    #expect(allocations { BLAS.syrk(.upper, 1, a, into: &c) } == 0, "syrk")
    #expect(allocations { BLAS.syr2k(.upper, 1, a, b, into: &c) } == 0, "syr2k")
    #expect(allocations { BLAS.syr2k(.upper, 1, a, b.transposed, into: &c) } == 0, "syr2k of a view")
    #expect(allocations { BLAS.trmm(.left, .upper, unit: true, 1, a, into: &c) } == 0, "trmm")
    #expect(allocations { BLAS.trsm(.left, .upper, unit: true, 1, a, into: &c) } == 0, "trsm")
  }
}
