import Keel
import Testing

/// BLAS and LAPACK count in 32 bits. What they cannot count must stop the program with a sentence before it
/// reaches them: LAPACK's own arithmetic wraps around and would then write past its workspace.
@Suite("Sizes beyond 32 bits")
struct CountableSizesTests {
  @Test("A decomposition whose workspace LAPACK cannot count stops the program before any memory is taken")
  func workspaces() async {
    let svd = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = SVD<Float>.Workspace(rows: 23170, columns: 1 << 40)
    }
    expectSentence(svd, "gesdd: LAPACK counts its workspace in 32 bits")
    let eigen = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = SymmetricEigen<Double>.Workspace(order: 32767)
    }
    expectSentence(eigen, "syevd: LAPACK counts its workspace in 32 bits")
  }

  @Test("A vector that BLAS cannot count stops the program")
  func vectors() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = BLAS.nrm2(VectorWithoutElements(count: 1 << 31))
    }
    expectSentence(result, "BLAS and LAPACK count in 32 bits")
  }

  /// Optimized programs stop without the sentence.
  private func expectSentence(_ result: ExitTest.Result?, _ sentence: String) {
    #if DEBUG
      let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
      #expect(message.contains(sentence))
    #endif
  }
}

/// Claims a length; BLAS must not get as far as to ask for the elements behind it.
private struct VectorWithoutElements: StridedVector {
  let count: Int
  let elementStride = 1

  func withUnsafeElements<R, E: Error>(_ body: (UnsafePointer<Double>?) throws(E) -> R) throws(E) -> R {
    try body(nil)
  }
}
