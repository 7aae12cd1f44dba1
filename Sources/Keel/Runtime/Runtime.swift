import CKernels
import Foundation
import Synchronization

/// Settings of the process: how many threads Keel's loops and BLAS use.
///
/// | Environment variable | Values | Effect |
/// | --- | --- | --- |
/// | `KEEL_THREADS` | 1, 2, ... | first value of ``threads`` |
/// | `KEEL_INSTRUCTION_SET` | `portable`, `avx2`, `avx512` | first value of ``InstructionSet/current`` |
/// | `KEEL_BLAS_REPAIR` | `off` | see ``BLASLibrary`` |
/// | `OPENBLAS_NUM_THREADS` | 1, 2, ... | OpenBLAS's own: first value of ``blasThreads`` |
/// | `OPENBLAS_CORETYPE` | a kernel set | OpenBLAS's own: respected, see ``BLASLibrary`` |
public enum Runtime {
  /// The number of threads of Keel's own parallel loops; see ``Parallel``.
  ///
  /// At first `KEEL_THREADS` from the environment, or the number of active processors. No result
  /// depends on it.
  ///
  /// - Precondition: a new value is at least 1.
  public static var threads: Int {
    get { loopThreads.load(ordering: .relaxed) }
    set {
      precondition(newValue >= 1, "The number of threads must be at least 1.")
      loopThreads.store(newValue, ordering: .relaxed)
    }
  }

  /// The number of threads that BLAS and LAPACK use outside of Keel's parallel loops; inside it is 1.
  ///
  /// 0 if the library does not tell; setting has no effect then. With more than one thread BLAS may
  /// add in another order, so the last digits of a result depend on it. Do not set it while another
  /// thread computes with BLAS.
  ///
  /// - Precondition: a new value is at least 1.
  public static var blasThreads: Int {
    get { BLASThreads.setting }
    set {
      precondition(newValue >= 1, "The number of threads must be at least 1.")
      BLASThreads.set(newValue)
    }
  }

  /// A sentence for every setting in the environment that could not be followed; normally none.
  public static var notices: [String] {
    [startingThreads.notice, instructionSetNotice].compactMap(\.self)
  }

  private static let loopThreads = Atomic<Int>(startingThreads.count)

  private static let startingThreads = startingThreads(
    requested: ProcessInfo.processInfo.environment["KEEL_THREADS"],
    processors: ProcessInfo.processInfo.activeProcessorCount)

  /// What a value of `KEEL_THREADS` means on a machine with so many active processors.
  static func startingThreads(requested: String?, processors: Int) -> (count: Int, notice: String?) {
    let processors = max(1, processors)
    guard let requested, !requested.isEmpty else { return (processors, nil) }
    // More threads than this are a mistake: they would cost memory and serve nothing.
    let most = 1024
    if let count = Int(requested), (1...most).contains(count) { return (count, nil) }
    return (
      processors,
      "KEEL_THREADS=\(requested) is not a whole number from 1 to \(most); "
        + "the number of processors, \(processors), is used."
    )
  }

  private static var instructionSetNotice: String? {
    let outcome = Int(keel_instruction_set_request())
    guard outcome == KEEL_REQUEST_UNKNOWN || outcome == KEEL_REQUEST_UNSUPPORTED else { return nil }
    let value = ProcessInfo.processInfo.environment["KEEL_INSTRUCTION_SET"] ?? ""
    let cause = outcome == KEEL_REQUEST_UNKNOWN ? "is not known" : "is not available on this CPU"
    let names = InstructionSet.available.map(\.description).joined(separator: ", ")
    return "KEEL_INSTRUCTION_SET=\(value) \(cause); available here: \(names)."
  }
}
